"""Reductions: one value from many, along axes.

Over nothing they give NumPy's identities (sum 0, prod 1, all true, any false); `max`, `min`,
`argmax`, `argmin` over nothing are errors.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..dtypes import as_dtype, bool_, float32, int32, uint32
from ..errors import DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import Shape, TensorSpec, normalize_axes, normalize_axis, reduce_shape
from ..tensor import Tensor
from .elementwise import abs, cast, equal, exp, isfinite, log, sqrt, square, where
from .movement import broadcast_to, stop_gradient, transpose
from .scan import cumprod

Axis = int | Sequence[int] | None


def _reduce_infer(x: TensorSpec, *, axes: Shape, keepdims: bool) -> TensorSpec:
    return TensorSpec(reduce_shape(x.shape, axes, keepdims), x.dtype)


def _reduce_call(op: str, x: Any, axis: Axis, keepdims: bool) -> tuple[Any, dict[str, Any]]:
    x = engine.as_tensor(x)
    return (x,), {"axes": normalize_axes(op, axis, x.ndim), "keepdims": bool(keepdims)}


def _numbers(op: str, x: Any) -> Tensor:
    x = engine.as_tensor(x)
    return cast(x, int32) if x.dtype.kind == "b" else x


def terms(x: Any, dtype: Any) -> Tensor:
    """`x` in the type that its elements are added up or multiplied in."""
    x = engine.as_tensor(x)
    if dtype is None and x.dtype.kind in "biu" and x.dtype.itemsize < 4:
        dtype = uint32 if x.dtype.kind == "u" else int32
    return x if dtype is None else engine.cast_to(x, as_dtype(dtype))


def _logical(op: str, x: Any) -> Tensor:
    x = engine.as_tensor(x)
    if x.dtype is not bool_:
        raise DTypeError(f"{op} takes a bool tensor, not {x.dtype}")
    return x


def _restore(g: Tensor, x_spec: TensorSpec, axes: Shape) -> Tensor:
    """`g` with the reduced axes back, as size 1."""
    return g.reshape(reduce_shape(x_spec.shape, axes, keepdims=True))


def _sum_vjp(g: Tensor, x_spec: TensorSpec, axes: Shape) -> Tensor:
    return broadcast_to(_restore(g, x_spec, axes), x_spec.shape)


@primitive(_reduce_infer, vjp={"x": _sum_vjp})
def sum(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The sum along `axis` (all axes by default), of bool and small integers as int32 or uint32.

    `dtype` is another type to add up in.
    """
    return _reduce_call("sum", terms(x, dtype), axis, keepdims)


def _prod_vjp(g: Tensor, x: Tensor, axes: Shape) -> Tensor:
    """Each element's gradient is the product of the others, found without dividing (zeros)."""
    others = [i for i in range(x.ndim) if i not in axes]
    perm = (*others, *axes)
    rows = transpose(x, perm).reshape((-1, _size(x.shape, axes)))
    rest = cumprod(rows, 1, exclusive=True) * cumprod(rows, 1, exclusive=True, reverse=True)
    moved = rest.reshape([x.shape[i] for i in perm])
    inverse = tuple(perm.index(i) for i in range(x.ndim))
    return transpose(moved, inverse) * _restore(g, x.spec, axes)


@primitive(_reduce_infer, vjp={"x": _prod_vjp})
def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product along `axis` (all axes by default), of the types that `sum` has."""
    return _reduce_call("prod", terms(x, dtype), axis, keepdims)


def _extreme_vjp(g: Tensor, x: Tensor, out: Tensor, axes: Shape) -> Tensor:
    """Ties share the gradient equally."""
    hits = cast(equal(x, _restore(out, x.spec, axes)), x.dtype)
    return hits * (_restore(g, x.spec, axes) / sum(hits, axes, keepdims=True))


def _extreme_infer(x: TensorSpec, *, axes: Shape, keepdims: bool) -> TensorSpec:
    if builtins.any(x.shape[a] == 0 for a in axes):
        raise ShapeError(f"max and min need at least one element, the shape is {x.shape}")
    return _reduce_infer(x, axes=axes, keepdims=keepdims)


@primitive(_extreme_infer, vjp={"x": _extreme_vjp})
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element along `axis`; NaN if there is one. Ties share the gradient."""
    return _reduce_call("max", _numbers("max", x), axis, keepdims)


