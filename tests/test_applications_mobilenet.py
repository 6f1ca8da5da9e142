"""MobileNet on photos, through each of its kinds of model and image."""

import asyncio
import gc
import json

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import models
from tfpy import layers as L
from tfpy.applications import MobileNet
from tfpy.applications.mobilenet import imagenet_labels

NAME = "mobilenet_v1_025_224_layers"


@pytest.fixture(scope="module")
def net(models_dir):
    return MobileNet.load_sync(models_dir / NAME)


PHOTOS = ["chelsea", "coffee", "china", "flower", "astronaut"]


@pytest.mark.parametrize("photo", PHOTOS)
def test_photos(net, models_dir, photo):
    golden = {c.name: next(iter(c.outputs.values())) for c in models.cases(models_dir, NAME)}[photo]
    image = Image.open(models_dir / "images" / f"{photo}_224.png")
    found = asyncio.run(net.classify(image, topk=1000))
    assert found[0].class_index == golden["argmax"]
    for prediction in found:
        assert abs(prediction.probability - golden["values"][prediction.class_index]) < 1e-3
    labels = json.loads((models_dir / "labels" / "imagenet_1000.json").read_text())
    assert labels[found[0].class_index].startswith(found[0].class_name)


def test_every_kind_of_image_gives_the_same(net, models_dir):
    pixels = models.photo(models_dir, "coffee_224.png")
    kinds = [
        pixels,
        Image.fromarray(pixels),
        tfpy.tensor(pixels),
        tfpy.tensor(pixels[None], dtype="float32"),
        tfpy.browser.from_pixels(pixels),
    ]
    answers = [net.classify_sync(kind) for kind in kinds]
    assert len(answers[0]) == 3
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0].class_name == "espresso"


def test_other_sizes_are_resized(net, models_dir):
    found = net.classify_sync(Image.open(models_dir / "images" / "coffee_256.png"))
    assert found[0].class_name == "espresso"


def test_embeddings(net, models_dir):
    image = models.photo(models_dir, "coffee_224.png")
    assert net.infer(image).shape == (1, 1000)
    vector = net.infer(image, embedding=True)
    features = net.infer(image, embedding="conv_pw_13_relu")
    assert features.shape == (1, 7, 7, 256)
    np.testing.assert_allclose(vector.numpy(), features.numpy().mean((1, 2)), atol=1e-5)


def test_graph_embedding(models_dir):
    name = "mobilenet_v2_050_96_fv"
    net = MobileNet.load_sync(models_dir / name)
    assert net.input_size == (96, 96)
    case = models.cases(models_dir, name)[0]
    (golden,) = case.outputs.values()
    vector = net.infer(models.photo(models_dir, "chelsea_96.png"), embedding=True)
    models.assert_matches(vector, golden)
    with pytest.raises(tfpy.ShapeError, match="not a classifier: it gives 1280"):
        net.classify_sync(models.photo(models_dir, "chelsea_96.png"))


def test_hub_graph_drops_the_background_class():
    """A stand-in for a hub model: 1001 logits, the background's the highest."""
    nodes = [
        {
            "name": "images",
            "op": "Placeholder",
            "attr": {
                "dtype": {"type": "DT_FLOAT"},
                "shape": {"shape": {"dim": [{"size": n} for n in ("-1", "2", "2", "3")]}},
            },
        },
        {"name": "axes", "op": "Const"},
        {"name": "logits", "op": "Const"},
        {"name": "total", "op": "Sum", "input": ["images", "axes"]},
        {"name": "out", "op": "Mul", "input": ["logits", "total"]},
    ]
    entries = [
        {"name": "axes", "shape": [3], "dtype": "int32"},
        {"name": "logits", "shape": [1, 1001], "dtype": "float32"},
    ]
    logits = np.zeros((1, 1001), np.float32)
    logits[0, 0], logits[0, 8] = 5, 1
    file = {
        "format": "graph-model",
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["w"], "weights": entries}],
    }
    data = np.array([1, 2, 3], np.int32).tobytes() + logits.tobytes()
    net = MobileNet.load_sync({"model.json": json.dumps(file).encode(), "w": data})
    (best,) = net.classify_sync(np.full((4, 4, 3), 255, np.uint8), topk=1)
    assert best.class_index == 7
    assert best.class_name == imagenet_labels()[7]
    assert best.probability == pytest.approx(np.exp(12) / (np.exp(12) + 999), rel=1e-5)


def test_bad_images(net):
    for image in (np.zeros((0, 5, 3), np.uint8), "photo.jpg", tfpy.zeros((4, 4)), None):
        with pytest.raises(tfpy.ImageError):
            net.classify_sync(image)
    with pytest.raises(tfpy.ShapeError, match="one image, not 2"):
        net.classify_sync(tfpy.zeros((2, 4, 4, 3)))


def test_not_a_mobilenet():
    model = tfpy.Sequential([L.Input((8,)), L.Dense(3)])
    with pytest.raises(tfpy.ShapeError, match="not a MobileNet"):
        MobileNet(model)


def test_labels():
    labels = imagenet_labels()
    assert len(labels) == 1000
    assert labels[0].startswith("tench")
    assert labels[999].startswith("toilet tissue")


def test_no_tensors_are_left(net, models_dir):
    image = models.photo(models_dir, "coffee_224.png")
    net.classify_sync(image)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.classify_sync(image)
    assert tfpy.memory()["num_tensors"] == before
