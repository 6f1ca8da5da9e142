"""Poses, faces and hands in real browsers, in a worker as on pages: NumPy's answers. Weights are
real, but for MoveNet, BlazePose's detector and hands, whose networks are made up."""

import pytest

from tests import photos, stand_ins
from tests import test_applications_hand_pose as hands
from tests.test_applications_blazepose import detector
from tests.test_applications_movenet import person
from tfpy.applications import (
    BlazeFace,
    BlazePose,
    FaceDetection,
    FaceMesh,
    HandPose,
    MoveNet,
    PoseNet,
)

PEOPLE = """
import gc, js, tfpy
from tfpy.applications import (
    BlazeFace, BlazePose, FaceDetection, FaceMesh, HandPose, MoveNet, PoseNet)
tfpy.set_backend("webgl")

async def load_image(url):
    blob = await (await js.fetch(url)).blob()
    return await js.createImageBitmap(blob, colorSpaceConversion="none")

def files(parts):
    return {name: bytes(data) for name, data in parts.items()}

image = await load_image("/models/images/astronaut_256.png")
points, tensors = {}, []

async def look(name, model, **options):
    for _ in range(2):  # the second time where it was the first time
        found = await getattr(model, "detect" if hasattr(model, "detect") else "estimate")(
            image, **options
        )
    canvas = js.OffscreenCanvas.new(256, 256)
    found[0].draw(canvas)
    painted = canvas.getContext("2d").getImageData(0, 0, 256, 256).data.to_bytes()
    points[name] = {
        "points": [[p.x, p.y] for one in found for p in one.keypoints],
        "painted": sum(a > 0 for a in painted[3::4]),
        "mask": (await found[0].mask.mean().data())[0] if name == "BlazePose" else 0,
    }
    model.dispose()

blaze, mesh = "/models/blazeface/model.json", "/models/facemesh/model.json"
pose = "/models/posenet_050_s16_uint16/model.json"
await look("PoseNet", await PoseNet.load(pose))
await look("PoseNet, several", await PoseNet.load(pose), max_poses=3)
await look("BlazeFace", await BlazeFace.load(blaze))
await look("FaceDetection", await FaceDetection.load(blaze))
await look("FaceMesh", await FaceMesh.load(mesh, detector_url=blaze))
await look("BlazePose", await BlazePose.load(
    "/models/blazepose_lite/model.json", detector_url=files(body), enable_segmentation=True))
await look("MoveNet", await MoveNet.load(files(mover)))
await look("HandPose", await HandPose.load(files(hand), detector_url=files(palms)))
gc.collect()
{"found": points, "left": tfpy.memory()["num_tensors"]}
"""


def test_people(python_pages, models_dir):
    body = detector()
    rows = person((0.45, 0.55), 0.5)[None, None]
    mover = stand_ins.network((1, 192, 192, 3), {"y": rows}, gain=1e-4, dtype="DT_INT32")
    hand, palms = hands.landmarks(), hands.detector()
    before = python_pages["worker"].run("import tfpy; tfpy.memory()['num_tensors']", timeout=60)
    got = python_pages["worker"].run(
        PEOPLE, body=body, mover=mover, hand=hand, palms=palms, timeout=300
    )

    image = photos.pixels(models_dir, "astronaut_256.png")
    pose, blaze = models_dir / "posenet_050_s16_uint16", models_dir / "blazeface"
    nets = {
        "PoseNet": (PoseNet.load_sync(pose), {}),
        "PoseNet, several": (PoseNet.load_sync(pose), {"max_poses": 3}),
        "BlazeFace": (BlazeFace.load_sync(blaze), {}),
        "FaceDetection": (FaceDetection.load_sync(blaze), {}),
        "FaceMesh": (FaceMesh.load_sync(models_dir / "facemesh", detector_url=blaze), {}),
        "BlazePose": (BlazePose.load_sync(models_dir / "blazepose_lite", detector_url=body,
                                          enable_segmentation=True), {}),
        "MoveNet": (MoveNet.load_sync(mover), {}),
        "HandPose": (HandPose.load_sync(hand, detector_url=palms), {}),
    }  # fmt: skip
    for name, (net, options) in nets.items():
        for _ in range(2):
            verb = net.detect_sync if hasattr(net, "detect_sync") else net.estimate_sync
            found = verb(image, **options)
        expected = [[p.x, p.y] for one in found for p in one.keypoints]
        answer = got["found"][name]
        assert len(answer["points"]) == len(expected), name
        for here, there in zip(answer["points"], expected, strict=True):
            assert here == pytest.approx(there, abs=0.1), name
        assert answer["painted"] > 100, name
        if name == "BlazePose":
            assert answer["mask"] == pytest.approx(float(found[0].mask.numpy().mean()), abs=1e-3)
    assert got["left"] == before
