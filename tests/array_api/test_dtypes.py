"""Dtypes: promotion, limits, casts."""

import itertools

import array_api_strict as strict
import numpy as np
import pytest

import tfpy
from tests.array_api.beside import INEXACT, KINDS, check, draw
from tfpy import array_api as xp


def test_promotion(dtypes):
    """Of dtypes of one kind, or bool with itself; tensors follow what `result_type` says."""
    groups = [dtypes("bool"), dtypes("integral"), dtypes(*INEXACT)]
    for a, b in itertools.chain.from_iterable(itertools.product(g, g) for g in groups):
        try:
            wanted = strict.result_type(getattr(strict, a), getattr(strict, b))
        except TypeError:
            with pytest.raises(tfpy.DTypeError):
                xp.result_type(getattr(xp, a), getattr(xp, b))
            continue
        wanted = str(wanted).rpartition(".")[2]
        assert xp.result_type(getattr(xp, a), getattr(xp, b)) == wanted
        if wanted in dtypes(*KINDS) and a != "bool":
            both = xp.zeros(2, dtype=a) + xp.zeros(2, dtype=b)
            assert both.dtype == wanted
        assert xp.can_cast(a, b) == strict.can_cast(getattr(strict, a), getattr(strict, b))


def test_mixed_kinds_make_that_float():
    assert xp.result_type(xp.int32, xp.float32) is xp.float32
    assert xp.result_type(xp.bool, xp.int32) is xp.int32
    assert (xp.ones(2, dtype=xp.int32) + xp.ones(2)).dtype is xp.float32


def test_result_type_with_numbers():
    assert xp.result_type(xp.float32, 1) is xp.float32
    assert xp.result_type(xp.int32, 1, True) is xp.int32
    assert xp.result_type(xp.int32, 1.0) is xp.float32
    assert xp.result_type(xp.ones(2, dtype=xp.float64), 1) is xp.float64
    with pytest.raises(tfpy.ArgumentError, match="needs a tensor or dtype"):
        xp.result_type(1, 2.0)


def test_isdtype(dtypes):
    kinds = [*KINDS, "integral", "complex floating", "numeric", ("bool", "integral")]
    for name, kind in itertools.product(dtypes(*KINDS), kinds):
        assert xp.isdtype(getattr(xp, name), kind) == strict.isdtype(getattr(strict, name), kind)
    assert xp.isdtype(xp.int32, xp.int32)
    assert not xp.isdtype(xp.int32, (xp.float32, xp.bool))
    with pytest.raises(tfpy.DTypeError):
        xp.isdtype(xp.int32, "number")


def test_limits(dtypes):
    for name in dtypes("real floating"):
        got, want = xp.finfo(getattr(xp, name)), np.finfo(name)
        assert (got.bits, got.eps, got.max, got.min, got.smallest_normal) == (
            want.bits,
            *map(float, (want.eps, want.max, want.min, want.smallest_normal)),
        )
        assert got.dtype == name
    for name in dtypes("integral"):
        got, want = xp.iinfo(xp.zeros((), dtype=name)), np.iinfo(name)
        assert (got.bits, got.max, got.min, got.dtype) == (want.bits, want.max, want.min, name)
    with pytest.raises(tfpy.DTypeError, match="no float"):
        xp.finfo(xp.int32)
    with pytest.raises(tfpy.DTypeError, match="no integer"):
        xp.iinfo(xp.float32)


def test_astype(dtypes):
    for source, target in itertools.product(dtypes(*KINDS), repeat=2):
        x = draw((2, 3), source, low=0)
        if source.startswith("complex") and not target.startswith("complex"):
            with pytest.raises(tfpy.DTypeError, match="would lose its imaginary part"):
                xp.astype(xp.asarray(x), target)
            continue
        check(lambda xp, x: xp.astype(x, getattr(xp, target)), x)
