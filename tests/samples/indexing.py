"""Samples of creation and of picking elements by position."""

from __future__ import annotations

import numpy as np

from .sample import Array, Sample, b, f, i, v


def _one_hot(x: Array, depth: int, on_value: float = 1, off_value: float = 0) -> Array:
    return np.where(x[..., None] == np.arange(depth), float(on_value), float(off_value))


def _segment_sum(x: Array, ids: Array, num_segments: int) -> Array:
    out = np.zeros((num_segments, *x.shape[1:]), x.dtype)
    for row, k in zip(x, ids, strict=True):
        if 0 <= k < num_segments:
            out[k] += row
    return out


def _top_k(x: Array, k: int) -> tuple[Array, Array]:
    order = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(x, order, -1), order.astype(np.int32)


INDEXING = [
    Sample("fill", (), {"shape": [2, 3], "value": 2.5}, lambda shape, value: np.full(shape, value), "exact"),
    Sample("fill", (), {"shape": [5], "value": 7}, lambda shape, value: np.full(shape, value, np.int32), "exact"),
    Sample("zeros_like", (f((2, 3)),), {}, np.zeros_like, "exact"),
    Sample("ones_like", (i((5,)),), {}, np.ones_like, "exact"),
    Sample("one_hot", (v([0, 2, 5, -1]),), {"depth": 4}, _one_hot, "exact"),
    Sample("one_hot", (i((2, 3), 0, 5),), {"depth": 5, "on_value": 2.5, "off_value": -1.0}, _one_hot, "exact"),
    *[Sample("gather", (x, idx), {"axis": a}, lambda x, idx, axis: np.take(x, idx, axis), "exact", 2 if x.dtype.kind == "f" else 0)
      for x, idx, a in [(f((5, 3)), v([4, 0, 0]), 0), (f((2, 5, 4)), v([[1, 3], [0, 4]]), 1), (f((3, 6)), v([5, 5, 2, 1]), -1), (i((7,)), v(3), 0),
                        (b((4, 2)), v([3, 1]), 0), (f((5, 8)), v([2, 4, 1]), 0)]],
    Sample("gather", (v([1.0, 2.0]), v([0, 5, -1])), {}, lambda x, idx: np.array([1.0, 0, 0]), "exact"),
    Sample("unsorted_segment_sum", (f((6, 3)), v([0, 2, 2, -1, 1, 9])), {"num_segments": 4}, _segment_sum, "contraction", 2),
    Sample("unsorted_segment_sum", (i((5,)), v([0, 0, 1, 3, 1])), {"num_segments": 4}, _segment_sum, "exact"),
    Sample("top_k", (f((3, 9)),), {"k": 4}, _top_k, "exact"),
    Sample("top_k", (v([1.0, 5.0, 5.0, -2.0, 5.0]),), {"k": 3}, _top_k, "exact"),
    Sample("top_k", (i((2, 6)),), {"k": 6}, _top_k, "exact"),
    Sample("top_k", (f((1, 1000)),), {"k": 5}, _top_k, "exact"),
]
