"""Kernels that read images between their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from ...spec import nearest_positions, source_positions

Array = Any


def _fold(i: Array, n: int, mode: str) -> Array:
    """The pixels that stand for positions `i` of an axis of `n`; -1 for none."""
    if mode == "constant":
        return np.where((i >= 0) & (i < n), i, -1).astype(int)
    if mode == "nearest":
        return np.clip(i, 0, n - 1).astype(int)
    if mode == "reflect":
        i = np.mod(i, 2 * n)
        i = np.minimum(i, 2 * n - 1 - i)
    return np.mod(i, n).astype(int)


def _ends(at: Array, n: int, method: str, mode: str) -> list[tuple[Array, Array]]:
    """The pixels that positions `at` of an axis read, and their weights."""
    at = np.where(np.isfinite(at), at, 0)
    low = np.floor(at)
    part = at - low
    if method == "nearest":
        return [(_fold(low + (part >= 0.5), n, mode), np.ones_like(at))]
    return [(_fold(low, n, mode), 1 - part), (_fold(low + 1, n, mode), part)]


def _corners(
    shape: Any, rows: Array, columns: Array, images: Array, method: str, mode: str
) -> Iterator[tuple[Any, Array, Array]]:
    """For each pixel that a sample is made of: where it is, whether it is there, its weight."""
    images = images[:, None, None]
    there = (images >= 0) & (images < shape[0]) & np.isfinite(rows) & np.isfinite(columns)
    down, across = _ends(rows, shape[1], method, mode), _ends(columns, shape[2], method, mode)
    for (y, wy), (x, wx) in product(down, across):
        inside = there & (y >= 0) & (x >= 0)
        at = np.broadcast_arrays(*(np.where(inside, i, 0) for i in (images, y, x)))
        yield tuple(at), inside[..., None], np.broadcast_to(wy * wx, inside.shape)[..., None]


def _sample(
    x: Array, rows: Array, columns: Array, images: Array, method: str, mode: str, fill: float
) -> Array:
    total: Any = 0
    if not x.shape[0]:
        shape = np.broadcast_shapes(rows.shape, columns.shape, (len(images), 1, 1))
        return np.full((*shape, x.shape[3]), fill, x.dtype)
    for at, inside, weight in _corners(x.shape, rows, columns, images, method, mode):
        value = np.where(inside, x[at], np.asarray(fill).astype(x.dtype))
        if method == "nearest":
            return value
        # What has no weight is not read: 0 times infinity is NaN.
        total = total + np.where(weight == 0, 0, value * weight).astype(x.dtype)
    return total


def _sample_grad(
    dy: Array, rows: Array, columns: Array, images: Array, shape: Any, method: str, mode: str
) -> Array:
    out = np.zeros(shape, dy.dtype)
    for at, inside, weight in _corners(shape, rows, columns, images, method, mode):
        if out.size:
            np.add.at(out, at, np.where(inside, weight * dy, 0))
    return out


def _positions(out: int, size: int, method: str, align: bool, half: bool) -> Array:
    i = np.arange(out)
    if method == "nearest":
        step, offset, unit = nearest_positions(out, size, align, half)
        return ((i * step + offset) // unit).astype(float)
    scale, start = source_positions(out, size, align, half)
    return i * scale + start


def _grid(image: Any, out: Any, method: str, align: bool, half: bool) -> tuple[Array, Array, Array]:
    """Rows, columns and images of a resizing."""
    rows = _positions(out[1], image[1], method, align, half)
    columns = _positions(out[2], image[2], method, align, half)
    return rows[None, :, None], columns[None, None], np.arange(image[0])


def _resize(
    x: Array, size: Any, method: str, align_corners: bool, half_pixel_centers: bool
) -> Array:
    grid = _grid(x.shape, (0, *size), method, align_corners, half_pixel_centers)
    return _sample(x, *grid, method, "nearest", 0)


def _resize_grad(
    dy: Array, shape: Any, method: str, align_corners: bool, half_pixel_centers: bool
) -> Array:
    grid = _grid(shape, dy.shape, method, align_corners, half_pixel_centers)
    return _sample_grad(dy, *grid, shape, method, "nearest")


KERNELS: dict[str, Any] = {
    "sample_image": _sample,
    "sample_image_grad": _sample_grad,
    "resize_image": _resize,
    "resize_image_grad": _resize_grad,
}
