"""Samples of moves between space, batch and channels, by the definitions in TensorFlow's reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import Array, Sample, b, f, i


def _space_to_batch(x: Array, block_shape: Any, paddings: Any) -> Array:
    block = [block_shape] if isinstance(block_shape, int) else block_shape
    x = np.pad(x, [(0, 0), *paddings, *[(0, 0)] * (x.ndim - 1 - len(block))])
    parts = [x[(slice(None), *(slice(k, None, n) for k, n in zip(at, block, strict=True)))] for at in np.ndindex(*block)]
    return np.concatenate(parts, 0)


def _batch_to_space(x: Array, block_shape: Any, crops: Any) -> Array:
    block = [block_shape] if isinstance(block_shape, int) else block_shape
    batch = x.shape[0] // int(np.prod(block))
    out = np.zeros((batch, *(n * k for n, k in zip(x.shape[1:], block, strict=False)), *x.shape[1 + len(block) :]), x.dtype)
    for number, at in enumerate(np.ndindex(*block)):
        out[(slice(None), *(slice(k, None, n) for k, n in zip(at, block, strict=True)))] = x[number * batch : (number + 1) * batch]
    return out[(slice(None), *(slice(before, n - after) for (before, after), n in zip(crops, out.shape[1:], strict=False)))]


def _space_to_depth(x: Array, block_size: int, data_format: str = "NHWC") -> Array:
    if data_format in ("channels_first", "NCHW"):
        return np.moveaxis(_space_to_depth(np.moveaxis(x, 1, -1), block_size), -1, 1)
    return np.concatenate([x[:, i::block_size, j::block_size] for i in range(block_size) for j in range(block_size)], -1)


def _depth_to_space(x: Array, block_size: int, data_format: str = "NHWC") -> Array:
    if data_format in ("channels_first", "NCHW"):
        return np.moveaxis(_depth_to_space(np.moveaxis(x, 1, -1), block_size), -1, 1)
    n, height, width, channels = x.shape
    out = np.zeros((n, height * block_size, width * block_size, channels // block_size**2), x.dtype)
    for k, part in enumerate(np.split(x, block_size**2, -1)):
        out[:, k // block_size :: block_size, k % block_size :: block_size] = part
    return out


REARRANGE = [
    *[Sample("space_to_batch", (x,), {"block_shape": block, "paddings": pads}, _space_to_batch, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, block, pads in [(f((2, 4, 6, 3)), [2, 3], [[0, 0], [0, 0]]), (f((1, 3, 5, 4)), [2, 2], [[1, 0], [0, 1]]), (f((2, 5)), [3], [[0, 1]]), (f((2, 6, 2, 3)), 3, [[2, 1]]),
                             (f((1, 2, 3, 4, 3)), [2, 1, 2], [[0, 0], [1, 0], [2, 2]]), (f((1, 2, 2, 2, 2, 2)), [2, 2, 2, 2], [[0, 0]] * 4), (f((3, 2)), [], []),
                             (i((1, 4, 4, 1), -(2**31), 2**31 - 1), [2, 2], [[0, 0], [2, 0]]), (b((2, 2, 4)), [1, 4], [[0, 0], [0, 0]]), (f((0, 4, 4, 2)), [2, 2], [[0, 0], [0, 0]])]],
    *[Sample("batch_to_space", (x,), {"block_shape": block, "crops": crops}, _batch_to_space, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, block, crops in [(f((12, 2, 3, 3)), [2, 3], [[0, 0], [0, 0]]), (f((4, 2, 3, 4)), [2, 2], [[1, 0], [0, 1]]), (f((3, 2)), [3], [[0, 1]]), (f((6, 2, 2)), 3, [[2, 1]]),
                              (f((4, 2, 3, 2, 3)), [2, 1, 2], [[0, 0], [1, 0], [2, 1]]), (f((16, 1, 1, 1, 1, 2)), [2, 2, 2, 2], [[0, 0]] * 4), (f((3, 2)), [], []),
                              (i((4, 2, 2, 1), -(2**31), 2**31 - 1), [2, 2], [[0, 0], [2, 0]]), (b((4, 2, 1)), [1, 4], [[0, 0], [0, 0]]), (f((4, 2, 1)), [2], [[2, 2]])]],
    *[Sample("depth_to_space", (x,), {"block_size": n, "data_format": c}, _depth_to_space, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, n, c in [(f((2, 3, 2, 8)), 2, "NHWC"), (f((1, 2, 2, 9)), 3, "channels_last"), (f((2, 12, 3, 2)), 2, "NCHW"), (i((1, 4, 2, 3)), 2, "channels_first"), (b((1, 2, 3, 4)), 1, "NHWC")]],
    *[Sample("space_to_depth", (x,), {"block_size": n, "data_format": c}, _space_to_depth, "exact", 2 if x.dtype.kind == "f" else 0)
      for x, n, c in [(f((2, 6, 4, 3)), 2, "NHWC"), (f((1, 3, 6, 4)), 3, "channels_last"), (f((2, 3, 4, 6)), 2, "NCHW"), (i((1, 2, 4, 6)), 2, "channels_first"), (b((1, 2, 3, 4)), 1, "NHWC")]],
]
