"""`Variable`: a tensor whose value can be replaced. Everything else about it is a tensor."""

from __future__ import annotations

import itertools
from typing import Any

from . import engine
from .dtypes import as_dtype
from .errors import DTypeError, ShapeError
from .tensor import Tensor

_names = itertools.count()


class Variable(Tensor):
    """A tensor with a changeable value, such as a weight. Tapes follow trainable ones unasked.

    Args:
        initial_value: a tensor or anything `tfpy.tensor` takes.
        trainable: whether `variable_grads`, tapes and optimizers see it.
        name: shown in summaries and saved files; made unique when not given.
        dtype: element type, by default that of the value.

    Attributes:
        regularizer: what the variable adds to the loss of the model it belongs to, or None.
        constraint: what optimizers make of its value after each step, or None.

    >>> w = tfpy.Variable([1.0, 2.0])
    >>> w.assign(w * 2)
    tfpy.Variable([2., 4.])
    """

    __slots__ = ("constraint", "name", "regularizer", "trainable")

    def __init__(
        self,
        initial_value: Any,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        value = engine.as_tensor(initial_value, as_dtype(dtype) if dtype is not None else None)
        tracing = engine.tracer()
        if tracing is not None:
            value = tracing.settled(value)
        super().__init__(value.data_on(value.backend), value.spec, value.backend)
        self.trainable = trainable
        self.regularizer: Any = None
        self.constraint: Any = None
        self.name = name or f"variable_{next(_names)}"

    def assign(self, value: Any) -> Variable:
        """Replace the value by one of the same shape and dtype; returns the variable."""
        new = engine.as_tensor(value, self.dtype if not isinstance(value, Tensor) else None)
        if new.shape != self.shape:
            raise ShapeError(f"{self.name}.assign: shape {new.shape} is not {self.shape}")
        if new.dtype is not self.dtype:
            raise DTypeError(f"{self.name}.assign: dtype {new.dtype} is not {self.dtype}")
        tracing = engine.tracer()
        if tracing is not None:
            tracing.assign(self, new)
        else:
            self._data, self.backend = new.data_on(new.backend), new.backend
        return self

    def assign_add(self, delta: Any) -> Variable:
        """Add `delta` to the value; returns the variable."""
        return self.assign(self.read() + delta)

    def assign_sub(self, delta: Any) -> Variable:
        """Subtract `delta` from the value; returns the variable."""
        return self.assign(self.read() - delta)

    @property
    def value(self) -> Tensor:
        """The value now, as a tensor that later assignments do not change."""
        return self.read()

    def read(self) -> Tensor:
        """The value now, under the variable's own identity, so that tapes still know it."""
        backend = engine.tracer() or self.backend
        snapshot = Tensor(self.data_on(backend), self.spec, backend)
        snapshot.id = self.id
        return snapshot
