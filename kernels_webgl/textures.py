"""Textures, the pool that reuses them, and the data handles tensors hold.

A `Data` handle gives its texture back to the pool when Python drops it. Giving back is only
bookkeeping, so it is safe from any thread, during garbage collection and at interpreter shutdown;
textures are deleted when the next one is made and the pool holds more than its budget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfpy.dtypes import DType
from tfpy.errors import DeviceLimitError
from tfpy.spec import TensorSpec

from . import gl as G
from .gl import GL
from .layout import FLAT, SCALAR, TextureShape

#: Bytes of textures, in use and free, above which free ones are deleted.
DEFAULT_BUDGET = 512 << 20
_FORMATS = {"f": G.RGBA32F, "i": G.RGBA32I, "u": G.RGBA8}
#: How many bytes may be allocated before asking whether there was room; that costs a round trip.
_CHECKED_BYTES = 64 << 20


class Texture:
    """A texture on the device, with the framebuffers that draw into it."""

    __slots__ = ("framebuffers", "handle", "id", "shape", "target")

    def __init__(self, handle: Any, id: int, shape: TextureShape) -> None:
        self.handle, self.id, self.shape = handle, id, shape
        self.target = G.TEXTURE_2D_ARRAY if shape.layers else G.TEXTURE_2D
        #: Framebuffer by the textures attached to it (ids), this one among them.
        self.framebuffers: dict[tuple[int, ...], Any] = {}


class TexturePool:
    """Makes textures and keeps those given back, by physical shape.

    Args:
        gl: the driver.
        bind: binds a new texture for setting it up, through the device's state tracking.
        budget: bytes above which free textures are deleted, least recently freed first.
    """

    def __init__(
        self, gl: GL, bind: Callable[[Texture], None], budget: int = DEFAULT_BUDGET
    ) -> None:
        self._gl, self._bind, self.budget = gl, bind, budget
        self._free: dict[TextureShape, list[Texture]] = {}
        #: Free textures by id, least recently freed first.
        self._order: dict[int, Texture] = {}
        self._all: dict[int, Texture] = {}
        self._next_id = 0
        # Only changed where textures are made and deleted, never in `release`, which the
        # garbage collector may run in the middle of any other line.
        self._bytes = 0
        #: Bytes allocated since the device was last asked whether it has them.
        self._unchecked = 0
        #: The most bytes there were at once, in use and free; whoever measures sets it to 0 before.
        self.most_bytes = 0
        self.forget: Callable[[Texture], None] = lambda texture: None

    def acquire(self, shape: TextureShape) -> Texture:
        """A texture of `shape`, with any contents."""
        free = self._free.get(shape)
        if free:
            texture = free.pop()
            self._order.pop(texture.id, None)
            return texture
        if self._bytes + shape.nbytes > self.budget:
            self._evict(self.budget - shape.nbytes)
        return self._make(shape)

    def release(self, texture: Texture) -> None:
        """Take `texture` back."""
        if texture.id in self._all:
            self._order[texture.id] = texture
            self._free.setdefault(texture.shape, []).append(texture)

    def _make(self, shape: TextureShape) -> Texture:
        gl = self._gl
        texture = Texture(gl.createTexture(), self._next_id, shape)
        self._next_id += 1
        self._bind(texture)
        target = texture.target
        gl.texParameteri(target, G.TEXTURE_MIN_FILTER, G.NEAREST)
        gl.texParameteri(target, G.TEXTURE_MAG_FILTER, G.NEAREST)
        gl.texParameteri(target, G.TEXTURE_WRAP_S, G.CLAMP_TO_EDGE)
        gl.texParameteri(target, G.TEXTURE_WRAP_T, G.CLAMP_TO_EDGE)
        format = _FORMATS[shape.kind]
        if shape.layers:
            gl.texStorage3D(target, 1, format, shape.width, shape.height, shape.layers)
        else:
            gl.texStorage2D(target, 1, format, shape.width, shape.height)
        self._unchecked += shape.nbytes
        if self._unchecked >= _CHECKED_BYTES:
            self._unchecked = 0
            if gl.getError() == G.OUT_OF_MEMORY:
                gl.deleteTexture(texture.handle)
                raise DeviceLimitError(
                    f"the device has no memory left for {shape.nbytes:,} bytes beside the "
                    f"{self._bytes:,} that it holds"
                )
        self._all[texture.id] = texture
        self._bytes += shape.nbytes
        self.most_bytes = max(self.most_bytes, self._bytes)
        return texture

    def _evict(self, target_bytes: int) -> None:
        while self._order and self._bytes > target_bytes:
            texture = self._order.pop(next(iter(self._order)))
            self._free[texture.shape].remove(texture)
            self._delete(texture)

    def _delete(self, texture: Texture) -> None:
        del self._all[texture.id]
        self._bytes -= texture.shape.nbytes
        self.forget(texture)
        for key, framebuffer in texture.framebuffers.items():
            self._gl.deleteFramebuffer(framebuffer)
            for id in key:
                if id != texture.id and id in self._all:
                    self._all[id].framebuffers.pop(key, None)
        self._gl.deleteTexture(texture.handle)

    def clear(self) -> None:
        """Delete every free texture."""
        self._evict(-1)

    def abandon(self) -> None:
        """Forget every texture without touching the device: it is gone."""
        self._all.clear()
        self._order.clear()
        self._free.clear()
        self._bytes = 0

    def memory(self) -> dict[str, int]:
        """Textures and bytes in use, and free ones kept for reuse."""
        free = list(self._order.values())
        free_bytes = sum(t.shape.nbytes for t in free)
        return {
            "num_textures": len(self._all) - len(free),
            "num_bytes_in_gpu": self._bytes - free_bytes,
            "num_textures_free": len(free),
            "num_bytes_free": free_bytes,
        }


class Data:
    """What a tensor on this backend holds: values on the host, a texture, or both.

    Attributes:
        layout: how programs see it: "scalar" (a uniform), or one of the layouts of textures.
        texture: None until a program needs it.
        host: the elements in the dtype's format, or None if they are not at hand.
        read: gives the elements where somebody keeps them, in a form of his own.
        scalar: the value of a one-element tensor on the host.
        spec: of the tensor it was made for; a reshape shares the handle (of flat data only).
        forms: the same elements in other layouts, by layout and spec, once they have been needed.
    """

    __slots__ = (
        *("__weakref__", "forms", "host", "layout", "pool", "read", "scalar", "spec", "texture"),
    )

    def __init__(
        self,
        pool: TexturePool,
        spec: TensorSpec,
        texture: Texture | None,
        host: memoryview | None = None,
        layout: str = FLAT,
        read: Callable[[], memoryview] | None = None,
    ) -> None:
        self.pool, self.spec, self.texture, self.host = pool, spec, texture, host
        self.layout, self.read = layout, read
        self.forms: dict[tuple[str, TensorSpec], Data] | None = None
        self.scalar: Any = None
        if host is not None and len(host) == 1:
            self.layout, self.scalar = SCALAR, host[0]

    def values(self) -> memoryview | None:
        """The elements, or None if they are only on the device."""
        return self.host if self.read is None else self.read()

    def unload(self) -> None:
        """Give the texture back: nothing may need it that cannot make it again."""
        texture, self.texture = self.texture, None
        if texture is not None:
            self.pool.release(texture)

    __del__ = unload


def cast_bytes(values: bytes, dtype: DType) -> memoryview[Any]:
    """`values` as elements of `dtype`."""
    format: Any = dtype.format
    return memoryview(values).cast(format)
