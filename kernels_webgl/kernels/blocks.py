"""Convolutions of images in blocks: each fragment makes 2 x 2 pixels of 8 channels, in 8 targets.

That reads half to a quarter as many texels per product as one target does, which is what limits
every device seen so far. See `layout` for what a block is, and `web/docs/decisions/0007`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfpy.spec import Window, sliding_window

from ..layout import (
    BLOCK,
    FILTERS,
    FLAT,
    RGBA,
    WINOGRAD,
    blocks,
    filters_shape,
    has_blocks,
    has_rgba,
    image_dims,
)
from ..program import Call, Operand, Program
from ..variants import chosen
from . import winograd
from .taps import write

#: Taps up to which windows are written out, so that no texel is read twice: of depthwise
#: convolutions and images of few channels, and of other convolutions. Of these a program for 5 x 5
#: taps at an edge keeps SwiftShader's compiler busy for minutes.
MAX_TAPS, CONV_TAPS = 25, 9
#: The window of a 1 x 1 convolution, whose results are as many as there are pixels.
POINT = Window((1, 1), (1, 1), (1, 1), (1, 1), ((0, 0), (0, 0)))


def conv_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Out in blocks wherever that is possible; in too, or in rgba, if the channels allow it."""
    x, w, variant = call["x"], call["filters"], chosen(call.limits, "conv")
    if variant == "flat" or not pays(call):
        return None
    layout, packed = image_layout(x, call.limits), FILTERS
    if layout == FLAT or max(filters_shape(w.spec)[:2]) > call.limits["texture_size"]:
        return None
    if variant == "winograd" and layout == BLOCK:
        window, out = _window(call), call.out.spec
        packed = WINOGRAD if winograd.fits(window, w.spec, out, call.limits) else FILTERS
    return (layout, packed), BLOCK


def image_layout(x: Operand, limits: dict[str, int]) -> str:
    """How a convolution best reads an image."""
    if x.layout != BLOCK and has_rgba(x.spec, limits):
        return RGBA
    return BLOCK if has_blocks(x.spec, limits) else FLAT


