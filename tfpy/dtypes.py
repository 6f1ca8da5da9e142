"""Element types and how they combine.

A `DType` is a string with a size: `tfpy.float32 == "float32"`. This module knows nothing about
tensors; it only says which types exist, how Python values map to them and what two of them make
together (the Array API's promotion rules, with weak Python scalars).
"""

from __future__ import annotations

from typing import Any

from .errors import DTypeError


class DType(str):
    """An element type: its name, bytes per element, buffer format and kind.

    Kinds are "f", "i", "b" (bool), "c" (complex) and "s" (string). A complex number is two floats,
    so the format is that of its parts; strings are no buffer.
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


float32 = DType("float32", 4, "f", "f")
float64 = DType("float64", 8, "d", "f")
int32 = DType("int32", 4, "i", "i")
bool_ = DType("bool", 1, "?", "b")

complex64 = DType("complex64", 8, "f", "c")
complex128 = DType("complex128", 16, "d", "c")
string = DType("string", 8, "", "s")

ALL = {dtype: dtype for dtype in (float32, float64, int32, bool_, complex64, complex128, string)}
_ALIASES = {float: float32, int: int32, bool: bool_, complex: complex64, str: string}
_ORDER = (bool_, int32, float32, float64, complex64, complex128)
_KINDS = "bifc"


def as_dtype(value: Any) -> DType:
    """The `DType` that `value` names: a DType, its name, a Python type, or a NumPy dtype.

    Raises `DTypeError` for anything else.
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, type) and value in _ALIASES:
        return _ALIASES[value]
    found = ALL.get(getattr(value, "name", None) or getattr(value, "__name__", value))
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
    """The smallest type that holds every argument: bool < int32 < float32 < float64, and complex.

    Raises `DTypeError` for strings among others.
    """
    if string in dtypes:
        if any(dtype is not string for dtype in dtypes):
            raise DTypeError(f"{' and '.join(dtypes)} tensors do not mix")
        return string
    largest = max(dtypes, key=_ORDER.index)
    return complex128 if largest is complex64 and float64 in dtypes else largest


def promote_scalar(dtype: DType, value: complex) -> DType:
    """The result type of `dtype` with a weak Python scalar: only a higher *kind* raises it."""
    scalar = of_scalar(value)
    if dtype.kind == "s":
        raise DTypeError(f"a string tensor and {value!r} do not mix")
    if _KINDS.index(dtype.kind) >= _KINDS.index(scalar.kind):
        return dtype
    return complex128 if scalar is complex64 and dtype is float64 else scalar
