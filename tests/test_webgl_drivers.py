"""The GL drivers: EGL draws and reads, contexts do not disturb each other, the recorder counts."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from kernels_webgl import gl as G
from kernels_webgl.gl_egl import EglGL
from kernels_webgl.gl_record import RecordGL
from tests import webgl
from tfpy.dtypes import as_dtype
from tfpy.errors import BackendError
from tfpy.spec import TensorSpec


def calls_of_protocol():
    return {name for name, _ in inspect.getmembers(G.GL, inspect.isfunction) if name[0] != "_"}


def test_egl_has_every_call_of_the_protocol():
    gl = EglGL()
    missing = {name for name in calls_of_protocol() if not hasattr(gl, name)}
    gl.dispose()
    assert not missing


def test_plain_calls_are_in_the_protocol():
    assert set(G.PLAIN_CALLS) <= calls_of_protocol()


def test_the_js_driver_has_every_other_call():
    # It cannot be imported outside a browser.
    text = Path(G.__file__).with_name("gl_js.py").read_text(encoding="utf-8")
    special = calls_of_protocol() - set(G.PLAIN_CALLS)
    missing = {n for n in special if f"def {n}(" not in text and f"self.{n} =" not in text}
    assert not missing


def test_two_egl_contexts_side_by_side():
    with webgl.egl() as first:
        a = first.upload(memoryview(np.arange(2000, dtype="f")), spec((2000,)))
        second = EglGL()
        second.getParameter(G.MAX_TEXTURE_SIZE)
        assert list(first.read_sync(a, spec((2000,)))[:3]) == [0.0, 1.0, 2.0]
        second.dispose()
        assert list(first.read_sync(a, spec((2000,)))[-2:]) == [1998.0, 1999.0]


def spec(shape, dtype="float32"):
    return TensorSpec(shape, as_dtype(dtype))


def test_missing_float_targets_are_a_clear_error(monkeypatch):
    monkeypatch.setattr(EglGL, "_extensions", lambda self: set())
    with pytest.raises(BackendError, match="float textures"):
        EglGL()


def test_missing_libraries_name_the_packages(monkeypatch):
    import ctypes

    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(BackendError, match="apt-get install libegl1"):
        EglGL()


def test_the_recorder_counts_calls_and_bytes():
    gl = RecordGL()
    gl.texSubImage2D(2, 2, G.RGBA, G.FLOAT, memoryview(b"12345678").cast("f"))
    gl.drawArrays(G.TRIANGLES, 0, 3)
    assert (gl.draws, gl.counts["uploaded"]) == (1, 8)
    assert list(gl.readPixels(1, 1, G.RGBA, G.FLOAT)) == [0.0] * 4
    gl.reset()
    assert gl.draws == 0
    assert not gl.calls
