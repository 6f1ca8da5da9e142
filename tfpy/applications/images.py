"""Images as networks take them: batches of pixels, letterboxed or stretched to their size."""

from __future__ import annotations

from math import floor
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32
from ..errors import ImageError, ShapeError
from ..ops.image import flip_left_right, resize_bilinear
from ..ops.movement import pad
from ..tensor import Tensor


def pixels(image: Any) -> Tensor:
    """An image or a batch of them as a tensor (batch, height, width, 3) of 0 to 255.

    Args:
        image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or (batch,
            height, width, 3).

    Raises `ImageError` for what is not an image, or one of no size.
    """
    if isinstance(image, Tensor):
        x = image
    else:
        from ..browser import from_pixels

        x = from_pixels(image)
    if x.ndim == 3:
        x = x.reshape((1, *x.shape))
    if x.ndim != 4 or x.shape[3] != 3:
        raise ImageError(f"an image has shape (height, width, 3), not {x.shape}")
    if 0 in x.shape:
        raise ImageError(f"the image is empty: its shape is {x.shape}")
    return x


def one_image(function: str, image: Any, *, mirrored: bool = False) -> Tensor:
    """The same for a single image, as float32: (1, height, width, 3); mirrored if asked for."""
    x = pixels(image)
    if x.shape[0] != 1:
        raise ShapeError(f"{function} takes one image, not {x.shape[0]}")
    x = engine.cast_to(x, float32)
    return flip_left_right(x) if mirrored else x


class Size(NamedTuple):
    """Height and width in pixels."""

    height: int
    width: int


class Letterbox(NamedTuple):
    """Where an image lies in a network's input that keeps its proportions: in shares of the input.

    `left`, `top`: the margins before it; `width`, `height`: its own.
    """

    left: float
    top: float
    width: float
    height: float

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """A place in the input as one in the image, both in shares."""
        return (x - self.left) / self.width, (y - self.top) / self.height


def letterboxed(x: Tensor, size: tuple[int, int]) -> tuple[Tensor, Letterbox]:
    """Images in the middle of black ones of the proportions of `size`, then resized to it.

    Args:
        x: float32 (batch, height, width, 3).
        size: height and width.
    """
    _, height, width, _ = x.shape
    wanted = size[1] / size[0]
    # The shorter side grows by the same whole number of pixels at both ends.
    left = max(0, floor((height * wanted - width) / 2 + 0.5))
    top = max(0, floor((width / wanted - height) / 2 + 0.5))
    if left or top:
        x = pad(x, [(0, 0), (top, top), (left, left), (0, 0)])
    full = Size(height + 2 * top, width + 2 * left)
    box = Letterbox(left / full.width, top / full.height, width / full.width, height / full.height)
    if (full.height, full.width) != tuple(size):
        x = resize_bilinear(x, size)
    return x, box
