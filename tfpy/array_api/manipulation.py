"""Moving elements, with the standard's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import int32
from ..errors import ShapeError
from ..ops import movement
from ..ops.indexing import gather
from ..spec import broadcast_shapes, normalize_axes, normalize_axis
from ..tensor import Tensor

__all__ = [
    "broadcast_arrays",
    "concat",
    "expand_dims",
    "moveaxis",
    "repeat",
    "reshape",
    "roll",
    "tile",
    "unstack",
]

Ints = int | Sequence[int]


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """The tensors, all broadcast to one shape."""
    shape = broadcast_shapes("broadcast_arrays", *[x.shape for x in arrays])
    return [movement.broadcast_to(x, shape) for x in arrays]


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    """The tensors joined along `axis`; None flattens them first."""
    if axis is None:
        arrays, axis = [movement.flatten(x) for x in arrays], 0
    return movement.concat(arrays, axis)


def expand_dims(x: Tensor, /, *, axis: int = 0) -> Tensor:
    """`x` with a new axis of size 1 at `axis`."""
    return movement.expand_dims(x, axis)


def moveaxis(x: Tensor, source: Ints, destination: Ints, /) -> Tensor:
    """`x` with the axes `source` at the places `destination`; the others keep their order."""
    froms, tos = ((a,) if isinstance(a, int) else tuple(a) for a in (source, destination))
    if len(normalize_axes("moveaxis", froms, x.ndim)) != len(
        normalize_axes("moveaxis", tos, x.ndim)
    ):
        raise ShapeError(f"moveaxis: source {source} and destination {destination} do not match")
    moved, places = ([normalize_axis("moveaxis", a, x.ndim) for a in axes] for axes in (froms, tos))
    order = [i for i in range(x.ndim) if i not in moved]
    for to, axis in sorted(zip(places, moved, strict=True)):
        order.insert(to, axis)
    return movement.transpose(x, order)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """`x` with each element along `axis` repeated; None flattens it first.

    `repeats` is a number, or one per element: a tensor of them is read, which blocks.
    """
    if axis is None:
        x, axis = movement.flatten(x), 0
    axis = normalize_axis("repeat", axis, x.ndim)
    if not isinstance(repeats, int):
        times = engine.as_tensor(repeats, int32).data_sync().tolist()
        if len(times) not in (1, x.shape[axis]) or min(times, default=0) < 0:
            raise ShapeError(f"repeat: {times} for axis {axis} of shape {x.shape}")
        if len(times) == 1:
            times *= x.shape[axis]
        places = [i for i, n in enumerate(times) for _ in range(n)]
        return gather(x, engine.as_tensor(places, int32), axis)
    if repeats < 0:
        raise ShapeError(f"repeat: repeats must not be negative, they are {repeats}")
    shape, rows = x.shape, movement.expand_dims(x, axis + 1)
    rows = movement.broadcast_to(rows, (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
    return movement.reshape(rows, (*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]))


def reshape(x: Tensor, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    """The same elements under another shape; one size may be -1."""
    return movement.reshape(x, shape)


def roll(x: Tensor, /, shift: Ints, *, axis: Ints | None = None) -> Tensor:
    """`x` with elements moved on by `shift` along `axis`, from the end to the beginning."""
    if axis is None:
        return movement.reshape(roll(movement.flatten(x), shift, axis=0), x.shape)
    shifts = (shift,) if isinstance(shift, int) else tuple(shift)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if len(shifts) == 1:
        shifts *= len(axes)
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: shift {shift} and axis {axis} do not match")
    for a, by in zip(axes, shifts, strict=True):
        a = normalize_axis("roll", a, x.ndim)
        n = x.shape[a]
        if n and by % n:
            head, tail = movement.split(x, [n - by % n, by % n], a)
            x = movement.concat([tail, head], a)
    return x


def tile(x: Tensor, repetitions: Sequence[int], /) -> Tensor:
    """`x` repeated as often as said along each axis."""
    return movement.tile(x, repetitions)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices of `x` along `axis`, without that axis."""
    return tuple(movement.unstack(x, axis))
