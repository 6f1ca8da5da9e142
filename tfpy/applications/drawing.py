"""Draws results over an image: on a canvas of a page or, natively, on a PIL image.

Coordinates are pixels of the image, and so of a canvas of its size. This module knows lines, dots,
boxes and masks, not what they stand for.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..compat import images
from ..errors import ArgumentError

#: Colours that stay apart from each other and from most photos, also for the colour-blind.
COLORS = ("#00a6d6", "#f5a623", "#2e9e5b", "#d0469a", "#7a5cd6", "#d4502c", "#c9b800", "#5b6b7a")

_LINE_WIDTH = 2
_FONT_SIZE = 14


class Drawing(Protocol):
    """What can be drawn with; colours are CSS's `#rrggbb`."""

    def line(self, x0: float, y0: float, x1: float, y1: float, color: str) -> None:
        """A straight line."""

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        """A filled circle."""

    def box(
        self, x: float, y: float, width: float, height: float, color: str, label: str = ""
    ) -> None:
        """A rectangle's outline and, inside its upper left corner, a label."""

    def picture(self, rgba: bytes | bytearray | memoryview, width: int, height: int) -> None:
        """A picture of (height, width) pixels over all of the canvas, by its opacity."""


def drawing_on(canvas: Any) -> Drawing:
    """The means to draw on `canvas`: an HTML or offscreen canvas, or a PIL image.

    Raises `ArgumentError` for anything else.
    """
    if hasattr(canvas, "getContext"):
        return _CanvasDrawing(canvas)
    if hasattr(canvas, "getbands") and hasattr(canvas, "paste"):
        return _PictureDrawing(canvas)
    raise ArgumentError(f"draw takes a canvas or a PIL image, not a {type(canvas).__name__}")


class _CanvasDrawing:
    """A canvas's 2-D context."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self._context = canvas.getContext("2d")

    def line(self, x0: float, y0: float, x1: float, y1: float, color: str) -> None:
        context = self._context
        context.strokeStyle, context.lineWidth = color, _LINE_WIDTH
        context.beginPath()
        context.moveTo(x0, y0)
        context.lineTo(x1, y1)
        context.stroke()

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        context = self._context
        context.fillStyle = color
        context.beginPath()
        context.arc(x, y, radius, 0, 6.2832)
        context.fill()

    def box(
        self, x: float, y: float, width: float, height: float, color: str, label: str = ""
    ) -> None:
        context = self._context
        context.strokeStyle, context.lineWidth = color, _LINE_WIDTH
        context.strokeRect(x, y, width, height)
        if label:
            context.font = f"{_FONT_SIZE}px sans-serif"
            context.textBaseline = "top"
            context.fillStyle = color
            context.fillRect(x, y, context.measureText(label).width + 8, _FONT_SIZE + 6)
            context.fillStyle = "#ffffff"
            context.fillText(label, x + 4, y + 3)

    def picture(self, rgba: bytes | bytearray | memoryview, width: int, height: int) -> None:
        # putImageData would replace what is there: a canvas of its own can be drawn over it.
        layer = images.offscreen_canvas(width, height)
        images.put_pixels(layer, bytearray(rgba), width, height)
        self._context.drawImage(layer, 0, 0, self._canvas.width, self._canvas.height)


class _PictureDrawing:
    """A PIL image."""

    def __init__(self, image: Any) -> None:
        from PIL import ImageDraw

        self._image = image
        self._draw = ImageDraw.Draw(image)

    def line(self, x0: float, y0: float, x1: float, y1: float, color: str) -> None:
        self._draw.line((x0, y0, x1, y1), color, _LINE_WIDTH)

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)

    def box(
        self, x: float, y: float, width: float, height: float, color: str, label: str = ""
    ) -> None:
        right, bottom = max(x, x + width), max(y, y + height)
        self._draw.rectangle((x, y, right, bottom), outline=color, width=_LINE_WIDTH)
        if label:
            around = self._draw.textbbox((x + 4, y + 3), label, font_size=_FONT_SIZE)
            self._draw.rectangle((x, y, around[2] + 4, around[3] + 3), color)
            self._draw.text((x + 4, y + 3), label, "#ffffff", font_size=_FONT_SIZE)

    def picture(self, rgba: bytes | bytearray | memoryview, width: int, height: int) -> None:
        from PIL import Image

        layer = Image.frombytes("RGBA", (width, height), bytes(rgba)).resize(self._image.size)
        self._image.paste(layer, (0, 0), layer)
