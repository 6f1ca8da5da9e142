"""Shapes: `TensorSpec` and every rule that turns input shapes into output shapes.

The functions here are the only authority on shapes and dtypes; eager allocation, layers, model
loading and error texts all use them. They compute on plain tuples, never on data. A dimension may
be None (not known yet, such as a batch size); rules pass it through where they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod
from operator import index
from typing import Any, NamedTuple

from .dtypes import DType, float32
from .errors import ArgumentError, DeviceLimitError, ShapeError

Shape = tuple[int, ...]
Pair = tuple[int, int]
#: "valid", "same", or explicit (before, after) per spatial axis.
Padding = str | tuple[Pair, ...]
#: Elements of a tensor at most: positions must fit into int32, bytes into a 32-bit heap.
MAX_SIZE = 1 << 30


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


def integer(value: Any, what: str) -> int:
    """`value` as an int, if it is an integer that int32 holds."""
    try:
        n = int(index(value))
    except (TypeError, ShapeError):
        raise ArgumentError(f"{what} must be an integer, not {value!r:.50}") from None
    if not -(2**31) <= n < 2**31:
        raise ArgumentError(f"{what} is beyond int32: {n}")
    return n


def positive(value: Any, what: str) -> int:
    """`value` as an int of at least 1."""
    n = integer(value, what) if is_int(value) else 0
    if n < 1 or isinstance(value, bool):
        raise ArgumentError(f"{what} must be a positive int, not {value!r:.50}")
    return n


def number(value: Any, what: str, low: float = -inf, high: float = inf) -> float:
    """`value` as a float from `low` to `high`, or with neither any float, NaN too."""
    try:
        x = None if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        x = None
    if x is None or not (low <= x <= high or low == -high == -inf):
        bounds = "" if low == -high == -inf else f" from {low:g} to {high:g}"
        raise ArgumentError(f"{what} must be a number{bounds}, not {value!r:.50}")
    return x


def share(value: Any, what: str) -> float:
    """`value` as a float from 0 on that is less than 1."""
    x = number(value, what)
    if not 0 <= x < 1:
        raise ArgumentError(f"{what} must be in [0, 1), not {value!r:.50}")
    return x


def integers(value: Any, what: str) -> Shape:
    """An integer or a sequence of them as a tuple."""
    try:
        several = (value,) if isinstance(value, int) else tuple(value)
    except (TypeError, ShapeError):
        several = (value,)
    return tuple(integer(n, what) for n in several)


def as_shape(value: Any, what: str = "shape") -> Shape:
    """`value` as a tuple of non-negative ints; an int means one axis."""
    shape = integers(value, what)
    if any(n < 0 for n in shape):
        raise ShapeError(f"{what} {shape} has a negative size")
    check_size(what, shape)
    return shape


def check_size(what: str, shape: Shape) -> None:
    """Refuse a tensor of more elements than any device holds."""
    if None not in shape and prod(shape) > MAX_SIZE:
        raise DeviceLimitError(f"{what}: a tensor of shape {shape} would be too large")


def per_axis(value: int | Sequence[int], rank: int, what: str) -> Shape:
    """An int for all axes, or one for each of `rank` axes, as `rank` ints of at least 1."""
    each = ints(value, rank)
    if each is None or len(each) != rank or min(each) < 1:
        raise ArgumentError(f"{what} must be a positive int or {rank} of them, not {value!r}")
    return each


def pair(value: int | Sequence[int], what: str) -> Pair:
    """An int or two ints as two ints, each at least 1."""
    return per_axis(value, 2, what)  # type: ignore[return-value]


def is_int(value: Any) -> bool:
    """Whether `value` counts as an int, as NumPy's and tensors of one element do."""
    try:
        index(value)
    except TypeError:
        return False
    return True


def ints(value: Any, times: int = 1) -> Shape | None:
    """An int so many times, or a sequence of ints as it is; None for what int32 cannot hold."""
    try:
        found = (index(value),) * times if is_int(value) else tuple(map(index, value))
    except TypeError:
        return None
    return found if all(-(1 << 31) <= n < 1 << 31 for n in found) else None


