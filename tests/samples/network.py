"""Samples of the functions that networks are made of."""

from __future__ import annotations

import numpy as np
from scipy import special

from .sample import Array, Sample, f, v


def _batch_norm(x: Array, mean: Array, variance: Array, offset: Array, scale: Array, epsilon: float = 1e-3) -> Array:
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


NETWORKS = [
    *[Sample("softmax", (f((3, 5)),), {"axis": a}, lambda x, axis: special.softmax(x, axis=axis), "transcendental", 2) for a in (-1, 0)],
    Sample("softmax", (v([[1000.0, 1000.0], [-1000.0, 0.0]]),), {}, lambda x: special.softmax(x, axis=-1), "transcendental"),
    Sample("softmax", (f((2, 0)),), {}, lambda x: x, "exact"),
    Sample("softmax", (f((4, 1000)),), {}, lambda x: special.softmax(x, axis=-1), "transcendental"),
    *[Sample("log_softmax", (f((3, 5)),), {"axis": a}, lambda x, axis: special.log_softmax(x, axis=axis), "transcendental", 2) for a in (-1, 0)],
    Sample("batch_normalization", (f((2, 3, 3, 4)), f((4,), salt="m"), f((4,), 0.5, 2, "v"), f((4,), salt="o"), f((4,), salt="s")), {}, _batch_norm, "contraction", 2),
    Sample("clone", (f((3,)),), {}, lambda x: x, "exact", 1),
]
