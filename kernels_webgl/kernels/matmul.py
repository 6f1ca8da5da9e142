"""The matrix product of operands with equal leading axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tfpy.spec import Shape, TensorSpec

from ..layout import BLOCK, COLUMNS, FILTERS, FLAT, as_filters, filters_shape, has_blocks
from ..program import Call, Operand, Program, kernel
from ..variants import chosen
from .blocks import product
from .layouts import from_blocks, pack_filters, to_blocks

#: Multiplications from which a product is worth the passes that pack its operands.
LARGE = 1 << 21


def matmul_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """What is multiplied with is often a weight, and multiplied with again: it is kept packed."""
    if call.attrs["transpose_b"] or not _has_blocks(call):
        return None
    return (FLAT, COLUMNS), FLAT


@kernel("batch_matmul", layouts=matmul_layouts)
def batch_matmul(call: Call) -> Program | list[Program]:
    if _has_blocks(call):
        return _by_blocks(call)
    rows, inner, columns = _sizes(call)
    defines = {
        "TRANSPOSE_A": int(call.attrs["transpose_a"]),
        "TRANSPOSE_B": int(call.attrs["transpose_b"]),
        "COLUMN_VECTORS": int(columns % 4 == 0),
        "INNER_VECTORS": int(inner % 4 == 0),
    }
    dims = {"rows": rows, "columns": columns, "inner": inner}
    return Program("matmul", call.out, {"a": call["a"], "b": call["b"]}, defines, dims)


def _sizes(call: Call) -> Shape:
    """Rows of the product, what is summed over, and columns."""
    rows, columns = call.out.spec.shape[-2:]
    return rows, call["a"].spec.shape[-2 if call.attrs["transpose_a"] else -1], columns


def _images(call: Call) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    """The products as 1 x 1 convolutions, whose pixels are the rows: images, filters and results.

    Each matrix of `a` is an image of two lines, so that a block is four rows of it; the one of `b`
    is its filters.
    """
    rows, inner, columns = _sizes(call)
    *outer, _, _ = call.out.spec.shape
    # Of an odd number of rows the last one is nobody's.
    count, half = prod(outer), -(-rows // 2)
    filters = as_filters(TensorSpec((*outer, inner, columns)))
    return TensorSpec((count, 2, half, inner)), filters, TensorSpec((count, 2, half, columns))


def _has_blocks(call: Call) -> bool:
    """Whether the products can be computed as convolutions, and whether that is a gain."""
    rows, inner, columns = _sizes(call)
    image, filters, result = _images(call)
    count, limits = image.shape[0], call.limits
    if (rows % 2 and count > 1) or count * rows * inner * columns < LARGE:
        return False
    if chosen(limits, "matmul") == "flat":
        return False
    if max(filters_shape(filters)[:2]) > limits["texture_size"]:
        return False
    return has_blocks(image, limits) and has_blocks(result, limits)


def _by_blocks(call: Call) -> list[Program]:
    a, (rows, inner, _) = call["a"], _sizes(call)
    image, filters, result = _images(call)
    count, _, half, _ = image.shape
    pixels, made = call.temp(image, BLOCK), call.temp(result, BLOCK)
    row, column = (1, rows) if call.attrs["transpose_a"] else (inner, 1)
    packed, programs = _filters(call, filters)
    return [
        to_blocks(a, pixels, (rows * inner, half * row, row, column)),
        *programs,
        product(pixels, packed, made, per_image=count > 1),
        from_blocks(made, call.out),
    ]


def _filters(call: Call, filters: TensorSpec) -> tuple[Operand, list[Program]]:
    """The packed filters, and what packs them if they are not given so."""
    b, (_, inner, columns) = call["b"], _sizes(call)
    if b.layout == COLUMNS:
        return b._replace(spec=filters, layout=FILTERS), []
    packed = call.temp(filters, FILTERS)
    channel, output = (1, inner) if call.attrs["transpose_b"] else (columns, 1)
    return packed, [pack_filters(b, packed, (0, inner * columns, channel, output))]
