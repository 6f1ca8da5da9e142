"""Two-dimensional convolutions, NHWC inside.

A convolution is bilinear in the image and the filter, so three operations close the set under
differentiation: the convolution, its transpose (gradient to the image) and its filter gradient.
Each is the gradient of the others, which is why second derivatives need nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import float32, promote
from ..errors import ArgumentError, ShapeError
from ..registry import composite, primitive
from ..spec import Padding, Pair, TensorSpec, Window, as_padding, pair, require_rank, window2d
from ..tensor import Tensor
from .movement import reshape, transpose

Ints = int | Sequence[int]

# ------------------------------------------------------------------------------------ geometry


def conv_window(
    op: str, image: tuple[int, ...], filters: tuple[int, ...], attrs: dict[str, Any]
) -> Window:
    """The window of an NHWC `image` and an (h, w, ...) filter under canonical attributes."""
    return window2d(
        op, image[1:3], filters[:2], attrs["strides"], attrs["padding"], attrs["dilations"]
    )


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


# -------------------------------------------------------------------------------------- conv2d


def _conv2d_infer(
    x: TensorSpec, filters: TensorSpec, *, strides: Pair, padding: Padding, dilations: Pair
) -> TensorSpec:
    if x.shape[3] != filters.shape[2]:
        raise ShapeError(
            f"conv2d: x has {x.shape[3]} channels, filters take {filters.shape[2]}: "
            f"shapes {x.shape} and {filters.shape}"
        )
    window = window2d("conv2d", x.shape[1:3], filters.shape[:2], strides, padding, dilations)
    return TensorSpec((x.shape[0], *window.out, filters.shape[3]), x.dtype)


def _to_image(
    g: Tensor, x_spec: TensorSpec, filters: Tensor, strides: Pair, padding: Padding, dilations: Pair
) -> Tensor:
    return conv2d_input_grad(g, filters, x_spec.shape, strides, padding, dilations)


def _to_filters(
    g: Tensor, x: Tensor, filters_spec: TensorSpec, strides: Pair, padding: Padding, dilations: Pair
) -> Tensor:
    return conv2d_filter_grad(x, g, filters_spec.shape, strides, padding, dilations)


@primitive(_conv2d_infer, vjp={"x": _to_image, "filters": _to_filters}, public=False)
def conv2d_nhwc(
    x: Tensor, filters: Tensor, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """`conv2d` in canonical form: the kernel behind it."""
    return (x, filters), {"strides": strides, "padding": padding, "dilations": dilations}


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
        filters: (height, width, channels in, channels out).
        strides: step per axis.
        padding: "valid", "same" (TensorFlow's) or ((top, bottom), (left, right)).
        data_format: "channels_last", or "channels_first" for (batch, channels, height, width).
        dilations: gap between filter taps per axis.

    Returns:
        Float images (batch, out height, out width, channels out).
    """
    x, filters = _image_operands("conv2d", x, filters)
    attrs = _attrs("conv2d", strides, padding, dilations)
    return _in_nhwc(x, data_format, "conv2d", lambda x: conv2d_nhwc(x, filters, **attrs))


def _input_grad_infer(
    dy: TensorSpec, filters: TensorSpec, *, shape: tuple[int, ...], **window: Any
) -> TensorSpec:
    forward = _conv2d_infer(TensorSpec(shape, dy.dtype), filters, **window)
    return _check_forward("conv2d_transpose", dy, forward, shape)


def _check_forward(
    op: str, dy: TensorSpec, forward: TensorSpec, shape: tuple[int, ...]
) -> TensorSpec:
    if forward.shape != dy.shape:
        raise ShapeError(
            f"{op}: an output of shape {shape} belongs to an input of shape {forward.shape}, "
            f"not {dy.shape}"
        )
    return TensorSpec(shape, dy.dtype)


@primitive(
    _input_grad_infer,
    vjp={
        "dy": lambda g, filters, strides, padding, dilations: conv2d_nhwc(
            g, filters, strides, padding, dilations
        ),
        "filters": lambda g, dy, filters_spec, strides, padding, dilations: conv2d_filter_grad(
            g, dy, filters_spec.shape, strides, padding, dilations
        ),
    },
    public=False,
)
def conv2d_input_grad(
    dy: Tensor,
    filters: Tensor,
    shape: tuple[int, ...],
    strides: Pair,
    padding: Padding,
    dilations: Pair,
) -> Any:
    """The gradient of `conv2d` to its image of `shape`; the kernel behind `conv2d_transpose`."""
    attrs = {"shape": shape, "strides": strides, "padding": padding, "dilations": dilations}
    return (dy, filters), attrs


def _filter_grad_infer(
    x: TensorSpec, dy: TensorSpec, *, shape: tuple[int, ...], **window: Any
) -> TensorSpec:
    forward = _conv2d_infer(x, TensorSpec(shape, x.dtype), **window)
    return _check_forward("conv2d_filter_grad", dy, forward, shape)


