"""Samples of putting elements at given positions, and of counting."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import Array, Sample, b, f, i, v


def _segment_sum(x: Array, ids: Array, num_segments: int) -> Array:
    out = np.zeros((num_segments, *x.shape[1:]), x.dtype if x.dtype.kind != "b" else np.int32)
    inside = (ids >= 0) & (ids < num_segments)
    np.add.at(out, ids[inside], x[inside])
    return out


def _put(out: Array, indices: Array, updates: Array, add: bool) -> Array:
    """One update after the other; what is outside is left out."""
    depth = indices.shape[-1]
    updates = np.broadcast_to(updates, (*indices.shape[:-1], *out.shape[depth:]))
    for at in np.ndindex(*indices.shape[:-1]):
        where = tuple(indices[at])
        if all(0 <= k < n for k, n in zip(where, out.shape, strict=False)):
            out[where] = updates[at] + (out[where] if add else 0)
    return out


def _scatter_nd(indices: Array, updates: Array, shape: Any) -> Array:
    return _put(np.zeros(shape, updates.dtype), indices, updates, True)


def _update(x: Array, indices: Array, updates: Array) -> Array:
    return _put(x.copy(), indices, updates, False)


def _add(x: Array, indices: Array, updates: Array) -> Array:
    return _put(x.copy(), indices, updates, True)


def _sparse_to_dense(indices: Array, values: Array, output_shape: Any, default_value: Any = 0) -> Array:
    indices = indices.reshape(-1, 1) if indices.ndim < 2 else indices
    return _put(np.full(output_shape, default_value, values.dtype), indices, values, False)


def _bincount(x: Array, *weights: Array, size: int, binary_output: bool = False, **_: Any) -> Array:
    if x.ndim == 2:
        rows = zip(x, *weights, strict=True)
        return np.stack([_bincount(*row, size=size, binary_output=binary_output) for row in rows])
    counts = np.bincount(x[(x >= 0) & (x < size)], minlength=size).astype(np.int32)
    if not weights:
        return np.minimum(counts, 1) if binary_output else counts
    w = weights[0] if weights[0].size else np.ones(x.shape)
    return np.minimum(counts, 1).astype(w.dtype) if binary_output else _segment_sum(w, x, size)


def _confusion(labels: Array, predictions: Array, num_classes: int) -> Array:
    out = np.zeros((num_classes, num_classes), np.int32)
    for a, c in zip(labels, predictions, strict=True):
        if 0 <= a < num_classes and 0 <= c < num_classes:
            out[a, c] += 1
    return out


_BIG = 2**31 - 1
#: (indices, shape of updates, shape of the result)
_PLACES = [
    (v([[1], [3], [1]]), (3,), [5]), (v([[1], [0]]), (2, 3), [2, 3]), (v([[0, 1], [1, 2], [0, 1]]), (3,), [2, 3]),
    (v([[[0, 1], [5, 0]], [[-1, 1], [1, 1]]]), (2, 2, 4), [2, 2, 4]), (v([[2], [_BIG]]), (2, 2, 2), [4, 2, 2]), (i((2, 0)), (2, 3), [3]),
]  # fmt: skip

SCATTER = [
    Sample("unsorted_segment_sum", (f((6, 3)), v([0, 2, 2, -1, 1, 9])), {"num_segments": 4}, _segment_sum, "contraction", 2),
    Sample("unsorted_segment_sum", (f((5, 2, 4)), v([1, 1, 0, 1, 5])), {"num_segments": 3}, _segment_sum, "contraction", 2),
    Sample("unsorted_segment_sum", (i((5,), -(2**31), _BIG), v([0, 0, 1, 3, 1])), {"num_segments": 4}, _segment_sum, "exact"),
    Sample("unsorted_segment_sum", (b((9,)), i((9,), 0, 3)), {"num_segments": 3}, _segment_sum, "exact"),
    Sample("unsorted_segment_sum", (f((0, 3)), i((0,))), {"num_segments": 2}, _segment_sum, "exact"),
    # So many that they are sorted: evenly, all of one segment, and in stretches of every length.
    Sample("unsorted_segment_sum", (f((1500, 4)), i((1500,), -3, 903)), {"num_segments": 900}, _segment_sum, "contraction", 1),
    Sample("unsorted_segment_sum", (i((40000, 3)), v(np.full(40000, 7))), {"num_segments": 31}, _segment_sum, "exact"),
    Sample("unsorted_segment_sum", (i((40001,)), v(np.sqrt(np.arange(40001) * 7 % 40001).astype(int))), {"num_segments": 201}, _segment_sum, "exact"),
    Sample("unsorted_segment_sum", (i((33, 8)), i((33,), 0, 8000)), {"num_segments": 8000}, _segment_sum, "exact"),
    *[Sample("scatter_nd", (idx, f(s)), {"shape": shape}, _scatter_nd, "contraction", 2) for idx, s, shape in _PLACES],
    Sample("scatter_nd", (v([[0], [0], [2]]), v([_BIG, 1, 5])), {"shape": [4]}, _scatter_nd, "exact"),
    *[Sample("tensor_scatter_nd_update", (f(shape, salt="x"), idx, f(s)), {}, _update, "exact", 2) for idx, s, shape in _PLACES],
    Sample("tensor_scatter_nd_update", (b((4,)), v([[1], [2]]), v([True, True])), {}, _update, "exact"),
    Sample("tensor_scatter_nd_update", (i((3, 4)), v([[2], [0], [2]]), v(-(2**31))), {}, _update, "exact"),
    Sample("tensor_scatter_nd_update", (f((2000, 4)), i((700, 1), -9, 2009), f((700, 4), salt="u")), {}, _update, "exact", 1),
    *[Sample("tensor_scatter_nd_add", (f(shape, salt="x"), idx, f(s)), {}, _add, "contraction", 2) for idx, s, shape in _PLACES],
    Sample("sparse_to_dense", (v(2), v(5.0)), {"output_shape": [4]}, _sparse_to_dense, "exact"),
    Sample("sparse_to_dense", (v([0, 3, 3]), v([1, 2, 3])), {"output_shape": [5], "default_value": -1}, _sparse_to_dense, "exact"),
    Sample("sparse_to_dense", (v([[0, 1], [2, 2]]), v([1.5, 2.5])), {"output_shape": [3, 3], "default_value": 0.5}, _sparse_to_dense, "exact", 1),
    Sample("sparse_to_dense", (v([[0, 1], [2, 2]]), v(True)), {"output_shape": [3, 3], "default_value": False}, _sparse_to_dense, "exact"),
    *[Sample("bincount", (x,), {"weights": None, "size": n}, _bincount, "exact") for x, n in [(i((20,), 0, 7), 7), (v([5, -1, 9]), 6), (i((0,)), 3), (i((5,), 0, 3), 0), (i((9000,), 0, 300), 300)]],
    Sample("bincount", (i((30,), 0, 9), f((30,))), {"size": 8}, _bincount, "contraction", 2),
    Sample("bincount", (v([0, 2, 2]), f((0,))), {"size": 4}, _bincount, "exact"),
    *[Sample("dense_bincount", (x,), {"weights": None, "size": 5, "binary_output": y}, _bincount, "exact") for x in (i((12,), -1, 6), i((3, 7), -1, 6)) for y in (False, True)],
    *[Sample("dense_bincount", (i((3, 7), -1, 6), f((3, 7))), {"size": 5, "binary_output": y}, _bincount, "contraction", 2 * (not y)) for y in (False, True)],
    Sample("math.confusion_matrix", (v([0, 1, 2, 2, 3, -1]), v([0, 2, 2, 2, 0, 1])), {"num_classes": 3}, _confusion, "exact"),
]
