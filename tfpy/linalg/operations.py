"""Parts of matrices, `solve`, determinants, and the decompositions that need no iteration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..dtypes import float32, promote
from ..errors import ArgumentError, DTypeError, GradientError, ShapeError
from ..host import HostArray
from ..ops.creation import arange, eye, zeros_like
from ..ops.elementwise import where
from ..ops.linalg import matmul
from ..ops.movement import concat, expand_dims, reshape, stack, transpose
from ..ops.reduce import norm, sum
from ..registry import composite, coroutine, host
from ..spec import TensorSpec
from ..tensor import Tensor
from . import matrices
from .matrices import Matrix

__all__ = [
    "band_part",
    "cholesky",
    "cholesky_async",
    "det",
    "det_async",
    "gram_schmidt",
    "inv",
    "matrix_transpose",
    "qr",
    "slogdet",
    "slogdet_async",
    "solve",
    "solve_async",
    "trace",
]

# ------------------------------------------------------------------------------------- operands


def floats(op: str, *values: Any) -> list[Tensor]:
    """Operands as tensors of one floating dtype."""
    xs = [engine.as_tensor(v) for v in values]
    dtype = promote(float32, *[x.dtype for x in xs])
    if not dtype.is_floating:
        raise DTypeError(f"{op} does not take {dtype} tensors")
    return [engine.cast_to(x, dtype) for x in xs]


def require_matrices(op: str, a: TensorSpec, square: bool = False) -> None:
    """Refuse what is no (stack of) matrices."""
    if a.rank < 2 or (square and a.shape[-1] != a.shape[-2]):
        wanted = "(..., n, n)" if square else "(..., m, n)"
        raise ShapeError(f"{op}: a must have shape {wanted}, not {a.shape}")


def stacked(array: HostArray) -> list[Matrix]:
    """The matrices along the leading axes."""
    *batch, m, n = array.shape
    values = list(array.values)
    rows = (
        [values[i : i + n] for i in range(0, len(values), n)]
        if n
        else [[]] * (math.prod(batch) * m)
    )
    return [rows[i : i + m] for i in range(0, len(rows), m)] if m else [[]] * math.prod(batch)


def flat(results: Sequence[Matrix], shape: Sequence[int]) -> HostArray:
    """The matrices' elements, one after the other."""
    return HostArray([v for matrix in results for row in matrix for v in row], tuple(shape))


def each(op: str, compute: Callable[..., Any], *stacks: Sequence[Matrix]) -> list[Any]:
    """`compute` for every matrix; says which one it failed for."""
    results = []
    for index, operands in enumerate(zip(*stacks, strict=True)):
        try:
            results.append(compute(*operands))
        except matrices.NotSuitableError as error:
            raise ArgumentError(f"{op}: matrix {index} {error}") from None
    return results


def swapped(a: Tensor) -> Tensor:
    """Every matrix transposed."""
    return transpose(a, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2))


def _diagonal_and_below(a: Tensor) -> Tensor:
    return band_part(a, -1, 0)


# ---------------------------------------------------------------------------------------- parts


@composite()
def band_part(a: Any, num_lower: int, num_upper: int) -> Tensor:
    """Each matrix with zeros outside a band around its diagonal.

    Args:
        a: (..., m, n), any dtype.
        num_lower: diagonals to keep below the main one; negative for all.
        num_upper: diagonals to keep above it; negative for all.

    >>> tfpy.linalg.band_part([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, 1)
    tfpy.tensor([[1, 2, 0],
                 [0, 5, 6],
                 [0, 0, 9]])
    """
    a = engine.as_tensor(a)
    require_matrices("band_part", a.spec)
    m, n = a.shape[-2:]
    distance = reshape(arange(m), (m, 1)) - reshape(arange(n), (1, n))
    low = m if num_lower < 0 else int(num_lower)
    high = n if num_upper < 0 else int(num_upper)
    return where((distance <= low) & (distance >= -high), a, zeros_like(a))


@composite()
def matrix_transpose(a: Any) -> Tensor:
    """(..., m, n) to (..., n, m)."""
    a = engine.as_tensor(a)
    require_matrices("matrix_transpose", a.spec)
    return swapped(a)


@composite()
def trace(a: Any) -> Tensor:
    """The sum of each matrix's diagonal: (..., m, n) to (...).

    >>> tfpy.linalg.trace([[1.0, 2.0], [3.0, 4.0]])
    tfpy.tensor(5.)
    """
    a = engine.as_tensor(a)
    require_matrices("trace", a.spec)
    return sum(band_part(a, 0, 0), axis=(-2, -1))


