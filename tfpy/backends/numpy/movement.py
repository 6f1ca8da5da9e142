"""Kernels that move elements: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def _region(begin: tuple[int, ...], size: tuple[int, ...], steps: tuple[int, ...]) -> Any:
    """The NumPy slices of `begin + i * steps` for i in `size`."""
    slices = []
    for b, n, step in zip(begin, size, steps, strict=True):
        stop = b + n * step
        slices.append(slice(b, stop if stop >= 0 else None, step) if n else slice(0, 0))
    return tuple(slices)


def _place(x: Array, shape: Any, begin: Any, steps: Any, value: float) -> Array:
    out = np.full(shape, value, x.dtype)
    out[_region(begin, x.shape, steps)] = x
    return out


def _gather(x: Array, indices: Array, axis: int) -> Array:
    n = x.shape[axis]
    inside = (indices >= 0) & (indices < n)
    if n == 0:
        return np.zeros((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    picked = np.take(x, np.where(inside, indices, 0), axis=axis)
    mask = inside.reshape((1,) * axis + indices.shape + (1,) * (x.ndim - axis - 1))
    return np.where(mask, picked, np.zeros((), x.dtype))


def _segment_sum(x: Array, segment_ids: Array, num_segments: int) -> Array:
    out = np.zeros((num_segments, *x.shape[1:]), x.dtype)
    inside = (segment_ids >= 0) & (segment_ids < num_segments)
    np.add.at(out, segment_ids[inside], x[inside])
    return out


def _one_hot(indices: Array, depth: int, on: float, off: float, dtype: str) -> Array:
    return np.where(indices[..., None] == np.arange(depth), on, off)


def _top_k(x: Array, k: int) -> tuple[Array, Array]:
    order = np.argsort(-x if x.dtype.kind != "b" else ~x, axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(x, order, axis=-1), order.astype(np.int32)


KERNELS: dict[str, Any] = {
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, perm: np.transpose(x, perm),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "take_slice": lambda x, begin, size, steps: x[_region(begin, size, steps)],
    "place": _place,
    "concat": lambda *xs, axis: np.concatenate(xs, axis),
    "fill": lambda shape, value, dtype: np.full(shape, value, str(dtype)),
    "gather": _gather,
    "unsorted_segment_sum": _segment_sum,
    "one_hot": _one_hot,
    "top_k": _top_k,
}
