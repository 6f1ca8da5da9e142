"""`tfpy.sparse`: functions of sparse tensors in coordinate form.

A sparse tensor is its `indices` (n, rank), its `values` (n,) and its dense shape (rank,). Indices
are computed by Python on every backend; values are moved and summed by operations, with gradients.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import prod
from typing import Any

from . import engine
from .dtypes import bool_, float32, int32
from .errors import ArgumentError, DTypeError, ShapeError
from .host import HostArray
from .ops.creation import ones
from .ops.elementwise import maximum
from .ops.indexing import gather, unsorted_segment_sum
from .ops.movement import concat
from .ops.movement import reshape as reshape_dense
from .registry import composite, host
from .spec import TensorSpec, check_size
from .tensor import Tensor


def _int32(op: str, name: str, x: TensorSpec, rank: int) -> None:
    if x.dtype is not int32 or x.rank != rank:
        raise ShapeError(
            f"{op}: {name} must be int32 with {rank} axes, not {x.dtype} of shape {x.shape}"
        )


def _coordinates(op: str, indices: TensorSpec, dense_shape: TensorSpec) -> None:
    _int32(op, "indices", indices, 2)
    _int32(op, "dense_shape", dense_shape, 1)
    if indices.shape[1] != dense_shape.shape[0]:
        raise ShapeError(
            f"{op}: indices of shape {indices.shape} do not fit {dense_shape.shape[0]} axes"
        )


def _rows(indices: HostArray) -> list[tuple[int, ...]]:
    n, rank = indices.shape
    flat = list(indices.values)
    return [tuple(flat[i * rank : (i + 1) * rank]) for i in range(n)]


def _inside(op: str, rows: Sequence[Sequence[int]], shape: Sequence[int]) -> None:
    for i, row in enumerate(rows):
        if any(not 0 <= at < n for at, n in zip(row, shape, strict=True)):
            raise ArgumentError(f"{op}: index {i}, {tuple(row)}, lies outside shape {tuple(shape)}")


# ---------------------------------------------------------------------------- fill empty rows


def _fill_infer(indices: TensorSpec, dense_shape: TensorSpec) -> tuple[TensorSpec, ...]:
    _coordinates("fill_empty_rows", indices, dense_shape)
    if not indices.shape[1]:
        raise ShapeError("fill_empty_rows: a tensor without axes has no rows")
    some: Any = None
    return (
        TensorSpec((some, indices.shape[1]), int32),
        TensorSpec((some,), bool_),
        TensorSpec(indices.shape[:1], int32),
        TensorSpec((some,), int32),
    )


def _fill_values(indices: HostArray, dense_shape: HostArray) -> tuple[HostArray, ...]:
    rows, shape = _rows(indices), list(dense_shape.values)
    _inside("fill_empty_rows", rows, shape)
    n, rank = len(rows), len(shape)
    check_size("fill_empty_rows", (shape[0] + n, rank))
    empty = bytearray(b"\1") * shape[0]
    # The number of a value that there is not, n, stands for the default. Its row is the end, up to
    # which rows are empty: these may be millions and are made at a stroke.
    row_of = [*(row[0] for row in rows), shape[0]]
    picks, begins, back, below = array("i"), array("i"), [0] * (n + 1), 0
    for i in sorted(range(n + 1), key=row_of.__getitem__):
        gap = range(below, row_of[i])
        picks += array("i", [n]) * len(gap)
        begins.extend(gap)
        back[i], below = len(picks), row_of[i] + 1
        picks.append(i)
        begins.append(row_of[i])
    picks.pop()
    flat = array("i", [0]) * (len(picks) * rank)
    flat[::rank] = begins[:-1]
    for row, place in zip(rows, back, strict=False):
        flat[place * rank : (place + 1) * rank] = array("i", row)
        empty[row[0]] = 0
    return (
        HostArray(flat, (len(picks), rank)),
        HostArray(empty, (len(empty),)),
        HostArray(back[:-1], (n,)),
        HostArray(picks, (len(picks),)),
    )


@host(_fill_infer, _fill_values, public=False)
def filled_rows(indices: Tensor, dense_shape: Tensor) -> Any:
    """Indices after filling, which rows were empty, where values went, and which value each is."""
    return (indices, dense_shape), {}


@composite()
def fill_empty_rows(
    indices: Any, values: Any, dense_shape: Any, default_value: Any
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A sparse tensor with a value at the begin of each row that had none.

    Args:
        indices: int32 (n, rank).
        values: (n,).
        dense_shape: int32 (rank,).
        default_value: a scalar of the type of `values`.

    Returns:
        indices: (m, rank), ordered by row; values: (m,); empty_row_indicator: bool, one for each
        row; reverse_index_map: (n,), where each of the given values is now.

    >>> tfpy.sparse.fill_empty_rows([[0, 1], [2, 0]], [5, 6], [3, 2], -1)[1]
    tfpy.tensor([ 5, -1,  6])
    """
    indices, values = engine.as_tensor(indices), engine.as_tensor(values)
    default = engine.as_tensor(default_value, values.dtype)
    if values.shape != indices.shape[:1] or default.shape:
        raise ShapeError(
            f"fill_empty_rows: values of shape {values.shape} and a default of {default.shape} do "
            f"not fit indices of shape {indices.shape}"
        )
    made, empty, back, picks = filled_rows(indices, engine.as_tensor(dense_shape))
    return made, gather(concat([values, reshape_dense(default, (1,))]), picks), empty, back


