"""PoseNet against TF.js's package: on a photo with its weights, and on maps made up."""

import asyncio
import gc

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos, stand_ins
from tests.oracle.packages import ask
from tfpy.applications import PoseNet
from tfpy.applications.poses import COCO_NAMES

NAME = "posenet_050_s16_uint16"
ASK = """
const net = await lib.load({modelUrl: "https://models/x/model.json", ...load});
const found = [];
for (const [image, options] of calls)
  found.push(options.maxDetections
    ? await net.estimateMultiplePoses(image, options)
    : [await net.estimateSinglePose(image, options)]);
return found;
"""


@pytest.fixture(scope="module")
def net(models_dir):
    return PoseNet.load_sync(models_dir / NAME)


def check(found, expected, atol):
    assert len(found) == len(expected)
    for pose, other in zip(found, expected, strict=True):
        assert [p.name for p in pose.keypoints] == list(COCO_NAMES)
        assert pose.score == pytest.approx(other["score"], abs=1e-3)
        for point, part in zip(pose.keypoints, other["keypoints"], strict=True):
            # Arms and legs that are not in the picture are found anywhere.
            near = (part["position"]["x"], part["position"]["y"])
            assert (point.x, point.y) == pytest.approx(near, abs=atol)
            assert point.score == pytest.approx(part["score"], abs=2e-3)


def test_photos(net, models_dir):
    """One person and several, in photos of three proportions."""
    square = photos.pixels(models_dir, "astronaut_257.png").astype(np.int32)
    wide, high = square[40:200], square[:, 30:220]
    two = np.concatenate([square[:230], square[:230, ::-1]], 1)
    options = {"maxDetections": 5, "scoreThreshold": 0.5, "nmsRadius": 20}
    flipped = {"flipHorizontal": True}
    calls = [[square, {}], [wide, flipped], [high, {}], [two, options], [high, options]]
    expected = ask(
        "posenet", ASK, {"https://models/x": models_dir / NAME}, wasm=True, load={}, calls=calls
    )
    for (image, asked), answer in zip(calls, expected, strict=True):
        found = net.estimate_sync(
            image,
            asked.get("maxDetections", 1),
            flip_horizontal=asked.get("flipHorizontal", False),
        )
        check(found, answer, 0.5)
    nose = net.estimate_sync(square)[0]["nose"]
    assert (nose.x, nose.y) == pytest.approx((111, 63), abs=3)
    assert len(net.estimate_sync(two, 5)) == 2


def maps(rows, columns, architecture, seed):
    """A network that gives made-up maps, with a few points that stand out."""
    random = np.random.default_rng(seed)
    heat = random.normal(-3, 1, (1, rows, columns, 17))
    for _ in range(60):
        heat[0, random.integers(rows), random.integers(columns), random.integers(17)] = (
            random.normal(2, 1)
        )
    offsets = random.normal(0, 6, (1, rows, columns, 34))
    forward, backward = random.normal(0, 40, (2, 1, rows, columns, 32))
    order = {"MobileNetV1": [offsets, heat], "ResNet50": []}[architecture]
    values = [*order, forward, backward]
    if architecture == "ResNet50":
        values += [offsets, heat]
    outputs = {f"y{k}": value for k, value in enumerate(values)}
    return stand_ins.network((1, -1, -1, 3), outputs, gain=0.01)


@pytest.mark.parametrize(
    ("architecture", "stride", "resolution"),
    [("MobileNetV1", 16, 257), ("MobileNetV1", 8, 161), ("ResNet50", 32, 250)],
)
def test_decoding(architecture, stride, resolution):
    rows = resolution // stride + 1
    columns = 320 // stride + 1
    files = maps(rows, columns, architecture, stride)
    net = PoseNet.load_sync(
        files,
        architecture=architecture,
        output_stride=stride,
        input_resolution=(resolution, 320),
    )
    image = np.random.default_rng(1).integers(0, 256, (90, 200, 3), np.int32)
    many = {"maxDetections": 9, "scoreThreshold": 0.4, "nmsRadius": 30, "flipHorizontal": True}
    load = {
        "architecture": architecture,
        "outputStride": stride,
        "inputResolution": {"height": resolution, "width": 320},
    }
    calls = [[image, {}], [image, many]]
    one, several = ask("posenet", ASK, {"https://models/x": files}, load=load, calls=calls)
    check(net.estimate_sync(image), one, 0.01)
    found = net.estimate_sync(image, 9, flip_horizontal=True, score_threshold=0.4, nms_radius=30)
    assert len(found) > 3
    check(found, several, 0.01)


