"""FaceDetection: MediaPipe's face detectors, for faces near the camera or up to 5 metres away."""

from __future__ import annotations

from typing import Any

from ..io.handlers import OnProgress
from ..spec import positive
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .faces import FULL_RANGE, SHORT_RANGE, Face, faces
from .images import one_image
from .pretrained import Network, Pretrained, choose, hub

#: Where TF.js publishes each model.
MODELS = {
    "short": hub("mediapipe/tfjs-model/face_detection/short/1"),
    "full": hub("mediapipe/tfjs-model/face_detection/full/1"),
}
_DETECTORS = {"short": SHORT_RANGE, "full": FULL_RANGE}


class FaceDetection(Pretrained):
    """A loaded face detector. Make one with `await FaceDetection.load()`.

    Attributes:
        model: the network.
        max_faces: as in `load`.
    """

    URLS = {"model": MODELS["short"]}

    def __init__(self, model: Network, model_type: str = "short", max_faces: int = 1) -> None:
        self.model = model
        self._detector = choose("FaceDetection", "model_type", model_type, _DETECTORS)
        self.max_faces = positive(max_faces, "FaceDetection: max_faces")

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        model_type: str = "short",
        max_faces: int = 1,
        on_progress: OnProgress | None = None,
    ) -> FaceDetection:
        """Load a face detector.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one for the type.
            model_type: "short" for faces up to 2 metres from the camera, "full" for up to 5.
            max_faces: how many faces to find at most.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a type that is not there, and what `load_graph_model` does.
        """
        where = choose("FaceDetection", "model_type", model_type, MODELS) if url is None else url
        return await cls.load_networks(
            {"model": where}, on_progress, model_type=model_type, max_faces=max_faces
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        model_type: str = "short",
        max_faces: int = 1,
        on_progress: OnProgress | None = None,
    ) -> FaceDetection:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync(
            {"model": path}, on_progress, model_type=model_type, max_faces=max_faces
        )

    async def detect(self, image: Any, *, flip_horizontal: bool = False) -> list[Face]:
        """The faces in an image, the surest first.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            flip_horizontal: mirror the image first, as for a camera that shows oneself.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._detect(AWAITING, image, flip_horizontal)

    def detect_sync(self, image: Any, *, flip_horizontal: bool = False) -> list[Face]:
        """The same as `detect`; blocks until the result is computed."""
        return run_blocking(self._detect(BLOCKING, image, flip_horizontal))

    async def _detect(self, wait: Blocking, image: Any, flip: bool) -> list[Face]:
        x = one_image("FaceDetection.detect", image, mirrored=flip)
        return faces(await self._detector.find(wait, self.model, x, self.max_faces))
