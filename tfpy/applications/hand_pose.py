"""HandPose: the hands in an image, 21 points each, in metres too, and which hand it is.

A detector finds palms; a second network finds the points in each. In a video the hands of a frame
are looked for where they were in the one before, and detected again only when some are missing.
F. Zhang et al., "MediaPipe Hands", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

from ..errors import ModelFormatError
from ..io.handlers import OnProgress
from ..spec import positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .anchors import Detection, Detector
from .drawing import COLORS
from .images import one_image
from .pretrained import Network, Pretrained, check_outputs, choose, hub, read, run
from .regions import (
    Place,
    Region,
    Video,
    box_around,
    cut_out,
    leaning,
    placed,
    region_of,
    turned,
    without_overlaps,
)
from .results import Keypoint, Keypoints, draw_keypoints

_FINGERS = ("index_finger", "middle_finger", "ring_finger", "pinky_finger")
#: The 21 points, in the network's order.
NAMES = (
    *("wrist", "thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip"),
    *(f"{finger}_{joint}" for finger in _FINGERS for joint in ("mcp", "pip", "dip", "tip")),
)
#: From the wrist along each finger.
EDGES = [(k - 1 if k % 4 != 1 else 0, k) for k in range(1, len(NAMES))]
#: Where TF.js publishes the networks, by `model_type`.
MODELS = {
    kind: {
        "detector": hub(f"mediapipe/tfjs-model/handpose_3d/detector/{kind}/1"),
        "landmarks": hub(f"mediapipe/tfjs-model/handpose_3d/landmark/{kind}/1"),
    }
    for kind in ("lite", "full")
}
_DETECTOR = Detector("palms", 192, ((8, 2), (16, 6)), 7, low=0.0)
#: Points in the region, whether there is a hand, which one, points in metres.
_OUTPUTS = ["Identity_2:0", "Identity_1:0", "Identity:0", "Identity_3:0"]
_COUNTS = [3 * len(NAMES), 1, 1, 3 * len(NAMES)]
_SIZE = 224
_MIN_PRESENCE = 0.5
#: Depths are in another scale than x.
_DEPTH = 1 / 0.4
#: Points that stay together when fingers move: of these the next region is made.
_PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
_INDEX, _MIDDLE, _RING = 5, 9, 13


@dataclass(frozen=True)
class Hand(Keypoints):
    """One hand; `hand["thumb_tip"]` is a point by its name.

    Attributes:
        keypoints: its 21 points, in pixels of the image.
        keypoints_3d: the same in metres around the middle of the hand.
        handedness: "Left" or "Right", of a person who looks into the camera as into a mirror: for
            what was not mirrored, the other.
        score: how sure the model is that this is a hand, from 0 to 1.
    """

    keypoints: Sequence[Keypoint]
    keypoints_3d: Sequence[Keypoint]
    handedness: str
    score: float

    def draw(self, canvas: Any) -> None:
        """Draw the points and fingers over the image on `canvas`, in a colour by handedness.

        Args:
            canvas: a canvas of a page or a PIL image, of the image's size.
        """
        color = COLORS[self.handedness == "Right"]
        draw_keypoints(canvas, self.keypoints, EDGES, color=color)


class HandPose(Pretrained):
    """A loaded HandPose. Make one with `await HandPose.load()`.

    Attributes:
        detector, landmarks: the networks.
        max_hands: as in `load`.
    """

    URLS = MODELS["full"]

    def __init__(self, detector: Network, landmarks: Network, max_hands: int = 2) -> None:
        self.detector, self.landmarks = detector, landmarks
        self.max_hands = positive(max_hands, "HandPose: max_hands")
        check_outputs("HandPose", landmarks, _OUTPUTS)
        self.reset()

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        detector_url: Any = None,
        model_type: str = "full",
        max_hands: int = 2,
        on_progress: OnProgress | None = None,
    ) -> HandPose:
        """Load HandPose.

        Args:
            url: the `model.json` of the network that finds the points: a URL or a local folder, as
                in `load_graph_model`; by default TF.js's public one.
            detector_url: that of the network that finds palms.
            model_type: "lite" or "full": quicker or more exact.
            max_hands: how many hands to find at most.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a type that is not there, what `load_graph_model` does, and
        `ModelFormatError` for a network without the points.
        """
        defaults = choose("HandPose", "model_type", model_type, MODELS)
        given = {"detector": detector_url, "landmarks": url}
        urls = {k: defaults[k] if one is None else one for k, one in given.items()}
        return await cls.load_networks(urls, on_progress, max_hands=max_hands)

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        detector_url: Any,
        max_hands: int = 2,
        on_progress: OnProgress | None = None,
    ) -> HandPose:
        """`load` for local folders, without await."""
        urls = {"detector": detector_url, "landmarks": path}
        return cls.load_networks_sync(urls, on_progress, max_hands=max_hands)

    async def estimate(
        self, image: Any, *, flip_horizontal: bool = False, static_image_mode: bool = False
    ) -> list[Hand]:
        """The hands in an image, or in the next frame of a video.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            flip_horizontal: mirror the image first, as for a camera that shows oneself.
            static_image_mode: the image is not of the same video as the one before.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._estimate(AWAITING, image, flip_horizontal, static_image_mode)

    def estimate_sync(
        self, image: Any, *, flip_horizontal: bool = False, static_image_mode: bool = False
    ) -> list[Hand]:
        """The same as `estimate`; blocks until the result is computed."""
        return run_blocking(self._estimate(BLOCKING, image, flip_horizontal, static_image_mode))

    def reset(self) -> None:
        """Forget where hands were: another video begins."""
        self._video = Video()

    async def _estimate(
        self, wait: Blocking, image: Any, flip: bool, static_image_mode: bool
    ) -> list[Hand]:
        x = one_image("HandPose.estimate", image, mirrored=flip)
        if static_image_mode:
            self.reset()
        video = self._video
        regions = video.regions
        if len(regions) < self.max_hands:
            found = await _DETECTOR.find(wait, self.detector, x, self.max_hands)
            regions = [*map(_region, found)]
        regions = without_overlaps(regions)
        hands = [hand for hand in await self._hands(wait, x, regions) if hand is not None]
        video.regions = [_next_region(hand.keypoints) for hand in hands]
        return hands

    async def _hands(
        self, wait: Blocking, x: Tensor, regions: Sequence[Region]
    ) -> list[Hand | None]:
        """The hand in each region, read with one wait for all."""
        if not regions:
            return []
        given: list[Tensor] = []
        for region in regions:
            seen = cut_out(x, region, _SIZE, (0.0, 1.0))
            found = await run(wait, self.landmarks, seen, _OUTPUTS)
            if [y.size for y in found] != _COUNTS:
                shapes = ", ".join(str(y.shape) for y in found)
                raise ModelFormatError(f"not a HandPose: it gives {shapes}")
            given += found
        values = await read(wait, *given)
        return [_hand(region, *values[4 * k : 4 * k + 4]) for k, region in enumerate(regions)]


