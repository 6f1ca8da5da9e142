"""Running sums and products along an axis."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import DTypeError
from ..registry import composite, primitive
from ..spec import TensorSpec, normalize_axis
from ..tensor import Tensor
from .creation import ones_like
from .movement import concat, flip, reshape


def _scan_infer(x: TensorSpec, *, axis: int, exclusive: bool, reverse: bool) -> TensorSpec:
    return x


def _scan_call(op: str, x: Any, axis: int | None) -> tuple[Tensor, int]:
    """`x` with bool as int32, flat if there is no axis, and the axis counted from 0."""
    x = engine.as_tensor(x)
    if x.dtype.kind == "s":
        raise DTypeError(f"{op} does not take string tensors")
    if x.dtype.kind == "b":
        x = engine.cast_to(x, int32)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    return x, normalize_axis(op, axis, x.ndim)


def _cumsum_vjp(g: Tensor, axis: int, exclusive: bool, reverse: bool) -> Tensor:
    return cumsum(g, axis, exclusive, not reverse)


@primitive(_scan_infer, vjp={"x": _cumsum_vjp})
def cumsum(x: Any, axis: int | None = None, exclusive: bool = False, reverse: bool = False) -> Any:
    """The sums of all elements so far along `axis`, in the shape and dtype of `x`.

    bool is summed as int32. None flattens first, as in NumPy; TF.js and TensorFlow take axis 0.

    Args:
        x: a tensor of numbers.
        axis: the axis to sum along.
        exclusive: leave each element itself out, so that the first sum is 0.
        reverse: sum from the end.

    >>> tfpy.cumsum([1, 2, 3])
    tfpy.tensor([1, 3, 6])
    >>> tfpy.cumsum([1, 2, 3], exclusive=True, reverse=True)
    tfpy.tensor([5, 3, 0])
    """
    x, axis = _scan_call("cumsum", x, axis)
    return (x,), {"axis": axis, "exclusive": bool(exclusive), "reverse": bool(reverse)}


@composite(_scan_infer, public=False)
def cumprod_axis(x: Tensor, axis: int, exclusive: bool, reverse: bool) -> Tensor:
    """`cumprod` in canonical form, by doubling steps.

    No step divides, so gradients are right where `x` has zeros.
    """
    if reverse:
        return flip(cumprod_axis(flip(x, axis), axis, exclusive, False), axis)
    n = x.shape[axis]
    out = reshape(x, (prod(x.shape[:axis]), n, prod(x.shape[axis + 1 :])))
    if exclusive:
        out = concat([ones_like(out[:, :1]), out[:, :-1]], axis=1)
    step = 1
    while step < n:
        out = concat([out[:, :step], out[:, step:] * out[:, :-step]], axis=1)
        step *= 2
    return reshape(out, x.shape)


@composite()
def cumprod(
    x: Any, axis: int | None = None, exclusive: bool = False, reverse: bool = False
) -> Tensor:
    """The products of all elements so far along `axis`, in the shape and dtype of `x`.

    As `cumsum`, with 1 where nothing is multiplied.

    >>> tfpy.cumprod([2.0, 0.0, 3.0])
    tfpy.tensor([2., 0., 0.])
    """
    x, axis = _scan_call("cumprod", x, axis)
    return cumprod_axis(x, axis, bool(exclusive), bool(reverse))
