"""Schedules: the learning rate as a function of the number of steps taken, as in Keras 3.

They compute with operations, so that they are part of the plan of a training step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import engine
from ..configured import Configured, find, serialize
from ..dtypes import float32
from ..errors import ArgumentError
from ..ops import elementwise as ew
from ..tensor import Tensor

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule(Configured):
    """Base of schedules: a subclass defines `__call__(step)`, of a number of steps.

    >>> schedule = tfpy.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    >>> schedule(20)
    tfpy.tensor(0.025)
    """

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")


def _count(step: Any) -> Tensor:
    return engine.as_tensor(step, float32)


def _positive(schedule: Any, name: str) -> None:
    value = getattr(schedule, name)
    if not value > 0:
        raise ArgumentError(f"{type(schedule).__name__}: {name}={value!r} is not above 0")


class _RateDecay(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase = decay_rate, staircase
        self.name = name or type(self).__name__
        _positive(self, "decay_steps")

    def _periods(self, step: Any) -> Tensor:
        periods = _count(step) / self.decay_steps
        return ew.floor(periods) if self.staircase else periods


class ExponentialDecay(_RateDecay):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    With `staircase` the exponent is rounded down.
    """

    def __call__(self, step: Any) -> Tensor:
        return ew.pow(self.decay_rate, self._periods(step)) * self.initial_learning_rate


class InverseTimeDecay(_RateDecay):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    With `staircase` the quotient is rounded down.
    """

    def __call__(self, step: Any) -> Tensor:
        return self.initial_learning_rate / (self._periods(step) * self.decay_rate + 1.0)


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[i]` up to and including step `boundaries[i]`, from there on the last value.

    >>> schedule = tfpy.optimizers.schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1])
    >>> [round(float(schedule(n)), 6) for n in (2, 3, 6)]
    [1.0, 0.5, 0.1]
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str | None = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                f"PiecewiseConstantDecay: {len(values)} values need {len(values) - 1} "
                f"boundaries, not {len(boundaries)}"
            )
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def __call__(self, step: Any) -> Tensor:
        step = _count(step)
        rate: Any = engine.as_tensor(self.values[-1], float32)
        for boundary, value in zip(self.boundaries[::-1], self.values[-2::-1], strict=True):
            rate = ew.where(step <= float(boundary), value, rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """From `initial_learning_rate` to `end_learning_rate` in `decay_steps`, as a power of the way.

    Args:
        power: 1 for a straight line.
        cycle: whether to begin anew, with more steps each time, where it would end.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle = end_learning_rate, power, cycle
        self.name = name
        _positive(self, "decay_steps")

    def __call__(self, step: Any) -> Tensor:
        step, length = _count(step), float(self.decay_steps)
        if self.cycle:
            left = 1.0 - step / (ew.maximum(ew.ceil(step / length), 1.0) * length)
        else:
            left = 1.0 - ew.minimum(step, length) / length
        span = self.initial_learning_rate - self.end_learning_rate
        return ew.pow(left, self.power) * span + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a cosine from the initial rate to `alpha` times it, after a rise if there is a target.

    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).

    Args:
        initial_learning_rate: where the decay begins, or the rise if there is one.
        decay_steps: length of the decay.
        alpha: what part of the rate is left.
        warmup_target: the rate after the rise, from which the decay begins.
        warmup_steps: length of the rise.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.alpha, self.name = alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps
        _positive(self, "decay_steps")

    def __call__(self, step: Any) -> Tensor:
        step, start, target = _count(step), self.initial_learning_rate, self.warmup_target
        if target is None:
            return self._decayed(step, start)
        decayed = self._decayed(ew.maximum(step - self.warmup_steps, 0.0), target)
        if not self.warmup_steps:
            return decayed
        risen = step * ((target - start) / self.warmup_steps) + start
        return ew.where(step < float(self.warmup_steps), risen, decayed)

    def _decayed(self, step: Tensor, start: float) -> Tensor:
        way = ew.minimum(step, float(self.decay_steps)) * (math.pi / self.decay_steps)
        return ((ew.cos(way) + 1.0) * (0.5 * (1.0 - self.alpha)) + self.alpha) * start


class CosineDecayRestarts(LearningRateSchedule):
    """`CosineDecay` again and again, each time `t_mul` as long and from `m_mul` as high."""

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps, self.t_mul, self.m_mul = first_decay_steps, t_mul, m_mul
        self.alpha, self.name = alpha, name
        _positive(self, "first_decay_steps")

    def __call__(self, step: Any) -> Tensor:
        way, growth = _count(step) / self.first_decay_steps, self.t_mul
        if growth == 1:
            restarts = ew.floor(way)
            way = way - restarts
        else:
            # Restart n is after (1 - t^n) / (1 - t) first lengths, so that n is a logarithm.
            restarts = ew.floor(ew.log(1.0 - way * (1.0 - growth)) * (1.0 / math.log(growth)))
            length = ew.pow(growth, restarts)
            way = (way - (1.0 - length) * (1.0 / (1.0 - growth))) / length
        height = ew.pow(self.m_mul, restarts) * 0.5 * (ew.cos(way * math.pi) + 1.0)
        return (height * (1.0 - self.alpha) + self.alpha) * self.initial_learning_rate


CLASSES = {
    c.__name__: c
    for c in (
        *(ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay),
        *(CosineDecay, CosineDecayRestarts),
    )
}


def deserialize(config: dict[str, Any]) -> Any:
    """The schedule that a `{class_name, config}` describes."""
    return find("schedule", CLASSES, config)
