"""A function of TF.js and its counterpart here: how calls are drawn and how each side is called."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .draw import Draw


class Row(NamedTuple):
    """One function on both sides.

    Attributes:
        name: TF.js's name below `tf`, as in the contract: "abs", "image.resizeBilinear".
        draw: the arguments of one call, of a source of random choices. Arrays become tensors.
        js: a JavaScript function of the same arguments; by default `tf.<name>`.
        py: the dotted name in tfpy; by default `name` in snake case.
        call: how `py` is called with the arguments; by default by position.
        tolerance: a word of `tests.samples.TOLERANCES`.
        grad: whether both sides' gradients to the float arrays are compared too.
    """

    name: str
    draw: Callable[[Draw], list[Any]]
    tolerance: str = "exact"
    grad: bool = False
    js: str = ""
    py: str = ""
    call: Callable[..., Any] | None = None

    @property
    def python_name(self) -> str:
        """Where tfpy has it."""
        return self.py or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", self.name).lower()

    @property
    def expression(self) -> str:
        """The JavaScript function."""
        return self.js or f"(...args) => tf.{self.name}(...args)"


class Case(NamedTuple):
    """One drawn call of a row; `smooth` where its gradient is to be compared."""

    args: list[Any]
    smooth: bool


def arrays_in(value: Any) -> list[Any]:
    """The arrays in nested lists, tuples and dicts, in order."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [a for part in value for a in arrays_in(part)] if isinstance(value, (list, tuple)) else []
    )


def draw_cases(row: Row, count: int) -> list[Case]:
    """The first `count` calls of a row: always the same ones."""
    cases = []
    for k in range(count):
        draw = Draw(np.random.default_rng([zlib.crc32(row.name.encode()), k]))
        args = row.draw(draw)
        smooth = row.grad and not draw.special and all(a.size for a in arrays_in(args))
        cases.append(Case(args, smooth))
    return cases
