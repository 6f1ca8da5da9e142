"""Runs samples through tfpy, natively or (as JSON) inside a page, and judges the results.

`run_samples` needs no NumPy: a page imports this file as it is.
"""

from __future__ import annotations

import base64
from typing import Any

Packed = dict[str, Any]


def find(tfpy: Any, name: str) -> Any:
    """The public function `name`, which may be dotted: `image.resize_bilinear`."""
    function = tfpy
    for part in name.split("."):
        function = getattr(function, part)
    return function


def call(tfpy: Any, op: str, inputs: list[Any], options: dict[str, Any], as_list: bool) -> Any:
    """Call `op` on tensors."""
    # JSON has no tuples, and attributes must be hashable.
    given = {k: _tuples(v) for k, v in options.items()}
    # What comes before the tensors.
    first = [given.pop("equation")] if "equation" in given else []
    return find(tfpy, op)(*first, *([inputs] if as_list else inputs), **given)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def unpack(tfpy: Any, packed: Packed) -> Any:
    """A tensor from base64 bytes, dtype and shape."""
    raw = memoryview(base64.b64decode(packed["data"]))
    spec = tfpy.TensorSpec(
        tuple(packed["shape"]), getattr(tfpy, packed["dtype"].replace("bool", "bool_"))
    )
    return tfpy.engine.from_buffer(raw.cast(spec.dtype.format), spec)


def pack(x: Any) -> Packed:
    """A tensor as base64 bytes, dtype and shape."""
    data = base64.b64encode(bytes(x.data_sync().tobytes())).decode()
    return {"data": data, "shape": list(x.shape), "dtype": str(x.dtype)}


def run_sample(tfpy: Any, row: Packed, evaluator: Any = None) -> Packed:
    """What `evaluator` finds of a row, by default `evaluate`, and what was left behind."""
    before = _live(tfpy)
    try:
        result = (evaluator or evaluate)(tfpy, row)
    except Exception as error:  # the page reports every failure by row, it does not stop
        import traceback

        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    after = _live(tfpy)
    result["leaked"] = {k: after[k] - n for k, n in before.items() if after[k] > n}
    return result


def evaluate(tfpy: Any, row: Packed) -> Packed:
    """One sample's outputs, and its derivatives as far as the row asks for them."""
    inputs = [unpack(tfpy, p) for p in row["inputs"]]
    result: Packed = {"outputs": _outputs(tfpy, row, inputs)}
    if row["grad_order"]:
        result["gradients"] = gradients(tfpy, row, inputs)
    return result


def _live(tfpy: Any) -> dict[str, int]:
    memory = tfpy.memory()
    return {
        k: memory[k] for k in ("num_tensors", "num_data_buffers", "num_textures") if k in memory
    }


def _outputs(tfpy: Any, row: Packed, inputs: list[Any]) -> list[Packed]:
    def run(inputs: list[Any]) -> Any:
        return call(tfpy, row["op"], inputs, row["options"], row["as_list"])

    result = (tfpy.function(run) if row.get("planned") else run)(inputs)
    return [pack(x) for x in (result if isinstance(result, (tuple, list)) else (result,))]


# ------------------------------------------------------------------------------- derivatives


def leaves(tfpy: Any, tensors: Any) -> list[Any]:
    """The float tensors among these; a complex one gives its real and its imaginary part."""
    found = []
    for x in tensors:
        if x.dtype.kind == "c":
            found += [tfpy.real(x), tfpy.imag(x)]
        elif x.dtype.is_floating:
            found.append(x)
    return found


def call_with(tfpy: Any, row: Packed, inputs: list[Any], given: Any) -> list[Any]:
    """The leaves of the results, where `given` take the place of the leaves of the inputs."""
    given = iter(given)
    replaced = [
        tfpy.complex(next(given), next(given))
        if x.dtype.kind == "c"
        else next(given)
        if x.dtype.is_floating
        else x
        for x in inputs
    ]
    if row["symmetric"]:
        replaced = [(x + x.mT) / 2 for x in replaced]
    result = call(tfpy, row["op"], replaced, row["options"], row["as_list"])
    return leaves(tfpy, result if isinstance(result, (tuple, list)) else [result])


def gradients(tfpy: Any, row: Packed, inputs: list[Any]) -> list[Packed]:
    """Gradient of a weighted sum of the results to every leaf of the inputs, then of a weighted sum
    of those gradients, where the row asks for second order."""
    floats = leaves(tfpy, inputs)
    if not all(x.size for x in floats):
        return []
    orders = [first_order(tfpy, row, inputs, floats)]
    if row["grad_order"] > 1:
        orders.append(_second_order(tfpy, row, inputs, floats))
    return [pack(g) for grads in orders for g in grads]


def first_order(tfpy: Any, row: Packed, inputs: list[Any], floats: list[Any]) -> list[Any]:
    """Gradients of a weighted sum of the results to `floats`, the leaves of `inputs`."""
    with tfpy.GradientTape() as tape:
        tape.watch(floats)
        total = weighted(tfpy, call_with(tfpy, row, inputs, floats), 0.3)
    return gradients_of(tfpy, tape, total, floats)


def _second_order(tfpy: Any, row: Packed, inputs: list[Any], floats: list[Any]) -> list[Any]:
    with tfpy.GradientTape() as tape:
        tape.watch(floats)
        total = weighted(tfpy, first_order(tfpy, row, inputs, floats), 0.9)
    return gradients_of(tfpy, tape, total, floats)


def _wave(tfpy: Any, shape: Any, phase: float) -> Any:
    """Weights that are the same everywhere: a sine over the element's index."""
    import math

    n = 1
    for size in shape:
        n *= size
    return tfpy.tensor([math.sin(1.7 * k + phase) for k in range(n)], shape=shape, dtype="float32")


def weighted(tfpy: Any, tensors: list[Any], phase: float) -> Any:
    """The sum of all elements, each multiplied with a weight of its own."""
    total = tfpy.tensor(0.0)
    for k, x in enumerate(tensors):
        total = total + (x * _wave(tfpy, x.shape, phase + k)).sum()
    return total


def gradients_of(tfpy: Any, tape: Any, total: Any, floats: list[Any]) -> list[Any]:
    """The gradients of `total` that a tape knows; zeros where there are none."""
    found = tape.gradient(total, floats)
    return [tfpy.zeros_like(x) if g is None else g for g, x in zip(found, floats)]  # noqa: B905


# -------------------------------------------------------------------------------------- all


def run_samples(tfpy: Any, rows: list[Packed], evaluator: Any = None) -> list[Packed]:
    """Every row's result, in order."""
    return [run_sample(tfpy, row, evaluator) for row in rows]
