"""DeepLab: what each pixel of a photo shows.

Takes TF.js's graphs for 21 things (Pascal VOC), 19 of streets (Cityscapes) or 151 (ADE20K).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import ArgumentError, ModelFormatError
from ..io.handlers import OnProgress
from ..ops.image import resize_bilinear, resize_nearest_neighbor
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import Size, one_image
from .masks import Color, Segmentation
from .pretrained import Network, Pretrained, choose, hub, listed, read_lines, run_for_one

#: The longer side of the image that the network sees.
_SIDE = 513
_BASES = ("pascal", "cityscapes", "ade20k")
_FORMATS = {1: "quantized/1", 2: "quantized/2", 4: "default"}


def _url(base: str, quantization_bytes: int) -> str:
    folder = choose("DeepLab.load", "quantization_bytes", quantization_bytes, _FORMATS)
    return hub(f"tensorflow/tfjs-model/deeplab/{base}/1/{folder}/1")


class DeepLab(Pretrained):
    """A loaded DeepLab. Make one with `await DeepLab.load()`.

    Attributes:
        model: the network.
        labels: the names of its classes.
        colors: one for each class, `#rrggbb`.

    With a network that sees aeroplanes everywhere:

    >>> one = tfpy.layers.Conv2D(1, 1, kernel_initializer="zeros", bias_initializer="ones")
    >>> network = tfpy.Sequential([tfpy.Input((None, None, 3)), one])
    >>> found = tfpy.applications.DeepLab(network).segment_sync(tfpy.zeros((2, 3, 3)))
    >>> found.mask
    tfpy.tensor([[1, 1, 1],
                 [1, 1, 1]])
    >>> found.legend
    {'aeroplane': '#800000'}
    """

    URLS = {"model": _url("pascal", 2)}

    def __init__(
        self,
        model: Network,
        base: str = "pascal",
        labels: Sequence[str] | None = None,
        colors: Sequence[Color] | None = None,
    ) -> None:
        choose("DeepLab", "base", base, dict.fromkeys(_BASES))
        shape = model.inputs[0].shape or (None,) * 4
        if len(shape) != 4 or shape[3] not in (3, None):
            raise ModelFormatError(f"not a DeepLab: its input has shape {shape}")
        known = [line.split(" ", 1) for line in read_lines(f"deeplab_{base}.txt")]
        self.model = model
        names, shown = [name for _, name in known], [color for color, _ in known]
        self.labels = listed("DeepLab: labels", names if labels is None else labels)
        self.colors = listed("DeepLab: colors", shown if colors is None else colors)
        if len(self.colors) < len(self.labels) and colors is not None:
            raise ArgumentError(
                f"DeepLab: there are {len(self.labels)} labels and {len(self.colors)} colors"
            )

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        base: str = "pascal",
        quantization_bytes: int = 2,
        labels: Sequence[str] | None = None,
        colors: Sequence[Color] | None = None,
        on_progress: OnProgress | None = None,
    ) -> DeepLab:
        """Load a DeepLab.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TensorFlow Hub's for `base`.
            base: what it was taught with: "pascal", "cityscapes" or "ade20k".
            quantization_bytes: the size of a weight in the files: 1, 2 or 4 bytes.
            labels, colors: of the classes, by default those of `base`.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a wrong option, and what `load_graph_model` does.
        """
        choose("DeepLab.load", "base", base, dict.fromkeys(_BASES))
        url = _url(base, quantization_bytes) if url is None else url
        options = {"base": base, "labels": labels, "colors": colors}
        return await cls.load_networks({"model": url}, on_progress, **options)

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        base: str = "pascal",
        labels: Sequence[str] | None = None,
        colors: Sequence[Color] | None = None,
        on_progress: OnProgress | None = None,
    ) -> DeepLab:
        """`load` for a local folder, without await."""
        options = {"base": base, "labels": labels, "colors": colors}
        return cls.load_networks_sync({"model": path}, on_progress, **options)

    async def predict(self, image: Any) -> Tensor:
        """The class of each pixel, as the network sees the image.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.

        Returns:
            int32 (height, width), the longer of which is 513, on the device.

        Raises `ImageError` for what is not an image.
        """
        return await self._predict(AWAITING, image)

    def predict_sync(self, image: Any) -> Tensor:
        """The same as `predict`, without await."""
        return run_blocking(self._predict(BLOCKING, image))

    async def segment(self, image: Any) -> Segmentation:
        """What each pixel of an image shows.

        Args:
            image: as in `predict`.

        Returns:
            Its mask is int32 (height, width) of the image: places in its `names`. Its `legend` has
            the colours of those that are there.

        Raises `ImageError` for what is not an image, `ArgumentError` if the network finds classes
        that have no label.
        """
        return await self._segment(AWAITING, image)

    def segment_sync(self, image: Any) -> Segmentation:
        """The same as `segment`; blocks until the classes are known."""
        return run_blocking(self._segment(BLOCKING, image))

    async def _predict(self, wait: Blocking, image: Any) -> Tensor:
        x = one_image("DeepLab", image)
        part = _SIDE / max(x.shape[1:3])
        size = Size(*(max(1, floor(n * part + 0.5)) for n in x.shape[1:3]))
        x = engine.cast_to(resize_bilinear(x, size), self.model.inputs[0].dtype or int32)
        found = await run_for_one("DeepLab", wait, self.model, x)
        if found.ndim not in (3, 4) or found.size != size.height * size.width:
            raise ModelFormatError(f"not a DeepLab: for {size} pixels it gives {found.shape}")
        return engine.cast_to(found.reshape(size), int32)

    async def _segment(self, wait: Blocking, image: Any) -> Segmentation:
        x = one_image("DeepLab", image)
        seen = await self._predict(wait, x)
        there = sorted({int(n) for n in set((await wait.read(seen)).tolist())})
        if there[-1] >= len(self.labels):
            raise ArgumentError(
                f"this DeepLab finds class {there[-1]} but has {len(self.labels)} labels: name them"
            )
        colors = [self.colors[i % len(self.colors)] for i in range(len(self.labels))]
        legend = {self.labels[i]: colors[i] for i in there}
        mask = resize_nearest_neighbor(seen.reshape((1, *seen.shape, 1)), x.shape[1:3])
        return Segmentation(mask.reshape(x.shape[1:3]), self.labels, colors, legend=legend)

    def _input_shapes(self) -> list[Any]:
        return [(1, _SIDE, _SIDE, 3)]
