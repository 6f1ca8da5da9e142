"""Datasets of the rows of tensors, which take whole batches at once.

Taking row by row and joining them again would be many small operations on the device; so the
numbers of the rows are a dataset, and what changes the order changes that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import ShapeError
from ..ops.indexing import gather
from ..tensor import Tensor
from .dataset import Dataset
from .structure import map_parts, parts_of


class Rows(Dataset):
    """The rows of `values`, in the order of `numbers`."""

    def __init__(self, values: Any, numbers: Dataset) -> None:
        super().__init__(numbers.map(lambda i: _row(values, i))._open, numbers.cardinality)
        self._values, self._numbers = values, numbers

    @staticmethod
    def of(values: Any) -> Rows:
        """All rows, in order."""
        tensors = map_parts(engine.as_tensor, values)
        parts = parts_of(tensors)
        if not parts or any(x.ndim == 0 for x in parts):
            raise ShapeError("from_tensor_slices: a number has no slices")
        sizes = [x.shape[0] for x in parts]
        if len(set(sizes)) > 1:
            raise ShapeError(f"from_tensor_slices: {', '.join(map(str, sizes))} slices differ")
        return Rows(tensors, Dataset.range(sizes[0]))

    def take(self, count: int) -> Dataset:
        return Rows(self._values, self._numbers.take(count))

    def skip(self, count: int) -> Dataset:
        return Rows(self._values, self._numbers.skip(count))

    def repeat(self, count: int | None = None) -> Dataset:
        return Rows(self._values, self._numbers.repeat(count))

    def shuffle(
        self,
        buffer_size: int,
        seed: int | str | None = None,
        reshuffle_each_iteration: bool = True,
    ) -> Dataset:
        return Rows(
            self._values, self._numbers.shuffle(buffer_size, seed, reshuffle_each_iteration)
        )

    def batch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        groups = self._numbers._groups(batch_size, drop_remainder)
        return Dataset(
            groups.map(lambda numbers: _batch(self._values, numbers))._open, groups.cardinality
        )


def _row(values: Any, number: int) -> Any:
    return map_parts(lambda x: x[number], values)


def _batch(values: Any, numbers: Sequence[int]) -> Any:
    """The rows of those numbers: a slice where they follow each other."""
    first, count = numbers[0], len(numbers)
    if list(numbers) == list(range(first, first + count)):
        return map_parts(lambda x: x[first : first + count], values)
    at = engine.as_tensor(list(numbers), int32)

    def rows(x: Tensor) -> Tensor:
        return gather(x, at, 0)

    return map_parts(rows, values)
