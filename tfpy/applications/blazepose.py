"""BlazePose: the body of one person, 33 points with depth, in metres too, and its outline.

A detector finds the person; a second network finds the points in that region. In a video the person
is looked for where they were in the frame before, and detected again when they are lost.
V. Bazarevsky et al., "BlazePose", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import dist
from typing import Any

from .. import engine
from ..io.handlers import OnProgress
from ..ops.creation import arange
from ..ops.elementwise import abs as absolute
from ..ops.elementwise import floor, logical_and, maximum, minimum, where
from ..ops.movement import concat, stack
from ..ops.reduce import max as largest
from ..ops.reduce import sum as total
from ..plan.function import function
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .anchors import Detector, sigmoid
from .images import one_image
from .poses import Edges, Pose
from .pretrained import Network, Pretrained, check_outputs, choose, hub, read, run
from .regions import Region, cut_out, placed, put_back, region_by_middle, turned
from .results import Keypoint
from .smoothing import LowPass, OneEuro, Smoother, goes_back, time_of

#: The 33 points, in the network's order.
NAMES = (
    *("nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye"),
    *("right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder"),
    *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky"),
    *("right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip"),
    *("right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel"),
    *("right_heel", "left_foot_index", "right_foot_index"),
)
EDGES: Edges = (
    *((0, 1), (0, 4), (1, 2), (2, 3), (3, 7), (4, 5), (5, 6), (6, 8), (9, 10), (11, 12)),
    *((11, 13), (11, 23), (12, 14), (14, 16), (12, 24), (13, 15), (15, 17), (16, 18), (16, 20)),
    *((15, 19), (15, 21), (16, 22), (17, 19), (18, 20), (23, 25), (23, 24), (24, 26), (25, 27)),
    *((26, 28), (27, 29), (28, 30), (27, 31), (28, 32), (29, 31), (30, 32)),
)
#: Where TF.js publishes the network for the points.
LANDMARKS = {
    kind: hub(f"mediapipe/tfjs-model/blazepose_3d/landmark/{kind}/2")
    for kind in ("lite", "full", "heavy")
}
_DETECTOR = Detector("people", 224, ((8, 2), (16, 2), (32, 6)), 4)
_OUTPUTS = ["ld_3d", "output_poseflag", "activation_heatmap", "world_3d"]
_MASK = "activation_segmentation"
#: The network gives points that only tell where to look next after the named ones.
_SIZE, _ALL, _NEXT = 256, 39, (33, 34)
_MIN_PRESENCE = 0.5
#: Cells of the heatmap around a point that make it more exact, and how sure the best must be.
_REACH, _MIN_CONFIDENCE = 3, 0.5
_SMOOTH_SCORES = 0.1
_SMOOTH_MASK = 0.7

Points = Sequence[Sequence[float]]


class BlazePose(Pretrained):
    """A loaded BlazePose. Make one with `await BlazePose.load()`.

    Attributes:
        detector, landmarks: the networks.
        enable_smoothing, enable_segmentation, smooth_segmentation: as in `load`.
    """

    URLS = {
        "detector": hub("mediapipe/tfjs-model/blazepose_3d/detector/1"),
        "landmarks": LANDMARKS["full"],
    }

    def __init__(
        self,
        detector: Network,
        landmarks: Network,
        enable_smoothing: bool = True,
        enable_segmentation: bool = False,
        smooth_segmentation: bool = True,
    ) -> None:
        self.detector, self.landmarks = detector, landmarks
        self.enable_smoothing = bool(enable_smoothing)
        self.enable_segmentation = bool(enable_segmentation)
        self.smooth_segmentation = bool(smooth_segmentation)
        self._outputs = [*_OUTPUTS, _MASK] if enable_segmentation else _OUTPUTS
        check_outputs("BlazePose", landmarks, self._outputs)
        self.reset()

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        detector_url: Any = None,
        model_type: str = "full",
        enable_smoothing: bool = True,
        enable_segmentation: bool = False,
        smooth_segmentation: bool = True,
        on_progress: OnProgress | None = None,
    ) -> BlazePose:
        """Load BlazePose.

        Args:
            url: the `model.json` of the network that finds the points: a URL or a local folder, as
                in `load_graph_model`; by default TF.js's public one.
            detector_url: that of the network that finds a person.
            model_type: "lite", "full" or "heavy": quicker or more exact points.
            enable_smoothing: make the points of a video's frames steady.
            enable_segmentation: find the person's outline too.
            smooth_segmentation: make it steady: where it is unsure it stays as it was.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a type that is not there, what `load_graph_model` does, and
        `ModelFormatError` for networks without what is needed.
        """
        if url is None:
            url = choose("BlazePose", "model_type", model_type, LANDMARKS)
        return await cls.load_networks(
            {"detector": detector_url, "landmarks": url},
            on_progress,
            enable_smoothing=enable_smoothing,
            enable_segmentation=enable_segmentation,
            smooth_segmentation=smooth_segmentation,
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        detector_url: Any,
        enable_smoothing: bool = True,
        enable_segmentation: bool = False,
        smooth_segmentation: bool = True,
        on_progress: OnProgress | None = None,
    ) -> BlazePose:
        """`load` for local folders, without await."""
        return cls.load_networks_sync(
            {"detector": detector_url, "landmarks": path},
            on_progress,
            enable_smoothing=enable_smoothing,
            enable_segmentation=enable_segmentation,
            smooth_segmentation=smooth_segmentation,
        )

    async def estimate(
        self,
        image: Any,
        *,
        timestamp: float | None = None,
        flip_horizontal: bool = False,
        static_image_mode: bool = False,
    ) -> list[Pose]:
        """The person in an image, or in the next frame of a video; an empty list for nobody.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            timestamp: when it was taken, in milliseconds; of a page's video by default its time.
                Without one points are not smoothed, but the person is still looked for where they
                were in the image before.
            flip_horizontal: mirror the image first, as for a camera that shows oneself.
            static_image_mode: the image is not of the same video as the one before; nor is one of
                an earlier time.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._estimate(AWAITING, image, timestamp, flip_horizontal, static_image_mode)

    def estimate_sync(
        self,
        image: Any,
        *,
        timestamp: float | None = None,
        flip_horizontal: bool = False,
        static_image_mode: bool = False,
    ) -> list[Pose]:
        """The same as `estimate`; blocks until the result is computed."""
        return run_blocking(
            self._estimate(BLOCKING, image, timestamp, flip_horizontal, static_image_mode)
        )

    def reset(self) -> None:
        """Forget where the person was: another video begins."""
        # Another object: a frame that is still waited for writes to its own video.
        self._video = _Video()

    def dispose(self) -> None:
        """Free the weights now, and the outline of the last frame."""
        super().dispose()
        self.reset()

    async def _estimate(
        self,
        wait: Blocking,
        image: Any,
        timestamp: float | None,
        flip: bool,
        static_image_mode: bool,
    ) -> list[Pose]:
        x = one_image("BlazePose.estimate", image, mirrored=flip)
        time = time_of("BlazePose.estimate", image, timestamp)
        if static_image_mode or goes_back(time, self._video.time):
            self.reset()
        video = self._video
        if time is not None:
            video.time = time
        region = video.region
        if region is None:
            found = await _DETECTOR.find(wait, self.detector, x, 1)
            if not found:
                video.forget()
                return []
            middle, edge = found[0].points[:2]
            region = region_by_middle(middle, edge, 1.25)
        return await self._in_region(wait, x, region, video, time)

    async def _in_region(
        self, wait: Blocking, x: Tensor, region: Region, video: _Video, time: float | None
    ) -> list[Pose]:
        seen = cut_out(x, region, _SIZE, (0.0, 1.0))
        points, presence, heatmap, world, *masks = await run(
            wait, self.landmarks, seen, self._outputs
        )
        numbers, score, in_metres = await read(wait, _refined(points, heatmap), presence, world)
        if not score[0] >= _MIN_PRESENCE:
            video.forget()
            return []
        width = len(numbers) // _ALL
        places: Points = placed(numbers, width, region, _SIZE)
        scores = [sigmoid(numbers[k * width + 3]) for k in range(len(NAMES))]
        metres = _world(in_metres, region.rotation)
        following: Points = [places[k] for k in _NEXT]
        if time is not None and self.enable_smoothing:
            # What speed is measured by: the region before it grows.
            size = 2 * dist(following[0][:2], following[1][:2])
            places = video.points(places[: len(NAMES)], time, size)
            following = video.next(following, time, size)
            metres = video.world(metres, time)
            scores = [f(s, _SMOOTH_SCORES) for f, s in zip(video.scores, scores, strict=True)]
        video.region = region_by_middle(following[0], following[1], 1.25)
        mask = self._outline(masks[0], region, x.shape, video) if masks else None
        return [
            Pose(
                _named(places, scores),
                score[0],
                keypoints_3d=_named(metres, scores),
                mask=mask,
                edges=EDGES,
            )
        ]

    def _outline(
        self, found: Tensor, region: Region, shape: Sequence[int], video: _Video
    ) -> Tensor:
        """Where the person is in the image, smoothed with where they were in the last frame."""
        mask = put_back(found, region, shape[1], shape[2]).reshape(shape[1:3])
        if not self.smooth_segmentation:
            return mask
        before = video.mask
        if before is not None and before.shape == mask.shape:
            mask = _smooth_mask(mask, before)
        # One of its own: the pose's may be disposed before the next frame.
        video.mask = engine.keep(mask.clone())
        return mask


