"""MoveNet: the bodies of one person or of up to six, 17 points each, quick enough for any video.

The models for one person look at a square region, which follows the person from frame to frame.
That for several looks at the whole image; `Tracker` tells which person is which.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from copy import copy
from math import ceil, floor
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import int32
from ..errors import ArgumentError, ModelFormatError
from ..graphs.model import GraphModel
from ..io.handlers import OnProgress
from ..ops.creation import tensor, zeros
from ..ops.image import crop_and_resize, resize_bilinear
from ..ops.movement import pad
from ..spec import number, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import one_image
from .poses import COCO_NAMES, Pose
from .pretrained import Network, Pretrained, choose, hub, read, run_for_one
from .results import Box, Keypoint
from .smoothing import LowPass, OneEuro, Smoother, goes_back, time_of
from .tracking import TRACKERS, Tracked, Tracker

#: Where TF.js publishes each model.
MODELS = {
    "SinglePose.Lightning": hub("google/tfjs-model/movenet/singlepose/lightning/4"),
    "SinglePose.Thunder": hub("google/tfjs-model/movenet/singlepose/thunder/4"),
    "MultiPose.Lightning": hub("google/tfjs-model/movenet/multipose/lightning/1"),
}
_SIZES = {"SinglePose.Lightning": 192, "SinglePose.Thunder": 256, "MultiPose.Lightning": None}
_POINTS = len(COCO_NAMES)
_SMOOTH = OneEuro(2.5, 300.0, 2.5, threshold=0.5, threshold_beta=5.0)
_SMOOTH_REGION = 0.9
#: How sure points must be to tell where to look next.
_MIN_SCORE = 0.2
_SHOULDERS, _HIPS = (5, 6), (11, 12)

#: A point: x and y in shares of the image, and its score.
Point = tuple[float, float, float]


class MoveNet(Pretrained):
    """A loaded MoveNet. Make one with `await MoveNet.load()`.

    Attributes:
        model: the network.
        enable_smoothing, min_pose_score, multi_pose_max_dimension: as in `load`.
    """

    URLS = {"model": MODELS["SinglePose.Lightning"]}

    def __init__(
        self,
        model: Network,
        model_type: str = "SinglePose.Lightning",
        enable_smoothing: bool = True,
        min_pose_score: float = 0.25,
        multi_pose_max_dimension: int = 256,
        enable_tracking: bool = True,
        tracker: str = "bounding_box",
    ) -> None:
        self.model = model
        self._size: int | None = choose("MoveNet", "model_type", model_type, _SIZES)
        self.enable_smoothing = bool(enable_smoothing)
        self.min_pose_score = number(min_pose_score, "MoveNet: min_pose_score", 0.0, 1.0)
        self.multi_pose_max_dimension = positive(
            multi_pose_max_dimension, "MoveNet: multi_pose_max_dimension"
        )
        if self.multi_pose_max_dimension % 32:
            raise ArgumentError(
                "MoveNet: multi_pose_max_dimension is a multiple of 32, not "
                f"{multi_pose_max_dimension}"
            )
        kind = choose("MoveNet", "tracker", tracker, TRACKERS)
        self._tracker = kind() if enable_tracking else None
        self.reset()

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        model_type: str = "SinglePose.Lightning",
        enable_smoothing: bool = True,
        min_pose_score: float = 0.25,
        multi_pose_max_dimension: int = 256,
        enable_tracking: bool = True,
        tracker: str = "bounding_box",
        on_progress: OnProgress | None = None,
    ) -> MoveNet:
        """Load a MoveNet.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one for the type.
            model_type: "SinglePose.Lightning", quick; "SinglePose.Thunder", more exact; or
                "MultiPose.Lightning" for up to six people.
            enable_smoothing: make the points of a video's frames steady; of several people only
                with tracking.
            min_pose_score: how sure the network must be of a person.
            multi_pose_max_dimension: for several people, the longer side that images are brought
                to, a multiple of 32: more finds smaller people and takes longer.
            enable_tracking: for several people in a video, tell which is which by `Pose.id`.
            tracker: by what: "bounding_box" or "keypoint".
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for an option that is not there, and what `load_graph_model` does.
        """
        where = choose("MoveNet", "model_type", model_type, MODELS) if url is None else url
        return await cls.load_networks(
            {"model": where},
            on_progress,
            model_type=model_type,
            enable_smoothing=enable_smoothing,
            min_pose_score=min_pose_score,
            multi_pose_max_dimension=multi_pose_max_dimension,
            enable_tracking=enable_tracking,
            tracker=tracker,
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        model_type: str = "SinglePose.Lightning",
        enable_smoothing: bool = True,
        min_pose_score: float = 0.25,
        multi_pose_max_dimension: int = 256,
        enable_tracking: bool = True,
        tracker: str = "bounding_box",
        on_progress: OnProgress | None = None,
    ) -> MoveNet:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync(
            {"model": path},
            on_progress,
            model_type=model_type,
            enable_smoothing=enable_smoothing,
            min_pose_score=min_pose_score,
            multi_pose_max_dimension=multi_pose_max_dimension,
            enable_tracking=enable_tracking,
            tracker=tracker,
        )

    async def estimate(
        self, image: Any, *, timestamp: float | None = None, static_image_mode: bool = False
    ) -> list[Pose]:
        """The people in an image, or in the next frame of a video.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            timestamp: when it was taken, in milliseconds; of a page's video by default its time.
                Without one people are neither tracked nor their points smoothed, but a single
                person is still looked for where they were in the image before.
            static_image_mode: the image is not of the same video as the one before; nor is one of
                an earlier time.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._estimate(AWAITING, image, timestamp, static_image_mode)

    def estimate_sync(
        self, image: Any, *, timestamp: float | None = None, static_image_mode: bool = False
    ) -> list[Pose]:
        """The same as `estimate`; blocks until the result is computed."""
        return run_blocking(self._estimate(BLOCKING, image, timestamp, static_image_mode))

    def reset(self) -> None:
        """Forget where people were: another video begins."""
        # Another object: a frame that is still waited for writes to its own video.
        self._video = _Video(self._tracker)

    def _input_shapes(self) -> list[Any]:
        # Of several people the input's size depends on the image; most are from a camera, 4 : 3.
        side = self.multi_pose_max_dimension
        shape = (self._size, self._size) if self._size else (ceil(side * 3 / 128) * 32, side)
        return [(1, *shape, 3)]

    async def _estimate(
        self, wait: Blocking, image: Any, timestamp: float | None, static_image_mode: bool
    ) -> list[Pose]:
        x = one_image("MoveNet.estimate", image)
        time = time_of("MoveNet.estimate", image, timestamp)
        if static_image_mode or goes_back(time, self._video.time):
            self.reset()
        video = self._video
        if time is not None:
            video.time = time
        if self._size is None:
            return await self._several(wait, x, video, time)
        return await self._single(wait, x, self._size, video, time)

    async def _run(self, wait: Blocking, x: Tensor, shape: tuple[int, ...]) -> list[float]:
        """The numbers the network gives for an image of whole numbers."""
        x = engine.cast_to(x, int32)
        if isinstance(self.model, GraphModel) and self.model.inputs[0].dtype is not None:
            x = engine.cast_to(x, self.model.inputs[0].dtype)
        found = await run_for_one("MoveNet", wait, self.model, x)
        if len(found.shape) != len(shape) or any(
            n not in (m, -1) for m, n in zip(found.shape, shape, strict=True)
        ):
            raise ModelFormatError(
                f"MoveNet: the model is not of this model_type: it gives {found.shape}"
            )
        return (await read(wait, found))[0].tolist()

    # --------------------------------------------------------------------------- one person

    async def _single(
        self, wait: Blocking, x: Tensor, size: int, video: _Video, time: float | None
    ) -> list[Pose]:
        _, height, width, _ = x.shape
        region = video.region or _inner_square(height, width)
        top, left, bottom, right = region
        seen = crop_and_resize(x, tensor([region]), zeros((1,), int32), (size, size))
        values = await self._run(wait, seen, (1, 1, _POINTS, 3))
        points = [
            (left + values[k + 1] * (right - left), top + values[k] * (bottom - top), values[k + 2])
            for k in range(0, 3 * _POINTS, 3)
        ]
        sure = [p[2] for p in points if p[2] > _MIN_SCORE]
        score = sum(sure) / len(sure) if sure else 0.0
        if score < self.min_pose_score:
            video.forget()
            return []
        if time is not None and self.enable_smoothing:
            points = _smoothed(video.smoother, points, time)
        following = _next_square(points, height, width)
        video.region = _Square(
            *(f(n, _SMOOTH_REGION) for f, n in zip(video.edges, following, strict=True))
        )
        return [Pose(_keypoints(points, height, width), score)]

    # --------------------------------------------------------------------------- several people

    async def _several(
        self, wait: Blocking, x: Tensor, video: _Video, time: float | None
    ) -> list[Pose]:
        _, height, width, _ = x.shape
        side = self.multi_pose_max_dimension
        longer = max(height, width)
        inner = [max(floor(side * n / longer + 0.5), 1) for n in (height, width)]
        outer = [ceil(n / 32) * 32 for n in inner]
        seen = pad(
            resize_bilinear(x, inner),
            [(0, 0), (0, outer[0] - inner[0]), (0, outer[1] - inner[1]), (0, 0)],
        )
        values = await self._run(wait, seen, (1, -1, 3 * _POINTS + 5))
        down, across = outer[0] / inner[0], outer[1] / inner[1]
        people = []
        for at in range(0, len(values), 3 * _POINTS + 5):
            numbers, edges = values[at : at + 3 * _POINTS], values[at + 3 * _POINTS :]
            if edges[4] >= self.min_pose_score:
                points = [
                    (numbers[k + 1] * across, numbers[k] * down, numbers[k + 2])
                    for k in range(0, len(numbers), 3)
                ]
                top, left, bottom, right = edges[:4]
                box = Box(left * across, top * down, (right - left) * across, (bottom - top) * down)
                people.append(Tracked(points, box, edges[4]))
        if video.tracker and time is not None:
            people = video.tracker(people, time)
            if self.enable_smoothing:
                people = video.steady(people, video.tracker.ids(), time)
        return [
            Pose(_keypoints(p.points, height, width), p.score, _scaled(p.box, height, width), p.id)
            for p in people
        ]


