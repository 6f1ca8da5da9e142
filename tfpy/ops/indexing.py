"""Picking elements by position: `x[...]`, `gather`, `one_hot`'s relatives and `top_k`."""

from __future__ import annotations

import builtins
from typing import Any

from .. import engine
from ..dtypes import bool_, int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import primitive
from ..spec import TensorSpec, normalize_axis
from ..tensor import Tensor
from .creation import one_hot
from .movement import expand_dims, reshape, take_slice, transpose
from .reduce import sum

# ------------------------------------------------------------------------------------ gather


def _gather_infer(x: TensorSpec, indices: TensorSpec, *, axis: int) -> TensorSpec:
    if indices.dtype is not int32:
        raise DTypeError(f"gather: indices must be int32, not {indices.dtype}")
    return TensorSpec((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)


def _gather_vjp(g: Tensor, x_spec: TensorSpec, indices: Tensor, axis: int) -> Tensor:
    """Add each gathered gradient back to where it came from."""
    n, k = x_spec.shape[axis], indices.ndim
    picked = range(axis, axis + k)
    others = [i for i in range(g.ndim) if i not in picked]
    rows = reshape(transpose(g, (*picked, *others)), (indices.size, *[g.shape[i] for i in others]))
    added = unsorted_segment_sum(rows, reshape(indices, (-1,)), n)
    return transpose(added, (*range(1, axis + 1), 0, *range(axis + 1, x_spec.rank)))


@primitive(_gather_infer, vjp={"x": _gather_vjp})
def gather(x: Any, indices: Any, axis: int = 0, batch_dims: int = 0) -> Any:
    """The slices of `x` along `axis` at int32 `indices`, whose shape takes the place of the axis.

    An index outside the axis gives zeros, on every backend. `batch_dims` is not supported yet.

    >>> tfpy.gather([10, 20, 30], [2, 0])
    tfpy.tensor([30, 10])
    """
    if batch_dims:
        raise ArgumentError("gather: batch_dims is not supported")
    x, indices = engine.as_tensor(x), engine.as_tensor(indices)
    return (x, indices), {"axis": normalize_axis("gather", axis, x.ndim)}


def _segment_infer(x: TensorSpec, segment_ids: TensorSpec, *, num_segments: int) -> TensorSpec:
    if segment_ids.dtype is not int32 or segment_ids.shape != x.shape[:1]:
        raise ShapeError(
            f"unsorted_segment_sum: segment_ids must be int32 of shape {x.shape[:1]}, "
            f"not {segment_ids.dtype} of shape {segment_ids.shape}"
        )
    return TensorSpec((num_segments, *x.shape[1:]), x.dtype)


def _segment_vjp(g: Tensor, segment_ids: Tensor) -> Tensor:
    return gather(g, segment_ids)


@primitive(_segment_infer, vjp={"x": _segment_vjp})
def unsorted_segment_sum(x: Any, segment_ids: Any, num_segments: int) -> Any:
    """Row i of the result is the sum of the rows of `x` whose segment id is i.

    Ids (int32, one per row) need no order; ids outside [0, num_segments) are left out.
    """
    operands = engine.as_tensor(x), engine.as_tensor(segment_ids)
    return operands, {"num_segments": int(num_segments)}


# ------------------------------------------------------------------------------------- top_k


def _top_k_infer(x: TensorSpec, *, k: int) -> tuple[TensorSpec, TensorSpec]:
    if not x.shape or not 0 <= k <= x.shape[-1]:
        raise ShapeError(f"top_k: k={k} is out of range for shape {x.shape}")
    shape = (*x.shape[:-1], k)
    return TensorSpec(shape, x.dtype), TensorSpec(shape, int32)


def _top_k_vjp(g: tuple[Tensor, None], x_spec: TensorSpec, out: tuple[Tensor, Tensor]) -> Tensor:
    """Each gradient back to the position its value came from."""
    hits = one_hot(out[1], x_spec.shape[-1], dtype=x_spec.dtype)
    return sum(expand_dims(g[0], -1) * hits, axis=-2)


@primitive(_top_k_infer, vjp={"x": _top_k_vjp})
def top_k(x: Any, k: int = 1, sorted: bool = True) -> Any:
    """The `k` largest elements along the last axis, largest first, and their int32 indices.

    Equal elements come in the order of their indices. The result is sorted in any case.

    >>> tfpy.top_k([1.0, 3.0, 2.0], k=2)
    (tfpy.tensor([3., 2.]), tfpy.tensor([1, 2]))
    """
    return (engine.as_tensor(x),), {"k": int(k)}


# --------------------------------------------------------------------------------- x[...]


def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]`: ints, slices, `...`, None (new axis) and int32 tensors or lists of positions.

    Raises `ShapeError` for too many or out-of-range entries, and for boolean masks, whose result
    has no shape known beforehand (`tfpy.where` and multiplication work without one).
    """
    entries = _expand_ellipsis(x, key if isinstance(key, tuple) else (key,))
    begin, size, steps, shape, gathers = [], [], [], [], []
    axis = 0
    for entry in entries:
        if entry is None:
            shape.append(1)
            continue
        n = x.shape[axis]
        axis += 1
        if isinstance(entry, builtins.slice):
            b, s, step = _slice_entry(entry, n)
            shape.append(s)
        elif _is_index(entry):
            b, s, step = _index_entry(entry, n, x.shape), 1, 1
        else:
            gathers.append((len(shape), entry))
            b, s, step = 0, n, 1
            shape.append(n)
        begin.append(b)
        size.append(s)
        steps.append(step)
    if tuple(size) != x.shape or any(s != 1 for s in steps):
        x = take_slice(x, tuple(begin), tuple(size), tuple(steps))
    if x.shape != tuple(shape):
        x = reshape(x, shape)
    return _gather_entries(x, gathers)


def _expand_ellipsis(x: Tensor, key: tuple[Any, ...]) -> list[Any]:
    """`key` with its ellipsis (or the missing rest) written out as full slices."""
    used = builtins.sum(1 for k in key if k is not None and k is not Ellipsis)
    if used > x.ndim:
        raise ShapeError(f"{used} indices for a tensor of shape {x.shape}")
    rest = [builtins.slice(None)] * (x.ndim - used)
    dots = [i for i, k in enumerate(key) if k is Ellipsis]
    if len(dots) > 1:
        raise ShapeError("an index can have only one ellipsis")
    at = dots[0] if dots else len(key)
    return [*key[:at], *rest, *key[at + 1 :]]


def _slice_entry(entry: builtins.slice, n: int) -> tuple[int, int, int]:
    start, stop, step = entry.indices(n)
    count = len(range(start, stop, step))
    return (start if count else 0), count, (step if count else 1)


def _is_index(entry: Any) -> bool:
    if isinstance(entry, Tensor):
        return entry.ndim == 0 and entry.dtype.kind in "iu"
    return (
        hasattr(entry, "__index__")
        and not isinstance(entry, bool)
        and not getattr(entry, "ndim", 0)
    )


def _index_entry(entry: Any, n: int, shape: tuple[int, ...]) -> int:
    i = int(entry)
    if not -n <= i < n:
        raise ShapeError(f"index {i} is out of range for an axis of size {n} of shape {shape}")
    return i % n


def _gather_entries(x: Tensor, gathers: list[tuple[int, Any]]) -> Tensor:
    if len(gathers) > 1:
        raise ShapeError("an index can have only one list or tensor of positions; use gather")
    for axis, positions in gathers:
        indices = engine.as_tensor(positions)
        if indices.dtype is bool_:
            raise ShapeError("a boolean mask gives a shape that depends on data; use tfpy.where")
        from .elementwise import where

        n = x.shape[axis]
        x = gather(x, where(indices < 0, indices + n, indices), axis)
    return x