def depthwise_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Both in blocks, for windows that are small enough to be written out. Images of few channels
    would be mostly empty."""
    x, w = call["x"], call["filters"]
    height, width, _, multiplier = w.spec.shape
    if chosen(call.limits, "depthwise") == "flat" or multiplier != 1:
        return None
    few = x.spec.shape[3] <= 4 and x.layout != BLOCK
    if height * width > MAX_TAPS or few or not pays(call):
        return None
    return ((BLOCK, w.unblocked), BLOCK) if has_blocks(x.spec, call.limits) else None


def pays(call: Call) -> bool:
    """Whether the output can lie in blocks, and is more than one pixel of each."""
    out = call.out.spec
    return has_blocks(out, call.limits) and max(out.shape[1:3]) > 1


def _window(call: Call) -> Window:
    x, w = call["x"].spec.shape, call["filters"].spec.shape
    return sliding_window(call.op, x[1:3], w[:2], call.attrs["sliding"])


def conv(call: Call) -> Program | list[Program]:
    """A convolution of an image in any layout, to blocks."""
    x, w, window = call["x"], call["filters"], _window(call)
    if w.layout == WINOGRAD:
        return _transformed(call, x, w, window)
    return convolve(x, w, call.out, window, call.limits)


def convolve(
    x: Operand, w: Operand, out: Operand, window: Window, limits: dict[str, int]
) -> Program:
    """A convolution with packed filters, its window written out where it is small enough."""
    most = 1 if chosen(limits, "conv") == "loop" else MAX_TAPS if x.layout == RGBA else CONV_TAPS
    if window.kernel[0] * window.kernel[1] <= most:
        return product(x, w, out, window)
    defines = {**_channels(x), "PADDED": int(any(map(any, window.pads)))}
    dims = image_window_dims(x, out, window)
    return Program("conv_blocks", out, {"x": x, "w": w}, defines, dims)


def _transformed(call: Call, x: Operand, w: Operand, window: Window) -> list[Program]:
    """A convolution with transformed filters."""
    inputs, outputs = w.spec.shape[2:]
    image = call.temp(winograd.elements(call.out.spec, inputs), BLOCK)
    products = call.temp(winograd.elements(call.out.spec, outputs), BLOCK)
    return [
        winograd.of_image(x, image, call.out.spec, window),
        product(image, w, products, per_image=True),
        winograd.to_results(products, call.out),
    ]


def product(
    x: Operand, w: Operand, out: Operand, window: Window = POINT, per_image: bool = False
) -> Program:
    """A convolution of an image in blocks or rgba with packed filters, its window written out.

    With `per_image` each image has filters of its own, which lie as those of a tap do.
    """
    image, taps = x.spec.shape, window.kernel[0] * window.kernel[1]
    # Of the classes of a gradient there can be more pixels than of dy.
    same = x.layout == BLOCK and window[1:] == POINT[1:] and window.out in (POINT.out, image[1:3])
    written = write(window, image, x.layout == BLOCK)
    under: list[list[str]] = [[""] * 4 for _ in range(taps)]
    for i, pixel in enumerate(written.pixels):
        for which, tap in pixel.uses:
            under[tap][which] = f"v{i}"
    defines: dict[str, int | str] = {
        **_channels(x),
        "SAME_PLACE": int(same),
        "FILTERS_PER_IMAGE": int(per_image),
        "BOTH_HALVES": int(taps == 1 and (image[3] - 1) // 4 % 2),
        "BEFORE": written.before,
        "READS": " ".join(pixel.read for pixel in written.pixels),
        "TAPS": " ".join(f"TAP({t}.0, {', '.join(v)})" for t, v in enumerate(under)),
    }
    return Program("conv_taps", out, {"x": x, "w": w}, defines, image_window_dims(x, out, window))


def _channels(x: Operand) -> dict[str, int]:
    """How the channels of an image are read: those of rgba, or whether blocks have a rest of a
    four at the end."""
    channels = x.spec.shape[3]
    rgba = x.layout == RGBA
    return {"RGBA_CHANNELS": channels if rgba else 0, "REST": int(not rgba and channels % 4 > 0)}


def image_window_dims(x: Operand, out: Operand, window: Window) -> dict[str, Any]:
    """The numbers that every convolution in blocks needs."""
    return {**image_dims(x.spec, x.layout), **blocks(out.spec).dims, **window_steps(window)}


def window_steps(window: Window) -> dict[str, Any]:
    """The numbers of a window that walk over an image."""
    return {
        "kernel_h": window.kernel[0],
        "kernel_w": window.kernel[1],
        "stride_h": window.strides[0],
        "stride_w": window.strides[1],
        "dilation_h": window.dilations[0],
        "dilation_w": window.dilations[1],
        "pad_top": window.pads[0][0],
        "pad_left": window.pads[1][0],
    }


def depthwise(call: Call) -> Program:
    """A depthwise convolution in blocks."""
    x, w, window = call["x"], call["filters"], _window(call)
    written = write(window, x.spec.shape, True)
    taps = []
    for pixel in written.pixels:
        taps.append(pixel.read)
        taps += [f"ADD(s{2 * i}, s{2 * i + 1}, a{tap}, b{tap})" for i, tap in pixel.uses]
    defines: dict[str, int | str] = {
        "VECTORS": int(x.spec.shape[3] % 4 == 0),
        "BEFORE": written.before,
        "LOADS": " ".join(
            f"LOAD({t}, a{t}, b{t})" for t in range(window.kernel[0] * window.kernel[1])
        ),
        "TAPS": " ".join(taps),
    }
    dims = image_window_dims(x, call.out, window)
    return Program("depthwise_blocks", call.out, {"x": x, "w": w}, defines, dims)
