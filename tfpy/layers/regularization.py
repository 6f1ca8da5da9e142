"""Layers that only do something in training: dropout and noise. Without it they pass `x` on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.nn import dropout
from ..ops.random import random_normal
from ..ops.windows import channels_last
from ..regularizers import L1L2
from ..spec import number, share
from ..tensor import Tensor
from .base import Layer

__all__ = [
    "Dropout",
    "AlphaDropout",
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
]


class Dropout(Layer):
    """In training, zeroes elements with probability `rate` and scales the rest by 1 / (1 - rate).

    Args:
        rate: in [0, 1].
        noise_shape: shape of the mask, which is broadcast; None sizes are those of the input.
        seed: for the same masks in each program.
    """

    config_keys: tuple[str, ...] = ("rate", "noise_shape", "seed")
    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rate, self.seed = number(rate, f"{type(self).__name__}: rate", 0, 1), seed
        self.noise_shape = self._sizes_of("noise_shape", noise_shape)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return inputs * 0.0
        return dropout(inputs, self.rate, self.noise_shape, self.draws)


class AlphaDropout(Dropout):
    """Dropout that keeps the mean and variance of what `selu` gives (Klambauer et al. 2017).

    In training, elements become `selu`'s lowest value with probability `rate`, and all are scaled
    and shifted. Arguments as `Dropout`.
    """

    supports_masking = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        lowest = -1.0507009873554805 * 1.6732632423543772
        y = dropout(inputs - lowest, self.rate, self.noise_shape, self.draws) * (1.0 - self.rate)
        scale = ((1.0 - self.rate) * (1.0 + self.rate * lowest**2)) ** -0.5
        return (y + lowest * (1.0 - self.rate)) * scale


class SpatialDropout1D(Dropout):
    """Drops whole channels of sequences (batch, steps, channels)."""

    config_keys: tuple[str, ...] = ("rate", "seed")

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(rate, (None, 1, None), seed, **options)


class _SpatialDropout(Dropout):
    config_keys: tuple[str, ...] = ("rate", "data_format", "seed")
    _rank = 2

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        self.data_format = data_format or "channels_last"
        ones = (1,) * self._rank
        last = channels_last(type(self).__name__, self.data_format, self._rank)
        super().__init__(
            rate, (None, *ones, None) if last else (None, None, *ones), seed, **options
        )


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images (batch, height, width, channels)."""


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes (batch, depth, height, width, channels)."""

    _rank = 3


class GaussianNoise(Layer):
    """In training, adds normal noise of deviation `stddev`."""

    config_keys = ("stddev", "seed")
    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.stddev, self.seed = stddev, seed

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return inputs
        return inputs + random_normal(inputs.shape, 0.0, self.stddev, inputs.dtype, self.draws)


class GaussianDropout(Layer):
    """In training, multiplies by normal noise of mean 1 and deviation sqrt(rate / (1 - rate))."""

    config_keys = ("rate", "seed")
    supports_masking = True

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate, self.seed = share(rate, "GaussianDropout: rate"), seed

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        deviation = (self.rate / (1.0 - self.rate)) ** 0.5
        return inputs * random_normal(inputs.shape, 1.0, deviation, inputs.dtype, self.draws)


class ActivityRegularization(Layer):
    """Gives its input and adds what that weighs to the model's loss, in each call.

    Args:
        l1: factor of the sum of absolute values.
        l2: factor of the sum of squares.

    >>> layer = tfpy.layers.ActivityRegularization(l1=0.5)
    >>> layer([[1.0, -3.0]])
    tfpy.tensor([[ 1., -3.]])
    >>> layer.losses
    [tfpy.tensor(2.)]
    """

    config_keys = ("l1", "l2")
    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1, l2), **options)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]
        return config
