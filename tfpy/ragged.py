"""Ragged tensors as dense values and row splits: making, picking and filling them up.

`row_splits` of n rows are n + 1 numbers: row i is the values from split i to split i + 1. A tensor
that is ragged along several axes has one vector of them for each, the outermost first. Places are
computed by Python on every backend; values are moved by operations, with gradients.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, prod
from typing import Any

from . import engine
from .dtypes import int32
from .errors import ArgumentError, DTypeError, ShapeError
from .host import HostArray
from .ops.creation import tensor
from .ops.elementwise import where
from .ops.indexing import gather
from .ops.movement import broadcast_to, reshape
from .registry import composite, host
from .spec import TensorSpec, check_size, require_rank
from .string import check_splits
from .tensor import Tensor

_SOME: Any = None

# ----------------------------------------------------------------------------------------- range


def _range_infer(
    starts: TensorSpec, limits: TensorSpec, deltas: TensorSpec
) -> tuple[TensorSpec, TensorSpec]:
    given = {"starts": starts, "limits": limits, "deltas": deltas}
    for name, x in given.items():
        require_rank("ragged_range", name, x, 0, 1)
        if x.dtype.kind not in "fi" or x.dtype is not starts.dtype:
            raise DTypeError(f"ragged_range: {name} must be {starts.dtype} numbers, not {x.dtype}")
    sizes = {x.shape[0] for x in given.values() if x.rank}
    if len(sizes) > 1:
        raise ShapeError(f"ragged_range: starts, limits and deltas have lengths {sorted(sizes)}")
    n = sizes.pop() if sizes else 1
    return TensorSpec((n + 1,), int32), TensorSpec((_SOME,), starts.dtype)


def _range_values(
    starts: HostArray, limits: HostArray, deltas: HostArray
) -> tuple[HostArray, HostArray]:
    given = (starts, limits, deltas)
    n = next((x.shape[0] for x in given if x.shape), 1)
    rows = [*zip(*(x.values if x.shape else [x.values[0]] * n for x in given), strict=True)]
    if not all(delta for _, _, delta in rows):
        raise ArgumentError("ragged_range: a delta is 0")
    counts = [max(ceil((limit - start) / delta), 0) for start, limit, delta in rows]
    check_size("ragged_range", (sum(counts),))
    # Numbers as such, of which there may be millions: a list takes several times as much.
    values = array(memoryview(starts.values).format)  # type: ignore[arg-type]
    for (start, limit, delta), count in zip(rows, counts, strict=True):
        exact = isinstance(start, int)
        values.extend(
            range(start, limit, delta) if exact else (start + i * delta for i in range(count))
        )
    splits = [0, *accumulate(counts)]
    return HostArray(splits, (len(splits),)), HostArray(values, (len(values),))


@host(_range_infer, _range_values)
def ragged_range(starts: Any, limits: Any, deltas: Any = 1) -> Any:
    """Several ranges as one ragged tensor: row i goes from starts[i] to limits[i], not included.

    Args:
        starts: (n,), or a scalar for all rows.
        limits: (n,) or a scalar.
        deltas: (n,) or a scalar: from one number to the next.

    Returns:
        Row splits, int32 (n + 1,), and the numbers of all rows.

    >>> tfpy.ragged_range([0, 5], [3, 7])
    (tfpy.tensor([0, 3, 5]), tfpy.tensor([0, 1, 2, 5, 6]))
    """
    starts = engine.as_tensor(starts)
    return (starts, *(engine.as_operands(starts, x)[1] for x in (limits, deltas))), {}


# ---------------------------------------------------------------------------------------- gather


def _gather_infer(*specs: TensorSpec, rows: int) -> tuple[TensorSpec, ...]:
    *splits, indices = specs
    for x in splits:
        if x.dtype is not int32 or x.rank != 1 or not x.size:
            raise ShapeError(
                f"ragged_gather: row splits must be int32 (n + 1,), not {x.dtype} {x.shape}"
            )
    if indices.dtype is not int32 or not indices.rank or not splits:
        raise ShapeError(
            f"ragged_gather: row splits and int32 indices with an axis are needed, not "
            f"{len(splits)} splits and {indices.dtype} indices of shape {indices.shape}"
        )
    outer = [prod(indices.shape[:axis]) + 1 for axis in range(1, indices.rank)]
    known = [TensorSpec((n,), int32) for n in outer]
    known.append(TensorSpec((indices.size + 1,), int32))
    inner = [TensorSpec((_SOME,), int32)] * (len(splits) - 1)
    return (*known, *inner, TensorSpec((_SOME,), int32))


def _gather_values(*arrays: HostArray, rows: int) -> tuple[HostArray, ...]:
    *given, indices = arrays
    splits = [list(x.values) for x in given]
    counts = [*(len(s) - 1 for s in splits[1:]), rows]
    for s, count in zip(splits, counts, strict=True):
        check_splits("ragged_gather", "row splits", s, count)
    n = len(splits[0]) - 1
    for i in indices.values:
        if not 0 <= i < n:
            raise ArgumentError(f"ragged_gather: index {i} lies outside {n} rows")
    made = []
    for axis in range(1, len(indices.shape)):
        size, count = indices.shape[axis], prod(indices.shape[:axis])
        made.append([size * i for i in range(count + 1)])
    picked = list(indices.values)
    for s in splits:
        spans = [range(s[i], s[i + 1]) for i in picked]
        ends = [0]
        for span in spans:
            ends.append(ends[-1] + len(span))
        made.append(ends)
        picked = [i for span in spans for i in span]
    return tuple(HostArray(values, (len(values),)) for values in (*made, picked))


@host(_gather_infer, _gather_values, public=False)
def ragged_places(*xs: Tensor, rows: int) -> Any:
    """Row splits of what is picked, and then the numbers of the dense values."""
    return xs, {"rows": rows}


@composite()
def ragged_gather(
    params_nested_splits: Sequence[Any], params_dense_values: Any, indices: Any
) -> tuple[list[Tensor], Tensor]:
    """The rows of a ragged tensor at `indices`, whose shape takes the place of the first axis.

    TensorFlow's `output_ragged_rank` is not asked for: it follows, as the number of splits given
    plus the axes of `indices` less one.

    Args:
        params_nested_splits: row splits, the outermost first.
        params_dense_values: (n, ...).
        indices: int32 with at least one axis.

    Returns:
        The nested row splits of the result, and its dense values.

    >>> tfpy.ragged_gather([[0, 2, 3]], [10, 20, 30], [1, 0])
    ([tfpy.tensor([0, 1, 3])], tfpy.tensor([30, 10, 20]))
    """
    values = engine.as_tensor(params_dense_values)
    if not values.ndim:
        raise ShapeError("ragged_gather: params_dense_values must have an axis")
    given = [engine.as_tensor(x) for x in (*params_nested_splits, indices)]
    *splits, places = ragged_places(*given, rows=values.shape[0])
    return splits, gather(values, places)


# ----------------------------------------------------------------------------- to dense tensors


def _row_splits(kind: str, numbers: list[int], rows: int | None, values: int) -> list[int]:
    """Row splits of a partition of `values` things, however it is given."""
    if kind == "ROW_SPLITS":
        check_splits("ragged_tensor_to_tensor", "row splits", numbers, values)
        return numbers
    count = rows if rows is not None else max(numbers, default=-1) + 1
    check_size("ragged_tensor_to_tensor", (count,))
    inside = not numbers or 0 <= numbers[0] <= numbers[-1] < count
    if not inside or numbers != sorted(numbers) or len(numbers) != values:
        raise ArgumentError(
            "ragged_tensor_to_tensor: value row ids must be sorted, one for each value, and "
            f"below {count}"
        )
    sizes = [0] * count
    for row in numbers:
        sizes[row] += 1
    return [0, *accumulate(sizes)]


def _partitions(kinds: Sequence[str], tensors: Sequence[list[int]], values: int) -> list[list[int]]:
    """Row splits of every ragged axis, the outermost first."""
    levels = [(k, t) for k, t in zip(kinds, tensors, strict=True) if k != "FIRST_DIM_SIZE"]
    found: list[list[int]] = []
    # From the inside out, since each axis counts what the next one divides.
    count = values
    for depth in reversed(range(len(levels))):
        kind, numbers = levels[depth]
        rows = None
        if depth:
            above_kind, above = levels[depth - 1]
            rows = above[-1] if above_kind == "ROW_SPLITS" else len(above)
        elif kinds[0] == "FIRST_DIM_SIZE":
            rows = tensors[0][0]
        found.insert(0, _row_splits(kind, numbers, rows, count))
        count = len(found[0]) - 1
    return found


def _places(levels: list[list[int]], outer: Sequence[int]) -> list[int]:
    """For each place of the dense tensor the number of the value there, or -1."""
    at = [row if row < outer[0] else -1 for row in range(len(levels[0]) - 1)]
    for splits, size in zip(levels, outer[1:], strict=True):
        at = [
            begin * size + i if begin >= 0 and i < size else -1
            for begin, (first, last) in zip(at, pairwise(splits), strict=True)
            for i in range(last - first)
        ]
    found = [-1] * prod(outer)
    for value, place in enumerate(at):
        if place >= 0:
            found[place] = value
    return found


_KINDS = ("FIRST_DIM_SIZE", "VALUE_ROWIDS", "ROW_SPLITS")


def _check_kinds(kinds: Sequence[str], tensors: Sequence[Any]) -> None:
    plain = [k for k in kinds if k != "FIRST_DIM_SIZE"]
    wrong = [k for k in kinds if k not in _KINDS] or "FIRST_DIM_SIZE" in kinds[1:] or not plain
    if wrong or len(kinds) != len(tensors):
        raise ArgumentError(
            f"ragged_tensor_to_tensor: {len(tensors)} row partitions of types "
            f"{list(kinds)!r:.100}; a type for each is needed, of {', '.join(_KINDS)}, the first "
            "of them only at the begin"
        )


@composite()
def ragged_tensor_to_tensor(
    shape: Any,
    values: Any,
    default_value: Any,
    row_partition_tensors: Sequence[Any],
    row_partition_types: Sequence[str],
) -> Tensor:
    """A ragged tensor as a dense one: what rows are too short for is filled, what is too long cut.

    Args:
        shape: of the result; -1, or () altogether, for the least that holds everything.
        values: (n, ...): the dense values.
        default_value: what fills; broadcasts to the shape of one value.
        row_partition_tensors: int32, one for each ragged axis, the outermost first.
        row_partition_types: how each is to be understood: "ROW_SPLITS", or "VALUE_ROWIDS" with
            the row of each value; these at the begin may come after "FIRST_DIM_SIZE", a scalar
            with the number of rows.

    >>> tfpy.ragged_tensor_to_tensor((), [1, 2, 3], 0, [[0, 2, 3]], ["ROW_SPLITS"])
    tfpy.tensor([[1, 2],
                 [3, 0]])
    """
    _check_kinds(row_partition_types, row_partition_tensors)
    values = engine.as_tensor(values)
    if not values.ndim:
        raise ShapeError("ragged_tensor_to_tensor: values must have an axis")
    default = engine.as_tensor(default_value, values.dtype)
    numbers = [engine.as_tensor(x, int32).data_sync().tolist() for x in row_partition_tensors]
    levels = _partitions(row_partition_types, numbers, values.shape[0])
    widths = [max((b - a for a, b in pairwise(s)), default=0) for s in levels]
    natural = (len(levels[0]) - 1, *widths, *values.shape[1:])
    wanted = _wanted_shape(shape, natural)
    cut = len(levels) + 1
    if wanted[cut:] != natural[cut:]:
        raise ShapeError(f"ragged_tensor_to_tensor: shape {wanted} changes dense axes of {natural}")
    places = tensor(_places(levels, wanted[:cut]), shape=(prod(wanted[:cut]),), dtype=int32)
    one = (-1, *[1] * len(wanted[cut:]))
    filling = broadcast_to(default, wanted[cut:])
    # A place outside gives anything; it is not taken.
    dense = where(reshape(places >= 0, one), gather(values, places), filling)
    return reshape(dense, wanted)


def _wanted_shape(shape: Any, natural: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(shape, Tensor):
        shape = shape.tolist()
    given = (shape,) if isinstance(shape, int) else tuple(shape)
    if given in ((), (-1,)):
        given = (-1,) * len(natural)
    if len(given) != len(natural) or any(n < -1 for n in given):
        raise ShapeError(
            f"ragged_tensor_to_tensor: shape {given} does not fit a tensor of {len(natural)} axes"
        )
    wanted = tuple(n if w == -1 else w for w, n in zip(given, natural, strict=True))
    check_size("ragged_tensor_to_tensor", wanted)
    return wanted
