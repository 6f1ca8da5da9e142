"""Functions whose arguments or dtypes are others in the standard than in tfpy, and a few more.

Those that say nothing themselves are described by the standard.
"""

from __future__ import annotations

import functools
import math
import operator
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..dtypes import bool_, float32, float64, int32, promote
from ..errors import ArgumentError, DTypeError, ShapeError
from ..ops import einsum, linalg, movement, reduce, scan, sorting
from ..ops import elementwise as ew
from ..ops.complex_numbers import conj, view_as_real
from ..ops.creation import fill
from ..ops.indexing import gather, take
from ..ops.selection import unique_rows
from ..spec import broadcast_shapes, normalize_axes, normalize_axis, reduce_shape
from ..tensor import Tensor

__all__ = [
    *("all", "any", "argmax", "argmin"),
    *("bitwise_and", "bitwise_invert", "bitwise_or", "bitwise_xor"),
    *("broadcast_arrays", "clip", "concat", "copysign", "count_nonzero", "diff", "hypot"),
    *("cumulative_prod", "cumulative_sum", "searchsorted"),
    *("log2", "log10", "logaddexp", "matmul", "moveaxis", "nextafter", "positive"),
    *("repeat", "reshape", "roll", "signbit", "std", "tensordot", "trunc", "unstack", "var"),
    *("unique_all", "unique_counts", "unique_inverse", "unique_values", "vecdot"),
]

Ints = int | Sequence[int]
Axis = Ints | None

# ------------------------------------------------------------------------------- elementwise

# Logical for bool, bitwise for integers, as the operators are.
bitwise_and, bitwise_or, bitwise_xor = operator.and_, operator.or_, operator.xor
bitwise_invert, positive = operator.invert, operator.pos


def trunc(x: Any, /) -> Tensor:
    """`x` without its fraction."""
    return ew.where(ew.less(x, 0), ew.ceil(x), ew.floor(x))


def log2(x: Any, /) -> Tensor:
    """The logarithm to base 2."""
    return ew.log(x) * (1.0 / math.log(2.0))


def log10(x: Any, /) -> Tensor:
    """The logarithm to base 10."""
    return ew.log(x) * (1.0 / math.log(10.0))


def logaddexp(x1: Any, x2: Any, /) -> Tensor:
    """`log(exp(x1) + exp(x2))` without overflow."""
    a, b = engine.as_operands(x1, x2)
    apart = ew.maximum(a, b) + ew.softplus(ew.negative(ew.abs(a - b)))
    # Infinities have no difference.
    return ew.where(ew.equal(a, b), a + math.log(2.0), apart)


def hypot(x1: Any, x2: Any, /) -> Tensor:
    """`sqrt(x1 ** 2 + x2 ** 2)` without overflow; infinite if one of them is."""
    a, b = (ew.abs(x) for x in engine.as_operands(x1, x2))
    longer = ew.maximum(a, b)
    usual = longer * ew.sqrt(ew.square(ew.divide_no_nan(ew.minimum(a, b), longer)) + 1.0)
    return ew.where(ew.logical_or(ew.isinf(a), ew.isinf(b)), math.inf, usual)


def signbit(x: Any, /) -> Tensor:
    """Whether `x` has a minus: true of -0.0, false of NaN."""
    return ew.less(ew.where(ew.equal(x, 0), ew.reciprocal(x), x), 0)


def copysign(x1: Any, x2: Any, /) -> Tensor:
    """`x1` with the sign of `x2`."""
    a, b = engine.as_operands(x1, x2)
    size = ew.abs(a)
    return ew.where(signbit(b), ew.negative(size), size)


def nextafter(x1: Any, x2: Any, /) -> Tensor:
    """The float beside `x1` in the direction of `x2`.

    Numbers too small for a device to compute with, below 1e-38 on most graphics cards, are 0 there.
    By adding a little more than half of the distance and rounding (Rump, Zimmermann, Boldo and
    Melquiond, Computing predecessor and successor in rounding to nearest, 2009).
    """
    a, b = engine.as_operands(x1, x2)
    dtype = promote(a.dtype, b.dtype, float32)
    if not dtype.is_floating:
        raise DTypeError(f"nextafter does not take {dtype} tensors")
    a, b = engine.cast_to(a, dtype), engine.cast_to(b, dtype)
    # Digits, and powers of two: what small numbers are scaled by, the least step and normal number.
    double = dtype is float64
    digits, scale, step, normal = (53, 300, -1074, -1022) if double else (24, 60, -149, -126)
    half = 2.0**-digits
    small = ew.abs(a) < 2.0 ** (normal + 2 * digits)
    scaled = ew.where(small, a * 2.0**scale, a)
    least = ew.where(small, fill((), 2.0 ** (step + scale), dtype), 0.0)
    by = ew.maximum(ew.abs(scaled) * (half * (1.0 + 2.0 * half)), least)
    moved = ew.where(b > a, scaled + by, scaled - by)
    moved = ew.where(small, moved * 2.0**-scale, moved)
    # To zero, or away from it where the least step itself counts as zero.
    smallest = ew.where(b > a, fill((), 2.0**normal, dtype), -(2.0**normal))
    zero = ew.where(ew.equal(a, 0), smallest, a * 0.0)
    moved = ew.where(ew.equal(moved, 0), zero, moved)
    most = (2.0 - 2.0 * half) * 2.0 ** (1 - normal)
    moved = ew.where(ew.isinf(a), ew.clip_by_value(a, -most, most), moved)
    return ew.where(ew.equal(a, b), b, ew.where(ew.isnan(b), b, moved))


