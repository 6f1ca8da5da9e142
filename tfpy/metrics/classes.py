"""Metrics as objects, which know of every batch since `reset_state`: Keras's, under its names."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, ClassVar

from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops.reduce import max
from ..tensor import Tensor
from ..variable import Variable
from . import sums
from .base import Metric

__all__ = ["Precision", "R2Score", "Recall"]

# --------------------------------------------------------------------------------- positives


class _PositivesMetric(Metric):
    """What part of some positives is true: `missed` counts the others."""

    #: The name of `missed` among the variables.
    _missed_name: ClassVar[str]

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if thresholds is None:
            thresholds = 0.5 if top_k is None else -inf
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self._levels = [thresholds] if isinstance(thresholds, (int, float)) else [*thresholds]
        outside = [t for t in self._levels if not (0 <= t <= 1 or t == -inf)]
        if outside or not self._levels:
            raise ArgumentError(f"{self.name}: thresholds={thresholds} are not within 0 and 1")
        self.true_positives = self.add_variable((len(self._levels),), "true_positives")
        self.missed = self.add_variable((len(self._levels),), self._missed_name)

    def _count(self, y_true: Any, y_pred: Any, sample_weight: Any) -> sums.Positives:
        found = sums.count_positives(
            self.name, y_true, y_pred, self._levels, sample_weight, self.top_k, self.class_id
        )
        return sums.Positives(*(ew.cast(x, self.dtype) for x in found))

    def result(self) -> Tensor:
        found = self.true_positives.value
        share = ew.divide_no_nan(found, found + self.missed.value)
        return share.reshape(()) if isinstance(self.thresholds, (int, float)) else share

    def get_config(self) -> dict[str, Any]:
        options = {"top_k": self.top_k, "class_id": self.class_id}
        thresholds = None if self.thresholds == -inf else self.thresholds
        return {"thresholds": thresholds, **options, **super().get_config()}


class Precision(_PositivesMetric):
    """The part of the predictions above a threshold whose label is not 0; 0 if there are none.

    Args:
        thresholds: within 0 and 1, 0.5 by default; of several, the result has one number each.
        top_k: only the largest so many along the last axis count as predicted, by default whatever
            they are.
        class_id: count only this index of the last axis.
        name: by default "precision".
        dtype: of the counts, by default float32.

    >>> precision = tfpy.metrics.Precision()
    >>> precision([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    tfpy.tensor(0.666667)
    >>> precision([1, 1], [1.0, 1.0])
    tfpy.tensor(0.8)
    """

    _missed_name = "false_positives"

    @property
    def false_positives(self) -> Variable:
        """The weight of what was predicted and whose label is 0, for each threshold."""
        return self.missed

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        found = self._count(y_true, y_pred, sample_weight)
        self.true_positives.assign_add(found.both)
        self.missed.assign_add(found.predicted - found.both)


class Recall(_PositivesMetric):
    """The part of the labels that are not 0 whose prediction is above a threshold; 0 if none is.

    Takes the options of `Precision`.

    >>> recall = tfpy.metrics.Recall(thresholds=[0.2, 0.8])
    >>> recall([0, 1, 1, 1], [1.0, 0.0, 0.5, 1.0])
    tfpy.tensor([0.666667, 0.333333])
    """

    _missed_name = "false_negatives"

    @property
    def false_negatives(self) -> Variable:
        """The weight of the labels that are not 0 and were not predicted, for each threshold."""
        return self.missed

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        found = self._count(y_true, y_pred, sample_weight)
        self.true_positives.assign_add(found.both)
        self.missed.assign_add(found.labelled - found.both)


# -------------------------------------------------------------------------------- regression


class R2Score(Metric):
    """The coefficient of determination: 1 for perfect predictions, 0 for always the mean.

    Where all labels are equal it is 1 for perfect predictions and 0 for others. Batches are
    (samples,) or (samples, outputs), all with as many outputs.

    Args:
        class_aggregation: "uniform_average" of the outputs, "variance_weighted_average", or None
            for each output's.
        num_regressors: how many numbers each prediction was made from: more than 0 gives the
            adjusted coefficient, `1 - (1 - r2) (n - 1) / (n - num_regressors - 1)` for n samples.
        name: by default "r2_score".
        dtype: of the sums, by default float32.

    >>> score = tfpy.metrics.R2Score()
    >>> score([1.0, 2.0], [1.0, 2.0])
    tfpy.tensor(1.)
    >>> score([3.0], [4.0])
    tfpy.tensor(0.5)
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if num_regressors < 0:
            raise ArgumentError(f"{self.name}: num_regressors={num_regressors} is negative")
        self.class_aggregation = sums.checked_aggregation(self.name, class_aggregation)
        self.num_regressors = num_regressors

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        batch = sums.deviations(self.name, y_true, y_pred, sample_weight)
        batch = sums.Deviations(*(ew.cast(x, self.dtype) for x in batch))
        if not self.variables:  # how many outputs there are is known from the first batch
            for name in batch._fields:
                self.add_variable(batch.mean.shape, name)
        outputs = self.variables[0].shape
        if batch.mean.shape != outputs:
            raise ShapeError(f"{self.name}: a batch of {batch.mean.shape} outputs after {outputs}")
        merged = sums.merge(self._state(), batch)
        for variable, value in zip(self.variables, merged, strict=True):
            variable.assign(value)

    def _state(self) -> sums.Deviations:
        return sums.Deviations(*(v.value for v in self.variables))

    def result(self) -> Tensor:
        if not self.variables:
            raise ShapeError(f"{self.name}: no batch has been counted in yet")
        state = self._state()
        score = sums.determination(state, self.class_aggregation)
        if self.num_regressors == 0:
            return score
        samples = max(state.weight)
        spare = ew.divide_no_nan(samples - 1.0, samples - self.num_regressors - 1.0)
        return 1.0 - (1.0 - score) * spare

    def get_config(self) -> dict[str, Any]:
        options = {
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
        return {**options, **super().get_config()}