@composite()
def gram_schmidt(xs: Any) -> Any:
    """Orthonormal vectors that span the same space, by the modified Gram-Schmidt process.

    Args:
        xs: a list of vectors, or their matrix: one vector a row, no more than their length.

    Returns:
        A list or a matrix, as given.

    >>> tfpy.linalg.gram_schmidt([[3.0, 0.0], [1.0, 2.0]])
    tfpy.tensor([[1., 0.],
                 [0., 1.]])
    """
    listed = isinstance(xs, (list, tuple)) and len(xs) > 0 and isinstance(xs[0], Tensor)
    rows = stack(xs) if listed else engine.as_tensor(xs)
    (rows,) = floats("gram_schmidt", rows)
    if rows.ndim != 2 or rows.shape[0] > rows.shape[1]:
        raise ShapeError(
            f"gram_schmidt: no more vectors than their length are needed, not shape {rows.shape}"
        )
    found: list[Tensor] = []
    for i in range(rows.shape[0]):
        x = rows[i]
        for other in found:
            x = x - sum(other * x) * other
        found.append(x / norm(x))
    return found if listed else stack(found)


# ---------------------------------------------------------------------------------------- solve


def _solve_infer(a: TensorSpec, b: TensorSpec) -> TensorSpec:
    require_matrices("solve", a, square=True)
    if b.rank < 2 or b.shape[:-1] != a.shape[:-1]:
        raise ShapeError(f"solve: b of shape {b.shape} does not fit a of shape {a.shape}")
    return b


def _solve_values(a: HostArray, b: HostArray) -> HostArray:
    return flat(each("solve", matrices.solve, stacked(a), stacked(b)), b.shape)


def _solve_vjp_b(g: Tensor, a: Tensor) -> Tensor:
    return solve(swapped(a), g)


def _solve_vjp_a(g: Tensor, a: Tensor, out: Tensor) -> Tensor:
    return -matmul(solve(swapped(a), g), out, transpose_b=True)


@host(_solve_infer, _solve_values, vjp={"a": _solve_vjp_a, "b": _solve_vjp_b})
def solve(a: Any, b: Any) -> Any:
    """The x with `a @ x = b`.

    Args:
        a: (..., n, n).
        b: (..., n, k), with the same leading axes.

    Raises:
        ArgumentError: a matrix is singular.

    >>> tfpy.linalg.solve([[2.0, 0.0], [1.0, 1.0]], [[2.0], [3.0]])
    tfpy.tensor([[1.],
                 [2.]])
    """
    return floats("solve", a, b), {}


solve_async = coroutine(solve)


@composite()
def inv(a: Any) -> Tensor:
    """The inverse of each matrix: (..., n, n). Raises `ArgumentError` where one is singular.

    >>> tfpy.linalg.inv([[2.0, 0.0], [0.0, 4.0]])
    tfpy.tensor([[ 0.5,   0.],
                 [  0., 0.25]])
    """
    (a,) = floats("inv", a)
    require_matrices("inv", a.spec, square=True)
    return solve(a, _identities(a))


def _identities(a: Tensor) -> Tensor:
    return zeros_like(a) + eye(a.shape[-1], dtype=a.dtype)


# ------------------------------------------------------------------------------------ cholesky


def _square_infer(op: str) -> Callable[..., TensorSpec]:
    def infer(a: TensorSpec) -> TensorSpec:
        require_matrices(op, a, square=True)
        return a

    return infer


def _cholesky_values(a: HostArray) -> HostArray:
    return flat(each("cholesky", matrices.cholesky, stacked(a)), a.shape)


def _cholesky_vjp(g: Tensor, out: Tensor) -> Tensor:
    """Murray, Differentiation of the Cholesky decomposition (2016), equation 10."""
    inner = _diagonal_and_below(matmul(out, g, transpose_a=True))
    inner = inner - 0.5 * band_part(inner, 0, 0)
    upper = swapped(out)
    s = swapped(solve(upper, swapped(solve(upper, inner))))
    return 0.5 * (s + swapped(s))


@host(_square_infer("cholesky"), _cholesky_values, vjp={"a": _cholesky_vjp})
def cholesky(a: Any) -> Any:
    """The lower triangular l with `l @ l.T = a`, for symmetric positive definite matrices.

    Only the lower triangle of `a`, (..., n, n), is read; its gradient is symmetric.

    Raises:
        ArgumentError: a matrix is not positive definite.

    >>> tfpy.linalg.cholesky([[4.0, 2.0], [2.0, 10.0]])
    tfpy.tensor([[2., 0.],
                 [1., 3.]])
    """
    return floats("cholesky", a), {}


cholesky_async = coroutine(cholesky)

# ---------------------------------------------------------------------------------- determinant


