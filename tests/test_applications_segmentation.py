"""SelfieSegmentation and DeepLab: TF.js's packages with stand-ins for the networks."""

import asyncio
import json
import math

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos, topology
from tests.graph_files import files, i32, ints, kind, node, placeholder, s
from tests.oracle.graphs import Job, answers
from tests.oracle.packages import ask
from tfpy.applications import DeepLab, SelfieSegmentation, masks

WINDOW = {"strides": ints(1, 1, 1, 1), "dilations": ints(1, 1, 1, 1), "padding": s("SAME")}


def colours_to(classes, scale, *shape, dtype="DT_FLOAT", last):
    """A network that judges pixels by their neighbourhood, with random weights."""
    rng = np.random.default_rng(classes)
    filters = rng.normal(size=(3, 3, 3, classes)).astype(np.float32) * scale
    nodes = [
        placeholder("x", (1, *shape, 3), dtype),
        node("floats", "Cast", "x", SrcT=kind(dtype), DstT=kind("DT_FLOAT")),
        node("conv", "Conv2D", "floats", "filters", **WINDOW),
        *last,
    ]
    return files(nodes, {"filters": filters})


SELFIE = """
const config = {runtime: "tfjs", modelType, modelUrl: "https://models/selfie/model.json"};
const net = await lib.createSegmenter("MediaPipeSelfieSegmentation", config);
const [found] = await net.segmentPeople(image, {});
return found.mask.toTensor();
"""


@pytest.mark.parametrize(
    ("model_type", "size", "crop"),
    [("general", (256, 256), slice(0, 320)), ("landscape", (144, 256), slice(20, 290))],
)
def test_selfie_as_tfjs(models_dir, model_type, size, crop):
    graph = colours_to(2, 1.0, *size, last=[node("out", "Sigmoid", "conv")])
    image = photos.pixels(models_dir, "astronaut_320.png").astype(np.int32)[crop]
    theirs = ask(
        "body-segmentation",
        SELFIE,
        {"https://models/selfie": graph},
        image=image,
        modelType=model_type,
    )
    net = SelfieSegmentation.load_sync(graph, model_type=model_type)
    found = net.segment_sync(image)
    assert found.mask.dtype == "float32"
    assert found.names == ("person",)
    np.testing.assert_allclose(found.mask.numpy(), theirs[..., 0], atol=1e-4)
    mirrored = asyncio.run(net.segment(image, flip_horizontal=True))
    np.testing.assert_array_equal(mirrored.mask.numpy(), found.mask.numpy()[:, ::-1])
    blurred = masks.draw_bokeh_effect(image, found)
    assert blurred.shape == image.shape


def test_small_images_reach_their_edges():
    """TF.js lets zeros in at the right and lower edge of images smaller than the network's."""
    last = [node("pair", "Pack", "red", "red", axis={"i": "3"})]
    nodes = [
        placeholder("x", (1, 256, 256, 3)),
        node("red", "Max", "x", "axis", keep_dims={"b": False}),
        *last,
    ]
    net = SelfieSegmentation.load_sync(files(nodes, {"axis": i32(3)}))
    found = net.segment_sync(np.full((20, 30, 3), 255, np.uint8))
    np.testing.assert_allclose(found.mask.numpy(), 1.0, atol=1e-6)


@pytest.fixture(scope="module")
def deeplab():
    """Neighbourhoods as 21 classes."""
    last = [
        node("biased", "BiasAdd", "conv", "bias"),
        node("map", "ArgMax", "biased", "axis", output_type=kind("DT_INT32")),
    ]
    rng = np.random.default_rng(2)
    nodes = [
        placeholder("x", (1, -1, -1, 3), "DT_INT32"),
        node("floats", "Cast", "x", SrcT=kind("DT_INT32"), DstT=kind("DT_FLOAT")),
        node("conv", "Conv2D", "floats", "filters", **WINDOW),
        *last,
    ]
    weights = {
        "filters": rng.integers(-9, 10, (1, 1, 3, 21)).astype(np.float32),
        "bias": rng.integers(-500, 500, 21).astype(np.float32),
        "axis": i32(3),
    }
    return files(nodes, weights)


