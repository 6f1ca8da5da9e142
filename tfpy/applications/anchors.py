"""Single-shot detectors: networks that give, for each of many anchors, a box relative to it.

BlazeFace and MediaPipe's detectors of faces, palms and bodies. All give (1, anchors, 5 + 2 points):
the logit of a score, the box's middle and size and its key points, in pixels of their input.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any, NamedTuple

from ..errors import ModelFormatError
from ..host import HostArray
from ..ops.image.suppression import suppress
from ..tensor import Tensor
from ..waiting import Blocking
from .pretrained import Network, read, run_for_one
from .regions import Region, covering, cut_out
from .results import Box


class Detection(NamedTuple):
    """One thing found: how sure the network is, its box and its points."""

    score: float
    box: Box
    points: list[tuple[float, float]]

    def placed(self, region: Region) -> Detection:
        """The same in pixels of an image, if it is in shares of an upright region of it."""
        x, y = region.place(self.box.x, self.box.y)
        box = Box(x, y, self.box.width * region.width, self.box.height * region.height)
        return Detection(self.score, box, [region.place(*point) for point in self.points])


@dataclass(frozen=True)
class Detector:
    """What must be known of such a network.

    Attributes:
        name: what it finds.
        size: height and width of its input.
        layers: for each grid of anchors, how many pixels a cell has and how many anchors.
        points: how many key points there are.
        low: what black becomes; white becomes 1.
        min_score: what has no such score goes.
    """

    name: str
    size: int
    layers: tuple[tuple[int, int], ...]
    points: int
    low: float = -1.0
    min_score: float = 0.5

    async def find(
        self, wait: Blocking, network: Network, image: Tensor, most: int
    ) -> list[Detection]:
        """What is in an image (1, height, width, 3), in its pixels, the surest first."""
        region = covering(image)
        x = cut_out(image, region, self.size, (self.low, 1.0))
        found = await run_for_one(f"a detector of {self.name}", wait, network, x)
        return [d.placed(region) for d in await self.decode(wait, found, most)]

    async def decode(
        self,
        wait: Blocking,
        found: Tensor,
        most: int,
        iou_threshold: float = 0.3,
        score_threshold: float | None = None,
    ) -> list[Detection]:
        """At most `most` things in the network's output, in shares of its input."""
        middles = anchors(self.size, self.layers)
        width = 5 + 2 * self.points
        if found.shape != (1, len(middles), width):
            raise ModelFormatError(
                f"not a detector of {self.name}: it gives {found.shape}, not "
                f"{(1, len(middles), width)}"
            )
        (values,) = await read(wait, found)
        threshold = self.min_score if score_threshold is None else score_threshold
        logits = values[::width].tolist()
        least = _logit(threshold)
        detections = [
            self._detection(values[i * width : (i + 1) * width].tolist(), middles[i])
            for i, logit in enumerate(logits)
            if logit >= least
        ]
        detections = [d for d in detections if d.box.width >= 0 and d.box.height >= 0]
        return [detections[i] for i in _best(detections, most, iou_threshold)]

    def _detection(self, row: list[float], middle: tuple[float, float]) -> Detection:
        x0, y0 = middle
        logit, x, y, width, height, *points = (row[0], *(n / self.size for n in row[1:]))
        box = Box(x0 + x - width / 2, y0 + y - height / 2, width, height)
        pairs = zip(points[::2], points[1::2], strict=True)
        return Detection(sigmoid(logit), box, [(x0 + x, y0 + y) for x, y in pairs])


@cache
def anchors(size: int, layers: tuple[tuple[int, int], ...]) -> list[tuple[float, float]]:
    """The middles of the anchors, in shares of the input, row by row of each grid."""
    middles = []
    for stride, per_cell in layers:
        cells = -(-size // stride)
        for row in range(cells):
            for column in range(cells):
                middles += [((column + 0.5) / cells, (row + 0.5) / cells)] * per_cell
    return middles


def sigmoid(x: float) -> float:
    """The score that a logit stands for."""
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def _logit(score: float) -> float:
    if 0 < score < 1:
        return log(score / (1 - score))
    return float("inf") if score >= 1 else float("-inf")


def _best(detections: list[Detection], most: int, iou_threshold: float) -> Any:
    """Which of them stay: those that overlap no better one by more than `iou_threshold`."""
    corners = [
        n for _, (x, y, width, height), _ in detections for n in (y, x, y + height, x + width)
    ]
    count = len(detections)
    boxes = HostArray(corners, (count, 4))
    scores = HostArray([d.score for d in detections], (count,))
    return suppress(boxes, scores, "plain", most, iou_threshold, -1.0, 0.0, False).values
