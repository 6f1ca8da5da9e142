"""Samples of reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .sample import INF, NAN, Array, Sample, b, f, i, v


def _axis(function: Any) -> Any:
    return lambda x, axis=None, keepdims=False: function(
        x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims
    )


def _logsumexp(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    return special.logsumexp(x, axis=axis, keepdims=keepdims)


def _matrix_norm(x: Array, ord: Any, axis: list[int], keepdims: bool) -> Array:
    return np.linalg.norm(x, ord, tuple(axis), keepdims)


_AXES: list[dict[str, Any]] = [{}, {"axis": 0}, {"axis": -1}, {"axis": [0, 2]}, {"axis": 1, "keepdims": True}]

REDUCE = [
    *[Sample("sum", (f((3, 4, 5)),), o, _axis(np.sum), "contraction", 2) for o in _AXES],
    Sample("sum", (i((3, 70)),), {"axis": 1}, _axis(np.sum), "exact"),
    Sample("sum", (b((40,)),), {}, _axis(np.sum), "exact"),
    *[Sample(op, (i((3, 7), 1, 4),), {"axis": 1, "dtype": "float32"}, lambda x, axis, dtype, fn=fn: fn(x, axis, "float64"), "exact")
      for op, fn in [("sum", np.sum), ("prod", np.prod)]],
    Sample("sum", (f((7, 1021), 0, 1),), {"axis": 1}, _axis(np.sum), "contraction"),
    Sample("sum", (f((20011,), 0, 1),), {}, _axis(np.sum), "contraction"),
    Sample("sum", (f((0, 3)),), {"axis": 0}, _axis(np.sum), "exact"),
    Sample("sum", (f(()),), {}, _axis(np.sum), "exact", 1),
    *[Sample("mean", (f((3, 4, 5)),), o, _axis(np.mean), "contraction", 2) for o in _AXES],
    Sample("mean", (i((3, 4)),), {"axis": 0}, _axis(np.mean), "contraction"),
    *[Sample("prod", (f((3, 4, 2), 0.5, 1.5),), o, _axis(np.prod), "contraction", 2) for o in _AXES],
    Sample("prod", (v([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]]),), {"axis": 1}, _axis(np.prod), "exact", 1),
    Sample("prod", (i((4, 3), 1, 5),), {"axis": 0}, _axis(np.prod), "exact"),
    *[Sample(op, (f((3, 4, 5)),), o, _axis(fn), "exact", 2) for o in _AXES for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (v([[1.0, NAN, 2.0], [-INF, 0.0, 3.0]]),), {"axis": 1}, _axis(fn), "exact") for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (b((3, 9)),), {"axis": 1}, _axis(fn), "exact") for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (i((3, 6), -(2**31), 2**31 - 1),), {"axis": 1}, _axis(fn), "exact") for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (b((3, 5)),), o, _axis(fn), "exact") for o in ({}, {"axis": 0}, {"axis": -1}) for op, fn in [("all", np.all), ("any", np.any)]],
    *[Sample(op, (x,), {"axis": a}, lambda x, axis, fn=fn: fn(x, axis=axis), "exact") for op, fn in [("argmax", np.argmax), ("argmin", np.argmin)]
      for x, a in [(f((3, 7)), 1), (f((3, 7)), 0), (f((50,)), None), (v([1.0, 3.0, 3.0, 1.0]), 0), (i((4, 5)), -1), (v([1.0, NAN, 9.0]), 0)]],
    Sample("argmax", (f((2, 1000)),), {"axis": 1}, lambda x, axis: np.argmax(x, axis), "exact"),
    *[Sample("logsumexp", (f((3, 4)),), o, _logsumexp, "transcendental", 2) for o in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})],
    Sample("logsumexp", (v([[-INF, -INF], [INF, 1.0], [1000.0, 1000.0]]),), {"axis": 1}, _logsumexp, "transcendental"),
    Sample("logsumexp", (f((0, 3)),), {"axis": 0}, lambda x, axis: np.full(3, -INF), "exact"),
    Sample("moments", (f((4, 3)),), {"axis": 0}, lambda x, axis: (x.mean(axis), x.var(axis)), "contraction", 2),
    Sample("norm", (f((3, 4), 0.5, 2),), {"axis": 1}, lambda x, axis: np.linalg.norm(x, axis=axis), "contraction", 2),
    *[Sample("norm", (f((3, 4, 5)),), {"ord": ord, "axis": [2, 0], "keepdims": keep}, _matrix_norm, "contraction") for ord in (1, -1, "fro") for keep in (True, False)],
    Sample("norm", (f((3, 4), 0.5, 2),), {"ord": 1, "axis": 0}, lambda x, ord, axis: np.abs(x).sum(axis), "contraction", 2),
]
