"""Keras 3's losses: what is wrong with each sample's prediction, as one number per sample.

Labels come first and take the dtype of the predictions (float32 where those are whole numbers).
(n,) beside (n, 1) means one number per sample twice, not n times n. All are written with
operations, so they have gradients of every order.
"""

from __future__ import annotations

import math
from typing import Any

from .. import engine
from ..dtypes import bool_, float32, int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..masks import mean_weights, set_mask
from ..ops import elementwise as ew
from ..ops.creation import one_hot
from ..ops.movement import expand_dims, squeeze, transpose
from ..ops.nn import log_softmax
from ..ops.reduce import all, max, mean, sum
from ..registry import composite
from ..spec import broadcast_shapes, normalize_axis
from ..tensor import Tensor

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
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
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

#: What keeps logarithms and quotients finite: Keras's `epsilon()`.
EPSILON = 1e-7

# --------------------------------------------------------------------------------- arguments


def floats(op: str, x: Any) -> Tensor:
    """`x` as a tensor of a float dtype."""
    x = engine.as_tensor(x)
    if x.dtype.kind == "c":
        raise DTypeError(f"{op} takes real numbers, not {x.dtype}")
    return x if x.dtype.is_floating else ew.cast(x, float32)


def same_rank(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """`a` and `b` with a last axis of size 1 added to a vector, or dropped, where one lacks it."""
    if a.ndim < b.ndim:
        b, a = same_rank(b, a)
    elif a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        if b.ndim == 1:
            b = expand_dims(b, -1)
        else:
            a = squeeze(a, -1)
    return a, b


def masked_weights(
    mask: Tensor | None, sample_weight: Any, dtype: Any, of_mean: bool = False
) -> Any:
    """Weights that leave out what `mask` excludes; None for ones.

    `of_mean` is for a mean over all elements, which becomes one over those that count.
    """
    if mask is None:
        return sample_weight
    counts = mean_weights(mask, dtype) if of_mean else ew.cast(mask, dtype)
    if sample_weight is None:
        return counts
    weights = engine.as_tensor(sample_weight, dtype)
    if 0 < weights.ndim < counts.ndim:
        weights = weights.reshape(weights.shape + (1,) * (counts.ndim - weights.ndim))
    counts, weights = same_rank(counts, weights)
    return counts * weights


def pair(op: str, y_true: Any, y_pred: Any, equal: bool = False) -> tuple[Tensor, Tensor]:
    """Labels and predictions as float tensors of one dtype and rank that broadcast together.

    With `equal` their shapes must be the same.
    """
    y_pred = floats(op, y_pred)
    y_true = engine.as_tensor(y_true, y_pred.dtype)
    if not equal:
        y_true, y_pred = same_rank(y_true, y_pred)
    elif y_true.shape != y_pred.shape:
        raise ShapeError(f"{op}: shapes {y_true.shape} and {y_pred.shape} differ")
    if not broadcast_shapes(op, y_true.shape, y_pred.shape):
        raise ShapeError(f"{op}: labels and predictions need an axis, both are scalars")
    return y_true, y_pred


def same_shape(op: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """`pair`, with a `ShapeError` for shapes that differ in more than a last axis of size 1."""
    t, p = pair(op, y_true, y_pred)
    if t.shape != p.shape:
        text = f"labels of shape {engine.as_tensor(y_true).shape} for predictions of shape"
        raise ShapeError(f"{op}: {text} {engine.as_tensor(y_pred).shape}")
    return t, p


def smoothed(op: str, labels: Tensor, label_smoothing: float, classes: int) -> Tensor:
    """`labels` moved by `label_smoothing` (0 to 1) towards all classes being as likely."""
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"{op}: label_smoothing must be from 0 to 1, not {label_smoothing!r}")
    if not label_smoothing:
        return labels
    return labels * (1.0 - label_smoothing) + label_smoothing / classes


# -------------------------------------------------------------------------------- regression


@composite()
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `(y_true - y_pred) ** 2` along the last axis.

    TF.js's function of this name is `compute_weighted_loss(squared_difference(y_true, y_pred),
    weights)`: one number for all samples.

    >>> tfpy.losses.mean_squared_error([[0.0, 1.0], [2.0, 2.0]], [[1.0, 1.0], [0.0, 2.0]])
    tfpy.tensor([0.5,  2.])
    """
    return mean(ew.squared_difference(*pair("mean_squared_error", y_true, y_pred)), -1)


@composite()
def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `|y_true - y_pred|` along the last axis."""
    t, p = pair("mean_absolute_error", y_true, y_pred)
    return mean(ew.abs(t - p), -1)


@composite()
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """100 times the mean of `|y_true - y_pred| / max(|y_true|, 1e-7)` along the last axis."""
    t, p = pair("mean_absolute_percentage_error", y_true, y_pred)
    return mean(ew.abs((t - p) / ew.maximum(ew.abs(t), EPSILON)), -1) * 100.0


@composite()
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2` along the last axis.

    Numbers below 1e-7 count as 1e-7.
    """
    t, p = pair("mean_squared_logarithmic_error", y_true, y_pred)
    t, p = (ew.log1p(ew.maximum(x, EPSILON)) for x in (t, p))
    return mean(ew.squared_difference(t, p), -1)


@composite()
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """The mean along the last axis of `error ** 2 / 2` up to `delta`, from there on a line.

    >>> tfpy.losses.huber([[0.0, 0.0]], [[1.0, 3.0]])
    tfpy.tensor([1.5])
    """
    return mean(huber_losses(*pair("huber", y_true, y_pred), delta), -1)


def huber_losses(t: Tensor, p: Tensor, delta: float) -> Tensor:
    """`huber` of each element."""
    error = p - t
    size = ew.abs(error)
    line = size * delta - 0.5 * delta * delta
    return ew.where(size <= delta, ew.square(error) * 0.5, line)


@composite()
def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `log(cosh(y_pred - y_true))` along the last axis, without overflow."""
    t, p = pair("log_cosh", y_true, y_pred)
    x = p - t
    return mean(x + ew.softplus(x * -2.0) - math.log(2.0), -1)


