"""Reductions and softmax on WebGL: every way through the kernels, long axes, NaN and infinity."""

import numpy as np
import pytest
from scipy import special

import tfpy
from tests import webgl

rng = np.random.default_rng(0)
NAN, INF = np.nan, np.inf


def draw(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).astype(np.float32)


@pytest.mark.parametrize(
    "shape",
    [(5000,), (3, 5001), (2100, 5), (1500, 8), (2, 700, 3, 600), (4001, 12), (300, 1000), (70001,)],
    ids=str,
)
def test_long_reductions(shape):
    array = draw(*shape)
    with webgl.egl():
        x = tfpy.tensor(array)
        for axis in (None, 0, len(shape) - 1, tuple(range(0, len(shape), 2))):
            exact = array.astype(np.float64).sum(axis)
            np.testing.assert_allclose(webgl.host(tfpy.sum(x, axis)), exact, rtol=1e-5, atol=1e-3)
            np.testing.assert_array_equal(webgl.host(tfpy.max(x, axis)), array.max(axis))


def test_a_long_sum_is_as_exact_as_a_pairwise_one():
    array = draw(1_000_003, low=0.0)
    with webgl.egl():
        got = float(tfpy.sum(tfpy.tensor(array)).item())
    exact = array.astype(np.float64).sum()
    assert abs(got - exact) <= 2e-7 * exact


@pytest.mark.parametrize("shape", [(6, 8), (6, 7), (7, 300, 3), (5, 9000), (5, 9001)], ids=str)
@pytest.mark.parametrize("name", ["max", "min", "sum"])
def test_nan_and_infinity_are_seen_wherever_they_are(shape, name):
    array = draw(*shape)
    flat = array.reshape(shape[0], -1)
    flat[0, -1] = NAN
    flat[1, 0] = -np.float32(NAN)
    flat[2, flat.shape[1] // 2], flat[3, 1], flat[4, -1] = NAN, INF, -INF
    with webgl.egl():
        for axis in (1, 0, None):
            got = webgl.host(getattr(tfpy, name)(tfpy.tensor(array), axis))
            expected = getattr(np, name)(array, axis)
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-3 * (name == "sum"))


SOFTMAX_SHAPES = [(6, 8), (6, 7), (5, 1000), (3, 2049), (2, 70_000), (6, 300, 3), (6, 33, 4)]


@pytest.mark.parametrize("shape", SOFTMAX_SHAPES, ids=str)
def test_softmax_along_every_axis(shape):
    array = draw(*shape, low=-20.0, high=20.0)
    with webgl.egl():
        x = tfpy.tensor(array)
        for axis in range(len(shape)):
            wide = array.astype(np.float64)
            got = webgl.host(tfpy.softmax(x, axis))
            np.testing.assert_allclose(got, special.softmax(wide, axis), rtol=1e-5, atol=1e-30)
            got = webgl.host(tfpy.log_softmax(x, axis))
            np.testing.assert_allclose(got, special.log_softmax(wide, axis), rtol=2e-6, atol=1e-5)


@pytest.mark.parametrize("n", [8, 7, 9000, 70_001])
def test_softmax_of_rows_that_are_not_finite(n):
    array = draw(7, n)
    array[0, n // 2], array[1, 0], array[2, -1], array[3] = NAN, INF, -INF, -INF
    array[4, : n // 2] = -INF
    array[5], array[6, 0] = -200.0, 3e38
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"), webgl.egl():
        got = webgl.host(tfpy.softmax(tfpy.tensor(array), 1))
        shifted = array - array.max(1, keepdims=True)
        powers = np.exp(shifted)
        expected = powers / powers.sum(1, keepdims=True)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-30)
        got = webgl.host(tfpy.log_softmax(tfpy.tensor(array), 1))
        expected = shifted - np.log(powers.sum(1, keepdims=True))
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "draws"), [((1000, 1000), 3), ((64, 100), 2), ((1, 1_000_000), 4)], ids=str
)
def test_softmax_takes_few_passes(shape, draws):
    with webgl.recorder() as backend:
        x = tfpy.tensor(np.ones(shape, "float32"))
        tfpy.softmax(x)
        backend.device.gl.reset()
        tfpy.softmax(x)
        assert backend.device.gl.draws == draws
