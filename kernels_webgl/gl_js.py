"""WebGL2 in a page or worker, through Pyodide's FFI. The only module here that mentions `js`.

Methods are bound once (a call then costs under a microsecond, a look-up several times that), and
pixels cross as typed arrays that are copied once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import js
from pyodide.code import run_js
from pyodide.ffi import JsException, JsProxy, create_proxy, to_js

from tfpy.errors import BackendError

from . import gl

_OPTIONS = {
    "alpha": False,
    "antialias": False,
    "depth": False,
    "stencil": False,
    "premultipliedAlpha": False,
    "preserveDrawingBuffer": False,
    "powerPreference": "high-performance",
    # A page without a graphics card still runs, slowly.
    "failIfMajorPerformanceCaveat": False,
}
_NO_WEBGL2 = (
    "this browser gives no WebGL2 context; hardware acceleration may be switched off in its "
    "settings, or the graphics driver is on its block list"
)


def _present(value: Any) -> bool:
    """Whether a result is an object: JavaScript's null is neither None nor false in Python."""
    return isinstance(value, JsProxy)


def _context() -> tuple[Any, Any]:
    """(canvas, context): an OffscreenCanvas where that gives one, else an element of no page."""
    options = to_js(_OPTIONS, dict_converter=js.Object.fromEntries)
    candidates: list[Callable[[], Any]] = []
    if hasattr(js, "OffscreenCanvas"):
        candidates.append(lambda: js.OffscreenCanvas.new(1, 1))
    if hasattr(js, "document"):
        candidates.append(lambda: js.document.createElement("canvas"))
    for make in candidates:
        canvas = make()
        context = canvas.getContext("webgl2", options)
        if _present(context):
            return canvas, context
    raise BackendError(_NO_WEBGL2)


class JsGL:
    """The `GL` protocol on a browser's WebGL2 context."""

    def __init__(self) -> None:
        self._canvas, context = _context()
        self._gl = context
        self.lost = False
        if not _present(context.getExtension("EXT_color_buffer_float")):
            raise BackendError(
                "this device's WebGL2 cannot draw to float textures (EXT_color_buffer_float)"
            )
        for name in gl.PLAIN_CALLS:
            setattr(self, name, getattr(context, name))
        self._texSubImage2D = context.texSubImage2D
        self._pixelStorei = context.pixelStorei
        self._readPixels = context.readPixels
        self.uniform4iv = context.uniform4iv
        self.uniform4fv = context.uniform4fv
        make_drawer, self._make_replay = _script("draw.js"), _script("replay.js")
        self.drawer = make_drawer and make_drawer(context)
        self._on_lost: Any = create_proxy(self._note_loss)
        self._canvas.addEventListener("webglcontextlost", self._on_lost)

    def _note_loss(self, event: Any) -> None:
        self.lost = True

    # ----------------------------------------------------------------------------- questions

    def getParameter(self, name: int) -> Any:
        return self._gl.getParameter(name)

    def getExtension(self, name: str) -> bool:
        return _present(self._gl.getExtension(name))

    def isContextLost(self) -> bool:
        # Asked before the event has told: remember the answer.
        self.lost = self.lost or bool(self._gl.isContextLost())
        return self.lost

    # ------------------------------------------------------------------------------ programs

    def getShaderParameter(self, shader: Any, name: int) -> bool:
        return self._gl.getShaderParameter(shader, name) is True

    def getProgramParameter(self, program: Any, name: int) -> bool:
        return self._gl.getProgramParameter(program, name) is True

    def getShaderInfoLog(self, shader: Any) -> str:
        return _text(self._gl.getShaderInfoLog(shader))

    def getProgramInfoLog(self, program: Any) -> str:
        return _text(self._gl.getProgramInfoLog(program))

    def getUniformLocation(self, program: Any, name: str) -> Any:
        location = self._gl.getUniformLocation(program, name)
        return location if _present(location) else None

    def intBuffer(self, values: Sequence[int]) -> Any:
        return js.Int32Array.new(to_js(list(values)))

    def floatBuffer(self, values: Sequence[float]) -> Any:
        return js.Float32Array.new(to_js(list(values)))

    # ------------------------------------------------------------------------------ textures

    def texSubImage2D(
        self, width: int, height: int, format: int, type: int, values: memoryview
    ) -> None:
        pixels = _typed_array(type, width * height * 4)
        if values.nbytes:
            pixels.subarray(0, len(values)).assign(values)
        self._texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, pixels)

    def texSubImage2DSource(self, width: int, height: int, source: Any) -> None:
        if not isinstance(source, JsProxy):
            view = memoryview(source).cast("B")
            self.texSubImage2D(width, height, gl.RGBA, gl.UNSIGNED_BYTE, view)
            return
        self._pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE)
        self._texSubImage2D(
            gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, source
        )

    # ------------------------------------------------------------------- drawing, reading back

    def drawBuffers(self, attachments: Sequence[int]) -> None:
        self._gl.drawBuffers(to_js(list(attachments)))

    def readPixels(self, width: int, height: int, format: int, type: int) -> memoryview[Any]:
        read = partial(self._readPixels, 0, 0, width, height, format, type)
        return _filled(type, width * height * 16, read)

    def readPixelsToBuffer(self, width: int, height: int, format: int, type: int) -> None:
        self._readPixels(0, 0, width, height, format, type, 0)

    def bufferData(self, target: int, size: int, usage: int) -> None:
        self._gl.bufferData(target, size, usage)

    def getBufferSubData(self, target: int, size: int, type: int) -> memoryview[Any]:
        return _filled(type, size, partial(self._gl.getBufferSubData, target, 0))

    def replayer(self, calls: Sequence[Sequence[Any]], holes: Sequence[int]) -> Any:
        """Replays in JavaScript; None where the page forbids scripts made of text."""
        if self._make_replay is None:
            return None
        replay = self._make_replay(self._gl, to_js(calls), to_js(holes))
        return lambda values: replay(to_js(values))

    # ---------------------------------------------------------------------------- life cycle

    def loseContext(self) -> None:
        self._gl.getExtension("WEBGL_lose_context").loseContext()

    def dispose(self) -> None:
        self._canvas.removeEventListener("webglcontextlost", self._on_lost)
        self._on_lost.destroy()
        if self.getExtension("WEBGL_lose_context") and not self.isContextLost():
            self.loseContext()


def _script(name: str) -> Any:
    """The function of a file here; None where the page forbids scripts made of text."""
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        source = file.read()
    try:
        return run_js(source)
    except JsException:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _typed_array(type: int, length: int) -> Any:
    if type == gl.FLOAT:
        return js.Float32Array.new(length)
    return (js.Int32Array if type == gl.INT else js.Uint8Array).new(length)


def _filled(type: int, size: int, fill: Callable[[Any], Any]) -> memoryview[Any]:
    """A new buffer of Python's, which `fill` is given as a typed array: nothing is copied again."""
    values = bytearray(size)
    proxy = create_proxy(values)
    floats = type == gl.FLOAT
    view = proxy.getBuffer("f32" if floats else "i32")
    try:
        fill(view.data)
    finally:
        view.release()
        proxy.destroy()
    return memoryview(values).cast("f" if floats else "i")
