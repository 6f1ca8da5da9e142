"""Measures the variants of each family on a device and says which are fastest.

One operation of ordinary size stands for a family. A sample is as many runs as take ten
milliseconds, since browsers' clocks are coarse, and ends with a value read back; of three samples
the shortest counts, since anything else that the machine does only adds to it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tfpy.registry import OPS
from tfpy.spec import Shape, Sliding, TensorSpec

from .variants import TABLE, numbered

if TYPE_CHECKING:
    from .backend import WebGLBackend

_LEAST_SECONDS = 0.01
_SAMPLES = 3
_WINDOW = {"sliding": Sliding((1, 1), "same", (1, 1))}


class _Work(NamedTuple):
    op: str
    shapes: tuple[Shape, Shape]
    attrs: dict[str, Any]


_WORKS = {
    "conv": _Work("conv2d_nhwc", ((1, 28, 28, 64), (3, 3, 64, 64)), _WINDOW),
    "depthwise": _Work("depthwise_conv2d_nhwc", ((1, 56, 56, 64), (3, 3, 64, 1)), _WINDOW),
    "matmul": _Work(
        "batch_matmul", ((256, 256), (256, 256)), {"transpose_a": False, "transpose_b": False}
    ),
}


def fastest(backend: WebGLBackend, seconds: float) -> dict[str, str]:
    """The fastest variant of every family that could be measured within `seconds`."""
    limits = backend.device.limits
    before, end = dict(limits), time.perf_counter() + seconds
    found: dict[str, str] = {}
    try:
        for family, table in TABLE.items():
            times = {}
            for variant in table:
                if time.perf_counter() >= end:
                    return found
                limits.update(numbered({family: variant}))
                times[variant] = _seconds(backend, _WORKS[family])
            found[family] = min(times, key=times.__getitem__)
            limits.update(numbered({family: table[0]}))
    finally:
        limits.clear()
        limits.update(before)
    return found


def _seconds(backend: WebGLBackend, work: _Work) -> float:
    """How long one run takes."""
    op, specs = OPS[work.op], tuple(TensorSpec(shape) for shape in work.shapes)
    out = op.infer(*specs, **work.attrs)
    run = backend.prepare(op, specs, work.attrs, out)
    # Not zeros, which some devices multiply faster.
    inputs = [backend.upload(_values(spec), spec) for spec in specs]

    def sample(runs: int) -> float:
        start = time.perf_counter()
        for _ in range(runs):
            made = run(inputs)
        backend.read_sync(made, out)
        return time.perf_counter() - start

    # The first run compiles and packs.
    sample(1)
    runs = 1
    while sample(runs) < _LEAST_SECONDS:
        runs *= 2
    return min(sample(runs) for _ in range(_SAMPLES)) / runs


def _values(spec: TensorSpec) -> memoryview[Any]:
    """Numbers from -1 to 1 for every element."""
    bytes_of = memoryview(bytearray(spec.nbytes))
    values = bytes_of.cast("f")
    for i in range(257):
        values[i] = i / 128 - 1.0
    filled = 257
    while filled < spec.size:
        step = min(filled, spec.size - filled)
        values[filled : filled + step] = values[:step]
        filled += step
    return values