def test_every_way_to_ask(net, models_dir):
    image = photos.pixels(models_dir, "astronaut_257.png")
    expected = net.estimate_sync(image)
    assert asyncio.run(net.estimate(Image.fromarray(image))) == expected
    assert net.estimate_sync(tfpy.tensor(image, dtype="float32")[None]) == expected
    sized = PoseNet.load_sync(models_dir / NAME, input_resolution=np.int64(257))
    assert sized.estimate_sync(image) == expected
    assert expected[0]["left_eye"].name == "left_eye"
    with pytest.raises(tfpy.ArgumentError, match="no key point 'tail'; there are nose, left_eye"):
        expected[0]["tail"]


def test_draw(net, models_dir):
    image = Image.open(models_dir / "images" / "astronaut_257.png").convert("RGB")
    (pose,) = net.estimate_sync(image)
    drawn = image.copy()
    pose.draw(drawn)
    nose = pose["nose"]
    at = (round(nose.x), round(nose.y))
    assert drawn.getpixel(at) == (0, 166, 214)
    with pytest.raises(tfpy.ArgumentError, match="draw: min_score"):
        pose.draw(drawn, min_score="x")
    hidden = image.copy()
    pose.draw(hidden, min_score=1.1)
    assert hidden == image


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"architecture": "VGG"}, "architecture is one of 'MobileNetV1', 'ResNet50', not 'VGG'"),
        ({"output_stride": 4}, "output_stride is one of 8, 16, 32, not 4"),
        ({"architecture": "ResNet50", "output_stride": 8}, "output_stride is one of 16, 32"),
        ({"input_resolution": 0}, "input_resolution"),
        ({"input_resolution": (1, 2, 3)}, "input_resolution"),
        ({"input_resolution": 257.0}, "input_resolution"),
        ({"input_resolution": None}, "input_resolution"),
    ],
)
def test_bad_options(models_dir, options, message):
    with pytest.raises(tfpy.ArgumentError, match=message):
        PoseNet.load_sync(models_dir / NAME, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"multiplier": 0.3}, "multiplier is one of 0.5, 0.75, 1.0, not 0.3"),
        ({"quant_bytes": 3}, "quant_bytes is one of 4, 2, 1, not 3"),
        ({"output_stride": 32}, "only with multiplier 1.0"),
        ({"architecture": "ResNet50", "multiplier": 0.5}, "multiplier"),
    ],
)
def test_options_without_an_address(options, message):
    with pytest.raises(tfpy.ArgumentError, match=message):
        asyncio.run(PoseNet.load(**options))


def test_not_a_posenet(net, models_dir):
    other = PoseNet.load_sync(models_dir / "blazeface", input_resolution=128)
    with pytest.raises(tfpy.TfpyError):
        other.estimate_sync(np.zeros((5, 5, 3), np.uint8))
    wrong = PoseNet.load_sync(models_dir / NAME, output_stride=8)
    with pytest.raises(tfpy.ArgumentError, match="output_stride is not 8 for this model"):
        wrong.estimate_sync(np.zeros((5, 5, 3), np.uint8))
    for bad in ({"max_poses": 0}, {"score_threshold": 2}, {"nms_radius": -1}):
        with pytest.raises(tfpy.ArgumentError, match=next(iter(bad))):
            net.estimate_sync(np.zeros((5, 5, 3), np.uint8), **bad)
    with pytest.raises(tfpy.ImageError):
        net.estimate_sync("photo.jpg")


def test_an_image_that_is_not_a_number(net, models_dir):
    image = photos.pixels(models_dir, "astronaut_257.png").astype("f")
    image[20:90, 100:] = np.nan
    for x in (image, image * np.nan):
        assert len(net.estimate_sync(tfpy.tensor(x), 1)) == 1
        assert len(net.estimate_sync(tfpy.tensor(x), 3, score_threshold=0.0)) <= 3


def test_no_tensors_are_left(net, models_dir):
    image = photos.pixels(models_dir, "astronaut_257.png")
    net.estimate_sync(image, 3)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.estimate_sync(image)
    net.estimate_sync(image, 3)
    assert tfpy.memory()["num_tensors"] == before
