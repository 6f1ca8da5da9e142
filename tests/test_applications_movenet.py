"""MoveNet against TF.js's package: the published graph with drawn weights, and networks made up."""

import asyncio
import gc
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tests import stand_ins, topology
from tests.oracle.packages import ask
from tfpy.applications import MoveNet
from tfpy.applications.poses import COCO_NAMES
from tfpy.applications.results import Box
from tfpy.applications.tracking import TRACKERS, Tracked

ASK = """
const net = await lib.createDetector(lib.SupportedModels.MoveNet,
  {modelUrl: "https://models/x/model.json", ...load});
const found = [];
for (const [image, time] of calls) {
  // What it gives is changed by later calls.
  found.push(structuredClone(await net.estimatePoses(image, {}, time)));
}
return found;
"""
#: The package does not wait for the network, as TF.js has to where a graph has loops: it gets what
#: was found before.
ASK_WITH_LOOPS = ASK.replace(
    "const found",
    """
const {moveNetModel} = net, run = net.runMultiPersonPoseModel;
net.runMultiPersonPoseModel = async function (image) {
  const result = await moveNetModel.executeAsync(image);
  this.moveNetModel = {execute: () => result};
  return run.call(this, image);
};
const found""",
)
SINGLE = (1, 192, 192, 3)


def images(n, shape=(120, 200, 3), seed=3):
    """Not of whole numbers: those the network sees are cut off, and 99.9999 is another than 100."""
    return list(np.random.default_rng(seed).uniform(0, 255, (n, *shape)).astype(np.float32))


def check(found, expected, atol):
    assert len(found) == len(expected)
    for pose, other in zip(found, expected, strict=True):
        assert [p.name for p in pose.keypoints] == list(COCO_NAMES)
        assert pose.score == pytest.approx(other["score"], abs=1e-4)
        assert pose.id == other.get("id")
        for point, there in zip(pose.keypoints, other["keypoints"], strict=True):
            assert (point.x, point.y) == pytest.approx((there["x"], there["y"]), abs=atol)
            assert point.score == pytest.approx(there["score"], abs=max(1e-4, atol / 1000))


def compare(files, calls, load=None, atol=0.02, script=ASK, **options):
    """What tfpy and the package give of the same frames."""
    models = {"https://models/x": files}
    expected = ask("pose-detection", script, models, wasm=True, load=load or {}, calls=calls)
    net = MoveNet.load_sync(files, **options)
    found = [net.estimate_sync(tfpy.tensor(x), timestamp=time) for x, time in calls]
    for poses, others in zip(found, expected, strict=True):
        check(poses, others, atol)
    return found


def person(middle=(0.5, 0.5), size=0.5, score=0.9, seed=0):
    """17 rows of y, x, score, upright around a place."""
    x = [0, 1, -1, 2, -2, 3, -3, 4, -4, 4, -4, 2, -2, 2, -2, 2, -2]
    y = [0, -1, -1, -1, -1, 2, 2, 4, 4, 6, 6, 6, 6, 9, 9, 12, 12]
    rows = np.stack([np.array(y) / 14 - 0.45, np.array(x) / 14, np.zeros(17)], 1) * size
    rows += [middle[1], middle[0], score]
    return rows + np.random.default_rng(seed).normal(0, 0.01, rows.shape)


def test_published_graph(models_dir):
    files = topology.files(models_dir / "topology_only" / "movenet_singlepose_lightning", 1)
    found = compare(files, [[f, None] for f in images(2)])
    assert all(found)


def test_published_graph_for_several(models_dir):
    """An early one, which takes images of 320 x 320 pixels and finds ten people."""
    files = topology.files(models_dir / "topology_only" / "movenet_multipose")
    found = compare(
        files,
        [[f, 500 + 33 * k] for k, f in enumerate(images(2, (120, 125, 3)))],
        {"modelType": MANY, "multiPoseMaxDimension": 320, "minPoseScore": 0.43},
        script=ASK_WITH_LOOPS,
        model_type=MANY, multi_pose_max_dimension=320, min_pose_score=0.43,
    )  # fmt: skip
    assert [len(poses) for poses in found] == [6, 3]


@pytest.mark.parametrize("shape", [(120, 200, 3), (200, 120, 3)])
@pytest.mark.parametrize("size", [0.5, 0.15])
def test_single(shape, size):
    """The region follows the person, and points are smoothed as time goes on."""
    files = stand_ins.network(
        SINGLE, {"y": person((0.45, 0.55), size)[None, None]}, gain=1e-4, dtype="DT_INT32"
    )
    calls = [[f, 500 + 33 * k] for k, f in enumerate(images(5, shape))]
    found = compare(files, calls)
    assert all(len(poses) == 1 for poses in found)
    rough = compare(files, calls, {"enableSmoothing": False}, enable_smoothing=False)
    assert rough[4] != found[4]


