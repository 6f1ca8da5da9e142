"""Strings, sparse and ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row
from .indexing import _different

_WORDS = ("a", "bb", "", "naïve", "a-b-c", "hello world", "  x ", "日本語", "a,b,,c", "1.5")


def _texts(d: Draw, low: int = 1, high: int = 3) -> Any:
    return d.words(d.shape(low, high, 4), *_WORDS)


def _replace(d: Draw) -> list[Any]:
    pattern = d.choose("[aeiou]", "l+", "^a", r"\s", "b|c", "x*y")
    return [_texts(d, 0), pattern, d.choose("", "-", "zz"), d.flag()]


def _split(d: Draw) -> list[Any]:
    return [_texts(d, 1, 1), d.choose(" ", "-", ",", ""), d.flag()]


def _n_grams(d: Draw) -> list[Any]:
    n = d.integer(2, 8)
    cut = d.integer(0, n)
    widths = [d.integer(1, 3) for _ in range(d.integer(1, 2))]
    words, splits = d.words((n,), "a", "b", "cc", "dd"), np.array([0, cut, n], np.int32)
    return [words, splits, d.choose("|", " "), widths, d.choose("", "LP"), d.choose("", "RP"), d.integer(-1, 2), d.flag()]


def _fill_rows(d: Draw) -> list[Any]:
    shape, kind = (d.integer(1, 5), d.integer(1, 4)), d.choose("f", "i")
    indices = _different(d, shape)
    indices = indices[np.lexsort(indices.T[::-1])]
    return [indices, d.any((len(indices),), kind), np.array(shape, np.int32), d.any((), kind)]


def _reshape(d: Draw) -> list[Any]:
    shape = (d.integer(1, 3), d.integer(1, 4), d.integer(1, 3))
    new = d.choose([shape[0], -1], [-1, shape[2]], [shape[0] * shape[1], shape[2]])
    return [_different(d, shape), np.array(shape, np.int32), np.array(new, np.int32)]


def _segments(d: Draw) -> list[Any]:
    data, n = d.f(d.shape(1, 3)), d.integer(1, 6)
    ids = np.sort(d.i((n,), 0, 4))
    return [data, d.i((n,), 0, len(data) - 1), (ids - ids[0]).astype(np.int32)]


def _splits(d: Draw, rows: int) -> Any:
    return np.cumsum([0, *[d.integer(0, 3) for _ in range(rows)]]).astype(np.int32)


def _ragged_gather(d: Draw) -> list[Any]:
    rows = d.integer(1, 4)
    splits = _splits(d, rows)
    values = d.f((int(splits[-1]), *d.shape(0, 1, 3)))
    return [[splits], values, d.i(d.shape(1, 1, 4), 0, rows - 1), 1]


def _ragged_range(d: Draw) -> list[Any]:
    n = d.integer(1, 4)
    return [d.i((n,), -4, 4), d.i((n,), -4, 8), d.i((n,), 1, 3)]


def _ragged_tensor(d: Draw) -> list[Any]:
    rows = d.integer(1, 4)
    splits = _splits(d, rows)
    values = d.f((int(splits[-1]),))
    shape = np.array([d.choose(-1, rows), d.choose(-1, d.integer(1, 4))], np.int32)
    return [shape, values, d.f(()), [splits], ["ROW_SPLITS"]]


ROWS = [
    Row("string.staticRegexReplace", _replace, py="string.regex_replace"),
    Row("string.stringSplit", _split, py="string.split"),
    Row("string.stringNGrams", _n_grams, py="string.ngrams"),
    Row("string.stringToHashBucketFast", lambda d: [_texts(d, 0), d.integer(1, 1000)], py="string.to_hash_bucket_fast"),
    Row("sparse.sparseFillEmptyRows", _fill_rows, py="sparse.fill_empty_rows"),
    Row("sparse.sparseReshape", _reshape, py="sparse.reshape"),
    Row("sparse.sparseSegmentMean", _segments, "contraction", py="sparse.segment_mean"),
    Row("sparse.sparseSegmentSum", _segments, "contraction", py="sparse.segment_sum"),
    Row("raggedGather", _ragged_gather, call=lambda f, splits, values, indices, rank: f(splits, values, indices)),
    Row("raggedRange", _ragged_range),
    Row("raggedTensorToTensor", _ragged_tensor),
]
