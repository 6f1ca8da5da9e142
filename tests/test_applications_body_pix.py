"""BodyPix with real weights, compared with TF.js's package."""

import asyncio
import gc

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos
from tests.graph_files import files, node, placeholder
from tests.oracle.packages import ask
from tfpy.applications import BodyPix
from tfpy.applications.body_pix import PART_NAMES

NAME = "bodypix_050_s16_uint8"
SCRIPT = """
const modelUrl = "https://models/b/model.json";
const net = await lib.load({modelUrl, multiplier: 0.5, outputStride: 16});
const found = {};
for (const verb of verbs) found[verb] = await net[verb](image, options);
return found;
"""


@pytest.fixture(scope="module")
def net(models_dir):
    return BodyPix.load_sync(models_dir / NAME)


def asked(models_dir, image, options, verbs, wasm=False):
    """What each verb of the package gives. On `wasm`, which is quicker, edges where little is sure
    lie elsewhere than on TF.js's own cpu backend."""
    models = {"https://models/b": models_dir / NAME}
    return ask("body-pix", SCRIPT, models, image=image, options=options, verbs=verbs, wasm=wasm)


def two_people(models_dir):
    """Side by side, the second one mirrored and smaller."""
    one = photos.pixels(models_dir, "astronaut_320.png")
    other = photos.pixels(models_dir, "astronaut_224.png")[:, ::-1]
    return np.concatenate([one, np.pad(other, [(48, 48), (0, 0), (0, 0)])], 1).astype(np.int32)


def assert_same(mask, theirs, most=10):
    """But for a few pixels on an edge."""
    expected = theirs["data"].reshape(theirs["height"], theirs["width"])
    assert mask.shape == expected.shape
    assert (mask.numpy() != expected).sum() <= most


@pytest.mark.parametrize(
    ("crop", "options"),
    [
        ((slice(None), slice(20, 300)), {}),
        ((slice(0, 210), slice(None)), {"internalResolution": "full"}),
        ((slice(0, 223), slice(31, 290)), {"internalResolution": 0.8}),
        ((slice(None), slice(None)), {"segmentationThreshold": 0.3}),
    ],
)
def test_as_tfjs(net, models_dir, crop, options):
    image = photos.pixels(models_dir, "astronaut_320.png").astype(np.int32)[crop]
    verbs = ["segmentPerson", "segmentPersonParts", "segmentMultiPerson"]
    theirs = asked(models_dir, image, options, verbs, wasm="segmentationThreshold" not in options)
    given = [options.get("internalResolution", "medium"), options.get("segmentationThreshold", 0.7)]
    found = net.segment_sync(image, *given)
    assert found.mask.dtype == "bool"
    assert 0.2 < found.mask.numpy().mean() < 0.7
    assert_same(found.mask, theirs["segmentPerson"])
    parts = net.segment_parts_sync(image, *given)
    assert_same(parts.mask, theirs["segmentPersonParts"])
    assert {PART_NAMES[i] for i in np.unique(parts.mask) if i >= 0} > {"left_face", "torso_front"}
    people = net.segment_people_sync(image, *given)
    assert len(people) == len(theirs["segmentMultiPerson"]) == 1
    assert_same(people[0].mask, theirs["segmentMultiPerson"][0])


def test_two_people_as_tfjs(net, models_dir):
    image = two_people(models_dir)
    options = {"internalResolution": "medium", "scoreThreshold": 0.2}
    verbs = ["segmentMultiPerson", "segmentMultiPersonParts"]
    theirs = asked(models_dir, image, options, verbs)
    people = net.segment_people_sync(image, "medium", score_threshold=0.2)
    assert len(people) == len(theirs["segmentMultiPerson"]) == 2
    for ours, other in zip(people, theirs["segmentMultiPerson"], strict=True):
        assert_same(ours.mask, other, 20)
        assert ours.pose.score == pytest.approx(other["pose"]["score"], abs=1e-3)
        for point, theirs_ in zip(ours.pose.keypoints, other["pose"]["keypoints"], strict=True):
            assert point.score == pytest.approx(theirs_["score"], abs=1e-3)
            if point.score > 0.5:
                assert point.x == pytest.approx(theirs_["position"]["x"], abs=0.5)
                assert point.y == pytest.approx(theirs_["position"]["y"], abs=0.5)
    parts = asyncio.run(net.segment_people(image, "medium", score_threshold=0.2, parts=True))
    for ours, other in zip(parts, theirs["segmentMultiPersonParts"], strict=True):
        assert_same(ours.mask, other, 20)
    people.sort(key=lambda person: person.pose["nose"].x)
    left, right = (person.mask.numpy() for person in people)
    assert left[:, 320:].mean() < 0.02
    assert right[:, :320].mean() < 0.02


