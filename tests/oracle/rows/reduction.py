"""Reductions, scans, sorting and searching."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row


def _reduce(name: str, py: str = "", kinds: str = "ffffib", tolerance: str = "contraction", special: float = 0.15, grad: bool = True) -> Row:
    def draw(d: Draw) -> list[Any]:
        shape = d.maybe_empty(0)
        return [d.any(shape, kinds, special), d.axes(len(shape)), d.flag()]

    return Row(name, draw, tolerance, grad, py=py)


def _extreme(name: str) -> Row:
    def draw(d: Draw) -> list[Any]:
        shape = d.shape()
        x = d.distinct(shape) if d.flag() else d.any(shape, "ffib", special=0.3)
        d.special = d.special or len(np.unique(x)) < x.size
        return [x, d.axes(len(shape)), d.flag()]

    return Row(name, draw, "exact", True)


def _arg(d: Draw) -> list[Any]:
    shape = d.maybe_empty(1)
    return [d.any(shape, "ffib", special=0.3), d.axis(len(shape))]


def _scan(d: Draw) -> list[Any]:
    shape = d.maybe_empty(1)
    return [d.any(shape, "ffib", special=0.1), d.axis(len(shape)), d.flag(), d.flag()]


def _norm(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    x = d.f(shape, 0.1, 2) * d.choose(1, -1)
    if len(shape) > 1 and d.chance(0.3):
        first, second = d.permutation(len(shape))[:2]
        return [x, d.choose("euclidean", "fro", 1, np.inf), [first, second], d.flag()]
    return [x, d.choose("euclidean", 1, 2, np.inf, -np.inf), d.axis(len(shape)), d.flag()]


def _euclidean(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    return [d.f(shape, 0.1, 2), d.choose(None, d.axis(len(shape))), d.flag()]


def _top_k(d: Draw) -> list[Any]:
    shape = d.shape(1, 3, 7)
    return [d.any(shape, "fi"), d.integer(0, shape[-1]), True]


def _in_top_k(d: Draw) -> list[Any]:
    batch, classes = d.shape(1, 2), d.integer(2, 6)
    return [d.distinct((*batch, classes)), d.i(batch, 0, classes - 1), d.integer(1, classes)]


def _unique(d: Draw) -> list[Any]:
    shape = d.shape(1, 3)
    return [d.any(shape, "iib") if d.flag() else np.round(d.f(shape)), d.axis(len(shape))]


def _sorted_values(d: Draw) -> tuple[Any, Any]:
    batch = d.shape(0, 2, 3)
    low, high = (*batch, d.integer(1, 7)), (*batch, d.integer(1, 5))
    if d.flag():
        return np.sort(d.f(low), -1), d.f(high)
    return np.sort(d.i(low), -1), d.i(high)


def _bincount(d: Draw) -> list[Any]:
    shape, size = d.shape(1, 1, 9), d.integer(1, 7)
    weights = d.any(shape, "fi") if d.flag() else np.zeros(0, np.float32)
    return [d.i(shape, 0, 8), weights, size]


def _dense_bincount(d: Draw) -> list[Any]:
    shape, size = d.shape(1, 2, 6), d.integer(1, 7)
    weights = d.f(shape) if d.flag() else np.zeros(0, np.float32)
    return [d.i(shape, 0, 8), weights, size, d.chance(0.3)]


def _without_weights(function: Any, x: Any, weights: Any, *rest: Any) -> Any:
    """TF.js wants an empty tensor for "no weights"; here that is None."""
    return function(x, weights if weights.size else None, *rest)


def _confusion(d: Draw) -> list[Any]:
    n, classes = d.integer(1, 9), d.integer(2, 5)
    return [d.i((n,), 0, classes - 1), d.i((n,), 0, classes - 1), classes]


ROWS = [
    _reduce("sum"),
    _reduce("mean"),
    # In which order to multiply decides where float32 overflows.
    _reduce("prod", special=0),
    _reduce("logSumExp", "logsumexp", "fffi"),
    _reduce("moments", special=0),
    _reduce("all", kinds="bbbbbf", tolerance="exact", grad=False),
    _reduce("any", kinds="bbbbbf", tolerance="exact", grad=False),
    _extreme("max"),
    _extreme("min"),
    Row("argMax", _arg, py="argmax"),
    Row("argMin", _arg, py="argmin"),
    Row("cumsum", _scan, "contraction", True),
    Row("cumprod", _scan, "contraction"),
    Row("norm", _norm, "contraction", True),
    Row("euclideanNorm", _euclidean, "contraction", True),
    Row("topk", _top_k, py="top_k"),
    Row("inTopKAsync", _in_top_k, py="in_top_k"),
    Row("unique", _unique),
    Row("setdiff1dAsync", lambda d: [d.i(d.shape(1, 1, 9)), d.i(d.shape(1, 1, 9))], py="setdiff1d"),
    Row("searchSorted", lambda d: [*_sorted_values(d), d.choose("left", "right")], py="searchsorted"),
    Row("lowerBound", lambda d: [*_sorted_values(d)]),
    Row("upperBound", lambda d: [*_sorted_values(d)]),
    Row("bincount", _bincount, "contraction", call=_without_weights),
    Row("denseBincount", _dense_bincount, "contraction", call=_without_weights),
    Row("math.confusionMatrix", _confusion),
]
