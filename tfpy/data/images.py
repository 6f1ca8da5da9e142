"""Image files as datasets of tensors."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from .. import browser, compat
from ..errors import ArgumentError, ImageError
from ..io.files import read
from ..ops.image.resize import resize_bilinear
from ..tensor import Tensor
from .dataset import Dataset
from .text import describe


def images(
    files: Iterable[Any], num_channels: int = 3, size: tuple[int, int] | None = None
) -> Dataset:
    """The images of files, one after the other, as int32 tensors (height, width, num_channels).

    In a page the browser decodes them (JPEG, PNG, WebP, GIF, ...), which has to be awaited; in
    ordinary Python Pillow does, if it is installed.

    Args:
        files: paths, addresses, bytes, or Files that a user chose.
        num_channels: 3 for RGB, 4 to keep alpha, 1 for the red channel only.
        size: height and width to resize to, bilinearly; elements are float32 then, so that they
            can be batched.

    Raises:
        ImageError: when it is gone through: a file is no image.

    >>> from PIL import Image
    >>> Image.new("RGB", (4, 2), "red").save("red.png")
    >>> [image.shape for image in tfpy.data.images(["red.png"])]
    [(2, 4, 3)]
    """
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise ArgumentError(f"images: size must be height and width, not {size}")
    found = list(files)

    async def steps(blocking: bool) -> AsyncGenerator[Any]:
        for file in found:
            image = await _image(file, num_channels, blocking)
            yield image if size is None else resize_bilinear(image, size, half_pixel_centers=True)

    return Dataset(steps, len(found))


async def _image(file: Any, num_channels: int, blocking: bool) -> Tensor:
    body = await read(file, blocking)
    if compat.IN_BROWSER:
        from ..compat.images import decode

        bitmap = await decode(body, describe(file))
        try:
            return browser.from_pixels(bitmap, num_channels)
        finally:
            bitmap.close()
    try:
        from PIL import Image
    except ImportError:
        raise ImageError("images: reading image files needs Pillow: pip install pillow") from None
    try:
        return browser.from_pixels(Image.open(io.BytesIO(bytes(body))), num_channels)
    except OSError as error:
        raise ImageError(f"{describe(file)}: not an image that Pillow reads ({error})") from None
