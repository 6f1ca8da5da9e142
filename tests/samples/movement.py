"""Samples of operations that move elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import Array, Sample, b, f, i


def _slice_reference(x: Array, begin: Any, size: Any) -> Array:
    return x[tuple(slice(s, None if n == -1 else s + n) for s, n in zip(begin, size, strict=True))]


MOVEMENT = [
    Sample("reshape", (f((3, 4)),), {"shape": [2, -1]}, lambda x, shape: x.reshape(shape), "exact", 2),
    Sample("flatten", (f((2, 3, 2)),), {}, np.ravel, "exact", 1),
    Sample("expand_dims", (f((3, 2)),), {"axis": -1}, np.expand_dims, "exact", 1),
    Sample("squeeze", (f((1, 3, 1)),), {"axis": [0]}, lambda x, axis: np.squeeze(x, tuple(axis)), "exact", 1),
    *[Sample("transpose", (x,), {"perm": p}, lambda x, perm: np.transpose(x, perm), "exact", 2 if x.dtype.kind == "f" else 0)
      for x, p in [(f((3, 4)), None), (f((2, 3, 4)), [2, 0, 1]), (f((2, 3, 4, 5)), [0, 3, 1, 2]), (i((8, 4)), [1, 0]), (b((5, 3)), [1, 0]),
                   (f((2, 3, 2, 3, 2)), [4, 2, 0, 3, 1]), (f((2, 1, 3, 2, 2, 2)), [5, 0, 3, 1, 4, 2]), (f((16, 12)), [1, 0])]],
    *[Sample("broadcast_to", (x,), {"shape": s}, lambda x, shape: np.broadcast_to(x, shape), "exact", 1)
      for x, s in [(f((3, 1)), [2, 3, 4]), (f(()), [5]), (f((4,)), [3, 4]), (f((2, 1, 3)), [2, 5, 3])]],
    *[Sample("tile", (f((2, 3)),), {"reps": r}, np.tile, "exact", 1) for r in ([2, 2], [1, 3], [2, 1, 2])],
    *[Sample("slice", (f((4, 5, 8)),), {"begin": s, "size": n}, _slice_reference, "exact", 2)
      for s, n in [([1, 2, 0], [2, 2, -1]), ([0, 0, 4], [4, 5, 4]), ([3, 4, 7], [1, 1, 1])]],
    Sample("strided_slice", (f((6, 7)),), {"begin": [5, 1], "end": [0, 6], "strides": [-2, 3]}, lambda x, **_: x[5:0:-2, 1:6:3], "exact", 2),
    Sample("strided_slice", (i((4, 6)),), {"begin": [1, 0], "end": [0, 4], "strides": [1, 2], "end_mask": 2, "shrink_axis_mask": 1},
           lambda x, **_: x[1, ::2], "exact"),
    *[Sample("pad", (f((2, 3)),), {"paddings": [[1, 2], [0, 1]], "mode": m}, lambda x, paddings, mode: np.pad(x, paddings, mode=mode), "exact", 2)
      for m in ("constant", "symmetric")],
    Sample("pad", (f((3, 4)),), {"paddings": [[1, 2], [3, 1]], "mode": "reflect"}, lambda x, paddings, mode: np.pad(x, paddings, mode=mode), "exact", 2),
    Sample("pad", (f((1, 5, 5, 4)),), {"paddings": [[0, 0], [1, 1], [2, 0], [0, 0]], "constant_values": 3.5},
           lambda x, paddings, constant_values: np.pad(x, paddings, constant_values=constant_values), "exact", 1),
    Sample("pad", (i((3,)),), {"paddings": [[2, 3]], "constant_values": -7}, lambda x, paddings, constant_values: np.pad(x, paddings, constant_values=constant_values), "exact"),
    Sample("flip", (f((3, 4)),), {"axis": 1}, np.flip, "exact", 1),
    Sample("flip", (f((3, 4)),), {}, np.flip, "exact", 1),
    *[Sample("concat", xs, {"axis": a}, lambda *xs, axis: np.concatenate(xs, axis), "exact", 1, as_list=True)
      for xs, a in [((f((2, 3)), f((1, 3))), 0), ((f((2, 3)), f((2, 4)), f((2, 1))), 1), ((f((2, 4, 4)), f((2, 4, 8))), -1),
                    (tuple(f((2, n)) for n in range(1, 8)), 1), ((f((3,)),), 0), ((f((0, 2)), f((3, 2))), 0)]],
    Sample("concat", (i((2, 2)), i((3, 2))), {"axis": 0}, lambda *xs, axis: np.concatenate(xs, axis), "exact", as_list=True),
    *[Sample("stack", (f((2, 3), salt="l"), f((2, 3), salt="r")), {"axis": a}, lambda *xs, axis: np.stack(xs, axis), "exact", 1, as_list=True) for a in (0, 1, -1)],
    Sample("split", (f((6, 2)),), {"num_or_size_splits": 3}, lambda x, num_or_size_splits: np.split(x, num_or_size_splits), "exact", 2),
    Sample("split", (f((2, 6)),), {"num_or_size_splits": [1, 2, -1], "axis": 1}, lambda x, num_or_size_splits, axis: np.split(x, [1, 3], axis), "exact", 2),
    Sample("unstack", (f((3, 2)),), {"axis": 0}, lambda x, axis: list(x), "exact", 2),
    *[Sample("mirror_pad", (f((3, 4, 2)),), {"paddings": [[2, 1], [0, 3], [1, 0]], "mode": m}, lambda x, paddings, mode: np.pad(x, paddings, mode=mode), "exact", 2) for m in ("reflect", "symmetric")],
    Sample("mirror_pad", (i((2, 5)),), {"paddings": [[0, 0], [5, 5]], "mode": "SYMMETRIC"}, lambda x, paddings, mode: np.pad(x, paddings, mode="symmetric"), "exact"),
    *[Sample("meshgrid", xs, {"indexing": k}, lambda *xs, indexing: np.meshgrid(*xs, indexing=indexing), "exact", 2) for k in ("xy", "ij")
      for xs in [(f((2,)), f((3,))), (i((4,)),), (f((2,)), i((3,)), b((2,))), (f(()), f((3,))), (f((0,)), f((2,)))]],
    *[Sample("diag", (x,), {}, lambda x: np.diag(x.reshape(-1)).reshape(x.shape * 2), "exact", 2 if x.dtype.kind == "f" and x.size else 0) for x in [f((5,)), f((2, 3)), i((2, 1, 2)), b((4,)), f(()), f((0,))]],
    Sample("ensure_shape", (f((2, 3)),), {"shape": [None, 3]}, lambda x, shape: x, "exact", 1),
    *[Sample("strided_slice", (f((3, 4, 5)),), o, lambda x, key=key, **_: x[key], "exact", 2) for o, key in [
        ({"begin": [0, 0], "end": [0, 2], "ellipsis_mask": 1}, np.s_[..., :2]),
        ({"begin": [1, 0, 0], "end": [2, 0, 3], "ellipsis_mask": 2}, np.s_[1:2, ..., :3]),
        ({"begin": [0, 1, 0], "end": [0, 3, 0], "new_axis_mask": 1, "shrink_axis_mask": 4}, np.s_[None, 1:3, 0]),
        ({"begin": [-1, -3], "end": [9, -1], "shrink_axis_mask": 1}, np.s_[-1, -3:-1]),
        ({"begin": [9, 9, 9], "end": [-9, 1, 0], "strides": [-1, -2, -3], "begin_mask": 1, "end_mask": 4}, np.s_[::-1, 9:1:-2, 9::-3]),
        ({"begin": [0, 0, 0, 0], "end": [0, 0, 0, 2], "ellipsis_mask": 2, "new_axis_mask": 4}, np.s_[0:0, ..., None, :2]),
        ({"begin": [], "end": []}, np.s_[...]),
    ]],
]
