"""How a tensor's elements lie in a texture.

The general layout is *flat*: a texel holds four consecutive elements of the row-major tensor, and
texels fill the texture row by row. The width is a power of two near the square root of the number
of texels, so finding a texel is a shift and a mask. The lanes after the last element hold anything.

Convolutions lay float32 images (NHWC) out in *blocks* of 2 x 2 pixels and 8 channels. A block is
one position of an array texture with eight layers, so a fragment that draws to all layers makes a
whole block: layer `(dy * 2 + dx) * 2 + k` holds pixel (dy, dx), channels `4 k ... 4 k + 3`. Blocks
of the same place in the image stand below each other by channel; their column and line depend only
on the image's size, so a 1 x 1 convolution reads where it writes. The pixels that an odd size
leaves over hold anything, and so do the channels after the last.

Images of one to four channels, the first input of most networks, are read a pixel at a time from
*rgba*: texel (x, n * height + y) is a pixel, its lanes past the channels hold anything.

A convolution's *filters* are packed into a plain texture for it: the four filters from `4 o` of
input channel c and tap t are the texel (c, t * quads + o), where quads is even; input channels are
filled up to fours with zeros. *winograd* is the same of 3 x 3
filters that are transformed to 4 x 4 (see `kernels.winograd`). *turned* is the same of the filters
with which a convolution gives back what another one took: taps in reverse, input and output
channels exchanged. *columns* is the same of matrices that others are multiplied with: the rows of
each are input channels, its columns filters.

A tensor of one element that is still on the host is a *scalar*: programs get it as a uniform.
This module knows numbers only; it makes no texture.
"""

from __future__ import annotations

from math import isqrt, prod
from typing import NamedTuple

from tfpy.dtypes import float32
from tfpy.errors import DeviceLimitError
from tfpy.spec import TensorSpec

FLAT, BLOCK, RGBA, SCALAR = "flat", "block", "rgba", "scalar"
FILTERS, WINOGRAD, TURNED, COLUMNS = "filters", "winograd", "turned", "columns"

#: Layers of a block: 2 x 2 pixels of two texels.
LAYERS = 8


