"""Gradients of convolutions of images in blocks.

The gradient to the image is a convolution of dy with the filters turned (see `layout`). That to the
filters is a product of the pixels of x and dy as long as there are pixels, with few results: each
fragment sums some rows for one tap, four input and eight output channels, and a second pass adds up
what the rows gave.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfpy.spec import TensorSpec, Window, window2d

from ..layout import BLOCK, FLAT, RGBA, SCALAR, TURNED, blocks, has_blocks, image_dims, turned_shape
from ..program import Call, Program
from ..variants import chosen
from . import blocks as convolutions

Layouts = tuple[Sequence[str], str] | None

#: Fragments that keep every thread of a device busy.
FRAGMENTS = 1 << 13


def _window(call: Call, image: Sequence[int], filters: Sequence[int]) -> Window:
    a = call.attrs
    return window2d(call.op, image[1:3], filters[:2], a["strides"], a["padding"], a["dilations"])


# ----------------------------------------------------------------------------------- to the image


def input_layouts(call: Call) -> Layouts:
    """As for a convolution of dy. Steps of more than one would leave most of its products zero."""
    dy, w = call["dy"], call["filters"]
    if call.attrs["strides"] != (1, 1) or chosen(call.limits, "conv") == "flat":
        return None
    if not convolutions.pays(call):
        return None
    if max(turned_shape(w.spec)[:2]) > call.limits["texture_size"]:
        return None
    return (convolutions.image_layout(dy, call.limits), TURNED), BLOCK


def to_input(call: Call) -> Program:
    """The gradient to the image, in blocks."""
    dy, w, image = call["dy"], call["filters"], call.out.spec.shape
    window = _window(call, image, w.spec.shape)
    (top, _), (left, _) = window.pads
    (height, width), (down, across) = window.kernel, window.dilations
    pads = (((height - 1) * down - top, 0), ((width - 1) * across - left, 0))
    back = window._replace(out=(image[1], image[2]), pads=pads)
    return convolutions.convolve(dy, w, call.out, back, call.limits)


# --------------------------------------------------------------------------------- to the filters


def filter_layouts(call: Call) -> Layouts:
    """dy in blocks; x too, or in rgba, if the channels allow it."""
    x, dy, limits = call["x"], call["dy"], call.limits
    if chosen(limits, "conv") == "flat" or not has_blocks(dy.spec, limits):
        return None
    if SCALAR in (x.layout, dy.layout) or not has_blocks(_parts(call, 1), limits):
        return None
    return (convolutions.image_layout(x, limits), BLOCK), FLAT


def _parts(call: Call, parts: int) -> TensorSpec:
    """The sums of the parts, as an image in blocks: an image of taps by fours of input channels
    for each, whose blocks hold eight output channels for four input channels."""
    height, width, inputs, outputs = call.attrs["shape"]
    quads = -(-inputs // 4)
    return TensorSpec((parts, 2 * height * width, 2 * quads, outputs))


def to_filters(call: Call) -> list[Program]:
    """The gradient to the filters, flat."""
    x, dy = call["x"], call["dy"]
    filters = call.attrs["shape"]
    window, grid = _window(call, x.spec.shape, filters), blocks(dy.spec)
    rows = dy.spec.shape[0] * grid.down
    one = blocks(_parts(call, 1))
    parts = min(max(-(-FRAGMENTS // (one.down * one.across * one.groups)), 1), rows)
    together = -(-rows // parts)
    sums = call.temp(_parts(call, -(-rows // together)), BLOCK)
    defines = {
        "IN_BLOCKS": int(x.layout == BLOCK),
        "IN_RGBA": int(x.layout == RGBA),
        "VECTORS": int(filters[2] % 4 == 0),
        "ODD": int(dy.spec.shape[1] % 2 or dy.spec.shape[2] % 2),
    }
    dims = convolutions.image_window_dims(x, sums, window)
    dims |= {**image_dims(dy.spec, BLOCK, "dy"), "rows": together, "all_rows": rows}
    first = Program("filter_grad_blocks", sums, {"x": x, "dy": dy}, defines, dims)
    dims = {**blocks(sums.spec).dims, "parts": sums.spec.shape[0]}
    dims |= {"in_c": filters[2], "out_c": filters[3]}
    defines = {"VECTORS": int(filters[3] % 4 == 0)}
    return [first, Program("filter_grad_sum", call.out, {"sums": sums}, defines, dims)]
