"""Loops, branches, functions, lists, arrays and tables: as TF.js, on every backend, with await."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests.graph_flows import FLOWS, X
from tests.oracle.graphs import Job, Refused, answers
from tests.test_graph_oracle import compare

ASKED = [flow for flow in FLOWS if flow.asked]


@pytest.fixture(scope="module")
def theirs():
    found = answers([Job(flow.files, flow.inputs, flow.outputs) for flow in ASKED])
    return dict(zip([flow.name for flow in ASKED], found, strict=True))


@pytest.mark.parametrize("flow", ASKED, ids=lambda flow: flow.name)
@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_flow(theirs, use_backend, flow, backend):
    use_backend(backend)
    want = theirs[flow.name]
    if isinstance(want, Refused):
        raise want
    model = tfpy.load_graph_model_sync(flow.files)
    for _ in range(2):
        compare(model.execute(flow.inputs, flow.outputs), want)
    compare(asyncio.run(model.execute_async(flow.inputs, flow.outputs)), want)


def run(name):
    (flow,) = (flow for flow in FLOWS if flow.name == name)
    model = tfpy.load_graph_model_sync(flow.files)
    return model.execute(flow.inputs, flow.outputs)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_loops_in_loops(use_backend, backend):
    use_backend(backend)
    (y,) = run("loop in a loop")
    # Rounds k = 0, 1, 2 add k for each j from k to 2.
    np.testing.assert_array_equal(y.numpy(), X + 4)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_lists_are_values(use_backend, backend):
    use_backend(backend)
    popped, length, resized, picked, joined, joined2 = run("lists as values")
    np.testing.assert_array_equal(popped.numpy(), X[0])
    assert length.item() == 2
    np.testing.assert_array_equal(resized.numpy(), X[:1])
    np.testing.assert_array_equal(picked.numpy(), X[::-1])
    np.testing.assert_array_equal(joined.numpy(), X)
    np.testing.assert_array_equal(joined2.numpy(), X)
