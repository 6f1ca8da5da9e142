"""Gradients of convolutions, pools and sums of images in blocks, against NumPy's."""

import numpy as np
import pytest

import tfpy
from kernels_webgl.layout import BLOCK, FLAT
from tests import webgl
from tfpy.ops.conv_family import CONV2D, DEPTHWISE_CONV2D
from tfpy.spec import Sliding


def draw(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def in_blocks(values):
    """The images `values` in blocks."""
    eye = np.eye(values.shape[-1], dtype=np.float32)[None, None]
    # Not convolved themselves: a NaN would reach all channels.
    x = tfpy.conv2d(tfpy.zeros(values.shape), tfpy.tensor(eye)) + tfpy.tensor(values)
    assert layout(x) == BLOCK
    return x


def layout(x):
    return x.data_on(x.backend).layout


def close(got, want):
    np.testing.assert_allclose(webgl.host(got), want.numpy(), rtol=1e-4, atol=1e-4)


WINDOWS = [
    Sliding((1, 1), "valid", (1, 1)),
    Sliding((1, 1), "same", (1, 1)),
    Sliding((1, 1), ((0, 2), (3, 1)), (2, 1)),
    Sliding((2, 2), "same", (1, 1)),
    Sliding((2, 1), "valid", (1, 1)),
    Sliding((3, 2), ((3, 1), (0, 2)), (1, 1)),
]
SHAPES = [
    *(((2, 9, 8), (3, 3, 8, 8)), ((1, 7, 11), (5, 4, 16, 24)), ((3, 6, 6), (1, 1, 8, 16))),
    *(((2, 9, 8), (3, 3, 12, 6)), ((1, 7, 6), (2, 3, 8, 5)), ((1, 5, 6), (3, 3, 6, 12))),
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize(("image", "filters"), SHAPES, ids=str)
def test_gradients_of_a_convolution(image, filters, window):
    x, w = draw(*image, filters[2]), draw(*filters, seed=1)
    spec = CONV2D.forward(tfpy.tensor(x), tfpy.tensor(w), window).spec
    dy = draw(*spec.shape, seed=2)
    wanted = [
        CONV2D.input_grad(tfpy.tensor(dy), tfpy.tensor(w), x.shape, window),
        CONV2D.filter_grad(tfpy.tensor(x), tfpy.tensor(dy), w.shape, window),
    ]
    with webgl.egl():
        for xs, dys in ((tfpy.tensor(x), in_blocks(dy)), (in_blocks(x), in_blocks(dy))):
            to_input = CONV2D.input_grad(dys, tfpy.tensor(w), x.shape, window)
            if filters[2] % 8 == 0 or window.strides == (1, 1):
                assert layout(to_input) == BLOCK
            close(to_input, wanted[0])
            close(CONV2D.filter_grad(xs, dys, w.shape, window), wanted[1])


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 12])
def test_filter_gradients_of_few_input_channels(channels):
    window = Sliding((1, 1), "same", (1, 1))
    x, dy = draw(2, 9, 7, channels), draw(2, 9, 7, 8, seed=1)
    shape = (3, 3, channels, 8)
    wanted = CONV2D.filter_grad(tfpy.tensor(x), tfpy.tensor(dy), shape, window)
    with webgl.egl():
        close(CONV2D.filter_grad(tfpy.tensor(x), in_blocks(dy), shape, window), wanted)


