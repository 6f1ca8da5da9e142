"""The extension `linalg`."""

import math

import numpy as np
import pytest

import tfpy
from tests.array_api.beside import INEXACT, NUMERIC, check, draw, strict
from tfpy import array_api as xp
from tfpy.testing import assert_close, check_grads

SQUARE = [(3, 3), (2, 4, 4), (1, 1), (0, 2, 2)]
MATRICES = [*SQUARE, (4, 3), (2, 3, 5), (5, 1)]


def near_identity(shape, dtype):
    return (draw(shape, dtype) * 0.1 + 2 * np.eye(*shape[-2:])).astype(dtype)


def symmetric(shape, dtype):
    a = near_identity(shape, dtype)
    return a + a.swapaxes(-1, -2)


@pytest.mark.parametrize("name", ["det", "inv", "pinv", "matrix_transpose", "matrix_rank"])
def test_of_one_matrix(name, dtypes):
    for dtype in dtypes("real floating"):
        for shape in SQUARE:
            x = near_identity(shape, dtype)
            check(lambda xp, x: getattr(xp.linalg, name)(x), x, default=True, rtol=1e-4, atol=1e-5)


def test_inverses_of_matrices_that_have_none(dtypes):
    for dtype in dtypes("real floating"):
        for shape in MATRICES:
            x = draw(shape, dtype)
            check(lambda xp, x: xp.linalg.pinv(x), x, rtol=1e-4, atol=1e-4)
        x = np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]], dtype)
        call = lambda xp, x: [xp.linalg.matrix_rank(x), xp.linalg.matrix_rank(x, rtol=0.9)]
        check(call, x, default=True)
        check(lambda xp, x: xp.linalg.pinv(x, rtol=1e-3), x, rtol=1e-4, atol=1e-5)


def test_several_results(dtypes):
    for dtype in dtypes("real floating"):
        for shape in SQUARE:
            x = near_identity(shape, dtype)
            check(lambda xp, x: list(xp.linalg.slogdet(x)), x, rtol=1e-5, atol=1e-5)
        for shape, mode in [(s, m) for s in MATRICES for m in ("reduced", "complete")]:
            x = draw(shape, dtype)
            check(lambda xp, x: list(xp.linalg.qr(x, mode=mode)), x, rtol=1e-4, atol=1e-5)
    found = xp.linalg.slogdet(xp.eye(2)), xp.linalg.qr(xp.eye(2)), xp.linalg.svd(xp.eye(2))
    names = [f._fields for f in (*found, xp.linalg.eigh(xp.eye(2)))]
    wanted = [("sign", "logabsdet"), ("Q", "R"), ("U", "S", "Vh"), ("eigenvalues", "eigenvectors")]
    assert names == wanted


def test_singular_values(dtypes):
    """Values are the standard's; vectors may be others, but make the matrix."""
    for dtype in dtypes("real floating"):
        for shape in MATRICES:
            x = draw(shape, dtype)
            check(lambda xp, x: xp.linalg.svdvals(x), x, rtol=1e-5, atol=1e-5)
            for full in (False, True):
                call = lambda xp, x: [p.shape for p in xp.linalg.svd(x, full_matrices=full)]
                check(call, x)
                u, s, vh = (p.numpy() for p in xp.linalg.svd(xp.asarray(x), full_matrices=full))
                k = s.shape[-1]
                assert_close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x, 1e-5, 1e-5)
                for vectors in (u.swapaxes(-1, -2), vh):
                    products = vectors @ vectors.swapaxes(-1, -2)
                    wanted = np.broadcast_to(np.eye(products.shape[-1]), products.shape)
                    assert_close(products, wanted, 1e-5, 1e-5)


def test_eigenvalues(dtypes):
    for dtype in dtypes("real floating"):
        for shape in SQUARE:
            x = symmetric(shape, dtype)
            check(lambda xp, x: xp.linalg.eigvalsh(x), x, rtol=1e-5, atol=1e-5)
            values, vectors = (p.numpy() for p in xp.linalg.eigh(xp.asarray(x)))
            assert_close((vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2), x, 1e-5, 1e-5)