class _Video:
    """What is known of a video: when its last frame was, where people were, and filters."""

    def __init__(self, tracker: Tracker | None) -> None:
        self.tracker = copy(tracker)
        self.forget()

    def forget(self) -> None:
        """Everyone is lost; the tracker's numbers go on."""
        self.time: float | None = None
        self.region: _Square | None = None
        self.edges = [LowPass() for _ in range(4)]
        self.smoother = Smoother(_SMOOTH)
        self.smoothers: dict[int, Smoother] = {}
        if self.tracker:
            self.tracker.reset()

    def steady(self, people: Sequence[Tracked], known: Set[int], time: float) -> list[Tracked]:
        """The people with their points smoothed, each by filters of their own."""
        self.smoothers = {k: f for k, f in self.smoothers.items() if k in known}
        steady = []
        for person in people:
            smoother = self.smoothers.setdefault(person.id or 0, Smoother(_SMOOTH))
            steady.append(person._replace(points=_smoothed(smoother, person.points, time)))
        return steady


def _keypoints(points: Sequence[Point], height: int, width: int) -> list[Keypoint]:
    return [
        Keypoint(x * width, y * height, score, name)
        for (x, y, score), name in zip(points, COCO_NAMES, strict=True)
    ]


def _scaled(box: Box, height: int, width: int) -> Box:
    return Box(box.x * width, box.y * height, box.width * width, box.height * height)


