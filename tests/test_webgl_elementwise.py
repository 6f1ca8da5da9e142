"""Elementwise rows against NumPy and SciPy: accuracy over ranges, special values, exact ints."""

import numpy as np
import pytest
from scipy import special

import tfpy
from kernels_webgl.elementwise import ROWS
from tests import webgl
from tfpy.registry import OPS


@pytest.fixture(scope="module", autouse=True)
def backend():
    with webgl.egl() as started:
        yield started


def test_every_elementwise_operation_has_a_row():
    assert {name for name, op in OPS.items() if op.kind == "elementwise"} == set(ROWS)


def ulps(got, exact):
    """Errors in units of the last place of the exact float32 result."""
    rounded = exact.astype(np.float32)
    assert np.array_equal(np.isnan(got), np.isnan(rounded))
    finite = np.isfinite(rounded) & np.isfinite(got)
    assert np.array_equal(got[~finite & ~np.isnan(got)], rounded[~finite & ~np.isnan(got)])
    spacing = np.spacing(np.maximum(np.abs(rounded[finite]), np.float32(1.2e-38)))
    return np.abs(got[finite].astype(np.float64) - exact[finite]) / spacing


#: Operation, exact function, allowed error in ulp, ranges.
ACCURACY = [
    ("exp", np.exp, 2, [(-1, 1), (-87, 88.7)]),
    ("expm1", np.expm1, 6, [(-1e-3, 1e-3), (-2, 2), (-20, 88)]),
    ("log", np.log, 2, [(0, 2), (1e-38, 1e-30), (0, 1e38)]),
    ("log1p", np.log1p, 4, [(-1e-4, 1e-4), (-1, 1), (0, 1e6)]),
    ("sin", np.sin, 8, [(-1, 1), (-10, 10), (-3000, 3000)]),
    ("cos", np.cos, 8, [(-1, 1), (-10, 10), (-3000, 3000)]),
    ("tan", np.tan, 8, [(-1, 1), (-10, 10)]),
    ("asin", np.arcsin, 4, [(-1e-3, 1e-3), (-1, 1)]),
    ("acos", np.arccos, 4, [(-1, 1)]),
    ("atan", np.arctan, 4, [(-5, 5), (-1e6, 1e6)]),
    ("sinh", np.sinh, 4, [(-1e-3, 1e-3), (-3, 3), (-89, 89)]),
    ("cosh", np.cosh, 4, [(-3, 3), (-89, 89)]),
    ("tanh", np.tanh, 4, [(-1e-3, 1e-3), (-2, 2), (-200, 200)]),
    ("asinh", np.arcsinh, 4, [(-1e-3, 1e-3), (-5, 5), (-1e30, 1e30)]),
    ("acosh", np.arccosh, 6, [(1, 1.01), (1, 50), (1, 1e30)]),
    ("atanh", np.arctanh, 5, [(-1e-3, 1e-3), (-1, 1)]),
    ("sigmoid", special.expit, 4, [(-10, 10), (-87, 87)]),
    ("softplus", lambda x: np.logaddexp(0, x), 5, [(-10, 10), (-80, 80)]),
    ("log_sigmoid", lambda x: -np.logaddexp(0, -x), 5, [(-10, 10), (-80, 80)]),
    ("erf", special.erf, 4, [(-1e-3, 1e-3), (-1.2, 1.2), (-5, 5)]),
    ("sqrt", np.sqrt, 1, [(0, 100)]),
    ("rsqrt", lambda x: 1 / np.sqrt(x), 3, [(1e-3, 100)]),
]


@pytest.mark.parametrize(
    ("op", "exact", "allowed", "ranges"), ACCURACY, ids=[r[0] for r in ACCURACY]
)
def test_accuracy(op, exact, allowed, ranges):
    rng = np.random.default_rng(0)
    for low, high in ranges:
        x = rng.uniform(low, high, 20000).astype(np.float32)
        got = webgl.host(getattr(tfpy, op)(tfpy.tensor(x)))
        with np.errstate(all="ignore"):
            errors = ulps(got, exact(x.astype(np.float64)))
        assert errors.max() <= allowed, (low, high)


@pytest.mark.parametrize(
    ("low", "high", "least", "most", "allowed"),
    [(0, 10, -5, 5, 3), (0.5, 2, -100, 100, 12), (0, 1e30, -1.2, 1.2, 3)],
)
def test_pow_is_accurate(low, high, least, most, allowed):
    rng = np.random.default_rng(0)
    a = rng.uniform(low, high, 20000).astype(np.float32)
    b = rng.uniform(least, most, 20000).astype(np.float32)
    got = webgl.host(tfpy.pow(tfpy.tensor(a), tfpy.tensor(b)))
    assert ulps(got, np.power(a.astype(np.float64), b.astype(np.float64))).max() <= allowed


