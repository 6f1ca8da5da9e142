"""Constraints: what becomes of a weight after each step of training.

Layers take them as `kernel_constraint=`, `bias_constraint=` and so on; optimizers apply them. Any
function from a tensor to one of its shape is a constraint too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .configured import Configured, find, serialize
from .ops import elementwise as ew
from .ops.reduce import sum
from .tensor import Tensor

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

Axes = int | Sequence[int]
#: What keeps quotients finite: Keras's `epsilon()`.
_EPSILON = 1e-7


class Constraint(Configured):
    """Base of constraints: a subclass defines `__call__(w)`, a tensor of the shape of `w`.

    >>> tfpy.constraints.NonNeg()([1.0, -2.0])
    tfpy.tensor([1., 0.])
    """

    def __call__(self, w: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")


def _norms(w: Any, axis: Axes) -> Tensor:
    return ew.sqrt(sum(ew.square(w), axis, True))


class NonNeg(Constraint):
    """Negative elements become 0."""

    def __call__(self, w: Any) -> Tensor:
        return ew.relu(w)


class MinMaxNorm(Constraint):
    """Norms along `axis` are brought between two bounds.

    Args:
        min_value, max_value: the bounds.
        rate: what part of the way at each step, 1 for all of it.
        axis: of a `Dense` kernel 0, of a `Conv2D` kernel [0, 1, 2]: what leads to one output.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axes = 0,
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Tensor:
        norms = _norms(w, self.axis)
        wanted = ew.clip_by_value(norms, self.min_value, self.max_value)
        if self.rate != 1:
            wanted = wanted * self.rate + norms * (1.0 - self.rate)
        return w * (wanted / (norms + _EPSILON))


class MaxNorm(MinMaxNorm):
    """Norms along `axis` are at most `max_value`."""

    def __init__(self, max_value: float = 2, axis: Axes = 0) -> None:
        super().__init__(max_value=max_value, axis=axis)


class UnitNorm(Constraint):
    """Norms along `axis` are 1."""

    def __init__(self, axis: Axes = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        return w / (_norms(w, self.axis) + _EPSILON)


# Keras's other names of the same classes.
max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

CLASSES = {c.__name__: c for c in (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)}


def get(identifier: Any) -> Any:
    """The constraint that `identifier` means: an object, a function, a name, or a configuration.

    None is None. Raises `ArgumentError` for an unknown one.

    >>> tfpy.constraints.get("maxNorm").get_config()
    {'max_value': 2, 'axis': 0}
    """
    return None if identifier is None else find("constraint", CLASSES, identifier)