@primitive(_extreme_infer, vjp={"x": _extreme_vjp})
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element along `axis`; NaN if there is one. Ties share the gradient."""
    return _reduce_call("min", _numbers("min", x), axis, keepdims)


@primitive(_reduce_infer)
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether every element of a bool tensor is true along `axis`."""
    return _reduce_call("all", _logical("all", x), axis, keepdims)


@primitive(_reduce_infer)
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether an element of a bool tensor is true along `axis`."""
    return _reduce_call("any", _logical("any", x), axis, keepdims)


def _arg_infer(x: TensorSpec, *, axis: int) -> TensorSpec:
    if x.shape[axis] == 0:
        raise ShapeError(f"argmax and argmin need at least one element, the shape is {x.shape}")
    return TensorSpec((*x.shape[:axis], *x.shape[axis + 1 :]), int32)


def _arg_call(op: str, x: Any, axis: int | None) -> tuple[Any, dict[str, Any]]:
    x = _numbers(op, x)
    if axis is None:
        x, axis = x.reshape((-1,)), 0
    return (x,), {"axis": normalize_axis(op, axis, x.ndim)}


@primitive(_arg_infer)
def argmax(x: Any, axis: int | None = None) -> Any:
    """Index (int32) of the first largest element along `axis`; None flattens, as in NumPy.

    TF.js and TensorFlow default to axis 0 instead. NaN counts as the largest, as in NumPy.
    """
    return _arg_call("argmax", x, axis)


@primitive(_arg_infer)
def argmin(x: Any, axis: int | None = None) -> Any:
    """Index (int32) of the first smallest element along `axis`; None flattens, as in NumPy."""
    return _arg_call("argmin", x, axis)


# ------------------------------------------------------------------------------- composites


def _size(shape: Shape, axes: Shape) -> int:
    n = 1
    for a in axes:
        n *= shape[a]
    return n


@composite()
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The arithmetic mean along `axis` (all axes by default), as a float; NaN over nothing."""
    x = _floats(x)
    n = _size(x.shape, normalize_axes("mean", axis, x.ndim))
    return sum(x, axis, keepdims) * (1.0 / n if n else float("nan"))


def _floats(x: Any) -> Tensor:
    x = engine.as_tensor(x)
    return x if x.dtype.is_inexact else cast(x, float32)


@composite()
def moments(x: Any, axis: Axis = None, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Mean and (population) variance along `axis`."""
    x = _floats(x)
    center = mean(x, axis, keepdims=True)
    variance = mean(square(x - center), axis, keepdims)
    return (center if keepdims else center.reshape(variance.shape)), variance


@composite()
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """`log(sum(exp(x)))` along `axis`, without overflow; infinite elements are handled."""
    x = _floats(x)
    top = stop_gradient(max(x, axis, keepdims=True))
    top = where(isfinite(top), top, 0.0)
    total = log(sum(exp(x - top), axis, keepdims=True)) + top
    return (
        total
        if keepdims
        else total.reshape(reduce_shape(x.shape, normalize_axes("logsumexp", axis, x.ndim), False))
    )


@composite()
def norm(
    x: Any, ord: int | float | str = "euclidean", axis: Axis = None, keepdims: bool = False
) -> Tensor:
    """A vector norm along `axis`: "euclidean" (2), 1, inf, -inf or any positive order."""
    x = _floats(x)
    if ord in ("euclidean", 2, "fro"):
        return sqrt(sum(square(x), axis, keepdims))
    extremes: dict[Any, Callable[..., Tensor]] = {float("inf"): max, float("-inf"): min}
    if ord in extremes:
        return extremes[ord](abs(x), axis, keepdims)
    return sum(abs(x) ** ord, axis, keepdims) ** (1.0 / ord)  # type: ignore[operator]


@composite()
def euclidean_norm(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The root of the sum of squares along `axis` (all axes by default).

    >>> tfpy.euclidean_norm([3.0, 4.0])
    tfpy.tensor(5.)
    """
    return norm(x, axis=axis, keepdims=keepdims)
