"""The extension `fft`."""

import itertools

import pytest

import tfpy
from tests.array_api.beside import check, draw, strict
from tfpy import array_api as xp
from tfpy.testing import check_grads

NORMS = ("backward", "ortho", "forward")
ALONG = [
    *[{}, {"axis": 0}, {"axis": -2, "n": 3}, {"n": 7}, {"n": 1}],
    *[{"norm": norm} for norm in NORMS],
    *[{"norm": norm, "n": 3} for norm in NORMS],
]
REAL = ("rfft", "ihfft")


@pytest.mark.parametrize("name", ["fft", "ifft", "hfft", "irfft", *REAL])
def test_along_an_axis(name, dtypes):
    for dtype in dtypes("real floating" if name in REAL else "complex floating"):
        for options in ALONG:
            x = draw((3, 4, 5), dtype)
            call = lambda xp, x: getattr(xp.fft, name)(x, **options)
            check(call, x, rtol=1e-5, atol=1e-4)


OVER = [
    *[{}, {"axes": (0,)}, {"axes": (2, 0)}, {"s": (3, 6), "axes": (0, 1)}, {"s": (2, 5, 5), "axes": (0, 1, 2)}],
    *[{"norm": norm} for norm in NORMS],
]  # fmt: skip


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_over_several(name, dtypes):
    for dtype in dtypes("real floating" if name == "rfftn" else "complex floating"):
        for options in OVER:
            x = draw((3, 4, 5), dtype)
            call = lambda xp, x: getattr(xp.fft, name)(x, **options)
            check(call, x, rtol=1e-5, atol=2e-4)


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
def test_frequencies(name, dtypes):
    for n, d, dtype in itertools.product((1, 4, 5), (1.0, 0.25), dtypes("real floating")):
        check(lambda xp: getattr(xp.fft, name)(n, d=d, dtype=getattr(xp, dtype)))
    assert getattr(xp.fft, name)(4).dtype is xp.float32
    assert getattr(xp.fft, name)(4, device="webgl").device == "webgl"


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name, dtypes):
    for dtype in dtypes("real floating", "complex floating"):
        for options in ({}, {"axes": 0}, {"axes": (1, 2)}):
            x = draw((3, 4, 5), dtype)
            check(lambda xp, x: getattr(xp.fft, name)(x, **options), x)


def test_every_name_is_there():
    assert {n for n in strict.fft.__all__ if not hasattr(xp.fft, n)} == set()


def test_gradients():
    tfpy.set_backend("numpy")
    x = xp.asarray(draw((3, 4), "float64"))
    check_grads(lambda x: xp.abs(xp.fft.rfftn(x, norm="ortho") + 1j), [x], order=2)
    check_grads(lambda x: xp.fft.hfft(x + 0j, axis=0), [x], order=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: xp.fft.fft(xp.ones(3), norm="unit"), tfpy.ArgumentError, "fft: norm"),
        (lambda: xp.fft.fft(xp.ones(3), n=0), tfpy.ArgumentError, "fft"),
        (lambda: xp.fft.fftn(xp.ones((3, 3)), s=(2,), axes=(0, 1)), tfpy.ShapeError, "fftn: s"),
        (lambda: xp.fft.fftn(xp.ones(())), tfpy.ShapeError, "fftn"),
        (lambda: xp.fft.rfft(xp.ones(3) * 1j), tfpy.ArgumentError, "rfft: x must be real"),
        (lambda: xp.fft.fft(xp.ones(3), axis=1), tfpy.ShapeError, "fft: axis 1"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
