"""From programs to GLSL: assembly, errors that show the source, views, and call budgets."""

import itertools

import numpy as np
import pytest

import tfpy
from kernels_webgl import assemble
from kernels_webgl.device import quote_source
from kernels_webgl.layout import SCALAR
from kernels_webgl.program import Operand, Program, View
from kernels_webgl.views import broadcast, merge, plan, transposed
from tests import webgl
from tfpy.errors import BackendError, ShaderError

SPEC = tfpy.TensorSpec((8, 12))
X, OUT = Operand(0, SPEC), Operand(1, SPEC)


def text(program, literal=False):
    return assemble.assemble(assemble.describe(program, literal)[0])


# ------------------------------------------------------------------------------------- assembly


def test_library_functions_come_after_what_they_need():
    source = assemble.library("y = np_softplus(x);")
    names = ["choose", "np_exp(", "np_log(", "np_log1p(", "np_softplus("]
    at = [source.index(f"vec4 {name}") for name in names]
    assert at == sorted(at)
    assert "np_sin(" not in source


def test_every_library_file_defines_its_name_and_has_no_circle():
    for name in sorted(assemble._library()):
        assert f" {name}(" in assemble.read_glsl(f"lib/{name}")
        assert assemble.library(name)


def test_only_accessors_that_are_mentioned_are_written():
    source = text(
        Program("copy", OUT, {"x": transposed(Operand(0, tfpy.TensorSpec((12, 8))), (1, 0))})
    )
    assert "x_view" in source
    assert "x_at" in source
    assert "x_here" not in source


def test_numbers_are_uniforms_or_literals():
    program = Program("fill", OUT, {}, floats={"value": float("-inf")})
    assert "uniform highp vec4 u_floats[1]" in text(program)
    literal = text(program, literal=True)
    assert "u_floats" not in literal
    assert f"uintBitsToFloat({0xFF800000}u)" in literal


