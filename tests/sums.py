"""How exact operations that add up are: the largest error of each, as a part of what was added.

A sum of products may cancel to nearly nothing, so that no number of its own units in the last place
says how exact it is. Here a unit is 2^-24 of the sum of the terms' magnitudes: what rounding one
number as large as they are together may cost. NumPy and SciPy compute true values and magnitudes in
float64 from the same float32 inputs, the latter from inputs without their signs. What is positive
itself, as a softmax, is its own magnitude.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests import judge
from tests.samples import SAMPLES, Sample

#: No error may be larger, on any backend, in any browser.
BOUND = 8.0
_UNIT = 2.0**-24

#: Shapes of inputs and options, by operation: some hundred terms and more in each sum.
_CASES: dict[str, tuple[list[tuple[int, ...]], dict[str, Any]]] = {
    "avg_pool": ([(1, 48, 48, 4)], {"pool_size": 16}),
    "conv1d": ([(1, 64, 32), (5, 32, 16)], {"padding": "same"}),
    "conv2d": ([(1, 12, 12, 32), (3, 3, 32, 16)], {"padding": "same"}),
    "conv2d_transpose": (
        [(1, 8, 8, 64), (3, 3, 16, 64)],
        {"output_shape": [1, 16, 16, 16], "strides": 2, "padding": "same"},
    ),
    "conv3d": ([(1, 6, 6, 6, 8), (3, 3, 3, 8, 8)], {"padding": "same"}),
    "cumsum": ([(16, 500)], {"axis": 1}),
    "depthwise_conv2d": ([(1, 20, 20, 16), (11, 11, 16, 1)], {"padding": "same"}),
    "logsumexp": ([(48, 1000)], {"axis": 1}),
    "matmul": ([(48, 512), (512, 48)], {}),
    "mean": ([(48, 1000)], {"axis": 1}),
    "softmax": ([(48, 1000)], {"axis": 1}),
    "sum": ([(48, 1000)], {"axis": 1}),
}
_POSITIVE = ("logsumexp", "softmax")


def operations() -> list[Sample]:
    """A sample of each operation, at random numbers from -1 to 1."""
    reference = {s.op: s for s in reversed(SAMPLES) if s.op in _CASES}
    rng, found = np.random.default_rng(3), []
    for op, (shapes, options) in _CASES.items():
        inputs = tuple(rng.uniform(-1, 1, shape).astype(np.float32) for shape in shapes)
        found.append(reference[op]._replace(inputs=inputs, options=options, grad_order=0))
    return found


def rows() -> list[dict[str, Any]]:
    """What `sample_runner.run_samples` is to compute."""
    return [judge.to_row(sample) for sample in operations()]


def errors(results: list[dict[str, Any]]) -> dict[str, float]:
    """The largest error of each operation from the results of `rows`."""
    return {
        sample.op: largest(judge.to_array(result["outputs"][0]), *_true(sample))
        for sample, result in zip(operations(), results, strict=True)
    }


def _true(sample: Sample) -> tuple[Any, Any]:
    """The values, and the sums of the magnitudes of what is added."""
    if sample.op in _POSITIVE:
        return (sample.expected()[0],) * 2
    without_signs = sample._replace(inputs=tuple(map(np.abs, sample.inputs)))
    return sample.expected()[0], without_signs.expected()[0]


def largest(got: Any, want: Any, size: Any) -> float:
    """The largest distance of `got` (float32) from `want` in units of sums of magnitude `size`."""
    distance = np.abs(got.astype(np.float64) - want) / (_UNIT * size)
    return round(float(np.where(np.isfinite(got), distance, np.inf).max()), 2)
