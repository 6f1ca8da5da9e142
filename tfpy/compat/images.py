"""A page's images: elements, canvases, bitmaps, frames of videos."""

from __future__ import annotations

from typing import Any

from ..errors import ImageError
from . import IN_BROWSER

#: Width and height of an image source: what is really there comes before how it is shown.
_SIZE_NAMES = (
    ("naturalWidth", "naturalHeight"),
    ("videoWidth", "videoHeight"),
    ("displayWidth", "displayHeight"),
    ("width", "height"),
)


def is_source(value: Any) -> bool:
    """Whether `value` is a JavaScript object with the size of an image."""
    if not IN_BROWSER:
        return False
    from pyodide.ffi import JsProxy

    return isinstance(value, JsProxy) and any(hasattr(value, w) for w, _ in _SIZE_NAMES)


def size_of(source: Any) -> tuple[int, int]:
    """Width and height of an image source in pixels; 0 while it is not loaded."""
    width, height = next(names for names in _SIZE_NAMES if hasattr(source, names[0]))
    return int(getattr(source, width)), int(getattr(source, height))


def rgba_of(source: Any, width: int, height: int) -> memoryview:
    """The RGBA bytes of an image source, read through a 2-D canvas."""
    if not hasattr(source, "data"):
        canvas = offscreen_canvas(width, height)
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


async def decode(body: Any, name: str) -> Any:
    """The bitmap of an image file's bytes. Raises `ImageError`, naming the file."""
    import js
    from pyodide.ffi import JsException, to_js

    try:
        return await js.createImageBitmap(js.Blob.new(to_js([to_js(bytes(body[:]))])))
    except JsException as error:
        raise ImageError(f"{name}: not an image that this browser reads ({error})") from None


def offscreen_canvas(width: int, height: int) -> Any:
    """A canvas that is not shown."""
    import js

    return js.OffscreenCanvas.new(width, height)
