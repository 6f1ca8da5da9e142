"""Decompositions of small dense matrices in plain Python, in double precision.

A matrix is a list of rows of floats. `tfpy.linalg` makes operations of these; nothing here knows
tensors. The algorithms are those of Golub and Van Loan, Matrix Computations, chapters 3 to 5.
"""

from __future__ import annotations

from math import copysign, sqrt

Matrix = list[list[float]]


class NotSuitableError(ValueError):
    """The matrix has no such decomposition."""


def identity(n: int) -> Matrix:
    """Ones on the diagonal."""
    return [[float(i == j) for j in range(n)] for i in range(n)]


def lu(a: Matrix) -> tuple[Matrix, list[int], float]:
    """L and U in one matrix, the row that each row came from, and the sign of that order.

    Partial pivoting; a column without a pivot leaves a zero on the diagonal.
    """
    rows, order, sign = [row[:] for row in a], list(range(len(a))), 1.0
    for k in range(len(rows)):
        best = max(range(k, len(rows)), key=lambda i: abs(rows[i][k]))
        if best != k:
            rows[k], rows[best] = rows[best], rows[k]
            order[k], order[best] = order[best], order[k]
            sign = -sign
        pivot, top = rows[k][k], rows[k][k + 1 :]
        if not pivot:
            continue
        for row in rows[k + 1 :]:
            factor = row[k] = row[k] / pivot
            if factor:
                row[k + 1 :] = [v - factor * t for v, t in zip(row[k + 1 :], top, strict=True)]
    return rows, order, sign


def solve(a: Matrix, b: Matrix) -> Matrix:
    """x with a x = b, for square a. Raises `NotSuitableError` where a is singular."""
    factors, order, _ = lu(a)
    if not all(factors[k][k] for k in range(len(a))):
        raise NotSuitableError("is singular")
    x: Matrix = []
    for row, source in zip(factors, order, strict=True):
        x.append(_minus(b[source], row[: len(x)], x))
    for k in reversed(range(len(x))):
        row = factors[k]
        x[k] = [v / row[k] for v in _minus(x[k], row[k + 1 :], x[k + 1 :])]
    return x


def _minus(start: list[float], weights: list[float], rows: Matrix) -> list[float]:
    """`start` less the weighted sum of `rows`."""
    for weight, row in zip(weights, rows, strict=True):
        if weight:
            start = [v - weight * r for v, r in zip(start, row, strict=True)]
    return start[:]


def cholesky(a: Matrix) -> Matrix:
    """The lower triangle l with l l^T = a, of which only the lower triangle is read.

    Raises `NotSuitableError` where a is not positive definite.
    """
    rows: Matrix = []
    for i, given in enumerate(a):
        row: list[float] = []
        for j in range(i + 1):
            other = rows[j] if j < i else row
            value = given[j] - sum(x * y for x, y in zip(row[:j], other[:j], strict=True))
            if j == i:
                if not value > 0:
                    raise NotSuitableError("is not positive definite")
                row.append(sqrt(value))
            else:
                row.append(value / other[j])
        rows.append(row)
    n = len(a)
    return [row + [0.0] * (n - len(row)) for row in rows]


def qr(a: Matrix, columns: int) -> tuple[Matrix, Matrix]:
    """q with as many orthonormal `columns`, and r, upper triangular, with q r = a: by reflections.

    The diagonal of r has the opposite sign of what it was made from, as LAPACK's.
    """
    m, n = len(a), len(a[0]) if a else 0
    # Columns as lists: a reflection combines whole columns.
    work = [[row[j] for row in a] for j in range(n)]
    reflectors: list[tuple[list[float], float]] = []
    for k in range(min(m - 1, n)):
        v = work[k][k:]
        norm = sqrt(sum(x * x for x in v))
        alpha = -copysign(norm, v[0])
        v[0] -= alpha
        square = sum(x * x for x in v)
        scale = 2.0 / square if square else 0.0
        reflectors.append((v, scale))
        for column in work[k:]:
            _reflect(column, k, v, scale)
    q = [[float(i == j) for i in range(m)] for j in range(columns)]
    for k in reversed(range(len(reflectors))):
        for column in q:
            _reflect(column, k, *reflectors[k])
    r = [[work[j][i] if i <= j else 0.0 for j in range(n)] for i in range(min(m, columns))]
    return [[q[j][i] for j in range(columns)] for i in range(m)], r


def _reflect(column: list[float], k: int, v: list[float], scale: float) -> None:
    dot = scale * sum(x * y for x, y in zip(v, column[k:], strict=True))
    if dot:
        column[k:] = [x - dot * y for x, y in zip(column[k:], v, strict=True)]
