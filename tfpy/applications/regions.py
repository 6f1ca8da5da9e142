"""Regions of an image, turned as what they show is, and how to cut them out.

As in MediaPipe's graphs, but in pixels: x to the right, y down, angles clockwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from math import atan2, cos, dist, floor, pi, sin
from typing import NamedTuple

from ..ops.creation import tensor
from ..ops.image import transform
from ..plan.function import function
from ..tensor import Tensor
from .results import Box

#: A place, with its depth if there is a third number.
Place = Sequence[float]


class Region(NamedTuple):
    """A rectangle by its middle, its size and the angle it is turned by, in radians.

    >>> from tfpy.applications.regions import Region
    >>> face = Region(100.0, 80.0, 40.0, 20.0)
    >>> face.place(0.5, 1.0)
    (100.0, 90.0)
    >>> face.grown(1.5, down=-0.5)
    Region(x=100.0, y=70.0, width=60.0, height=60.0, rotation=0.0)
    """

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A place in shares of the region's width and height as one in the image."""
        x, y = turned((x - 0.5) * self.width, (y - 0.5) * self.height, self.rotation)
        return self.x + x, self.y + y

    def pixels(self, size: int) -> tuple[tuple[float, float], ...]:
        """Of the region cut out as `size` x `size` pixels: where its corner is in the image, and
        how far it is from a pixel to the next one and to the one below."""
        x, y = self.place(0.0, 0.0)
        across = turned(self.width / size, 0.0, self.rotation)
        return (x, y), across, turned(0.0, self.height / size, self.rotation)

    def grown(self, scale: float, down: float = 0.0) -> Region:
        """A square `scale` times the longer side, moved by `down` heights along its own axis."""
        x, y = turned(0.0, self.height * down, self.rotation)
        side = max(self.width, self.height) * scale
        return Region(self.x + x, self.y + y, side, side, self.rotation)


class Video:
    """What is known of a video: the regions in which to look in its next frame.

    Another video is another object, so that a frame of this one that is still waited for writes
    to its own.
    """

    def __init__(self) -> None:
        self.regions: list[Region] = []


def turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """A vector turned by an angle."""
    return cos(angle) * x - sin(angle) * y, sin(angle) * x + cos(angle) * y


def covering(image: Tensor) -> Region:
    """The smallest square around all of an image (1, height, width, channels)."""
    _, height, width, _ = image.shape
    side = max(height, width)
    return Region(width / 2, height / 2, side, side)


def box_around(points: Iterable[Place]) -> Box:
    """The smallest upright rectangle around points.

    >>> from tfpy.applications.regions import box_around
    >>> box_around([(3, 1), (1, 5)])
    Box(x=1, y=1, width=2, height=4)
    """
    xs, ys = zip(*((p[0], p[1]) for p in points), strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def region_of(box: Box, rotation: float = 0.0) -> Region:
    """The region with the middle and size of a box."""
    return Region(box.x + box.width / 2, box.y + box.height / 2, box.width, box.height, rotation)


def leaning(start: Place, end: Place, upright: float) -> float:
    """How far what shows the points is turned, in [-pi, pi), if the line from `start` to `end` is
    at the angle `upright` when it is not: 0 is to the right, pi / 2 up.

    >>> from math import pi
    >>> from tfpy.applications.regions import leaning
    >>> leaning((0, 0), (5, 5), 0.0) / pi
    0.25
    """
    angle = upright - atan2(start[1] - end[1], end[0] - start[0])
    return angle - 2 * pi * floor((angle + pi) / (2 * pi))


def region_by_middle(middle: Place, edge: Place, scale: float) -> Region:
    """A square around `middle` through `edge`, which is above it, grown by `scale`; of a pixel at
    least."""
    side = max(2 * dist(middle[:2], edge[:2]), 1.0)
    return Region(middle[0], middle[1], side, side, leaning(middle, edge, pi / 2)).grown(scale)


def cut_out(
    image: Tensor,
    region: Region,
    size: int,
    value_range: tuple[float, float],
    *,
    fill_mode: str = "constant",
) -> Tensor:
    """A square region turned upright, (1, size, size, channels).

    Args:
        image: (1, height, width, channels), of 0 to 255.
        value_range: what 0 and 255 become.
        fill_mode: as for `tfpy.image.transform`; by default 0 is around the image.
    """
    corner, across, down = region.pixels(size)
    maps = [across[0], down[0], corner[0], across[1], down[1], corner[1], 0.0, 0.0]
    return _warped(image, tensor([maps]), (size, size), fill_mode, value_range)


def put_back(mask: Tensor, region: Region, height: int, width: int) -> Tensor:
    """What was found in a region that was cut out, (1, size, size, channels), where it is in the
    image: (1, height, width, channels), 0 around the region."""
    size = mask.shape[1]
    x, y = turned(-region.x, -region.y, -region.rotation)
    c, s = cos(region.rotation) * size, sin(region.rotation) * size
    x, y = x / region.width * size + size / 2, y / region.height * size + size / 2
    c_x, s_x, c_y, s_y = c / region.width, s / region.width, c / region.height, s / region.height
    maps = [c_x, s_x, x, -s_y, c_y, y, 0.0, 0.0]
    return _warped(mask, tensor([maps]), (height, width), "constant", (0.0, 255.0))


@function
def _warped(
    image: Tensor,
    maps: Tensor,
    size: tuple[int, int],
    fill_mode: str,
    value_range: tuple[float, float],
) -> Tensor:
    """A plan, which takes half as many steps."""
    low, high = value_range
    x = transform(image, maps, "bilinear", fill_mode, 0.0, size)
    return x if (low, high) == (0.0, 255.0) else x * ((high - low) / 255.0) + low


def without_overlaps(regions: Iterable[Region], most: float = 0.5) -> list[Region]:
    """The regions without those that a later one covers: whose intersection with it, divided by
    their union, is above `most`. Their angles do not count."""
    kept: list[Region] = []
    for region in regions:
        kept = [*(other for other in kept if _overlap(region, other) <= most), region]
    return kept


def _overlap(a: Region, b: Region) -> float:
    width = min(a.x + a.width / 2, b.x + b.width / 2) - max(a.x - a.width / 2, b.x - b.width / 2)
    height = min(a.y + a.height / 2, b.y + b.height / 2) - max(
        a.y - a.height / 2, b.y - b.height / 2
    )
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.width * a.height + b.width * b.height - shared)


def placed(
    values: Sequence[float], dims: int, region: Region, size: int
) -> list[tuple[float, float, float]]:
    """Points that a network found in a region, in pixels of the image; z in the scale of x.

    Args:
        values: for each point `dims` numbers that begin with x, y and, if more than 2, z, in
            pixels of what was cut out.
        size: of what was cut out.
    """
    (x0, y0), (x_across, y_across), (x_down, y_down) = region.pixels(size)
    depth = region.width / size
    zs = values[2::dims] if dims > 2 else repeat(0.0)
    return [
        (x0 + x * x_across + y * x_down, y0 + x * y_across + y * y_down, z * depth)
        for x, y, z in zip(values[::dims], values[1::dims], zs, strict=False)
    ]
