"""Plans give what eager execution gives: on every sample with its gradients, on random graphs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tfpy
from tests import judge, sample_runner
from tests.op_samples import SAMPLES, TOLERANCES
from tfpy.testing import assert_close


def compute(row, inputs):
    """Results of a sample, and the gradients of its first order."""
    y = sample_runner.call(tfpy, row["op"], inputs, row["options"], row["as_list"])
    found = list(y) if isinstance(y, (tuple, list)) else [y]
    floats = [x for x in inputs if x.dtype.is_floating]
    if row["grad_order"] and all(x.size for x in floats):
        found += sample_runner._first(tfpy, row, inputs, floats)
    return found


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_every_sample(sample, backend, use_backend):
    use_backend(backend)
    row = judge.to_row(sample)
    inputs = [sample_runner.unpack(tfpy, p) for p in row["inputs"]]
    eager = compute(row, inputs)
    planned = tfpy.function(lambda xs: compute(row, xs))(inputs)
    tolerance = TOLERANCES["exact" if backend == "numpy" else sample.tolerance]
    for i, (a, b) in enumerate(zip(planned, eager, strict=True)):
        if i and sample.grad_order and backend != "numpy":
            tolerance = TOLERANCES["gradient"]
        assert a.spec == b.spec
        assert_close(a.numpy(), b.numpy(), *tolerance)


# ------------------------------------------------------------------------------- random graphs

SHAPES = [(), (1,), (3,), (4, 1), (4, 3), (2, 4, 3), (2, 1, 8), (5, 8)]
UNARY = ["relu", "tanh", "negative", "square", "sigmoid", "abs", "relu6", "exp"]
BINARY = ["add", "subtract", "multiply", "maximum", "squared_difference"]


def broadcast(a, b):
    try:
        return np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return None


def grow(values, pick):
    """One more value, made of earlier ones as the numbers `pick` say."""
    kind, i, j, k = pick
    a, b = values[i % len(values)], values[j % len(values)]
    if kind == 0:
        return getattr(tfpy, UNARY[k % len(UNARY)])(tfpy.clip_by_value(a, -3, 3))
    if kind == 1 and broadcast(a, b) is not None:
        return getattr(tfpy, BINARY[k % len(BINARY)])(a, b)
    if kind == 2 and a.ndim:
        return (tfpy.sum, tfpy.max, tfpy.mean)[k % 3](a, k % a.ndim, keepdims=bool(k & 1))
    if kind == 3:
        return (tfpy.reshape(a, (-1,)), tfpy.transpose(a), a * 0.5 - 1.0)[k % 3]
    if kind == 4 and a.ndim == 2 and b.ndim == 2:
        return tfpy.tanh(tfpy.matmul(a, b, transpose_a=True)) if a.shape[0] == b.shape[0] else a + 1
    if kind == 5 and a.ndim == b.ndim == 1:
        return tfpy.concat([a, b])
    if kind == 6 and a.ndim:
        return tfpy.softmax(a)
    return tfpy.where(a > 0.0, a, -a)


PICKS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)),
    min_size=1,
    max_size=14,
)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(picks=PICKS, constant=st.lists(st.booleans(), min_size=len(SHAPES), max_size=len(SHAPES)))
def test_random_graphs(picks, constant, backend):
    tfpy.set_backend(backend)
    rng = np.random.default_rng(len(picks))
    inputs = [tfpy.tensor(rng.uniform(-2, 2, s).astype(np.float32)) for s in SHAPES]

    def function(xs):
        values = [x if c else y for x, y, c in zip(inputs, xs, constant, strict=True)]
        for pick in picks:
            values.append(grow(values, pick))
        return values[len(SHAPES) :]

    try:
        for a, b in zip(tfpy.function(function)(inputs), function(inputs), strict=True):
            assert a.spec == b.spec
            assert_close(a.numpy(), b.numpy(), 1e-4, 1e-4)
    finally:
        tfpy.set_backend("numpy")