def test_thunder_and_lost_people():
    hidden = person(score=0.22)
    hidden[5:13, 2] = 0.1  # shoulders to hips
    for rows, load, options in [
        (hidden, {"minPoseScore": 0.05}, {"min_pose_score": 0.05}),
        (hidden, {}, {}),
        (person(score=0.1), {}, {}),
    ]:
        files = stand_ins.network(
            (1, 256, 256, 3), {"y": rows[None, None]}, gain=1e-4, dtype="DT_INT32"
        )
        calls = [[f, None] for f in images(3)]
        kind = "SinglePose.Thunder"
        compare(files, calls, {"modelType": kind, **load}, model_type=kind, **options)


def crowd(people, seed=0):
    """What the model for several people gives, for six of them."""
    random = np.random.default_rng(seed)
    rows = []
    for k in range(6):
        score = 0.8 if k < len(people) else 0.1
        middle, size = people[k] if k < len(people) else ((0.5, 0.5), 0.2)
        points = person(middle, size, score, k)
        top, left = points[:, :2].min(0)
        bottom, right = points[:, :2].max(0)
        rows.append([*points.ravel(), top, left, bottom, right, score + random.normal(0, 0.01)])
    return np.array(rows)[None]


PEOPLE = [((0.25, 0.5), 0.4), ((0.7, 0.4), 0.3), ((0.5, 0.7), 0.25)]
MANY = "MultiPose.Lightning"


@pytest.mark.parametrize("shape", [(120, 200, 3), (210, 95, 3), (64, 64, 3)])
@pytest.mark.parametrize("kind", ["bounding_box", "keypoint"])
def test_several(shape, kind):
    files = stand_ins.network((1, -1, -1, 3), {"y": crowd(PEOPLE)}, gain=2e-5, dtype="DT_INT32")
    calls = [[f, 500 + 33 * k] for k, f in enumerate(images(4, shape))]
    load = {"modelType": MANY, "trackerType": {"bounding_box": "boundingBox"}.get(kind, kind)}
    found = compare(files, calls, load, model_type=MANY, tracker=kind)
    assert [[p.id for p in poses] for poses in found] == [[1, 2, 3]] * 4
    box = found[0][0].box
    nose = found[0][0]["nose"]
    assert box.x < nose.x < box.x + box.width
    assert box.height == pytest.approx(0.4 * 13 / 14 * shape[0] * 1.2, rel=0.35)


def test_several_larger_and_still():
    files = stand_ins.network((1, -1, -1, 3), {"y": crowd(PEOPLE)}, gain=2e-5, dtype="DT_INT32")
    load = {"modelType": MANY, "multiPoseMaxDimension": 320, "enableTracking": False}
    compare(
        files, [[images(1)[0], None]], load,
        model_type=MANY, multi_pose_max_dimension=320, enable_tracking=False,
    )  # fmt: skip
    # Without times nobody can be followed; the package counts on.
    net = MoveNet.load_sync(files, model_type=MANY)
    for image in images(2):
        assert [p.id for p in net.estimate_sync(image)] == [None] * 3


@pytest.mark.parametrize("kind", ["boundingBox", "keypoint"])
def test_trackers(kind):
    """People who come, go and are forgotten, one frame after another."""
    random = np.random.default_rng(5)
    frames, time = [], 0
    for _ in range(30):
        time += int(random.choice([40, 400, 1200]))
        people = []
        for k in random.permutation(5)[: random.integers(0, 6)]:
            points = person((0.15 + 0.17 * k, 0.5), 0.3, 0.6, k) + random.normal(0, 0.02, (17, 3))
            people.append(points)
        frames.append((time, people))
    script = """
    const found = [];
    const {BoundingBoxTracker, KeypointTracker} = {
      ...require("@tensorflow-models/pose-detection/dist/calculators/bounding_box_tracker"),
      ...require("@tensorflow-models/pose-detection/dist/calculators/keypoint_tracker")};
    const constants = require("@tensorflow-models/pose-detection/dist/movenet/constants");
    const tracker = kind === "keypoint"
      ? new KeypointTracker({...constants.DEFAULT_KEYPOINT_TRACKER_CONFIG, maxTracks: 3})
      : new BoundingBoxTracker({...constants.DEFAULT_BOUNDING_BOX_TRACKER_CONFIG, maxTracks: 3});
    for (const [time, poses] of frames) {
      tracker.apply(poses, time * 1000);
      found.push(poses.map(pose => pose.id));
    }
    return found;
    """
    tracker = TRACKERS[{"boundingBox": "bounding_box"}.get(kind, kind)](max_tracks=3)
    asked, found = [], []
    for time, people in frames:
        poses, tracked = [], []
        for rows in people:
            (top, left), (bottom, right) = rows[:, :2].min(0), rows[:, :2].max(0)
            points = [(x, y, score) for y, x, score in rows.tolist()]
            box = {"xMin": left, "yMin": top, "xMax": right, "yMax": bottom,
                   "width": right - left, "height": bottom - top}  # fmt: skip
            keypoints = [{"x": x, "y": y, "score": score} for x, y, score in points]
            poses.append({"box": {k: float(v) for k, v in box.items()}, "keypoints": keypoints})
            area = Box(left, top, right - left, bottom - top)
            tracked.append(Tracked(points, area, 0.9))
        if poses:  # the package fails where there is nobody
            asked.append([time, poses])
            found.append([p.id for p in tracker(tracked, time / 1000)])
    script = "const require = process.getBuiltinModule('node:module').createRequire(root);" + script
    root = str(Path(__file__).parent.parent / "web" / "package.json")
    assert found == ask("pose-detection", script, kind=kind, frames=asked, root=root)
    assert max(max(ids) for ids in found if ids) > 10


