"""Arithmetic, mathematical functions, logic, reductions and matrices."""

from __future__ import annotations

from typing import Any

from ...errors import ModelFormatError
from ...ops import EXPORTS
from ...ops.nn import fused
from ...tensor import Tensor
from ..table import ROWS, Attrs, Row, as_number, pairs, row

op = EXPORTS

_UNARY = """Abs abs Acos acos Acosh acosh Asin asin Asinh asinh Atan atan Atanh atanh Ceil ceil
    ComplexAbs abs Cos cos Cosh cosh Elu elu Erf erf Exp exp Expm1 expm1 Floor floor Imag imag
    IsFinite isfinite IsInf isinf IsNan isnan Log log Log1p log1p Neg negative Real real
    Reciprocal reciprocal Inv reciprocal Relu relu Relu6 relu6 Round round Rsqrt rsqrt Selu selu
    Sigmoid sigmoid Sign sign Sin sin Sinh sinh Softplus softplus Sqrt sqrt Square square Tan tan
    Tanh tanh LogicalNot logical_not Softmax softmax LogSoftmax log_softmax"""
_BINARY = """Add add AddV2 add Atan2 atan2 Complex complex DivNoNan divide_no_nan
    FloorDiv floor_divide FloorMod mod Maximum maximum Minimum minimum Mul multiply Pow pow
    Prelu prelu RealDiv divide SquaredDifference squared_difference Sub subtract
    BitwiseAnd bitwise_and Equal equal Greater greater GreaterEqual greater_equal Less less
    LessEqual less_equal LogicalAnd logical_and LogicalOr logical_or NotEqual not_equal"""
_REDUCE = """Sum sum Mean mean Max max Min min Prod prod All all Any any
    EuclideanNorm euclidean_norm"""


def _unary(function: Any) -> Any:
    return lambda attrs, x: function(x)


def _binary(function: Any) -> Any:
    return lambda attrs, a, b: function(a, b)


def _reduction(function: Any) -> Any:
    def run(attrs: Attrs, x: Tensor, axis: Any) -> Tensor:
        return function(x, axis, keepdims=bool(attrs.get("keep_dims") or attrs.get("keepDims")))

    return run


ROWS.update({tf: Row(_unary(op[name])) for tf, name in pairs(_UNARY)})
ROWS.update({tf: Row(_binary(op[name])) for tf, name in pairs(_BINARY)})
ROWS.update({tf: Row(_reduction(op[name]), host=(1,)) for tf, name in pairs(_REDUCE)})


# ---------------------------------------------------------------------------------- arithmetic


@row("AddN")
def _add_n(attrs: Attrs, first: Tensor, *rest: Tensor) -> Tensor:
    for x in rest:
        first = first + x
    return first


