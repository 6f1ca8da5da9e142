"""What pretrained models find: places in an image, in its pixels, and names for the whole of it.

Each model's module has its own kind of result made of these, with `draw(canvas)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..spec import integer, number
from .drawing import COLORS, drawing_on

#: Heights of a caption's bar and of its row, in pixels.
_BAR, _ROW = 20, 24


class Keypoint(NamedTuple):
    """One point of a body, a face or a hand.

    Attributes:
        x, y: where it is, from the image's left and upper edge.
        score: how sure the model is, from 0 to 1; None where it does not say.
        name: which point it is, such as "left_eye"; "" for the unnamed ones of a mesh.
        z: its depth, in the scale of x, less being nearer; None where the model does not say.
    """

    x: float
    y: float
    score: float | None = None
    name: str = ""
    z: float | None = None


class Box(NamedTuple):
    """A rectangle: its left and upper edge and its size."""

    x: float
    y: float
    width: float
    height: float

    def draw(self, canvas: Any, label: str = "", *, color: str = COLORS[0]) -> None:
        """Draw its outline and a label on `canvas`, as in `drawing_on`."""
        drawing_on(canvas).box(*self, color, label)


def draw_keypoints(
    canvas: Any,
    keypoints: Iterable[Keypoint],
    edges: Iterable[tuple[int, int]] = (),
    *,
    min_score: float = 0.3,
    radius: float = 3.0,
    color: str = COLORS[0],
) -> None:
    """Draw points as dots and `edges`, pairs of their places in the list, as lines.

    Args:
        canvas: as in `drawing_on`.
        min_score: points less sure are left out, and their lines with them.
        radius: of the dots, in pixels.
        color: a CSS colour.
    """
    pen, least = drawing_on(canvas), number(min_score, "draw: min_score")
    points = list(keypoints)
    sure = [p.score is None or p.score >= least for p in points]
    for a, b in edges:
        if sure[a] and sure[b]:
            pen.line(points[a].x, points[a].y, points[b].x, points[b].y, color)
    for point, shown in zip(points, sure, strict=True):
        if shown:
            pen.dot(point.x, point.y, radius, color)


def draw_caption(canvas: Any, text: str, share: float | None = None, *, row: int = 0) -> None:
    """Write what is no place in the image: a line of text in its upper left corner.

    Args:
        canvas: as in `drawing_on`.
        share: how probable it is, from 0 to 1: written behind the text and drawn as a bar, of
            which 1 is the canvas's width.
        row: how many other captions it is drawn below.
    """
    pen, place = drawing_on(canvas), integer(row, "draw: row")
    label = text if share is None else f"{text} {share:.0%}"
    width = 0.0 if share is None else share * canvas.width
    pen.box(0, place * _ROW, width, _BAR, COLORS[place % len(COLORS)], label)


class Keypoints:
    """Base of what has `keypoints`: `found["nose"]` is the one of that name."""

    keypoints: Sequence[Keypoint]

    def __getitem__(self, name: str) -> Keypoint:
        for point in self.keypoints:
            if point.name == name:
                return point
        names = ", ".join(dict.fromkeys(p.name for p in self.keypoints if p.name))
        raise ArgumentError(f"there is no key point {name!r}; there are {names}")
