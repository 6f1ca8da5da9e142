"""What slides over images, their normalization and their resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...ops import EXPORTS, image
from ...ops.nn import fused
from ...tensor import Tensor
from ..table import ROWS, Attrs, Row, pairs, plain, row
from .arithmetic import fusion

op = EXPORTS


def _first(attrs: Attrs) -> int:
    """The number of the first spatial axis."""
    return 2 if str(attrs.get("data_format", "")).startswith("NC") else 1


def _spatial(attrs: Attrs, name: str) -> tuple[int, ...]:
    """The spatial entries of an attribute given for all axes."""
    values = attrs.get(name) or [1, 1, 1, 1]
    first = _first(attrs)
    return tuple(values[first : first + len(values) - 2])


def _padding(attrs: Attrs) -> Any:
    if attrs.get("padding") != "EXPLICIT":
        return attrs.get("padding", "VALID").lower()
    pads, first = attrs["explicit_paddings"], 2 * _first(attrs)
    return tuple(tuple(pads[i : i + 2]) for i in range(first, first + len(pads) - 4, 2))


def _window(attrs: Attrs) -> dict[str, Any]:
    return {
        "strides": _spatial(attrs, "strides"),
        "padding": _padding(attrs),
        "data_format": attrs.get("data_format") or "channels_last",
        "dilations": _spatial(attrs, "dilations") if attrs.get("dilations") else 1,
    }


def _convolution(function: Any) -> Any:
    return lambda attrs, x, filters: function(x, filters, **_window(attrs))


def _fused_convolution(function: Any) -> Any:
    return lambda attrs, x, filters, *args: function(
        x, filters, **_window(attrs), **fusion(attrs, args)
    )


def _pooling(function: Any) -> Any:
    def run(attrs: Attrs, x: Tensor) -> Tensor:
        options = _window(attrs)
        del options["dilations"]
        return function(x, _spatial(attrs, "ksize"), **options)

    return run


for _tf, _name in pairs("""Conv2D conv2d Conv3D conv3d DepthwiseConv2dNative depthwise_conv2d
    DepthwiseConv2d depthwise_conv2d"""):
    ROWS[_tf] = Row(_convolution(op[_name]))
for _tf, _fused in {
    "_FusedConv2D": fused.conv2d,
    "FusedDepthwiseConv2dNative": fused.depthwise_conv2d,
}.items():
    ROWS[_tf] = Row(_fused_convolution(_fused))
for _tf, _name in pairs("""MaxPool max_pool AvgPool avg_pool MaxPool3D max_pool3d
    AvgPool3D avg_pool3d"""):
    ROWS[_tf] = Row(_pooling(op[_name]))


@row("Conv1D")
def _conv1d(attrs: Attrs, x: Tensor, filters: Tensor) -> Tensor:
    """TF.js's own, with one number where others have a list."""
    options = {
        "strides": attrs.get("stride", 1),
        "padding": _padding(attrs),
        "data_format": attrs.get("data_format") or "NWC",
        "dilations": attrs.get("dilation", 1),
    }
    return op["conv1d"](x, filters, **options)


@row("Conv2DBackpropInput", host=(0,))
def _conv2d_transpose(attrs: Attrs, shape: Sequence[int], filters: Tensor, x: Tensor) -> Tensor:
    if len(shape) == 2:  # only height and width, as newer versions write
        images = (x.shape[0], *shape, filters.shape[2])
        shape = images if _first(attrs) == 1 else (x.shape[0], filters.shape[2], *shape)
    return op["conv2d_transpose"](x, filters, shape, **_window(attrs))


@row("Dilation2D")
def _dilation2d(attrs: Attrs, x: Tensor, filters: Tensor) -> Tensor:
    strides, rates = _spatial(attrs, "strides"), _spatial(attrs, "rates")
    return op["dilation2d"](x, filters, strides, _padding(attrs), rates)


@row("MaxPoolWithArgmax", outputs="output argmax")
def _max_pool_with_argmax(attrs: Attrs, x: Tensor) -> Any:
    window = _spatial(attrs, "ksize"), _spatial(attrs, "strides"), _padding(attrs)
    return op["max_pool_with_argmax"](x, *window, bool(attrs.get("include_batch_in_index")))


# ------------------------------------------------------------------------------- normalization


@row(
    "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3",
    outputs="y batch_mean batch_variance reserve_space_1 reserve_space_2",
)
def _batch_norm(
    attrs: Attrs, x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor
) -> Any:
    # Not in training, the moments of the batch are those given.
    moments = (mean, variance, mean, variance)
    if _first(attrs) == 2:
        scale, offset, mean, variance = (
            v.reshape((-1, 1, 1)) for v in (scale, offset, mean, variance)
        )
    epsilon = attrs.get("epsilon", 1e-3)
    return op["batch_normalization"](x, mean, variance, offset, scale, epsilon), *moments


# -------------------------------------------------------------------------------------- images


plain("""
    LRN local_response_normalization 1 depth_radius bias alpha beta
    ResizeBilinear image.resize_bilinear 2 host=1 align_corners half_pixel_centers
    ResizeNearestNeighbor image.resize_nearest_neighbor 2 host=1 align_corners half_pixel_centers
    CropAndResize image.crop_and_resize 4 host=3 method extrapolation_value
""")


@row("ImageProjectiveTransformV3 ImageProjectiveTransformV2", host=(2, 3))
def _transform(
    attrs: Attrs, x: Tensor, transforms: Tensor, shape: Sequence[int], fill: float = 0.0
) -> Tensor:
    how = (attrs.get("interpolation") or "nearest").lower()
    outside = (attrs.get("fill_mode") or "constant").lower()
    return image.transform(x, transforms, how, outside, fill, shape)
