"""Pools over one, two and three axes.

All are made of the two-dimensional ones, NHWC: a sequence is a row of an image, and a window over a
volume is one over its planes and then one over the planes' results. That is the same maximum, the
same first position of it, and the same mean, since a window counts as many elements in every plane.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError
from ..registry import composite, primitive
from ..spec import Shape, Sliding, TensorSpec, ints, is_int, per_axis, require_rank, sliding_window
from ..tensor import Tensor
from .conv_family import check_forward
from .movement import reshape
from .windows import Ints, Options, over_images, remembered, sliding_of

# ----------------------------------------------------------------------------- canonical forms


def _pool_infer(x: TensorSpec, *, size: Shape, sliding: Sliding) -> TensorSpec:
    window = sliding_window("pool", x.shape[1:3], size, sliding)
    return TensorSpec((x.shape[0], *window.out, x.shape[3]), x.dtype)


def _max_grad_infer(x: TensorSpec, dy: TensorSpec, *, size: Shape, sliding: Sliding) -> TensorSpec:
    forward = _pool_infer(x, size=size, sliding=sliding)
    return check_forward("max_pool_grad", dy, forward, x.shape)


def _pick_infer(x: TensorSpec, values: TensorSpec, *, size: Shape, sliding: Sliding) -> TensorSpec:
    return _pool_infer(x, size=size, sliding=sliding)


def _argmax_infer(
    x: TensorSpec, *, size: Shape, sliding: Sliding, include_batch: bool
) -> TensorSpec:
    return _pool_infer(x, size=size, sliding=sliding)._replace(dtype=int32)


def _avg_grad_infer(dy: TensorSpec, *, shape: Shape, size: Shape, sliding: Sliding) -> TensorSpec:
    forward = _pool_infer(TensorSpec(shape, dy.dtype), size=size, sliding=sliding)
    return check_forward("avg_pool_grad", dy, forward, shape)


@primitive(
    _pool_infer,
    vjp={"x": lambda g, x, size, sliding: max_pool_grad(x, g, size, sliding)},
    public=False,
)
def max_pool_nhwc(x: Tensor, size: Shape, sliding: Sliding) -> Any:
    """`max_pool` in canonical form: the kernel behind it."""
    return (x,), {"size": size, "sliding": sliding}


@primitive(
    _max_grad_infer,
    vjp={"dy": lambda g, x, size, sliding: max_pool_pick(x, g, size, sliding)},
    public=False,
)
def max_pool_grad(x: Tensor, dy: Tensor, size: Shape, sliding: Sliding) -> Any:
    """Each window's `dy` added to the position of the window's first maximum in `x`."""
    return (x, dy), {"size": size, "sliding": sliding}


@primitive(
    _pick_infer,
    vjp={"values": lambda g, x, size, sliding: max_pool_grad(x, g, size, sliding)},
    public=False,
)
def max_pool_pick(x: Tensor, values: Tensor, size: Shape, sliding: Sliding) -> Any:
    """The element of `values` at each window's first maximum in `x`: `max_pool_grad`'s gradient."""
    return (x, values), {"size": size, "sliding": Sliding(*sliding)}


@primitive(_argmax_infer, public=False)
def max_pool_argmax(x: Tensor, size: Shape, sliding: Sliding, include_batch: bool) -> Any:
    """The position of each window's first maximum in `x`, see `max_pool_with_argmax`."""
    return (x,), {"size": size, "sliding": sliding, "include_batch": include_batch}


@primitive(
    _pool_infer,
    vjp={"x": lambda g, x_spec, size, sliding: avg_pool_grad(g, x_spec.shape, size, sliding)},
    public=False,
)
def avg_pool_nhwc(x: Tensor, size: Shape, sliding: Sliding) -> Any:
    """`avg_pool` in canonical form: the kernel behind it."""
    return (x,), {"size": size, "sliding": sliding}


@primitive(
    _avg_grad_infer,
    vjp={"dy": lambda g, size, sliding: avg_pool_nhwc(g, size, sliding)},
    public=False,
)
def avg_pool_grad(dy: Tensor, shape: Shape, size: Shape, sliding: Sliding) -> Any:
    """The gradient of `avg_pool` to its image of `shape`."""
    return (dy,), {"shape": shape, "size": size, "sliding": sliding}


# ------------------------------------------------------------------------------------- by rank

_Pool = Callable[[Tensor, Shape, Sliding], Tensor]


def _pool1d(pool: _Pool, x: Tensor, size: Shape, sliding: Sliding) -> Tensor:
    batch, width, channels = x.shape
    y = pool(reshape(x, (batch, 1, width, channels)), (1, *size), sliding.along(1))
    return reshape(y, (batch, *y.shape[2:]))


def _pool2d(pool: _Pool, x: Tensor, size: Shape, sliding: Sliding) -> Tensor:
    return pool(x, size, sliding)


def _pool3d(pool: _Pool, x: Tensor, size: Shape, sliding: Sliding) -> Tensor:
    batch, depth, *plane = x.shape
    y = pool(reshape(x, (batch * depth, *plane)), size[1:], sliding.inner)
    _, height, width, channels = y.shape
    y = reshape(y, (batch, depth, height * width, channels))
    y = pool(y, (size[0], 1), sliding.along(0))
    return reshape(y, (batch, y.shape[1], height, width, channels))


_BY_RANK = (_pool1d, _pool2d, _pool3d)


def _pooled(op: str, pool: _Pool, rank: int, x: Any, pool_size: Ints, options: Options) -> Tensor:
    x = engine.as_tensor(x)
    require_rank(op, "x", x.spec, rank + 1, rank + 2)
    if not x.dtype.is_inexact:
        x = engine.cast_to(x, float32 if pool is avg_pool_nhwc else int32)

    def run(x: Tensor) -> Tensor:
        size, sliding = _rule(op, x.shape[1:-1], pool_size, options)
        return _BY_RANK[rank - 1](pool, x, size, sliding)

    return over_images(op, x, rank, options.data_format, run)