DEEPLAB = """
const modelUrl = "https://models/deeplab/model.json";
const net = await lib.load({base: "pascal", quantizationBytes: 2, modelUrl});
return {map: net.predict(image), ...await net.segment(image)};
"""


def test_deeplab_as_tfjs(deeplab, models_dir):
    image = photos.pixels(models_dir, "astronaut_320.png").astype(np.int32)[:211]
    theirs = ask("deeplab", DEEPLAB, {"https://models/deeplab": deeplab}, image=image)
    net = DeepLab.load_sync(deeplab)
    seen = net.predict_sync(image)
    assert seen.shape == (338, 513) == (theirs["height"], theirs["width"])
    # Where a colour is between two numbers, one may become the other.
    assert (seen.numpy() == theirs["map"]).mean() > 0.999
    found = net.segment_sync(image)
    assert found.mask.shape == image.shape[:2]
    legend = {name: "#" + bytes(color).hex() for name, color in theirs["legend"].items()}
    assert found.legend == legend
    assert len(legend) == 4
    picture = masks.to_colored_mask(seen, net.colors).numpy().reshape(-1, 4)
    assert (picture == theirs["segmentationMap"].reshape(-1, 4)).all(1).mean() > 0.999
    assert asyncio.run(net.predict(image)).shape == seen.shape
    assert asyncio.run(net.segment(image)).legend == legend


def shrunk(graph):
    """DeepLab's graph for 65 x 65 pixels, not 513 x 513: where its padding, its pool over the whole
    image and its resizes name sizes, they are an eighth."""
    model = json.loads(graph["model.json"])
    for entry in model["modelTopology"]["node"]:
        if entry["op"] == "AvgPool":
            entry["attr"]["ksize"] = ints(1, 9, 9, 1)
    sizes = {"sub_1/x": 65, "ResizeBilinear_1/size": [9, 9], "strided_slice_7": [65, 65]}
    entries, data, start = model["weightsManifest"][0]["weights"], bytearray(graph["w"]), 0
    for entry in entries:
        kind = entry.get("quantization", {}).get("dtype", entry["dtype"])
        size = math.prod(entry["shape"]) * np.dtype(kind).itemsize
        if entry["name"] in sizes:
            assert kind == "int32"
            data[start : start + size] = np.array(sizes[entry["name"]], np.int32).tobytes()
        start += size
    return {"model.json": json.dumps(model).encode(), "w": bytes(data)}


def test_official_deeplab_computes_as_tfjs(models_dir):
    """The whole network, on a smaller picture than it is for: TF.js takes minutes for that one."""
    graph = shrunk(topology.files(models_dir / "topology_only" / "deeplab_image_segmenter", seed=4))
    image = photos.pixels(models_dir, "astronaut_320.png")[60:110, 100:165].astype(np.int32)[None]
    outputs = ["logits/semantic/BiasAdd", "ResizeBilinear_3", "SemanticPredictions"]
    (want,) = answers([Job(graph, {"ImageTensor": image}, outputs)], wasm=True)
    logits, large, classes = tfpy.load_graph_model_sync(graph).execute(image, outputs)
    assert logits.shape == (1, 9, 9, 21)
    for got, theirs in ((logits, want[0]), (large, want[1])):
        assert np.ptp(theirs, axis=(1, 2)).min() > 0, "the logits are different from place to place"
        np.testing.assert_allclose(got.numpy(), theirs, rtol=1e-3, atol=1e-4 * np.abs(theirs).max())
    assert classes.shape == (1, 50, 65)
    np.testing.assert_array_equal(classes.numpy(), want[2])


def test_official_deeplab_takes_any_size(models_dir):
    """With drawn weights one class wins everywhere; what it computes is compared above."""
    graph = topology.files(models_dir / "topology_only" / "deeplab_image_segmenter", seed=4)
    net = DeepLab.load_sync(graph)
    image = photos.pixels(models_dir, "astronaut_320.png")[:200]
    seen = net.predict_sync(image).numpy()
    assert seen.shape == (321, 513)
    assert set(seen.ravel()) == {14}
    assert net.segment_sync(image[:, :100]).mask.shape == (200, 100)


