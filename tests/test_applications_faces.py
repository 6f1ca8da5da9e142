"""BlazeFace, FaceDetection and FaceMesh against TF.js's packages: with their weights on photos, and
with networks made up where there are none."""

import asyncio
import gc
import json

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos, stand_ins
from tests.oracle.packages import ask
from tfpy.applications import BlazeFace, FaceDetection, FaceMesh
from tfpy.applications.anchors import anchors

BLAZE = """
const net = await lib.load({modelUrl: "https://models/x/model.json", ...load});
const found = [];
for (const [image, flip] of calls) found.push(await net.estimateFaces(image, false, flip));
return found;
"""
DETECT = """
const net = await lib.createDetector(lib.SupportedModels.MediaPipeFaceDetector,
  {runtime: "tfjs", detectorModelUrl: "https://models/x/model.json", ...load});
const found = [];
for (const [image, options] of calls) found.push(await net.estimateFaces(image, options));
return found;
"""
MESH = """
const net = await lib.createDetector(lib.SupportedModels.MediaPipeFaceMesh, {
  runtime: "tfjs", detectorModelUrl: "https://models/d/model.json",
  landmarkModelUrl: "https://models/l/model.json", ...load});
const found = [];
for (const [image, options] of calls) found.push(await net.estimateFaces(image, options));
return found;
"""


def photo(models_dir, name="astronaut_256.png"):
    return photos.pixels(models_dir, name).astype(np.int32)


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def check_faces(found, expected, atol):
    """Against what the MediaPipe packages give."""
    assert len(found) == len(expected)
    for face, other in zip(found, expected, strict=True):
        corner = (other["box"]["xMin"], other["box"]["yMin"])
        size = (other["box"]["width"], other["box"]["height"])
        # Edges out of the image to the left or above are 0 in the package, which takes JavaScript's
        # MIN_VALUE, the smallest positive number, for the lowest one.
        assert face.box[:2] == pytest.approx(corner, abs=atol)
        for start, length, there in zip(face.box[:2], face.box[2:], size, strict=True):
            assert max(start + length, 0.0) == pytest.approx(start + there, abs=atol)
        assert len(face.keypoints) == len(other["keypoints"])
        for point, there in zip(face.keypoints, other["keypoints"], strict=True):
            assert (point.x, point.y) == pytest.approx((there["x"], there["y"]), abs=atol)
            if "z" in there:
                assert point.z == pytest.approx(there["z"], abs=atol)
            if "name" in there:
                assert point.name == snake(there["name"])


# ------------------------------------------------------------------------------------ BlazeFace


def check_blaze(found, expected, atol):
    assert len(found) == len(expected)
    for face, other in zip(found, expected, strict=True):
        a, b = other["topLeft"], other["bottomRight"]
        # Mirrored, the package's left edge is the right one.
        left, right = min(a[0], b[0]), max(a[0], b[0])
        box = (left, a[1], right - left, b[1] - a[1])
        assert face.box == pytest.approx(box, abs=atol)
        points = [(p.x, p.y) for p in face.keypoints]
        np.testing.assert_allclose(points, other["landmarks"], atol=atol)
        assert face.score == pytest.approx(other["probability"][0], abs=1e-3)


def test_blazeface(models_dir):
    net = BlazeFace.load_sync(models_dir / "blazeface")
    image = photo(models_dir)
    pair = np.concatenate([image, image[:, ::-1]], 1)
    calls = [[image, False], [image[10:230, 40:200], True], [pair, False]]
    expected = ask("blazeface", BLAZE, {"https://models/x": models_dir / "blazeface"},
                   wasm=True, load={}, calls=calls)  # fmt: skip
    for (x, flip), faces in zip(calls, expected, strict=True):
        check_blaze(net.detect_sync(x, flip_horizontal=flip), faces, 0.1)
    (face,) = asyncio.run(net.detect(image))
    assert face.box.x < face["nose_tip"].x < face.box.x + face.box.width
    assert face["right_eye"].x < face["left_eye"].x


