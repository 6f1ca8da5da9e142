"""Making tensors, with the standard's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import engine
from ..dtypes import as_dtype, float32
from ..errors import ArgumentError, ShapeError
from ..ops import creation, elementwise
from ..ops.movement import broadcast_to, reshape
from ..tensor import Tensor
from .data_types import on_device

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Tensor:
    """`obj` (a tensor, number, nested lists, array or buffer) as a tensor.

    An array of another library keeps its dtype where the backend has it; else it becomes what
    `tfpy.tensor` makes of it. Raises `ArgumentError` with `copy=False` for what is no tensor yet.
    """
    if isinstance(obj, Tensor):
        return on_device(engine.as_tensor(obj, None if dtype is None else as_dtype(dtype)), device)
    if copy is False:
        raise ArgumentError("asarray: copy=False, but the elements have to be copied")
    if dtype is None:
        name = str(getattr(obj, "dtype", ""))
        dtype = name if name in engine.backend().dtypes else None
    return on_device(creation.tensor(obj, dtype=dtype), device)


def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor:
    """A tensor with the elements of an array of any library; they are always copied.

    Needs NumPy loaded, and the backend must have the array's dtype.
    """
    if copy is False:
        raise ArgumentError("from_dlpack: copy=False, but the elements have to be copied")
    import numpy as np

    array = np.from_dlpack(x)
    return on_device(creation.tensor(array, dtype=array.dtype), device)


# --------------------------------------------------------------------------------- constants


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of zeros."""
    return on_device(creation.fill(shape, 0, dtype or float32), device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of ones."""
    return on_device(creation.fill(shape, 1, dtype or float32), device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor filled with one value."""
    return on_device(creation.fill(shape, fill_value, dtype), device)


def zeros_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Zeros of the shape and dtype of `x`."""
    return zeros(x.shape, dtype=dtype or x.dtype, device=device)


def ones_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Ones of the shape and dtype of `x`."""
    return ones(x.shape, dtype=dtype or x.dtype, device=device)


def full_like(x: Tensor, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """One value in the shape and dtype of `x`."""
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device)


#: Here nothing is left undefined.
empty, empty_like = zeros, zeros_like

# ------------------------------------------------------------------------------------ ranges


def arange(
    start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None
) -> Tensor:
    """Numbers from `start` (or 0) up to, not including, `stop`, `step` apart."""
    return on_device(creation.arange(start, stop, step, dtype), device)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, with it or without."""
    return on_device(creation.linspace(start, stop, num, endpoint, dtype or float32), device)


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """A matrix with ones on the `k`th diagonal and zeros elsewhere."""
    found = _beside(n_rows, n_rows if n_cols is None else n_cols, k, elementwise.equal)
    return on_device(elementwise.cast(found, dtype or float32), device)


def _beside(rows: int, columns: int, k: int, compare: Any) -> Tensor:
    """Where in a matrix the column compares so with that of the `k`th diagonal."""
    i = reshape(creation.arange(rows, dtype="int32"), (rows, 1))
    return compare(creation.arange(columns, dtype="int32"), i + int(k))


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """`x` with zeros above the `k`th diagonal of its last two axes."""
    return _part("tril", x, k, elementwise.less_equal)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """`x` with zeros below the `k`th diagonal of its last two axes."""
    return _part("triu", x, k, elementwise.greater_equal)


def _part(name: str, x: Tensor, k: int, compare: Any) -> Tensor:
    if x.ndim < 2:
        raise ShapeError(f"{name}: x must have two axes or more, its shape is {x.shape}")
    kept = _beside(x.shape[-2], x.shape[-1], k, compare)
    return elementwise.where(kept, x, zeros((), dtype=x.dtype))


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid: each vector broadcast over the others.

    With indexing "xy" the first two axes of the results are exchanged.
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f'meshgrid: indexing must be "xy" or "ij", not {indexing!r}')
    order = list(range(len(arrays)))
    if indexing == "xy":
        order[:2] = order[:2][::-1]
    shape = tuple(arrays[i].size for i in order)
    return [
        broadcast_to(_along(x, order.index(i), len(order)), shape) for i, x in enumerate(arrays)
    ]


def _along(x: Tensor, axis: int, rank: int) -> Tensor:
    sizes: Sequence[int] = [x.size if i == axis else 1 for i in range(rank)]
    return reshape(x, sizes)
