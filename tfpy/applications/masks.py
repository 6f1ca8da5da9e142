"""What segmentation finds, and pictures made of it: on the device, as tensors.

A mask is a tensor (height, width): bool, or float for how sure the model is, says where people are;
int32 is a class or part for each pixel, -1 for none. Functions take masks, `Segmentation`s, or a
list of either, of which the later lie over the earlier. They give images as int32 tensors of 0 to
255, for `tfpy.browser.to_pixels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, exp
from typing import Any

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..ops.conv import depthwise_conv2d
from ..ops.creation import ones, tensor
from ..ops.elementwise import equal, logical_and, logical_or, where
from ..ops.image import resize_nearest_neighbor
from ..ops.indexing import gather
from ..ops.movement import concat, expand_dims, flip, pad
from ..ops.pool import avg_pool, max_pool
from ..ops.reduce import any as any_of
from ..spec import integers, number, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .drawing import drawing_on
from .images import one_image
from .poses import Pose
from .pretrained import listed

#: `#rrggbb`, or red, green, blue and perhaps opacity from 0 to 255.
Color = str | Sequence[int]

#: Of the 24 parts of a body, from the face to the feet: a rainbow.
PART_COLORS = (
    *("#6e40aa", "#8f3db2", "#b23cb2", "#d23ea7", "#ee4395", "#ff4e7d", "#ff5e63", "#ff734b"),
    *("#ff8c38", "#efa72f", "#d9c231", "#c2db40", "#aff05b", "#87f557", "#60f760", "#40f373"),
    *("#28ea8d", "#1cdba9", "#1ac7c2", "#21b0d5", "#2f96e0", "#417de0", "#5465d6", "#6351c3"),
)
_CONTOUR = "#00ffff"


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Where something is in an image.

    Attributes:
        mask: see the module; as large as the image.
        names: what its numbers stand for; ("person",) for a mask of people.
        colors: one for each name.
        pose: whom it shows, where the model says that.
        legend: the colours of the names that are in the mask, where the model has looked.
    """

    mask: Tensor
    names: Sequence[str] = ("person",)
    colors: Sequence[Color] = PART_COLORS
    pose: Pose | None = None
    legend: Mapping[str, Color] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """In pixels."""
        return self.mask.shape[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.mask.shape[1]

    def draw(self, canvas: Any, opacity: float = 0.7) -> None:
        """Draw it over a canvas, or natively over a PIL image, in the colours of its names; what
        is called "background" is left as it is.

        Args:
            opacity: from 0 to 1.
        """
        run_blocking(self._draw(BLOCKING, canvas, opacity))

    async def draw_async(self, canvas: Any, opacity: float = 0.7) -> None:
        """The same as `draw`; the page stays alive until the mask is there."""
        await self._draw(AWAITING, canvas, opacity)

    async def _draw(self, wait: Blocking, canvas: Any, opacity: float) -> None:
        pen, opacity = drawing_on(canvas), number(opacity, "draw: opacity", 0, 1)
        names = [*self.names[: len(self.colors)]]
        hidden = names.index("background") if "background" in names else -1
        faded = [
            (*rgb, 0 if i == hidden else round(alpha * opacity))
            for i, (*rgb, alpha) in enumerate(map(_rgba, self.colors))
        ]
        rgba = to_colored_mask(self, faded, (0, 0, 0, 0))
        # What is left of each int32 is its first byte.
        pen.picture((await wait.read(rgba)).tobytes()[::4], self.width, self.height)


Masks = Segmentation | Tensor | Sequence[Segmentation | Tensor]


# ----------------------------------------------------------------------------------- as colours


def to_binary_mask(
    masks: Masks,
    foreground: Color = (0, 0, 0, 0),
    background: Color = (0, 0, 0, 255),
    draw_contour: bool = False,
    foreground_threshold: float = 0.5,
    foreground_values: int | Sequence[int] | None = None,
) -> Tensor:
    """A picture of two colours: one where the masks are, one where they are not.

    Args:
        masks: see the module.
        foreground, background: the colours.
        draw_contour: whether the edge of the foreground is drawn, two pixels wide.
        foreground_threshold: how sure the model must be, for masks of floats.
        foreground_values: which parts or classes count, one or several; by default all.

    Returns:
        int32 (height, width, 4).

    >>> tfpy.applications.masks.to_binary_mask(tfpy.tensor([[0.9, 0.2]]), "#ffffff")
    tfpy.tensor([[[255, 255, 255, 255],
                  [  0,   0,   0, 255]]])
    """
    values = None
    if foreground_values is not None:
        values = integers(foreground_values, "to_binary_mask: foreground_values")
    inside = _foreground(masks, foreground_threshold, values)
    colors = _table([background, foreground, _CONTOUR])
    which = engine.cast_to(inside, int32)
    if draw_contour:
        x = engine.cast_to(inside, float32).reshape((1, *inside.shape, 1))
        near_inside, near_outside = max_pool(x, 3, 1, "same"), max_pool(1.0 - x, 3, 1, "same")
        edge = logical_and(near_inside > 0.5, near_outside > 0.5).reshape(inside.shape)
        which = where(edge, tensor(2, dtype=int32), which)
    return gather(colors, which)


def to_colored_mask(
    masks: Masks,
    colors: Sequence[Color] | None = None,
    background: Color = (0, 0, 0, 255),
    foreground_threshold: float = 0.5,
) -> Tensor:
    """A picture with a colour for each part or class.

    Args:
        masks: see the module.
        colors: by number, from the beginning again where there are more numbers; by default those
            of the segmentation, or a rainbow.
        background: where the masks are not.
        foreground_threshold: how sure the model must be, for masks of floats.

    Returns:
        int32 (height, width, 4).

    >>> parts = tfpy.tensor([[-1, 1]])
    >>> tfpy.applications.masks.to_colored_mask(parts, ["#ff0000", "#00ff00"])
    tfpy.tensor([[[  0,   0,   0, 255],
                  [  0, 255,   0, 255]]])
    """
    several = _several(masks)
    if colors is None:
        colors = several[0].colors if isinstance(several[0], Segmentation) else PART_COLORS
    colors = listed("to_colored_mask: colors", colors)
    if not colors:
        raise ArgumentError("to_colored_mask: there are no colors")
    threshold = number(foreground_threshold, "foreground_threshold", 0, 1)
    which: Tensor | None = None
    for mask in several:
        numbers = _numbers(mask, threshold)
        which = numbers if which is None else where(numbers < 0, _of_size(which, numbers), numbers)
    assert which is not None
    row = where(which < 0, tensor(0, dtype=int32), which % len(colors) + 1)
    return gather(_table([background, *colors]), row)


# --------------------------------------------------------------------------------- over an image


def draw_mask(
    image: Any,
    mask_image: Tensor,
    mask_opacity: float = 0.7,
    mask_blur_amount: float = 0,
    flip_horizontal: bool = False,
) -> Tensor:
    """An image with a picture of masks over it.

    Args:
        image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) of 0 to
            255.
        mask_image: what `to_binary_mask` or `to_colored_mask` gives.
        mask_opacity: from 0 to 1.
        mask_blur_amount: by how many pixels the picture is blurred (see `blur`).
        flip_horizontal: whether left and right change places, as in a mirror.

    Returns:
        int32 (height, width, 3).
    """
    x = one_image("draw_mask", image)
    over, opacity = _layer("draw_mask", x, mask_image, mask_blur_amount)
    strength = opacity * number(mask_opacity, "draw_mask: mask_opacity", 0, 1)
    return _picture(x * (1.0 - strength) + over * strength, flip_horizontal)


def draw_pixelated_mask(
    image: Any,
    mask_image: Tensor,
    mask_opacity: float = 0.7,
    mask_blur_amount: float = 0,
    flip_horizontal: bool = False,
    pixel_cell_width: int = 10,
) -> Tensor:
    """An image under a picture of masks that is made of large squares.

    Args:
        image, mask_image, mask_opacity, mask_blur_amount, flip_horizontal: as in `draw_mask`.
        pixel_cell_width: the squares' width in pixels; there are white lines between them.

    Returns:
        int32 (height, width, 3).
    """
    name = "draw_pixelated_mask"
    x, n = one_image(name, image), positive(pixel_cell_width, f"{name}: pixel_cell_width")
    over, opacity = _layer(name, x, mask_image, mask_blur_amount)
    _, height, width, _ = x.shape
    down, across = ceil(height / n), ceil(width / n)
    # Ones tell how much of a square lies in the image.
    layer = concat([over * opacity, opacity, ones((1, height, width, 1))], 3)
    layer = pad(layer, [(0, 0), (0, down * n - height), (0, across * n - width), (0, 0)])
    cells = resize_nearest_neighbor(avg_pool(layer, n, n), (down * n, across * n))
    cells = cells[:, :height, :width]
    squares = _over_white(cells[..., :3] / cells[..., 4:], cells[..., 3:4] / cells[..., 4:])
    grid = [i % n == 0 for i in range(max(height, width))]
    rows = tensor(grid[:height]).reshape((-1, 1, 1))
    lines = logical_or(rows, tensor(grid[:width]).reshape((1, -1, 1)))
    squares = where(lines, tensor(255.0), squares)
    strength = number(mask_opacity, f"{name}: mask_opacity", 0, 1)
    return _picture(x * (1.0 - strength) + squares * strength, flip_horizontal)


def draw_bokeh_effect(
    image: Any,
    masks: Masks,
    foreground_threshold: float = 0.5,
    background_blur_amount: float = 3,
    edge_blur_amount: float = 3,
    flip_horizontal: bool = False,
) -> Tensor:
    """An image with all blurred but people.

    Args:
        image: as in `draw_mask`.
        masks: of people; see the module.
        foreground_threshold: how sure the model must be, for masks of floats.
        background_blur_amount, edge_blur_amount: by how many pixels what is behind is blurred, and
            the edge between (see `blur`).
        flip_horizontal: whether left and right change places, as in a mirror.

    Returns:
        int32 (height, width, 3).
    """
    sharp = _foreground(masks, foreground_threshold, None)
    amounts = background_blur_amount, edge_blur_amount
    return _partly_blurred("draw_bokeh_effect", image, sharp, amounts, flip_horizontal)


def blur_body_part(
    image: Any,
    masks: Masks,
    mask_values_to_blur: int | Sequence[int] = (0, 1),
    foreground_threshold: float = 0.5,
    background_blur_amount: float = 3,
    edge_blur_amount: float = 3,
    flip_horizontal: bool = False,
) -> Tensor:
    """An image with some parts of bodies blurred; by default faces, to hide who someone is.

    Args:
        image, foreground_threshold, background_blur_amount, edge_blur_amount, flip_horizontal: as
            in `draw_bokeh_effect`.
        masks: of parts; see the module.
        mask_values_to_blur: which parts, one or several.

    Returns:
        int32 (height, width, 3).
    """
    values = integers(mask_values_to_blur, "blur_body_part: mask_values_to_blur")
    hidden = _foreground(masks, foreground_threshold, values)
    amounts = background_blur_amount, edge_blur_amount
    return _partly_blurred("blur_body_part", image, ~hidden, amounts, flip_horizontal)


def blur(images: Tensor, amount: float) -> Tensor:
    """Images blurred by a Gaussian; what is out of them does not count.

    Args:
        images: (batch, height, width, channels), floats.
        amount: its standard deviation in pixels.
    """
    amount = number(amount, "blur: amount", 0, 100)
    if not amount:
        return images
    reach = max(1, ceil(3 * amount))
    taps = [exp(-0.5 * (i / amount) ** 2) for i in range(-reach, reach + 1)]
    batch, height, width, channels = images.shape
    x = concat([images, ones((batch, height, width, 1))], 3)
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        kernel = tensor(taps, dtype=float32).reshape(shape).tile((1, 1, channels + 1, 1))
        x = depthwise_conv2d(x, kernel, 1, "same")
    return x[..., :channels] / x[..., channels:]


# ------------------------------------------------------------------------------------------ parts


def _several(masks: Any) -> Sequence[Segmentation | Tensor]:
    if not isinstance(masks, (list, tuple)):
        return [masks]
    if not masks:
        raise ArgumentError("there are no masks: the list is empty")
    return masks


def _numbers(mask: Any, threshold: float) -> Tensor:
    """A mask as int32 numbers: 0 for a person, -1 for none."""
    x = engine.as_tensor(mask.mask if isinstance(mask, Segmentation) else mask)
    if x.ndim != 2 or 0 in x.shape:
        raise ShapeError(f"a mask has shape (height, width), not {x.shape}")
    if x.dtype.kind == "i":
        return x
    if x.dtype.kind not in "bf":
        raise DTypeError(f"a mask is bool, float or int32, not {x.dtype}")
    return engine.cast_to(x if x.dtype.kind == "b" else x >= threshold, int32) - 1


def _foreground(masks: Masks, threshold: float, values: Sequence[int] | None) -> Tensor:
    """bool (height, width): where any of the masks is, or has one of `values`."""
    threshold = number(threshold, "foreground_threshold", 0, 1)
    found: Tensor | None = None
    for mask in _several(masks):
        numbers = _numbers(mask, threshold)
        inside = numbers >= 0
        if values is not None:
            wanted = tensor(list(values), dtype=int32)
            inside = any_of(equal(expand_dims(numbers, -1), wanted), -1)
        found = inside if found is None else logical_or(_of_size(found, inside), inside)
    assert found is not None
    return found


def _of_size(x: Tensor, other: Tensor) -> Tensor:
    if x.shape != other.shape:
        raise ShapeError(f"masks of one image have one size, not {x.shape} and {other.shape}")
    return x


def _partly_blurred(
    name: str, image: Any, sharp: Tensor, amounts: tuple[float, float], flipped: bool
) -> Tensor:
    x = one_image(name, image)
    _check_size(name, x, sharp)
    weight = blur(engine.cast_to(sharp, float32).reshape((1, *sharp.shape, 1)), amounts[1])
    return _picture(x * weight + blur(x, amounts[0]) * (1.0 - weight), flipped)


def _layer(name: str, x: Tensor, mask_image: Any, amount: float) -> tuple[Tensor, Tensor]:
    """Colours and opacity (0 to 1) of a picture that lies over the image."""
    picture = engine.cast_to(engine.as_tensor(mask_image), float32)
    if picture.ndim != 3 or picture.shape[2] != 4:
        raise ShapeError(f"{name}: mask_image has shape (height, width, 4), not {picture.shape}")
    _check_size(name, x, picture)
    opacity = expand_dims(picture[..., 3:] / 255.0, 0)
    if not amount:
        return expand_dims(picture[..., :3], 0), opacity
    # Colours of what is not seen do not bleed into the rest.
    both = blur(concat([expand_dims(picture[..., :3], 0) * opacity, opacity], 3), amount)
    opacity = both[..., 3:]
    return both[..., :3] / where(opacity > 0, opacity, tensor(1.0)), opacity


def _over_white(premultiplied: Tensor, opacity: Tensor) -> Tensor:
    return premultiplied + 255.0 * (1.0 - opacity)


def _check_size(name: str, x: Tensor, mask: Tensor) -> None:
    if x.shape[1:3] != mask.shape[:2]:
        raise ShapeError(f"{name}: the image is {x.shape[1:3]}, its mask {mask.shape[:2]}")


def _picture(x: Tensor, flipped: bool) -> Tensor:
    y = engine.cast_to(x.round(), int32).reshape(x.shape[1:])
    return flip(y, 1) if flipped else y


def _table(colors: Sequence[Color]) -> Tensor:
    return tensor([_rgba(color) for color in colors], dtype=int32)


def _rgba(color: Color) -> tuple[int, int, int, int]:
    try:
        given = bytes.fromhex(color.removeprefix("#")) if isinstance(color, str) else bytes(color)
        red, green, blue, *opacity = given
        (alpha,) = opacity or (255,)
        return red, green, blue, alpha
    except (TypeError, ValueError):
        raise ArgumentError(f"a color is #rrggbb or 3 or 4 bytes, not {color!r:.50}") from None
