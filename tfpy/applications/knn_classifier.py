"""A classifier that only remembers: what is new is of the class of the examples nearest to it.

Put behind the embedding of a network such as MobileNet, it learns from a few images at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..ops.elementwise import divide_no_nan
from ..ops.linalg import matmul
from ..ops.movement import concat
from ..ops.reduce import norm
from ..spec import integer, positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .results import draw_caption

Label = str | int


class KNNPrediction(NamedTuple):
    """What an example is taken for.

    Attributes:
        label: the class that most of the nearest examples have; of several, that learnt first.
        class_index: that class's number, in the order in which classes were learnt.
        confidences: by label, the share of the nearest examples that have it.
    """

    label: Label
    class_index: int
    confidences: dict[Label, float]

    def draw(self, canvas: Any, *, row: int = 0) -> None:
        """Draw the classes' confidences as bars on a canvas, or natively on a PIL image.

        Args:
            row: how many other captions they are drawn below.
        """
        first = integer(row, "draw: row")
        for i, (label, confidence) in enumerate(self.confidences.items(), first):
            draw_caption(canvas, str(label), confidence, row=i)


class KNNClassifier:
    """The k nearest neighbours, by cosine similarity.

    >>> knn = tfpy.applications.KNNClassifier()
    >>> for x, label in (([1.0, 0.1], "right"), ([1.0, -0.2], "right"), ([0.0, 2.0], "up")):
    ...     knn.add_example(x, label)
    >>> knn.predict_sync([5.0, 0.5], k=2).label
    'right'
    >>> knn.example_counts
    {'right': 2, 'up': 1}
    """

    def __init__(self) -> None:
        #: By label, matrices of examples of unit length, one row each.
        self._examples: dict[Label, list[Tensor]] = {}
        self._indices: dict[Label, int] = {}
        self._shape: tuple[int, ...] | None = None
        self._all: Tensor | None = None

    @property
    def example_counts(self) -> dict[Label, int]:
        """How many examples each class has."""
        return {k: sum(x.shape[0] for x in rows) for k, rows in self._examples.items()}

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self._examples)

    def add_example(self, example: Any, label: Label) -> None:
        """Learn one example.

        Args:
            example: a tensor of any shape, the same for all, or what `tfpy.tensor` takes. Only its
                direction counts, not its length.
            label: its class.

        Raises:
            ArgumentError: the label is neither text nor int.
            DTypeError: the example is of complex numbers or texts.
            ShapeError: it has another shape than those before.
        """
        _check_label("add_example", label)
        row = self._row("add_example", example)
        self._shape = self._shape or engine.as_tensor(example).shape
        self._add(label, row)

    def _add(self, label: Label, rows: Tensor) -> None:
        self._forget_matrix()
        self._indices.setdefault(label, len(self._indices))
        self._examples.setdefault(label, []).append(engine.keep(rows))

    async def predict(self, example: Any, k: int = 3) -> KNNPrediction:
        """What an example is taken for.

        Args:
            example: as those learnt.
            k: how many of the nearest examples are asked; all, if there are fewer.

        Raises:
            ArgumentError: there are no examples yet, or `k` is not positive.
            ShapeError: the example has another shape than those learnt.
        """
        return await self._predict(AWAITING, example, k)

    def predict_sync(self, example: Any, k: int = 3) -> KNNPrediction:
        """The same as `predict`; blocks until the result is computed."""
        return run_blocking(self._predict(BLOCKING, example, k))

    async def _predict(self, wait: Blocking, example: Any, k: int) -> KNNPrediction:
        k = positive(k, "KNNClassifier.predict: k")
        if not self._examples:
            raise ArgumentError("KNNClassifier.predict: there are no examples; add some first")
        row = self._row("predict", example)
        similar = matmul(self._matrix(), row.reshape((-1, 1)))
        # Of what is asked now: others may teach while this waits.
        counts, indices = self.example_counts, dict(self._indices)
        # As in a stable sort, of equally near examples the first counts; what is NaN never does.
        values = [-v if v == v else inf for v in (await wait.read(similar)).tolist()]
        nearest = sorted(range(len(values)), key=values.__getitem__)[:k]
        labels = [label for label, count in counts.items() for _ in range(count)]
        votes = [labels[i] for i in nearest]
        confidences = {label: votes.count(label) / len(votes) for label in counts}
        label = max(confidences, key=confidences.__getitem__)
        return KNNPrediction(label, indices[label], confidences)

    def clear_class(self, label: Label) -> None:
        """Forget the examples of one class. Raises `ArgumentError` if there are none."""
        _check_label("clear_class", label)
        if label not in self._examples:
            raise ArgumentError(f"KNNClassifier.clear_class: there is no class {label!r}")
        self._forget_matrix()
        engine.dispose(self._examples.pop(label))
        if not self._examples:
            self._shape = None

    def clear_all_classes(self) -> None:
        """Forget all examples."""
        for label in list(self._examples):
            self.clear_class(label)

    def get_dataset(self) -> dict[Label, Tensor]:
        """All that was learnt: by label, a matrix of one example of unit length in each row.

        With texts as labels, `tfpy.io.save_safetensors` keeps it in a file.
        """
        return {label: x.clone() for label, x in self._by_label().items()}

    def set_dataset(self, dataset: Mapping[Label, Any]) -> None:
        """Learn these examples in place of all others.

        Args:
            dataset: as `get_dataset` gives it.

        Raises `ShapeError` for anything but matrices of rows of one length, `ArgumentError` for
        what is no dict, or labels that are neither text nor int.
        """
        if not isinstance(dataset, Mapping):
            raise ArgumentError(f"KNNClassifier.set_dataset takes a dict, not {dataset!r:.50}")
        rows: dict[Label, Tensor] = {}
        for label, examples in dataset.items():
            _check_label("set_dataset", label)
            x = engine.cast_to(engine.as_tensor(examples), float32)
            if x.ndim != 2 or 0 in x.shape:
                raise ShapeError(
                    f"KNNClassifier.set_dataset: {label!r} has shape {x.shape}, not (n, size)"
                )
            rows[label] = x.clone()
        sizes = {x.shape[1] for x in rows.values()}
        if len(sizes) > 1:
            raise ShapeError(f"KNNClassifier.set_dataset: examples have sizes {sorted(sizes)}")
        self.clear_all_classes()
        self._indices.clear()
        for label, x in rows.items():
            self._add(label, x)

    def dispose(self) -> None:
        """Free all examples now."""
        self.clear_all_classes()

    def _row(self, verb: str, example: Any) -> Tensor:
        """The example as a row of unit length, or of zeros if it has no direction."""
        x, size = engine.as_tensor(example), self._size
        # Of a data set that was set only the size of its examples is known.
        if not x.size or x.size != (size or x.size) or x.shape != (self._shape or x.shape):
            known = self._shape or size or "one value at least"
            raise ShapeError(f"KNNClassifier.{verb}: an example has shape {known}, not {x.shape}")
        if x.dtype.kind not in "fib":
            raise DTypeError(f"KNNClassifier.{verb}: an example has numbers, not {x.dtype}")
        x = engine.cast_to(x, float32).reshape((1, -1))
        return divide_no_nan(x, norm(x))

    @property
    def _size(self) -> int | None:
        rows = next(iter(self._examples.values()), None)
        return rows[0].shape[1] if rows else None

    def _matrix(self) -> Tensor:
        if self._all is None:
            self._all = _joined([*self._by_label().values()])
        return self._all

    def _by_label(self) -> dict[Label, Tensor]:
        """The examples of each class, from now on in one tensor."""
        self._examples = {label: [_joined(rows)] for label, rows in self._examples.items()}
        return {label: rows[0] for label, rows in self._examples.items()}

    def _forget_matrix(self) -> None:
        self._all = None


def _joined(rows: list[Tensor]) -> Tensor:
    return engine.keep(concat(rows, 0)) if len(rows) > 1 else rows[0]


def _check_label(verb: str, label: Any) -> None:
    if not isinstance(label, (str, int)):
        raise ArgumentError(f"KNNClassifier.{verb}: a label is a text or an int, not {label!r:.50}")