def test_filter_gradients_of_many_pixels_are_summed_in_parts():
    window = Sliding((1, 1), "valid", (1, 1))
    x, dy = draw(8, 40, 40, 8), draw(8, 38, 38, 8, seed=1)
    wanted = np.einsum("nyxc,nyxo->co", x[:, 1:39, 2:40].astype("d"), dy.astype("d"))
    with webgl.egl():
        got = CONV2D.filter_grad(in_blocks(x), in_blocks(dy), (3, 3, 8, 8), window)
        np.testing.assert_allclose(webgl.host(got)[1, 2], wanted, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("pool", [tfpy.max_pool, tfpy.avg_pool])
@pytest.mark.parametrize("size", [(6, 8), (7, 7), (5, 9)])
@pytest.mark.parametrize(
    ("window", "strides"), [(2, 2), (3, 2), (3, 1), ((2, 3), (1, 2)), ((2, 2), (2, 1))]
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pools(pool, size, window, strides, padding):
    # Rounded, so that some windows have more than one maximum.
    x = np.round(draw(2, *size, 8 if size[0] % 2 else 6), 1)
    x[0, 0, 0, 0] = np.nan

    def gradient(x, dy=False):
        y = pool(x, window, strides, padding)
        values = draw(*y.shape, seed=1)
        dy = in_blocks(values) if dy else tfpy.tensor(values)
        return y, tfpy.grad(lambda x: tfpy.sum(pool(x, window, strides, padding) * dy))(x)

    y, dx = gradient(tfpy.tensor(x))
    with webgl.egl():
        for xs, dys in ((tfpy.tensor(x), False), (in_blocks(x), True)):
            got, back = gradient(xs, dys)
            assert layout(got) == (BLOCK if dys else FLAT)
            if dys and (window, strides) == (2, 2):
                assert layout(back) == BLOCK
            close(got, y)
            close(back, dx)


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2), (2, 1), (1,), (0, 1, 2, 3)])
@pytest.mark.parametrize(
    "shape", [(3, 6, 8, 8), (2, 7, 5, 16), (1, 33, 1, 8), (2, 3, 5, 12), (2, 3, 3, 6)]
)
def test_sums_over_pixels(axes, shape):
    x = draw(*shape)
    wanted = tfpy.sum(tfpy.tensor(x), axes)
    with webgl.egl():
        close(tfpy.sum(in_blocks(x), axes), wanted)


def test_a_training_step_stays_in_blocks():
    """Nothing but small things is brought from one layout into another."""
    with webgl.egl():
        weights = [
            tfpy.Variable(draw(3, 3, 8, 16)),
            tfpy.Variable(draw(3, 3, 16, 8, seed=1)),
            tfpy.Variable(draw(16, seed=2)),
        ]

        @tfpy.function
        def step(x):
            with tfpy.GradientTape() as tape:
                y = tfpy.relu(tfpy.conv2d(x, weights[0], padding="same") + weights[2])
                y = tfpy.conv2d(tfpy.max_pool(y, 2), weights[1], padding="same")
                loss = tfpy.mean(tfpy.square(y))
            for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
                weight.assign_sub(0.001 * gradient)
            return loss

        x = tfpy.tensor(draw(4, 16, 16, 8, seed=3))
        losses = [step(x).item() for _ in range(3)]
        assert losses == sorted(losses, reverse=True)
        draws = step.plans[0].plan.schedule.draws
        converted = [out.size for draw in draws if draw.op == "convert" for out in draw.outs]
        assert max(converted) <= x.size, converted


@pytest.mark.parametrize("channels", [(3, 5), (4, 12)])
def test_filter_gradients_of_flat_images_are_summed_in_parts(channels):
    window = Sliding((2, 1), "same", (1, 1))
    x, dy = draw(3, 21, 9, channels[0]), draw(3, 11, 9, channels[1], seed=1)
    own = draw(3, 11, 9, channels[0], seed=2)
    shapes = (3, 3, *channels), (3, 3, channels[0], 1)

    def gradients():
        images = tfpy.tensor(x)
        return (
            CONV2D.filter_grad(images, tfpy.tensor(dy), shapes[0], window),
            DEPTHWISE_CONV2D.filter_grad(images, tfpy.tensor(own), shapes[1], window),
        )

    wanted = gradients()
    with webgl.recorder(real=True) as backend:
        tfpy.tune({"conv": "flat"})
        for got, want in zip(gradients(), wanted, strict=True):
            close(got, want)
        assert backend.device.gl.counts["drawArrays"] == 4
