"""Decompositions of small dense matrices in plain Python, in double precision.

A matrix is a list of rows of floats. `tfpy.linalg` makes operations of these; nothing here knows
tensors. The algorithms are those of Golub and Van Loan, Matrix Computations, chapters 3 to 5.
"""

from __future__ import annotations

from math import copysign, hypot, isfinite, sqrt

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


# --------------------------------------------------------------------------- singular values

#: The relative distance between doubles.
EPSILON = 2.0**-52


def svd(a: Matrix, n: int, full: bool) -> tuple[Matrix, list[float], Matrix]:
    """u, the singular values s in falling order, and v transposed, with u s v^T = a of n columns.

    u and v have as many columns as the smaller size of a; with `full` they are square. In each
    row of v^T (where a is wide, column of u) the largest element is positive. By rotating pairs of
    columns until all are orthogonal (Hestenes 1958). Raises `NotSuitableError` where a is not
    finite.
    """
    m = len(a)
    if m < n:
        v, values, ut = svd([[row[j] for row in a] for j in range(n)], m, full)
        return _transposed(ut, m), values, _transposed(v, n if full else m)
    scale = max((abs(x) for row in a for x in row), default=0.0)
    if not isfinite(sum(abs(x) for row in a for x in row) / (scale or 1.0)):
        raise NotSuitableError("has elements that are not finite")
    columns = [[row[j] / (scale or 1.0) for row in a] for j in range(n)]
    turned = identity(n)
    _orthogonalize(columns, turned)
    sizes = [hypot(*column) for column in columns]
    order = sorted(range(n), key=lambda j: -sizes[j])
    least = n * EPSILON * max(sizes, default=0.0)
    u, vt = [], []
    for j in order:
        sign = copysign(1.0, max(turned[j], key=abs))
        vt.append([sign * x for x in turned[j]])
        if sizes[j] > least:
            u.append([sign * x / sizes[j] for x in columns[j]])
    _complete(u, m if full else n, m)
    return _transposed(u, m), [scale * sizes[j] for j in order], vt


def _transposed(rows: Matrix, n: int) -> Matrix:
    """`rows` of n elements as columns."""
    return [[row[i] for row in rows] for i in range(n)]


def _orthogonalize(columns: Matrix, turned: Matrix) -> None:
    """Rotate pairs of columns, and those of `turned` alike, until all columns are orthogonal."""
    # Columns shorter than this are rounding errors, which are never orthogonal.
    least = (len(columns) * EPSILON) ** 2 * sum(x * x for column in columns for x in column)
    pairs = [(p, q) for q in range(len(columns)) for p in range(q)]
    for _ in range(60):
        done = True
        for p, q in pairs:
            x, y = columns[p], columns[q]
            xx, yy = sum(v * v for v in x), sum(v * v for v in y)
            xy = sum(v * w for v, w in zip(x, y, strict=True))
            if min(xx, yy) <= least or abs(xy) <= 4 * EPSILON * sqrt(xx * yy):
                continue
            done = False
            slope = (yy - xx) / (2.0 * xy)
            tangent = copysign(1.0, slope) / (abs(slope) + hypot(1.0, slope))
            cosine = 1.0 / hypot(1.0, tangent)
            for pair in (columns, turned):
                _rotate(pair, p, q, cosine, cosine * tangent)
        if done:
            return


def _rotate(columns: Matrix, p: int, q: int, c: float, s: float) -> None:
    pairs = list(zip(columns[p], columns[q], strict=True))
    columns[p] = [c * x - s * y for x, y in pairs]
    columns[q] = [s * x + c * y for x, y in pairs]


def _complete(columns: Matrix, count: int, m: int) -> None:
    """Append unit vectors of length m, orthogonal to all others, until there are `count`."""
    while len(columns) < count:
        covered = [sum(column[i] ** 2 for column in columns) for i in range(m)]
        new = [0.0] * m
        new[covered.index(min(covered))] = 1.0
        for column in columns * 2:
            dot = sum(x * y for x, y in zip(column, new, strict=True))
            new = [y - dot * x for x, y in zip(column, new, strict=True)]
        size = hypot(*new)
        columns.append([x / size for x in new])


def eigh(a: Matrix) -> tuple[list[float], Matrix]:
    """The eigenvalues of symmetric a in rising order, and the unit eigenvectors as columns.

    Only the lower triangle is read. Moved so that no eigenvalue is negative (Gershgorin), a matrix
    has its eigenvectors as singular vectors. Raises `NotSuitableError` where a is not finite.
    """
    n = len(a)
    whole = [[a[max(i, j)][min(i, j)] for j in range(n)] for i in range(n)]
    shift = max((sum(map(abs, row)) for row in whole), default=0.0)
    for i, row in enumerate(whole):
        row[i] += shift
    _, values, vt = svd(whole, n, False)
    return [value - shift for value in reversed(values)], _transposed(vt[::-1], n)
