"""Kernels of pools and their gradients, on flat NHWC images and on images in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from tfpy.spec import Window, sliding_window

from ..layout import BLOCK, blocks, has_blocks, image_dims
from ..program import Call, Input, Operand, Program, kernel
from .blocks import image_window_dims, window_steps
from .reduction import REDUCTIONS
from .taps import write

Layouts = tuple[Sequence[str], str] | None

#: Taps up to which windows are written out; browsers take long to compile many careful maxima.
MOST_TAPS = 9
#: How one more pixel changes a result and the number of pixels in it, by whether the maximum is
#: wanted; and what a pixel outside the image is.
_JOIN = {
    True: ("np_max(s, v)", "-np_inf()"),
    False: ("s + v", "0.0"),
}


def _window(call: Call, image: Sequence[int]) -> Window:
    return sliding_window(call.op, image[1:3], call.attrs["size"], call.attrs["sliding"])


def _flat_dims(w: Window, image: Sequence[int]) -> dict[str, Any]:
    sizes = {"in_h": image[1], "in_w": image[2], "out_h": w.out[0], "out_w": w.out[1]}
    return {**sizes, **window_steps(w), "channels": image[3]}


def _vectors(dims: dict[str, Any]) -> dict[str, int | str]:
    return {"VECTORS": int(dims["channels"] % 4 == 0)}


# ---------------------------------------------------------------------------------------- forward


def pool_layouts(call: Call) -> Layouts:
    """What comes in blocks stays in blocks, for windows small enough to be written out."""
    x, size = call["x"], call.attrs["size"]
    fits = size[0] * size[1] <= MOST_TAPS and has_blocks(call.out.spec, call.limits)
    return ((BLOCK,), BLOCK) if x.layout == BLOCK and fits else None


@kernel("max_pool_nhwc", "avg_pool_nhwc", layouts=pool_layouts)
def pool(call: Call) -> Program:
    x = call["x"]
    window, maximum = _window(call, x.spec.shape), call.op == "max_pool_nhwc"
    if call.out.layout == BLOCK:
        return _pool_blocks(x, call.out, window, maximum)
    return _joined(call, {"x": x}, window, maximum)


@kernel("dilation2d_nhwc")
def dilation(call: Call) -> Program:
    x, w = call["x"], call["filters"]
    window = sliding_window(call.op, x.spec.shape[1:3], w.spec.shape[:2], call.attrs["sliding"])
    return _joined(call, {"x": x, "w": w}, window, True)


def _joined(call: Call, inputs: dict[str, Input], window: Window, maximum: bool) -> Program:
    """The maxima or means of windows over the flat image x, after what `w` adds to them."""
    x = call["x"]
    dims = _flat_dims(window, x.spec.shape)
    lowest = REDUCTIONS["max"].identity["f" if x.spec.dtype.kind == "f" else "i"]
    defines: dict[str, int | str] = {
        **_vectors(dims),
        "MEAN": int(not maximum),
        "DILATION": int("w" in inputs),
        "START": lowest if maximum else "0.0",
        "JOIN(s, v)": "LARGER(s, v)" if maximum else "(s + v)",
    }
    return Program("pool", call.out, inputs, defines, dims)


def _pool_blocks(x: Operand, out: Operand, window: Window, maximum: bool) -> Program:
    written = write(window, x.spec.shape, True)
    taps = []
    for pixel in written.pixels:
        taps.append(pixel.read)
        taps += [f"JOIN(s{2 * i}, s{2 * i + 1}, n{i})" for i, _ in pixel.uses]
    join, outside = _JOIN[maximum]
    defines: dict[str, int | str] = {
        "MEAN": int(not maximum),
        "TOGETHER(s, v)": join,
        "OUTSIDE": outside,
        "BEFORE": written.before,
        "TAPS": " ".join(taps),
    }
    return Program("pool_blocks", out, {"x": x}, defines, image_window_dims(x, out, window))


# -------------------------------------------------------------------------------------- gradients


def _halves(call: Call, image: Operand) -> bool:
    """Whether the windows are the blocks of `image`, so that each pixel lies in one window."""
    window = _window(call, image.spec.shape)
    same = window[1:4] == ((2, 2), (2, 2), (1, 1))
    return same and not (window.pads[0][0] or window.pads[1][0])


def max_grad_layouts(call: Call) -> Layouts:
    """Blocks where the windows are those."""
    x, dy, limits = call["x"], call["dy"], call.limits
    fits = BLOCK in (x.layout, dy.layout) and has_blocks(x.spec, limits)
    if not (fits and has_blocks(dy.spec, limits) and _halves(call, x)):
        return None
    return (BLOCK, BLOCK), BLOCK


def avg_grad_layouts(call: Call) -> Layouts:
    """As for maxima."""
    dy = call["dy"]
    fits = dy.layout == BLOCK and has_blocks(call.out.spec, call.limits)
    return ((BLOCK,), BLOCK) if fits and _halves(call, call.out) else None


@kernel("max_pool_grad", layouts=max_grad_layouts)
def max_pool_grad(call: Call) -> Program:
    return _grad_blocks(call) if call.out.layout == BLOCK else _positions(call, "dy")


@kernel("max_pool_pick")
def max_pool_pick(call: Call) -> Program:
    return _positions(call, "values")


@kernel("max_pool_argmax")
def max_pool_argmax(call: Call) -> Program:
    return _positions(call)


def _positions(call: Call, *others: str) -> Program:
    """What depends on where each window's first maximum in x is."""
    x = call["x"]
    dims = _flat_dims(_window(call, x.spec.shape), x.spec.shape)
    inputs: dict[str, Input] = {name: call[name] for name in ("x", *others)}
    beyond = "greaterThan(a, b)"
    if x.spec.dtype.kind == "f":
        beyond = f"either({beyond}, both(np_isnan(a), not(np_isnan(b))))"
    defines: dict[str, int | str] = {
        **_vectors(dims),
        "PICK": int("values" in others),
        "POSITION": int(not others),
        "BEYOND(a, b)": beyond,
    }
    if not others:
        dims["batch_step"] = prod(x.spec.shape[1:]) if call.attrs["include_batch"] else 0
    return Program("max_pool_grad", call.out, inputs, defines, dims)


@kernel("avg_pool_grad", layouts=avg_grad_layouts)
def avg_pool_grad(call: Call) -> Program:
    if call.out.layout == BLOCK:
        return _grad_blocks(call)
    image = call.attrs["shape"]
    dims = _flat_dims(_window(call, image), image)
    return Program("avg_pool_grad", call.out, {"dy": call["dy"]}, _vectors(dims), dims)


def _grad_blocks(call: Call) -> Program:
    """The gradient of a pool whose windows are the blocks of its image."""
    dy = call["dy"]
    _, height, width, _ = call.out.spec.shape
    dims = {"height": height, "width": width, **blocks(call.out.spec).dims}
    dims |= image_dims(dy.spec, BLOCK, "dy")
    inputs = {"dy": dy}
    maximum = call.op == "max_pool_grad"
    if maximum:
        inputs["x"] = call["x"]
    return Program("pool_grad_blocks", call.out, inputs, {"MAXIMUM": int(maximum)}, dims)
