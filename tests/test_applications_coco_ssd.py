"""CocoSsd: TF.js's package with the same weights, and a detector of hands with real ones."""

import asyncio

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos, topology
from tests.graph_files import files, node, placeholder
from tests.oracle.packages import ask
from tfpy.applications import CocoSsd
from tfpy.applications.pretrained import read_lines

HANDS = ["open", "closed", "pinch", "point", "face", "tip", "pinchtip"]
SCRIPT = """
const net = await lib.load({modelUrl: "https://models/ssd/model.json"});
return Promise.all(options.map(([most, score]) => net.detect(image, most, score)));
"""


def detector(boxes, scores, fixed=()):
    """A stand-in: whatever the image, these boxes (n, 4) and scores (n, classes)."""
    nodes = [
        placeholder("image_tensor", (1, *(fixed or (-1, -1)), 3), "DT_INT32"),
        node("scores", "Identity", "all_scores", "^image_tensor"),
        node("boxes", "Identity", "all_boxes", "^image_tensor"),
    ]
    constants = {"all_scores": np.float32(scores)[None], "all_boxes": np.float32(boxes)[None]}
    outputs = {k: {"name": k} for k in ("scores", "boxes")}
    return files(nodes, constants, userDefinedMetadata={"signature": {"outputs": outputs}})


@pytest.fixture(scope="module")
def crowd():
    """Many boxes that overlap, some turned round, and scores of 90 classes."""
    rng = np.random.default_rng(3)
    corner, size = rng.uniform(0, 0.7, (300, 2)), rng.uniform(-0.05, 0.4, (300, 2))
    boxes = np.concatenate([corner, corner + size], 1)[:, None]
    # TF.js fails on the ids that COCO has no name for.
    return detector(
        boxes, rng.beta(1, 12, (300, 90)) * [bool(name) for name in read_lines("coco_labels.txt")]
    )


def assert_same(found, theirs):
    assert len(found) == len(theirs) > 0
    for ours, other in zip(found, theirs, strict=True):
        assert ours.class_name == other["class"]
        assert ours.score == pytest.approx(other["score"], abs=1e-5)
        assert ours.box == pytest.approx(tuple(other["bbox"]), abs=1e-2)


def test_decodes_as_tfjs(crowd):
    options = [[20, 0.5], [5, 0.3], [300, 0.2], [20, 0.4]]
    image = np.zeros((60, 90, 3), np.int32)
    theirs = ask("coco-ssd", SCRIPT, {"https://models/ssd": crowd}, image=image, options=options)
    net = CocoSsd.load_sync(crowd)
    for (most, score), other in zip(options, theirs, strict=True):
        assert_same(net.detect_sync(image, most, score, iou_threshold=score), other)


@pytest.mark.parametrize("name", ["coco_ssd_lite_mobilenet_v2_newer", "coco_ssd_oldformat_a"])
def test_official_graph_as_tfjs(models_dir, name):
    """With random weights, with which more than three boxes have one score."""
    graph = topology.files(models_dir / "topology_only" / name, seed=1)
    image = photos.pixels(models_dir, "astronaut_128.png").astype(np.int32)
    net = CocoSsd.load_sync(graph)
    found = net.detect_sync(image, 3, 0.5)
    (theirs,) = ask(
        "coco-ssd",
        SCRIPT,
        {"https://models/ssd": graph},
        wasm=True,
        image=image,
        options=[[3, 0.5]],
    )
    assert_same(found, theirs)
    assert asyncio.run(net.detect(image, 3, 0.5)) == found


def test_iou_threshold_is_an_option_of_its_own():
    boxes = [[0, 0, 1, 1], [0, 0, 1, 0.7], [0, 0.8, 0.2, 1]]
    scores = np.zeros((3, 90))
    scores[:, 0] = 0.9, 0.8, 0.3
    net = CocoSsd.load_sync(detector(boxes, scores))
    image = np.zeros((10, 10, 3), np.uint8)
    assert [d.score for d in net.detect_sync(image)] == pytest.approx([0.9])
    assert len(net.detect_sync(image, iou_threshold=0.8)) == 2
    assert len(net.detect_sync(image, min_score=0.2)) == 2  # TF.js would find one
    assert net.detect_sync(image, min_score=0.95) == []
    assert len(net.detect_sync(image, 1, 0.2, 1.0)) == 1


def test_hands_and_a_face(models_dir):
    """What the object detection API exports: eight outputs, a background class, one size."""
    net = CocoSsd.load_sync(models_dir / "handtrack_ssd", labels=HANDS)
    image = Image.open(models_dir / "images" / "astronaut_256.png").convert("RGB")
    asyncio.run(net.warmup())
    found = net.detect_sync(image)
    assert found[0].class_name == "face"
    assert found[0].score == pytest.approx(0.959, abs=0.02)
    top, left, bottom, right = 0.043, 0.309, 0.358, 0.578
    assert found[0].box == pytest.approx(
        (left * 256, top * 256, (right - left) * 256, (bottom - top) * 256), abs=4
    )
    before = np.asarray(image).copy()
    found[0].draw(image)
    changed = (np.asarray(image) != before).any(2)
    rows, columns = np.nonzero(changed)
    box = found[0].box
    assert abs(columns.min() - box.x) < 4
    assert abs(rows.max() - (box.y + box.height)) < 4


def test_a_wide_image_gives_wide_boxes(crowd):
    net = CocoSsd.load_sync(detector([[0, 0, 1, 1]], np.eye(1, 90), fixed=(8, 8)))
    (one,) = net.detect_sync(tfpy.zeros((20, 50, 3)))
    assert one == ("person", 1.0, (0.0, 0.0, 50.0, 20.0), 0)


def test_errors(crowd):
    net = CocoSsd.load_sync(crowd)
    image = np.zeros((10, 10, 3), np.uint8)
    with pytest.raises(tfpy.ArgumentError, match="90 classes, not 2: name its labels"):
        CocoSsd.load_sync(crowd, labels=["cat", "dog"]).detect_sync(image)
    with pytest.raises(tfpy.ArgumentError, match="CocoSsd: labels must be a list, not 5"):
        CocoSsd.load_sync(crowd, labels=5)
    with pytest.raises(tfpy.ArgumentError, match="base is one of 'lite_mobilenet_v2'"):
        asyncio.run(CocoSsd.load(base="resnet"))
    for options, name in (((0,), "max_num_boxes"), ((1, 2.0), "min_score"), ((1, 0, -1), "iou")):
        with pytest.raises(tfpy.ArgumentError, match=name):
            net.detect_sync(image, *options)
    with pytest.raises(tfpy.ImageError):
        net.detect_sync("photo.png")
    with pytest.raises(tfpy.ShapeError, match="one image, not 2"):
        net.detect_sync(tfpy.zeros((2, 4, 4, 3)))
    no_detector = files([placeholder("x", (1, -1, -1, 3)), node("y", "Relu", "x")])
    with pytest.raises(
        tfpy.ModelFormatError, match=r"not a Coco-SSD: its outputs have shapes \(1, 10"
    ):
        CocoSsd.load_sync(no_detector).detect_sync(image)
    with pytest.raises(tfpy.ModelFormatError, match="not a Coco-SSD"):
        CocoSsd(tfpy.Sequential([tfpy.Input((8,)), tfpy.layers.Dense(3)]))