def rows(detector, n, seed, at=()):
    """What a detector may give: mostly nothing, and some things with several boxes each; or one
    box near each place of `at`."""
    random = np.random.default_rng(seed)
    values = np.zeros((1, len(anchors(*detector)), n), np.float32)
    values[..., 0] = -6
    if at:
        spread = np.array(anchors(*detector))
        middles = [np.abs(spread - place).sum(1).argmin() for place in at]
    else:
        middles = random.choice(values.shape[1], 12, replace=False)
    for middle in middles:
        for k in [middle] if at else range(max(middle - 2, 0), min(middle + 3, values.shape[1])):
            row = random.normal(0, 3, n)
            row[0], row[3:5] = random.normal(3 if at else 2, 1), random.uniform(10, 40, 2)
            values[0, k] = row
    return values


def test_blazeface_options():
    values = rows((128, ((8, 2), (16, 6))), 17, 3)
    files = stand_ins.network((-1, 128, 128, 3), {"Identity": values})
    image = np.random.default_rng(0).integers(0, 256, (60, 99, 3), np.int32)
    for load, options in [
        ({}, {}),
        (
            {"maxFaces": 4, "iouThreshold": 0.1, "scoreThreshold": 0.6},
            {"max_faces": 4, "iou_threshold": 0.1, "score_threshold": 0.6},
        ),
    ]:
        (expected,) = ask("blazeface", BLAZE, {"https://models/x": files}, load=load,
                          calls=[[image, False]])  # fmt: skip
        assert len(expected) > 3
        check_blaze(BlazeFace.load_sync(files, **options).detect_sync(image), expected, 0.01)


# -------------------------------------------------------------------------------- FaceDetection


def test_face_detection(models_dir):
    """BlazeFace's weights are those of the short range."""
    image = photo(models_dir)
    wide = np.concatenate([image[:, 60:190], image[:, 190:60:-1]], 1)
    calls = [[image, {}], [wide, {}], [image[:, 40:180], {"flipHorizontal": True}]]
    folder = models_dir / "blazeface"
    expected = ask("face-detection", DETECT, {"https://models/x": folder},
                   wasm=True, load={"maxFaces": 3}, calls=calls)  # fmt: skip
    net = FaceDetection.load_sync(folder, max_faces=3)
    for (x, options), faces in zip(calls, expected, strict=True):
        found = net.detect_sync(x, flip_horizontal=bool(options))
        check_faces(found, faces, 0.1)
    assert [len(faces) for faces in expected] == [1, 2, 1]
    assert asyncio.run(net.detect(image)) == net.detect_sync(image)


@pytest.mark.parametrize(
    ("kind", "size", "layers"),
    [("short", 128, ((8, 2), (16, 6))), ("full", 192, ((4, 1),))],
)
def test_face_detection_decoding(kind, size, layers):
    values = rows((size, layers), 17, 5)
    files = stand_ins.network((-1, size, size, 3), {"Identity": values})
    image = np.random.default_rng(0).integers(0, 256, (160, 99, 3), np.int32)
    (expected,) = ask("face-detection", DETECT, {"https://models/x": files},
                      load={"modelType": kind, "maxFaces": 9}, calls=[[image, {}]])  # fmt: skip
    assert len(expected) > 5
    net = FaceDetection.load_sync(files, model_type=kind, max_faces=9)
    check_faces(net.detect_sync(image), expected, 0.01)


# ------------------------------------------------------------------------------------- FaceMesh


def renamed(folder, names):
    """A model with nodes of other names: `face-landmarks-detection` wants those of newer files."""
    text = (folder / "model.json").read_text()
    file = json.loads(text)
    for node in file["modelTopology"]["node"]:
        node["name"] = names.get(node["name"], node["name"])
    file.pop("signature", None)
    data = {p: (folder / p).read_bytes() for g in file["weightsManifest"] for p in g["paths"]}
    return {"model.json": json.dumps(file).encode(), **data}


