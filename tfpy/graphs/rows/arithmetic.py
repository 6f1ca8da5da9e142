"""Arithmetic, mathematical functions, logic, reductions and matrices."""

from __future__ import annotations

from typing import Any

from ...errors import ModelFormatError
from ...ops import EXPORTS
from ...ops.nn import fused
from ...tensor import Tensor
from ..table import FUSED, Attrs, as_number, pairs, plain, row

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


for _table, _inputs in ((_UNARY, 1), (_BINARY, 2)):
    for _tf, _name in pairs(_table):
        plain(f"{_tf} {_name} {_inputs}")
for _tf, _name in pairs(_REDUCE):
    plain(f"{_tf} {_name} 2 host=1 keep_dims:keepdims keepDims:keepdims")
plain("""
    AddN add_n *
    ClipByValue clip_by_value 3 host=1,2
    SelectV2 where 3
    LeakyRelu leaky_relu 1 alpha
    ArgMax argmax 2 host=1!
    ArgMin argmin 2 host=1!
    Cumsum cumsum 2 host=1! exclusive reverse
    Cumprod cumprod 2 host=1! exclusive reverse
    MatMul matmul 2 transpose_a transpose_b
    BatchMatMul|BatchMatMulV2|BatchMatMulV3 matmul 2 adj_x:transpose_a adj_y:transpose_b
    MatrixBandPart linalg.band_part 3 host=1!,2!
""")


# ---------------------------------------------------------------------------------- arithmetic


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


@row("Select")
def _select(attrs: Attrs, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """A vector of conditions chooses whole rows. (SelectV2 broadcasts like any other.)"""
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


@row("Bincount", host=(1,))
def _bincount(attrs: Attrs, x: Tensor, size: Any, weights: Tensor) -> Tensor:
    return op["bincount"](x, weights, as_number(size, "size"))


@row("DenseBincount", host=(1,))
def _dense_bincount(attrs: Attrs, x: Tensor, size: Any, weights: Tensor) -> Tensor:
    binary = bool(attrs.get("binary_output"))
    return op["dense_bincount"](x, weights, as_number(size, "size"), binary)


# ------------------------------------------------------------------------------------ matrices


@row("_FusedMatMul")
def _fused_matmul(attrs: Attrs, a: Tensor, b: Tensor, *args: Tensor) -> Tensor:
    transposed = bool(attrs.get("transpose_a")), bool(attrs.get("transpose_b"))
    return fused.matmul(a, b, *transposed, **fusion(attrs, args))


@row("Einsum")
def _einsum(attrs: Attrs, *xs: Tensor) -> Tensor:
    return op["einsum"](attrs["equation"], *xs)


def fusion(attrs: Attrs, args: Any) -> dict[str, Any]:
    """The bias and activation that the converter merged into a node."""
    rest = list(args)
    options: dict[str, Any] = {}
    for name in attrs.get("fused_ops") or []:
        if name == "BiasAdd":
            options["bias"] = rest.pop(0) if rest else None
        else:
            options["activation"] = FUSED[name]
    if options.get("activation") == "prelu":
        options["prelu_weights"] = rest.pop(0)
    if options.get("activation") == "leaky_relu":
        options["leaky_relu_alpha"] = attrs.get("leakyrelu_alpha", 0.2)
    return options
