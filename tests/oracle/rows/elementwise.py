"""Functions of each element by itself."""

from __future__ import annotations

from typing import Any

from ..draw import Draw
from ..row import Row


def _unary(name: str, py: str = "", low: float = -3.0, high: float = 3.0, tolerance: str = "transcendental") -> Row:
    def draw(d: Draw) -> list[Any]:
        kind = d.choose("f", "f", "f", "f", "i", "b")
        shape = d.maybe_empty(0)
        return [d.f(shape, low, high, special=0.3) if kind == "f" else d.any(shape, kind)]

    return Row(name, draw, tolerance, True, py=py)


def _binary(name: str, py: str = "", low: float = -3.0, high: float = 3.0, tolerance: str = "arithmetic", kinds: str = "ffffib") -> Row:
    def draw(d: Draw) -> list[Any]:
        kind, other = d.choose(*kinds), d.choose(*kinds)
        values = []
        for shape, k in zip(d.broadcast(), (kind, kind if d.chance(0.8) else other), strict=True):
            values.append(d.f(shape, low, high, special=0.2) if k == "f" else d.any(shape, k))
        return values

    return Row(name, draw, tolerance, True, py=py)


def _clip(d: Draw) -> list[Any]:
    low = d.number(-2, 1)
    return [d.any(kinds="ffi", special=0.2), low, low + d.number(0, 2)]


def _cast(d: Draw) -> list[Any]:
    return [d.any(special=0.2), d.choose("float32", "int32", "bool")]


def _where(d: Draw) -> list[Any]:
    mask, a, b = d.broadcast(3)
    kind = d.choose("f", "i", "b")
    return [d.b(mask), d.any(a, kind), d.any(b, kind)]


def _add_n(d: Draw) -> list[Any]:
    shape, kind = d.shape(), d.choose("f", "f", "i")
    return [[d.any(shape, kind) for _ in range(d.integer(1, 4))]]


ROWS = [
    _unary("abs", tolerance="exact"),
    _unary("acos", low=-1.1, high=1.1),
    _unary("acosh", low=0.9),
    _unary("asin", low=-1.1, high=1.1),
    _unary("asinh"),
    _unary("atan"),
    _unary("atanh", low=-1.1, high=1.1),
    _unary("ceil", tolerance="exact"),
    _unary("cos"),
    _unary("cosh"),
    _unary("elu"),
    _unary("erf"),
    _unary("exp"),
    _unary("expm1"),
    _unary("floor", tolerance="exact"),
    _unary("isFinite", "isfinite", tolerance="exact"),
    _unary("isInf", "isinf", tolerance="exact"),
    _unary("isNaN", "isnan", tolerance="exact"),
    _unary("log", low=-0.2),
    _unary("log1p", low=-1.2),
    _unary("logSigmoid"),
    _unary("neg", "negative", tolerance="exact"),
    _unary("reciprocal", tolerance="arithmetic"),
    _unary("relu", tolerance="exact"),
    _unary("relu6", low=-3, high=9, tolerance="exact"),
    _unary("round", tolerance="exact"),
    _unary("rsqrt", low=-0.2),
    _unary("selu"),
    _unary("sigmoid"),
    _unary("sign", tolerance="exact"),
    _unary("sin"),
    _unary("sinh"),
    _unary("softplus"),
    _unary("sqrt", low=-0.2),
    _unary("square", tolerance="arithmetic"),
    _unary("tan", low=-1.4, high=1.4),
    _unary("tanh"),
    Row("leakyRelu", lambda d: [d.any(kinds="fffi", special=0.2), d.number(0, 1)], "arithmetic", True),
    Row("step", lambda d: [d.any(kinds="fffi", special=0.2), d.number(-1, 1)], "exact", True),
    Row("logicalNot", lambda d: [d.any(kinds="bbbbf")]),
    Row("clipByValue", _clip, "exact", True),
    Row("cast", _cast),
    _binary("add"),
    _binary("sub", "subtract"),
    _binary("mul", "multiply"),
    _binary("div", "divide"),
    _binary("divNoNan", "divide_no_nan"),
    _binary("floorDiv", "floor_divide", tolerance="exact"),
    _binary("mod", low=0.3),
    _binary("pow", low=0.1, tolerance="transcendental"),
    _binary("maximum", tolerance="exact"),
    _binary("minimum", tolerance="exact"),
    _binary("squaredDifference", tolerance="arithmetic"),
    _binary("atan2", tolerance="transcendental"),
    _binary("prelu", kinds="fffi"),
    *[_binary(name, tolerance="exact") for name in ("equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual")],
    *[_binary(name, kinds="bbbbbf", tolerance="exact") for name in ("logicalAnd", "logicalOr", "logicalXor")],
    _binary("bitwiseAnd", kinds="iiiiif", tolerance="exact"),
    Row("where", _where, "exact", True),
    Row("addN", _add_n, "arithmetic", True),
]
