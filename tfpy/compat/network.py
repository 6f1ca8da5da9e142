"""Bytes that a page fetches, or that its user chose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import DeviceLimitError, FetchError
from . import IN_BROWSER


class Broken(FetchError):
    """A transfer that ended early, or an answer that another time may be better.

    Args:
        message: names the URL.
        wait: seconds after which the server wants to be asked again.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class Head(NamedTuple):
    """What an answer begins with; `header(name)` is None for what there is not, or what a page may
    not see of another host's answer."""

    status: int
    reason: str
    header: Callable[[str], str | None]


class Body:
    """Bytes that stay JavaScript's, outside the memory of Python, which only ever grows; slices of
    it are copies."""

    def __init__(self, buffer: Any) -> None:
        import js

        self.array = js.Uint8Array.new(buffer)

    def __len__(self) -> int:
        return int(self.array.length)

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        found: bytes = self.array.subarray(start, stop).to_bytes()
        return found

    async def sha256(self) -> str:
        """The SHA-256 of the bytes, or "" where a page may not have it computed (without https)."""
        import js

        subtle = getattr(js.crypto, "subtle", None)
        found, _ = await outcome(subtle, "digest", "SHA-256", self.array) if subtle else ("", "")
        return js.Uint8Array.new(found).to_bytes().hex() if found else ""


def joined(url: str, pieces: Sequence[Any]) -> Body:
    """The body at `url` in one. Raises `DeviceLimitError` where there is no room for it."""
    from pyodide.ffi import JsException

    size, at = sum(map(len, pieces)), 0
    try:
        body = Body(size)
    except JsException:
        raise DeviceLimitError(f"{url}: the page has no memory left for {size} bytes") from None
    for piece in pieces:
        body.array.set(piece, at)
        at += len(piece)
    return body


async def outcome(owner: Any, method: str, *arguments: Any) -> tuple[Any, str]:
    """What the promise of `owner.method(*arguments)` comes to, or "" and why it is rejected.

    The promise does not come to Python: there WebKit hangs if the network is what rejects it. Made
    by `Array.from` it lies in an array, and what comes to Python is that of `allSettled`, which
    nothing rejects.
    """
    import js
    from pyodide.ffi import to_js

    call = getattr(owner, method).bind(owner, *arguments)
    (found,) = await js.Promise.allSettled(getattr(js.Array, "from")(to_js([None]), call))
    return (found.value, "") if found.status == "fulfilled" else ("", str(found.reason))


async def stream(
    url: str,
    method: str,
    headers: Mapping[str, str],
    content: bytes | None,
    with_credentials: bool,
    timeout: float,
) -> AsyncGenerator[Any]:
    """The answer of `url`, asked by the browser: its `Head`, then pieces of its body, which stay
    JavaScript's. `content` is what is sent; leaving early aborts the request.

    Raises `Broken` if there is no answer, it ends early, or nothing comes for `timeout` seconds,
    however long it takes to send what is sent.
    """
    import js
    from pyodide.ffi import to_js

    abort = js.AbortController.new()
    options = {
        "method": method,
        "headers": dict(headers),
        "credentials": "include" if with_credentials else "same-origin",
        "signal": abort.signal,
    }
    if content is not None:
        options["body"] = to_js(content)
        # Browsers send what is redirected without its body, and a model would seem saved.
        options["redirect"] = "error"
    options = to_js(options, dict_converter=js.Object.fromEntries)
    loop = asyncio.get_running_loop()
    timer: Any = None
    last, stalled = loop.time(), False

    def watch() -> None:
        """End a transfer that stalls. One timer for all of it: they are dear in a page."""
        nonlocal timer, stalled
        if (left := last + timeout - loop.time()) > 0:
            timer = loop.call_later(left, watch)
        else:
            stalled = True
            abort.abort()

    async def waited(owner: Any, method: str, *arguments: Any) -> Any:
        nonlocal last
        found, failure = await outcome(owner, method, *arguments)
        if failure:
            why = f"nothing came for {timeout:g} s" if stalled else failure
            raise Broken(f"{url}: cannot be fetched ({why})")
        last = loop.time()
        return found

    if content is None:
        watch()
    try:
        response = await waited(js.globalThis, "fetch", url, options)
        yield Head(int(response.status), str(response.statusText), response.headers.get)
        reader = response.body and response.body.getReader()
        while reader and not (piece := await waited(reader, "read")).done:
            yield piece.value
    finally:
        if timer is not None:
            timer.cancel()
        abort.abort()


def is_blob(value: Any) -> bool:
    """Whether `value` is a File or Blob of the page."""
    return IN_BROWSER and hasattr(value, "arrayBuffer") and hasattr(value, "size")


async def read_blob(blob: Any) -> Body:
    """The contents of a File or Blob. Raises `FetchError`."""
    from pyodide.ffi import JsException

    try:
        return Body(await blob.arrayBuffer())
    except JsException as error:
        raise FetchError(f"{getattr(blob, 'name', 'a file')}: cannot be read ({error})") from None
