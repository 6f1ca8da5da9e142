"""Running sums and products: passes over ever longer stretches, a logarithmic number of them."""

from __future__ import annotations

from math import prod

from ..program import Call, Operand, Program, kernel
from .reduction import REDUCTIONS

#: Elements that each pass joins: more mean fewer passes, which read more.
RADIX = 4
_REDUCTION = {"cumsum": "sum", "cumprod_axis": "prod"}


@kernel(*_REDUCTION)
def scan(call: Call) -> list[Program] | Operand:
    """Each pass joins RADIX stretches, each as long as what one element holds already."""
    x, axis, exclusive = call["x"], call.attrs["axis"], call.attrs["exclusive"]
    row, kind = REDUCTIONS[_REDUCTION[call.op]], "f" if x.spec.dtype.kind == "f" else "i"
    n, inner = x.spec.shape[axis], prod(x.spec.shape[axis + 1 :])
    programs: list[Program] = []
    step, first = 1, int(exclusive)
    while step < n or first:
        out = call.out if step * RADIX >= n else call.temp(x.spec)
        aligned = step * inner % 4 == 0
        jump = step * inner // (4 if aligned else 1)
        defines: dict[str, int | str] = {
            "ALIGNED": int(aligned),
            "COLUMNS": int(inner % 4 == 0),
            "REVERSE": int(call.attrs["reverse"]),
            "COMBINE(a, b)": row.combine,
            "IDENTITY": row.identity[kind],
        }
        dims = {"n": n, "inner": inner, "step": step, "first": first, "radix": RADIX}
        dims["jump"] = jump if call.attrs["reverse"] else -jump
        programs.append(Program("scan", out, {"x": x}, defines, dims))
        x, step, first = out, step * RADIX, 0
    return programs or x
