"""Singular values and vectors, eigenvalues and eigenvectors, and what is made of them."""

from __future__ import annotations

from builtins import max as largest
from typing import Any

from .. import engine
from ..dtypes import float64
from ..errors import GradientError
from ..host import HostArray
from ..ops.creation import eye
from ..ops.elementwise import divide_no_nan, where
from ..ops.linalg import matmul
from ..ops.movement import expand_dims
from ..ops.reduce import max
from ..registry import composite, coroutine, host
from ..spec import TensorSpec
from ..tensor import Tensor
from . import matrices
from .operations import each, flat, floats, require_matrices, stacked, swapped

__all__ = ["eigh", "eigh_async", "pinv", "svd", "svd_async"]


def _times(a: Tensor, *others: Tensor) -> Tensor:
    for b in others:
        a = matmul(a, b)
    return a


def _gaps(values: Tensor) -> Tensor:
    """1 / (values[j] - values[i]) at (i, j), and 0 where they are equal: vectors that may be turned
    into each other have no gradient of their own."""
    return divide_no_nan(1.0, expand_dims(values, -2) - expand_dims(values, -1))


def _rows(vectors: list[list[float]], shape: tuple[int, ...]) -> HostArray:
    return HostArray([v for row in vectors for v in row], shape)


# ------------------------------------------------------------------------------- eigenvalues


def _eigh_infer(a: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
    require_matrices("eigh", a, square=True)
    return TensorSpec(a.shape[:-1], a.dtype), a


def _eigh_values(a: HostArray) -> tuple[HostArray, HostArray]:
    pairs = each("eigh", matrices.eigh, stacked(a))
    return _rows([w for w, _ in pairs], a.shape[:-1]), flat([v for _, v in pairs], a.shape)


def _eigh_vjp(g: tuple[Tensor, Tensor], out: tuple[Tensor, Tensor]) -> Tensor:
    """Giles, An extended collection of matrix derivative results (2008), section 3.1."""
    (gw, gv), (w, v) = g, out
    n = v.shape[-1]
    inner = _gaps(w) * matmul(v, gv, transpose_a=True)
    inner = inner + eye(n, dtype=w.dtype) * expand_dims(gw, -2)
    found = _times(v, inner, swapped(v))
    return 0.5 * (found + swapped(found))


@host(_eigh_infer, _eigh_values, vjp={"a": _eigh_vjp})
def eigh(a: Any) -> Any:
    """The eigenvalues of symmetric matrices in rising order, and their eigenvectors as columns.

    Only the lower triangle of `a`, (..., n, n), is read; its gradient is symmetric, and that of
    eigenvectors is right where no two eigenvalues are equal.

    Returns:
        (..., n) eigenvalues and (..., n, n) unit eigenvectors.

    Raises:
        ArgumentError: a matrix has elements that are not finite.

    >>> tfpy.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])
    (tfpy.tensor([1., 2.]), tfpy.tensor([[0., 1.],
                 [1., 0.]]))
    """
    return floats("eigh", a), {}


eigh_async = coroutine(eigh)

# --------------------------------------------------------------------------- singular values


def _svd_infer(a: TensorSpec, *, full: bool) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    require_matrices("svd", a)
    *batch, m, n = a.shape
    k = min(m, n)
    shapes = (m, m if full else k), (k,), (n if full else k, n)
    u, s, vt = (TensorSpec((*batch, *shape), a.dtype) for shape in shapes)
    return u, s, vt


def _svd_values(a: HostArray, full: bool) -> tuple[HostArray, HostArray, HostArray]:
    *batch, m, n = a.shape
    found = each("svd", lambda matrix: matrices.svd(matrix, n, full), stacked(a))
    k = min(m, n)
    u = flat([u for u, _, _ in found], (*batch, m, m if full else k))
    vt = flat([vt for _, _, vt in found], (*batch, n if full else k, n))
    return u, _rows([s for _, s, _ in found], (*batch, k)), vt


def _svd_vjp(g: tuple[Tensor, Tensor, Tensor], out: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Townsend, Differentiating the singular value decomposition (2016), section 2."""
    (gu, gs, gvt), (u, s, vt) = g, out
    if u.shape[-1] != s.shape[-1] or vt.shape[-2] != s.shape[-1]:
        raise GradientError("svd: with full_matrices, a must be square to have a gradient")
    gaps, row, column = _gaps(s * s), expand_dims(s, -2), expand_dims(s, -1)
    left, right = matmul(u, gu, transpose_a=True), matmul(vt, gvt, transpose_b=True)
    inner = gaps * (left - swapped(left)) * row + column * gaps * (right - swapped(right))
    inner = inner + eye(s.shape[-1], dtype=s.dtype) * expand_dims(gs, -2)
    # What of the vectors' gradients lies outside of the spaces that u and v span.
    beside = divide_no_nan(gu - matmul(u, left), row)
    below = divide_no_nan(gvt - matmul(right, vt, transpose_a=True), column)
    return matmul(matmul(u, inner) + beside, vt) + matmul(u, below)


@host(_svd_infer, _svd_values, vjp={"a": _svd_vjp})
def svd(a: Any, full_matrices: bool = True) -> Any:
    """Singular vectors and values: `(u * s) @ vh = a`, without full matrices.

    Args:
        a: (..., m, n).
        full_matrices: make u and vh square, (..., m, m) and (..., n, n). Then there is a gradient
            only for m = n. Else their inner size is k = min(m, n).

    Returns:
        u (..., m, k), s (..., k) in falling order, and vh (..., k, n). The largest element of each
        row of vh (where m < n, of each column of u) is positive. Gradients of u and vh are right
        where all singular values differ.

    Raises:
        ArgumentError: a matrix has elements that are not finite.

    >>> u, s, vh = tfpy.linalg.svd([[0.0, 2.0], [3.0, 0.0]])
    >>> s
    tfpy.tensor([3., 2.])
    """
    return floats("svd", a), {"full": bool(full_matrices)}


svd_async = coroutine(svd)


def cutoff(a: Tensor, s: Tensor, rtol: Any) -> Tensor:
    """The size from which on singular values `s` of `a` count: `rtol` times the largest.

    `rtol` is by default the larger size of `a` times the distance between floats.
    """
    epsilon = 2.0**-52 if a.dtype is float64 else 2.0**-23
    rtol = engine.as_tensor(largest(a.shape[-2:]) * epsilon if rtol is None else rtol, a.dtype)
    return expand_dims(rtol, -1) * max(s, -1, keepdims=True) if s.shape[-1] else s


@composite()
def pinv(a: Any, rtol: Any = None) -> Tensor:
    """The Moore-Penrose inverse of each matrix: (..., m, n) to (..., n, m).

    Args:
        a: (..., m, n).
        rtol: singular values up to `rtol` times the largest count as 0: a number, or one for each
            matrix. By default max(m, n) times the distance between floats.

    >>> tfpy.linalg.pinv([[2.0, 0.0], [0.0, 0.0]])
    tfpy.tensor([[0.5,  0.],
                 [ 0.,  0.]])
    """
    (a,) = floats("pinv", a)
    u, s, vt = svd(a, False)
    kept = where(s > cutoff(a, s, rtol), s, 0.0)
    inverse = divide_no_nan(swapped(u), expand_dims(kept, -1))
    return matmul(vt, inverse, transpose_a=True)