def test_huge_textures_are_read_by_numbers(monkeypatch):
    """Where floats cannot tell the middle of a texel any more; here from very few texels on."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((40, 1000)).astype("float32")
    image = rng.standard_normal((1, 6, 6, 32)).astype("float32")
    filters = rng.standard_normal((3, 3, 32, 1)).astype("float32")

    def results():
        x, w = tfpy.tensor(values), tfpy.tensor(filters)
        found = tfpy.softmax(x), tfpy.depthwise_conv2d(tfpy.tensor(image), w, 1, "same")
        return [webgl.host(y) for y in (*found, tfpy.sum(tfpy.transpose(x), 1))]

    monkeypatch.setattr(assemble, "HUGE", 8)
    with webgl.recorder(real=True) as backend:
        found = results()
        sources = [args[1] for name, args in backend.device.gl.calls if name == "shaderSource"]
    for text in ("#define x_PLACE int", "#define w_PLACE int", "<< out_shift"):
        assert any(text in source for source in sources)
    for got, want in zip(found, results(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=5e-6)


def test_sizes_do_not_make_new_programs():
    with webgl.recorder() as backend:
        for n in (40, 60, 2000, 30000):
            tfpy.relu(tfpy.tensor(np.ones(n, "float32"))).dispose()
        assert backend.device.num_programs == 1


@pytest.mark.parametrize("value", [0.1, -3.0, 1e-40, 3e38, float("inf"), float("nan")])
def test_float_literals_are_exact(value):
    with webgl.egl() as backend:
        program = Program("fill", Operand(0, tfpy.TensorSpec((4,))), {}, floats={"value": value})
        source, _ = assemble.describe(program, literal=True)
        linked = backend.device.link(source)
        target = backend.pool.acquire(backend.device.shape_of(tfpy.TensorSpec((4,))))
        backend.device.draw(linked, None, None, (), (), (target,))
        got = backend.device.read(target, tfpy.TensorSpec((1,)))[0]
        backend.pool.release(target)
    # A device may flush a denormal.
    if got != 0.0 or abs(value) > 1e-38:
        np.testing.assert_array_equal(got, np.float32(value))


def test_a_shader_that_does_not_compile_shows_its_line():
    with webgl.egl() as backend:
        bad = Program("elementwise", OUT, {"x": X}, {"LOADS": "", "EXPRESSION": "nonsense + 1.0"})
        with pytest.raises(ShaderError) as error:
            backend.device.link(assemble.describe(bad)[0])
    message = str(error.value)
    assert "elementwise.glsl" in message
    assert "nonsense" in message
    assert any(line.startswith(">") and "EXPRESSION" in line for line in message.splitlines())


def test_source_lines_are_quoted_for_mesa_and_for_angle():
    source = "\n".join(f"line {n}" for n in range(1, 10))
    for log in ("0:4(5): error: x", "ERROR: 0:4: 'x' : undeclared"):
        quoted = quote_source(source, log)
        assert ">   4 line 4" in quoted
        assert "    2 line 2" in quoted
        assert "line 7" not in quoted


def test_an_operation_without_a_kernel_is_a_clear_error():
    with webgl.recorder() as backend:
        op = type("Op", (), {"name": "no_such_op", "inputs": ("x",)})()
        with pytest.raises(BackendError, match="no kernel for no_such_op"):
            backend.prepare(op, (SPEC,), {}, SPEC)


# ---------------------------------------------------------------------------------------- views


def test_axes_merge():
    assert merge((2, 3, 4), (12, 4, 1)) == ([24], [1])
    assert merge((2, 1, 4), (4, 99, 1)) == ([8], [1])
    assert merge((5, 2, 3), (0, 3, 1)) == ([5, 6], [0, 1])


@pytest.mark.parametrize(
    ("shape", "to", "mode"),
    [
        ((8, 12), (8, 12), "texel"),
        ((12,), (8, 12), "vector"),
        ((8, 1), (8, 12), "splat_row"),
        ((1, 1), (8, 12), "splat"),
        ((11,), (8, 11), "lanes"),
    ],
)
def test_broadcasts_read_as_few_texels_as_they_can(shape, to, mode):
    assert plan(broadcast(Operand(0, tfpy.TensorSpec(shape)), to)).mode == mode


def test_a_uniform_is_a_view_too():
    one = Operand(0, tfpy.TensorSpec((1,)), SCALAR)
    assert "x_tex" not in text(Program("copy", OUT, {"x": View(one, (8, 12), (0, 0))}))


SHAPES = [
    (4,),
    (7,),
    (3, 4),
    (5, 3),
    (2, 3, 8),
    (4, 1, 5),
    (2, 3, 2, 4),
    (2, 1, 3, 2, 2),
    (2, 2, 1, 3, 2, 2),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_views_agree_with_numpy(shape):
    """Every order of the axes (of a few), steps and offsets, and broadcasting against a result."""
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    rng = np.random.default_rng(0)
    with webgl.egl():
        x = tfpy.tensor(array)
        for perm in list(itertools.permutations(range(len(shape))))[:24]:
            np.testing.assert_array_equal(
                webgl.host(tfpy.transpose(x, perm)), array.transpose(perm)
            )
        for _ in range(8):
            cut = tuple(
                slice(None, None, int(rng.choice([-2, -1, 1, 2])))
                if rng.random() < 0.5
                else slice(int(rng.integers(0, n)), None)
                for n in shape
            )
            np.testing.assert_array_equal(webgl.host(x[cut]), array[cut])
        for keep in itertools.product([False, True], repeat=len(shape)):
            small = array[tuple(slice(None) if k else slice(0, 1) for k in keep)]
            got = webgl.host(x + tfpy.tensor(np.ascontiguousarray(small)))
            np.testing.assert_array_equal(got, array + small)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 20])
def test_concat_of_many(count):
    arrays = [np.full((3, 1 + i % 5), i, np.float32) for i in range(count)]
    with webgl.egl():
        got = webgl.host(tfpy.concat([tfpy.tensor(a) for a in arrays], 1))
    np.testing.assert_array_equal(got, np.concatenate(arrays, 1))


# -------------------------------------------------------------------------------------- budgets


def cost(backend, function):
    """Counts of the second call of `function`: what a program costs once it is known."""
    gl = backend.device.gl
    function()
    gl.reset()
    kept = function()
    counts = dict(gl.counts)
    del kept
    return counts


@pytest.fixture
def recorded():
    with webgl.recorder() as started:
        yield started


def test_one_operation_is_one_draw(recorded):
    x = tfpy.tensor(np.ones((40, 40), "float32"))
    counts = cost(recorded, lambda: x + 1.0)
    assert counts["drawArrays"] == 1
    assert sum(counts.values()) <= 4


def test_reshape_costs_nothing(recorded):
    x = tfpy.tensor(np.ones((40, 40), "float32"))
    assert cost(recorded, lambda: x.reshape((1600,))) == {}


def test_long_sums_take_logarithmically_many_passes(recorded):
    x = tfpy.tensor(np.ones((1000, 1000), "float32"))
    assert cost(recorded, lambda: tfpy.sum(x))["drawArrays"] == 3


def test_no_texture_is_made_in_a_steady_loop(recorded):
    x = tfpy.tensor(np.ones((64, 64), "float32"))
    counts = cost(recorded, lambda: tfpy.softmax(x @ x + 1.0))
    assert "createTexture" not in counts
    assert "createFramebuffer" not in counts
    assert "linkProgram" not in counts


def test_no_draw_reads_what_it_writes():
    """Every draw's target differs from every texture bound for it."""
    with webgl.recorder() as backend:
        draw, device = backend.device.draw, backend.device
        seen = []

        def checked(linked, dims, floats, textures, scalars, targets):
            seen.append({t.id for t in textures} & {t.id for t in targets})
            draw(linked, dims, floats, textures, scalars, targets)

        device.draw = checked
        x = tfpy.tensor(np.ones((64, 64), "float32"))
        for _ in range(3):
            x = tfpy.softmax(x + x) * x
        tfpy.sum(x)
    assert seen
    assert not any(seen)
