"""LSTMs whose inputs and states are sequences, images or volumes, and whose products are
convolutions (Shi et al., https://arxiv.org/abs/1506.04214)."""

from __future__ import annotations

from math import prod
from typing import Any

from ...errors import ArgumentError, ShapeError
from ...ops import conv
from ...ops.windows import channels_last
from ...spec import Shape, Sliding, per_axis, sliding_window
from ...tensor import Tensor
from .cells import Cell, LSTMCell, constructor_arguments
from .named import CellRNN


class ConvLSTM2DCell(LSTMCell):
    """A step of a convolutional LSTM over images.

    Args:
        filters: channels of the states and the output.
        kernel_size: of both kernels.
        strides, padding, data_format, dilation_rate: how that of the inputs moves; that of the
            states moves by 1, with padding "same".
        activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, unit_forget_bias, dropout, recurrent_dropout, seed: as `LSTMCell`.

    Kernel (*kernel_size, channels, 4 filters), recurrent kernel (*kernel_size, filters, 4 filters),
    bias (4 filters,).
    """

    config_keys = (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *(key for key in LSTMCell.config_keys if key != "units"),
    )
    size_key = "filters"
    #: Spatial axes.
    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        Cell.__init__(self, **constructor_arguments(locals(), "filters"))
        what = type(self).__name__
        if padding not in ("valid", "same"):
            raise ArgumentError(f'{what}: padding must be "valid" or "same", not {padding!r}')
        self.filters = self.units
        self.data_format = data_format or "channels_last"
        self.channels_last = channels_last(what, self.data_format, self.rank)
        for key in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, key, per_axis(getattr(self, key), self.rank, f"{what}: {key}"))
        self._rank, self._channel_axis = self.rank + 2, -1 if self.channels_last else 1
        self._convolve = getattr(conv, f"conv{self.rank}d")
        self._state: Any = None

    kernel_size: Any
    strides: Any
    dilation_rate: Any
    padding: str

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != self._rank or None in input_shape[1:]:
            raise ShapeError(
                f"{self.name}: steps have {self._rank} axes of known size, not {input_shape}"
            )
        super().build(input_shape)
        self._state = self.output_shape(input_shape)[1:]

    def output_shape(self, input_shape: Any) -> Any:
        """The shape of h and c for inputs of a step; sizes may be None."""
        batch, *rest = input_shape
        size = rest[:-1] if self.channels_last else rest[1:]
        sliding = Sliding(self.strides, self.padding, self.dilation_rate)
        out = sliding_window(self.name, size, self.kernel_size, sliding).out
        return (batch, *out, self.units) if self.channels_last else (batch, self.units, *out)

    def state_shape(self, batch: int | None) -> Any:
        return [(batch, *self._state)] * 2

    def _channels(self, input_shape: Any) -> Any:
        return input_shape[self._channel_axis]

    def _kernel_shape(self, inputs: Any, outputs: int) -> Shape:
        return (*self.kernel_size, inputs, outputs)

    def _contributions(self, inputs: Tensor) -> Tensor:
        steps, size = inputs.shape[: 1 - self._rank], inputs.shape[1 - self._rank :]
        y = self._convolve(
            inputs.reshape((prod(steps), *size)), self.kernel, self.strides, self.padding,
            self.data_format, self.dilation_rate,
        )  # fmt: skip
        if self.bias is not None:
            bias = self.bias
            y = y + (bias if self.channels_last else bias.reshape((-1, *[1] * self.rank)))
        return y.reshape((*steps, *y.shape[1:]))

    def _recurrence(self, h: Tensor) -> Tensor:
        return self._convolve(h, self.recurrent_kernel, 1, "same", self.data_format)


class ConvLSTM1DCell(ConvLSTM2DCell):
    """A step of `ConvLSTM1D`; for the arguments see `ConvLSTM2DCell`."""

    rank = 1


class ConvLSTM3DCell(ConvLSTM2DCell):
    """A step of `ConvLSTM3D`; for the arguments see `ConvLSTM2DCell`."""

    rank = 3


class _ConvLSTM(CellRNN, of=ConvLSTM2DCell):
    def _step_shapes(self, sequences_shape: Any) -> tuple[Any, list[Any]]:
        batch, _, *rest = sequences_shape
        shape = self.cell.output_shape((batch, *rest))
        return shape, [shape, shape]


class ConvLSTM1D(_ConvLSTM, of=ConvLSTM1DCell):
    """`ConvLSTM2D` of sequences of sequences, (batch, time, width, channels)."""


class ConvLSTM2D(_ConvLSTM, of=ConvLSTM2DCell):
    """A convolutional LSTM over videos, (batch, time, height, width, channels).

    Takes the arguments of `ConvLSTM2DCell`, then those of `RNN` after its cell.

    >>> tfpy.layers.ConvLSTM2D(3, 3, padding="same")(tfpy.ones((1, 2, 8, 8, 1))).shape
    (1, 8, 8, 3)
    """


class ConvLSTM3D(_ConvLSTM, of=ConvLSTM3DCell):
    """`ConvLSTM2D` of sequences of volumes, (batch, time, depth, height, width, channels)."""
