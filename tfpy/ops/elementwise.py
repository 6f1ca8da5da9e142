"""Operations that work on each element by itself, with NumPy broadcasting.

One block each: the signature, the docstring, the dtype rule and the gradient. Values are computed
by one row in `backends/numpy/elementwise.py` and one in `kernels_webgl/elementwise.py`.
Gradients are those of the textbook (d exp = exp ...), written with operations so that they can be
differentiated again; at kinks (abs and relu at 0) they take the value TensorFlow takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import DType, as_dtype, bool_, promote
from ..errors import ArgumentError, ShapeError
from ..registry import Op, _public, _typed, composite, elementwise, primitive
from ..spec import TensorSpec, broadcast_shapes
from ..tensor import Tensor


#: A rule for functions that are flat almost everywhere.
def _flat(x_spec: TensorSpec) -> Tensor:
    from .creation import zeros

    return zeros(x_spec.shape, x_spec.dtype)


_FLAT = {"x": _flat}

# ------------------------------------------------------------------------------------ dtype


def _cast_infer(x: TensorSpec, *, dtype: DType) -> TensorSpec:
    return TensorSpec(x.shape, dtype)


def _cast_vjp(g: Tensor, x_spec: TensorSpec) -> Tensor:
    return cast(g, x_spec.dtype)


@primitive(_cast_infer, vjp={"x": _cast_vjp})
def cast(x: Any, dtype: Any) -> Any:
    """`x` with elements of another dtype.

    Float to int truncates towards zero; anything to bool is "not zero"; bool to a number is 0 or 1.

    >>> tfpy.cast([1.7, -1.7], "int32")
    tfpy.tensor([ 1, -1])
    """
    return (engine.as_tensor(x),), {"dtype": as_dtype(dtype)}


# ------------------------------------------------------------------------- sign and rounding


@elementwise("numeric", vjp={"x": lambda g, x: g * sign(x)})
def abs(x: Any) -> Any:
    """Absolute value."""


@elementwise("numeric", vjp={"x": lambda g: negative(g)})
def negative(x: Any) -> Any:
    """`-x`."""


@elementwise("numeric", vjp=_FLAT)
def sign(x: Any) -> Any:
    """-1, 0 or 1 by the sign of `x`; NaN stays NaN."""


@elementwise("numeric", vjp=_FLAT)
def floor(x: Any) -> Any:
    """The largest integer not above `x`, in the dtype of `x`."""


@elementwise("numeric", vjp=_FLAT)
def ceil(x: Any) -> Any:
    """The smallest integer not below `x`, in the dtype of `x`."""


@elementwise("numeric", vjp=_FLAT)
def round(x: Any) -> Any:
    """The nearest integer, halves to the even one, in the dtype of `x`."""


@elementwise("numeric", vjp={"x": lambda g, x: g * (2.0 * x)})
def square(x: Any) -> Any:
    """`x * x`."""


@elementwise("float", vjp={"x": lambda g, out: g * (0.5 / out)})
def sqrt(x: Any) -> Any:
    """Square root; NaN below 0."""


@elementwise("float", vjp={"x": lambda g, x, out: g * (-0.5 * out / x)})
def rsqrt(x: Any) -> Any:
    """`1 / sqrt(x)`."""


@elementwise("float", vjp={"x": lambda g, out: g * negative(square(out))})
def reciprocal(x: Any) -> Any:
    """`1 / x`."""


# ------------------------------------------------------------------- exponentials, logarithms


@elementwise("float", vjp={"x": lambda g, out: g * out})
def exp(x: Any) -> Any:
    """e raised to `x`."""


@elementwise("float", vjp={"x": lambda g, out: g * (out + 1.0)})
def expm1(x: Any) -> Any:
    """`exp(x) - 1`, accurate near 0."""


@elementwise("float", vjp={"x": lambda g, x: g / x})
def log(x: Any) -> Any:
    """Natural logarithm; NaN below 0, -inf at 0."""


@elementwise("float", vjp={"x": lambda g, x: g / (x + 1.0)})
def log1p(x: Any) -> Any:
    """`log(1 + x)`, accurate near 0."""


# ------------------------------------------------------------------------------- trigonometry


@elementwise("float", vjp={"x": lambda g, x: g * cos(x)})
def sin(x: Any) -> Any:
    """Sine of radians."""


@elementwise("float", vjp={"x": lambda g, x: g * negative(sin(x))})
def cos(x: Any) -> Any:
    """Cosine of radians."""


@elementwise("float", vjp={"x": lambda g, out: g * (1.0 + square(out))})
def tan(x: Any) -> Any:
    """Tangent of radians."""


@elementwise("float", vjp={"x": lambda g, x: g * rsqrt(1.0 - square(x))})
def asin(x: Any) -> Any:
    """Inverse sine, in radians; NaN outside [-1, 1]."""


@elementwise("float", vjp={"x": lambda g, x: g * negative(rsqrt(1.0 - square(x)))})
def acos(x: Any) -> Any:
    """Inverse cosine, in radians; NaN outside [-1, 1]."""


@elementwise("float", vjp={"x": lambda g, x: g / (1.0 + square(x))})
def atan(x: Any) -> Any:
    """Inverse tangent, in radians."""


@elementwise("float", vjp={"x": lambda g, x: g * cosh(x)})
def sinh(x: Any) -> Any:
    """Hyperbolic sine."""


@elementwise("float", vjp={"x": lambda g, x: g * sinh(x)})
def cosh(x: Any) -> Any:
    """Hyperbolic cosine."""


@elementwise("float", vjp={"x": lambda g, out: g * (1.0 - square(out))})
def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""


@elementwise("float", vjp={"x": lambda g, x: g * rsqrt(square(x) + 1.0)})
def asinh(x: Any) -> Any:
    """Inverse hyperbolic sine."""


@elementwise("float", vjp={"x": lambda g, x: g * rsqrt(square(x) - 1.0)})
def acosh(x: Any) -> Any:
    """Inverse hyperbolic cosine; NaN below 1."""


@elementwise("float", vjp={"x": lambda g, x: g / (1.0 - square(x))})
def atanh(x: Any) -> Any:
    """Inverse hyperbolic tangent; NaN outside [-1, 1]."""


# -------------------------------------------------------------------------------- activations


@elementwise("float", vjp={"x": lambda g, out: g * (out * (1.0 - out))})
def sigmoid(x: Any) -> Any:
    """`1 / (1 + exp(-x))`."""


@elementwise("float", vjp={"x": lambda g, x: g * sigmoid(negative(x))})
def log_sigmoid(x: Any) -> Any:
    """`log(sigmoid(x))`, accurate for large `-x`."""


@elementwise("float", vjp={"x": lambda g, x: g * sigmoid(x)})
def softplus(x: Any) -> Any:
    """`log(1 + exp(x))`, without overflow."""


@elementwise(
    "float", vjp={"x": lambda g, x: g * (2.0 / math.sqrt(math.pi) * exp(negative(square(x))))}
)
def erf(x: Any) -> Any:
    """The error function."""


@elementwise("numeric", vjp={"x": lambda g, out: where(out > 0.0, g, 0.0)})
def relu(x: Any) -> Any:
    """`max(x, 0)`; NaN stays NaN."""


@elementwise("numeric", vjp={"x": lambda g, x: where(logical_and(x > 0.0, x < 6.0), g, 0.0)})
def relu6(x: Any) -> Any:
    """`min(max(x, 0), 6)`; NaN stays NaN."""


@elementwise("float", vjp={"x": lambda g, x: g * where(x > 0.0, 1.0, exp(minimum(x, 0.0)))})
def elu(x: Any) -> Any:
    """`x` above 0, `exp(x) - 1` below."""


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


@elementwise(
    "float",
    vjp={
        "x": lambda g, x: (
            g * where(x > 0.0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * exp(minimum(x, 0.0)))
        )
    },
)
def selu(x: Any) -> Any:
    """The scaled `elu` of self-normalizing networks (arXiv 1706.02515)."""


@elementwise("float", vjp={"x": lambda g, x, alpha: g * where(x > 0.0, 1.0, alpha)})
def leaky_relu(x: Any, alpha: float = 0.2) -> Any:
    """`x` above 0, `alpha * x` below."""


@elementwise(
    "float",
    vjp={
        "a": lambda g, a, b: g * where(a > 0.0, 1.0, b),
        "b": lambda g, a: g * minimum(a, 0.0),
    },
)
def prelu(a: Any, b: Any) -> Any:
    """`a` above 0, `b * a` below, with the slope `b` a tensor that can be learned."""


@elementwise("numeric", vjp=_FLAT)
def step(x: Any, alpha: float = 0.0) -> Any:
    """1 above 0, `alpha` elsewhere; NaN stays NaN."""


def _inside(g: Tensor, x: Tensor, clip_value_min: float, clip_value_max: float) -> Tensor:
    return where(logical_and(x >= clip_value_min, x <= clip_value_max), g, 0.0)


@elementwise("numeric", vjp={"x": _inside})
def clip_by_value(x: Any, clip_value_min: float, clip_value_max: float) -> Any:
    """`x` limited to [clip_value_min, clip_value_max]; NaN stays NaN."""


# -------------------------------------------------------------------------------------- tests


@elementwise("float_test")
def isnan(x: Any) -> Any:
    """True where `x` is not a number."""


@elementwise("float_test")
def isinf(x: Any) -> Any:
    """True where `x` is infinite."""


@elementwise("float_test")
def isfinite(x: Any) -> Any:
    """True where `x` is neither infinite nor NaN."""


@elementwise("logical")
def logical_not(x: Any) -> Any:
    """`not x`, for bool tensors."""


# --------------------------------------------------------------------------------- arithmetic


@elementwise("numeric", vjp={"a": lambda g: g, "b": lambda g: g})
def add(a: Any, b: Any) -> Any:
    """`a + b`."""


@elementwise("numeric", vjp={"a": lambda g: g, "b": lambda g: negative(g)})
def subtract(a: Any, b: Any) -> Any:
    """`a - b`."""


@elementwise("numeric", vjp={"a": lambda g, b: g * b, "b": lambda g, a: g * a})
def multiply(a: Any, b: Any) -> Any:
    """`a * b`."""


@elementwise("float", vjp={"a": lambda g, b: g / b, "b": lambda g, b, out: negative(g * out / b)})
def divide(a: Any, b: Any) -> Any:
    """`a / b`, as in Python: int32 operands give float32."""


@elementwise(
    "float",
    vjp={
        "a": lambda g, b: divide_no_nan(g, b),
        "b": lambda g, b, out: negative(divide_no_nan(g * out, b)),
    },
)
def divide_no_nan(a: Any, b: Any) -> Any:
    """`a / b`, and 0 where `b` is 0."""


@elementwise("numeric", vjp={"a": lambda g: g * 0.0, "b": lambda g, b: g * 0.0 * b})
def floor_divide(a: Any, b: Any) -> Any:
    """`floor(a / b)`, as Python's `//`. An int32 division by 0 gives 0, as in NumPy."""


