"""Coco-SSD: which of 80 kinds of things are in a photo, and where.

Takes TF.js's own graphs (scores without a background class) and what TensorFlow's object detection
API exports for an SSD, such as handtrack.js's hands (the first class is the background).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError, ModelFormatError
from ..graphs.model import GraphModel
from ..io.handlers import OnProgress
from ..ops.image import non_max_suppression, resize_bilinear
from ..ops.movement import concat
from ..ops.reduce import argmax
from ..spec import number, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .drawing import COLORS
from .images import one_image
from .pretrained import Network, Pretrained, choose, listed, read, read_lines, run
from .results import Box

_FOLDERS = {
    "lite_mobilenet_v2": "ssdlite_mobilenet_v2",
    "mobilenet_v1": "ssd_mobilenet_v1",
    "mobilenet_v2": "ssd_mobilenet_v2",
}


def _url(folder: str) -> str:
    return f"https://storage.googleapis.com/tfjs-models/savedmodel/{folder}/model.json"


class Detection(NamedTuple):
    """One thing that was found.

    Attributes:
        class_name: what it is.
        score: how sure the model is, from 0 to 1.
        box: where it is, in pixels of the image.
        class_index: its place among the labels.
    """

    class_name: str
    score: float
    box: Box
    class_index: int

    def draw(self, canvas: Any, *, color: str | None = None) -> None:
        """Draw its box with its name and score on a canvas, or natively on a PIL image.

        Args:
            color: of the box, `#rrggbb`; by default one for each class.
        """
        color = color or COLORS[self.class_index % len(COLORS)]
        self.box.draw(canvas, f"{self.class_name} {self.score:.0%}", color=color)


class CocoSsd(Pretrained):
    """A loaded detector. Make one with `await CocoSsd.load()`.

    Attributes:
        model: the network, a `GraphModel`.
        labels: the names of its classes, "" for those that there are not.
    """

    URLS = {"model": _url(_FOLDERS["lite_mobilenet_v2"])}

    def __init__(self, model: Network, labels: Sequence[str] | None = None) -> None:
        shape = model.inputs[0].shape or (None,) * 4
        if not isinstance(model, GraphModel) or len(shape) != 4 or shape[3] not in (3, None):
            raise ModelFormatError(f"not a Coco-SSD: its input has shape {shape}")
        self.model = model
        known = read_lines("coco_labels.txt") if labels is None else labels
        self.labels = listed("CocoSsd: labels", known)
        self._size = (shape[1], shape[2]) if shape[1] and shape[2] else None

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        base: str = "lite_mobilenet_v2",
        labels: Sequence[str] | None = None,
        on_progress: OnProgress | None = None,
    ) -> CocoSsd:
        """Load a detector.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one for `base`.
            base: "lite_mobilenet_v2" (the smallest), "mobilenet_v1" or "mobilenet_v2" (the most
                exact).
            labels: the names of the model's classes, without the background; by default COCO's.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a base that there is not, and what `load_graph_model` does.
        """
        folder = choose("CocoSsd.load", "base", base, _FOLDERS)
        url = _url(folder) if url is None else url
        return await cls.load_networks({"model": url}, on_progress, labels=labels)

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        labels: Sequence[str] | None = None,
        on_progress: OnProgress | None = None,
    ) -> CocoSsd:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync({"model": path}, on_progress, labels=labels)

    async def detect(
        self,
        image: Any,
        max_num_boxes: int = 20,
        min_score: float = 0.5,
        iou_threshold: float = 0.5,
    ) -> list[Detection]:
        """The things in an image, the surest first.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            max_num_boxes: how many at most.
            min_score: those less sure are left out.
            iou_threshold: of boxes that share more of their area, the surest is kept. TF.js uses
                `min_score` for this too, so there a lower score also loses things that overlap.

        Raises `ImageError` for what is not an image, `ArgumentError` for a wrong option.
        """
        return await self._detect(AWAITING, image, max_num_boxes, min_score, iou_threshold)

    def detect_sync(
        self,
        image: Any,
        max_num_boxes: int = 20,
        min_score: float = 0.5,
        iou_threshold: float = 0.5,
    ) -> list[Detection]:
        """The same as `detect`; blocks until the result is computed."""
        found = self._detect(BLOCKING, image, max_num_boxes, min_score, iou_threshold)
        return run_blocking(found)

    async def _detect(
        self, wait: Blocking, image: Any, most: int, min_score: float, iou_threshold: float
    ) -> list[Detection]:
        most = positive(most, "CocoSsd.detect: max_num_boxes")
        min_score = number(min_score, "CocoSsd.detect: min_score", 0, 1)
        iou_threshold = number(iou_threshold, "CocoSsd.detect: iou_threshold", 0, 1)
        x = one_image("CocoSsd.detect", image)
        _, height, width, _ = x.shape
        found = await run(wait, self.model, self._fitted(x))
        values = (await read(wait, self._candidates(found)))[0].tolist()
        sure = [values[i : i + 6] for i in range(0, len(values), 6) if values[i + 4] > min_score]
        if not sure:
            return []
        boxes, scores = [row[:4] for row in sure], [row[4] for row in sure]
        kept = non_max_suppression(boxes, scores, most, iou_threshold, min_score).tolist()
        return [self._detection(sure[i], height, width) for i in kept]

    def _input_shapes(self) -> list[Any]:
        return [(1, *(self._size or (300, 300)), 3)]

    def _fitted(self, x: Tensor) -> Tensor:
        if self._size not in (None, x.shape[1:3]):
            x = resize_bilinear(x, self._size)
        return engine.cast_to(x, self.model.inputs[0].dtype or int32)

    def _candidates(self, outputs: Sequence[Tensor]) -> Tensor:
        """(n, 6): each box with its best score and the class of that."""
        boxes, scores = self._boxes_and_scores(outputs)
        n, classes = scores.shape[1:]
        scores = scores.reshape((n, classes))
        if classes == len(self.labels) + 1:
            scores = scores[:, 1:]
        elif classes != len(self.labels):
            raise ArgumentError(
                f"this detector knows {classes} classes, not {len(self.labels)}: name its labels"
            )
        best = scores.max(1, keepdims=True)
        which = engine.cast_to(argmax(scores, 1), float32).reshape((n, 1))
        return concat([boxes.reshape((n, 4)), best, which], 1)

    def _boxes_and_scores(self, outputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Exports of the object detection API give all boxes, and again those that overlap least:
        these are enough, and fewer to read."""
        boxes = [y for y in outputs if y.ndim in (3, 4) and y.shape[-1] == 4]
        scores = [y for y in outputs if y.ndim == 3 and not any(y is box for box in boxes)]
        pairs = [(b, s) for b in boxes for s in scores if b.shape[1] == s.shape[1]]
        if not pairs:
            shapes = ", ".join(str(y.shape) for y in outputs)
            raise ModelFormatError(f"not a Coco-SSD: its outputs have shapes {shapes}")
        return min(pairs, key=lambda pair: pair[0].shape[1])

    def _detection(self, row: list[float], height: int, width: int) -> Detection:
        top, left, bottom, right, score, which = row
        box = Box(left * width, top * height, (right - left) * width, (bottom - top) * height)
        return Detection(self.labels[int(which)], score, box, int(which))
