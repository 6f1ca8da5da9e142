"""BlazePose against TF.js's package: the points with their weights, the detector made up."""

import asyncio
import gc

import numpy as np
import pytest
from PIL import Image

import tfpy
from tests import photos, stand_ins
from tests.oracle.packages import ask
from tfpy.applications import BlazePose
from tfpy.applications.anchors import anchors
from tfpy.applications.blazepose import NAMES

ASK = """
const net = await lib.createDetector(lib.SupportedModels.BlazePose, {
  runtime: "tfjs", modelType: "lite", detectorModelUrl: "https://models/d/model.json",
  landmarkModelUrl: "https://models/l/model.json", ...load});
const found = [];
for (const [image, time] of calls) {
  const poses = await net.estimatePoses(image, {}, time);
  for (const pose of poses)
    if (pose.segmentation) {
      const mask = await pose.segmentation.mask.toTensor();
      // Smoothed masks are changed by later calls.
      pose.mask = mask.clone();
      delete pose.segmentation;
    }
  found.push(poses);
}
return found;
"""


def detector(middle=(0.5, 0.6), edge=(0.45, 0.1), score=3.0):
    """A network that finds one person, by the middle of the hips and a point above the head."""
    spread = np.array(anchors(224, ((8, 2), (16, 2), (32, 6))))
    values = np.zeros((1, len(spread), 13), np.float32)
    values[..., 0] = -6
    k = np.abs(spread - middle).sum(1).argmin()
    points = (np.array([middle, edge, middle, edge]) - spread[k]) * 224
    values[0, k] = [score, 0, 0, 100, 100, *points.ravel()]
    return stand_ins.network((-1, 224, 224, 3), {"Identity": values}, gain=0.001)


def landmarks(seed=0):
    """A network with points anywhere, also outside, and a heatmap with peaks at some of them."""
    random = np.random.default_rng(seed)
    points = random.normal(0, 2, (39, 5))
    points[:, :2] = random.uniform(-20, 250, (39, 2))
    points[33, :2], points[34, :2] = (120, 140), (110, 20)
    heat = random.uniform(0, 0.4, (1, 64, 64, 39))
    for k in range(0, 39, 2):
        x, y = np.clip(points[k, :2] / 4 + random.normal(0, 2, 2), 0, 63).astype(int)
        heat[0, y, x, k] = 0.9
    return stand_ins.network((-1, 256, 256, 3), {
        "ld_3d": points.reshape(1, -1), "output_poseflag": [[0.9]],
        "activation_heatmap": heat, "world_3d": random.normal(0, 1, (1, 117)),
        "activation_segmentation": random.uniform(0, 1, (1, 256, 256, 1)),
    }, gain=0.002)  # fmt: skip


def check(found, expected, atol, score_tolerance=1e-3, width=1):
    """`width` is that of the image where the package has multiplied depths by it once too often: it
    smooths them in pixels, and takes the result for shares."""
    assert len(found) == len(expected)
    for pose, other in zip(found, expected, strict=True):
        assert pose.score == pytest.approx(other["score"], abs=1e-3)
        assert [p.name for p in pose.keypoints] == list(NAMES)
        for points, there, tolerance in [
            (pose.keypoints, other["keypoints"], atol),
            (pose.keypoints_3d, other["keypoints3D"], atol / 100),
        ]:
            for point, near in zip(points, there, strict=True):
                depth = near["z"] / width if points is pose.keypoints else near["z"]
                place = (near["x"], near["y"], depth)
                assert (point.x, point.y, point.z) == pytest.approx(place, abs=tolerance)
                if score_tolerance:
                    assert point.score == pytest.approx(near["score"], abs=score_tolerance)
        if pose.mask is not None:
            mask = other["mask"]
            assert mask.shape == (*pose.mask.shape, 4)
            np.testing.assert_allclose(pose.mask.numpy(), mask[..., 0], atol=atol / 50)


def both(detect, marks, calls, load, **options):
    """What the package gives, and what tfpy does."""
    expected = ask("pose-detection", ASK, {"https://models/d": detect, "https://models/l": marks},
                   wasm=True, calls=calls, load=load)  # fmt: skip
    net = BlazePose.load_sync(marks, detector_url=detect, **options)
    return expected, [net.estimate_sync(x, timestamp=time) for x, time in calls]


def test_photo(models_dir):
    """A still image and the next frames of a video, with the outline."""
    image = photos.pixels(models_dir, "astronaut_256.png")
    frames = [np.asarray(Image.fromarray(image).rotate(3 * k), np.int32) for k in range(3)]
    expected, found = both(
        detector(), models_dir / "blazepose_lite", [[f, None] for f in frames],
        {"enableSegmentation": True}, enable_segmentation=True,
    )  # fmt: skip
    for poses, others in zip(found, expected, strict=True):
        check(poses, others, 0.5)
    ((pose,), *_) = found
    assert (pose["nose"].x, pose["nose"].y) == pytest.approx((111, 62), abs=6)
    mask = pose.mask.numpy()
    assert mask[100:200, 90:130].mean() > 0.9
    assert mask[:40, 200:].mean() < 0.2


