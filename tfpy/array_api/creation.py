"""Making tensors, with the standard's arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import engine
from ..dtypes import ALL, as_dtype, float32
from ..errors import ArgumentError, ShapeError
from ..ops import creation, elementwise
from ..ops.movement import reshape
from ..tensor import Tensor
from .data_types import is_held

__all__ = [
    *("arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like"),
    *("linspace", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like"),
]


def with_device(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`make` with an argument `device`: the name of the backend that the tensor shall be on."""

    @functools.wraps(make)
    def made(*args: Any, device: str | None = None, **options: Any) -> Tensor:
        x = make(*args, **options)
        return x if device is None else engine.to_backend(x, device)

    return made


@with_device
def asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Tensor:
    """`obj` (a tensor, number, nested lists, array or buffer) as a tensor.

    An array of another library keeps its dtype where the backend has it; else it becomes what
    `tfpy.tensor` makes of it. Raises `ArgumentError` with `copy=False` for what is no tensor yet.
    """
    if isinstance(obj, Tensor):
        return engine.as_tensor(obj, None if dtype is None else as_dtype(dtype))
    if copy is False:
        raise ArgumentError("asarray: copy=False, but the elements have to be copied")
    if dtype is None:
        known: Any = ALL
        dtype = known.get(str(getattr(obj, "dtype", "")))
        if dtype is not None and not is_held(dtype, engine.backend()):
            dtype = None
    return creation.tensor(obj, dtype=dtype)


@with_device
def from_dlpack(x: Any, /, *, copy: bool | None = None) -> Tensor:
    """A tensor with the elements of an array of any library; they are always copied.

    Needs NumPy loaded, and the backend must have the array's dtype.
    """
    if copy is False:
        raise ArgumentError("from_dlpack: copy=False, but the elements have to be copied")
    import numpy as np

    array = np.from_dlpack(x)
    return creation.tensor(array, dtype=array.dtype)


zeros, ones = with_device(creation.zeros), with_device(creation.ones)
zeros_like, ones_like = with_device(creation.zeros_like), with_device(creation.ones_like)
arange, linspace = with_device(creation.arange), with_device(creation.linspace)
# Here nothing is left undefined.
empty, empty_like = zeros, zeros_like


@with_device
def full(shape: Any, fill_value: Any, *, dtype: Any = None) -> Tensor:
    """A tensor filled with one value."""
    return creation.fill(shape, fill_value, dtype)


@with_device
def full_like(x: Tensor, /, fill_value: Any, *, dtype: Any = None) -> Tensor:
    """One value in the shape and dtype of `x`."""
    return creation.fill(x.shape, fill_value, dtype or x.dtype)


# ---------------------------------------------------------------------------------- matrices


def _compared(rows: int, columns: int, k: int, compare: Any) -> Tensor:
    """Where in a matrix the column compares so with that of the `k`th diagonal."""
    i = reshape(creation.arange(rows, dtype="int32"), (rows, 1))
    return compare(creation.arange(columns, dtype="int32"), i + int(k))


@with_device
def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = float32) -> Tensor:
    """A matrix with ones on the `k`th diagonal and zeros elsewhere."""
    columns = n_rows if n_cols is None else n_cols
    return elementwise.cast(_compared(n_rows, columns, k, elementwise.equal), dtype or float32)


def _part(name: str, x: Tensor, k: int, compare: Any) -> Tensor:
    if x.ndim < 2:
        raise ShapeError(f"{name}: x must have two axes or more, its shape is {x.shape}")
    kept = _compared(x.shape[-2], x.shape[-1], k, compare)
    return elementwise.where(kept, x, creation.fill((), 0, x.dtype))


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """`x` with zeros above the `k`th diagonal of its last two axes."""
    return _part("tril", x, k, elementwise.less_equal)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """`x` with zeros below the `k`th diagonal of its last two axes."""
    return _part("triu", x, k, elementwise.greater_equal)
