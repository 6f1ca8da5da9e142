"""Kernels over windows and matrices: products, convolutions and pools.

Windows are strided views, so a convolution is one `tensordot`, and a transposed one scatters the
taps of the filter one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...spec import Sliding, Window, sliding_window

Array = Any


def _window(op: str, shape: Any, kernel: Any, sliding: Sliding) -> Window:
    return sliding_window(op, shape[1:3], kernel, sliding)


def _padded(x: Array, w: Window, value: float = 0.0) -> Array:
    (top, bottom), (left, right) = w.pads
    if not (top or bottom or left or right):
        return x
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _windows(padded: Array, w: Window) -> Array:
    """A view (batch, out h, out w, kernel h, kernel w, channels) into a padded image."""
    n, sh, sw, sc = padded.strides
    shape = (padded.shape[0], *w.out, *w.kernel, padded.shape[3])
    steps = (n, sh * w.strides[0], sw * w.strides[1], sh * w.dilations[0], sw * w.dilations[1], sc)
    return as_strided(padded, shape, steps, writeable=False)


def _taps(w: Window) -> Iterator[tuple[int, int, Any]]:
    """(i, j, slices): where tap (i, j) of the window reads the padded image, over all outputs."""
    for i in range(w.kernel[0]):
        for j in range(w.kernel[1]):
            y, x = i * w.dilations[0], j * w.dilations[1]
            rows = slice(y, y + (w.out[0] - 1) * w.strides[0] + 1, w.strides[0])
            columns = slice(x, x + (w.out[1] - 1) * w.strides[1] + 1, w.strides[1])
            yield i, j, (slice(None), rows, columns)


def _empty_padded(shape: Any, w: Window, dtype: Any) -> Array:
    (top, bottom), (left, right) = w.pads
    return np.zeros((shape[0], shape[1] + top + bottom, shape[2] + left + right, shape[3]), dtype)


def _cropped(padded: Array, shape: Any, w: Window) -> Array:
    top, left = w.pads[0][0], w.pads[1][0]
    return padded[:, top : top + shape[1], left : left + shape[2]]


# ---------------------------------------------------------------------------------- products


def _batch_matmul(a: Array, b: Array, transpose_a: bool, transpose_b: bool) -> Array:
    a = np.swapaxes(a, -1, -2) if transpose_a else a
    b = np.swapaxes(b, -1, -2) if transpose_b else b
    return np.matmul(a, b)


def _conv2d(x: Array, filters: Array, sliding: Sliding) -> Array:
    w = _window("conv2d", x.shape, filters.shape[:2], sliding)
    return np.tensordot(_windows(_padded(x, w), w), filters, axes=3)


def _conv2d_input_grad(dy: Array, filters: Array, shape: Any, sliding: Sliding) -> Array:
    w = _window("conv2d", shape, filters.shape[:2], sliding)
    out = _empty_padded(shape, w, dy.dtype)
    for i, j, at in _taps(w):
        out[at] += np.tensordot(dy, filters[i, j], axes=([3], [1]))
    return _cropped(out, shape, w)


def _conv2d_filter_grad(x: Array, dy: Array, shape: Any, sliding: Sliding) -> Array:
    w = _window("conv2d", x.shape, shape[:2], sliding)
    return np.tensordot(_windows(_padded(x, w), w), dy, axes=([0, 1, 2], [0, 1, 2]))


def _depthwise(x: Array, filters: Array, sliding: Sliding) -> Array:
    w = _window("conv2d", x.shape, filters.shape[:2], sliding)
    padded = _padded(x, w)
    out = np.zeros((x.shape[0], *w.out, *filters.shape[2:]), x.dtype)
    for i, j, at in _taps(w):
        out += padded[at][..., None] * filters[i, j]
    return out.reshape(*out.shape[:3], filters.shape[2] * filters.shape[3])


def _depthwise_input_grad(dy: Array, filters: Array, shape: Any, sliding: Sliding) -> Array:
    w = _window("conv2d", shape, filters.shape[:2], sliding)
    out = _empty_padded(shape, w, dy.dtype)
    split = dy.reshape(*dy.shape[:3], *filters.shape[2:])
    for i, j, at in _taps(w):
        out[at] += (split * filters[i, j]).sum(axis=-1)
    return _cropped(out, shape, w)


def _depthwise_filter_grad(x: Array, dy: Array, shape: Any, sliding: Sliding) -> Array:
    w = _window("conv2d", x.shape, shape[:2], sliding)
    padded = _padded(x, w)
    split = dy.reshape(*dy.shape[:3], *shape[2:])
    out = np.zeros(shape, x.dtype)
    for i, j, at in _taps(w):
        out[i, j] = (padded[at][..., None] * split).sum(axis=(0, 1, 2))
    return out


# ------------------------------------------------------------------------------------- pools


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _max_pool(x: Array, size: Any, sliding: Sliding) -> Array:
    w = _window("pool", x.shape, size, sliding)
    return _windows(_padded(x, w, _lowest(x.dtype)), w).max(axis=(3, 4))


def _by_tap(views: Array) -> Array:
    """Views into an image with one axis, number 3, for all taps of the window."""
    return views.reshape(*views.shape[:3], views.shape[3] * views.shape[4], views.shape[5])


def _first_maxima(x: Array, w: Window) -> tuple[Array, Array]:
    """The flat tap index of each window's first maximum, and whether it has one: only pixels of the
    image count, also where they are as small as padding, and NaN is larger than any number."""
    views = _by_tap(_windows(_padded(x, w, _lowest(x.dtype)), w))
    inside = _by_tap(_windows(_padded(np.ones((1, *x.shape[1:3], 1), bool), w, False), w))
    best = views.max(axis=3, keepdims=True)
    hits = ((views == best) | (views != views)) & inside
    return hits.argmax(axis=3), hits.any(axis=3)


def _max_pool_grad(x: Array, dy: Array, size: Any, sliding: Sliding) -> Array:
    w = _window("pool", x.shape, size, sliding)
    first, found = _first_maxima(x, w)
    out = _empty_padded(x.shape, w, dy.dtype)
    for i, j, at in _taps(w):
        out[at] += np.where(found & (first == i * size[1] + j), dy, 0)
    return _cropped(out, x.shape, w)


def _max_pool_pick(x: Array, values: Array, size: Any, sliding: Sliding) -> Array:
    w = _window("pool", x.shape, size, sliding)
    first, found = _first_maxima(x, w)
    views = _by_tap(_windows(_padded(values, w), w))
    return np.where(found, np.take_along_axis(views, first[:, :, :, None], axis=3)[:, :, :, 0], 0)


def _max_pool_argmax(x: Array, size: Any, sliding: Sliding, include_batch: bool) -> Array:
    _, height, width, channels = x.shape
    w = _window("pool", x.shape, size, sliding)
    first, found = _first_maxima(x, w)
    n, y, column, c = np.indices(first.shape)
    y = y * w.strides[0] + first // size[1] * w.dilations[0] - w.pads[0][0]
    column = column * w.strides[1] + first % size[1] * w.dilations[1] - w.pads[1][0]
    image = n * height * include_batch
    return np.where(found, ((image + y) * width + column) * channels + c, -1).astype(np.int32)


def _counts(shape: Any, w: Window, dtype: Any) -> Array:
    """How many real pixels each window covers."""
    ones = np.ones((1, shape[1], shape[2], 1), dtype)
    return _windows(_padded(ones, w), w).sum(axis=(3, 4))


def _avg_pool(x: Array, size: Any, sliding: Sliding) -> Array:
    w = _window("pool", x.shape, size, sliding)
    counts = np.maximum(_counts(x.shape, w, x.dtype), 1)
    return _windows(_padded(x, w), w).sum(axis=(3, 4)) / counts


def _avg_pool_grad(dy: Array, shape: Any, size: Any, sliding: Sliding) -> Array:
    w = _window("pool", shape, size, sliding)
    share = dy / np.maximum(_counts(shape, w, dy.dtype), 1)
    out = _empty_padded(shape, w, dy.dtype)
    for _, _, at in _taps(w):
        out[at] += share
    return _cropped(out, shape, w)


KERNELS: dict[str, Any] = {
    "batch_matmul": _batch_matmul,
    "conv2d_nhwc": _conv2d,
    "conv2d_input_grad": _conv2d_input_grad,
    "conv2d_filter_grad": _conv2d_filter_grad,
    "depthwise_conv2d_nhwc": _depthwise,
    "depthwise_conv2d_input_grad": _depthwise_input_grad,
    "depthwise_conv2d_filter_grad": _depthwise_filter_grad,
    "max_pool_nhwc": _max_pool,
    "max_pool_grad": _max_pool_grad,
    "max_pool_pick": _max_pool_pick,
    "max_pool_argmax": _max_pool_argmax,
    "avg_pool_nhwc": _avg_pool,
    "avg_pool_grad": _avg_pool_grad,
}