SPECIAL = np.array(
    [
        0,
        -0.0,
        1,
        -1,
        2,
        -2,
        0.5,
        -0.5,
        2.5,
        3,
        -3,
        100,
        -80,
        1e-30,
        1e30,
        -1e30,
        np.inf,
        -np.inf,
        np.nan,
    ],
    np.float32,
)
UNARY = {name: exact for name, exact, _, _ in ACCURACY if name not in ("sin", "cos", "tan")} | {
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
    "square": np.square,
    "reciprocal": lambda x: 1 / x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
}
BINARY = {
    "maximum": np.maximum,
    "minimum": np.minimum,
    "pow": np.power,
    "divide": np.divide,
    "floor_divide": np.floor_divide,
    "atan2": np.arctan2,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
}


def assert_same(got, want):
    want = want.astype(got.dtype)
    if got.dtype.kind == "f":
        # Devices may flush denormals.
        want = np.where(np.abs(want) < 1.2e-38, 0, want)
        np.testing.assert_allclose(got, want, rtol=1e-6)
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", UNARY)
def test_special_values(op):
    with np.errstate(all="ignore"):
        want = UNARY[op](SPECIAL.astype(np.float64)).astype(np.float32)
    assert_same(webgl.host(getattr(tfpy, op)(tfpy.tensor(SPECIAL))), want)


@pytest.mark.parametrize("op", ["sin", "cos"])
def test_waves_of_anything_stay_waves(op):
    got = webgl.host(getattr(tfpy, op)(tfpy.tensor(SPECIAL)))
    assert np.array_equal(np.isnan(got), ~np.isfinite(SPECIAL))
    assert np.abs(got[np.isfinite(SPECIAL)]).max() <= 1


@pytest.mark.parametrize("op", BINARY)
def test_pairs_of_special_values(op):
    a, b = (m.ravel() for m in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        want = BINARY[op](a, b)
    assert_same(webgl.host(getattr(tfpy, op)(tfpy.tensor(a), tfpy.tensor(b))), want)


def test_float_mod_is_exact():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1e6, 1e6, 20000), rng.uniform(-5, 5, 20000)
    a, b = a.astype(np.float32), b.astype(np.float32)
    np.testing.assert_array_equal(
        webgl.host(tfpy.mod(tfpy.tensor(a), tfpy.tensor(b))), np.mod(a, b)
    )


INTS = np.array(
    [0, 1, -1, 2, -2, 7, -7, 46341, 65537, -65537, 2**31 - 1, -(2**31), 1 - 2**31], np.int32
)


@pytest.mark.parametrize(
    ("op", "exact"),
    [
        ("add", np.add),
        ("multiply", np.multiply),
        ("floor_divide", np.floor_divide),
        ("mod", np.mod),
        ("maximum", np.maximum),
        ("bitwise_xor", np.bitwise_xor),
        ("less", np.less),
    ],
)
def test_ints_are_exact_over_their_whole_range(op, exact):
    rng = np.random.default_rng(0)
    many = np.r_[
        INTS,
        rng.integers(-(2**31), 2**31, 100).astype(np.int32),
        rng.integers(-9, 9, 20).astype(np.int32),
    ]
    a, b = (np.ascontiguousarray(m.ravel()) for m in np.meshgrid(many, many))
    with np.errstate(all="ignore"):
        want = exact(a, b)
    np.testing.assert_array_equal(
        webgl.host(getattr(tfpy, op)(tfpy.tensor(a), tfpy.tensor(b))), want
    )


def test_int_powers_are_exact():
    a, b = (m.ravel().astype(np.int32) for m in np.meshgrid(np.arange(-12, 13), np.arange(9)))
    np.testing.assert_array_equal(webgl.host(tfpy.tensor(a) ** tfpy.tensor(b)), a**b)


def test_garbage_in_the_padding_does_not_leak():
    """Lanes after the last element hold NaN and inf here; no result may show them."""
    for n in (1, 2, 3, 5, 6, 7, 1025, 1027):
        x = tfpy.tensor(np.zeros(n, "float32"))
        # The padding becomes inf and NaN, the elements become ones.
        y = tfpy.reciprocal(tfpy.exp(x) - 1.0) * 0.0 + 1.0
        y = tfpy.where(tfpy.isnan(y), 1.0, y)
        assert float(webgl.host(tfpy.sum(y))) == n
        assert float(webgl.host(tfpy.max(y))) == 1.0
        assert webgl.host(tfpy.concat([y, y])).tolist() == [1.0] * (2 * n)
        assert webgl.host(tfpy.matmul(y.reshape((1, n)), y.reshape((n, 1)))).tolist() == [
            [float(n)]
        ]
