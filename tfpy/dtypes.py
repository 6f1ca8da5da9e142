"""Element types and how they combine.

A `DType` is a string with a size: `tfpy.float32 == "float32"`. This module knows nothing about
tensors; it only says which types exist, how Python values map to them and what two of them make
together (the Array API's promotion rules, with weak Python scalars).
"""

from __future__ import annotations

import functools
from typing import Any

from .errors import DTypeError


class DType(str):
    """An element type: its name, bytes per element, buffer format and kind.

    Kinds are NumPy's: "b" for bool, "i" and "u" for integers with and without sign, "f" for floats,
    "c" for complex numbers; and "s" for strings. A complex number is two floats, so the format is
    that of its parts; strings are no buffer.
    """

    __slots__ = ("format", "itemsize", "kind")

    itemsize: int
    format: str  # type: ignore[assignment]  # the buffer format shadows str.format
    kind: str

    def __new__(cls, name: str, itemsize: int, format: str, kind: str) -> DType:
        self = super().__new__(cls, name)
        self.itemsize, self.format, self.kind = itemsize, format, kind
        return self

    def __repr__(self) -> str:
        return f"tfpy.{self}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (as_dtype, (str(self),))

    @property
    def is_floating(self) -> bool:
        """True for the real floating types."""
        return self.kind == "f"

    @property
    def is_inexact(self) -> bool:
        """True for the types that can carry a gradient: real and complex floating ones."""
        return self.kind in "fc"

    @property
    def part(self) -> DType:
        """The type of a complex type's real and imaginary parts; itself for the others."""
        return {8: float32, 16: float64}[self.itemsize] if self.kind == "c" else self

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest number of an integer type."""
        low = -(2 ** (8 * self.itemsize - 1)) if self.kind == "i" else 0
        return low, low + 2 ** (8 * self.itemsize) - 1


float32 = DType("float32", 4, "f", "f")
float64 = DType("float64", 8, "d", "f")
int8 = DType("int8", 1, "b", "i")
int16 = DType("int16", 2, "h", "i")
int32 = DType("int32", 4, "i", "i")
int64 = DType("int64", 8, "q", "i")
uint8 = DType("uint8", 1, "B", "u")
uint16 = DType("uint16", 2, "H", "u")
uint32 = DType("uint32", 4, "I", "u")
uint64 = DType("uint64", 8, "Q", "u")
bool_ = DType("bool", 1, "?", "b")

complex64 = DType("complex64", 8, "f", "c")
complex128 = DType("complex128", 16, "d", "c")
string = DType("string", 8, "", "s")

_INTEGERS = (int8, int16, int32, int64, uint8, uint16, uint32, uint64)
_OTHERS = (float32, float64, complex64, complex128, string)
ALL = {dtype: dtype for dtype in (bool_, *_INTEGERS, *_OTHERS)}
_ALIASES = {float: float32, int: int32, bool: bool_, complex: complex64, str: string}
#: Which kind wins where two meet.
_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def as_dtype(value: Any) -> DType:
    """The `DType` that `value` names: a DType, its name, a Python type, or a NumPy dtype.

    Raises `DTypeError` for anything else.
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, type) and value in _ALIASES:
        return _ALIASES[value]
    name = getattr(value, "name", None) or getattr(value, "__name__", value)
    found = ALL.get(name) if isinstance(name, str) else None  # type: ignore[call-overload]
    if found is None:
        raise DTypeError(f"unknown dtype {value!r}; tfpy has {', '.join(ALL)}")
    return found


def of_scalar(value: complex) -> DType:
    """The type a Python number takes when nothing else decides."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, complex):
        return complex64
    return int32 if isinstance(value, int) else float32


def promote(*dtypes: DType) -> DType:
    """What elements of these types make together: the largest type of the highest kind there is.

    Of an integer with sign and one without it is the smallest that holds both; there is none for
    uint64 and one with sign, so these are refused (`DTypeError`), as are strings among others. What
    the array API standard leaves open: bool beside a number counts as 0 and 1, an integer beside a
    float takes its type.
    """
    return functools.reduce(_promote, dtypes)


@functools.cache
def _promote(a: DType, b: DType) -> DType:
    if a is b:
        return a
    if string in (a, b):
        raise DTypeError(f"{a} and {b} tensors do not mix")
    low, high = sorted((a, b), key=lambda d: (_RANK[d.kind], d.itemsize))
    if _RANK[low.kind] < _RANK[high.kind]:
        return complex128 if high.kind == "c" and low is float64 else high
    if low.kind == high.kind or (high.kind == "i" and high.itemsize > low.itemsize):
        return high
    # The one without sign is as large: with a sign it does not fit.
    bits = 16 * high.itemsize
    if bits > 64:
        raise DTypeError(f"{a} and {b} have no type that holds both; cast one of them")
    return ALL[f"int{bits}"]  # type: ignore[index]


def promote_scalar(dtype: DType, value: complex) -> DType:
    """The result type of `dtype` with a weak Python scalar: only a higher *kind* raises it."""
    scalar = of_scalar(value)
    if dtype.kind == "s":
        raise DTypeError(f"a string tensor and {value!r} do not mix")
    if _RANK[dtype.kind] >= _RANK[scalar.kind]:
        return dtype
    return complex128 if scalar is complex64 and dtype is float64 else scalar
