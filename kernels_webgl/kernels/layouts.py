"""Programs that bring a tensor from one layout into another; see `layout`."""

from __future__ import annotations

from collections.abc import Callable

from tfpy.errors import BackendError
from tfpy.spec import Shape

from ..layout import BLOCK, FILTERS, FLAT, RGBA, TURNED, WINOGRAD, blocks
from ..program import Operand, Program


def to_blocks(x: Operand, out: Operand, strides: Shape | None = None) -> Program:
    """The flat `x` in blocks. `strides` tell where its elements are, if not in order."""
    batch, row, column, channel = strides or out.spec.strides
    vectors = channel == 1 and not (batch % 4 or row % 4 or column % 4)
    dims = {"batch_step": batch, "row_step": row, "column_step": column, "channel_step": channel}
    return Program(
        "to_blocks", out, {"x": x}, {"VECTORS": int(vectors)}, {**blocks(out.spec).dims, **dims}
    )


def from_blocks(x: Operand, out: Operand) -> Program:
    """The image `x` flat."""
    _, height, width, channels = x.spec.shape
    grid = blocks(x.spec)
    dims = {"height": height, "width": width, "channels": channels}
    return Program("from_blocks", out, {"x": x}, None, {**grid.dims, **dims})


def to_rgba(x: Operand, out: Operand) -> Program:
    """The flat image `x` with a texel for each pixel."""
    _, _, width, channels = out.spec.shape
    return Program("to_rgba", out, {"x": x}, None, {"width": width, "channels": channels})


def pack_filters(w: Operand, out: Operand, strides: Shape | None = None) -> Program:
    """The flat filters `w` packed. `strides` as for `to_blocks`."""
    tap, inputs, outputs = (strides or out.spec.strides)[1:]
    defines = {"VECTORS": int(outputs == 1 and not (tap % 4 or inputs % 4))}
    dims = {"first": 0, "tap_step": tap, "in_step": inputs, "out_step": outputs}
    dims["quads"] = out.spec.shape[3] // 4
    return Program("pack_filters", out, {"w": w}, defines, dims)


def turn_filters(w: Operand, out: Operand) -> Program:
    """The flat filters `w` turned and packed."""
    height, width, inputs, outputs = out.spec.shape
    tap = inputs * outputs
    dims = {"first": (height * width - 1) * tap, "tap_step": -tap, "in_step": 1}
    dims |= {"out_step": outputs, "quads": inputs // 4}
    return Program("pack_filters", out, {"w": w}, {"VECTORS": 0}, dims)


def winograd_filters(w: Operand, out: Operand) -> Program:
    """The flat 3 x 3 filters `w` transformed to 4 x 4 and packed."""
    _, _, inputs, outputs = out.spec.shape
    dims = {"inputs": inputs, "quads": outputs // 4}
    return Program("winograd_filters", out, {"w": w}, None, dims)


_PROGRAMS: dict[tuple[str, str], Callable[[Operand, Operand], Program]] = {
    (FLAT, BLOCK): to_blocks,
    (BLOCK, FLAT): from_blocks,
    (FLAT, RGBA): to_rgba,
    (FLAT, FILTERS): pack_filters,
    (FLAT, WINOGRAD): winograd_filters,
    (FLAT, TURNED): turn_filters,
}


def convert(x: Operand, out: Operand) -> Program:
    """The program that brings `x` into the layout of `out`."""
    make = _PROGRAMS.get((x.layout, out.layout))
    if make is None:
        raise BackendError(f"no program takes {x.layout} data to {out.layout}")
    return make(x, out)
