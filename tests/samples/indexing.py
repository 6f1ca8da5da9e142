"""Samples of creation and of picking elements by position."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import INF, NAN, Array, Sample, b, f, i, v


def _one_hot(x: Array, depth: int, on_value: float = 1, off_value: float = 0) -> Array:
    return np.where(x[..., None] == np.arange(depth), float(on_value), float(off_value))


def _gather(x: Array, indices: Array, axis: int = 0, batch_dims: int = 0) -> Array:
    """One batch after the other; an index outside gives zeros."""
    axis %= x.ndim
    if batch_dims:
        return np.stack([_gather(*both, axis - 1, batch_dims - 1) for both in zip(x, indices, strict=True)])
    n = x.shape[axis]
    rows = np.concatenate([np.moveaxis(x, axis, 0), np.zeros_like(x, shape=(1, *np.delete(x.shape, axis)))])
    picked = rows[np.where((indices >= 0) & (indices < n), indices, n)]
    return np.moveaxis(picked, range(indices.ndim), range(axis, axis + indices.ndim))


def _gather_nd(x: Array, indices: Array) -> Array:
    out = np.zeros((*indices.shape[:-1], *x.shape[indices.shape[-1]:]), x.dtype)
    for at in np.ndindex(*indices.shape[:-1]):
        where = tuple(indices[at])
        if all(0 <= i < n for i, n in zip(where, x.shape, strict=False)):
            out[at] = x[where]
    return out


def _unique(x: Array, axis: int | None = None, sorted: bool = False, **_: Any) -> tuple[Array, Array, Array]:
    """In NumPy's order, and from there in that of first appearance."""
    values, first, inverse, counts = np.unique(x, True, True, True, axis=axis)
    inverse = inverse.reshape(-1).astype(np.int32)
    if not sorted:
        order = np.argsort(first)
        rank = np.argsort(order).astype(np.int32)
        values, inverse, counts = np.take(x if axis is not None else x.reshape(-1), first[order], axis or 0), rank[inverse], counts[order]
    return values, inverse, counts.astype(np.int32)


