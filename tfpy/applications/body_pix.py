"""BodyPix: which pixels of a photo are people, and which of 24 parts of their bodies.

Takes BodyPix 2's graphs, with MobileNet V1 or ResNet 50 inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError, ModelFormatError
from ..io.handlers import OnProgress
from ..ops.creation import arange, fill, tensor
from ..ops.elementwise import clip_by_value, equal, logical_and, minimum, sigmoid, where
from ..ops.image import crop_and_resize, resize_bilinear
from ..ops.indexing import gather
from ..ops.movement import flip, transpose
from ..ops.reduce import argmax
from ..plan.function import function
from ..spec import number, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import Letterbox, Size, letterboxed, one_image
from .masks import Segmentation
from .posenet import STRIDES, address, decode_poses, normalized, placed, read_cells
from .poses import Pose
from .pretrained import Network, Pretrained, choose, run

PART_NAMES = (
    *("left_face", "right_face", "left_upper_arm_front", "left_upper_arm_back"),
    *("right_upper_arm_front", "right_upper_arm_back", "left_lower_arm_front"),
    *("left_lower_arm_back", "right_lower_arm_front", "right_lower_arm_back", "left_hand"),
    *("right_hand", "torso_front", "torso_back", "left_upper_leg_front", "left_upper_leg_back"),
    *("right_upper_leg_front", "right_upper_leg_back", "left_lower_leg_front"),
    *("left_lower_leg_back", "right_lower_leg_front", "right_lower_leg_back", "left_feet"),
    "right_feet",
)

_RESOLUTIONS = {"low": 0.25, "medium": 0.5, "high": 0.75, "full": 1.0}

#: How many channels each map has that the networks give, in the order of each architecture.
_ORDERS: Mapping[tuple[int, ...], Sequence[str]] = {
    (34, 1, 24, 34, 17, 32, 32, 48): (
        *("offsets", "person", "parts", "long_offsets", "heatmaps", "forward", "backward"),
        "part_offsets",
    ),
    (32, 32, 17, 34, 34, 24, 1, 48): (
        *("backward", "forward", "heatmaps", "long_offsets", "offsets", "parts", "person"),
        "part_offsets",
    ),
}
#: How many points of a pose say whose a pixel is: those of the face.
_MATCHED = 5


class BodyPix(Pretrained):
    """A loaded BodyPix. Make one with `await BodyPix.load()`.

    Attributes:
        model: the network.
        architecture: "MobileNetV1" or "ResNet50".
        output_stride: how many pixels of its input one of its output stands for.
    """

    URLS = {"model": address("BodyPix", "MobileNetV1", 16, 0.75, 4)}

    def __init__(
        self, model: Network, architecture: str = "MobileNetV1", output_stride: int = 16
    ) -> None:
        strides = choose("BodyPix", "architecture", architecture, STRIDES)
        choose("BodyPix", "output_stride", output_stride, strides)
        shape = model.inputs[0].shape or (None,) * 4
        if len(shape) != 4 or shape[3] not in (3, None):
            raise ModelFormatError(f"not a BodyPix: its input has shape {shape}")
        if len(model.outputs) != 8:
            raise ModelFormatError(f"not a BodyPix: it has {len(model.outputs)} outputs, not 8")
        self.model, self.architecture, self.output_stride = model, architecture, output_stride
        #: As a plan, which takes half the time.
        self._points = function(_points_of_pixels)

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        architecture: str = "MobileNetV1",
        output_stride: int = 16,
        multiplier: float | None = None,
        quant_bytes: int = 4,
        on_progress: OnProgress | None = None,
    ) -> BodyPix:
        """Load a BodyPix.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one for the options.
            architecture: "MobileNetV1", or "ResNet50", which is larger and more exact.
            output_stride: 8, 16 or 32 (ResNet50: 16 or 32): the smaller, the finer and slower.
            multiplier: how wide MobileNetV1's layers are: 0.5, 0.75 (the default) or 1.
            quant_bytes: the size of a weight in the files: 1, 2 or 4 bytes.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a wrong option, and what `load_graph_model` does.
        """
        if url is None:
            url = address("BodyPix", architecture, output_stride, multiplier, quant_bytes)
        options = {"architecture": architecture, "output_stride": output_stride}
        return await cls.load_networks({"model": url}, on_progress, **options)

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        architecture: str = "MobileNetV1",
        output_stride: int = 16,
        on_progress: OnProgress | None = None,
    ) -> BodyPix:
        """`load` for a local folder, without await."""
        options = {"architecture": architecture, "output_stride": output_stride}
        return cls.load_networks_sync({"model": path}, on_progress, **options)

    async def segment(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
    ) -> Segmentation:
        """Where people are: one mask of them all.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            internal_resolution: the size in which the network sees the image: "low" (a quarter),
                "medium" (half), "high" (three quarters), "full", or a share from 0.1 to 2.
            segmentation_threshold: how sure the network must be of a pixel, from 0 to 1.
            flip_horizontal: whether left and right change places in the result, as in a mirror.

        Returns:
            Its mask is bool (height, width), on the device: nothing is read back.

        Raises `ImageError` for what is not an image, `ArgumentError` for a wrong option.
        """
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        return await self._segment(AWAITING, image, look, parts=False)

    def segment_sync(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
    ) -> Segmentation:
        """The same as `segment`, without await."""
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        return run_blocking(self._segment(BLOCKING, image, look, parts=False))

    async def segment_parts(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
    ) -> Segmentation:
        """Where the parts of people's bodies are. Arguments and errors as in `segment`.

        Returns:
            Its mask is int32 (height, width): a place in its `names`, `PART_NAMES`, or -1.
        """
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        return await self._segment(AWAITING, image, look, parts=True)

    def segment_parts_sync(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
    ) -> Segmentation:
        """The same as `segment_parts`, without await."""
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        return run_blocking(self._segment(BLOCKING, image, look, parts=True))

    async def segment_people(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
        *,
        parts: bool = False,
        max_detections: int = 10,
        score_threshold: float = 0.4,
        nms_radius: float = 20.0,
        min_keypoint_score: float = 0.3,
        refine_steps: int = 10,
    ) -> list[Segmentation]:
        """Where each person is: a mask and a pose for each, in the order of their surest point.

        Args:
            image, internal_resolution, segmentation_threshold, flip_horizontal: as in `segment`.
            parts: whether the masks are of parts, as in `segment_parts`.
            max_detections: how many people at most.
            score_threshold: those less sure are left out.
            nms_radius: people's points of one kind are as far apart, in pixels of the network's
                input.
            min_keypoint_score: points less sure do not say whose a pixel is.
            refine_steps: how often a pixel asks where the points of its person are, from 1 to 20,
                each time closer to them.

        Raises `ImageError` for what is not an image, `ArgumentError` for a wrong option.
        """
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        search = _Search(
            max_detections, score_threshold, nms_radius, min_keypoint_score, refine_steps
        )
        return await self._segment_people(AWAITING, image, look, search, parts)

    def segment_people_sync(
        self,
        image: Any,
        internal_resolution: str | float = "medium",
        segmentation_threshold: float = 0.7,
        flip_horizontal: bool = False,
        *,
        parts: bool = False,
        max_detections: int = 10,
        score_threshold: float = 0.4,
        nms_radius: float = 20.0,
        min_keypoint_score: float = 0.3,
        refine_steps: int = 10,
    ) -> list[Segmentation]:
        """The same as `segment_people`; blocks until poses are computed."""
        look = _Look(internal_resolution, segmentation_threshold, flip_horizontal)
        search = _Search(
            max_detections, score_threshold, nms_radius, min_keypoint_score, refine_steps
        )
        return run_blocking(self._segment_people(BLOCKING, image, look, search, parts))

    async def _segment(self, wait: Blocking, image: Any, look: _Look, parts: bool) -> Segmentation:
        view = await self._view(wait, image, look)
        people = self._people(view, look)
        return _segmentation(people, view.parts() if parts else None, look)

    async def _segment_people(
        self, wait: Blocking, image: Any, look: _Look, search: _Search, parts: bool
    ) -> list[Segmentation]:
        search.check()
        view = await self._view(wait, image, look)
        maps = [view.maps[name] for name in ("heatmaps", "offsets", "forward", "backward")]
        cells = await read_cells(wait, *maps)
        found = decode_poses(
            cells,
            self.output_stride,
            search.max_detections,
            search.score_threshold,
            search.nms_radius,
        )
        found = [pose for pose in found if pose[0] >= search.score_threshold]
        if not found:
            return []
        size, seen, *_ = view.frame
        poses = [placed(*pose, seen, view.box, size) for pose in found]
        steps = search.refine_steps
        y, x = self._points(view.maps["long_offsets"], view.frame, self.output_stride, steps)
        nearest = _nearest(y, x, poses, search.min_keypoint_score)
        anyone, which = self._people(view, look), view.parts() if parts else None
        people = []
        for k, pose in enumerate(found):
            shown = placed(*pose, seen, view.box, size, look.flip_horizontal)
            mask = logical_and(anyone, equal(nearest, k))
            people.append(_segmentation(mask, which, look, shown))
        return people

    def _people(self, view: _View, look: _Look) -> Tensor:
        """bool (height, width): where anyone is."""
        return view.scores("person")[..., 0] > look.segmentation_threshold

    async def _view(self, wait: Blocking, image: Any, look: _Look) -> _View:
        number(look.segmentation_threshold, "BodyPix: segmentation_threshold", 0, 1)
        picture = one_image("BodyPix", image)
        size = Size(*picture.shape[1:3])
        seen = self._inner_size(size, look.internal_resolution)
        x, box = letterboxed(picture, seen)
        found = await run(wait, self.model, normalized(x, self.architecture))
        order = _ORDERS.get(tuple(y.shape[-1] for y in found if y.ndim == 4))
        if order is None:
            shapes = ", ".join(str(y.shape) for y in found)
            raise ModelFormatError(f"not a BodyPix: it gives {shapes}")
        full = Size(round(size.height / box.height), round(size.width / box.width))
        top, left = round(box.top * full.height), round(box.left * full.width)
        frame = _Frame(size, seen, full, top, left)
        return _View(frame, box, dict(zip(order, found, strict=True)))

    def _inner_size(self, size: Size, resolution: str | float) -> Size:
        """The size in which the network sees an image: whole strides, plus one pixel."""
        if isinstance(resolution, str):
            part = choose("BodyPix", "internal_resolution", resolution, _RESOLUTIONS)
        else:
            part = number(resolution, "BodyPix: internal_resolution", 0.1, 2.0)
        stride = self.output_stride
        height, width = (max(1, floor(n * part / stride)) * stride + 1 for n in size)
        return Size(height, width)

    def _input_shapes(self) -> list[Any]:
        return [(1, *self._inner_size(Size(480, 640), "medium"), 3)]


class _Look(NamedTuple):
    """How an image is looked at: the options that all verbs have."""

    internal_resolution: str | float
    segmentation_threshold: float
    flip_horizontal: bool


class _Search(NamedTuple):
    """How people are told apart."""

    max_detections: int
    score_threshold: float
    nms_radius: float
    min_keypoint_score: float
    refine_steps: int

    def check(self) -> None:
        """Raises `ArgumentError` for what makes no sense."""
        positive(self.max_detections, "BodyPix: max_detections")
        number(self.score_threshold, "BodyPix: score_threshold", 0, 1)
        number(self.nms_radius, "BodyPix: nms_radius", 0, 1e6)
        number(self.min_keypoint_score, "BodyPix: min_keypoint_score", 0, 1)
        if positive(self.refine_steps, "BodyPix: refine_steps") > 20:
            raise ArgumentError(f"BodyPix: refine_steps is 20 at most, not {self.refine_steps}")


class _Frame(NamedTuple):
    """How an image lies in the network's input: their sizes, `size` and `seen`, that of the image
    with its margins, `full`, and how wide these are above and left, in the image's pixels."""

    size: Size
    seen: Size
    full: Size
    top: int
    left: int


