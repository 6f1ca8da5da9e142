"""Putting elements at given positions, and counting: what `gather` does, backwards."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .. import engine
from ..dtypes import int32, promote
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import Shape, TensorSpec, as_shape, require_rank
from ..tensor import Tensor
from .creation import arange, fill, ones
from .elementwise import cast, equal, greater, where
from .indexing import flat_ids, gather, row_ids, unsorted_segment_sum
from .movement import broadcast_to, reshape, stack

# ------------------------------------------------------------------------------ rows by number


def _scatter_infer(x: TensorSpec, segment_ids: TensorSpec, updates: TensorSpec) -> TensorSpec:
    return x


def _kept_vjp(g: Tensor, segment_ids: Tensor, updates_spec: TensorSpec) -> Tensor:
    return scatter_rows(g, segment_ids, fill(updates_spec.shape, 0, updates_spec.dtype))


def _updates_vjp(g: Tensor, segment_ids: Tensor, x_spec: TensorSpec) -> Tensor:
    """The gradient goes to the last update of each row, the one that is seen."""
    (count,) = segment_ids.shape
    order = arange(count, dtype=int32)
    last = scatter_rows(fill((x_spec.shape[0],), -1, int32), segment_ids, order)
    seen = equal(gather(last, segment_ids), order)
    return where(reshape(seen, (count,) + (1,) * (g.ndim - 1)), gather(g, segment_ids), 0.0)


@primitive(_scatter_infer, vjp={"x": _kept_vjp, "updates": _updates_vjp}, public=False)
def scatter_rows(x: Tensor, segment_ids: Tensor, updates: Tensor) -> Any:
    """`x` with the rows numbered `segment_ids` replaced by those of `updates`; the last one wins,
    and numbers that are no row are left out."""
    return (x, segment_ids, updates), {}


def _placed(op: str, indices: Any, updates: Any, shape: Shape) -> tuple[Tensor, Tensor]:
    """(row numbers, rows of `updates`) for a tensor of `shape`; `updates` must fit, or be one
    value."""
    flat, lead, row = flat_ids(op, indices, shape)
    updates = engine.as_tensor(updates)
    if updates.shape == ():
        updates = broadcast_to(updates, (*lead, *row))
    if updates.shape != (*lead, *row):
        raise ShapeError(
            f"{op}: updates of shape {updates.shape} do not fit indices of shape "
            f"{engine.as_tensor(indices).shape} and a result of shape {shape}: {(*lead, *row)}"
        )
    return flat, reshape(updates, (flat.size, prod(row)))


def _rows(shape: Shape, indices: Any) -> Shape:
    """`shape` as (rows, elements of a row) where the last axis of `indices` spells a row."""
    depth = engine.as_tensor(indices).shape[-1]
    return prod(shape[:depth]), prod(shape[depth:])


# ---------------------------------------------------------------------------- for users: places


@composite()
def scatter_nd(indices: Any, updates: Any, shape: Sequence[int]) -> Tensor:
    """Zeros of `shape` with `updates` added at the positions that `indices` spell.

    Args:
        indices: int32 (..., d): each gives the first d coordinates; what is outside is left out.
        updates: (..., *shape[d:]), or one value. Several for one place are added up.
        shape: of the result.

    >>> tfpy.scatter_nd([[0], [3], [0]], [1, 2, 5], (4,))
    tfpy.tensor([6, 0, 0, 2])
    """
    shape = as_shape(shape, "scatter_nd: shape")
    flat, rows = _placed("scatter_nd", indices, updates, shape)
    return reshape(unsorted_segment_sum(rows, flat, _rows(shape, indices)[0]), shape)


def _like(op: str, x: Tensor, updates: Any) -> Tensor:
    updates = engine.as_operands(x, updates)[1]
    if promote(x.dtype, updates.dtype) is not x.dtype:
        raise DTypeError(f"{op}: updates are {updates.dtype}, the tensor is {x.dtype}")
    return engine.cast_to(updates, x.dtype)


@composite()
def tensor_scatter_nd_update(x: Any, indices: Any, updates: Any) -> Tensor:
    """`x` with the elements, or slices, at the positions that `indices` spell replaced.

    Args:
        x: any tensor.
        indices: int32 (..., d): each gives the first d coordinates; what is outside is left out.
        updates: (..., *x.shape[d:]), or one value. Of several for one place the last is taken.

    >>> tfpy.tensor_scatter_nd_update([1, 2, 3], [[2], [0]], [9, 8])
    tfpy.tensor([8, 2, 9])
    """
    x = engine.as_tensor(x)
    updates = _like("tensor_scatter_nd_update", x, updates)
    flat, rows = _placed("tensor_scatter_nd_update", indices, updates, x.shape)
    return reshape(scatter_rows(reshape(x, _rows(x.shape, indices)), flat, rows), x.shape)


@composite()
def tensor_scatter_nd_add(x: Any, indices: Any, updates: Any) -> Tensor:
    """`x` with `updates` added at the positions that `indices` spell; see `scatter_nd`.

    >>> tfpy.tensor_scatter_nd_add([1, 2, 3], [[2], [2]], [10, 20])
    tfpy.tensor([ 1,  2, 33])
    """
    x = engine.as_tensor(x)
    return x + scatter_nd(indices, _like("tensor_scatter_nd_add", x, updates), x.shape)


@composite()
def sparse_to_dense(
    sparse_indices: Any, sparse_values: Any, output_shape: Sequence[int], default_value: Any = None
) -> Tensor:
    """A tensor of `default_value` with `sparse_values` at `sparse_indices`.

    Args:
        sparse_indices: int32: one index, or a vector of them, for a result of one axis, or
            (count, rank) coordinates.
        sparse_values: one value, or (count,). Of several for one place the last is taken.
        output_shape: shape of the result.
        default_value: what is everywhere else, 0 by default, or an empty string.

    >>> tfpy.sparse_to_dense([1, 3], [5.0, 6.0], (4,), default_value=-1)
    tfpy.tensor([-1.,  5., -1.,  6.])
    """
    shape = as_shape(output_shape, "sparse_to_dense: output_shape")
    indices, values = engine.as_tensor(sparse_indices), engine.as_tensor(sparse_values)
    require_rank("sparse_to_dense", "sparse_indices", indices.spec, 0, 1, 2)
    if indices.ndim < 2:
        indices = reshape(indices, (indices.size, 1))
    if indices.shape[1] != len(shape):
        raise ShapeError(
            f"sparse_to_dense: sparse_indices of shape {indices.shape} do not spell places of "
            f"shape {shape}"
        )
    if default_value is None:
        default_value = "" if values.dtype.kind == "s" else 0
    default = _like("sparse_to_dense", values, default_value)
    return tensor_scatter_nd_update(broadcast_to(default, shape), indices, values)


# ---------------------------------------------------------------------------- for users: counts


def _counts(op: str, x: Any, weights: Any, size: int, *ranks: int) -> Tensor:
    x = engine.as_tensor(x)
    if x.dtype is not int32:
        raise DTypeError(f"{op}: x must be int32, not {x.dtype}")
    require_rank(op, "x", x.spec, *ranks)
    if size < 0:
        raise ArgumentError(f"{op}: size must not be negative: {size}")
    weights = ones((0,), int32) if weights is None else engine.as_tensor(weights)
    if not weights.size:
        weights = ones(x.shape, weights.dtype)
    if weights.shape != x.shape:
        raise ShapeError(f"{op}: weights of shape {weights.shape} do not fit x of shape {x.shape}")
    rows, size = prod(x.shape[:-1]), int(size)
    ids = row_ids(x, rows, size)
    sums = unsorted_segment_sum(reshape(weights, (x.size,)), ids, rows * size)
    return reshape(sums, (*x.shape[:-1], size))


@composite()
def bincount(x: Any, weights: Any, size: int) -> Tensor:
    """How often each of 0, 1, ... `size` - 1 occurs in `x`, or the sum of its weights.

    `numpy.bincount` chooses the size by the largest value; here it is given, so that nothing waits
    for the device.

    Args:
        x: int32 (n,); values outside [0, size) are left out.
        weights: (n,), or None (or empty, as in TF.js) to count.
        size: length of the result.

    Returns:
        (size,), int32 without weights, else of their dtype.

    >>> tfpy.bincount([1, 1, 3], None, 4)
    tfpy.tensor([0, 2, 0, 1])
    """
    return _counts("bincount", x, weights, size, 1)


@composite()
def dense_bincount(x: Any, weights: Any, size: int, binary_output: bool = False) -> Tensor:
    """`bincount` of a vector, or of each row of a matrix.

    Args:
        x: int32 (n,) or (rows, n).
        weights: of the same shape, or None to count.
        size: length of the last axis of the result.
        binary_output: tell by 1 and 0 whether a value occurs at all, whatever its weights.

    >>> tfpy.dense_bincount([[1, 1], [0, 2]], None, 3)
    tfpy.tensor([[0, 2, 0],
                 [1, 0, 1]])
    """
    if not binary_output:
        return _counts("dense_bincount", x, weights, size, 1, 2)
    found = greater(_counts("dense_bincount", x, None, size, 1, 2), 0)
    return cast(found, int32 if weights is None else engine.as_tensor(weights).dtype)


def confusion_matrix(labels: Any, predictions: Any, num_classes: int) -> Tensor:
    """How often each label was predicted as each class: int32 (num_classes, num_classes).

    Rows are labels, columns predictions; pairs that are outside are left out.

    Args:
        labels: int32 (n,).
        predictions: int32 (n,).
        num_classes: number of classes.

    >>> tfpy.math.confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    tfpy.tensor([[1, 0],
                 [1, 1]])
    """
    labels, predictions = engine.as_tensor(labels), engine.as_tensor(predictions)
    if labels.ndim != 1 or labels.shape != predictions.shape:
        raise ShapeError(
            f"confusion_matrix: labels of shape {labels.shape} and predictions of shape "
            f"{predictions.shape} must be vectors of one length"
        )
    if num_classes < 1:
        raise ArgumentError(f"confusion_matrix: num_classes must be at least 1: {num_classes}")
    return scatter_nd(stack([labels, predictions], 1), 1, (num_classes, num_classes))