@remembered
def _rule(op: str, image: Shape, pool_size: Ints, options: Options) -> tuple[Shape, Sliding]:
    """The size of the window and how it moves."""
    size = per_axis(pool_size, len(image), f"{op}: pool_size")
    if options.strides is None:
        options = options._replace(strides=size)
    return size, sliding_of(op, image, size, options)


# -------------------------------------------------------------------------------------- public


@composite()
def max_pool(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The largest element of each window, per channel; padding never wins.

    A window that lies in padding altogether gives the smallest number there is. Of several equal
    maxima the gradient goes to the first.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis. int32
            stays int32, and bool becomes it.
        pool_size: height and width of the window.
        strides: step per axis, by default the window's size.
        padding, data_format, dilations, dim_rounding_mode: as in `conv2d`.
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("max_pool", max_pool_nhwc, 2, x, pool_size, options)


@composite()
def avg_pool(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The mean of each window, per channel, over the elements that are not padding, as float.

    A window that lies in padding altogether gives 0. Args: as `max_pool`.
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("avg_pool", avg_pool_nhwc, 2, x, pool_size, options)


@composite()
def max_pool1d(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`max_pool` of sequences (batch, width, channels), or of one without the batch axis.

    >>> tfpy.max_pool1d([[1.0], [4.0], [2.0], [3.0]], 2)
    tfpy.tensor([[4.],
                 [3.]])
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("max_pool1d", max_pool_nhwc, 1, x, pool_size, options)


@composite()
def avg_pool1d(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`avg_pool` of sequences (batch, width, channels), or of one without the batch axis.

    >>> tfpy.avg_pool1d([[1.0], [3.0], [2.0]], 2, padding="same")
    tfpy.tensor([[2.],
                 [2.]])
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("avg_pool1d", avg_pool_nhwc, 1, x, pool_size, options)


@composite()
def max_pool3d(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`max_pool` of volumes (batch, depth, height, width, channels), or of one without the batch.

    >>> tfpy.max_pool3d(tfpy.ones((1, 4, 4, 6, 2)), 2).shape
    (1, 2, 2, 3, 2)
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("max_pool3d", max_pool_nhwc, 3, x, pool_size, options)


@composite()
def avg_pool3d(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    data_format: str = "channels_last",
    dilations: Ints = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`avg_pool` of volumes (batch, depth, height, width, channels), or of one without the batch.

    >>> tfpy.avg_pool3d(tfpy.ones((1, 4, 4, 6, 2)), 2).shape
    (1, 2, 2, 3, 2)
    """
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("avg_pool3d", avg_pool_nhwc, 3, x, pool_size, options)


@composite()
def pool(
    x: Any,
    window_shape: Ints,
    pooling_type: str,
    padding: Any = "valid",
    dilations: Ints = 1,
    strides: Ints = 1,
    dim_rounding_mode: str | None = None,
    data_format: str = "channels_last",
) -> Tensor:
    """TensorFlow's `nn.pool`: `max_pool` or `avg_pool` over as many axes as the window has.

    Unlike those, it takes steps of 1 unless told.

    Args:
        x: a batch of sequences, images or volumes, or one without the batch axis.
        window_shape: size of the window; one int means a window over images, as in TF.js, or over
            volumes if `x` has rank 5.
        pooling_type: "max" or "avg".
        padding, dilations, strides, dim_rounding_mode, data_format: as in `conv2d`.

    >>> tfpy.pool(tfpy.ones((1, 5, 5, 2)), 2, "avg", dilations=2).shape
    (1, 3, 3, 2)
    """
    x = engine.as_tensor(x)
    kind = {"max": max_pool_nhwc, "avg": avg_pool_nhwc}.get(str(pooling_type).lower())
    if kind is None:
        raise ArgumentError(f'pool: pooling_type must be "max" or "avg", not {pooling_type!r}')
    several = ints(window_shape)
    rank = (3 if x.ndim == 5 else 2) if is_int(window_shape) else len(several or ())
    if rank not in (1, 2, 3):
        raise ArgumentError(f"pool: a window has one to three axes, not {window_shape!r}")
    options = Options(strides, padding, data_format, dilations, dim_rounding_mode)
    return _pooled("pool", kind, rank, x, window_shape, options)


@composite()
def max_pool_with_argmax(
    x: Any,
    pool_size: Ints,
    strides: Ints | None = None,
    padding: Any = "valid",
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool`, and where each maximum is, as int32.

    Args:
        x: images (batch, height, width, channels), or one image without the batch axis.
        pool_size, strides, padding: as in `max_pool`.
        include_batch_in_index: whether positions count the images before too.

    Returns:
        (maxima, positions): element [y, x, c] of an image has position (y * width + x) * channels
        + c, as in TensorFlow; in the whole batch, (n * height + y) * width and so on. Of equal
        maxima it is the first; a window that lies in padding altogether has position -1.

    >>> tfpy.max_pool_with_argmax([[[1.0], [5.0]], [[2.0], [3.0]]], 2)
    (tfpy.tensor([[[5.]]]), tfpy.tensor([[[1]]]))
    """
    x, op = engine.as_tensor(x), "max_pool_with_argmax"
    options = Options(strides, padding, "channels_last", 1, None)

    def positions(x: Tensor, size: Shape, sliding: Sliding) -> Tensor:
        return max_pool_argmax(x, size, sliding, bool(include_batch_in_index))

    values = _pooled(op, max_pool_nhwc, 2, x, pool_size, options)
    return values, _pooled(op, positions, 2, x, pool_size, options)
