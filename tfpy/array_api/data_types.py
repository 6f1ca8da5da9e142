"""What the standard says about dtypes, and about the library: inspection."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

from .. import engine
from ..backends import Backend
from ..dtypes import (
    ALL,
    DType,
    as_dtype,
    complex64,
    float32,
    float64,
    int32,
    promote,
    promote_scalar,
)
from ..errors import ArgumentError, DTypeError
from ..ops.elementwise import cast
from ..tensor import Tensor

__all__ = [
    "__array_namespace_info__",
    "astype",
    "can_cast",
    "finfo",
    "iinfo",
    "isdtype",
    "result_type",
]

#: `DType.kind`s by the standard's names.
_KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: str | None = None) -> Tensor:
    """`x` with elements of another dtype; complex ones stay complex."""
    if x.dtype.kind == "c" and as_dtype(dtype).kind != "c":
        raise DTypeError(f"astype: {x.dtype} would lose its imaginary part as {as_dtype(dtype)}")
    x = cast(x, dtype)
    return x if device is None else engine.to_backend(x, device)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether `from_` (a dtype or a tensor) and `to` make `to` by the rules of promotion."""
    try:
        return result_type(from_, to) is as_dtype(to)
    except DTypeError:
        return False


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that tensors, dtypes and Python numbers make together.

    >>> from tfpy import array_api as xp
    >>> xp.result_type(xp.float32, xp.ones(2, dtype=xp.float64), 1)
    tfpy.float64
    """
    scalars = [x for x in arrays_and_dtypes if isinstance(x, (bool, int, float, complex))]
    others = [x for x in arrays_and_dtypes if not isinstance(x, (bool, int, float, complex))]
    if not others:
        raise ArgumentError("result_type: needs a tensor or dtype, not only numbers")
    found = promote(*[x.dtype if isinstance(x, Tensor) else as_dtype(x) for x in others])
    for number in scalars:
        found = promote_scalar(found, number)
    return found


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of `kind`: a dtype, one of the standard's words, or a tuple of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str) and kind in _KINDS and not isinstance(kind, DType):
        return as_dtype(dtype).kind in _KINDS[kind]
    return as_dtype(dtype) is as_dtype(kind)


def _dtype_of(type: Any) -> DType:
    return type.dtype if isinstance(type, Tensor) else as_dtype(type)


def finfo(type: Any, /) -> Any:
    """`bits`, `eps`, `max`, `min`, `smallest_normal` and `dtype` of a float dtype.

    `type` may be a tensor as well, and a complex dtype stands for its parts'.
    """
    dtype = _dtype_of(type)
    if dtype.kind not in "fc":
        raise DTypeError(f"finfo: {dtype} is no float")
    bits = 8 * dtype.itemsize // (2 if dtype.kind == "c" else 1)
    eps, most, least = 2.0**-23, (2 - 2.0**-23) * 2.0**127, 2.0**-126
    if bits == 64:
        eps, most, least = sys.float_info.epsilon, sys.float_info.max, sys.float_info.min
    real = float64 if bits == 64 else float32
    return SimpleNamespace(
        bits=bits, eps=eps, max=most, min=-most, smallest_normal=least, dtype=real
    )


def iinfo(type: Any, /) -> Any:
    """`bits`, `max`, `min` and `dtype` of an integer dtype, or of that of a tensor."""
    dtype = _dtype_of(type)
    if dtype.kind not in "iu":
        raise DTypeError(f"iinfo: {dtype} is no integer")
    low, high = dtype.limits
    return SimpleNamespace(bits=8 * dtype.itemsize, max=high, min=low, dtype=dtype)


def is_held(dtype: DType, backend: Backend) -> bool:
    """Whether a backend can hold elements of `dtype`; complex ones are pairs of floats."""
    return dtype.part in backend.dtypes


class _Info:
    """What the standard lets people ask about a library."""

    def capabilities(self) -> dict[str, Any]:
        """What works that the standard does not demand."""
        # A mask selects, but nothing can be assigned to what it selects: half of what is meant.
        return {"boolean indexing": False, "data-dependent shapes": True, "max dimensions": None}

    def default_device(self) -> str:
        """The backend in use."""
        return engine.get_backend()

    def devices(self) -> list[str]:
        """The backends that have been started."""
        return engine.started_backends()

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """What numbers become without a dtype."""
        names = ("real floating", "complex floating", "integral", "indexing")
        return dict(zip(names, (float32, complex64, int32, int32), strict=True))

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """The dtypes by name that a backend, the one in use by default, can hold."""
        backend = engine.started(device or engine.get_backend())
        wanted = ("bool", "numeric") if kind is None else kind
        return {str(d): d for d in ALL if isdtype(d, wanted) and is_held(d, backend)}


def __array_namespace_info__() -> _Info:
    """What this library can do.

    >>> tfpy.array_api.__array_namespace_info__().default_dtypes()["integral"]
    tfpy.int32
    """
    return _Info()
