"""A GL driver that counts calls; it draws nothing unless it is given another driver to pass on to.

Budget tests use it: how many draws, texture allocations, uploads and state changes an operation
costs. Alone it answers every question as an ordinary device would and reads back zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

from . import gl

_LIMITS = {
    gl.MAX_TEXTURE_SIZE: 8192,
    gl.MAX_ARRAY_TEXTURE_LAYERS: 256,
    gl.MAX_DRAW_BUFFERS: 8,
    gl.MAX_TEXTURE_IMAGE_UNITS: 16,
    gl.MAX_FRAGMENT_UNIFORM_VECTORS: 1024,
    gl.VENDOR: "tfpy",
    gl.RENDERER: "recorder",
    gl.VERSION: "WebGL 2.0 (recorder)",
}


class RecordGL:
    """Counts and remembers calls.

    Args:
        inner: a driver that really does the work, or None.
        limits: answers of `getParameter` that differ from an ordinary device's.

    Attributes:
        counts: number of calls by name, and "uploaded" and "read" in bytes.
        calls: (name, arguments) of each call, newest last.
    """

    replayer = None
    drawer = None

    def __init__(self, inner: gl.GL | None = None, limits: dict[int, Any] | None = None) -> None:
        self._inner = inner
        self._limits = {**_LIMITS, **(limits or {})}
        self._ids = count(1)
        self._lost = False
        self.counts: Counter[str] = Counter()
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def lost(self) -> bool:
        """Whether the context is gone."""
        return self._lost or (self._inner is not None and self._inner.lost)

    def reset(self) -> None:
        """Forget what was recorded so far."""
        self.counts.clear()
        self.calls.clear()

    @property
    def draws(self) -> int:
        """Number of draws since the last reset."""
        return self.counts["drawArrays"]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*args: Any) -> Any:
            self.counts[name] += 1
            self.calls.append((name, args))
            self._count_bytes(name, args)
            if name == "loseContext":
                self._lost = True
            elif self._inner is not None:
                return getattr(self._inner, name)(*args)
            return self._answer(name, args)

        # Found as a plain attribute from now on.
        self.__dict__[name] = call
        return call

    def _count_bytes(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "texSubImage2D":
            self.counts["uploaded"] += args[-1].nbytes
        elif name in ("readPixels", "readPixelsToBuffer"):
            self.counts["read"] += args[0] * args[1] * 16

    def _answer(self, name: str, args: tuple[Any, ...]) -> Any:
        if name.startswith("create") or name in ("fenceSync", "getUniformLocation"):
            return next(self._ids)
        if name == "getParameter":
            return self._limits.get(args[0])
        if name in ("intBuffer", "floatBuffer"):
            return tuple(args[0])
        if name == "readPixels":
            return _zeros(args[0] * args[1] * 16, args[3])
        if name == "getBufferSubData":
            return _zeros(args[1], args[2])
        answers = {
            "getExtension": True,
            "getShaderParameter": True,
            "getProgramParameter": True,
            "getShaderInfoLog": "",
            "getProgramInfoLog": "",
            "checkFramebufferStatus": gl.FRAMEBUFFER_COMPLETE,
            "getError": 0,
            "clientWaitSync": 0x911A,
            "isContextLost": self._lost,
            "getQueryParameter": 1,
        }
        return answers.get(name)


def _zeros(nbytes: int, type: int) -> memoryview[Any]:
    return memoryview(bytearray(nbytes)).cast("f" if type == gl.FLOAT else "i")
