"""The index arithmetic of strided views: merging axes and choosing how to read.

Pure functions on tuples. `View` (in program.py) says which element of an operand each element of
the result is; `plan` says how a shader finds the four elements of a texel with the fewest fetches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tfpy.spec import Shape

from .program import Operand, View


class ReadPlan(NamedTuple):
    """How to read the four elements of output texel i.

    mode:
        "splat": one element for everything.
        "texel": texel `i + offset`.
        "linear": elements `offset + (4 i + k) * stride`.
        "vector": one texel, found from the coordinates of i (dims and strides count texels).
        "splat_row": one element, found from the coordinates of i.
        "row": four elements a stride apart; the coordinates of i give the first.
        "lanes": four elements, each found from its own coordinates.
    dims, strides, offset: of the coordinates; the first dim is never needed.
    step: distance between the elements in "row" and "linear".
    """

    mode: str
    dims: Shape = ()
    strides: Shape = ()
    offset: int = 0
    step: int = 0


def merge(dims: Sequence[int], strides: Sequence[int]) -> tuple[list[int], list[int]]:
    """The same view with as few axes as possible: none of size 1, none that continue another."""
    merged_dims: list[int] = []
    merged_strides: list[int] = []
    for n, stride in zip(dims, strides, strict=True):
        if n == 1:
            continue
        if merged_dims and merged_strides[-1] == stride * n:
            merged_dims[-1] *= n
            merged_strides[-1] = stride
        else:
            merged_dims.append(n)
            merged_strides.append(stride)
    return merged_dims, merged_strides


def plan(view: View) -> ReadPlan:
    """The cheapest way to read `view` a texel at a time."""
    dims, strides = merge(view.dims, view.strides)
    offset = view.offset
    if not any(strides):
        return ReadPlan("splat", offset=offset)
    step = strides[-1]
    if len(dims) == 1:
        if step == 1 and offset % 4 == 0:
            return ReadPlan("texel", offset=offset // 4)
        return ReadPlan("linear", offset=offset, step=step)
    if dims[-1] % 4:
        return ReadPlan("lanes", tuple(dims), tuple(strides), offset)
    dims[-1] //= 4
    outer = strides[:-1]
    if step == 1 and not any(s % 4 for s in (*outer, offset)):
        return ReadPlan("vector", tuple(dims), (*[s // 4 for s in outer], 1), offset // 4)
    mode = "row" if step else "splat_row"
    return ReadPlan(mode, tuple(dims), (*outer, step * 4), offset, step)


def broadcast(operand: Operand, shape: Shape) -> View:
    """`operand` as NumPy broadcasts it to `shape`."""
    own = operand.spec.shape
    strides = [0 if n == 1 else s for n, s in zip(own, operand.spec.strides, strict=True)]
    return View(operand, shape, (*(0,) * (len(shape) - len(own)), *strides))


def transposed(operand: Operand, perm: Sequence[int]) -> View:
    """`operand` with its axes in the order `perm`."""
    shape, strides = operand.spec.shape, operand.spec.strides
    return View(operand, tuple(shape[p] for p in perm), tuple(strides[p] for p in perm))


def sliced(operand: Operand, begin: Shape, size: Shape, steps: Shape) -> View:
    """Elements `begin + i * steps` of each axis of `operand`."""
    strides = operand.spec.strides
    offset = sum(b * s for b, s in zip(begin, strides, strict=True))
    return View(operand, size, tuple(n * s for n, s in zip(steps, strides, strict=True)), offset)
