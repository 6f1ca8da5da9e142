"""Sums over all pixels of images in blocks: gradients of biases, statistics of normalization."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from tfpy.spec import TensorSpec

from ..layout import BLOCK, FLAT, blocks, image_dims
from ..program import Call, Operand, Program


def layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """What comes in blocks is summed in blocks, over the pixels of each image or of all of them."""
    x = call["x"]
    pixels = call.op == "sum" and tuple(sorted(call.attrs["axes"])) in ((1, 2), (0, 1, 2))
    fours = x.spec.shape[-1:] and x.spec.shape[-1] % 4 == 0
    return ((BLOCK,), FLAT) if pixels and fours and x.layout == BLOCK else None


def partial_sums(call: Call) -> tuple[Operand, Program]:
    """Sums of some blocks at a time, (images or 1, parts, channels), and what makes them."""
    x, grid = call["x"], blocks(call["x"].spec)
    batch, height, width, channels = x.spec.shape
    images = batch if 0 not in call.attrs["axes"] else 1
    count = batch // images * grid.down * grid.across
    # As many parts as blocks in each: both passes are equally long.
    length = max(isqrt(count), 1)
    parts = -(-count // length)
    sums = call.temp(TensorSpec((images, parts, channels)))
    dims = {"count": count, "length": length, "parts": parts, "quads": channels // 4}
    defines = {"ODD": int(height % 2 or width % 2)}
    dims |= image_dims(x.spec, BLOCK)
    return sums, Program("sum_blocks", sums, {"x": x}, defines, dims)
