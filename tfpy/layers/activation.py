"""Activations that are layers of their own, with settings or weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import activations, engine, initializers
from ..dtypes import bool_
from ..errors import ShapeError
from ..ops import elementwise as ew
from ..ops import nn
from ..ops.reduce import logsumexp
from ..spec import broadcast_shapes, integers, is_int
from ..tensor import Tensor
from .base import Layer

__all__ = [
    "ReLU",
    "LeakyReLU",
    "ThresholdedReLU",
    "ELU",
    "PReLU",
    "Softmax",
]


class ReLU(Layer):
    """`x` above `threshold` (at most `max_value`), below it `negative_slope * (x - threshold)`."""

    config_keys = ("max_value", "negative_slope", "threshold")
    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """`x` where positive, else `negative_slope * x`."""

    config_keys = ("negative_slope",)
    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.negative_slope = negative_slope

    def call(self, inputs: Tensor) -> Tensor:
        return ew.leaky_relu(inputs, alpha=self.negative_slope)


class ThresholdedReLU(Layer):
    """`x` above `theta`, else 0. Not in Keras 3; TF.js has it."""

    config_keys = ("theta",)
    supports_masking = True

    def __init__(self, theta: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.theta = theta

    def call(self, inputs: Tensor) -> Tensor:
        return ew.where(inputs > self.theta, inputs, 0.0)


class ELU(Layer):
    """`x` where positive, else `alpha * (exp(x) - 1)`."""

    config_keys = ("alpha",)
    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = alpha

    def call(self, inputs: Tensor) -> Tensor:
        return activations.elu(inputs, self.alpha)


class PReLU(Layer):
    """`x` where positive, else `alpha * x` with a trained alpha per element.

    Args:
        alpha_initializer: how alpha begins.
        shared_axes: axes (from 1) along which one alpha serves all elements.
    """

    config_keys = ("alpha_initializer", "shared_axes")
    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        shared_axes: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.shared_axes: tuple[int, ...] | None = None
        if shared_axes is not None:
            self.shared_axes = integers(shared_axes, "PReLU: shared_axes")

    def build(self, input_shape: Any) -> None:
        shared = self.shared_axes or ()
        shape = [1 if i in shared else n for i, n in enumerate(input_shape)][1:]
        self.alpha = self.add_weight(shape, self.alpha_initializer, name="alpha")

    def call(self, inputs: Tensor) -> Tensor:
        return ew.prelu(inputs, self.alpha)


def masked_softmax(x: Tensor, axis: Any, mask: Any = None) -> Tensor:
    """Softmax along one axis, or over several together, of the elements where `mask` holds.

    The others are 0, and where all are, so is the result.
    """
    axes = (axis,) if is_int(axis) else tuple(axis)
    if mask is not None:
        mask = engine.as_tensor(mask)
        mask = mask if mask.dtype is bool_ else ew.greater(mask, 0.5)
        x = ew.where(mask, x, -1e9)
    y = nn.softmax(x, axes[0]) if len(axes) == 1 else ew.exp(x - logsumexp(x, axes, keepdims=True))
    return y if mask is None else ew.where(mask, y, 0.0)


class Softmax(Layer):
    """Softmax along `axis`, or over several axes together.

    The call takes a `mask` that broadcasts to the input: elements where it is False are left out.
    """

    config_keys = ("axis",)
    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis: Any = self._ints("axis", axis)

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        mask = None if mask is None else engine.as_tensor(mask)
        # A mask of whole steps, as sequences carry it, leaves nothing out of a step.
        if mask is None or (mask.ndim < inputs.ndim and mask.shape == inputs.shape[: mask.ndim]):
            return masked_softmax(inputs, self.axis)
        if broadcast_shapes(self.name, mask.shape, inputs.shape) != inputs.shape:
            raise ShapeError(
                f"{self.name}: a mask of shape {mask.shape} for inputs of shape {inputs.shape}"
            )
        return masked_softmax(inputs, self.axis, mask)
