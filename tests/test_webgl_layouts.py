"""Images in blocks: where they come about, how they mix with everything else, what they cost."""

import numpy as np
import pytest

import tfpy
from kernels_webgl.layout import BLOCK, FLAT, block_shape, blocks, has_blocks
from tests import webgl
from tfpy.spec import TensorSpec

LIMITS = {"texture_size": 8192, "draw_buffers": 8}


def draw(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def image(*shape):
    """An image that lies in blocks, and its values."""
    x = draw(*shape)
    eye = np.eye(shape[-1], dtype=np.float32)[None, None]
    return tfpy.conv2d(tfpy.tensor(x), tfpy.tensor(eye)), x


def layout(x):
    return x.data_on(x.backend).layout


@pytest.fixture
def egl():
    with webgl.egl() as backend:
        yield backend


# -------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("shape", [(1, 112, 112, 64), (1, 14, 14, 42), (3, 5, 7, 8), (1, 1, 1, 1)])
def test_every_block_has_a_place(shape):
    spec = tfpy.TensorSpec(shape)
    grid, texture = blocks(spec), block_shape(spec)
    count = shape[0] * grid.down * grid.across * grid.groups
    assert grid.columns % 2 == 0
    assert texture.width * texture.height >= count
    assert texture.nbytes >= spec.nbytes


def test_a_1x1_convolution_reads_where_it_writes():
    small, large = (blocks(tfpy.TensorSpec((2, 14, 14, c))) for c in (8, 512))
    assert small._replace(groups=64) == large


def test_what_cannot_lie_in_blocks():
    assert has_blocks(tfpy.TensorSpec((1, 4, 4, 8)), LIMITS)
    assert has_blocks(tfpy.TensorSpec((1, 4, 4, 5)), LIMITS)
    assert not has_blocks(tfpy.TensorSpec((4, 4, 8)), LIMITS)
    assert not has_blocks(tfpy.TensorSpec((1, 4, 4, 8), tfpy.int32), LIMITS)
    assert not has_blocks(tfpy.TensorSpec((1, 4, 4, 8)), {**LIMITS, "draw_buffers": 4})
    assert not has_blocks(tfpy.TensorSpec((1, 64, 64, 4096)), LIMITS)


# --------------------------------------------------------------------------------------- values


@pytest.mark.parametrize("shape", [(1, 2, 2, 8), (2, 5, 7, 16), (3, 9, 4, 12), (2, 3, 3, 42)])
def test_there_and_back(egl, shape):
    x, values = image(*shape)
    assert layout(x) == BLOCK
    np.testing.assert_array_equal(webgl.host(x), values)


@pytest.mark.parametrize("channels", [16, 6, 21])
def test_elementwise_stays_in_blocks(egl, channels):
    x, values = image(2, 5, 3, channels)
    vector = draw(channels, seed=1)
    y = tfpy.relu6((x + vector) * 3.0 - x) * tfpy.tensor(vector).reshape((1, 1, 1, channels))
    assert layout(y) == BLOCK
    expected = np.clip((values + vector) * 3 - values, 0, 6) * vector
    np.testing.assert_allclose(webgl.host(y), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 1, 1), (3, 8), (2, 1, 1, 1), (2, 5, 3, 8)])
def test_other_broadcasts_are_flat(egl, shape):
    x, values = image(2, 8, 3, 8)
    other = draw(2, 8, 3, 8)[:, :, :, :1] if shape == (2, 5, 3, 8) else draw(*shape, seed=1)
    y = x + other
    assert layout(y) == FLAT
    np.testing.assert_array_equal(webgl.host(y), values + other)


def test_types_without_blocks_are_flat(egl):
    x, values = image(1, 4, 5, 8)
    np.testing.assert_array_equal(webgl.host(x > 0.0), values > 0)
    chosen = tfpy.where(x > 0.0, x, -x)
    np.testing.assert_array_equal(webgl.host(chosen), np.abs(values))


@pytest.mark.parametrize("variant", ["winograd", "loop"])
@pytest.mark.parametrize("channels", [8, 32, 5, 20, 42])
@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5)])
def test_what_does_not_exist_never_shows(egl, shape, channels, variant):
    """An odd size leaves pixels over, a last group channels. Outside its image a convolution sees
    zeros: make them NaN."""
    tfpy.tune({"conv": variant})
    values = draw(1, *shape, channels) + 2.0
    centre = np.zeros((3, 3, channels, 1), np.float32)
    centre[1, 1] = 1.0
    x = tfpy.depthwise_conv2d(tfpy.tensor(values), tfpy.tensor(centre), padding="same")
    logarithm = tfpy.log(x)
    spoiled = (logarithm - logarithm) + x
    assert layout(spoiled) == BLOCK
    np.testing.assert_array_equal(webgl.host(spoiled), values)
    filters = draw(3, 3, channels, channels, seed=1)
    point = (tfpy.conv2d, filters[1:2, 1:2, :, 1:])
    for op, w in (point, (tfpy.conv2d, filters), (tfpy.depthwise_conv2d, filters[..., :1])):
        for strides in (1, 2):
            found = webgl.host(op(spoiled, tfpy.tensor(w), strides, "same"))
            tfpy.set_backend("numpy")
            expected = webgl.host(op(tfpy.tensor(values), tfpy.tensor(w), strides, "same"))
            tfpy.set_backend("webgl-test")
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=3e-5)


