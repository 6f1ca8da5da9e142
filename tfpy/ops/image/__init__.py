"""Operations on images: the `tfpy.image` namespace. NHWC, most also without the batch axis."""

from .color import grayscale_to_rgb, rgb_to_grayscale
from .resize import resize_bilinear, resize_nearest_neighbor
from .warp import crop_and_resize, flip_left_right, flip_up_down, rotate_with_offset, transform

__all__ = [
    "crop_and_resize",
    "flip_left_right",
    "flip_up_down",
    "grayscale_to_rgb",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rgb_to_grayscale",
    "rotate_with_offset",
    "transform",
]
