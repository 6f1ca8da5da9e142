"""Samples of operations on images."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from scipy import ndimage

from .sample import Array, Sample, b, f, i, v


def _resize(images: Array, size: Any, align_corners: bool = False, half_pixel_centers: bool = False) -> Array:
    if images.ndim == 3:
        return _resize(images[None], size, align_corners, half_pixel_centers)[0]
    x = images
    for axis in (1, 2):
        n, out = x.shape[axis], size[axis - 1]
        scale = (n - 1) / (out - 1) if align_corners and out > 1 else n / out
        at = np.arange(out) * scale if not half_pixel_centers else (np.arange(out) + 0.5) * scale - 0.5
        at = np.clip(at, 0, None)
        low = np.minimum(np.floor(at).astype(int), n - 1)
        high = np.minimum(low + 1, n - 1)
        part = (at - low).reshape([-1 if a == axis else 1 for a in range(4)])
        x = np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part
    return x


def _nearest(images: Array, size: Any, align_corners: bool = False, half_pixel_centers: bool = False) -> Array:
    x = images
    for axis in (-3, -2):
        n, out = x.shape[axis], size[axis + 3]
        scale, half = Fraction(n - 1, out - 1) if align_corners and out > 1 else Fraction(n, out), Fraction(1, 2)
        places = [k * scale + half if align_corners else (k + half) * scale if half_pixel_centers else k * scale for k in range(out)]
        x = np.take(x, [floor(p) for p in places], axis)
    return x


def _read(image: Array, y: float, x: float, method: str) -> Array:
    """One pixel at a position inside of (height, width, channels)."""
    if method == "nearest":
        return image[floor(y + 0.5), floor(x + 0.5)]
    top, left, fy, fx = floor(y), floor(x), y - floor(y), x - floor(x)
    below, right = min(top + 1, image.shape[0] - 1), min(left + 1, image.shape[1] - 1)
    upper, lower = (image[line, left] * (1 - fx) + image[line, right] * fx for line in (top, below))
    return upper * (1 - fy) + lower * fy


def _crop(image: Array, boxes: Array, box_indices: Array, crop_size: Any, method: str = "bilinear", extrapolation_value: float = 0) -> Array:
    n, (_, h, w, c), (ch, cw) = len(boxes), image.shape, crop_size
    out = np.full((n, ch, cw, c), float(extrapolation_value))
    for k, (y1, x1, y2, x2) in enumerate(boxes):
        ys = np.linspace(y1, y2, ch) * (h - 1) if ch > 1 else [(y1 + y2) / 2 * (h - 1)]
        xs = np.linspace(x1, x2, cw) * (w - 1) if cw > 1 else [(x1 + x2) / 2 * (w - 1)]
        for oy, ox in np.ndindex(ch, cw):
            y, x = ys[oy], xs[ox]
            if 0 <= y <= h - 1 and 0 <= x <= w - 1 and 0 <= box_indices[k] < len(image):
                out[k, oy, ox] = _read(image[box_indices[k]], y, x, method)
    return out


_SCIPY = {"constant": "grid-constant", "nearest": "nearest", "reflect": "reflect", "wrap": "grid-wrap"}


def _transform(image: Array, transforms: Array, interpolation: str = "nearest", fill_mode: str = "constant", fill_value: float = 0, output_shape: Any = None) -> Array:
    n, h, w, c = image.shape
    oy, ox = np.mgrid[: (output_shape or (h, w))[0], : (output_shape or (h, w))[1]]
    out = np.empty((n, *oy.shape, c), image.dtype)
    for k in range(n):
        a0, a1, a2, b0, b1, b2, c0, c1 = transforms[min(k, len(transforms) - 1)]
        z = c0 * ox + c1 * oy + 1
        at = [(b0 * ox + b1 * oy + b2) / z, (a0 * ox + a1 * oy + a2) / z]
        lost = ~np.isfinite(at[0] + at[1])
        at = [np.where(lost, 0, p) for p in at]
        if interpolation == "nearest":
            at = [np.floor(p + 0.5) for p in at]
        for channel in range(c):
            seen = ndimage.map_coordinates(image[k, ..., channel], at, order=int(interpolation == "bilinear"), mode=_SCIPY[fill_mode], cval=fill_value)
            out[k, ..., channel] = np.where(lost, fill_value, seen)
    return out


def _rotate(image: Array, radians: float, fill_value: Any = 0, center: Any = 0.5) -> Array:
    _, h, w, c = image.shape
    cx, cy = (p * n for p, n in zip(center if isinstance(center, list) else (center, center), (w, h), strict=True))
    out = np.empty_like(image)
    for y, x in np.ndindex(h, w):
        from_x = floor((x - cx) * np.cos(radians) - (y - cy) * np.sin(radians) + cx + 0.5)
        from_y = floor((x - cx) * np.sin(radians) + (y - cy) * np.cos(radians) + cy + 0.5)
        inside = 0 <= from_x < w and 0 <= from_y < h
        out[:, y, x] = image[:, from_y, from_x] if inside else fill_value if not isinstance(fill_value, list) else [*fill_value, 255][:c]
    return out


def _gray(image: Array) -> Array:
    gray = image @ np.array([0.2989, 0.587, 0.114])
    return (gray if image.dtype.kind == "f" else np.floor(gray + 0.5).astype(np.int32))[..., None]


def _threshold(image: Array, method: str = "binary", inverted: bool = False, thresh_value: float = 0.5) -> Array:
    gray = image @ np.array([0.2989, 0.587, 0.114]) if image.shape[2] == 3 else image[..., 0].astype(float)
    level = 255 * thresh_value
    if method == "otsu":
        gray, best, level = np.clip(np.round(gray), 0, 255), 0.0, -1
        for t in range(255):
            low, high = gray[gray <= t], gray[gray > t]
            if low.size and high.size and low.size * high.size * (low.mean() - high.mean()) ** 2 > best * (1 + 1e-9):
                best, level = low.size * high.size * (low.mean() - high.mean()) ** 2, t
    return np.where((gray > level) != inverted, 255, 0).astype(np.int32)[..., None]


def _iou(a: Array, others: Array) -> Array:
    """Of one box, as y1, x1, y2, x2 in order, with each of some others."""
    size = np.minimum(a[2:], others[:, 2:]) - np.maximum(a[:2], others[:, :2])
    shared = np.prod(np.maximum(size, 0), axis=1)
    both = np.prod(a[2:] - a[:2]) + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared
    return np.where(shared > 0, shared / np.where(both > 0, both, 1), 0)


def _suppress(boxes: Array, scores: Array, most: int, iou_threshold: float = 0.5, score_threshold: float = -np.inf, sigma: float = 0) -> tuple[Array, Array]:
    """Soft-NMS as its paper has it: the best stays, and all others decay at once."""
    corners = np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], 1)
    left, kept, found = np.where(np.isnan(scores), -np.inf, scores.astype(float)), [], []
    while len(kept) < most and left.size and left.max() > score_threshold:
        best = int(left.argmax())
        kept.append(best)
        found.append(left[best])
        iou = _iou(corners[best], corners)
        left = np.where(iou > iou_threshold, -np.inf, left * (np.exp(-0.5 * iou**2 / sigma) if sigma else 1))
        left[best] = -np.inf
    return np.array(kept, np.int32), np.array(found)


def _suppress_plain(boxes: Array, scores: Array, max_output_size: int, **options: Any) -> Array:
    return _suppress(boxes, scores, max_output_size, **options)[0]


def _suppress_with_scores(boxes: Array, scores: Array, max_output_size: int, soft_nms_sigma: float = 0, **options: Any) -> tuple[Array, Array]:
    return _suppress(boxes, scores, max_output_size, sigma=soft_nms_sigma, **options)


def _suppress_padded(boxes: Array, scores: Array, max_output_size: int, pad_to_max_output_size: bool = False, **options: Any) -> tuple[Array, Array]:
    kept = _suppress(boxes, scores, max_output_size, **options)[0]
    return np.pad(kept, (0, max_output_size - len(kept) if pad_to_max_output_size else 0)), np.array(len(kept), np.int32)


_CLUSTERS = v([[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [0.0, -0.1, 1.0, 0.9], [1.0, 11.0, 0.0, 10.0], [0.0, 10.1, 1.0, 11.1], [0.0, 100.0, 1.0, 101.0]])
_SCORES = v([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])
_MANY = f((60, 4), 0, 4)
_BOXES = v([[0.0, 0.0, 1.0, 1.0], [0.11, 0.72, 0.93, 0.07], [-0.31, 0.23, 0.67, 1.28], [0.4, 0.55, 0.4, 0.55]])
#: Nowhere on a pixel, so that gradients to the boxes are what differences say.
_SMOOTH_BOXES = v([[0.03, 0.12, 0.91, 0.87], [0.11, 0.72, 0.93, 0.07], [-0.31, 0.23, 0.67, 1.28]])
_MAPS = v([[0.91, 0.13, -0.42, -0.17, 1.07, 0.61, 0.011, 0.023], [-0.83, 0.07, 5.13, 0.23, 0.77, -1.19, -0.013, 0.007]])
_RESIZINGS = [([7, 3], {}), ([8, 10], {"align_corners": True}), ([9, 2], {"half_pixel_centers": True}), ([1, 1], {"align_corners": True}), ([2, 5], {"align_corners": True})]

IMAGE = [
    *[Sample("image.resize_bilinear", (f((2, 4, 5, c)),), {"size": s, **o}, _resize, "contraction", 2)
      for s, c in [([7, 3], 3), ([4, 5], 4), ([1, 8], 3)] for o in ({}, {"align_corners": True}, {"half_pixel_centers": True})],
    Sample("image.resize_bilinear", (i((5, 4, 3), 0, 255),), {"size": [3, 6]}, _resize, "contraction"),
    Sample("image.resize_bilinear", (v([[[np.inf], [1.0]], [[2.0], [np.nan]]]),), {"size": [2, 3], "align_corners": True}, lambda x, **_: np.array([[[np.inf], [np.inf], [1]], [[2], [np.nan], [np.nan]]]), "exact"),
    Sample("image.resize_bilinear", (f((0, 4, 5, 3)),), {"size": [2, 2]}, lambda x, **_: np.zeros((0, 2, 2, 3)), "exact"),
    *[Sample("image.resize_nearest_neighbor", (f((2, 4, 5, c)),), {"size": s, **o}, _nearest, "exact", 2) for c in (3, 4) for s, o in _RESIZINGS],
    *[Sample("image.resize_nearest_neighbor", (x,), {"size": [13, 6]}, _nearest, "exact") for x in (i((7, 3, 2), -(2**31), 2**31 - 1), b((2, 3, 3, 1)), f((5, 7, 4)))],
    Sample("image.resize_nearest_neighbor", (f((1, 3, 3, 1)),), {"size": [21, 15], "half_pixel_centers": True}, _nearest, "exact", 2),
    *[Sample("image.crop_and_resize", (f((2, 5, 6, c)), _BOXES, v([1, 0, 1, 0])), {"crop_size": s, "method": m, **o}, _crop, "contraction")
      for c in (1, 4) for s, m, o in [([3, 4], "bilinear", {}), ([1, 7], "bilinear", {"extrapolation_value": 2.5}), ([4, 5], "nearest", {"extrapolation_value": -1.0}), ([1, 1], "nearest", {})]],
    *[Sample("image.crop_and_resize", (f((2, 5, 6, c)), _SMOOTH_BOXES, v([1, 0, 1])), {"crop_size": [4, 3], "method": m}, _crop, "contraction", 2) for c, m in [(3, "bilinear"), (4, "bilinear"), (2, "nearest")]],
    Sample("image.crop_and_resize", (i((1, 4, 4, 1), 0, 255), v([[0.0, 0.0, 1.0, 1.0], [0.1, 0.1, 0.9, 0.8]]), v([0, 5])), {"crop_size": [2, 2]}, _crop, "contraction"),
    Sample("image.crop_and_resize", (f((1, 4, 4, 2)), f((0, 4)), i((0,))), {"crop_size": [2, 2]}, _crop, "contraction"),
    # Boxes that end with the image, whatever the sizes: rounding must not lead out of it.
    *[Sample("image.crop_and_resize", (f((1, n, n, 1)), v([[0.0, 0.0, 1.0, 1.0], [0.3, 1.0, 1.0, 1.0]]), v([0, 0])), {"crop_size": [out, out], "extrapolation_value": 99.0}, _crop, "contraction") for n, out in [(7, 4), (6, 13), (11, 8)]],
    *[Sample("image.transform", (f((2, 5, 6, c)), _MAPS), {"interpolation": m, "fill_mode": mode, "fill_value": 0.75}, _transform, "contraction")
      for c, m in [(3, "nearest"), (4, "nearest"), (3, "bilinear"), (4, "bilinear")] for mode in _SCIPY],
    *[Sample("image.transform", (f((2, 4, 5, c)), _MAPS * v([1, 1, s, 1, 1, s, 1, 1])), {"interpolation": "bilinear", "fill_mode": mode}, _transform, "contraction", 2) for c, mode, s in [(3, "constant", 1.0), (4, "reflect", 3.0), (1, "wrap", 3.0), (2, "nearest", 1.0)]],
    Sample("image.transform", (f((2, 4, 5, 3)), _MAPS), {"fill_mode": "reflect"}, _transform, "exact", 2),
    Sample("image.transform", (f((3, 4, 5, 2)), v([[30.0, 0.0, -41.3, 0.0, 25.0, -33.4, 0.0, 0.0]])), {"interpolation": "bilinear", "fill_mode": "wrap", "output_shape": [3, 7]}, _transform, "contraction"),
    Sample("image.transform", (i((1, 4, 5, 3), -(2**31), 2**31 - 1), v([[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])), {"output_shape": [6, 4], "fill_value": 7}, _transform, "exact"),
    # Where the denominator is 0 there is nothing to read.
    Sample("image.transform", (f((1, 3, 3, 1)), v([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0]])), {"fill_mode": "nearest", "fill_value": 5.0}, _transform, "exact"),
    Sample("image.transform", (f((1, 1, 1, 1)), v([[1.0, 0.0, 0.3, 0.0, 1.0, 0.3, 0.0, 0.0]])), {"interpolation": "bilinear", "fill_mode": "reflect", "output_shape": [3, 3]}, _transform, "contraction"),
    *[Sample("image.rotate_with_offset", (f((2, 5, 7, c)),), {"radians": r, **o}, _rotate, "exact", 2)
      for c, r, o in [(3, 0.7, {}), (4, -2.1, {"fill_value": 0.5}), (1, 1.3, {"center": [0.2, 0.9]}), (3, 2.8, {"fill_value": [1.0, 2.0, 3.0]}), (4, 0.4, {"fill_value": [1.0, 2.0, 3.0], "center": 0.1})]],
    Sample("image.rotate_with_offset", (i((1, 6, 5, 3), 0, 255),), {"radians": 1.1, "fill_value": 9}, _rotate, "exact"),
    *[Sample(f"image.{name}", (x,), {}, lambda x, axis=axis: np.flip(x, axis), "exact", 2 if x.dtype.kind == "f" else 0)
      for name, axis in [("flip_left_right", -2), ("flip_up_down", -3)] for x in (f((2, 3, 4, 3)), i((3, 5, 1)))],
    *[Sample("image.rgb_to_grayscale", (x,), {}, _gray, "contraction", 2 if x.dtype.kind == "f" else 0) for x in (f((2, 3, 5, 3)), f((4, 3)), f((1, 2, 1, 2, 1, 3)), i((6, 7, 3), 0, 256), i((9, 3), -1000, 1000), f((0, 3)))],
    *[Sample("image.grayscale_to_rgb", (x,), {}, lambda x: np.repeat(x, 3, -1), "exact", 2 if x.dtype.kind == "f" else 0) for x in (f((2, 3, 5, 1)), i((4, 1)), f((1, 2, 1, 2, 1, 1)))],
    *[Sample("image.non_max_suppression", x, o, _suppress_plain, "exact")
      for x, o in [((_CLUSTERS, _SCORES), {"max_output_size": 3}), ((_CLUSTERS, _SCORES), {"max_output_size": 30, "score_threshold": 0.4}), ((_CLUSTERS, _SCORES), {"max_output_size": 0}),
                   ((_MANY, f((60,), 0, 1)), {"max_output_size": 20, "iou_threshold": 0.2}), ((_MANY, v(np.round(f((60,), 0, 1), 1))), {"max_output_size": 60, "iou_threshold": 0.4}),
                   ((f((0, 4)), f((0,))), {"max_output_size": 3}), ((f((4, 4)), v([0.1, np.nan, 0.3, -np.inf])), {"max_output_size": 4, "iou_threshold": 1.0}),
                   # Boxes of one point, and a box twice.
                   ((v([[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 2, 2], [2, 2, 0, 0]]), v([1, 2, 3, 3])), {"max_output_size": 9})]],
    *[Sample("image.non_max_suppression_with_scores", x, o, _suppress_with_scores, "transcendental")
      for x, o in [((_CLUSTERS, _SCORES), {"max_output_size": 6, "iou_threshold": 1.0, "score_threshold": 0.0, "soft_nms_sigma": 0.5}), ((_CLUSTERS, _SCORES), {"max_output_size": 6}),
                   ((_MANY, f((60,), 0, 1)), {"max_output_size": 25, "iou_threshold": 0.6, "score_threshold": 0.1, "soft_nms_sigma": 0.3})]],
    *[Sample("image.non_max_suppression_padded", (_CLUSTERS, _SCORES), o, _suppress_padded, "exact")
      for o in ({"max_output_size": 5, "pad_to_max_output_size": True}, {"max_output_size": 9, "pad_to_max_output_size": True}, {"max_output_size": 5}, {"max_output_size": 2, "pad_to_max_output_size": True})],
    *[Sample("image.threshold", (x,), {"method": m, "inverted": inverted}, _threshold, "exact")
      for x in (i((9, 11, 3), 0, 256), f((8, 8, 1), -20, 280), v(np.full((4, 5, 1), 7))) for m in ("binary", "otsu") for inverted in (False, True)],
    Sample("image.threshold", (v(np.concatenate([f((150,), 20, 60), f((90,), 140, 200)]).reshape(24, 10, 1)),), {"method": "otsu"}, _threshold, "exact"),
    Sample("image.threshold", (f((8, 8, 3), 0, 255),), {"thresh_value": 0.3}, _threshold, "exact"),
    Sample("image.threshold", (i((0, 4, 1)),), {"method": "otsu"}, _threshold, "exact"),
]
