"""Convolutions of images in blocks: each fragment makes 2 x 2 pixels of 8 channels, in 8 targets.

That reads half to a quarter as many texels per product as one target does, which is what limits
every device seen so far. See `layout` for what a block is, and `web/docs/decisions/0007`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfpy.spec import Window, window2d

from ..layout import (
    BLOCK,
    FILTERS,
    FLAT,
    RGBA,
    SCALAR,
    blocks,
    filters_shape,
    has_blocks,
    has_rgba,
)
from ..program import Call, Operand, Program

#: Taps up to which a depthwise window is written out, so that no texel is read twice.
MAX_TAPS = 25


def _flat(x: Operand) -> str:
    return FLAT if x.layout == BLOCK else x.layout


def conv_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Out in blocks wherever that is possible; in too, or in rgba, if the channels allow it."""
    x, w = call["x"], call["filters"]
    if not _pays(call) or max(filters_shape(w.spec)[:2]) > call.limits["texture_size"]:
        return None
    return (_conv_input(x, call.limits), FILTERS), BLOCK


def _conv_input(x: Operand, limits: dict[str, int]) -> str:
    if x.layout == SCALAR:
        return SCALAR
    if has_blocks(x.spec, limits):
        return BLOCK
    return RGBA if has_rgba(x.spec, limits) else FLAT


def depthwise_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Both in blocks, for windows that are small enough to be written out."""
    x, w = call["x"], call["filters"]
    height, width, _, multiplier = w.spec.shape
    if multiplier != 1 or height * width > MAX_TAPS or not _pays(call):
        return None
    return ((BLOCK, _flat(w)), BLOCK) if has_blocks(x.spec, call.limits) else None


def _pays(call: Call) -> bool:
    """Whether the output can lie in blocks, and is more than one pixel of each."""
    out = call.out.spec
    return has_blocks(out, call.limits) and max(out.shape[1:3]) > 1


def _window(call: Call) -> Window:
    a, x, w = call.attrs, call["x"].spec.shape, call["filters"].spec.shape
    return window2d(call.op, x[1:3], w[:2], a["strides"], a["padding"], a["dilations"])


def _image_dims(x: Operand) -> dict[str, int]:
    """Sizes of the input, and where its blocks are."""
    _, height, width, channels = x.spec.shape
    dims = {"in_h": height, "in_w": width, "in_c": channels}
    if x.layout != BLOCK:
        return dims
    return {**dims, **{f"in_{name}": n for name, n in blocks(x.spec).dims.items()}}


def conv(call: Call) -> Program:
    """A convolution of an image in any layout, to blocks."""
    return product(call["x"], call["filters"], call.out, _window(call))


def product(x: Operand, w: Operand, out: Operand, window: Window) -> Program:
    """A convolution of any kind with packed filters."""
    defines = {
        "IN_BLOCKS": int(x.layout == BLOCK),
        "RGBA_CHANNELS": x.spec.shape[3] if x.layout == RGBA else 0,
        "PADDED": int(any(map(any, window.pads))),
    }
    return Program(
        "conv_blocks",
        out,
        {"x": x, "w": w},
        defines,
        {**_image_dims(x), **blocks(out.spec).dims, **_steps(window)},
    )


def _steps(window: Window) -> dict[str, Any]:
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
    taps = window.kernel[0] * window.kernel[1]
    defines: dict[str, int | str] = {
        "PADDED": int(any(map(any, window.pads))),
        "LOADS": " ".join(f"LOAD({t}, a{t}, b{t})" for t in range(taps)),
        "TAPS": " ".join(_written_out(window)),
    }
    dims = {**_image_dims(x), **blocks(call.out.spec).dims, **_steps(window)}
    return Program("depthwise_blocks", call.out, {"x": x, "w": w}, defines, dims)


def _written_out(window: Window) -> list[str]:
    """Each pixel under the windows of a block once, and what is to be added of it to which sum."""
    rows, columns = (_reached(window, axis) for axis in (0, 1))
    steps = []
    for row, vertical in rows.items():
        steps.append(f"ROW({row})")
        for column, horizontal in columns.items():
            steps.append(f"READ({column})")
            for dy, ky in vertical:
                for dx, kx in horizontal:
                    pixel, tap = dy * 2 + dx, ky * window.kernel[1] + kx
                    steps.append(f"ADD(s{2 * pixel}, s{2 * pixel + 1}, a{tap}, b{tap})")
    return steps


def _reached(window: Window, axis: int) -> dict[int, list[tuple[int, int]]]:
    """By distance from the first pixel of the first window: (which of two windows, which tap)."""
    found: dict[int, list[tuple[int, int]]] = {}
    for second in range(2):
        for tap in range(window.kernel[axis]):
            at = second * window.strides[axis] + tap * window.dilations[axis]
            found.setdefault(at, []).append((second, tap))
    return dict(sorted(found.items()))
