"""Pools, normalizations and softmax."""

from __future__ import annotations

from typing import Any

from ..draw import Draw
from ..row import Row


def _window(d: Draw, axes: int) -> list[Any]:
    size = [d.integer(1, 3) for _ in range(axes)]
    strides = [d.integer(1, 3) for _ in range(axes)]
    return [size, strides, d.choose("valid", "same")]


def _images(d: Draw, axes: int, distinct: bool) -> Any:
    shape = [*[d.integer(3, 6) for _ in range(axes)], d.integer(1, 3)]
    if d.chance(0.8):
        shape = [d.integer(1, 2), *shape]
    return d.distinct(shape) if distinct else d.f(shape)


def _pool(axes: int, distinct: bool) -> Any:
    return lambda d: [_images(d, axes, distinct), *_window(d, axes)]


def _explicit(distinct: bool) -> Any:
    """Pools over two axes, now and then with numbers as padding, less than the window."""

    def draw(d: Draw) -> list[Any]:
        x, size, strides, padding = _pool(2, distinct)(d)
        if d.chance(0.25):
            padding = [[d.integer(0, n - 1), d.integer(0, n - 1)] for n in size]
        return [x, size, strides, padding]

    return draw


def _any_pool(d: Draw) -> list[Any]:
    size, strides, padding = _window(d, 2)
    dilations = [1, 1]
    if d.chance(0.4):
        size, strides, dilations = [2, 2], [1, 1], [d.integer(1, 2), d.integer(1, 2)]
    return [_images(d, 2, True), size, d.choose("avg", "max"), padding, dilations, strides]


def _with_argmax(d: Draw) -> list[Any]:
    x = d.distinct([d.integer(1, 2), d.integer(3, 6), d.integer(3, 6), d.integer(1, 3)])
    return [x, *_window(d, 2), d.flag()]


def _argmax_here(f: Any, x: Any, size: Any, strides: Any, padding: str, batch: bool) -> Any:
    return f(x, size, strides, padding, include_batch_in_index=batch)


def _batch_norm(low: int, high: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape = d.shape(low, high)
        channels = shape[-1:]
        rest = [d.f(channels) if d.chance(0.7) else None for _ in range(2)]
        return [d.f(shape), d.f(channels), d.f(channels, 0.2, 2), *rest, d.choose(0.001, 0.125)]

    return draw


def _lrn(d: Draw) -> list[Any]:
    x = d.f((*d.choose((), (2,)), *d.shape(2, 2), d.integer(3, 9)))
    return [x, d.integer(1, 4), d.number(0.5, 2), d.number(0.1, 1), d.number(0.2, 1)]


def _softmax(d: Draw) -> list[Any]:
    return [d.any(d.shape(1, 4), "ffffi")]


def _log_softmax(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    return [d.any(shape, "ffffi"), d.choose(-1, len(shape) - 1)]


def _moving_average(d: Draw) -> list[Any]:
    shape = d.shape(0, 3)
    return [d.f(shape), d.f(shape), d.number(0.1, 0.9), d.integer(1, 5), d.flag()]


_BATCH_NORM = {"py": "batch_normalization"}

ROWS = [
    Row("maxPool", _explicit(True), grad=True, js="(x, size, strides, p) => tf.maxPool(x, size, strides, pads(p))"),
    Row("avgPool", _explicit(False), "contraction", True, js="(x, size, strides, p) => tf.avgPool(x, size, strides, pads(p))"),
    Row("maxPool3d", _pool(3, True), grad=True),
    Row("avgPool3d", _pool(3, False), "contraction", True),
    Row("maxPoolWithArgmax", _with_argmax, call=_argmax_here),
    Row("pool", _any_pool, "contraction", True),
    Row("batchNorm", _batch_norm(1, 4), "contraction", True, **_BATCH_NORM),
    *[Row(f"batchNorm{k}d", _batch_norm(k, k), "contraction", True, **_BATCH_NORM) for k in (2, 3, 4)],
    Row("localResponseNormalization", _lrn, "contraction", True),
    Row("softmax", _softmax, "transcendental", True),
    Row("logSoftmax", _log_softmax, "transcendental", True),
    Row("movingAverage", _moving_average, "contraction"),
]
