"""Softmax and its logarithm along one axis, in fewer passes than their composition takes."""

from __future__ import annotations

from tfpy.spec import TensorSpec, reduce_shape

from ..elementwise import compute
from ..program import Call, Program, kernel
from .reduction import groups, reduce_group


@kernel("softmax_axis", "log_softmax_axis")
def softmax(call: Call) -> list[Program]:
    """The largest element of each row, the sum of the powers above it, and the quotient."""
    x, out, axis = call["x"], call.out, call.attrs["axis"]
    shape = x.spec.shape
    (group,) = groups(shape, (axis,))
    row = TensorSpec(reduce_shape(shape, (axis,), keepdims=True), x.spec.dtype)
    top, powers, total = call.temp(row), call.temp(x.spec), call.temp(row)
    if call.op == "softmax_axis":
        last = compute(out, {"a": powers, "b": total}, "a / b")
    else:
        last = compute(out, {"x": x, "a": top, "b": total}, "x - a - np_log(b)")
    return [
        *reduce_group(call, "max", x, top, group),
        compute(powers, {"a": x, "b": top}, "np_exp(a - b)"),
        *reduce_group(call, "sum", powers, total, group),
        last,
    ]
