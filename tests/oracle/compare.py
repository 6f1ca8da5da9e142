"""Says in which respect tfpy's answer to a call differs from TF.js's."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tests.samples import TOLERANCES
from tfpy.testing import assert_close

from .wire import WrongShape, unpack


class Mismatch(NamedTuple):
    """One respect in which a call differs.

    Aspects: "accepts" (TF.js refuses the call), "refuses" (tfpy does), "outputs" (their number),
    "shape", "dtype", "value", "gradient"; a gradient has the number of the float `array` it is to.
    """

    aspect: str
    message: str
    array: int | None = None


def mismatches(theirs: dict[str, Any], ours: dict[str, Any], tolerance: str) -> list[Mismatch]:
    """Where the two answers to a call differ. Both refusing it is agreement."""
    if "error" in theirs or "error" in ours:
        return _refusals(theirs, ours)
    try:
        want = [unpack(p) for p in theirs["outputs"]]
    except WrongShape as error:
        return [Mismatch("shape", f"TF.js gives {error}")]
    got = ours["outputs"]
    if len(got) != len(want):
        return [Mismatch("outputs", f"tfpy gives {len(got)} tensors, TF.js {len(want)}")]
    found = [m for g, w in zip(got, want, strict=True) for m in _outputs(g, w, tolerance)]
    return found or _gradients(theirs, ours)


def _refusals(theirs: dict[str, Any], ours: dict[str, Any]) -> list[Mismatch]:
    if "error" not in ours:
        return [Mismatch("accepts", f"TF.js refuses it: {theirs['error']:.300}")]
    if "error" not in theirs:
        return [Mismatch("refuses", f"tfpy refuses it: {ours['error']}")]
    return []


def _outputs(got: Any, want: Any, tolerance: str) -> list[Mismatch]:
    if got.shape != want.shape:
        return [Mismatch("shape", f"tfpy gives {got.shape}, TF.js {want.shape}")]
    if got.dtype != want.dtype:
        return [Mismatch("dtype", f"tfpy gives {got.dtype}, TF.js {want.dtype}")]
    try:
        _assert_equal(got, want, *TOLERANCES[tolerance])
    except AssertionError as error:
        return [Mismatch("value", f"{error}\ntfpy:\n{got}\nTF.js:\n{want}")]
    return []


def _assert_equal(got: Any, want: Any, rtol: float, atol: float) -> None:
    if got.dtype == object or want.dtype == object:
        assert got.tolist() == want.tolist()
    elif got.dtype.kind == "c":
        assert_close(got.real, want.real, rtol, atol)
        assert_close(got.imag, want.imag, rtol, atol)
    else:
        assert_close(got, want, rtol, atol)


def _gradients(theirs: dict[str, Any], ours: dict[str, Any]) -> list[Mismatch]:
    """Gradients are compared where TF.js has them."""
    if "gradients" not in theirs:
        return []
    if "gradients" not in ours:
        return [Mismatch("gradient", f"tfpy refuses it: {ours.get('gradientError')}")]
    rtol, atol = TOLERANCES["gradient"]
    found = []
    for k, (packed, got) in enumerate(zip(theirs["gradients"], ours["gradients"], strict=True)):
        try:
            want = unpack(packed)
            scale = np.abs(want[np.isfinite(want)]).max(initial=1.0)
            assert_close(got, want, rtol, atol * float(scale))
        except (AssertionError, WrongShape) as error:
            found.append(Mismatch("gradient", f"to float array {k}: {error}", k))
    return found
