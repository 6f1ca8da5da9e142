"""Shapes: `TensorSpec` and every rule that turns input shapes into output shapes.

The functions here are the only authority on shapes and dtypes; eager allocation, layers, model
loading and error texts all use them. They compute on plain tuples, never on data. A dimension may
be None (not known yet, such as a batch size); rules pass it through where they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from .dtypes import DType, float32
from .errors import ArgumentError, ShapeError

Shape = tuple[int, ...]
Pair = tuple[int, int]
#: "valid", "same", or explicit (before, after) per spatial axis.
Padding = str | tuple[Pair, ...]


class TensorSpec(NamedTuple):
    """Shape and dtype of a tensor."""

    shape: Shape
    dtype: DType = float32

    @property
    def stored(self) -> TensorSpec:
        """What backends store: for complex elements a last axis of real and imaginary parts."""
        if self.dtype.kind == "c":
            return TensorSpec((*self.shape, 2), self.dtype.part)
        return self

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return prod(self.shape) * self.dtype.itemsize

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def strides(self) -> Shape:
        """Row-major strides in elements."""
        strides, step = [], 1
        for n in reversed(self.shape):
            strides.append(step)
            step *= n
        return tuple(reversed(strides))


# ------------------------------------------------------------------------------------ arguments


def as_shape(value: Any, what: str = "shape") -> Shape:
    """`value` as a tuple of non-negative ints; an int means one axis."""
    dims = (value,) if isinstance(value, int) else tuple(value)
    shape = tuple(int(n) for n in dims)
    if any(n < 0 for n in shape):
        raise ShapeError(f"{what} {shape} has a negative size")
    return shape


def pair(value: int | Sequence[int], what: str) -> Pair:
    """An int or two ints as two ints, each at least 1."""
    both = (value, value) if isinstance(value, int) else tuple(int(v) for v in value)
    if len(both) != 2 or min(both) < 1:
        raise ArgumentError(f"{what} must be a positive int or two of them, not {value!r}")
    return both


def normalize_axis(op: str, axis: int, rank: int) -> int:
    """`axis` counted from 0."""
    if not -rank <= axis < rank:
        raise ShapeError(f"{op}: axis {axis} is out of range for rank {rank}")
    return axis % rank


def normalize_axes(op: str, axis: int | Sequence[int] | None, rank: int) -> Shape:
    """`axis` (one, several or None for all) as sorted distinct axes counted from 0."""
    if axis is None:
        return tuple(range(rank))
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(sorted(normalize_axis(op, a, rank) for a in given))
    if len(set(axes)) != len(axes):
        raise ShapeError(f"{op}: axis {axis} names an axis twice")
    return axes


def require_rank(op: str, argument: str, spec: TensorSpec, *ranks: int) -> None:
    """Refuse a tensor whose number of axes is not one of `ranks`."""
    if spec.rank not in ranks:
        wanted = " or ".join(map(str, ranks))
        raise ShapeError(f"{op}: {argument} must have rank {wanted}, its shape is {spec.shape}")


# ------------------------------------------------------------------------------------- movement


def broadcast_shapes(op: str, *shapes: Shape) -> Shape:
    """The NumPy broadcast of `shapes`."""
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    out = []
    for sizes in zip(*padded, strict=True):
        distinct = {n for n in sizes if n != 1}
        if len(distinct) > 1:
            raise ShapeError(f"{op}: shapes {' and '.join(map(str, shapes))} do not broadcast")
        out.append(distinct.pop() if distinct else 1)
    return tuple(out)


def reshape_shape(op: str, size: int, shape: Sequence[int]) -> Shape:
    """`shape` with its one -1, if any, filled in to make `size` elements."""
    dims = [int(n) for n in shape]
    if dims.count(-1) > 1 or min(dims, default=0) < -1:
        raise ShapeError(f"{op}: {tuple(shape)} is not a shape")
    if -1 in dims:
        known = prod(n for n in dims if n != -1)
        dims[dims.index(-1)] = size // known if known and size % known == 0 else 0
    if prod(dims) != size:
        raise ShapeError(f"{op}: cannot make shape {tuple(shape)} of {size} elements")
    return tuple(dims)


def reduce_shape(shape: Shape, axes: Shape, keepdims: bool) -> Shape:
    """`shape` after reducing `axes`."""
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def concat_shape(op: str, shapes: Sequence[Shape], axis: int) -> Shape:
    """The shape of `shapes` joined along `axis`."""
    first = shapes[0]
    for s in shapes[1:]:
        if len(s) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(s, first, strict=True)) if i != axis
        ):
            listed = ", ".join(map(str, shapes))
            raise ShapeError(f"{op}: shapes {listed} differ outside axis {axis}")
    return (*first[:axis], sum(s[axis] for s in shapes), *first[axis + 1 :])


# ------------------------------------------------------------------------------------- windows


class Window(NamedTuple):
    """How a 2-D window moves over an image: the numbers that kernels need."""

    out: Pair
    kernel: Pair
    strides: Pair
    dilations: Pair
    pads: tuple[Pair, Pair]


def as_padding(op: str, padding: Any) -> Padding:
    """`padding` in canonical form: "valid", "same" or ((top, bottom), (left, right)).

    An int or pair of ints pads both sides of each axis alike, as in TF.js.
    """
    if isinstance(padding, str):
        if padding.lower() not in ("valid", "same"):
            raise ArgumentError(
                f'{op}: padding must be "valid", "same" or numbers, not {padding!r}'
            )
        return padding.lower()
    if isinstance(padding, int):
        padding = (padding, padding)
    pads = tuple((p, p) if isinstance(p, int) else tuple(int(v) for v in p) for p in padding)
    if any(len(p) != 2 or min(p) < 0 for p in pads):
        raise ArgumentError(f"{op}: padding {padding!r} is not (before, after) per axis")
    return pads  # type: ignore[return-value]


def window2d(
    op: str,
    size: Sequence[int],
    kernel: Sequence[int],
    strides: Pair,
    padding: Padding,
    dilations: Pair = (1, 1),
) -> Window:
    """Output size and padding of a window over an image of `size` (height, width).

    "same" pads as TensorFlow does: out = ceil(in / stride), the odd pixel after.
    """
    axes = [
        _window_axis(op, size[i], kernel[i], strides[i], padding, dilations[i], i) for i in range(2)
    ]
    out, pads = tuple(a[0] for a in axes), tuple(a[1] for a in axes)
    return Window(out, kernel, strides, dilations, pads)  # type: ignore[arg-type]


def _window_axis(
    op: str, size: int | None, kernel: int, stride: int, padding: Padding, dilation: int, axis: int
) -> tuple[int | None, Pair]:
    extent = (kernel - 1) * dilation + 1
    if size is None:
        return None, (0, 0)
    if padding == "same":
        out = -(-size // stride)
        total = max((out - 1) * stride + extent - size, 0)
        return out, (total // 2, total - total // 2)
    before, after = (0, 0) if padding == "valid" else padding[axis]  # type: ignore[str-unpack]
    span = size + before + after - extent  # type: ignore[operator]
    if span < 0:
        raise ShapeError(f"{op}: a window of {extent} does not fit into {size} with {padding=}")
    return span // stride + 1, (before, after)  # type: ignore[return-value]


def source_positions(
    out: int, size: int, align_corners: bool, half_pixel_centers: bool
) -> tuple[float, float]:
    """(scale, offset): output pixel i samples the input at `i * scale + offset`."""
    if align_corners and out > 1:
        return (size - 1) / (out - 1), 0.0
    scale = size / out
    return scale, (0.5 * scale - 0.5 if half_pixel_centers else 0.0)