class _Video:
    """What is known of a video: when its last frame was, where the person was, and filters."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The person is lost."""
        self.time: float | None = None
        self.region: Region | None = None
        self.mask: Tensor | None = None
        self.points = Smoother(OneEuro(0.05, 80.0))
        # Steadier than the points that are seen, so that the region rests when the person does.
        self.next = Smoother(OneEuro(0.01, 10.0))
        self.world = Smoother(OneEuro(0.1, 40.0))
        self.scores = [LowPass() for _ in NAMES]


def _named(places: Points, scores: Sequence[float]) -> list[Keypoint]:
    return [
        Keypoint(x, y, score, name, z)
        for (x, y, z), score, name in zip(places, scores, NAMES, strict=False)
    ]


def _world(values: Sequence[float], rotation: float) -> list[tuple[float, ...]]:
    """The points in metres, turned back as the region was."""
    width = len(values) // _ALL
    return [
        (*turned(values[k], values[k + 1], rotation), values[k + 2])
        for k in range(0, len(NAMES) * width, width)
    ]


@function
def _refined(points: Tensor, heatmap: Tensor) -> Tensor:
    """The points, (39, numbers), moved to the middle of the heatmap's values around them where one
    of these is high enough. On the device, as a plan: the heatmap has 160 000 numbers."""
    _, rows, columns, count = heatmap.shape
    numbers = points.reshape((count, -1))
    heat = heatmap.reshape((rows, columns, count))
    x, y = numbers[:, 0] * (columns / _SIZE), numbers[:, 1] * (rows / _SIZE)
    down, across = arange(rows, dtype="float32"), arange(columns, dtype="float32")
    near = logical_and(
        absolute(down.reshape((-1, 1, 1)) - _cell(y, rows)) <= _REACH,
        absolute(across.reshape((-1, 1)) - _cell(x, columns)) <= _REACH,
    )
    weights = where(near, heat, 0.0)
    weight = total(weights, (0, 1))
    sure = largest(weights, (0, 1)) >= _MIN_CONFIDENCE
    divisor = where(sure, weight, 1.0)
    middle_x = total(weights * across.reshape((-1, 1)), (0, 1)) / divisor * (_SIZE / columns)
    middle_y = total(weights * down.reshape((-1, 1, 1)), (0, 1)) / divisor * (_SIZE / rows)
    moved = stack([where(sure, middle_x, numbers[:, 0]), where(sure, middle_y, numbers[:, 1])], 1)
    return concat([moved, numbers[:, 2:]], 1)


def _cell(at: Tensor, count: int) -> Tensor:
    """The cells that places are in, rounded to zero as in the graph; far away for those outside."""
    return where(logical_and(at > -1.0, at < count), maximum(floor(at), 0.0), -1000.0)


@function
def _smooth_mask(mask: Tensor, before: Tensor) -> Tensor:
    """A mask nearer to the one before where it is unsure: by MediaPipe's polynomial in its value
    for 1 - (1 - H)^2, where H is the value's entropy in bits."""
    x = (mask - 0.5) * (mask - 0.5)
    y = x * (5.68842 + x * (-0.748699 + x * (-57.8051 + x * (291.309 - 624.717 * x))))
    return mask + (before - mask) * ((1.0 - minimum(y, 1.0)) * _SMOOTH_MASK)
