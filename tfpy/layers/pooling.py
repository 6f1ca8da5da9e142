"""Pooling layers over one, two and three axes: in windows, and over all of the axes."""

from __future__ import annotations

from typing import Any

from ..dtypes import bool_
from ..ops import elementwise as ew
from ..ops import pool
from ..ops.movement import expand_dims
from ..ops.reduce import max, mean, sum
from ..ops.windows import Ints
from ..tensor import Tensor
from .spatial import Spatial, Windowed

__all__ = [
    *("MaxPooling2D", "MaxPooling1D", "MaxPooling3D"),
    *("AveragePooling2D", "AveragePooling1D", "AveragePooling3D"),
    *("GlobalAveragePooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling3D"),
    *("GlobalMaxPooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling3D"),
]


class _Pooling(Windowed):
    """Reduces each window, per channel.

    Args:
        pool_size: size of the window, an int or one for each axis.
        strides: its step, by default its size.
        padding: "valid" or "same".
        data_format: "channels_last" (the default) or "channels_first".
    """

    config_keys = ("pool_size", "strides", "padding", "data_format")
    keeps_dtype = True
    _pools: Any

    def __init__(
        self,
        pool_size: Ints = 2,
        strides: Ints | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        size = self._each("pool_size", pool_size)
        super().__init__(size if strides is None else strides, padding, data_format, **options)
        self.pool_size = size

    def call(self, inputs: Tensor) -> Tensor:
        run = self._pools[self.rank - 1]
        return run(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        ones = (1,) * self.rank
        channels = self._channels(input_shape)
        return self._slid(input_shape, self.pool_size, self.padding, ones, channels)


class _MaxPooling(_Pooling):
    _pools = (pool.max_pool1d, pool.max_pool, pool.max_pool3d)


class MaxPooling2D(_MaxPooling):
    """The largest element of each window of an image, per channel.

    Args:
        pool_size: height and width of the window.
        strides: its step, by default its size.
        padding: "valid" or "same".
        data_format: "channels_last" (the default) or "channels_first".

    >>> tfpy.layers.MaxPooling2D()(tfpy.ones((1, 5, 6, 3))).shape
    (1, 2, 3, 3)
    """


class MaxPooling1D(_MaxPooling):
    """`MaxPooling2D` for sequences (batch, steps, channels)."""

    rank = 1


class MaxPooling3D(_MaxPooling):
    """`MaxPooling2D` for volumes (batch, depth, height, width, channels)."""

    rank = 3


class _AveragePooling(_Pooling):
    _pools = (pool.avg_pool1d, pool.avg_pool, pool.avg_pool3d)


class AveragePooling2D(_AveragePooling):
    """The mean of each window of an image, per channel, padding not counted.

    Arguments as `MaxPooling2D`.
    """


class AveragePooling1D(_AveragePooling):
    """`AveragePooling2D` for sequences (batch, steps, channels)."""

    rank = 1


class AveragePooling3D(_AveragePooling):
    """`AveragePooling2D` for volumes (batch, depth, height, width, channels)."""

    rank = 3


class _GlobalPooling(Spatial):
    config_keys = ("data_format", "keepdims")
    keeps_dtype = True
    _reduce: Any

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.keepdims = bool(keepdims)

    def call(self, inputs: Tensor) -> Tensor:
        return type(self)._reduce(inputs, tuple(self._axes()), self.keepdims)

    def compute_output_shape(self, input_shape: Any) -> Any:
        channels = self._channels(input_shape)
        if self.keepdims:
            return self._resized(input_shape, (1,) * self.rank, channels)
        return (input_shape[0], channels)


class _GlobalAverage(_GlobalPooling):
    _reduce = staticmethod(mean)


class GlobalAveragePooling2D(_GlobalAverage):
    """The mean of each channel of an image; `keepdims` keeps the spatial axes as size 1."""


class GlobalAveragePooling1D(_GlobalAverage):
    """The mean of each channel of a sequence; `keepdims` keeps the axis of steps as size 1.

    The call takes a `mask`, (batch, steps): of the steps that count. Where none does the mean is 0,
    not Keras's NaN.
    """

    rank = 1

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        (steps,) = self._axes()
        counts = expand_dims(ew.cast(mask, bool_), 3 - steps)
        parts = ew.where(counts, inputs, 0.0), ew.cast(counts, inputs.dtype)
        total, count = (sum(x, steps, self.keepdims) for x in parts)
        return ew.divide_no_nan(total, count)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: there are no steps any more."""


class GlobalAveragePooling3D(_GlobalAverage):
    """The mean of each channel of a volume; `keepdims` keeps the spatial axes as size 1."""

    rank = 3


class _GlobalMax(_GlobalPooling):
    _reduce = staticmethod(max)


class GlobalMaxPooling2D(_GlobalMax):
    """The largest element of each channel of an image; `keepdims` keeps the spatial axes."""


class GlobalMaxPooling1D(_GlobalMax):
    """The largest element of each channel of a sequence; `keepdims` keeps the axis of steps."""

    rank = 1


class GlobalMaxPooling3D(_GlobalMax):
    """The largest element of each channel of a volume; `keepdims` keeps the spatial axes."""

    rank = 3
