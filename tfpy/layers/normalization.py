"""Layers that shift and scale by statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import initializers
from ..ops import nn
from ..ops.movement import stop_gradient
from ..ops.reduce import moments
from ..spec import normalize_axes, normalize_axis
from ..tensor import Tensor
from .base import Layer


class BatchNormalization(Layer):
    """Normalizes each feature, by the batch's statistics in training and by moving ones in use.

    Args:
        axis: the feature axis.
        momentum: how slowly the moving statistics follow.
        epsilon: added to the variance.
        center, scale: whether to add beta and to multiply by gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            how weights begin.

    With `trainable = False` it uses the moving statistics in training too, as in Keras.
    """

    config_keys = (
        *("axis", "momentum", "epsilon", "center", "scale", "beta_initializer"),
        *("gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"),
    )
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        # Keras 2 wrote a list of one axis.
        self.axis = axis if isinstance(axis, int) else int(axis[0])
        self.momentum, self.epsilon = momentum, epsilon
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[normalize_axis(self.name, self.axis, len(input_shape))],)
        if self.scale:
            self.gamma = self.add_weight("gamma", shape, self.gamma_initializer)
        if self.center:
            self.beta = self.add_weight("beta", shape, self.beta_initializer)
        self.moving_mean = self.add_weight(
            "moving_mean", shape, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        axis = normalize_axis(self.name, self.axis, inputs.ndim)
        mean, variance = self.moving_mean, self.moving_variance
        if training and self.trainable:
            others = [i for i in range(inputs.ndim) if i != axis]
            mean, variance = moments(inputs, others)  # type: ignore[assignment]
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        parts: Any = (mean, variance, self.beta, self.gamma)
        if axis != inputs.ndim - 1:
            shape = [-1 if i == axis else 1 for i in range(inputs.ndim)]
            parts = [p if p is None else p.reshape(shape) for p in parts]
        mean, variance, beta, gamma = parts
        return nn.batch_normalization(inputs, mean, variance, beta, gamma, self.epsilon)

    def _follow(self, moving: Any, now: Tensor) -> None:
        moving.assign(moving * self.momentum + stop_gradient(now) * (1.0 - self.momentum))


class LayerNormalization(Layer):
    """Normalizes each sample over `axis` to mean 0 and variance 1, then scales and shifts.

    Args:
        axis: the axis or axes normalized over.
        epsilon: added to the variance.
        center, scale: whether to add beta and to multiply by gamma.
        beta_initializer, gamma_initializer: how weights begin.
    """

    config_keys = ("axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer")
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis: Any = axis if isinstance(axis, int) else tuple(axis)
        self.epsilon, self.center, self.scale = epsilon, bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        axes = normalize_axes(self.name, self.axis, len(input_shape))
        shape = [input_shape[a] for a in axes]
        if self.scale:
            self.gamma = self.add_weight("gamma", shape, self.gamma_initializer)
        if self.center:
            self.beta = self.add_weight("beta", shape, self.beta_initializer)

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.name, self.axis, inputs.ndim)
        shape = [n if i in axes else 1 for i, n in enumerate(inputs.shape)]
        beta, gamma = (p if p is None else p.reshape(shape) for p in (self.beta, self.gamma))
        mean, variance = moments(inputs, axes, keepdims=True)
        return nn.batch_normalization(inputs, mean, variance, beta, gamma, self.epsilon)
