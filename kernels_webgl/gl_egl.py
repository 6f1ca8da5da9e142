"""WebGL2 without a browser: OpenGL ES 3 through EGL, called with ctypes.

Used by the tests, and by anyone who wants these kernels in CPython. Takes a graphics card's EGL
device where there is one, else Mesa's surfaceless platform, which draws on the CPU. No window
system, no drawing surface: everything goes to textures.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Sequence
from ctypes import byref, c_char_p, c_float, c_int, c_uint, c_void_p
from typing import Any

from tfpy.errors import BackendError

from . import gl

_FIX = (
    "install Mesa's software driver, on Debian or Ubuntu: "
    "apt-get install libegl1 libgles2 libegl-mesa0 libgl1-mesa-dri"
)
_PLATFORM_DEVICE, _PLATFORM_SURFACELESS = 0x313F, 0x31DD
_EGL_EXTENSIONS, _ES_API, _CONTEXT_CLIENT_VERSION, _NONE = 0x3055, 0x30A0, 0x3098, 0x3038
_RENDERABLE_TYPE, _ES3_BIT, _SURFACE_TYPE = 0x3040, 0x0040, 0x3033
_MAP_READ_BIT = 1

_u, _i, _f, _p = c_uint, c_int, c_float, c_void_p
#: WebGL name -> argument types, for the calls that differ only by their "gl" prefix.
_PLAIN: dict[str, tuple[Any, ...]] = {
    "activeTexture": (_u,),
    "attachShader": (_u, _u),
    "beginQuery": (_u, _u),
    "bindFramebuffer": (_u, _u),
    "bindTexture": (_u, _u),
    "checkFramebufferStatus": (_u,),
    "compileShader": (_u,),
    "createProgram": (),
    "createShader": (_u,),
    "deleteProgram": (_u,),
    "deleteShader": (_u,),
    "deleteSync": (_p,),
    "disable": (_u,),
    "drawArrays": (_u, _i, _i),
    "endQuery": (_u,),
    "fenceSync": (_u, _u),
    "finish": (),
    "flush": (),
    "framebufferTexture2D": (_u, _u, _u, _u, _i),
    "framebufferTextureLayer": (_u, _u, _u, _i, _i),
    "getError": (),
    "linkProgram": (_u,),
    "pixelStorei": (_u, _i),
    "texParameteri": (_u, _u, _i),
    "texStorage2D": (_u, _i, _u, _i, _i),
    "texStorage3D": (_u, _i, _u, _i, _i, _i),
    "uniform1f": (_i, _f),
    "uniform1i": (_i, _i),
    "useProgram": (_u,),
    "viewport": (_i, _i, _i, _i),
}
_RESULTS: dict[str, Any] = {
    "checkFramebufferStatus": _u,
    "createProgram": _u,
    "createShader": _u,
    "fenceSync": _p,
    "getError": _u,
}
#: Objects that OpenGL makes and deletes by the array.
_NAMED = {
    "Buffer": "Buffers",
    "Framebuffer": "Framebuffers",
    "Query": "Queries",
    "Texture": "Textures",
}


def _library(name: str) -> ctypes.CDLL:
    for candidate in (
        f"lib{name}.so.{'1' if name == 'EGL' else '2'}",
        ctypes.util.find_library(name),
    ):
        try:
            if candidate:
                return ctypes.CDLL(candidate)
        except OSError:
            continue
    raise BackendError(f"the webgl backend needs lib{name} outside a browser; {_FIX}")


class _Egl:
    """A display and a context that is current on no surface."""

    def __init__(self) -> None:
        lib = self.lib = _library("EGL")
        lib.eglGetProcAddress.restype = c_void_p
        lib.eglGetProcAddress.argtypes = (c_char_p,)
        lib.eglQueryString.restype = c_char_p
        lib.eglQueryString.argtypes = (c_void_p, c_int)
        lib.eglCreateContext.restype = c_void_p
        lib.eglCreateContext.argtypes = (c_void_p, c_void_p, c_void_p, c_void_p)
        lib.eglMakeCurrent.argtypes = (c_void_p,) * 4
        lib.eglDestroyContext.argtypes = (c_void_p,) * 2
        lib.eglChooseConfig.argtypes = (c_void_p, c_void_p, c_void_p, c_int, c_void_p)
        lib.eglInitialize.argtypes = (c_void_p,) * 3
        for platform, native in self._candidates():
            if self._start(platform, native):
                return
        raise BackendError(f"no EGL display gives an OpenGL ES 3 context; {_FIX}")

    def _function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any] | None:
        address = self.lib.eglGetProcAddress(name.encode())
        return ctypes.CFUNCTYPE(result, *arguments)(address) if address else None

    def _candidates(self) -> list[tuple[int, Any]]:
        """Graphics cards first, then the platform that needs none."""
        found: list[tuple[int, Any]] = []
        query = self._function("eglQueryDevicesEXT", c_uint, c_int, c_void_p, c_void_p)
        describe = self._function("eglQueryDeviceStringEXT", c_char_p, c_void_p, c_int)
        if query and describe:
            devices, n = (c_void_p * 16)(), c_int(0)
            if query(16, devices, byref(n)):
                for device in devices[: n.value]:
                    if b"EGL_MESA_device_software" not in (
                        describe(device, _EGL_EXTENSIONS) or b""
                    ):
                        found.append((_PLATFORM_DEVICE, device))
        return [*found, (_PLATFORM_SURFACELESS, None)]

    def _start(self, platform: int, native: Any) -> bool:
        get = self._function("eglGetPlatformDisplayEXT", c_void_p, c_uint, c_void_p, c_void_p)
        display = get(platform, native, None) if get else None
        if not display or not self.lib.eglInitialize(display, None, None):
            return False
        self.lib.eglBindAPI(_ES_API)
        wanted = (c_int * 5)(_RENDERABLE_TYPE, _ES3_BIT, _SURFACE_TYPE, 0, _NONE)
        config, n = c_void_p(), c_int(0)
        self.lib.eglChooseConfig(display, wanted, byref(config), 1, byref(n))
        version = (c_int * 3)(_CONTEXT_CLIENT_VERSION, 3, _NONE)
        context = self.lib.eglCreateContext(display, config if n.value else None, None, version)
        if not context:
            return False
        self.display, self.context = display, context
        return bool(self.lib.eglMakeCurrent(display, None, None, context))

    def make_current(self) -> None:
        self.lib.eglMakeCurrent(self.display, None, None, self.context)

    def close(self) -> None:
        self.lib.eglMakeCurrent(self.display, None, None, None)
        self.lib.eglDestroyContext(self.display, self.context)


class EglGL:
    """The `GL` protocol on OpenGL ES 3. One thread only, as OpenGL is."""

    #: Whose context the thread has; several may exist side by side.
    _current: EglGL | None = None
    replayer = None
    drawer = None

    def __init__(self) -> None:
        self._egl = _Egl()
        EglGL._current = self
        self._gles = _library("GLESv2")
        self.lost = False
        for name, arguments in _PLAIN.items():
            setattr(self, name, self._bind(name, _RESULTS.get(name), *arguments))
        for name, plural in _NAMED.items():
            self._bind_named(name, plural)
        self._bind_others()
        if "GL_EXT_color_buffer_float" not in self._extensions():
            raise BackendError("this OpenGL ES device cannot draw to float textures")

    def _bind(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        address = self._egl.lib.eglGetProcAddress(f"gl{name[0].upper()}{name[1:]}".encode())
        if not address:
            raise BackendError(f"this OpenGL ES device has no {name}")
        function = ctypes.CFUNCTYPE(result, *arguments)(address)

        def call(*args: Any) -> Any:
            if EglGL._current is not self:
                self._egl.make_current()
                EglGL._current = self
            return function(*args)

        return call

    def _bind_named(self, name: str, plural: str) -> None:
        generate = self._bind(f"gen{plural}", None, c_int, c_void_p)
        delete = self._bind(f"delete{plural}", None, c_int, c_void_p)

        def create_one() -> int:
            made = c_uint()
            generate(1, byref(made))
            return made.value

        setattr(self, f"create{name}", create_one)
        setattr(self, f"delete{name}", lambda item: delete(1, byref(c_uint(item))))

    def _bind_others(self) -> None:
        bind = self._bind
        self._shaderSource = bind("shaderSource", None, c_uint, c_int, c_void_p, c_void_p)
        self._getShaderiv = bind("getShaderiv", None, c_uint, c_uint, c_void_p)
        self._getProgramiv = bind("getProgramiv", None, c_uint, c_uint, c_void_p)
        log = (None, c_uint, c_int, c_void_p, c_char_p)
        self._getShaderInfoLog = bind("getShaderInfoLog", *log)
        self._getProgramInfoLog = bind("getProgramInfoLog", *log)
        self._getUniformLocation = bind("getUniformLocation", c_int, c_uint, c_char_p)
        self._getIntegerv = bind("getIntegerv", None, c_uint, c_void_p)
        self._getString = bind("getString", c_char_p, c_uint)
        self._getStringi = bind("getStringi", c_char_p, c_uint, c_uint)
        self._uniform4iv = bind("uniform4iv", None, c_int, c_int, c_void_p)
        self._uniform4fv = bind("uniform4fv", None, c_int, c_int, c_void_p)
        image = (None, c_uint, *(c_int,) * 5, c_uint, c_uint, c_void_p)
        self._texSubImage2D = bind("texSubImage2D", *image)
        self._drawBuffers = bind("drawBuffers", None, c_int, c_void_p)
        self._readPixels = bind("readPixels", None, *(c_int,) * 4, c_uint, c_uint, c_void_p)
        self._bindBuffer = bind("bindBuffer", None, c_uint, c_uint)
        self._bufferData = bind("bufferData", None, c_uint, ctypes.c_ssize_t, c_void_p, c_uint)
        self._mapBufferRange = bind(
            "mapBufferRange", c_void_p, c_uint, ctypes.c_ssize_t, ctypes.c_ssize_t, c_uint
        )
        self._unmapBuffer = bind("unmapBuffer", c_uint, c_uint)
        self._clientWaitSync = bind("clientWaitSync", c_uint, c_void_p, c_uint, ctypes.c_uint64)
        self._bindVertexArray = bind("bindVertexArray", None, c_uint)

    # ----------------------------------------------------------------------------- questions

    def _extensions(self) -> set[str]:
        n = self.getParameter(0x821D)
        return {(self._getStringi(0x1F03, i) or b"").decode() for i in range(n)}

    def getParameter(self, name: int) -> Any:
        if name == gl.UNMASKED_RENDERER_WEBGL:
            name = gl.RENDERER
        if name in (gl.VENDOR, gl.RENDERER, gl.VERSION):
            return (self._getString(name) or b"").decode()
        value = (c_int * 4)()
        self._getIntegerv(name, value)
        return value[0]

    def getExtension(self, name: str) -> bool:
        # WebGL 2 has some extensions in a form of its own.
        name = name.removesuffix("_webgl2")
        return name == "WEBGL_debug_renderer_info" or f"GL_{name}" in self._extensions()

    def isContextLost(self) -> bool:
        return self.lost

    # ------------------------------------------------------------------------------ programs

    def shaderSource(self, shader: int, source: str) -> None:
        text = c_char_p(source.encode())
        self._shaderSource(shader, 1, byref(text), None)

    def getShaderParameter(self, shader: int, name: int) -> bool:
        value = c_int(0)
        self._getShaderiv(shader, name, byref(value))
        return bool(value.value)

    def getProgramParameter(self, program: int, name: int) -> bool:
        value = c_int(0)
        self._getProgramiv(program, name, byref(value))
        return bool(value.value)

    def getShaderInfoLog(self, shader: int) -> str:
        text = ctypes.create_string_buffer(1 << 16)
        self._getShaderInfoLog(shader, len(text), None, text)
        return text.value.decode(errors="replace")

    def getProgramInfoLog(self, program: int) -> str:
        text = ctypes.create_string_buffer(1 << 16)
        self._getProgramInfoLog(program, len(text), None, text)
        return text.value.decode(errors="replace")

    def getUniformLocation(self, program: int, name: str) -> int | None:
        location = self._getUniformLocation(program, name.encode())
        return None if location < 0 else int(location)

    def intBuffer(self, values: Sequence[int]) -> Any:
        return (c_int * len(values))(*values)

    def floatBuffer(self, values: Sequence[float]) -> Any:
        return (c_float * len(values))(*values)

    def uniform4iv(self, location: int, values: Any) -> None:
        self._uniform4iv(location, len(values) // 4, values)

    def uniform4fv(self, location: int, values: Any) -> None:
        self._uniform4fv(location, len(values) // 4, values)

    # ------------------------------------------------------------------------------ textures

    def texSubImage2D(
        self, width: int, height: int, format: int, type: int, values: memoryview
    ) -> None:
        nbytes = width * height * (4 if type == gl.UNSIGNED_BYTE else 16)
        pixels = bytes(values).ljust(nbytes, b"\0")
        self._texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, pixels)

    def texSubImage2DSource(self, width: int, height: int, source: Any) -> None:
        self.texSubImage2D(width, height, gl.RGBA, gl.UNSIGNED_BYTE, memoryview(source))

    # ------------------------------------------------------------------- drawing, reading back

    def drawBuffers(self, attachments: Sequence[int]) -> None:
        self._drawBuffers(len(attachments), (c_uint * len(attachments))(*attachments))

    def readPixels(self, width: int, height: int, format: int, type: int) -> memoryview[Any]:
        pixels = bytearray(width * height * 16)
        target = (ctypes.c_char * len(pixels)).from_buffer(pixels)
        self._readPixels(0, 0, width, height, format, type, target)
        return memoryview(pixels).cast("f" if type == gl.FLOAT else "i")

    def readPixelsToBuffer(self, width: int, height: int, format: int, type: int) -> None:
        self._readPixels(0, 0, width, height, format, type, None)

    def bindBuffer(self, target: int, buffer: int | None) -> None:
        self._bindBuffer(target, buffer or 0)

    def bufferData(self, target: int, size: int, usage: int) -> None:
        self._bufferData(target, size, None, usage)

    def getBufferSubData(self, target: int, size: int, type: int) -> memoryview[Any]:
        address = self._mapBufferRange(target, 0, size, _MAP_READ_BIT)
        values = ctypes.string_at(address, size)
        self._unmapBuffer(target)
        return memoryview(values).cast("f" if type == gl.FLOAT else "i")

    def clientWaitSync(self, sync: Any, flags: int, timeout: int) -> int:
        return int(self._clientWaitSync(sync, flags, timeout))

    # ----------------------------------------------------------------------------- measuring

    def getQueryParameter(self, query: int, name: int) -> int:
        # Here and not at the start: it belongs to an extension.
        read = self._bind("getQueryObjectui64vEXT", None, c_uint, c_uint, c_void_p)
        value = ctypes.c_uint64()
        read(query, name, byref(value))
        return value.value

    # ---------------------------------------------------------------------------- life cycle

    def loseContext(self) -> None:
        self.lost = True

    def dispose(self) -> None:
        self._egl.make_current()
        EglGL._current = None
        self._egl.close()
