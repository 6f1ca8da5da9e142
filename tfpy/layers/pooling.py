"""Two-dimensional pooling layers, over windows and over whole images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError
from ..ops import pool
from ..ops.reduce import max, mean
from ..ops.windows import channels_last
from ..spec import Sliding, pair, sliding_window
from ..tensor import Tensor
from .base import Layer

Ints = int | Sequence[int]


class _Pooling2D(Layer):
    config_keys = ("pool_size", "strides", "padding", "data_format")
    keeps_dtype = True

    def __init__(
        self,
        pool_size: Ints = (2, 2),
        strides: Ints | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        what = type(self).__name__
        if padding not in ("valid", "same"):
            raise ArgumentError(f'{what}: padding must be "valid" or "same", not {padding!r}')
        self.pool_size = pair(pool_size, f"{what}: pool_size")
        self.strides = pair(pool_size if strides is None else strides, f"{what}: strides")
        self.padding, self.data_format = padding, data_format or "channels_last"
        self._last = channels_last(what, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        size = input_shape[1:3] if self._last else input_shape[2:4]
        sliding = Sliding(self.strides, self.padding, (1, 1))
        out = sliding_window(self.name, size, self.pool_size, sliding).out
        batch = input_shape[0]
        return (batch, *out, input_shape[3]) if self._last else (batch, input_shape[1], *out)


class MaxPooling2D(_Pooling2D):
    """The largest element of each window, per channel.

    Args:
        pool_size: height and width of the window.
        strides: its step, by default its size.
        padding: "valid" or "same".
        data_format: "channels_last" (the default) or "channels_first".
    """

    def call(self, inputs: Tensor) -> Tensor:
        return pool.max_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class AveragePooling2D(_Pooling2D):
    """The mean of each window, per channel, padding not counted. Arguments as `MaxPooling2D`."""

    def call(self, inputs: Tensor) -> Tensor:
        return pool.avg_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class _GlobalPooling2D(Layer):
    config_keys = ("data_format", "keepdims")
    keeps_dtype = True
    _reduce: Any

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.data_format, self.keepdims = data_format or "channels_last", bool(keepdims)
        last = channels_last(type(self).__name__, self.data_format)
        self._axes = (1, 2) if last else (2, 3)

    def call(self, inputs: Tensor) -> Tensor:
        return type(self)._reduce(inputs, self._axes, self.keepdims)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.keepdims:
            return tuple(1 if i in self._axes else n for i, n in enumerate(input_shape))
        return tuple(n for i, n in enumerate(input_shape) if i not in self._axes)


class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel of an image; `keepdims` keeps the spatial axes as size 1."""

    _reduce = staticmethod(mean)


class GlobalMaxPooling2D(_GlobalPooling2D):
    """The largest element of each channel of an image; `keepdims` keeps the spatial axes."""

    _reduce = staticmethod(max)
