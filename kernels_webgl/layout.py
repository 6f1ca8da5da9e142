"""How a tensor's elements lie in a texture.

The general layout is *flat*: a texel holds four consecutive elements of the row-major tensor, and
texels fill the texture row by row. The width is a power of two near the square root of the number
of texels, so finding a texel is a shift and a mask. The lanes after the last element hold anything.

A tensor of one element that is still on the host is a *scalar*: programs get it as a uniform.
This module knows numbers only; it makes no texture.
"""

from __future__ import annotations

from typing import NamedTuple

from tfpy.errors import DeviceLimitError
from tfpy.spec import TensorSpec

FLAT, SCALAR = "flat", "scalar"


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


def check_fits(spec: TensorSpec, shape: TextureShape, max_size: int) -> TextureShape:
    """`shape`, if the device has textures that large. Raises `DeviceLimitError` otherwise."""
    if max(shape.width, shape.height) > max_size:
        raise DeviceLimitError(
            f"a {spec.dtype} tensor of shape {spec.shape} ({shape.nbytes} bytes) is larger than "
            f"this device's largest texture ({max_size} x {max_size} of 16 bytes)"
        )
    return shape
