"""One row or more per operation: inputs, options, the expected value and how exact it must be.

One suite runs over these rows on every backend, natively and in the browsers. A row is data: the
page receives the inputs and options as JSON, and the expected value is computed here, in float64,
by NumPy or SciPy and not by tfpy. Each module holds the rows of a family of operations.
"""

from __future__ import annotations

from . import (
    complex_numbers,
    contraction,
    einsum,
    elementwise,
    image,
    indexing,
    linalg,
    losses,
    movement,
    network,
    randomness,
    rearrange,
    reduction,
    scatter,
    signal,
    sorting,
    windows,
)
from .sample import TOLERANCES, Sample

__all__ = ["SAMPLES", "TOLERANCES", "Sample"]

SAMPLES: list[Sample] = [
    *elementwise.UNARY,
    *elementwise.BINARY,
    *reduction.REDUCE,
    *movement.MOVEMENT,
    *indexing.INDEXING,
    *scatter.SCATTER,
    *sorting.SORTING,
    *sorting.SCAN,
    *einsum.EINSUM,
    *contraction.CONTRACTION,
    *windows.WINDOWS,
    *windows.CONVOLUTIONS,
    *windows.POOLS,
    *windows.MORPHOLOGY,
    *rearrange.REARRANGE,
    *network.NETWORKS,
    *linalg.LINALG,
    *complex_numbers.COMPLEX,
    *signal.SIGNAL,
    *losses.LOSSES,
    *randomness.RANDOM,
    *image.IMAGE,
]
