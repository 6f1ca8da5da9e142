"""Samples of losses and metrics; the formulas are those of Keras's and TF.js's documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .sample import INF, Array, Sample, b, f, i, v

_EPS = 1e-7


def _last(losses: Any) -> Any:
    return lambda t, p: losses(t, p).mean(-1)


def _percent(t: Array, p: Array) -> Array:
    return 100 * np.abs(t - p) / np.maximum(np.abs(t), _EPS)


def _log_square(t: Array, p: Array) -> Array:
    return (np.log(np.maximum(t, _EPS) + 1) - np.log(np.maximum(p, _EPS) + 1)) ** 2


def _huber(t: Array, p: Array, delta: float = 1.0) -> Array:
    return special.huber(delta, p - t)


def _log_cosh(t: Array, p: Array) -> Array:
    return np.logaddexp(p - t, t - p) - np.log(2)


def _poisson(t: Array, p: Array) -> Array:
    return p - t * np.log(p + _EPS)


def _cosine(t: Array, p: Array, axis: int = -1) -> Array:
    return (t * p).sum(axis) / np.linalg.norm(t, axis=axis) / np.linalg.norm(p, axis=axis)


def _hinge(t: Array, p: Array) -> Array:
    t = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return np.maximum(1 - t * p, 0)


def _categorical_hinge(t: Array, p: Array) -> Array:
    return np.maximum(((1 - t) * p).max(-1) - (t * p).sum(-1) + 1, 0)


def _kl(t: Array, p: Array) -> Array:
    t, p = np.clip(t, _EPS, 1), np.clip(p, _EPS, 1)
    return (t * np.log(t / p)).sum(-1)


def _log_p(p: Array, from_logits: bool, axis: int) -> Array:
    if from_logits:
        return special.log_softmax(p, axis)
    return np.log(np.clip(p / p.sum(axis, keepdims=True), _EPS, 1 - _EPS))


def _categorical(t: Array, p: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> Array:
    t = t * (1 - label_smoothing) + label_smoothing / p.shape[axis]
    return -(t * _log_p(p, from_logits, axis)).sum(axis)


def _sparse(t: Array, p: Array, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1) -> Array:
    t = t.astype(int).reshape(np.delete(p.shape, axis))
    inside = (t >= 0) & (t < p.shape[axis])
    at = np.expand_dims(np.where(inside, t, 0), axis)
    losses = -np.take_along_axis(_log_p(p, from_logits, axis), at, axis).squeeze(axis)
    return np.where(inside & (t != (-1 if ignore_class is None else ignore_class)), losses, 0.0)


def _binary(t: Array, p: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> Array:
    t = t * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        return -(t * special.log_expit(p) + (1 - t) * special.log_expit(-p)).mean(axis)
    p = np.clip(p, _EPS, 1 - _EPS)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(axis)


def _binary_focal(t: Array, p: Array, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
                  from_logits: bool = False, axis: int = -1) -> Array:
    p = special.expit(p) if from_logits else p
    losses = _binary(t[..., None], p[..., None]) * (1 - t * p - (1 - t) * (1 - p)) ** gamma
    return (losses * (t * alpha + (1 - t) * (1 - alpha) if apply_class_balancing else 1)).mean(axis)


def _categorical_focal(t: Array, p: Array, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False, axis: int = -1) -> Array:
    log_p = _log_p(p, from_logits, axis)
    return -(t * log_p * (1 - np.exp(log_p)) ** gamma * np.asarray(alpha)).sum(axis)


def _tversky(t: Array, p: Array, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Array:
    both, missed, wrong = ((x * y).sum(axis) for x, y in [(t, p), (t, 1 - p), (1 - t, p)])
    return 1 - both / (both + alpha * missed + beta * wrong + _EPS)


def _dice(t: Array, p: Array, axis: Any = None) -> Array:
    return 1 - 2 * (t * p).sum(axis) / (t.sum(axis) + p.sum(axis) + _EPS)


def _reduced(losses: Array, weights: Any = None, reduction: str = "sum_by_nonzero_weights") -> Array:
    w = np.broadcast_to(1.0 if weights is None else weights, losses.shape)
    total = (losses * w).sum()
    by = {"sum": 1, "mean": w.sum(), "sum_by_nonzero_weights": np.count_nonzero(w), "sum_over_batch_size": w.size}
    return losses * w if reduction == "none" else total / by[reduction] if by[reduction] else np.zeros(())


def weighted(losses: Any) -> Any:
    """The reference of a TF.js loss whose single losses are `losses(t, p, **options)`."""
    return lambda t, p, weights=None, reduction="sum_by_nonzero_weights", **options: _reduced(losses(t, p, **options), weights, reduction)


def _log_loss(t: Array, p: Array, epsilon: float = 1e-7) -> Array:
    return -t * np.log(p + epsilon) - (1 - t) * np.log(1 - p + epsilon)


def _sigmoid(t: Array, x: Array, label_smoothing: float = 0.0) -> Array:
    t = t * (1 - label_smoothing) + label_smoothing / 2
    return -(t * special.log_expit(x) + (1 - t) * special.log_expit(-x))


def _r2(t: Array, p: Array, class_aggregation: Any = "uniform_average", sample_weight: Any = 1.0) -> Array:
    t, p = t.reshape(len(t), -1), p.reshape(len(p), -1)
    w = np.broadcast_to(np.reshape(sample_weight, (-1, 1)), t.shape)
    total = (w * (t - np.average(t, 0, w)) ** 2).sum(0)
    missed = (w * (t - p) ** 2).sum(0)
    scores = np.where(total == 0, missed == 0, 1 - missed / np.where(total == 0, 1, total))
    if class_aggregation is None:
        return scores
    return scores.mean() if class_aggregation == "uniform_average" else np.average(scores, weights=total)


_T, _P = f((3, 5), salt="t"), f((3, 5), salt="p")
_SMALL_T, _SMALL_P = f((2, 3), 0.2, 0.9, "t"), f((2, 3), 0.2, 0.9, "p")
_ONE_HOT = np.eye(5, dtype=np.float32)[[4, 0, 2]]
_SIGNS = v([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
_SURE = v([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
_HUGE = v([[1000.0, -1000.0, 0.0], [90.0, -90.0, 20.0]])
#: Shapes of labels and predictions that Keras brings to one rank.
_RANKS = [((4,), (4, 1)), ((4, 1), (4,)), ((2, 3, 1), (2, 3)), ((2, 3), (2, 3, 1)), ((1, 3), (4, 3))]


def _aligned(t: Array, p: Array) -> Array:
    if abs(t.ndim - p.ndim) == 1 and 1 in (t.ndim, p.ndim):
        t, p = t.reshape(-1, 1), p.reshape(-1, 1)
    elif t.ndim != p.ndim:
        t, p = t.reshape(2, 3), p.reshape(2, 3)
    return ((t - p) ** 2).mean(-1)


REGRESSION = [
    *[Sample("losses." + op, (t, p), {}, _last(fn), "contraction", 2)
      for op, fn, t, p in [
          ("mean_squared_error", lambda t, p: (t - p) ** 2, _T, _P), ("mean_absolute_error", lambda t, p: np.abs(t - p), _T, _P),
          ("mean_absolute_percentage_error", _percent, f((3, 5), 0.5, 2, "t"), f((3, 5), 2, 3, "p")),
          ("mean_squared_logarithmic_error", _log_square, f((3, 5), 0, 4, "t"), f((3, 5), 0, 4, "p")),
          ("log_cosh", _log_cosh, _T, _P), ("poisson", _poisson, f((3, 5), 0, 4, "t"), f((3, 5), 0.5, 4, "p"))]],
    *[Sample("losses.mean_squared_error", (f(t, salt="t"), f(p, salt="p")), {}, _aligned, "contraction", 1) for t, p in _RANKS],
    Sample("losses.mean_squared_error", (i((3, 4), salt="t"), i((3, 4), salt="p")), {}, lambda t, p: ((t - p) ** 2).mean(-1), "contraction"),
    Sample("losses.mean_squared_error", (b((3, 4)), f((3, 4))), {}, lambda t, p: ((t - p) ** 2).mean(-1), "contraction"),
    Sample("losses.mean_squared_error", (f((0, 3)), f((0, 3))), {}, lambda t, p: np.zeros(0), "exact"),
    Sample("losses.mean_squared_error", (f((2, 3, 4, 5), salt="t"), f((2, 3, 4, 5), salt="p")), {}, lambda t, p: ((t - p) ** 2).mean(-1), "contraction"),
    Sample("losses.mean_absolute_percentage_error", (v([[0.0, 1.0]]), v([[1.0, 1.0]])), {}, lambda t, p: _percent(t, p).mean(-1), "contraction"),
    Sample("losses.mean_squared_logarithmic_error", (v([[-1.0, 0.0]]), v([[1.0, -5.0]])), {}, lambda t, p: _log_square(t, p).mean(-1), "contraction"),
    *[Sample("losses.huber", (_T, f((3, 5), -4, 4, "p")), o, lambda t, p, delta=1.0: _huber(t, p, delta).mean(-1), "contraction", 2) for o in ({}, {"delta": 0.5})],
    Sample("losses.log_cosh", (v([[0.0, 0.0], [0.0, -500.0]]), v([[800.0, -800.0], [0.0, 500.0]])), {}, lambda t, p: _log_cosh(t, p).mean(-1), "contraction"),
    *[Sample(op, (f((3, 5), salt="t"), f((3, 5), salt="p")), {"axis": a}, lambda t, p, axis, s=s: s * _cosine(t, p, axis), "contraction", 2)
      for op, s in [("losses.cosine_similarity", -1), ("metrics.cosine_similarity", 1)] for a in (-1, 0)],
    Sample("losses.cosine_similarity", (v([[0.0, 0.0]]), v([[1.0, 2.0]])), {}, lambda t, p: np.zeros(1), "exact"),
]

CLASSIFICATION = [
    *[Sample(f"losses.{op}", (t, f(t.shape, -3, 3, "p")), {}, lambda t, p, n=n: (_hinge(t, p) ** n).mean(-1), "contraction", 2)
      for op, n in [("hinge", 1), ("squared_hinge", 2)] for t in (_SIGNS, _SURE.astype(np.int32), f((2, 3), -1, 1))],
    Sample("losses.categorical_hinge", (_ONE_HOT, _P), {}, _categorical_hinge, "contraction", 2),
    Sample("losses.kl_divergence", (_SMALL_T, _SMALL_P), {}, _kl, "transcendental", 2),
    Sample("losses.kl_divergence", (_SURE, v([[1.0, 0.0, 2.0], [0.5, 0.5, 0.0]])), {}, _kl, "transcendental"),
    *[Sample("losses.categorical_crossentropy", (f((3, 5), 0, 1, "t"), f((3, 5), 0.1, 1, "p")), o, _categorical, "transcendental", 2)
      for o in ({}, {"from_logits": True}, {"label_smoothing": 0.2}, {"axis": 0}, {"from_logits": True, "axis": 0, "label_smoothing": 0.1})],
    Sample("losses.categorical_crossentropy", (_ONE_HOT, f((3, 5))), {"from_logits": True}, _categorical, "transcendental", 2),
    Sample("losses.categorical_crossentropy", (_SURE, _SURE), {}, _categorical, "transcendental"),
    Sample("losses.categorical_crossentropy", (_SURE, _HUGE), {"from_logits": True}, _categorical, "transcendental"),
    *[Sample("losses.sparse_categorical_crossentropy", (t, f(p, 0.1, 1)), o, _sparse, "transcendental", 2)
      for t, p, o in [(v([4, 0, 2]), (3, 5), {}), (v([[4], [0], [2]]), (3, 5), {"from_logits": True}),
                      (v([4, 0, 2]), (3, 5), {"ignore_class": 0}), (v([4, -1, 5]), (3, 5), {"from_logits": True, "ignore_class": -1}),
                      (i((2, 4), 0, 3), (2, 3, 4), {"axis": 1, "from_logits": True}), (i((2, 4), 0, 3), (2, 4, 3), {"ignore_class": 1})]],
    Sample("losses.sparse_categorical_crossentropy", (v([4.0, 0.0, 2.0]), f((3, 5), 0.1, 1)), {}, _sparse, "transcendental"),
    Sample("losses.sparse_categorical_crossentropy", (v([0, 2]), v([[1.0, -INF, 2.0], [-INF, 5.0, 5.0]])), {"from_logits": True}, _sparse, "transcendental"),
    *[Sample("losses.binary_crossentropy", (f((3, 5), 0, 1, "t"), f((3, 5), 0.1, 0.9, "p")), o, _binary, "transcendental", 2)
      for o in ({}, {"from_logits": True}, {"label_smoothing": 0.2}, {"axis": 0, "from_logits": True, "label_smoothing": 0.1})],
    Sample("losses.binary_crossentropy", (_SURE, _SURE), {}, _binary, "transcendental"),
    Sample("losses.binary_crossentropy", (_SURE, 1 - _SURE), {}, _binary, "transcendental"),
    Sample("losses.binary_crossentropy", (_SURE, _HUGE), {"from_logits": True}, _binary, "transcendental", 1),
    *[Sample("losses.binary_focal_crossentropy", (f((3, 5), 0, 1, "t"), f((3, 5), 0.1, 0.9, "p")), o, _binary_focal, "transcendental", 2)
      for o in ({}, {"apply_class_balancing": True, "alpha": 0.4}, {"from_logits": True, "gamma": 3.0, "axis": 0})],
    *[Sample("losses.categorical_focal_crossentropy", (f((3, 5), 0, 1, "t"), f((3, 5), 0.1, 1, "p")), o, _categorical_focal, "transcendental", 2)
      for o in ({}, {"from_logits": True, "gamma": 3.0, "axis": 0}, {"alpha": (0.1, 0.2, 0.3, 0.4, 0.5)})],
    *[Sample(f"losses.{op}", (i((2, 3, 4), 0, 2).astype(np.float32), f((2, 3, 4), 0.1, 0.9)), o, fn, "contraction", 2)
      for op, fn, o in [("dice", _dice, {}), ("dice", _dice, {"axis": (1, 2)}), ("tversky", _tversky, {}), ("tversky", _tversky, {"alpha": 0.2, "beta": 0.7, "axis": 1})]],
    Sample("losses.binary_crossentropy", (i((4,), 0, 2), f((4, 1), 0.1, 0.9)), {}, lambda t, p: _binary(t[:, None], p), "transcendental"),
]

_REDUCTIONS = ("none", "sum", "mean", "sum_by_nonzero_weights", "sum_over_batch_size")
_WEIGHTS = {"weights": [[0.0], [2.0], [3.0]]}

WEIGHTED = [
    *[Sample("losses.compute_weighted_loss", (_P,), {**w, "reduction": r}, _reduced, "contraction", 2)
      for w, reductions in [({}, _REDUCTIONS[2:4]), (_WEIGHTS, _REDUCTIONS), ({"weights": 0.0}, _REDUCTIONS[2:4]), ({"weights": 0.5}, _REDUCTIONS[2:4])]
      for r in reductions],
    *[Sample("losses.compute_weighted_loss", (_P, f(s, 0.5, 2)), {"reduction": r}, _reduced, "contraction", 2)
      for s, r in [((3, 5), "none"), ((5,), "mean"), ((3, 1), "sum_by_nonzero_weights"), ((3, 5), "mean")]],
    Sample("losses.compute_weighted_loss", (i((4,)),), {}, _reduced, "contraction"),
    Sample("losses.compute_weighted_loss", (f((0, 2)),), {}, _reduced, "exact"),
    Sample("losses.compute_weighted_loss", (f((4,)), f((4, 1), 0, 1)), {"reduction": "mean"}, lambda x, w, reduction: _reduced(x[:, None], w, reduction), "contraction"),
    *[Sample(f"losses.{op}", (f((3, 5), 0, 1, "t"), f((3, 5), 0.1, 0.9, "p")), {**o, **_WEIGHTS}, weighted(fn), "contraction", 2)
      for op, fn, o in [
          ("absolute_difference", lambda t, p: np.abs(t - p), {}), ("huber_loss", _huber, {}), ("huber_loss", _huber, {"delta": 0.25}),
          ("hinge_loss", lambda t, p: np.maximum(1 - (2 * t - 1) * p, 0), {}), ("log_loss", _log_loss, {}), ("log_loss", _log_loss, {"epsilon": 0.01}),
          ("sigmoid_cross_entropy", _sigmoid, {}), ("sigmoid_cross_entropy", _sigmoid, {"label_smoothing": 0.2}),
          ("cosine_distance", lambda t, p, axis: 1 - (t * p).sum(axis, keepdims=True), {"axis": 1})]],
    *[Sample("losses.softmax_cross_entropy", (f((3, 5), 0, 1, "t"), f((3, 5), salt="p")), o,
             weighted(lambda t, x, label_smoothing=0.0: _categorical(t, x, True, label_smoothing)), "contraction", 2)
      for o in ({}, {"label_smoothing": 0.3}, {"weights": [0.0, 1.0, 2.0]}, {"weights": [0.0, 1.0, 2.0], "reduction": "none"})],
    Sample("losses.absolute_difference", (f((3, 5), 0, 1, "t"), f((3, 5), salt="p")), {"reduction": "none"}, lambda t, p, reduction: np.abs(t - p), "arithmetic", 2),
    Sample("losses.softmax_cross_entropy", (f((2, 2, 3), 0, 1, "t"), f((2, 2, 3), salt="p")), {"label_smoothing": 0.3},
           weighted(lambda t, x, label_smoothing: _categorical(t, x, True, label_smoothing)), "contraction", 1),
]

_SCORES = f((4, 3), 0, 1)


def _precision(t: Array, p: Array, threshold: float = 0.5, sample_weight: Any = 1.0) -> Array:
    w = np.broadcast_to(np.reshape(sample_weight, (-1, 1)), p.shape)
    chosen = w * (p > threshold)
    return np.asarray((chosen * (t != 0)).sum() / max(chosen.sum(), 1e-30))


def _recall(t: Array, p: Array, threshold: float = 0.5, sample_weight: Any = 1.0) -> Array:
    w = np.broadcast_to(np.reshape(sample_weight, (-1, 1)), p.shape) * (t != 0)
    return np.asarray((w * (p > threshold)).sum() / max(w.sum(), 1e-30))


METRICS = [
    Sample("metrics.accuracy", (i((20,), 0, 3, "t"), i((20,), 0, 3, "p")), {}, lambda t, p: 1.0 * (t == p), "exact"),
    Sample("metrics.accuracy", (i((6,), 0, 3, "t"), f((6, 1), 0, 3).round()), {}, lambda t, p: 1.0 * (t[:, None] == p), "exact"),
    *[Sample("metrics.binary_accuracy", (t, _SCORES), o, lambda t, p, threshold=0.5: 1.0 * (t == (p > threshold)), "exact")
      for t in (i((4, 3), 0, 2), b((4, 3)), i((4, 3), 0, 2).astype(np.float32)) for o in ({}, {"threshold": 0.25})],
    Sample("metrics.categorical_accuracy", (f((6, 4), salt="t"), f((6, 4), salt="p")), {}, lambda t, p: 1.0 * (t.argmax(-1) == p.argmax(-1)), "exact"),
    *[Sample("metrics.sparse_categorical_accuracy", (t, f((6, 2, 3))), {}, lambda t, p: 1.0 * (t.reshape(6, 2) == p.argmax(-1)), "exact")
      for t in (i((6, 2), 0, 3), i((6, 2, 1), 0, 3), i((6, 2), 0, 3).astype(np.float32))],
    *[Sample(f"metrics.{op}", (t, _SCORES), o, fn, "arithmetic")
      for op, fn in [("precision", _precision), ("recall", _recall)]
      for t, o in [(i((4, 3), 0, 2), {}), (b((4, 3)), {"threshold": 0.8}), (i((4, 3), 0, 2), {"threshold": 1.0}), (np.zeros((4, 3), np.int32), {}),
                   (i((4, 3), 0, 2), {"sample_weight": [0.0, 1.0, 2.0, 0.5]})]],
    *[Sample("metrics.r2_score", (f(s, salt="t"), f(s, salt="p")), o, _r2, "contraction", 2)
      for s, o in [((6,), {}), ((6, 2), {}), ((6, 2), {"class_aggregation": "variance_weighted_average"}), ((6, 2), {"class_aggregation": None}),
                   ((6, 2), {"sample_weight": [0.0, 1.0, 2.0, 0.5, 1.0, 3.0]})]],
    Sample("metrics.r2_score", (v([[1.0, 1.0, 1.0], [1.0, 1.0, 2.0]]), v([[1.0, 1.0, 1.0], [1.0, 2.0, 2.0]])), {"class_aggregation": None}, _r2, "exact"),
    *[Sample(f"metrics.{op}", (_SMALL_T, _SMALL_P), {}, fn, "contraction")
      for op, fn in [("mean_squared_error", _last(lambda t, p: (t - p) ** 2)), ("categorical_crossentropy", _categorical), ("binary_crossentropy", _binary)]],
]

LOSSES = [*REGRESSION, *CLASSIFICATION, *WEIGHTED, *METRICS]
