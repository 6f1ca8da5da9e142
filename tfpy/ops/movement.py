"""Operations that move elements without computing on them.

`transpose`, `strided_slice`, `place`, `concat` and `broadcast_to` have kernels; `reshape` shares
its data; the others are made of these.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from math import prod
from typing import Any

from .. import engine
from ..autodiff import custom_gradient
from ..dtypes import promote
from ..errors import ArgumentError, ShapeError
from ..registry import composite, primitive
from ..spec import (
    Shape,
    TensorSpec,
    as_shape,
    broadcast_shapes,
    concat_shape,
    integers,
    normalize_axes,
    normalize_axis,
    reshape_shape,
)
from ..tensor import Tensor

# ---------------------------------------------------------------------------------- reshape


def _reshape_infer(x: TensorSpec, *, shape: Shape) -> TensorSpec:
    return TensorSpec(shape, x.dtype)


def _reshape_vjp(g: Tensor, x_spec: TensorSpec) -> Tensor:
    return reshape(g, x_spec.shape)


@primitive(_reshape_infer, vjp={"x": _reshape_vjp})
def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same elements, in row-major order, under another shape; one size may be -1.

    Shares the data of `x`. The method takes sizes one by one too: `x.reshape(2, -1)`.
    """
    x = engine.as_tensor(x)
    wanted = (shape,) if isinstance(shape, int) else shape
    return (x,), {"shape": reshape_shape("reshape", x.size, wanted)}


@composite()
def stop_gradient(x: Any) -> Tensor:
    """`x` as a constant: no gradient flows back through it."""
    return engine.alias(engine.as_tensor(x))


@composite()
def flatten(x: Any) -> Tensor:
    """`x` with one axis."""
    return reshape(x, (-1,))


@composite()
def expand_dims(x: Any, axis: int = 0) -> Tensor:
    """`x` with a new axis of size 1 at `axis`."""
    x = engine.as_tensor(x)
    at = normalize_axis("expand_dims", axis, x.ndim + 1)
    return reshape(x, (*x.shape[:at], 1, *x.shape[at:]))


