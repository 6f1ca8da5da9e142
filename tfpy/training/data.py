"""Where batches come from: arrays in memory, or anything that gives batches by itself.

A batch is `(x, y, sample_weight)`, each a tensor, a list or dict of tensors, or None. Arrays are
cut here: tensors on the device they are on, NumPy's arrays on the host, batch by batch.
"""

from __future__ import annotations

import math
import random
import warnings
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import ArgumentError, ShapeError
from ..layers.symbolic import leaves, mapped
from ..ops import elementwise as ew
from ..ops.generator import host_seed
from ..ops.indexing import gather
from ..ops.reduce import argmax
from ..spec import integer, number, positive
from ..tensor import Tensor

Batch = tuple[Any, Any, Any]


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """`value` with `function` of each leaf; None, where there is nothing, stays."""
    return mapped(lambda x: None if x is None else function(x), value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def as_arrays(value: Any, several: bool) -> Any:
    """`value` with tensors and NumPy arrays for leaves.

    A list of arrays is one for each input or output; a list of numbers is an array, unless there
    are `several` inputs or outputs.
    """
    if value is None or _is_array(value):
        return value
    if hasattr(value, "to_numpy"):  # pandas
        return value.to_numpy()
    if isinstance(value, dict):
        return {k: as_arrays(v, False) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and (several or (value and all(map(_is_array, value)))):
        return [as_arrays(v, False) for v in value]
    return engine.as_tensor(value)


class Arrays:
    """Batches cut from arrays whose first axes are the samples.

    Args:
        what: who asks, for errors.
        data: `[x, y, sample_weight]`, each as `as_arrays` returns it.
        batch_size: samples in each batch but the last.
        shuffle: whether to draw an order for each epoch; `tfpy.set_seed` decides which.
    """

    repeats = True

    def __init__(self, what: str, data: list[Any], batch_size: int | None, shuffle: bool) -> None:
        self._data = data
        arrays = _given(self._data)
        self.samples = count = samples(what, arrays)
        self._size = positive(32 if batch_size is None else batch_size, f"{what}: batch_size")
        self._shuffle = shuffle
        self.steps: int | None = max(-(-count // self._size), 1)

    def __iter__(self) -> Iterator[Batch]:
        order = array("i", range(self.samples)) if self._shuffle else None
        if order is not None:
            random.Random(host_seed()).shuffle(order)
        # Without samples there is one empty batch: predictions of nothing have a shape too.
        for start in range(0, max(self.samples, 1), self._size):
            end = min(start + self._size, self.samples)
            x, y, weight = map_leaves(lambda a: _cut(a, start, end, order), self._data)  # noqa: B023
            yield x, y, weight


def samples(what: str, arrays: list[Any]) -> int:
    """How many samples the arrays have, which must be as many in each."""
    if any(len(a.shape) == 0 for a in arrays):
        raise ShapeError(f"{what}: an array without an axis for the samples")
    counts = {a.shape[0] for a in arrays}
    if len(counts) > 1:
        sizes = ", ".join(str(a.shape[0]) for a in arrays)
        raise ShapeError(f"{what}: arrays of different batch sizes: {sizes}")
    return counts.pop() if counts else 0


def _given(data: Any) -> list[Any]:
    """The arrays that are there."""
    return [a for a in leaves(data) if a is not None]


def _cut(a: Any, start: int, end: int, order: Any) -> Tensor:
    """Samples `start` to `end` in the order, or as they come."""
    if order is None:
        part = a if end - start == a.shape[0] else a[start:end]
    elif isinstance(a, Tensor):
        part = gather(a, memoryview(order)[start:end])
    else:
        part = a[order[start:end]]
    return engine.as_tensor(part)


def split(
    what: str, data: list[Any], validation_split: float
) -> tuple[list[Any], tuple[Any, Any, Any]]:
    """`[x, y, sample_weight]` without the last part of the samples, and that part."""
    if not 0 < validation_split < 1:
        raise ArgumentError(f"{what}: validation_split={validation_split} is not between 0 and 1")
    count = samples(what, _given(data))
    at = math.floor(count * (1.0 - validation_split))
    if at in (0, count):
        raise ArgumentError(
            f"{what}: validation_split={validation_split} of {count} samples leaves one side empty"
        )
    x, y, weight = map_leaves(lambda a: a[at:], data)
    return map_leaves(lambda a: a[:at], data), (x, y, weight)


class Stream:
    """Batches from an iterable, synchronous or not, or from something with `[i]` and a length."""

    def __init__(self, what: str, source: Any) -> None:
        self._what, self._source = what, source
        self.repeats = not hasattr(source, "__next__") and not hasattr(source, "__anext__")
        try:
            self.steps: int | None = len(source)
        except TypeError:
            self.steps = None
        #: Whether it is known to have no end.
        self.endless = False
        if hasattr(source, "cardinality"):
            from ..data import INFINITE  # here, where it is loaded: arrays do without

            self.endless = source.cardinality() == INFINITE

    def __iter__(self) -> Iterator[Any]:
        source = self._source
        if hasattr(source, "__iter__"):
            return iter(source)
        if hasattr(source, "__getitem__"):
            return (source[i] for i in range(self.steps or 0))
        raise ArgumentError(f"{self._what}: no batches can be got from a {type(source).__name__}")

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._source.__aiter__()

    def is_async(self, wanted: bool) -> bool:
        """Whether batches are awaited: where that is `wanted` and possible, or the only way."""
        return hasattr(self._source, "__aiter__") and (
            wanted or not hasattr(self._source, "__iter__")
        )


def source_of(
    what: str,
    data: list[Any],
    batch_size: int | None,
    shuffle: bool,
    several: tuple[bool, bool],
) -> Arrays | Stream:
    """The batches of `[x, y, sample_weight]`, where x may be an iterable of batches."""
    x, y, weight = data
    if x is None and y is None:
        raise ArgumentError(f"{what}: there is no data")
    if x is None or is_data(x):
        given = [as_arrays(x, several[0]), as_arrays(y, several[1]), as_arrays(weight, False)]
        return Arrays(what, given, batch_size, shuffle)
    if y is not None or weight is not None:
        name = "y" if y is not None else "sample_weight"
        raise ArgumentError(f"{what}: with batches from an iterable, {name} comes in the batches")
    return Stream(what, x)


def is_data(x: Any) -> bool:
    """Whether `x` is values, rather than something that gives batches."""
    return _is_array(x) or isinstance(x, (list, tuple, dict)) or hasattr(x, "to_numpy")


class Feed:
    """Batches, epoch by epoch.

    Args:
        what: who asks, for errors.
        source: of batches.
        steps: batches in an epoch; by default all there are. Where an epoch of training ends before
            the source does, the next one goes on from there; one of validation begins anew, so that
            epochs can be compared.
        several: whether the model has several inputs, and outputs.
        awaits: whether to await batches where the source can be.
        limit: the name of the argument that `steps` is.
    """

    def __init__(
        self,
        what: str,
        source: Arrays | Stream,
        steps: int | None,
        several: tuple[bool, bool],
        awaits: bool,
        limit: str,
    ) -> None:
        if steps is not None:
            steps = positive(steps, f"{what}: {limit}")
        elif isinstance(source, Stream) and source.endless:
            raise ArgumentError(f"{what}: the dataset has no end; {limit} must say where to stop")
        self._what, self._source, self._wanted, self._several = what, source, steps, several
        #: Batches in an epoch; None while nobody knows.
        self.steps = source.steps if steps is None else steps
        self._iterator: Any = None
        #: Batches taken in this epoch.
        self.taken = 0
        self._any = False
        self._is_async = isinstance(source, Stream) and source.is_async(awaits)
        self._goes_on = steps is not None and limit == "steps_per_epoch"

    def start(self) -> None:
        """Begin an epoch."""
        self.taken = 0
        if not self._goes_on:
            self._iterator = None

    async def next(self) -> Batch | None:
        """The next batch of the epoch, None where it ends."""
        while self._wanted is None or self.taken < self._wanted:
            fresh = self._iterator is None
            if fresh:
                self._iterator = aiter(self._source) if self._is_async else iter(self._source)  # type: ignore[arg-type]
            try:
                batch = await anext(self._iterator) if self._is_async else next(self._iterator)
            except (StopIteration, StopAsyncIteration):
                self._iterator = None
                if self._wanted is None or fresh or not self._source.repeats:
                    break
                continue
            self.taken, self._any = self.taken + 1, True
            return self._unpacked(batch)
        self._check_end()
        return None

    def _check_end(self) -> None:
        if not self._any:
            raise ArgumentError(f"{self._what}: the data has no batches")
        wanted = self._wanted
        if not self.taken:
            text = "ran out of data: an iterator gives its batches once, a dataset in every epoch"
            warnings.warn(f"{self._what} {text}", stacklevel=2)
        elif wanted is None:
            self.steps = self.taken
        elif self.taken < wanted:
            text = f"the data ended after {self.taken} of {wanted} batches"
            warnings.warn(f"{self._what}: {text}", stacklevel=2)

    def _unpacked(self, batch: Any) -> Batch:
        """`(x, y, sample_weight)` of what a source gave."""
        if isinstance(batch, dict) and set(batch) == {"xs", "ys"}:  # TF.js's
            batch = (batch["xs"], batch["ys"])
        if not isinstance(batch, (tuple, list)):
            batch = (batch,)
        if len(batch) > 3:
            raise ArgumentError(
                f"{self._what}: a batch is (x, y, sample_weight), not {len(batch)} entries"
            )
        x, y, weight = (*batch, None, None)[:3]
        return (
            _tensors(x, self._several[0]),
            _tensors(y, self._several[1]),
            _tensors(weight, False),
        )


def _tensors(value: Any, several: bool) -> Any:
    return map_leaves(engine.as_tensor, as_arrays(value, several))


def checked_classes(what: str, weights: Any) -> dict[int, float] | None:
    """`class_weight` if it is a dict of numbers by classes."""
    if weights is None:
        return None
    what = f"{what}: class_weight"
    if not isinstance(weights, dict):
        raise ArgumentError(f"{what} must be a dict of numbers by class, not {weights!r:.50}")
    return {integer(k, f"{what}: a class"): number(v, what) for k, v in weights.items()}


def class_weights(y: Any, weights: dict[int, float]) -> Tensor:
    """The weight of each sample by its label: a number of a class, or one-hot; 1 by default."""
    if not isinstance(y, Tensor):
        raise ArgumentError("class_weight: the model must have one output")
    labels = y
    if y.ndim > 2:
        raise ShapeError(f"class_weight: labels of shape {y.shape} are not one for each sample")
    if y.ndim == 2:
        labels = argmax(y, -1) if y.shape[-1] > 1 else y.reshape((-1,))
    most = max(weights) + 1
    table = [float(weights.get(i, 1.0)) for i in range(most)]
    # Labels beyond the table, or below it, weigh 1 too.
    place = ew.cast(labels, int32)
    place = ew.where(ew.logical_and(place >= 0, place < most), place, most)
    return gather(engine.as_tensor([*table, 1.0]), place)