def pairs(value: Any) -> tuple[Pair, ...] | None:
    """A sequence of ints and pairs of them as pairs, none negative; None for anything else."""
    try:
        found = tuple(ints(p, 2) for p in value)
    except TypeError:
        return None
    if any(p is None or len(p) != 2 or min(p) < 0 for p in found):
        return None
    return found  # type: ignore[return-value]


def normalize_axis(op: str, axis: int, rank: int) -> int:
    """`axis` counted from 0."""
    n = integer(axis, f"{op}: axis")
    if not -rank <= n < rank:
        raise ShapeError(f"{op}: axis {axis} is out of range for rank {rank}")
    return n % rank


def normalize_axes(op: str, axis: int | Sequence[int] | None, rank: int) -> Shape:
    """`axis` (one, several or None for all) as sorted distinct axes counted from 0."""
    if axis is None:
        return tuple(range(rank))
    given = integers(axis, f"{op}: axis")
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
    dims = list(integers(shape, f"{op}: shape"))
    if dims.count(-1) > 1 or min(dims, default=0) < -1:
        raise ShapeError(f"{op}: {shape} is not a shape")
    if -1 in dims:
        known = prod(n for n in dims if n != -1)
        dims[dims.index(-1)] = size // known if known and size % known == 0 else 0
    if prod(dims) != size:
        raise ShapeError(f"{op}: cannot make shape {shape} of {size} elements")
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


class Sliding(NamedTuple):
    """How a window moves over the spatial axes, whatever its size and that of the image."""

    strides: Shape
    padding: Padding
    dilations: Shape

    @property
    def outer(self) -> Sliding:
        """The same on the first axis alone."""
        padding = self.padding if isinstance(self.padding, str) else self.padding[:1]
        return Sliding(self.strides[:1], padding, self.dilations[:1])

    @property
    def inner(self) -> Sliding:
        """The same without the first axis."""
        padding = self.padding if isinstance(self.padding, str) else self.padding[1:]
        return Sliding(self.strides[1:], padding, self.dilations[1:])

    def along(self, axis: int) -> Sliding:
        """A window over two axes, which moves along `axis` as this one does along its first."""

        def two(first: Any, rest: Any) -> Any:
            return (rest, first) if axis else (first, rest)

        padding = self.padding
        if not isinstance(padding, str):
            padding = two(padding[0], (0, 0))
        return Sliding(two(self.strides[0], 1), padding, two(self.dilations[0], 1))


class Window(NamedTuple):
    """How a window moves over an image: the numbers that kernels need, one for each axis."""

    out: Shape
    kernel: Shape
    strides: Shape
    dilations: Shape
    pads: tuple[Pair, ...]


def as_padding(op: str, padding: Any, rank: int, channels_last: bool = True) -> Padding:
    """`padding` in canonical form: "valid", "same" or (before, after) for each of `rank` axes.

    An int pads both sides of an axis alike, one int those of all axes, as in TF.js. Two axes more
    are those of the batch and the channels, as in TensorFlow; they take no padding.
    """
    if isinstance(padding, str):
        if padding.lower() not in ("valid", "same"):
            raise ArgumentError(
                f'{op}: padding must be "valid", "same" or numbers, not {padding!r}'
            )
        return padding.lower()
    pads = pairs((padding,) * rank if is_int(padding) else padding) or ()
    if len(pads) == rank + 2 and pads[0] == pads[-1 if channels_last else 1] == (0, 0):
        pads = pads[1:-1] if channels_last else pads[2:]
    if len(pads) != rank:
        raise ArgumentError(
            f"{op}: padding {padding!r} is not (before, after) for each of {rank} axes"
        )
    return pads