@composite()
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`x` without the axes of size 1, or without those named, which must have size 1."""
    x = engine.as_tensor(x)
    if axis is None:
        return reshape(x, [n for n in x.shape if n != 1])
    axes = normalize_axes("squeeze", axis, x.ndim)
    if any(x.shape[a] != 1 for a in axes):
        raise ShapeError(f"squeeze: axis {axis} of shape {x.shape} is not of size 1")
    return reshape(x, [n for i, n in enumerate(x.shape) if i not in axes])


# -------------------------------------------------------------------------------- transpose


def _transpose_infer(x: TensorSpec, *, perm: Shape) -> TensorSpec:
    return TensorSpec(tuple(x.shape[p] for p in perm), x.dtype)


def _transpose_vjp(g: Tensor, perm: Shape) -> Tensor:
    return transpose(g, sorted(range(len(perm)), key=perm.__getitem__))


@primitive(_transpose_infer, vjp={"x": _transpose_vjp})
def transpose(x: Any, perm: Sequence[int] | None = None) -> Any:
    """`x` with its axes in the order `perm`, by default reversed.

    The method takes axes one by one too: `x.transpose(1, 0)`.
    """
    x = engine.as_tensor(x)
    if perm is None:
        perm = range(x.ndim - 1, -1, -1)
    order = tuple(normalize_axis("transpose", int(p), x.ndim) for p in perm)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"transpose: {tuple(perm)} is not an order of the axes of {x.shape}")
    return (x,), {"perm": order}


def swap_last(x: Tensor, axis: int) -> Tensor:
    """`x` with `axis` and the last axis exchanged."""
    order = list(range(x.ndim))
    order[axis], order[-1] = order[-1], axis
    return x if axis == x.ndim - 1 else transpose(x, order)


# -------------------------------------------------------------------------------- broadcast


def _broadcast_infer(x: TensorSpec, *, shape: Shape) -> TensorSpec:
    if broadcast_shapes("broadcast_to", x.shape, shape) != shape:
        raise ShapeError(f"broadcast_to: shape {x.shape} does not broadcast to {shape}")
    return TensorSpec(shape, x.dtype)


@primitive(_broadcast_infer, vjp={"x": lambda g: g})
def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """`x` repeated along axes of size 1 (and new leading ones) to fill `shape`."""
    return (engine.as_tensor(x),), {"shape": as_shape(shape, "broadcast_to: shape")}


@composite()
def meshgrid(*xs: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinates on a grid: each vector repeated along the axes of all the others.

    Args:
        xs: vectors or scalars, of n0, n1, n2, ... elements.
        indexing: "xy" for results of shape (n1, n0, n2, ...), "ij" for (n0, n1, n2, ...).

    >>> tfpy.meshgrid([1, 2], [3, 4])
    [tfpy.tensor([[1, 2],
                  [1, 2]]), tfpy.tensor([[3, 3],
                  [4, 4]])]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f'meshgrid: indexing must be "xy" or "ij", not {indexing!r}')
    tensors = [engine.as_tensor(x) for x in xs]
    if any(x.ndim > 1 for x in tensors):
        raise ShapeError(f"meshgrid: takes vectors, not shapes {[x.shape for x in tensors]}")
    order = list(range(len(tensors)))
    if indexing == "xy":
        order[:2] = order[:2][::-1]
    shape = tuple(tensors[i].size for i in order)
    return [
        broadcast_to(reshape(x, [x.size if k == i else 1 for k in order]), shape)
        for i, x in enumerate(tensors)
    ]


@composite()
def ensure_shape(x: Any, shape: Sequence[int | None]) -> Tensor:
    """`x`, if it has `shape`, where None fits any size; else a `ShapeError`.

    >>> tfpy.ensure_shape([[1, 2]], (None, 2))
    tfpy.tensor([[1, 2]])
    """
    x = engine.as_tensor(x)
    wanted = tuple(shape)
    sizes = zip(x.shape, wanted, strict=False)
    if len(wanted) != x.ndim or any(w not in (None, n) for n, w in sizes):
        raise ShapeError(f"ensure_shape: shape {x.shape} is not {wanted}")
    return x


@composite()
def tile(x: Any, reps: int | Sequence[int]) -> Tensor:
    """`x` repeated `reps[i]` times along each axis."""
    x = engine.as_tensor(x)
    times = (reps,) if isinstance(reps, int) else tuple(reps)
    times = (1,) * (x.ndim - len(times)) + times
    if len(times) > x.ndim:
        x = reshape(x, (1,) * (len(times) - x.ndim) + x.shape)
    for axis, n in enumerate(times):
        if n != 1:
            shape = x.shape
            outer, inner = prod(shape[:axis]), prod(shape[axis:])
            rows = broadcast_to(reshape(x, (outer, 1, inner)), (outer, n, inner))
            x = reshape(rows, (*shape[:axis], shape[axis] * n, *shape[axis + 1 :]))
    return x


# --------------------------------------------------------------------- slices and their inverse


def _strided_slice_infer(x: TensorSpec, *, begin: Shape, size: Shape, steps: Shape) -> TensorSpec:
    for n, b, s, step in zip(x.shape, begin, size, steps, strict=True):
        last = b + (s - 1) * step
        if s < 0 or step == 0 or (s and not (0 <= b < n and 0 <= last < n)):
            raise ShapeError(
                f"slice: begin {begin}, size {size}, steps {steps} reach outside shape {x.shape}"
            )
    return TensorSpec(size, x.dtype)


def _strided_slice_vjp(g: Tensor, x_spec: TensorSpec, begin: Shape, steps: Shape) -> Tensor:
    return place(g, x_spec.shape, begin, steps)


@primitive(_strided_slice_infer, vjp={"x": _strided_slice_vjp}, public=False)
def take_slice(x: Tensor, begin: Shape, size: Shape, steps: Shape) -> Any:
    """Elements `begin + i * steps` for i in `size`, per axis; steps may be negative."""
    return (x,), {"begin": begin, "size": size, "steps": steps}


@composite()
def slice(x: Any, begin: int | Sequence[int], size: int | Sequence[int] | None = None) -> Tensor:
    """The block of `size` that starts at `begin`; -1 or a missing size means "to the end".

    `x[a:b]` says the same in Python's way.
    """
    x = engine.as_tensor(x)
    start = integers(begin, "slice: begin")
    start += (0,) * (x.ndim - len(start))
    given = () if size is None else integers(size, "slice: size")
    given += (-1,) * (x.ndim - len(given))
    sizes = tuple(n - b if s == -1 else s for n, b, s in zip(x.shape, start, given, strict=True))
    return take_slice(x, start, sizes, (1,) * x.ndim)


@composite()
def strided_slice(
    x: Any,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int] | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Tensor:
    """TensorFlow's `strided_slice`: bit i of a mask changes what entry i of `begin` means.

    `x[begin:end:stride]` says the same in Python's way, and is what this is made of.
    """
    steps = [1] * len(begin) if strides is None else list(strides)
    if not len(begin) == len(end) == len(steps):
        raise ShapeError(
            f"strided_slice: begin {begin}, end {end} and strides {strides} differ in length"
        )
    key: list[Any] = []
    for i, (b, e, s) in enumerate(zip(begin, end, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(int(b))
        else:
            start = None if begin_mask & bit else int(b)
            key.append(builtins.slice(start, None if end_mask & bit else int(e), int(s)))
    return engine.as_tensor(x)[tuple(key)]


def _place_infer(
    x: TensorSpec, *, shape: Shape, begin: Shape, steps: Shape, value: float
) -> TensorSpec:
    _strided_slice_infer(TensorSpec(shape, x.dtype), begin=begin, size=x.shape, steps=steps)
    return TensorSpec(shape, x.dtype)


def _place_vjp(g: Tensor, x_spec: TensorSpec, begin: Shape, steps: Shape) -> Tensor:
    return take_slice(g, begin, x_spec.shape, steps)


@primitive(_place_infer, vjp={"x": _place_vjp}, public=False)
def place(
    x: Tensor, shape: Shape, begin: Shape, steps: Shape | None = None, value: float = 0
) -> Any:
    """A tensor of `shape` filled with `value`, with `x` at `begin + i * steps` per axis.

    The inverse of slicing: padding and the gradient of slices are made of it.
    """
    return (x,), {
        "shape": tuple(shape),
        "begin": tuple(begin),
        "steps": tuple(steps) if steps else (1,) * len(shape),
        "value": value,
    }


@composite()
def pad(
    x: Any, paddings: Sequence[Sequence[int]], mode: str = "constant", constant_values: float = 0
) -> Tensor:
    """`x` with (before, after) elements added along each axis.

    Args:
        x: any tensor.
        paddings: (before, after) per axis, none negative.
        mode: "constant", "reflect" (without the edge) or "symmetric" (with it).
        constant_values: the value added in mode "constant".
    """
    x = engine.as_tensor(x)
    pads = [tuple(int(n) for n in p) for p in paddings]
    if len(pads) != x.ndim or any(len(p) != 2 or min(p) < 0 for p in pads):
        raise ShapeError(f"pad: paddings {paddings} do not fit shape {x.shape}")
    if mode.lower() == "constant":
        shape = tuple(n + b + a for n, (b, a) in zip(x.shape, pads, strict=True))
        return place(x, shape, tuple(b for b, _ in pads), None, constant_values)
    for axis, both in enumerate(pads):
        if both != (0, 0):
            x = _mirror(x, axis, both[0], both[1], mode.lower())
    return x


def _mirror(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    if mode not in ("reflect", "symmetric"):
        raise ArgumentError(f'pad: mode must be "constant", "reflect" or "symmetric", not {mode!r}')
    edge = 1 if mode == "reflect" else 0
    n = x.shape[axis]
    if max(before, after) > n - edge:
        raise ShapeError(f"pad: cannot {mode} {max(before, after)} elements of an axis of {n}")
    everything = [builtins.slice(None)] * x.ndim

    def part(start: int, stop: int) -> Tensor:
        everything[axis] = builtins.slice(start, stop)
        return x[tuple(everything)]

    head, tail = part(edge, edge + before), part(n - edge - after, n - edge)
    return concat([flip(head, axis), x, flip(tail, axis)], axis)


@composite()
def mirror_pad(x: Any, paddings: Sequence[Sequence[int]], mode: str) -> Tensor:
    """`pad` in mode "reflect" or "symmetric".

    >>> tfpy.mirror_pad([1, 2, 3], [(2, 1)], "reflect")
    tfpy.tensor([3, 2, 1, 2, 3, 2])
    """
    if mode.lower() == "constant":
        raise ArgumentError(f'mirror_pad: mode must be "reflect" or "symmetric", not {mode!r}')
    return pad(x, paddings, mode)


@composite()
def flip(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """`x` in reverse order along `axis` (all axes by default)."""
    x = engine.as_tensor(x)
    axes = normalize_axes("flip", axis, x.ndim)
    begin = tuple(max(n - 1, 0) if i in axes else 0 for i, n in enumerate(x.shape))
    steps = tuple(-1 if i in axes else 1 for i in range(x.ndim))
    return take_slice(x, begin, x.shape, steps)


# ------------------------------------------------------------------------------------ joining


def _concat_infer(*xs: TensorSpec, axis: int) -> TensorSpec:
    return TensorSpec(concat_shape("concat", [s.shape for s in xs], axis), xs[0].dtype)


def _concat_vjp(g: Tensor, xs_spec: list[TensorSpec], axis: int) -> list[Tensor]:
    return split(g, [s.shape[axis] for s in xs_spec], axis)


@primitive(_concat_infer, vjp={"xs": _concat_vjp})
def concat(xs: Sequence[Any], axis: int = 0) -> Any:
    """The tensors of a list joined along `axis`; the other sizes must agree."""
    tensors = _common_dtype("concat", xs)
    return tensors, {"axis": normalize_axis("concat", axis, tensors[0].ndim)}


def _common_dtype(op: str, xs: Sequence[Any]) -> list[Tensor]:
    tensors = [engine.as_tensor(x) for x in xs]
    if not tensors:
        raise ArgumentError(f"{op}: needs at least one tensor")
    dtype = promote(*[t.dtype for t in tensors])
    return [engine.cast_to(t, dtype) for t in tensors]


@composite()
def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """The tensors of a list, all of one shape, joined along a new axis."""
    tensors = _common_dtype("stack", xs)
    if any(t.shape != tensors[0].shape for t in tensors):
        raise ShapeError(f"stack: shapes {', '.join(str(t.shape) for t in tensors)} differ")
    at = normalize_axis("stack", axis, tensors[0].ndim + 1)
    return concat([expand_dims(t, at) for t in tensors], at)


@composite()
def split(x: Any, num_or_size_splits: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """`x` cut along `axis` into equal parts, or parts of the sizes given (one may be -1)."""
    x = engine.as_tensor(x)
    axis = normalize_axis("split", axis, x.ndim)
    n = x.shape[axis]
    if isinstance(num_or_size_splits, int):
        if num_or_size_splits < 1 or n % num_or_size_splits:
            raise ShapeError(f"split: {n} elements do not part into {num_or_size_splits}")
        sizes = [n // num_or_size_splits] * num_or_size_splits
    else:
        sizes = list(_split_sizes(list(num_or_size_splits), n))
    if not engine.is_watched([x]):
        return _cut(x, sizes, axis)
    # Joined once: the gradients of the slices would be as large as `x` each.
    joined = custom_gradient(lambda t: (_cut(t, sizes, axis), lambda *gs: concat(gs, axis)))
    return joined(x)


def _cut(x: Tensor, sizes: Sequence[int], axis: int) -> list[Tensor]:
    parts, start = [], 0
    for s in sizes:
        begin = tuple(start if i == axis else 0 for i in range(x.ndim))
        size = (*x.shape[:axis], s, *x.shape[axis + 1 :])
        parts.append(take_slice(x, begin, size, (1,) * x.ndim))
        start += s
    return parts


def _split_sizes(sizes: list[int], n: int) -> list[int]:
    """Split sizes with one -1 filled in; they must add up to `n`."""
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = n - builtins.sum(sizes) - 1
    if builtins.sum(sizes) != n or min(sizes, default=0) < 0:
        raise ShapeError(f"split: sizes {sizes} do not add up to {n}")
    return sizes


@composite()
def unstack(x: Any, axis: int = 0) -> list[Tensor]:
    """The slices of `x` along `axis`, without that axis."""
    x = engine.as_tensor(x)
    axis = normalize_axis("unstack", axis, x.ndim)
    return (
        [squeeze(part, axis) for part in split(x, x.shape[axis] or 1, axis)]
        if x.shape[axis]
        else []
    )
