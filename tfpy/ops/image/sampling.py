"""Reading images between their pixels: what resizing, cropping and warping are made of.

`sample_image` reads at positions that are tensors, so crops and warps have gradients to what their
positions are computed from. `resize_image` reads at positions that follow from sizes alone.
"""

from __future__ import annotations

from typing import Any

from ... import engine
from ...dtypes import float32
from ...errors import ArgumentError, DTypeError, ShapeError
from ...registry import primitive
from ...spec import (
    Pair,
    Shape,
    TensorSpec,
    as_shape,
    broadcast_shapes,
    number,
    pair,
    require_rank,
)
from ...tensor import Tensor
from ..creation import zeros
from ..elementwise import floor
from ..reduce import sum

METHODS = ("nearest", "bilinear")
MODES = ("constant", "nearest", "reflect", "wrap")


def choice(op: str, argument: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not one of those allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise ArgumentError(f"{op}: {argument} must be one of {', '.join(allowed)}, not {value!r}")


def image_tensor(op: str, image: Any, *ranks: int, blend: bool = False) -> Tensor:
    """A tensor of real numbers with one of these ranks, of floats if it is to be interpolated."""
    x = engine.as_tensor(image)
    require_rank(op, "image", x.spec, *ranks)
    if x.dtype.kind not in "fib":
        raise DTypeError(f"{op} does not take {x.dtype} images")
    return engine.cast_to(x, float32) if blend and not x.dtype.is_floating else x


def size2d(value: Any, what: str) -> Pair:
    """A height and a width, at least 1, that some memory holds."""
    return as_shape(pair(value, what), what)  # type: ignore[return-value]


def _check(op: str, x: TensorSpec, method: str) -> None:
    require_rank(op, "image", x, 4)
    choice(op, "method", method, METHODS)
    if 0 in x.shape[1:3]:
        raise ShapeError(f"{op}: an image of shape {x.shape} has no pixels")
    if method == "bilinear" and not x.dtype.is_floating:
        raise DTypeError(f"{op}: only floats can be interpolated, not {x.dtype}")


# ------------------------------------------------------------------------------ at any positions


def _sample_infer(
    x: TensorSpec,
    rows: TensorSpec,
    columns: TensorSpec,
    images: TensorSpec,
    *,
    method: str,
    mode: str,
    fill: float,
) -> TensorSpec:
    op = "sample_image"
    _check(op, x, method)
    choice(op, "mode", mode, MODES)
    require_rank(op, "images", images, 1)
    require_rank(op, "rows", rows, 3)
    require_rank(op, "columns", columns, 3)
    shape = broadcast_shapes(op, rows.shape, columns.shape, (*images.shape, 1, 1))
    return TensorSpec((*shape, x.shape[3]), x.dtype)


def _slope(
    axis: int,
    g: Tensor,
    x: Tensor,
    rows: Tensor,
    columns: Tensor,
    images: Tensor,
    method: str,
    mode: str,
    fill: float = 0.0,
) -> Tensor:
    """The gradient to the rows (axis 0) or columns (1) at which `x` was read to get what `g` is of.

    Between two pixels a sample changes by their difference.
    """
    from ...autodiff import unbroadcast

    at = columns if axis else rows
    if method == "nearest":
        return zeros(at.shape, at.dtype)
    low = floor(at)

    def read(end: Tensor) -> Tensor:
        place = (rows, end) if axis else (end, columns)
        return sample_image(x, *place, images, method, mode, fill)

    return unbroadcast(sum(g * (read(low + 1.0) - read(low)), axis=-1), at.shape)


@primitive(
    _sample_infer,
    vjp={
        "x": lambda g, x_spec, rows, columns, images, method, mode: sample_image_grad(
            g, rows, columns, images, x_spec.shape, method, mode
        ),
        "rows": lambda g, x, rows, columns, images, method, mode, fill: _slope(
            0, g, x, rows, columns, images, method, mode, fill
        ),
        "columns": lambda g, x, rows, columns, images, method, mode, fill: _slope(
            1, g, x, rows, columns, images, method, mode, fill
        ),
    },
    public=False,
)
def sample_image(
    x: Tensor,
    rows: Tensor,
    columns: Tensor,
    images: Tensor,
    method: str,
    mode: str,
    fill: float = 0.0,
) -> Any:
    """Images read out of others, at any positions.

    Args:
        x: (batch, height, width, channels).
        rows: where to read each pixel of the result, counted from the centre of the first row.
            Broadcasts with `columns` and (n, 1, 1) to (n, new height, new width).
        columns: the same, across.
        images: (n,), which image of the batch each one of the result is read out of.
        method: "nearest" pixel, halves the later one, or "bilinear" between four.
        mode: what lies outside of the image: "constant", `fill`; "nearest", the pixel at the edge;
            "reflect", the image mirrored (b a | a b c | c b); "wrap", the image again.
        fill: also what is read for an image that is not there, and at positions not finite.
    """
    if x.dtype.kind == "i":
        fill = int(number(fill, "sample_image: fill", -(2**31), 2**31 - 1))
    attrs = {"method": method, "mode": mode, "fill": fill if x.dtype.kind != "b" else bool(fill)}
    return (x, rows, columns, images), attrs


@primitive(
    lambda dy, rows, columns, images, **attrs: TensorSpec(attrs["shape"], dy.dtype),
    vjp={
        "dy": lambda g, rows, columns, images, method, mode: sample_image(
            g, rows, columns, images, method, mode
        ),
        # What g is of was read out of the images that it is the gradient to.
        "rows": lambda g, dy, rows, columns, images, method, mode: _slope(
            0, dy, g, rows, columns, images, method, mode
        ),
        "columns": lambda g, dy, rows, columns, images, method, mode: _slope(
            1, dy, g, rows, columns, images, method, mode
        ),
    },
    public=False,
)
def sample_image_grad(
    dy: Tensor,
    rows: Tensor,
    columns: Tensor,
    images: Tensor,
    shape: Shape,
    method: str,
    mode: str,
) -> Any:
    """The gradient of `sample_image` to its images of `shape`."""
    attrs = {"shape": shape, "method": method, "mode": mode}
    return (dy, rows, columns, images), attrs


# ----------------------------------------------------------------------------------- resizing


def _resize_infer(
    x: TensorSpec, *, size: Pair, method: str, align_corners: bool, half_pixel_centers: bool
) -> TensorSpec:
    op = f"resize_{method}"
    _check(op, x, method)
    if align_corners and half_pixel_centers:
        raise ArgumentError(f"{op}: align_corners and half_pixel_centers exclude each other")
    return TensorSpec((x.shape[0], *size, x.shape[3]), x.dtype)


@primitive(
    _resize_infer,
    vjp={
        "x": lambda g, x_spec, method, align_corners, half_pixel_centers: resize_image_grad(
            g, x_spec.shape, method, align_corners, half_pixel_centers
        )
    },
    public=False,
)
def resize_image(
    x: Tensor, size: Pair, method: str, align_corners: bool, half_pixel_centers: bool
) -> Any:
    """The resizing operations in canonical form."""
    return (x,), {
        "size": size,
        "method": method,
        "align_corners": align_corners,
        "half_pixel_centers": half_pixel_centers,
    }


@primitive(
    lambda dy, **attrs: TensorSpec(attrs["shape"], dy.dtype),
    vjp={
        "dy": lambda g, dy_spec, method, align_corners, half_pixel_centers: resize_image(
            g, dy_spec.shape[1:3], method, align_corners, half_pixel_centers
        )
    },
    public=False,
)
def resize_image_grad(
    dy: Tensor, shape: Shape, method: str, align_corners: bool, half_pixel_centers: bool
) -> Any:
    """The gradient of `resize_image` to its images of `shape`."""
    return (dy,), {
        "shape": shape,
        "method": method,
        "align_corners": align_corners,
        "half_pixel_centers": half_pixel_centers,
    }
