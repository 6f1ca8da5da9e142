"""The body at an address, over a network that fails now and then.

A transfer that breaks is taken up where it broke, if the server gives parts, or else begun anew. A
page asks its browser (`compat.network`), ordinary Python the standard library.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import aclosing, closing
from threading import Lock
from types import MappingProxyType
from typing import Any, NamedTuple

from ..compat import IN_BROWSER
from ..compat.network import Broken, Head, joined, stream
from ..errors import FetchError

OnBytes = Callable[[int], None]

#: Seconds before a second try; each further wait is twice as long.
FIRST_WAIT = 0.5
#: The most seconds that a server may ask to be left alone for.
LONGEST_WAIT = 60.0


class Request(NamedTuple):
    """How a server is asked, and what is sent to it.

    Attributes:
        retries: how many tries in a row may fail, without a new byte, after a first one.
        timeout: seconds without a byte after which a try has failed.
    """

    method: str = "GET"
    headers: Mapping[str, str] = MappingProxyType({})
    content: bytes | None = None
    with_credentials: bool = False
    timeout: float = 60.0
    retries: int = 3


GET = Request()


def uncounted(count: int) -> None:
    """Bytes that nobody counts."""


class _Partial:
    """What there is of a body; tells of each byte once, however often it comes."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self.pieces: list[Any] = []
        self.size = self.most = 0
        self._in_part = False
        self._version: str | None = None
        self._total: int | None = None
        self._tell = on_bytes

    def add(self, piece: Any) -> None:
        """More has come."""
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > self.most:
            new, self.most = self.size - self.most, self.size
            self._tell(new)

    def begin(self, head: Head) -> bool:
        """Whether the answer's body is what is missing; if it is a whole one, nothing else is."""
        version = head.header("ETag") or head.header("Last-Modified")
        if head.status == 206 and self.size:
            # Another host's answer may hide where it begins.
            part = head.header("Content-Range") or f"bytes {self.size}-"
            total = _number(part.rpartition("/")[2])
            fits = part.startswith(f"bytes {self.size}-") and version == self._version
            if version is None and None not in (total, self._total):
                fits = fits and total == self._total
            self._total = total or self._total
        else:
            self.forget()
            packed = head.header("Content-Encoding")
            self._total = None if packed else _number(head.header("Content-Length") or "")
            fits = True
        self._version = version
        self._in_part = head.status == 206
        return fits

    def check_whole(self, url: str) -> None:
        """Raise `Broken` if a part has ended before the file does: servers may give less than is
        asked for. (Of a whole answer its size here may not be that on the way.)"""
        if self._in_part and self._total is not None and self.size < self._total:
            missing = self._total - self.size
            raise Broken(f"{url}: cannot be fetched (it ends {missing} bytes early)")

    def forget(self) -> None:
        """Begin anew."""
        self.pieces.clear()
        self.size = 0


async def fetch(
    url: str, on_bytes: OnBytes = uncounted, request: Request = GET, blocking: bool = False
) -> Any:
    """The body at `url`: a buffer, or something whose slices are buffers.

    Args:
        url: the address.
        on_bytes: told the number of bytes of each piece that comes.
        request: how to ask; only a GET is tried again.
        blocking: whether nothing may be awaited (not in a page).

    Raises:
        FetchError: naming the URL, if there is no answer, or one other than success.
        DeviceLimitError: there is no room for it.
    """
    partial, failures = _Partial(on_bytes), 0
    retries = request.retries if request.method == "GET" else 0
    while True:
        before = partial.most
        # The last try asks for the whole, since servers may refuse whoever asks for parts.
        whole = failures > 1 and failures == retries
        try:
            await _try(url, partial, request, blocking, whole)
        except Broken as error:
            failures = 1 if partial.most > before else failures + 1
            if failures > retries:
                raise FetchError(str(error)) from None
            wait = max(FIRST_WAIT * 2 ** (failures - 1), error.wait)
        else:
            return joined(url, partial.pieces) if IN_BROWSER else _joined(partial.pieces)
        await asyncio.sleep(wait) if not blocking else time.sleep(wait)


async def _try(url: str, partial: _Partial, request: Request, blocking: bool, whole: bool) -> None:
    """Get what `partial` lacks. Raises `Broken` where another try may do better."""
    asked = {**request.headers}
    if partial.size and not whole:
        asked["Range"] = f"bytes={partial.size}-"
    method, _, content, with_credentials, timeout, _ = request
    ask = stream if IN_BROWSER else _native if not blocking else _blocking
    answer = ask(url, method, asked, content, with_credentials, timeout)
    async with aclosing(answer) as coming:
        head = await anext(coming)
        _check(url, head, partial)
        if not partial.begin(head):
            partial.forget()
            raise Broken(f"{url}: changed while it was read")
        async for piece in coming:
            partial.add(piece)
    partial.check_whole(url)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _check(url: str, head: Head, partial: _Partial) -> None:
    """Refuse an answer that is no success."""
    if 200 <= head.status < 300:
        return
    message = f"{url}: HTTP {head.status} {head.reason}".rstrip()
    if head.status == 416 and partial.size:  # there is no such part (any more)
        partial.forget()
    elif head.status not in (408, 429) and head.status < 500:
        raise FetchError(message)
    wait = head.header("Retry-After") or ""
    raise Broken(message, min(float(wait), LONGEST_WAIT) if wait.isdecimal() else 0.0)


# ------------------------------------------------------------------------------ ordinary Python


def _joined(pieces: list[bytes]) -> memoryview:
    return memoryview(b"".join(pieces))


async def _native(url: str, *how: Any) -> AsyncGenerator[Any]:
    """`compat.network.stream` outside of a page; each step in another thread."""
    coming = _pieces(url, *how)
    in_use = Lock()  # closing a generator that another thread is in may crash Python
    given_up = False

    def close() -> None:
        if in_use.acquire(blocking=False):
            try:
                coming.close()
            finally:
                in_use.release()

    def step() -> Any:
        with in_use:
            piece = next(coming, None)
        if given_up:
            close()
        return piece

    try:
        while (piece := await asyncio.to_thread(step)) is not None:
            yield piece
    finally:
        given_up = True
        close()  # unless cancelled while the other thread is in it, which then does


async def _blocking(url: str, *how: Any) -> AsyncGenerator[Any]:
    """The same for who may not wait."""
    with closing(_pieces(url, *how)) as coming:
        for piece in coming:
            yield piece


def _pieces(
    url: str,
    method: str,
    headers: Mapping[str, str],
    content: bytes | None,
    with_credentials: bool,
    timeout: float,
) -> Generator[Any]:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request

    from .redirects import opener

    try:
        asked = Request(url, content, dict(headers), method=method)
        try:
            response: Any = opener().open(asked, timeout=timeout)
        except HTTPError as error:
            response = error  # an answer too
        with response:
            yield Head(response.status or 200, response.reason or "", response.headers.get)
            while piece := response.read1(1 << 18):
                yield piece
            if missing := getattr(response, "length", None):
                raise Broken(f"{url}: cannot be fetched (it ends {missing} bytes early)")
    except FetchError:
        raise
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Broken(f"{url}: cannot be fetched ({reason})") from None
    except ValueError as error:
        raise FetchError(f"{url}: cannot be fetched ({error})") from None
