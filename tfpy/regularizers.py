"""Regularizers: what a weight, or a layer's output, adds to the loss that is trained on.

Layers take them as `kernel_regularizer=`, `bias_regularizer=` and so on, and
`activity_regularizer=` for the output. Any function of a tensor is one too.
"""

from __future__ import annotations

import math
from typing import Any

from .configured import Configured, find, serialize
from .errors import ArgumentError, ShapeError
from .ops import elementwise as ew
from .ops.creation import eye
from .ops.linalg import matmul
from .ops.reduce import sum
from .tensor import Tensor

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


class Regularizer(Configured):
    """Base of regularizers: a subclass defines `__call__(x)`, a scalar.

    >>> tfpy.regularizers.L2(0.5)([1.0, 2.0])
    tfpy.tensor(2.5)
    """

    def __call__(self, x: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")


def _factor(name: str, value: Any) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ArgumentError(f"regularizer: {name}={value!r} is no number from 0 on")
    return float(value)


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x ** 2)`."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = _factor("l1", l1 or 0.0), _factor("l2", l2 or 0.0)

    def __call__(self, x: Any) -> Tensor:
        found = [
            total * factor
            for total, factor in ((sum(ew.abs(x)), self.l1), (sum(ew.square(x)), self.l2))
            if factor
        ]
        return found[0] + found[1] if len(found) == 2 else found[0] if found else sum(x) * 0.0


class L1(L1L2):
    """`l1 * sum(|x|)`."""

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)


class L2(L1L2):
    """`l2 * sum(x ** 2)`."""

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean of |cosine| between the rows of a matrix, or its columns.

    Args:
        factor: 0.01 by default.
        mode: "rows" or "columns".
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        if mode not in ("rows", "columns"):
            raise ArgumentError(f"OrthogonalRegularizer: mode={mode!r} is not 'rows' or 'columns'")
        self.factor, self.mode = _factor("factor", factor), mode

    def __call__(self, x: Any) -> Tensor:
        if x.ndim != 2:
            raise ShapeError(f"OrthogonalRegularizer takes matrices, not shape {x.shape}")
        rows = self.mode == "rows"
        x = x * ew.rsqrt(ew.maximum(sum(x * x, 1 if rows else 0, True), 1e-12))
        cosines = matmul(x, x, transpose_b=True) if rows else matmul(x, x, transpose_a=True)
        n = cosines.shape[0]
        apart = ew.abs(cosines * (1.0 - eye(n, dtype=x.dtype)))
        return sum(apart) * (self.factor / max(n * (n - 1.0), 1.0))


# Keras's other names of the same classes.
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

CLASSES = {c.__name__: c for c in (L1, L2, L1L2, OrthogonalRegularizer)}


def get(identifier: Any) -> Any:
    """The regularizer that `identifier` means: an object, a function, a name, or a configuration.

    None is None. Raises `ArgumentError` for an unknown one.

    >>> tfpy.regularizers.get("l2").get_config()
    {'l2': 0.01}
    """
    return None if identifier is None else find("regularizer", CLASSES, identifier)
