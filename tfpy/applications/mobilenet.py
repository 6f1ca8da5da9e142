"""MobileNet: what a photo shows, among 1000 ImageNet classes, or a vector that describes it.

Takes either form in which TF.js publishes it: the layers model (probabilities, Keras's layer names)
and the graph models of TensorFlow Hub (logits for 1001 classes, the first meaning "background").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, ShapeError
from ..graphs.model import GraphModel
from ..io.handlers import OnProgress
from ..layers.pooling import GlobalAveragePooling2D
from ..models import Model
from ..ops.image import resize_bilinear
from ..ops.nn import softmax
from ..spec import number, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .images import one_image, pixels
from .pretrained import Network, Pretrained, choose, hub, listed, read, read_lines, run
from .results import draw_caption

#: TF.js's public copy of MobileNet V1, width 0.25, as a layers model: the smallest there is.
SMALL_URL = "https://storage.googleapis.com/tfjs-models/tfjs/mobilenet_v1_0.25_224/model.json"

#: Widths that TensorFlow Hub has of each version, by the words in their addresses.
_WIDTHS = {
    1: {0.25: "025", 0.5: "050", 0.75: "075", 1.0: "100"},
    2: {0.5: "050", 0.75: "075", 1.0: "100"},
}

#: Nodes of TensorFlow Hub's models whose value describes the image.
_EMBEDDING_NODES = (
    "module_apply_default/MobilenetV1/Logits/global_pool",
    "module_apply_default/MobilenetV2/Logits/AvgPool",
)
_SIZE = 224


class Prediction(NamedTuple):
    """One class: its ImageNet name, its probability, its place among the 1000."""

    class_name: str
    probability: float
    class_index: int

    def draw(self, canvas: Any, *, row: int = 0) -> None:
        """Draw its name and probability as a bar on a canvas, or natively on a PIL image.

        Args:
            row: how many others it is drawn below.
        """
        draw_caption(canvas, self.class_name, self.probability, row=row)


class MobileNet(Pretrained):
    """A loaded MobileNet. Make one with `await MobileNet.load()`.

    Attributes:
        model: the network, a `Model` or `GraphModel`.
        input_range: what the pixel values 0 and 255 become.
        input_size: height and width of the image the network takes.
    """

    URLS = {"model": hub("google/imagenet/mobilenet_v1_100_224/classification/1")}

    def __init__(self, model: Network, input_range: tuple[float, float] | None = None) -> None:
        is_graph = isinstance(model, GraphModel)
        self.model = model
        if input_range is None:
            input_range = (0.0, 1.0) if is_graph else (-1.0, 1.0)
        self.input_range = _two_numbers(input_range)
        shape = model.inputs[0].shape or (None,) * 4
        if len(shape) != 4 or shape[3] not in (3, None):
            raise ShapeError(f"not a MobileNet: its input has shape {shape}")
        self.input_size = (shape[1] or _SIZE, shape[2] or _SIZE)
        self._cut: dict[str, Model] = {}

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        version: int = 1,
        alpha: float = 1.0,
        input_range: tuple[float, float] | None = None,
        on_progress: OnProgress | None = None,
    ) -> MobileNet:
        """Load a MobileNet, V1 or V2, layers model or graph model.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_layers_model`; by default
                that of TensorFlow Hub for `version` and `alpha`.
            version: 1 or 2.
            alpha: how wide the layers are: 0.25 (of version 1 only), 0.5, 0.75 or 1.
            input_range: what the pixel values 0 and 255 become; by default (-1, 1) for a layers
                model and (0, 1) for a graph model.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises `ArgumentError` for a version or alpha that there is not, and what
        `load_layers_model` and `load_graph_model` do.
        """
        widths = choose("MobileNet.load", "version", version, _WIDTHS)
        width = choose("MobileNet.load", "alpha", alpha, widths)
        name = f"mobilenet_v{version}_{width}_224/classification/{version}"
        url = hub(f"google/imagenet/{name}") if url is None else url
        return await cls.load_networks({"model": url}, on_progress, input_range=input_range)

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        input_range: tuple[float, float] | None = None,
        on_progress: OnProgress | None = None,
    ) -> MobileNet:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync({"model": path}, on_progress, input_range=input_range)

    async def classify(self, image: Any, topk: int = 3) -> list[Prediction]:
        """The `topk` most probable classes of an image, best first.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            topk: how many classes.

        Raises `ImageError` for what is not an image, or one of no size, `ArgumentError` for a
        `topk` that is no positive int.
        """
        return await self._classify(AWAITING, image, topk)

    def classify_sync(self, image: Any, topk: int = 3) -> list[Prediction]:
        """The same as `classify`; blocks until the result is computed."""
        return run_blocking(self._classify(BLOCKING, image, topk))

    def infer(self, image: Any, embedding: bool | str = False) -> Tensor:
        """The network's output, or what one of its layers makes of the image.

        Args:
            image: as in `classify`; a tensor may hold several, (batch, height, width, 3).
            embedding: True for the vector after global pooling, (batch, features); the name of a
                layer or node for its output as it is.

        Returns:
            Without `embedding`, (batch, 1000): probabilities from a layers model, logits from a
            graph model.
        """
        x = self.preprocess(image)
        if embedding is False:
            return self._classes(self._run(x, None))
        name = self._embedding_name() if embedding is True else embedding
        y = self._run(x, name)
        return y if isinstance(embedding, str) else y.reshape((y.shape[0], -1))

    def preprocess(self, image: Any) -> Tensor:
        """The image as the network takes it: float32 (batch, height, width, 3), in range."""
        x = pixels(image)
        low, high = self.input_range
        x = engine.cast_to(x, float32) * ((high - low) / 255.0) + low
        if x.shape[1:3] != self.input_size:
            x = resize_bilinear(x, self.input_size, align_corners=True)
        return x

    def _input_shapes(self) -> list[Any]:
        return [(1, *self.input_size, 3)]

    async def _classify(self, wait: Blocking, image: Any, topk: int) -> list[Prediction]:
        topk = positive(topk, "MobileNet.classify: topk")
        x = self.preprocess(one_image("MobileNet.classify", image))
        outputs = self.model.output_nodes[:1] if isinstance(self.model, GraphModel) else None
        y = self._classes((await run(wait, self.model, x, outputs))[0])
        return _best((await read(wait, softmax(y) if outputs else y))[0], topk)

    def _classes(self, y: Tensor) -> Tensor:
        y = y.reshape((y.shape[0], -1))
        if y.shape[1] == 1001:
            y = y[:, 1:]
        if y.shape[1] != 1000:
            raise ShapeError(f"not a classifier: it gives {y.shape[1]} values per image")
        return y

    def _run(self, x: Tensor, name: str | None) -> Tensor:
        if isinstance(self.model, GraphModel):
            return self.model.execute(x, name or self.model.output_nodes[0])
        if name is None:
            return self.model(x)
        if name not in self._cut:
            self._cut[name] = Model(self.model.input, self.model.get_layer(name).output)
        return self._cut[name](x)

    def _embedding_name(self) -> str:
        if isinstance(self.model, GraphModel):
            found = [name for name in _EMBEDDING_NODES if self.model.has_node(name)]
        else:
            found = [
                layer.name
                for layer in reversed(self.model.layers)
                if isinstance(layer, GlobalAveragePooling2D)
            ]
        if not found:
            raise ArgumentError("this MobileNet has no embedding that I know; name a layer or node")
        return found[0]


def _two_numbers(input_range: Any) -> tuple[float, float]:
    what = "MobileNet: input_range"
    given = [number(n, what) for n in listed(what, input_range)]
    if len(given) != 2:
        raise ArgumentError(f"{what} must be two numbers, not {input_range!r:.50}")
    return given[0], given[1]


def _best(probabilities: Any, topk: int) -> list[Prediction]:
    values = probabilities.tolist()
    order = sorted(range(len(values)), key=values.__getitem__, reverse=True)[:topk]
    names = imagenet_labels()
    return [Prediction(names[i], values[i], i) for i in order]


def imagenet_labels() -> Sequence[str]:
    """The names of ImageNet's 1000 classes, in order."""
    return read_lines("imagenet_labels.txt")
