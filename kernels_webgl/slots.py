"""Which values of a plan share a texture: those that are never needed at the same time.

A value may lie in the corner of a larger texture, since programs are told how large the textures
are that they read. Flat ones wrap at their width, so that must be theirs. Numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .layout import TextureShape


class Value(NamedTuple):
    """The texture a value would have alone, the first and last draw that use it, and whether that
    may be larger."""

    shape: TextureShape
    first: int
    last: int
    grows: bool


class Slots(NamedTuple):
    """The textures, and for each value the number of its own."""

    shapes: list[TextureShape]
    of: list[int]


class _Slot:
    """A texture while values are still put into it."""

    def __init__(self, kind: Any, shape: TextureShape) -> None:
        self.kind, self.shape = kind, shape
        self.busy: set[int] = set()

    def grown(self, shape: TextureShape) -> TextureShape:
        """The texture that has room for `shape` too."""
        width, height = max(self.shape.width, shape.width), max(self.shape.height, shape.height)
        return self.shape._replace(width=width, height=height)


def share(values: Sequence[Value]) -> Slots:
    """Slots for values: the largest first, each where the fewest bytes are added."""
    slots: list[_Slot] = []
    of = [0] * len(values)
    for i in sorted(range(len(values)), key=lambda i: (-values[i].shape.nbytes, values[i].first)):
        shape, first, last, grows = values[i]
        draws = range(first, last + 1)
        kind = (shape.kind, shape.layers or -shape.width) if grows else shape
        best, least = len(slots), shape.nbytes
        for n, slot in enumerate(slots):
            more = slot.grown(shape).nbytes - slot.shape.nbytes
            if slot.kind == kind and more < least and slot.busy.isdisjoint(draws):
                best, least = n, more
        if best == len(slots):
            slots.append(_Slot(kind, shape))
        slots[best].shape = slots[best].grown(shape)
        slots[best].busy.update(draws)
        of[i] = best
    return Slots([slot.shape for slot in slots], of)
