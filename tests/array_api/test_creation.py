"""Making tensors."""

import numpy as np
import pytest

import tfpy
from tests.array_api.beside import KINDS, check, draw, over
from tfpy import array_api as xp


def test_constants(dtypes):
    for shape, dtype in over([(), (3,), (0, 2), (2, 3)], dtypes(*KINDS)):
        d = {"dtype": dtype}

        def call(xp, d=dtype, shape=shape):
            d = getattr(xp, d)
            x = xp.ones(shape, dtype=d)
            return [
                *[
                    xp.zeros(shape, dtype=d),
                    xp.zeros_like(x),
                    xp.ones_like(x),
                    xp.empty(0, dtype=d),
                ],
                *[xp.full(shape, 1, dtype=d), xp.full_like(x, 1), xp.ones_like(x, dtype=xp.bool)],
            ]

        check(call)
        assert xp.empty(shape, **d).shape == shape
    check(
        lambda xp: [xp.zeros(3, dtype=xp.float32), xp.full((2,), True), xp.full((), 3)],
        default=True,
    )
    assert xp.ones(2).dtype is xp.full(2, 1.5).dtype is xp.float32


def test_ranges(dtypes):
    def ints(xp):
        d = xp.int32
        return [
            xp.arange(5, dtype=d),
            xp.arange(2, 9, 3, dtype=d),
            xp.arange(9, 2, -2, dtype=d),
            xp.arange(0, dtype=d),
        ]

    def floats(xp):
        d = xp.float32
        lines = [xp.linspace(0, 1, 5, dtype=d), xp.linspace(1.0, -2.0, 4, dtype=d, endpoint=False)]
        return [
            *lines,
            xp.linspace(0, 1, 1, dtype=d),
            xp.linspace(2, 3, 0, dtype=d),
            xp.arange(0.5, 3.0, 0.5, dtype=d),
        ]

    check(ints)
    check(floats)
    check(lambda xp: [xp.arange(3)], default=True)
    assert xp.linspace(0, 1, 3).dtype is xp.arange(0.0, 2.0).dtype is xp.float32


def test_matrices(dtypes):
    for dtype in dtypes(*KINDS):
        for k in (-5, -1, 0, 2, 5):
            check(
                lambda xp: [
                    xp.eye(3, 4, k=k, dtype=getattr(xp, dtype)),
                    xp.eye(3, k=k, dtype=getattr(xp, dtype)),
                ]
            )
            check(lambda xp, x: [xp.tril(x, k=k), xp.triu(x, k=k)], draw((2, 3, 4), dtype))
    for n in range(4):
        for indexing in ("xy", "ij"):
            arrays = [draw((i + 2,), "int32", i) for i in range(n)]
            check(lambda xp, *xs: list(xp.meshgrid(*xs, indexing=indexing)), *arrays)


def test_asarray():
    x = xp.asarray([[1, 2], [3, 4]])
    assert x.dtype is xp.int32
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=False) is x
    assert xp.asarray(x, dtype=xp.float32).dtype is xp.float32
    assert xp.asarray(np.ones(2)).dtype is xp.float64
    assert xp.asarray(True).dtype is xp.bool
    assert xp.asarray([x[0, 0], 2.5]).tolist() == [1, 2.5]
    with pytest.raises(ValueError, match="copy=False"):
        xp.asarray([1], copy=False)


def test_asarray_on_a_backend_without_the_dtype(use_backend):
    use_backend("webgl")
    assert xp.asarray(np.ones(2)).dtype is xp.float32
    with pytest.raises(tfpy.DTypeError, match="webgl backend has no float64"):
        xp.asarray(np.ones(2), dtype=xp.float64)
