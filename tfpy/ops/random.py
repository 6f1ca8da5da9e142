"""Random tensors, drawn on the host by Python's Mersenne Twister.

The same seed gives the same numbers on every backend. Without a seed, draws continue the stream
that `set_seed` starts.
"""

from __future__ import annotations

import random as _random
from array import array
from collections.abc import Callable
from typing import Any

from .. import engine
from ..dtypes import as_dtype, float32, int32
from ..errors import ArgumentError
from ..registry import composite
from ..spec import TensorSpec, as_shape
from ..tensor import Tensor
from .creation import pack

_stream = _random.Random()


def set_seed(seed: int) -> None:
    """Start the stream that draws without a seed of their own take from."""
    _stream.seed(seed)


def _generator(seed: int | None) -> _random.Random:
    return _stream if seed is None else _random.Random(seed)


def _floats(draw: Any, shape: Any, dtype: Any, seed: int | None) -> Tensor:
    spec = TensorSpec(as_shape(shape), as_dtype(dtype))
    if not spec.dtype.is_floating:
        raise ArgumentError(f"random values of dtype {spec.dtype} are drawn by random_uniform_int")
    return _drawn(
        lambda: memoryview(array(spec.dtype.format, [draw() for _ in range(spec.size)])), spec, seed
    )


def _drawn(values: Callable[[], memoryview], spec: TensorSpec, seed: int | None) -> Tensor:
    """A tensor of drawn values; with a seed they are the same in every run of a plan."""
    return engine.from_draws(values, spec) if seed is None else engine.from_buffer(values(), spec)


@composite()
def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
) -> Tensor:
    """Numbers drawn evenly from [minval, maxval)."""
    draw, width = _generator(seed).random, maxval - minval
    return _floats(lambda: minval + width * draw(), shape, dtype, seed)


@composite()
def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
) -> Tensor:
    """Numbers from the normal distribution."""
    gauss = _generator(seed).gauss
    return _floats(lambda: gauss(mean, stddev), shape, dtype, seed)


@composite()
def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
) -> Tensor:
    """Numbers from the normal distribution, those over two deviations away drawn again."""
    gauss = _generator(seed).gauss

    def draw() -> float:
        z = gauss(0.0, 1.0)
        while not -2.0 <= z <= 2.0:
            z = gauss(0.0, 1.0)
        return mean + stddev * z

    return _floats(draw, shape, dtype, seed)


@composite()
def random_uniform_int(shape: Any, minval: int, maxval: int, seed: int | None = None) -> Tensor:
    """int32 numbers drawn evenly from [minval, maxval)."""
    if maxval <= minval:
        raise ArgumentError(f"random_uniform_int: maxval {maxval} must be above minval {minval}")
    draw = _generator(seed).randrange
    spec = TensorSpec(as_shape(shape), int32)
    return _drawn(lambda: pack([draw(minval, maxval) for _ in range(spec.size)], int32), spec, seed)
