"""Kernels that read images between their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
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


# ------------------------------------------------------------------------------------ resizing

Flags = tuple[bool, bool]


def _readings(out: int, size: int, method: str, flags: Flags) -> list[tuple[Array, Array]]:
    """The pixels of an axis that resizing reads, and their weights as (out, 1, 1, 1)."""
    i = np.arange(out)
    if method == "nearest":
        step, offset, unit = nearest_positions(out, size, *flags)
        at = ((i * step + offset) // unit).astype(float)
    else:
        scale, start = source_positions(out, size, *flags)
        at = i * scale + start
    ends = _ends(at, size, method, "nearest")
    return [(pixels, weights[:, None, None, None]) for pixels, weights in ends]


def _weighted(x: Array, weights: Array) -> Array:
    return np.where(weights == 0, 0, x * weights).astype(x.dtype)


def _resize(x: Array, size: Any, method: str, align_corners: bool, half_pixel_centers: bool) -> Any:
    """One axis after the other."""
    flags = align_corners, half_pixel_centers
    for axis in (1, 2):
        lines = np.moveaxis(x, axis, 0)
        parts = [
            lines[pixels] if method == "nearest" else _weighted(lines[pixels], weights)
            for pixels, weights in _readings(size[axis - 1], x.shape[axis], method, flags)
        ]
        x = np.moveaxis(reduce(np.add, parts), 0, axis)
    return x


def _resize_grad(
    dy: Array, shape: Any, method: str, align_corners: bool, half_pixel_centers: bool
) -> Array:
    flags = align_corners, half_pixel_centers
    for axis in (1, 2):
        lines = np.moveaxis(dy, axis, 0)
        collected = np.zeros((shape[axis], *lines.shape[1:]), dy.dtype)
        for pixels, weights in _readings(dy.shape[axis], shape[axis], method, flags):
            np.add.at(collected, pixels, _weighted(lines, weights))
        dy = np.moveaxis(collected, 0, axis)
    return dy


KERNELS: dict[str, Any] = {
    "sample_image": _sample,
    "sample_image_grad": _sample_grad,
    "resize_image": _resize,
    "resize_image_grad": _resize_grad,
}
