"""Losses with weights, and metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row

#: TF.js's numbers of its reductions and the words for them here.
_REDUCTIONS = {0: "none", 1: "mean", 2: "sum", 3: "sum_by_nonzero_weights"}


def _weights(d: Draw, shape: tuple[int, ...]) -> Any:
    full = d.f(shape, 0, 2) * d.b(shape)
    return d.choose(None, full.astype(np.float32), d.f((), 0.5, 2))


def _loss(low: float, high: float, labels: str = "f", middle: Any = None) -> Any:
    """Labels and predictions from [low, high], perhaps an option, weights and a reduction."""

    def draw(d: Draw) -> list[Any]:
        shape = d.shape(1, 3)
        truth = d.b(shape).astype(np.float32) if labels == "b" else d.f(shape, low, high)
        option = [] if middle is None else [middle(d)]
        return [truth, d.f(shape, low, high), _weights(d, shape), d.integer(0, 3), *option]

    return draw


def _call(option: str = "") -> Any:
    def call(f: Any, labels: Any, predictions: Any, weights: Any, reduction: int, *more: Any) -> Any:
        given = {option: more[0]} if option else {}
        return f(labels, predictions, weights=weights, reduction=_REDUCTIONS[reduction], **given)

    return call


def _with_option(name: str) -> str:
    return f"(labels, predictions, weights, reduction, option) => tf.losses.{name}(labels, predictions, weights, option, reduction)"


def _cosine(d: Draw) -> list[Any]:
    shape = d.shape(1, 3)
    axis = d.integer(0, len(shape) - 1)
    kept = tuple(1 if k == axis else n for k, n in enumerate(shape))
    return [d.f(shape), d.f(shape), _weights(d, kept), d.integer(0, 3), axis]


def _compute(d: Draw) -> list[Any]:
    shape = d.shape(1, 3)
    return [d.f(shape), _weights(d, shape), d.integer(0, 3)]


def _softmax(d: Draw) -> list[Any]:
    rows, classes = d.shape(1, 1), d.integer(2, 5)
    hot = np.eye(classes, dtype=np.float32)[d.i(rows, 0, classes - 1)]
    return [hot, d.f((*rows, classes)), _weights(d, rows), d.integer(0, 3), d.choose(0.0, 0.25)]


def _pairs(kind: str) -> Any:
    """True and predicted values as a metric wants them."""

    def draw(d: Draw) -> list[Any]:
        rows, classes = d.integer(1, 6), d.integer(2, 5)
        hot = np.eye(classes, dtype=np.float32)[d.i((rows,), 0, classes - 1)]
        guess = d.f((rows, classes), 0.05, 0.95)
        if kind == "hot":
            return [hot, guess / guess.sum(-1, keepdims=True)]
        if kind == "sparse":
            return [hot.argmax(-1)[:, None].astype(np.float32), guess]
        if kind == "binary":
            return [d.b((rows, classes)).astype(np.float32), guess]
        if kind == "bits":
            return [d.b((rows,)).astype(np.float32), d.b((rows,)).astype(np.float32)]
        return [d.f((rows, classes), 0.5, 2), d.f((rows, classes), 0.5, 2)]

    return draw


ROWS = [
    Row("losses.absoluteDifference", _loss(-2, 2), "contraction", True, call=_call()),
    Row("losses.hingeLoss", _loss(-2, 2, "b"), "contraction", True, call=_call()),
    Row("losses.huberLoss", _loss(-2, 2, middle=lambda d: d.number(0.3, 2)), "contraction", True, call=_call("delta"), js=_with_option("huberLoss")),
    Row("losses.logLoss", _loss(0.1, 0.9, "b", lambda d: d.choose(1e-7, 1e-3)), "contraction", True, call=_call("epsilon"), js=_with_option("logLoss")),
    Row("losses.sigmoidCrossEntropy", _loss(-3, 3, "b", lambda d: d.choose(0.0, 0.25)), "contraction", True, call=_call("label_smoothing"), js=_with_option("sigmoidCrossEntropy")),
    Row("losses.softmaxCrossEntropy", _softmax, "contraction", True, call=_call("label_smoothing"), js=_with_option("softmaxCrossEntropy")),
    Row("losses.cosineDistance", _cosine, "contraction", True, call=_call("axis"), js="(labels, predictions, weights, reduction, axis) => tf.losses.cosineDistance(labels, predictions, axis, weights, reduction)"),
    Row("losses.computeWeightedLoss", _compute, "contraction", True, call=lambda f, x, weights, how: f(x, weights=weights, reduction=_REDUCTIONS[how])),
    Row("metrics.binaryAccuracy", _pairs("binary"), "contraction"),
    Row("metrics.binaryCrossentropy", _pairs("binary"), "contraction"),
    Row("metrics.categoricalAccuracy", _pairs("hot")),
    Row("metrics.categoricalCrossentropy", _pairs("hot"), "contraction"),
    Row("metrics.sparseCategoricalAccuracy", _pairs("sparse")),
    Row("metrics.cosineProximity", _pairs("numbers"), "contraction", py="metrics.cosine_similarity", js="(a, b) => tf.neg(tf.metrics.cosineProximity(a, b))"),
    *[Row(f"metrics.{name}", _pairs("numbers"), "contraction", py="metrics.mean_absolute_percentage_error") for name in ("MAPE", "mape", "meanAbsolutePercentageError")],
    *[Row(f"metrics.{name}", _pairs("numbers"), "contraction", py="metrics.mean_squared_error") for name in ("MSE", "mse", "meanSquaredError")],
    Row("metrics.meanAbsoluteError", _pairs("numbers"), "contraction"),
    Row("metrics.precision", _pairs("bits"), "contraction"),
    Row("metrics.recall", _pairs("bits"), "contraction"),
    Row("metrics.r2Score", _pairs("numbers"), "contraction", py="metrics.r2_score"),
]
