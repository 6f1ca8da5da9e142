"""What the WebGL tests share: fresh backends on EGL or on the recorder, one per test."""

from contextlib import contextmanager

import numpy as np

import tfpy
from kernels_webgl.backend import WebGLBackend
from kernels_webgl.gl_egl import EglGL
from kernels_webgl.gl_record import RecordGL


@contextmanager
def using(gl):
    """A new backend on driver `gl`, current inside the block and gone after it."""
    backend = WebGLBackend(gl)
    tfpy.register_backend("webgl-test", lambda: backend)
    tfpy.set_backend("webgl-test")
    try:
        yield backend
    finally:
        tfpy.set_backend("numpy")
        tfpy.remove_backend("webgl-test")


def egl():
    """A backend that draws with Mesa or a graphics card."""
    return using(EglGL())


def recorder(real=False, **options):
    """A backend whose `device.gl` counts calls; with `real` it computes as well."""
    return using(RecordGL(EglGL() if real else None, **options))


def host(x):
    """A tensor's values as an array."""
    return np.asarray(x.data_sync()).reshape(x.shape)


def textures(backend):
    """Number of textures in use."""
    return backend.memory()["num_textures"]
