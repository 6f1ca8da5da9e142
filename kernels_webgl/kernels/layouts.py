"""Programs that bring a tensor from one layout into another; see `layout`."""

from __future__ import annotations

from collections.abc import Callable

from tfpy.errors import BackendError
from tfpy.spec import Shape

from ..layout import (
    BLOCK,
    COLUMNS,
    FILTERS,
    FLAT,
    RGBA,
    TURNED,
    WINOGRAD,
    as_filters,
    blocks,
    quads,
    turned,
)
from ..program import Operand, Program


def to_blocks(x: Operand, out: Operand, strides: Shape | None = None) -> Program:
    """The flat `x` in blocks. `strides` tell where its elements are, if not in order."""
    batch, row, column, channel = strides or out.spec.strides
    whole = not (batch % 4 or row % 4 or column % 4)
    dims = {"batch_step": batch, "row_step": row, "column_step": column, "channel_step": channel}
    defines = {"FOUR(i)": _four("x", channel, "channel_step", whole)}
    return Program("to_blocks", out, {"x": x}, defines, {**blocks(out.spec).dims, **dims})


def _four(x: str, step: int, name: str, whole: bool) -> str:
    """How to read four elements from element i on, `step` apart, which GLSL knows as `name`; they
    are whole texels if neighbours are and all else is `whole`."""
    if step == 1:
        return f"{x}_texel((i) >> 2)" if whole else f"{x}_four(i)"
    return f"vec4({', '.join(f'{x}_at((i) + {k} * {name})' for k in range(4))})"


def from_blocks(x: Operand, out: Operand) -> Program:
    """The image `x` flat."""
    batch, height, width, channels = x.spec.shape
    grid = blocks(x.spec)
    dims = {"height": height, "width": width, "channels": channels}
    defines = {"VECTORS": int(channels % 4 == 0), "SEVERAL": int(batch > 1)}
    return Program("from_blocks", out, {"x": x}, defines, {**grid.dims, **dims})


def to_rgba(x: Operand, out: Operand) -> Program:
    """The flat image `x` with a texel for each pixel."""
    _, _, width, channels = out.spec.shape
    return Program("to_rgba", out, {"x": x}, None, {"width": width, "channels": channels})


def pack_filters(w: Operand, out: Operand, strides: Shape | None = None) -> Program:
    """The flat filters `w` packed. `strides` as for `to_blocks`."""
    tap, inputs, outputs = (strides or out.spec.strides)[1:]
    return _packed(w, out, out.spec.shape, (0, tap, inputs, outputs))


def pack_columns(b: Operand, out: Operand) -> Program:
    """The flat matrices `b` packed."""
    return pack_filters(b, out._replace(spec=as_filters(out.spec)))


def turn_filters(w: Operand, out: Operand) -> Program:
    """The flat filters `w` turned and packed."""
    height, width, inputs, outputs = out.spec.shape
    tap = inputs * outputs
    steps = ((height * width - 1) * tap, -tap, 1, outputs)
    return _packed(w, out, turned(out.spec).shape, steps)


def _packed(w: Operand, out: Operand, shape: Shape, steps: Shape) -> Program:
    """Filters of `shape`, of which `steps` tell the first element and how far apart taps, input and
    output channels are."""
    names = ("first", "tap_step", "in_step", "out_step")
    dims = dict(zip(names, steps, strict=True))
    dims |= {"inputs": shape[2], "quads": quads(shape[3])}
    defines = {"FOUR(i)": _four("w", steps[3], "out_step", not (steps[1] % 4 or steps[2] % 4))}
    return Program("pack_filters", out, {"w": w}, defines, dims)


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
    (FLAT, COLUMNS): pack_columns,
}


def convert(x: Operand, out: Operand) -> Program:
    """The program that brings `x` into the layout of `out`."""
    make = _PROGRAMS.get((x.layout, out.layout))
    if make is None:
        raise BackendError(f"no program takes {x.layout} data to {out.layout}")
    return make(x, out)
