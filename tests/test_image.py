"""Operations on images: what the samples' tables do not say."""

import asyncio

import numpy as np
import pytest

import tfpy

IMAGE = np.arange(48, dtype=np.float32).reshape((1, 4, 4, 3))
IDENTITY = [[1.0, 0, 0, 0, 1, 0, 0, 0]]


@pytest.fixture(params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda im: im.resize_bilinear(IMAGE[0, 0], (2, 2)), "image must have rank 3 or 4"),
        (lambda im: im.resize_bilinear(IMAGE, (0, 2)), "size must be a positive int"),
        (lambda im: im.resize_bilinear(IMAGE, (2, 2, 2)), "size must be a positive int"),
        (lambda im: im.resize_bilinear(IMAGE[:, :0], (2, 2)), "has no pixels"),
        (lambda im: im.resize_nearest_neighbor(IMAGE, (2, 2), True, True), "exclude each other"),
        (lambda im: im.crop_and_resize(IMAGE, [[0, 0, 1]], [0], (2, 2)), "boxes must have shape"),
        (lambda im: im.crop_and_resize(IMAGE, [[0, 0, 1, 1]], [0, 0], (2, 2)), "box_indices"),
        (lambda im: im.crop_and_resize(IMAGE, [[0, 0, 1, 1]], [0], (2, 0)), "crop_size"),
        (lambda im: im.crop_and_resize(IMAGE, [[0, 0, 1, 1]], [0], (2, 2), "area"), "method must"),
        (lambda im: im.crop_and_resize(IMAGE[0], [[0, 0, 1, 1]], [0], (2, 2)), "rank 4"),
        (lambda im: im.transform(IMAGE, IDENTITY * 2), r"must have shape \(1, 8\)"),
        (lambda im: im.transform(IMAGE, IDENTITY, "cubic"), "interpolation must be one of"),
        (lambda im: im.transform(IMAGE, IDENTITY, fill_mode="mirror"), "fill_mode must be one of"),
        (lambda im: im.transform(IMAGE, IDENTITY, output_shape=(-1, 2)), "output_shape must be"),
        (lambda im: im.rotate_with_offset(IMAGE, float("nan")), "radians must be a number"),
        (lambda im: im.rotate_with_offset(IMAGE, 1.0, [1.0, 2.0]), "does not fill 3 channels"),
        (lambda im: im.rotate_with_offset(IMAGE, 1.0, center=(1, 2, 3)), "center"),
        (lambda im: im.flip_left_right(IMAGE[0, 0]), "rank 3 or 4"),
        (lambda im: im.rgb_to_grayscale(IMAGE[..., :2]), "must have 3 channels"),
        (lambda im: im.rgb_to_grayscale(IMAGE > 0), "bool"),
        (lambda im: im.grayscale_to_rgb(IMAGE), "must have 1 channel"),
        (lambda im: im.resize_bilinear(tfpy.complex(IMAGE, IMAGE), (2, 2)), "complex64 images"),
        (lambda im: im.threshold(IMAGE), "rank 3"),
        (lambda im: im.threshold(IMAGE[0], "mean"), "method must be one of binary, otsu"),
        (lambda im: im.threshold(IMAGE[0, ..., :2]), "1 or 3 channels"),
        (lambda im: im.threshold(IMAGE[0], thresh_value=2.0), "thresh_value"),
        (lambda im: im.non_max_suppression(np.ones((2, 3)), [1, 2], 1), "boxes must have shape"),
        (lambda im: im.non_max_suppression(np.ones((2, 4)), [1], 1), "boxes must have shape"),
        (lambda im: im.non_max_suppression(np.ones((1, 4)), [1], -1), "max_output_size"),
        (lambda im: im.non_max_suppression(np.ones((1, 4)), [1], 1, 1.5), "iou_threshold"),
        (
            lambda im: im.non_max_suppression_with_scores(np.ones((1, 4)), [1], 1, 0.5, 0.0, -1.0),
            "soft_nms_sigma",
        ),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(tfpy.TfpyError, match=message):
        call(tfpy.image)


def test_tensors_have_the_resizings_as_methods():
    x = tfpy.tensor(IMAGE)
    assert (
        x.resize_bilinear((2, 3)).shape == x.resize_nearest_neighbor((2, 3)).shape == (1, 2, 3, 3)
    )


