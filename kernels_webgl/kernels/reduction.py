"""Reductions along axes: neighbouring axes are merged, long ones are reduced in several passes."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from tfpy.spec import Shape, TensorSpec

from ..layout import BLOCK
from ..program import Call, Operand, Program, kernel
from . import block_sums

#: Partial results of a long reduction: enough texels to keep every thread of a device busy.
PARTS = 1 << 14


def share(n: int, total: int, parts: int = PARTS) -> int:
    """How many elements of an axis of `n` to join in one pass over `total` elements."""
    length = max(32, total // parts & ~3) if total > 4 * parts else 512
    return length if n > 2 * length else n


class Reduction(NamedTuple):
    """How two vectors `a` and `b` are joined, what changes nothing, by kind of element, and what
    joins floats too where none is NaN."""

    combine: str
    identity: dict[str, str]
    but_nan: str = ""


REDUCTIONS = {
    "sum": Reduction("(a + b)", {"f": "0.0", "i": "0"}),
    "prod": Reduction("(a * b)", {"f": "1.0", "i": "1"}),
    "max": Reduction("np_max(a, b)", {"f": "-np_inf()", "i": "-2147483647 - 1"}, "max(a, b)"),
    "min": Reduction("np_min(a, b)", {"f": "np_inf()", "i": "2147483647"}, "min(a, b)"),
    "all": Reduction("(a & b)", {"i": "1"}),
    "any": Reduction("(a | b)", {"i": "0"}),
}


class Group(NamedTuple):
    """Neighbouring axes that are reduced together: x seen as (outer, n, inner)."""

    outer: int
    n: int
    inner: int


def groups(shape: Shape, axes: Shape) -> list[Group]:
    """The groups of `axes` in the order in which to reduce them, the first one first."""
    found, outer, i = [], 1, 0
    while i < len(shape):
        if i not in axes:
            outer *= shape[i]
            i += 1
            continue
        start = i
        while i < len(shape) and i in axes:
            i += 1
        found.append(Group(outer, prod(shape[start:i]), prod(shape[i:])))
    return found or [Group(prod(shape), 1, 1)]


@kernel(*REDUCTIONS, layouts=block_sums.layouts)
def reduce(call: Call) -> list[Program] | Operand:
    """One group of axes after the other."""
    x, out = call["x"], call.out
    if x.layout == BLOCK:
        sums, first = block_sums.partial_sums(call)
        return [first, *reduce_group(call, call.op, sums, out, Group(*sums.spec.shape))]
    if x.spec.size == out.spec.size:
        return x
    work = [g for g in groups(x.spec.shape, call.attrs["axes"]) if g.n != 1]
    programs: list[Program] = []
    for g in work:
        last = g is work[-1]
        target = out if last else call.temp(TensorSpec((g.outer, g.inner), x.spec.dtype))
        programs += reduce_group(call, call.op, x, target, g)
        x = target
    return programs


def reduce_group(call: Call, op: str, x: Operand, out: Operand, g: Group) -> list[Program]:
    """`x` reduced along the middle axis of `g`, in as many passes as its length asks for."""
    programs: list[Program] = []
    while (length := share(g.n, prod(g))) < g.n:
        chunks = -(-g.n // length)
        partial = call.temp(TensorSpec((g.outer, chunks, g.inner), x.spec.dtype))
        programs.append(reduce_pass(op, x, partial, g, length))
        x, g = partial, Group(g.outer, chunks, g.inner)
    return [*programs, reduce_pass(op, x, out, g, g.n)]


def reduce_pass(op: str, x: Operand, out: Operand, g: Group, length: int) -> Program:
    """One pass over chunks of `length`."""
    row, kind = REDUCTIONS[op], "f" if x.spec.dtype.kind == "f" else "i"
    by_bits = bool(row.but_nan) and kind == "f"
    columns = 1 if g.inner % 4 == 0 else 0 if g.inner == 1 else 2
    aligned = g.n > 0 and length % 4 == 0 and g.n % 4 == 0
    return Program(
        "reduce",
        out,
        {"x": x},
        {
            "COLUMNS": columns,
            "ALIGNED": int(aligned),
            "BY_BITS": int(by_bits),
            "ONCE": 0,
            "COMBINE(a, b)": row.but_nan if by_bits else row.combine,
            "NAN_COMBINE(a, b)": row.combine,
            "IDENTITY": row.identity[kind],
        },
        {
            "n": g.n,
            "inner": g.inner // 4 if columns == 1 else g.inner,
            "length": length,
            "chunks": max(-(-g.n // length), 1) if length else 1,
        },
    )


@kernel("argmax", "argmin")
def arg_reduce(call: Call) -> Program:
    """Each output element walks along the axis."""
    x, axis = call["x"], call.attrs["axis"]
    shape = x.spec.shape
    sign = ">" if call.op == "argmax" else "<"
    return Program(
        "arg_reduce",
        call.out,
        {"x": x},
        {"FLOAT": int(x.spec.dtype.kind == "f"), "BETTER(a, b)": f"((a) {sign} (b))"},
        {"n": shape[axis], "inner": prod(shape[axis + 1 :])},
    )
