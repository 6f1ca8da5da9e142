"""Picking elements by position: `x[...]`, `gather` and its relatives, and their inverse, sums of
what belongs together."""

from __future__ import annotations

import builtins
from math import prod
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite, primitive
from ..spec import Shape, TensorSpec, broadcast_shapes, normalize_axis
from ..tensor import Tensor
from .creation import arange, tensor
from .elementwise import logical_and, where
from .movement import broadcast_to, reshape, stack, swap_last, take_slice, transpose
from .reduce import all, sum

# ------------------------------------------------------------------------------------ gather


def _gather_infer(x: TensorSpec, indices: TensorSpec, *, axis: int, batch_dims: int) -> TensorSpec:
    if indices.dtype is not int32:
        raise DTypeError(f"gather: indices must be int32, not {indices.dtype}")
    batch = x.shape[:batch_dims]
    if not 0 <= batch_dims <= axis or indices.shape[:batch_dims] != batch:
        raise ShapeError(
            f"gather: {batch_dims=} does not fit {axis=}, x of shape {x.shape} and indices of "
            f"shape {indices.shape}"
        )
    middle = indices.shape[batch_dims:]
    return TensorSpec((*x.shape[:axis], *middle, *x.shape[axis + 1 :]), x.dtype)


def _gather_vjp(
    g: Tensor, x_spec: TensorSpec, indices: Tensor, axis: int, batch_dims: int
) -> Tensor:
    """Add each gathered gradient back to where it came from."""
    shape = x_spec.shape
    batch, lines, n = prod(shape[:batch_dims]), prod(shape[batch_dims:axis]), shape[axis]
    count, inner = prod(indices.shape[batch_dims:]), prod(shape[axis + 1 :])
    parts = transpose(reshape(g, (batch, lines, count, inner)), (0, 2, 1, 3))
    rows = reshape(parts, (batch * count, lines * inner))
    added = unsorted_segment_sum(rows, row_ids(indices, batch, n), batch * n)
    back = transpose(reshape(added, (batch, n, lines, inner)), (0, 2, 1, 3))
    return reshape(back, shape)