@row("Div")
def _div(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    """Of integers, towards zero as in C."""
    if a.dtype.kind != "i":
        return op["divide"](a, b)
    return op["floor_divide"](abs(a), abs(b)) * op["sign"](a) * op["sign"](b)


@row("Mod")
def _mod(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    """What the division towards zero leaves."""
    return op["mod"](abs(a), abs(b)) * op["sign"](a)


@row("BiasAdd BiasAddV1")
def _bias_add(attrs: Attrs, x: Tensor, bias: Tensor) -> Tensor:
    if attrs.get("data_format") == "NCHW":
        bias = bias.reshape((-1,) + (1,) * (x.ndim - 2))
    return x + bias


@row("ClipByValue", host=(1, 2))
def _clip(attrs: Attrs, x: Tensor, low: float, high: float) -> Tensor:
    return op["clip_by_value"](x, low, high)


@row("LeakyRelu")
def _leaky_relu(attrs: Attrs, x: Tensor) -> Tensor:
    return op["leaky_relu"](x, alpha=attrs.get("alpha", 0.2))


@row("Select SelectV2")
def _select(attrs: Attrs, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    if condition.ndim == 1 and a.ndim > 1 and condition.shape[0] == a.shape[0] == b.shape[0]:
        condition = condition.reshape((-1,) + (1,) * (a.ndim - 1))
    return op["where"](condition, a, b)


@row("FakeQuantWithMinMaxVars", host=(1, 2))
def _fake_quant(attrs: Attrs, x: Tensor, low: float, high: float) -> Tensor:
    """`x` as it would be after a journey through `num_bits` bits: TensorFlow's
    fake_quant_ops_functor.h. (TF.js passes it on.)"""
    least, most = int(bool(attrs.get("narrow_range"))), 2 ** attrs.get("num_bits", 8) - 1
    scale = (high - low) / (most - least)
    if not scale > 0:
        raise ModelFormatError(f"a range from {low} to {high}")
    zero = min(max(round(least - low / scale), least), most)
    start, end = (least - zero) * scale, (most - zero) * scale
    steps = op["floor"]((op["clip_by_value"](x, start, end) - start) / scale + 0.5)
    return steps * scale + start


# ---------------------------------------------------------------------------------- reductions


def _argument(function: Any) -> Any:
    return lambda attrs, x, axis=0: function(x, as_number(axis, "axis"))


for _tf, _name in pairs("ArgMax argmax ArgMin argmin"):
    ROWS[_tf] = Row(_argument(op[_name]), host=(1,))


def _scan(function: Any) -> Any:
    def run(attrs: Attrs, x: Tensor, axis: Any) -> Tensor:
        flags = bool(attrs.get("exclusive")), bool(attrs.get("reverse"))
        return function(x, as_number(axis, "axis"), *flags)

    return run


for _tf, _name in pairs("Cumsum cumsum Cumprod cumprod"):
    ROWS[_tf] = Row(_scan(op[_name]), host=(1,))


@row("Bincount", host=(1,))
def _bincount(attrs: Attrs, x: Tensor, size: Any, weights: Tensor) -> Tensor:
    return op["bincount"](x, weights, as_number(size, "size"))


@row("DenseBincount", host=(1,))
def _dense_bincount(attrs: Attrs, x: Tensor, size: Any, weights: Tensor) -> Tensor:
    binary = bool(attrs.get("binary_output"))
    return op["dense_bincount"](x, weights, as_number(size, "size"), binary)


# ------------------------------------------------------------------------------------ matrices


@row("MatMul")
def _matmul(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["matmul"](a, b, bool(attrs.get("transpose_a")), bool(attrs.get("transpose_b")))


@row("BatchMatMul BatchMatMulV2 BatchMatMulV3")
def _batch_matmul(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["matmul"](a, b, bool(attrs.get("adj_x")), bool(attrs.get("adj_y")))


@row("_FusedMatMul")
def _fused_matmul(attrs: Attrs, a: Tensor, b: Tensor, *args: Tensor) -> Tensor:
    transposed = bool(attrs.get("transpose_a")), bool(attrs.get("transpose_b"))
    return fused.matmul(a, b, *transposed, **fusion(attrs, args))


@row("Einsum")
def _einsum(attrs: Attrs, *xs: Tensor) -> Tensor:
    return op["einsum"](attrs["equation"], *xs)


@row("MatrixBandPart", host=(1, 2))
def _band_part(attrs: Attrs, a: Tensor, lower: Any, upper: Any) -> Tensor:
    from ...linalg import band_part

    return band_part(a, as_number(lower, "num_lower"), as_number(upper, "num_upper"))


def fusion(attrs: Attrs, args: Any) -> dict[str, Any]:
    """The bias and activation that the converter merged into a node."""
    rest = list(args)
    options: dict[str, Any] = {}
    for name in attrs.get("fused_ops") or []:
        if name == "BiasAdd":
            options["bias"] = rest.pop(0) if rest else None
        elif name in _ACTIVATIONS:
            options["activation"] = _ACTIVATIONS[name]
        else:
            raise ModelFormatError(f"fused with {name}")
    if options.get("activation") == "prelu":
        options["prelu_weights"] = rest.pop(0)
    if options.get("activation") == "leaky_relu":
        options["leaky_relu_alpha"] = attrs.get("leakyrelu_alpha", 0.2)
    return options


_ACTIVATIONS = dict(pairs("Relu relu Relu6 relu6 Elu elu Sigmoid sigmoid Prelu prelu")) | {
    "LeakyRelu": "leaky_relu"
}
