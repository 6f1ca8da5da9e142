"""The sums of a batch that metrics are ratios of: functions use them once, objects add them up."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import bool_, float32
from ..errors import ArgumentError, ShapeError
from ..losses.functions import pair, same_rank
from ..ops import elementwise as ew
from ..ops.creation import one_hot
from ..ops.movement import broadcast_to
from ..ops.reduce import any as any_
from ..ops.reduce import mean, sum
from ..ops.sorting import top_k as largest
from ..spec import broadcast_shapes
from ..tensor import Tensor


def weights_of(op: str, sample_weight: Any, values: Tensor) -> Tensor:
    """Weights in the shape of `values`; one per sample counts for all of that sample.

    As for losses, a last axis of size 1 that only one of the two has does not matter.
    """
    weights = engine.as_tensor(1.0 if sample_weight is None else sample_weight, values.dtype)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights.reshape(weights.shape[:-1])
    if 0 < weights.ndim < values.ndim:
        weights = weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    if broadcast_shapes(op, weights.shape, values.shape) != values.shape:
        raise ShapeError(f"{op}: sample_weight of {weights.shape} for values of {values.shape}")
    return broadcast_to(weights, values.shape)


# --------------------------------------------------------------------------------- positives


def levels(op: str, thresholds: float | Sequence[float]) -> list[float]:
    """`thresholds` as a list, if they are within 0 and 1, or -inf."""
    found = [thresholds] if isinstance(thresholds, (int, float)) else [*thresholds]
    if not found or not all(0 <= t <= 1 or t == -inf for t in found):
        raise ArgumentError(f"{op}: thresholds={thresholds} are not within 0 and 1")
    return found


class Positives(NamedTuple):
    """Weights, for each threshold: of what is positive, predicted to be, and both."""

    labelled: Tensor
    predicted: Tensor
    both: Tensor


def count_positives(
    op: str,
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float],
    sample_weight: Any = None,
    top_k: int | None = None,
    class_id: int | None = None,
    by_label: bool = False,
) -> Positives:
    """The positives of a batch: labels that are not 0, predictions above each threshold.

    Args:
        op: the metric, for errors.
        y_true: labels.
        y_pred: predictions, of a shape that broadcasts with the labels'.
        thresholds: n of them.
        sample_weight: broadcasts to one number for each sample.
        top_k: only the largest so many along the last axis can be predicted positive.
        class_id: count only this index of the last axis.
        by_label: whether each index of the last axis is counted by itself.

    Returns:
        Three tensors of shape (n,), or (n, labels).
    """
    t, p = same_rank(engine.as_tensor(y_true, bool_), engine.as_tensor(y_pred))
    shape = broadcast_shapes(op, t.shape, p.shape)
    t, p = broadcast_to(t, shape), broadcast_to(p, shape)
    among = _among_largest(op, p, top_k) if top_k is not None else None
    if class_id is not None:
        t, p = _one_class(op, t, class_id), _one_class(op, p, class_id)
        among = None if among is None else _one_class(op, among, class_id)
    flat = (-1, t.shape[-1]) if by_label else (-1,)
    weights = weights_of(op, sample_weight, ew.cast(t, float32)).reshape(flat)
    t, p = t.reshape(flat), p.reshape(flat)
    levels = engine.as_tensor(thresholds, p.dtype).reshape((-1, *(1 for _ in flat)))
    above = ew.greater(p, levels)
    if among is not None:
        above = ew.logical_and(above, among.reshape(flat))
    found = (broadcast_to(t, above.shape), above, ew.logical_and(t, above))
    return Positives(*(sum(ew.cast(x, float32) * weights, 1) for x in found))


def _among_largest(op: str, p: Tensor, k: int) -> Tensor:
    """Whether each element is one of the `k` largest along the last axis."""
    if p.ndim == 0 or not 0 < k <= p.shape[-1]:
        raise ArgumentError(f"{op}: top_k={k} of predictions of shape {p.shape}")
    return any_(one_hot(largest(p, k)[1], p.shape[-1], True, False, bool_), -2)


def _one_class(op: str, x: Tensor, class_id: int) -> Tensor:
    """Index `class_id` of the last axis."""
    if x.ndim == 0 or not 0 <= class_id < x.shape[-1]:
        raise ArgumentError(f"{op}: class_id={class_id} for a shape of {x.shape}")
    return x[..., class_id]


# -------------------------------------------------------------------------------- deviations


class Deviations(NamedTuple):
    """Of each output: the weight of its samples, the mean of its labels, the squares of their
    distances from the mean, and those of the distances from the predictions."""

    weight: Tensor
    mean: Tensor
    total: Tensor
    missed: Tensor


def deviations(op: str, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Deviations:
    """The deviations of a batch of (samples,) or (samples, outputs), each of shape (outputs,)."""
    t, p = pair(op, y_true, y_pred)
    if t.shape != p.shape or t.ndim > 2:
        raise ShapeError(f"{op}: shapes {t.shape} and {p.shape} are not twice (samples, outputs)")
    if t.ndim == 1:
        t, p = t.reshape((-1, 1)), p.reshape((-1, 1))
    weights = weights_of(op, sample_weight, t)
    weight = sum(weights, 0)
    center = ew.divide_no_nan(sum(t * weights, 0), weight)
    total = sum(ew.squared_difference(t, center) * weights, 0)
    return Deviations(weight, center, total, sum(ew.squared_difference(t, p) * weights, 0))


def merge(a: Deviations, b: Deviations) -> Deviations:
    """The deviations of two batches taken together, without subtracting large sums of squares.

    T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise algorithm for computing
    sample variances" (1979).
    """
    weight, apart = a.weight + b.weight, b.mean - a.mean
    share = ew.divide_no_nan(b.weight, weight)
    total = a.total + b.total + ew.square(apart) * a.weight * share
    return Deviations(weight, a.mean + apart * share, total, a.missed + b.missed)


def determination(d: Deviations, class_aggregation: str | None) -> Tensor:
    """The coefficient of determination: 1 less what is missed as a part of the total.

    Where the total is 0 it is 1 if nothing is missed, else 0.
    """
    perfect = ew.cast(ew.equal(d.missed, 0.0), d.missed.dtype)
    scores = 1.0 - ew.divide_no_nan(d.missed, d.total)
    scores = ew.where(ew.equal(d.total, 0.0), perfect, scores)
    if class_aggregation is None:
        return scores
    if class_aggregation == "uniform_average":
        return mean(scores)
    return ew.divide_no_nan(sum(d.total * scores), sum(d.total))


def checked_aggregation(op: str, class_aggregation: str | None) -> str | None:
    """`class_aggregation` if `determination` knows it."""
    if class_aggregation not in ("uniform_average", "variance_weighted_average", None):
        raise ArgumentError(f"{op}: unknown class_aggregation {class_aggregation!r}")
    return class_aggregation
