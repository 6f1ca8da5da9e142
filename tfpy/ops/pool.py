"""Two-dimensional pooling, NHWC inside."""

from __future__ import annotations

from typing import Any

from .. import engine
from ..dtypes import float32
from ..registry import composite, primitive
from ..spec import Padding, Pair, TensorSpec, as_padding, pair, require_rank, window2d
from ..tensor import Tensor
from .conv import Ints, _in_nhwc, check_forward


def _pool_infer(x: TensorSpec, *, size: Pair, strides: Pair, padding: Padding) -> TensorSpec:
    window = window2d("pool", x.shape[1:3], size, strides, padding)
    return TensorSpec((x.shape[0], *window.out, x.shape[3]), x.dtype)


def _attrs(op: str, size: Ints, strides: Ints | None, padding: Any) -> dict[str, Any]:
    return {
        "size": pair(size, f"{op}: pool_size"),
        "strides": pair(size if strides is None else strides, f"{op}: strides"),
        "padding": as_padding(op, padding),
    }


def _images(op: str, x: Any) -> Tensor:
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, 3, 4)
    return x if x.dtype.is_inexact else engine.cast_to(x, float32)


# ------------------------------------------------------------------------------------- maximum


def _pool_grad_infer(
    x: TensorSpec, dy: TensorSpec, *, size: Pair, strides: Pair, padding: Padding
) -> TensorSpec:
    forward = _pool_infer(x, size=size, strides=strides, padding=padding)
    return check_forward("max_pool_grad", dy, forward, x.shape)


def _pool_pick_infer(
    x: TensorSpec, values: TensorSpec, *, size: Pair, strides: Pair, padding: Padding
) -> TensorSpec:
    return _pool_infer(x, size=size, strides=strides, padding=padding)


@primitive(
    _pool_infer,
    vjp={"x": lambda g, x, size, strides, padding: max_pool_grad(x, g, size, strides, padding)},
    public=False,
)
def max_pool_nhwc(x: Tensor, size: Pair, strides: Pair, padding: Padding) -> Any:
    """`max_pool` in canonical form: the kernel behind it."""
    return (x,), {"size": size, "strides": strides, "padding": padding}


@primitive(
    _pool_grad_infer,
    vjp={"dy": lambda g, x, size, strides, padding: max_pool_pick(x, g, size, strides, padding)},
    public=False,
)
def max_pool_grad(x: Tensor, dy: Tensor, size: Pair, strides: Pair, padding: Padding) -> Any:
    """Each window's `dy` added to the position of the window's first maximum in `x`."""
    return (x, dy), {"size": size, "strides": strides, "padding": padding}


@primitive(
    _pool_pick_infer,
    vjp={
        "values": lambda g, x, size, strides, padding: max_pool_grad(x, g, size, strides, padding)
    },
    public=False,
)
def max_pool_pick(x: Tensor, values: Tensor, size: Pair, strides: Pair, padding: Padding) -> Any:
    """The element of `values` at each window's first maximum in `x`: `max_pool_grad`'s gradient."""
    return (x, values), {"size": size, "strides": strides, "padding": padding}


@composite()
def max_pool(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
) -> Tensor:
    """The largest element of each window, per channel; padding never wins.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        pool_size: height and width of the window.
        strides: step per axis, by default the window's size.
        padding: "valid", "same" or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".
    """
    attrs = _attrs("max_pool", pool_size, strides, padding)
    return _in_nhwc(
        _images("max_pool", x), data_format, "max_pool", lambda x: max_pool_nhwc(x, **attrs)
    )


# ------------------------------------------------------------------------------------- average


def _avg_grad_infer(
    dy: TensorSpec, *, shape: tuple[int, ...], size: Pair, strides: Pair, padding: Padding
) -> TensorSpec:
    forward = _pool_infer(TensorSpec(shape, dy.dtype), size=size, strides=strides, padding=padding)
    return check_forward("avg_pool_grad", dy, forward, shape)


@primitive(
    _pool_infer,
    vjp={
        "x": lambda g, x_spec, size, strides, padding: avg_pool_grad(
            g, x_spec.shape, size, strides, padding
        )
    },
    public=False,
)
def avg_pool_nhwc(x: Tensor, size: Pair, strides: Pair, padding: Padding) -> Any:
    """`avg_pool` in canonical form: the kernel behind it."""
    return (x,), {"size": size, "strides": strides, "padding": padding}


@primitive(
    _avg_grad_infer,
    vjp={
        "dy": lambda g, size, strides, padding: avg_pool_nhwc(g, size, strides, padding),
    },
    public=False,
)
def avg_pool_grad(
    dy: Tensor, shape: tuple[int, ...], size: Pair, strides: Pair, padding: Padding
) -> Any:
    """The gradient of `avg_pool` to its image of `shape`."""
    return (dy,), {"shape": shape, "size": size, "strides": strides, "padding": padding}


@composite()
def avg_pool(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
) -> Tensor:
    """The mean of each window, per channel, over the elements that are not padding.

    Args: as `max_pool`.
    """
    attrs = _attrs("avg_pool", pool_size, strides, padding)
    return _in_nhwc(
        _images("avg_pool", x), data_format, "avg_pool", lambda x: avg_pool_nhwc(x, **attrs)
    )
