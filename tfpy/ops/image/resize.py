"""Images in another size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...registry import composite
from ...tensor import Tensor
from ..movement import reshape
from .sampling import image_tensor, resize_image, size2d


def _resize(method: str, images: Any, size: Sequence[int], *flags: bool) -> Tensor:
    op = f"resize_{method}"
    x = image_tensor(op, images, 3, 4, blend=method == "bilinear")
    new = size2d(size, f"{op}: size")
    batch = x if x.ndim == 4 else reshape(x, (1, *x.shape))
    y = resize_image(batch, new, method, *map(bool, flags))
    return y if x.ndim == 4 else reshape(y, y.shape[1:])


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

    >>> tfpy.image.resize_bilinear([[[0.0], [3.0]]], (1, 4), half_pixel_centers=True).ravel()
    tfpy.tensor([  0., 0.75, 2.25,   3.])
    """
    return _resize("bilinear", images, size, align_corners, half_pixel_centers)


@composite()
def resize_nearest_neighbor(
    images: Any,
    size: Sequence[int],
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images of any dtype resized by taking the nearest pixel, exactly.

    Args:
        images: (batch, height, width, channels), or one image without the batch axis.
        size: new height and width.
        align_corners: map the centres of the corner pixels onto each other; halfway, the later
            pixel.
        half_pixel_centers: the pixel under the centre of the new one, rather than under its
            corner; not together with `align_corners`.

    >>> tfpy.image.resize_nearest_neighbor([[[1], [2], [3]]], (1, 6)).ravel()
    tfpy.tensor([1, 1, 2, 2, 3, 3])
    """
    return _resize("nearest", images, size, align_corners, half_pixel_centers)
