"""Metrics as objects, which know of every batch since `reset_state`: Keras's, under its names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, ClassVar

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, ShapeError
from ..losses.functions import EPSILON
from ..ops import elementwise as ew
from ..ops.reduce import mean, sum
from ..tensor import Tensor
from ..variable import Variable
from . import sums
from .base import Metric

__all__ = ["AUC", "Precision", "R2Score", "Recall"]

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
        self._levels = sums.levels(self.name, thresholds)
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


class AUC(Metric):
    """The area under the curve that precision and recall, or right and wrong alarms, make as the
    threshold goes from 0 to 1.

    Args:
        num_thresholds: how many points of the curve are known; 0 and 1 are among them.
        curve: "ROC", of true positives over false ones, or "PR", of precision over recall.
        summation_method: how the area between points is taken: "interpolation", "minoring" (the
            lower end) or "majoring" (the upper one).
        name: by default "auc".
        dtype: of the counts, by default float32.
        thresholds: the points themselves, instead of `num_thresholds`; 0 and 1 are added.
        multi_label: whether each index of the last axis has an area of its own, of which the result
            is the mean; otherwise all are one.
        num_labels: how many there are, if that is to be known before the first batch.
        label_weights: of the labels in that mean, or else in the counts.
        from_logits: whether predictions have not been through a sigmoid.

    J. Davis, M. Goadrich, "The relationship between precision-recall and ROC curves" (2006), for
    the interpolation of precision.

    >>> tfpy.metrics.AUC(num_thresholds=3)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    tfpy.tensor(0.75)
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(dtype, name)
        if curve not in ("ROC", "PR"):
            raise ArgumentError(f"{self.name}: curve={curve!r} is not 'ROC' or 'PR'")
        if summation_method not in _BETWEEN:
            names = ", ".join(map(repr, _BETWEEN))
            raise ArgumentError(f"{self.name}: summation_method={summation_method!r} of {names}")
        if thresholds is None and num_thresholds < 2:
            raise ArgumentError(f"{self.name}: num_thresholds={num_thresholds} is less than 2")
        self.curve, self.summation_method, self.from_logits = curve, summation_method, from_logits
        self.thresholds = None if thresholds is None else sorted(thresholds)
        inner = self.thresholds or [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        # A little beyond 0 and 1, so that predictions of exactly these are within.
        self._levels = [-EPSILON, *inner, 1.0 + EPSILON]
        self.num_thresholds = len(self._levels)
        self.multi_label, self.num_labels = bool(multi_label), num_labels
        self.label_weights = None if label_weights is None else [float(w) for w in label_weights]
        if num_labels is not None and not multi_label:
            raise ArgumentError(f"{self.name}: num_labels={num_labels} needs multi_label=True")
        if not multi_label or num_labels is not None:
            self._build((num_labels,) if multi_label else ())

    def _build(self, labels: tuple[Any, ...]) -> None:
        count = len(self.label_weights or ())
        if labels and self.label_weights is not None and labels != (count,):
            raise ArgumentError(f"{self.name}: {count} label_weights for {labels[0]} labels")
        for kind in ("labelled", "predicted", "both"):
            self.add_variable((self.num_thresholds, *labels), kind)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.from_logits:
            y_pred = ew.sigmoid(y_pred)
        y_pred = engine.as_tensor(y_pred)
        if self.multi_label:
            if y_pred.ndim < 2:
                raise ShapeError(f"{self.name}: predictions of {y_pred.shape} have no labels' axis")
            if not self.variables:
                self._build(y_pred.shape[-1:])
        elif self.label_weights is not None:
            kind = y_pred.dtype if y_pred.dtype.is_floating else float32
            shape = y_pred.shape[-1:]
            if shape != (len(self.label_weights),):
                text = f"{len(self.label_weights)} label_weights for predictions of {y_pred.shape}"
                raise ShapeError(f"{self.name}: {text}")
            weights = sums.weights_of(self.name, sample_weight, ew.cast(y_pred, kind))
            sample_weight = weights * engine.as_tensor(self.label_weights, kind)
        found = sums.count_positives(
            self.name, y_true, y_pred, self._levels, sample_weight, by_label=self.multi_label
        )
        for variable, value in zip(self.variables, found, strict=True):
            variable.assign_add(ew.cast(value, self.dtype))

    def result(self) -> Tensor:
        if not self.variables:
            return engine.as_tensor(0.0, self.dtype)
        area = self._area(*(v.value for v in self.variables))
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return mean(area)
        weights = engine.as_tensor(self.label_weights, area.dtype)
        return ew.divide_no_nan(sum(area * weights), sum(weights))

    def _area(self, labelled: Tensor, predicted: Tensor, both: Tensor) -> Tensor:
        """The area, or those of the labels."""
        recall = ew.divide_no_nan(both, labelled)
        if self.curve == "ROC":
            # Every prediction is above the first threshold.
            others = predicted[0] - labelled
            x, y = ew.divide_no_nan(predicted - both, others), recall
        elif self.summation_method == "interpolation":
            return _precision_area(labelled, predicted, both)
        else:
            x, y = recall, ew.divide_no_nan(both, predicted)
        heights = _BETWEEN[self.summation_method](y[:-1], y[1:])
        return sum((x[:-1] - x[1:]) * heights, 0)

    def get_config(self) -> dict[str, Any]:
        names = (
            *("num_thresholds", "curve", "summation_method", "thresholds"),
            *("multi_label", "num_labels", "label_weights", "from_logits"),
        )
        return {**{name: getattr(self, name) for name in names}, **super().get_config()}


_BETWEEN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "interpolation": lambda a, b: (a + b) * 0.5,
    "minoring": ew.minimum,
    "majoring": ew.maximum,
}


