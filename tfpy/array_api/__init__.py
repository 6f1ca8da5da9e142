"""The namespace of the Python array API standard, 2024.12, over tfpy's operations.

`x.__array_namespace__()` is this module, so code written for the standard takes tensors:

>>> x = tfpy.tensor([[1.0, 2.0], [3.0, 4.0]])
>>> xp = x.__array_namespace__()
>>> xp.sum(xp.matrix_transpose(x), axis=-1)
tfpy.tensor([4., 6.])

What the standard leaves open is as in the rest of tfpy: numbers without a dtype are float32 and
int32, int and float together make that float, and tensors never change, so there is no assignment
to `x[...]` and nothing needs copying. Decompositions of the extension `linalg` take real matrices
only. Devices are backends by name; computing happens on the current one.
"""

from __future__ import annotations

from math import e, inf, nan, pi

from ..dtypes import bool_ as bool
from ..dtypes import (
    complex64,
    complex128,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from ..linalg import matrix_transpose
from ..ops.complex_numbers import conj, imag, real
from ..ops.elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitwise_left_shift,
    bitwise_right_shift,
    ceil,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    pow,
    reciprocal,
    round,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    where,
)
from ..ops.elementwise import mod as remainder
from ..ops.indexing import take, take_along_axis
from ..ops.movement import broadcast_to, expand_dims, flip, meshgrid, squeeze, stack, tile
from ..ops.movement import transpose as permute_dims
from ..ops.reduce import max, mean, min, prod, sum
from ..ops.selection import nonzero
from ..ops.sorting import argsort, sort
from . import fft, linalg
from .creation import *
from .data_types import *
from .functions import *

#: The version of the standard.
__array_api_version__ = "2024.12"
#: What adds an axis in `x[...]`.
newaxis = None
_MODULES = {"annotations", "creation", "data_types", "functions"}
__all__ = [name for name in globals() if name[0] != "_" and name not in _MODULES]
__all__ += ["__array_api_version__", "__array_namespace_info__"]
