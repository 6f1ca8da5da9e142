"""Functions that reduce or search along axes, with the standard's arguments and dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import as_dtype, bool_, int32, uint32
from ..ops import elementwise as ew
from ..ops import movement, reduce
from ..spec import normalize_axes, normalize_axis, reduce_shape
from ..tensor import Tensor

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]

Axis = int | Sequence[int] | None

# ------------------------------------------------------------------------------- statistical


def _wide(x: Any, dtype: Any) -> Tensor:
    """`x` in the dtype that its elements are added up or multiplied in: no less than int32."""
    x = engine.as_tensor(x)
    if dtype is not None:
        return engine.cast_to(x, as_dtype(dtype))
    if x.dtype.kind in "biu" and x.dtype.itemsize < 4:
        return engine.cast_to(x, uint32 if x.dtype.kind == "u" else int32)
    return x


def sum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """The sum along `axis`, in `dtype` or one of at least 32 bits."""
    return reduce.sum(_wide(x, dtype), axis, keepdims)


def prod(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """The product along `axis`, in `dtype` or one of at least 32 bits."""
    return reduce.prod(_wide(x, dtype), axis, keepdims)


def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The arithmetic mean along `axis`."""
    return reduce.mean(x, axis, keepdims)


def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest element along `axis`."""
    return reduce.max(x, axis, keepdims)


def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest element along `axis`."""
    return reduce.min(x, axis, keepdims)


def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The mean square distance from the mean, as if of `correction` elements less."""
    x = engine.as_tensor(x)
    center = reduce.mean(x, axis, keepdims=True)
    n = 1
    for a in normalize_axes("var", axis, x.ndim):
        n *= x.shape[a]
    left = n - correction
    total = reduce.sum(ew.square(x - center), axis, keepdims)
    return total * (1.0 / left) if left > 0 else total / 0.0


def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The square root of `var`."""
    return ew.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


# --------------------------------------------------------------------------------- searching


def _arg(function: Any, x: Any, axis: int | None, keepdims: bool) -> Tensor:
    x = engine.as_tensor(x)
    found = function(x, axis)
    if not keepdims:
        return found
    return movement.reshape(
        found, reduce_shape(x.shape, normalize_axes("argmax", axis, x.ndim), True)
    )


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the first largest element along `axis`."""
    return _arg(reduce.argmax, x, axis, keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the first smallest element along `axis`."""
    return _arg(reduce.argmin, x, axis, keepdims)


def count_nonzero(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """How many elements along `axis` are not 0."""
    return reduce.sum(engine.as_tensor(x, bool_), axis, keepdims)


# ----------------------------------------------------------------------------------- utility


def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every element along `axis` is true, or not 0."""
    return reduce.all(engine.as_tensor(x, bool_), axis, keepdims)


def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether an element along `axis` is true, or not 0."""
    return reduce.any(engine.as_tensor(x, bool_), axis, keepdims)


def diff(
    x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None
) -> Tensor:
    """The differences between neighbours along `axis`, `n` times over."""
    x = engine.as_tensor(x)
    axis = normalize_axis("diff", axis, x.ndim)
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = movement.concat(parts, axis)
    for _ in range(n):
        if not x.shape[axis]:
            break
        size = x.shape[axis] - 1
        later, earlier = (
            movement.slice(x, [0] * axis + [at], [-1] * axis + [size]) for at in (1, 0)
        )
        x = ew.not_equal(later, earlier) if x.dtype is bool_ else later - earlier
    return x
