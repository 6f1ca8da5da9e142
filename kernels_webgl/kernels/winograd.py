"""Convolutions by 3 x 3 windows with step 1 in fewer multiplications (Winograd's F(2 x 2, 3 x 3)).

The 2 x 2 results of a block need 36 products with an input channel; transforming the 4 x 4 pixels
under them and the filters makes that 16. Each of the 16 elements is an image whose pixels are the
blocks, and the products are a 1 x 1 convolution of it with filters of its own. Rounding errors are
a few times those of the plain sum, and an infinite or NaN pixel reaches results one pixel further.
"""

from __future__ import annotations

from tfpy.spec import TensorSpec, Window

from ..layout import blocks, has_blocks, image_dims, winograd_shape
from ..program import Operand, Program

#: Channels from which on the transforms take less than they save.
LEAST_CHANNELS = 32
#: Bytes that an intermediate image may take.
MOST_BYTES = 1 << 26


def fits(window: Window, filters: TensorSpec, out: TensorSpec, limits: dict[str, int]) -> bool:
    """Whether this pays, and the device has room for it."""
    channels = filters.shape[2:]
    if window[1:4] != ((3, 3), (1, 1), (1, 1)) or min(channels) < LEAST_CHANNELS:
        return False
    if any(c % 8 for c in channels):
        return False
    images = [elements(out, c) for c in channels]
    return (
        all(has_blocks(x, limits) and x.nbytes <= MOST_BYTES for x in images)
        and max(winograd_shape(filters)[:2]) <= limits["texture_size"]
    )


def elements(out: TensorSpec, channels: int) -> TensorSpec:
    """The image of each element: four blocks of `out` to a block."""
    grid = blocks(out)
    return TensorSpec((16, 2, 2 * -(-out.shape[0] * grid.down * grid.across // 4), channels))


def of_image(x: Operand, out: Operand, result: TensorSpec, window: Window) -> Program:
    """The elements of the image `x` under the blocks of the convolution's `result`."""
    dims = {**image_dims(x.spec, x.layout), **blocks(out.spec).dims}
    grid = blocks(result)
    dims |= {"out_down": grid.down, "out_across": grid.across}
    dims |= {"pad_top": window.pads[0][0], "pad_left": window.pads[1][0]}
    return Program("winograd_image", out, {"x": x}, None, dims)


def to_results(x: Operand, out: Operand) -> Program:
    """The convolution's results from the products `x`."""
    dims = {**image_dims(x.spec, x.layout), **blocks(out.spec).dims}
    return Program("winograd_results", out, {"x": x}, None, dims)
