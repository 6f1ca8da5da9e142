"""Softmax and its logarithm along one axis: what to know of each row, and the quotient."""

from __future__ import annotations

from tfpy.spec import TensorSpec

from ..program import Call, Operand, Program, kernel
from .reduction import PARTS, groups, share

#: Elements of a chunk that is written out, of rows that are cut anyway.
UNROLLED = 64


@kernel("softmax_axis", "log_softmax_axis")
def softmax(call: Call) -> list[Program] | Operand:
    """The largest element and the sum of the powers below it, row by row; then every element."""
    x, axis = call["x"], call.attrs["axis"]
    if not x.spec.size:
        return x
    (group,) = groups(x.spec.shape, (axis,))
    rows, n, inner = group.outer * group.inner, group.n, group.inner
    aligned = int(inner == 1 and n % 4 == 0)
    log = int(call.op == "log_softmax_axis")
    programs: list[Program] = []
    read, count, merge = x, n, 0
    while not merge or count > 1:
        length = share(count, rows * count, PARTS // 4)
        unrolled = int(aligned and not merge and length < count)
        length = UNROLLED if unrolled else length
        chunks = -(-count // length)
        stats = call.temp(TensorSpec((rows, chunks, 4)))
        last = int(chunks == 1)
        defines = {
            "MERGE": merge,
            "VECTORS": aligned,
            "UNROLLED": unrolled,
            "LAST": last,
            "LOG": log,
        }
        dims = {"n": count, "inner": inner, "length": length, "chunks": chunks}
        programs.append(Program("softmax_stats", stats, {"x": read}, defines, dims))
        read, count, merge = stats, chunks, 1
    return [*programs, _quotient(call, x, read, {"ALIGNED": aligned, "LOG": log}, n, inner)]


def _quotient(
    call: Call, x: Operand, stats: Operand, defines: dict[str, int], n: int, inner: int
) -> Program:
    inputs = {"x": x, "stats": stats}
    return Program("softmax", call.out, inputs, defines, {"n": n, "inner": inner})
