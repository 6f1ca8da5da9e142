"""Layers that move elements: flatten, reshape, pad, crop, enlarge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError, ShapeError
from ..ops import movement
from ..ops.image import resize_bilinear
from ..ops.windows import channels_last
from ..spec import pair, reshape_shape
from ..tensor import Tensor
from .base import Layer


class Flatten(Layer):
    """(batch, ...) as (batch, elements per sample)."""

    config_keys = ("data_format",)
    keeps_dtype = True

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = data_format or "channels_last"
        self._last = channels_last(type(self).__name__, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        if not self._last and inputs.ndim > 2:
            # Keras flattens in channels-last order either way.
            inputs = movement.transpose(inputs, (0, *range(2, inputs.ndim), 1))
        return inputs.reshape((inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Any) -> Any:
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))


class Reshape(Layer):
    """Each sample under `target_shape`, in which one size may be -1."""

    config_keys = ("target_shape",)
    keeps_dtype = True

    def __init__(self, target_shape: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        # TF.js writes null for a size to be found out.
        self.target_shape = tuple(-1 if n is None else int(n) for n in target_shape)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.reshape(self.compute_output_shape(inputs.shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        rest = input_shape[1:]
        if None in rest:
            return (input_shape[0], *(None if n == -1 else n for n in self.target_shape))
        return (input_shape[0], *reshape_shape(self.name, math.prod(rest), self.target_shape))


class Permute(Layer):
    """The axes of each sample in the order `dims`, counted from 1."""

    config_keys = ("dims",)
    keeps_dtype = True

    def __init__(self, dims: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(f"Permute: {dims} is not an order of axes counted from 1")

    def call(self, inputs: Tensor) -> Tensor:
        return movement.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], *(input_shape[d] for d in self.dims))


class RepeatVector(Layer):
    """(batch, features) as (batch, n, features)."""

    config_keys = ("n",)
    keeps_dtype = True

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = int(n)

    def call(self, inputs: Tensor) -> Tensor:
        return movement.tile(movement.expand_dims(inputs, 1), (1, self.n, 1))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.n, input_shape[1])


def _sides(what: str, value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """n, (rows, columns) or ((top, bottom), (left, right)) as the last."""
    both = (value, value) if isinstance(value, int) else tuple(value)
    sides = tuple((s, s) if isinstance(s, int) else tuple(s) for s in both)
    if len(sides) != 2 or any(len(s) != 2 or min(s) < 0 for s in sides):
        raise ArgumentError(f"{what}: {value!r} is not ((top, bottom), (left, right))")
    return sides


class _Border(Layer):
    """A layer that changes the size of images by so much at each side."""

    keeps_dtype = True
    sign = 1

    def __init__(self, sides: Any, data_format: str | None, options: dict[str, Any]) -> None:
        super().__init__(**options)
        self.data_format = data_format or "channels_last"
        self._last = channels_last(type(self).__name__, self.data_format)
        self._sides = _sides(type(self).__name__, sides)

    def _all_axes(self) -> tuple[tuple[int, int], ...]:
        none = (0, 0)
        return (none, *self._sides, none) if self._last else (none, none, *self._sides)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(
            None if n is None else n + self.sign * (before + after)
            for n, (before, after) in zip(input_shape, self._all_axes(), strict=True)
        )


class ZeroPadding2D(_Border):
    """Images with zeros around: n, (rows, columns) or ((top, bottom), (left, right))."""

    config_keys = ("padding", "data_format")

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **options: Any):
        super().__init__(padding, data_format, options)
        self.padding = self._sides

    def call(self, inputs: Tensor) -> Tensor:
        return movement.pad(inputs, self._all_axes())


class Cropping2D(_Border):
    """Images without their border: n, (rows, columns) or ((top, bottom), (left, right))."""

    config_keys = ("cropping", "data_format")
    sign = -1

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **options: Any
    ):
        super().__init__(cropping, data_format, options)
        self.cropping = self._sides

    def call(self, inputs: Tensor) -> Tensor:
        shape = self.compute_output_shape(inputs.shape)
        if min(shape[1:]) < 1:
            raise ShapeError(f"{self.name}: {self.cropping} leaves nothing of {inputs.shape}")
        return movement.slice(inputs, [before for before, _ in self._all_axes()], shape)


class UpSampling2D(Layer):
    """Images enlarged `size` times, by repeating pixels or by interpolating between them.

    Args:
        size: factor per axis.
        data_format: "channels_last" (the default) or "channels_first".
        interpolation: "nearest" or "bilinear".
    """

    config_keys = ("size", "data_format", "interpolation")
    keeps_dtype = True

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.size = pair(size, "UpSampling2D: size")
        self.data_format, self.interpolation = data_format or "channels_last", interpolation
        self._last = channels_last("UpSampling2D", self.data_format)
        if interpolation not in ("nearest", "bilinear"):
            raise ArgumentError(f"UpSampling2D: unknown interpolation {interpolation!r}")

    def call(self, inputs: Tensor) -> Tensor:
        x = inputs if self._last else movement.transpose(inputs, (0, 2, 3, 1))
        n, h, w, c = x.shape
        rows, columns = self.size
        if self.interpolation == "nearest":
            spread = movement.broadcast_to(
                x.reshape((n, h, 1, w, 1, c)), (n, h, rows, w, columns, c)
            )
            y = spread.reshape((n, h * rows, w * columns, c))
        else:
            # Sampled at pixel centres, as Keras does. TF.js samples at corners.
            y = resize_bilinear(x, (h * rows, w * columns), half_pixel_centers=True)
        return y if self._last else movement.transpose(y, (0, 3, 1, 2))

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = list(input_shape)
        for axis, factor in zip((1, 2) if self._last else (2, 3), self.size, strict=True):
            if shape[axis] is not None:
                shape[axis] *= factor
        return tuple(shape)