def test_face_mesh(models_dir):
    """A photo, then a video in which the face moves and turns, then a picture without it."""
    folder = models_dir / "facemesh"
    for_package = renamed(folder, {"Identity": "output_mesh", "Identity_2": "output_faceflag"})
    image = photo(models_dir)
    picture = Image.fromarray(image.astype(np.uint8))
    frames = [np.asarray(picture.rotate(4 * k, translate=(3 * k, k)), np.int32) for k in range(4)]
    empty = np.zeros_like(image)
    still = {"staticImageMode": True}
    calls = [[f, {}] for f in frames] + [[empty, {}], [image, {}], [image, still]]
    expected = ask("face-landmarks-detection", MESH, {
        "https://models/d": models_dir / "blazeface", "https://models/l": for_package,
    }, wasm=True, load={}, calls=calls)  # fmt: skip
    assert [len(faces) for faces in expected] == [1, 1, 1, 1, 0, 1, 1]
    net = FaceMesh.load_sync(folder, detector_url=models_dir / "blazeface")
    for (x, options), faces in zip(calls[:-1], expected[:-1], strict=True):
        check_faces(net.estimate_sync(x, static_image_mode=bool(options)), faces, 0.1)
    # The package mixes in where the face was before even for a still image.
    alone = net.estimate_sync(image, static_image_mode=True)
    net.reset()
    assert net.estimate_sync(image) == alone
    check_faces(alone, expected[0], 0.1)


def mesh_outputs(refined, seed):
    random = np.random.default_rng(seed)
    sizes = {"output_faceflag": 1, "output_mesh": 1404}
    if refined:
        sizes = {
            "output_faceflag": 1, "output_mesh_identity": 1404, "output_lips": 160,
            "Identity_6": 10, "Identity_1": 142, "Identity_2": 10, "Identity_5": 142,
        }  # fmt: skip
    values = {name: random.uniform(30, 160, (1, n)) for name, n in sizes.items()}
    return values | {"output_faceflag": np.full((1, 1), 3.0)}


@pytest.mark.parametrize("refined", [False, True])
def test_several_faces(refined):
    """Decoding of all points, of three faces, found and then followed."""
    found = rows((128, ((8, 2), (16, 6))), 17, 3, [(0.2, 0.4), (0.8, 0.4), (0.5, 0.8)])
    detector = stand_ins.network((-1, 128, 128, 3), {"Identity": found})
    landmarks = stand_ins.network((-1, 192, 192, 3), mesh_outputs(refined, 4), gain=0.05)
    image = np.random.default_rng(0).integers(0, 256, (160, 240, 3), np.int32)
    calls = [[image, {}], [image, {"flipHorizontal": True}]]
    expected = ask(
        "face-landmarks-detection", MESH,
        {"https://models/d": detector, "https://models/l": landmarks},
        load={"maxFaces": 3, "refineLandmarks": refined}, calls=calls,
    )  # fmt: skip
    assert len(expected[0]) == 3
    net = FaceMesh.load_sync(
        landmarks, detector_url=detector, max_faces=3, refine_landmarks=refined
    )
    for (x, options), faces in zip(calls, expected, strict=True):
        check_faces(net.estimate_sync(x, flip_horizontal=bool(options)), faces, 0.02)


def test_images_at_once(suspending):
    """Two that are waited for at once know nothing of each other, nor of a reset meanwhile."""
    found = rows((128, ((8, 2), (16, 6))), 17, 3, [(0.5, 0.5)])
    detector = stand_ins.network((-1, 128, 128, 3), {"Identity": found}, gain=0.05)
    landmarks = stand_ins.network((-1, 192, 192, 3), mesh_outputs(False, 4), gain=0.05)
    first, second = np.random.default_rng(1).integers(0, 256, (2, 160, 240, 3), np.int32)
    net = FaceMesh.load_sync(landmarks, detector_url=detector)
    alone = stand_ins.check_images_at_once(net, first, second)
    assert net.estimate_sync(first) != alone[0]  # looked for where it was


def test_warmup_and_tiny_images(models_dir):
    net = FaceMesh.load_sync(models_dir / "facemesh", detector_url=models_dir / "blazeface")
    steps = []
    asyncio.run(net.warmup(lambda done, total: steps.append((done, total))))
    assert [done for done, _ in steps].count(1) == 2  # of both networks
    assert net.estimate_sync(np.zeros((1, 1, 3), np.int32)) == []
    with pytest.raises(tfpy.ShapeError, match="takes one image, not 2"):
        net.estimate_sync(tfpy.zeros((2, 9, 9, 3)))