@composite()
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `y_pred - y_true * log(y_pred + 1e-7)` along the last axis."""
    t, p = pair("poisson", y_true, y_pred)
    return mean(p - t * ew.log(p + EPSILON), -1)


@composite()
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions along `axis`, negated: a loss.

    `tfpy.metrics.cosine_similarity` is the cosine itself. A vector of zeros gives 0.
    """
    return ew.negative(cosine("cosine_similarity", y_true, y_pred, axis))


def cosine(op: str, y_true: Any, y_pred: Any, axis: int) -> Tensor:
    """The cosine of the angle between labels and predictions along `axis`."""
    t, p = pair(op, y_true, y_pred)
    axis = normalize_axis(op, axis, p.ndim)
    # Keras takes vectors shorter than epsilon for ones of that length.
    t, p = (x * ew.rsqrt(ew.maximum(sum(x * x, axis, True), EPSILON**2)) for x in (t, p))
    return sum(t * p, axis)


# ------------------------------------------------------------------------------------ hinges


def _signs(t: Tensor) -> Tensor:
    """Labels of 0 and 1 as -1 and 1; others stay."""
    binary = all(ew.logical_or(ew.equal(t, 0.0), ew.equal(t, 1.0)))
    return ew.where(binary, t * 2.0 - 1.0, t)


@composite()
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `max(1 - y_true * y_pred, 0)` along the last axis.

    Labels are -1 and 1; if all are 0 or 1, 0 counts as -1.
    """
    t, p = pair("hinge", y_true, y_pred)
    return mean(ew.relu(1.0 - _signs(t) * p), -1)


@composite()
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of `max(1 - y_true * y_pred, 0) ** 2` along the last axis; labels as in `hinge`."""
    t, p = pair("squared_hinge", y_true, y_pred)
    return mean(ew.square(ew.relu(1.0 - _signs(t) * p)), -1)


@composite()
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """How far the best wrong class comes within 1 of the right one; `y_true` is one-hot."""
    t, p = pair("categorical_hinge", y_true, y_pred)
    return ew.relu(max((1.0 - t) * p, -1) - sum(t * p, -1) + 1.0)


# ------------------------------------------------------------------------------ probabilities


@composite()
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """The sum of `y_true * log(y_true / y_pred)` along the last axis, both cut to [1e-7, 1].

    >>> tfpy.losses.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]])
    tfpy.tensor([0.])
    """
    t, p = (ew.clip_by_value(x, EPSILON, 1.0) for x in pair("kl_divergence", y_true, y_pred))
    return sum(t * ew.log(t / p), -1)