def _hand(region: Region, points: Any, presence: Any, right: Any, metres: Any) -> Hand | None:
    if not presence[0] >= _MIN_PRESENCE:
        return None
    places = [
        Keypoint(x, y, name=name, z=z * _DEPTH)
        for name, (x, y, z) in zip(NAMES, placed(points, 3, region, _SIZE), strict=True)
    ]
    rows = (metres[k : k + 3] for k in range(0, 3 * len(NAMES), 3))
    in_metres = [
        Keypoint(*turned(x, y, region.rotation), name=name, z=z)
        for name, (x, y, z) in zip(NAMES, rows, strict=True)
    ]
    return Hand(places, in_metres, "Left" if right[0] >= 0.5 else "Right", presence[0])


def _region(palm: Detection) -> Region:
    wrist, middle = palm.points[0], palm.points[2]
    return region_of(palm.box, leaning(wrist, middle, pi / 2)).grown(2.6, -0.5)


def _next_region(points: Sequence[Keypoint]) -> Region:
    """Around the palm, turned as it is."""
    places = [(p.x, p.y) for p in points]
    index, middle, ring = (places[k] for k in (_INDEX, _MIDDLE, _RING))
    knuckles = [((a + c) / 2 + b) / 2 for a, b, c in zip(index, middle, ring, strict=True)]
    rotation = leaning(places[0], knuckles, pi / 2)
    palm: list[Place] = [turned(*places[k], -rotation) for k in _PALM]
    upright = region_of(box_around(palm))
    x, y = turned(upright.x, upright.y, rotation)
    return Region(x, y, upright.width, upright.height, rotation).grown(2.0, -0.1)
