"""Samples of sums of products along chosen axes, and of what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .sample import Array, Sample, b, f, i


def _einsum(*xs: Array, equation: str) -> Array:
    out = np.einsum(equation, *[x.astype(np.int32) if x.dtype.kind == "b" else x for x in xs])
    return out.astype(np.int32) if out.dtype.kind == "i" else out


def _lstm(forget_bias: Array, kernel: Array, bias: Array, data: Array, c: Array, h: Array) -> Any:
    i, g, f, o = np.split(np.concatenate([data, h], 1) @ kernel + bias, 4, 1)
    new_c = special.expit(i) * np.tanh(g) + c * special.expit(f + forget_bias)
    return new_c, np.tanh(new_c) * special.expit(o)


_EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,kj", (2, 3), (4, 3)), ("ji,jk", (3, 2), (3, 4)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij,bkj->ikb", (2, 3, 4), (2, 5, 4)),
    ("ii", (3, 3)), ("ii->i", (3, 3)), ("ba", (2, 3)), ("iij->j", (3, 3, 2)), ("ijij->ji", (2, 3, 2, 3)), ("ijk->", (2, 3, 4)), ("iii->i", (3, 3, 3)),
    ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)), ("i...", (2, 3, 4)), ("...i,...i", (3, 4), (4,)), ("i...->...", (2, 3, 4)), ("a...b,b...->a...", (2, 3, 4), (4, 3)),
    ("i,j", (2,), (3,)), ("i,i", (3,), (3,)), ("ij,ij->ij", (2, 3), (2, 3)), ("i,i,i->", (4,), (4,), (4,)), ("abc,cd,def->abef", (2, 3, 4), (4, 5), (5, 2, 3)),
    ("ij , jk", (2, 1), (3, 4)), ("i,->i", (3,), ()), ("bhqd,bhkd->bhqk", (1, 2, 3, 4), (1, 2, 5, 4)), ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)), ("ij,jk,kl,l", (2, 3), (3, 2), (2, 4), (4,)),
    ("abcdef->fedcba", (1, 2, 1, 3, 2, 2)), ("ij,jk->ik", (2, 0), (0, 3)), ("", ()), ("ij->ij", (0, 2)),
]  # fmt: skip

EINSUM = [
    *[Sample("einsum", tuple(f(s, salt=str(k)) for k, s in enumerate(shapes)), {"equation": e}, _einsum, "contraction", 2) for e, *shapes in _EQUATIONS],
    *[Sample("einsum", tuple(i(s, -(2**31), 2**31 - 1, str(k)) for k, s in enumerate(shapes)), {"equation": e}, _einsum, "exact")
      for e, *shapes in [("ij,jk->ik", (2, 3), (3, 4)), ("ii", (3, 3)), ("bij,bkj->ikb", (2, 3, 4), (2, 5, 4))]],
    Sample("einsum", (b((3, 4)), b((4,))), {"equation": "ij,j"}, _einsum, "exact"),
    Sample("einsum", (b((4, 3)), f((4, 3))), {"equation": "ij,ij->j"}, _einsum, "contraction", 1),
    *[Sample("tensordot", (f(s), f(t, salt="r")), {"axes": a}, np.tensordot, "contraction", 2)
      for s, t, a in [((2, 3, 4), (3, 4, 5), 2), ((2, 3, 4), (4, 3, 2), [[1, 2], [1, 0]]), ((2, 3), (4, 2), 0), ((2, 3, 4), (4, 2), [[0], [1]]), ((3,), (3,), 1), ((2, 3, 4), (4, 2), [-1, 0]), ((), (2,), 0)]],
    Sample("tensordot", (i((2, 3)), i((3, 2))), {"axes": 1}, lambda a, c, axes: np.tensordot(a, c, axes).astype(np.int32), "exact"),
    Sample("add_n", (f((2, 3)), f((2, 3), salt="b"), f((2, 3), salt="c")), {}, lambda *xs: sum(xs), "contraction", 2, as_list=True),
    Sample("add_n", (i((2, 3)),), {}, lambda *xs: sum(xs), "exact", as_list=True),
    *[Sample("euclidean_norm", (f((3, 4), 0.5, 2),), o, lambda x, **o: np.linalg.norm(x.reshape(-1) if o.get("axis") is None else x, **o), "contraction", 2) for o in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})],
    Sample("basic_lstm_cell", (f(()), f((5, 8)), f((8,)), f((2, 3)), f((2, 2), salt="c"), f((2, 2), salt="h")), {}, _lstm, "transcendental", 2),
    Sample("moving_average", (f((2, 3)), f((2, 3), salt="x"), f((), 0.5, 0.9)), {"zero_debias": False}, lambda a, x, d, **_: a + (x - a) * (1 - d), "contraction", 2),
    Sample("moving_average", (f((2, 3)), f((2, 3), salt="x")), {"decay": 0.9, "step": 3}, lambda a, x, **_: a + (x - a) * 0.1 / (1 - 0.9**3), "contraction", 2),
]