class _View(NamedTuple):
    """What the network says of one image: its maps, and what they mean for the image's pixels."""

    frame: _Frame
    box: Letterbox
    maps: dict[str, Tensor]

    def scores(self, name: str) -> Tensor:
        """A map as scores from 0 to 1 for each pixel of the image, (height, width, channels)."""
        size, seen, full, *margins = self.frame
        scores = sigmoid(resize_bilinear(self.maps[name], seen, align_corners=True))
        begins, ends = [], []
        for before, n, whole in zip(margins, size, full, strict=True):
            last = max(1, whole - 1)
            begins.append(before / last)
            ends.append((before + n - 1) / last)
        return crop_and_resize(scores, [[*begins, *ends]], [0], size)[0]

    def parts(self) -> Tensor:
        """int32 (height, width): the likeliest part at each pixel."""
        return argmax(self.scores("parts"), -1)


def _nearest(y: Tensor, x: Tensor, poses: Sequence[Pose], min_score: float) -> Tensor:
    """int32 (height, width): whose pixel each would be, as a place among `poses`, or -1.

    Args:
        y, x: as from `_points_of_pixels`.
    """
    size = y.shape[1:]
    best, whose = fill(size, float("inf")), fill(size, -1, int32)
    for k, pose in enumerate(poses):
        points = enumerate(pose.keypoints[:_MATCHED])
        sure = [(i, p) for i, p in points if p.score is not None and p.score > min_score]
        if sure:
            away = [(x[i] - p.x).square() + (y[i] - p.y).square() for i, p in sure]
            distance = sum(away[1:], away[0]) / len(away)
            closer = distance < best
            best = where(closer, distance, best)
            whose = where(closer, tensor(k, dtype=int32), whose)
    return whose