def row_ids(indices: Tensor, rows: int, n: int) -> Tensor:
    """Positions within rows of `n`, as many for each row, as positions in all rows one after the
    other; -1 for one outside its row."""
    if rows == 1:
        return reshape(indices, (indices.size,))
    table = reshape(indices, (rows, indices.size // rows if rows else 0))
    starts = reshape(arange(0, rows * n, n or 1), (rows, 1)) if n else 0
    inside = logical_and(table >= 0, table < n)
    return reshape(where(inside, table + starts, -1), (indices.size,))


@primitive(_gather_infer, vjp={"x": _gather_vjp})
def gather(x: Any, indices: Any, axis: int | None = None, batch_dims: int = 0) -> Any:
    """The slices of `x` along `axis` at int32 `indices`, whose shape takes the place of the axis.

    An index outside the axis, a negative one too, gives zeros on every backend; `take` counts
    negative ones from the end.

    Args:
        x: any tensor.
        indices: int32; with `batch_dims` its first axes are those of `x`.
        axis: the axis to pick from, by default the first after the batches.
        batch_dims: how many leading axes `x` and `indices` share: each batch is picked from by
            its own indices.

    >>> tfpy.gather([10, 20, 30], [2, 0])
    tfpy.tensor([30, 10])
    >>> tfpy.gather([[1, 2], [3, 4]], [[1], [0]], batch_dims=1)
    tfpy.tensor([[2],
                 [3]])
    """
    x, indices = engine.as_tensor(x), engine.as_tensor(indices)
    batch_dims = normalize_axis("gather", batch_dims, indices.ndim + 1)
    axis = normalize_axis("gather", batch_dims if axis is None else axis, x.ndim)
    return (x, indices), {"axis": axis, "batch_dims": batch_dims}


def _from_the_end(indices: Any, n: int) -> Tensor:
    """`indices` with negative ones counted from the end of an axis of `n`."""
    indices = engine.as_tensor(indices)
    if indices.dtype.kind in "iu":
        indices = engine.cast_to(indices, int32)
    return where(indices < 0, indices + n, indices)


@composite()
def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """The elements of `x` along `axis` (None flattens first) at int32 `indices`, as in NumPy.

    Negative indices count from the end. What is outside cannot be refused without waiting for the
    device, and gives zeros.

    >>> tfpy.take([10, 20, 30], [0, -1])
    tfpy.tensor([10, 30])
    """
    x = engine.as_tensor(x)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis = normalize_axis("take", axis, x.ndim)
    return gather(x, _from_the_end(indices, x.shape[axis]), axis)


@composite()
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Tensor:
    """For each row of `x` along `axis` (None flattens first) its elements at a row of `indices`.

    What `argsort` gives fits in: `take_along_axis(x, argsort(x))` is `sort(x)`. The other axes
    broadcast; negative indices count from the end, and one outside gives zero.

    >>> tfpy.take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1)
    tfpy.tensor([[2],
                 [3]])
    """
    x, indices = engine.as_tensor(x), engine.as_tensor(indices)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    if x.ndim != indices.ndim:
        raise ShapeError(
            f"take_along_axis: x of shape {x.shape} and indices of shape {indices.shape} differ in "
            "rank"
        )
    axis = normalize_axis("take_along_axis", axis, x.ndim)
    x, indices = swap_last(x, axis), swap_last(indices, axis)
    batch = broadcast_shapes("take_along_axis", x.shape[:-1], indices.shape[:-1])
    n, count = x.shape[-1], indices.shape[-1]
    x, indices = broadcast_to(x, (*batch, n)), broadcast_to(indices, (*batch, count))
    return swap_last(gather(x, _from_the_end(indices, n), None, len(batch)), axis)


def flat_ids(op: str, indices: Any, shape: Shape) -> tuple[Tensor, Shape, Shape]:
    """What (..., d) int32 `indices` say of a tensor of `shape`: (its rows' numbers, flat and -1 for
    one outside; the leading axes of `indices`; the axes of a row)."""
    indices = engine.as_tensor(indices)
    if indices.dtype is not int32:
        raise DTypeError(f"{op}: indices must be int32, not {indices.dtype}")
    depth = indices.shape[-1] if indices.shape else 0
    if not indices.shape or depth > len(shape):
        raise ShapeError(f"{op}: indices of shape {indices.shape} do not fit shape {shape}")
    count = prod(indices.shape[:-1])
    if depth == 1:
        flat = reshape(indices, (count,))
    else:
        spec = TensorSpec(shape[:depth])
        sizes, strides = tensor(spec.shape, dtype=int32), tensor(spec.strides, dtype=int32)
        inside = all(logical_and(indices >= 0, indices < sizes), axis=-1)
        flat = reshape(where(inside, sum(indices * strides, axis=-1), -1), (count,))
    return flat, indices.shape[:-1], shape[depth:]


@composite()
def gather_nd(x: Any, indices: Any) -> Tensor:
    """The elements, or slices, of `x` at the positions that the last axis of `indices` spells.

    Args:
        x: any tensor.
        indices: int32 (..., d): each gives the first d coordinates; what is outside gives zeros.

    >>> tfpy.gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]])
    tfpy.tensor([3, 2])
    """
    x = engine.as_tensor(x)
    flat, lead, row = flat_ids("gather_nd", indices, x.shape)
    rows = reshape(x, (prod(x.shape[: x.ndim - len(row)]), *row))
    return reshape(gather(rows, flat), (*lead, *row))


# ------------------------------------------------------------------------------------ segments


def _segment_infer(x: TensorSpec, segment_ids: TensorSpec, *, num_segments: int) -> TensorSpec:
    if not x.shape or segment_ids.dtype is not int32 or segment_ids.shape != x.shape[:1]:
        raise ShapeError(
            f"unsorted_segment_sum: segment_ids must be int32 of shape {x.shape[:1]}, "
            f"not {segment_ids.dtype} of shape {segment_ids.shape}"
        )
    if num_segments < 0:
        raise ArgumentError(f"unsorted_segment_sum: num_segments is negative: {num_segments}")
    return TensorSpec((num_segments, *x.shape[1:]), x.dtype)


def _segment_vjp(g: Tensor, segment_ids: Tensor) -> Tensor:
    return gather(g, segment_ids)


@primitive(_segment_infer, vjp={"x": _segment_vjp})
def unsorted_segment_sum(x: Any, segment_ids: Any, num_segments: int) -> Any:
    """Row i of the result is the sum of the rows of `x` whose segment id is i.

    Args:
        x: (rows, ...); bool is summed as int32.
        segment_ids: int32 (rows,), in any order; ids outside [0, num_segments) are left out.
        num_segments: rows of the result.

    >>> tfpy.unsorted_segment_sum([1, 2, 3], [0, 1, 0], 2)
    tfpy.tensor([4, 2])
    """
    x = engine.as_tensor(x)
    if x.dtype.kind == "b":
        x = engine.cast_to(x, int32)
    return (x, engine.as_tensor(segment_ids)), {"num_segments": int(num_segments)}


# --------------------------------------------------------------------------------- x[...]


def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]`: ints, slices, `...`, None (new axis) and int32 tensors or lists of positions.

    Several lists broadcast, and what they pick takes the place of the first where they and the ints
    stand side by side, else comes first, as in NumPy. A bool mask blocks until its values are
    there; see `boolean_mask`. Raises `ShapeError` for too many or out-of-range entries, and
    `DTypeError` for what is no index; a single bool is none.
    """
    if _is_mask(key):
        from .selection import boolean_mask

        return boolean_mask(x, key)
    entries = _expand_ellipsis(x, key if isinstance(key, tuple) else (key,))
    begin, size, steps, shape = [], [], [], []
    # Places among the entries of what picks; axes and positions of what picks more than one.
    picking, lists = [], []
    axis = 0
    for place, entry in enumerate(entries):
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
            picking.append(place)
        else:
            lists.append((len(shape), entry))
            b, s, step = 0, n, 1
            shape.append(n)
            picking.append(place)
        begin.append(b)
        size.append(s)
        steps.append(step)
    if tuple(size) != x.shape or any(s != 1 for s in steps):
        x = take_slice(x, tuple(begin), tuple(size), tuple(steps))
    if x.shape != tuple(shape):
        x = reshape(x, shape)
    if not lists:
        return x
    apart = picking[-1] - picking[0] >= len(picking)
    return _pick(x, lists, apart)


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
    if entry.step == 0:
        raise ShapeError(f"the step of a slice must not be 0: {entry}")
    try:
        start, stop, step = entry.indices(n)
    except TypeError:
        raise DTypeError(f"the bounds of a slice must be ints or None: {entry}") from None
    count = len(range(start, stop, step))
    return (start if count else 0), count, (step if count else 1)


def _is_mask(entry: Any) -> bool:
    """Whether `entry` tells of each element whether it is wanted."""
    if isinstance(entry, list):
        entry = entry[0] if entry else None
        return isinstance(entry, bool) or (isinstance(entry, list) and _is_mask(entry))
    return str(getattr(entry, "dtype", "")) == "bool" and entry.ndim > 0


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


def _pick(x: Tensor, lists: list[tuple[int, Any]], apart: bool) -> Tensor:
    """`x` at the positions along the axis beside each. The axes of what they pick come in the place
    of the first of those, or before all others where the lists stand `apart`."""
    first, entry = lists[0]
    now = first if len(lists) == 1 else 0
    if len(lists) > 1:
        positions = [_positions(entry, x.shape[axis]) for axis, entry in lists]
        shape = broadcast_shapes("getitem", *[p.shape for p in positions])
        axes = [axis for axis, _ in lists]
        lines = transpose(x, axes + [a for a in range(x.ndim) if a not in axes])
        picked = gather_nd(lines, stack([broadcast_to(p, shape) for p in positions], -1))
        rank = len(shape)
    elif _is_mask(entry):
        from .selection import boolean_mask

        picked, rank = boolean_mask(x, entry, first), 1
    else:
        places = _positions(entry, x.shape[first])
        picked, rank = gather(x, places, first), places.ndim
    to = 0 if apart else first
    if now == to:
        return picked
    rest = [a for a in range(picked.ndim) if not now <= a < now + rank]
    return transpose(picked, [*rest[:to], *range(now, now + rank), *rest[to:]])


def _positions(entry: Any, n: int) -> Tensor:
    """The positions, counted from the begin of an axis of `n`, that an entry of an index names."""
    if _is_mask(entry):
        from .selection import nonzero

        mask = engine.as_tensor(entry)
        if mask.shape != (n,):
            raise ShapeError(f"a mask of shape {mask.shape} beside lists for an axis of size {n}")
        return nonzero(mask)[0]
    positions = None if isinstance(entry, (bytes, dict)) else engine.as_tensor(entry)
    if positions is not None and not positions.size and not isinstance(entry, Tensor):
        # A list of nothing has no dtype.
        positions = engine.cast_to(positions, int32)
    if positions is None or positions.dtype.kind not in "iu":
        raise DTypeError(
            "an index is made of ints, slices, None, ... and lists or tensors of ints or bools; "
            f"{entry!r} is none of them"
        )
    return _from_the_end(positions, n)
