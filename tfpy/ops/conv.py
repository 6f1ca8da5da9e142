"""Convolutions over one, two and three axes, and their transposes.

All are made of the two-dimensional ones in `conv_family`. A sequence is a row of an image whose
other rows are the rest of the batch. Each plane of a volume's result is the convolution of the
planes under it, whose channels lie behind each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32, promote
from ..errors import ShapeError
from ..registry import composite
from ..spec import (
    Shape,
    Sliding,
    TensorSpec,
    as_shape,
    ints,
    require_rank,
    sliding_window,
    transposed_size,
)
from ..tensor import Tensor
from .conv_family import CONV2D, DEPTHWISE_CONV2D, check_forward, convolved
from .movement import concat, reshape, split, transpose
from .windows import (
    Ints,
    Options,
    Tap,
    channels_last,
    over_images,
    remembered,
    sliding_of,
    tap_of,
)

# ------------------------------------------------------------------------------ by rank and groups


def _groups(channels: int, filters: Shape) -> int:
    """Into how many parts filters that take fewer channels than there are part them."""
    return max(channels // max(filters[-2], 1), 1)


def _each_group(run: Callable[..., Tensor], x: Tensor, filters: Tensor, groups: int) -> Tensor:
    parts = zip(split(x, groups, 3), split(filters, groups, 3), strict=True)
    return concat([run(part, own) for part, own in parts], 3)


def _by_channel(filters: Tensor, groups: int) -> Tensor:
    """Filters that take one channel each, as those of a depthwise convolution."""
    height, width, _, made = filters.shape
    return reshape(filters, (height, width, groups, made // groups))


def _conv2d(x: Tensor, filters: Tensor, sliding: Sliding) -> Tensor:
    groups = _groups(x.shape[3], filters.shape)
    if groups == 1:
        return CONV2D.forward(x, filters, sliding)
    if filters.shape[2] == 1:
        return DEPTHWISE_CONV2D.forward(x, _by_channel(filters, groups), sliding)
    return _each_group(lambda x, own: CONV2D.forward(x, own, sliding), x, filters, groups)


def _back2d(dy: Tensor, filters: Tensor, shape: Shape, sliding: Sliding) -> Tensor:
    groups = _groups(shape[3], filters.shape)
    if groups == 1:
        return CONV2D.input_grad(dy, filters, shape, sliding)
    if filters.shape[2] == 1:
        return DEPTHWISE_CONV2D.input_grad(dy, _by_channel(filters, groups), shape, sliding)
    part = (*shape[:3], filters.shape[2])
    return _each_group(
        lambda dy, own: CONV2D.input_grad(dy, own, part, sliding), dy, filters, groups
    )


def _as_rows(shape: Shape) -> Shape:
    """The shape of a batch of sequences as one image: blocks of 2 x 2 pixels are full of rows."""
    batch, *rest = shape
    return (1, batch, *rest) if batch else (0, 1, *rest)


def _conv1d(x: Tensor, filters: Tensor, sliding: Sliding) -> Tensor:
    rows = reshape(x, _as_rows(x.shape))
    y = _conv2d(rows, reshape(filters, (1, *filters.shape)), sliding.along(1))
    return reshape(y, (x.shape[0], *y.shape[2:]))


def _back1d(dy: Tensor, filters: Tensor, shape: Shape, sliding: Sliding) -> Tensor:
    rows, own = reshape(dy, _as_rows(dy.shape)), reshape(filters, (1, *filters.shape))
    return reshape(_back2d(rows, own, _as_rows(shape), sliding.along(1)), shape)


class _Planes(NamedTuple):
    """How a convolution of volumes is one of planes.

    Attributes:
        taps: what each plane of the filters meets along the depth.
        depth: of the results.
        filters: those for planes whose channels lie behind each other.
        shape: of such planes: (planes, height, width, groups, taps, channels in a group).
    """

    taps: list[Tap]
    depth: int
    filters: Tensor
    shape: Shape

    @property
    def image(self) -> Shape:
        """The planes' shape with one axis of channels."""
        return (*self.shape[:3], prod(self.shape[3:]))


def _planes(shape: Shape, filters: Tensor, sliding: Sliding) -> _Planes:
    batch, depth, height, width, channels = shape
    count, *size, taken, made = filters.shape
    window = sliding_window("conv3d", (depth,), (count,), sliding.outer)
    taps = [tap_of(window, (depth,), (k,)) for k in range(count)]
    own = reshape(transpose(filters, (1, 2, 0, 3, 4)), (*size, count * taken, made))
    planes = (batch * window.out[0], height, width, _groups(channels, filters.shape), count, taken)
    return _Planes(taps, window.out[0], own, planes)


def _conv3d(x: Tensor, filters: Tensor, sliding: Sliding) -> Tensor:
    planes = _planes(x.shape, filters, sliding)
    batch, (*outer, _, inner) = x.shape[0], planes.shape
    parts = [tap.into_results(tap.pixels(x), (planes.depth,)) for tap in planes.taps]
    x = concat([reshape(part, (*outer, 1, inner)) for part in parts], 4)
    y = _conv2d(reshape(x, planes.image), planes.filters, sliding.inner)
    return reshape(y, (batch, planes.depth, *y.shape[1:]))


