"""A GL context with memory: it remembers what is bound, links programs, draws, uploads and reads.

The only module that issues GL calls, apart from the pool that makes textures. It knows nothing of
operations.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from tfpy.dtypes import DType
from tfpy.errors import BackendError, ContextLostError, ShaderError
from tfpy.spec import TensorSpec

from . import gl as G
from .assemble import VERTEX_SHADER, Numbers, Source, assemble, pad4
from .draw import (
    BIND_ARRAY,
    BIND_FRAMEBUFFER,
    UNIFORM_1F,
    UNIFORM_1I,
    UNIFORM_4FV,
    UNIFORM_4IV,
    USE_PROGRAM,
    VIEWPORT,
    draw,
)
from .gl import GL
from .layout import FLAT, SCALAR, TextureShape, check_fits, texture_shape
from .textures import Texture, TexturePool

#: What to read pixels as, by texture kind.
_READ_FORMATS = {
    "f": (G.RGBA, G.FLOAT),
    "i": (G.RGBA_INTEGER, G.INT),
    "u": (G.RGBA, G.UNSIGNED_BYTE),
}
#: Seconds between looks at a fence: at once, then patiently.
_POLL_DELAYS = (0.0, 0.0, 0.0, 0.001, 0.001, 0.002)
_LAST_POLL_DELAY = 0.004
_LOST = (
    "the WebGL context was lost (the device was reset or taken away); tensors that lived only "
    "there are gone. Remove the backend with tfpy.remove_backend('webgl') and start again"
)


class Linked:
    """A linked program: where its uniforms are, and the numbers it was last given."""

    __slots__ = ("dims", "dims_at", "floats", "floats_at", "handle", "scalars_at")

    def __init__(self, handle: Any, dims_at: Any, floats_at: Any, scalars_at: list[Any]) -> None:
        self.handle, self.dims_at, self.floats_at = handle, dims_at, floats_at
        #: (which setter, location) of each input that is a uniform, in order. No location where
        #: the compiler found no use for it.
        self.scalars_at = scalars_at
        self.dims: Any = None
        self.floats: Any = None


class Device:
    """One context and what is bound in it.

    Attributes:
        gl: the driver.
        pool: where textures come from.
        limits: "texture_size", "draw_buffers", "texture_units".
    """

    def __init__(self, gl: GL) -> None:
        self.gl = gl
        ask = gl.getParameter
        self.limits = {
            "texture_size": int(ask(G.MAX_TEXTURE_SIZE)),
            "draw_buffers": int(ask(G.MAX_DRAW_BUFFERS)),
            "texture_units": int(ask(G.MAX_TEXTURE_IMAGE_UNITS)),
        }
        self.pool = TexturePool(gl, lambda texture: self._bind(0, texture))
        self.pool.forget = self._forget
        self._programs: dict[Source, Linked] = {}
        #: Programs whose compilation was started: (program, fragment shader, text).
        self._started: dict[Source, tuple[Any, Any, str]] = {}
        self._compiles_aside = gl.getExtension("KHR_parallel_shader_compile")
        self._vertex_shader: Any = None
        self._program: Linked | None = None
        self._target: tuple[int, ...] = ()
        self._viewport = (0, 0)
        self._unit = -1
        self._draw: Callable[..., None] = gl.drawer or partial(draw, gl)
        self._units: list[Texture | None] = [None] * self.limits["texture_units"]
        gl.disable(G.DITHER)
        gl.pixelStorei(G.UNPACK_ALIGNMENT, 1)

    # ----------------------------------------------------------------------------- programs

    def start(self, source: Source) -> None:
        """Begin to compile `source`. Drivers may do so aside, several at a time: nothing is asked
        of a program before it is linked."""
        if source in self._programs or source in self._started:
            return
        # A lost context makes no shaders, and some browsers' is not told of before it is asked.
        self.check(ask=True)
        gl, text = self.gl, assemble(source)
        if self._vertex_shader is None:
            self._vertex_shader = self._shader(G.VERTEX_SHADER, VERTEX_SHADER)
        fragment = self._shader(G.FRAGMENT_SHADER, text)
        program = gl.createProgram()
        gl.attachShader(program, self._vertex_shader)
        gl.attachShader(program, fragment)
        gl.linkProgram(program)
        self._started[source] = program, fragment, text

    async def compiled(self, source: Source) -> None:
        """Wait, where the driver tells, until `link` would not block."""
        self.start(source)
        started = self._started.get(source)
        while started is not None and self._compiles_aside:
            self.check()
            if self.gl.getProgramParameter(started[0], G.COMPLETION_STATUS_KHR):
                return
            await asyncio.sleep(_LAST_POLL_DELAY)

    def link(self, source: Source) -> Linked:
        """The program of `source`, compiled once."""
        linked = self._programs.get(source)
        if linked is None:
            self.check()
            linked = self._programs[source] = self._link(source)
        return linked

    def _link(self, source: Source) -> Linked:
        gl = self.gl
        self.start(source)
        program, fragment, text = self._started.pop(source)
        if not gl.getProgramParameter(program, G.LINK_STATUS):
            self.check(ask=True)
            raise ShaderError(self._explain(source.body, program, fragment, text))
        gl.deleteShader(fragment)
        return self._locate(source, program)

    def _shader(self, kind: int, text: str) -> Any:
        shader = self.gl.createShader(kind)
        self.gl.shaderSource(shader, text)
        self.gl.compileShader(shader)
        return shader

    def _locate(self, source: Source, program: Any) -> Linked:
        gl = self.gl
        locate = gl.getUniformLocation
        linked = Linked(program, locate(program, "u_dims"), locate(program, "u_floats"), [])
        gl.useProgram(program)
        self._program = linked
        unit = 0
        for reader in source.readers:
            if reader.layout == SCALAR:
                location = locate(program, f"{reader.name}_value")
                setter = UNIFORM_1F if reader.kind == "f" else UNIFORM_1I
                linked.scalars_at.append((setter, location))
            else:
                gl.uniform1i(locate(program, f"{reader.name}_tex"), unit)
                unit += 1
        return linked

    def _explain(self, body: str, program: Any, fragment: Any, text: str) -> str:
        log = self.gl.getShaderInfoLog(fragment).strip("\0\n ")
        if self.gl.getShaderParameter(fragment, G.COMPILE_STATUS):
            log = self.gl.getProgramInfoLog(program).strip("\0\n ")
        return f"the shader {body}.glsl does not compile:\n{log}\n{quote_source(text, log)}"

    def numbers(self, linked: Linked, numbers: Numbers) -> tuple[Any, Any]:
        """The uniform buffers of a program's numbers; None for those it does not use."""
        dims, floats = numbers
        return (
            None if linked.dims_at is None else self.gl.intBuffer(pad4(dims)),
            None if linked.floats_at is None else self.gl.floatBuffer(pad4(floats)),
        )

    # ------------------------------------------------------------------------------ drawing

    def draw(
        self,
        linked: Linked,
        dims: Any,
        floats: Any,
        textures: Sequence[Texture],
        scalars: Sequence[float],
        targets: Sequence[Texture],
        size: tuple[int, int] | None = None,
    ) -> None:
        """Run one program over `targets` (or `size` of them), which no input may be among."""
        if self.gl.lost:
            raise ContextLostError(_LOST)
        # What differs from the draw before.
        row: list[Any] = []
        # First, as a new framebuffer may be refused: then nothing else is remembered wrongly.
        self._add_targets(row, targets, size)
        if self._program is not linked:
            row += (USE_PROGRAM, linked.handle)
            self._program = linked
        if linked.dims is not dims:
            row += (UNIFORM_4IV, linked.dims_at, dims)
            linked.dims = dims
        if linked.floats is not floats:
            row += (UNIFORM_4FV, linked.floats_at, floats)
            linked.floats = floats
        units = self._units
        for unit, texture in enumerate(textures):
            if units[unit] is not texture:
                row += (unit + (BIND_ARRAY if texture.shape.layers else 0), texture.handle)
                units[unit] = texture
                self._unit = unit
        if scalars:
            for (setter, location), value in zip(linked.scalars_at, scalars, strict=True):
                if location is not None:
                    row += (setter, location, value)
        self._draw(*row)

    def _add_targets(
        self, row: list[Any], targets: Sequence[Texture], size: tuple[int, int] | None
    ) -> None:
        key = tuple([t.id for t in targets])
        if self._target != key:
            framebuffer = targets[0].framebuffers.get(key)
            if framebuffer is None:
                self._framebuffer(key, targets)
            else:
                row += (BIND_FRAMEBUFFER, framebuffer)
            self._target = key
        width, height = size or targets[0].shape[:2]
        if self._viewport != (width, height):
            row += (VIEWPORT, width, height)
            self._viewport = (width, height)

    def _bind(self, unit: int, texture: Texture) -> None:
        if self._unit != unit:
            self.gl.activeTexture(G.TEXTURE0 + unit)
            self._unit = unit
        self.gl.bindTexture(texture.target, texture.handle)
        self._units[unit] = texture

    def _read_from(self, texture: Texture) -> None:
        """Bind a framebuffer of `texture` alone."""
        key = (texture.id,)
        if self._target != key:
            framebuffer = texture.framebuffers.get(key)
            if framebuffer is None:
                self._framebuffer(key, (texture,))
            else:
                self.gl.bindFramebuffer(G.FRAMEBUFFER, framebuffer)
            self._target = key

    def framebuffer(self, targets: Sequence[Texture]) -> Any:
        """The framebuffer that draws to `targets`; a new one is bound."""
        key = tuple([t.id for t in targets])
        found = targets[0].framebuffers.get(key)
        if found is None:
            found = self._framebuffer(key, targets)
            self._target = key
        return found

    def _framebuffer(self, key: tuple[int, ...], targets: Sequence[Texture]) -> Any:
        """A new framebuffer over `targets`, bound; every layer of a texture is an attachment."""
        gl = self.gl
        framebuffer = gl.createFramebuffer()
        gl.bindFramebuffer(G.FRAMEBUFFER, framebuffer)
        n = 0
        for texture in targets:
            texture.framebuffers[key] = framebuffer
            for layer in range(texture.shape.layers):
                at = G.COLOR_ATTACHMENT0 + n
                gl.framebufferTextureLayer(G.FRAMEBUFFER, at, texture.handle, 0, layer)
                n += 1
            if not texture.shape.layers:
                at = G.COLOR_ATTACHMENT0 + n
                gl.framebufferTexture2D(G.FRAMEBUFFER, at, G.TEXTURE_2D, texture.handle, 0)
                n += 1
        if n > 1:
            gl.drawBuffers([G.COLOR_ATTACHMENT0 + i for i in range(n)])
        status = gl.checkFramebufferStatus(G.FRAMEBUFFER)
        if status != G.FRAMEBUFFER_COMPLETE:
            self.check(ask=True)
            shapes = ", ".join(str(tuple(t.shape)) for t in targets)
            raise BackendError(f"this device cannot draw to {shapes} (status {status:#x})")
        return framebuffer

    def forget(self, programs: Iterable[Linked]) -> None:
        """Others have made calls: nothing is known of the context and of `programs` any more."""
        self._program, self._target, self._viewport, self._unit = None, (), (-1, -1), -1
        self._units = [None] * len(self._units)
        for linked in programs:
            linked.dims = linked.floats = None

    def _forget(self, texture: Texture) -> None:
        """`texture` is about to be deleted: nothing that is remembered may name it."""
        if texture.id in self._target:
            self._target = ()
        self._units = [None if bound is texture else bound for bound in self._units]

    # ----------------------------------------------------------------------- values in and out

    def shape_of(self, spec: TensorSpec, layout: str = FLAT) -> TextureShape:
        """The texture that holds a tensor. Raises `DeviceLimitError` if it is too large."""
        return check_fits(spec, texture_shape(spec, layout), self.limits["texture_size"])

    def upload(self, values: memoryview[Any], spec: TensorSpec) -> Texture:
        """A new texture with `values`, which have the dtype's format."""
        shape = self.shape_of(spec)
        self.check()
        texture = self.pool.acquire(shape)
        if spec.dtype.kind == "b":
            values = widen_bools(values)
        self._bind(0, texture)
        self.gl.texSubImage2D(shape.width, shape.height, *_READ_FORMATS[shape.kind], values)
        return texture

    def upload_source(self, source: Any, width: int, height: int) -> Texture:
        """A new RGBA8 texture with the pixels of an image source, or of RGBA bytes."""
        spec = TensorSpec((height, width, 4))
        shape = check_fits(spec, TextureShape(width, height, "u"), self.limits["texture_size"])
        self.check()
        texture = self.pool.acquire(shape)
        self._bind(0, texture)
        self.gl.texSubImage2DSource(width, height, source)
        return texture

    def read(self, texture: Texture, spec: TensorSpec) -> memoryview[Any]:
        """The elements of a flat texture; waits for them."""
        self.check()
        self._read_from(texture)
        width, height, kind, _ = texture.shape
        # WebKit on Mesa's llvmpipe now and then reads what was in a texture before the last draws.
        # Elsewhere this only flushes, and the pixels have to be waited for anyway.
        self.gl.finish()
        values = self.gl.readPixels(width, height, *_READ_FORMATS[kind])
        self.check(ask=True)
        return narrow(values, spec.size, spec.dtype)

    async def read_async(self, texture: Texture, spec: TensorSpec) -> memoryview[Any]:
        """The elements of a flat texture; the event loop runs while the device works."""
        gl = self.gl
        self.check()
        width, height, kind, _ = texture.shape
        format, type = _READ_FORMATS[kind]
        buffer = gl.createBuffer()
        gl.bindBuffer(G.PIXEL_PACK_BUFFER, buffer)
        gl.bufferData(G.PIXEL_PACK_BUFFER, texture.shape.nbytes, G.STREAM_READ)
        self._read_from(texture)
        gl.readPixelsToBuffer(width, height, format, type)
        gl.bindBuffer(G.PIXEL_PACK_BUFFER, None)
        sync = gl.fenceSync(G.SYNC_GPU_COMMANDS_COMPLETE, 0)
        gl.flush()
        try:
            await self._passed(sync)
            self.check(ask=True)
            gl.bindBuffer(G.PIXEL_PACK_BUFFER, buffer)
            values = gl.getBufferSubData(G.PIXEL_PACK_BUFFER, texture.shape.nbytes, type)
            gl.bindBuffer(G.PIXEL_PACK_BUFFER, None)
        finally:
            gl.deleteSync(sync)
            gl.deleteBuffer(buffer)
        return narrow(values, spec.size, spec.dtype)

    async def finished(self) -> None:
        """Wait until the device has done what it was asked so far; the event loop runs on."""
        sync = self.gl.fenceSync(G.SYNC_GPU_COMMANDS_COMPLETE, 0)
        self.gl.flush()
        try:
            await self._passed(sync)
        finally:
            self.gl.deleteSync(sync)

    async def _passed(self, sync: Any) -> None:
        # A browser tells nothing new before its event loop has run: wait first, then ask.
        for delay in itertools.chain(_POLL_DELAYS, itertools.repeat(_LAST_POLL_DELAY)):
            await asyncio.sleep(delay)
            self.check()
            if self.gl.clientWaitSync(sync, 0, 0) != G.TIMEOUT_EXPIRED:
                return

    # -------------------------------------------------------------------------- life and death

    def check(self, ask: bool = False) -> None:
        """Raise `ContextLostError` if the context is known to be lost; with `ask`, find out."""
        if self.gl.lost or (ask and self.gl.isContextLost()):
            raise ContextLostError(_LOST)

    def describe(self) -> dict[str, Any]:
        """Name and version of the device."""
        gl = self.gl
        unmasked = gl.getExtension("WEBGL_debug_renderer_info")
        name = gl.getParameter(G.UNMASKED_RENDERER_WEBGL if unmasked else G.RENDERER)
        return {"device": str(name), "version": str(gl.getParameter(G.VERSION)), **self.limits}

    @property
    def num_programs(self) -> int:
        """Programs compiled so far."""
        return len(self._programs)

    def dispose(self) -> None:
        """Free what the device holds; handles that still exist become empty shells."""
        if not self.gl.lost:
            self.pool.clear()
            for linked in self._programs.values():
                self.gl.deleteProgram(linked.handle)
        self._programs.clear()
        self._started.clear()
        self.pool.abandon()
        self.gl.dispose()


def widen_bools(values: memoryview[Any]) -> memoryview[Any]:
    """One int32 (0 or 1) for each bool."""
    wide = bytearray(4 * len(values))
    wide[::4] = bytes(values)
    return memoryview(wide).cast("i")


def narrow(values: memoryview[Any], size: int, dtype: DType) -> memoryview[Any]:
    """The first `size` values, in the dtype's format."""
    values = values[:size]
    if dtype.kind != "b":
        return values
    # 0 and 1 as little-endian int32: the first byte of each tells.
    return memoryview(bytes(values.cast("B")[::4])).cast("?")


_LINE_NUMBER: Callable[[str], list[str]] = re.compile(r"\b0[:(](\d+)").findall


def quote_source(text: str, log: str, around: int = 2) -> str:
    """The lines of `text` that a compiler's `log` complains about, numbered, with neighbours."""
    lines = text.split("\n")
    named = {int(n) for n in _LINE_NUMBER(log)}
    shown = {n for line in named for n in range(line - around, line + around + 1)}
    return "\n".join(
        f"{'>' if n in named else ' '}{n:4} {lines[n - 1]}"
        for n in sorted(shown)
        if 0 < n <= len(lines)
    )
