"""Convolution layers over one, two and three axes."""

from __future__ import annotations

from typing import Any

from .. import activations, initializers
from ..errors import ArgumentError, ShapeError
from ..ops import conv
from ..ops.movement import expand_dims, squeeze
from ..ops.windows import Ints
from ..spec import ints, transposed_size
from ..tensor import Tensor
from .spatial import Windowed

__all__ = [
    *("Conv2D", "Conv1D", "Conv3D"),
    *("Conv2DTranspose", "Conv1DTranspose", "Conv3DTranspose"),
    *("DepthwiseConv2D", "DepthwiseConv1D"),
    *("SeparableConv2D", "SeparableConv1D"),
]

_FORWARD = (conv.conv1d, conv.conv2d, conv.conv3d)
_TRANSPOSED = (conv.conv1d_transpose, conv.conv2d_transpose, conv.conv3d_transpose)


class _Base(Windowed):
    """What the convolutions share: the window, the bias, the activation.

    Args:
        kernel_size: size of the window, an int or one for each axis.
        strides: its step.
        padding: "valid" or "same".
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: gap between the window's taps.
        activation: a name or function, by default none.
        use_bias: whether to add a bias per output channel.
        bias_initializer: how the bias begins.
    """

    config_keys: tuple[str, ...] = (
        *("kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("activation", "use_bias", "bias_initializer"),
    )

    def __init__(
        self,
        kernel_size: Ints,
        strides: Ints = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = 1,
        activation: Any = None,
        use_bias: bool = True,
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(strides, padding, data_format, **options)
        self.kernel_size = self._each("kernel_size", kernel_size)
        self.dilation_rate = self._each("dilation_rate", dilation_rate)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias: Any = None
        # "causal" is the padding before the first step that sees nothing of later ones.
        reach = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        self._padding: Any = ((reach, 0),) if padding == "causal" else padding

    def _add_bias(self, channels: int) -> None:
        if self.use_bias:
            self.bias = self.add_weight((channels,), self.bias_initializer, name="bias")

    def _finish(self, y: Tensor) -> Tensor:
        if self.bias is not None:
            y = y + (self.bias if self.channels_last else self.bias.reshape((-1, *self._ones())))
        return self.activation(y)

    def _ones(self) -> tuple[int, ...]:
        return (1,) * self.rank

    def _window(self) -> dict[str, Any]:
        return {
            "strides": self.strides,
            "padding": self._padding,
            "data_format": self.data_format,
            "dilations": self.dilation_rate,
        }

    def _shape(self, shape: Any, channels: int) -> Any:
        return self._slid(shape, self.kernel_size, self._padding, self.dilation_rate, channels)


class _Conv(_Base):
    config_keys: tuple[str, ...] = ("filters", *_Base.config_keys, "groups", "kernel_initializer")

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            **options,
        )  # fmt: skip
        self.filters = self._positive("filters", filters)
        self.groups = self._positive("groups", groups)
        if self.filters % self.groups:
            raise ArgumentError(
                f"{type(self).__name__}: {filters} filters do not part into {groups} groups"
            )
        self.kernel_initializer = initializers.get(kernel_initializer)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"{self.name}: {channels} channels do not part into {self.groups} groups"
            )
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        self._add_bias(self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        return self._finish(_FORWARD[self.rank - 1](inputs, self.kernel, **self._window()))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self.filters)


class Conv2D(_Conv):
    """2-D convolution, then the bias, then the activation.

    Args:
        filters: number of output channels.
        kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias: the
            window, what is added and what is applied.
        groups: into how many parts the channels are split, each convolved with its own filters.
        kernel_initializer, bias_initializer: how weights begin.

    Input (batch, height, width, channels); kernel (height, width, channels / groups, filters).
    """


