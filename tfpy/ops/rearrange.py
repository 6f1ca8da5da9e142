"""Moving pixels between space, batch and channels: reshapes, one transpose, and padding."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .. import engine
from ..errors import ArgumentError, ShapeError
from ..registry import composite
from ..spec import Pair, Shape, ints, pairs, per_axis, require_rank
from ..tensor import Tensor
from .movement import pad, reshape, slice, transpose
from .windows import Ints, channels_last


def _block(op: str, x: Tensor, block_shape: Any) -> Shape:
    """The block, one size for each axis after the batch that is cut into blocks."""
    sizes = ints(block_shape)
    if sizes is None or min(sizes, default=1) < 1:
        raise ArgumentError(f"{op}: block_shape must be positive ints, not {block_shape!r}")
    if x.ndim <= len(sizes):
        raise ShapeError(f"{op}: a block of {len(sizes)} axes does not fit shape {x.shape}")
    return sizes


def _margins(op: str, what: str, given: Any, axes: int) -> tuple[Pair, ...]:
    """(before, after) for each of `axes`."""
    found = pairs(given)
    if found is None or len(found) != axes:
        raise ShapeError(f"{op}: {what} {given!r} is not (before, after) for each of {axes} axes")
    return found


@composite()
def space_to_batch(x: Any, block_shape: Ints, paddings: Sequence[Sequence[int]]) -> Tensor:
    """The pixels that lie a block apart as images of their own, behind each other in the batch.

    Args:
        x: (batch, spatial axes ..., rest ...), of any dtype.
        block_shape: size of the block along each spatial axis; as many axes as it has sizes.
        paddings: zeros (before, after) along each of them, added first.

    Returns:
        (batch * product of the block, padded sizes / block ..., rest ...), as TensorFlow's
        `space_to_batch_nd`: image `k * batch + n` has the k-th pixel of each block of image n.

    Raises:
        ShapeError: a padded size is no multiple of the block's.

    >>> tfpy.space_to_batch([[[1], [2], [3]]], [2], [[0, 1]]).tolist()
    [[[1], [3]], [[2], [0]]]
    """
    op = "space_to_batch"
    x = engine.as_tensor(x)
    block = _block(op, x, block_shape)
    m = len(block)
    margins = _margins(op, "paddings", paddings, m)
    if any(map(any, margins)):
        x = pad(x, [(0, 0), *margins, *[(0, 0)] * (x.ndim - m - 1)])
    batch, size, rest = x.shape[0], x.shape[1 : m + 1], x.shape[m + 1 :]
    if any(n % b for n, b in zip(size, block, strict=True)):
        raise ShapeError(f"{op}: padded sizes {size} do not part into blocks of {block}")
    small = [n // b for n, b in zip(size, block, strict=True)]
    cut = [n for both in zip(small, block, strict=True) for n in both]
    inside, across = range(2, 2 * m + 1, 2), range(1, 2 * m, 2)
    y = reshape(x, (batch, *cut, *rest))
    y = transpose(y, (*inside, 0, *across, *range(2 * m + 1, y.ndim)))
    return reshape(y, (prod(block) * batch, *small, *rest))


@composite()
def batch_to_space(x: Any, block_shape: Ints, crops: Sequence[Sequence[int]]) -> Tensor:
    """The inverse of `space_to_batch`: interleaves the images of a batch, then crops.

    Args:
        x: (batch, spatial axes ..., rest ...), of any dtype.
        block_shape: size of the block along each spatial axis; their product divides the batch.
        crops: how much to take away (before, after) along each of them.

    Raises:
        ShapeError: the batch does not part into blocks, or nothing is left of an axis to crop.

    >>> tfpy.batch_to_space([[[1], [3]], [[2], [0]]], [2], [[0, 1]]).tolist()
    [[[1], [2], [3]]]
    """
    op = "batch_to_space"
    x = engine.as_tensor(x)
    block = _block(op, x, block_shape)
    m = len(block)
    margins = _margins(op, "crops", crops, m)
    batch, size, rest = x.shape[0], x.shape[1 : m + 1], x.shape[m + 1 :]
    count = prod(block)
    if batch % count:
        raise ShapeError(f"{op}: a batch of {batch} does not part into blocks of {block}")
    large = [n * b for n, b in zip(size, block, strict=True)]
    if any(n < before + after for n, (before, after) in zip(large, margins, strict=True)):
        raise ShapeError(f"{op}: crops {crops!r} take more than there is of {tuple(large)}")
    y = reshape(x, (*block, batch // count, *size, *rest))
    woven = [a for k in range(m) for a in (m + 1 + k, k)]
    y = reshape(
        transpose(y, (m, *woven, *range(2 * m + 1, y.ndim))), (batch // count, *large, *rest)
    )
    if not any(map(any, margins)):
        return y
    left = [n - before - after for n, (before, after) in zip(large, margins, strict=True)]
    begin = (0, *[before for before, _ in margins], *[0] * len(rest))
    return slice(y, begin, (batch // count, *left, *rest))


@composite()
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Channels laid out as pixels: each pixel becomes a block of `block_size` x `block_size`.

    Args:
        x: images (batch, height, width, channels), of any dtype. The channels of the block's
            first pixel come first, as in TensorFlow.
        block_size: height and width of the block; its square divides the channels.
        data_format: "channels_last" or "channels_first".

    >>> tfpy.depth_to_space([[[[1, 2, 3, 4]]]], 2).tolist()
    [[[[1], [2]], [[3], [4]]]]
    """
    op = "depth_to_space"
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, 4)
    (b,) = per_axis(block_size, 1, f"{op}: block_size")
    last = channels_last(op, data_format)
    batch, *axes = x.shape
    height, width, channels = axes if last else (*axes[1:], axes[0])
    if channels % (b * b):
        raise ShapeError(f"{op}: {channels} channels do not part into blocks of {b} x {b}")
    part = channels // (b * b)
    if last:
        y = transpose(reshape(x, (batch, height, width, b, b, part)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (batch, height * b, width * b, part))
    y = transpose(reshape(x, (batch, b, b, part, height, width)), (0, 3, 4, 1, 5, 2))
    return reshape(y, (batch, part, height * b, width * b))


@composite()
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """The inverse of `depth_to_space`: the pixels of each block laid behind each other as channels.

    Args:
        x: images (batch, height, width, channels), of any dtype.
        block_size: height and width of the block; it divides height and width.
        data_format: "channels_last" or "channels_first".

    >>> tfpy.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
    [[[[1, 2, 3, 4]]]]
    """
    op = "space_to_depth"
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, 4)
    (b,) = per_axis(block_size, 1, f"{op}: block_size")
    last = channels_last(op, data_format)
    batch, *axes = x.shape
    height, width, channels = axes if last else (*axes[1:], axes[0])
    if height % b or width % b:
        raise ShapeError(f"{op}: {height} x {width} pixels do not part into blocks of {b} x {b}")
    down, across, made = height // b, width // b, channels * b * b
    if last:
        y = transpose(reshape(x, (batch, down, b, across, b, channels)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (batch, down, across, made))
    y = transpose(reshape(x, (batch, channels, down, b, across, b)), (0, 3, 5, 1, 2, 4))
    return reshape(y, (batch, made, down, across))
