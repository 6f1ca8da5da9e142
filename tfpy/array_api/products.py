"""Products of matrices and vectors, with the standard's dtypes: those of integers are exact."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from .. import engine
from ..dtypes import promote
from ..errors import ShapeError
from ..ops import linalg
from ..ops.movement import expand_dims, reshape, transpose
from ..spec import normalize_axis
from ..tensor import Tensor
from .reductions import sum

__all__ = ["matmul", "tensordot", "vecdot"]


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The matrix product over the last two axes."""
    dtype = promote(x1.dtype, x2.dtype)
    if dtype.kind in "fc" or not (x1.ndim and x2.ndim):
        return linalg.matmul(x1, x2)
    a, b = engine.cast_to(x1, dtype), engine.cast_to(x2, dtype)
    rows = reshape(a, (1, -1)) if a.ndim == 1 else a
    columns = reshape(b, (-1, 1)) if b.ndim == 1 else b
    if rows.shape[-1] != columns.shape[-2]:
        raise ShapeError(f"matmul: inner sizes differ: shapes {a.shape} and {b.shape}")
    # No kernel multiplies matrices of integers: all products are made, then added up.
    products = expand_dims(rows, -1) * expand_dims(columns, -3)
    out = sum(products, axis=-2, dtype=dtype)
    out = out if a.ndim > 1 else reshape(out, (*out.shape[:-2], out.shape[-1]))
    return out if b.ndim > 1 else reshape(out, out.shape[:-1])


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """The sum of products over `axes`: so many last and first ones, or two lists of them."""
    if isinstance(axes, int):
        if not 0 <= axes <= min(x1.ndim, x2.ndim):
            raise ShapeError(f"tensordot: axes={axes} for shapes {x1.shape} and {x2.shape}")
        axes = range(x1.ndim - axes, x1.ndim), range(axes)
    over1, over2 = (
        [normalize_axis("tensordot", a, x.ndim) for a in given]
        for x, given in zip((x1, x2), axes, strict=True)
    )
    if [x1.shape[a] for a in over1] != [x2.shape[a] for a in over2]:
        raise ShapeError(f"tensordot: {axes=} do not match in shapes {x1.shape} and {x2.shape}")
    free1, free2 = (
        [a for a in range(x.ndim) if a not in over] for x, over in ((x1, over1), (x2, over2))
    )
    inner = prod(x1.shape[a] for a in over1)
    left, right = [x1.shape[a] for a in free1], [x2.shape[a] for a in free2]
    rows = reshape(transpose(x1, (*free1, *over1)), (prod(left), inner))
    columns = reshape(transpose(x2, (*over2, *free2)), (inner, prod(right)))
    return reshape(matmul(rows, columns), (*left, *right))


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The sum of products along `axis`, counted from the end; the other axes broadcast."""
    dtype = promote(x1.dtype, x2.dtype)
    at = normalize_axis("vecdot", axis, min(x1.ndim, x2.ndim))
    if x1.shape[at - min(x1.ndim, x2.ndim)] != x2.shape[at - min(x1.ndim, x2.ndim)]:
        raise ShapeError(f"vecdot: {axis=} differs in shapes {x1.shape} and {x2.shape}")
    return sum(x1 * x2, axis=at - min(x1.ndim, x2.ndim), dtype=dtype)
