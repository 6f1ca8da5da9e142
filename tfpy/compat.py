"""What differs between Pyodide and ordinary Python, decided once.

With `kernels_webgl/gl_js.py` this is the only module that mentions `js` or `pyodide`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .errors import FetchError

#: True in a page or worker, False in CPython.
IN_BROWSER = sys.platform == "emscripten"


def js_buffer(value: Any) -> memoryview | None:
    """The contents of a JavaScript typed array or ArrayBuffer as a buffer, else None."""
    if not IN_BROWSER or not hasattr(value, "to_py") or not hasattr(value, "byteLength"):
        return None
    return memoryview(value.to_py())


def base_url() -> str:
    """The address of the page or worker, against which relative URLs resolve."""
    import js

    # A page made by a script (about:blank) has its base elsewhere; a worker has no document.
    document = getattr(js, "document", None)
    return str(document.baseURI if document else js.location.href)


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


async def fetch(url: str, on_bytes: Callable[[int], None]) -> Body:
    """The body at `url`, asked of the browser; `on_bytes(n)` follows each piece that arrives.

    Raises `FetchError` naming the URL when there is no answer, or one other than success.

    An XMLHttpRequest, not `fetch`: in WebKit awaiting a `fetch` that the network refuses hangs
    Pyodide, and the older interface counts bytes by itself.
    """
    import asyncio

    import js
    from pyodide.ffi import JsException, create_proxy

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
        request.open("GET", url)
        request.responseType = "arraybuffer"
        for name, handler in handlers.items():
            request.addEventListener(name, handler)
        request.send()
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


# --------------------------------------------------------------------------------------- images

#: Width and height of an image source: what is really there comes before how it is shown.
_SIZE_NAMES = (
    ("naturalWidth", "naturalHeight"),
    ("videoWidth", "videoHeight"),
    ("displayWidth", "displayHeight"),
    ("width", "height"),
)


def is_image_source(value: Any) -> bool:
    """Whether `value` is a JavaScript object with the size of an image."""
    if not IN_BROWSER:
        return False
    from pyodide.ffi import JsProxy

    return isinstance(value, JsProxy) and any(hasattr(value, w) for w, _ in _SIZE_NAMES)


def image_size(source: Any) -> tuple[int, int]:
    """Width and height of an image source in pixels; 0 while it is not loaded."""
    width, height = next(names for names in _SIZE_NAMES if hasattr(source, names[0]))
    return int(getattr(source, width)), int(getattr(source, height))


def image_rgba(source: Any, width: int, height: int) -> memoryview:
    """The RGBA bytes of an image source, read through a 2-D canvas."""
    import js

    if not hasattr(source, "data"):
        canvas = js.OffscreenCanvas.new(width, height)
        context = canvas.getContext("2d", willReadFrequently=True)
        context.drawImage(source, 0, 0, width, height)
        source = context.getImageData(0, 0, width, height)
    return memoryview(source.data.to_py())


def put_pixels(canvas: Any, rgba: bytearray, width: int, height: int) -> None:
    """Draw RGBA bytes on a canvas, resized to fit."""
    import js

    canvas.width, canvas.height = width, height
    pixels = js.Uint8ClampedArray.new(len(rgba))
    pixels.assign(rgba)
    canvas.getContext("2d").putImageData(js.ImageData.new(pixels, width, height), 0, 0)
