"""Layers that prepare numbers: categories, bins, and features of mean 0 and variance 1."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from .. import engine
from ..dtypes import DType, int32
from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops import reduce
from ..ops.creation import one_hot
from ..ops.image.sampling import choice
from ..ops.movement import expand_dims
from ..ops.sorting import searchsorted
from ..spec import integers, normalize_axes
from ..tensor import Tensor
from .base import Layer

__all__ = ["CategoryEncoding", "Discretization", "Normalization"]

MODES = ("int", "one_hot", "multi_hot", "count")


def encoded(x: Tensor, mode: str, depth: int, dtype: DType, weights: Any = None) -> Tensor:
    """Integers below `depth` in one of `MODES`; others count as none of them.

    Shapes: see `encoded_shape`.
    """
    if mode == "int":
        return ew.cast(x, dtype)
    x = ew.cast(x, int32)
    x = expand_dims(x, 0) if x.ndim == 0 else x
    if mode == "one_hot":
        x = x.reshape(x.shape[:-1]) if x.ndim > 1 and x.shape[-1] == 1 else x
        return one_hot(x, depth, dtype=dtype)
    y = one_hot(x, depth, dtype=dtype)
    if weights is not None:
        y = y * expand_dims(ew.cast(weights, dtype), -1)
    return reduce.max(y, -2) if mode == "multi_hot" else reduce.sum(y, -2)


def encoded_shape(shape: Any, mode: str, depth: int) -> Any:
    """The shape that `encoded` makes of `shape`."""
    if mode == "int":
        return shape
    if mode == "one_hot" and (len(shape) == 1 or (shape and shape[-1] != 1)):
        return (*shape, depth)
    return (*shape[:-1], depth)


def batches(data: Any) -> Iterator[Tensor]:
    """What `adapt` learns from: a tensor or array, or batches of them, with targets or not."""
    several = isinstance(data, Iterable) and not hasattr(data, "shape")
    if isinstance(data, (list, tuple)):
        first = data[0] if data else None
        several = hasattr(first[0] if isinstance(first, tuple) else first, "shape")
    for batch in data if several else [data]:
        yield engine.as_tensor(batch[0] if isinstance(batch, tuple) else batch)


class CategoryEncoding(Layer):
    """Integers as vectors of `num_tokens` numbers.

    Args:
        num_tokens: how many categories there are; other integers give zeros.
        output_mode: "one_hot" for a vector for each, "multi_hot" or "count" for one for each
            sample, its last axis: which categories are there, or how often.
        sparse: False.

    The call takes `count_weights`, of the shape of the input: how much each counts for "count".

    >>> tfpy.layers.CategoryEncoding(4)(tfpy.tensor([[0, 1], [3, 3]]))
    tfpy.tensor([[1., 1., 0., 0.],
                 [0., 0., 0., 1.]])
    """

    config_keys = ("num_tokens", "output_mode")

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if sparse:
            raise ArgumentError(f"CategoryEncoding: sparse must be False, not {sparse!r}")
        choice("CategoryEncoding", "output_mode", output_mode, MODES[1:])
        self.num_tokens, self.output_mode = self._positive("num_tokens", num_tokens), output_mode

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(
                f'{self.name}: count_weights are for output_mode "count", not {self.output_mode!r}'
            )
        return encoded(inputs, self.output_mode, self.num_tokens, self.dtype, count_weights)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)


class Normalization(Layer):
    """`(x - mean) / sqrt(variance)`, by statistics that are given or learned by `adapt`.

    Args:
        axis: the axis or axes with a mean of their own for each position; None for one mean.
        mean, variance: numbers, or one for each position of `axis`.
        invert: undo it instead.

    >>> layer = tfpy.layers.Normalization()
    >>> layer.adapt(tfpy.tensor([[0.0, 7.0], [2.0, 9.0]]))
    >>> layer(tfpy.tensor([[0.0, 9.0]]))
    tfpy.tensor([[-1.,  1.]])
    """

    config_keys = ("axis", "mean", "variance", "invert")

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ArgumentError("Normalization: mean and variance are given both or not at all")
        self.axis: Any = () if axis is None else integers(axis, "Normalization: axis")
        self.mean, self.variance, self.invert = _listed(mean), _listed(variance), bool(invert)
        self._statistics: Any = None

    def build(self, input_shape: Any) -> None:
        axes = sorted(normalize_axes(self.name, self.axis, len(input_shape)) if self.axis else ())
        self._shape = [n if i in axes else 1 for i, n in enumerate(input_shape)]
        self._others = [i for i in range(len(input_shape)) if i not in axes]
        if self.mean is None:
            shape = [input_shape[a] for a in axes]
            self._statistics = [
                self.add_weight(shape, "zeros", trainable=False, name="mean"),
                self.add_weight(shape, "ones", trainable=False, name="variance"),
            ]
            # In the files of Keras, and of no use.
            self.add_weight((), "zeros", int32, trainable=False, name="count")

    def _aligned(self, value: Any, rank: int) -> Tensor:
        """Given numbers along the axes they are for, the last of them."""
        x = engine.as_tensor(value, self.dtype)
        if x.ndim == 0:
            return x
        kept = [i for i in range(rank) if i not in self._others]
        if x.ndim > len(kept):
            raise ShapeError(f"{self.name}: mean of shape {x.shape} for axis {self.axis}")
        sizes = dict(zip(kept[::-1], x.shape[::-1], strict=False))
        return x.reshape([sizes.get(i, 1) for i in range(rank)])

    def call(self, inputs: Tensor) -> Tensor:
        x = ew.cast(inputs, self.dtype)
        if self._statistics:
            mean, variance = (v.reshape(self._shape) for v in self._statistics)
        else:
            mean, variance = (self._aligned(v, x.ndim) for v in (self.mean, self.variance))
        deviation = ew.maximum(ew.sqrt(variance), 1e-7)
        return mean + x * deviation if self.invert else (x - mean) / deviation

    def adapt(self, data: Any) -> None:
        """Learn mean and variance.

        Args:
            data: a tensor or array, or an iterable of batches of the input.
        """
        if self.mean is not None:
            raise ArgumentError(f"{self.name}: mean and variance were given")
        total, old_mean, old_variance = 0, 0.0, 0.0
        for x in batches(data):
            if not self.built:
                self.build_for(x.shape)
            mean, variance = reduce.moments(ew.cast(x, self.dtype), self._others)
            count = prod(x.shape[i] for i in self._others)
            total += count
            # Both parts about their common mean: the squares do not cancel.
            share = count / total
            both: Any = old_mean + (mean - old_mean) * share
            old_variance = (
                (old_variance + ew.square(both - old_mean)) * (1.0 - share)
                + (variance + ew.square(mean - both)) * share
            )  # fmt: skip
            old_mean = both
        if not total:
            raise ArgumentError(f"{self.name}.adapt: there is no data")
        for variable, value in zip(self._statistics, (old_mean, old_variance), strict=True):
            variable.assign(value)


def _listed(value: Any) -> Any:
    """Numbers as lists, which configurations hold."""
    return value.tolist() if hasattr(value, "tolist") else value


class Discretization(Layer):
    """The number of the bin each value falls into.

    Args:
        bin_boundaries: where bins begin, in ascending order: n make n + 1 bins.
        num_bins: how many bins `adapt` makes instead.
        epsilon: how exact its quantiles are; smaller takes longer.
        output_mode: "int", or how bins are encoded, see `CategoryEncoding`.
        sparse: False.

    >>> tfpy.layers.Discretization([0.0, 1.0, 2.0])(tfpy.tensor([[-1.5, 1.0, 3.4]]))
    tfpy.tensor([[0, 2, 3]])
    """

    config_keys = ("bin_boundaries", "num_bins", "epsilon", "output_mode", "sparse")

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (bin_boundaries is None) == (num_bins is None) or sparse or (num_bins or 1) < 1:
            raise ArgumentError(
                "Discretization takes either bin_boundaries or a positive num_bins, and no sparse: "
                f"{bin_boundaries!r}, {num_bins!r}, {sparse!r}"
            )
        choice("Discretization", "output_mode", output_mode, MODES)
        if not isinstance(bin_boundaries, (list, tuple, type(None))):
            raise ArgumentError(
                f"Discretization: bin_boundaries must be a list, not {bin_boundaries!r:.50}"
            )
        self.bin_boundaries = None if bin_boundaries is None else list(bin_boundaries)
        self.num_bins, self.epsilon, self.output_mode = num_bins, epsilon, output_mode
        self.sparse = False

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The layer that `config` describes; an adapted one has both boundaries and their number"""
        both = config.get("bin_boundaries") is not None and config.get("num_bins") is not None
        layer = cls(**({**config, "bin_boundaries": None} if both else config))
        if both:
            layer.bin_boundaries = list(config["bin_boundaries"])
        return layer

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn boundaries between which there is about the same number of values.

        Args:
            data: a tensor or array, or an iterable of batches of the input.
            steps: of how many batches, by default all.
        """
        if self.num_bins is None:
            raise ArgumentError(f"{self.name}: bin_boundaries were given")
        summary: list[tuple[float, float]] = []
        for i, x in enumerate(batches(data)):
            if i == steps:
                break
            values = sorted(x.ravel().tolist())
            step = max(len(values) * self.epsilon, 1.0)
            part = [(v, step) for v in values[int(step - 1) :: int(step)]]
            summary = _compressed(sorted(summary + part), self.epsilon)
        if not summary:
            raise ArgumentError(f"{self.name}.adapt: there is no data")
        self.bin_boundaries = [v for v, _ in _compressed(summary, 1.0 / self.num_bins)[:-1]]

    def _depth(self) -> int:
        return self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1  # type: ignore[return-value]

    def output_dtype(self, given: DType, *others: DType) -> DType:
        return int32 if self.output_mode == "int" else self.dtype

    def call(self, inputs: Tensor) -> Tensor:
        if self.bin_boundaries is None:
            raise ArgumentError(f"{self.name} has no boundaries yet: adapt it first")
        x = ew.cast(inputs, self.dtype)
        bins = searchsorted(engine.as_tensor(self.bin_boundaries, x.dtype), x.ravel(), "right")
        dtype = self.output_dtype(x.dtype)
        return encoded(bins.reshape(x.shape), self.output_mode, self._depth(), dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return encoded_shape(input_shape, self.output_mode, self._depth())


def _compressed(summary: list[tuple[float, float]], epsilon: float) -> list[tuple[float, float]]:
    """Sorted (value, weight) as about 1 / `epsilon` of them: quantiles, between the values."""
    if len(summary) * epsilon < 1:
        return summary
    values, weights = zip(*summary, strict=True)
    sums = list(accumulate(weights))
    found, before, i = [], 0.0, 0
    while i * epsilon < 1.0:
        i += 1
        aim = min(i * epsilon, 1.0) * sums[-1]
        k = min(bisect_left(sums, aim), len(sums) - 1)
        value = values[k]
        if k > 0 and aim < sums[k]:
            value -= (sums[k] - aim) / weights[k] * (values[k] - values[k - 1])
        aim = max(aim, sums[0])
        found.append((value, aim - before))
        before = aim
    return found
