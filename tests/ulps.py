"""How exact elementwise operations are: the largest error of each, in units in the last place.

A unit in the last place (ulp) is the distance between neighbouring float32 numbers at the true
value, which NumPy and SciPy compute in float64 from the same float32 inputs. Two sets of points:
where the operation is smooth and of everyday size ("near", the range of its samples), and numbers
of all sizes from 1e-6 to 1e6, also negative ("wide"; angles only to REDUCED). Results that float32
cannot hold as normal numbers are left out: what happens there is checked by the samples' special
values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests import judge
from tests.samples import Sample
from tests.samples.elementwise import BINARY, UNARY
from tfpy.registry import OPS

POINTS = 4096
#: No error may be larger, on any backend, in any browser.
BOUND = 5.0
#: Up to where sine, cosine and tangent are promised: beyond, the reduction to a quarter turn loses
#: digits, see kernels_webgl/glsl/lib/quadrant.glsl.
REDUCED = 5
_TINY, _HUGE = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


def operations() -> list[Sample]:
    """A sample of each elementwise operation on floats that rounds, whose range is the near one."""
    found: dict[str, Sample] = {}
    for sample in [*UNARY, *BINARY]:
        floats = all(a.dtype.kind == "f" for a in sample.inputs)
        kind = OPS[sample.op].kind if sample.op in OPS else ""
        if floats and sample.grad_order and sample.tolerance != "exact" and kind == "elementwise":
            found.setdefault(sample.op, sample)
    return [found[op] for op in sorted(found)]


def near(sample: Sample) -> Sample:
    """`sample` at many points of its range."""
    rng = np.random.default_rng(1)
    inputs = [rng.uniform(a.min(), a.max(), POINTS).astype(np.float32) for a in sample.inputs]
    return sample._replace(inputs=tuple(inputs), grad_order=0)


def wide(sample: Sample) -> Sample:
    """`sample` at numbers of all sizes."""
    rng = np.random.default_rng(2)

    largest = REDUCED if sample.op in ("sin", "cos", "tan") else 6

    def numbers() -> Any:
        return 10 ** rng.uniform(-6, largest, POINTS) * rng.choice([-1, 1], POINTS)

    inputs = tuple(numbers().astype(np.float32) for _ in sample.inputs)
    return sample._replace(inputs=inputs, grad_order=0)


def rows() -> list[dict[str, Any]]:
    """What `sample_runner.run_samples` is to compute: near and wide of every operation."""
    return [judge.to_row(at(s)) for s in operations() for at in (near, wide)]


def errors(results: list[dict[str, Any]]) -> dict[str, list[float | None]]:
    """The largest error of each operation, near and wide, from the results of `rows`."""
    found: dict[str, list[float | None]] = {}
    for index, sample in enumerate(operations()):
        pair = results[2 * index : 2 * index + 2]
        found[sample.op] = [
            largest(judge.to_array(result["outputs"][0]), at(sample).expected()[0])
            for at, result in zip((near, wide), pair, strict=True)
        ]
    return found


def largest(got: Any, want: Any) -> float | None:
    """The largest distance of `got` (float32) from `want` (float64) in ulps; None of no points."""
    size = np.abs(want)
    counts = np.isfinite(want) & (size < _HUGE) & ((size >= _TINY) | (size == 0))
    with np.errstate(invalid="ignore", over="ignore"):
        ulp = np.spacing(np.maximum(size, _TINY).astype(np.float32)).astype(np.float64)
        distance = np.abs(got.astype(np.float64) - want) / ulp
    # What is no number where one is due is as wrong as can be.
    distance = np.where(np.isfinite(got), distance, np.inf)[counts]
    return round(float(distance.max()), 2) if distance.size else None
