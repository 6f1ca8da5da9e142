"""One row per elementwise operation: arrays of one dtype in, an array out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...dtypes import DType

Array = Any


def _sigmoid(x: Array) -> Array:
    return np.where(x >= 0, 1, np.exp(np.minimum(x, 0))) / (1 + np.exp(-np.abs(x)))


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


_erf64 = np.vectorize(math.erf, otypes=[np.float64])


def _elu(x: Array, scale: float = 1.0, alpha: float = 1.0) -> Array:
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _divide_no_nan(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


def _pow(a: Array, b: Array) -> Array:
    if a.dtype.kind != "i":
        return np.power(a, b)
    # NumPy refuses negative integer powers; 1 / a**n truncated is what int32 can say.
    positive = np.power(a, np.maximum(b, 0))
    inverse = np.where(a == 1, 1, np.where(a == -1, 1 - 2 * (b & 1), 0))
    return np.where(b < 0, inverse, positive)


def _cast(x: Array, dtype: DType) -> Array:
    kind = str(dtype)
    if kind == "bool":
        return x != 0
    if dtype.kind in "iu" and x.dtype.kind == "f":
        low, high = dtype.limits
        whole = np.nan_to_num(np.trunc(x.astype(np.float64)))
        # The largest int64 is no float: what reaches it is not cast but replaced.
        return np.where(whole >= high, high, np.clip(whole, low, None).astype(kind))
    return x.astype(kind)


KERNELS: dict[str, Any] = {
    "abs": np.abs,
    "negative": np.negative,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "square": np.square,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "erf": _erf64,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": _elu,
    "selu": lambda x: _elu(x, 1.0507009873554805, 1.6732632423543772),
    "leaky_relu": lambda x, alpha: np.where(x < 0, alpha * x, x),
    "prelu": lambda a, b: np.where(a < 0, a * b, a),
    "step": lambda x, alpha: np.where(np.isnan(x), x, np.where(x > 0, 1, alpha)),
    "clip_by_value": lambda x, clip_value_min, clip_value_max: np.clip(
        x, clip_value_min, clip_value_max
    ),
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "logical_not": np.logical_not,
    "bitwise_not": np.invert,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "divide_no_nan": _divide_no_nan,
    "floor_divide": np.floor_divide,
    "mod": np.mod,
    "pow": _pow,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "squared_difference": lambda a, b: np.square(a - b),
    "atan2": np.arctan2,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift,
    "where": np.where,
    "cast": _cast,
}
