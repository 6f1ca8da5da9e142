"""Metrics of what was taken for what: counts, F-scores and how much masks overlap, as in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import bool_, float32, int32
from ..errors import ArgumentError, ShapeError
from ..losses.functions import EPSILON, same_rank
from ..ops import elementwise as ew
from ..ops.creation import one_hot
from ..ops.reduce import argmax, max, mean, sum
from ..spec import positive
from ..tensor import Tensor
from . import sums
from .base import Metric

__all__ = [
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "MeanIoU",
    "TrueNegatives",
    "TruePositives",
]

# ------------------------------------------------------------------------------------ counts


class TruePositives(Metric):
    """How many labels that are not 0 have a prediction above a threshold.

    Args:
        thresholds: within 0 and 1, 0.5 by default; of several, the result has one number each.
        name: by default "true_positives".
        dtype: of the counts, by default float32.

    >>> tfpy.metrics.TruePositives()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    tfpy.tensor(2.)
    """

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        self.thresholds = thresholds
        self._levels = sums.levels(self.name, 0.5 if thresholds is None else thresholds)
        self.accumulator = self.add_variable((len(self._levels),), "accumulator")

    def _count(self, found: sums.Positives) -> Tensor:
        return found.both

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        found = sums.count_positives(self.name, y_true, y_pred, self._levels, sample_weight)
        # Differences of sums of weights may miss 0 by a rounding.
        self.accumulator.assign_add(ew.cast(ew.relu(self._count(found)), self.dtype))

    def result(self) -> Tensor:
        found = self.accumulator.value
        return found if len(self._levels) > 1 else found[0]

    def get_config(self) -> dict[str, Any]:
        return {"thresholds": self.thresholds, **super().get_config()}


class FalsePositives(TruePositives):
    """How many labels of 0 have a prediction above a threshold; takes what `TruePositives` does."""

    def _count(self, found: sums.Positives) -> Tensor:
        return found.predicted - found.both


class FalseNegatives(TruePositives):
    """How many labels that are not 0 have none above it; takes what `TruePositives` does."""

    def _count(self, found: sums.Positives) -> Tensor:
        return found.labelled - found.both


class TrueNegatives(FalseNegatives):
    """How many labels of 0 have none above it; takes what `TruePositives` does."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(ew.logical_not(engine.as_tensor(y_true, bool_)), y_pred, sample_weight)


# ---------------------------------------------------------------------------------- by class


class _ByClass(Metric):
    """What counts the positives of each class, or of all."""

    def _build(self, shape: tuple[int, ...]) -> None:
        for name in sums.Positives._fields:
            self.add_variable(shape, name)

    def _add(self, t: Tensor, p: Tensor, sample_weight: Any, by_label: bool = True) -> None:
        """Count labels and predictions of (..., classes) in, above 0 being positive."""
        found = sums.count_positives(self.name, t, p, [0.0], sample_weight, by_label=by_label)
        for variable, value in zip(self.variables, found, strict=True):
            variable.assign_add(ew.cast(value[0], self.dtype))


