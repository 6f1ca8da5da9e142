"""Windows written out: GLSL that reads each pixel under a block's four windows once.

A loop over the taps of a window reads most pixels several times and computes where they are each
time. Which of them a block of 2 x 2 results needs, in which block and layer each lies and which can
be outside the image depends on the window alone, so it is decided here, for windows that are small.
The texts are uses of macros that the bodies define: PLACE(block, down, across),
READ(pixel, block, layer) and READ_IF(pixel, block, layer, flag).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfpy.spec import Window


class Step(NamedTuple):
    """A row or column of pixels under the windows of a block.

    Attributes:
        at: distance from the first pixel of the first window.
        block, second: the block in which it lies, counted from the one under the first pixel if
            there were no padding, and whether it is the second there.
        outside: condition in GLSL for lying outside the image, or nothing if it never does.
        uses: which of the two windows it belongs to, and as which tap.
    """

    at: int
    block: int
    second: int
    outside: str
    uses: tuple[tuple[int, int], ...]


def steps(window: Window, axis: int, size: int) -> list[Step]:
    """The rows (axis 0) or columns (axis 1) under two neighbouring windows of an image."""
    stride, pad, out = window.strides[axis], window.pads[axis][0], window.out[axis]
    uses: dict[int, list[tuple[int, int]]] = {}
    for second in range(2):
        for tap in range(window.kernel[axis]):
            at = second * stride + tap * window.dilations[axis]
            uses.setdefault(at, []).append((second, tap))
    found = []
    for at, used in sorted(uses.items()):
        # Only results that exist need care: an odd size leaves the second of two over.
        last = max((out - 1 - second) // 2 for second, _ in used) * 2 * stride - pad + at
        outside = _outside(axis, at, at < pad, last >= size)
        found.append(Step(at, (at - pad) // 2, (at - pad) % 2, outside, tuple(used)))
    return found


def _outside(axis: int, at: int, below: bool, above: bool) -> str:
    """The condition for lying outside, as far as it can. Names of sizes: one program for all."""
    name, size = (("y", "height"), ("x", "width"))[axis]
    found = [f"{name} + {at} < 0"] * below + [f"{name} + {at} >= {size}"] * above
    return " || ".join(found)


class Pixel(NamedTuple):
    """A pixel under the windows of a block: what reads it, and the taps it is multiplied with.

    `uses` are (which of the block's four results, number of the tap).
    """

    read: str
    uses: tuple[tuple[int, int], ...]


class Written(NamedTuple):
    """The windows of a block written out: what comes before the first pixel, and the pixels."""

    before: str
    pixels: tuple[Pixel, ...]


def write(window: Window, image: tuple[int, ...], in_blocks: bool) -> Written:
    """`window` over an image of shape `image` (NHWC), which lies in blocks or in rgba."""
    rows, columns = (steps(window, axis, image[1 + axis]) for axis in (0, 1))
    before: dict[str, None] = {}
    pixels = []
    for i, (row, column) in enumerate((r, c) for r in rows for c in columns):
        if in_blocks:
            block = f"block_{row.block}_{column.block}".replace("-", "m")
            before[f"PLACE({block}, {row.block}, {column.block})"] = None
            where = f"v{i}, {block}, {4 * row.second + 2 * column.second}.0"
        else:
            where = f"v{i}, {column.at}.0, {row.at}.0"
        outside = " || ".join(filter(None, (row.outside, column.outside)))
        if outside:
            before[f"bool inside{i} = !({outside});"] = None
        read = f"READ_IF({where}, inside{i})" if outside else f"READ({where})"
        pixels.append(Pixel(read, tuple(_uses(window, row, column))))
    return Written(" ".join(before), tuple(pixels))


def _uses(window: Window, row: Step, column: Step) -> Iterator[tuple[int, int]]:
    for dy, ky in row.uses:
        for dx, kx in column.uses:
            yield dy * 2 + dx, ky * window.kernel[1] + kx
