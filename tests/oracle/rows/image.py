"""Functions of images and boxes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row


def _resize(d: Draw) -> list[Any]:
    shape = [d.integer(2, 6), d.integer(2, 6), d.integer(1, 3)]
    x = d.f(shape if d.chance(0.2) else [d.integer(1, 2), *shape])
    corners, centers = d.choose((False, False), (True, False), (False, True))
    return [x, [d.integer(1, 9), d.integer(1, 9)], corners, centers]


def _crop(d: Draw) -> list[Any]:
    batch, boxes = d.integer(1, 3), d.integer(1, 4)
    image = d.f([batch, d.integer(2, 6), d.integer(2, 6), d.integer(1, 3)])
    corners = d.f([boxes, 4], -0.2, 1.2)
    size = [d.integer(1, 5), d.integer(1, 5)]
    return [image, corners, d.i([boxes], 0, batch - 1), size, d.choose("bilinear", "nearest"), d.number(-1, 1)]


def _boxes(d: Draw) -> tuple[Any, Any, int, float, float]:
    n = d.integer(1, 9)
    corner = d.f((n, 2), 0, 1)
    boxes = np.concatenate([corner, corner + d.f((n, 2), 0.1, 0.7)], 1)
    return boxes, d.f((n,), 0, 1), d.integer(1, 6), d.number(0.1, 0.9), d.choose(-np.inf, d.number(0, 0.5))


def _rotate(d: Draw) -> list[Any]:
    image = d.f([d.integer(1, 2), d.integer(2, 6), d.integer(2, 6), 3])
    fill = d.choose(d.number(0, 1), [d.number(0, 1) for _ in range(3)])
    return [image, d.number(-3, 3), fill, d.choose(0.5, [d.number(0, 1), d.number(0, 1)])]


def _threshold(d: Draw) -> list[Any]:
    image = d.i((d.integer(2, 6), d.integer(2, 6), d.choose(1, 3)), 0, 255)
    return [image, d.choose("binary", "otsu"), d.flag(), d.number(0.1, 0.9)]


def _transform(d: Draw) -> list[Any]:
    batch = d.integer(1, 2)
    image = d.f([batch, d.integer(2, 6), d.integer(2, 6), d.integer(1, 3)])
    matrices = d.f([d.choose(1, batch), 8], -0.5, 0.5)
    matrices[:, [0, 4]] += 1
    matrices[:, [2, 5]] *= 4
    matrices[:, 6:] *= 0.05
    method, mode = d.choose("nearest", "bilinear"), d.choose("constant", "reflect", "wrap", "nearest")
    return [image, matrices, method, mode, d.number(0, 1), d.choose(None, [d.integer(1, 6), d.integer(1, 6)])]


def _colours(channels: int) -> Any:
    return lambda d: [d.any([*d.shape(2, 4), channels], "ffi")]


_SUPPRESSION = [
    ("nonMaxSuppression", "non_max_suppression", lambda d: []),
    ("nonMaxSuppressionPadded", "non_max_suppression_padded", lambda d: [d.flag()]),
    ("nonMaxSuppressionWithScore", "non_max_suppression_with_scores", lambda d: [d.choose(0.0, d.number(0.1, 0.9))]),
]

ROWS = [
    Row("image.resizeBilinear", _resize, "contraction", True),
    Row("image.resizeNearestNeighbor", _resize, grad=True),
    Row("image.cropAndResize", _crop, "contraction"),
    Row("image.flipLeftRight", lambda d: [d.f([d.integer(1, 2), *d.shape(3, 3)])]),
    Row("image.grayscaleToRGB", _colours(1), py="image.grayscale_to_rgb", grad=True),
    Row("image.rgbToGrayscale", _colours(3), "contraction", py="image.rgb_to_grayscale"),
    Row("image.rotateWithOffset", _rotate),
    Row("image.threshold", _threshold),
    Row("image.transform", _transform, "contraction"),
    *[
        Row(f"image.{js}{suffix}", lambda d, rest=rest: [*_boxes(d), *rest(d)], "transcendental", py=f"image.{py}")
        for js, py, rest in _SUPPRESSION
        for suffix in ("", "Async")
    ],
]
