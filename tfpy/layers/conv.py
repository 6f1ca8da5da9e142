"""Two-dimensional convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import activations, initializers
from ..errors import ArgumentError, ShapeError
from ..ops import conv
from ..ops.windows import channels_last
from ..spec import Sliding, pair, sliding_window, transposed_size
from ..tensor import Tensor
from .base import Layer

Ints = int | Sequence[int]


class _Conv(Layer):
    """What the convolutions share: the window, the bias, the activation.

    Args:
        kernel_size: height and width of the window.
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
        strides: Ints = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        what = type(self).__name__
        if padding not in ("valid", "same"):
            raise ArgumentError(f'{what}: padding must be "valid" or "same", not {padding!r}')
        self.kernel_size = pair(kernel_size, f"{what}: kernel_size")
        self.strides = pair(strides, f"{what}: strides")
        self.dilation_rate = pair(dilation_rate, f"{what}: dilation_rate")
        self.padding, self.data_format = padding, data_format or "channels_last"
        self.channels_last = channels_last(what, self.data_format)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias: Any = None

    def _channels(self, shape: Any) -> int:
        return shape[-1 if self.channels_last else 1]

    def _add_bias(self, channels: int) -> None:
        if self.use_bias:
            self.bias = self.add_weight("bias", (channels,), self.bias_initializer)

    def _finish(self, y: Tensor) -> Tensor:
        if self.bias is not None:
            y = y + (self.bias if self.channels_last else self.bias.reshape((-1, 1, 1)))
        return self.activation(y)

    def _window(self) -> dict[str, Any]:
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilations": self.dilation_rate,
        }

    def _shape(self, shape: Any, channels: int) -> Any:
        size = shape[1:3] if self.channels_last else shape[2:4]
        sliding = Sliding(self.strides, self.padding, self.dilation_rate)
        out = sliding_window(self.name, size, self.kernel_size, sliding).out
        return (shape[0], *out, channels) if self.channels_last else (shape[0], channels, *out)


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

    config_keys: tuple[str, ...] = ("filters", *_Conv.config_keys, "groups", "kernel_initializer")

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = (1, 1),
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
        self.filters, self.groups = int(filters), int(groups)
        if self.groups < 1 or self.filters % self.groups:
            raise ArgumentError(f"Conv2D: {filters} filters do not part into {groups} groups")
        self.kernel_initializer = initializers.get(kernel_initializer)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ShapeError(f"Conv2D: {channels} channels do not part into {self.groups} groups")
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.add_weight("kernel", shape, self.kernel_initializer)
        self._add_bias(self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        return self._finish(conv.conv2d(inputs, self.kernel, **self._window()))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self.filters)


class Conv2DTranspose(Conv2D):
    """The transpose of a convolution: enlarges by its strides.

    Args:
        output_padding: extra size at the end of each axis, by default what padding implies.
        filters, kernel_size and so on: as `Conv2D`.

    Kernel (height, width, filters, channels).
    """

    config_keys: tuple[str, ...] = (
        *(key for key in Conv2D.config_keys if key != "groups"),
        "output_padding",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = (1, 1),
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Ints = (1, 1),
        **options: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, **options
        )
        if self.groups != 1:
            raise ArgumentError("Conv2DTranspose: there are no groups")
        if isinstance(output_padding, int):
            output_padding = (output_padding, output_padding)
        self.output_padding = None if output_padding is None else tuple(output_padding)

    def build(self, input_shape: Any) -> None:
        shape = (*self.kernel_size, self.filters, self._channels(input_shape))
        self.kernel = self.add_weight("kernel", shape, self.kernel_initializer)
        self._add_bias(self.filters)

    def _out(self, n: int | None, axis: int) -> int | None:
        window = self.kernel_size[axis], self.strides[axis], self.padding, self.dilation_rate[axis]
        more = self.output_padding
        return transposed_size(n, *window, None if more is None else int(more[axis]))

    def compute_output_shape(self, input_shape: Any) -> Any:
        size = input_shape[1:3] if self.channels_last else input_shape[2:4]
        out = tuple(self._out(n, axis) for axis, n in enumerate(size))
        batch = input_shape[0]
        return (batch, *out, self.filters) if self.channels_last else (batch, self.filters, *out)

    def call(self, inputs: Tensor) -> Tensor:
        shape = self.compute_output_shape(inputs.shape)
        return self._finish(conv.conv2d_transpose(inputs, self.kernel, shape, **self._window()))


class DepthwiseConv2D(_Conv):
    """Convolves each channel by itself with `depth_multiplier` filters of its own.

    Kernel (height, width, channels, depth_multiplier); other arguments as `Conv2D`.
    """

    config_keys: tuple[str, ...] = (*_Conv.config_keys, "depth_multiplier", "depthwise_initializer")

    def __init__(
        self,
        kernel_size: Ints,
        strides: Ints = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Ints = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            **options,
        )  # fmt: skip
        self.depth_multiplier = int(depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", shape, self.depthwise_initializer
        )
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Tensor) -> Tensor:
        return self._finish(conv.depthwise_conv2d(inputs, self.depthwise_kernel, **self._window()))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self._channels(input_shape) * self.depth_multiplier)


class SeparableConv2D(_Conv):
    """A depthwise convolution, then a 1 x 1 convolution to `filters` channels.

    Kernels (height, width, channels, depth_multiplier) and
    (1, 1, channels * depth_multiplier, filters); other arguments as `Conv2D`.
    """

    config_keys: tuple[str, ...] = (
        *("filters", *_Conv.config_keys),
        *("depth_multiplier", "depthwise_initializer", "pointwise_initializer"),
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Ints,
        strides: Ints = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Ints = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            **options,
        )  # fmt: skip
        self.filters, self.depth_multiplier = int(filters), int(depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        depthwise = (*self.kernel_size, channels, self.depth_multiplier)
        pointwise = (1, 1, channels * self.depth_multiplier, self.filters)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", depthwise, self.depthwise_initializer
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", pointwise, self.pointwise_initializer
        )
        self._add_bias(self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        return self._finish(
            conv.separable_conv2d(
                inputs, self.depthwise_kernel, self.pointwise_kernel, **self._window()
            )
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self._shape(input_shape, self.filters)