def test_labels_as_tfjs():
    script = """
    const bases = ["pascal", "cityscapes", "ade20k"];
    return bases.map((base) => [lib.getLabels(base), lib.getColormap(base)]);
    """
    nothing = files([placeholder("x", (1, -1, -1, 3)), node("y", "Relu", "x")])
    for base, (labels, colors) in zip(
        ("pascal", "cityscapes", "ade20k"), ask("deeplab", script), strict=True
    ):
        net = DeepLab.load_sync(nothing, base=base)
        assert list(net.labels) == labels
        assert [list(bytes.fromhex(c[1:])) for c in net.colors] == colors[: len(labels)]


def test_deeplab_draws_all_but_the_background(deeplab, models_dir):
    image = Image.open(models_dir / "images" / "coffee_96.png").convert("RGB")
    before = np.asarray(image).astype(int)
    labels = ["a", "background", *"cdefghijklmnopqrstu"]
    found = DeepLab.load_sync(deeplab, labels=labels).segment_sync(image)
    classes = found.mask.numpy()
    found.draw(image, 1.0)
    after = np.asarray(image).astype(int)
    assert (after == before)[classes == 1].all()
    for k in np.unique(classes):
        if k != 1:
            color = bytes.fromhex(found.colors[k][1:])
            assert (after[classes == k] == list(color)).all()


def test_errors(deeplab):
    image = np.zeros((10, 10, 3), np.uint8)
    with pytest.raises(tfpy.ArgumentError, match="labels: name them"):
        DeepLab.load_sync(deeplab, labels=["one"]).segment_sync(image)
    with pytest.raises(tfpy.ArgumentError, match="2 labels and 1 colors"):
        DeepLab.load_sync(deeplab, labels=["one", "two"], colors=["#000000"])
    for options in ({"labels": 5}, {"colors": 5}, {"labels": "abc"}):
        with pytest.raises(tfpy.ArgumentError, match=f"DeepLab: {next(iter(options))} must be"):
            DeepLab.load_sync(deeplab, **options)
    with pytest.raises(tfpy.ArgumentError, match="base is one of 'pascal'"):
        asyncio.run(DeepLab.load(base="coco"))
    with pytest.raises(tfpy.ArgumentError, match="quantization_bytes is one of"):
        asyncio.run(DeepLab.load(quantization_bytes=3))
    with pytest.raises(tfpy.ArgumentError, match="model_type is one of 'general'"):
        asyncio.run(SelfieSegmentation.load(model_type="portrait"))
    three = colours_to(3, 1.0, -1, -1, last=[node("y", "Relu", "conv")])
    with pytest.raises(tfpy.ModelFormatError, match="not a DeepLab: for"):
        DeepLab.load_sync(three).segment_sync(image)
    with pytest.raises(tfpy.ModelFormatError, match="not a selfie"):
        SelfieSegmentation.load_sync(three).segment_sync(image)
    for cls in (DeepLab, SelfieSegmentation):
        with pytest.raises(tfpy.ModelFormatError, match="its input has shape"):
            cls.load_sync(files([placeholder("x", (1, 5)), node("y", "Relu", "x")]))
        with pytest.raises(tfpy.ImageError):
            cls(tfpy.Sequential([tfpy.Input((None, None, 3)), tfpy.layers.ReLU()])).segment_sync(3)


def test_addresses(monkeypatch):
    asked = []

    def fetch(url, prefix=None):
        asked.append(url.removeprefix("https://tfhub.dev/").partition("/model.json")[0])
        raise tfpy.FetchError("no network here")

    monkeypatch.setattr("tfpy.applications.pretrained.open_source", fetch)
    for cls, options in (
        (DeepLab, {}),
        (DeepLab, {"base": "ade20k", "quantization_bytes": 4}),
        (SelfieSegmentation, {}),
        (SelfieSegmentation, {"model_type": "landscape"}),
    ):
        with pytest.raises(tfpy.FetchError):
            asyncio.run(cls.load(**options))
    assert asked == [
        "tensorflow/tfjs-model/deeplab/pascal/1/quantized/2/1",
        "tensorflow/tfjs-model/deeplab/ade20k/1/default/1",
        "mediapipe/tfjs-model/selfie_segmentation/general/1",
        "mediapipe/tfjs-model/selfie_segmentation/landscape/1",
    ]