def clip(x: Any, /, min: Any = None, max: Any = None) -> Tensor:
    """`x` limited to [min, max], in its own dtype; either may be missing, a number or a tensor."""
    x = engine.as_tensor(x)
    low = x if min is None else ew.maximum(x, min)
    return engine.cast_to(low if max is None else ew.minimum(low, max), x.dtype)


# ------------------------------------------------------------------------------ manipulation


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """The tensors, all broadcast to one shape."""
    shape = broadcast_shapes("broadcast_arrays", *[x.shape for x in arrays])
    return [movement.broadcast_to(x, shape) for x in arrays]


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    """The tensors joined along `axis`; None flattens them first."""
    if axis is None:
        arrays, axis = [movement.flatten(x) for x in arrays], 0
    return movement.concat(arrays, axis)


def _ints(value: Ints) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)


def moveaxis(x: Tensor, source: Ints, destination: Ints, /) -> Tensor:
    """`x` with the axes `source` at the places `destination`; the others keep their order."""
    froms, tos = _ints(source), _ints(destination)
    for axes in (froms, tos):
        if len(normalize_axes("moveaxis", axes, x.ndim)) != len(froms):
            raise ShapeError(f"moveaxis: {source} and {destination} are not as many axes")
    moved, places = ([a % x.ndim for a in axes] for axes in (froms, tos))
    order = [i for i in range(x.ndim) if i not in moved]
    for to, axis in sorted(zip(places, moved, strict=True)):
        order.insert(to, axis)
    return movement.transpose(x, order)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """`x` with each element along `axis` repeated; None flattens it first.

    `repeats` is a number, or one per element: a tensor of them is read, which blocks.
    """
    if axis is None:
        x, axis = movement.flatten(x), 0
    axis = normalize_axis("repeat", axis, x.ndim)
    n = x.shape[axis]
    times = engine.as_tensor(repeats, int32).data_sync().tolist()
    if len(times) == 1:
        times *= n
    if len(times) != n or min(times, default=0) < 0:
        raise ShapeError(f"repeat: repeats {repeats!r:.50} for axis {axis} of shape {x.shape}")
    places = [i for i, count in enumerate(times) for _ in range(count)]
    return gather(x, engine.as_tensor(places, int32), axis)


def reshape(x: Tensor, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    """The same elements under another shape; one size may be -1."""
    return movement.reshape(x, shape)


def roll(x: Tensor, /, shift: Ints, *, axis: Axis = None) -> Tensor:
    """`x` with elements moved on by `shift` along `axis`, from the end to the beginning."""
    if axis is None:
        return movement.reshape(roll(movement.flatten(x), shift, axis=0), x.shape)
    shifts, axes = _ints(shift), _ints(axis)
    if len(shifts) not in (1, len(axes)):
        raise ShapeError(f"roll: shift {shift} and axis {axis} are not as many")
    for i, a in enumerate(axes):
        a = normalize_axis("roll", a, x.ndim)
        n, by = x.shape[a], shifts[i % len(shifts)]
        if n and by % n:
            head, tail = movement.split(x, [n - by % n, by % n], a)
            x = movement.concat([tail, head], a)
    return x


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices of `x` along `axis`, without that axis."""
    return tuple(movement.unstack(x, axis))


# ---------------------------------------------------------------------------------- products


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The matrix product over the last two axes; of integers exact, in their dtype."""
    dtype = promote(x1.dtype, x2.dtype)
    if dtype.kind in "fc" or not (x1.ndim and x2.ndim):
        return linalg.matmul(x1, x2)
    a = x1 if x1.ndim > 1 else movement.expand_dims(x1, 0)
    b = x2 if x2.ndim > 1 else movement.expand_dims(x2, 1)
    if a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"matmul: inner sizes differ: shapes {x1.shape} and {x2.shape}")
    # No kernel multiplies matrices of integers: all products are made, then added up.
    products = movement.expand_dims(a, -1) * movement.expand_dims(b, -3)
    out = reduce.sum(products, -2, dtype=dtype)
    vectors = [i for i, x in ((-2, x1), (-1, x2)) if x.ndim == 1]
    return movement.squeeze(out, vectors) if vectors else out


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Tensor:
    """The sum of products over `axes`: so many last and first ones, or two lists of them."""
    return engine.cast_to(einsum.tensordot(x1, x2, axes), promote(x1.dtype, x2.dtype))


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The sum of products along `axis`, counted from the end; the other axes broadcast.

    Of complex vectors the first is conjugated.
    """
    rank = min(x1.ndim, x2.ndim)
    axis = normalize_axis("vecdot", axis, rank) - rank
    if x1.shape[axis] != x2.shape[axis]:
        raise ShapeError(f"vecdot: {axis=} differs in shapes {x1.shape} and {x2.shape}")
    return reduce.sum(conj(x1) * x2, axis, dtype=promote(x1.dtype, x2.dtype))


# -------------------------------------------------------------------------------- reductions


def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every element along `axis` is true, or not 0."""
    return reduce.all(engine.as_tensor(x, bool_), axis, keepdims)


