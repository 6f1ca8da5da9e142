"""Picking and placing elements by position."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row


def _gather(d: Draw) -> list[Any]:
    batch = d.shape(0, 1, 3)
    shape = (*batch, *d.shape(1, 3))
    axis = d.integer(len(batch), len(shape) - 1)
    indices = d.i((*batch, *d.shape(0, 2)), 0, shape[axis] - 1)
    return [d.any(shape), indices, axis - d.choose(0, len(shape)), len(batch)]


def _gather_nd(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    depth = d.integer(1, len(shape))
    return [d.any(shape), _positions(d, d.shape(0, 2), shape[:depth])]


def _positions(d: Draw, batch: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """int32 of shape (*batch, len(sizes)), each inside its size."""
    return np.stack([d.i(batch, 0, n - 1) for n in sizes], -1)


def _different(d: Draw, sizes: tuple[int, ...]) -> Any:
    """Some positions within `sizes`, none twice."""
    total = int(np.prod(sizes))
    flat = d.rng.permutation(total)[: d.integer(1, total)]
    return np.stack(np.unravel_index(flat, sizes), -1).astype(np.int32)


def _scatter_nd(d: Draw) -> list[Any]:
    shape = d.shape(1, 3)
    depth = d.integer(1, len(shape))
    indices = _positions(d, d.shape(1, 2), shape[:depth])
    return [indices, d.any((*indices.shape[:-1], *shape[depth:]), "fi"), list(shape)]


def _scatter_update(d: Draw) -> list[Any]:
    shape, kind = d.shape(1, 3), d.choose("f", "i")
    depth = d.integer(1, len(shape))
    indices = _different(d, shape[:depth])
    return [d.any(shape, kind), indices, d.any((len(indices), *shape[depth:]), kind)]


def _sparse_to_dense(d: Draw) -> list[Any]:
    shape, kind = d.shape(1, 3), d.choose("f", "i")
    indices = _different(d, shape)
    default = d.any((), kind)
    if len(shape) == 1 and d.flag():
        indices = indices[:, 0]
    return [indices, d.any((len(indices),), kind), list(shape), default]


def _segment_sum(d: Draw) -> list[Any]:
    shape, segments = d.shape(1, 3), d.integer(1, 5)
    return [d.any(shape, "ffi"), d.i(shape[:1], 0, segments - 1), segments]


def _mask(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    axis = d.integer(0, len(shape) - 1)
    mask = d.b(shape[axis : d.integer(axis + 1, len(shape))])
    return [d.any(shape), mask, axis]


def _one_hot(d: Draw) -> list[Any]:
    depth = d.integer(1, 6)
    return [d.i(d.shape(0, 3), -1, depth), depth, d.integer(-3, 3), d.integer(-3, 3), d.choose("float32", "int32")]


ROWS = [
    Row("gather", _gather, grad=True),
    Row("gatherND", _gather_nd, py="gather_nd"),
    Row("scatterND", _scatter_nd, "contraction", py="scatter_nd"),
    Row("tensorScatterUpdate", _scatter_update, py="tensor_scatter_nd_update"),
    Row("sparseToDense", _sparse_to_dense),
    Row("unsortedSegmentSum", _segment_sum, "contraction", True),
    Row("booleanMaskAsync", _mask, py="boolean_mask"),
    Row("whereAsync", lambda d: [d.b(d.shape(1, 4))], py="argwhere"),
    Row("oneHot", _one_hot),
]
