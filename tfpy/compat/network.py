"""Bytes that a page fetches, or that its user chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import FetchError
from . import IN_BROWSER


class Body:
    """Bytes that stay JavaScript's, outside the memory of Python, which only ever grows; slices of
    it are copies."""

    def __init__(self, buffer: Any) -> None:
        import js

        self._array = js.Uint8Array.new(buffer)

    def __len__(self) -> int:
        return int(self._array.length)

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        found: bytes = self._array.subarray(start, stop).to_bytes()
        return found


async def fetch(
    url: str,
    on_bytes: Callable[[int], None],
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    with_credentials: bool = False,
) -> Body:
    """The body at `url`, asked of the browser; `on_bytes(n)` follows each piece that arrives.
    `content` is what is sent.

    Raises `FetchError` naming the URL when there is no answer, or one other than success.

    An XMLHttpRequest, not `fetch`: in WebKit awaiting a `fetch` that the network refuses hangs
    Pyodide, and the older interface counts bytes by itself.
    """
    import asyncio

    import js
    from pyodide.ffi import JsException, create_proxy, to_js

    answered = asyncio.get_running_loop().create_future()
    seen = 0

    def note(event: Any) -> None:
        nonlocal seen
        if event.loaded > seen:
            on_bytes(int(event.loaded) - seen)
            seen = int(event.loaded)

    def finish(_event: Any) -> None:
        if not answered.done():
            answered.set_result(None)

    handlers = {"progress": create_proxy(note), "loadend": create_proxy(finish)}
    request = js.XMLHttpRequest.new()
    try:
        request.open(method, url)
        request.responseType = "arraybuffer"
        request.withCredentials = with_credentials
        for name, value in (headers or {}).items():
            request.setRequestHeader(name, value)
        for name, handler in handlers.items():
            request.addEventListener(name, handler)
        request.send(None if content is None else to_js(content))
        await answered
    except JsException as error:
        raise FetchError(f"{url}: cannot be fetched ({error})") from None
    finally:
        for name, handler in handlers.items():
            request.removeEventListener(name, handler)
            handler.destroy()
        if not answered.done():  # cancelled
            request.abort()
    if not request.status:
        raise FetchError(f"{url}: cannot be fetched (no answer, or one this page may not read)")
    if not 200 <= request.status < 300:
        raise FetchError(f"{url}: HTTP {request.status} {request.statusText}".rstrip())
    return Body(request.response)


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
