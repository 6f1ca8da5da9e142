"""One row or more per operation: inputs, options, the expected value and how exact it must be.

One suite runs over these rows on every backend, natively and in the browsers. A row is data: the
page receives the inputs and options as JSON, and the expected value is computed here, in float64,
by NumPy or SciPy and not by tfpy.

Inputs are written as `f(shape, low, high)`, `i(...)`, `b(shape)` for drawn values and `v(values)`
for given ones; the draw depends only on the row's position in its input list and its shape.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special

Array = Any
INF, NAN = np.inf, np.nan


class Sample(NamedTuple):
    """A call of one operation and what it must give."""

    op: str
    inputs: tuple[Array, ...]
    options: dict[str, Any]
    reference: Callable[..., Any]
    tolerance: str
    grad_order: int = 0
    as_list: bool = False

    @property
    def id(self) -> str:
        """A readable name, unique among the samples."""
        shapes = ",".join(f"{a.dtype.kind}{list(a.shape)}".replace(" ", "") for a in self.inputs)
        digest = zlib.crc32(
            json.dumps(self.options, default=str).encode() + b"".join(a.tobytes() for a in self.inputs)
        )
        return f"{self.op}-{shapes}-{digest % 0xFFFF:04x}"

    def expected(self) -> list[Array]:
        """The reference's results, in float64 where float."""
        wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in self.inputs]
        with np.errstate(all="ignore"):
            result = self.reference(*wide, **self.options)
        return [np.asarray(r) for r in (result if isinstance(result, (tuple, list)) else (result,))]


# ---------------------------------------------------------------------------------- inputs


def _rng(shape: Any, salt: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(f"{salt}{shape}".encode()))


def f(shape: Any, low: float = -2.0, high: float = 2.0, salt: str = "f") -> Array:
    """float32 values drawn evenly from [low, high)."""
    return _rng(shape, salt).uniform(low, high, shape).astype(np.float32)


def i(shape: Any, low: int = -9, high: int = 9, salt: str = "i") -> Array:
    """int32 values drawn evenly from [low, high)."""
    return _rng(shape, salt).integers(low, high, shape).astype(np.int32)


def b(shape: Any, salt: str = "b") -> Array:
    """Drawn bool values."""
    return _rng(shape, salt).integers(0, 2, shape).astype(bool)


def v(values: Any, dtype: str | None = None) -> Array:
    """Given values: float32 unless they are ints or bools."""
    array = np.asarray(values)
    return array.astype(dtype or {"f": "float32", "i": "int32", "b": "bool"}[array.dtype.kind])


# --------------------------------------------------------------------------------- tolerances

#: Allowed relative and absolute error by class of operation. Reasons:
#: exact: moves, compares or counts, no rounding at all.
#: arithmetic: one or two correctly rounded operations (GLSL allows 2.5 ulp for division).
#: transcendental: GPU functions are good to a few ulp after our own range reduction.
#: contraction: sums of up to some hundred products in float32, in any order.
#: gradient: a chain of the above.
TOLERANCES = {
    "exact": (0.0, 0.0),
    "arithmetic": (1e-6, 1e-37),
    "transcendental": (5e-6, 1e-6),
    "contraction": (1e-5, 1e-5),
    "gradient": (2e-4, 2e-5),
}

# -------------------------------------------------------------------------------- elementwise

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
    Sample("where", (b((3, 4)), f((3, 4), salt="l"), f((4,), salt="r")), {}, np.where, "exact", 1),
    Sample("where", (b((3, 1)), i((1, 4), salt="l"), i((2, 1, 4), salt="r")), {}, np.where, "exact"),
    Sample("where", (v([True, False]), v([NAN, 1.0]), v([2.0, INF])), {}, np.where, "exact"),
]

# --------------------------------------------------------------------------------- reductions


def _axis(function: Any) -> Any:
    return lambda x, axis=None, keepdims=False: function(
        x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims
    )


