"""Order along an axis: sorting, the largest elements, and searching what is sorted.

NaN comes last in either direction, as in NumPy, and equal elements keep their order.
"""

from __future__ import annotations

from math import prod
from typing import Any

from .. import engine
from ..dtypes import int32, promote, promote_scalar
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import TensorSpec, normalize_axis
from ..tensor import Tensor
from .elementwise import cast, greater, greater_equal, isfinite, less, logical_and
from .indexing import row_ids, take_along_axis, unsorted_segment_sum
from .movement import expand_dims, reshape, swap_last
from .reduce import sum


def _sort_infer(x: TensorSpec, *, k: int, descending: bool) -> tuple[TensorSpec, TensorSpec]:
    if not x.shape or not 0 <= k <= x.shape[-1]:
        raise ShapeError(f"top_k: k={k} is out of range for shape {x.shape}")
    shape = (*x.shape[:-1], k)
    return TensorSpec(shape, x.dtype), TensorSpec(shape, int32)


def _sort_vjp(g: tuple[Tensor, None], x_spec: TensorSpec, out: tuple[Tensor, Tensor]) -> Tensor:
    """Each gradient back to the position its value came from."""
    n = x_spec.shape[-1]
    rows = prod(x_spec.shape[:-1])
    ids = row_ids(out[1], rows, n)
    return reshape(unsorted_segment_sum(reshape(g[0], (-1,)), ids, rows * n), x_spec.shape)


@primitive(_sort_infer, vjp={"x": _sort_vjp}, public=False)
def sort_last(x: Tensor, k: int, descending: bool) -> Any:
    """The first `k` elements of the last axis in order, and their indices: behind all of these."""
    return (x,), {"k": k, "descending": descending}


@composite()
def top_k(x: Any, k: int = 1, sorted: bool = True) -> Any:
    """The `k` largest elements along the last axis, largest first, and their int32 indices.

    Equal elements come in the order of their indices. The result is sorted in any case.

    >>> tfpy.top_k([1.0, 3.0, 2.0], k=2)
    (tfpy.tensor([3., 2.]), tfpy.tensor([1, 2]))
    """
    return sort_last(_ordered("top_k", x), int(k), True)


def _ordered(op: str, x: Any) -> Tensor:
    x = engine.as_tensor(x)
    if x.dtype.kind in "cs":
        raise DTypeError(f"{op} does not take {x.dtype} tensors")
    return x


def _sorted(op: str, x: Any, axis: int | None, descending: bool) -> tuple[Tensor, Tensor]:
    """Values and indices of `x` in order along `axis`."""
    x = _ordered(op, x)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis = normalize_axis(op, axis, x.ndim)
    rows = swap_last(x, axis)
    values, indices = sort_last(rows, rows.shape[-1], bool(descending))
    return swap_last(values, axis), swap_last(indices, axis)


@composite()
def sort(x: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The elements along `axis` (None flattens first) in order, smallest first, NaN last.

    Equal elements keep their order in any case.

    >>> tfpy.sort([3.0, 1.0, 2.0], descending=True)
    tfpy.tensor([3., 2., 1.])
    """
    return _sorted("sort", x, axis, descending)[0]


@composite()
def argsort(x: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The int32 indices along `axis` (None flattens first) that would sort `x`; see `sort`.

    >>> tfpy.argsort([3.0, 1.0, 2.0])
    tfpy.tensor([1, 2, 0])
    """
    return _sorted("argsort", x, axis, descending)[1]


# ----------------------------------------------------------------------------------- searching


def _search_infer(sorted_sequence: TensorSpec, values: TensorSpec, *, side: str) -> TensorSpec:
    if sorted_sequence.rank > 1 and sorted_sequence.shape[:-1] != values.shape[:-1]:
        raise ShapeError(
            "searchsorted: sorted_sequence and values differ before the last axis: shapes "
            f"{sorted_sequence.shape} and {values.shape}"
        )
    return TensorSpec(values.shape, int32)


@primitive(_search_infer)
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where `values` would go into `sorted_sequence` so that it stays sorted, as int32.

    Args:
        sorted_sequence: (n,) for values of any shape, or (..., n) with the leading axes of
            `values`: each row is searched for its own values.
        values: (..., m).
        side: "left" gives the first such place, "right" the last.

    >>> tfpy.searchsorted([1, 3, 3, 5], [0, 3, 9])
    tfpy.tensor([0, 1, 4])
    """
    a, b = _ordered("searchsorted", sorted_sequence), _ordered("searchsorted", values)
    if side not in ("left", "right"):
        raise ArgumentError(f'searchsorted: side must be "left" or "right", not {side!r}')
    if not a.shape:
        raise ShapeError("searchsorted: sorted_sequence must have an axis")
    dtype = promote_scalar(promote(a.dtype, b.dtype), 0)
    return (engine.cast_to(a, dtype), engine.cast_to(b, dtype)), {"side": side}


@composite()
def lower_bound(sorted_sequence: Any, values: Any) -> Tensor:
    """`searchsorted` with side "left": how many elements are smaller than each value.

    >>> tfpy.lower_bound([1, 3, 3, 5], [3])
    tfpy.tensor([1])
    """
    return searchsorted(sorted_sequence, values, "left")


@composite()
def upper_bound(sorted_sequence: Any, values: Any) -> Tensor:
    """`searchsorted` with side "right": how many elements are not larger than each value.

    >>> tfpy.upper_bound([1, 3, 3, 5], [3])
    tfpy.tensor([3])
    """
    return searchsorted(sorted_sequence, values, "right")


@composite()
def in_top_k(predictions: Any, targets: Any, k: int = 1) -> Tensor:
    """Whether each target class is among the `k` largest predictions of its row, as bool.

    As in TensorFlow, classes equal to the k-th largest are all among them (TF.js takes those of
    the smallest index), and a target that is no class or whose prediction is not finite is not.

    Args:
        predictions: (..., classes).
        targets: int32 of shape (...).
        k: how many count.

    >>> tfpy.in_top_k([[0.1, 0.8, 0.1], [0.5, 0.2, 0.3]], [1, 1], k=2)
    tfpy.tensor([ True, False])
    """
    predictions, targets = _ordered("in_top_k", predictions), engine.as_tensor(targets)
    if targets.dtype is not int32:
        raise DTypeError(f"in_top_k: targets must be int32, not {targets.dtype}")
    if predictions.ndim < 1 or targets.shape != predictions.shape[:-1]:
        raise ShapeError(
            f"in_top_k: targets of shape {targets.shape} do not fit predictions of shape "
            f"{predictions.shape}"
        )
    classes = predictions.shape[-1]
    if not 1 <= k <= classes:
        raise ArgumentError(f"in_top_k: k must be from 1 to {classes}, not {k!r}")
    own = take_along_axis(predictions, expand_dims(targets, -1), -1)
    larger = sum(cast(greater(predictions, own), int32), axis=-1)
    known = logical_and(greater_equal(targets, 0), less(targets, classes))
    finite = reshape(isfinite(own), targets.shape)
    return logical_and(logical_and(known, finite), less(larger, k))
