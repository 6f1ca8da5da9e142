"""Measures the variants of each family on a device and says which are fastest.

One operation of ordinary size stands for a family. A sample is as many runs as take ten
milliseconds, since browsers' clocks are coarse, and ends with a value read back; of a variant's
samples the shortest counts, since anything else that the machine does only adds to it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from tfpy.registry import OPS
from tfpy.spec import Shape, Sliding, TensorSpec

from .variants import TABLE, numbered

if TYPE_CHECKING:
    from .backend import WebGLBackend

_LEAST_SECONDS = 0.01
_TURNS = 6
_CLEARLY, _HOPELESS = 0.9, 1.5
#: Lets others run.
Pause = Callable[[], Awaitable[None]]
#: Runs an operation and says how many seconds one run takes.
Sample = Callable[[], float]
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


async def fastest(backend: WebGLBackend, seconds: float, pause: Pause) -> dict[str, str]:
    """The fastest variant of every family that could be measured in its share of `seconds`."""
    found, start = {}, time.perf_counter()
    for number, (family, table) in enumerate(TABLE.items(), 1):
        times = await _times(backend, family, start + seconds * number / len(TABLE), pause)
        if len(times) == len(table):
            # The first is best on most devices: another has to be clearly faster.
            times[table[0]] *= _CLEARLY
            found[family] = min(times, key=times.__getitem__)
    return found


async def _times(backend: WebGLBackend, family: str, end: float, pause: Pause) -> dict[str, float]:
    """The least time of each variant, by turns, so that a moment in which the machine is busy is
    nobody's; fewer than all of them if the time is over before."""
    samples: dict[str, Sample] = {}
    times: dict[str, float] = {}
    for turn in range(_TURNS):
        for variant in TABLE[family]:
            if turn and times[variant] > _HOPELESS * min(times.values()):
                continue
            await pause()
            if time.perf_counter() >= end:
                return times
            if not turn:
                samples[variant] = _prepared(backend, family, variant)
            found = samples[variant]()
            times[variant] = min(found, times.get(variant, found))
    return times


def _prepared(backend: WebGLBackend, family: str, variant: str) -> Sample:
    """What measures a run with a variant, which nobody else comes to use."""
    limits = backend.device.limits
    before = dict(limits)
    try:
        limits.update(numbered({family: variant}))
        return _sample(backend, _WORKS[family])
    finally:
        limits.clear()
        limits.update(before)


def _sample(backend: WebGLBackend, work: _Work) -> Sample:
    """What measures how many seconds one run takes."""
    op, specs = OPS[work.op], tuple(TensorSpec(shape) for shape in work.shapes)
    out = op.infer(*specs, **work.attrs)
    run = backend.prepare(op, specs, work.attrs, out)
    # Not zeros, which some devices multiply faster.
    inputs = [backend.upload(_values(spec), spec) for spec in specs]

    def seconds(runs: int) -> float:
        start = time.perf_counter()
        for _ in range(runs):
            made = run(inputs)
        backend.read_sync(made, out)
        return time.perf_counter() - start

    # The first run compiles and packs.
    seconds(1)
    runs = 1
    while seconds(runs) < _LEAST_SECONDS:
        runs *= 2
    return lambda: seconds(runs) / runs


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
