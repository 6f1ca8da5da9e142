"""Products of matrices and vectors."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import engine
from ..dtypes import float32, promote
from ..errors import ShapeError
from ..registry import composite, primitive
from ..spec import TensorSpec, broadcast_shapes
from ..tensor import Tensor
from .movement import broadcast_to, reshape


def _matmul_infer(
    a: TensorSpec, b: TensorSpec, *, transpose_a: bool, transpose_b: bool
) -> TensorSpec:
    m, k = reversed(a.shape[-2:]) if transpose_a else a.shape[-2:]
    k2, n = reversed(b.shape[-2:]) if transpose_b else b.shape[-2:]
    if k != k2:
        raise ShapeError(
            f"matmul: inner sizes {k} and {k2} differ: shapes {a.shape} and {b.shape}, "
            f"{transpose_a=}, {transpose_b=}"
        )
    return TensorSpec((*a.shape[:-2], m, n), a.dtype)


def _matmul_vjp_a(g: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Tensor:
    if transpose_a:
        return matmul(b, g, transpose_b, True)
    return matmul(g, b, False, not transpose_b)


def _matmul_vjp_b(g: Tensor, a: Tensor, transpose_a: bool, transpose_b: bool) -> Tensor:
    if transpose_b:
        return matmul(g, a, True, transpose_a)
    return matmul(a, g, not transpose_a, False)


@primitive(_matmul_infer, vjp={"a": _matmul_vjp_a, "b": _matmul_vjp_b}, public=False)
def batch_matmul(a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Any:
    """The matrix product of operands with equal leading axes: the kernel behind `matmul`."""
    return (a, b), {"transpose_a": transpose_a, "transpose_b": transpose_b}


@composite()
def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The matrix product over the last two axes; leading axes broadcast, as NumPy's `@`.

    A vector counts as one row on the left and one column on the right, and that axis is dropped
    again. int32 operands give a float32 result.

    Args:
        a: (..., m, k), or (..., k, m) with `transpose_a`.
        b: (..., k, n), or (..., n, k) with `transpose_b`.
        transpose_a: swap the last two axes of `a` first.
        transpose_b: swap the last two axes of `b` first.
    """
    a, b = engine.as_operands(a, b)
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(f"matmul: operands must not be scalars: shapes {a.shape} and {b.shape}")
    dtype = promote(a.dtype, b.dtype, float32)
    a, b = engine.cast_to(a, dtype), engine.cast_to(b, dtype)
    if a.ndim == 1 or b.ndim == 1:
        return _with_vectors(a, b, transpose_a, transpose_b)
    if b.ndim == 2 and a.ndim > 2 and not transpose_a:
        rows = reshape(a, (prod(a.shape[:-1]), a.shape[-1]))
        product = batch_matmul(rows, b, False, transpose_b)
        return reshape(product, (*a.shape[:-1], product.shape[-1]))
    batch = broadcast_shapes("matmul", a.shape[:-2], b.shape[:-2])
    if a.shape[:-2] != batch:
        a = broadcast_to(a, (*batch, *a.shape[-2:]))
    if b.shape[:-2] != batch:
        b = broadcast_to(b, (*batch, *b.shape[-2:]))
    return batch_matmul(a, b, bool(transpose_a), bool(transpose_b))


def _with_vectors(a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Tensor:
    matrix_a = reshape(a, (1, -1)) if a.ndim == 1 else a
    matrix_b = reshape(b, (-1, 1)) if b.ndim == 1 else b
    product = matmul(matrix_a, matrix_b, transpose_a and a.ndim > 1, transpose_b and b.ndim > 1)
    drop = ([-2] if a.ndim == 1 else []) + ([-1] if b.ndim == 1 else [])
    shape = [n for i, n in enumerate(product.shape) if i - product.ndim not in drop]
    return reshape(product, shape)


@composite()
def dot(a: Any, b: Any) -> Tensor:
    """The product of vectors and matrices (rank 1 or 2): inner, matrix-vector or matrix product."""
    a, b = engine.as_operands(a, b)
    if not (1 <= a.ndim <= 2 and 1 <= b.ndim <= 2):
        raise ShapeError(f"dot: operands must have rank 1 or 2: shapes {a.shape} and {b.shape}")
    return matmul(a, b)


@composite()
def outer(a: Any, b: Any) -> Tensor:
    """The outer product of two vectors: shape (len(a), len(b))."""
    a, b = engine.as_operands(a, b)
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))
