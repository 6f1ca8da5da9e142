"""Samples of operations element by element."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .sample import INF, NAN, Array, Sample, b, f, i, v

_SHAPE = (3, 5)


def unary(
    op: str, reference: Any, low: float, high: float, tolerance: str = "transcendental",
    order: int = 2, special_values: Any = (0.0, -0.0, 1.0, -1.0, INF, -INF, NAN), **options: Any,
) -> list[Sample]:
    """A smooth stretch with gradients, and the special values without."""
    rows = [Sample(op, (f(_SHAPE, low, high, op),), options, reference, tolerance, order)]
    if len(special_values):
        rows.append(Sample(op, (v(list(special_values)),), options, reference, tolerance))
    return rows


def _ref(function: Any) -> Any:
    return lambda x, **options: function(x)


UNARY = [
    *unary("abs", np.abs, 0.5, 2.0, "exact"),
    *unary("negative", np.negative, -2, 2, "exact"),
    *unary("sign", np.sign, 0.5, 2, "exact"),
    *unary("floor", np.floor, 0.1, 0.9, "exact", special_values=[-1.5, 2.5, 1e9, INF, NAN]),
    *unary("ceil", np.ceil, 0.1, 0.9, "exact", special_values=[-1.5, 2.5, 1e9, INF, NAN]),
    *unary("round", np.rint, 0.1, 0.4, "exact", special_values=[-1.5, 0.5, 1.5, 2.5, -0.4, 1e9, INF, NAN]),
    *unary("square", np.square, -2, 2, "arithmetic"),
    *unary("sqrt", np.sqrt, 0.5, 4),
    *unary("rsqrt", lambda x: 1 / np.sqrt(x), 0.5, 4, special_values=[0.0, 1.0, 4.0, INF, NAN, -1.0]),
    *unary("reciprocal", lambda x: 1 / x, 0.5, 4, "arithmetic"),
    *unary("exp", np.exp, -3, 3, special_values=[0, 1, -INF, INF, NAN, 80.0, -80.0]),
    *unary("expm1", np.expm1, -2, 2, special_values=[0, 1e-5, -1e-5, -INF, INF, NAN, 20.0]),
    *unary("log", np.log, 0.5, 4, special_values=[0, 1, INF, NAN, -1, 1e-20, 1e20]),
    *unary("log1p", np.log1p, -0.5, 4, special_values=[0, 1e-5, -1e-5, INF, NAN, -1, -2.0, 1e20]),
    *unary("sin", np.sin, -3, 3, special_values=[0, 1e-5, 30.0, -100.0, 3000.0, INF, NAN]),
    *unary("cos", np.cos, -3, 3, special_values=[0, 1e-5, 30.0, -100.0, 3000.0, INF, NAN]),
    *unary("tan", np.tan, -1, 1, special_values=[0, 1e-5, 30.0, -100.0, NAN]),
    *unary("asin", np.arcsin, -0.8, 0.8, special_values=[0, 1e-4, 1, -1, 2, NAN]),
    *unary("acos", np.arccos, -0.8, 0.8, special_values=[0, 1e-4, 1, -1, 2, NAN]),
    *unary("atan", np.arctan, -2, 2, special_values=[0, 1e-4, 1, -1, INF, -INF, NAN, 1e10]),
    *unary("sinh", np.sinh, -2, 2, special_values=[0, 1e-4, 20.0, -20.0, INF, -INF, NAN]),
    *unary("cosh", np.cosh, -2, 2, special_values=[0, 1e-4, 20.0, -20.0, INF, -INF, NAN]),
    *unary("tanh", np.tanh, -2, 2, special_values=[0, 1e-4, -1e-4, 20.0, 100.0, -100.0, INF, -INF, NAN]),
    *unary("asinh", np.arcsinh, -2, 2, special_values=[0, 1e-4, 1e4, -1e4, INF, -INF, NAN]),
    *unary("acosh", np.arccosh, 1.5, 4, special_values=[1, 1.001, 1e4, INF, NAN, 0.5]),
    *unary("atanh", np.arctanh, -0.8, 0.8, special_values=[0, 1e-4, 0.99, 1, -1, 2, NAN]),
    *unary("sigmoid", special.expit, -3, 3, special_values=[0, 90.0, -80.0, INF, -INF, NAN]),
    *unary("log_sigmoid", special.log_expit, -3, 3, special_values=[0, 90.0, -90.0, INF, NAN]),
    *unary("softplus", lambda x: np.logaddexp(x, 0), -3, 3, special_values=[0, 90.0, -80.0, INF, -INF, NAN]),
    *unary("erf", special.erf, -2, 2, special_values=[0, 1e-4, 5.0, -5.0, INF, -INF, NAN]),
    *unary("relu", lambda x: np.maximum(x, 0), 0.5, 2, "exact"),
    *unary("relu", lambda x: np.maximum(x, 0), -2, -0.5, "exact", special_values=()),
    *unary("relu6", lambda x: np.clip(x, 0, 6), 0.5, 5.5, "exact", special_values=[-1, 7, INF, -INF, NAN]),
    *unary("elu", lambda x: np.where(x > 0, x, np.expm1(x)), -2, -0.5, special_values=[0, 1, -1e-5, -INF, INF, NAN]),
    *unary("selu", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)), -2, -0.5),
    *unary("leaky_relu", lambda x, alpha: np.where(x > 0, x, alpha * x), -2, -0.5, "arithmetic", alpha=0.3),
    *unary("step", lambda x, alpha: np.where(np.isnan(x), x, np.where(x > 0, 1, alpha)), 0.5, 2, "arithmetic", alpha=0.25),
    Sample("clip_by_value", (v([5, -3, 2**31 - 1, -(2**31)]),), {"clip_value_min": -1e12, "clip_value_max": 3.0}, lambda x, clip_value_min, clip_value_max: np.minimum(x, 3), "exact"),
    *unary("clip_by_value", lambda x, clip_value_min, clip_value_max: np.clip(x, clip_value_min, clip_value_max),
           -0.4, 0.4, "arithmetic", clip_value_min=-0.5, clip_value_max=0.75),
    *unary("isnan", np.isnan, -1, 1, "exact", order=0),
    *unary("isinf", np.isinf, -1, 1, "exact", order=0),
    *unary("isfinite", np.isfinite, -1, 1, "exact", order=0),
    Sample("logical_not", (b((7,)),), {}, np.logical_not, "exact"),
    Sample("bitwise_not", (i((7,), -(2**31), 2**31 - 1),), {}, np.invert, "exact"),
    *[Sample(op, (i((9,)),), {}, fn, "exact") for op, fn in
      [("abs", np.abs), ("negative", np.negative), ("sign", np.sign), ("square", np.square), ("relu", lambda x: np.maximum(x, 0))]],
    Sample("exp", (i((5,), -3, 3),), {}, np.exp, "transcendental"),
    Sample("cast", (v([1.7, -1.7, 0.0, 3e9, -3e9, 16777217.0]),), {"dtype": "int32"},
           lambda x, dtype: np.clip(np.trunc(x), -(2**31), 2**31 - 1).astype(np.int32), "exact"),
    Sample("cast", (v([1.5, 0.0, -0.0, NAN, 1e-30]),), {"dtype": "bool"}, lambda x, dtype: x != 0, "exact"),
    Sample("cast", (i((6,), -(2**24), 2**24),), {"dtype": "float32"}, lambda x, dtype: x.astype(np.float64), "exact"),
    Sample("cast", (b((6,)),), {"dtype": "float32"}, lambda x, dtype: x.astype(np.float64), "exact"),
    Sample("cast", (b((6,)),), {"dtype": "int32"}, lambda x, dtype: x.astype(np.int32), "exact"),
    Sample("cast", (v([0, 5, -3, 256]),), {"dtype": "bool"}, lambda x, dtype: x != 0, "exact"),
]

#: Pairs of shapes that meet every broadcasting path.
_BROADCASTS = [((4,), (4,)), ((2, 3, 4), (4,)), ((5,), ()), ((), (5,)), ((3, 1, 5), (2, 1)), ((2, 3, 8), (3, 1)),
               ((1, 6), (5, 1)), ((0, 3), (3,)), ((2, 1, 3, 1, 2), (3, 1, 4, 2))]  # fmt: skip


def binary(op: str, reference: Any, low: float = -2, high: float = 2, tolerance: str = "arithmetic", order: int = 2) -> list[Sample]:
    """The same shape with gradients, and one broadcast."""
    a, c = f(_SHAPE, low, high, op + "a"), f(_SHAPE, low, high, op + "b")
    row, column = f((2, 1, 4), low, high, op + "c"), f((3, 1), low, high, op + "d")
    return [Sample(op, (a, c), {}, reference, tolerance, order), Sample(op, (row, column), {}, reference, tolerance, order)]


_SPECIAL = v([1.0, -1.0, 0.0, -0.0, INF, -INF, NAN, 2.5])
_SPECIAL_PAIRS = (np.repeat(_SPECIAL, 8), np.tile(_SPECIAL, 8))
_INT_EDGES = v([7, -7, 7, -7, 2**31 - 1, -(2**31), -(2**31), 2**31 - 1, 123456789, 5, 0])
_INT_DIVISORS = v([2, 2, -2, -2, 1, 3, 7, -16777217, 1000, 123456, 3])
_SHIFTED = v([1, -8, 2**31 - 1, -(2**31)])
_COUNTS = v([[0], [31], [32], [33], [64], [2**31 - 1], [-1], [-2], [-31], [-32], [-(2**31)]])
_BOOLS = v([False, False, True, True]), v([False, True, False, True])


def _pow_int(a: Array, c: Array) -> Array:
    return np.array([int(x) ** int(y) for x, y in zip(a, c, strict=True)], np.int32)


def _prelu(a: Array, c: Array) -> Array:
    return np.where(a > 0, a, a * c)


BINARY = [
    *[Sample("add", (f(s, salt="l"), f(t, salt="r")), {}, np.add, "arithmetic", 1) for s, t in _BROADCASTS],
    *[Sample("subtract", (i(s, salt="l"), i(t, salt="r")), {}, np.subtract, "exact") for s, t in _BROADCASTS],
    *binary("add", np.add),
    *binary("subtract", np.subtract),
    *binary("multiply", np.multiply),
    *binary("divide", np.divide, 0.5, 2),
    *binary("divide_no_nan", np.divide, 0.5, 2),
    Sample("divide_no_nan", (v([1.0, 0.0, -2.0]), v([0.0, 0.0, 4.0])), {}, lambda a, c: np.array([0, 0, -0.5]), "exact"),
    Sample("floor_divide", (v([7.5, -7.5, 7.5, -7.5]), v([2.0, 2.0, -2.0, -2.0])), {}, np.floor_divide, "exact"),
    Sample("floor_divide", (_INT_EDGES, _INT_DIVISORS), {}, np.floor_divide, "exact"),
    Sample("mod", (_INT_EDGES, _INT_DIVISORS), {}, np.mod, "exact"),
    Sample("mod", (v([7.5, -7.5, 7.5, -7.5, 1.0]), v([2.0, 2.0, -2.0, -2.0, 0.25])), {}, np.mod, "arithmetic"),
    *binary("mod", np.mod, 1.1, 1.9),
    *binary("pow", np.power, 0.5, 2, "transcendental"),
    Sample("pow", (v([-2.0, -2.0, 2.0, 0.0, 0.0, -1.5, 3.0]), v([2.0, 3.0, -1.0, 0.0, 2.0, 0.5, 1.0])), {}, np.power, "transcendental"),
    Sample("pow", (v([2, -3, 0, 7, -1, 10]), v([10, 3, 0, 2, 5, 9])), {}, _pow_int, "exact"),
    *binary("squared_difference", lambda a, c: (a - c) ** 2),
    *binary("atan2", np.arctan2, 0.5, 2, "transcendental"),
    Sample("atan2", (v([0.0, 1.0, -1.0, 0.0, -0.0, 1.0, -1.0]), v([1.0, 0.0, 0.0, -1.0, 1.0, -1.0, -1.0])), {}, np.arctan2, "transcendental"),
    *binary("prelu", _prelu, -2, -0.5),
    Sample("prelu", (f((2, 3, 4)), f((4,), 0.1, 0.9)), {}, _prelu, "arithmetic"),
    *[Sample(op, _SPECIAL_PAIRS, {}, fn, "exact") for op, fn in
      [("maximum", np.maximum), ("minimum", np.minimum), ("equal", np.equal), ("not_equal", np.not_equal), ("less", np.less),
       ("less_equal", np.less_equal), ("greater", np.greater), ("greater_equal", np.greater_equal)]],
    *[Sample(op, (i((4, 3), salt="l"), i((3,), salt="r")), {}, fn, "exact") for op, fn in
      [("maximum", np.maximum), ("minimum", np.minimum), ("add", np.add), ("multiply", np.multiply), ("equal", np.equal),
       ("less", np.less), ("greater_equal", np.greater_equal), ("squared_difference", lambda a, c: (a - c) ** 2)]],
    *binary("maximum", np.maximum, tolerance="exact"),
    *binary("minimum", np.minimum, tolerance="exact"),
    Sample("divide", (v([7, -7, 1]), v([2, 2, 3])), {}, np.divide, "arithmetic"),
    *[Sample(op, _BOOLS, {}, fn, "exact") for op, fn in
      [("logical_and", np.logical_and), ("logical_or", np.logical_or), ("logical_xor", np.logical_xor), ("equal", np.equal)]],
    *[Sample(op, (i((6,), -(2**31), 2**31 - 1, "l"), i((6,), -(2**31), 2**31 - 1, "r")), {}, fn, "exact") for op, fn in
      [("bitwise_and", np.bitwise_and), ("bitwise_or", np.bitwise_or), ("bitwise_xor", np.bitwise_xor)]],
    *[Sample(op, (i((9,), -(2**31), 2**31 - 1, "l"), v([0, 1, 2, 3, 7, 15, 16, 30, 31])), {}, fn, "exact") for op, fn in
      [("bitwise_left_shift", np.left_shift), ("bitwise_right_shift", np.right_shift)]],
    Sample("bitwise_left_shift", (_SHIFTED, _COUNTS), {}, lambda a, n: np.where((n >= 0) & (n < 32), a << n % 32, 0), "exact"),
    Sample("bitwise_right_shift", (_SHIFTED, _COUNTS), {}, lambda a, n: a >> np.where((n >= 0) & (n < 32), n, 31), "exact"),
    Sample("where", (b((3, 4)), f((3, 4), salt="l"), f((4,), salt="r")), {}, np.where, "exact", 1),
    Sample("where", (b((3, 1)), i((1, 4), salt="l"), i((2, 1, 4), salt="r")), {}, np.where, "exact"),
    Sample("where", (v([True, False]), v([NAN, 1.0]), v([2.0, INF])), {}, np.where, "exact"),
]
