"""Pixels in and out: the `tfpy.browser` namespace.

`from_pixels` takes whatever holds an image in a page (ImageData, img, canvas, OffscreenCanvas,
ImageBitmap, video, VideoFrame) and, natively, arrays and PIL images. On WebGL a source goes
straight into a texture, without passing through Python.
"""

from __future__ import annotations

from typing import Any

from . import engine
from .compat import images
from .dtypes import int32
from .errors import ArgumentError, DTypeError, ImageError, ShapeError, TraceError
from .ops.creation import tensor
from .spec import TensorSpec
from .tensor import Tensor


def from_pixels(source: Any, num_channels: int = 3) -> Tensor:
    """The pixels of an image as an int32 tensor (height, width, num_channels) of 0 to 255.

    Args:
        source: an image source of the page, a PIL image, or an array (height, width) or
            (height, width, 1, 3 or 4) of bytes.
        num_channels: 3 for RGB, 4 to keep alpha, 1 for the red channel only, as in TF.js.

    Raises:
        ImageError: the image has no size (not loaded yet?), or `source` is not an image.
    """
    if num_channels not in (1, 3, 4):
        raise ArgumentError(f"from_pixels: num_channels must be 1, 3 or 4, not {num_channels}")
    if not images.is_source(source):
        return _from_array(source, num_channels)
    width, height = images.size_of(source)
    _check_size(width, height)
    backend = engine.current_backend()
    if backend.symbolic:
        raise TraceError("from_pixels: a plan takes tensors; read the image before calling it")
    spec = TensorSpec((height, width, num_channels), int32)
    direct = getattr(backend, "from_pixels", None)
    if direct is not None:
        return engine.from_data(direct(source, width, height, num_channels), spec)
    rgba = images.rgba_of(source, width, height)
    return tensor(rgba, shape=(height, width, 4), dtype=int32)[:, :, :num_channels]


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise ImageError(f"from_pixels: the image is {width} x {height}: is it loaded?")


def _from_array(source: Any, num_channels: int) -> Tensor:
    if hasattr(source, "convert") and hasattr(source, "getbands"):  # a PIL image
        _check_size(*source.size)
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[num_channels]
        pixels = source.convert(mode)
        shape = (pixels.height, pixels.width, num_channels)
        return tensor(pixels.tobytes(), shape=shape, dtype=int32)
    if isinstance(source, (str, bytes, int, float)) or source is None:
        raise ImageError(f"from_pixels: a {type(source).__name__} is not an image")
    x = tensor(source, dtype=int32)
    if x.ndim == 2:
        x = x.reshape((*x.shape, 1))
    if x.ndim != 3 or x.shape[2] not in (1, 3, 4):
        raise ImageError(f"from_pixels: an array of shape {x.shape} is not an image")
    _check_size(x.shape[1], x.shape[0])
    if x.shape[2] < num_channels:
        raise ImageError(f"from_pixels: {x.shape[2]} channels do not make {num_channels}")
    return x[:, :, :num_channels]


async def to_pixels(image: Any, canvas: Any = None) -> memoryview:
    """The RGBA bytes of an image tensor, drawn on `canvas` too if one is given.

    Args:
        image: (height, width) or (height, width, 1, 3 or 4); floats from 0 to 1, or int32 from 0
            to 255. Values outside are limited.
        canvas: an HTML or offscreen canvas, resized to the image.

    Returns:
        height * width * 4 bytes.
    """
    x = engine.as_tensor(image)
    if x.ndim == 2:
        x = x.reshape((*x.shape, 1))
    if x.ndim != 3 or x.shape[2] not in (1, 3, 4):
        raise ShapeError(f"to_pixels: shape {x.shape} is not that of an image")
    if x.dtype.kind == "b":
        raise DTypeError("to_pixels takes float or int32 images, not bool")
    if x.dtype.is_floating:
        x = (x.clip_by_value(0.0, 1.0) * 255.0).round().cast(int32)
    height, width, channels = x.shape
    values = await x.clip_by_value(0, 255).data()
    # What is left of each int32 is its first byte.
    rgba = _interleave(values.tobytes()[::4], channels)
    if canvas is not None:
        images.put_pixels(canvas, rgba, width, height)
    return memoryview(rgba)


def _interleave(values: bytes, channels: int) -> bytearray:
    """Bytes of 1, 3 or 4 channels as RGBA."""
    if channels == 4:
        return bytearray(values)
    n = len(values) // channels
    rgba = bytearray(b"\xff") * (4 * n)
    for c in range(3):
        rgba[c::4] = values[c % channels :: channels]
    return rgba
