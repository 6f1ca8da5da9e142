"""Activation functions by name, as Keras 3 calls them.

`get` turns what a layer is given into a function, `serialize` turns a function into what a
configuration holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .errors import ArgumentError
from .ops import elementwise as ew
from .ops import nn
from .tensor import Tensor

Activation = Callable[[Any], Tensor]


def linear(x: Any) -> Any:
    """`x` itself."""
    return x


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """`x` above `threshold` (at most `max_value`), below it `negative_slope * (x - threshold)`.

    >>> tfpy.activations.relu(tfpy.tensor([-2.0, 1.0, 9.0]), max_value=6.0)
    tfpy.tensor([0., 1., 6.])
    """
    if threshold:
        above = ew.where(ew.greater(x, threshold), x, 0.0)
        y = above + ew.minimum(x - threshold, 0.0) * negative_slope if negative_slope else above
    else:
        y = ew.leaky_relu(x, alpha=negative_slope) if negative_slope else ew.relu(x)
    return y if max_value is None else ew.minimum(y, max_value)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return ew.elu(x) if alpha == 1.0 else ew.where(x > 0, x, ew.elu(x) * alpha)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """`x` where positive, else `negative_slope * x`."""
    return ew.leaky_relu(x, alpha=negative_slope)


def softsign(x: Any) -> Tensor:
    """`x / (|x| + 1)`."""
    return x / (ew.abs(x) + 1.0)


def hard_sigmoid(x: Any) -> Tensor:
    """`relu6(x + 3) / 6`, as Keras 3 has it."""
    return ew.relu6(x + 3.0) * (1.0 / 6.0)


def legacy_hard_sigmoid(x: Any) -> Tensor:
    """`clip(0.2 x + 0.5, 0, 1)`: what Keras 2 and TF.js mean by "hard_sigmoid"."""
    return ew.clip_by_value(x * 0.2 + 0.5, 0.0, 1.0)


def hard_silu(x: Any) -> Tensor:
    """`x * hard_sigmoid(x)`."""
    return x * hard_sigmoid(x)


def silu(x: Any) -> Tensor:
    """`x * sigmoid(x)`, also called swish."""
    return x * ew.sigmoid(x)


def mish(x: Any) -> Tensor:
    """`x * tanh(softplus(x))`."""
    return x * ew.tanh(ew.softplus(x))


def gelu(x: Any, approximate: bool = False) -> Tensor:
    """`x` times the normal distribution function of `x`; `approximate` takes tanh for erf."""
    if approximate:
        inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
        return x * (ew.tanh(inner) + 1.0) * 0.5
    return x * (ew.erf(x * math.sqrt(0.5)) + 1.0) * 0.5


def gelu_new(x: Any) -> Tensor:
    """`gelu` by tanh, under TF.js's name."""
    return gelu(x, approximate=True)


_BY_NAME: dict[str, Activation] = {
    "linear": linear,
    "relu": relu,
    "relu6": ew.relu6,
    "elu": elu,
    "selu": ew.selu,
    "sigmoid": ew.sigmoid,
    "log_sigmoid": ew.log_sigmoid,
    "softmax": nn.softmax,
    "log_softmax": nn.log_softmax,
    "softplus": ew.softplus,
    "softsign": softsign,
    "tanh": ew.tanh,
    "exponential": ew.exp,
    "leaky_relu": leaky_relu,
    "hard_sigmoid": hard_sigmoid,
    "legacy_hard_sigmoid": legacy_hard_sigmoid,
    "hard_silu": hard_silu,
    "silu": silu,
    "mish": mish,
    "gelu": gelu,
    "gelu_new": gelu_new,
}
_OTHER_NAMES: dict[str, Activation] = {"swish": silu, "hard_swish": hard_silu}

globals().update(_BY_NAME)


def get(identifier: Any) -> Activation:
    """The activation that `identifier` names: a name, a function, or None for `linear`.

    Raises `ArgumentError` for an unknown name.
    """
    if identifier is None:
        return linear
    if callable(identifier):
        return identifier
    found = _BY_NAME.get(str(identifier)) or _OTHER_NAMES.get(str(identifier))
    if found is None:
        known = ", ".join([*_BY_NAME, *_OTHER_NAMES])
        raise ArgumentError(f"unknown activation {identifier!r}; there are {known}")
    return found


def serialize(activation: Activation) -> str:
    """The name of an activation; a function of your own goes by its `__name__`."""
    for name, function in _BY_NAME.items():
        if function is activation:
            return name
    return getattr(activation, "__name__", repr(activation))
