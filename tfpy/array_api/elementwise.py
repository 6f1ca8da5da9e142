"""Elementwise functions of the standard that tfpy makes of others."""

from __future__ import annotations

import math
import operator
from typing import Any

from .. import engine
from ..ops import elementwise as ew
from ..tensor import Tensor

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_or",
    "bitwise_xor",
    "clip",
    "copysign",
    "hypot",
    "log2",
    "log10",
    "logaddexp",
    "positive",
    "signbit",
    "trunc",
]


#: Logical for bool, bitwise for integers, as the operators are.
bitwise_and, bitwise_or, bitwise_xor = operator.and_, operator.or_, operator.xor
bitwise_invert = operator.invert


def positive(x: Tensor, /) -> Tensor:
    """`x`."""
    return x


def trunc(x: Any, /) -> Tensor:
    """`x` without its fraction."""
    return ew.where(ew.less(x, 0), ew.ceil(x), ew.floor(x))


def log2(x: Any, /) -> Tensor:
    """The logarithm to base 2."""
    return ew.log(x) * (1.0 / math.log(2.0))


def log10(x: Any, /) -> Tensor:
    """The logarithm to base 10."""
    return ew.log(x) * (1.0 / math.log(10.0))


def logaddexp(x1: Any, x2: Any, /) -> Tensor:
    """`log(exp(x1) + exp(x2))` without overflow."""
    a, b = engine.as_operands(x1, x2)
    apart = ew.maximum(a, b) + ew.log1p(ew.exp(ew.negative(ew.abs(a - b))))
    return ew.where(ew.equal(a, b), a + math.log(2.0), apart)


def hypot(x1: Any, x2: Any, /) -> Tensor:
    """`sqrt(x1 ** 2 + x2 ** 2)` without overflow; infinite if one of them is."""
    a, b = (ew.abs(x) for x in engine.as_operands(x1, x2))
    longer, shorter = ew.maximum(a, b), ew.minimum(a, b)
    usual = longer * ew.sqrt(ew.square(ew.divide_no_nan(shorter, longer)) + 1.0)
    return ew.where(ew.logical_or(ew.isinf(a), ew.isinf(b)), math.inf, usual)


def signbit(x: Any, /) -> Tensor:
    """Whether `x` has a minus: true of -0.0, false of NaN."""
    # No element of an integer dtype is a zero below zero.
    return ew.less(ew.where(ew.equal(x, 0), ew.reciprocal(x), x), 0)


def copysign(x1: Any, x2: Any, /) -> Tensor:
    """`x1` with the sign of `x2`."""
    a, b = engine.as_operands(x1, x2)
    size = ew.abs(a)
    return ew.where(signbit(b), ew.negative(size), size)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Tensor:
    """`x` limited to [min, max]; either may be missing, a number or a tensor."""
    x = engine.as_tensor(x)
    dtype = x.dtype
    if min is not None:
        x = ew.maximum(x, min)
    if max is not None:
        x = ew.minimum(x, max)
    return engine.cast_to(x, dtype)
