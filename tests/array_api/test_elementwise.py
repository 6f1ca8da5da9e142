"""Elementwise functions, and numbers beside tensors."""

import numpy as np
import pytest

import tfpy
from tests.array_api.beside import (
    FLOAT,
    INEXACT,
    INTEGERS,
    KINDS,
    NUMERIC,
    PAIRS,
    REAL,
    SHAPES,
    SPECIAL,
    check,
    draw,
    over,
)
from tfpy import array_api as xp

UNARY = {
    **dict.fromkeys(
        ["abs", "conj", "negative", "positive", "real", "round", "sign", "square"], NUMERIC
    ),
    "imag": ("complex floating",),
    **dict.fromkeys(["ceil", "floor", "trunc"], REAL),
    **dict.fromkeys(["isfinite", "isinf", "isnan"], NUMERIC),
    "bitwise_invert": INTEGERS,
    "logical_not": ("bool",),
    **dict.fromkeys(["acos", "acosh", "asin", "asinh", "atan", "atanh"], FLOAT),
    **dict.fromkeys(["cos", "cosh", "sin", "sinh", "tan", "tanh"], INEXACT),
    **dict.fromkeys(["exp", "log", "log2", "log10", "reciprocal", "sqrt"], INEXACT),
    **dict.fromkeys(["expm1", "log1p"], INEXACT),
    "signbit": FLOAT,
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtypes):
    for shape, dtype in over(SHAPES, dtypes(*UNARY[name])):
        check(lambda xp, x: getattr(xp, name)(x), draw(shape, dtype), rtol=5e-6)
    for dtype in dtypes("real floating") if "real floating" in UNARY[name] else ():
        special = np.array(SPECIAL, dtype)
        check(lambda xp, x: getattr(xp, name)(x), special, rtol=5e-6)


BINARY = {
    **dict.fromkeys(["add", "multiply", "subtract"], NUMERIC),
    **dict.fromkeys(["maximum", "minimum"], REAL),
    **dict.fromkeys(["less", "less_equal", "greater", "greater_equal"], REAL),
    **dict.fromkeys(["equal", "not_equal"], KINDS),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], INTEGERS),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor"], ("bool",)),
    **dict.fromkeys(["atan2", "copysign", "hypot", "logaddexp"], FLOAT),
    "divide": INEXACT,
}


@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtypes):
    for (a, b), dtype in over(PAIRS, dtypes(*BINARY[name])):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=5e-6)
    if "real floating" in BINARY[name]:
        grid = np.meshgrid(SPECIAL, SPECIAL)
        arrays = [x.ravel().astype("float32") for x in grid]
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=5e-6)


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "pow"])
def test_arithmetic_with_conditions(name, dtypes):
    """Integers divided by 0 or raised to less than 0 mean nothing in the standard."""
    low = 1 if name != "pow" else 0
    for (a, b), dtype in over(PAIRS, dtypes(*REAL)):
        base = draw(a, dtype, "a", low=0.5 if "float" in dtype and name == "pow" else -4)
        arrays = base, draw(b, dtype, "b", low=low)
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=1e-5)


@pytest.mark.parametrize("name", ["bitwise_left_shift", "bitwise_right_shift"])
def test_shifts(name, dtypes):
    for (a, b), dtype in over(PAIRS, dtypes("integral")):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b", 0, 7)
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays)


def test_python_numbers_are_weak(dtypes):
    for dtype in dtypes(*REAL):
        x = draw((2, 3), dtype, low=1)
        check(lambda xp, x: [x + 1, 1 + x, x * 2, 2 * x, x - 1, x > 1, x == 2, +x, abs(x)], x)
        check(lambda xp, x: [xp.add(x, 1), xp.multiply(2, x), xp.maximum(x, 3)], x)
    for dtype in dtypes("real floating"):
        check(lambda xp, x: [x + 0.5, 2.5 * x, x / 2, xp.pow(x, 2.0)], draw((3,), dtype, low=1))
    for dtype in dtypes("integral"):
        check(
            lambda xp, x: [x << 1, x >> 1, x & 3, x | 4, x ^ 1, ~x, x // 2, x % 3],
            draw((5,), dtype),
        )


def test_clip(dtypes):
    for shape, dtype in over(SHAPES, dtypes(*REAL)):
        x = draw(shape, dtype)
        check(lambda xp, x: [xp.clip(x, 1, 3), xp.clip(x, min=2), xp.clip(x, max=2), xp.clip(x)], x)
        low = draw(shape, dtype, "low", high=2)
        check(lambda xp, x, low: xp.clip(x, low, low + 1), x, low)


def test_where(dtypes):
    for (a, b), dtype in over(PAIRS, dtypes(*KINDS)):
        arrays = draw(a, "bool"), draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, c, x, y: xp.where(c, x, y), *arrays)


def test_nextafter(dtypes):
    """Exactly the neighbour; a device that takes numbers below the normal ones for 0 may say 0."""
    for dtype in dtypes("real floating"):
        info = np.finfo(dtype)
        edges = [
            1.0,
            1.5,
            3.0,
            info.smallest_normal,
            info.max,
            np.inf,
            info.smallest_normal * 2**25,
        ]
        edges += [
            0.0,
            info.smallest_subnormal,
            info.smallest_normal * 2,
            1e-30,
            2.0**-78,
            12345.678,
        ]
        with np.errstate(all="ignore"):
            near = [np.nextafter(np.asarray(edges, dtype), to) for to in (-np.inf, np.inf)]
            a = np.concatenate([np.asarray(edges, dtype), *near, draw((50,), dtype)])
            a = np.concatenate([a, -a, [np.nan]]).astype(dtype)
            for b in (np.inf, -np.inf, 0.0, -0.0, np.nan, 1.0):
                found = xp.nextafter(xp.asarray(a), xp.asarray(b, dtype=dtype)).numpy()
                wanted = np.nextafter(a, np.asarray(b, dtype))
                assert found.dtype == dtype
                normal = (np.abs(wanted) >= info.smallest_normal) & (a != 0) | np.isnan(wanted)
                normal &= (np.abs(a) >= info.smallest_normal) | np.isnan(a)
                np.testing.assert_array_equal(found[normal], wanted[normal])
                if xp.__array_namespace_info__().default_device() == "numpy":
                    np.testing.assert_array_equal(found, wanted)
                    signs = [np.signbit(x) for x in (found, wanted)]
                    np.testing.assert_array_equal(*signs, err_msg=f"{a} to {b}")
    assert xp.nextafter(xp.asarray(0.0), 1.0).item() > 0
    assert xp.nextafter(xp.asarray(0.0), -1.0).item() < 0
    with pytest.raises(tfpy.DTypeError, match="nextafter"):
        xp.nextafter(xp.asarray(1j), 0.0)
