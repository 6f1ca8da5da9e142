"""TensorFlow's operations as tfpy's: one row each.

A row is a function of the node's attributes and its inputs. Inputs listed as `host` are shapes,
axes and the like: kernels need their values, so the executor passes nested lists or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from ..dtypes import int32
from ..errors import ModelFormatError
from ..ops import EXPORTS, image
from ..ops.creation import arange, fill, linspace, one_hot, ones_like, scalar, tensor, zeros_like
from ..ops.nn import fused
from ..tensor import Tensor

Attrs = dict[str, Any]
op = EXPORTS


class Row(NamedTuple):
    """How one TensorFlow operation runs.

    Attributes:
        run: `run(attrs, *inputs)` gives a tensor, or a list or tuple of them.
        host: positions of the inputs whose values are needed; negative ones count from the end.
        outputs: number of outputs, or an attribute that tells, or "inputs" for as many as inputs.
        reads_shape: whether the result depends on the shape of its input alone.
    """

    run: Callable[..., Any]
    host: tuple[int, ...] = ()
    outputs: int | str = 1
    reads_shape: bool = False

    def arity(self) -> tuple[int, int | None]:
        """The least and the greatest number of inputs; None for no limit."""
        code = self.run.__code__
        least = code.co_argcount - 1 - len(self.run.__defaults__ or ())
        return least, None if code.co_flags & 0x04 else code.co_argcount - 1


ROWS: dict[str, Row] = {}


def row(names: str, host: tuple[int, ...] = (), outputs: int | str = 1) -> Any:
    """Register the decorated function for these TensorFlow operations."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        for name in names.split():
            ROWS[name] = Row(run, host, outputs)
        return run

    return register


# --------------------------------------------------------------- rows that are nothing but a name

_UNARY = """Abs abs Acos acos Acosh acosh Asin asin Asinh asinh Atan atan Atanh atanh Ceil ceil
    Cos cos Cosh cosh Elu elu Erf erf Exp exp Expm1 expm1 Floor floor IsFinite isfinite IsInf isinf
    IsNan isnan Log log Log1p log1p Neg negative Reciprocal reciprocal Inv reciprocal Relu relu
    Relu6 relu6 Round round Rsqrt rsqrt Selu selu Sigmoid sigmoid Sign sign Sin sin Sinh sinh
    Softplus softplus Sqrt sqrt Square square Tan tan Tanh tanh LogicalNot logical_not
    Softmax softmax LogSoftmax log_softmax"""
_BINARY = """Add add AddV2 add Atan2 atan2 DivNoNan divide_no_nan FloorDiv floor_divide FloorMod mod
    Maximum maximum Minimum minimum Mod mod Mul multiply Pow pow Prelu prelu RealDiv divide
    SquaredDifference squared_difference Sub subtract BitwiseAnd bitwise_and Equal equal
    Greater greater GreaterEqual greater_equal Less less LessEqual less_equal LogicalAnd logical_and
    LogicalOr logical_or NotEqual not_equal"""
_REDUCE = "Sum sum Mean mean Max max Min min Prod prod All all Any any"


def _pairs(table: str) -> Any:
    words = iter(table.split())
    return zip(words, words, strict=True)


def _unary(function: Any) -> Any:
    return lambda attrs, x: function(x)


def _binary(function: Any) -> Any:
    return lambda attrs, a, b: function(a, b)


def _reduction(function: Any) -> Any:
    def run(attrs: Attrs, x: Tensor, axis: Any) -> Tensor:
        return function(x, axis, keepdims=bool(attrs.get("keep_dims") or attrs.get("keepDims")))

    return run


ROWS.update({tf: Row(_unary(op[name])) for tf, name in _pairs(_UNARY)})
ROWS.update({tf: Row(_binary(op[name])) for tf, name in _pairs(_BINARY)})
ROWS.update({tf: Row(_reduction(op[name]), host=(1,)) for tf, name in _pairs(_REDUCE)})
for _name in ("Identity", "StopGradient", "Snapshot", "EnsureShape", "PlaceholderWithDefault"):
    ROWS[_name] = Row(lambda attrs, x: x)
