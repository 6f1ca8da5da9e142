"""MobileNet on photos, through each of its kinds of model and image."""

import asyncio
import gc
import json
import time

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import goldens, photos
from tests.graph_files import files, i32, ints, node, placeholder, s, yes
from tests.oracle.packages import ask
from tfpy import layers as L
from tfpy.applications import MobileNet, stages
from tfpy.applications.mobilenet import imagenet_labels

NAME = "mobilenet_v1_025_224_layers"


@pytest.fixture(scope="module")
def net(models_dir):
    return MobileNet.load_sync(models_dir / NAME)


PHOTOS = ["chelsea", "coffee", "china", "flower", "astronaut"]


@pytest.mark.parametrize("photo", PHOTOS)
def test_photos(net, models_dir, photo):
    (case,) = (case for case in goldens.cases(models_dir, NAME) if case.name == photo)
    (golden,) = case.outputs.values()
    image = Image.open(models_dir / "images" / f"{photo}_224.png")
    found = asyncio.run(net.classify(image, topk=1000))
    assert found[0].class_index == golden["argmax"]
    for prediction in found:
        assert abs(prediction.probability - golden["values"][prediction.class_index]) < 1e-3
    labels = json.loads((models_dir / "labels" / "imagenet_1000.json").read_text())
    assert labels[found[0].class_index].startswith(found[0].class_name)


def test_every_kind_of_image_gives_the_same(net, models_dir):
    pixels = photos.pixels(models_dir, "coffee_224.png")
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


def test_bad_options(net, models_dir):
    for topk in (0, -1, "3", 2.5, None):
        with pytest.raises(tfpy.ArgumentError, match=r"MobileNet\.classify: topk must be"):
            net.classify_sync(np.zeros((9, 9, 3), np.uint8), topk)
    for bad in (5, "ab", (0,), (0, 1, 2), ("a", 1)):
        with pytest.raises(tfpy.ArgumentError, match="MobileNet: input_range must be"):
            MobileNet.load_sync(models_dir / NAME, input_range=bad)


def test_stages(net, suspending):
    """Network and device have their time, of calls at once too; what follows them is steps."""
    image = np.zeros((224, 224, 3), np.uint8)
    with stages() as times:
        net.classify_sync(image)
    assert set(times) == {"network", "device", "steps"}

    async def both():
        await asyncio.gather(net.classify(image), net.classify(image))

    with stages() as times:
        asyncio.run(both())
        before = times["steps"]
        time.sleep(0.05)
    assert times["steps"] >= before + 50


def test_other_sizes_are_resized(net, models_dir):
    found = net.classify_sync(Image.open(models_dir / "images" / "coffee_256.png"))
    assert found[0].class_name == "espresso"


def test_embeddings(net, models_dir):
    image = photos.pixels(models_dir, "coffee_224.png")
    assert net.infer(image).shape == (1, 1000)
    vector = net.infer(image, embedding=True)
    features = net.infer(image, embedding="conv_pw_13_relu")
    assert features.shape == (1, 7, 7, 256)
    np.testing.assert_allclose(vector.numpy(), features.numpy().mean((1, 2)), atol=1e-5)


def test_graph_embedding(models_dir):
    name = "mobilenet_v2_050_96_fv"
    net = MobileNet.load_sync(models_dir / name)
    assert net.input_size == (96, 96)
    case = goldens.cases(models_dir, name)[0]
    (golden,) = case.outputs.values()
    vector = net.infer(photos.pixels(models_dir, "chelsea_96.png"), embedding=True)
    goldens.judge(golden, vector.numpy())
    with pytest.raises(tfpy.ShapeError, match="not a classifier: it gives 1280"):
        net.classify_sync(photos.pixels(models_dir, "chelsea_96.png"))


@pytest.fixture(scope="module")
def hub_graph():
    """A small network of the form of TensorFlow Hub's: 1001 logits, an embedding before them."""
    rng = np.random.default_rng(5)
    embedding = "module_apply_default/MobilenetV1/Logits/global_pool"
    window = {"strides": ints(1, 32, 32, 1), "padding": s("VALID")}
    window["dilations"] = ints(1, 1, 1, 1)
    nodes = [
        placeholder("images", (-1, 224, 224, 3)),
        node("features", "Conv2D", "images", "filters", **window),
        node(embedding, "Mean", "features", "axes", keep_dims=yes()),
        node("pixels", "Reshape", embedding, "flat"),
        node("logits", "MatMul", "pixels", "classes"),
    ]
    weights = {
        "filters": np.float32(rng.normal(size=(32, 32, 3, 8)) / 10),
        "axes": i32(1, 2),
        "flat": i32(-1, 8),
        "classes": np.float32(rng.normal(size=(8, 1001))),
    }
    return files(nodes, weights)


@pytest.mark.parametrize("size", [224, 256])
def test_hub_graph_as_tfjs(hub_graph, models_dir, size):
    script = """
    const modelUrl = "https://models/hub/model.json";
    const net = await lib.load({version: 1, alpha: 1, modelUrl, inputRange: [0, 1]});
    return {classes: await net.classify(image, 5), logits: net.infer(image),
            embedding: net.infer(image, true)};
    """
    image = photos.pixels(models_dir, f"coffee_{size}.png").astype(np.int32)
    theirs = ask("mobilenet", script, {"https://models/hub": hub_graph}, image=image)
    net = MobileNet.load_sync(hub_graph)
    logits = net.infer(image).numpy()
    np.testing.assert_allclose(logits, theirs["logits"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        net.infer(image, embedding=True).numpy(), theirs["embedding"], rtol=1e-4, atol=1e-5
    )
    for ours, other in zip(net.classify_sync(image, 5), theirs["classes"], strict=True):
        assert ours.class_name == other["className"]
        assert ours.probability == pytest.approx(other["probability"], rel=1e-4)


def test_versions_and_widths_of_the_hub(monkeypatch):
    asked = []

    def fetch(url, prefix=None):
        asked.append(url)
        raise tfpy.FetchError("no network here")

    monkeypatch.setattr("tfpy.applications.pretrained.open_source", fetch)
    for options in ({}, {"version": 2, "alpha": 0.5}, {"alpha": 0.25}):
        with pytest.raises(tfpy.FetchError):
            asyncio.run(MobileNet.load(**options))
    names = ["v1_100_224/classification/1", "v2_050_224/classification/2"]
    names.append("v1_025_224/classification/1")
    base, end = "https://tfhub.dev/google/imagenet/mobilenet_", "/model.json?tfjs-format=file"
    assert asked == [base + name + end for name in names]
    for options, name in (({"version": 3}, "version"), ({"version": 2, "alpha": 0.25}, "alpha")):
        with pytest.raises(tfpy.ArgumentError, match=f"MobileNet.load: {name} is one of"):
            asyncio.run(MobileNet.load(**options))


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
    image = photos.pixels(models_dir, "coffee_224.png")
    net.classify_sync(image)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.classify_sync(image)
    assert tfpy.memory()["num_tensors"] == before
