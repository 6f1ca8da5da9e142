"""Two-dimensional convolutions, NHWC inside.

A convolution is bilinear in the image and the filter, so three operations close the set under
differentiation: the convolution, its transpose (gradient to the image) and its filter gradient.
Each is the gradient of the others, which is why second derivatives need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32, promote
from ..errors import ArgumentError, ShapeError
from ..registry import Op, composite
from ..spec import Padding, Pair, Shape, TensorSpec, as_padding, pair, require_rank, window2d
from ..tensor import Tensor
from .movement import concat, reshape, split, transpose

Ints = int | Sequence[int]


def channels_last(op: str, data_format: str) -> bool:
    """Whether `data_format` is NHWC; "channels_last"/"NHWC" or "channels_first"/"NCHW"."""
    if data_format in ("channels_last", "NHWC"):
        return True
    if data_format in ("channels_first", "NCHW"):
        return False
    raise ArgumentError(
        f'{op}: data_format must be "channels_last" or "channels_first", not {data_format!r}'
    )


def _attrs(op: str, strides: Ints, padding: Any, dilations: Ints) -> dict[str, Any]:
    return {
        "strides": pair(strides, f"{op}: strides"),
        "padding": as_padding(op, padding),
        "dilations": pair(dilations, f"{op}: dilations"),
    }


def _image_operands(op: str, x: Any, filters: Any) -> tuple[Tensor, Tensor]:
    x, filters = engine.as_operands(x, filters)
    require_rank(op, "x", x.spec, 3, 4)
    require_rank(op, "filters", filters.spec, 4)
    dtype = promote(x.dtype, filters.dtype, float32)
    return engine.cast_to(x, dtype), engine.cast_to(filters, dtype)


def _in_nhwc(x: Tensor, data_format: str, op: str, run: Any) -> Tensor:
    """`run(x)` with `x` brought to rank 4 and NHWC, and the result taken back."""
    single = x.ndim == 3
    if single:
        x = reshape(x, (1, *x.shape))
    if channels_last(op, data_format):
        y = run(x)
    else:
        y = transpose(run(transpose(x, (0, 2, 3, 1))), (0, 3, 1, 2))
    return reshape(y, y.shape[1:]) if single else y


# ------------------------------------------------------------------------------------- families


class Family(NamedTuple):
    """A convolution in canonical form (NHWC, attributes as in `spec.window2d`) and its gradients.

    forward(x, filters, **window), input_grad(dy, filters, shape, **window) and
    filter_grad(x, dy, shape, **window), where `shape` is that of the result.
    """

    forward: Callable[..., Tensor]
    input_grad: Callable[..., Tensor]
    filter_grad: Callable[..., Tensor]


def _family(name: str, infer: Callable[..., TensorSpec]) -> Family:
    """The three operations of the convolution that `infer` describes, each other's gradients."""

    def forward(x: Tensor, filters: Tensor, **window: Any) -> Tensor:
        return engine.apply(forward_op, (x, filters), window)

    def input_grad(dy: Tensor, filters: Tensor, shape: Shape, **window: Any) -> Tensor:
        return engine.apply(input_op, (dy, filters), {"shape": shape, **window})

    def filter_grad(x: Tensor, dy: Tensor, shape: Shape, **window: Any) -> Tensor:
        return engine.apply(filter_op, (x, dy), {"shape": shape, **window})

    def input_infer(dy: TensorSpec, filters: TensorSpec, *, shape: Shape, **w: Any) -> TensorSpec:
        return check_forward(name, dy, infer(TensorSpec(shape, dy.dtype), filters, **w), shape)

    def filter_infer(x: TensorSpec, dy: TensorSpec, *, shape: Shape, **w: Any) -> TensorSpec:
        return check_forward(name, dy, infer(x, TensorSpec(shape, x.dtype), **w), shape)

    def window(strides: Pair, padding: Padding, dilations: Pair) -> dict[str, Any]:
        return {"strides": strides, "padding": padding, "dilations": dilations}

    forward_op = Op(
        f"{name}_nhwc",
        "primitive",
        ("x", "filters"),
        infer,
        vjp={
            "x": lambda g, x_spec, filters, strides, padding, dilations: input_grad(
                g, filters, x_spec.shape, **window(strides, padding, dilations)
            ),
            "filters": lambda g, x, filters_spec, strides, padding, dilations: filter_grad(
                x, g, filters_spec.shape, **window(strides, padding, dilations)
            ),
        },
        public=False,
    )
    input_op = Op(
        f"{name}_input_grad",
        "primitive",
        ("dy", "filters"),
        input_infer,
        vjp={
            "dy": lambda g, filters, strides, padding, dilations: forward(
                g, filters, **window(strides, padding, dilations)
            ),
            "filters": lambda g, dy, filters_spec, strides, padding, dilations: filter_grad(
                g, dy, filters_spec.shape, **window(strides, padding, dilations)
            ),
        },
        public=False,
    )
    filter_op = Op(
        f"{name}_filter_grad",
        "primitive",
        ("x", "dy"),
        filter_infer,
        vjp={
            "x": lambda g, dy, x_spec, strides, padding, dilations: input_grad(
                dy, g, x_spec.shape, **window(strides, padding, dilations)
            ),
            "dy": lambda g, x, strides, padding, dilations: forward(
                x, g, **window(strides, padding, dilations)
            ),
        },
        public=False,
    )
    return Family(forward, input_grad, filter_grad)


