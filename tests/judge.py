"""Packs samples for `sample_runner` and judges what comes back, natively (needs NumPy)."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

import tfpy
from tests import sample_runner
from tests.samples import TOLERANCES, Sample
from tfpy.testing import assert_close


def to_row(sample: Sample) -> dict[str, Any]:
    """The sample as JSON-able data."""
    return {
        "op": sample.op,
        "inputs": [pack(a) for a in sample.inputs],
        "options": sample.options,
        "as_list": sample.as_list,
        "symmetric": sample.symmetric,
        "grad_order": sample.grad_order,
    }


def pack(array: Any) -> dict[str, Any]:
    """An array as a packed tensor."""
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"data": data, "shape": list(array.shape), "dtype": str(array.dtype)}


def to_array(packed: dict[str, Any]) -> Any:
    """A packed tensor as a NumPy array."""
    return np.frombuffer(base64.b64decode(packed["data"]), packed["dtype"]).reshape(packed["shape"])


def judge(sample: Sample, result: dict[str, Any]) -> None:
    """Fail unless outputs match the reference, gradients those of NumPy, and nothing leaked."""
    assert "error" not in result, f"{result['error']}\n{result['trace']}"
    rtol, atol = TOLERANCES[sample.tolerance]
    expected = sample.expected()
    assert len(result["outputs"]) == len(expected)
    for packed, want in zip(result["outputs"], expected, strict=True):
        got = to_array(packed)
        assert got.dtype.kind == want.dtype.kind, f"dtype {got.dtype}, expected kind {want.dtype}"
        narrow = {"f": np.float32, "c": np.complex64}.get(want.dtype.kind, want.dtype)
        assert_close(got, want.astype(narrow), rtol, atol)
    for packed, want in zip(result.get("gradients", ()), reference_gradients(sample), strict=True):
        scale = float(np.abs(want).max(initial=1.0))
        assert_close(
            to_array(packed), want, TOLERANCES["gradient"][0], TOLERANCES["gradient"][1] * scale
        )
    assert not result["leaked"], f"left behind: {result['leaked']}"


_gradients: dict[tuple[str, int], list[Any]] = {}


def reference_gradients(sample: Sample) -> list[Any]:
    """The NumPy backend's gradients, which finite differences check in test_op_samples."""
    if not sample.grad_order:
        return []
    key = sample.id, sample.grad_order
    if key not in _gradients:
        current = tfpy.get_backend()
        tfpy.set_backend("numpy")
        row = to_row(sample)
        inputs = [sample_runner.unpack(tfpy, p) for p in row["inputs"]]
        _gradients[key] = [to_array(p) for p in sample_runner.gradients(tfpy, row, inputs)]
        tfpy.set_backend(current)
    return _gradients[key]
