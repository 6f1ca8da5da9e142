"""Kernels of convolutions on flat NHWC images, and their gradients.

Each GLSL file has two ways through it: VECTORS, where channels come in fours so that a texel holds
four channels of one pixel, and one element at a time otherwise.
"""

from __future__ import annotations

from typing import Any

from tfpy.spec import TensorSpec, Window, sliding_window

from ..layout import BLOCK, texels
from ..program import Call, Operand, Program, kernel
from . import blocks, gradients
from .reduction import Group, reduce_pass

Dims = dict[str, Any]


def _window_dims(w: Window, image: tuple[int, ...]) -> Dims:
    return {
        "in_h": image[1],
        "in_w": image[2],
        "out_h": w.out[0],
        "out_w": w.out[1],
        **blocks.window_steps(w),
    }


def _conv_dims(call: Call, image: tuple[int, ...], filters: tuple[int, ...]) -> Dims:
    w = sliding_window(call.op, image[1:3], filters[:2], call.attrs["sliding"])
    return {
        **_window_dims(w, image),
        "batch": image[0],
        "in_c": filters[2],
        "out_c": filters[3],
    }


def _all_fours(*channels: int) -> int:
    return int(all(c % 4 == 0 for c in channels))


# -------------------------------------------------------------------------------- convolutions


@kernel("conv2d_nhwc", layouts=blocks.conv_layouts)
def conv2d(call: Call) -> Program | list[Program]:
    if call.out.layout == BLOCK:
        return blocks.conv(call)
    x, w = call["x"], call["filters"]
    dims = _conv_dims(call, x.spec.shape, w.spec.shape)
    defines = {"VECTORS": _all_fours(dims["out_c"]), "INPUT_VECTORS": _all_fours(dims["in_c"])}
    return Program("conv2d", call.out, {"x": x, "w": w}, defines, dims)


@kernel("conv2d_input_grad", layouts=gradients.input_layouts)
def conv2d_input_grad(call: Call) -> Program | list[Program]:
    if call.out.layout == BLOCK:
        return gradients.to_input(call)
    dy, w = call["dy"], call["filters"]
    dims = _conv_dims(call, call.attrs["shape"], w.spec.shape)
    defines = {"VECTORS": _all_fours(dims["in_c"], dims["out_c"])}
    return Program("conv2d_input_grad", call.out, {"dy": dy, "w": w}, defines, dims)


@kernel("conv2d_filter_grad", layouts=gradients.filter_layouts)
def conv2d_filter_grad(call: Call) -> Program | list[Program]:
    x, dy = call["x"], call["dy"]
    if dy.layout == BLOCK:
        return gradients.to_filters(call)
    dims = _conv_dims(call, x.spec.shape, call.attrs["shape"])
    return _filter_grad("conv2d_filter_grad", call, {"VECTORS": _all_fours(dims["out_c"])}, dims)


def _filter_grad(
    body: str, call: Call, defines: dict[str, int | str], dims: Dims
) -> Program | list[Program]:
    """A gradient to filters, summed in parts where they are too few to keep a device busy."""
    size, rows = call.out.spec.size, max(dims["batch"] * dims["out_h"], 1)
    parts = min(max(gradients.FRAGMENTS // max(texels(size), 1), 1), rows)
    dims["rows"] = -(-rows // parts)
    parts = -(-rows // dims["rows"])
    inputs = {"x": call["x"], "dy": call["dy"]}
    if parts == 1:
        return Program(body, call.out, inputs, defines, dims)
    sums = call.temp(TensorSpec((parts, size)))
    total = reduce_pass("sum", sums, call.out, Group(1, parts, size), parts)
    return [Program(body, sums, inputs, defines, dims), total]


# ------------------------------------------------------------------------------------ depthwise


def _depthwise_dims(call: Call, image: tuple[int, ...], filters: tuple[int, ...]) -> Dims:
    dims = _conv_dims(call, image, filters)
    dims["multiplier"] = dims.pop("out_c")
    return dims


def _depthwise_program(
    body: str, call: Call, inputs: dict[str, Operand], image: Any, filters: Any
) -> Program:
    dims = _depthwise_dims(call, image, filters)
    return Program(body, call.out, inputs, _depthwise_defines(dims), dims)


def _depthwise_defines(dims: Dims) -> dict[str, int | str]:
    return {"VECTORS": int(dims["multiplier"] == 1 and dims["in_c"] % 4 == 0)}


@kernel("depthwise_conv2d_nhwc", layouts=blocks.depthwise_layouts)
def depthwise(call: Call) -> Program:
    if call.out.layout == BLOCK:
        return blocks.depthwise(call)
    x, w = call["x"], call["filters"]
    return _depthwise_program("depthwise", call, {"x": x, "w": w}, x.spec.shape, w.spec.shape)


@kernel("depthwise_conv2d_input_grad")
def depthwise_input_grad(call: Call) -> Program:
    dy, w = call["dy"], call["filters"]
    inputs = {"dy": dy, "w": w}
    return _depthwise_program(
        "depthwise_input_grad", call, inputs, call.attrs["shape"], w.spec.shape
    )


@kernel("depthwise_conv2d_filter_grad")
def depthwise_filter_grad(call: Call) -> Program | list[Program]:
    dims = _depthwise_dims(call, call["x"].spec.shape, call.attrs["shape"])
    return _filter_grad("depthwise_filter_grad", call, _depthwise_defines(dims), dims)