@pytest.mark.parametrize("smooth", [False, True])
def test_decoding(smooth):
    random = np.random.default_rng(3)
    frames = [random.integers(0, 256, (120, 200, 3), np.int32) for _ in range(4)]
    calls = [[f, 1000 + 40 * k] for k, f in enumerate(frames)]
    load = {"enableSmoothing": smooth, "enableSegmentation": True, "smoothSegmentation": smooth}
    expected, found = both(
        detector(), landmarks(), calls, load,
        enable_smoothing=smooth, enable_segmentation=True, smooth_segmentation=smooth,
    )  # fmt: skip
    for k, (poses, others) in enumerate(zip(found, expected, strict=True)):
        # The package smooths scores twice per frame with the same filter, those of the points and
        # then those in metres, and throws the second away.
        check(poses, others, 0.02, None if smooth and k else 1e-3, 200 if smooth else 1)


def test_nobody():
    blank = np.zeros((50, 40, 3), np.int32)
    nobody = stand_ins.network((-1, 256, 256, 3), {
        "ld_3d": np.zeros((1, 195)), "output_poseflag": [[0.1]],
        "activation_heatmap": np.zeros((1, 64, 64, 39)), "world_3d": np.zeros((1, 117)),
    })  # fmt: skip
    for detect, marks in [(detector(score=-3.0), landmarks()), (detector(), nobody)]:
        expected, found = both(detect, marks, [[blank, None]] * 2, {})
        assert expected == found == [[], []]


def test_a_person_of_no_size():
    """Both points of the detector in one place: a region of a pixel."""
    net = BlazePose.load_sync(
        landmarks(), detector_url=detector((0.5, 0.5), (0.5, 0.5)), enable_segmentation=True
    )
    (pose,) = net.estimate_sync(np.zeros((50, 40, 3), np.int32))
    assert pose.mask.shape == (50, 40)
    # Its mask may be disposed before the next frame.
    pose.mask.dispose()
    assert net.estimate_sync(np.zeros((50, 40, 3), np.int32))


def test_still_images_and_reset():
    random = np.random.default_rng(3)
    first, second = random.integers(0, 256, (2, 90, 90, 3), np.int32)
    net = BlazePose.load_sync(landmarks(), detector_url=detector())
    alone = net.estimate_sync(second)
    net.reset()
    net.estimate_sync(first)
    assert net.estimate_sync(second) != alone
    assert net.estimate_sync(second, static_image_mode=True) == alone
    net.reset()
    assert asyncio.run(net.estimate(second)) == alone
    mirrored = net.estimate_sync(second[:, ::-1], static_image_mode=True, flip_horizontal=True)
    assert mirrored == alone


def test_images_at_once(suspending):
    """Two that are waited for at once know nothing of each other, nor of a reset meanwhile."""
    first, second = np.random.default_rng(3).integers(0, 256, (2, 90, 90, 3), np.int32)
    net = BlazePose.load_sync(landmarks(), detector_url=detector(), enable_segmentation=True)
    still = {"static_image_mode": True}
    alone = [net.estimate_sync(x, timestamp=5.0, **still) for x in (first, second)]

    async def both():
        one = net.estimate(first, timestamp=4.0, **still)
        return await asyncio.gather(one, net.estimate(second, timestamp=5.0, **still))

    for (pose,), (other,) in zip(asyncio.run(both()), alone, strict=True):
        assert pose == other
        np.testing.assert_array_equal(pose.mask, other.mask)

    async def reset_meanwhile():
        frame = asyncio.ensure_future(net.estimate(first))
        await asyncio.sleep(0)
        net.reset()
        await frame
        return await net.estimate(second, timestamp=5.0)

    assert asyncio.run(reset_meanwhile()) == alone[1]


def test_a_video_that_begins_again():
    """Also where a frame without a time was between."""
    first, second = np.random.default_rng(3).integers(0, 256, (2, 90, 90, 3), np.int32)
    net = BlazePose.load_sync(landmarks(), detector_url=detector())
    alone = net.estimate_sync(first, timestamp=0.0)
    net.estimate_sync(second, timestamp=40.0)
    net.estimate_sync(second)
    assert net.estimate_sync(first, timestamp=0.0) == alone


def test_bad_calls(models_dir):
    names = ("ld_3d", "output_poseflag", "activation_heatmap", "world_3d")
    without = stand_ins.network((1, 256, 256, 3), {name: [[0.0]] for name in names})
    with pytest.raises(tfpy.ModelFormatError, match="has no output activation_segmentation"):
        BlazePose.load_sync(without, detector_url=detector(), enable_segmentation=True)
    with pytest.raises(tfpy.ModelFormatError, match="BlazePose: the model has no output ld_3d"):
        BlazePose.load_sync(models_dir / "blazeface", detector_url=detector())
    with pytest.raises(tfpy.ArgumentError, match="model_type is one of 'lite', 'full', 'heavy'"):
        asyncio.run(BlazePose.load(model_type="huge"))
    net = BlazePose.load_sync(models_dir / "blazepose_lite", detector_url=models_dir / "blazeface")
    with pytest.raises(tfpy.ShapeError, match="takes shape"):
        net.estimate_sync(np.zeros((8, 8, 3), np.int32))
    wrong = stand_ins.network((1, 224, 224, 3), {"y": np.zeros((1, 9, 13))})
    net = BlazePose.load_sync(models_dir / "blazepose_lite", detector_url=wrong)
    with pytest.raises(tfpy.ModelFormatError, match="not a detector of people: it gives"):
        net.estimate_sync(np.zeros((8, 8, 3), np.int32))


def test_no_tensors_are_left():
    net = BlazePose.load_sync(landmarks(), detector_url=detector(), enable_segmentation=True)
    image = np.zeros((40, 40, 3), np.int32)
    net.estimate_sync(image)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    net.estimate_sync(image, timestamp=5.0)
    assert tfpy.memory()["num_tensors"] == before