ROWS["IdentityN"] = Row(lambda attrs, *xs: xs, outputs="inputs")

# ---------------------------------------------------------------------------- shapes of tensors

for _name, _run in {
    "Shape": lambda attrs, x: tensor(list(x.shape), dtype=int32),
    "Rank": lambda attrs, x: scalar(x.ndim, int32),
    "Size": lambda attrs, x: scalar(x.size, int32),
    "ZerosLike": lambda attrs, x: zeros_like(x),
    "OnesLike": lambda attrs, x: ones_like(x),
}.items():
    ROWS[_name] = Row(_run, reads_shape=True)
ROWS["ShapeN"] = Row(
    lambda attrs, *xs: [tensor(list(x.shape), dtype=int32) for x in xs],
    outputs="inputs",
    reads_shape=True,
)


# ---------------------------------------------------------------------------------- arithmetic


@row("AddN")
def _add_n(attrs: Attrs, first: Tensor, *rest: Tensor) -> Tensor:
    for x in rest:
        first = first + x
    return first


@row("Div")
def _div(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["floor_divide"](a, b) if a.dtype.kind == "i" else op["divide"](a, b)


@row("BiasAdd BiasAddV1")
def _bias_add(attrs: Attrs, x: Tensor, bias: Tensor) -> Tensor:
    if _format(attrs) == "NCHW":
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


@row("ArgMax", host=(1,))
def _argmax(attrs: Attrs, x: Tensor, axis: int) -> Tensor:
    return op["argmax"](x, axis)


@row("ArgMin", host=(1,))
def _argmin(attrs: Attrs, x: Tensor, axis: int) -> Tensor:
    return op["argmin"](x, axis)


@row("TopKV2", host=(1,), outputs=2)
def _top_k(attrs: Attrs, x: Tensor, k: int) -> Any:
    return op["top_k"](x, k)


@row("Cast")
def _cast(attrs: Attrs, x: Tensor) -> Tensor:
    if attrs.get("DstT") is None:
        raise ModelFormatError("Cast to a type tfpy has not")
    return op["cast"](x, attrs["DstT"])


# ------------------------------------------------------------------------------------- creation


@row("Fill", host=(0, 1))
def _fill(attrs: Attrs, shape: Sequence[int], value: float) -> Tensor:
    return fill(shape, value, attrs.get("T"))


@row("Range", host=(0, 1, 2))
def _range(attrs: Attrs, start: float, limit: float, delta: float) -> Tensor:
    return arange(start, limit, delta, attrs.get("Tidx"))


@row("LinSpace", host=(0, 1, 2))
def _linspace(attrs: Attrs, start: float, stop: float, num: int) -> Tensor:
    return linspace(start, stop, num)


@row("OneHot", host=(1, 2, 3))
def _one_hot(attrs: Attrs, indices: Tensor, depth: int, on: float, off: float) -> Tensor:
    return one_hot(indices, depth, on, off, attrs.get("T") or "float32", attrs.get("axis", -1))


# ------------------------------------------------------------------------------------- movement


@row("Reshape", host=(1,))
def _reshape(attrs: Attrs, x: Tensor, shape: Sequence[int]) -> Tensor:
    return op["reshape"](x, shape)


@row("Squeeze")
def _squeeze(attrs: Attrs, x: Tensor) -> Tensor:
    return op["squeeze"](x, attrs.get("squeeze_dims") or attrs.get("axis") or None)


@row("ExpandDims", host=(1,))
def _expand_dims(attrs: Attrs, x: Tensor, axis: Any) -> Tensor:
    return op["expand_dims"](x, axis[0] if isinstance(axis, list) else axis)


@row("Transpose", host=(1,))
def _transpose(attrs: Attrs, x: Tensor, perm: Sequence[int]) -> Tensor:
    return op["transpose"](x, perm)


@row("Tile", host=(1,))
def _tile(attrs: Attrs, x: Tensor, reps: Sequence[int]) -> Tensor:
    return op["tile"](x, reps)


@row("BroadcastTo", host=(1,))
def _broadcast_to(attrs: Attrs, x: Tensor, shape: Sequence[int]) -> Tensor:
    return op["broadcast_to"](x, shape)


@row("Slice", host=(1, 2))
def _slice(attrs: Attrs, x: Tensor, begin: Sequence[int], size: Sequence[int]) -> Tensor:
    return op["slice"](x, begin, size)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@row("StridedSlice", host=(1, 2, 3))
def _strided_slice(attrs: Attrs, x: Tensor, begin: Any, end: Any, strides: Any) -> Tensor:
    masks = {name: attrs.get(name) or 0 for name in _MASKS}
    return op["strided_slice"](x, begin, end, strides, **masks)


@row("Reverse ReverseV2", host=(1,))
def _reverse(attrs: Attrs, x: Tensor, axes: Any) -> Tensor:
    if axes and isinstance(axes[0], bool):
        axes = [i for i, flag in enumerate(axes) if flag]
    return op["flip"](x, axes)


@row("Pad", host=(1,))
def _pad(attrs: Attrs, x: Tensor, paddings: Any) -> Tensor:
    return op["pad"](x, paddings)


@row("PadV2", host=(1, 2))
def _pad_v2(attrs: Attrs, x: Tensor, paddings: Any, value: float) -> Tensor:
    return op["pad"](x, paddings, constant_values=value)


@row("MirrorPad", host=(1,))
def _mirror_pad(attrs: Attrs, x: Tensor, paddings: Any) -> Tensor:
    return op["pad"](x, paddings, attrs.get("mode", "reflect"))


@row("Pack")
def _pack(attrs: Attrs, *xs: Tensor) -> Tensor:
    return op["stack"](xs, attrs.get("axis") or 0)


@row("Unpack", outputs="num")
def _unpack(attrs: Attrs, x: Tensor) -> Any:
    return op["unstack"](x, attrs.get("axis") or 0)


@row("ConcatV2", host=(-1,))
def _concat_v2(attrs: Attrs, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs[:-1]), xs[-1])


