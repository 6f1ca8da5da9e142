"""Losses for classes of which some are rare: focal cross-entropies, overlaps of masks."""

from __future__ import annotations

from typing import Any

from .. import engine
from ..ops import elementwise as ew
from ..ops.nn import softmax
from ..ops.reduce import mean, sum
from ..registry import composite
from ..spec import normalize_axis
from ..tensor import Tensor
from .functions import EPSILON, pair, same_shape, smoothed

__all__ = ["binary_focal_crossentropy", "categorical_focal_crossentropy", "dice", "tversky"]


@composite()
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`binary_crossentropy`, each element times `(1 - p) ** gamma`, p being its label's.

    T.-Y. Lin and others, "Focal loss for dense object detection" (2017).

    Args:
        y_true, y_pred, from_logits, label_smoothing, axis: as for `binary_crossentropy`.
        apply_class_balancing: whether label 1 weighs `alpha` and label 0 `1 - alpha`.
        alpha, gamma: see above.

    >>> tfpy.losses.binary_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    tfpy.tensor([0.173287])
    """
    op = "binary_focal_crossentropy"
    t, p = same_shape(op, y_true, y_pred)
    axis = normalize_axis(op, axis, p.ndim)
    t = smoothed(op, t, label_smoothing, 2)
    p = ew.sigmoid(p) if from_logits else p
    yes, no = (ew.clip_by_value(x, EPSILON, 1.0 - EPSILON) for x in (p, 1.0 - p))
    losses = ew.negative(t * ew.log(yes) + (1.0 - t) * ew.log(no))
    losses = losses * (1.0 - (t * p + (1.0 - t) * (1.0 - p))) ** gamma
    if apply_class_balancing:
        losses = losses * (t * alpha + (1.0 - t) * (1.0 - alpha))
    return mean(losses, axis)


@composite()
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`categorical_crossentropy`, each class times `alpha * (1 - y_pred) ** gamma`.

    Args:
        y_true, y_pred, from_logits, label_smoothing, axis: as for `categorical_crossentropy`.
        alpha: a number, or one for each class.
        gamma: how little classes count that are predicted well.

    >>> tfpy.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    tfpy.tensor([0.0433217])
    """
    op = "categorical_focal_crossentropy"
    t, p = pair(op, y_true, y_pred, equal=True)
    axis = normalize_axis(op, axis, p.ndim)
    t = smoothed(op, t, label_smoothing, p.shape[axis])
    p = softmax(p, axis) if from_logits else p / sum(p, axis, True)
    p = ew.clip_by_value(p, EPSILON, 1.0 - EPSILON)
    weights = (1.0 - p) ** gamma * engine.as_tensor(alpha, p.dtype)
    return sum(ew.negative(t * ew.log(p)) * weights, axis)


@composite()
def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """1 less twice the overlap by what there is, `1 - 2 sum(t p) / (sum(t) + sum(p))`.

    Args:
        y_true: labels, 0 or 1.
        y_pred: probabilities of the same shape.
        axis: the axes of one mask; all of them by default, which gives one number for the batch.

    >>> tfpy.losses.dice([[0.0, 1.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]], axis=1)
    tfpy.tensor([      0., 0.333333])
    """
    t, p = same_shape("dice", y_true, y_pred)
    axis = tuple(axis) if isinstance(axis, list) else axis
    both = sum(t * p, axis)
    return 1.0 - both * 2.0 / (sum(t, axis) + sum(p, axis) + EPSILON)


@composite()
def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Tensor:
    """`1 - both / (both + alpha missed + beta wrong)`: `dice` for 0.5 and 0.5.

    S. Salehi, D. Erdogmus, A. Gholipour, "Tversky loss function for image segmentation using 3D
    fully convolutional deep networks" (2017). As in Keras `alpha` is what labels of 1 cost that are
    missed, `sum(t (1 - p))`, and `beta` what is found where there is nothing.

    Args:
        y_true, y_pred, axis: as for `dice`.
        alpha, beta: see above.

    >>> tfpy.losses.tversky([[0.0, 1.0, 1.0]], [[0.0, 1.0, 0.0]], alpha=1.0)
    tfpy.tensor(0.5)
    """
    t, p = same_shape("tversky", y_true, y_pred)
    axis = tuple(axis) if isinstance(axis, list) else axis
    both = sum(t * p, axis)
    missed, wrong = sum(t * (1.0 - p), axis), sum(p * (1.0 - t), axis)
    return 1.0 - both / (both + missed * alpha + wrong * beta + EPSILON)
