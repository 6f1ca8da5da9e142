"""Non-max suppression: of boxes that overlap, the one with the best score.

How many there will be depends on the values, and each choice on those before it, so this is done
on the host. Every function has a twin `<name>_async`.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Sequence
from math import exp, inf
from typing import Any

from ... import engine
from ...dtypes import float32, int32
from ...errors import ShapeError
from ...host import HostArray
from ...registry import coroutine, host
from ...spec import TensorSpec, as_shape, integer, number

Box = tuple[float, float, float, float]


# ---------------------------------------------------------------------------------- algorithm


def suppress(
    boxes: HostArray,
    scores: HostArray,
    form: str,
    most: int,
    iou_threshold: float,
    score_threshold: float,
    soft_nms_sigma: float,
    pad: bool,
) -> Any:
    """Indices and scores of the boxes that are kept, best first, or what `form` wants of them.

    Greedy, with scores that decay only when their box is looked at: they never grow, so the best
    of those known is the best.
    """
    flat = boxes.values
    corners = [_ordered(*flat[i : i + 4]) for i in range(0, len(flat), 4)]
    # Each box with the number of those kept that it has been compared with already.
    waiting = [(-s, i, 0) for i, s in enumerate(scores.values) if s > score_threshold]
    heapq.heapify(waiting)
    kept: list[int] = []
    found: list[float] = []
    decay = -0.5 / soft_nms_sigma if soft_nms_sigma else 0.0
    while waiting and len(kept) < most:
        negative, i, compared = heapq.heappop(waiting)
        score = -negative
        # Boxes of similar score overlap more likely, so the latest first.
        for j in reversed(kept[compared:]):
            overlap = _overlap(corners[i], corners[j])
            if overlap > iou_threshold:
                score = -inf
            elif decay:
                score *= exp(decay * overlap * overlap)
            if score <= score_threshold:
                break
        if score == -negative:
            kept.append(i)
            found.append(score)
        elif score > score_threshold:
            heapq.heappush(waiting, (-score, i, len(kept)))
    padding = bytes(4 * (most - len(kept))) if pad else b""
    indices = _vector(array("i", kept) + array("i", padding))
    if form == "plain":
        return indices
    return indices, _vector(found) if form == "scores" else HostArray([len(kept)], ())


def _ordered(y1: float, x1: float, y2: float, x2: float) -> Box:
    return min(y1, y2), min(x1, x2), max(y1, y2), max(x1, x2)


def _overlap(a: Box, b: Box) -> float:
    """The area that two boxes share as a part of what they cover together; 0 without area."""
    height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if height <= 0 or width <= 0:
        return 0.0
    shared = height * width
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area_a + area_b - shared)


def _vector(values: Sequence[Any]) -> HostArray:
    return HostArray(values, (len(values),))


# --------------------------------------------------------------------------------------- calls


def _infer(
    boxes: TensorSpec,
    scores: TensorSpec,
    *,
    form: str,
    most: int,
    iou_threshold: float,
    score_threshold: float,
    soft_nms_sigma: float,
    pad: bool,
) -> Any:
    op = "non_max_suppression"
    if boxes.rank != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise ShapeError(
            f"{op}: boxes must have shape (n, 4) and scores (n,), "
            f"they have {boxes.shape} and {scores.shape}"
        )
    number(iou_threshold, f"{op}: iou_threshold", 0, 1)
    number(score_threshold, f"{op}: score_threshold")
    number(soft_nms_sigma, f"{op}: soft_nms_sigma", 0, 1)
    all_of_them = as_shape(integer(most, f"{op}: max_output_size"), f"{op}: max_output_size")
    some: Any = (None,)
    indices = TensorSpec(all_of_them if pad else some, int32)
    if form == "plain":
        return indices
    return indices, TensorSpec(some, scores.dtype) if form == "scores" else TensorSpec((), int32)


def _request(
    form: str,
    boxes: Any,
    scores: Any,
    most: int,
    iou_threshold: float,
    score_threshold: float,
    soft_nms_sigma: float = 0.0,
    pad: bool = False,
) -> Any:
    found = map(engine.as_tensor, (boxes, scores))
    return [x if x.dtype.kind == "f" else engine.cast_to(x, float32) for x in found], {
        "form": form,
        "most": most,
        "iou_threshold": iou_threshold,
        "score_threshold": score_threshold,
        "soft_nms_sigma": soft_nms_sigma,
        "pad": bool(pad),
    }


@host(_infer, suppress)
def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -inf,
) -> Any:
    """The int32 indices of the boxes that are left, those with the best scores first.

    A box goes when its intersection with a better one that stays, divided by their union, is
    above `iou_threshold` (in TensorFlow.js also when it is that).

    Args:
        boxes: (n, 4), each y1, x1, y2, x2 of two opposite corners.
        scores: (n,). Of equal ones the first box counts as better; NaN goes.
        max_output_size: how many to keep at most.
        iou_threshold: in [0, 1].
        score_threshold: what has no better score goes.

    >>> boxes = [[0, 0, 2, 2], [0, 0, 2, 1.9], [5, 5, 6, 6]]
    >>> tfpy.image.non_max_suppression(boxes, [0.5, 0.9, 0.7], 3)
    tfpy.tensor([1, 2])
    """
    return _request("plain", boxes, scores, max_output_size, iou_threshold, score_threshold)


@host(_infer, suppress)
def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -inf,
    soft_nms_sigma: float = 0.0,
) -> Any:
    """`non_max_suppression` that also gives the scores, and may lower them first (Soft-NMS).

    With a `soft_nms_sigma` above 0 each better box that stays multiplies the score of one that
    overlaps it by `exp(-0.5 * iou**2 / soft_nms_sigma)` (N. Bodla et al., "Soft-NMS", ICCV 2017),
    and what counts is the score that is left.

    Returns:
        indices, int32, and scores.

    >>> boxes = [[0, 0, 2, 2], [0, 0, 2, 1], [5, 5, 6, 6]]
    >>> kept, scores = tfpy.image.non_max_suppression_with_scores(
    ...     boxes, [0.5, 1.0, 0.75], 3, iou_threshold=1.0, score_threshold=0.0, soft_nms_sigma=0.5
    ... )
    >>> kept, tfpy.round(scores * 1000)
    (tfpy.tensor([1, 2, 0]), tfpy.tensor([1000.,  750.,  389.]))
    """
    return _request(
        "scores",
        boxes,
        scores,
        max_output_size,
        iou_threshold,
        score_threshold,
        soft_nms_sigma,
    )


@host(_infer, suppress)
def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -inf,
    pad_to_max_output_size: bool = False,
) -> Any:
    """`non_max_suppression` that also tells how many there are, and may add zeros.

    Returns:
        indices, int32, with `pad_to_max_output_size` always `max_output_size` of them (in
        TensorFlow.js never more than there are boxes); and how many of them count.

    >>> boxes = [[0, 0, 2, 2], [0, 0, 2, 1.9], [5, 5, 6, 6]]
    >>> scores = [0.5, 0.9, 0.7]
    >>> tfpy.image.non_max_suppression_padded(boxes, scores, 4, pad_to_max_output_size=True)
    (tfpy.tensor([1, 2, 0, 0]), tfpy.tensor(2))
    """
    return _request(
        "padded",
        boxes,
        scores,
        max_output_size,
        iou_threshold,
        score_threshold,
        pad=pad_to_max_output_size,
    )


non_max_suppression_async = coroutine(non_max_suppression)
non_max_suppression_with_scores_async = coroutine(non_max_suppression_with_scores)
non_max_suppression_padded_async = coroutine(non_max_suppression_padded)