@elementwise("numeric", vjp={"a": lambda g: g, "b": lambda g, a, b: negative(g * floor(a / b))})
def mod(a: Any, b: Any) -> Any:
    """The remainder with the sign of `b`, as Python's `%`. int32 modulo 0 gives 0."""


def _pow_vjp_a(g: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """g b a^(b-1); where that is 0 times infinity, a^0 at 0, some finite power instead."""
    flat = logical_and(equal(a, 0.0), equal(b, 0.0))
    return g * b * pow(a, where(flat, 1.0, b - 1.0))


@elementwise(
    "numeric",
    vjp={
        "a": _pow_vjp_a,
        "b": lambda g, a, out: g * out * where(a > 0.0, log(where(a > 0.0, a, 1.0)), 0.0),
    },
)
def pow(a: Any, b: Any) -> Any:
    """`a` raised to `b`. int32 powers stay int32; a negative base needs an integral exponent."""


def _first_wins(g: Tensor, a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    return where(a == out, g * where(a == b, 0.5, 1.0), 0.0)


def _second_wins(g: Tensor, a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    return where(b == out, g * where(a == b, 0.5, 1.0), 0.0)


@elementwise("numeric", vjp={"a": _first_wins, "b": _second_wins})
def maximum(a: Any, b: Any) -> Any:
    """The larger element; NaN if either is NaN. Ties share the gradient."""


@elementwise("numeric", vjp={"a": _first_wins, "b": _second_wins})
def minimum(a: Any, b: Any) -> Any:
    """The smaller element; NaN if either is NaN. Ties share the gradient."""


@elementwise(
    "numeric",
    vjp={
        "a": lambda g, a, b: g * (2.0 * (a - b)),
        "b": lambda g, a, b: g * (2.0 * (b - a)),
    },
)
def squared_difference(a: Any, b: Any) -> Any:
    """`(a - b) ** 2`."""


@elementwise(
    "float",
    vjp={
        "a": lambda g, a, b: g * b / (square(a) + square(b)),
        "b": lambda g, a, b: negative(g * a / (square(a) + square(b))),
    },
)
def atan2(a: Any, b: Any) -> Any:
    """The angle of the point (b, a), in radians."""


# ------------------------------------------------------------------------ comparison and logic


@elementwise("compare")
def equal(a: Any, b: Any) -> Any:
    """`a == b`."""


@elementwise("compare")
def not_equal(a: Any, b: Any) -> Any:
    """`a != b`."""


@elementwise("compare")
def less(a: Any, b: Any) -> Any:
    """`a < b`."""


@elementwise("compare")
def less_equal(a: Any, b: Any) -> Any:
    """`a <= b`."""


@elementwise("compare")
def greater(a: Any, b: Any) -> Any:
    """`a > b`."""


@elementwise("compare")
def greater_equal(a: Any, b: Any) -> Any:
    """`a >= b`."""


@elementwise("logical")
def logical_and(a: Any, b: Any) -> Any:
    """`a and b`, for bool tensors."""


@elementwise("logical")
def logical_or(a: Any, b: Any) -> Any:
    """`a or b`, for bool tensors."""


@elementwise("logical")
def logical_xor(a: Any, b: Any) -> Any:
    """True where exactly one of two bool tensors is."""


@elementwise("integer")
def bitwise_and(a: Any, b: Any) -> Any:
    """Bitwise and of int32 tensors."""


@elementwise("integer")
def bitwise_or(a: Any, b: Any) -> Any:
    """Bitwise or of int32 tensors."""


@elementwise("integer")
def bitwise_xor(a: Any, b: Any) -> Any:
    """Bitwise exclusive or of int32 tensors."""


@elementwise("integer")
def bitwise_left_shift(a: Any, b: Any) -> Any:
    """The bits of `a` moved left by `b`; 0 if `b` is negative or moves all of them out."""


@elementwise("integer")
def bitwise_right_shift(a: Any, b: Any) -> Any:
    """The bits of `a` moved right by `b`: `floor(a / 2 ** b)`.

    If `b` is negative or moves all of them out, what is left is the sign: 0 or -1.
    """


@elementwise("integer")
def bitwise_not(x: Any) -> Any:
    """Every bit of an int32 tensor turned over."""


@composite()
def add_n(xs: Sequence[Any]) -> Tensor:
    """The sum of the tensors of a list, all of one shape.

    >>> tfpy.add_n([[1, 2], [3, 4], [5, 6]])
    tfpy.tensor([ 9, 12])
    """
    tensors = [engine.as_tensor(x) for x in xs]
    if not tensors:
        raise ArgumentError("add_n: needs at least one tensor")
    if any(x.shape != tensors[0].shape for x in tensors):
        raise ShapeError(f"add_n: shapes {', '.join(str(x.shape) for x in tensors)} differ")
    total = tensors[0]
    for x in tensors[1:]:
        total = add(total, x)
    return total


# ---------------------------------------------------------------------------------- selection


def _where_infer(condition: TensorSpec, a: TensorSpec, b: TensorSpec) -> TensorSpec:
    shape = broadcast_shapes("where", condition.shape, a.shape, b.shape)
    return TensorSpec(shape, promote(a.dtype, b.dtype))


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """`a` where `condition` is true, else `b`, broadcast together.

    >>> tfpy.where([True, False], [1.0, 2.0], -1.0)
    tfpy.tensor([ 1., -1.])
    """
    a, b = engine.as_operands(a, b)
    dtype = promote(a.dtype, b.dtype)
    operands = (
        engine.as_tensor(condition, bool_),
        engine.cast_to(a, dtype),
        engine.cast_to(b, dtype),
    )
    return engine.apply(_WHERE, operands, {})


_WHERE = Op(
    "where",
    "elementwise",
    ("condition", "a", "b"),
    _where_infer,
    vjp={
        "a": lambda g, condition: where(condition, g, 0.0),
        "b": lambda g, condition: where(condition, 0.0, g),
    },
)
where = _public(_WHERE, where, _typed(_WHERE, where))