def _smoothed(smoother: Smoother, points: Sequence[Point], time: float) -> list[Point]:
    places = smoother([p[:2] for p in points], time)
    return [(x, y, p[2]) for (x, y), p in zip(places, points, strict=True)]


# ----------------------------------------------------------------------------------- the region


class _Square(NamedTuple):
    """What is looked at, square in pixels: its edges in shares of the image."""

    top: float
    left: float
    bottom: float
    right: float


def _square(x: float, y: float, half: float, height: int, width: int) -> _Square:
    return _Square((y - half) / height, (x - half) / width, (y + half) / height, (x + half) / width)


def _inner_square(height: int, width: int) -> _Square:
    """The middle of the image, where to look first."""
    return _square(width / 2, height / 2, min(height, width) / 2, height, width)


def _next_square(points: Sequence[Point], height: int, width: int) -> _Square:
    """Where to look next: around the hips with all that is sure, or all of the image."""
    whole = _square(width / 2, height / 2, max(height, width) / 2, height, width)
    if not all(any(points[k][2] > _MIN_SCORE for k in pair) for pair in (_SHOULDERS, _HIPS)):
        return whole
    places = [(x * width, y * height) for x, y, _ in points]
    x, y = ((a + b) / 2 for a, b in zip(*(places[k] for k in _HIPS), strict=True))
    torso = [places[k] for k in (*_SHOULDERS, *_HIPS)]
    sure = [place for place, point in zip(places, points, strict=True) if point[2] >= _MIN_SCORE]
    half = max(
        1.9 * max(max(abs(a - x), abs(b - y)) for a, b in torso),
        1.2 * max(max(abs(a - x), abs(b - y)) for a, b in sure),
    )
    half = min(half, max(x, width - x, y, height - y))
    return whole if half > max(height, width) / 2 else _square(x, y, half, height, width)
