"""Colors: grayscale."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...errors import DTypeError, ShapeError
from ...registry import composite
from ...tensor import Tensor
from ..creation import tensor
from ..elementwise import floor_divide
from ..movement import broadcast_to
from ..reduce import sum

#: What red, green and blue weigh in gray, in parts of 10000 (ITU-R BT.601, rounded as in MATLAB).
_WEIGHTS = (2989, 5870, 1140)


def _channels(op: str, image: Any, channels: int) -> Tensor:
    x = engine.as_tensor(image)
    if x.ndim < 2 or x.shape[-1] != channels:
        raise ShapeError(f"{op}: image must have {channels} channels, its shape is {x.shape}")
    return x


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
    if x.dtype.kind == "b":
        raise DTypeError("rgb_to_grayscale does not take bool tensors")
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