@pytest.mark.parametrize("kind", ["SinglePose.Lightning", MANY])
def test_a_video_that_begins_again(kind):
    """What is followed, smoothed and numbered begins anew when time goes back."""
    many = kind == MANY
    rows = crowd(PEOPLE) if many else person()[None, None]
    files = stand_ins.network(
        (1, -1, -1, 3) if many else SINGLE, {"y": rows}, gain=1e-4, dtype="DT_INT32"
    )
    net = MoveNet.load_sync(files, model_type=kind)
    frames = [(tfpy.tensor(x), 40.0 * k) for k, x in enumerate(images(4))]
    first = [net.estimate_sync(x, timestamp=time) for x, time in frames]
    net.estimate_sync(frames[0][0])  # has no time
    again = [net.estimate_sync(x, timestamp=time) for x, time in frames]
    for one, other in zip(first, again, strict=True):
        assert [p.keypoints for p in one] == [p.keypoints for p in other]
    if many:
        assert [p.id for p in again[-1]] == [4, 5, 6]


def test_still_images_and_reset():
    files = stand_ins.network(
        SINGLE, {"y": person((0.45, 0.55), 0.3)[None, None]}, gain=1e-3, dtype="DT_INT32"
    )
    first, second = images(2)
    net = MoveNet.load_sync(files)
    alone = net.estimate_sync(second)
    net.estimate_sync(first)
    assert net.estimate_sync(second) != alone
    assert net.estimate_sync(second, static_image_mode=True) == alone
    net.reset()
    assert asyncio.run(net.estimate(second)) == alone


@pytest.mark.parametrize("kind", ["SinglePose.Lightning", MANY])
def test_images_at_once(suspending, kind):
    """Two that are waited for at once know nothing of each other."""
    many = kind == MANY
    shape, rows = ((1, -1, -1, 3), crowd(PEOPLE)) if many else (SINGLE, person()[None, None])
    files = stand_ins.network(shape, {"y": rows}, gain=1e-4, dtype="DT_INT32")
    net = MoveNet.load_sync(files, model_type=kind)
    still = {"static_image_mode": True}
    calls = [(x, {"timestamp": 4.0 + k, **still}) for k, x in enumerate(images(2))]
    alone = [net.estimate_sync(x, **options) for x, options in calls]

    async def both():
        return await asyncio.gather(*(net.estimate(x, **options) for x, options in calls))

    found = asyncio.run(both())
    for one, other in zip(found, alone, strict=True):
        assert [p.keypoints for p in one] == [p.keypoints for p in other]
    if many:
        assert [p.id for poses in found for p in poses] == [7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model_type": "Lightning"}, "model_type is one of 'SinglePose.Lightning'"),
        ({"min_pose_score": 2}, "min_pose_score"),
        ({"multi_pose_max_dimension": 100}, "multiple of 32, not 100"),
        ({"multi_pose_max_dimension": 0}, "multi_pose_max_dimension"),
        ({"tracker": "eyes"}, "tracker is one of 'bounding_box', 'keypoint', not 'eyes'"),
    ],
)
def test_bad_options(options, message):
    files = stand_ins.network(SINGLE, {"y": person()[None, None]}, dtype="DT_INT32")
    with pytest.raises(tfpy.ArgumentError, match=message):
        MoveNet.load_sync(files, **options)


def test_another_kind_of_model():
    files = stand_ins.network((1, -1, -1, 3), {"y": crowd(PEOPLE)}, dtype="DT_INT32")
    with pytest.raises(tfpy.ModelFormatError, match="not of this model_type: it gives"):
        MoveNet.load_sync(files).estimate_sync(images(1)[0])
    with pytest.raises(tfpy.ImageError):
        MoveNet.load_sync(files).estimate_sync("photo.jpg")
    with pytest.raises(tfpy.ArgumentError, match=r"MoveNet\.estimate: timestamp"):
        MoveNet.load_sync(files).estimate_sync(images(1)[0], timestamp="now")


@pytest.mark.parametrize("kind", ["SinglePose.Lightning", MANY])
def test_warmup(kind):
    shape = SINGLE if kind != MANY else (1, -1, -1, 3)
    rows = person()[None, None] if kind != MANY else crowd(PEOPLE)
    net = MoveNet.load_sync(
        stand_ins.network(shape, {"y": rows}, dtype="DT_INT32"), model_type=kind
    )
    asyncio.run(net.warmup())
    assert net.estimate_sync(images(1)[0])


def test_no_tensors_are_left():
    files = stand_ins.network(SINGLE, {"y": person()[None, None]}, dtype="DT_INT32")
    net = MoveNet.load_sync(files)
    image = images(1)[0]
    net.estimate_sync(image, timestamp=1.0)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.estimate_sync(image, timestamp=5.0)
    assert tfpy.memory()["num_tensors"] == before