def _back3d(dy: Tensor, filters: Tensor, shape: Shape, sliding: Sliding) -> Tensor:
    planes = _planes(shape, filters, sliding)
    batch, depth, *_ = dy.shape
    dy = reshape(dy, (batch * depth, *dy.shape[2:]))
    x = reshape(_back2d(dy, planes.filters, planes.image, sliding.inner), planes.shape)
    total: Any = None
    for tap, part in zip(planes.taps, split(x, len(planes.taps), 4), strict=True):
        results = reshape(part, (batch, depth, *shape[2:]))
        pixels = tap.into_pixels(tap.results(results), shape[1:2])
        total = pixels if total is None else total + pixels
    return total


_FORWARD = (_conv1d, _conv2d, _conv3d)
_BACK = (_back1d, _back2d, _back3d)

# ----------------------------------------------------------------------------- what users say


def _operands(op: str, rank: int, x: Any, filters: Any) -> tuple[Tensor, Tensor]:
    x, filters = engine.as_operands(x, filters)
    require_rank(op, "x", x.spec, rank + 1, rank + 2)
    require_rank(op, "filters", filters.spec, rank + 2)
    dtype = promote(x.dtype, filters.dtype, float32)
    return engine.cast_to(x, dtype), engine.cast_to(filters, dtype)


@remembered
def _forward_rule(
    op: str, x: Shape, filters: Shape, options: Options
) -> tuple[TensorSpec, Sliding]:
    """The result of a convolution, and how its window moves, if all shapes fit."""
    sliding, groups = sliding_of(op, x[1:-1], filters[:-2], options), _groups(x[-1], filters)
    specs = TensorSpec(x), TensorSpec(filters)
    return convolved(op, *specs, filters[-1], sliding, groups), sliding


def _conv(op: str, rank: int, x: Any, filters: Any, options: Options) -> Tensor:
    x, filters = _operands(op, rank, x, filters)

    def run(x: Tensor) -> Tensor:
        _, sliding = _forward_rule(op, x.shape, filters.shape, options)
        return _FORWARD[rank - 1](x, filters, sliding)

    return over_images(op, x, rank, options.data_format, run)


@remembered
def _back_rule(
    op: str, x: Shape, filters: Shape, output_shape: Any, options: Options
) -> tuple[Shape, Sliding]:
    """The shape of a transposed convolution, and how its window moves, if all shapes fit."""
    shape = _output_shape(op, x, filters, output_shape, options)
    forward, sliding = _forward_rule(op, shape, filters, options)
    check_forward(op, TensorSpec(x), forward, shape)
    return shape, sliding


def _output_shape(op: str, x: Shape, filters: Shape, given: Any, options: Options) -> Shape:
    """The shape of a transposed convolution, channels last, of what the user says about it."""
    rank = len(x) - 2
    if given is None:
        how = options.given(op, rank)
        pads = [how.padding if isinstance(how.padding, str) else p for p in how.padding]
        sizes = map(transposed_size, x[1:-1], filters, how.strides, pads, how.dilations)
        return as_shape((x[0], *sizes, filters[-2]), f"{op}: output_shape")
    shape = as_shape(ints(given) or (), f"{op}: output_shape")
    if len(shape) == rank + 1:
        shape = (x[0], *shape)
    if len(shape) != rank + 2:
        raise ShapeError(f"{op}: output_shape {given!r} does not have rank {rank + 2}")
    if channels_last(op, options.data_format, rank):
        return shape
    return (shape[0], *shape[2:], shape[1])


def _transposed(
    op: str, rank: int, x: Any, filters: Any, output_shape: Any, options: Options
) -> Tensor:
    x, filters = _operands(op, rank, x, filters)

    def run(x: Tensor) -> Tensor:
        shape, sliding = _back_rule(op, x.shape, filters.shape, output_shape, options)
        return _BACK[rank - 1](x, filters, shape, sliding)

    return over_images(op, x, rank, options.data_format, run)


# -------------------------------------------------------------------------------------- public