class TextureShape(NamedTuple):
    """Width and height in texels, number of layers (0 for a plain 2-D texture), and kind.

    Kind "f" is RGBA32F, "i" is RGBA32I (int32 and bool tensors), "u" is RGBA8 (image sources).
    """

    width: int
    height: int
    kind: str
    layers: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes on the device."""
        return self.width * self.height * max(self.layers, 1) * (4 if self.kind == "u" else 16)


def texels(size: int) -> int:
    """Texels that `size` elements fill; nothing still takes one."""
    return max(-(-size // 4), 1)


def width_shift(size: int) -> int:
    """log2 of the width of the flat texture of `size` elements."""
    return ((texels(size) - 1).bit_length() + 1) // 2


def texture_kind(spec: TensorSpec) -> str:
    """Whether `spec` lives in float or in integer textures."""
    return "f" if spec.dtype.kind == "f" else "i"


def flat_shape(spec: TensorSpec) -> TextureShape:
    """The flat texture of a tensor."""
    count, shift = texels(spec.size), width_shift(spec.size)
    return TextureShape(1 << shift, -(-count >> shift), texture_kind(spec))


class Blocks(NamedTuple):
    """The blocks of an image: rows and columns of them, groups of eight channels, and how many
    stand side by side in the texture."""

    down: int
    across: int
    groups: int
    columns: int

    @property
    def dims(self) -> dict[str, int]:
        """The numbers that GLSL needs to find a block."""
        return self._asdict()


def blocks(spec: TensorSpec) -> Blocks:
    """How an image is cut into blocks, and their place in the texture."""
    batch, height, width, channels = spec.shape
    down, across = -(-height // 2), -(-width // 2)
    count = batch * down * across
    # Rasterizers work on 2 x 2 texels, so an even number: of those that leave the fewest places
    # empty the first from the square root. Large images count from a power of four instead, so
    # that the textures of an image and of its half are equally wide and one can stand in for both.
    root = max(isqrt(count - 1) + 1, 1)
    least = max(4 ** ((root.bit_length() - 1) // 2), min(root, 16))
    even = range(least + least % 2, least * 3 // 2 + 2, 2)
    columns = min(even, key=lambda n: -count % n)
    return Blocks(down, across, -(-channels // 8), columns)


def image_dims(spec: TensorSpec, layout: str, name: str = "in") -> dict[str, int]:
    """The numbers that GLSL needs to find a pixel of an input image."""
    _, height, width, channels = spec.shape
    dims = {f"{name}_h": height, f"{name}_w": width, f"{name}_c": channels}
    if layout != BLOCK:
        return dims
    return {**dims, **{f"{name}_{of}": n for of, n in blocks(spec).dims.items()}}


def block_shape(spec: TensorSpec) -> TextureShape:
    """The array texture of an image in blocks."""
    grid = blocks(spec)
    lines = -(-spec.shape[0] * grid.down * grid.across // grid.columns)
    return TextureShape(grid.columns, lines * grid.groups, "f", LAYERS)


def filters_shape(spec: TensorSpec) -> TextureShape:
    """The texture of packed filters."""
    height, width, inputs, outputs = spec.shape
    return TextureShape(-(-inputs // 4) * 4, height * width * quads(outputs), "f")


def quads(channels: int) -> int:
    """Fours of channels in the groups of eight that hold `channels`."""
    return -(-channels // 8) * 2


def winograd_shape(spec: TensorSpec) -> TextureShape:
    """The texture of packed filters of 3 x 3 taps, transformed to 4 x 4."""
    return filters_shape(TensorSpec((4, 4, *spec.shape[2:])))


def turned_shape(spec: TensorSpec) -> TextureShape:
    """The texture of turned filters."""
    return filters_shape(turned(spec))


def turned(spec: TensorSpec) -> TensorSpec:
    """The spec of filters with input and output channels exchanged."""
    height, width, inputs, outputs = spec.shape
    return TensorSpec((height, width, outputs, inputs))


def columns_shape(spec: TensorSpec) -> TextureShape:
    """The texture of matrices by columns."""
    return filters_shape(as_filters(spec))


def as_filters(spec: TensorSpec) -> TensorSpec:
    """Matrices (..., inner, columns) as filters with a tap for each of them."""
    *outer, inner, columns = spec.shape
    return TensorSpec((prod(outer), 1, inner, columns))


def rgba_shape(spec: TensorSpec) -> TextureShape:
    """The texture of an image with a texel for each pixel."""
    batch, height, width, _ = spec.shape
    return TextureShape(width, batch * height, "f")


_SHAPES = {
    BLOCK: block_shape,
    RGBA: rgba_shape,
    FILTERS: filters_shape,
    WINOGRAD: winograd_shape,
    TURNED: turned_shape,
    COLUMNS: columns_shape,
}


def texture_shape(spec: TensorSpec, layout: str) -> TextureShape:
    """The texture of a tensor in `layout`."""
    return _SHAPES.get(layout, flat_shape)(spec)


def has_blocks(spec: TensorSpec, limits: dict[str, int]) -> bool:
    """Whether a tensor can lie in blocks on a device with `limits`."""
    if spec.dtype is not float32 or len(spec.shape) != 4 or not spec.size:
        return False
    shape = block_shape(spec)
    size = max(shape.width, shape.height)
    return limits["draw_buffers"] >= LAYERS and size <= limits["texture_size"]


def has_rgba(spec: TensorSpec, limits: dict[str, int]) -> bool:
    """Whether an image can lie in rgba on a device with `limits`."""
    return spec.shape[3] <= 4 and max(rgba_shape(spec)[:2]) <= limits["texture_size"]


def check_fits(spec: TensorSpec, shape: TextureShape, max_size: int) -> TextureShape:
    """`shape`, if the device has textures that large. Raises `DeviceLimitError` otherwise."""
    if max(shape.width, shape.height) > max_size:
        raise DeviceLimitError(
            f"a {spec.dtype} tensor of shape {spec.shape} ({shape.nbytes} bytes) is larger than "
            f"this device's largest texture ({max_size} x {max_size} of 16 bytes)"
        )
    return shape
