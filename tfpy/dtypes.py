"""Element types and how they combine.

A `DType` is a string with a size: `tfpy.float32 == "float32"`. This module knows nothing about
tensors; it only says which types exist, how Python values map to them and what two of them make
together (the Array API's promotion rules, with weak Python scalars).
"""

from __future__ import annotations

from typing import Any

from .errors import DTypeError


class DType(str):
    """An element type: its name, bytes per element, buffer format and kind ("f", "i" or "b")."""

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
        """True for the types that can carry a gradient."""
        return self.kind == "f"


float32 = DType("float32", 4, "f", "f")
float64 = DType("float64", 8, "d", "f")
int32 = DType("int32", 4, "i", "i")
bool_ = DType("bool", 1, "?", "b")

ALL = {dtype: dtype for dtype in (float32, float64, int32, bool_)}
_ALIASES = {float: float32, int: int32, bool: bool_}
_ORDER = (bool_, int32, float32, float64)


def as_dtype(value: Any) -> DType:
    """The `DType` that `value` names: a DType, its name, `float`/`int`/`bool`, or a NumPy dtype.

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


def of_scalar(value: bool | float) -> DType:
    """The type a Python number takes when nothing else decides."""
    if isinstance(value, bool):
        return bool_
    return int32 if isinstance(value, int) else float32


def promote(*dtypes: DType) -> DType:
    """The smallest type that holds every argument: bool < int32 < float32 < float64."""
    return max(dtypes, key=_ORDER.index)


def promote_scalar(dtype: DType, value: bool | float) -> DType:
    """The result type of `dtype` with a weak Python scalar: only a higher *kind* raises it."""
    scalar = of_scalar(value)
    return dtype if "bif".index(dtype.kind) >= "bif".index(scalar.kind) else scalar
