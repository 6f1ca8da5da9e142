"""BlazeFace: quick boxes of faces in an image, with six points each.

V. Bazarevsky et al., "BlazeFace", 2019. `FaceDetection` keeps an image's proportions, and has a
model for faces far away; this one stretches it, as the first of TF.js's packages does.
"""

from __future__ import annotations

from typing import Any

from ..io.handlers import OnProgress
from ..ops.image import resize_bilinear
from ..spec import number, positive
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .anchors import Detection
from .faces import SHORT_RANGE, Face, faces
from .images import one_image
from .pretrained import Network, Pretrained, hub, run_for_one
from .regions import Region
from .results import Box


class BlazeFace(Pretrained):
    """A loaded BlazeFace. Make one with `await BlazeFace.load()`.

    Attributes:
        model: the network.
        max_faces, iou_threshold, score_threshold: as in `load`.
    """

    URLS = {"model": hub("tensorflow/tfjs-model/blazeface/1/default/1")}

    def __init__(
        self,
        model: Network,
        max_faces: int = 10,
        iou_threshold: float = 0.3,
        score_threshold: float = 0.75,
    ) -> None:
        self.model = model
        self.max_faces = positive(max_faces, "BlazeFace: max_faces")
        self.iou_threshold = number(iou_threshold, "BlazeFace: iou_threshold", 0.0, 1.0)
        self.score_threshold = number(score_threshold, "BlazeFace: score_threshold", 0.0, 1.0)

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        max_faces: int = 10,
        iou_threshold: float = 0.3,
        score_threshold: float = 0.75,
        on_progress: OnProgress | None = None,
    ) -> BlazeFace:
        """Load BlazeFace.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one.
            max_faces: how many faces to find at most.
            iou_threshold: of two boxes whose intersection, divided by their union, is above this,
                the one with the better score stays.
            score_threshold: how sure the network must be of a face.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises what `load_graph_model` does.
        """
        return await cls.load_networks(
            {"model": url},
            on_progress,
            max_faces=max_faces,
            iou_threshold=iou_threshold,
            score_threshold=score_threshold,
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        max_faces: int = 10,
        iou_threshold: float = 0.3,
        score_threshold: float = 0.75,
        on_progress: OnProgress | None = None,
    ) -> BlazeFace:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync(
            {"model": path},
            on_progress,
            max_faces=max_faces,
            iou_threshold=iou_threshold,
            score_threshold=score_threshold,
        )

    async def detect(self, image: Any, *, flip_horizontal: bool = False) -> list[Face]:
        """The faces in an image, the surest first.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            flip_horizontal: give positions as in the mirrored image.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._detect(AWAITING, image, flip_horizontal)

    def detect_sync(self, image: Any, *, flip_horizontal: bool = False) -> list[Face]:
        """The same as `detect`; blocks until the result is computed."""
        return run_blocking(self._detect(BLOCKING, image, flip_horizontal))

    async def _detect(self, wait: Blocking, image: Any, flip: bool) -> list[Face]:
        picture = one_image("BlazeFace.detect", image)
        _, height, width, _ = picture.shape
        x = resize_bilinear(picture, (SHORT_RANGE.size, SHORT_RANGE.size))
        found = await run_for_one("BlazeFace", wait, self.model, x * (1 / 127.5) - 1.0)
        detections = await SHORT_RANGE.decode(
            wait, found, self.max_faces, self.iou_threshold, self.score_threshold
        )
        whole = Region(width / 2, height / 2, width, height)
        placed = [d.placed(whole) for d in detections]
        return faces([_mirrored(d, width) for d in placed] if flip else placed)


def _mirrored(found: Detection, width: int) -> Detection:
    box = found.box
    return Detection(
        found.score,
        Box(width - 1 - box.x - box.width, box.y, box.width, box.height),
        [(width - 1 - x, y) for x, y in found.points],
    )
