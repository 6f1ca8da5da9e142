"""HandPose against TF.js's package, with networks made up: their weights are not at hand."""

import asyncio
import gc

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import stand_ins
from tests.oracle.packages import ask
from tfpy.applications import HandPose
from tfpy.applications.anchors import anchors
from tfpy.applications.hand_pose import EDGES, NAMES

ASK = """
const net = await lib.createDetector(lib.SupportedModels.MediaPipeHands, {
  runtime: "tfjs", detectorModelUrl: "https://models/d/model.json",
  landmarkModelUrl: "https://models/l/model.json", ...load});
const found = [];
for (const [image, options] of calls) found.push(await net.estimateHands(image, options));
return found;
"""
PLACES = [(0.3, 0.5), (0.75, 0.6)]


def detector(places=PLACES):
    """A network that finds palms, each turned another way."""
    spread = np.array(anchors(192, ((8, 2), (16, 6))))
    values = np.zeros((1, len(spread), 19), np.float32)
    values[..., 0] = -6
    for turn, place in enumerate(places):
        k = np.abs(spread - place).sum(1).argmin()
        points = np.random.default_rng(turn).normal(0, 12, (7, 2))
        values[0, k] = [4 - turn, 2, -1, 30, 30, *points.ravel()]
    return stand_ins.network((-1, 192, 192, 3), {"Identity": values}, gain=0.005)


def landmarks(presence=0.9, right=0.4):
    """A hand with its wrist low and fingers up, somewhat turned."""
    random = np.random.default_rng(2)
    points = np.zeros((21, 3))
    points[0, :2] = 110, 190
    for finger in range(5):
        for joint in range(4):
            points[1 + 4 * finger + joint, :2] = 60 + 25 * finger, 140 - 22 * joint
    points += random.normal(0, 5, points.shape)
    return stand_ins.network((-1, 224, 224, 3), {
        "Identity_2": points.reshape(1, 63), "Identity_1": [[presence]],
        "Identity": [[right]], "Identity_3": random.normal(0, 0.05, (1, 63)),
    }, gain=0.005)  # fmt: skip


def check(found, expected, atol=0.02):
    assert len(found) == len(expected)
    for hand, other in zip(found, expected, strict=True):
        assert hand.handedness == other["handedness"]
        assert hand.score == pytest.approx(other["score"], abs=1e-4)
        for points, there in [
            (hand.keypoints, other["keypoints"]),
            (hand.keypoints_3d, other["keypoints3D"]),
        ]:
            for point, near in zip(points, there, strict=True):
                assert point.name == near["name"]
                assert (point.x, point.y) == pytest.approx((near["x"], near["y"]), abs=atol)
                if "z" in near:  # the package keeps the depth in pixels to itself
                    assert point.z == pytest.approx(near["z"], abs=atol)


def images(n, shape=(150, 220, 3)):
    return list(np.random.default_rng(1).integers(0, 256, (n, *shape), np.int32))


@pytest.mark.parametrize("shape", [(150, 220, 3), (220, 150, 3)])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_video(shape, most):
    """Two hands, found and then followed, unless a third one may be there."""
    calls = [[f, {}] for f in images(3, shape)]
    calls += [[calls[0][0], {"flipHorizontal": True}], [calls[1][0], {"staticImageMode": True}]]
    models = {"https://models/d": detector(), "https://models/l": landmarks()}
    expected = ask(
        "hand-pose-detection", ASK, models, wasm=True, load={"maxHands": most}, calls=calls
    )
    net = HandPose.load_sync(landmarks(), detector_url=detector(), max_hands=most)
    for (x, options), hands in zip(calls, expected, strict=True):
        found = net.estimate_sync(
            x,
            flip_horizontal="flipHorizontal" in options,
            static_image_mode="staticImageMode" in options,
        )
        check(found, hands)
        assert len(found) == min(most, 2)


def test_handedness_and_nobody():
    picture = images(1)[0]
    for detect, marks in [
        (detector(), landmarks(right=0.9)),
        (detector(), landmarks(presence=0.2)),
        (detector([]), landmarks()),
    ]:
        (expected,) = ask(
            "hand-pose-detection", ASK, {"https://models/d": detect, "https://models/l": marks},
            load={}, calls=[[picture, {}]],
        )  # fmt: skip
        check(HandPose.load_sync(marks, detector_url=detect).estimate_sync(picture), expected)
    (hand, _) = HandPose.load_sync(landmarks(right=0.9), detector_url=detector()).estimate_sync(
        picture
    )
    assert hand.handedness == "Left"


def test_still_images_and_reset():
    first, second = images(2)
    net = HandPose.load_sync(landmarks(), detector_url=detector())
    alone = net.estimate_sync(second)
    net.estimate_sync(first)
    assert net.estimate_sync(second) != alone
    assert net.estimate_sync(second, static_image_mode=True) == alone
    net.reset()
    assert asyncio.run(net.estimate(second)) == alone


def test_images_at_once(suspending):
    """Two that are waited for at once know nothing of each other, nor of a reset meanwhile."""
    first, second = images(2)
    net = HandPose.load_sync(landmarks(), detector_url=detector())
    stand_ins.check_images_at_once(net, first, second)


def test_draw():
    picture = Image.fromarray(np.zeros((150, 220, 3), np.uint8))
    (hand, _) = HandPose.load_sync(landmarks(), detector_url=detector()).estimate_sync(picture)
    hand.draw(picture)
    wrist = hand["wrist"]
    assert picture.getpixel((round(wrist.x), round(wrist.y))) == (245, 166, 35)
    assert len(EDGES) == 20
    assert [NAMES[b] for a, b in EDGES if a == 0] == ["thumb_cmc"] + [
        f"{f}_mcp" for f in ("index_finger", "middle_finger", "ring_finger", "pinky_finger")
    ]


def test_bad_calls(models_dir):
    with pytest.raises(tfpy.ArgumentError, match="HandPose: max_hands"):
        HandPose.load_sync(landmarks(), detector_url=detector(), max_hands=0)
    with pytest.raises(tfpy.ArgumentError, match="model_type is one of 'lite', 'full'"):
        asyncio.run(HandPose.load(model_type="heavy"))
    with pytest.raises(tfpy.ModelFormatError, match="has no output Identity_2:0, Identity_1:0"):
        HandPose.load_sync(models_dir / "blazeface", detector_url=detector())
    wrong = stand_ins.network((1, 192, 192, 3), {"y": np.zeros((1, 9, 13))})
    with pytest.raises(tfpy.ModelFormatError, match="not a detector of palms: it gives"):
        HandPose.load_sync(landmarks(), detector_url=wrong).estimate_sync(images(1)[0])
    with pytest.raises(tfpy.ImageError):
        HandPose.load_sync(landmarks(), detector_url=detector()).estimate_sync(None)


def test_landmarks_of_another_kind():
    """The names are right, but not how many numbers there are."""
    odd = {"Identity_2": np.zeros((1, 42)), "Identity_1": [[0.9]], "Identity": [[0.4]]}
    odd = stand_ins.network((-1, 224, 224, 3), {**odd, "Identity_3": np.zeros((1, 63))})
    net = HandPose.load_sync(odd, detector_url=detector())
    with pytest.raises(tfpy.ModelFormatError, match=r"not a HandPose: it gives \(1, 42\)"):
        net.estimate_sync(np.zeros((90, 90, 3), np.int32))


def test_no_tensors_are_left():
    net = HandPose.load_sync(landmarks(), detector_url=detector())
    image = images(1)[0]
    net.estimate_sync(image)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.estimate_sync(image)
    assert tfpy.memory()["num_tensors"] == before
