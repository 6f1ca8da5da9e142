"""Samples of matrix products and of resizing."""

from __future__ import annotations

import numpy as np

from .sample import Array, Sample, f, i


def _matmul(a: Array, c: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    return (np.swapaxes(a, -1, -2) if transpose_a else a) @ (np.swapaxes(c, -1, -2) if transpose_b else c)


CONTRACTION = [
    *[Sample("matmul", (f(s, salt="l"), f(t, salt="r")), {}, _matmul, "contraction", 2)
      for s, t in [((3, 4), (4, 5)), ((1, 7), (7, 1)), ((8, 16), (16, 12)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 1, 2, 4), (2, 4, 3)),
                   ((4,), (4, 3)), ((3, 4), (4,)), ((5,), (5,)), ((0, 4), (4, 2))]],
    *[Sample("matmul", (f((4, 3) if ta else (3, 4), salt="l"), f((5, 4) if tb else (4, 5), salt="r")), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction", 2) for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (f((33, 130), -1, 1), f((130, 65), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((130, 136), -1, 1), f((136, 128), -1, 1)), {}, _matmul, "contraction"),
    Sample("matmul", (f((136, 130), -1, 1), f((128, 136), -1, 1)), {"transpose_a": True, "transpose_b": True}, _matmul, "contraction"),
    *[Sample("matmul", (f((3, 72, 64) if ta else (3, 64, 72), -1, 1), f((3, 160, 72) if tb else (3, 72, 160), -1, 1)), {"transpose_a": ta, "transpose_b": tb},
             _matmul, "contraction") for ta in (False, True) for tb in (False, True)],
    Sample("matmul", (i((3, 4)), i((4, 2))), {}, lambda a, c: (a @ c).astype(float), "exact"),
    Sample("dot", (f((6,), salt="l"), f((6,), salt="r")), {}, np.dot, "contraction", 2),
    Sample("outer", (f((3,)), f((4,))), {}, np.outer, "arithmetic", 2),
]
