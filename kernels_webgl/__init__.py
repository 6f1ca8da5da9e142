"""tfpy's WebGL2 backend: tensors in textures, kernels in fragment shaders.

In the browser it draws through the page's WebGL2, elsewhere through EGL.
`tfpy.set_backend("webgl")` calls `create()`; nothing here is meant to be used directly. How to
write a kernel: see `kernels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfpy import compat

if TYPE_CHECKING:
    from .backend import WebGLBackend


def create() -> WebGLBackend:
    """Start the backend on this platform's driver. Raises `BackendError` where there is none."""
    from .backend import WebGLBackend

    driver: Any
    if compat.IN_BROWSER:
        from .gl_js import JsGL as driver
    else:
        from .gl_egl import EglGL as driver
    return WebGLBackend(driver())


__all__ = ["create"]
