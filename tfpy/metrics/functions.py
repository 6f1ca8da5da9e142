"""Metrics of one batch: what people want to know of predictions, seldom what is trained on.

Those that are losses too are the same functions.
"""

from __future__ import annotations

from typing import Any

from .. import engine
from ..dtypes import float32, int32
from ..errors import ShapeError
from ..losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    pair,
    poisson,
    same_rank,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from ..losses.imbalanced import binary_focal_crossentropy, categorical_focal_crossentropy
from ..ops import elementwise as ew
from ..ops.movement import squeeze
from ..ops.reduce import argmax
from ..ops.sorting import in_top_k
from ..registry import composite
from ..spec import broadcast_shapes
from ..tensor import Tensor
from .sums import checked_aggregation, count_positives, determination, deviations

__all__ = [
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "precision",
    "r2_score",
    "recall",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

# ---------------------------------------------------------------------------------- accuracy


def _hits(op: str, a: Tensor, b: Tensor) -> Tensor:
    """1 where `a` and `b` are equal, else 0."""
    a, b = same_rank(a, b)
    broadcast_shapes(op, a.shape, b.shape)
    return ew.cast(ew.equal(a, b), float32)


@composite()
def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where label and prediction are equal, else 0.

    >>> tfpy.metrics.accuracy([1, 2, 3], [1, 0, 3])
    tfpy.tensor([1., 0., 1.])
    """
    return _hits("accuracy", engine.as_tensor(y_true), engine.as_tensor(y_pred))


@composite()
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """1 where a prediction is on its label's side of `threshold`, else 0; labels are 0 and 1.

    TF.js takes the mean along the last axis.
    """
    above = ew.greater(engine.as_tensor(y_pred), threshold)
    return _hits("binary_accuracy", engine.as_tensor(y_true), above)


@composite()
def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest number along the last axis is where it is in the one-hot label, else 0.

    >>> tfpy.metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])
    tfpy.tensor([1., 0.])
    """
    t, p = pair("categorical_accuracy", y_true, y_pred, equal=True)
    return _hits("categorical_accuracy", argmax(t, -1), argmax(p, -1))


@composite()
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest number along the last axis is at the label, else 0.

    Labels may have a last axis of size 1.
    """
    op = "sparse_categorical_accuracy"
    t, p = engine.as_tensor(y_true), engine.as_tensor(y_pred)
    if t.ndim == p.ndim and t.shape[-1:] == (1,):
        t = squeeze(t, -1)
    if t.shape != p.shape[:-1]:
        raise ShapeError(f"{op}: labels of shape {t.shape} for predictions of shape {p.shape}")
    return _hits(op, t, argmax(p, -1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the one-hot label is at one of the `k` largest numbers along the last axis, else 0.

    >>> tfpy.metrics.top_k_categorical_accuracy([[0, 0, 1], [0, 1, 0]], [[3, 1, 2], [3, 1, 2]], k=2)
    tfpy.tensor([1., 0.])
    """
    t, p = pair("top_k_categorical_accuracy", y_true, y_pred, equal=True)
    return sparse_top_k_categorical_accuracy(argmax(t, -1), p, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the label is one of the `k` largest numbers along the last axis, else 0.

    Labels may have a last axis of size 1.
    """
    t, p = engine.as_tensor(y_true, int32), engine.as_tensor(y_pred)
    if t.ndim == p.ndim and t.shape[-1:] == (1,):
        t = squeeze(t, -1)
    return ew.cast(in_top_k(p, t, k), float32)


# --------------------------------------------------------------------------------- positives


@composite()
def precision(
    y_true: Any, y_pred: Any, threshold: float = 0.5, sample_weight: Any = None
) -> Tensor:
    """The part of the predictions above `threshold` whose label is not 0; 0 if there are none.

    TF.js takes predictions of exactly 0 and 1, for which this is the same.

    >>> tfpy.metrics.precision([0, 1, 1, 1], [1.0, 0.0, 0.9, 0.8])
    tfpy.tensor(0.666667)
    """
    found = count_positives("precision", y_true, y_pred, [threshold], sample_weight)
    return ew.divide_no_nan(found.both, found.predicted).reshape(())


@composite()
def recall(y_true: Any, y_pred: Any, threshold: float = 0.5, sample_weight: Any = None) -> Tensor:
    """The part of the labels that are not 0 whose prediction is above `threshold`; 0 if none is.

    TF.js takes predictions of exactly 0 and 1, for which this is the same.
    """
    found = count_positives("recall", y_true, y_pred, [threshold], sample_weight)
    return ew.divide_no_nan(found.both, found.labelled).reshape(())


# -------------------------------------------------------------------------------- regression


@composite(namespace="metrics")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions along `axis`.

    The loss of this name, and TF.js's `cosineProximity`, are its negative.

    >>> tfpy.metrics.cosine_similarity([[3.0, 4.0]], [[4.0, 3.0]])
    tfpy.tensor([0.96])
    """
    return cosine("cosine_similarity", y_true, y_pred, axis)


@composite()
def r2_score(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    class_aggregation: str | None = "uniform_average",
) -> Tensor:
    """The coefficient of determination: 1 for perfect predictions, 0 for always the mean.

    Where all labels are equal it is 1 for perfect predictions and 0 for others.

    Args:
        y_true: (samples,) or (samples, outputs).
        y_pred: the same shape.
        sample_weight: how much each sample counts.
        class_aggregation: "uniform_average" of the outputs, "variance_weighted_average", or None
            for each output's. TF.js pools the outputs as if they were samples of one.

    >>> tfpy.metrics.r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    tfpy.tensor(0.5)
    """
    op = "r2_score"
    checked_aggregation(op, class_aggregation)
    return determination(deviations(op, y_true, y_pred, sample_weight), class_aggregation)