def _slogdet_infer(a: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
    require_matrices("slogdet", a, square=True)
    return (TensorSpec(a.shape[:-2], a.dtype),) * 2


def _slogdet(a: Matrix) -> tuple[float, float]:
    factors, _, sign = matrices.lu(a)
    total = 0.0
    for k, row in enumerate(factors):
        if not row[k]:
            return 0.0, -math.inf
        sign = math.copysign(sign, sign * row[k])
        total += math.log(abs(row[k]))
    return sign, total


def _slogdet_values(a: HostArray) -> tuple[HostArray, HostArray]:
    pairs = [_slogdet(matrix) for matrix in stacked(a)]
    batch = a.shape[:-2]
    return HostArray([s for s, _ in pairs], batch), HostArray([v for _, v in pairs], batch)


def _over_matrices(g: Tensor) -> Tensor:
    return expand_dims(expand_dims(g, -1), -1)


def _slogdet_vjp(g: tuple[Tensor, Tensor], a: Tensor) -> Tensor:
    return _over_matrices(g[1]) * swapped(inv(a))


@host(_slogdet_infer, _slogdet_values, vjp={"a": _slogdet_vjp})
def slogdet(a: Any) -> Any:
    """Sign and logarithm of the absolute value of each determinant: two tensors of shape (...).

    A singular matrix gives (0, -inf), and has no gradient: asking raises `ArgumentError`.

    >>> tfpy.linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    (tfpy.tensor(-1.), tfpy.tensor(0.))
    """
    return floats("slogdet", a), {}


slogdet_async = coroutine(slogdet)


def _det_infer(a: TensorSpec) -> TensorSpec:
    require_matrices("det", a, square=True)
    return TensorSpec(a.shape[:-2], a.dtype)


def _det(a: Matrix) -> float:
    factors, _, sign = matrices.lu(a)
    return sign * math.prod(row[k] for k, row in enumerate(factors))


def _det_values(a: HostArray) -> HostArray:
    return HostArray([_det(matrix) for matrix in stacked(a)], a.shape[:-2])


def _det_vjp(g: Tensor, a: Tensor, out: Tensor) -> Tensor:
    return _over_matrices(g * out) * swapped(inv(a))


@host(_det_infer, _det_values, vjp={"a": _det_vjp})
def det(a: Any) -> Any:
    """The determinant of each matrix: (..., n, n) to (...).

    The gradient needs the inverse: for a singular matrix it raises `ArgumentError`.

    >>> tfpy.linalg.det([[1.0, 2.0], [3.0, 4.0]])
    tfpy.tensor(-2.)
    """
    return floats("det", a), {}


det_async = coroutine(det)

# -------------------------------------------------------------------------------------------- qr


def _qr_infer(a: TensorSpec, *, full: bool) -> tuple[TensorSpec, TensorSpec]:
    require_matrices("qr", a)
    *batch, m, n = a.shape
    columns = m if full else min(m, n)
    return TensorSpec((*batch, m, columns), a.dtype), TensorSpec((*batch, columns, n), a.dtype)


def _qr_values(a: HostArray, full: bool) -> tuple[HostArray, HostArray]:
    *batch, m, n = a.shape
    columns = m if full else min(m, n)
    pairs = [matrices.qr(matrix, columns) for matrix in stacked(a)]
    q, r = [q for q, _ in pairs], [r for _, r in pairs]
    return flat(q, (*batch, m, columns)), flat(r, (*batch, columns, n))


def _qr_vjp(g: tuple[Tensor, Tensor], a_spec: TensorSpec, out: tuple[Tensor, Tensor]) -> Tensor:
    """Walter and Lehmann, Algorithmic differentiation of linear algebra functions (2012)."""
    (gq, gr), (q, r) = g, out
    if q.shape[-1] > r.shape[-1]:
        raise GradientError("qr: with full_matrices, a must not have more rows than columns")
    m = matmul(r, gr, transpose_b=True) - matmul(gq, q, transpose_a=True)
    lower = band_part(m, -1, 0)
    symmetric = lower + swapped(band_part(m, -1, 0) - band_part(m, 0, 0))
    right = gq + matmul(q, symmetric)
    return swapped(solve(r, swapped(right)))


@host(_qr_infer, _qr_values, vjp={"a": _qr_vjp}, public=False)
def tall_qr(a: Any, full: bool) -> Any:
    """`qr` of matrices with no fewer rows than columns."""
    return floats("qr", a), {"full": full}


@composite()
def qr(a: Any, full_matrices: bool = False) -> tuple[Tensor, Tensor]:
    """Orthonormal columns q and an upper triangular r with `q @ r = a`.

    Args:
        a: (..., m, n).
        full_matrices: make q square, (..., m, m), instead of (..., m, min(m, n)). Then there is a
            gradient only for m <= n.

    Signs are LAPACK's, so NumPy's.

    >>> q, r = tfpy.linalg.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> tfpy.matmul(q, r)
    tfpy.tensor([[3., 1.],
                 [4., 2.]])
    """
    (a,) = floats("qr", a)
    require_matrices("qr", a.spec)
    m, n = a.shape[-2:]
    if m >= n:
        return tall_qr(a, bool(full_matrices))
    # The first columns decide q.
    q, r = tall_qr(a[..., :m], False)
    return q, concat([r, matmul(q, a[..., m:], transpose_a=True)], axis=-1)
