"""Selfie segmentation: how surely each pixel belongs to a person in front of the camera.

Takes MediaPipe's two small graphs, quick enough for video.
"""

from __future__ import annotations

from typing import Any

from ..errors import ModelFormatError
from ..io.handlers import OnProgress
from ..ops.image import resize_bilinear
from ..ops.movement import flip
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import Size, one_image
from .masks import Segmentation
from .pretrained import Network, Pretrained, choose, hub, run_for_one

_HUB = "mediapipe/tfjs-model/selfie_segmentation"
_SIZES = {"general": Size(256, 256), "landscape": Size(144, 256)}


class SelfieSegmentation(Pretrained):
    """A loaded segmenter. Make one with `await SelfieSegmentation.load()`.

    Attributes:
        model: the network.
        input_size: height and width of the image the network takes.

    With a network that is not sure of anything:

    >>> judge = tfpy.layers.Conv2D(2, 1, kernel_initializer="zeros", activation="sigmoid")
    >>> network = tfpy.Sequential([tfpy.Input((None, None, 3)), judge])
    >>> net = tfpy.applications.SelfieSegmentation(network)
    >>> net.segment_sync(tfpy.zeros((2, 3, 3))).mask
    tfpy.tensor([[0.5, 0.5, 0.5],
                 [0.5, 0.5, 0.5]])
    """

    URLS = {"model": hub(f"{_HUB}/general/1")}

    def __init__(self, model: Network, model_type: str = "general") -> None:
        size = choose("SelfieSegmentation", "model_type", model_type, _SIZES)
        shape = model.inputs[0].shape or (None,) * 4
        if len(shape) != 4 or shape[3] not in (3, None):
            raise ModelFormatError(f"not a selfie segmentation: its input has shape {shape}")
        self.model = model
        self.input_size = Size(shape[1] or size.height, shape[2] or size.width)

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        model_type: str = "general",
        on_progress: OnProgress | None = None,
    ) -> SelfieSegmentation:
        """Load a segmenter.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TensorFlow Hub's for `model_type`.
            model_type: "general", which sees images as 256 x 256 pixels, or "landscape", as 256
                wide and 144 high, which is quicker.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for another type, and what `load_graph_model` does.
        """
        choose("SelfieSegmentation.load", "model_type", model_type, _SIZES)
        url = hub(f"{_HUB}/{model_type}/1") if url is None else url
        return await cls.load_networks({"model": url}, on_progress, model_type=model_type)

    @classmethod
    def load_sync(
        cls, path: Any, *, model_type: str = "general", on_progress: OnProgress | None = None
    ) -> SelfieSegmentation:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync({"model": path}, on_progress, model_type=model_type)

    async def segment(self, image: Any, flip_horizontal: bool = False) -> Segmentation:
        """How surely each pixel is a person's.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            flip_horizontal: whether left and right change places in the result, as in a mirror.

        Returns:
            Its mask is float32 (height, width) from 0 to 1, on the device: nothing is read back.

        Raises `ImageError` for what is not an image.
        """
        return await self._segment(AWAITING, image, flip_horizontal)

    def segment_sync(self, image: Any, flip_horizontal: bool = False) -> Segmentation:
        """The same as `segment`, without await."""
        return run_blocking(self._segment(BLOCKING, image, flip_horizontal))

    async def _segment(self, wait: Blocking, image: Any, flipped: bool) -> Segmentation:
        x = one_image("SelfieSegmentation.segment", image)
        size = x.shape[1:3]
        seen = resize_bilinear(x, self.input_size) * (1 / 255)
        y = await run_for_one("SelfieSegmentation", wait, self.model, seen)
        if y.ndim != 4 or y.shape[0] != 1 or y.shape[3] != 2:
            raise ModelFormatError(f"not a selfie segmentation: it gives {y.shape}")
        mask = resize_bilinear(y[..., 1:], size).reshape(size)
        return Segmentation(flip(mask, 1) if flipped else mask)

    def _input_shapes(self) -> list[Any]:
        return [(1, *self.input_size, 3)]
