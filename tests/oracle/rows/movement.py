"""What moves elements without computing on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row


def _factors(d: Draw, size: int) -> list[int]:
    """A shape of `size` elements."""
    shape: list[int] = []
    while size > 1:
        n = d.choose(*[k for k in range(1, size + 1) if size % k == 0])
        shape.append(n)
        size //= n
    return shape


def _reshape(d: Draw) -> list[Any]:
    x = d.any()
    shape = _factors(d, x.size)
    if shape and d.flag():
        shape[d.integer(0, len(shape) - 1)] = -1
    return [x, shape]


def _transpose(d: Draw) -> list[Any]:
    shape = d.maybe_empty(0, 6)
    return [d.any(shape), d.choose(None, d.permutation(len(shape)))]


def _squeeze(d: Draw) -> list[Any]:
    shape = tuple(d.choose(1, 1, 2, 3) for _ in range(d.integer(0, 5)))
    ones = [k - d.choose(0, len(shape)) for k, n in enumerate(shape) if n == 1]
    return [d.any(shape), None if d.flag() else ones[: d.integer(1, 3)] or None]


def _expand(d: Draw) -> list[Any]:
    shape = d.maybe_empty(0, 5)
    return [d.any(shape), d.axis(len(shape) + 1)]


def _broadcast_to(d: Draw) -> list[Any]:
    full, part = d.broadcast(2, 5)
    return [d.any(part), list(full)]


def _tile(d: Draw) -> list[Any]:
    shape = d.shape(1, 4, 3)
    return [d.any(shape), [d.integer(0 if d.chance(0.1) else 1, 3) for _ in shape]]


def _block(d: Draw, shape: tuple[int, ...]) -> tuple[list[int], list[int]]:
    begin = [d.integer(0, n - 1) for n in shape]
    size = [d.choose(-1, d.integer(0, n - b)) for n, b in zip(shape, begin, strict=True)]
    return begin, size


def _slice(low: int, high: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape = d.shape(low, high)
        begin, size = _block(d, shape)
        return [d.any(shape), *((begin[0], size[0]) if high == 1 else (begin, size))]

    return draw


def _strided_slice(d: Draw) -> list[Any]:
    shape = d.shape(1, 4, 6)
    used = d.integer(1, len(shape))
    begin = [d.integer(-n - 1, n) for n in shape[:used]]
    end = [d.integer(-n - 1, n + 1) for n in shape[:used]]
    steps = [d.choose(1, 1, 2, 3, -1, -2) for _ in begin]
    masks = [d.integer(0, 2**used - 1) if d.chance(0.3) else 0 for _ in range(2)]
    shrink = 0
    if d.chance(0.3):
        shrink = 1 << d.integer(0, used - 1)
        steps = [1 if shrink >> k & 1 else s for k, s in enumerate(steps)]
        begin = [d.integer(-n, n - 1) if shrink >> k & 1 else b for k, (b, n) in enumerate(zip(begin, shape, strict=False))]
        end = [b + 1 if shrink >> k & 1 else e for k, (b, e) in enumerate(zip(begin, end, strict=True))]
    ellipsis = 1 << (used - 1) if d.chance(0.15) and not shrink else 0
    new_axis = 1 if d.chance(0.15) and not shrink and not ellipsis else 0
    return [d.any(shape), begin, end, steps, *masks, ellipsis, new_axis, shrink]


def _paddings(d: Draw, shape: tuple[int, ...], most: Any = None) -> list[list[int]]:
    return [[d.integer(0, 3 if most is None else min(3, most(n))) for _ in range(2)] for n in shape]


def _pad(low: int, high: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape = d.shape(low, high)
        pads = _paddings(d, shape)
        # TF.js has one pair for one axis in pad1d.
        return [d.any(shape, "ffi"), pads, d.choose(0, d.integer(-3, 3))]

    return draw


def _constant(pad: Any, x: Any, paddings: Any, value: float) -> Any:
    return pad(x, paddings, constant_values=value)


def _mirror(d: Draw) -> list[Any]:
    shape, mode = d.shape(1, 4), d.choose("reflect", "symmetric")
    return [d.any(shape), _paddings(d, shape, lambda n: n - (mode == "reflect")), mode]


def _reverse(low: int, high: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape = d.maybe_empty(low, high)
        return [d.any(shape)] if high == 1 else [d.any(shape), d.axes(len(shape))]

    return draw


def _concat(low: int, high: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape, kind = d.shape(low, high), d.choose("f", "f", "i", "b")
        axis = d.axis(len(shape))
        parts = []
        for _ in range(d.integer(1, 4)):
            sizes = list(shape)
            sizes[axis] = d.integer(0 if d.chance(0.1) else 1, 4)
            parts.append(d.any(sizes, kind))
        return [parts] if high == 1 else [parts, axis]

    return draw


def _stack(d: Draw) -> list[Any]:
    shape, kind = d.shape(0, 4), d.choose("f", "f", "i", "b")
    return [[d.any(shape, kind) for _ in range(d.integer(1, 4))], d.axis(len(shape) + 1)]


def _split(d: Draw) -> list[Any]:
    parts = [d.integer(1, 3) for _ in range(d.integer(1, 4))]
    if d.flag():
        parts = [parts[0]] * len(parts)
    shape = list(d.shape(1, 4))
    axis = d.axis(len(shape))
    shape[axis] = sum(parts)
    if len(set(parts)) == 1 and d.flag():
        return [d.any(shape), len(parts), axis]
    if d.chance(0.3):
        parts[d.integer(0, len(parts) - 1)] = -1
    return [d.any(shape), parts, axis]


def _unstack(d: Draw) -> list[Any]:
    shape = d.shape(1, 4)
    return [d.any(shape), d.axis(len(shape))]


def _batch_to_space(d: Draw) -> list[Any]:
    block = [d.integer(1, 3) for _ in range(d.integer(1, 2))]
    spatial = [d.integer(2, 4) for _ in block]
    shape = (int(np.prod(block)) * d.integer(1, 2), *spatial, *d.shape(0, 2, 3))
    return [d.any(shape, "ffi"), block, [[d.integer(0, 1), d.integer(0, 1)] for _ in block]]


def _space_to_batch(d: Draw) -> list[Any]:
    block = [d.integer(1, 3) for _ in range(d.integer(1, 2))]
    spatial, pads = [d.integer(1, 5) for _ in block], []
    for n, k in zip(spatial, block, strict=True):
        before = d.integer(0, 2)
        pads.append([before, -(n + before) % k])
    return [d.any((d.integer(1, 2), *spatial, *d.shape(0, 2, 3)), "ffi"), block, pads]


def _depth_to_space(d: Draw) -> list[Any]:
    block, channels = d.integer(2, 3), d.integer(1, 3)
    sizes = [d.integer(1, 3), d.integer(1, 3)]
    depth = block * block * channels
    last = d.chance(0.8)
    shape = (d.integer(1, 2), *sizes, depth) if last else (d.integer(1, 2), depth, *sizes)
    return [d.f(shape), block, "NHWC" if last else "NCHW"]


def _meshgrid(d: Draw) -> list[Any]:
    return [d.any((d.integer(1, 4),), "fi"), d.any((d.integer(1, 4),), "fi"), d.choose("xy", "ij")]


def _broadcast_args(d: Draw) -> list[Any]:
    return [np.array(s, np.int32) for s in d.broadcast()]


ROWS = [
    Row("reshape", _reshape, grad=True),
    Row("transpose", _transpose, grad=True),
    Row("squeeze", _squeeze, grad=True),
    Row("expandDims", _expand, grad=True),
    Row("broadcastTo", _broadcast_to, grad=True),
    Row("tile", _tile, grad=True),
    Row("slice", _slice(1, 6), grad=True),
    *[Row(f"slice{k}d", _slice(k, k), py="slice", grad=True) for k in (1, 2, 3, 4)],
    Row("stridedSlice", _strided_slice),
    Row("pad", _pad(1, 4), grad=True, call=_constant),
    Row("pad1d", _pad(1, 1), grad=True, py="pad", call=_constant, js="(x, [pair], value) => tf.pad1d(x, pair, value)"),
    *[Row(f"pad{k}d", _pad(k, k), grad=True, py="pad", call=_constant) for k in (2, 3, 4)],
    Row("mirrorPad", _mirror, grad=True, py="pad"),
    Row("reverse", _reverse(0, 4), grad=True, py="flip"),
    *[Row(f"reverse{k}d", _reverse(k, k), grad=True, py="flip") for k in (1, 2, 3, 4)],
    Row("concat", _concat(1, 5), grad=True),
    *[Row(f"concat{k}d", _concat(k, k), grad=True, py="concat") for k in (1, 2, 3, 4)],
    Row("stack", _stack, grad=True),
    Row("split", _split, grad=True),
    Row("unstack", _unstack, grad=True),
    Row("batchToSpaceND", _batch_to_space, grad=True, py="batch_to_space"),
    Row("spaceToBatchND", _space_to_batch, grad=True, py="space_to_batch"),
    Row("depthToSpace", _depth_to_space),
    Row("meshgrid", _meshgrid, js="(x, y, indexing) => tf.meshgrid(x, y, {indexing})", call=lambda f, x, y, how: f(x, y, indexing=how)),
    Row("broadcastArgs", _broadcast_args),
    Row("ensureShape", lambda d: [x := d.any(), list(x.shape)], grad=True),
]