class Conv1D(_Conv):
    """`Conv2D` for sequences (batch, steps, channels).

    `padding` may be "causal" too: a result then depends on its own step and earlier ones alone.

    >>> tfpy.layers.Conv1D(4, 3, padding="causal")(tfpy.ones((1, 8, 2))).shape
    (1, 8, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv3D(_Conv):
    """`Conv2D` for volumes (batch, depth, height, width, channels)."""

    rank = 3


class _ConvTranspose(_Conv):
    config_keys: tuple[str, ...] = (
        *(key for key in _Conv.config_keys if key != "groups"),
        "output_padding",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = 1,
        padding: str = "valid",
        output_padding: Ints | None = None,
        data_format: str | None = None,
        dilation_rate: Ints = 1,
        activation: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate,
            activation=activation, **options,
        )  # fmt: skip
        if self.groups != 1:
            raise ArgumentError(f"{type(self).__name__}: there are no groups")
        more = None if output_padding is None else ints(output_padding, self.rank)
        if output_padding is not None and (more is None or len(more) != self.rank or min(more) < 0):
            raise ArgumentError(
                f"{type(self).__name__}: output_padding must be ints from 0 on, one or "
                f"{self.rank}, not {output_padding!r}"
            )
        self.output_padding = more

    def build(self, input_shape: Any) -> None:
        shape = (*self.kernel_size, self.filters, self._channels(input_shape))
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        self._add_bias(self.filters)

    def compute_output_shape(self, input_shape: Any) -> Any:
        size = [
            transposed_size(input_shape[at], k, s, self.padding, d, more)
            for at, k, s, d, more in zip(
                self._axes(), self.kernel_size, self.strides, self.dilation_rate,
                self.output_padding or (None,) * self.rank, strict=True,
            )
        ]  # fmt: skip
        return self._resized(input_shape, size, self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        shape = self.compute_output_shape(inputs.shape)
        transposed = _TRANSPOSED[self.rank - 1]
        return self._finish(transposed(inputs, self.kernel, shape, **self._window()))


class Conv2DTranspose(_ConvTranspose):
    """The transpose of a convolution: enlarges by its strides.

    Args:
        output_padding: extra size at the end of each axis, by default what padding implies.
        filters, kernel_size and so on: as `Conv2D`; there are no groups.

    Kernel (height, width, filters, channels).
    """


class Conv1DTranspose(_ConvTranspose):
    """`Conv2DTranspose` for sequences (batch, steps, channels)."""

    rank = 1


class Conv3DTranspose(_ConvTranspose):
    """`Conv2DTranspose` for volumes (batch, depth, height, width, channels)."""

    rank = 3


class _Depthwise(_Base):
    config_keys: tuple[str, ...] = (*_Base.config_keys, "depth_multiplier", "depthwise_initializer")

    def __init__(
        self,
        kernel_size: Ints,
        strides: Ints = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Ints = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            **options,
        )  # fmt: skip
        self.depth_multiplier = self._positive("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)

    def build(self, input_shape: Any) -> None:
        self._add_depthwise(input_shape)
        self._add_bias(self._channels(input_shape) * self.depth_multiplier)

    def _add_depthwise(self, input_shape: Any) -> None:
        shape = (*self.kernel_size, self._channels(input_shape), self.depth_multiplier)
        self.depthwise_kernel = self.add_weight(
            shape, self.depthwise_initializer, name="depthwise_kernel"
        )

    def _depthwise(self, x: Tensor) -> Tensor:
        kernel, window = self.depthwise_kernel, self._window()
        if self.rank == 2:
            return conv.depthwise_conv2d(x, kernel, **window)
        # A sequence is an image of one row.
        row = self._axes()[0]
        window.update(strides=(1, *self.strides), dilations=(1, *self.dilation_rate))
        y = conv.depthwise_conv2d(expand_dims(x, row), expand_dims(kernel, 0), **window)
        return squeeze(y, row)

    def call(self, inputs: Tensor) -> Tensor:
        return self._finish(self._depthwise(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self._channels(input_shape) * self.depth_multiplier)


class DepthwiseConv2D(_Depthwise):
    """Convolves each channel by itself with `depth_multiplier` filters of its own.

    Kernel (height, width, channels, depth_multiplier); other arguments as `Conv2D`.
    """


class DepthwiseConv1D(_Depthwise):
    """`DepthwiseConv2D` for sequences (batch, steps, channels)."""

    rank = 1


class _Separable(_Depthwise):
    config_keys: tuple[str, ...] = (
        *("filters", *_Depthwise.config_keys),
        "pointwise_initializer",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate,
            activation, use_bias, depthwise_initializer, **options,
        )  # fmt: skip
        self.filters = self._positive("filters", filters)
        self.pointwise_initializer = initializers.get(pointwise_initializer)

    def build(self, input_shape: Any) -> None:
        self._add_depthwise(input_shape)
        made = self._channels(input_shape) * self.depth_multiplier
        self.pointwise_kernel = self.add_weight(
            (*self._ones(), made, self.filters),
            self.pointwise_initializer,
            name="pointwise_kernel",
        )
        self._add_bias(self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        forward = _FORWARD[self.rank - 1]
        y = forward(self._depthwise(inputs), self.pointwise_kernel, data_format=self.data_format)
        return self._finish(y)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self.filters)


class SeparableConv2D(_Separable):
    """A depthwise convolution, then one of size 1 to `filters` channels.

    Kernels (height, width, channels, depth_multiplier) and
    (1, 1, channels * depth_multiplier, filters); other arguments as `Conv2D`.
    """


class SeparableConv1D(_Separable):
    """`SeparableConv2D` for sequences (batch, steps, channels)."""

    rank = 1