def _logsumexp(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    return special.logsumexp(x, axis=axis, keepdims=keepdims)


_AXES: list[dict[str, Any]] = [{}, {"axis": 0}, {"axis": -1}, {"axis": [0, 2]}, {"axis": 1, "keepdims": True}]

REDUCE = [
    *[Sample("sum", (f((3, 4, 5)),), o, _axis(np.sum), "contraction", 2) for o in _AXES],
    Sample("sum", (i((3, 70)),), {"axis": 1}, _axis(np.sum), "exact"),
    Sample("sum", (b((40,)),), {}, _axis(np.sum), "exact"),
    Sample("sum", (f((7, 1021), 0, 1),), {"axis": 1}, _axis(np.sum), "contraction"),
    Sample("sum", (f((20011,), 0, 1),), {}, _axis(np.sum), "contraction"),
    Sample("sum", (f((0, 3)),), {"axis": 0}, _axis(np.sum), "exact"),
    Sample("sum", (f(()),), {}, _axis(np.sum), "exact", 1),
    *[Sample("mean", (f((3, 4, 5)),), o, _axis(np.mean), "contraction", 2) for o in _AXES],
    Sample("mean", (i((3, 4)),), {"axis": 0}, _axis(np.mean), "contraction"),
    *[Sample("prod", (f((3, 4, 2), 0.5, 1.5),), o, _axis(np.prod), "contraction", 2) for o in _AXES],
    Sample("prod", (v([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]]),), {"axis": 1}, _axis(np.prod), "exact", 1),
    Sample("prod", (i((4, 3), 1, 5),), {"axis": 0}, _axis(np.prod), "exact"),
    *[Sample(op, (f((3, 4, 5)),), o, _axis(fn), "exact", 2) for o in _AXES for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (v([[1.0, NAN, 2.0], [-INF, 0.0, 3.0]]),), {"axis": 1}, _axis(fn), "exact") for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (i((3, 6), -(2**31), 2**31 - 1),), {"axis": 1}, _axis(fn), "exact") for op, fn in [("max", np.max), ("min", np.min)]],
    *[Sample(op, (b((3, 5)),), o, _axis(fn), "exact") for o in ({}, {"axis": 0}, {"axis": -1}) for op, fn in [("all", np.all), ("any", np.any)]],
    *[Sample(op, (x,), {"axis": a}, lambda x, axis, fn=fn: fn(x, axis=axis), "exact") for op, fn in [("argmax", np.argmax), ("argmin", np.argmin)]
      for x, a in [(f((3, 7)), 1), (f((3, 7)), 0), (f((50,)), None), (v([1.0, 3.0, 3.0, 1.0]), 0), (i((4, 5)), -1), (v([1.0, NAN, 9.0]), 0)]],
    Sample("argmax", (f((2, 1000)),), {"axis": 1}, lambda x, axis: np.argmax(x, axis), "exact"),
    *[Sample("logsumexp", (f((3, 4)),), o, _logsumexp, "transcendental", 2) for o in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})],
    Sample("logsumexp", (v([[-INF, -INF], [INF, 1.0], [1000.0, 1000.0]]),), {"axis": 1}, _logsumexp, "transcendental"),
    Sample("moments", (f((4, 3)),), {"axis": 0}, lambda x, axis: (x.mean(axis), x.var(axis)), "contraction"),
    Sample("norm", (f((3, 4), 0.5, 2),), {"axis": 1}, lambda x, axis: np.linalg.norm(x, axis=axis), "contraction", 2),
    Sample("norm", (f((3, 4), 0.5, 2),), {"ord": 1, "axis": 0}, lambda x, ord, axis: np.abs(x).sum(axis), "contraction", 2),
]

# ----------------------------------------------------------------------------------- movement


def _slice_reference(x: Array, begin: Any, size: Any) -> Array:
    return x[tuple(slice(s, None if n == -1 else s + n) for s, n in zip(begin, size, strict=True))]