def _precision_area(labelled: Tensor, predicted: Tensor, both: Tensor) -> Tensor:
    """The area under precision over recall, where true positives are linear in all positives."""
    found = both[:-1] - both[1:]
    slope = ew.divide_no_nan(found, predicted[:-1] - predicted[1:])
    rest = both[1:] - slope * predicted[1:]
    ratio = ew.divide_no_nan(predicted[:-1], predicted[1:])
    bent = rest * ew.log(ew.where(ratio > 0.0, ratio, 1.0))
    return sum(ew.divide_no_nan(slope * (found + bent), labelled[1:]), 0)


# -------------------------------------------------------------------------------- regression


class R2Score(Metric):
    """The coefficient of determination: 1 for perfect predictions, 0 for always the mean.

    Where all labels are equal it is 1 for perfect predictions and 0 for others. Batches are
    (samples,) or (samples, outputs), all with as many outputs.

    Args:
        class_aggregation: "uniform_average" of the outputs, "variance_weighted_average", or None
            for each output's.
        num_regressors: how many numbers each prediction was made from: more than 0 gives the
            adjusted coefficient, `1 - (1 - r2) (n - 1) / (n - num_regressors - 1)`, where that has
            a positive denominator. As in Keras n is how many numbers the labels are: samples times
            outputs, whatever they weigh.
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
            self.num_samples = self.add_variable((), "num_samples")
        outputs = self.variables[0].shape
        if batch.mean.shape != outputs:
            raise ShapeError(f"{self.name}: a batch of {batch.mean.shape} outputs after {outputs}")
        merged = sums.merge(self._state(), batch)
        for variable, value in zip(self.variables, merged, strict=False):
            variable.assign(value)
        self.num_samples.assign_add(float(engine.as_tensor(y_true).size))

    def _state(self) -> sums.Deviations:
        return sums.Deviations(*(v.value for v in self.variables[:4]))

    def result(self) -> Tensor:
        if not self.variables:
            raise ShapeError(f"{self.name}: no batch has been counted in yet")
        score = sums.determination(self._state(), self.class_aggregation)
        if self.num_regressors == 0:
            return score
        count = self.num_samples.value
        spare = ew.maximum(count - (self.num_regressors + 1.0), 0.0)
        adjusted = 1.0 - (1.0 - score) * ew.divide_no_nan(count - 1.0, spare)
        return ew.where(spare > 0.0, adjusted, score)

    def get_config(self) -> dict[str, Any]:
        options = {
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
        return {**options, **super().get_config()}
