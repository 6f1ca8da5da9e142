"""The optimizers: what each makes of a gradient, under Keras 3's names, arguments and defaults."""

from __future__ import annotations

from typing import Any

from ..ops import elementwise as ew
from ..tensor import Tensor
from .base import Optimizer, Slots

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "RMSprop",
]


class SGD(Optimizer):
    """`x - learning_rate * g`, or with momentum a step that keeps going in old directions.

    Args:
        learning_rate, options: as for every `Optimizer`.
        momentum: what part of the last step is taken again.
        nesterov: whether to look ahead by the momentum (Y. Nesterov, 1983).
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = momentum, bool(nesterov)
        self.slots = ("momentum",) if momentum else ()

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        step = g * shared
        if not self.momentum:
            return x - step, {}
        m = slots["momentum"] * self.momentum - step
        return x + (m * self.momentum - step if self.nesterov else m), {"momentum": m}


class RMSprop(Optimizer):
    """Steps by the root of a moving mean of squared gradients (T. Hinton, 2012).

    Args:
        learning_rate, options: as for every `Optimizer`.
        rho: how slowly the mean follows.
        momentum: what part of the last step is taken again.
        epsilon: added to the mean.
        centered: whether to take the variance instead of the mean of squares.
    """

    slots_together = 1

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.slots = (
            "velocity",
            *(("momentum",) if momentum else ()),
            *(("average_gradient",) if centered else ()),
        )

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        rho = self.rho
        kept = {"velocity": slots["velocity"] * rho + ew.square(g) * (1.0 - rho)}
        below = kept["velocity"]
        if self.centered:
            mean = slots["average_gradient"] * rho + g * (1.0 - rho)
            kept["average_gradient"] = mean
            below = below - ew.square(mean)
        step = g * shared / ew.sqrt(below + self.epsilon)
        if self.momentum:
            step = kept["momentum"] = slots["momentum"] * self.momentum + step
        return x - step, kept


class Adagrad(Optimizer):
    """Steps by the root of the sum of all squared gradients (J. Duchi et al., 2011).

    Args:
        learning_rate, options: as for every `Optimizer`.
        initial_accumulator_value: where the sum begins.
        epsilon: added to the sum.
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        self.slot_value = initial_accumulator_value

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        total = slots["accumulator"] + ew.square(g)
        return x - g * shared / ew.sqrt(total + self.epsilon), {"accumulator": total}


class Adadelta(Optimizer):
    """Steps of the size of those before it, so that the rate has no unit (M. Zeiler, 2012).

    Args:
        learning_rate, options: as for every `Optimizer`.
        rho: how slowly the means of squares follow.
        epsilon: added to them.
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = rho, epsilon

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        grads, deltas = slots["accumulated_grad"], slots["accumulated_delta_var"]
        grads = grads * self.rho + ew.square(g) * (1.0 - self.rho)
        step = g * ew.sqrt(deltas + self.epsilon) / ew.sqrt(grads + self.epsilon)
        deltas = deltas * self.rho + ew.square(step) * (1.0 - self.rho)
        return x - step * shared, {"accumulated_grad": grads, "accumulated_delta_var": deltas}


class Adam(Optimizer):
    """Steps by moving means of gradients and their squares (D. Kingma, J. Ba, 2015).

    Args:
        learning_rate, options: as for every `Optimizer`.
        beta_1, beta_2: how slowly the means of gradients and of squares follow.
        epsilon: added to the root of the squares.
        amsgrad: whether to take the largest mean of squares so far (S. Reddi et al., 2018).
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.amsgrad = bool(amsgrad)
        self.slots = ("m", "v", "v_hat") if amsgrad else ("m", "v")

    def shared(self, rate: Any, step: Tensor) -> Any:
        return rate * ew.sqrt(1.0 - ew.pow(self.beta_2, step)) / (1.0 - ew.pow(self.beta_1, step))

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        m = slots["m"] + (g - slots["m"]) * (1.0 - self.beta_1)
        v = slots["v"] + (ew.square(g) - slots["v"]) * (1.0 - self.beta_2)
        kept, size = {"m": m, "v": v}, v
        if self.amsgrad:
            size = kept["v_hat"] = ew.maximum(slots["v_hat"], v)
        return x - m * shared / (ew.sqrt(size) + self.epsilon), kept


class AdamW(Adam):
    """`Adam` with weight decay (I. Loshchilov, F. Hutter, 2019)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options
        )


class Adamax(Optimizer):
    """`Adam` with the largest gradient in place of the root of squares (the same paper, §7.1).

    Args:
        learning_rate, options: as for every `Optimizer`.
        beta_1, beta_2: how slowly the mean of gradients follows and their largest size fades.
        epsilon: added to the size.
    """

    slots = ("m", "u")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def shared(self, rate: Any, step: Tensor) -> Any:
        return rate / (1.0 - ew.pow(self.beta_1, step))

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        m = slots["m"] + (g - slots["m"]) * (1.0 - self.beta_1)
        u = ew.maximum(slots["u"] * self.beta_2, ew.abs(g))
        return x - m * shared / (u + self.epsilon), {"m": m, "u": u}


class Nadam(Optimizer):
    """`Adam` with Nesterov's look ahead (T. Dozat, 2016).

    Args:
        learning_rate, options: as for every `Optimizer`.
        beta_1, beta_2: how slowly the means of gradients and of squares follow.
        epsilon: added to the root of the squares.
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._product = self._variable((), 1.0, "u_product")

    @property
    def variables(self) -> list[Any]:
        return [*super().variables, self._product]

    def shared(self, rate: Any, step: Tensor) -> Any:
        now, ahead = ((1.0 - ew.pow(0.96, n) * 0.5) * self.beta_1 for n in (step, step + 1.0))
        product = self._product.read() * now
        self._product.assign(product)
        return (
            rate * ahead / (1.0 - product * ahead),
            rate * (1.0 - now) / (1.0 - product),
            1.0 / (1.0 - ew.pow(self.beta_2, step)),
        )

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        of_mean, of_gradient, of_squares = shared
        m = slots["momentum"] + (g - slots["momentum"]) * (1.0 - self.beta_1)
        v = slots["velocity"] + (ew.square(g) - slots["velocity"]) * (1.0 - self.beta_2)
        step = (m * of_mean + g * of_gradient) / (ew.sqrt(v * of_squares) + self.epsilon)
        return x - step, {"momentum": m, "velocity": v}


class Lion(Optimizer):
    """Steps of one size in the direction of the gradients' signs (X. Chen et al., 2023).

    Args:
        learning_rate, options: as for every `Optimizer`.
        beta_1: how much of the mean of gradients is in a step.
        beta_2: how slowly the mean follows.
    """

    slots = ("momentum",)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **options: Any
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def update(self, g: Tensor, x: Tensor, slots: Slots, shared: Any) -> tuple[Tensor, Slots]:
        m = slots["momentum"]
        step = ew.sign(m * self.beta_1 + g * (1.0 - self.beta_1)) * shared
        return x - step, {"momentum": m * self.beta_2 + g * (1.0 - self.beta_2)}