def test_reshapes_slices_and_sums(egl):
    x, values = image(2, 5, 3, 8)
    np.testing.assert_array_equal(webgl.host(x.reshape((10, 24))), values.reshape(10, 24))
    np.testing.assert_array_equal(webgl.host(x[1:, ::2]), values[1:, ::2])
    np.testing.assert_allclose(webgl.host(tfpy.mean(x, (1, 2))), values.mean((1, 2)), atol=1e-6)
    again = x.reshape((10, 24)).reshape((2, 3, 5, 8))
    y = tfpy.conv2d(again, tfpy.tensor(np.eye(8, dtype=np.float32)[None, None]))
    np.testing.assert_array_equal(webgl.host(y), values.reshape(2, 3, 5, 8))


def test_filters_that_lie_in_blocks(egl):
    w, values = image(3, 3, 8, 8)
    assert layout(w) == BLOCK
    x = tfpy.tensor(draw(1, 5, 5, 8))
    y = webgl.host(tfpy.conv2d(x, w))
    np.testing.assert_array_equal(y, webgl.host(tfpy.conv2d(x, tfpy.tensor(values))))


def test_a_variable_that_changes_is_packed_anew(egl):
    x = tfpy.tensor(draw(1, 4, 4, 8))
    w = tfpy.Variable(np.zeros((1, 1, 8, 8), np.float32))
    assert not webgl.host(tfpy.conv2d(x, w)).any()
    w.assign(np.eye(8, dtype=np.float32)[None, None])
    np.testing.assert_array_equal(webgl.host(tfpy.conv2d(x, w)), webgl.host(x))


def test_few_draw_buffers(egl):
    """WebGL2 promises four; then everything is flat."""
    egl.device.limits["draw_buffers"] = 4
    x, values = image(1, 4, 4, 8)
    assert layout(x) == FLAT
    np.testing.assert_array_equal(webgl.host(x), values)


# ---------------------------------------------------------------------------------------- costs


def test_conversions_happen_once():
    with webgl.recorder() as backend:
        x, w = tfpy.tensor(draw(1, 16, 16, 8)), tfpy.tensor(draw(3, 3, 8, 8))
        tfpy.relu(tfpy.conv2d(x, w) + 1.0)
        gl = backend.device.gl
        gl.reset()
        y = tfpy.relu(tfpy.conv2d(x, w) + 1.0)
        assert gl.draws == 3
        y.data_sync()
        y.reshape((-1,)).data_sync()
        assert gl.draws == 4


@pytest.mark.parametrize(("transposed", "again"), [(False, 3), (True, 4)])
def test_what_is_multiplied_with_is_packed_once(transposed, again):
    with webgl.recorder() as backend:
        a, b = tfpy.tensor(draw(130, 200)), tfpy.tensor(draw(200, 200))
        gl, drawn = backend.device.gl, []
        for _ in range(3):
            gl.reset()
            tfpy.matmul(a, b, transpose_b=transposed)
            drawn.append(gl.draws)
        assert drawn == [4, again, again]


@pytest.mark.parametrize("shape", [(129, 256, 100), (4, 128, 130, 99), (2, 3, 64, 128, 66)])
def test_products_with_what_is_packed(egl, shape):
    *outer, rows, inner, columns = shape
    a, b = draw(*outer, rows, inner), draw(*outer, inner, columns, seed=1)
    exact = a.astype(np.float64) @ b
    x, y = tfpy.tensor(a), tfpy.tensor(b)
    planned = tfpy.function(lambda x: tfpy.relu(x @ y))
    for _ in range(2):
        np.testing.assert_allclose(webgl.host(x @ y), exact, atol=1e-5)
        np.testing.assert_allclose(webgl.host(planned(x)), np.maximum(exact, 0), atol=1e-5)
    # What the plan multiplies with is a constant, which is there in the form that is read.
    assert planned.plans[0].describe()["draws"] == 3


def test_what_is_converted_goes_with_its_tensor():
    with webgl.recorder() as backend:
        before = webgl.textures(backend)
        x, w = tfpy.tensor(draw(1, 16, 16, 8)), tfpy.tensor(draw(3, 3, 8, 8))
        y = tfpy.conv2d(x, w)
        y.data_sync()
        # Both images flat and in blocks, the filters packed only: their elements are on the host.
        assert webgl.textures(backend) == before + 5
        del x, w, y
        assert webgl.textures(backend) == before


@pytest.mark.parametrize("channels", [8, 6, 12])
@pytest.mark.parametrize(
    "pads",
    [((0, 0), (0, 0), (0, 4)), ((1, 2), (0, 3), (0, 0)), ((0, 1), (1, 0), (0, 9))],
    ids=str,
)
def test_what_is_put_around_an_image(egl, pads, channels):
    x, values = image(2, 5, 4, channels)
    for value in (0.0, -1.5):
        y = tfpy.pad(x, ((0, 0), *pads), constant_values=value)
        assert layout(y) == BLOCK
        expected = np.pad(values, ((0, 0), *pads), constant_values=value)
        np.testing.assert_array_equal(webgl.host(y), expected)


@pytest.mark.parametrize(
    "pads", [((1, 0), (0, 0), (0, 0), (0, 0)), ((0, 0), (0, 0), (0, 0), (1, 0))], ids=str
)
def test_what_is_put_before_channels_or_images_is_flat(egl, pads):
    x, values = image(2, 5, 4, 8)
    y = tfpy.pad(x, pads)
    assert layout(y) == FLAT
    np.testing.assert_array_equal(webgl.host(y), np.pad(values, pads))


def test_an_image_of_half_the_size_and_twice_the_channels_fits_into_its_texture():
    wide = block_shape(TensorSpec((1, 112, 112, 64)))
    half = block_shape(TensorSpec((1, 56, 56, 128)))
    assert half.width <= wide.width
    assert half.height <= wide.height
    assert half.nbytes * 2 == wide.nbytes