MOVEMENT = [
    Sample("reshape", (f((3, 4)),), {"shape": [2, -1]}, lambda x, shape: x.reshape(shape), "exact", 2),
    Sample("flatten", (f((2, 3, 2)),), {}, np.ravel, "exact", 1),
    Sample("expand_dims", (f((3, 2)),), {"axis": -1}, np.expand_dims, "exact", 1),
    Sample("squeeze", (f((1, 3, 1)),), {"axis": [0]}, lambda x, axis: np.squeeze(x, tuple(axis)), "exact", 1),
    *[Sample("transpose", (x,), {"perm": p}, lambda x, perm: np.transpose(x, perm), "exact", 2 if x.dtype.kind == "f" else 0)
      for x, p in [(f((3, 4)), None), (f((2, 3, 4)), [2, 0, 1]), (f((2, 3, 4, 5)), [0, 3, 1, 2]), (i((8, 4)), [1, 0]), (b((5, 3)), [1, 0]),
                   (f((2, 3, 2, 3, 2)), [4, 2, 0, 3, 1]), (f((2, 1, 3, 2, 2, 2)), [5, 0, 3, 1, 4, 2]), (f((16, 12)), [1, 0])]],
    *[Sample("broadcast_to", (x,), {"shape": s}, lambda x, shape: np.broadcast_to(x, shape), "exact", 1)
      for x, s in [(f((3, 1)), [2, 3, 4]), (f(()), [5]), (f((4,)), [3, 4]), (f((2, 1, 3)), [2, 5, 3])]],
    *[Sample("tile", (f((2, 3)),), {"reps": r}, np.tile, "exact", 1) for r in ([2, 2], [1, 3], [2, 1, 2])],
    *[Sample("slice", (f((4, 5, 8)),), {"begin": s, "size": n}, _slice_reference, "exact", 2)
      for s, n in [([1, 2, 0], [2, 2, -1]), ([0, 0, 4], [4, 5, 4]), ([3, 4, 7], [1, 1, 1])]],
    Sample("strided_slice", (f((6, 7)),), {"begin": [5, 1], "end": [0, 6], "strides": [-2, 3]}, lambda x, **_: x[5:0:-2, 1:6:3], "exact", 2),
    Sample("strided_slice", (i((4, 6)),), {"begin": [1, 0], "end": [0, 4], "strides": [1, 2], "end_mask": 2, "shrink_axis_mask": 1},
           lambda x, **_: x[1, ::2], "exact"),
    *[Sample("pad", (f((2, 3)),), {"paddings": [[1, 2], [0, 1]], "mode": m}, lambda x, paddings, mode: np.pad(x, paddings, mode=mode), "exact", 2)
      for m in ("constant", "symmetric")],
    Sample("pad", (f((3, 4)),), {"paddings": [[1, 2], [3, 1]], "mode": "reflect"}, lambda x, paddings, mode: np.pad(x, paddings, mode=mode), "exact", 2),
    Sample("pad", (f((1, 5, 5, 4)),), {"paddings": [[0, 0], [1, 1], [2, 0], [0, 0]], "constant_values": 3.5},
           lambda x, paddings, constant_values: np.pad(x, paddings, constant_values=constant_values), "exact", 1),
    Sample("pad", (i((3,)),), {"paddings": [[2, 3]], "constant_values": -7}, lambda x, paddings, constant_values: np.pad(x, paddings, constant_values=constant_values), "exact"),
    Sample("flip", (f((3, 4)),), {"axis": 1}, np.flip, "exact", 1),
    Sample("flip", (f((3, 4)),), {}, np.flip, "exact", 1),
    *[Sample("concat", xs, {"axis": a}, lambda *xs, axis: np.concatenate(xs, axis), "exact", 1, as_list=True)
      for xs, a in [((f((2, 3)), f((1, 3))), 0), ((f((2, 3)), f((2, 4)), f((2, 1))), 1), ((f((2, 4, 4)), f((2, 4, 8))), -1),
                    (tuple(f((2, n)) for n in range(1, 8)), 1), ((f((3,)),), 0), ((f((0, 2)), f((3, 2))), 0)]],
    Sample("concat", (i((2, 2)), i((3, 2))), {"axis": 0}, lambda *xs, axis: np.concatenate(xs, axis), "exact", as_list=True),
    *[Sample("stack", (f((2, 3), salt="l"), f((2, 3), salt="r")), {"axis": a}, lambda *xs, axis: np.stack(xs, axis), "exact", 1, as_list=True) for a in (0, 1, -1)],
    Sample("split", (f((6, 2)),), {"num_or_size_splits": 3}, lambda x, num_or_size_splits: np.split(x, num_or_size_splits), "exact"),
    Sample("split", (f((2, 6)),), {"num_or_size_splits": [1, 2, -1], "axis": 1}, lambda x, num_or_size_splits, axis: np.split(x, [1, 3], axis), "exact"),
    Sample("unstack", (f((3, 2)),), {"axis": 0}, lambda x, axis: list(x), "exact"),
]

