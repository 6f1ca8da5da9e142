"""Operations on images: the `tfpy.image` namespace. NHWC, or one image without the batch axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError
from ..registry import composite, primitive
from ..spec import Pair, TensorSpec, pair, require_rank
from ..tensor import Tensor
from .movement import reshape


def _resize_infer(
    x: TensorSpec, *, size: Pair, align_corners: bool, half_pixel_centers: bool
) -> TensorSpec:
    return TensorSpec((x.shape[0], *size, x.shape[3]), x.dtype)


def _resize_grad_infer(
    dy: TensorSpec, *, shape: tuple[int, ...], align_corners: bool, half_pixel_centers: bool
) -> TensorSpec:
    return TensorSpec(shape, dy.dtype)


@primitive(
    _resize_infer,
    vjp={
        "x": lambda g, x_spec, align_corners, half_pixel_centers: resize_bilinear_grad(
            g, x_spec.shape, align_corners, half_pixel_centers
        )
    },
    public=False,
)
def resize_bilinear_nhwc(
    x: Tensor, size: Pair, align_corners: bool, half_pixel_centers: bool
) -> Any:
    """`resize_bilinear` in canonical form: the kernel behind it."""
    return (x,), {
        "size": size,
        "align_corners": align_corners,
        "half_pixel_centers": half_pixel_centers,
    }


@primitive(
    _resize_grad_infer,
    vjp={
        "dy": lambda g, dy_spec, align_corners, half_pixel_centers: resize_bilinear_nhwc(
            g, dy_spec.shape[1:3], align_corners, half_pixel_centers
        )
    },
    public=False,
)
def resize_bilinear_grad(
    dy: Tensor, shape: tuple[int, ...], align_corners: bool, half_pixel_centers: bool
) -> Any:
    """The gradient of `resize_bilinear` to its image of `shape`."""
    return (dy,), {
        "shape": shape,
        "align_corners": align_corners,
        "half_pixel_centers": half_pixel_centers,
    }


@composite()
def resize_bilinear(
    images: Any,
    size: Sequence[int],
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images resized by linear interpolation in both directions, as float.

    Args:
        images: (batch, height, width, channels), or one image without the batch axis.
        size: new height and width.
        align_corners: map the centres of the corner pixels onto each other.
        half_pixel_centers: sample at pixel centres, as OpenCV and TensorFlow 2 do; not together
            with `align_corners`.
    """
    if align_corners and half_pixel_centers:
        raise ArgumentError(
            "resize_bilinear: align_corners and half_pixel_centers exclude each other"
        )
    x = engine.as_tensor(images)
    require_rank("resize_bilinear", "images", x.spec, 3, 4)
    if not x.dtype.is_floating:
        x = engine.cast_to(x, float32)
    new = pair(tuple(size), "resize_bilinear: size")
    batch = x if x.ndim == 4 else reshape(x, (1, *x.shape))
    y = resize_bilinear_nhwc(batch, new, bool(align_corners), bool(half_pixel_centers))
    return y if x.ndim == 4 else reshape(y, y.shape[1:])
