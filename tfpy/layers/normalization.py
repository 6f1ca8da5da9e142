"""Layers that shift and scale by statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine, initializers
from ..dtypes import bool_
from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops import nn
from ..ops.linalg import matmul
from ..ops.movement import broadcast_to, expand_dims, stop_gradient
from ..ops.reduce import mean, moments, sum
from ..spec import is_int, normalize_axes, normalize_axis
from ..tensor import Tensor
from ..variable import Variable
from .base import Layer, Wrapper

__all__ = [
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "RMSNormalization",
    "UnitNormalization",
    "SpectralNormalization",
]


class BatchNormalization(Layer):
    """Normalizes each feature, by the batch's statistics in training and by moving ones in use.

    Args:
        axis: the feature axis.
        momentum: how slowly the moving statistics follow.
        epsilon: added to the variance.
        center, scale: whether to add beta and to multiply by gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            how weights begin.

    The call takes a `mask` of one axis less than the input; in training, what it leaves out does
    not count. With `trainable = False` it uses the moving statistics in training too, as in Keras.
    """

    config_keys = (
        *("axis", "momentum", "epsilon", "center", "scale", "beta_initializer"),
        *("gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"),
    )
    implied = {
        "synchronized": (True, False),  # there is one device
        "renorm": (False,),
        "renorm_clipping": (None,),
        "renorm_momentum": (0.99,),
    }
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
        found = self._ints("axis", axis)
        if found == ():
            raise ArgumentError("BatchNormalization: axis must be an int, not ()")
        self.axis = found if isinstance(found, int) else found[0]
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
            self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma")
        if self.center:
            self.beta = self.add_weight(shape, self.beta_initializer, name="beta")
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Tensor:
        axis = normalize_axis(self.name, self.axis, inputs.ndim)
        mean, variance = self.moving_mean, self.moving_variance
        if training and self.trainable:
            others = [i for i in range(inputs.ndim) if i != axis]
            mean, variance = self._moments(inputs, others, mask)  # type: ignore[assignment]
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        parts: Any = (mean, variance, self.beta, self.gamma)
        if axis != inputs.ndim - 1:
            shape = [-1 if i == axis else 1 for i in range(inputs.ndim)]
            parts = [p if p is None else p.reshape(shape) for p in parts]
        mean, variance, beta, gamma = parts
        return nn.batch_normalization(inputs, mean, variance, beta, gamma, self.epsilon)

    def _moments(self, x: Tensor, axes: Sequence[int], mask: Any) -> tuple[Tensor, Tensor]:
        """Mean and variance of what `mask`, of one axis less than `x`, does not leave out."""
        if mask is None:
            return moments(x, axes)
        mask = engine.as_tensor(mask)
        if mask.ndim != x.ndim - 1:
            raise ShapeError(
                f"{self.name}: a mask of shape {mask.shape} does not have one axis less than the "
                f"input of shape {x.shape}"
            )
        # Keras's epsilon: nothing at all has mean and variance 0.
        counts = ew.cast(broadcast_to(expand_dims(mask, -1), x.shape), bool_)
        n = sum(ew.cast(counts, x.dtype), axes, keepdims=True) + 1e-7
        mean = sum(ew.where(counts, x, 0.0), axes, keepdims=True) / n
        variance = sum(ew.where(counts, ew.square(x - mean), 0.0), axes, keepdims=True) / n
        return mean.ravel(), variance.ravel()

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
        self.axis: Any = self._ints("axis", axis)
        self.epsilon, self.center, self.scale = epsilon, bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        axes = normalize_axes(self.name, self.axis, len(input_shape))
        shape = [input_shape[a] for a in axes]
        if self.scale:
            self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma")
        if self.center:
            self.beta = self.add_weight(shape, self.beta_initializer, name="beta")

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.name, self.axis, inputs.ndim)
        shape = [n if i in axes else 1 for i, n in enumerate(inputs.shape)]
        beta, gamma = (p if p is None else p.reshape(shape) for p in (self.beta, self.gamma))
        mean, variance = moments(inputs, axes, keepdims=True)
        return nn.batch_normalization(inputs, mean, variance, beta, gamma, self.epsilon)


class GroupNormalization(Layer):
    """Normalizes the channels of each sample in groups (Wu and He 2018), then scales and shifts.

    Args:
        groups: number of groups; -1 for one for each channel, which is instance normalization.
        axis: of the channels.
        epsilon: added to the variance.
        center, scale: whether to add beta and to multiply by gamma.
        beta_initializer, gamma_initializer: how weights begin.
    """

    config_keys = (
        *("groups", "axis", "epsilon", "center", "scale"),
        *("beta_initializer", "gamma_initializer"),
    )
    supports_masking = True

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not is_int(groups) or (groups < 1 and groups != -1):
            raise ArgumentError(
                f"GroupNormalization: groups must be a positive int or -1, not {groups!r}"
            )
        self.groups, self.axis, self.epsilon = groups, axis, epsilon
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        channels = input_shape[normalize_axis(self.name, self.axis, len(input_shape))]
        if self.scale:
            self.gamma = self.add_weight((channels,), self.gamma_initializer, name="gamma")
        if self.center:
            self.beta = self.add_weight((channels,), self.beta_initializer, name="beta")
        if channels % self.groups:
            raise ShapeError(
                f"{self.name}: {channels} channels do not part into {self.groups} groups"
            )

    def call(self, inputs: Tensor) -> Tensor:
        axis = normalize_axis(self.name, self.axis, inputs.ndim)
        channels = inputs.shape[axis]
        groups = channels if self.groups == -1 else self.groups
        parted = (groups, channels // groups)
        x = inputs.reshape((*inputs.shape[:axis], *parted, *inputs.shape[axis + 1 :]))
        mean, variance = moments(x, [i for i in range(1, x.ndim) if i != axis], keepdims=True)
        shape = (*(1,) * axis, *parted, *(1,) * (inputs.ndim - axis - 1))
        beta, gamma = (p if p is None else p.reshape(shape) for p in (self.beta, self.gamma))
        y = nn.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return y.reshape(inputs.shape)


class RMSNormalization(Layer):
    """Divides each sample by the root of its mean square over `axis` (Zhang and Sennrich 2019),
    then scales.

    Args:
        axis: the axis or axes normalized over.
        epsilon: added to the mean square.
    """

    config_keys = ("axis", "epsilon")

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **options: Any):
        super().__init__(**options)
        self.axis: Any = self._ints("axis", axis)
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        axes = normalize_axes(self.name, self.axis, len(input_shape))
        self.scale = self.add_weight([input_shape[a] for a in axes], "ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        axes = normalize_axes(self.name, self.axis, inputs.ndim)
        shape = [n if i in axes else 1 for i, n in enumerate(inputs.shape)]
        gain = ew.rsqrt(mean(ew.square(inputs), axes, keepdims=True) + self.epsilon)
        return inputs * gain * self.scale.reshape(shape)


class UnitNormalization(Layer):
    """Scales each sample to length 1 over `axis`, an axis or several."""

    config_keys = ("axis",)
    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis: Any = self._ints("axis", axis)

    def call(self, inputs: Tensor) -> Tensor:
        squares = sum(ew.square(inputs), self.axis, keepdims=True)
        return inputs * ew.rsqrt(ew.maximum(squares, 1e-24))


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value, at each step of training.

    The value is found by iterating, from where the step before ended (T. Miyato et al., 2018).

    Args:
        layer: has a `kernel` or `embeddings`, of which the last axis are the columns.
        power_iterations: how many times the singular vectors are made better at each step.
    """

    config_keys = ("power_iterations",)

    def __init__(self, layer: Layer, power_iterations: int = 1, **options: Any) -> None:
        super().__init__(layer, **options)
        if not is_int(power_iterations) or power_iterations < 1:
            raise ArgumentError(f"{self.name}: power_iterations={power_iterations} is less than 1")
        self.power_iterations = power_iterations

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if kernel is None:
            raise ArgumentError(f"{self.name}: {self.layer!r} has no kernel and no embeddings")
        # As in Keras, whose files list it among the wrapper's weights too.
        self.kernel: Variable = kernel
        self._weights.append(kernel)
        start = initializers.TruncatedNormal(stddev=0.02)
        self.vector_u = self.add_weight(
            (1, self.kernel.shape[-1]), start, trainable=False, name="vector_u"
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            rows = self.kernel.read().reshape((-1, self.kernel.shape[-1]))
            u = self.vector_u.value
            for _ in range(self.power_iterations):
                v = _unit(matmul(u, rows, transpose_b=True))
                u = _unit(matmul(v, rows))
            size = sum(matmul(v, rows) * u)
            self.kernel.assign(self.kernel.read() / ew.where(ew.equal(size, 0.0), 1.0, size))
            self.vector_u.assign(u)
        return self.layer(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)


def _unit(x: Tensor) -> Tensor:
    """`x` with length 1."""
    return x * ew.rsqrt(ew.maximum(sum(ew.square(x)), 1e-14))