def _points_of_pixels(
    offsets: Tensor, frame: _Frame, stride: int, steps: int
) -> tuple[Tensor, Tensor]:
    """Where each pixel's person has its points: down and across, (points, height, width) each.

    `offsets` has the ways to them. One that is read at a pixel is rough when it is long, so it is
    read again where it led.
    """
    (height, width), seen, full, top, left = frame
    _, rows, columns, channels = offsets.shape
    down, across = (
        transpose(offsets[0, :, :, k : k + _MATCHED], (2, 0, 1)).ravel() for k in (0, channels // 2)
    )
    y = arange(height, dtype=float32).reshape((1, -1, 1))
    x = arange(width, dtype=float32).reshape((1, 1, -1))
    maps = (arange(_MATCHED, dtype=int32) * (rows * columns)).reshape((-1, 1, 1))
    for step in range(steps + 1):
        if step:
            y, x = minimum(y, height - 1.0), minimum(x, width - 1.0)
        row = _cell(y + top, seen.height / full.height, stride, rows)
        column = _cell(x + left, seen.width / full.width, stride, columns)
        cell = engine.cast_to(row * columns + column, int32) + maps
        y, x = y + gather(down, cell), x + gather(across, cell)
    return y, x


def _cell(at: Tensor, scale: float, stride: int, cells: int) -> Tensor:
    """The row or column of a map nearest to a place."""
    nearest = (((at + 1.0) * scale - 1.0) * (1.0 / stride) + 0.5).floor()
    return clip_by_value(nearest, 0.0, cells - 1.0)


def _segmentation(
    mask: Tensor, parts: Tensor | None, look: _Look, pose: Pose | None = None
) -> Segmentation:
    """What is found where `mask` is: a person, or the parts there."""
    if parts is not None:
        mask = where(mask, parts, tensor(-1, dtype=int32))
    mask = flip(mask, 1) if look.flip_horizontal else mask
    return Segmentation(mask, ("person",) if parts is None else PART_NAMES, pose=pose)
