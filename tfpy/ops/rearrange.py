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
from .movement import pad, reshape, transpose
from .windows import Ints, over_images


def _block(
    op: str, x: Tensor, block_shape: Any, what: str, given: Any
) -> tuple[Shape, tuple[Pair, ...]]:
    """The block and (before, after): one of each for every axis after the batch that is cut."""
    block, margins = ints(block_shape), pairs(given)
    if block is None or min(block, default=1) < 1:
        raise ArgumentError(f"{op}: block_shape must be positive ints, not {block_shape!r}")
    if x.ndim <= len(block):
        raise ShapeError(f"{op}: a block of {len(block)} axes does not fit shape {x.shape}")
    if margins is None or len(margins) != len(block):
        raise ShapeError(f"{op}: {what} {given!r} is not (before, after) for each of {block}")
    return block, margins


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
    block, margins = _block(op, x, block_shape, "paddings", paddings)
    m = len(block)
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
    block, margins = _block(op, x, block_shape, "crops", crops)
    m = len(block)
    batch, size, rest = x.shape[0], x.shape[1 : m + 1], x.shape[m + 1 :]
    count = prod(block)
    if batch % count:
        raise ShapeError(f"{op}: a batch of {batch} does not part into blocks of {block}")
    large = [n * b for n, b in zip(size, block, strict=True)]
    if any(n < before + after for n, (before, after) in zip(large, margins, strict=True)):
        raise ShapeError(f"{op}: crops {crops!r} take more than there is of {tuple(large)}")
    y = reshape(x, (*block, batch // count, *size, *rest))
    woven = [a for k in range(m) for a in (m + 1 + k, k)]
    y = transpose(y, (m, *woven, *range(2 * m + 1, y.ndim)))
    y = reshape(y, (batch // count, *large, *rest))
    inside = [slice(before, n - after) for n, (before, after) in zip(large, margins, strict=True)]
    return y[(slice(None), *inside)]


def _images(op: str, x: Any, block_size: int) -> tuple[Tensor, int]:
    """A batch of images and the side of a block."""
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, 4)
    return x, per_axis(block_size, 1, f"{op}: block_size")[0]


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
    x, b = _images(op, x, block_size)

    def run(x: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        part, rest = divmod(channels, b * b)
        if rest:
            raise ShapeError(f"{op}: {channels} channels do not part into blocks of {b} x {b}")
        y = transpose(reshape(x, (batch, height, width, b, b, part)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (batch, height * b, width * b, part))

    return over_images(op, x, 2, data_format, run)


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
    x, b = _images(op, x, block_size)

    def run(x: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        if height % b or width % b:
            raise ShapeError(f"{op}: {height} x {width} pixels do not part into blocks of {b}")
        down, across = height // b, width // b
        y = transpose(reshape(x, (batch, down, b, across, b, channels)), (0, 1, 3, 2, 4, 5))
        return reshape(y, (batch, down, across, b * b * channels))

    return over_images(op, x, 2, data_format, run)