@composite()
def conv1d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """1-D convolution (cross-correlation, as everywhere in deep learning).

    Args:
        x: sequences (batch, width, channels), or one sequence without the batch axis.
        filters: (width, channels in, channels out); groups as in `conv2d`.
        strides, padding, data_format, dilations, dim_rounding_mode: as in `conv2d`, for one axis;
            TF.js's words for the data format are "NWC" and "NCW".

    Returns:
        Float sequences (batch, out width, channels out).

    >>> tfpy.conv1d([[1.0], [2.0], [4.0]], [[[1.0]], [[-1.0]]])
    tfpy.tensor([[-1.],
                 [-2.]])
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _conv("conv1d", 1, x, filters, options)


@composite()
def conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """2-D convolution (cross-correlation, as everywhere in deep learning).

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        filters: (height, width, channels in, channels out). Filters of a whole part of the
            image's channels make it a grouped convolution, as in TensorFlow: the first group of
            output channels comes of the first group of input channels, and so on.
        strides: step per axis.
        padding: "valid", "same" (TensorFlow's), one int for all sides, or one int or (before,
            after) per axis. TensorFlow's pairs for the batch and the channels too, if they are 0.
        data_format: "channels_last", or "channels_first" for (batch, channels, height, width);
            "NHWC" and "NCHW" say the same.
        dilations: gap between filter taps per axis. Unlike TF.js and Keras, and like TensorFlow,
            this takes dilations and strides together.
        dim_rounding_mode: "floor", "round" or "ceil": what becomes of a last step that leaves the
            image, where `padding` is numbers. By default the window is left out.

    Returns:
        Float images (batch, out height, out width, channels out).

    Raises:
        ShapeError: ranks or channels that do not fit, or a window larger than the padded image.
        ArgumentError: an option that is not one of these.
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _conv("conv2d", 2, x, filters, options)


@composite()
def conv3d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """3-D convolution (cross-correlation, as everywhere in deep learning).

    Args:
        x: volumes (batch, depth, height, width, channels), or one without the batch axis.
        filters: (depth, height, width, channels in, channels out); groups as in `conv2d`.
        strides, padding, data_format, dilations, dim_rounding_mode: as in `conv2d`, for three
            axes; TF.js's words for the data format are "NDHWC" and "NCDHW".

    Returns:
        Float volumes (batch, out depth, out height, out width, channels out).

    >>> tfpy.conv3d(tfpy.ones((1, 4, 4, 4, 2)), tfpy.ones((2, 2, 2, 2, 3)), strides=2).shape
    (1, 2, 2, 2, 3)
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _conv("conv3d", 3, x, filters, options)


@composite()
def conv1d_transpose(
    x: Any,
    filters: Any,
    output_shape: Sequence[int] | None = None,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`; arguments as in `conv2d_transpose`, for one axis.

    >>> tfpy.conv1d_transpose([[1.0], [2.0]], [[[1.0]], [[10.0]]], strides=2)
    tfpy.tensor([[ 1.],
                 [10.],
                 [ 2.],
                 [20.]])
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _transposed("conv1d_transpose", 1, x, filters, output_shape, options)


@composite()
def conv2d_transpose(
    x: Any,
    filters: Any,
    output_shape: Sequence[int] | None = None,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The transpose of `conv2d`: what maps its output's shape back to its image's shape.

    Args:
        x: (batch, height, width, channels in), or one image without the batch axis.
        filters: (height, width, channels out, channels in); with fewer channels out than
            `output_shape` has, those of a grouped convolution.
        output_shape: shape of the result, in the layout of `data_format`, with or without the
            batch. By default that of Keras: as large as it must be for "valid", steps times the
            size of `x` for "same".
        strides, padding, data_format, dilations, dim_rounding_mode: of the convolution that is
            transposed, which maps `output_shape` to the shape of `x`.

    Raises:
        ShapeError: the convolution would not map `output_shape` to the shape of `x`.

    >>> tfpy.conv2d_transpose(tfpy.ones((1, 2, 2, 4)), tfpy.ones((3, 3, 8, 4)), strides=2).shape
    (1, 5, 5, 8)
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _transposed("conv2d_transpose", 2, x, filters, output_shape, options)


@composite()
def conv3d_transpose(
    x: Any,
    filters: Any,
    output_shape: Sequence[int] | None = None,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The transpose of `conv3d`; arguments as in `conv2d_transpose`, for three axes.

    >>> x, filters = tfpy.ones((1, 2, 2, 2, 4)), tfpy.ones((3, 3, 3, 1, 4))
    >>> tfpy.conv3d_transpose(x, filters, strides=2, padding="same").shape
    (1, 4, 4, 4, 1)
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _transposed("conv3d_transpose", 3, x, filters, output_shape, options)


@composite()
def depthwise_conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """Convolve each channel by itself with its own filters.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        filters: (height, width, channels, multiplier); output channel `c * multiplier + m` is
            channel c under filter m.
        strides, padding, data_format, dilations, dim_rounding_mode: as in `conv2d`.
    """
    op = "depthwise_conv2d"
    x, filters = _operands(op, 2, x, filters)
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)

    def run(x: Tensor) -> Tensor:
        sliding = sliding_of(op, x.shape[1:3], filters.shape[:2], options)
        return DEPTHWISE_CONV2D.forward(x, filters, sliding)

    return over_images(op, x, 2, data_format, run)


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
    depthwise, pointwise = map(engine.as_tensor, (depthwise_filters, pointwise_filters))
    if pointwise.shape[:-1] != (1, 1, prod(depthwise.shape[2:])):
        raise ShapeError(
            f"separable_conv2d: pointwise_filters of shape {pointwise.shape} do not take what "
            f"depthwise_filters of shape {depthwise.shape} give"
        )
    y = depthwise_conv2d(x, depthwise, strides, padding, data_format, dilations)
    return conv2d(y, pointwise, 1, "valid", data_format)