INDEXING = [
    Sample("fill", (), {"shape": [2, 3], "value": 2.5}, lambda shape, value: np.full(shape, value), "exact"),
    Sample("fill", (), {"shape": [5], "value": 7}, lambda shape, value: np.full(shape, value, np.int32), "exact"),
    Sample("zeros_like", (f((2, 3)),), {}, np.zeros_like, "exact"),
    Sample("ones_like", (i((5,)),), {}, np.ones_like, "exact"),
    Sample("one_hot", (v([0, 2, 5, -1]),), {"depth": 4}, _one_hot, "exact"),
    Sample("one_hot", (i((2, 3), 0, 5),), {"depth": 5, "on_value": 2.5, "off_value": -1.0}, _one_hot, "exact"),
    Sample("one_hot", (v([[0, 3], [2, 1]]),), {"depth": 4, "dtype": "int32", "axis": 1}, lambda x, **_: np.moveaxis(np.eye(4, dtype=np.int32)[x], -1, 1), "exact"),
    Sample("one_hot", (v(2),), {"depth": 3, "dtype": "bool", "axis": 0}, lambda x, **_: np.arange(3) == 2, "exact"),
    *[Sample("gather", (x, idx), {"axis": a}, lambda x, idx, axis: np.take(x, idx, axis), "exact", 2 if x.dtype.kind == "f" else 0)
      for x, idx, a in [(f((5, 3)), v([4, 0, 0]), 0), (f((2, 5, 4)), v([[1, 3], [0, 4]]), 1), (f((3, 6)), v([5, 5, 2, 1]), -1), (i((7,)), v(3), 0),
                        (b((4, 2)), v([3, 1]), 0), (f((5, 8)), v([2, 4, 1]), 0), (f((2, 1, 3, 2, 2, 3)), v([[2, 0]]), 2), (f((3, 4)), i((0,)), 1), (f((0, 4)), i((2,), 0, 3), 1)]],
    *[Sample("gather", (x, idx), o, _gather, "exact", 2)
      for x, idx, o in [(f((3, 5)), i((3, 2), 0, 5), {"axis": 1, "batch_dims": 1}), (f((2, 3, 4, 8)), i((2, 5), -2, 6), {"axis": 2, "batch_dims": 1}), (f((2, 3, 5)), i((2, 3, 2, 2), 0, 5), {"axis": -1, "batch_dims": 2}),
                        (f((2, 4, 3)), i((2,), 0, 4), {"axis": 1, "batch_dims": 1}), (f((1, 4)), i((1, 3), -1, 6), {"axis": 1, "batch_dims": 1})]],
    Sample("gather", (v([1.0, 2.0]), v([0, 5, -1, 2**31 - 1, -(2**31)])), {}, lambda x, idx: np.array([1.0, 0, 0, 0, 0]), "exact"),
    *[Sample("take", (x, idx), {"axis": a}, lambda x, idx, axis: np.take(x, idx, axis), "exact", 1 if x.dtype.kind == "f" else 0)
      for x, idx, a in [(f((5, 3)), v([-1, 0, -5, 4]), 0), (i((2, 3)), v([[-6, 5], [2, -1]]), None), (f((2, 3, 4)), v(-2), -1)]],
    *[Sample("take_along_axis", (x, idx), {"axis": a}, np.take_along_axis, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, idx, a in [(f((3, 5)), i((3, 2), -5, 5), 1), (f((4, 3, 2)), i((2, 3, 2), -4, 4), 0), (i((2, 6)), i((1, 3), 0, 6), 1), (f((1, 5)), i((4, 2), 0, 5), -1), (f((6,)), i((4,), 0, 6), None)]],
    *[Sample("gather_nd", (x, idx), {}, _gather_nd, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, idx in [(f((4, 3)), v([[1, 2], [3, 0], [1, 2]])), (f((4, 3, 8)), v([[[1, 2]], [[0, 0]]])), (i((5,)), v([[4], [9], [-1]])), (f((2, 3, 4)), v([[2, 0, 0], [1, -1, 3], [1, 2, 3]])),
                     (f((2, 3)), i((3, 0))), (f((2, 3)), v([1])), (b((2, 2)), v([[0, 1], [1, 0]]))]],
    *[Sample("argwhere", (x,), {}, lambda x: np.argwhere(x).astype(np.int32), "exact")
      for x in [b((7,)), b((3, 4)), b((2, 3, 1, 2, 2, 2)), v([0.0, -0.0, NAN, 2.0]), i((3, 5), -1, 2), v([False, False]), f((0, 3)), v(True), b((40, 70))]],
    *[Sample("nonzero", (x,), {}, lambda x: [a.astype(np.int32) for a in np.nonzero(x)], "exact") for x in [b((7,)), i((3, 4), -1, 2), v([[0]])]],
    *[Sample("boolean_mask", (x, m), {"axis": a}, lambda x, m, axis: np.compress(m.reshape(-1), x.reshape(*x.shape[:axis or 0], m.size, *x.shape[(axis or 0) + m.ndim:]), axis or 0), "exact", 2)
      for x, m, a in [(f((6, 3)), v([True, False, True, True, False, True]), None), (f((3, 4)), v(np.arange(12).reshape(3, 4) % 3 == 0), 0), (f((2, 5, 4)), v([True, False, False, True, True]), 1)]],
    Sample("boolean_mask", (f((2, 3)), v([False, False])), {}, lambda x, m: x[m], "exact"),
    *[Sample("unique", (x,), {"axis": a, "sorted": s, "return_counts": True}, _unique, "exact") for s in (False, True)
      for x, a in [(v([7, 3, 7, 9, 3]), None), (f((0,)), 0), (i((4, 5), 0, 4), None), (i((6, 2), 0, 2), 0), (i((2, 7), 0, 2), -1), (v([0.0, NAN, 2.0, -0.0, NAN, -INF, 2.0]), 0), (b((5, 2)), 0), (i((3, 2, 4), 0, 1), 1)]],
    Sample("unique", (v([4, 4, 1]),), {}, lambda x: _unique(x)[:2], "exact"),
    *[Sample("setdiff1d", (x, y), {}, lambda x, y: [x[~np.isin(x, y)], np.flatnonzero(~np.isin(x, y)).astype(np.int32)], "exact")
      for x, y in [(v([5, 1, 4, 5]), v([1, 2])), (f((0,)), f((3,))), (v([1.0, NAN, -0.0]), v([0.0, NAN])), (v([True, False]), v([True])), (i((50,), 0, 9), i((4,), 0, 9))]],
    *[Sample("broadcast_args", (v(s, "int32"), v(t, "int32")), {}, lambda s, t: np.array(np.broadcast_shapes(tuple(s), tuple(t)), np.int32), "exact") for s, t in [([2, 1, 3], [4, 1]), ([], [5]), ([0], [1])]],
]
