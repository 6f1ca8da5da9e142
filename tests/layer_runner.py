"""Runs layers through tfpy, natively or (as JSON) in a page, as `sample_runner` does operations.

A row is one layer: its class and configuration, its weights, what it is called on and with. No
NumPy, for a page imports this file as it is.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.sample_runner import Packed, gradients_of, pack, unpack, weighted


def evaluate(tfpy: Any, row: Packed) -> Packed:
    """The layer's outputs and its weights afterwards, per way to call it, and its gradients."""
    layer = tfpy.layers.CLASSES[row["layer"]].from_config(row["config"])
    inputs = [unpack(tfpy, p) for p in row["inputs"]]
    options = _tensors(tfpy, row["call"])

    def run(training: bool, *xs: Any) -> list[Any]:
        return flat(layer(*arrange(row, xs), training=training, **options))

    run(False, *inputs)
    layer.set_weights([unpack(tfpy, p) for p in row["weights"]])
    result: Packed = {"outputs": []}
    for training in row["trainings"]:
        called = partial(run, training)
        outputs = (tfpy.function(called) if row["planned"] else called)(*inputs)
        found = [*outputs, *(v.value for v in layer.weights)]
        result["outputs"] += [pack(x) for x in found]
    if row["differentiable"]:
        result["gradients"] = [pack(g) for g in _gradients(tfpy, layer, inputs, run, row)]
    return result


def arrange(row: Packed, inputs: Any) -> tuple[Any, ...]:
    """The positional arguments of the call: one input, several, or a list of several."""
    return tuple(inputs) if row["spread"] else (list(inputs),)


def flat(y: Any) -> list[Any]:
    """The tensors of a result, which may be lists of lists."""
    return [part for item in y for part in flat(item)] if isinstance(y, (list, tuple)) else [y]


def _tensors(tfpy: Any, value: Any) -> Any:
    """`value` with its packed arrays as tensors."""
    if isinstance(value, list):
        return [_tensors(tfpy, v) for v in value]
    if isinstance(value, dict):
        packed = "dtype" in value
        return unpack(tfpy, value) if packed else {k: _tensors(tfpy, v) for k, v in value.items()}
    return value


def _gradients(tfpy: Any, layer: Any, inputs: list[Any], run: Any, row: Packed) -> list[Any]:
    """Of the outputs' sum, each element weighted, to every float input and trainable weight."""
    points = [*(x for x in inputs if x.dtype.is_floating), *layer.trainable_weights]
    with tfpy.GradientTape() as tape:
        tape.watch(points)
        outputs = run(row["trainings"][-1], *inputs)
        total = weighted(tfpy, [y for y in outputs if y.dtype.is_floating], 0.3)
    return gradients_of(tfpy, tape, total, points)
