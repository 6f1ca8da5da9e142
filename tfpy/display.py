"""How tensors look: text and HTML, reading back no more than a preview.

Formatting only; reading goes through `Tensor`.
"""

from __future__ import annotations

import html as _html
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dtypes import DType
    from .tensor import Tensor

#: Items shown at each end of a long axis, and the size up to which everything is shown.
EDGE_ITEMS = 3
FULL_SIZE = 64


def elements(flat: Any, dtype: DType) -> Sequence[Any]:
    """What `Tensor.data_sync` gives as one item for each element."""
    if dtype.kind != "c":
        return flat
    return [complex(*pair) for pair in zip(flat[::2], flat[1::2], strict=True)]


def nested(flat: Sequence[Any], shape: Sequence[int]) -> Any:
    """A flat row-major sequence as nested lists; a bare value for shape ()."""
    values: Any = flat.tolist() if isinstance(flat, memoryview) else list(flat)
    if not shape:
        return values[0]
    for n in reversed(shape[1:]):
        values = [values[i : i + n] for i in range(0, len(values), n)] if n else []
    if 0 in shape[1:]:
        return _empty(shape)
    return values


def _empty(shape: Sequence[int]) -> Any:
    return [_empty(shape[1:]) for _ in range(shape[0])] if shape else []


def text(x: Tensor, verbose: bool = False) -> str:
    """The `repr` of a tensor, as NumPy would lay it out."""
    kind = "tfpy.Variable" if type(x).__name__ == "Variable" else "tfpy.tensor"
    if x.is_disposed:
        return f"<{kind} of shape {x.shape}, {x.dtype}, disposed>"
    if x.backend.symbolic:
        return f"<{kind} of shape {x.shape}, {x.dtype}, traced>"
    shown, elided = _preview(x)
    body = _layout(shown, elided, len(kind) + 1)
    plain = ("float32", "bool", "int32", "complex64", "string")
    notes = "" if x.dtype in plain and x.size else f", dtype={x.dtype}"
    if 0 in x.shape or any(elided):
        notes = f", shape={x.shape}{notes}"
    if verbose:
        notes = f", dtype={x.dtype}, rank={x.ndim}, shape={x.shape}"
    return f"{kind}({body}{notes})"


def html(x: Tensor) -> str:
    """A small table for notebooks: shape, dtype, device, and the preview."""
    head = f"<b>tensor</b> {x.shape} {x.dtype} on {x.backend.name}"
    if x.is_disposed:
        return f"<div>{head}, disposed</div>"
    return f"<div>{head}<pre style='margin:0'>{_html.escape(text(x))}</pre></div>"


def _preview(x: Tensor) -> tuple[Any, list[bool]]:
    """Nested lists of formatted strings of the shown elements, and which axes are cut."""
    elided = [x.size > FULL_SIZE and n > 2 * EDGE_ITEMS for n in x.shape]
    if not any(elided):
        return _format_all(x.tolist(), x.shape), elided
    corner: dict[tuple[int, ...], Any] = {}
    ranges = [(range(EDGE_ITEMS), range(n - EDGE_ITEMS, n)) if cut else (range(n),)
              for n, cut in zip(x.shape, elided, strict=True)]  # fmt: skip
    for parts in product(*ranges):
        block = x[tuple(slice(r.start, r.stop) for r in parts)].flatten().tolist()
        corner.update(zip(product(*parts), block, strict=True))
    indices = [[i for r in parts for i in r] for parts in ranges]
    flat = [corner[key] for key in product(*indices)]
    shape = [len(i) for i in indices]
    return _format_all(nested(flat, shape), shape), elided


def _format_all(values: Any, shape: Sequence[int]) -> Any:
    flat = _flatten(values, len(shape))
    strings = _format_flat(flat)
    return nested(strings, shape) if strings or not shape else values


def _flatten(values: Any, rank: int) -> list[Any]:
    for _ in range(rank - 1):
        values = [item for row in values for item in row]
    return values if rank else [values]


def _format_flat(values: list[Any]) -> list[str]:
    strings = [_format_value(v) for v in values]
    width = max(map(len, strings), default=0)
    return [s.rjust(width) for s in strings] if len(strings) > 1 else strings


def _format_value(value: Any) -> str:
    if isinstance(value, complex):
        imaginary = _format_value(value.imag)
        sign = "" if imaginary[0] == "-" else "+"
        return f"{_format_value(value.real)}{sign}{imaginary}j"
    if not isinstance(value, float):
        return repr(value) if isinstance(value, str) else str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    rounded = f"{value:.6g}"
    return rounded if any(c in rounded for c in ".e") else rounded + "."


def _layout(values: Any, elided: list[bool], indent: int) -> str:
    if isinstance(values, str):
        return values
    cut = elided[0] if elided else False
    parts = [_layout(v, elided[1:], indent + 1) for v in values]
    if cut:
        parts.insert(EDGE_ITEMS, "...")
    nested_rows = bool(values) and isinstance(values[0], list)
    separator = ",\n" + " " * (indent + 1) if nested_rows else ", "
    return "[" + separator.join(parts) + "]"