# ------------------------------------------------------------------------ creation, indexing


def _one_hot(x: Array, depth: int, on_value: float = 1, off_value: float = 0) -> Array:
    return np.where(x[..., None] == np.arange(depth), float(on_value), float(off_value))


def _segment_sum(x: Array, ids: Array, num_segments: int) -> Array:
    out = np.zeros((num_segments, *x.shape[1:]), x.dtype)
    for row, k in zip(x, ids, strict=True):
        if 0 <= k < num_segments:
            out[k] += row
    return out


def _top_k(x: Array, k: int) -> tuple[Array, Array]:
    order = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(x, order, -1), order.astype(np.int32)


INDEXING = [
    Sample("fill", (), {"shape": [2, 3], "value": 2.5}, lambda shape, value: np.full(shape, value), "exact"),
    Sample("fill", (), {"shape": [5], "value": 7}, lambda shape, value: np.full(shape, value, np.int32), "exact"),
    Sample("zeros_like", (f((2, 3)),), {}, np.zeros_like, "exact"),
    Sample("ones_like", (i((5,)),), {}, np.ones_like, "exact"),
    Sample("one_hot", (v([0, 2, 5, -1]),), {"depth": 4}, _one_hot, "exact"),
    Sample("one_hot", (i((2, 3), 0, 5),), {"depth": 5, "on_value": 2.5, "off_value": -1.0}, _one_hot, "exact"),
    *[Sample("gather", (x, idx), {"axis": a}, lambda x, idx, axis: np.take(x, idx, axis), "exact", 2 if x.dtype.kind == "f" else 0)
      for x, idx, a in [(f((5, 3)), v([4, 0, 0]), 0), (f((2, 5, 4)), v([[1, 3], [0, 4]]), 1), (f((3, 6)), v([5, 5, 2, 1]), -1), (i((7,)), v(3), 0),
                        (b((4, 2)), v([3, 1]), 0), (f((5, 8)), v([2, 4, 1]), 0)]],
    Sample("gather", (v([1.0, 2.0]), v([0, 5, -1])), {}, lambda x, idx: np.array([1.0, 0, 0]), "exact"),
    Sample("unsorted_segment_sum", (f((6, 3)), v([0, 2, 2, -1, 1, 9])), {"num_segments": 4}, _segment_sum, "contraction", 2),
    Sample("unsorted_segment_sum", (i((5,)), v([0, 0, 1, 3, 1])), {"num_segments": 4}, _segment_sum, "exact"),
    Sample("top_k", (f((3, 9)),), {"k": 4}, _top_k, "exact"),
    Sample("top_k", (v([1.0, 5.0, 5.0, -2.0, 5.0]),), {"k": 3}, _top_k, "exact"),
    Sample("top_k", (i((2, 6)),), {"k": 6}, _top_k, "exact"),
    Sample("top_k", (f((1, 1000)),), {"k": 5}, _top_k, "exact"),
]

# ---------------------------------------------------------------------- contractions, windows


