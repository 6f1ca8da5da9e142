"""Running sums and products: chunks are joined, scanned in turn, and then each one from what the
chunks before it come to, so that passes are few and no element is read by many."""

from __future__ import annotations

from math import prod

from tfpy.spec import TensorSpec

from ..program import Call, Input, Operand, Program, kernel
from .reduction import REDUCTIONS, Group, reduce_pass

#: Elements of a chunk, a multiple of 4.
CHUNK = 16
_JOINS = {"cumsum": "sum", "cumprod_axis": "prod"}


@kernel(*_JOINS)
def scan(call: Call) -> list[Program]:
    """The axis as the middle one of three."""
    x, axis = call["x"], call.attrs["axis"]
    shape = x.spec.shape
    group = Group(prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]))
    return _scan(call, x, call.out, group, call.attrs["exclusive"])


def _scan(call: Call, x: Operand, out: Operand, g: Group, exclusive: bool) -> list[Program]:
    """`x`, seen as `g`, scanned along the middle axis."""
    join, kind = _JOINS[call.op], "f" if x.spec.dtype.kind == "f" else "i"
    programs: list[Program] = []
    inputs: dict[str, Input] = {"x": x}
    length = chunks = 1
    if g.n <= 2 * CHUNK:
        length = max(g.n, 1)
    else:
        length, chunks = CHUNK, -(-g.n // CHUNK)
        spec = TensorSpec((g.outer, chunks, g.inner), x.spec.dtype)
        joined, carry = call.temp(spec), call.temp(spec)
        programs.append(reduce_pass(join, x, joined, g, length))
        programs += _scan(call, joined, carry, Group(*spec.shape), True)
        inputs["carry"] = carry
    columns, rows = g.inner % 4 == 0, g.inner == 1 and g.n % 4 == 0
    jump = g.inner // 4 if columns else g.inner
    defines: dict[str, int | str] = {
        "ROWS": int(rows),
        "COLUMNS": int(columns),
        "CARRY": int(bool(programs)),
        "EXCLUSIVE": int(exclusive),
        "REVERSE": int(call.attrs["reverse"]),
        "COMBINE(a, b)": REDUCTIONS[join].combine,
        "IDENTITY": REDUCTIONS[join].identity[kind],
    }
    dims = {"n": g.n, "inner": g.inner, "length": length, "chunks": chunks}
    dims["jump"] = jump if call.attrs["reverse"] else -jump
    return [*programs, Program("scan", out, inputs, defines, dims)]