def test_nearest_neighbors_are_exact_for_every_size(backend):
    """In floats some of these positions are just below the pixel that they are."""
    x = tfpy.reshape(tfpy.arange(97), (1, 1, 97, 1))
    for out in range(1, 400, 7):
        drawn = tfpy.image.resize_nearest_neighbor(x, (1, out)).numpy().ravel()
        assert drawn.tolist() == [i * 97 // out for i in range(out)]


def test_positions_that_are_no_numbers_read_nothing(backend):
    maps = np.array([[1, 0, np.nan, 0, 1, 0, 0, 0], [1, 0, 0, 0, np.inf, 0, 0, 0]], np.float32)
    x = np.concatenate([IMAGE, IMAGE])
    for mode in ("constant", "nearest", "reflect", "wrap"):
        y = tfpy.image.transform(x, maps, "bilinear", mode, 7.0).numpy()
        assert (y[0] == 7).all()
        assert (y[1, 1:] == 7).all()


def test_positions_far_out_stay_in_the_image(backend):
    maps = np.array([[1, 0, 1e9, 0, 1, -3e30, 0, 0]], np.float32)
    for mode in ("nearest", "reflect", "wrap"):
        y = tfpy.image.transform(IMAGE, maps, "bilinear", mode, -1.0).numpy()
        assert ((y >= 0) & (y < 48)).all()


def test_infinite_pixels_do_not_spread_to_where_they_have_no_weight(backend):
    x = IMAGE.copy()
    x[0, 1] = np.inf
    assert np.array_equal(tfpy.image.transform(x, IDENTITY, "bilinear").numpy(), x)
    crop = tfpy.image.crop_and_resize(x, [[0, 0, 0, 1]], [0], (1, 4)).numpy()
    assert np.array_equal(crop[0, 0], x[0, 0])


def test_a_turn_around_the_middle_and_back(backend):
    x = np.random.default_rng(0).normal(size=(1, 40, 40, 1)).astype(np.float32)
    there = tfpy.image.rotate_with_offset(x, 0.5)
    back = tfpy.image.rotate_with_offset(there, -0.5).numpy()
    middle = (slice(None), slice(13, 27), slice(13, 27))
    assert np.mean(back[middle] == x[middle]) > 0.4


def test_resizing_in_a_plan_is_one_pass_with_what_follows(use_backend):
    use_backend("webgl")
    f = tfpy.function(lambda x: tfpy.relu(tfpy.image.resize_bilinear(x, (7, 5)) - 20.0))
    expected = np.maximum(tfpy.image.resize_bilinear(IMAGE, (7, 5)).numpy() - 20, 0)
    np.testing.assert_allclose(f(tfpy.tensor(IMAGE)).numpy(), expected, rtol=1e-6)
    assert f.plans[0].describe()["draws"] == 1


# ------------------------------------------------------------------------- non-max suppression

BOXES = [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1]]
SCORES = [0.9, 0.75, 0.6, 0.95, 0.5]


@pytest.mark.parametrize("form", ["", "_with_scores", "_padded"])
def test_suppression_waits_or_lets_others_have_their_turns(form, backend):
    name = f"non_max_suppression{form}"
    boxes = tfpy.tensor(BOXES) * 1.0
    found = getattr(tfpy.image, name)(boxes, SCORES, 4)
    later = asyncio.run(getattr(tfpy.image, f"{name}_async")(boxes, SCORES, 4))
    for a, b in zip(*[x if isinstance(x, tuple) else (x,) for x in (found, later)], strict=True):
        assert a.tolist() == b.tolist()
    assert (found[0] if form else found).tolist() == [3, 0]


def test_boxes_that_overlap_by_just_the_threshold_stay():
    boxes = [[0, 0, 1, 2], [0, 1, 1, 3], [0, 0, 1, 1]]
    assert tfpy.image.non_max_suppression(boxes, [3, 2, 1], 3, 0.5).tolist() == [0, 1, 2]
    assert tfpy.image.non_max_suppression(boxes, [3, 2, 1], 3, 0.3).tolist() == [0]


def test_soft_suppression_gives_the_scores_that_are_known():
    """From the tests of TensorFlow's operation."""
    boxes, scores = [*BOXES, [0, 100, 1, 101]], [*SCORES, 0.3]
    kept, found = tfpy.image.non_max_suppression_with_scores(boxes, scores, 6, 1.0, 0.0, 0.5)
    assert kept.tolist() == [3, 0, 1, 5, 4, 2]
    np.testing.assert_allclose(found.numpy(), [0.95, 0.9, 0.384, 0.3, 0.256, 0.197], atol=5e-4)
