"""Layers that move elements: flatten, reshape, pad, crop, enlarge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError, ShapeError
from ..ops import movement
from ..ops.image import resize_bilinear
from ..ops.windows import channels_last
from ..spec import integers, is_int, pairs, reshape_shape
from ..tensor import Tensor
from .base import Layer
from .spatial import Spatial

__all__ = [
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    *("Cropping1D", "Cropping2D", "Cropping3D"),
    *("UpSampling1D", "UpSampling2D", "UpSampling3D"),
]


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
        sizes = self._sizes_of("target_shape", target_shape)
        if sizes is None:
            raise ArgumentError("Reshape: target_shape must be sizes, not None")
        self.target_shape = tuple(-1 if n is None else n for n in sizes)

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
        self.dims = integers(dims, "Permute: dims")
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
        self.n = self._positive("n", n)

    def call(self, inputs: Tensor) -> Tensor:
        return movement.tile(movement.expand_dims(inputs, 1), (1, self.n, 1))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.n, input_shape[1])


def _sides(what: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """An int, one for each axis, or (before, after) for each axis, as the last; for one axis also
    (before, after) itself."""
    each = (value,) * rank if is_int(value) else (value,) if rank == 1 else value
    sides = pairs(each)
    if sides is None or len(sides) != rank:
        raise ArgumentError(f"{what}: {value!r} is not (before, after) for each of {rank} axes")
    return sides


class _Border(Spatial):
    """A layer that changes the size of each axis by so much at each end."""

    keeps_dtype = True
    sign = 1

    def __init__(self, sides: Any, data_format: str | None, options: dict[str, Any]) -> None:
        super().__init__(data_format, **options)
        self._sides = _sides(type(self).__name__, sides, self.rank)
        #: As configurations have it.
        self._given = self._sides[0] if self.rank == 1 else self._sides

    def _all_axes(self) -> Any:
        return self._resized(((0, 0),), self._sides, (0, 0))  # type: ignore[arg-type]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(
            None if n is None else n + self.sign * (before + after)
            for n, (before, after) in zip(input_shape, self._all_axes(), strict=True)
        )


class _ZeroPadding(_Border):
    config_keys: tuple[str, ...] = ("padding", "data_format")

    def __init__(self, padding: Any = 1, data_format: str | None = None, **options: Any) -> None:
        super().__init__(padding, data_format, options)
        self.padding = self._given

    def call(self, inputs: Tensor) -> Tensor:
        return movement.pad(inputs, self._all_axes())


class ZeroPadding1D(_ZeroPadding):
    """Sequences with zeros around: n or (before, after)."""

    rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Images with zeros around: n, (rows, columns) or ((top, bottom), (left, right))."""


class ZeroPadding3D(_ZeroPadding):
    """Volumes with zeros around: n, one for each axis or (before, after) for each."""

    rank = 3


class _Cropping(_Border):
    config_keys: tuple[str, ...] = ("cropping", "data_format")
    sign = -1

    def __init__(self, cropping: Any, data_format: str | None = None, **options: Any) -> None:
        super().__init__(cropping, data_format, options)
        self.cropping = self._given

    def call(self, inputs: Tensor) -> Tensor:
        shape = self.compute_output_shape(inputs.shape)
        if min(shape[1:]) < 1:
            raise ShapeError(f"{self.name}: {self.cropping} leaves nothing of {inputs.shape}")
        return movement.slice(inputs, [before for before, _ in self._all_axes()], shape)


class Cropping1D(_Cropping):
    """Sequences without their ends: n or (before, after)."""

    config_keys = ("cropping",)
    rank = 1

    def __init__(self, cropping: Any = (1, 1), **options: Any) -> None:
        super().__init__(cropping, **options)


class Cropping2D(_Cropping):
    """Images without their border: n, (rows, columns) or ((top, bottom), (left, right))."""

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(cropping, data_format, **options)


class Cropping3D(_Cropping):
    """Volumes without their border: n, one for each axis or (before, after) for each."""

    rank = 3

    def __init__(
        self, cropping: Any = (1, 1, 1), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(cropping, data_format, **options)


class _UpSampling(Spatial):
    config_keys: tuple[str, ...] = ("size", "data_format")
    keeps_dtype = True

    def __init__(self, size: Any = 2, data_format: str | None = None, **options: Any) -> None:
        super().__init__(data_format, **options)
        self._factors = self._each("size", size)
        self.size = self._factors

    def call(self, inputs: Tensor) -> Tensor:
        """Repeat along each axis."""
        spread, repeated = [], []
        factors = dict(zip(self._axes(), self._factors, strict=True))
        for axis, n in enumerate(inputs.shape):
            spread += [n, 1] if axis in factors else [n]
            repeated += [n, factors[axis]] if axis in factors else [n]
        shape = self.compute_output_shape(inputs.shape)
        return movement.broadcast_to(inputs.reshape(spread), repeated).reshape(shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        sizes = zip(self._axes(), self._factors, strict=True)
        larger = [None if input_shape[i] is None else input_shape[i] * k for i, k in sizes]
        return self._resized(input_shape, larger, self._channels(input_shape))


class UpSampling1D(_UpSampling):
    """Sequences with each step repeated `size` times."""

    config_keys = ("size",)
    rank = 1

    def __init__(self, size: int = 2, **options: Any) -> None:
        super().__init__(size, **options)
        self.size = self._factors[0]


class UpSampling2D(_UpSampling):
    """Images enlarged `size` times, by repeating pixels or by interpolating between them.

    Args:
        size: factor per axis.
        data_format: "channels_last" (the default) or "channels_first".
        interpolation: "nearest" or "bilinear".
    """

    config_keys = ("size", "data_format", "interpolation")

    def __init__(
        self,
        size: Any = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(size, data_format, **options)
        self.interpolation = interpolation
        if interpolation not in ("nearest", "bilinear"):
            raise ArgumentError(f"UpSampling2D: unknown interpolation {interpolation!r}")

    def call(self, inputs: Tensor) -> Tensor:
        if self.interpolation == "nearest":
            return super().call(inputs)
        x = inputs if self.channels_last else movement.transpose(inputs, (0, 2, 3, 1))
        size = [x.shape[1 + i] * k for i, k in enumerate(self._factors)]
        # Sampled at pixel centres, as Keras does. TF.js samples at corners.
        y = resize_bilinear(x, size, half_pixel_centers=True)
        return y if self.channels_last else movement.transpose(y, (0, 3, 1, 2))


class UpSampling3D(_UpSampling):
    """Volumes with each element repeated `size` times along each axis."""

    rank = 3
