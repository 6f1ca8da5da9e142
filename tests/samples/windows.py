"""Samples of what moves a window over one, two or three axes: convolutions, pools, morphology."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from .sample import INF, NAN, Array, Sample, f, i, v


def _each(value: Any, rank: int) -> list[int]:
    return [value] * rank if isinstance(value, int) else list(value)


def _pads(padding: Any, rank: int) -> list[Any]:
    """(before, after) of each axis of explicit padding, as users may give it."""
    if isinstance(padding, int):
        padding = [padding] * rank
    pairs = [[p, p] if isinstance(p, int) else list(p) for p in padding]
    if len(pairs) == rank + 2:
        return pairs[2:] if any(pairs[-1]) else pairs[1:-1]
    return pairs


def _geometry(n: int, k: int, stride: int, padding: Any, dilation: int, mode: str) -> tuple[int, int]:
    """(output size, pixels added before) by the definitions in TensorFlow's guide and in TF.js."""
    extent = dilation * (k - 1) + 1
    if padding == "same":
        out = -(-n // stride)
        return out, max((out - 1) * stride + extent - n, 0) // 2
    before, after = padding
    steps = (n + before + after - extent) / stride
    round_it = {"floor": math.floor, "ceil": math.ceil, "round": lambda x: math.floor(x + 0.5)}
    return round_it[mode](steps) + 1, before


class _Window:
    """Every result and what lies under it, one tap at a time, over any number of axes."""

    def __init__(self, size: Any, kernel: Any, strides: Any, padding: Any, dilations: Any = 1, mode: str = "floor") -> None:
        rank = len(kernel)
        self.size, self.kernel = size, kernel
        self.strides, self.dilations = _each(strides, rank), _each(dilations, rank)
        pads = ["same"] * rank if padding == "same" else _pads(0 if padding == "valid" else padding, rank)
        axes = [_geometry(*row, mode) for row in zip(size, kernel, self.strides, pads, self.dilations, strict=True)]
        self.out, self.before = [a[0] for a in axes], [a[1] for a in axes]

    def __iter__(self) -> Any:
        """(index of the result, of the tap, of the pixel), for all pixels inside the image; the first
        and last are for arrays with a batch axis."""
        everything = (slice(None),)
        for o in np.ndindex(*self.out):
            for k in np.ndindex(*self.kernel):
                at = [a * s + b * d - p for a, s, b, d, p in zip(o, self.strides, k, self.dilations, self.before, strict=True)]
                if all(0 <= a < n for a, n in zip(at, self.size, strict=True)):
                    yield everything + o, k, everything + tuple(at)


def _images(function: Any, rank: int = 0) -> Any:
    """`function` of a batch with channels last and filters, as one of all data formats and of one
    image; the filters tell the rank if nothing does."""

    def run(x: Array, *args: Any, data_format: str = "channels_last", **options: Any) -> Any:
        axes = rank or args[0].ndim - 2
        if x.ndim == axes + 1:
            y = run(x[None], *args, data_format=data_format, **options)
            return tuple(a[0] for a in y) if isinstance(y, tuple) else y[0]
        if data_format in ("channels_first", "NCW", "NCHW", "NCDHW"):
            return np.moveaxis(function(np.moveaxis(x, 1, -1), *args, **options), -1, 1)
        return function(x, *args, **options)

    return run


def _conv(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, dim_rounding_mode: str = "floor") -> Array:
    if groups := x.shape[-1] // w.shape[-2] - 1:
        parts = zip(np.split(x, groups + 1, -1), np.split(w, groups + 1, -1), strict=True)
        return np.concatenate([_conv(a, b, strides, padding, dilations, dim_rounding_mode) for a, b in parts], -1)
    window = _Window(x.shape[1:-1], w.shape[:-2], strides, padding, dilations, dim_rounding_mode)
    out = np.zeros((x.shape[0], *window.out, w.shape[-1]))
    for to, tap, at in window:
        out[to] += x[at] @ w[tap]
    return out


conv = _images(_conv)


def _transposed(x: Array, w: Array, output_shape: Any, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, data_format: str = "channels_last", dim_rounding_mode: str = "floor") -> Array:
    if x.ndim == w.ndim - 1:
        shape = [1, *output_shape][-w.ndim :]
        return _transposed(x[None], w, shape, strides, padding, dilations, data_format, dim_rounding_mode)[0]
    shape = [x.shape[0], *output_shape][-w.ndim :]
    if data_format == "channels_first":
        back = _transposed(np.moveaxis(x, 1, -1), w, [shape[0], *shape[2:], shape[1]], strides, padding, dilations, dim_rounding_mode=dim_rounding_mode)
        return np.moveaxis(back, -1, 1)
    if groups := shape[-1] // w.shape[-2] - 1:
        parts = zip(np.split(x, groups + 1, -1), np.split(w, groups + 1, -1), strict=True)
        return np.concatenate([_transposed(a, b, [*shape[:-1], w.shape[-2]], strides, padding, dilations) for a, b in parts], -1)
    out = np.zeros(shape)
    for to, tap, at in _Window(shape[1:-1], w.shape[:-2], strides, padding, dilations, dim_rounding_mode):
        out[at] += x[to] @ w[tap].T
    return out


def _keras_transposed(x: Array, w: Array, strides: int = 1, padding: Any = "valid", dilations: int = 1) -> Array:
    """With the shape that Keras chooses."""
    extents = [dilations * (k - 1) + 1 for k in w.shape[:-2]]
    sizes = x.shape[1:-1]
    if padding == "same":
        out = [n * strides for n in sizes]
    elif padding == "valid":
        out = [n * strides + max(e - strides, 0) for n, e in zip(sizes, extents, strict=True)]
    else:
        out = [(n - 1) * strides + e - 2 * padding for n, e in zip(sizes, extents, strict=True)]
    return _transposed(x, w, [x.shape[0], *out, w.shape[-2]], strides, padding, dilations)


@_images
def _depthwise(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, dim_rounding_mode: str = "floor") -> Array:
    window = _Window(x.shape[1:-1], w.shape[:-2], strides, padding, dilations, dim_rounding_mode)
    out = np.zeros((x.shape[0], *window.out, *w.shape[-2:]))
    for to, tap, at in window:
        out[to] += x[at][..., None] * w[tap]
    return out.reshape(*out.shape[:-2], -1)


def _separable(x: Array, w: Array, p: Array, data_format: str = "channels_last", **options: Any) -> Array:
    return conv(_depthwise(x, w, data_format=data_format, **options), p, data_format=data_format)


def _pool(kind: str, rank: int) -> Any:
    """The reference of pools over `rank` axes: "max", "avg" or "argmax"."""

    def pool(x: Array, pool_size: Any, strides: Any = None, padding: Any = "valid", dilations: Any = 1, dim_rounding_mode: str = "floor", include_batch_in_index: bool = False) -> Any:
        size = _each(pool_size, rank)
        window = _Window(x.shape[1:-1], size, size if strides is None else strides, padding, dilations, dim_rounding_mode)
        shape = (x.shape[0], *window.out, x.shape[-1])
        if kind != "avg":
            best, where = _maxima(x, window, shape, include_batch_in_index)
            return (best, where) if kind == "argmax" else best
        total, count = np.zeros(shape), np.zeros(shape)
        for to, _, at in window:
            total[to] += x[at]
            count[to] += 1
        return total / np.maximum(count, 1)

    return _images(pool, rank)


def _maxima(x: Array, window: _Window, shape: Any, include_batch: bool) -> tuple[Array, Array]:
    best = np.full(shape, -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
    where, found = np.full(shape, -1), np.zeros(shape, bool)
    numbers = np.arange(x.size).reshape(x.shape)
    if not include_batch:
        numbers = numbers % max(math.prod(x.shape[1:]), 1)
    for to, _, at in window:
        wins = ~found[to] | (x[at] > best[to]) | (np.isnan(x[at]) & ~np.isnan(best[to]))
        best[to], where[to] = np.where(wins, x[at], best[to]), np.where(wins, numbers[at], where[to])
        found[to] = True
    return best, where


def _max_pool_pick(x: Array, values: Array, size: Any, sliding: Any) -> Array:
    strides, padding, dilations = sliding
    window = _Window(x.shape[1:-1], size, strides, padding, dilations)
    _, where = _maxima(x, window, (x.shape[0], *window.out, x.shape[-1]), True)
    return values.ravel()[where]


def _nn_pool(x: Array, window_shape: Any, pooling_type: str, padding: Any = "valid", dilations: Any = 1, strides: Any = 1, **options: Any) -> Array:
    rank = len(window_shape) if isinstance(window_shape, list) else 3 if x.ndim == 5 else 2
    return _pool(pooling_type.lower(), rank)(x, window_shape, strides, padding, dilations=dilations, **options)


def _dilation(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1) -> Array:
    window = _Window(x.shape[1:-1], w.shape[:2], strides, padding, dilations)
    out = np.full((x.shape[0], *window.out, x.shape[-1]), -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
    for to, tap, at in window:
        out[to] = np.maximum(out[to], x[at] + w[tap])
    return out


_dilation2d = _images(_dilation, 2)


def _fused(function: Any) -> Any:
    """A convolution, a bias for each channel and an activation."""

    def run(x: Array, w: Array, bias: Any, activation: str, prelu_weights: Any = 0.0, data_format: str = "NHWC", **window: Any) -> Array:
        shape = (-1, 1, 1) if data_format == "NCHW" else (-1,)
        y = function(x, w, data_format=data_format, **window) + np.reshape(bias, shape)
        return np.where(y < 0, np.reshape(prelu_weights, shape) * y, y) if activation == "prelu" else np.clip(y, 0, 6)

    return run


def _lrn(x: Array, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5) -> Array:
    channels = x.shape[-1]
    near = np.abs(np.arange(channels)[:, None] - np.arange(channels)) <= depth_radius
    return x / (bias + alpha * (x * x) @ near) ** beta



_WINDOWS: list[dict[str, Any]] = [
    {}, {"padding": "same"}, {"strides": 2, "padding": "same"}, {"strides": [1, 2]}, {"dilations": 2, "padding": "same"},
    {"padding": [[1, 0], [2, 1]]},
]  # fmt: skip
_POOLS: list[dict[str, Any]] = [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, {"pool_size": [2, 3], "strides": 1}]
#: For windows of any rank: one number for all axes. The numbers leave a rest for each rounding.
_ANY_RANK: list[dict[str, Any]] = [
    {}, {"padding": "same", "strides": 2}, {"padding": 1, "dilations": 2, "strides": 2}, {"padding": "same", "strides": 3, "dilations": 2},
    *[{"padding": 1, "strides": 3, "dim_rounding_mode": m} for m in ("floor", "round", "ceil")],
]  # fmt: skip
_FORMATS = {1: ("channels_first", "NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("channels_first", "NDHWC", "NCDHW")}

WINDOWS = [
    *[Sample("conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, 4), -1, 1)), o, conv, "contraction", 2) for o in _WINDOWS],
    Sample("conv2d", (f((1, 8, 8, 8)), f((3, 3, 8, 8), -1, 1)), {"padding": "same"}, conv, "contraction"),
    Sample("conv2d", (f((2, 5, 6, 8)), f((1, 1, 8, 12), -1, 1)), {}, conv, "contraction", 1),
    Sample("conv2d", (f((2, 5, 6, 5)), f((1, 1, 5, 3), -1, 1)), {"strides": 2}, conv, "contraction", 1),
    Sample("conv2d", (f((5, 6, 3)), f((3, 3, 3, 2), -1, 1)), {}, conv, "contraction", 1),
    *[Sample("conv2d", (f((2, 5, 6, c)), f((3, 2, c // g, 2 * g), -1, 1)), {"strides": 2}, conv, "contraction", 1) for c, g in ((6, 3), (6, 6), (16, 2))],
    Sample("conv2d", (f((1, 3, 5, 6)), f((3, 3, 3, 2), -1, 1)), {"data_format": "channels_first"}, conv, "contraction", 1),
    # Channels in eights: in WebGL these lie in blocks of 2 x 2 pixels and 8 channels.
    *[Sample("conv2d", (f((2, 5, 7, 16), -1, 1), f((3, 2, 16, 8), -1, 1)), o, conv, "contraction", 1) for o in _WINDOWS],
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, conv, "contraction", 1)
      for n, h, w, c, k, m, s in [(1, 4, 4, 8, 1, 24, 1), (3, 5, 3, 32, 1, 8, 1), (3, 7, 9, 8, 3, 8, 2), (2, 9, 8, 3, 3, 16, 2), (1, 1, 6, 24, 3, 8, 1),
                                (2, 4, 5, 1, 3, 8, 1), (1, 5, 4, 2, 2, 8, 1), (2, 3, 5, 4, 3, 8, 1), (2, 3, 5, 6, 3, 8, 1), (1, 6, 5, 8, 4, 8, 3), (1, 7, 5, 8, 5, 8, 1), (1, 9, 8, 3, 7, 8, 2)]],
    # From 32 channels on 3 x 3 windows with step 1 are transformed (Winograd).
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((3, 3, c, m), -1, 1)), {"padding": p}, conv, "contraction")
      for n, h, w, c, m, p in [(2, 7, 9, 32, 40, "same"), (3, 6, 5, 40, 32, "valid"), (1, 4, 4, 32, 32, ((1, 2), (0, 2))), (1, 3, 11, 32, 64, "valid")]],
    # Groups of channels that are not whole.
    *[Sample("conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, conv, "contraction", 1)
      for c, k, m, s in ((12, 3, 6, 1), (42, 1, 20, 1), (6, 3, 9, 2), (3, 5, 12, 2), (36, 3, 44, 1))],
    *[Sample("depthwise_conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, 1), -1, 1)), {"strides": s, "padding": "same"}, _depthwise, "contraction", 1)
      for c, k, s in ((12, 5, 2), (42, 5, 2), (6, 3, 1))],
    *[Sample("depthwise_conv2d", (f((n, 5, 7, c), -1, 1), f((3, 2, c, 1), -1, 1)), o, _depthwise, "contraction", 1)
      for o, n, c in zip(_WINDOWS, itertools.cycle((1, 2, 3)), itertools.cycle((8, 16, 24, 32)))],
    *[Sample("depthwise_conv2d", (f((1, n, n + 1, 8), -1, 1), f((k, k, 8, 1), -1, 1)), {"padding": "same", "strides": s}, _depthwise, "contraction", 1)
      for n, k, s in [(6, 5, 1), (7, 3, 2), (6, 3, 1), (9, 6, 1)]],
    Sample("separable_conv2d", (f((2, 5, 5, 8), -1, 1), f((3, 3, 8, 1), -1, 1), f((1, 1, 8, 16), -1, 1)), {"padding": "same"}, _separable, "contraction", 1),
    *[Sample("conv2d_transpose", (f((2, 4, 3, c), -1, 1), f((k, k, 8, c), -1, 1)), {"output_shape": [2, 8, 6, 8], "strides": 2, "padding": "same"}, _transposed, "contraction", 1)
      for c, k in ((8, 3), (16, 4))],
    *[Sample("conv2d_transpose", (f((2, 3, 3, 4)), f((3, 3, 2, 4), -1, 1)), {"output_shape": s, "strides": 2, "padding": p}, _transposed, "contraction", 2)
      for s, p in [([2, 6, 6, 2], "same"), ([2, 7, 7, 2], "valid"), ([2, 5, 5, 2], "same")]],
    *[Sample("depthwise_conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, m), -1, 1)), o, _depthwise, "contraction", 2) for o in _WINDOWS for m in (1, 2)],
    Sample("depthwise_conv2d", (f((1, 9, 9, 8)), f((3, 3, 8, 1), -1, 1)), {"padding": "same", "strides": 2}, _depthwise, "contraction"),
    Sample("separable_conv2d", (f((1, 5, 5, 3)), f((3, 3, 3, 2), -1, 1), f((1, 1, 6, 4), -1, 1)), {"padding": "same"}, _separable, "contraction", 2),
    *[Sample("max_pool", (f((2, 6, 7, c)),), o, _pool("max", 2), "exact", 2) for o in _POOLS for c in (3, 4)],
    Sample("max_pool", (v(np.zeros((1, 4, 4, 1))),), {"pool_size": 2}, _pool("max", 2), "exact"),
    *[Sample("max_pool", (v(np.full((1, 2, 4, c), [[[1.0], [NAN], [3.0], [-INF]], [[NAN], [2.0], [-INF], [-INF]]])),), {"pool_size": 2}, _pool("max", 2), "exact") for c in (1, 4)],
    Sample("ops.pool.max_pool_pick", (f((2, 6, 7, 3)), f((2, 6, 7, 3), salt="v")), {"size": [3, 2], "sliding": [[2, 2], "same", [1, 1]]},
           _max_pool_pick, "exact", 2),
    *[Sample("avg_pool", (f((2, 6, 7, c)),), o, _pool("avg", 2), "contraction", 2) for o in _POOLS for c in (3, 4)],
]

#: Over one and three axes, and what only some ranks or options have.
CONVOLUTIONS = [
    *[Sample("conv1d", (f((n, 9, c), salt="l"), f((3, c, m), -1, 1)), o, conv, "contraction", 2)
      for o, (n, c, m) in zip(_ANY_RANK, itertools.cycle([(2, 3, 4), (1, 8, 8), (3, 4, 5)]))],
    *[Sample("conv1d", (f((2, 5, 6)), f((3, 5 if c[-1] != "C" else 6, 4), -1, 1)), {"data_format": c}, conv, "contraction", 1) for c in _FORMATS[1]],
    # Steps as large as the window: of one tap each, whose gradient reaches pixels that no window does.
    *[Sample("conv2d", (f((1, n, n, 8)), f((k, k, 8, 8), -1, 1)), {"strides": 3, "padding": 1}, conv, "contraction", 1) for n in (8, 9) for k in (2, 3)],
    Sample("conv1d", (f((7, 3)), f((2, 3, 4), -1, 1)), {"padding": [[2, 1]]}, conv, "contraction", 1),
    Sample("conv1d", (f((3, 7, 6)), f((3, 2, 9), -1, 1)), {"padding": [[0, 0], [1, 0], [0, 0]]}, conv, "contraction", 1),
    Sample("conv1d", (f((0, 7, 3)), f((2, 3, 4), -1, 1)), {}, conv, "contraction"),
    Sample("conv1d", (i((2, 7, 3)), i((2, 3, 4))), {}, conv, "contraction"),
    *[Sample("conv2d", (f((1, 8, 9, 4), salt="l"), f((3, 2, 4, 4), -1, 1)), o, conv, "contraction", 1) for o in _ANY_RANK[2:]],
    Sample("conv2d", (f((1, 5, 6, 3)), f((2, 2, 3, 2), -1, 1)), {"padding": [[0, 0], [1, 0], [0, 2], [0, 0]], "data_format": "NHWC"}, conv, "contraction", 1),
    Sample("conv2d", (f((1, 3, 5, 6)), f((2, 2, 3, 2), -1, 1)), {"padding": [[0, 0], [0, 0], [1, 0], [0, 2]], "data_format": "NCHW"}, conv, "contraction", 1),
    Sample("conv2d", (f((1, 5, 6, 3)), f((2, 2, 3, 2), -1, 1)), {"padding": [2, [0, 1]]}, conv, "contraction"),
    Sample("conv2d", (f((0, 5, 6, 3)), f((2, 2, 3, 2), -1, 1)), {}, conv, "contraction"),
    *[Sample("conv3d", (f((n, 5, 6, 7, c), salt="l"), f((3, 2, 3, c, m), -1, 1)), o, conv, "contraction", 2)
      for o, (n, c, m) in zip(_ANY_RANK, itertools.cycle([(2, 3, 4), (1, 1, 2), (1, 4, 4)]))],
    *[Sample("conv3d", (f((2, 3, 4, 5, 6)), f((2, 2, 2, 3 if c[-1] != "C" else 6, 4), -1, 1)), {"data_format": c}, conv, "contraction", 1) for c in _FORMATS[3]],
    Sample("conv3d", (f((4, 3, 4, 2)), f((2, 3, 1, 2, 4), -1, 1)), {"strides": [1, 2, 3], "padding": [[1, 0], [2, 1], 0]}, conv, "contraction", 1),
    Sample("conv3d", (f((1, 4, 3, 4, 2)), f((2, 3, 1, 2, 4), -1, 1)), {"padding": [[0, 0], [2, 0], [0, 1], [1, 1], [0, 0]]}, conv, "contraction"),
    Sample("conv3d", (f((1, 4, 3, 4, 6)), f((2, 1, 3, 2, 9), -1, 1)), {}, conv, "contraction", 1),
    Sample("conv3d", (f((1, 3, 3, 4, 4)), f((1, 2, 2, 1, 8), -1, 1)), {}, conv, "contraction", 1),
    Sample("conv3d", (f((2, 6, 7, 8, 8), -1, 1), f((3, 3, 3, 8, 16), -1, 1)), {"padding": "same"}, conv, "contraction"),
    # One tap along the depth, which meets no pixel of a volume of one plane.
    Sample("conv3d", (f((1, 1, 3, 4, 2)), f((2, 2, 2, 2, 3), -1, 1)), {"padding": [2, 0, 0], "dilations": [4, 1, 1]}, conv, "contraction", 1),
    Sample("conv3d", (f((0, 4, 3, 4, 2)), f((2, 3, 1, 2, 4), -1, 1)), {}, conv, "contraction"),
    *[Sample(f"conv{r}d_transpose", (f((2, *(3, 4, 2)[:r], 3), salt="l"), f((*(3, 2, 3)[:r], m, 3), -1, 1)), {"output_shape": s, **o}, _transposed, "contraction", 2)
      for r, m, s, o in [(1, 2, [2, 7, 2], {"strides": 2}), (1, 4, [2, 9, 4], {"strides": 3, "padding": "same"}), (1, 2, [6, 2], {"strides": 3, "padding": 1, "dim_rounding_mode": "ceil"}),
                         (1, 2, [2, 7, 2], {"dilations": 2}), (1, 2, [2, 9, 2], {"dilations": 2, "strides": 2}), (2, 2, [2, 7, 6, 2], {"dilations": 2, "padding": [[0, 0], [0, 0]]}),
                         (3, 2, [2, 7, 8, 5, 2], {"strides": 2}), (3, 1, [2, 6, 8, 3, 1], {"strides": 2, "padding": "same"}), (3, 2, [5, 4, 6, 2], {"dilations": [1, 1, 2], "padding": [0, [1, 0], 0]})]],
    *[Sample(f"conv{r}d_transpose", (f((2, *(3, 4, 2)[:r], 3)), f((*(3, 2, 1)[:r], 2, 3), -1, 1)), o, _keras_transposed, "contraction", 1)
      for r in (1, 2, 3) for o in ({"strides": 2}, {"strides": 2, "padding": "same"}, {"strides": 3, "padding": 1}, {"dilations": 2})],
    Sample("conv2d_transpose", (f((1, 3, 2, 4)), f((3, 2, 5, 3), -1, 1)), {"strides": 2, "data_format": "NCHW"},
           lambda x, w, strides, data_format: np.moveaxis(_keras_transposed(np.moveaxis(x, 1, -1), w, strides), -1, 1), "contraction", 1),
    Sample("conv1d_transpose", (f((4, 3)), f((3, 2, 3), -1, 1)), {"output_shape": [6, 2]}, _transposed, "contraction", 1),
    Sample("conv2d_transpose", (f((4, 3, 5)), f((2, 2, 4, 5), -1, 1)), {"output_shape": [1, 8, 6, 4], "strides": 2}, _transposed, "contraction", 1),
    *[Sample("conv2d_transpose", (f((1, 6, 3, 4)), f((2, 2, 6 // g, 6), -1, 1)), {"output_shape": [1, 6, 4, 5], "data_format": "channels_first"}, _transposed, "contraction", 2) for g in (1, 2, 6)],
    Sample("conv3d_transpose", (f((1, 4, 2, 3, 2)), f((2, 2, 2, 1, 4), -1, 1)), {"output_shape": [1, 2, 3, 4, 3], "data_format": "channels_first"}, _transposed, "contraction", 1),
    Sample("conv3d_transpose", (f((2, 5, 6, 7, 8), -1, 1), f((3, 3, 3, 8, 8), -1, 1)), {"output_shape": [2, 10, 12, 14, 8], "strides": 2, "padding": "same"}, _transposed, "contraction"),
    *[Sample("depthwise_conv2d", (f((1, 8, 9, c), salt="l"), f((3, 2, c, 2), -1, 1)), o, _depthwise, "contraction", 1) for o, c in zip(_ANY_RANK[2:], itertools.cycle((3, 8)))],
    *[Sample("depthwise_conv2d", (f((1, 4, 6, 8)), f((3, 2, 4 if c == "NCHW" else 8, m), -1, 1)), {"data_format": c, "padding": [[1, 0], [0, 2]]}, _depthwise, "contraction", 1)
      for c in ("NHWC", "NCHW") for m in (1, 2)],
    *[Sample("separable_conv2d", (f((1, 4, 6, 8)), f((3, 2, 4 if c == "NCHW" else 8, 2), -1, 1), f((1, 1, 8 if c == "NCHW" else 16, 3), -1, 1)), {"data_format": c, "padding": p, "dilations": 2}, _separable, "contraction", 1)
      for c, p in [("NHWC", 2), ("NCHW", [[2, 2], [1, 2]])]],
    *[Sample(f"fused.{name}", (f((1, 4, 5, 4)), f((3, 2, 4, m), -1, 1)), {"data_format": c, "bias": [0.5, -1.0, 0.25, 2.0], **o}, _fused(function), "contraction", 1)
      for name, m, function in (("conv2d", 4, conv), ("depthwise_conv2d", 1, _depthwise)) for c in ("NHWC", "NCHW")
      for o in ({"activation": "prelu", "prelu_weights": [0.1, 0.2, 0.3, 0.4]}, {"activation": "relu6", "padding": 1, "strides": 2, "dim_rounding_mode": "ceil"})],
]

POOLS = [
    *[Sample(f"{k}_pool{r}d".replace("2d", ""), (f((2, *(9, 6, 7)[:r], c), salt="l"),), {"pool_size": 3, **o}, _pool(k, r), "contraction" if k == "avg" else "exact", 2)
      for k in ("max", "avg") for r in (1, 2, 3) for o, c in zip([{"strides": 1, "dilations": 2}, *_ANY_RANK], itertools.cycle((3, 4)))],
    *[Sample(f"{k}_pool{r}d".replace("2d", ""), (f((1, *(4, 5, 6)[:r], 4)),), {"pool_size": 2, "data_format": c}, _pool(k, r), "contraction" if k == "avg" else "exact", 1)
      for k in ("max", "avg") for r in (1, 2, 3) for c in _FORMATS[r]],
    *[Sample(f"{k}_pool{r}d".replace("2d", ""), (f((*(4, 5, 6)[:r], 2)),), {"pool_size": [2, 3, 2][:r], "strides": [1, 2, 3][:r], "padding": [[1, 1], [0, 2], [1, 0]][:r]}, _pool(k, r),
             "contraction" if k == "avg" else "exact", 1) for k in ("max", "avg") for r in (1, 2, 3)],
    *[Sample(f"{k}_pool{r}d".replace("2d", ""), (f((0, *(4, 5, 6)[:r], 2)),), {"pool_size": 2}, _pool(k, r), "exact") for k in ("max", "avg") for r in (1, 2, 3)],
    # The last windows lie outside altogether.
    *[Sample(f"{k}_pool", (f((1, 4, 4, c)),), {"pool_size": 1, "strides": 3, "padding": [[0, 3], [2, 0]]}, _pool(k, 2), "exact", int(k == "avg")) for k in ("max", "avg") for c in (3, 4)],
    *[Sample("max_pool", (v(np.array([2147483647, -2147483648, 16777217, 16777216] * 5 * c)[: 20 * c].reshape((1, 4, 5, c)), "int32"),), {"pool_size": 2, "padding": p}, _pool("max", 2), "exact")
      for c in (1, 4) for p in ("same", [[0, 2], [0, 2]])],
    Sample("max_pool3d", (i((2, 4, 3, 5, 3)),), {"pool_size": [2, 3, 2]}, _pool("max", 3), "exact"),
    Sample("max_pool3d", (v(np.full((1, 2, 2, 2, 1), [[[[1.0], [NAN]], [[3.0], [-INF]]], [[[NAN], [2.0]], [[-INF], [-INF]]]])),), {"pool_size": [1, 2, 1]}, _pool("max", 3), "exact"),
    Sample("avg_pool", (i((2, 4, 5, 3)),), {"pool_size": 2}, _pool("avg", 2), "contraction"),
    *[Sample("pool", (x,), {"window_shape": w, "pooling_type": k, **o}, _nn_pool, "contraction" if k.lower() == "avg" else "exact", 1)
      for x, w, k, o in [(f((1, 6, 7, 3)), 2, "max", {}), (f((1, 6, 7, 3)), [2, 3], "AVG", {"dilations": 2, "padding": "same"}), (f((6, 7, 4)), 2, "avg", {"strides": 2, "padding": 1}),
                         (f((2, 7, 3)), [3], "max", {"dilations": 3}), (f((1, 4, 5, 4, 2)), 2, "avg", {"dilations": [1, 2, 1]}), (f((2, 4, 5)), [2], "max", {"data_format": "NCW"}),
                         (f((1, 7, 7, 3)), 2, "max", {"strides": 2, "padding": 0, "dim_rounding_mode": "ceil"})]],
    *[Sample("max_pool_with_argmax", (x,), o, _pool("argmax", 2), "exact", 2)
      for x in (f((2, 5, 6, 3)), f((2, 5, 6, 4)), f((4, 5, 2))) for o in ({"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same", "include_batch_in_index": True})],
    *[Sample("max_pool_with_argmax", (x,), {"pool_size": 2, "padding": [[0, 2], [1, 1]], "include_batch_in_index": b}, _pool("argmax", 2), "exact")
      for b in (False, True) for x in (i((2, 3, 4, 3), 0, 3), v(np.full((2, 2, 3, 4), -INF)), v(np.array([NAN, 1, NAN, INF] * 6).reshape((2, 2, 6, 1))))],
]

MORPHOLOGY = [
    *[Sample("dilation2d", (f((2, 6, 7, c), salt="l"), f((3, 2, c), -1, 1)), o, _dilation2d, "arithmetic", 2) for o in (*_WINDOWS[:-1], {"padding": [[1, 0], [1, 1]]}, {"strides": 2, "dilations": 2, "padding": 2}) for c in (3, 4)],
    Sample("dilation2d", (f((5, 6, 3)), f((2, 2, 3))), {"data_format": "NHWC"}, _dilation2d, "arithmetic", 1),
    Sample("dilation2d", (v([[[[2147483647], [-2147483648]], [[5], [-7]]]]), v([[[-1], [-2]]])), {"padding": "same"}, _dilation2d, "exact"),
    Sample("dilation2d", (v(np.array([NAN, 1, -INF, INF, 2, 3, 4, -0.0]).reshape((1, 2, 4, 1))), v([[[0.0], [1.0]]])), {"padding": "same"}, _dilation2d, "exact"),
    Sample("dilation2d", (f((0, 5, 6, 3)), f((2, 2, 3))), {}, _dilation2d, "exact"),
    *[Sample("local_response_normalization", (f(s),), o, _lrn, "transcendental", 2)
      for s in ((2, 3, 2, 7), (3, 2, 8)) for o in ({}, {"depth_radius": 1, "bias": 2.0, "alpha": 0.5, "beta": 0.75}, {"depth_radius": 0}, {"depth_radius": 100, "beta": 1.5})],
    Sample("local_response_normalization", (f((0, 3, 2, 7)),), {}, _lrn, "exact"),
    Sample("local_response_normalization", (i((1, 3, 2, 5)),), {}, _lrn, "transcendental"),
]
