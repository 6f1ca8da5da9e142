"""The standard's extension `linalg`, for real matrices; products take complex and integer ones.

What says nothing itself is described by the standard. Decompositions read the values, which blocks.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from .. import linalg as la
from ..dtypes import float32, promote
from ..errors import ArgumentError, ShapeError
from ..linalg.spectra import cutoff
from ..ops import elementwise as ew
from ..ops import movement, reduce
from ..ops.creation import arange
from ..ops.indexing import gather
from ..ops.linalg import outer as _outer
from ..spec import broadcast_shapes, normalize_axes, normalize_axis
from ..tensor import Tensor
from .creation import eye
from .functions import Axis, matmul
from .functions import tensordot as tensordot
from .functions import vecdot as vecdot

__all__ = [
    *("cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm"),
    *("matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve"),
    *("svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm"),
]

det, inv, matrix_transpose, pinv = la.det, la.inv, la.matrix_transpose, la.pinv

Eigh = namedtuple("Eigh", "eigenvalues eigenvectors")
QR = namedtuple("QR", "Q R")
Slogdet = namedtuple("Slogdet", "sign logabsdet")
SVD = namedtuple("SVD", "U S Vh")

# ---------------------------------------------------------------------------- decompositions


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """The lower triangular factor of symmetric positive definite matrices, or the upper one."""
    # Only the lower triangle is read, and what is upper may be all there is.
    lower = la.cholesky(matrix_transpose(x) if upper else x)
    return matrix_transpose(lower) if upper else lower


def eigh(x: Tensor, /) -> Eigh:
    """Eigenvalues in rising order, and eigenvectors as columns; see `tfpy.linalg.eigh`."""
    return Eigh(*la.eigh(x))


def eigvalsh(x: Tensor, /) -> Tensor:
    """The eigenvalues in rising order."""
    return la.eigh(x)[0]


def qr(x: Tensor, /, *, mode: str = "reduced") -> QR:
    """Orthonormal columns and an upper triangle; `mode` is "reduced" or "complete"."""
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"qr: mode must be 'reduced' or 'complete', not {mode!r:.50}")
    return QR(*la.qr(x, mode == "complete"))


def slogdet(x: Tensor, /) -> Slogdet:
    """Sign and logarithm of the absolute value of each determinant."""
    return Slogdet(*la.slogdet(x))


def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVD:
    """Singular vectors and values; see `tfpy.linalg.svd`."""
    return SVD(*la.svd(x, full_matrices))


def svdvals(x: Tensor, /) -> Tensor:
    """The singular values in falling order."""
    return la.svd(x, False)[1]


def matrix_rank(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    """How many singular values exceed `rtol` times the largest; by default as for `pinv`."""
    values = svdvals(x)
    return reduce.sum(values > cutoff(x, values, rtol), -1)


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The x with `x1 @ x = x2`; `x2` may be one vector, and leading axes broadcast."""
    b = movement.expand_dims(x2, -1) if x2.ndim == 1 else x2
    if x1.ndim < 2 or b.ndim < 2:
        raise ShapeError(f"solve: shapes {x1.shape} and {x2.shape} are no matrices")
    batch = broadcast_shapes("solve", x1.shape[:-2], b.shape[:-2])
    a, b = (movement.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (x1, b))
    found = la.solve(a, b)
    return movement.squeeze(found, -1) if x2.ndim == 1 else found


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """The matrix product of `n` times `x`; of its inverse, where `n` is negative."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"matrix_power: x must have shape (..., n, n), not {x.shape}")
    base, left = (inv(x) if n < 0 else x), abs(int(n))
    found = movement.broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape)
    while left:
        found = matmul(found, base) if left & 1 else found
        left >>= 1
        base = matmul(base, base) if left else base
    return found


# --------------------------------------------------------------------------------- products


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """The outer product of two vectors."""
    if x1.ndim != 1 or x2.ndim != 1:
        raise ShapeError(f"outer: two vectors are needed, not shapes {x1.shape} and {x2.shape}")
    return _outer(x1, x2)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The vectors, of three elements along `axis`, perpendicular to both; other axes broadcast."""
    rank = min(x1.ndim, x2.ndim)
    axis = normalize_axis("cross", axis, rank) - rank
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ShapeError(f"cross: {axis=} is not 3 in shapes {x1.shape} and {x2.shape}")

    def turned(x: Tensor, places: list[int]) -> Tensor:
        return gather(x, places, axis)

    later, last = [1, 2, 0], [2, 0, 1]
    return turned(x1, later) * turned(x2, last) - turned(x1, last) * turned(x2, later)


# ---------------------------------------------------------------------------------- diagonal


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The `offset`th diagonal of each matrix, counted upwards from the main one."""
    if x.ndim < 2:
        raise ShapeError(f"diagonal: x must have shape (..., m, n), not {x.shape}")
    *batch, m, n = x.shape
    row, column = max(-offset, 0), max(offset, 0)
    count = max(min(m - row, n - column), 0)
    first = row * n + column if count else 0
    places = arange(count, dtype="int32") * (n + 1) + first
    return gather(movement.reshape(x, (*batch, m * n)), places, -1)


def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """The sum of the `offset`th diagonal of each matrix; `dtype` is as for `sum`."""
    return reduce.sum(diagonal(x, offset=offset), -1, dtype=dtype)


# ------------------------------------------------------------------------------------- norms


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """The norm of each matrix.

    Args:
        x: (..., m, n).
        keepdims: leave the last axes as 1.
        ord: "fro": of all elements; "nuc", 2, -2: sum, largest, smallest of the singular values;
            1, -1: largest, smallest of the columns' sums; inf, -inf: of the rows'.
    """
    if x.ndim < 2:
        raise ShapeError(f"matrix_norm: x must have shape (..., m, n), not {x.shape}")
    if ord not in ("nuc", 2, -2):
        size = ew.abs(x) if x.dtype.kind == "c" else x
        return reduce.norm(size, ord, (-2, -1), keepdims)
    values = svdvals(x)
    join = {"nuc": reduce.sum, 2: reduce.max, -2: reduce.min}[ord]
    return movement.expand_dims(join(values, -1, keepdims), -1) if keepdims else join(values, -1)


def vector_norm(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """The norm of the vectors along `axis`, which may be several; None takes all of `x`.

    `ord` is inf, -inf, 0 (how many elements are not 0), or the power whose sum is taken.
    """
    if not isinstance(ord, (int, float)):
        raise ArgumentError(f"vector_norm: ord must be a number, not {ord!r:.50}")
    axes = normalize_axes("vector_norm", axis, x.ndim)
    size = ew.abs(x)
    dtype = promote(size.dtype, float32)
    if ord in (math.inf, -math.inf):
        return (reduce.max if ord > 0 else reduce.min)(size, axes, keepdims)
    if ord == 0:
        return ew.cast(reduce.sum(ew.not_equal(size, 0), axes, keepdims), dtype)
    if ord == 1:
        return reduce.sum(size, axes, keepdims)
    if ord == 2:
        return ew.sqrt(reduce.sum(ew.square(size), axes, keepdims))
    return reduce.sum(size ** float(ord), axes, keepdims) ** (1.0 / ord)
