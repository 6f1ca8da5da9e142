"""The matrix product of operands with equal leading axes."""

from __future__ import annotations

from math import prod

from tfpy.spec import TensorSpec

from ..layout import BLOCK, FILTERS, filters_shape, has_blocks
from ..program import Call, Program, kernel
from ..variants import chosen
from .blocks import product
from .layouts import from_blocks, pack_filters, to_blocks

#: Multiplications from which a product is worth the passes that pack its operands.
LARGE = 1 << 21


@kernel("batch_matmul")
def batch_matmul(call: Call) -> Program | list[Program]:
    a, b = call["a"], call["b"]
    rows, columns = call.out.spec.shape[-2:]
    inner = a.spec.shape[-2 if call.attrs["transpose_a"] else -1]
    by_blocks = _by_blocks(call, rows, inner, columns)
    if by_blocks:
        return by_blocks
    defines = {
        "TRANSPOSE_A": int(call.attrs["transpose_a"]),
        "TRANSPOSE_B": int(call.attrs["transpose_b"]),
        "COLUMN_VECTORS": int(columns % 4 == 0),
        "INNER_VECTORS": int(inner % 4 == 0),
    }
    dims = {"rows": rows, "columns": columns, "inner": inner}
    return Program("matmul", call.out, {"a": a, "b": b}, defines, dims)


def _by_blocks(call: Call, rows: int, inner: int, columns: int) -> list[Program]:
    """The products as 1 x 1 convolutions, whose pixels are the rows; nothing where that is no gain.

    Each matrix of `a` is an image of two lines, so that a block is four rows of it; the one of `b`
    is its filters.
    """
    a, b, limits = call["a"], call["b"], call.limits
    count = prod(call.out.spec.shape[:-2])
    # Of an odd number of rows the last one is nobody's.
    half = -(-rows // 2)
    image = TensorSpec((count, 2, half, inner))
    filters = TensorSpec((count, 1, inner, columns))
    result = TensorSpec((count, 2, half, columns))
    if (rows % 2 and count > 1) or count * rows * inner * columns < LARGE:
        return []
    if chosen(limits, "matmul") == "flat":
        return []
    if not (has_blocks(image, limits) and has_blocks(result, limits)):
        return []
    if max(filters_shape(filters)[:2]) > limits["texture_size"]:
        return []
    row, column = (1, rows) if call.attrs["transpose_a"] else (inner, 1)
    channel, output = (1, inner) if call.attrs["transpose_b"] else (columns, 1)
    pixels, packed = call.temp(image, BLOCK), call.temp(filters, FILTERS)
    made = call.temp(result, BLOCK)
    return [
        to_blocks(a, pixels, (rows * inner, half * row, row, column)),
        pack_filters(b, packed, (0, inner * columns, channel, output)),
        product(pixels, packed, made, per_image=count > 1),
        from_blocks(made, call.out),
    ]
