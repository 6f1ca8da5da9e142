"""Operations on images: the `tfpy.image` namespace. NHWC, most also without the batch axis."""

from .color import grayscale_to_rgb, rgb_to_grayscale, threshold
from .resize import resize_bilinear, resize_nearest_neighbor
from .suppression import (
    non_max_suppression,
    non_max_suppression_async,
    non_max_suppression_padded,
    non_max_suppression_padded_async,
    non_max_suppression_with_scores,
    non_max_suppression_with_scores_async,
)
from .warp import crop_and_resize, flip_left_right, flip_up_down, rotate_with_offset, transform

__all__ = [
    "crop_and_resize",
    "flip_left_right",
    "flip_up_down",
    "grayscale_to_rgb",
    "non_max_suppression",
    "non_max_suppression_async",
    "non_max_suppression_padded",
    "non_max_suppression_padded_async",
    "non_max_suppression_with_scores",
    "non_max_suppression_with_scores_async",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rgb_to_grayscale",
    "rotate_with_offset",
    "threshold",
    "transform",
]
