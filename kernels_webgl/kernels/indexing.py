"""Kernels that pick, count or spread elements by position."""

from __future__ import annotations

from math import prod

from tfpy.dtypes import int32
from tfpy.spec import TensorSpec

from ..program import Call, Program, kernel
from .movement import constants


@kernel("gather")
def gather(call: Call) -> Program:
    """Each output element looks its index up."""
    x, indices, axis = call["x"], call["indices"], call.attrs["axis"]
    inner = prod(x.spec.shape[axis + 1 :])
    vector = inner % 4 == 0
    dims = {
        "n": x.spec.shape[axis],
        "count": indices.spec.size,
        "inner": inner // 4 if vector else inner,
    }
    inputs = {"x": x, "indices": indices}
    return Program("gather", call.out, inputs, {"VECTOR": int(vector)}, dims)


@kernel("one_hot")
def one_hot(call: Call) -> Program:
    """Each output element compares its position with its index."""
    values, floats = constants(call.out, on=call.attrs["on"], off=call.attrs["off"])
    dims = {"depth": call.attrs["depth"], **values}
    inputs = {"indices": call["indices"]}
    return Program("one_hot", call.out, inputs, None, dims, floats)


@kernel("unsorted_segment_sum")
def unsorted_segment_sum(call: Call) -> Program:
    """Each output element walks over all rows: shaders cannot scatter."""
    x = call["x"]
    rows, inner = x.spec.shape[0], prod(x.spec.shape[1:])
    vector = inner % 4 == 0
    inputs = {"x": x, "segment_ids": call["segment_ids"]}
    dims = {"rows": rows, "inner": inner // 4 if vector else inner}
    return Program("segment_sum", call.out, inputs, {"VECTOR": int(vector)}, dims)


@kernel("top_k")
def top_k(call: Call) -> list[Program]:
    """Rank every element within its row, then pick the first k ranks."""
    x, k = call["x"], call.attrs["k"]
    n = x.spec.shape[-1]
    ranks = call.temp(TensorSpec(x.spec.shape, int32))
    is_float = {"FLOAT": int(x.spec.dtype.kind == "f")}
    return [
        Program("rank", ranks, {"x": x}, is_float, {"n": n}),
        Program("pick_ranked", call.outputs, {"x": x, "ranks": ranks}, None, {"n": n, "k": k}),
    ]