def _matmul(a: Array, c: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    return (np.swapaxes(a, -1, -2) if transpose_a else a) @ (np.swapaxes(c, -1, -2) if transpose_b else c)


def _geometry(n: int, k: int, stride: int, padding: Any, dilation: int, axis: int) -> tuple[int, int]:
    """(output size, pixels added before) by the definition in TensorFlow's guide."""
    extent = dilation * (k - 1) + 1
    if padding == "same":
        out = -(-n // stride)
        return out, max((out - 1) * stride + extent - n, 0) // 2
    before, after = (0, 0) if padding == "valid" else padding[axis]
    return (n + before + after - extent) // stride + 1, before


def _both(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def _each_tap(shape: Any, kernel: Any, strides: Any, padding: Any, dilations: Any) -> Any:
    """Every (output y, output x, tap i, tap j, input y, input x) inside the image."""
    s, d = _both(strides), _both(dilations)
    (oh, top), (ow, left) = (_geometry(shape[1 + a], kernel[a], s[a], padding, d[a], a) for a in range(2))
    for y in range(oh):
        for x in range(ow):
            for ki in range(kernel[0]):
                for kj in range(kernel[1]):
                    iy, ix = y * s[0] + ki * d[0] - top, x * s[1] + kj * d[1] - left
                    if 0 <= iy < shape[1] and 0 <= ix < shape[2]:
                        yield y, x, ki, kj, iy, ix


def _out_size(shape: Any, kernel: Any, strides: Any, padding: Any, dilations: Any) -> tuple[int, int]:
    s, d = _both(strides), _both(dilations)
    return tuple(_geometry(shape[1 + a], kernel[a], s[a], padding, d[a], a)[0] for a in range(2))  # type: ignore[return-value]


def _conv2d(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, data_format: str = "channels_last") -> Array:
    if data_format == "channels_first":
        return _conv2d(x.transpose(0, 2, 3, 1), w, strides, padding, dilations).transpose(0, 3, 1, 2)
    if x.ndim == 3:
        return _conv2d(x[None], w, strides, padding, dilations)[0]
    if groups := x.shape[3] // w.shape[2] - 1:
        parts = zip(np.split(x, groups + 1, 3), np.split(w, groups + 1, 3), strict=True)
        return np.concatenate([_conv2d(a, b, strides, padding, dilations) for a, b in parts], 3)
    out = np.zeros((x.shape[0], *_out_size(x.shape, w.shape, strides, padding, dilations), w.shape[3]))
    for oy, ox, ki, kj, iy, ix in _each_tap(x.shape, w.shape, strides, padding, dilations):
        out[:, oy, ox] += x[:, iy, ix] @ w[ki, kj]
    return out


def _conv2d_transpose(x: Array, w: Array, output_shape: Any, strides: Any = 1, padding: Any = "valid") -> Array:
    out = np.zeros(output_shape)
    for oy, ox, ki, kj, iy, ix in _each_tap(output_shape, w.shape, strides, padding, 1):
        out[:, iy, ix] += x[:, oy, ox] @ w[ki, kj].T
    return out


def _depthwise(x: Array, w: Array, strides: Any = 1, padding: Any = "valid", dilations: Any = 1) -> Array:
    out = np.zeros((x.shape[0], *_out_size(x.shape, w.shape, strides, padding, dilations), *w.shape[2:]))
    for oy, ox, ki, kj, iy, ix in _each_tap(x.shape, w.shape, strides, padding, dilations):
        out[:, oy, ox] += x[:, iy, ix][..., None] * w[ki, kj]
    return out.reshape(*out.shape[:3], -1)


def _separable(x: Array, w: Array, p: Array, **options: Any) -> Array:
    return _conv2d(_depthwise(x, w, **options), p)


def _max_pool(x: Array, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Array:
    size = _both(pool_size)
    steps = size if strides is None else strides
    out = np.full((x.shape[0], *_out_size(x.shape, size, steps, padding, 1), x.shape[3]), -np.inf)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, steps, padding, 1):
        out[:, oy, ox] = np.maximum(out[:, oy, ox], x[:, iy, ix])
    return out


def _avg_pool(x: Array, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Array:
    size = _both(pool_size)
    steps = size if strides is None else strides
    out = np.zeros((x.shape[0], *_out_size(x.shape, size, steps, padding, 1), x.shape[3]))
    count = np.zeros_like(out)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, steps, padding, 1):
        out[:, oy, ox] += x[:, iy, ix]
        count[:, oy, ox] += 1
    return out / count


def _resize(images: Array, size: Any, align_corners: bool = False, half_pixel_centers: bool = False) -> Array:
    if images.ndim == 3:
        return _resize(images[None], size, align_corners, half_pixel_centers)[0]
    x = images
    for axis in (1, 2):
        n, out = x.shape[axis], size[axis - 1]
        scale = (n - 1) / (out - 1) if align_corners and out > 1 else n / out
        at = np.arange(out) * scale if not half_pixel_centers else (np.arange(out) + 0.5) * scale - 0.5
        at = np.clip(at, 0, None)
        low = np.minimum(np.floor(at).astype(int), n - 1)
        high = np.minimum(low + 1, n - 1)
        part = (at - low).reshape([-1 if a == axis else 1 for a in range(4)])
        x = np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part
    return x


def _max_pool_pick(x: Array, values: Array, size: Any, strides: Any, padding: Any) -> Array:
    out = np.zeros((x.shape[0], *_out_size(x.shape, size, strides, padding, 1), x.shape[3]))
    best = np.full(out.shape, -np.inf)
    for oy, ox, _, _, iy, ix in _each_tap(x.shape, size, strides, padding, 1):
        wins = x[:, iy, ix] > best[:, oy, ox]
        best[:, oy, ox] = np.where(wins, x[:, iy, ix], best[:, oy, ox])
        out[:, oy, ox] = np.where(wins, values[:, iy, ix], out[:, oy, ox])
    return out


_WINDOWS: list[dict[str, Any]] = [
    {}, {"padding": "same"}, {"strides": 2, "padding": "same"}, {"strides": [1, 2]}, {"dilations": 2, "padding": "same"},
    {"padding": [[1, 0], [2, 1]]},
]  # fmt: skip
_POOLS: list[dict[str, Any]] = [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, {"pool_size": [2, 3], "strides": 1}]

CONTRACTION = [
    *[Sample("matmul", (f(s, salt="l"), f(t, salt="r")), {}, _matmul, "contraction", 2)
      for s, t in [((3, 4), (4, 5)), ((1, 7), (7, 1)), ((8, 16), (16, 12)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 1, 2, 4), (2, 4, 3)),
                   ((4,), (4, 3)), ((3, 4), (4,)), ((5,), (5,)), ((0, 4), (4, 2))]],
    *[Sample("matmul", (f((4, 3) if ta else (3, 4), salt="l"), f((5, 4) if tb else (4, 5), salt="r")), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction", 2) for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (f((33, 130), -1, 1), f((130, 65), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((130, 136), -1, 1), f((136, 128), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((136, 130), -1, 1), f((128, 136), -1, 1)), {"transpose_a": True, "transpose_b": True}, _matmul, "contraction"),
    *[Sample("matmul", (f((3, 72, 64) if ta else (3, 64, 72), -1, 1), f((3, 160, 72) if tb else (3, 72, 160), -1, 1)), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction") for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (i((3, 4)), i((4, 2))), {}, lambda a, c: (a @ c).astype(float), "exact"),
    Sample("dot", (f((6,), salt="l"), f((6,), salt="r")), {}, np.dot, "contraction", 2),
    Sample("outer", (f((3,)), f((4,))), {}, np.outer, "arithmetic", 2),
    *[Sample("conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, 4), -1, 1)), o, _conv2d, "contraction", 2) for o in _WINDOWS],
    Sample("conv2d", (f((1, 8, 8, 8)), f((3, 3, 8, 8), -1, 1)), {"padding": "same"}, _conv2d, "contraction"),
    Sample("conv2d", (f((2, 5, 6, 8)), f((1, 1, 8, 12), -1, 1)), {}, _conv2d, "contraction", 1),
    Sample("conv2d", (f((2, 5, 6, 5)), f((1, 1, 5, 3), -1, 1)), {"strides": 2}, _conv2d, "contraction", 1),
    Sample("conv2d", (f((5, 6, 3)), f((3, 3, 3, 2), -1, 1)), {}, _conv2d, "contraction", 1),
    *[Sample("conv2d", (f((2, 5, 6, c)), f((3, 2, c // g, 2 * g), -1, 1)), {"strides": 2}, _conv2d, "contraction", 1) for c, g in ((6, 3), (6, 6), (16, 2))],
    Sample("conv2d", (f((1, 3, 5, 6)), f((3, 3, 3, 2), -1, 1)), {"data_format": "channels_first"}, _conv2d, "contraction", 1),
    # Channels in eights: in WebGL these lie in blocks of 2 x 2 pixels and 8 channels.
    *[Sample("conv2d", (f((2, 5, 7, 16), -1, 1), f((3, 2, 16, 8), -1, 1)), o, _conv2d, "contraction", 1) for o in _WINDOWS],
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, _conv2d, "contraction", 1)
      for n, h, w, c, k, m, s in [(1, 4, 4, 8, 1, 24, 1), (3, 5, 3, 32, 1, 8, 1), (3, 7, 9, 8, 3, 8, 2), (2, 9, 8, 3, 3, 16, 2), (1, 1, 6, 24, 3, 8, 1),
                                (2, 4, 5, 1, 3, 8, 1), (1, 5, 4, 2, 2, 8, 1), (2, 3, 5, 4, 3, 8, 1), (2, 3, 5, 6, 3, 8, 1), (1, 6, 5, 8, 4, 8, 3), (1, 7, 5, 8, 5, 8, 1), (1, 9, 8, 3, 7, 8, 2)]],
    # From 32 channels on 3 x 3 windows with step 1 are transformed (Winograd).
    *[Sample("conv2d", (f((n, h, w, c), -1, 1), f((3, 3, c, m), -1, 1)), {"padding": p}, _conv2d, "contraction")
      for n, h, w, c, m, p in [(2, 7, 9, 32, 40, "same"), (3, 6, 5, 40, 32, "valid"), (1, 4, 4, 32, 32, ((1, 2), (0, 2))), (1, 3, 11, 32, 64, "valid")]],
    # Groups of channels that are not whole.
    *[Sample("conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, m), -1, 1)), {"strides": s, "padding": "same"}, _conv2d, "contraction", 1)
      for c, k, m, s in ((12, 3, 6, 1), (42, 1, 20, 1), (6, 3, 9, 2), (3, 5, 12, 2), (36, 3, 44, 1))],
    *[Sample("depthwise_conv2d", (f((2, 5, 6, c), -1, 1), f((k, k, c, 1), -1, 1)), {"strides": s, "padding": "same"}, _depthwise, "contraction", 1)
      for c, k, s in ((12, 5, 2), (42, 5, 2), (6, 3, 1))],
    *[Sample("depthwise_conv2d", (f((n, 5, 7, c), -1, 1), f((3, 2, c, 1), -1, 1)), o, _depthwise, "contraction", 1)
      for o, n, c in zip(_WINDOWS, itertools.cycle((1, 2, 3)), itertools.cycle((8, 16, 24, 32)))],
    *[Sample("depthwise_conv2d", (f((1, n, n + 1, 8), -1, 1), f((k, k, 8, 1), -1, 1)), {"padding": "same", "strides": s}, _depthwise, "contraction", 1)
      for n, k, s in [(6, 5, 1), (7, 3, 2), (6, 3, 1), (9, 6, 1)]],
    Sample("separable_conv2d", (f((2, 5, 5, 8), -1, 1), f((3, 3, 8, 1), -1, 1), f((1, 1, 8, 16), -1, 1)), {"padding": "same"}, _separable, "contraction", 1),
    *[Sample("conv2d_transpose", (f((2, 4, 3, c), -1, 1), f((k, k, 8, c), -1, 1)), {"output_shape": [2, 8, 6, 8], "strides": 2, "padding": "same"}, _conv2d_transpose, "contraction", 1)
      for c, k in ((8, 3), (16, 4))],
    *[Sample("conv2d_transpose", (f((2, 3, 3, 4)), f((3, 3, 2, 4), -1, 1)), {"output_shape": s, "strides": 2, "padding": p}, _conv2d_transpose, "contraction", 2)
      for s, p in [([2, 6, 6, 2], "same"), ([2, 7, 7, 2], "valid"), ([2, 5, 5, 2], "same")]],
    *[Sample("depthwise_conv2d", (f((2, 6, 7, 3), salt="l"), f((3, 2, 3, m), -1, 1)), o, _depthwise, "contraction", 2) for o in _WINDOWS for m in (1, 2)],
    Sample("depthwise_conv2d", (f((1, 9, 9, 8)), f((3, 3, 8, 1), -1, 1)), {"padding": "same", "strides": 2}, _depthwise, "contraction"),
    Sample("separable_conv2d", (f((1, 5, 5, 3)), f((3, 3, 3, 2), -1, 1), f((1, 1, 6, 4), -1, 1)), {"padding": "same"}, _separable, "contraction", 2),
    *[Sample("max_pool", (f((2, 6, 7, c)),), o, _max_pool, "exact", 2) for o in _POOLS for c in (3, 4)],
    Sample("max_pool", (v(np.zeros((1, 4, 4, 1))),), {"pool_size": 2}, _max_pool, "exact"),
    *[Sample("max_pool", (v(np.full((1, 2, 4, c), [[[1.0], [NAN], [3.0], [-INF]], [[NAN], [2.0], [-INF], [-INF]]])),), {"pool_size": 2}, _max_pool, "exact") for c in (1, 4)],
    Sample("ops.pool.max_pool_pick", (f((2, 6, 7, 3)), f((2, 6, 7, 3), salt="v")), {"size": [3, 2], "strides": [2, 2], "padding": "same"},
           _max_pool_pick, "exact", 2),
    *[Sample("avg_pool", (f((2, 6, 7, c)),), o, _avg_pool, "contraction", 2) for o in _POOLS for c in (3, 4)],
    *[Sample("image.resize_bilinear", (f((2, 4, 5, c)),), {"size": s, **o}, _resize, "contraction", 2)
      for s, c in [([7, 3], 3), ([4, 5], 4), ([1, 8], 3)] for o in ({}, {"align_corners": True}, {"half_pixel_centers": True})],
    Sample("image.resize_bilinear", (i((5, 4, 3), 0, 255),), {"size": [3, 6]}, _resize, "contraction"),
]

# ---------------------------------------------------------------------------------- networks


def _batch_norm(x: Array, mean: Array, variance: Array, offset: Array, scale: Array, epsilon: float = 1e-3) -> Array:
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def _fused_conv(x: Array, w: Array, bias: Array, padding: str, activation: str) -> Array:
    y = _conv2d(x, w, padding=padding) + bias
    return {"relu6": lambda y: np.clip(y, 0, 6), "linear": lambda y: y}[activation](y)


NETWORKS = [
    *[Sample("softmax", (f((3, 5)),), {"axis": a}, lambda x, axis: special.softmax(x, axis=axis), "transcendental", 2) for a in (-1, 0)],
    Sample("softmax", (v([[1000.0, 1000.0], [-1000.0, 0.0]]),), {}, lambda x: special.softmax(x, axis=-1), "transcendental"),
    Sample("softmax", (f((4, 1000)),), {}, lambda x: special.softmax(x, axis=-1), "transcendental"),
    *[Sample("log_softmax", (f((3, 5)),), {"axis": a}, lambda x, axis: special.log_softmax(x, axis=axis), "transcendental", 2) for a in (-1, 0)],
    Sample("batch_normalization", (f((2, 3, 3, 4)), f((4,), salt="m"), f((4,), 0.5, 2, "v"), f((4,), salt="o"), f((4,), salt="s")), {}, _batch_norm, "contraction", 2),
    Sample("clone", (f((3,)),), {}, lambda x: x, "exact", 1),
]

SAMPLES: list[Sample] = [*UNARY, *BINARY, *REDUCE, *MOVEMENT, *INDEXING, *CONTRACTION, *NETWORKS]
