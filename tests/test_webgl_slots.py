"""Values of plans that share textures: never at the same time, and read where they lie."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tfpy
from kernels_webgl.assemble import describe, read_elsewhere
from kernels_webgl.layout import TextureShape
from kernels_webgl.program import Operand, Program
from kernels_webgl.slots import Value, share
from tests import webgl

rng = np.random.default_rng(4)


@st.composite
def values(draw):
    size = st.integers(1, 6)
    shape = TextureShape(
        draw(size), draw(size), draw(st.sampled_from("fi")), draw(st.sampled_from([0, 8]))
    )
    first = draw(st.integers(0, 12))
    return Value(shape, first, first + draw(st.integers(0, 5)), draw(st.booleans()))


@given(st.lists(values(), max_size=14))
def test_each_value_fits_and_has_its_slot_to_itself(given):
    slots = share(given)
    assert len(slots.of) == len(given)
    for n, shape in enumerate(slots.shapes):
        members = [x for x, number in zip(given, slots.of, strict=True) if number == n]
        assert shape.width == max(x.shape.width for x in members)
        assert shape.height == max(x.shape.height for x in members)
        assert {(x.shape.kind, x.shape.layers) for x in members} == {(shape.kind, shape.layers)}
        assert all(x.shape == shape for x in members if not x.grows)
        assert shape.layers or len({x.shape.width for x in members}) == 1
        draws = [i for x in members for i in range(x.first, x.last + 1)]
        assert len(draws) == len(set(draws))
    assert sum(x.nbytes for x in slots.shapes) <= sum(x.shape.nbytes for x in given)


def test_a_smaller_value_lies_in_a_larger_texture():
    large, small = TextureShape(8, 64, "f", 8), TextureShape(6, 32, "f", 8)
    slots = share([Value(large, 0, 1, True), Value(small, 1, 2, True), Value(small, 2, 3, True)])
    assert slots.of == [0, 1, 0]
    assert slots.shapes == [large, small]


def test_what_is_read_at_the_place_drawn_is_known():
    x, y, out = (Operand(i, tfpy.TensorSpec((4, 4))) for i in range(3))
    program = Program(
        "elementwise", out, {"x": x, "y": y}, {"LOADS": "vec4 a = x_here(), b = y_texel(i);"}
    )
    assert list(read_elsewhere(describe(program)[0])) == [False, True]
    assert list(read_elsewhere(describe(Program("to_rgba", out, {"x": x}))[0])) == [True]


def shrinking(x, first, second, third):
    """Images that become smaller, so that the textures of the first ones are free for the rest;
    one is read by an operation that is not fused, at the place that it draws."""
    y = tfpy.relu(tfpy.conv2d(x, first, 1, "same"))
    y = tfpy.relu(tfpy.conv2d(y, second, 2, "same"))
    y = tfpy.conv2d(y, third, 2, "same")
    z = tfpy.conv2d(tfpy.sin(y), third, 1, "same")
    y = tfpy.max_pool(y * z + y, 2, 2, "valid")
    return tfpy.softmax(tfpy.reshape(y, (2, -1))), tfpy.sum(z, 3)


def test_plans_in_shared_textures_give_what_eager_execution_gives():
    shapes = [(2, 33, 29, 8), (3, 3, 8, 32), (3, 3, 32, 16), (3, 3, 16, 16)]
    with webgl.egl() as backend:
        xs = [tfpy.tensor(rng.normal(0, 0.3, shape).astype("f")) for shape in shapes]
        expected = [webgl.host(y) for y in shrinking(*xs)]
        f = tfpy.function(shrinking)
        runs = [f(*xs) for _ in range(2)]
        plan = f.plans[0].plan
        slots, draws = plan.schedule.slots, plan.schedule.draws
        sizes = {d.size for d in draws if d.targets[0].kind == "slot"}
        assert len(sizes) > len(slots), "nothing lies in a larger texture"
        given = [x.data_on(backend) for x in xs]
        stepped = plan.observe(given, lambda op, outs, run: run())
        runs.append(
            [tfpy.engine.from_data(d, y.spec) for d, y in zip(stepped, runs[0], strict=True)]
        )
        for found in runs:
            for got, want in zip(found, expected, strict=True):
                np.testing.assert_allclose(webgl.host(got), want, rtol=1e-4, atol=1e-5)