def sliding_window(
    op: str, size: Sequence[int | None], kernel: Sequence[int], sliding: Sliding
) -> Window:
    """Output size and padding of a window over the spatial axes of an image, which have `size`.

    "same" pads as TensorFlow does: out = ceil(in / stride), the odd pixel after.
    """
    axes = [_window_axis(op, size[i], kernel[i], sliding, i) for i in range(len(kernel))]
    out, pads = tuple(a[0] for a in axes), tuple(a[1] for a in axes)
    return Window(out, tuple(kernel), sliding.strides, sliding.dilations, pads)  # type: ignore[arg-type]


def _window_axis(
    op: str, size: int | None, kernel: int, sliding: Sliding, axis: int
) -> tuple[int | None, Pair]:
    stride, padding = sliding.strides[axis], sliding.padding
    extent = (kernel - 1) * sliding.dilations[axis] + 1
    if size is None:
        return None, (0, 0)
    if kernel < 1:
        raise ShapeError(f"{op}: a window must have at least one element along each axis")
    if padding == "same":
        out = -(-size // stride)
        total = max((out - 1) * stride + extent - size, 0)
        return out, (total // 2, total - total // 2)
    before, after = (0, 0) if padding == "valid" else padding[axis]  # type: ignore[str-unpack]
    span = size + before + after - extent  # type: ignore[operator]
    if span < 0:
        raise ShapeError(f"{op}: a window of {extent} does not fit into {size} with {padding=}")
    return span // stride + 1, (before, after)  # type: ignore[return-value]


def rounded(
    op: str, size: Shape, kernel: Sequence[int], sliding: Sliding, mode: str | None
) -> Sliding:
    """`sliding` padded after each axis for as many windows as TF.js's `dim_rounding_mode` says.

    Where the last step would leave the padded image, "floor" and None leave that window out, "ceil"
    takes it, and "round" does if at least half of the step is inside.
    """
    if mode not in (None, "floor", "round", "ceil"):
        raise ArgumentError(
            f'{op}: dim_rounding_mode must be "floor", "round" or "ceil", not {mode!r}'
        )
    if mode in (None, "floor"):
        return sliding
    if isinstance(sliding.padding, str):
        raise ArgumentError(
            f"{op}: dim_rounding_mode={mode!r} needs padding in numbers, not {sliding.padding!r}"
        )
    window, pads = sliding_window(op, size, kernel, sliding), []
    for n, k, out, step, dilation, (before, after) in zip(
        size, kernel, window.out, window.strides, window.dilations, window.pads, strict=True
    ):
        rest = n + before + after - (k - 1) * dilation - 1 - (out - 1) * step
        more = rest > 0 if mode == "ceil" else 2 * rest >= step
        pads.append((before, after + (step - rest if more else 0)))
    return sliding._replace(padding=tuple(pads))


def transposed_size(
    size: int | None,
    kernel: int,
    stride: int,
    padding: str | Pair,
    dilation: int,
    output_padding: int | None = None,
) -> int | None:
    """How large a transposed convolution makes an axis of `size` in Keras, unless told."""
    if size is None:
        return None
    extent = (kernel - 1) * dilation + 1
    if not isinstance(padding, str):
        return (size - 1) * stride + extent - sum(padding) + (output_padding or 0)
    if output_padding is None:
        return size * stride + (max(extent - stride, 0) if padding == "valid" else 0)
    trimmed = extent // 2 * 2 if padding == "same" else 0
    return (size - 1) * stride + extent - trimmed + output_padding


def source_positions(
    out: int, size: int, align_corners: bool, half_pixel_centers: bool
) -> tuple[float, float]:
    """(scale, offset): output pixel i samples the input at `i * scale + offset`."""
    if align_corners and out > 1:
        return (size - 1) / (out - 1), 0.0
    scale = size / out
    return scale, (0.5 * scale - 0.5 if half_pixel_centers else 0.0)


def nearest_positions(
    out: int, size: int, align_corners: bool, half_pixel_centers: bool
) -> tuple[int, int, int]:
    """(step, offset, unit): output pixel i is pixel `(i * step + offset) // unit` of the input."""
    if align_corners and out > 1:
        return 2 * (size - 1), out - 1, 2 * (out - 1)
    return (2 * size, size, 2 * out) if half_pixel_centers else (size, 0, out)
