"""What a sample is, how its inputs are written, and how exact an operation must be.

Inputs are written as `f(shape, low, high)`, `i(...)`, `b(shape)` for drawn values and `v(values)`
for given ones; the draw depends only on the row's position in its input list and its shape.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any
INF, NAN = np.inf, np.nan


#: Operations that Python computes from values.
ON_HOST = frozenset(
    (
        *(f"linalg.{name}" for name in ("cholesky", "det", "eigh", "inv", "pinv", "qr", "slogdet", "solve", "svd")),
        *("argwhere", "nonzero", "boolean_mask", "unique", "setdiff1d", "broadcast_args"),
        *(f"image.non_max_suppression{form}" for form in ("", "_padded", "_with_scores")),
    )
)


class Sample(NamedTuple):
    """A call of one operation and what it must give."""

    op: str
    inputs: tuple[Array, ...]
    options: dict[str, Any]
    reference: Callable[..., Any]
    tolerance: str
    grad_order: int = 0
    as_list: bool = False
    #: Whether matrices stay symmetric where gradients are checked: other ones have no such result.
    symmetric: bool = False

    @property
    def on_host(self) -> bool:
        """Whether values are needed to compute it, so that no plan can."""
        return self.op in ON_HOST

    @property
    def id(self) -> str:
        """A readable name, unique among the samples."""
        shapes = ",".join(f"{a.dtype.kind}{list(a.shape)}".replace(" ", "") for a in self.inputs)
        digest = zlib.crc32(
            json.dumps(self.options, default=str).encode() + b"".join(a.tobytes() for a in self.inputs)
        )
        return f"{self.op}-{shapes}-{digest % 0xFFFF:04x}"

    def expected(self) -> list[Array]:
        """The reference's results, in float64 where float."""
        wider = {"f": np.float64, "c": np.complex128}
        wide = [a.astype(wider.get(a.dtype.kind, a.dtype)) for a in self.inputs]
        with np.errstate(all="ignore"):
            result = self.reference(*wide, **self.options)
        return [np.asarray(r) for r in (result if isinstance(result, (tuple, list)) else (result,))]


# ---------------------------------------------------------------------------------- inputs


def _rng(shape: Any, salt: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(f"{salt}{shape}".encode()))


def f(shape: Any, low: float = -2.0, high: float = 2.0, salt: str = "f") -> Array:
    """float32 values drawn evenly from [low, high)."""
    return _rng(shape, salt).uniform(low, high, shape).astype(np.float32)


def i(shape: Any, low: int = -9, high: int = 9, salt: str = "i") -> Array:
    """int32 values drawn evenly from [low, high)."""
    return _rng(shape, salt).integers(low, high, shape).astype(np.int32)


def b(shape: Any, salt: str = "b") -> Array:
    """Drawn bool values."""
    return _rng(shape, salt).integers(0, 2, shape).astype(bool)


def c(shape: Any, low: float = -2.0, high: float = 2.0) -> Array:
    """complex64 values with both parts drawn evenly from [low, high)."""
    return (f(shape, low, high, "re") + 1j * f(shape, low, high, "im")).astype(np.complex64)


def v(values: Any, dtype: str | None = None) -> Array:
    """Given values: float32 unless they are ints, bools or complex."""
    array = np.asarray(values)
    return array.astype(dtype or {"f": "float32", "i": "int32", "b": "bool", "c": "complex64"}[array.dtype.kind])


# --------------------------------------------------------------------------------- tolerances

#: Allowed relative and absolute error by class of operation. Reasons:
#: exact: moves, compares or counts, no rounding at all.
#: arithmetic: one or two correctly rounded operations (GLSL allows 2.5 ulp for division).
#: transcendental: GPU functions are good to a few ulp after our own range reduction.
#: contraction: sums of up to some hundred products in float32, in any order.
#: gradient: a chain of the above.
TOLERANCES = {
    "exact": (0.0, 0.0),
    "arithmetic": (1e-6, 1e-37),
    "transcendental": (5e-6, 1e-6),
    "contraction": (1e-5, 1e-5),
    "gradient": (2e-4, 2e-5),
}
