"""A schedule recorded as the WebGL calls it comes to, and made again at every run.

What differs from run to run (the textures of inputs, the framebuffers of outputs) are holes in the
recorded calls. A driver may bring its own way to replay them: in a page that is `replay.js`, which
costs one call from Python; `Replay` here does the same elsewhere, and where a page forbids scripts
made of text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import gl as G
from .layout import SCALAR
from .schedule import Draw, Place
from .textures import Texture

if TYPE_CHECKING:
    from .device import Device, Linked

#: Makes the calls again, with the values of a run in the holes.
Replayer = Callable[[Sequence[Any]], None]


class Hole(NamedTuple):
    """An argument that is number `value` of what a run gives."""

    value: int


class Recording:
    """The calls of a table of draws.

    Args:
        device: where they will be made.
        draws: in order.
        linked: the program of each draw.
        where: the textures of constants and slots, the values of constants that are uniforms, and
            for inputs the target and hole of their texture.
        frame: the framebuffer of targets, or its hole.

    Attributes:
        calls: (method, arguments ...) each.
    """

    def __init__(
        self,
        device: Device,
        draws: Sequence[Draw],
        linked: Sequence[Linked],
        where: dict[Place, Any],
        frame: Callable[[tuple[Place, ...]], Any],
    ) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._device, self._where, self._frame = device, where, frame
        # What is set so far; nothing is known at the start, so everything is set once.
        self._program: Linked | None = None
        self._numbers: dict[int, Any] = {}
        self._units: dict[int, Any] = {}
        self._unit = -1
        self._target: Any = None
        self._viewport: Any = None
        for draw, program in zip(draws, linked, strict=True):
            self._draw(draw, program)

    def _draw(self, draw: Draw, linked: Linked) -> None:
        if linked is not self._program:
            self._call("useProgram", linked.handle)
            self._program = linked
        if self._numbers.get(id(linked)) != draw.numbers:
            dims, floats = self._device.numbers(linked, draw.numbers)
            if dims is not None:
                self._call("uniform4iv", linked.dims_at, dims)
            if floats is not None:
                self._call("uniform4fv", linked.floats_at, floats)
            self._numbers[id(linked)] = draw.numbers
        for unit, place in enumerate(draw.samplers):
            self._bind(unit, self._where[place])
        self._set_scalars(draw, linked)
        self._draw_to(draw.targets, draw.size)
        self._call("drawArrays", G.TRIANGLES, 0, 3)

    def _set_scalars(self, draw: Draw, linked: Linked) -> None:
        readers = [reader for reader in draw.source.readers if reader.layout == SCALAR]
        for reader, (_, location), place in zip(
            readers, linked.scalars_at, draw.scalars, strict=True
        ):
            if location is not None:
                name, kind = ("uniform1f", float) if reader.kind == "f" else ("uniform1i", int)
                self._call(name, location, kind(self._where[place]))

    def _bind(self, unit: int, texture: Texture | tuple[int, Hole]) -> None:
        if self._units.get(unit) == texture:
            return
        if self._unit != unit:
            self._call("activeTexture", G.TEXTURE0 + unit)
            self._unit = unit
        target, handle = (
            (texture.target, texture.handle) if isinstance(texture, Texture) else texture
        )
        self._call("bindTexture", target, handle)
        self._units[unit] = texture

    def _draw_to(self, targets: tuple[Place, ...], viewport: tuple[int, int]) -> None:
        if self._target != targets:
            self._call("bindFramebuffer", G.FRAMEBUFFER, self._frame(targets))
            self._target = targets
        if self._viewport != viewport:
            self._call("viewport", 0, 0, *viewport)
            self._viewport = viewport

    def _call(self, method: str, *args: Any) -> None:
        self.calls.append((method, *args))

    # -------------------------------------------------------------------------------- replaying

    def holes(self) -> tuple[list[list[Any]], list[int]]:
        """The calls with nothing in the holes, and the holes as call, argument, value."""
        calls: list[list[Any]] = []
        holes: list[int] = []
        for i, call in enumerate(self.calls):
            for j, arg in enumerate(call):
                if isinstance(arg, Hole):
                    holes += (i, j - 1, arg.value)
            calls.append([0 if isinstance(arg, Hole) else arg for arg in call])
        return calls, holes

    def replayer(self) -> Replayer:
        """The driver's own way to replay, or the one here."""
        gl = self._device.gl
        calls, holes = self.holes()
        return (gl.replayer and gl.replayer(calls, holes)) or Replay(gl, calls, holes)


class Replay:
    """Replays recorded calls from Python; see `Recording.holes` for the arguments."""

    def __init__(self, gl: Any, calls: Sequence[Sequence[Any]], holes: Sequence[int]) -> None:
        self._calls = [(getattr(gl, method), args) for method, *args in calls]
        self._holes = list(zip(holes[::3], holes[1::3], holes[2::3], strict=True))

    def __call__(self, values: Sequence[Any]) -> None:
        calls = self._calls
        for call, argument, value in self._holes:
            calls[call][1][argument] = values[value]
        for method, args in calls:
            method(*args)
