"""What operators on symbolic tensors draw: merging layers, and `Rescaling` for a number beside one.

These are layers of Keras and TF.js too, so that models drawn so can be saved in every format. Other
operators are refused with what to use instead. Importing this module attaches all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

from ..errors import DTypeError
from .core import Rescaling
from .merge import Add, Multiply, Subtract
from .symbolic import KerasTensor


def _refuse(sign: str, x: KerasTensor) -> Any:
    raise DTypeError(
        f"{sign}: a symbolic tensor has no values yet, this is {x!r}; draw it with a layer, such "
        "as layers.Lambda(lambda x: ...) or a Layer of your own"
    )


def _refusing(sign: str) -> Callable[..., Any]:
    def operator(self: KerasTensor, *others: Any) -> Any:
        _refuse(sign, self)

    return operator


def _rescaled(x: KerasTensor, scale: float, offset: float = 0) -> KerasTensor:
    """`x * scale + offset`; of integers beside integers it stays one, as in Keras."""
    whole = x.dtype.kind in "iu" and isinstance(scale, int) and isinstance(offset, int)
    if whole or x.dtype.is_floating:
        return Rescaling(scale, offset, dtype=x.dtype)(x)
    return Rescaling(scale, offset)(x)


def _drawing(sign: str, merge: Any, rescale: Any) -> Callable[[KerasTensor, Any], KerasTensor]:
    """An operator that draws `merge` with another symbolic tensor; `rescale` says scale and offset
    for a number."""

    def operator(self: KerasTensor, other: Any) -> KerasTensor:
        if isinstance(other, KerasTensor) and merge is not None:
            return merge()([self, other])
        number = isinstance(other, Real) and self.dtype.kind not in "cs"
        if not number or (sign == "/" and other == 0):
            return _refuse(sign, self)
        return _rescaled(
            self, *rescale(int(other) if isinstance(other, Integral) else float(other))
        )

    return operator


_DRAWN: dict[str, tuple[str, Any, Any]] = {
    "add": ("+", Add, lambda n: (1, n)),
    "radd": ("+", Add, lambda n: (1, n)),
    "sub": ("-", Subtract, lambda n: (1, -n)),
    "rsub": ("-", None, lambda n: (-1, n)),
    "mul": ("*", Multiply, lambda n: (n,)),
    "rmul": ("*", Multiply, lambda n: (n,)),
    "truediv": ("/", None, lambda n: (1 / n,)),
}
_REFUSED = {
    "rtruediv": "/",
    "floordiv": "//",
    "rfloordiv": "//",
    "mod": "%",
    "rmod": "%",
    "pow": "**",
    "rpow": "**",
    "matmul": "@",
    "rmatmul": "@",
    "getitem": "[]",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "abs": "abs",
    # Whatever makes tensors of values asks for these.
    "iter": "tensor",
    "float": "float",
    "bool": "bool",
}


def _attach() -> None:
    for name, row in _DRAWN.items():
        setattr(KerasTensor, f"__{name}__", _drawing(*row))
    for name, sign in _REFUSED.items():
        setattr(KerasTensor, f"__{name}__", _refusing(sign))
    KerasTensor.__neg__ = lambda x: x * -1  # type: ignore[method-assign]
    KerasTensor.__pos__ = lambda x: x  # type: ignore[method-assign]


_attach()
