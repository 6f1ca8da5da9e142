"""Building blocks of networks, made of other operations: softmax, normalization, dropout, fused.

A backend may have a kernel under the same name; it is used where no gradient is wanted, and the
parity test holds it to the body here.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from math import prod
from types import SimpleNamespace
from typing import Any

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, ShapeError
from ..registry import composite
from ..spec import Sliding, TensorSpec, is_int, normalize_axis, number, require_rank
from ..tensor import Tensor
from . import elementwise as ew
from .conv import conv2d as _conv2d
from .conv import depthwise_conv2d as _depthwise_conv2d
from .generator import Seed
from .linalg import matmul as _matmul
from .movement import reshape, stop_gradient
from .pool import avg_pool_nhwc
from .random import random_bernoulli
from .reduce import logsumexp, max, sum
from .windows import Ints, channels_last


def _same(x: TensorSpec, *, axis: int) -> TensorSpec:
    return x


@composite(_same, public=False)
def softmax_axis(x: Tensor, axis: int) -> Tensor:
    """`softmax` in canonical form."""
    if not x.size:
        return x
    powers = ew.exp(x - stop_gradient(max(x, axis, keepdims=True)))
    return powers / sum(powers, axis, keepdims=True)


@composite(_same, public=False)
def log_softmax_axis(x: Tensor, axis: int) -> Tensor:
    """`log_softmax` in canonical form."""
    return x - logsumexp(x, axis, keepdims=True)


def _logits(op: str, x: Any, axis: int) -> tuple[Tensor, int]:
    x = engine.as_tensor(x)
    axis = normalize_axis(op, axis, x.ndim)
    return (x if x.dtype.is_inexact else ew.cast(x, float32)), axis


@composite()
def softmax(x: Any, axis: int = -1) -> Tensor:
    """`exp(x) / sum(exp(x))` along `axis`, without overflow."""
    return softmax_axis(*_logits("softmax", x, axis))


@composite()
def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """`log(softmax(x))` along `axis`, computed accurately."""
    return log_softmax_axis(*_logits("log_softmax", x, axis))


@composite()
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, broadcast over the last axis.

    `offset` (beta) defaults to 0 and `scale` (gamma) to 1; TF.js's argument order.
    """
    gain = ew.rsqrt(engine.as_tensor(variance) + epsilon)
    if scale is not None:
        gain = gain * scale
    y = (engine.as_tensor(x) - mean) * gain
    return y if offset is None else y + offset


@composite()
def local_response_normalization(
    x: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Tensor:
    """`x / (bias + alpha * s) ** beta`, where s sums the squares of the channels around each.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        depth_radius: how many channels on either side count; what is past the ends does not.
        bias, alpha, beta: of the formula (Krizhevsky et al. 2012, 3.3).

    >>> tfpy.local_response_normalization([[[3.0, 4.0, 0.0]]], 1, 0.0)
    tfpy.tensor([[[0.6, 0.8,  0.]]])
    """
    op = "local_response_normalization"
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, 3, 4)
    if not is_int(depth_radius) or depth_radius < 0:
        raise ArgumentError(f"{op}: depth_radius must be an int from 0 on, not {depth_radius!r}")
    x = x if x.dtype.is_inexact else engine.cast_to(x, float32)
    channels = x.shape[-1]
    if not channels:
        return x
    r = min(depth_radius, channels - 1)
    counts = [min(c + r + 1, channels) - builtins.max(c - r, 0) for c in range(channels)]
    pixels = reshape(ew.square(x), (prod(x.shape[:-1]), channels, 1, 1))
    around = Sliding((1, 1), ((r, r), (0, 0)), (1, 1))
    means = reshape(avg_pool_nhwc(pixels, (2 * r + 1, 1), around), x.shape)
    weights = engine.as_tensor([alpha * n for n in counts], x.dtype)
    return x * (bias + means * weights) ** -beta


