"""Grey-scale morphology."""

from __future__ import annotations

from itertools import product
from typing import Any

from .. import engine
from ..dtypes import int32, promote
from ..errors import ShapeError
from ..registry import composite
from ..spec import Sliding, TensorSpec, require_rank, sliding_window
from ..tensor import Tensor
from .elementwise import maximum
from .windows import Ints, Options, over_images, sliding_of, tap_of


def _dilation_infer(x: TensorSpec, filters: TensorSpec, *, sliding: Sliding) -> TensorSpec:
    if x.shape[3] != filters.shape[2]:
        raise ShapeError(
            f"dilation2d: x has {x.shape[3]} channels, filters {filters.shape[2]}: "
            f"shapes {x.shape} and {filters.shape}"
        )
    window = sliding_window("dilation2d", x.shape[1:3], filters.shape[:2], sliding)
    return TensorSpec((x.shape[0], *window.out, x.shape[3]), x.dtype)


@composite(_dilation_infer, public=False)
def dilation2d_nhwc(x: Tensor, filters: Tensor, sliding: Sliding) -> Tensor:
    """`dilation2d` in canonical form, tap by tap."""
    out = _dilation_infer(x.spec, filters.spec, sliding=sliding)
    size, kernel = x.shape[1:3], filters.shape[:2]
    window = sliding_window("dilation2d", size, kernel, sliding)
    lowest = -(2**31) if x.dtype is int32 else float("-inf")
    total: Any = None
    for i, j in product(*map(range, kernel)):
        tap = tap_of(window, size, (i, j))
        # Padding comes after the sum: int32 has nothing below its smallest number.
        under = tap.into_results(tap.pixels(x) + filters[i, j], out.shape[1:3], lowest)
        total = under if total is None else maximum(total, under)
    return total


@composite()
def dilation2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    dilations: Ints = 1,
    data_format: str = "channels_last",
) -> Tensor:
    """The largest sum of an element under a window and the filter's element there, per channel.

    `out[y, x, c] = max over (i, j) of image[y * stride + i * dilation, ..., c] + filters[i, j, c]`;
    padding never wins. With filters of zeros this is `max_pool` with steps of 1; erosion is
    `-dilation2d(-x, flip(filters, (0, 1)))`. Equal sums share the gradient.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis; float or
            int32, which stays int32 and wraps around.
        filters: (height, width, channels).
        strides, padding, dilations, data_format: as in `conv2d`.

    >>> tfpy.dilation2d([[[1.0], [2.0], [5.0]]], [[[0.0], [1.0]]])
    tfpy.tensor([[[3.],
                  [6.]]])
    """
    op = "dilation2d"
    x, filters = engine.as_operands(x, filters)
    require_rank(op, "x", x.spec, 3, 4)
    require_rank(op, "filters", filters.spec, 3)
    dtype = promote(x.dtype, filters.dtype)
    dtype = dtype if dtype.kind != "b" else int32
    x, filters = engine.cast_to(x, dtype), engine.cast_to(filters, dtype)
    options = Options(strides, padding, data_format, dilations, None)

    def run(x: Tensor) -> Tensor:
        sliding = sliding_of(op, x.shape[1:3], filters.shape[:2], options)
        return dilation2d_nhwc(x, filters, sliding)

    return over_images(op, x, 2, data_format, run)
