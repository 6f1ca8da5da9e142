"""Kernels that pick elements by position."""

from __future__ import annotations

from math import prod

from ..program import Call, Program, kernel
from .movement import constants


@kernel("gather")
def gather(call: Call) -> Program:
    """Each output element looks its index up."""
    x, indices, axis = call["x"], call["indices"], call.attrs["axis"]
    shape, batch_dims = x.spec.shape, call.attrs["batch_dims"]
    inner, batch = prod(shape[axis + 1 :]), prod(shape[:batch_dims])
    vector = inner % 4 == 0
    dims = {
        "n": shape[axis],
        "count": prod(indices.spec.shape[batch_dims:]),
        "lines": prod(shape[batch_dims:axis]),
        "inner": inner // 4 if vector else inner,
    }
    defines = {"VECTOR": int(vector), "BATCHED": int(batch > 1)}
    return Program("gather", call.out, {"x": x, "indices": indices}, defines, dims)


@kernel("one_hot_last")
def one_hot(call: Call) -> Program:
    """Each output element compares its position with its index."""
    values, floats = constants(call.out, on=call.attrs["on"], off=call.attrs["off"])
    dims = {"depth": call.attrs["depth"], **values}
    inputs = {"indices": call["indices"]}
    return Program("one_hot", call.out, inputs, None, dims, floats)