def test_draw(models_dir):
    picture = Image.open(models_dir / "images" / "astronaut_256.png").convert("RGB")
    (face,) = BlazeFace.load_sync(models_dir / "blazeface").detect_sync(picture)
    drawn = picture.copy()
    face.draw(drawn)
    at = (round(face.box.x), round(face.box.y + face.box.height / 2))
    assert drawn.getpixel(at) == (0, 166, 214)
    (mesh,) = FaceMesh.load_sync(
        models_dir / "facemesh", detector_url=models_dir / "blazeface"
    ).estimate_sync(picture)
    drawn = picture.copy()
    mesh.draw(drawn)
    chin = mesh.keypoints[152]
    assert drawn.getpixel((round(chin.x), round(chin.y))) == (0, 166, 214)


def test_bad_calls(models_dir):
    blaze, mesh = models_dir / "blazeface", models_dir / "facemesh"
    for make, message in [
        (lambda: BlazeFace.load_sync(blaze, max_faces=0), "BlazeFace: max_faces"),
        (lambda: BlazeFace.load_sync(blaze, iou_threshold=2), "BlazeFace: iou_threshold"),
        (lambda: BlazeFace.load_sync(blaze, score_threshold="x"), "score_threshold"),
        (lambda: FaceDetection.load_sync(blaze, model_type="long"), "one of 'short', 'full'"),
        (lambda: asyncio.run(FaceDetection.load(model_type="long")), "one of 'short', 'full'"),
        (lambda: FaceDetection.load_sync(blaze, max_faces=0.5), "FaceDetection: max_faces"),
        (lambda: FaceMesh.load_sync(mesh, detector_url=blaze, max_faces=0), "FaceMesh: max_faces"),
    ]:
        with pytest.raises(tfpy.ArgumentError, match=message):
            make()
    with pytest.raises(tfpy.ModelFormatError, match="has no output output_faceflag"):
        FaceMesh.load_sync(mesh, detector_url=blaze, refine_landmarks=True)
    picture = np.zeros((8, 8, 3), np.int32)
    with pytest.raises(tfpy.ModelFormatError, match=r"not a detector of faces: it gives \(1, 896"):
        FaceDetection.load_sync(
            stand_ins.network((1, 128, 128, 3), {"y": np.zeros((1, 896, 16))})
        ).detect_sync(picture)
    two = stand_ins.network((1, 128, 128, 3), {"y": np.zeros((1, 2)), "z": np.zeros((1, 2))})
    for net in (BlazeFace.load_sync(two), FaceDetection.load_sync(two)):
        with pytest.raises(tfpy.ModelFormatError, match="the model has 2 outputs, not one"):
            net.detect_sync(picture)
    found = rows((128, ((8, 2), (16, 6))), 17, 8)
    detector = stand_ins.network((1, 128, 128, 3), {"y": found})
    wrong = stand_ins.network((1, 192, 192, 3), {"y": np.zeros((1, 7))})
    net = FaceMesh.load_sync(wrong, detector_url=detector)
    with pytest.raises(tfpy.ModelFormatError, match="not a FaceMesh: it gives"):
        net.estimate_sync(picture)
    for net in (BlazeFace.load_sync(blaze), FaceDetection.load_sync(blaze)):
        with pytest.raises(tfpy.ImageError):
            net.detect_sync(np.zeros((0, 8, 3), np.int32))


def test_scores_of_nothing():
    """A logit far below 0 is a score of 0, not an error."""
    values = np.full((1, 896, 17), -5e3, np.float32)
    net = BlazeFace.load_sync(
        stand_ins.network((1, 128, 128, 3), {"y": values}), score_threshold=0, max_faces=3
    )
    assert all(face.score == 0 for face in net.detect_sync(np.zeros((9, 9, 3), np.int32)))


def test_no_tensors_are_left(models_dir):
    image = photo(models_dir)
    net = FaceMesh.load_sync(models_dir / "facemesh", detector_url=models_dir / "blazeface")
    net.estimate_sync(image)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.estimate_sync(image)
    net.estimate_sync(image, static_image_mode=True)
    assert tfpy.memory()["num_tensors"] == before
