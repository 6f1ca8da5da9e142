"""Images cropped, turned, flipped and warped: positions made by operations, and one sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import engine
from ...dtypes import DType, float32, int32, promote
from ...errors import ArgumentError, ShapeError
from ...registry import composite
from ...spec import TensorSpec, number
from ...tensor import Tensor
from ..creation import arange, ones, pack
from ..elementwise import abs, where
from ..movement import concat, flip, reshape
from .sampling import METHODS, MODES, choice, image_tensor, sample_image, size2d


def _numbers(values: list[float], shape: tuple[int, ...], dtype: DType) -> Tensor:
    return engine.from_buffer(pack(values, dtype), TensorSpec(shape, dtype))


# ----------------------------------------------------------------------------------- cropping


@composite()
def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Sequence[int],
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> Tensor:
    """Boxes cut out of images and resized, the corners of a box onto the corners of its crop.

    Has gradients to the image and to the boxes.

    Args:
        image: (batch, height, width, channels); becomes float.
        boxes: (n, 4), each y1, x1, y2, x2 in units of the distance between the centres of the
            first and the last pixel. Turned round, they flip; they may reach out of the image.
        box_indices: (n,) int32, the image that each box is cut out of.
        crop_size: height and width of the crops. Where it is 1, the middle of the box is read.
        method: "bilinear" or "nearest".
        extrapolation_value: for what lies out of the image, or in one that is not there.

    Returns:
        (n, *crop_size, channels).

    >>> x = tfpy.reshape(tfpy.arange(9.0), (1, 3, 3, 1))
    >>> tfpy.image.crop_and_resize(x, [[0.5, 0.0, 1.0, 1.0]], [0], (2, 3)).reshape((2, 3))
    tfpy.tensor([[3., 4., 5.],
                 [6., 7., 8.]])
    """
    op = "crop_and_resize"
    x, corners = image_tensor(op, image, 4, blend=True), engine.as_tensor(boxes)
    dtype = promote(x.dtype, corners.dtype, float32)
    x, corners = engine.cast_to(x, dtype), engine.cast_to(corners, dtype)
    images, size = engine.as_tensor(box_indices, int32), size2d(crop_size, f"{op}: crop_size")
    choice(op, "method", method, METHODS)
    fill = number(extrapolation_value, f"{op}: extrapolation_value")
    if corners.ndim != 2 or corners.shape[1] != 4 or images.shape != corners.shape[:1]:
        raise ShapeError(
            f"{op}: boxes must have shape (n, 4) and box_indices (n,), "
            f"they have {corners.shape} and {images.shape}"
        )
    rows = reshape(_between(corners, 0, size[0], x.shape[1]), (-1, size[0], 1))
    columns = reshape(_between(corners, 1, size[1], x.shape[2]), (-1, 1, size[1]))
    return sample_image(x, rows, columns, images, method, "nearest", fill)


def _between(boxes: Tensor, axis: int, out: int, size: int) -> Tensor:
    """(n, out) positions from one edge of the boxes to the other; infinite out of the image."""
    parts = [i / (out - 1) for i in range(out)] if out > 1 else [0.5]
    last, dtype = size - 1.0, boxes.dtype
    # Both ends by themselves, so that a box that ends with the image does.
    before = boxes[:, axis, None] * _numbers([last * (1 - t) for t in parts], (1, out), dtype)
    after = boxes[:, axis + 2, None] * _numbers([last * t for t in parts], (1, out), dtype)
    at = before + after
    # Rounding leads nowhere.
    inside = abs(at - last / 2) <= last / 2 * (1 + 1e-6)
    return where(inside, at, math.inf)


# ------------------------------------------------------------------------------------ warping


@composite()
def transform(
    image: Any,
    transforms: Any,
    interpolation: str = "nearest",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    output_shape: Sequence[int] | None = None,
) -> Tensor:
    """Images seen through projective maps.

    Pixel (x, y) of a result is read at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), where
    k = c0 x + c1 y + 1. Has gradients to the image and, interpolated, to the maps.

    Args:
        image: (batch, height, width, channels); becomes float for "bilinear".
        transforms: (batch, 8) or (1, 8): a0, a1, a2, b0, b1, b2, c0, c1.
        interpolation: "nearest" or "bilinear".
        fill_mode: what lies out of the image. "constant": `fill_value`. "nearest": the pixel at
            the edge. "reflect": the image mirrored (b a | a b c | c b). "wrap": the image again;
            beyond the next one too, which TensorFlow.js and TensorFlow get wrong.
        fill_value: also where k is 0.
        output_shape: height and width of the results, else those of the image.

    >>> x = tfpy.reshape(tfpy.arange(4.0), (1, 1, 4, 1))
    >>> tfpy.image.transform(x, [[1, 0, 1, 0, 1, 0, 0, 0]], fill_mode="wrap").ravel()
    tfpy.tensor([1., 2., 3., 0.])
    """
    op = "transform"
    choice(op, "interpolation", interpolation, METHODS)
    choice(op, "fill_mode", fill_mode, MODES)
    x, maps = (
        image_tensor(op, image, 4, blend=interpolation == "bilinear"),
        engine.as_tensor(transforms),
    )
    if maps.ndim != 2 or maps.shape[1] != 8 or maps.shape[0] not in (1, x.shape[0]):
        raise ShapeError(
            f"{op}: transforms must have shape ({x.shape[0]}, 8) or (1, 8), not {maps.shape}"
        )
    maps = engine.cast_to(maps, promote(maps.dtype, float32))
    size = size2d(output_shape or x.shape[1:3], f"{op}: output_shape")
    matrix = reshape(concat([maps, ones((maps.shape[0], 1), maps.dtype)], 1), (-1, 3, 3, 1, 1))
    down = reshape(arange(size[0], dtype=maps.dtype), (-1, 1))
    across = arange(size[1], dtype=maps.dtype)
    at = matrix[:, :, 0] * across + (matrix[:, :, 1] * down + matrix[:, :, 2])
    columns, rows = at[:, 0] / at[:, 2], at[:, 1] / at[:, 2]
    images = arange(x.shape[0], dtype=int32)
    fill = number(fill_value, f"{op}: fill_value")
    return sample_image(x, rows, columns, images, interpolation, fill_mode, fill)


@composite()
def rotate_with_offset(
    image: Any,
    radians: float,
    fill_value: float | Sequence[float] = 0.0,
    center: float | Sequence[float] = 0.5,
) -> Tensor:
    """Images turned counterclockwise about a point, each pixel the nearest one.

    Args:
        image: (batch, height, width, channels).
        radians: how far.
        fill_value: for what was out of the image: a number for all channels, or three, for red,
            green and blue; a fourth channel is then filled with 255.
        center: about what: a fraction of width and height, or a pair of them, counted from the
            centre of the first pixel.

    >>> x = tfpy.reshape(tfpy.arange(4.0), (1, 2, 2, 1))
    >>> tfpy.image.rotate_with_offset(x, 3.14159265, center=0.25).reshape((2, 2))
    tfpy.tensor([[3., 2.],
                 [1., 0.]])
    """
    op, x = "rotate_with_offset", image_tensor("rotate_with_offset", image, 4)
    angle = number(radians, f"{op}: radians", -1e9, 1e9)
    about = _several(center, f"{op}: center", -1e9, 1e9)
    colors = _several(fill_value, f"{op}: fill_value")
    if len(about) > 2:
        raise ArgumentError(f"{op}: center must be a number or two of them, not {center!r}")
    at = (*_turned(x, angle, about[0], about[-1]), arange(x.shape[0], dtype=int32))
    if len(colors) == 1:
        return sample_image(x, *at, "nearest", "constant", colors[0])
    channels = x.shape[3]
    if len(colors) != 3 or channels > 4:
        raise ArgumentError(f"{op}: fill_value {fill_value!r} does not fill {channels} channels")
    covered = sample_image(ones((*x.shape[:3], 1), at[0].dtype), *at, "nearest", "constant")
    fill = _numbers([*colors, 255][:channels], (channels,), x.dtype)
    return where(covered > 0.5, sample_image(x, *at, "nearest", "constant"), fill)


def _several(value: Any, what: str, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """A number or a sequence of them."""
    several = value if isinstance(value, (list, tuple)) and value else (value,)
    return [number(v, what, low, high) for v in several]


def _turned(x: Tensor, angle: float, across: float, down: float) -> tuple[Tensor, Tensor]:
    """The rows and columns that images show when turned about a point."""
    _, height, width, _ = x.shape
    dtype = x.dtype if x.dtype.is_floating else float32
    sine, cosine, cx, cy = math.sin(angle), math.cos(angle), width * across, height * down
    xs, ys = [j - cx for j in range(width)], [i - cy for i in range(height)]

    def place(x_step: float, y_step: float, start: float) -> Tensor:
        line = _numbers([v * x_step + start for v in xs], (1, 1, width), dtype)
        return line + _numbers([v * y_step for v in ys], (1, height, 1), dtype)

    return place(sine, cosine, cy), place(cosine, -sine, cx)


# ----------------------------------------------------------------------------------- flipping


@composite()
def flip_left_right(image: Any) -> Tensor:
    """Images, (batch, height, width, channels) or one without the batch axis, mirrored.

    >>> tfpy.image.flip_left_right([[[1], [2], [3]]]).ravel()
    tfpy.tensor([3, 2, 1])
    """
    return flip(image_tensor("flip_left_right", image, 3, 4), -2)


@composite()
def flip_up_down(image: Any) -> Tensor:
    """Images, (batch, height, width, channels) or one without the batch axis, upside down.

    >>> tfpy.image.flip_up_down([[[1]], [[2]], [[3]]]).ravel()
    tfpy.tensor([3, 2, 1])
    """
    return flip(image_tensor("flip_up_down", image, 3, 4), -3)