def _log_probabilities(p: Tensor, from_logits: bool, axis: int) -> Tensor:
    if from_logits:
        return log_softmax(p, axis)
    return ew.log(ew.clip_by_value(p / sum(p, axis, True), EPSILON, 1.0 - EPSILON))


@composite()
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The sum of `-y_true * log(y_pred)` along `axis`.

    Args:
        y_true: probabilities of the classes, often one-hot.
        y_pred: what is predicted, of the same shape: probabilities (made to add up to 1, then cut
            to [1e-7, 1 - 1e-7]), or with `from_logits` any numbers, whose `log_softmax` is taken.
        from_logits: whether `y_pred` has not been through a softmax.
        label_smoothing: the part of the labels that is spread over all classes.
        axis: the axis of the classes.

    >>> tfpy.losses.categorical_crossentropy([[0, 1]], [[0.0, 0.0]], from_logits=True)
    tfpy.tensor([0.693147])
    """
    op = "categorical_crossentropy"
    t, p = pair(op, y_true, y_pred, equal=True)
    axis = normalize_axis(op, axis, p.ndim)
    t = smoothed(op, t, label_smoothing, p.shape[axis])
    return ew.negative(sum(t * _log_probabilities(p, from_logits, axis), axis))


@composite()
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """`categorical_crossentropy` with the number of the class for a label.

    Args:
        y_true: whole numbers, of the shape of `y_pred` without `axis` or with size 1 there. A
            number that is no class has loss 0.
        y_pred: as in `categorical_crossentropy`.
        from_logits: whether `y_pred` has not been through a softmax.
        ignore_class: a label whose loss is 0 and which loss objects, and models compiled with this,
            leave out of means.
        axis: the axis of the classes.

    >>> tfpy.losses.sparse_categorical_crossentropy([1, 0], [[0.5, 0.5], [0.25, 0.75]])
    tfpy.tensor([0.693147,  1.38629])
    """
    op = "sparse_categorical_crossentropy"
    labels, p = engine.as_tensor(y_true, int32), floats(op, y_pred)
    axis = normalize_axis(op, axis, p.ndim)
    if labels.ndim == p.ndim and labels.shape[axis] == 1:
        labels = squeeze(labels, axis)
    if labels.shape != (*p.shape[:axis], *p.shape[axis + 1 :]):
        raise ShapeError(
            f"{op}: labels of shape {labels.shape} do not fit predictions of shape {p.shape} "
            f"with {axis=}"
        )
    if axis != p.ndim - 1:
        p = transpose(p, (*[i for i in range(p.ndim) if i != axis], axis))
    counts = None
    if ignore_class is not None:
        counts = ew.not_equal(labels, int(ignore_class))
        labels = ew.where(counts, labels, -1)
    hot = one_hot(labels, p.shape[-1], True, False, bool_)
    # Not a product: where a class is impossible (a logit of -inf) that would be NaN.
    losses = ew.negative(sum(ew.where(hot, _log_probabilities(p, from_logits, -1), 0.0), -1))
    set_mask(losses, counts)
    return losses


@composite()
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The mean of `-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred)` along `axis`.

    Args:
        y_true: 0 or 1, or probabilities.
        y_pred: what is predicted, of the same shape: probabilities (cut to [1e-7, 1 - 1e-7]), or
            with `from_logits` any numbers, whose sigmoid is meant; no number is too large.
        from_logits: whether `y_pred` has not been through a sigmoid.
        label_smoothing: how far labels move towards 1/2.
        axis: the axis of the mean.
    """
    op = "binary_crossentropy"
    t, p = same_shape(op, y_true, y_pred)
    axis = normalize_axis(op, axis, p.ndim)
    t = smoothed(op, t, label_smoothing, 2)
    if from_logits:
        return mean(sigmoid_crossentropy(t, p), axis)
    # Not 1 minus the cut: that is a fifth more than 1e-7 in float32.
    yes, no = (ew.log(ew.clip_by_value(x, EPSILON, 1.0 - EPSILON)) for x in (p, 1.0 - p))
    return mean(ew.negative(t * yes + (1.0 - t) * no), axis)


def sigmoid_crossentropy(t: Tensor, logits: Tensor) -> Tensor:
    """The binary cross-entropy of each element, of logits.

    -log(sigmoid(x)) is softplus(-x), so nothing overflows or cancels, and the gradient needs no
    cases either.
    """
    return t * ew.softplus(ew.negative(logits)) + (1.0 - t) * ew.softplus(logits)
