"""Filters that make what is found in a video steady: low-pass ones, and the one-euro filter.

G. Casiez et al., "1 Euro Filter", CHI 2012: smooth what rests, follow what moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, pi

from ..spec import number


class LowPass:
    """Exponential smoothing: each value moves the result by a share of its distance to it."""

    def __init__(self) -> None:
        self.value: float | None = None
        self.last = 0.0

    def __call__(self, value: float, alpha: float, threshold: float | None = None) -> float:
        """The result after `value`. Distances well above `threshold` count by their logarithm."""
        before = self.value
        self.last = value
        if before is None:
            self.value = value
        elif threshold is None:
            self.value = before + alpha * (value - before)
        else:
            self.value = before + alpha * threshold * asinh((value - before) / threshold)
        return self.value


@dataclass(frozen=True)
class OneEuro:
    """How strongly to smooth.

    Attributes:
        min_cutoff: in Hz, for what rests; less smooths more.
        beta: how much the cutoff grows with the speed.
        derivative_cutoff: in Hz, for the speed.
        threshold, threshold_beta: of `LowPass`, at rest and what speed adds to it.
        frequency: of values, before two times are known.
    """

    min_cutoff: float
    beta: float
    derivative_cutoff: float = 1.0
    threshold: float | None = None
    threshold_beta: float = 0.0
    frequency: float = 30.0


class _Number:
    """One number that is smoothed."""

    def __init__(self) -> None:
        self.x, self.speed = LowPass(), LowPass()

    def __call__(self, value: float, how: OneEuro, frequency: float, scale: float) -> float:
        moved = 0.0 if self.x.value is None else value - self.x.last
        speed = abs(self.speed(moved * scale * frequency, _alpha(how.derivative_cutoff, frequency)))
        threshold = how.threshold
        if threshold is not None:
            threshold += how.threshold_beta * speed
        return self.x(value, _alpha(how.min_cutoff + how.beta * speed, frequency), threshold)


def _alpha(cutoff: float, frequency: float) -> float:
    return 1 / (1 + frequency / (2 * pi * cutoff))


class Smoother:
    """Smooths the same points of every frame, each coordinate for itself.

    >>> from tfpy.applications.smoothing import OneEuro, Smoother
    >>> smooth = Smoother(OneEuro(min_cutoff=1.0, beta=0.0))
    >>> smooth([(10.0, 5.0)], time=0.0)
    [(10.0, 5.0)]
    >>> [(x, y)] = smooth([(20.0, 5.0)], time=0.1)
    >>> round(x, 2), y
    (13.86, 5.0)
    """

    def __init__(self, how: OneEuro) -> None:
        self.how = how
        self.reset()

    def reset(self) -> None:
        """Forget what was."""
        self._time: float | None = None
        self._frequency = self.how.frequency
        self._filters: list[list[_Number]] = []

    def __call__(
        self, points: Sequence[Sequence[float]], time: float, size: float = 1.0
    ) -> list[tuple[float, ...]]:
        """The points as they are shown at `time`, in seconds; those of a time that is not later
        than the one before as they are.

        `size` is that of what they belong to, in their units: speed counts in sizes per second.
        """
        if (self._time is not None and time <= self._time) or size < 1e-6:
            return [tuple(point) for point in points]
        if self._time is not None:
            self._frequency = 1 / (time - self._time)
        self._time = time
        if not self._filters:
            self._filters = [[_Number() for _ in point] for point in points]
        return [
            tuple(
                number(value, self.how, self._frequency, 1 / size)
                for number, value in zip(numbers, point, strict=True)
            )
            for numbers, point in zip(self._filters, points, strict=True)
        ]


def time_of(function: str, image: object, timestamp: float | None) -> float | None:
    """When an image was taken, in seconds: `timestamp`, in milliseconds, or a video's own time.

    Raises `ArgumentError` for a timestamp that is none.
    """
    if timestamp is not None:
        return number(timestamp, f"{function}: timestamp", 0.0, 1e18) / 1000
    return getattr(image, "currentTime", None)


def goes_back(time: float | None, before: float | None) -> bool:
    """Whether a time is earlier than the one before: a video is played again."""
    return time is not None and before is not None and time < before
