"""Tensors from values. What draws at random is tested by its distribution elsewhere."""

from __future__ import annotations

from typing import Any

from ..draw import Draw
from ..row import Row


def _nested(rank: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        shape = [d.integer(1, 3) for _ in range(rank)]
        dtype = d.choose("float32", "int32", "bool")
        values = {"float32": d.f, "int32": d.i, "bool": d.b}[dtype](shape)
        return [values.tolist(), dtype]

    return draw


def _tensor(d: Draw) -> list[Any]:
    shape = d.shape(1, 6, 3)
    dtype = d.choose("float32", "int32", "bool")
    values = {"float32": d.f, "int32": d.i, "bool": d.b}[dtype](shape)
    return [values.ravel().tolist(), list(shape), dtype]


def _scalar(d: Draw) -> list[Any]:
    return d.choose([d.number(-3, 3), "float32"], [d.integer(-9, 9), "int32"], [d.flag(), "bool"])


def _range(d: Draw) -> list[Any]:
    dtype = d.choose("float32", "int32")
    start, stop = d.integer(-6, 6), d.integer(-6, 6)
    step = d.choose(1, 2, 3) * (1 if start <= stop or d.chance(0.2) else -1)
    return [start, stop, step, dtype]


def _fill(d: Draw) -> list[Any]:
    return [list(d.maybe_empty(0)), *_scalar(d)]


def _diag(d: Draw) -> list[Any]:
    return [d.any(d.shape(1, 3, 3))]


def _complex(d: Draw) -> list[Any]:
    shape = d.shape()
    return [d.f(shape), d.f(shape)]


def _variable(variable: Any, x: Any) -> Any:
    return variable(x).read()


def _buffer(d: Draw) -> list[Any]:
    shape = d.shape(1, 3)
    dtype = d.choose("float32", "int32")
    value = d.integer(-5, 5)
    return [list(shape), dtype, value, [d.integer(0, n - 1) for n in shape]]


def _set_in_buffer(buffer: Any, shape: Any, dtype: str, value: float, at: list[int]) -> Any:
    made = buffer(shape, dtype)
    made.set(value, *at)
    return made.to_tensor()


ROWS = [
    Row("tensor", _tensor),
    Row("tensor1d", _nested(1), py="tensor", call=lambda f, x, dtype: f(x, dtype=dtype)),
    *[
        Row(f"tensor{k}d", _nested(k), py="tensor", call=lambda f, x, dtype: f(x, dtype=dtype), js=f"(x, dtype) => tf.tensor{k}d(x, undefined, dtype)")
        for k in (2, 3, 4, 5, 6)
    ],
    Row("scalar", _scalar),
    Row("fill", _fill),
    Row("zeros", lambda d: [list(d.maybe_empty(0)), d.choose("float32", "int32", "bool")]),
    Row("ones", lambda d: [list(d.maybe_empty(0)), d.choose("float32", "int32", "bool")]),
    Row("zerosLike", lambda d: [d.any()], grad=True),
    Row("onesLike", lambda d: [d.any()], grad=True),
    Row("clone", lambda d: [d.any(special=0.2)], grad=True),
    Row("variable", lambda d: [d.any()], py="Variable", call=_variable),
    Row("range", _range, py="arange"),
    Row("linspace", lambda d: [d.number(-3, 3), d.number(-3, 3), d.integer(1, 9)], "contraction"),
    Row("eye", lambda d: [d.integer(1, 5), d.integer(1, 5), d.choose(None, list(d.shape(1, 2, 3))), d.choose("float32", "int32")], call=lambda f, n, m, batch, dtype: f(n, m, batch_shape=batch, dtype=dtype)),
    Row("diag", _diag),
    Row("rand", lambda d: [list(d.shape()), d.number(0, 1)], js="(shape, x) => tf.rand(shape, () => x)", call=lambda f, shape, x: f(shape, lambda: x)),
    Row("complex", _complex),
    Row("real", lambda d: [d.c(d.shape())]),
    Row("imag", lambda d: [d.c(d.shape())]),
    Row("buffer", _buffer, js="(shape, dtype, value, at) => { const b = tf.buffer(shape, dtype); b.set(value, ...at); return b.toTensor(); }", call=_set_in_buffer),
]

#: Draws of other generators: there is nothing to compare but shape and dtype.
RANDOM = dict.fromkeys(("dropout", "multinomial", "randomGamma", "randomNormal", "randomStandardNormal", "randomUniform", "randomUniformInt", "truncatedNormal"), "random values of another generator")
NOT_COMPARED: dict[str, str] = {**RANDOM, "print": "writes to the console", "losses.meanSquaredError": "Keras's per sample under that name; the metric is compared"}
