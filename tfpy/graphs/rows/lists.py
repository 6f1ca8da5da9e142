"""Tensor lists, which are values, and tensor arrays, which change: sequences that loops fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...dtypes import DType, int32
from ...errors import ArgumentError, ShapeError
from ...ops.creation import scalar, tensor, zeros
from ...ops.movement import concat, split, stack, unstack
from ...tensor import Tensor
from ..table import Attrs, row

Shape = tuple[int | None, ...]
#: A model that reserves more elements than this is damaged.
MOST = 1 << 24


def _shape(numbers: Any) -> Shape | None:
    """A shape as nodes give it: -1 for an unknown size, a scalar for an unknown rank."""
    if not isinstance(numbers, list):
        return None
    return tuple(None if n < 0 else n for n in numbers)


def _merged(*shapes: Shape | None) -> Shape | None:
    """What is known of a shape from several places."""
    known: Shape | None = None
    for shape in shapes:
        if known is None or shape is None:
            known = known if shape is None else shape
            continue
        if len(known) != len(shape) or any(
            None not in (n, m) and n != m for n, m in zip(known, shape, strict=True)
        ):
            raise ShapeError(f"an element of shape {shape} in a list of shape {known}")
        known = tuple(m if n is None else n for n, m in zip(known, shape, strict=True))
    return known


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= MOST:
        raise ArgumentError(f"a list cannot have {value} elements")
    return value


class TensorList(NamedTuple):
    """Elements, None for those never set, and what is known of their shape and type."""

    items: tuple[Tensor | None, ...]
    shape: Shape | None
    dtype: DType | None

    def place(self, index: Any) -> int:
        """`index`, checked."""
        if not isinstance(index, int) or not 0 <= index < len(self.items):
            raise ArgumentError(f"index {index} is not in a list of {len(self.items)}")
        return index

    def checked(self, item: Tensor) -> Tensor:
        """`item`, if it may be an element."""
        _merged(self.shape, item.shape)
        return item

    def element_shape(self, more: Shape | None) -> Shape | None:
        """What the list, its elements and `more` know."""
        some = next((x.shape for x in self.items if x is not None), None)
        return _merged(self.shape, more, some)

    def filled(self, places: Sequence[int], more: Shape | None = None) -> list[Tensor]:
        """Elements; those never set are zeros."""
        shape = self.element_shape(more)
        items = [self.items[self.place(i)] for i in places]
        return [self._zeros(shape) if x is None else x for x in items]

    def _zeros(self, shape: Shape | None) -> Tensor:
        return zeros(_whole(shape), self.dtype)

    def stacked(self, places: Sequence[int], more: Shape | None = None) -> Tensor:
        """Elements along a new first axis."""
        items = self.filled(places, more)
        if not items:
            return zeros((0, *_whole(self.element_shape(more))), self.dtype)
        return stack(items)

    def joined(self, more: Shape | None = None) -> tuple[Tensor, Tensor]:
        """All elements one after the other, and their lengths."""
        items = self.filled(range(len(self.items)), more)
        lengths = tensor([x.shape[0] for x in items], dtype=int32)
        if not items:
            return zeros((0, *_whole(self.element_shape(more))[1:]), self.dtype), lengths
        return concat(items), lengths

    def with_items(self, places: Sequence[int], values: Sequence[Tensor]) -> TensorList:
        """The list with other elements at some places."""
        items = list(self.items)
        for i, x in zip(places, values, strict=True):
            items[self.place(i)] = self.checked(x)
        return self._replace(items=tuple(items))


def _whole(shape: Shape | None) -> tuple[int, ...]:
    if shape is None or None in shape:
        raise ShapeError(f"nothing was set in a list, and its shape is not known: {shape}")
    return shape  # type: ignore[return-value]


def _new(count: int, shape: Any, attrs: Attrs) -> TensorList:
    return TensorList((None,) * _count(count), _shape(shape), attrs.get("element_dtype"))


# ---------------------------------------------------------------------------------------- lists


@row("EmptyTensorList", host=(0, 1), outputs="handle", how="apart")
def _empty(attrs: Attrs, shape: Any, most: int = -1) -> Any:
    return [_new(0, shape, attrs)]


@row("TensorListReserve", host=(0, 1), outputs="handle", how="apart")
def _reserve(attrs: Attrs, shape: Any, count: int) -> Any:
    return [_new(count, shape, attrs)]


@row("TensorListFromTensor", host=(1,), outputs="output_handle", how="apart")
def _from_tensor(attrs: Attrs, x: Tensor, shape: Any) -> Any:
    return [TensorList(tuple(unstack(x)), _merged(_shape(shape), x.shape[1:]), x.dtype)]


@row("TensorListStack", host=(1,), outputs="tensor", how="apart")
def _stack(attrs: Attrs, xs: TensorList, shape: Any = None) -> Tensor:
    count = attrs.get("num_elements", -1)
    if count not in (-1, len(xs.items)):
        raise ShapeError(f"a list of {len(xs.items)} elements where {count} are expected")
    return xs.stacked(range(len(xs.items)), _shape(shape))


@row("TensorListGetItem", host=(1, 2), outputs="item", how="apart")
def _get(attrs: Attrs, xs: TensorList, index: int, shape: Any = None) -> Tensor:
    return xs.filled([index], _shape(shape))[0]


@row("TensorListSetItem", host=(1,), outputs="output_handle", how="apart")
def _set(attrs: Attrs, xs: TensorList, index: int, item: Tensor) -> Any:
    if attrs.get("resize_if_index_out_of_bounds") and index >= len(xs.items):
        xs = _resized(xs, index + 1)
    return [xs.with_items([index], [item])]


@row("TensorListPushBack", outputs="output_handle", how="apart")
def _push(attrs: Attrs, xs: TensorList, item: Tensor) -> Any:
    return [xs._replace(items=(*xs.items, xs.checked(item)))]


@row("TensorListPopBack", host=(1,), outputs="output_handle tensor", how="apart")
def _pop(attrs: Attrs, xs: TensorList, shape: Any = None) -> Any:
    item = xs.filled([len(xs.items) - 1], _shape(shape))[0]
    return xs._replace(items=xs.items[:-1]), item


@row("TensorListLength", outputs="length", how="apart")
def _length(attrs: Attrs, xs: TensorList) -> Tensor:
    return scalar(len(xs.items), int32)


def _resized(xs: TensorList, count: int) -> TensorList:
    more = (None,) * (_count(count) - len(xs.items))
    return xs._replace(items=(xs.items + more)[:count])


@row("TensorListResize", host=(1,), outputs="output_handle", how="apart")
def _resize(attrs: Attrs, xs: TensorList, count: int) -> Any:
    return [_resized(xs, count)]


@row("TensorListGather", host=(1, 2), outputs="values", how="apart")
def _gather(attrs: Attrs, xs: TensorList, indices: Any, shape: Any = None) -> Tensor:
    return xs.stacked(indices, _shape(shape))


@row("TensorListScatter TensorListScatterV2", host=(1, 2, 3), outputs="output_handle", how="apart")
def _scatter(attrs: Attrs, x: Tensor, indices: Any, shape: Any, count: int = -1) -> Any:
    length = max([count, *(i + 1 for i in indices)]) if count < 0 else count
    xs = _new(max(length, 0), shape, attrs)
    return [xs.with_items(indices, unstack(x))._replace(dtype=x.dtype)]


@row("TensorListConcat TensorListConcatV2", host=(1, 2), outputs="tensor lengths", how="apart")
def _concat(attrs: Attrs, xs: TensorList, shape: Any = None, leading: Any = None) -> Any:
    given = attrs.get("element_shape") if shape is None else _shape(shape)
    # Lengths may differ; what is known of the first axis helps with elements never set.
    known = given and tuple(given)
    return xs._replace(shape=xs.shape and (None, *xs.shape[1:])).joined(
        known and (None, *known[1:]) if any(x is not None for x in xs.items) else known
    )


@row("TensorListSplit", host=(1, 2), outputs="output_handle", how="apart")
def _split(attrs: Attrs, x: Tensor, shape: Any, lengths: Any) -> Any:
    xs = TensorList((), _shape(shape), x.dtype)
    return [xs._replace(items=tuple(xs.checked(item) for item in split(x, lengths)))]


# --------------------------------------------------------------------------------------- arrays


class TensorArray:
    """What nodes share under one handle; the `flow` that goes with it only orders them."""

    def __init__(self, size: int, attrs: Attrs) -> None:
        self.items: list[Tensor | None] = [None] * _count(size)
        self._attrs = attrs

    def write(self, index: int, item: Tensor) -> None:
        """Set an element, which nobody did before."""
        if self._attrs.get("dynamic_size") and isinstance(index, int):
            self.items += [None] * (_count(index + 1) - len(self.items))
        if self._list().items[self._list().place(index)] is not None:
            raise ArgumentError(f"element {index} of a tensor array is written twice")
        self.items[index] = self._list().checked(item)

    def read(self, places: Sequence[int]) -> TensorList:
        """A list of elements, which are gone afterwards if the array is to be read once."""
        xs = self._list()
        lacking = [i for i in places if xs.items[xs.place(i)] is None]
        if lacking:
            raise ArgumentError(f"element {lacking[0]} of a tensor array is not there")
        found = xs._replace(items=tuple(self.items[i] for i in places))
        if self._attrs.get("clear_after_read"):
            for i in places:
                self.items[i] = None
        return found

    def _list(self) -> TensorList:
        shape = self._attrs.get("element_shape")
        return TensorList(tuple(self.items), shape, self._attrs.get("dtype"))


@row("TensorArrayV3", host=(0,), outputs="handle flow", how="apart")
def _array(attrs: Attrs, size: int) -> Any:
    return TensorArray(size, attrs), scalar(0.0)


@row("TensorArrayWriteV3", host=(1,), outputs="flow_out", how="apart")
def _write(attrs: Attrs, array: TensorArray, index: int, x: Tensor, flow: Any) -> Any:
    array.write(index, x)
    return flow


@row("TensorArrayReadV3", host=(1,), outputs="value", how="apart")
def _read(attrs: Attrs, array: TensorArray, index: int, flow: Any) -> Any:
    return array.read([index]).items[0]


@row("TensorArrayGatherV3", host=(1,), outputs="value", how="apart")
def _array_gather(attrs: Attrs, array: TensorArray, indices: Any, flow: Any) -> Any:
    found = array.read(indices)
    return found.stacked(range(len(indices)), attrs.get("element_shape"))


@row("TensorArrayScatterV3", host=(1,), outputs="flow_out", how="apart")
def _array_scatter(attrs: Attrs, array: TensorArray, indices: Any, x: Tensor, flow: Any) -> Any:
    for i, item in zip(indices, unstack(x), strict=True):
        array.write(i, item)
    return flow


@row("TensorArrayConcatV3", outputs="value lengths", how="apart")
def _array_concat(attrs: Attrs, array: TensorArray, flow: Any) -> Any:
    rest = attrs.get("element_shape_except0")
    shape = None if rest is None else (None, *rest)
    return array.read(range(len(array.items)))._replace(shape=shape).joined()


@row("TensorArraySplitV3", host=(2,), outputs="flow_out", how="apart")
def _array_split(attrs: Attrs, array: TensorArray, x: Tensor, lengths: Any, flow: Any) -> Any:
    for i, item in enumerate(split(x, lengths)):
        array.write(i, item)
    return flow


@row("TensorArraySizeV3", outputs="size", how="apart")
def _array_size(attrs: Attrs, array: TensorArray, flow: Any) -> Tensor:
    return scalar(len(array.items), int32)


@row("TensorArrayCloseV3", how="apart")
def _close(attrs: Attrs, array: TensorArray) -> Any:
    array.items.clear()
    return scalar(0.0)