def test_cholesky(dtypes):
    for dtype in dtypes("real floating"):
        for shape in SQUARE:
            x = symmetric(shape, dtype)
            for upper in (False, True):
                call = lambda xp, x: xp.linalg.cholesky(x, upper=upper)
                check(call, x, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("a", "b"),
    [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((3, 3), (2, 3, 4)), ((2, 3, 3), (3,))],
)
def test_solve(a, b, dtypes):
    for dtype in dtypes("real floating"):
        arrays = near_identity(a, dtype), draw(b, dtype)
        check(lambda xp, a, b: xp.linalg.solve(a, b), *arrays, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n", [-2, -1, 0, 1, 2, 5])
def test_powers(n, dtypes):
    for dtype in dtypes("real floating"):
        x = near_identity((2, 3, 3), dtype)
        check(lambda xp, x: xp.linalg.matrix_power(x, n), x, rtol=1e-4, atol=1e-4)


def test_products(dtypes):
    for dtype in dtypes(*NUMERIC):
        a, b = draw((2, 3), dtype, "a"), draw((4, 1, 3), dtype, "b")
        check(lambda xp, a, b: xp.linalg.vecdot(a, b), a, b, rtol=1e-5)
        check(lambda xp, a: xp.linalg.matmul(a, xp.matrix_transpose(a)), a, rtol=1e-5)
        check(lambda xp, a, b: xp.linalg.tensordot(a, b, axes=((1,), (2,))), a, b, rtol=1e-5)
        check(lambda xp, a, b: xp.linalg.cross(a, b), a, b, rtol=1e-5, atol=1e-5)
        a, b = draw((2, 3, 4), dtype, "a"), draw((3, 4), dtype, "b")
        check(lambda xp, a, b: xp.linalg.cross(a, b, axis=-2), a, b, rtol=1e-5, atol=1e-5)
        a, b = draw((4,), dtype, "a"), draw((3,), dtype, "b")
        check(lambda xp, a, b: xp.linalg.outer(a, b), a, b)


@pytest.mark.parametrize("offset", [-4, -1, 0, 1, 2, 9])
def test_diagonals(offset, dtypes):
    for dtype in dtypes(*NUMERIC):
        for shape in ((3, 4), (2, 4, 3), (0, 0)):
            x = draw(shape, dtype)
            check(lambda xp, x: xp.linalg.diagonal(x, offset=offset), x)
            check(lambda xp, x: xp.linalg.trace(x, offset=offset), x, default=True, rtol=1e-5)
    call = lambda xp, x: xp.linalg.trace(x, offset=offset, dtype=xp.float32)
    check(call, draw((3, 4), "float32"))


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
def test_norms_of_matrices(ord, dtypes):
    kinds = ("real floating",) if ord in ("nuc", 2, -2) else INEXACT
    for dtype in dtypes(*kinds):
        for shape in ((3, 4), (2, 4, 3)):
            for keepdims in (False, True):
                call = lambda xp, x: xp.linalg.matrix_norm(x, ord=ord, keepdims=keepdims)
                check(call, draw(shape, dtype), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ord", [0, 1, 2, 3, 0.5, -1, math.inf, -math.inf])
def test_norms_of_vectors(ord, dtypes):
    options = [{}, {"axis": 0}, {"axis": (0, -1)}, {"axis": 1, "keepdims": True}]
    for dtype in dtypes(*INEXACT):
        for given in options:
            call = lambda xp, x: xp.linalg.vector_norm(x, ord=ord, **given)
            check(call, draw((2, 3, 4), dtype), rtol=1e-5, atol=1e-5)


def test_every_name_is_there():
    assert {n for n in strict.linalg.__all__ if not hasattr(xp.linalg, n)} == set()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: xp.linalg.svdvals(x),
        lambda x: xp.linalg.pinv(x),
        lambda x: xp.linalg.matrix_norm(x, ord="nuc"),
        lambda x: xp.linalg.vector_norm(x, ord=3),
        lambda x: xp.linalg.diagonal(x, offset=1),
        lambda x: xp.linalg.cross(x[:, :3], x[:, 1:]),
        lambda x: xp.linalg.matrix_power(x[:, :3], -2),
        lambda x: xp.linalg.eigvalsh(x[:, :3] + x[:, :3].mT),
    ],
)
def test_gradients(function):
    tfpy.set_backend("numpy")
    check_grads(function, [xp.asarray(draw((3, 4), "float64", low=0.5, high=2))], order=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: xp.linalg.qr(xp.eye(2), mode="full"), tfpy.ArgumentError, "qr: mode"),
        (lambda: xp.linalg.solve(xp.ones(3), xp.ones(3)), tfpy.ShapeError, "solve"),
        (lambda: xp.linalg.matrix_power(xp.ones((2, 3)), 2), tfpy.ShapeError, "matrix_power"),
        (lambda: xp.linalg.outer(xp.ones((2, 3)), xp.ones(3)), tfpy.ShapeError, "outer"),
        (lambda: xp.linalg.cross(xp.ones(2), xp.ones(2)), tfpy.ShapeError, "cross"),
        (lambda: xp.linalg.diagonal(xp.ones(2)), tfpy.ShapeError, "diagonal"),
        (lambda: xp.linalg.matrix_norm(xp.ones(2)), tfpy.ShapeError, "matrix_norm"),
        (lambda: xp.linalg.matrix_norm(xp.eye(2), ord=3), tfpy.ArgumentError, "order 3"),
        (lambda: xp.linalg.vector_norm(xp.ones(2), ord="fro"), tfpy.ArgumentError, "vector_norm"),
        (lambda: xp.linalg.svd(xp.full((2, 2), math.nan)), tfpy.ArgumentError, "not finite"),
        (lambda: xp.linalg.eigh(xp.ones((2, 3))), tfpy.ShapeError, "eigh"),
        (lambda: xp.linalg.svd(xp.ones((2, 2)) * 1j), tfpy.DTypeError, "complex64"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
