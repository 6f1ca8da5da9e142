"""Every public operation, and what is known of each as a table: `python -m tests.operations`.

The table is `web/docs/operations.md`. Types and orders of gradients are those that the samples
check; for operations without samples the types are those of the calls compared with TF.js.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import tfpy
from tests.oracle.row import arrays_in, draw_cases
from tests.oracle.rows import ROWS
from tests.samples import SAMPLES

TABLE = Path(__file__).parents[1] / "web" / "docs" / "operations.md"
#: Where operations are, but for those of `tfpy` itself.
NAMESPACES = ("image", "linalg", "signal", "sparse", "string", "math", "losses", "metrics")
TYPES = ("float32", "int32", "bool", "complex64", "string")

HEAD = """# Operations

Made by `python -m tests.operations` from the registry and the samples; do not edit.

On a backend an operation has a *kernel*, is a *composite* of others, a *view* of its input's data,
or is computed on the *host*, the same everywhere. Types are those of inputs that tests give it.
Gradients are checked up to the order given, by finite differences in float64 and between backends;
"-" is none to check, as of comparisons and positions, and nothing stands where there is no sample.

| Operation | NumPy | WebGL | Types | Gradient |
|---|---|---|---|---|
"""


def public() -> Iterator[tuple[str, Any]]:
    """The name under which users find it, and the function, of every public operation."""
    for name in sorted({*tfpy.ops.EXPORTS, *tfpy._LAZY_NAMES}):
        if _is_operation(function := getattr(tfpy, name)):
            yield name, function
    yield from ((f"fused.{name}", function) for name, function in vars(tfpy.fused).items())
    for space in filter(None, (getattr(tfpy, n, None) for n in NAMESPACES)):
        for name, function in sorted(vars(space).items()):
            own = getattr(function, "__module__", "").startswith(space.__name__)
            if own and _is_operation(function):
                yield f"{space.__name__.rpartition('.')[2]}.{name}", function


def _is_operation(function: Any) -> bool:
    return hasattr(function, "op") and function.op.public


def _way(op: Any, kernels: Any) -> str:
    """How a backend computes an operation."""
    if op is None or (op.kind == "composite" and op.name not in kernels):
        return "composite"
    return op.kind if op.kind in ("host", "view") else "kernel"


def _types(name: str, function: Any) -> set[str]:
    """The types of tensors that an operation is tested with."""
    if getattr(getattr(function, "op", None), "kind", "") == "elementwise":
        return {dtype for dtype in TYPES if _takes(function, dtype)}
    calls = [s.inputs for s in SAMPLES if s.op == name] or [
        arrays_in(case.args)
        for row in ROWS
        if row.python_name == name
        for case in draw_cases(row, 30)
    ]
    return {str(a.dtype).replace("object", "string") for arrays in calls for a in arrays}


def _takes(function: Any, dtype: str) -> bool:
    """Whether an elementwise operation takes tensors of `dtype`."""
    x = tfpy.tensor(["a"]) if dtype == "string" else tfpy.ones((1,), dtype)
    tensors = [x if name in function.op.inputs else 1 for name in signature(function).parameters]
    try:
        function(*tensors)
    except tfpy.TfpyError:
        return False
    return True


def _row(name: str, function: Any, numpy: Any, webgl: Any) -> str:
    op = getattr(function, "op", None)
    orders = [s.grad_order for s in SAMPLES if s.op == name]
    types, found = _types(name, function), max(orders, default=None)
    order = "" if found is None else found or "-"
    shown = ", ".join(t for t in TYPES if t in types)
    return f"| `{name}` | {_way(op, numpy)} | {_way(op, webgl)} | {shown} | {order} |\n"


def table() -> str:
    """The whole page."""
    from kernels_webgl.backend import WebGLBackend
    from tfpy.backends.numpy.backend import NumpyBackend

    tfpy.set_backend("numpy")
    numpy = NumpyBackend().kernels
    rows = [
        _row(name, function, numpy, WebGLBackend.kernels)
        for name, function in public()
        if not name.endswith("_async")
    ]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    TABLE.write_text(table())
