"""Runs a drawn call in tfpy, in the form in which TF.js's answers come."""

from __future__ import annotations

from typing import Any

import numpy as np

import tfpy
from tests import sample_runner

from .row import Case, Row


def find(row: Row) -> Any:
    """The function of tfpy, or None where there is none yet."""
    try:
        return sample_runner.find(tfpy, row.python_name)
    except AttributeError:
        return None


def evaluate(row: Row, case: Case, gradient: bool) -> dict[str, Any]:
    """{outputs, gradients} as arrays, or {error} for a typed refusal."""
    function = find(row)
    result: dict[str, Any] = {}

    def run(args: list[Any]) -> list[Any]:
        return _flat(row.call(function, *args) if row.call else function(*args))

    try:
        args = _tensors(case.args)
        outputs = run(args)
        result["outputs"] = [_host(x) for x in outputs]
        if gradient:
            result["gradients"] = [_host(g) for g in _gradients(run, args)]
    except tfpy.TfpyError as error:
        result["gradientError" if "outputs" in result else "error"] = str(error)
    return result


def _tensors(value: Any) -> Any:
    """`value` with its arrays as tensors."""
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return tfpy.tensor(value.tolist())
        return tfpy.tensor(value, dtype=str(value.dtype))
    if isinstance(value, (list, tuple)):
        return [_tensors(v) for v in value]
    return {k: _tensors(v) for k, v in value.items()} if isinstance(value, dict) else value


def _flat(result: Any) -> list[Any]:
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in _flat(part)]
    return [result]


def _host(x: Any) -> Any:
    if isinstance(x, (int, float)):
        return np.float32(x)
    return x.numpy()


def _gradients(run: Any, args: list[Any]) -> list[Any]:
    xs = [x for x in tfpy.engine.tensors_in(args) if x.dtype == "float32"]
    with tfpy.GradientTape() as tape:
        tape.watch(xs)
        y = run(args)[0]
    wave = np.sin(1.7 * np.arange(y.size) + 0.3).astype(np.float32).reshape(y.shape)
    found = tape.gradient(y, xs, tfpy.tensor(wave))
    return [tfpy.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]