def check_forward(op: str, dy: TensorSpec, forward: TensorSpec, shape: Shape) -> TensorSpec:
    """The spec of a gradient of `shape`, if the forward operation gives what `dy` belongs to."""
    if forward.shape != dy.shape:
        raise ShapeError(
            f"{op}: a gradient of shape {dy.shape} does not belong to an output of shape "
            f"{forward.shape}; an image or filter of shape {shape} was asked for"
        )
    return TensorSpec(shape, dy.dtype)


def _convolved(op: str, x: TensorSpec, filters: TensorSpec, channels: int, w: Any) -> TensorSpec:
    """The spec of a convolution of `x` that gives `channels`."""
    if x.shape[3] != filters.shape[2]:
        raise ShapeError(
            f"{op}: x has {x.shape[3]} channels, filters take {filters.shape[2]}: "
            f"shapes {x.shape} and {filters.shape}"
        )
    window = window2d(
        op, x.shape[1:3], filters.shape[:2], w["strides"], w["padding"], w["dilations"]
    )
    return TensorSpec((x.shape[0], *window.out, channels), x.dtype)


def _conv2d_infer(x: TensorSpec, filters: TensorSpec, **window: Any) -> TensorSpec:
    return _convolved("conv2d", x, filters, filters.shape[3], window)


def _depthwise_infer(x: TensorSpec, filters: TensorSpec, **window: Any) -> TensorSpec:
    channels = filters.shape[2] * filters.shape[3]
    return _convolved("depthwise_conv2d", x, filters, channels, window)


CONV2D = _family("conv2d", _conv2d_infer)
DEPTHWISE_CONV2D = _family("depthwise_conv2d", _depthwise_infer)

# -------------------------------------------------------------------------------------- public


@composite()
def conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
) -> Tensor:
    """2-D convolution (cross-correlation, as everywhere in deep learning).

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        filters: (height, width, channels in, channels out). Filters of a whole part of the
            image's channels make it a grouped convolution, as in TensorFlow: the first group of
            output channels comes of the first group of input channels, and so on.
        strides: step per axis.
        padding: "valid", "same" (TensorFlow's) or ((top, bottom), (left, right)).
        data_format: "channels_last", or "channels_first" for (batch, channels, height, width).
        dilations: gap between filter taps per axis.

    Returns:
        Float images (batch, out height, out width, channels out).
    """
    x, filters = _image_operands("conv2d", x, filters)
    attrs = _attrs("conv2d", strides, padding, dilations)
    return _in_nhwc(x, data_format, "conv2d", lambda x: _by_groups(x, filters, attrs))


def _by_groups(x: Tensor, filters: Tensor, attrs: dict[str, Any]) -> Tensor:
    """A convolution of each group of channels with its filters; most have one group."""
    channels, (height, width, taken, made) = x.shape[3], filters.shape
    groups = channels // taken if taken and channels % taken == 0 else 1
    if groups < 2 or made % groups:
        return CONV2D.forward(x, filters, **attrs)
    if taken == 1:
        own = reshape(filters, (height, width, channels, made // channels))
        return DEPTHWISE_CONV2D.forward(x, own, **attrs)
    parts = zip(split(x, groups, 3), split(filters, groups, 3), strict=True)
    return concat([CONV2D.forward(part, own, **attrs) for part, own in parts], 3)


@composite()
def conv2d_transpose(
    x: Any,
    filters: Any,
    output_shape: Sequence[int],
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
) -> Tensor:
    """The transpose of `conv2d`: what maps its output's shape back to its image's shape.

    Args:
        x: (batch, height, width, channels in), or one image without the batch axis.
        filters: (height, width, channels out, channels in).
        output_shape: shape of the result, in the layout of `data_format`.
        strides: step per axis of the convolution that is transposed.
        padding: "valid", "same" or ((top, bottom), (left, right)) of that convolution.
        data_format: "channels_last" or "channels_first".
        dilations: gap between filter taps per axis.
    """
    x, filters = _image_operands("conv2d_transpose", x, filters)
    attrs = _attrs("conv2d_transpose", strides, padding, dilations)
    shape = tuple(int(n) for n in output_shape)
    shape = shape if len(shape) == 4 else (1, *shape)
    if not channels_last("conv2d_transpose", data_format):
        shape = (shape[0], shape[2], shape[3], shape[1])
    return _in_nhwc(
        x, data_format, "conv2d_transpose", lambda x: CONV2D.input_grad(x, filters, shape, **attrs)
    )


@composite()
def depthwise_conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
) -> Tensor:
    """Convolve each channel by itself with its own filters.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        filters: (height, width, channels, multiplier); output channel `c * multiplier + m` is
            channel c under filter m.
        strides, padding, data_format, dilations: as in `conv2d`.
    """
    x, filters = _image_operands("depthwise_conv2d", x, filters)
    attrs = _attrs("depthwise_conv2d", strides, padding, dilations)
    return _in_nhwc(
        x, data_format, "depthwise_conv2d", lambda x: DEPTHWISE_CONV2D.forward(x, filters, **attrs)
    )


@composite()
def separable_conv2d(
    x: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
) -> Tensor:
    """`depthwise_conv2d` and then a 1 x 1 `conv2d` with `pointwise_filters`."""
    y = depthwise_conv2d(x, depthwise_filters, strides, padding, data_format, dilations)
    return conv2d(y, pointwise_filters, 1, "valid", data_format)
