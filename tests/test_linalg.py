"""What samples of `tfpy.linalg` cannot say: several results, symmetric arguments, errors."""

import asyncio

import numpy as np
import pytest

import tfpy
from tfpy import linalg
from tfpy.testing import assert_close, check_grads


@pytest.fixture(autouse=True, params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


def wide(*shape, seed=0):
    a = np.random.default_rng(seed).normal(size=shape) * 0.3 + np.eye(*shape[-2:])
    return a if tfpy.get_backend() == "numpy" else a.astype("float32")


def points(*arrays):
    dtype = "float64" if tfpy.get_backend() == "numpy" else "float32"
    return [tfpy.tensor(a, dtype=dtype) for a in arrays]


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (2, 5), (2, 3, 2)])
@pytest.mark.parametrize("part", [0, 1])
def test_gradient_of_qr(shape, part, use_backend):
    use_backend("numpy")
    check_grads(lambda a: linalg.qr(a)[part], points(wide(*shape)), order=2)


def test_gradient_of_cholesky(use_backend):
    use_backend("numpy")
    a = wide(2, 3, 3)

    def symmetric(a):
        return linalg.cholesky(
            0.5 * (a + linalg.matrix_transpose(a)) + 2 * tfpy.eye(3, dtype="float64")
        )

    check_grads(symmetric, points(a), order=2)


def test_gradient_of_slogdet(use_backend):
    use_backend("numpy")
    check_grads(lambda a: linalg.slogdet(a)[1], points(wide(2, 3, 3)), order=2)


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (2, 5), (2, 3, 2)])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_gradient_of_svd(shape, part, use_backend):
    use_backend("numpy")
    check_grads(lambda a: linalg.svd(a, full_matrices=False)[part], points(wide(*shape)), order=2)


@pytest.mark.parametrize("part", [0, 1])
def test_gradient_of_eigh(part, use_backend):
    use_backend("numpy")

    def symmetric(a):
        return linalg.eigh(0.5 * (a + linalg.matrix_transpose(a)))[part]

    check_grads(symmetric, points(wide(2, 3, 3)), order=2)


@pytest.mark.parametrize("rank", [0, 1, 2, 5])
def test_singular_vectors_of_a_matrix_without_full_rank(rank):
    rng = np.random.default_rng(rank)
    (a,) = points((rng.normal(size=(7, rank)) @ rng.normal(size=(rank, 5))).astype("float32"))
    u, s, vh = (x.numpy() for x in linalg.svd(a))
    assert (s > 1e-5).sum() == rank
    assert_close((u[:, :5] * s) @ vh, a.numpy(), 1e-5, 1e-5)
    for vectors in (u, vh):
        assert_close(vectors @ vectors.T, np.eye(len(vectors)), 1e-5, 1e-5)


def test_singular_values_of_every_size():
    for scale in (1e-30, 1e30):
        found = linalg.svd(tfpy.tensor([[3.0, 0.0], [4.0, 5.0]]) * scale)[1].numpy()
        assert_close(found / scale, np.linalg.svd([[3.0, 0.0], [4.0, 5.0]])[1], 1e-5)


def test_gradients_on_this_backend_are_those_of_numpy(backend):
    a, b = points(wide(3, 3), wide(3, 2))
    gradients = tfpy.grads(lambda a, b: (linalg.solve(a, b) ** 2).sum())
    found = gradients([a, b])
    tfpy.set_backend("numpy")
    wanted = gradients([tfpy.tensor(x.numpy(), dtype="float64") for x in (a, b)])
    for g, want in zip(found, wanted, strict=True):
        assert_close(g.numpy(), want.numpy(), 1e-4, 1e-4)


def test_full_factors_of_a_tall_matrix_have_no_gradient():
    with pytest.raises(tfpy.GradientError, match="qr"):
        tfpy.grad(lambda a: linalg.qr(a, full_matrices=True)[0].sum())(tfpy.ones((3, 2)))
    with pytest.raises(tfpy.GradientError, match="svd"):
        tfpy.grad(lambda a: linalg.svd(a)[0].sum())(tfpy.ones((3, 2)))


def test_coroutines_give_the_same():
    a = tfpy.tensor([[4.0, 2.0], [2.0, 10.0]])
    assert asyncio.run(linalg.eigh_async(a))[0].tolist() == linalg.eigh(a)[0].tolist()
    for name in ("cholesky", "det"):
        later = getattr(linalg, f"{name}_async")
        assert later.__name__ == f"{name}_async"
        assert asyncio.run(later(a)).tolist() == getattr(linalg, name)(a).tolist()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: linalg.inv([[1.0, 2.0], [2.0, 4.0]]), tfpy.ArgumentError, "matrix 0 is singular"),
        (lambda: linalg.cholesky([[1, 2], [2, 1]]), tfpy.ArgumentError, "positive definite"),
        (lambda: linalg.cholesky([[float("nan")]]), tfpy.ArgumentError, "positive definite"),
        (lambda: linalg.det([[1.0, 2.0]]), tfpy.ShapeError, r"det: a must have .* n, n"),
        (lambda: linalg.qr([1.0, 2.0]), tfpy.ShapeError, "qr"),
        (lambda: linalg.solve(tfpy.eye(2), tfpy.ones((3, 1))), tfpy.ShapeError, "solve: b"),
        (lambda: linalg.svd([[1.0, float("nan")]]), tfpy.ArgumentError, "svd: matrix 0 .* finite"),
        (lambda: linalg.eigh(tfpy.ones((2, 3))), tfpy.ShapeError, "eigh"),
        (lambda: linalg.gram_schmidt(tfpy.ones((3, 2))), tfpy.ShapeError, "gram_schmidt"),
        (lambda: tfpy.function(linalg.det)(tfpy.eye(2)), tfpy.TraceError, "det computes"),
    ],
)  # fmt: skip
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_nan_comes_through():
    assert np.isnan(linalg.det([[float("nan"), 0.0], [0.0, 1.0]]).item())
