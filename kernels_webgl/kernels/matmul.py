"""The matrix product of operands with equal leading axes."""

from __future__ import annotations

from ..program import Call, Program, kernel


@kernel("batch_matmul")
def batch_matmul(call: Call) -> Program:
    a, b = call["a"], call["b"]
    rows, columns = call.out.spec.shape[-2:]
    inner = a.spec.shape[-2 if call.attrs["transpose_a"] else -1]
    defines = {
        "TRANSPOSE_A": int(call.attrs["transpose_a"]),
        "TRANSPOSE_B": int(call.attrs["transpose_b"]),
        "COLUMN_VECTORS": int(columns % 4 == 0),
        "INNER_VECTORS": int(inner % 4 == 0),
    }
    dims = {"rows": rows, "columns": columns, "inner": inner}
    return Program("matmul", call.out, {"a": a, "b": b}, defines, dims)
