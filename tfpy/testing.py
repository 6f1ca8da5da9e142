"""Helpers for testing operations, layers and models: comparison, gradients, leaks.

Needs NumPy, and float64 for gradients, so `check_grads` runs on the NumPy backend.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import engine
from .autodiff import GradientTape
from .dtypes import float64
from .ops.creation import tensor
from .tensor import Tensor

#: Step of the central differences. In float64 it leaves about nine correct digits.
STEP = 1e-5


def assert_close(actual: Any, expected: Any, rtol: float = 1e-6, atol: float = 0.0) -> None:
    """Fail unless shapes agree and `|actual - expected| <= atol + rtol * |expected|` everywhere.

    NaN equals NaN and an infinity only itself.
    """
    import numpy as np

    got, want = np.asarray(actual), np.asarray(expected)
    if got.shape != want.shape:
        raise AssertionError(f"shape {got.shape} is not {want.shape}")
    if got.dtype.kind in "bi" and want.dtype.kind in "bi":
        different = got.astype(np.int64) != want.astype(np.int64)
    else:
        wide = np.complex128 if "c" in got.dtype.kind + want.dtype.kind else np.float64
        a, b = got.astype(wide), want.astype(wide)
        with np.errstate(invalid="ignore"):
            close = np.abs(a - b) <= atol + rtol * np.abs(b)
        different = ~(close | (a == b) | (np.isnan(a) & np.isnan(b)))
    if different.any():
        at = tuple(int(i) for i in np.argwhere(different)[0]) if got.ndim else ()
        raise AssertionError(
            f"{int(different.sum())} of {got.size} elements differ; the first, at {at}: "
            f"{got[at]!r} is not {want[at]!r} (rtol {rtol}, atol {atol})"
        )


def check_grads(
    function: Callable[..., Tensor],
    arguments: Sequence[Any],
    order: int = 2,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> None:
    """Fail unless the gradients of `function` agree with finite differences, up to `order`.

    A random direction is followed by central differences in float64 and compared with the inner
    product of the gradient; the gradient is then differentiated in the same way.

    Args:
        function: takes float tensors, returns one float tensor.
        arguments: its arguments, at a point where it is smooth.
        order: 1 for first derivatives, 2 for second ones too.
        tolerance: allowed difference, relative to the size of the derivative, at least 1.
        seed: of the directions.
    """
    rng = random.Random(seed)
    points = [engine.cast_to(engine.as_tensor(a), float64) for a in arguments]
    out = function(*points)
    weights = _random_like(out, rng)

    def weighted(*xs: Tensor) -> Tensor:
        return (function(*xs) * weights).sum()

    _check_order(weighted, points, order, tolerance, rng)


def _check_order(
    function: Callable[..., Tensor],
    points: list[Tensor],
    order: int,
    tolerance: float,
    rng: random.Random,
) -> None:
    directions = [_random_like(p, rng) for p in points]
    with GradientTape() as tape:
        tape.watch(points)
        value = function(*points)
    slopes = tape.gradient(value, points)
    analytic = sum(
        float((g * d).sum()) for g, d in zip(slopes, directions, strict=True) if g is not None
    )
    ahead = function(*[p + d * STEP for p, d in zip(points, directions, strict=True)])
    behind = function(*[p - d * STEP for p, d in zip(points, directions, strict=True)])
    numeric = (float(ahead) - float(behind)) / (2 * STEP)
    if not abs(analytic - numeric) <= tolerance * max(1.0, abs(numeric)):
        raise AssertionError(f"the gradient says {analytic}, finite differences say {numeric}")
    if order > 1:
        _check_order(_directional(function, directions), points, order - 1, tolerance * 10, rng)


def _directional(
    function: Callable[..., Tensor], directions: list[Tensor]
) -> Callable[..., Tensor]:
    """The function's derivative along `directions`, itself a function of the point."""

    def derivative(*xs: Tensor) -> Tensor:
        with GradientTape() as tape:
            tape.watch(xs)
            value = function(*xs)
        parts = [
            (g * d).sum()
            for g, d in zip(tape.gradient(value, list(xs)), directions, strict=True)
            if g is not None
        ]
        total = (xs[0] * 0.0).sum()
        for part in parts:
            total = total + part
        return total

    return derivative


def _random_like(x: Tensor, rng: random.Random) -> Tensor:
    values = [rng.uniform(-1.0, 1.0) for _ in range(x.size)]
    return tensor(values, shape=x.shape, dtype=float64) if x.size else x * 0.0


@contextmanager
def assert_no_leak() -> Iterator[None]:
    """Fail if the block leaves more live tensors, or on a GPU more textures in use, than before."""
    import gc

    def counts() -> dict[str, int]:
        gc.collect()
        memory = engine.memory()
        return {
            k: memory[k] for k in ("num_tensors", "num_data_buffers", "num_textures") if k in memory
        }

    before = counts()
    yield
    after = counts()
    leaked = {k: after[k] - before[k] for k in before if after[k] > before[k]}
    if leaked:
        raise AssertionError(f"left behind: {leaked}")