@row("Concat", host=(0,))
def _concat(attrs: Attrs, axis: int, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs), axis)


def _nonempty(xs: Sequence[Tensor]) -> Sequence[Tensor]:
    return [x for x in xs if prod(x.shape)] or xs[:1]


@row("Split", host=(0,), outputs="num_split")
def _split(attrs: Attrs, axis: int, x: Tensor) -> Any:
    return op["split"](x, attrs["num_split"], axis)


@row("SplitV", host=(1, 2), outputs="num_split")
def _split_v(attrs: Attrs, x: Tensor, sizes: Sequence[int], axis: int) -> Any:
    return op["split"](x, sizes, axis)


@row("Gather")
def _gather(attrs: Attrs, x: Tensor, indices: Tensor) -> Tensor:
    return op["gather"](x, indices)


@row("GatherV2", host=(2,))
def _gather_v2(attrs: Attrs, x: Tensor, indices: Tensor, axis: int) -> Tensor:
    return op["gather"](x, indices, axis, attrs.get("batch_dims") or 0)


# ------------------------------------------------------------------------- matrices and windows


@row("MatMul")
def _matmul(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["matmul"](a, b, bool(attrs.get("transpose_a")), bool(attrs.get("transpose_b")))


@row("BatchMatMul BatchMatMulV2 BatchMatMulV3")
def _batch_matmul(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["matmul"](a, b, bool(attrs.get("adj_x")), bool(attrs.get("adj_y")))


@row("_FusedMatMul")
def _fused_matmul(attrs: Attrs, a: Tensor, b: Tensor, *args: Tensor) -> Tensor:
    transposed = bool(attrs.get("transpose_a")), bool(attrs.get("transpose_b"))
    return fused.matmul(a, b, *transposed, **_fusion(attrs, args))


def _format(attrs: Attrs) -> str:
    return attrs.get("data_format") or "NHWC"


def _spatial(attrs: Attrs, name: str) -> tuple[int, int]:
    """The two spatial entries of an attribute given for all four axes."""
    values = attrs.get(name) or [1, 1, 1, 1]
    first = 1 if _format(attrs) == "NHWC" else 2
    return values[first], values[first + 1]


def _padding(attrs: Attrs) -> Any:
    if attrs.get("padding") != "EXPLICIT":
        return attrs.get("padding", "VALID").lower()
    pads = attrs["explicit_paddings"]
    first = 2 if _format(attrs) == "NHWC" else 4
    return (tuple(pads[first : first + 2]), tuple(pads[first + 2 : first + 4]))


def _window(attrs: Attrs) -> dict[str, Any]:
    return {
        "strides": _spatial(attrs, "strides"),
        "padding": _padding(attrs),
        "data_format": _format(attrs),
        "dilations": _spatial(attrs, "dilations"),
    }


def _fusion(attrs: Attrs, args: Sequence[Tensor]) -> dict[str, Any]:
    """The bias and activation that the converter merged into a node."""
    fused_ops = attrs.get("fused_ops") or []
    rest = list(args)
    options: dict[str, Any] = {}
    for name in fused_ops:
        if name == "BiasAdd":
            options["bias"] = rest.pop(0) if rest else None
        elif name in _FUSED_ACTIVATIONS:
            options["activation"] = _FUSED_ACTIVATIONS[name]
        else:
            raise ModelFormatError(f"fused with {name}")
    if options.get("activation") == "prelu":
        options["prelu_weights"] = rest.pop(0)
    if options.get("activation") == "leaky_relu":
        options["leaky_relu_alpha"] = attrs.get("leakyrelu_alpha", 0.2)
    return options


_FUSED_ACTIVATIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Elu": "elu",
    "Sigmoid": "sigmoid",
    "Prelu": "prelu",
    "LeakyRelu": "leaky_relu",
}


@row("Conv2D")
def _conv2d(attrs: Attrs, x: Tensor, filters: Tensor) -> Tensor:
    return op["conv2d"](x, filters, **_window(attrs))


@row("_FusedConv2D")
def _fused_conv2d(attrs: Attrs, x: Tensor, filters: Tensor, *args: Tensor) -> Tensor:
    return fused.conv2d(x, filters, **_window(attrs), **_fusion(attrs, args))


@row("DepthwiseConv2dNative DepthwiseConv2d")
def _depthwise(attrs: Attrs, x: Tensor, filters: Tensor) -> Tensor:
    return op["depthwise_conv2d"](x, filters, **_window(attrs))


@row("FusedDepthwiseConv2dNative")
def _fused_depthwise(attrs: Attrs, x: Tensor, filters: Tensor, *args: Tensor) -> Tensor:
    return fused.depthwise_conv2d(x, filters, **_window(attrs), **_fusion(attrs, args))


@row("Conv2DBackpropInput", host=(0,))
def _conv2d_transpose(attrs: Attrs, shape: Sequence[int], filters: Tensor, x: Tensor) -> Tensor:
    return op["conv2d_transpose"](x, filters, shape, **_window(attrs))


@row("MaxPool")
def _max_pool(attrs: Attrs, x: Tensor) -> Tensor:
    window = _spatial(attrs, "strides"), _padding(attrs), _format(attrs)
    return op["max_pool"](x, _spatial(attrs, "ksize"), *window)


@row("AvgPool")
def _avg_pool(attrs: Attrs, x: Tensor) -> Tensor:
    window = _spatial(attrs, "strides"), _padding(attrs), _format(attrs)
    return op["avg_pool"](x, _spatial(attrs, "ksize"), *window)


@row("FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3")
def _batch_norm(
    attrs: Attrs, x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    if _format(attrs) == "NCHW":
        scale, offset, mean, variance = (
            v.reshape((-1, 1, 1)) for v in (scale, offset, mean, variance)
        )
    epsilon = attrs.get("epsilon", 1e-3)
    return op["batch_normalization"](x, mean, variance, offset, scale, epsilon)


@row("ResizeBilinear", host=(1,))
def _resize_bilinear(attrs: Attrs, x: Tensor, size: Sequence[int]) -> Tensor:
    flags = bool(attrs.get("align_corners")), bool(attrs.get("half_pixel_centers"))
    return image.resize_bilinear(x, size, *flags)
