"""Samples of complex numbers."""

from __future__ import annotations

import numpy as np

from .sample import INF, NAN, Sample, c, f, i, v

_SPECIAL = v([0j, -0.0 + 0j, 1 + 0j, -1 + 0j, 1j, -1j, -4 - 1e-30j, 1e18 + 1e18j, 3e-5 + 4e-5j])
_UNARY = {
    "negative": np.negative, "square": np.square, "reciprocal": np.reciprocal, "sign": np.sign, "exp": np.exp,
    "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "abs": np.abs, "real": np.real, "imag": np.imag, "conj": np.conj, "angle": np.angle,
    "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "rsqrt": lambda x: 1 / np.sqrt(x), "expm1": np.expm1, "log1p": np.log1p, "round": np.round,
}  # fmt: skip
_BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "pow": np.power,
    "equal": np.equal, "not_equal": np.not_equal,
}  # fmt: skip

#: What has no slope.
_STEPS = {"isnan", "isinf", "isfinite", "round", "equal", "not_equal"}

COMPLEX = [
    *[Sample(op, (c((3, 5)),), {}, reference, "transcendental", 2 * (op not in _STEPS)) for op, reference in _UNARY.items()],
    *[Sample(op, (_SPECIAL,), {}, _UNARY[op], "transcendental") for op in ("abs", "sqrt", "sign", "angle", "conj")],
    Sample("abs", (v([complex(INF, 1), complex(2, -INF), complex(NAN, 1)]),), {}, np.abs, "exact"),
    *[Sample(op, (f((3, 5), 0.5, 2),), {}, reference, "exact", 2) for op, reference in (("real", np.real), ("imag", np.imag), ("conj", np.conj))],
    *[Sample(op, (c(s), c(t, 0.5, 2)), {}, reference, "transcendental", 2 * (op not in _STEPS))
      for op, reference in _BINARY.items() for s, t in (((2, 3), (2, 3)), ((4, 1, 3), (2, 1)), ((), (5,)))],
    *[Sample(op, (c((2, 3)), f((3,), 0.5, 2)), {}, reference, "transcendental", 2 * (op not in _STEPS)) for op, reference in _BINARY.items()],
    Sample("divide", (c((3,)), v([1e25 + 1e25j, 1e-25j, 3 + 4j])), {}, np.divide, "transcendental"),
    *[Sample("complex", (f(s), f(t, salt="im")), {}, lambda real, imag: real + 1j * imag, "exact", 2) for s, t in (((2, 3), (2, 3)), ((3,), ()), ((0,), (0,)))],
    Sample("complex", (i((3,)), i((3,), salt="im")), {}, lambda real, imag: real + 1j * imag, "exact"),
    Sample("reshape", (c((2, 6)),), {"shape": [3, 4]}, np.reshape, "exact", 2),
    Sample("transpose", (c((2, 3, 4)),), {"perm": [2, 0, 1]}, lambda x, perm: x.transpose(perm), "exact", 2),
    Sample("concat", (c((2, 3)), f((2, 3))), {"axis": 1}, lambda *xs, axis: np.concatenate(xs, axis), "exact", 2, as_list=True),
    Sample("stack", (c((2, 3)), c((2, 3), 0, 1)), {}, lambda *xs: np.stack(xs), "exact", 2, as_list=True),
    Sample("pad", (c((2, 3)),), {"paddings": [[1, 0], [0, 2]], "constant_values": 1.5}, lambda x, paddings, constant_values: np.pad(x, paddings, constant_values=constant_values), "exact", 2),
    Sample("tile", (c((2, 3)),), {"reps": [2, 1]}, np.tile, "exact", 2),
    Sample("gather", (c((4, 3)), v([2, 0, 3])), {}, lambda x, at: x[at], "exact", 2),
    *[Sample(op, (c((3, 4, 2)),), o, reference, "contraction", 2) for op, reference in (("sum", np.sum), ("mean", np.mean)) for o in ({}, {"axis": 1})],
    *[Sample(op, (v([1e-6 + 1e-5j, -1e-5 - 2e-6j, 1e-20j, 0j, 3 - 2j, -0.3 + 0.1j]),), {}, _UNARY[op], "transcendental") for op in ("expm1", "log1p")],
    Sample("round", (v([0.5 - 1.5j, 2.5 + 0.49j, -7.6 + 1e9j]),), {}, np.round, "exact"),
    *[Sample("prod", (c(s),), o, np.prod, "contraction", 2) for s, o in (((3, 4, 2), {}), ((3, 5, 2), {"axis": 1}), ((3, 4, 2), {"axis": (0, 2), "keepdims": True}), ((0, 3), {"axis": 0}), ((), {}))],
    *[Sample(op, (c((3, 5)),), {"axis": axis}, reference, "contraction", 2) for op, reference in (("cumsum", np.cumsum), ("cumprod", np.cumprod)) for axis in (0, 1)],
    Sample("matmul", (c((3, 4)), c((4, 5))), {}, np.matmul, "contraction", 2),
    Sample("matmul", (c((2, 3, 4)), f((4, 5))), {}, np.matmul, "contraction", 2),
    *[Sample("cast", (x,), {"dtype": dtype}, lambda x, dtype: (x.real if dtype == "float32" else x).astype(dtype), "exact", 2 * (dtype != "bool"))
      for x, dtype in ((c((2, 3)), "float32"), (f((2, 3)), "complex64"), (i((3,)), "complex64"), (v([0j, 1j, 2 + 0j]), "bool"))],
    Sample("zeros_like", (c((2, 3)),), {}, np.zeros_like, "exact"),
]  # fmt: skip
