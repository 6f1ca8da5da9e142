"""Colors to gray and back, and images in black and white."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...dtypes import float32, int32
from ...errors import DTypeError, ShapeError
from ...registry import composite
from ...spec import number, require_rank
from ...tensor import Tensor
from ..creation import arange, ones, tensor
from ..elementwise import (
    cast,
    clip_by_value,
    divide_no_nan,
    floor_divide,
    greater,
    less_equal,
    round,
    where,
)
from ..indexing import unsorted_segment_sum
from ..movement import broadcast_to, expand_dims, reshape
from ..reduce import argmax, max, sum
from .sampling import choice

#: What red, green and blue weigh in gray, in parts of 10000 (ITU-R BT.601, rounded as in MATLAB).
_WEIGHTS = (2989, 5870, 1140)


def _channels(op: str, image: Any, channels: int) -> Tensor:
    x = engine.as_tensor(image)
    if x.ndim < 2 or x.shape[-1] != channels:
        raise ShapeError(f"{op}: image must have {channels} channels, its shape is {x.shape}")
    return x


def _check_numbers(op: str, x: Tensor) -> None:
    if x.dtype.kind not in "fi":
        raise DTypeError(f"{op} does not take {x.dtype} tensors")


@composite()
def rgb_to_grayscale(image: Any) -> Tensor:
    """The luminance `0.2989 red + 0.587 green + 0.114 blue`, in the dtype of the image.

    Args:
        image: (..., 3), float or int32. Integers between -200000 and 200000 are rounded, so that
            white stays white (TensorFlow.js truncates).

    Returns:
        (..., 1).

    >>> tfpy.image.rgb_to_grayscale([[255, 255, 255], [255, 0, 0]])
    tfpy.tensor([[255],
                 [ 76]])
    """
    x = _channels("rgb_to_grayscale", image, 3)
    _check_numbers("rgb_to_grayscale", x)
    if x.dtype.is_floating:
        return sum(x * [w / 10000 for w in _WEIGHTS], axis=-1, keepdims=True)
    parts = sum(x * tensor(_WEIGHTS), axis=-1, keepdims=True)
    return floor_divide(parts + 5000, 10000)


@composite()
def grayscale_to_rgb(image: Any) -> Tensor:
    """Images of one channel, (..., 1), with three equal ones, in their dtype.

    >>> tfpy.image.grayscale_to_rgb([[7], [9]])
    tfpy.tensor([[7, 7, 7],
                 [9, 9, 9]])
    """
    x = _channels("grayscale_to_rgb", image, 1)
    return broadcast_to(x, (*x.shape[:-1], 3))


# -------------------------------------------------------------------------- black and white


@composite()
def threshold(
    image: Any, method: str = "binary", inverted: bool = False, thresh_value: float = 0.5
) -> Tensor:
    """255 where an image is brighter than a threshold, else 0, as int32.

    Args:
        image: (height, width, 1 or 3) of brightness from 0 to 255; three channels are made gray.
        method: "binary", the threshold is `255 * thresh_value`; "otsu", it is the level that
            parts the brightness, rounded, into two classes whose means lie furthest apart
            (N. Otsu, "A threshold selection method from gray-level histograms", 1979). An image
            of one level is above it.
        inverted: 0 and 255 exchanged.
        thresh_value: from 0 to 1.

    Returns:
        (height, width, 1).

    >>> tfpy.image.threshold([[[10], [30], [200], [220]]], "otsu").ravel()
    tfpy.tensor([  0,   0, 255, 255])
    """
    op, x = "threshold", engine.as_tensor(image)
    choice(op, "method", method, ("binary", "otsu"))
    require_rank(op, "image", x.spec, 3)
    if x.shape[2] not in (1, 3):
        raise ShapeError(f"{op}: image must have 1 or 3 channels, its shape is {x.shape}")
    _check_numbers(op, x)
    x = x if x.dtype.is_floating else engine.cast_to(x, float32)
    gray = rgb_to_grayscale(x) if x.shape[2] == 3 else x
    level: Any = 255 * number(thresh_value, f"{op}: thresh_value", 0, 1)
    if method == "otsu":
        gray = cast(clip_by_value(round(gray), 0, 255), int32)
        level = _otsu(gray)
    return cast((less_equal if inverted else greater)(gray, level), int32) * 255


def _otsu(levels: Tensor) -> Tensor:
    """The highest level of the darker class; -1 where there is but one level."""
    each = arange(256)
    counts = unsorted_segment_sum(ones((levels.size,), int32), reshape(levels, (-1,)), 256)
    # Up to each level, in integers: equal thresholds should have equal variances.
    below = less_equal(each, expand_dims(each, 1))
    darker, darkness = (sum(where(below, n, 0), axis=1) for n in (counts, counts * each))
    lighter, lightness = levels.size - darker, sum(counts * each) - darkness
    gap = divide_no_nan(darkness, darker) - divide_no_nan(lightness, lighter)
    variance = cast(darker, float32) * cast(lighter, float32) * gap**2
    return where(max(variance) > 0.0, argmax(variance), -1)
