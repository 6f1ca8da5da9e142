"""Pictures made of masks: TF.js's package's where it needs no canvas, NumPy and SciPy elsewhere."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import tfpy
from tests.oracle.packages import ask
from tfpy.applications import masks
from tfpy.applications.masks import Segmentation

RNG = np.random.default_rng(9)
PARTS = RNG.integers(-1, 24, (9, 14)).astype(np.int32)
SURE = RNG.uniform(size=(9, 14)).astype(np.float32)
IMAGE = RNG.integers(0, 256, (9, 14, 3)).astype(np.int32)

#: `Segmentation`s of TF.js from our masks: red is the value, alpha how sure it is.
SCRIPT = """
const seg = (data, sure) => {
  const bytes = new Uint8ClampedArray(data.size * 4);
  data.dataSync().forEach((v, i) => {
    bytes[4 * i] = Math.max(v, 0);
    bytes[4 * i + 3] = sure ? Math.round(255 * sure.dataSync()[i]) : v < 0 ? 0 : 255;
  });
  const image = new ImageData(bytes, data.shape[1], data.shape[0]);
  return {mask: {toImageData: async () => image}};
};
const both = [seg(parts), seg(zeros, sure)];
const white = {r: 255, g: 255, b: 255, a: 255}, dark = {r: 1, g: 2, b: 3, a: 4};
const found = [
  await lib.toBinaryMask(both[0]),
  await lib.toBinaryMask(both[1], white, dark, false, 0.7),
  await lib.toBinaryMask(both, white, dark, false, 0.9, [2, 5, 7]),
  await lib.toColoredMask(both[0], lib.bodyPixMaskValueToRainbowColor, dark),
  await lib.toColoredMask(both, lib.bodyPixMaskValueToRainbowColor, dark, 0.9),
];
return found.map((image) => image.data);
"""


def test_colours_as_tfjs():
    theirs = ask(
        "body-segmentation", SCRIPT, parts=PARTS, sure=SURE, zeros=np.zeros((9, 14), np.int32)
    )
    white, dark = "#ffffff", (1, 2, 3, 4)
    both = [Segmentation(tfpy.tensor(PARTS)), tfpy.tensor(SURE)]
    found = [
        masks.to_binary_mask(tfpy.tensor(PARTS)),
        masks.to_binary_mask(tfpy.tensor(SURE), white, dark, foreground_threshold=0.7),
        masks.to_binary_mask(
            both, white, dark, foreground_threshold=0.9, foreground_values=[2, 5, 7]
        ),
        masks.to_colored_mask(tfpy.tensor(PARTS), background=dark),
        masks.to_colored_mask(both, background=dark, foreground_threshold=0.9),
    ]
    for ours, other in zip(found, theirs, strict=True):
        np.testing.assert_array_equal(ours.numpy(), other.reshape(9, 14, 4))


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize("amount", [0.4, 1, 3])
def test_blur_is_gaussian(backend, amount, use_backend):
    use_backend(backend)
    x = RNG.uniform(0, 255, (20, 31, 3)).astype(np.float32)
    found = masks.blur(tfpy.tensor(x[None]), amount)[0].numpy()
    reach = max(1, int(np.ceil(3 * amount)))
    sums, weights = (
        gaussian_filter(y, (amount, amount, 0), mode="constant", radius=(reach, reach, 0))
        for y in (x, np.ones_like(x))
    )
    np.testing.assert_allclose(found, sums / weights, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_over_an_image(backend, use_backend):
    use_backend(backend)
    colored = masks.to_colored_mask(tfpy.tensor(PARTS), background=(0, 0, 0, 0))
    rgba = colored.numpy().astype(float)
    strength = rgba[..., 3:] / 255 * 0.6
    expected = IMAGE * (1 - strength) + rgba[..., :3] * strength
    found = masks.draw_mask(IMAGE, colored, 0.6)
    assert found.dtype == "int32"
    np.testing.assert_allclose(found.numpy(), expected, atol=0.501)
    mirrored = masks.draw_mask(IMAGE, colored, 0.6, flip_horizontal=True)
    np.testing.assert_array_equal(mirrored.numpy(), found.numpy()[:, ::-1])
    none = masks.draw_mask(IMAGE, colored, 0.0, mask_blur_amount=2)
    np.testing.assert_array_equal(none.numpy(), IMAGE)
    # A mask that is the same everywhere is not changed by blurring it.
    plain = masks.to_colored_mask(tfpy.zeros((9, 14), dtype="int32"))
    np.testing.assert_allclose(
        masks.draw_mask(IMAGE, plain, 0.5, 3).numpy(),
        masks.draw_mask(IMAGE, plain, 0.5).numpy(),
        atol=1,
    )


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_pixelated(backend, use_backend):
    use_backend(backend)
    colored = masks.to_colored_mask(tfpy.tensor(PARTS))
    found = masks.draw_pixelated_mask(IMAGE, colored, 1.0, pixel_cell_width=4).numpy()
    rgb = colored.numpy()[..., :3]
    for row in range(0, 9, 4):
        for column in range(0, 14, 4):
            mean = rgb[row : row + 4, column : column + 4].mean((0, 1))
            cell = found[row : row + 4, column : column + 4]
            assert (cell[0] == 255).all()
            assert (cell[:, 0] == 255).all()
            assert np.abs(cell[1:, 1:] - mean).max(initial=0) <= 1
    np.testing.assert_array_equal(masks.draw_pixelated_mask(IMAGE, colored, 0.0).numpy(), IMAGE)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_blurs_what_it_should(backend, use_backend):
    use_backend(backend)
    person = np.zeros((9, 14), bool)
    person[:, 7:] = True
    found = masks.draw_bokeh_effect(IMAGE, tfpy.tensor(person), edge_blur_amount=0).numpy()
    np.testing.assert_array_equal(found[person], IMAGE[person])
    blurred = masks.blur(tfpy.tensor(IMAGE[None], dtype="float32"), 3)[0].numpy()
    np.testing.assert_allclose(found[~person], blurred[~person], atol=0.51)
    soft = masks.draw_bokeh_effect(IMAGE, tfpy.tensor(person), edge_blur_amount=1).numpy()
    assert (soft[:, 12:] == IMAGE[:, 12:]).all()
    assert (soft[:, 7] != IMAGE[:, 7]).any()
    hidden = masks.blur_body_part(IMAGE, tfpy.tensor(PARTS), [3, 4], edge_blur_amount=0).numpy()
    inside = np.isin(PARTS, [3, 4])
    np.testing.assert_array_equal(hidden[~inside], IMAGE[~inside])
    np.testing.assert_allclose(hidden[inside], blurred[inside], atol=0.51)


def test_contour():
    mask = np.zeros((8, 8), bool)
    mask[2:6, 2:6] = True
    found = masks.to_binary_mask(tfpy.tensor(mask), draw_contour=True).numpy()
    edge = (found == (0, 255, 255, 255)).all(2)
    expected = np.zeros((8, 8), bool)
    expected[1:7, 1:7] = True
    expected[3:5, 3:5] = False
    np.testing.assert_array_equal(edge, expected)


def test_numbers_beyond_the_colours_begin_again():
    found = masks.to_colored_mask(tfpy.tensor([[5, 3]]), ["#000001", "#000002"]).numpy()
    assert found[0, :, 2].tolist() == [2, 2]


def test_one_value_or_several():
    mask = tfpy.tensor(PARTS)
    one, several = (masks.to_binary_mask(mask, foreground_values=v) for v in (5, [5]))
    np.testing.assert_array_equal(one, several)


def test_errors():
    mask, picture = tfpy.tensor(PARTS), masks.to_colored_mask(tfpy.tensor(PARTS))
    with pytest.raises(tfpy.ShapeError, match="a mask has shape"):
        masks.to_binary_mask(picture)
    with pytest.raises(tfpy.ShapeError, match="masks of one image have one size"):
        masks.to_colored_mask([mask, mask[1:]])
    with pytest.raises(tfpy.ArgumentError, match="there are no masks"):
        masks.to_binary_mask([])
    with pytest.raises(tfpy.ArgumentError, match="a color is #rrggbb"):
        masks.to_binary_mask(mask, "red")
    with pytest.raises(tfpy.ArgumentError, match="to_colored_mask: colors must be a list"):
        masks.to_colored_mask(mask, 5)
    for call, name in (
        (lambda: masks.to_binary_mask(mask, foreground_values="x"), "foreground_values"),
        (lambda: masks.blur_body_part(IMAGE, mask, None), "mask_values_to_blur"),
    ):
        with pytest.raises(tfpy.ArgumentError, match=f"{name} must be an integer"):
            call()
    with pytest.raises(tfpy.ArgumentError, match="there are no colors"):
        masks.to_colored_mask(mask, [])
    with pytest.raises(tfpy.ShapeError, match=r"draw_mask: the image is \(4, 4\)"):
        masks.draw_mask(np.zeros((4, 4, 3), np.uint8), picture)
    with pytest.raises(tfpy.ShapeError, match="mask_image has shape"):
        masks.draw_mask(IMAGE, mask)
    with pytest.raises(tfpy.ArgumentError, match="mask_opacity"):
        masks.draw_mask(IMAGE, picture, 2)
    with pytest.raises(tfpy.ArgumentError, match="pixel_cell_width"):
        masks.draw_pixelated_mask(IMAGE, picture, pixel_cell_width=0)
    with pytest.raises(tfpy.ArgumentError, match="blur: amount"):
        masks.draw_bokeh_effect(IMAGE, mask, background_blur_amount=-1)
    with pytest.raises(tfpy.DTypeError, match="bool, float or int32"):
        masks.to_binary_mask(tfpy.tensor([["a"]]))
