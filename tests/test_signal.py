"""Gradients, plans and refusals of the Fourier transforms."""

import numpy as np
import pytest

import tfpy
from tfpy import signal
from tfpy.testing import assert_close, check_grads


@pytest.mark.parametrize("n", [4, 33, 37])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft"])
def test_gradients(name, n):
    tfpy.set_backend("numpy")
    x = tfpy.tensor(np.random.default_rng(n).normal(size=n), dtype="float64")
    check_grads(lambda x: tfpy.abs(getattr(tfpy, name)(x) + 1j), [x], order=2)


def test_gradient_of_irfft():
    tfpy.set_backend("numpy")
    rng = np.random.default_rng(1)
    parts = [tfpy.tensor(rng.normal(size=5), dtype="float64") for _ in range(2)]
    check_grads(lambda re, im: tfpy.irfft(tfpy.complex(re, im)) ** 2.0, parts, order=2)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_there_and_back_in_a_plan(backend, use_backend):
    use_backend(backend)
    x = np.random.default_rng(2).normal(size=(2, 100)).astype("float32")
    there_and_back = tfpy.function(lambda x: tfpy.irfft(tfpy.rfft(x)))
    for _ in range(2):
        assert_close(there_and_back(tfpy.tensor(x)).numpy(), x, 1e-5, 1e-5)


def test_double_precision():
    tfpy.set_backend("numpy")
    x = np.random.default_rng(3).normal(size=1024)
    found = tfpy.fft(tfpy.tensor(x, dtype="float64"))
    assert found.dtype is tfpy.complex128
    assert_close(found.numpy(), np.fft.fft(x), 1e-11, 1e-11)


def test_methods_of_tensors():
    tfpy.set_backend("numpy")
    x = tfpy.tensor([1.0, 2.0, 3.0, 4.0])
    assert x.rfft().irfft().tolist() == x.tolist()
    assert x.fft().ifft().real.tolist() == x.tolist()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tfpy.fft(1.0), tfpy.ShapeError, "fft: x"),
        (lambda: tfpy.fft(tfpy.zeros((2, 0))), tfpy.ShapeError, "fft: the last axis"),
        (lambda: tfpy.fft([1.0], 0), tfpy.ArgumentError, "fft: fft_length"),
        (lambda: tfpy.fft([1.0], 2.5), tfpy.ArgumentError, "fft: fft_length"),
        (lambda: tfpy.rfft([1j]), tfpy.ArgumentError, "rfft: x must be real"),
        (lambda: tfpy.irfft([1j]), tfpy.ArgumentError, "irfft: fft_length"),
        (lambda: tfpy.fft(["a"]), tfpy.DTypeError, "string"),
        (lambda: signal.frame([1.0], 0, 1), tfpy.ArgumentError, "frame: frame_length"),
        (lambda: signal.frame([1.0], 1, -1), tfpy.ArgumentError, "frame: frame_step"),
        (lambda: signal.frame(1.0, 1, 1), tfpy.ShapeError, "frame: signal"),
        (lambda: signal.hann_window(0), tfpy.ArgumentError, "window_length"),
        (lambda: signal.enclosing_power_of_two(0), tfpy.ArgumentError, "value"),
    ],
)
def test_refusing(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_powers_of_two():
    found = [signal.enclosing_power_of_two(v) for v in (0.1, 1, 2, 3, 4, 4.5, 1000)]
    assert found == [1, 1, 2, 4, 4, 8, 1024]
