"""Samples of decompositions, inverses and determinants."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import Array, Sample, f, i, v


def _near_identity(*shape: int) -> Array:
    """Matrices far from singular."""
    return (f(shape, -0.4, 0.4, "m") + 2 * np.eye(*shape[-2:])).astype(np.float32)


def _positive(*shape: int) -> Array:
    a = _near_identity(*shape)
    return (a @ a.swapaxes(-1, -2)).astype(np.float32)


def _band_part(a: Array, num_lower: int, num_upper: int) -> Array:
    below = np.tri(*a.shape[-2:], max(num_upper, -1) if num_upper >= 0 else a.shape[-1])
    above = np.tri(*a.shape[-2:], -num_lower - 1) if num_lower >= 0 else np.zeros(a.shape[-2:])
    return np.where(below - above > 0, a, np.zeros_like(a))


def _lower(a: Array) -> Array:
    return np.linalg.cholesky(a)


def _qr(a: Array, full_matrices: bool = False) -> Any:
    return tuple(np.linalg.qr(a, mode="complete" if full_matrices else "reduced"))


def _symmetric(*shape: int) -> Array:
    a = f(shape, salt="eigh")
    return (a + a.swapaxes(-1, -2)).astype(np.float32)


def _signs(rows: Array) -> Array:
    """What makes the largest element of each row positive."""
    largest = np.take_along_axis(rows, np.abs(rows).argmax(-1, keepdims=True), -1)
    return np.where(largest < 0, -1.0, 1.0)


def _eigh(a: Array) -> Any:
    values, vectors = np.linalg.eigh(a)
    return values, vectors * _signs(vectors.swapaxes(-1, -2)).swapaxes(-1, -2)


def _svd(a: Array, full_matrices: bool) -> Any:
    if a.shape[-2] < a.shape[-1]:
        v, s, u = _svd(a.swapaxes(-1, -2), full_matrices)
        return u.swapaxes(-1, -2), s, v.swapaxes(-1, -2)
    u, s, vh = np.linalg.svd(a, full_matrices)
    signs = _signs(vh)
    return u * signs.swapaxes(-1, -2), s, vh * signs


def _gram_schmidt(xs: Array) -> Array:
    """The rows of q, with the signs of their projections on what they came from."""
    q, r = np.linalg.qr(xs.T)
    return (q * np.sign(np.diag(r))).T


LINALG = [
    *[Sample("linalg.band_part", (f((*batch, 4, 5)),), {"num_lower": low, "num_upper": high}, _band_part, "exact", 2)
      for batch in ((), (2,)) for low, high in ((0, 0), (1, 0), (-1, 1), (2, -1), (-1, -1), (9, 9))],
    Sample("linalg.band_part", (i((3, 3)),), {"num_lower": 0, "num_upper": -1}, _band_part, "exact"),
    Sample("linalg.band_part", (f((0, 3)),), {"num_lower": 1, "num_upper": 1}, _band_part, "exact"),
    Sample("linalg.matrix_transpose", (f((2, 3, 4)),), {}, lambda a: a.swapaxes(-1, -2), "exact", 2),
    Sample("linalg.trace", (f((2, 3, 4)),), {}, lambda a: np.trace(a, axis1=-2, axis2=-1), "contraction", 2),
    *[Sample("linalg.gram_schmidt", (f(s, salt="gram"),), {}, _gram_schmidt, "contraction", 2) for s in ((2, 4), (3, 3), (1, 2))],
    *[Sample("linalg.solve", (_near_identity(*b, n, n), f((*b, n, k))), {}, np.linalg.solve, "contraction", 2)
      for b, n, k in (((), 3, 2), ((2,), 4, 1), ((2, 2), 1, 3))],
    Sample("linalg.solve", (v(np.zeros((0, 3, 3))), v(np.zeros((0, 3, 2)))), {}, np.linalg.solve, "contraction"),
    Sample("linalg.solve", (v([[0.0, 1.0], [2.0, 0.0]]), v([[1.0], [2.0]])), {}, np.linalg.solve, "contraction"),
    Sample("linalg.solve", (i((3, 3), 1, 9) + v(np.eye(3, dtype=int) * 20), i((3, 1))), {}, np.linalg.solve, "contraction"),
    *[Sample("linalg.inv", (_near_identity(*s),), {}, np.linalg.inv, "contraction", 2) for s in ((3, 3), (2, 4, 4), (1, 1))],
    *[Sample("linalg.det", (_near_identity(*s),), {}, np.linalg.det, "contraction", 2) for s in ((3, 3), (2, 4, 4), (1, 1))],
    *[Sample("linalg.det", (v(a),), {}, np.linalg.det, "contraction") for a in ([[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]], np.zeros((2, 0, 0)))],
    *[Sample("linalg.slogdet", (v(a),), {}, lambda a: tuple(np.linalg.slogdet(a)), "contraction")
      for a in ([[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]], [[1e20, 0.0], [0.0, 1e25]], np.zeros((2, 3, 3)), np.zeros((0, 0)))],
    Sample("linalg.slogdet", (_near_identity(2, 4, 4),), {}, lambda a: tuple(np.linalg.slogdet(a)), "contraction", 2),
    *[Sample("linalg.cholesky", (_positive(*s),), {}, _lower, "contraction", 2, symmetric=True) for s in ((3, 3), (2, 4, 4), (1, 1))],
    *[Sample("linalg.qr", (f(s, salt="qr"),), {"full_matrices": full}, _qr, "contraction", 2 * (s[-2] <= s[-1] or not full))
      for s in ((3, 3), (2, 4, 3), (2, 5), (1, 1), (4, 1), (0, 3, 2), (3, 0)) for full in (False, True)],
    Sample("linalg.qr", (v([[0.0, 0.0], [0.0, 0.0]]),), {}, _qr, "contraction"),
    *[Sample("linalg.eigh", (_symmetric(*s),), {}, _eigh, "contraction", 2, symmetric=True) for s in ((3, 3), (2, 4, 4), (1, 1), (0, 2, 2))],
    *[Sample("linalg.svd", (f(s, salt="svd"),), {"full_matrices": full}, _svd, "contraction", 2)
      for s, full in (((3, 3), True), ((2, 4, 3), False), ((2, 5), False), ((2, 3, 3), False), ((1, 1), True))],
    *[Sample("linalg.pinv", (f(s, salt="svd"),), {}, np.linalg.pinv, "contraction", 2) for s in ((3, 3), (4, 2), (2, 2, 3))],
]
