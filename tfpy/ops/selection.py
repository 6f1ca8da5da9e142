"""Operations whose results are as long as values say: where something is true, and sets.

They read values and so block until these are there; each has a coroutine twin, `<name>_async`. The
host finds positions only: elements are gathered on the device, with gradients.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import compress
from math import prod
from typing import Any

from .. import engine
from ..dtypes import bool_, int32
from ..errors import DTypeError, ShapeError
from ..host import HostArray
from ..registry import composite, coroutine, host
from ..spec import TensorSpec, broadcast_shapes, normalize_axis, require_rank
from ..tensor import Tensor
from .indexing import gather
from .movement import reshape, transpose, unstack

# ------------------------------------------------------------------------------ what is true


def _argwhere_infer(x: TensorSpec) -> TensorSpec:
    return TensorSpec((None, x.rank), int32)  # type: ignore[arg-type]


def _argwhere(x: HostArray) -> HostArray:
    rank = len(x.shape)
    found = array("i", compress(range(len(x.values)), x.values))
    places = array("i", bytes(4 * rank * len(found)))
    for axis, step in enumerate(TensorSpec(x.shape).strides):
        size = x.shape[axis]
        places[axis::rank] = array("i", [i // step % size for i in found])
    return HostArray(places, (len(found), rank))


@host(_argwhere_infer, _argwhere)
def argwhere(x: Any) -> Any:
    """The coordinates of the elements that are true (not zero), in row-major order.

    TensorFlow's `where` with one argument. Blocks; `argwhere_async` does not.

    Returns:
        int32 (count, rank).

    >>> tfpy.argwhere([[0, 5], [7, 0]])
    tfpy.tensor([[0, 1],
                 [1, 0]])
    """
    return (engine.as_tensor(x, bool_),), {}


argwhere_async = coroutine(argwhere)


def _columns(places: Tensor) -> tuple[Tensor, ...]:
    if not places.shape[1]:
        raise ShapeError("nonzero: x must have an axis")
    return tuple(unstack(places, 1))


@composite()
def nonzero(x: Any) -> tuple[Tensor, ...]:
    """The columns of `argwhere`: for each axis the int32 coordinates of the elements not zero.

    Blocks; `nonzero_async` does not.

    >>> tfpy.nonzero([3, 0, 4])
    (tfpy.tensor([0, 2]),)
    """
    return _columns(argwhere(x))


@composite()
async def nonzero_async(x: Any) -> tuple[Tensor, ...]:
    """`nonzero` without blocking the event loop: a coroutine."""
    return _columns(await argwhere_async(x))


def _masked(x: Any, mask: Any, axis: int | None) -> tuple[Tensor, Tensor, int]:
    """`x` with the axes that `mask` covers as one, the flat mask, and that axis."""
    x, mask = engine.as_tensor(x), engine.as_tensor(mask)
    if mask.dtype is not bool_:
        raise DTypeError(f"boolean_mask: mask must be bool, not {mask.dtype}")
    axis = normalize_axis("boolean_mask", axis or 0, x.ndim)
    end = axis + mask.ndim
    if not mask.ndim or x.shape[axis:end] != mask.shape:
        raise ShapeError(
            f"boolean_mask: mask of shape {mask.shape} does not fit x of shape {x.shape} at {axis=}"
        )
    flat = reshape(x, (*x.shape[:axis], mask.size, *x.shape[end:]))
    return flat, reshape(mask, (mask.size,)), axis


def _picked(x: Tensor, places: Tensor, axis: int) -> Tensor:
    return gather(x, reshape(places, (places.size,)), axis)


@composite()
def boolean_mask(x: Any, mask: Any, axis: int | None = None) -> Tensor:
    """The elements, or slices, of `x` where `mask` is true; `x[mask]`.

    Blocks; `boolean_mask_async` does not.

    Args:
        x: any tensor.
        mask: bool, of the sizes of `x` from `axis` on.
        axis: the first axis that `mask` covers, by default 0.

    >>> tfpy.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True])
    tfpy.tensor([[1, 2],
                 [5, 6]])
    """
    x, mask, axis = _masked(x, mask, axis)
    return _picked(x, argwhere(mask), axis)


@composite()
async def boolean_mask_async(x: Any, mask: Any, axis: int | None = None) -> Tensor:
    """`boolean_mask` without blocking the event loop: a coroutine."""
    x, mask, axis = _masked(x, mask, axis)
    return _picked(x, await argwhere_async(mask), axis)


# ---------------------------------------------------------------------------------------- sets


def _key(value: Any) -> Any:
    """What equal elements share: NaN is one element."""
    return value if value == value else None


def _refuse_complex(op: str, x: TensorSpec) -> None:
    if x.dtype.kind == "c":
        raise DTypeError(f"{op} does not take {x.dtype} tensors")


def _unique_infer(
    x: TensorSpec, *, in_order: bool, equal_nan: bool
) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    _refuse_complex("unique", x)
    some = TensorSpec((None,), int32)  # type: ignore[arg-type]
    return some, TensorSpec(x.shape[:1], int32), some


def _unique_rows(
    x: HostArray, in_order: bool, equal_nan: bool
) -> tuple[HostArray, HostArray, HostArray]:
    """(the first row of each kind, the kind of each row, how many there are of each kind)."""
    n, width = x.shape
    # Of NaN each object is a key of its own.
    keys: list[Any] = [_key(v) for v in x.values] if equal_nan else list(x.values)
    if width != 1:
        keys = [tuple(keys[i * width : (i + 1) * width]) for i in range(n)]
    firsts: dict[Any, int] = {}
    for i, key in enumerate(keys):
        firsts.setdefault(key, i)
    kinds = list(firsts)
    if in_order:
        kinds.sort(key=lambda key: _rank(key if width != 1 else (key,)))
    number = {key: i for i, key in enumerate(kinds)}
    inverse = [number[key] for key in keys]
    counts = [0] * len(kinds)
    for i in inverse:
        counts[i] += 1
    places = [firsts[key] for key in kinds]
    shape = (len(kinds),)
    return HostArray(places, shape), HostArray(inverse, (n,)), HostArray(counts, shape)


def _rank(key: Sequence[Any]) -> list[tuple[bool, Any]]:
    """What sorts rows by their elements, NaN last."""
    return [(v is None or v != v, 0 if v is None else v) for v in key]


@host(_unique_infer, _unique_rows, public=False)
def unique_rows(x: Tensor, in_order: bool, equal_nan: bool = True) -> Any:
    """The distinct rows of a matrix, by number: the search behind `unique`."""
    return (x,), {"in_order": in_order, "equal_nan": equal_nan}


_unique_rows_async = coroutine(unique_rows)


def _as_rows(x: Any, axis: int | None) -> tuple[Tensor, Tensor, int]:
    """`x`, flat if there is no axis; its slices along the axis as rows; the axis."""
    x = engine.as_tensor(x)
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis = normalize_axis("unique", axis, x.ndim)
    slices = transpose(x, (axis, *[i for i in range(x.ndim) if i != axis]))
    return x, reshape(slices, (slices.shape[0], prod(slices.shape[1:]))), axis


def _unique(x: Tensor, axis: int, found: Sequence[Tensor], counted: bool) -> tuple[Tensor, ...]:
    places, inverse, counts = found
    values = gather(x, places, axis)
    return (values, inverse, counts) if counted else (values, inverse)


@composite()
def unique(
    x: Any, axis: int | None = None, sorted: bool = False, return_counts: bool = False
) -> tuple[Tensor, ...]:
    """The distinct elements of `x`, and which of them each element is.

    As in TensorFlow and TF.js they come in the order in which they first appear, and the indices
    with them; `numpy.unique` sorts, and gives the values only. NaN is one element. Blocks;
    `unique_async` does not.

    Args:
        x: any tensor.
        axis: compare the slices along this axis; None (TF.js: axis 0) flattens first.
        sorted: in ascending order instead, NaN last.
        return_counts: also tell how often each occurs.

    Returns:
        (values, indices) or (values, indices, counts): `gather(values, indices, axis)` is `x`.

    >>> tfpy.unique([7, 3, 7], return_counts=True)
    (tfpy.tensor([7, 3]), tfpy.tensor([0, 1, 0]), tfpy.tensor([2, 1]))
    """
    x, rows, axis = _as_rows(x, axis)
    return _unique(x, axis, unique_rows(rows, bool(sorted)), return_counts)


@composite()
async def unique_async(
    x: Any, axis: int | None = None, sorted: bool = False, return_counts: bool = False
) -> tuple[Tensor, ...]:
    """`unique` without blocking the event loop: a coroutine."""
    x, rows, axis = _as_rows(x, axis)
    return _unique(x, axis, await _unique_rows_async(rows, bool(sorted)), return_counts)


def _difference_infer(x: TensorSpec, y: TensorSpec) -> TensorSpec:
    require_rank("setdiff1d", "x", x, 1)
    require_rank("setdiff1d", "y", y, 1)
    _refuse_complex("setdiff1d", x)
    if x.dtype is not y.dtype:
        raise DTypeError(f"setdiff1d: x is {x.dtype}, y is {y.dtype}")
    return TensorSpec((None,), int32)  # type: ignore[arg-type]


def _difference(x: HostArray, y: HostArray) -> HostArray:
    known = set(y.values)
    places = [i for i, v in enumerate(x.values) if v not in known]
    return HostArray(places, (len(places),))


@host(_difference_infer, _difference, public=False)
def places_not_in(x: Any, y: Any) -> Any:
    """Where the elements of `x` are that are not in `y`: the search behind `setdiff1d`."""
    return (x, y), {}


_places_not_in_async = coroutine(places_not_in)


@composite()
def setdiff1d(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """The elements of `x` that are not in `y`, in their order, and their int32 indices.

    As in TensorFlow: `numpy.setdiff1d` sorts, drops repetitions and gives no indices. Blocks;
    `setdiff1d_async` does not.

    Args:
        x: a vector.
        y: a vector of the same dtype.

    >>> tfpy.setdiff1d([5, 1, 4, 5], [1, 2])
    (tfpy.tensor([5, 4, 5]), tfpy.tensor([0, 2, 3]))
    """
    x = engine.as_tensor(x)
    places = places_not_in(x, engine.as_tensor(y))
    return gather(x, places), places


@composite()
async def setdiff1d_async(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """`setdiff1d` without blocking the event loop: a coroutine."""
    x = engine.as_tensor(x)
    places = await _places_not_in_async(x, engine.as_tensor(y))
    return gather(x, places), places


# -------------------------------------------------------------------------------------- shapes


def _broadcast_infer(s0: TensorSpec, s1: TensorSpec) -> TensorSpec:
    for name, spec in (("s0", s0), ("s1", s1)):
        require_rank("broadcast_args", name, spec, 1)
        if spec.dtype is not int32 and spec.size:
            raise DTypeError(f"broadcast_args: {name} must be int32, not {spec.dtype}")
    return TensorSpec((max(s0.size, s1.size),), int32)


def _broadcast(s0: HostArray, s1: HostArray) -> HostArray:
    shape = broadcast_shapes("broadcast_args", tuple(s0.values), tuple(s1.values))
    return HostArray(shape, (len(shape),))


@host(_broadcast_infer, _broadcast)
def broadcast_args(s0: Any, s1: Any) -> Any:
    """The shape, an int32 vector, to which tensors of the shapes `s0` and `s1` broadcast.

    Blocks; `broadcast_args_async` does not.

    >>> tfpy.broadcast_args([2, 1, 3], [4, 1])
    tfpy.tensor([2, 4, 3])
    """
    return (engine.as_tensor(s0), engine.as_tensor(s1)), {}


broadcast_args_async = coroutine(broadcast_args)
