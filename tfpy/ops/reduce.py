"""Reductions: one value from many, along axes.

Over nothing they give NumPy's identities (sum 0, prod 1, all true, any false); `max`, `min`,
`argmax`, `argmin` over nothing are errors.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import as_dtype, bool_, float32, int32, uint32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import Shape, TensorSpec, normalize_axes, normalize_axis, reduce_shape
from ..tensor import Tensor
from .elementwise import abs, cast, equal, exp, isfinite, log, sqrt, square, where
from .movement import broadcast_to, squeeze, stop_gradient, transpose
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
    return _reduce_call("max", x, axis, keepdims)


@primitive(_extreme_infer, vjp={"x": _extreme_vjp})
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest element along `axis`; NaN if there is one. Ties share the gradient."""
    return _reduce_call("min", x, axis, keepdims)


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
    """`log(sum(exp(x)))` along `axis`, without overflow; -inf over nothing.

    Infinite elements are handled.
    """
    x = _floats(x)
    axes = normalize_axes("logsumexp", axis, x.ndim)
    if not x.size:
        return log(sum(x, axis, keepdims))
    top = stop_gradient(max(x, axis, keepdims=True))
    top = where(isfinite(top), top, 0.0)
    total = log(sum(exp(x - top), axis, keepdims=True)) + top
    return total if keepdims else total.reshape(reduce_shape(x.shape, axes, False))


@composite()
def norm(
    x: Any, ord: int | float | str = "euclidean", axis: Axis = None, keepdims: bool = False
) -> Tensor:
    """The norm of vectors along one axis, or of matrices along two, as NumPy's.

    Args:
        x: any tensor.
        ord: "euclidean" (of a matrix: Frobenius, also "fro"); for vectors also 1, 2, any positive
            order, inf or -inf; for matrices 1 and -1 (of the columns' sums the largest, the
            smallest), inf and -inf (of the rows' sums).
        axis: the vectors' axis, or the matrices' rows and columns; None takes `x` as one vector.
        keepdims: leave the axes that are gone as 1.

    >>> tfpy.norm([[3.0, -4.0], [1.0, 1.0]], axis=1)
    tfpy.tensor([     5., 1.41421])
    >>> tfpy.norm([[3.0, -4.0], [1.0, 1.0]], float("inf"), axis=(0, 1))
    tfpy.tensor(7.)
    """
    x = _floats(x)
    if not isinstance(ord, (int, float, str)):
        raise ArgumentError(f"norm: ord must be a number or a word, not {ord!r:.50}")
    if ord in ("euclidean", "fro"):
        return sqrt(sum(square(x), axis, keepdims))
    if axis is None or isinstance(axis, int) or len(axis) == 1:
        return _vector_norm(x, ord, axis, keepdims)
    if len(axis) != 2:
        raise ShapeError(f"norm: axis {axis} names neither vectors nor matrices")
    return _matrix_norm(x, ord, axis[0], axis[1], keepdims)


def _vector_norm(x: Tensor, ord: int | float | str, axis: Axis, keepdims: bool) -> Tensor:
    if ord == 2:
        return sqrt(sum(square(x), axis, keepdims))
    if ord in (math.inf, -math.inf):
        return (max if ord == math.inf else min)(abs(x), axis, keepdims)
    if isinstance(ord, str) or not ord > 0:
        raise ArgumentError(f"norm: vectors have no norm of order {ord!r}")
    return sum(abs(x) ** ord, axis, keepdims) ** (1.0 / ord)


def _matrix_norm(
    x: Tensor, ord: int | float | str, rows: int, columns: int, keepdims: bool
) -> Tensor:
    if ord not in (1, -1, math.inf, -math.inf):
        raise ArgumentError(f"norm: matrices have no norm of order {ord!r} here")
    added, kept = (rows, columns) if ord in (1, -1) else (columns, rows)
    sums = sum(abs(x), added, keepdims=True)
    found = (max if ord in (1, math.inf) else min)(sums, kept, keepdims=True)
    return found if keepdims else squeeze(found, (rows, columns))


@composite()
def euclidean_norm(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The root of the sum of squares along `axis` (all axes by default).

    >>> tfpy.euclidean_norm([3.0, 4.0])
    tfpy.tensor(5.)
    """
    return norm(x, axis=axis, keepdims=keepdims)
