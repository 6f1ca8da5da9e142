"""Samples of sorting and searching, and of running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import INF, NAN, Array, Sample, b, f, i, v


def _argsort(x: Array, axis: int | None = -1, descending: bool = False) -> Array:
    keys = x if not descending else -x if x.dtype.kind == "f" else ~x
    return np.argsort(keys, axis, kind="stable").astype(np.int32)


def _sort(x: Array, axis: int | None = -1, descending: bool = False) -> Array:
    return np.take_along_axis(x, _argsort(x, axis, descending), axis)


def _top_k(x: Array, k: int = 1) -> tuple[Array, Array]:
    order = _argsort(x, -1, True)[..., :k]
    return np.take_along_axis(x, order, -1), order


def _search(a: Array, values: Array, side: str = "left") -> Array:
    if a.ndim == 1:
        return np.searchsorted(a, values, side).astype(np.int32)
    return np.stack([_search(*row, side) for row in zip(a, values, strict=True)])


def _in_top_k(predictions: Array, targets: Array, k: int = 1) -> Array:
    out = np.zeros(targets.shape, bool)
    for at in np.ndindex(*targets.shape):
        row, t = predictions[at], targets[at]
        out[at] = 0 <= t < len(row) and np.isfinite(row[t]) and (row > row[t]).sum() < k
    return out


def _scan(ufunc: Any, identity: float) -> Any:
    def reference(x: Array, axis: int | None = None, exclusive: bool = False, reverse: bool = False) -> Array:
        x = x.astype(np.int32) if x.dtype.kind == "b" else x
        if axis is None:
            x, axis = x.reshape(-1), 0
        rows = np.moveaxis(x, axis, 0)[:: -1 if reverse else 1]
        out = np.full_like(rows, identity)
        total = np.full_like(rows, identity, shape=rows.shape[1:])
        for k, row in enumerate(rows):
            after = ufunc(total, row)
            out[k] = total if exclusive else after
            total = after
        return np.moveaxis(out[:: -1 if reverse else 1], 0, axis)

    return reference


_INTS = (-(2**31), 2**31 - 1)
_SPECIAL = v([3.0, NAN, -0.0, INF, 0.0, -INF, 1.0, NAN, 1.0, -1.0, 0.0, -0.0])
_WAYS = [{"exclusive": e, "reverse": r} for e in (False, True) for r in (False, True)]

SORTING = [
    *[Sample(op, (x,), {"descending": d}, reference, "exact", 2 if op == "sort" and x.size and x.dtype.kind == "f" and x.size < 99 else 0)
      for op, reference in [("sort", _sort), ("argsort", _argsort)] for d in (False, True)
      for x in [f((1,)), f((3,)), f((2, 4)), f((3, 5)), f((2, 3, 8)), f((3, 0)), f((0, 3)), f((5, 1)), i((7, 33), 0, 5), i((2, 130), *_INTS), i((1, 1025)), b((2, 9)), f((3, 1000)), f((1, 4099))]],
    *[Sample(op, (_SPECIAL,), {"descending": d}, reference, "exact") for op, reference in [("sort", _sort), ("argsort", _argsort)] for d in (False, True)],
    *[Sample("argsort", (v(x),), {"descending": d}, _argsort, "exact") for x in ([_INTS[1], 5, _INTS[0], _INTS[1], _INTS[0], 0], [1e-42, 0.0, -1e-42]) for d in (False, True)],
    *[Sample("sort", (f((3, 4, 2)),), {"axis": a}, _sort, "exact", 2) for a in (0, 1, -3)],
    *[Sample(op, (f((3, 7)),), {"axis": None}, lambda x, axis, fn=fn: fn(x.reshape(-1)), "exact") for op, fn in [("sort", _sort), ("argsort", _argsort)]],
    Sample("sort", (f((2, 1, 2, 1, 3, 2)),), {"axis": 4}, _sort, "exact", 1),
    *[Sample("top_k", (x,), {"k": k}, _top_k, "exact", 2 if len(np.unique(x)) == x.size and x.dtype.kind == "f" else 0)
      for x, k in [(f((3, 9)), 4), (v([1.0, 5.0, 5.0, -2.0, 5.0]), 3), (i((2, 6)), 6), (f((1, 1000)), 5), (i((5, 300), 0, 9), 13), (f((2, 70)), 1), (f((2, 3)), 0), (b((2, 5)), 3), (_SPECIAL, 12), (f((2, 2, 6)), 2)]],
    *[Sample("searchsorted", (a, x), {"side": s}, _search, "exact") for s in ("left", "right")
      for a, x in [(v([1.0, 3.0, 3.0, 5.0]), v([0.0, 1.0, 3.0, 4.0, 9.0])), (v([1, 3, 3, 5]), i((2, 3), 0, 7)), (v(np.sort(i((3, 9)))), i((3, 4))), (v(np.sort(f((2, 100)))), f((2, 5), salt="s")),
                   (f((0,)), f((3,))), (f((3,)), f((0,))), (v([-INF, -0.0, 0.0, INF, NAN]), v([0.0, INF, NAN, -INF])), (v([_INTS[0], 0, _INTS[1]]), v([_INTS[0], 1, _INTS[1]])), (v([1.0, 2.0]), v(1.5)), (v([1, 2, 4]), v([2.5]))]],
    *[Sample(op, (v([[1, 3, 3, 5], [0, 0, 1, 2]]), v([[3, 0], [0, 9]])), {}, lambda a, x, s=s: _search(a, x, s), "exact") for op, s in [("lower_bound", "left"), ("upper_bound", "right")]],
    *[Sample("in_top_k", (x, t), {"k": k}, _in_top_k, "exact")
      for x, t, k in [(f((4, 5)), v([0, 4, 2, 1]), 2), (v([[1.0, 1.0, 1.0], [INF, 0.0, 1.0], [NAN, 1.0, 0.0], [NAN, 1.0, 0.0]]), v([2, 0, 0, 1]), 1), (f((3, 4)), v([4, -1, 2]), 4), (f((2, 3, 6)), i((2, 3), 0, 6), 3), (f((5,)), v(2), 3)]],
]

SCAN = [
    *[Sample("cumsum", (x,), {"axis": a, **o}, _scan(np.add, 0), "contraction", 2) for o in _WAYS
      for x, a in [(f((9,)), 0), (f((3, 6)), 1), (f((5, 3)), 0), (f((2, 5, 4)), 1), (f((2, 18)), -1)]],
    *[Sample("cumsum", (x,), {"axis": a, **o}, _scan(np.add, 0), "exact") for o in _WAYS
      for x, a in [(i((70,), *_INTS), 0), (i((3, 1030)), 1), (i((41, 8)), 0), (b((3, 5)), 1), (i((3, 0)), 1), (i((0, 3)), 0), (i((4, 1)), 1)]],
    Sample("cumsum", (i((3, 4)),), {}, _scan(np.add, 0), "exact"),
    Sample("cumsum", (v([1.0, INF, 2.0, -INF, 1.0, NAN]),), {}, _scan(np.add, 0), "exact"),
    Sample("cumsum", (v(2.5),), {}, _scan(np.add, 0), "exact", 1),
    Sample("cumsum", (f((2, 1, 3, 2, 2, 2)),), {"axis": 2}, _scan(np.add, 0), "contraction", 1),
    Sample("cumsum", (f((20011,), 0, 1),), {}, _scan(np.add, 0), "contraction"),
    *[Sample("cumprod", (x,), {"axis": a, **o}, _scan(np.multiply, 1), "contraction", 2) for o in _WAYS
      for x, a in [(f((7,), 0.5, 1.5), 0), (f((2, 5, 4), 0.5, 1.5), 1), (v([[1.0, 0.0, 3.0, 2.0], [0.0, 2.0, 0.0, -1.5]]), 1), (f((2, 0, 3)), 1)]],
    *[Sample("cumprod", (x,), {"axis": 0, **o}, _scan(np.multiply, 1), "exact") for o in _WAYS for x in (i((9, 3), *_INTS), b((6,)))],
]