@composite()
def dropout(
    x: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    seed: Seed = None,
) -> Tensor:
    """`x` with elements zeroed with probability `rate`, the others scaled by 1 / (1 - rate).

    Args:
        x: a tensor; integers become float32.
        rate: in [0, 1).
        noise_shape: how many elements to draw for; they are broadcast to `x`. None means all
            sizes, in it the size of `x`.
        seed: an int or a text, for the same elements each time.
    """
    x = engine.as_tensor(x)
    x = x if x.dtype.is_floating else ew.cast(x, float32)
    if number(rate, "dropout: rate", 0, 1) == 1:
        raise ArgumentError("dropout: rate must be in [0, 1), not 1")
    given = x.shape if noise_shape is None else tuple(noise_shape)
    given = (1,) * (x.ndim - len(given)) + given
    fits = len(given) == x.ndim
    if not fits or any(m not in (None, 1, n) for m, n in zip(given, x.shape, strict=True)):
        raise ShapeError(f"dropout: noise_shape {given} does not broadcast to {x.shape}")
    if rate == 0:
        return x
    shape = tuple(n if m is None else m for m, n in zip(given, x.shape, strict=True))
    kept = random_bernoulli(shape, 1.0 - rate, seed=seed)
    return ew.where(kept, x * (1.0 / (1.0 - rate)), 0.0)


# --------------------------------------------------------------------------------------- fused

#: Activations that a fused operation accepts, by TF.js's name.
ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": ew.relu,
    "relu6": ew.relu6,
    "elu": ew.elu,
    "sigmoid": ew.sigmoid,
}


def _finish(
    op: str,
    y: Tensor,
    bias: Any,
    activation: str,
    prelu_weights: Any,
    leaky_relu_alpha: float,
    data_format: str = "channels_last",
) -> Tensor:
    def by_channel(value: Any) -> Tensor:
        """One number for each channel where the channels are."""
        value = engine.as_tensor(value)
        one_axis = value.ndim == 1 and not channels_last(op, data_format)
        return reshape(value, (-1, 1, 1)) if one_axis else value

    if bias is not None:
        y = y + by_channel(bias)
    if activation == "prelu":
        return ew.prelu(y, by_channel(prelu_weights))
    if activation == "leaky_relu":
        return ew.leaky_relu(y, alpha=leaky_relu_alpha)
    if activation not in ACTIVATIONS:
        names = ", ".join([*ACTIVATIONS, "prelu", "leaky_relu"])
        raise ArgumentError(f"{op}: unknown activation {activation!r}; there are {names}")
    return ACTIVATIONS[activation](y)


def _fused_conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    bias: Any = None,
    activation: str = "linear",
    prelu_weights: Any = None,
    leaky_relu_alpha: float = 0.2,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`conv2d`, then the bias added, then the activation."""
    window = strides, padding, data_format, dilations, dim_rounding_mode
    y = _conv2d(x, filters, *window)
    finish = bias, activation, prelu_weights, leaky_relu_alpha, data_format
    return _finish("fused.conv2d", y, *finish)


def _fused_depthwise_conv2d(
    x: Any,
    filters: Any,
    strides: Ints = 1,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    bias: Any = None,
    activation: str = "linear",
    prelu_weights: Any = None,
    leaky_relu_alpha: float = 0.2,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`depthwise_conv2d`, then the bias added, then the activation."""
    window = strides, padding, data_format, dilations, dim_rounding_mode
    y = _depthwise_conv2d(x, filters, *window)
    finish = bias, activation, prelu_weights, leaky_relu_alpha, data_format
    return _finish("fused.depthwise_conv2d", y, *finish)


def _fused_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    bias: Any = None,
    activation: str = "linear",
    prelu_weights: Any = None,
    leaky_relu_alpha: float = 0.2,
) -> Tensor:
    """`matmul`, then the bias added, then the activation."""
    y = _matmul(a, b, transpose_a, transpose_b)
    return _finish("fused.matmul", y, bias, activation, prelu_weights, leaky_relu_alpha)


#: The `tfpy.fused` namespace.
fused = SimpleNamespace(
    conv2d=_fused_conv2d, depthwise_conv2d=_fused_depthwise_conv2d, matmul=_fused_matmul
)
