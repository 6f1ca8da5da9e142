"""Random numbers by counting: the generator, the stream that draws take turns in, and seeds.

Threefry-2x32 with 20 rounds turns a key and a counter, two words each, into two random words
(J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). It adds, rotates and
xors words of 32 bits, so shaders and NumPy give the same ones, and every element is drawn by
itself. A draw's *state* is four words: the key, where the counter begins, and its upper word,
which tells the draws of a stream apart. What is made of the words is in `random`.
"""

from __future__ import annotations

import operator
import random
import struct
from collections.abc import Callable
from typing import Any

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError, DTypeError
from ..registry import primitive
from ..spec import Shape, TensorSpec
from ..tensor import Tensor

_STATE = TensorSpec((4,), int32)
_WORD = 1 << 32


class SeedGenerator:
    """A stream of draws: each takes other numbers, and the same ones follow in each program.

    Whatever takes a seed takes it too. A plan goes on in it at every run.

    Args:
        seed: an int or a text; by default what nobody knows beforehand.

    >>> stream = tfpy.SeedGenerator(1)
    >>> first, second = (tfpy.random_uniform((2,), seed=stream).tolist() for _ in range(2))
    >>> first == second
    False
    >>> tfpy.random_uniform((2,), seed=tfpy.SeedGenerator(1)).tolist() == first
    True
    """

    def __init__(self, seed: int | str | None = None) -> None:
        self._key = random.getrandbits(64) if seed is None else _key(seed)
        self._draws = 0

    def next(self) -> tuple[int, int]:
        """The key and the number of the next draw."""
        self._draws += 1
        return self._key, self._draws


def _key(seed: int | str) -> int:
    """64 bits of a seed; a text's are those of its hash."""
    if isinstance(seed, str):
        return random.Random(seed).getrandbits(64)
    try:
        return operator.index(seed) % _WORD**2
    except TypeError:
        raise ArgumentError(f"a seed is an int or a text, not {seed!r:.50}") from None


Seed = int | str | SeedGenerator | None
#: Where draws without a seed of their own take turns.
_stream = SeedGenerator()


def set_seed(seed: int | str) -> None:
    """Start the stream that draws without a seed of their own take from.

    >>> tfpy.set_seed(1)
    >>> first = tfpy.random_normal((3,)).tolist()
    >>> tfpy.set_seed(1)
    >>> tfpy.random_normal((3,)).tolist() == first
    True
    """
    global _stream
    _stream = SeedGenerator(seed)


def _state(seed: Seed, part: int) -> memoryview:
    """The state of a draw: number `part` of a seed, or the next one of a stream."""
    if seed is None or isinstance(seed, SeedGenerator):
        key, draw = (_stream if seed is None else seed).next()
    else:
        # Those of streams count up from 1, so these count down.
        key, draw = _key(seed), -1 - part
    return memoryview(struct.pack("<Q2I", key, 0, draw % _WORD)).cast("i")


def host_seed() -> int:
    """The seed of what is drawn on the host: the stream's next state as a number."""
    return int.from_bytes(_state(None, 0).tobytes(), "little")


def drawn(
    make: Callable[[memoryview], memoryview], spec: TensorSpec, seed: Seed, part: int = 0
) -> Tensor:
    """A tensor of what `make` makes of a state, on the host.

    With a seed it is the same in every run of a plan; of a stream it is made anew.
    """
    if seed is None or isinstance(seed, SeedGenerator):
        return engine.from_draws(lambda: make(_state(seed, part)), spec)
    return engine.from_buffer(make(_state(seed, part)), spec)


def _draw_infer(
    state: TensorSpec, *, shape: Shape, kind: str, low: float, scale: float, most: float
) -> TensorSpec:
    if state != _STATE:
        raise DTypeError(f"draw_random: state must be {_STATE}, not {state}")
    return TensorSpec(shape, int32 if kind in ("bits", "range") else float32)


@primitive(_draw_infer, public=False)
def draw_random(
    state: Tensor, shape: Shape, kind: str, low: float = 0, scale: float = 1, most: float = 0
) -> Any:
    """Random elements, made of the words that begin at `state`.

    Args:
        state: four words, see above. Word j of the draw is word j % 2 of the counter's j // 2 on.
        shape: of the result.
        kind: "bits", an int32 of each word;
            "range", an int32 of two words: `low` + one of `scale` numbers, all as likely to within
            2**-32 of that;
            "uniform", a float32 of each word: `low` + `scale` times a multiple of 2**-24 in
            [0, 1), at most `most`;
            "normal", a float32 of each word: `low` + `scale` times a normally distributed number;
            "truncated_normal", the same within two deviations.
        low, scale, most: numbers as `kind` says.
    """
    attrs = {"shape": shape, "kind": kind, "low": low, "scale": scale, "most": most}
    return (state,), attrs


def draw(shape: Shape, seed: Seed, kind: str, *numbers: float, part: int = 0) -> Tensor:
    """`draw_random` from the state that `seed` means; `part` tells draws of one seed apart."""
    return draw_random(drawn(lambda state: state, _STATE, seed, part), shape, kind, *numbers)
