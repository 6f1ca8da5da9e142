"""What layers over sequences, images and volumes share: their axes, in either data format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError
from ..ops.windows import Ints, channels_last
from ..spec import Sliding, as_padding, per_axis, sliding_window
from .base import Layer


class Spatial(Layer):
    """A layer over `rank` axes: (batch, *axes, channels), or with channels before the axes."""

    rank = 2

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = data_format or "channels_last"
        self.channels_last = channels_last(type(self).__name__, self.data_format, self.rank)

    def _axes(self) -> range:
        """The positions of the spatial axes."""
        return range(1, self.rank + 1) if self.channels_last else range(2, self.rank + 2)

    def _channels(self, shape: Any) -> int:
        return shape[-1 if self.channels_last else 1]

    def _resized(self, shape: Any, size: Sequence[int | None], channels: int | None) -> Any:
        """`shape` with other spatial sizes and number of channels."""
        return (shape[0], *size, channels) if self.channels_last else (shape[0], channels, *size)

    def _each(self, name: str, value: Ints) -> Any:
        """An argument as one int for each axis."""
        return per_axis(value, self.rank, f"{type(self).__name__}: {name}")


class Windowed(Spatial):
    """A layer whose window slides over the axes."""

    #: Kinds of padding.
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self, strides: Ints, padding: str, data_format: str | None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.strides = self._each("strides", strides)
        if padding not in self.paddings:
            raise ArgumentError(
                f"{type(self).__name__}: padding must be {' or '.join(map(repr, self.paddings))}, "
                f"not {padding!r}"
            )
        self.padding = padding

    def _slid(self, shape: Any, size: Any, padding: Any, dilations: Any, channels: int) -> Any:
        """The shape that a window of `size` makes of `shape`."""
        sliding = Sliding(self.strides, as_padding(self.name, padding, self.rank), dilations)
        axes = [shape[i] for i in self._axes()]
        return self._resized(shape, sliding_window(self.name, axes, size, sliding).out, channels)