@primitive(
    _filter_grad_infer,
    vjp={
        "x": lambda g, dy, x_spec, strides, padding, dilations: conv2d_input_grad(
            dy, g, x_spec.shape, strides, padding, dilations
        ),
        "dy": lambda g, x, strides, padding, dilations: conv2d_nhwc(
            x, g, strides, padding, dilations
        ),
    },
    public=False,
)
def conv2d_filter_grad(
    x: Tensor,
    dy: Tensor,
    shape: tuple[int, ...],
    strides: Pair,
    padding: Padding,
    dilations: Pair,
) -> Any:
    """The gradient of `conv2d` to its filters of `shape`."""
    attrs = {"shape": shape, "strides": strides, "padding": padding, "dilations": dilations}
    return (x, dy), attrs


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
        x, data_format, "conv2d_transpose", lambda x: conv2d_input_grad(x, filters, shape, **attrs)
    )


# ----------------------------------------------------------------------------------- depthwise


def _depthwise_infer(
    x: TensorSpec, filters: TensorSpec, *, strides: Pair, padding: Padding, dilations: Pair
) -> TensorSpec:
    if x.shape[3] != filters.shape[2]:
        raise ShapeError(
            f"depthwise_conv2d: x has {x.shape[3]} channels, filters take {filters.shape[2]}: "
            f"shapes {x.shape} and {filters.shape}"
        )
    window = window2d(
        "depthwise_conv2d", x.shape[1:3], filters.shape[:2], strides, padding, dilations
    )
    channels = filters.shape[2] * filters.shape[3]
    return TensorSpec((x.shape[0], *window.out, channels), x.dtype)


@primitive(
    _depthwise_infer,
    vjp={
        "x": lambda g, x_spec, filters, strides, padding, dilations: depthwise_conv2d_input_grad(
            g, filters, x_spec.shape, strides, padding, dilations
        ),
        "filters": lambda g, x, filters_spec, strides, padding, dilations: (
            depthwise_conv2d_filter_grad(x, g, filters_spec.shape, strides, padding, dilations)
        ),
    },
    public=False,
)
def depthwise_conv2d_nhwc(
    x: Tensor, filters: Tensor, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """`depthwise_conv2d` in canonical form: the kernel behind it."""
    return (x, filters), {"strides": strides, "padding": padding, "dilations": dilations}


def _depthwise_input_grad_infer(
    dy: TensorSpec, filters: TensorSpec, *, shape: tuple[int, ...], **window: Any
) -> TensorSpec:
    forward = _depthwise_infer(TensorSpec(shape, dy.dtype), filters, **window)
    return _check_forward("depthwise_conv2d_input_grad", dy, forward, shape)


@primitive(
    _depthwise_input_grad_infer,
    vjp={
        "dy": lambda g, filters, strides, padding, dilations: depthwise_conv2d_nhwc(
            g, filters, strides, padding, dilations
        ),
        "filters": lambda g, dy, filters_spec, strides, padding, dilations: (
            depthwise_conv2d_filter_grad(g, dy, filters_spec.shape, strides, padding, dilations)
        ),
    },
    public=False,
)
def depthwise_conv2d_input_grad(
    dy: Tensor,
    filters: Tensor,
    shape: tuple[int, ...],
    strides: Pair,
    padding: Padding,
    dilations: Pair,
) -> Any:
    """The gradient of `depthwise_conv2d` to its image of `shape`."""
    attrs = {"shape": shape, "strides": strides, "padding": padding, "dilations": dilations}
    return (dy, filters), attrs


def _depthwise_filter_grad_infer(
    x: TensorSpec, dy: TensorSpec, *, shape: tuple[int, ...], **window: Any
) -> TensorSpec:
    forward = _depthwise_infer(x, TensorSpec(shape, x.dtype), **window)
    return _check_forward("depthwise_conv2d_filter_grad", dy, forward, shape)


@primitive(
    _depthwise_filter_grad_infer,
    vjp={
        "x": lambda g, dy, x_spec, strides, padding, dilations: depthwise_conv2d_input_grad(
            dy, g, x_spec.shape, strides, padding, dilations
        ),
        "dy": lambda g, x, strides, padding, dilations: depthwise_conv2d_nhwc(
            x, g, strides, padding, dilations
        ),
    },
    public=False,
)
def depthwise_conv2d_filter_grad(
    x: Tensor,
    dy: Tensor,
    shape: tuple[int, ...],
    strides: Pair,
    padding: Padding,
    dilations: Pair,
) -> Any:
    """The gradient of `depthwise_conv2d` to its filters of `shape`."""
    attrs = {"shape": shape, "strides": strides, "padding": padding, "dilations": dilations}
    return (x, dy), attrs


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
        x, data_format, "depthwise_conv2d", lambda x: depthwise_conv2d_nhwc(x, filters, **attrs)
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
