"""Gradients of convolutions of images in blocks.

The gradient to the image is a convolution of dy with the filters turned (see `layout`); where the
windows take steps, one for each class of pixels that lie a step apart. That to the filters is a
product of the pixels of x and dy as long as there are pixels, with few results: each fragment sums
some rows for one tap, four input and eight output channels, and a second pass adds up what the rows
gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tfpy.spec import TensorSpec, Window, sliding_window

from ..layout import (
    BLOCK,
    FILTERS,
    FLAT,
    RGBA,
    SCALAR,
    TURNED,
    blocks,
    filters_shape,
    has_blocks,
    image_dims,
    turned_shape,
)
from ..program import Call, Program
from ..variants import chosen
from . import blocks as convolutions

Layouts = tuple[Sequence[str], str] | None

#: Fragments that keep every thread of a device busy.
FRAGMENTS = 1 << 13


def _window(call: Call, image: Sequence[int], filters: Sequence[int]) -> Window:
    return sliding_window(call.op, image[1:3], filters[:2], call.attrs["sliding"])


# ----------------------------------------------------------------------------------- to the image


def input_layouts(call: Call) -> Layouts:
    """As for a convolution of dy."""
    dy, w, limits = call["dy"], call["filters"], call.limits
    if chosen(limits, "conv") == "flat" or not convolutions.pays(call):
        return None
    layout = convolutions.image_layout(dy, limits)
    sliding = call.attrs["sliding"]
    if sliding.strides == (1, 1):
        fits = max(turned_shape(w.spec)[:2]) <= limits["texture_size"]
        return ((layout, TURNED), BLOCK) if fits else None
    if w.spec.shape[2] % 8 or sliding.dilations != (1, 1):
        return None
    spread = _spread(call)
    fits = max(filters_shape(spread.filters)[:2]) <= limits["texture_size"]
    return ((layout, FLAT), BLOCK) if fits and has_blocks(spread.image, limits) else None


def to_input(call: Call) -> list[Program]:
    """The gradient to the image, in blocks."""
    dy, w, image = call["dy"], call["filters"], call.out.spec.shape
    if w.layout != TURNED:
        return _by_classes(call)
    window = _window(call, image, w.spec.shape)
    (top, _), (left, _) = window.pads
    (height, width), (down, across) = window.kernel, window.dilations
    pads = (((height - 1) * down - top, 0), ((width - 1) * across - left, 0))
    back = window._replace(out=(image[1], image[2]), pads=pads)
    return [convolutions.convolve(dy, w, call.out, back, call.limits)]


class _Spread(NamedTuple):
    """How the gradient of a convolution with steps is one without.

    Pixels of the image that lie a step apart take dy by the same taps. Each of these classes is an
    image of its own, a step smaller on both axes; here they lie behind each other as channels.

    Attributes:
        image: of all classes.
        filters: those of all classes, with zeros where a class has fewer taps.
        window: of the convolution of dy that makes the image.
        first: class of the image's first pixel on each axis.
    """

    image: TensorSpec
    filters: TensorSpec
    window: Window
    first: tuple[int, int]


def _spread(call: Call) -> _Spread:
    (batch, *size, channels), filters = call.out.spec.shape, call["filters"].spec.shape
    window = _window(call, call.out.spec.shape, filters)
    steps = window.strides
    before = [window.pads[axis][0] // steps[axis] for axis in (0, 1)]
    first = [window.pads[axis][0] % steps[axis] for axis in (0, 1)]
    taps = [-(-window.kernel[axis] // steps[axis]) for axis in (0, 1)]
    out = [-(-(first[axis] + size[axis]) // steps[axis]) for axis in (0, 1)]
    together = steps[0] * steps[1] * channels
    pads = [(taps[axis] - 1 - before[axis], 0) for axis in (0, 1)]
    return _Spread(
        TensorSpec((batch, out[0], out[1], together)),
        TensorSpec((taps[0], taps[1], filters[3], together)),
        Window((out[0], out[1]), (taps[0], taps[1]), (1, 1), (1, 1), (pads[0], pads[1])),
        (first[0], first[1]),
    )


def _by_classes(call: Call) -> list[Program]:
    """The gradient of a convolution with steps."""
    dy, w, spread = call["dy"], call["filters"], _spread(call)
    height, width, channels, outputs = w.spec.shape
    down, across = call.attrs["sliding"].strides
    packed = call.temp(spread.filters, FILTERS)
    classes = call.temp(spread.image, BLOCK)
    sizes = {"stride_h": down, "stride_w": across}
    dims = {"kernel_h": height, "kernel_w": width, "in_c": channels, "out_c": outputs, **sizes}
    dims |= {"taps_h": spread.window.kernel[0], "taps_w": spread.window.kernel[1]}
    pack = Program("spread_filters", packed, {"w": w}, None, dims)
    dims = {**blocks(call.out.spec).dims, **image_dims(spread.image, BLOCK), **sizes}
    dims |= {"first_h": spread.first[0], "first_w": spread.first[1]}
    return [
        pack,
        convolutions.convolve(dy, packed, classes, spread.window, call.limits),
        Program("gather_classes", call.out, {"x": classes}, None, dims),
    ]


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
