"""`Metric`: what is to be known of many batches, added up batch by batch.

The metrics of one batch are functions, in `functions.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..dtypes import as_dtype, float32
from ..ops.creation import zeros
from ..tensor import Tensor
from ..variable import Variable

__all__ = ["Metric"]


class Metric:
    """Base of metrics: a subclass adds to its variables in `update_state`, and `result` reads them.

    Args:
        dtype: of the variables that `add_variable` makes, by default float32.
        name: by default the class's in lower case, words apart.

    >>> class Positives(tfpy.metrics.Metric):
    ...     def __init__(self, dtype=None, name=None):
    ...         super().__init__(dtype, name)
    ...         self.count = self.add_variable((), "count")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.count.assign_add(tfpy.sum(tfpy.cast(y_pred > 0.5, "float32")))
    ...     def result(self):
    ...         return self.count.value
    >>> metric = Positives()
    >>> metric.update_state([0, 1], tfpy.tensor([0.2, 0.9]))
    >>> metric([1, 1], tfpy.tensor([0.7, 0.8]))
    tfpy.tensor(3.)
    """

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.dtype = float32 if dtype is None else as_dtype(dtype)
        self.name = name or re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", type(self).__name__).lower()
        self.variables: list[Variable] = []

    def add_variable(self, shape: Sequence[int], name: str) -> Variable:
        """A variable of zeros, which `reset_state` sets back to zeros."""
        variable = Variable(zeros(tuple(shape), self.dtype), trainable=False, name=name)
        self.variables.append(variable)
        return variable

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch in; `sample_weight` broadcasts to one number for each sample."""
        raise NotImplementedError(f"{type(self).__name__} does not define update_state")

    def result(self) -> Tensor:
        """The metric of all batches since the last `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} does not define result")

    def reset_state(self) -> None:
        """Forget every batch."""
        for variable in self.variables:
            variable.assign(zeros(variable.shape, variable.dtype))

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """Count a batch in and give the metric of all batches up to it."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric, as plain JSON values."""
        return {"name": self.name, "dtype": str(self.dtype)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """The metric that `get_config` describes."""
        return cls(**config)
