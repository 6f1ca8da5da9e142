"""What one eager operation costs in calls, and that rows of changes are made as they say."""

import numpy as np
import pytest

import tfpy
from kernels_webgl import draw as D
from kernels_webgl import gl as G
from kernels_webgl.gl_record import RecordGL
from tests import webgl

ROW = (
    *(D.BIND_2D + 3, "a", D.BIND_ARRAY + 1, "b", D.USE_PROGRAM, "p", D.UNIFORM_4IV, "at", "ints"),
    *(D.UNIFORM_4FV, "at", "floats", D.UNIFORM_1F, "at", 0.5, D.UNIFORM_1I, "at", 2),
    *(D.BIND_FRAMEBUFFER, "f", D.VIEWPORT, 4, 2),
)
CALLS = [
    ("activeTexture", (G.TEXTURE0 + 3,)),
    ("bindTexture", (G.TEXTURE_2D, "a")),
    ("activeTexture", (G.TEXTURE0 + 1,)),
    ("bindTexture", (G.TEXTURE_2D_ARRAY, "b")),
    ("useProgram", ("p",)),
    ("uniform4iv", ("at", "ints")),
    ("uniform4fv", ("at", "floats")),
    ("uniform1f", ("at", 0.5)),
    ("uniform1i", ("at", 2)),
    ("bindFramebuffer", (G.FRAMEBUFFER, "f")),
    ("viewport", (0, 0, 4, 2)),
    ("drawArrays", (G.TRIANGLES, 0, 3)),
]


def test_a_row_is_made_by_separate_calls():
    gl = RecordGL()
    D.draw(gl, *ROW)
    assert gl.calls == CALLS


def rows_of(work, times=4):
    """The rows of `work` done several times with a driver that draws in one call."""
    gl = RecordGL()
    rows = []
    gl.drawer = lambda *row: rows.append(row)
    with webgl.using(gl):
        x = tfpy.tensor(np.ones((32, 64), "f"))
        for _ in range(times):
            x = work(x)
    return rows


@pytest.mark.parametrize(
    ("work", "codes"),
    [
        (lambda x: x.abs(), [D.BIND_FRAMEBUFFER, D.BIND_2D]),
        (lambda x: x + x, [D.BIND_FRAMEBUFFER, D.BIND_2D, D.BIND_2D + 1]),
        (lambda x: x * 2.5, [D.BIND_FRAMEBUFFER, D.BIND_2D, D.UNIFORM_1F]),
    ],
    ids=["abs", "add", "scalar"],
)
def test_a_repeated_operation_changes_only_what_it_must(work, codes):
    """One texture in, one out: the program, its numbers and the viewport stay."""
    assert list(codes_of(rows_of(work)[-1])) == codes


def codes_of(row):
    """What a row changes; uniforms and viewports have two operands, the rest one."""
    two = {D.UNIFORM_4IV, D.UNIFORM_4FV, D.UNIFORM_1F, D.UNIFORM_1I, D.VIEWPORT}
    i = 0
    while i < len(row):
        yield row[i]
        i += 3 if row[i] in two else 2


def test_a_refused_target_leaves_nothing_remembered_that_was_not_set():
    gl = RecordGL()
    rows = []
    gl.drawer = lambda *row: rows.append(row)
    with webgl.using(gl):
        x = tfpy.tensor(np.ones((32, 64), "f"))
        y = tfpy.tensor(np.ones((32, 64), "f"))
        gl.checkFramebufferStatus = lambda target: 0
        with pytest.raises(tfpy.BackendError, match="cannot draw"):
            x + y
        assert not rows
        gl.checkFramebufferStatus = lambda target: G.FRAMEBUFFER_COMPLETE
        x + y
    (row,) = rows
    assert D.BIND_2D + 1 in codes_of(row)


def test_what_is_read_has_been_drawn():
    """Mesa's llvmpipe under WebKit hands out what was in a texture before, one time in a hundred,
    if nobody asks it to be done first."""
    gl = RecordGL()
    with webgl.using(gl):
        (tfpy.tensor(np.ones((32, 64), "f")) * 2).data_sync()
    names = [name for name, _ in gl.calls]
    assert "drawArrays" in names[: names.index("finish")]
    assert names[names.index("finish") + 1] == "readPixels"
