"""Layers that make one tensor of several. Their input is a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..dtypes import DType, promote
from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops.linalg import matmul
from ..ops.movement import broadcast_to, concat, expand_dims, transpose
from ..ops.reduce import any as any_of
from ..ops.reduce import sum
from ..spec import normalize_axis
from ..tensor import Tensor
from .base import Layer

__all__ = [
    "Add",
    "Multiply",
    "Maximum",
    "Minimum",
    "Subtract",
    "Average",
    "Concatenate",
    "Dot",
]


class _Merge(Layer):
    """Folds its inputs, which broadcast against each other, with `combine`."""

    keeps_dtype = True
    combine: Callable[[Any, Any], Tensor]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """A step counts if it does in one input; without a mask on each there is none."""
        masks = previous_mask or [None]
        return None if any(m is None for m in masks) else reduce(ew.logical_or, masks)

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ArgumentError(f"{self.name} merges a list of at least two tensors")

    def call(self, inputs: Any) -> Tensor:
        return reduce(type(self).combine, inputs)

    def output_dtype(self, given: DType, *others: DType) -> DType:
        return promote(given, *others)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return reduce(_broadcast, input_shape)


def _broadcast(a: Any, b: Any) -> Any:
    """As `spec.broadcast_shapes`, except that an unknown size gives way to a known one."""
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    out = []
    for m, n in pairs:
        if m == n or n == 1:
            out.append(m)
        elif m == 1 or m is None:
            out.append(n)
        elif n is None:
            out.append(m)
        else:
            raise ShapeError(f"merge: shapes {a} and {b} do not broadcast")
    return tuple(out)


class Add(_Merge):
    """The sum of the inputs."""

    combine = staticmethod(ew.add)


class Multiply(_Merge):
    """The product of the inputs."""

    combine = staticmethod(ew.multiply)


class Maximum(_Merge):
    """The largest of the inputs, element by element."""

    combine = staticmethod(ew.maximum)


class Minimum(_Merge):
    """The smallest of the inputs, element by element."""

    combine = staticmethod(ew.minimum)


class Subtract(_Merge):
    """The first of two inputs minus the second."""

    combine = staticmethod(ew.subtract)

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ArgumentError(f"{self.name} takes a list of two tensors")


class Average(_Merge):
    """The mean of the inputs."""

    combine = staticmethod(ew.add)

    def call(self, inputs: Any) -> Tensor:
        return super().call(inputs) * (1.0 / len(inputs))


class Concatenate(Layer):
    """The inputs joined along `axis`."""

    config_keys = ("axis",)
    keeps_dtype = True

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axis

    def call(self, inputs: Any) -> Tensor:
        return concat(inputs, self.axis)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The masks joined like the inputs; steps join, features count if one of them does."""
        masks = previous_mask or [None]
        if all(m is None for m in masks):
            return None
        wide = [_filling(m, x.shape) for x, m in zip(inputs, masks, strict=True)]
        return any_of(concat(wide, self.axis), axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        axis = normalize_axis(self.name, self.axis, len(input_shape[0]))
        sizes = [s[axis] for s in input_shape]
        joined = None if None in sizes else reduce(lambda a, b: a + b, sizes)
        others = reduce(_same_outside(axis), input_shape)
        return (*others[:axis], joined, *others[axis + 1 :])


def _filling(mask: Any, shape: Any) -> Tensor:
    """A mask of the first axes for all of `shape`; None masks nothing."""
    if mask is not None:
        mask = mask.reshape((*mask.shape, *[1] * (len(shape) - mask.ndim)))
    return broadcast_to(True if mask is None else mask, shape)


def _same_outside(axis: int) -> Any:
    def check(a: Any, b: Any) -> Any:
        pairs = list(zip(a, b, strict=False))
        if len(a) != len(b) or any(
            m != n and None not in (m, n) for i, (m, n) in enumerate(pairs) if i != axis
        ):
            raise ShapeError(f"Concatenate: shapes {a} and {b} differ outside axis {axis}")
        return tuple(n if m is None else m for m, n in pairs)

    return check


class Dot(Layer):
    """Products of two inputs of rank 2 or 3, summed over one axis of each.

    Args:
        axes: the axis of both, or one of each, counted with the batch axis.
        normalize: scale to length 1 along that axis first, which gives cosines.
    """

    config_keys = ("axes", "normalize")

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: what comes out are no steps."""

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.axes: Any = self._ints("axes", axes)
        if isinstance(self.axes, tuple) and len(self.axes) != 2:
            raise ArgumentError(f"Dot: axes must be an int or two, not {axes!r}")
        self.normalize = bool(normalize)

    def _pair(self, ranks: tuple[int, int]) -> tuple[int, int]:
        both = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return tuple(normalize_axis(self.name, a, n) for a, n in zip(both, ranks, strict=True))  # type: ignore[return-value]

    def call(self, inputs: Any) -> Tensor:
        a, b = inputs
        i, j = self._pair((a.ndim, b.ndim))
        if self.normalize:
            a, b = _unit(a, i), _unit(b, j)
        flat = a.ndim == 2 and b.ndim == 2
        a = expand_dims(a, 1) if a.ndim == 2 else transpose(a, (0, 3 - i, i))
        b = expand_dims(b, 2) if b.ndim == 2 else transpose(b, (0, j, 3 - j))
        y = matmul(a, b)
        shape = [y.shape[0], *([1] if flat else [])]
        if inputs[0].ndim == 3:
            shape.append(y.shape[1])
        if inputs[1].ndim == 3:
            shape.append(y.shape[2])
        return y.reshape(shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        a, b = input_shape
        i, j = self._pair((len(a), len(b)))
        rest = [n for k, n in enumerate(a) if k not in (0, i)]
        rest += [n for k, n in enumerate(b) if k not in (0, j)]
        return (a[0], *(rest or [1]))


def _unit(x: Tensor, axis: int) -> Tensor:
    return x * ew.rsqrt(ew.maximum(sum(ew.square(x), axis, keepdims=True), 1e-12))
