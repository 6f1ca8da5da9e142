"""TF.js's losses: one number for all samples, which may weigh more or less.

Labels and predictions must have one shape. What the functions have in common is
`compute_weighted_loss`; `mean_squared_error` is `compute_weighted_loss(squared_difference(labels,
predictions), weights)`, since its name is Keras's here.
"""

from __future__ import annotations

from typing import Any

from .. import engine
from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops.nn import log_softmax
from ..ops.reduce import sum
from ..registry import composite
from ..spec import broadcast_shapes, normalize_axis
from ..tensor import Tensor
from .functions import floats, huber_losses, pair, same_rank, sigmoid_crossentropy, smoothed

__all__ = [
    "absolute_difference",
    "compute_weighted_loss",
    "cosine_distance",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]

_DEFAULT = "sum_by_nonzero_weights"
_REDUCTIONS = ("none", "sum", "mean", _DEFAULT, "sum_over_batch_size")


@composite()
def compute_weighted_loss(losses: Any, weights: Any = None, reduction: str = _DEFAULT) -> Tensor:
    """`losses * weights`, reduced.

    Args:
        losses: any shape.
        weights: broadcast to the shape of `losses`; none means ones.
        reduction: what becomes of the products:
            "none": they are returned;
            "sum": their sum;
            "mean": their sum by the sum of the weights;
            "sum_by_nonzero_weights": their sum by the number of weights that are not 0;
            "sum_over_batch_size": their mean, as Keras reduces the losses of its classes.
            Where that would divide by 0 the result is 0, not TF.js's NaN.

    >>> tfpy.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 1.0, 0.0])
    tfpy.tensor(1.5)
    """
    op = "compute_weighted_loss"
    if reduction not in _REDUCTIONS:
        names = ", ".join(map(repr, _REDUCTIONS))
        raise ArgumentError(f"{op}: unknown reduction {reduction!r}; there are {names}")
    losses = floats(op, losses)
    if weights is None:
        weighted = losses
    else:
        weights = engine.as_tensor(weights, losses.dtype)
        if weights.ndim:
            losses, weights = same_rank(losses, weights)
        if broadcast_shapes(op, losses.shape, weights.shape) != losses.shape:
            raise ShapeError(f"{op}: weights of shape {weights.shape} for losses of {losses.shape}")
        weighted = losses * weights
    if reduction == "none":
        return weighted
    total = sum(weighted)
    if reduction == "sum":
        return total
    if weights is None or reduction == "sum_over_batch_size":
        return total * (1.0 / max(losses.size, 1))
    if reduction != "mean":
        weights = ew.cast(ew.not_equal(weights, 0.0), losses.dtype)
    # Of weights that are broadcast each counts as often as it is used.
    return ew.divide_no_nan(total, sum(weights) * (losses.size / max(weights.size, 1)))


@composite()
def absolute_difference(
    labels: Any, predictions: Any, weights: Any = None, reduction: str = _DEFAULT
) -> Tensor:
    """The weighted `|labels - predictions|`; for the rest see `compute_weighted_loss`.

    >>> tfpy.losses.absolute_difference([1.0, 2.0], [3.0, 2.0])
    tfpy.tensor(1.)
    """
    t, p = pair("absolute_difference", labels, predictions, equal=True)
    return compute_weighted_loss(ew.abs(t - p), weights, reduction)


@composite()
def cosine_distance(
    labels: Any, predictions: Any, axis: int, weights: Any = None, reduction: str = _DEFAULT
) -> Tensor:
    """The weighted `1 - sum(labels * predictions, axis)`, of vectors of length 1 along `axis`."""
    t, p = pair("cosine_distance", labels, predictions, equal=True)
    axis = normalize_axis("cosine_distance", axis, p.ndim)
    return compute_weighted_loss(1.0 - sum(t * p, axis, True), weights, reduction)


@composite()
def hinge_loss(
    labels: Any, predictions: Any, weights: Any = None, reduction: str = _DEFAULT
) -> Tensor:
    """The weighted `max(1 - s * predictions, 0)`, where `s` is -1 for label 0 and 1 for label 1.

    Keras's `hinge` takes labels of -1 and 1 as well.
    """
    t, p = pair("hinge_loss", labels, predictions, equal=True)
    return compute_weighted_loss(ew.relu(1.0 - (t * 2.0 - 1.0) * p), weights, reduction)


@composite()
def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    delta: float = 1.0,
    reduction: str = _DEFAULT,
) -> Tensor:
    """The weighted `error ** 2 / 2` up to `delta`, from there on a line."""
    t, p = pair("huber_loss", labels, predictions, equal=True)
    return compute_weighted_loss(huber_losses(t, p, delta), weights, reduction)


@composite()
def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    epsilon: float = 1e-7,
    reduction: str = _DEFAULT,
) -> Tensor:
    """The weighted binary cross-entropy of probabilities; `epsilon` is added before a logarithm."""
    t, p = pair("log_loss", labels, predictions, equal=True)
    losses = t * ew.log(p + epsilon) + (1.0 - t) * ew.log(1.0 - p + epsilon)
    return compute_weighted_loss(ew.negative(losses), weights, reduction)


@composite()
def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = None,
    label_smoothing: float = 0.0,
    reduction: str = _DEFAULT,
) -> Tensor:
    """The weighted binary cross-entropy of each element, of logits.

    `label_smoothing` moves labels towards 1/2.
    """
    op = "sigmoid_cross_entropy"
    t, x = pair(op, multi_class_labels, logits, equal=True)
    losses = sigmoid_crossentropy(smoothed(op, t, label_smoothing, 2), x)
    return compute_weighted_loss(losses, weights, reduction)


@composite()
def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = None,
    label_smoothing: float = 0.0,
    reduction: str = _DEFAULT,
) -> Tensor:
    """The weighted cross-entropy of each sample, of logits: `weights` lack the last axis.

    `label_smoothing` moves labels towards 1 / classes.
    """
    op = "softmax_cross_entropy"
    t, x = pair(op, onehot_labels, logits, equal=True)
    t = smoothed(op, t, label_smoothing, x.shape[-1])
    return compute_weighted_loss(ew.negative(sum(t * log_softmax(x), -1)), weights, reduction)
