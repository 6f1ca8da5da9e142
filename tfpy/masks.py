"""Masks: which steps of a sequence count. They travel with the tensors that layers give.

A mask is a boolean tensor, True where a step counts, in the first axes of what it belongs to:
(batch, time) for (batch, time, features). Layers read, pass on and make masks (`layers.base`),
losses leave out what they exclude; operations know nothing of them, so what a function of your own
computes has none.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from . import engine
from .dtypes import bool_
from .errors import ShapeError
from .ops import elementwise as ew
from .ops.reduce import sum
from .tensor import Tensor


def mask_of(x: Any) -> Tensor | None:
    """The mask that `x` carries, if any."""
    return getattr(x, "_keras_mask", None)


def set_mask(x: Tensor, mask: Tensor | None) -> None:
    """Let `x` carry `mask`."""
    if mask is not None:
        x._keras_mask = mask  # type: ignore[attr-defined]


def common_mask(*xs: Any) -> Tensor | None:
    """What counts in each of `xs` that carries a mask, if any does."""
    masks = [m for m in map(mask_of, xs) if m is not None]
    return reduce(ew.logical_and, masks) if masks else None


def as_mask(where: str, mask: Any, x: Tensor) -> Tensor:
    """`mask` as booleans that fit the first axes of `x`; a `ShapeError` names `where`."""
    mask = engine.cast_to(engine.as_tensor(mask), bool_)
    if not mask.ndim or mask.shape != x.shape[: mask.ndim]:
        raise ShapeError(f"{where}: a mask of shape {mask.shape} for inputs of shape {x.shape}")
    return mask


def mean_weights(mask: Tensor, dtype: Any) -> Tensor:
    """Weights of the elements of `mask` under which a mean over all is one over those that count.

    >>> tfpy.masks.mean_weights(tfpy.tensor([True, False]), "float32")
    tfpy.tensor([2., 0.])
    """
    counts = ew.cast(mask, dtype)
    return ew.divide_no_nan(counts * float(mask.size), sum(counts))
