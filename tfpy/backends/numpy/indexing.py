"""Kernels that pick, spread, count, order and run over elements: arrays in, arrays out."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

Array = Any


def _gather(x: Array, indices: Array, axis: int, batch_dims: int) -> Array:
    shape = x.shape
    batch, n, inner = prod(shape[:batch_dims]), shape[axis], prod(shape[axis + 1 :])
    picked = indices.reshape(batch, 1, prod(indices.shape[batch_dims:]), 1)
    inside = (picked >= 0) & (picked < n)
    lines = x.reshape(batch, prod(shape[batch_dims:axis]), n, inner)
    # A row more, of zeros, for what is outside.
    padded = np.concatenate([lines, np.zeros_like(lines, shape=(*lines.shape[:2], 1, inner))], 2)
    return np.take_along_axis(padded, np.where(inside, picked, n), 2)


def _segment_sum(x: Array, segment_ids: Array, num_segments: int) -> Array:
    out = np.zeros((num_segments, *x.shape[1:]), x.dtype)
    inside = (segment_ids >= 0) & (segment_ids < num_segments)
    np.add.at(out, segment_ids[inside], x[inside])
    return out


def _scatter_rows(x: Array, segment_ids: Array, updates: Array) -> Array:
    out = x.copy()
    inside = (segment_ids >= 0) & (segment_ids < len(x))
    # NumPy assigns in order, so that the last one stays.
    out[segment_ids[inside]] = updates[inside]
    return out


def _one_hot(indices: Array, depth: int, on: float, off: float, dtype: str) -> Array:
    return np.where(indices[..., None] == np.arange(depth), on, off)


def _sort_last(x: Array, k: int, descending: bool) -> tuple[Array, Array]:
    # Turned over, equal elements stay in order and NaN stays last.
    keys = x if not descending else -x if x.dtype.kind == "f" else ~x
    order = np.argsort(keys, axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(x, order, axis=-1), order.astype(np.int32)


def _search(sorted_sequence: Array, values: Array, side: Any) -> Array:
    if sorted_sequence.ndim == 1:
        return np.searchsorted(sorted_sequence, values, side)
    out = np.zeros(values.shape, np.int32)
    for row in np.ndindex(*values.shape[:-1]):
        out[row] = np.searchsorted(sorted_sequence[row], values[row], side)
    return out


def _scan(ufunc: Any, identity: int) -> Any:
    def kernel(x: Array, axis: int, exclusive: bool, reverse: bool) -> Array:
        rows = np.moveaxis(x, axis, 0)
        rows = rows[::-1] if reverse else rows
        out = ufunc.accumulate(rows, axis=0, dtype=x.dtype)
        if exclusive:
            out = np.concatenate([np.full_like(rows[:1], identity), out[:-1]])
        return np.moveaxis(out[::-1] if reverse else out, 0, axis)

    return kernel


KERNELS: dict[str, Any] = {
    "gather": _gather,
    "unsorted_segment_sum": _segment_sum,
    "scatter_rows": _scatter_rows,
    "one_hot_last": _one_hot,
    "sort_last": _sort_last,
    "searchsorted": _search,
    "cumsum": _scan(np.add, 0),
    "cumprod_axis": _scan(np.multiply, 1),
}