def test_mirrored(net, models_dir):
    image = photos.pixels(models_dir, "astronaut_224.png")
    straight, mirrored = (net.segment_people_sync(image, flip_horizontal=f)[0] for f in (0, 1))
    np.testing.assert_array_equal(mirrored.mask.numpy(), straight.mask.numpy()[:, ::-1])
    assert mirrored.pose["nose"].x == 223 - straight.pose["nose"].x
    for verb in (net.segment_sync, net.segment_parts_sync):
        a, b = (verb(image, flip_horizontal=f).mask.numpy() for f in (False, True))
        np.testing.assert_array_equal(b, a[:, ::-1])


@pytest.mark.parametrize("backend", ["webgl"])
def test_on_webgl(models_dir, use_backend, backend):
    image = photos.pixels(models_dir, "astronaut_128.png")
    expected = [
        x.mask.numpy() for x in _all(BodyPix.load_sync(models_dir / NAME), tfpy.tensor(image))
    ]
    use_backend(backend)
    net = BodyPix.load_sync(models_dir / NAME)
    asyncio.run(net.warmup())
    for found, reference in zip(_all(net, tfpy.tensor(image)), expected, strict=True):
        assert (found.mask.numpy() != reference).sum() <= 10


def _all(net, image):
    people = net.segment_people_sync(image, "full", parts=True, score_threshold=0.2)
    return [net.segment_sync(image, "full"), net.segment_parts_sync(image, "full"), *people]


def test_draws_over_the_image(net, models_dir):
    image = Image.open(models_dir / "images" / "astronaut_224.png").convert("RGB")
    before = np.asarray(image).astype(int)
    found = net.segment_parts_sync(image)
    found.draw(image, opacity=1.0)
    after, mask = np.asarray(image).astype(int), found.mask.numpy()
    assert (before == after).all(2)[mask < 0].all()
    left_face = np.unique(after[mask == PART_NAMES.index("left_face")], axis=0)
    assert left_face.tolist() == [[0x6E, 0x40, 0xAA]]
    asyncio.run(net.segment_sync(image).draw_async(image))


def test_nobody_and_tiny_images(net):
    assert net.segment_people_sync(np.zeros((100, 80, 3), np.uint8)) == []
    for shape in ((1, 1, 3), (1, 40, 3), (7, 3, 3)):
        found = net.segment_sync(np.zeros(shape, np.uint8))
        assert found.mask.shape == (found.height, found.width) == shape[:2]


def test_errors(net, models_dir, monkeypatch):
    image = np.zeros((40, 40, 3), np.uint8)
    for options, name in (
        ({"internal_resolution": "huge"}, "internal_resolution is one of 'low'"),
        ({"internal_resolution": 3}, "internal_resolution"),
        ({"segmentation_threshold": 1.2}, "segmentation_threshold"),
        ({"max_detections": 0}, "max_detections"),
        ({"refine_steps": 21}, "refine_steps"),
        ({"score_threshold": "high"}, "score_threshold"),
        ({"nms_radius": -1}, "nms_radius"),
    ):
        with pytest.raises(tfpy.ArgumentError, match=f"BodyPix: {name}"):
            net.segment_people_sync(image, **options)
    with pytest.raises(tfpy.ImageError):
        net.segment_sync(None)
    other = files([placeholder("x", (1, -1, -1, 3)), node("y", "Relu", "x")])
    with pytest.raises(tfpy.ModelFormatError, match="not a BodyPix: it has 1 outputs, not 8"):
        BodyPix.load_sync(other)
    for options, name in (
        ({"architecture": "VGG"}, "architecture is one of"),
        ({"architecture": "ResNet50", "output_stride": 8}, "output_stride is one of 16, 32"),
        ({"architecture": "ResNet50", "multiplier": 0.5}, "multiplier is one of None, 1.0"),
        ({"multiplier": 0.25}, "multiplier is one of 0.5"),
        ({"quant_bytes": 3}, "quant_bytes is one of 4, 2, 1"),
    ):
        with pytest.raises(tfpy.ArgumentError, match=name):
            asyncio.run(BodyPix.load(**options))


def test_addresses(monkeypatch):
    asked = []

    def fetch(url, prefix=None):
        asked.append(url.removeprefix("https://storage.googleapis.com/tfjs-models/savedmodel/"))
        raise tfpy.FetchError("no network here")

    monkeypatch.setattr("tfpy.applications.pretrained.open_source", fetch)
    resnet = {"architecture": "ResNet50", "output_stride": 32, "quant_bytes": 2}
    for options in ({}, {"multiplier": 0.5, "quant_bytes": 1, "output_stride": 8}, resnet):
        with pytest.raises(tfpy.FetchError):
            asyncio.run(BodyPix.load(**options))
    assert asked == [
        "bodypix/mobilenet/float/075/model-stride16.json",
        "bodypix/mobilenet/quant1/050/model-stride8.json",
        "bodypix/resnet50/quant2/model-stride32.json",
    ]


def test_no_tensors_are_left(net, models_dir):
    image = photos.pixels(models_dir, "astronaut_96.png")
    net.segment_people_sync(image, "full")
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.segment_people_sync(image, "full", parts=True)
    net.segment_sync(image)
    gc.collect()
    assert tfpy.memory()["num_tensors"] == before
