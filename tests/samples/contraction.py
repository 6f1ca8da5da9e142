"""Samples of matrix products, convolutions, pools and resizing."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .sample import INF, NAN, Array, Sample, f, i, v


def _matmul(a: Array, c: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    return (np.swapaxes(a, -1, -2) if transpose_a else a) @ (np.swapaxes(c, -1, -2) if transpose_b else c)


def _geometry(n: int, k: int, stride: int, padding: Any, dilation: int, axis: int) -> tuple[int, int]:
    """(output size, pixels added before) by the definition in TensorFlow's guide."""
    extent = dilation * (k - 1) + 1
    if padding == "same":
        out = -(-n // stride)
        return out, max((out - 1) * stride + extent - n, 0) // 2
    before, after = (0, 0) if padding == "valid" else padding[axis]
    return (n + before + after - extent) // stride + 1, before


def _both(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def _each_tap(shape: Any, kernel: Any, strides: Any, padding: Any, dilations: Any) -> Any:
    """Every (output y, output x, tap i, tap j, input y, input x) inside the image."""
    s, d = _both(strides), _both(dilations)
    (oh, top), (ow, left) = (_geometry(shape[1 + a], kernel[a], s[a], padding, d[a], a) for a in range(2))
    for y in range(oh):
        for x in range(ow):
            for ki in range(kernel[0]):
                for kj in range(kernel[1]):
                    iy, ix = y * s[0] + ki * d[0] - top, x * s[1] + kj * d[1] - left
                    if 0 <= iy < shape[1] and 0 <= ix < shape[2]:
                        yield y, x, ki, kj, iy, ix


def _out_size(shape: Any, kernel: Any, strides: Any, padding: Any, dilations: Any) -> tuple[int, int]:
    s, d = _both(strides), _both(dilations)
    return tuple(_geometry(shape[1 + a], kernel[a], s[a], padding, d[a], a)[0] for a in range(2))  # type: ignore[return-value]


def conv2d(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, data_format: str = "channels_last") -> Array:
    if data_format == "channels_first":
        return conv2d(x.transpose(0, 2, 3, 1), w, strides, padding, dilations).transpose(0, 3, 1, 2)
    if x.ndim == 3:
        return conv2d(x[None], w, strides, padding, dilations)[0]
    if groups := x.shape[3] // w.shape[2] - 1:
        parts = zip(np.split(x, groups + 1, 3), np.split(w, groups + 1, 3), strict=True)
        return np.concatenate([conv2d(a, b, strides, padding, dilations) for a, b in parts], 3)
    out = np.zeros((x.shape[0], *_out_size(x.shape, w.shape, strides, padding, dilations), w.shape[3]))
    for oy, ox, ki, kj, iy, ix in _each_tap(x.shape, w.shape, strides, padding, dilations):
        out[:, oy, ox] += x[:, iy, ix] @ w[ki, kj]
    return out


def _conv2d_transpose(x: Array, w: Array, output_shape: Any, strides: Any = 1, padding: Any = "valid") -> Array:
    out = np.zeros(output_shape)
    for oy, ox, ki, kj, iy, ix in _each_tap(output_shape, w.shape, strides, padding, 1):
        out[:, iy, ix] += x[:, oy, ox] @ w[ki, kj].T
    return out


def _depthwise(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1) -> Array:
    out = np.zeros((x.shape[0], *_out_size(x.shape, w.shape, strides, padding, dilations), *w.shape[2:]))
    for oy, ox, ki, kj, iy, ix in _each_tap(x.shape, w.shape, strides, padding, dilations):
        out[:, oy, ox] += x[:, iy, ix][..., None] * w[ki, kj]
    return out.reshape(*out.shape[:3], -1)


def _separable(x: Array, w: Array, p: Array, **options: Any) -> Array:
    return conv2d(_depthwise(x, w, **options), p)


def _max_pool(x: Array, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Array:
    size = _both(pool_size)
    steps = size if strides is None else strides
    out = np.full((x.shape[0], *_out_size(x.shape, size, steps, padding, 1), x.shape[3]), -np.inf)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, steps, padding, 1):
        out[:, oy, ox] = np.maximum(out[:, oy, ox], x[:, iy, ix])
    return out


def _avg_pool(x: Array, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Array:
    size = _both(pool_size)
    steps = size if strides is None else strides
    out = np.zeros((x.shape[0], *_out_size(x.shape, size, steps, padding, 1), x.shape[3]))
    count = np.zeros_like(out)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, steps, padding, 1):
        out[:, oy, ox] += x[:, iy, ix]
        count[:, oy, ox] += 1
    return out / count


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


def _max_pool_pick(x: Array, values: Array, size: Any, strides: Any, padding: Any) -> Array:
    out = np.zeros((x.shape[0], *_out_size(x.shape, size, strides, padding, 1), x.shape[3]))
    best = np.full(out.shape, -np.inf)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, strides, padding, 1):
        wins = x[:, iy, ix] > best[:, oy, ox]
        best[:, oy, ox] = np.where(wins, x[:, iy, ix], best[:, oy, ox])
        out[:, oy, ox] = np.where(wins, values[:, iy, ix], out[:, oy, ox])
    return out


_WINDOWS: list[dict[str, Any]] = [
    {}, {"padding": "same"}, {"strides": 2, "padding": "same"}, {"strides": [1, 2]}, {"dilations": 2, "padding": "same"},
    {"padding": [[1, 0], [2, 1]]},
]  # fmt: skip
_POOLS: list[dict[str, Any]] = [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, {"pool_size": [2, 3], "strides": 1}]

CONTRACTION = [
    *[Sample("matmul", (f(s, salt="l"), f(t, salt="r")), {}, _matmul, "contraction", 2)
      for s, t in [((3, 4), (4, 5)), ((1, 7), (7, 1)), ((8, 16), (16, 12)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 1, 2, 4), (2, 4, 3)),
                   ((4,), (4, 3)), ((3, 4), (4,)), ((5,), (5,)), ((0, 4), (4, 2))]],
    *[Sample("matmul", (f((4, 3) if ta else (3, 4), salt="l"), f((5, 4) if tb else (4, 5), salt="r")), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction", 2) for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (f((33, 130), -1, 1), f((130, 65), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((130, 136), -1, 1), f((136, 128), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((136, 130), -1, 1), f((128, 136), -1, 1)), {"transpose_a": True, "transpose_b": True}, _matmul, "contraction"),
    *[Sample("matmul", (f((3, 72, 64) if ta else (3, 64, 72), -1, 1), f((3, 160, 72) if tb else (3, 72, 160), -1, 1)), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction") for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (i((3, 4)), i((4, 2))), {}, lambda a, c: (a @ c).astype(float), "exact"),
    Sample("dot", (f((6,), salt="l"), f((6,), salt="r")), {}, np.dot, "contraction", 2),
    Sample("outer", (f((3,)), f((4,))), {}, np.outer, "arithmetic", 2),
    *[Sample("conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, 4), -1, 1)), o, conv2d, "contraction", 2) for o in _WINDOWS],
    Sample("conv2d", (f((1, 8, 8, 8)), f((3, 3, 8, 8), -1, 1)), {"padding": "same"}, conv2d, "contraction"),
    Sample("conv2d", (f((2, 5, 6, 8)), f((1, 1, 8, 12), -1, 1)), {}, conv2d, "contraction", 1),
    Sample("conv2d", (f((2, 5, 6, 5)), f((1, 1, 5, 3), -1, 1)), {"strides": 2}, conv2d, "contraction", 1),
    Sample("conv2d", (f((5, 6, 3)), f((3, 3, 3, 2), -1, 1)), {}, conv2d, "contraction", 1),
    *[Sample("conv2d", (f((2, 5, 6, c)), f((3, 2, c // g, 2 * g), -1, 1)), {"strides": 2}, conv2d, "contraction", 1) for c, g in ((6, 3), (6, 6), (16, 2))],
    Sample("conv2d", (f((1, 3, 5, 6)), f((3, 3, 3, 2), -1, 1)), {"data_format": "channels_first"}, conv2d, "contraction", 1),
    # Channels in eights: in WebGL these lie in blocks of 2 x 2 pixels and 8 channels.
    *[Sample("conv2d", (f((2, 5, 7, 16), -1, 1), f((3, 2, 16, 8), -1, 1)), o, conv2d, "contraction", 1) for o in _WINDOWS],
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, conv2d, "contraction", 1)
      for n, h, w, c, k, m, s in [(1, 4, 4, 8, 1, 24, 1), (3, 5, 3, 32, 1, 8, 1), (3, 7, 9, 8, 3, 8, 2), (2, 9, 8, 3, 3, 16, 2), (1, 1, 6, 24, 3, 8, 1),
                                (2, 4, 5, 1, 3, 8, 1), (1, 5, 4, 2, 2, 8, 1), (2, 3, 5, 4, 3, 8, 1), (2, 3, 5, 6, 3, 8, 1), (1, 6, 5, 8, 4, 8, 3), (1, 7, 5, 8, 5, 8, 1), (1, 9, 8, 3, 7, 8, 2)]],
    # From 32 channels on 3 x 3 windows with step 1 are transformed (Winograd).
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((3, 3, c, m), -1, 1)), {"padding": p}, conv2d, "contraction")
      for n, h, w, c, m, p in [(2, 7, 9, 32, 40, "same"), (3, 6, 5, 40, 32, "valid"), (1, 4, 4, 32, 32, ((1, 2), (0, 2))), (1, 3, 11, 32, 64, "valid")]],
    # Groups of channels that are not whole.
    *[Sample("conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, conv2d, "contraction", 1)
      for c, k, m, s in ((12, 3, 6, 1), (42, 1, 20, 1), (6, 3, 9, 2), (3, 5, 12, 2), (36, 3, 44, 1))],
    *[Sample("depthwise_conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, 1), -1, 1)), {"strides": s, "padding": "same"}, _depthwise, "contraction", 1)
      for c, k, s in ((12, 5, 2), (42, 5, 2), (6, 3, 1))],
    *[Sample("depthwise_conv2d", (f((n, 5, 7, c), -1, 1), f((3, 2, c, 1), -1, 1)), o, _depthwise, "contraction", 1)
      for o, n, c in zip(_WINDOWS, itertools.cycle((1, 2, 3)), itertools.cycle((8, 16, 24, 32)))],
    *[Sample("depthwise_conv2d", (f((1, n, n + 1, 8), -1, 1), f((k, k, 8, 1), -1, 1)), {"padding": "same", "strides": s}, _depthwise, "contraction", 1)
      for n, k, s in [(6, 5, 1), (7, 3, 2), (6, 3, 1), (9, 6, 1)]],
    Sample("separable_conv2d", (f((2, 5, 5, 8), -1, 1), f((3, 3, 8, 1), -1, 1), f((1, 1, 8, 16), -1, 1)), {"padding": "same"}, _separable, "contraction", 1),
    *[Sample("conv2d_transpose", (f((2, 4, 3, c), -1, 1), f((k, k, 8, c), -1, 1)), {"output_shape": [2, 8, 6, 8], "strides": 2, "padding": "same"}, _conv2d_transpose, "contraction", 1)
      for c, k in ((8, 3), (16, 4))],
    *[Sample("conv2d_transpose", (f((2, 3, 3, 4)), f((3, 3, 2, 4), -1, 1)), {"output_shape": s, "strides": 2, "padding": p}, _conv2d_transpose, "contraction", 2)
      for s, p in [([2, 6, 6, 2], "same"), ([2, 7, 7, 2], "valid"), ([2, 5, 5, 2], "same")]],
    *[Sample("depthwise_conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, m), -1, 1)), o, _depthwise, "contraction", 2) for o in _WINDOWS for m in (1, 2)],
    Sample("depthwise_conv2d", (f((1, 9, 9, 8)), f((3, 3, 8, 1), -1, 1)), {"padding": "same", "strides": 2}, _depthwise, "contraction"),
    Sample("separable_conv2d", (f((1, 5, 5, 3)), f((3, 3, 3, 2), -1, 1), f((1, 1, 6, 4), -1, 1)), {"padding": "same"}, _separable, "contraction", 2),
    *[Sample("max_pool", (f((2, 6, 7, c)),), o, _max_pool, "exact", 2) for o in _POOLS for c in (3, 4)],
    Sample("max_pool", (v(np.zeros((1, 4, 4, 1))),), {"pool_size": 2}, _max_pool, "exact"),
    *[Sample("max_pool", (v(np.full((1, 2, 4, c), [[[1.0], [NAN], [3.0], [-INF]], [[NAN], [2.0], [-INF], [-INF]]])),), {"pool_size": 2}, _max_pool, "exact") for c in (1, 4)],
    Sample("ops.pool.max_pool_pick", (f((2, 6, 7, 3)), f((2, 6, 7, 3), salt="v")), {"size": [3, 2], "strides": [2, 2], "padding": "same"},
           _max_pool_pick, "exact", 2),
    *[Sample("avg_pool", (f((2, 6, 7, c)),), o, _avg_pool, "contraction", 2) for o in _POOLS for c in (3, 4)],
    *[Sample("image.resize_bilinear", (f((2, 4, 5, c)),), {"size": s, **o}, _resize, "contraction", 2)
      for s, c in [([7, 3], 3), ([4, 5], 4), ([1, 8], 3)] for o in ({}, {"align_corners": True}, {"half_pixel_centers": True})],
    Sample("image.resize_bilinear", (i((5, 4, 3), 0, 255),), {"size": [3, 6]}, _resize, "contraction"),
]