def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether an element along `axis` is true, or not 0."""
    return reduce.any(engine.as_tensor(x, bool_), axis, keepdims)


def _with_keepdims(search: Callable[..., Tensor]) -> Callable[..., Tensor]:
    @functools.wraps(search)
    def found(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
        x = engine.as_tensor(x)
        out = search(x, axis)
        if not keepdims:
            return out
        axes = normalize_axes(search.__name__, axis, x.ndim)
        return movement.reshape(out, reduce_shape(x.shape, axes, keepdims=True))

    return found


argmax, argmin = _with_keepdims(reduce.argmax), _with_keepdims(reduce.argmin)


def count_nonzero(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """How many elements along `axis` are not 0."""
    return reduce.sum(engine.as_tensor(x, bool_), axis, keepdims)


def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The mean square distance from the mean, as if of `correction` elements less."""
    x = engine.as_tensor(x)
    count = math.prod(x.shape[a] for a in normalize_axes("var", axis, x.ndim))
    total = reduce.sum(ew.square(x - reduce.mean(x, axis, keepdims=True)), axis, keepdims)
    return total / max(count - correction, 0.0)


def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The square root of `var`."""
    return ew.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def diff(
    x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None
) -> Tensor:
    """The differences between neighbours along `axis`, `n` times over."""
    x = engine.as_tensor(x)
    axis = normalize_axis("diff", axis, x.ndim)
    x = movement.concat([part for part in (prepend, x, append) if part is not None], axis)
    for _ in range(min(n, x.shape[axis])):
        size = [-1] * axis + [x.shape[axis] - 1]
        later, earlier = (movement.slice(x, [0] * axis + [at], size) for at in (1, 0))
        x = ew.not_equal(later, earlier) if x.dtype is bool_ else later - earlier
    return x


def cumulative_sum(x: Any, /, **options: Any) -> Tensor:
    """The sums of all elements so far along `axis`; `include_initial` puts 0 before them.

    `axis` may be missing if there is only one; `dtype` is as for `sum`.
    """
    return _cumulative(scan.cumsum, 0, x, **options)


def cumulative_prod(x: Any, /, **options: Any) -> Tensor:
    """The products of all elements so far along `axis`; `include_initial` puts 1 before them."""
    return _cumulative(scan.cumprod, 1, x, **options)


def _cumulative(
    scan: Callable[..., Tensor],
    initial: int,
    x: Any,
    *,
    axis: int | None = None,
    dtype: Any = None,
    include_initial: bool = False,
) -> Tensor:
    x = reduce.terms(x, dtype)
    if axis is None and x.ndim != 1:
        raise ArgumentError(f"{scan.__name__}: axis is needed for shape {x.shape}")
    at = normalize_axis(scan.__name__, axis or 0, x.ndim)
    out = scan(x, at)
    if not include_initial:
        return out
    first = fill((*x.shape[:at], 1, *x.shape[at + 1 :]), initial, x.dtype)
    return movement.concat([first, out], at)


# --------------------------------------------------------------------------- order and sets


def searchsorted(
    x1: Tensor, x2: Any, /, *, side: str = "left", sorter: Tensor | None = None
) -> Tensor:
    """Where `x2` would go into the vector `x1`, which `sorter` puts in order."""
    return sorting.searchsorted(x1 if sorter is None else take(x1, sorter), x2, side)


UniqueAll = namedtuple("UniqueAll", "values indices inverse_indices counts")
UniqueCounts = namedtuple("UniqueCounts", "values counts")
UniqueInverse = namedtuple("UniqueInverse", "values inverse_indices")


def unique_all(x: Tensor, /) -> UniqueAll:
    """The distinct elements in order, where each is first, which each element is, how many.

    Each NaN is one of its own, unlike in `tfpy.unique`. Reads the values, which blocks.
    """
    flat = movement.flatten(x)
    # Complex numbers are equal where their parts are.
    pairs = x.dtype.kind == "c"
    rows = view_as_real(flat) if pairs else movement.reshape(flat, (x.size, 1))
    places, inverse, counts = unique_rows(rows, in_order=True, equal_nan=False)
    return UniqueAll(gather(flat, places), places, movement.reshape(inverse, x.shape), counts)


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The distinct elements, and how many there are of each; see `unique_all`."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The distinct elements, and which of them each element is; see `unique_all`."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Tensor, /) -> Tensor:
    """The distinct elements; see `unique_all`."""
    return unique_all(x).values