class FBetaScore(_ByClass):
    """The mean of precision and recall, `(1 + b) p r / (b p + r)` with b of `beta ** 2`.

    Labels and predictions are (samples, classes), all batches with as many classes.

    Args:
        average: None for each class's, "macro" for their mean, "weighted" for that by how many
            labels they have, or "micro" to count all classes as one.
        beta: how much recall counts.
        threshold: what predictions have to be above; by default each sample's largest ones count.
        name: by default "fbeta_score".
        dtype: of the counts, by default float32.

    >>> tfpy.metrics.FBetaScore(beta=2.0, threshold=0.5)([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.8]])
    tfpy.tensor([0.555556, 0.833333])
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ArgumentError(f"{self.name}: unknown average {average!r}")
        if not beta > 0 or not (threshold is None or 0 < threshold <= 1):
            raise ArgumentError(f"{self.name}: {beta=} or {threshold=} is out of range")
        self.average, self.beta, self.threshold = average, beta, threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        t, p = engine.as_tensor(y_true), engine.as_tensor(y_pred, self.dtype)
        if t.ndim != 2 or t.shape != p.shape:
            text = f"labels of shape {t.shape} and predictions of shape {p.shape}"
            raise ShapeError(f"{self.name}: {text} are not twice (samples, classes)")
        each = self.average != "micro"
        if not self.variables:
            self._build(p.shape[1:] if each else ())
        if each and p.shape[1:] != self.variables[0].shape:
            count = self.variables[0].shape[0]
            raise ShapeError(f"{self.name}: a batch of {p.shape[1]} classes after {count}")
        if self.threshold is None:  # zeros are not predictions, even where there are only zeros
            hits = ew.logical_and(p >= max(p, -1, True), ew.abs(p) > 1e-9)
        else:
            hits = p > self.threshold
        self._add(t, ew.cast(hits, float32), sample_weight, each)

    def result(self) -> Tensor:
        if not self.variables:
            raise ShapeError(f"{self.name}: no batch has been counted in yet")
        labelled, predicted, both = (v.value for v in self.variables)
        precision, recall = both / (predicted + EPSILON), both / (labelled + EPSILON)
        square = self.beta**2
        score = precision * recall / (precision * square + recall + EPSILON) * (1.0 + square)
        if self.average == "weighted":
            return sum(score * labelled / (sum(labelled) + EPSILON))
        return score if self.average is None else mean(score)

    def get_config(self) -> dict[str, Any]:
        options = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**options, **super().get_config()}


class F1Score(FBetaScore):
    """The mean of precision and recall, `2 p r / (p + r)`: `FBetaScore` with a beta of 1.

    >>> tfpy.metrics.F1Score(threshold=0.5)([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.8]])
    tfpy.tensor([0.666667, 0.666667])
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return {k: v for k, v in super().get_config().items() if k != "beta"}


class MeanIoU(_ByClass):
    """The intersection of labels and predictions over their union: the mean of the classes.

    Classes that are neither labelled nor predicted are left out. Weights count as they are; Keras
    cuts them to whole numbers unless a `dtype` is given.

    Args:
        num_classes: how many there are; samples of other numbers do not count.
        name: by default "mean_io_u", as in Keras.
        dtype: of the counts, by default float32.
        ignore_class: a label that does not count.
        sparse_y_true, sparse_y_pred: whether these are numbers of classes, rather than a number
            for each class along `axis`, of which the largest counts.
        axis: see above.

    >>> tfpy.metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])
    tfpy.tensor(0.333333)
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype, name)
        self.options: dict[str, Any] = {
            "num_classes": num_classes,
            "ignore_class": ignore_class,
            "sparse_y_true": sparse_y_true,
            "sparse_y_pred": sparse_y_pred,
            "axis": axis,
        }
        self._build((positive(num_classes, f"{self.name}: num_classes"),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        classes, ignored, *sparse, axis = self.options.values()
        t, p = (
            ew.cast(engine.as_tensor(x) if whole else argmax(x, axis), int32)
            for x, whole in zip((y_true, y_pred), sparse, strict=True)
        )
        t, p = same_rank(t, p)
        if t.shape != p.shape:
            raise ShapeError(f"{self.name}: labels of {t.shape} for predictions of {p.shape}")
        known = ew.logical_and(*(ew.logical_and(x >= 0, x < classes) for x in (t, p)))
        if ignored is not None:
            known = ew.logical_and(known, ew.not_equal(t, ignored))
        # What is no class is nowhere in its row.
        t, p = (one_hot(ew.where(known, x, -1), classes) for x in (t, p))
        self._add(t, p, sample_weight)

    def result(self) -> Tensor:
        labelled, predicted, both = (v.value for v in self.variables)
        union = labelled + predicted - both
        return sum(both / (union + EPSILON)) / (sum(ew.cast(union > 1e-9, float32)) + EPSILON)

    def get_config(self) -> dict[str, Any]:
        return {**self.options, **super().get_config()}
