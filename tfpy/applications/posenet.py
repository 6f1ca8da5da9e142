"""PoseNet: the bodies of one or several people in an image, 17 points each.

The network gives four maps with a cell per `output_stride` pixels: how likely each point is there,
where exactly, and how far it is to the points next to it along the skeleton, both ways.
G. Papandreou et al., "PersonLab", ECCV 2018. BodyPix has the same maps and steps, and others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, NamedTuple

from ..errors import ArgumentError, ModelFormatError
from ..io.handlers import OnProgress
from ..ops.creation import arange
from ..ops.elementwise import sigmoid, where
from ..ops.indexing import gather_nd
from ..ops.movement import stack
from ..ops.pool import max_pool
from ..ops.reduce import argmax
from ..spec import number, pair, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import Letterbox, Size, letterboxed, one_image
from .poses import COCO_NAMES, Pose
from .pretrained import Network, Pretrained, choose, read, run
from .results import Keypoint

_FOLDER = "https://storage.googleapis.com/tfjs-models/savedmodel"
_WIDTHS = {0.5: "050", 0.75: "075", 1.0: "100"}
_BYTES = {4: "float", 2: "quant2", 1: "quant1"}
STRIDES = {"MobileNetV1": {8: 8, 16: 16, 32: 32}, "ResNet50": {16: 16, 32: 32}}
#: What ResNet's training took from the colours.
_RESNET_MEAN = [123.15, 115.90, 103.06]

#: The skeleton as a tree, from a point to the next one; displacements are in this order.
_TREE = (
    *((0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11)),
    *((11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16)),
)
_PARTS = len(COCO_NAMES)

#: A point: x and y in pixels of the network's input, and its score.
Found = tuple[float, float, float]


class PoseNet(Pretrained):
    """A loaded PoseNet. Make one with `await PoseNet.load()`.

    Attributes:
        model: the network.
        architecture, output_stride: as in `load`.
        input_size: height and width of the network's input.
    """

    URLS = {"model": f"{_FOLDER}/posenet/mobilenet/float/075/model-stride16.json"}

    def __init__(
        self,
        model: Network,
        architecture: str = "MobileNetV1",
        output_stride: int = 16,
        input_resolution: int | tuple[int, int] = 257,
    ) -> None:
        self.model, self.architecture = model, architecture
        strides = choose("PoseNet", "architecture", architecture, STRIDES)
        self.output_stride = choose("PoseNet", "output_stride", output_stride, strides)
        self.input_size = _input_size(input_resolution, output_stride)

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        architecture: str = "MobileNetV1",
        output_stride: int = 16,
        input_resolution: int | tuple[int, int] = 257,
        multiplier: float | None = None,
        quant_bytes: int = 4,
        on_progress: OnProgress | None = None,
    ) -> PoseNet:
        """Load a PoseNet.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one for the other arguments.
            architecture: "MobileNetV1", small and quick, or "ResNet50", more exact.
            output_stride: how many pixels of the input a cell of its maps covers: 8 (MobileNetV1
                only), 16 or 32. Less is more exact and slower.
            input_resolution: the size images are brought to, keeping proportions: a number, or
                height and width. Brought to the next lower multiple of `output_stride`, plus 1.
            multiplier: how wide the layers of MobileNetV1 are: 0.5, 0.75 (the default) or 1.0.
            quant_bytes: bytes per weight of the file: 4, 2 or 1.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for an option that is not there, and what `load_graph_model` does.
        """
        if url is None:
            url = address("PoseNet", architecture, output_stride, multiplier, quant_bytes)
            if architecture == "MobileNetV1" and output_stride == 32 and multiplier != 1.0:
                raise ArgumentError(
                    "PoseNet: there is an output_stride of 32 only with multiplier 1.0"
                )
        return await cls.load_networks(
            {"model": url},
            on_progress,
            architecture=architecture,
            output_stride=output_stride,
            input_resolution=input_resolution,
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        architecture: str = "MobileNetV1",
        output_stride: int = 16,
        input_resolution: int | tuple[int, int] = 257,
        on_progress: OnProgress | None = None,
    ) -> PoseNet:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync(
            {"model": path},
            on_progress,
            architecture=architecture,
            output_stride=output_stride,
            input_resolution=input_resolution,
        )

    async def estimate(
        self,
        image: Any,
        max_poses: int = 1,
        *,
        flip_horizontal: bool = False,
        score_threshold: float = 0.5,
        nms_radius: float = 20.0,
    ) -> list[Pose]:
        """The people in an image, in the order of their surest point.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            max_poses: how many people to look for. With 1 each point is the likeliest of the whole
                image, which is quicker and never finds nobody.
            flip_horizontal: give positions as in the mirrored image.
            score_threshold: with several people, how likely a point must be for a pose to begin
                from it.
            nms_radius: two people's points of the same name are this far apart, in pixels of the
                network's input.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._estimate(
            AWAITING, image, max_poses, flip_horizontal, score_threshold, nms_radius
        )

    def estimate_sync(
        self,
        image: Any,
        max_poses: int = 1,
        *,
        flip_horizontal: bool = False,
        score_threshold: float = 0.5,
        nms_radius: float = 20.0,
    ) -> list[Pose]:
        """The same as `estimate`; blocks until the result is computed."""
        return run_blocking(
            self._estimate(BLOCKING, image, max_poses, flip_horizontal, score_threshold, nms_radius)
        )

    async def _estimate(
        self,
        wait: Blocking,
        image: Any,
        max_poses: int,
        flip: bool,
        score_threshold: float,
        nms_radius: float,
    ) -> list[Pose]:
        positive(max_poses, "PoseNet.estimate: max_poses")
        number(score_threshold, "PoseNet.estimate: score_threshold", 0.0, 1.0)
        number(nms_radius, "PoseNet.estimate: nms_radius", 0.0, 1e6)
        picture = one_image("PoseNet.estimate", image)
        x, box = letterboxed(picture, self.input_size)
        maps = self._maps(await run(wait, self.model, normalized(x, self.architecture)))
        if max_poses == 1:
            found = [await _likeliest(wait, maps, self.output_stride)]
        else:
            cells = await read_cells(wait, *maps)
            found = decode_poses(cells, self.output_stride, max_poses, score_threshold, nms_radius)
        size = Size(*picture.shape[1:3])
        return [placed(*pose, self.input_size, box, size, flip) for pose in found]

    def _maps(self, found: Sequence[Tensor]) -> list[Tensor]:
        """The four maps: scores before the sigmoid, offsets, displacements forward and backward.
        Architectures give them in different order, but forward always before backward."""
        maps = [y for n in (_PARTS, 2 * _PARTS, 2 * len(_TREE)) for y in found if y.shape[-1] == n]
        if len(maps) != 4 or any(y.ndim != 4 for y in maps):
            shapes = ", ".join(str(y.shape) for y in found)
            raise ModelFormatError(f"not a PoseNet: it gives {shapes}")
        cells = tuple((n - 1) // self.output_stride + 1 for n in self.input_size)
        if maps[0].shape[1:3] != cells:
            raise ArgumentError(
                f"PoseNet: output_stride is not {self.output_stride} for this model: "
                f"of {self.input_size} pixels it makes {maps[0].shape[1:3]} cells"
            )
        return maps

    def _input_shapes(self) -> list[Any]:
        return [(1, *self.input_size, 3)]


def address(
    model: str, architecture: str, output_stride: int, multiplier: float | None, quant_bytes: int
) -> str:
    """Where TF.js publishes a network of "PoseNet" or "BodyPix". Raises `ArgumentError`."""
    strides: Mapping[int, int] = choose(model, "architecture", architecture, STRIDES)
    choose(model, "output_stride", output_stride, strides)
    folder = f"{_FOLDER}/{model.lower()}"
    kind = choose(model, "quant_bytes", quant_bytes, _BYTES)
    if architecture == "ResNet50":
        choose(f"{model}: with ResNet50", "multiplier", multiplier, {None: None, 1.0: 1.0})
        return f"{folder}/resnet50/{kind}/model-stride{output_stride}.json"
    width = choose(model, "multiplier", 0.75 if multiplier is None else multiplier, _WIDTHS)
    return f"{folder}/mobilenet/{kind}/{width}/model-stride{output_stride}.json"


def normalized(x: Tensor, architecture: str) -> Tensor:
    """Pixels of 0 to 255 as the networks take them."""
    return x - _RESNET_MEAN if architecture == "ResNet50" else x * (1 / 127.5) - 1.0


def placed(
    score: float,
    points: Sequence[Found],
    seen: tuple[int, int],
    box: Letterbox,
    size: Size,
    flip: bool = False,
) -> Pose:
    """A pose in pixels of the image.

    Args:
        score, points: as `decode_poses` gives them, in pixels of the network's input.
        seen, box: that input's size, and where the image lies in it.
        size: the image's.
        flip: as in the mirrored image.
    """
    keypoints = []
    for name, (x, y, point_score) in zip(COCO_NAMES, points, strict=True):
        x, y = box.to_image(x / seen[1], y / seen[0])
        x, y = x * size.width, y * size.height
        keypoints.append(Keypoint(size.width - 1 - x if flip else x, y, point_score, name))
    return Pose(keypoints, score)


def _input_size(resolution: int | tuple[int, int], stride: int) -> tuple[int, int]:
    height, width = pair(resolution, "PoseNet: input_resolution")
    return height // stride * stride + 1, width // stride * stride + 1


async def _likeliest(
    wait: Blocking, maps: Sequence[Tensor], stride: int
) -> tuple[float, list[Found]]:
    """The likeliest place of each point. Picked on the device: 68 numbers are read."""
    logits, offsets = maps[0], maps[1]
    _, rows, columns, _ = logits.shape
    logits, offsets = (y.reshape((rows * columns, -1)) for y in (logits, offsets))
    best, part = argmax(logits, 0), arange(_PARTS, dtype="int32")
    cell, scores, down, across = await read(
        wait,
        best,
        sigmoid(gather_nd(logits, stack([best, part], 1))),
        gather_nd(offsets, stack([best, part], 1)),
        gather_nd(offsets, stack([best, part + _PARTS], 1)),
    )
    points = []
    for k in range(_PARTS):
        row, column = divmod(int(cell[k]), columns)
        points.append((column * stride + across[k], row * stride + down[k], scores[k]))
    return sum(scores) / _PARTS, points


# ------------------------------------------------------------------------------- several people


class Cells(NamedTuple):
    """What the network's maps say, as flat numbers (row, column, channel).

    `peaks` are scores where no neighbour's is higher, else 0.
    """

    rows: int
    columns: int
    peaks: Any
    scores: Any
    offsets: Any
    forward: Any
    backward: Any


async def read_cells(
    wait: Blocking, logits: Tensor, offsets: Tensor, forward: Tensor, backward: Tensor
) -> Cells:
    """The maps of one image, (1, rows, columns, channels) each, read with one wait."""
    scores = sigmoid(logits)
    peaks = where(scores >= max_pool(scores, 3, 1, "same"), scores, 0.0)
    _, rows, columns, _ = logits.shape
    return Cells(rows, columns, *(await read(wait, peaks, scores, offsets, forward, backward)))


def decode_poses(
    cells: Cells, stride: int, max_poses: int, score_threshold: float, nms_radius: float
) -> list[tuple[float, list[Found]]]:
    """The people in the maps: for each a score and its points, in pixels of the input.

    Poses begin at the likeliest point that is not near that point of a pose found before, and
    follow the displacements from there along the skeleton.
    """
    peaks = [(s, i) for i, s in enumerate(cells.peaks.tolist()) if s > 0 and s >= score_threshold]
    peaks.sort(key=lambda peak: -peak[0])
    poses: list[tuple[float, list[Found]]] = []
    for score, index in peaks:
        if len(poses) == max_poses:
            break
        cell, part = divmod(index, _PARTS)
        x, y = _exact(cells, cell, part, stride)
        if not _taken(poses, part, x, y, nms_radius):
            points = _follow(cells, part, (x, y, score), stride)
            # Points that an earlier pose has too do not count.
            own = [p[2] for k, p in enumerate(points) if not _taken(poses, k, *p[:2], nms_radius)]
            poses.append((sum(own) / _PARTS, points))
    return poses


def _taken(poses: Sequence[Any], part: int, x: float, y: float, radius: float) -> bool:
    return any(
        (points[part][0] - x) ** 2 + (points[part][1] - y) ** 2 <= radius * radius
        for _, points in poses
    )


def _exact(cells: Cells, cell: int, part: int, stride: int) -> tuple[float, float]:
    """Where the point that `cell` has is."""
    row, column = divmod(cell, cells.columns)
    at = cell * 2 * _PARTS + part
    return column * stride + cells.offsets[at + _PARTS], row * stride + cells.offsets[at]


def _cell(cells: Cells, x: float, y: float, stride: int) -> int:
    """The cell nearest to a place; the first one if that is NaN, which is never above 0."""
    row = floor(min(max(0, y / stride + 0.5), cells.rows - 1))
    column = floor(min(max(0, x / stride + 0.5), cells.columns - 1))
    return row * cells.columns + column


def _follow(cells: Cells, part: int, found: Found, stride: int) -> list[Found]:
    """All points of the pose that has `part` at `found`."""
    points: dict[int, Found] = {part: found}
    up = [(child, parent, e) for e, (parent, child) in enumerate(_TREE)][::-1]
    down = [(parent, child, e) for e, (parent, child) in enumerate(_TREE)]
    for displacements, edges in ((cells.backward, up), (cells.forward, down)):
        for source, target, edge in edges:
            if source in points and target not in points:
                points[target] = _step(cells, points[source], target, displacements, edge, stride)
    return [points[k] for k in range(_PARTS)]


def _step(
    cells: Cells, source: Found, target: int, displacements: Any, edge: int, stride: int
) -> Found:
    """The point `target`, by the displacement at `source`; then twice nearer by the offsets."""
    x, y, _ = source
    at = _cell(cells, x, y, stride) * 2 * len(_TREE) + edge
    x, y = x + displacements[at + len(_TREE)], y + displacements[at]
    for _ in range(2):
        x, y = _exact(cells, _cell(cells, x, y, stride), target, stride)
    return x, y, cells.scores[_cell(cells, x, y, stride) * _PARTS + target]
