"""`tfpy.browser` without a browser: arrays in, RGBA bytes out."""

import asyncio

import numpy as np
import pytest

import tfpy


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    use_backend(request.param)


def pixels(image):
    return list(asyncio.run(tfpy.browser.to_pixels(image)))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4), (0, 3, 3), (40, 30, 3)])
def test_to_pixels_gives_every_channel_its_place(shape):
    image = np.random.default_rng(0).integers(-20, 300, shape).astype(np.int32)
    limited = image.clip(0, 255).reshape((*shape[:2], *(shape[2:] or (1,))))
    rgba = np.full((*shape[:2], 4), 255)
    rgba[:, :, : 4 if shape[-1] == 4 and len(shape) == 3 else 3] = limited
    assert pixels(tfpy.tensor(image)) == rgba.ravel().tolist()


def test_to_pixels_takes_floats_from_0_to_1():
    image = tfpy.tensor([[-1.0, 0.0, 0.5, 1.0, 2.0]])
    assert pixels(image)[::4] == [0, 0, 128, 255, 255]


@pytest.mark.parametrize(
    ("image", "error"),
    [(np.zeros(3, "f"), tfpy.ShapeError), (np.zeros((2, 2, 2), "f"), tfpy.ShapeError),
     (np.zeros((2, 2), bool), tfpy.DTypeError)],
)  # fmt: skip
def test_to_pixels_says_what_is_no_image(image, error):
    with pytest.raises(error, match="to_pixels"):
        pixels(tfpy.tensor(image))