# --------------------------------------------------------------------------------------- reshape


def _reshape_infer(
    indices: TensorSpec, dense_shape: TensorSpec, new_shape: TensorSpec
) -> tuple[TensorSpec, TensorSpec]:
    _coordinates("sparse.reshape", indices, dense_shape)
    _int32("sparse.reshape", "new_shape", new_shape, 1)
    return TensorSpec((indices.shape[0], new_shape.shape[0]), int32), new_shape


def _completed(size: int, shape: list[int]) -> list[int]:
    """`shape` with its -1 filled in."""
    known = prod(n for n in shape if n != -1)
    if shape.count(-1) > 1 or min(shape, default=0) < -1:
        raise ShapeError(f"sparse.reshape: {tuple(shape)} is not a shape")
    filled = [size // known if n == -1 and known else n for n in shape]
    if prod(filled) != size or -1 in filled:
        raise ShapeError(f"sparse.reshape: cannot make shape {tuple(shape)} of {size} elements")
    return filled


def _reshape_values(
    indices: HostArray, dense_shape: HostArray, new_shape: HostArray
) -> tuple[HostArray, HostArray]:
    before, rows = list(dense_shape.values), _rows(indices)
    _inside("sparse.reshape", rows, before)
    after = _completed(prod(before), list(new_shape.values))
    old, new = TensorSpec(tuple(before)).strides, TensorSpec(tuple(after)).strides
    flat = []
    for row in rows:
        at = sum(i * step for i, step in zip(row, old, strict=True))
        flat += [at // step % n for step, n in zip(new, after, strict=True)]
    return HostArray(flat, (len(rows), len(after))), HostArray(after, new_shape.shape)


@host(_reshape_infer, _reshape_values, namespace="sparse")
def reshape(indices: Any, dense_shape: Any, new_shape: Any) -> Any:
    """The indices of a sparse tensor under another dense shape; one size may be -1.

    Args:
        indices: int32 (n, rank).
        dense_shape: int32 (rank,).
        new_shape: int32 (new rank,).

    Returns:
        The new indices, (n, new rank), and the new shape without -1.

    >>> tfpy.sparse.reshape([[0, 1], [1, 0]], [2, 3], [3, -1])
    (tfpy.tensor([[0, 1],
                  [1, 1]]), tfpy.tensor([3, 2]))
    """
    given = (indices, dense_shape, new_shape)
    return tuple(engine.as_tensor(x) for x in given), {}


# -------------------------------------------------------------------------------------- segments


def _picked(op: str, data: Any, indices: Any, segment_ids: Any) -> tuple[Tensor, Tensor, int]:
    """The rows to be summed, their segments, and how many segments there are."""
    data, indices, ids = (engine.as_tensor(x) for x in (data, indices, segment_ids))
    _int32(op, "indices", indices.spec, 1)
    _int32(op, "segment_ids", ids.spec, 1)
    if not data.ndim or indices.shape != ids.shape:
        raise ShapeError(
            f"{op}: data of shape {data.shape}, indices {indices.shape} and segment_ids "
            f"{ids.shape} do not fit each other"
        )
    numbers = ids.data_sync().tolist()
    if numbers != sorted(numbers) or (numbers and numbers[0] < 0):
        raise ArgumentError(f"{op}: segment_ids must be sorted and not negative")
    _inside(op, [(i,) for i in indices.data_sync()], data.shape[:1])
    return gather(data, indices), ids, numbers[-1] + 1 if numbers else 0


@composite()
def segment_sum(data: Any, indices: Any, segment_ids: Any) -> Tensor:
    """Sums of rows: row s of the result is the sum of `data[indices[i]]` where segment_ids[i] is s.

    Args:
        data: (n, ...).
        indices: int32 (k,), rows of `data`.
        segment_ids: int32 (k,), sorted; a number that does not occur gives a row of zeros.

    >>> tfpy.sparse.segment_sum([[1, 2], [3, 4], [5, 6]], [0, 2, 1], [0, 0, 1])
    tfpy.tensor([[6, 8],
                 [3, 4]])
    """
    return unsorted_segment_sum(*_picked("segment_sum", data, indices, segment_ids))


@composite()
def segment_mean(data: Any, indices: Any, segment_ids: Any) -> Tensor:
    """Means of rows, otherwise as `segment_sum`. Integers are averaged as float32.

    >>> tfpy.sparse.segment_mean([[1.0], [3.0], [5.0]], [0, 2, 1], [0, 0, 1])
    tfpy.tensor([[3.],
                 [3.]])
    """
    rows, ids, count = _picked("segment_mean", data, indices, segment_ids)
    if rows.dtype.kind == "s":
        raise DTypeError("segment_mean does not take string tensors")
    if not rows.dtype.is_inexact:
        rows = engine.cast_to(rows, float32)
    sums = unsorted_segment_sum(rows, ids, count)
    sizes = maximum(unsorted_segment_sum(ones(ids.shape), ids, count), 1.0)
    return sums / engine.cast_to(reshape_dense(sizes, (count, *[1] * (rows.ndim - 1))), rows.dtype)
