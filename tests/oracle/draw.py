"""The source of random shapes, values and options of which calls are made."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Values at which functions go wrong.
_SPECIAL = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-30, -3e38], np.float32)
_EXTREME = np.array([0, 1, -1, 2**31 - 1, -(2**31), 2**24 + 1], np.int32)


class Draw:
    """Choices of one call; `special` tells whether values were drawn that no gradient wants."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.special = False

    def integer(self, low: int, high: int) -> int:
        """From `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        """A number that float32 holds exactly."""
        return float(np.float32(self.rng.uniform(low, high)))

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def flag(self) -> bool:
        return self.chance(0.5)

    def choose(self, *options: Any) -> Any:
        return options[self.integer(0, len(options) - 1)]

    # -------------------------------------------------------------------------------- shapes

    def shape(self, low: int = 0, high: int = 4, largest: int = 5) -> tuple[int, ...]:
        """Sizes from 1 to `largest` of a rank from `low` to `high`."""
        return tuple(self.integer(1, largest) for _ in range(self.integer(low, high)))

    def maybe_empty(self, low: int = 1, high: int = 4) -> tuple[int, ...]:
        """A shape that has a size of 0 now and then."""
        shape = list(self.shape(low, high))
        if shape and self.chance(0.1):
            shape[self.integer(0, len(shape) - 1)] = 0
        return tuple(shape)

    def broadcast(self, count: int = 2, high: int = 4) -> list[tuple[int, ...]]:
        """Shapes that broadcast with each other."""
        full = self.shape(0, high)
        return [full] + [
            tuple(1 if self.chance(0.2) else n for n in full[self.integer(0, len(full)) :])
            for _ in range(count - 1)
        ]

    def axis(self, rank: int) -> int:
        return self.integer(-rank, rank - 1)

    def axes(self, rank: int) -> Any:
        """None for all, one axis, or several."""
        if rank == 0 or self.chance(0.2):
            return None
        if self.flag():
            return self.axis(rank)
        picked = self.rng.permutation(rank)[: self.integer(1, rank)]
        return [int(a) - (rank if self.chance(0.3) else 0) for a in picked]

    def permutation(self, rank: int) -> list[int]:
        return [int(a) for a in self.rng.permutation(rank)]

    # -------------------------------------------------------------------------------- values

    def f(
        self, shape: Any = None, low: float = -3.0, high: float = 3.0, special: float = 0.0
    ) -> Any:
        """float32; with chance `special` some elements are 0, infinite, NaN or very large."""
        array = self.rng.uniform(low, high, self.shape() if shape is None else shape)
        array = array.astype(np.float32)
        if array.size and self.chance(special):
            self.special = True
            array = self._mixed(array, _SPECIAL)
        return array

    def i(self, shape: Any = None, low: int = -9, high: int = 9, special: float = 0.0) -> Any:
        """int32 in [low, high]; with chance `special` some elements are extremes."""
        array = self.rng.integers(low, high + 1, self.shape() if shape is None else shape)
        array = np.asarray(array, np.int32)
        return self._mixed(array, _EXTREME) if array.size and self.chance(special) else array

    def b(self, shape: Any = None) -> Any:
        return np.asarray(self.rng.integers(0, 2, self.shape() if shape is None else shape), bool)

    def any(self, shape: Any = None, kinds: str = "fffib", special: float = 0.0) -> Any:
        """An array of one of `kinds`."""
        shape = self.shape() if shape is None else shape
        kind = kinds[self.integer(0, len(kinds) - 1)]
        return self.b(shape) if kind == "b" else getattr(self, kind)(shape, special=special)

    def distinct(self, shape: Any) -> Any:
        """float32 without two equal elements, for what picks one of them."""
        size = int(np.prod(shape))
        return ((self.rng.permutation(size) - size / 2) / 4).astype(np.float32).reshape(shape)

    def c(self, shape: Any) -> Any:
        """complex64."""
        return np.asarray(self.f(shape) + 1j * self.f(shape), np.complex64)

    def words(self, shape: Any, *words: str) -> Any:
        """Strings."""
        picked = [self.choose(*words) for _ in range(int(np.prod(shape)))]
        array = np.empty(len(picked), object)
        array[:] = picked
        return array.reshape(shape)

    def _mixed(self, array: Any, others: Any) -> Any:
        at = self.rng.random(array.shape) < 0.4
        return np.where(at, self.rng.choice(others, array.shape), array).astype(array.dtype)
