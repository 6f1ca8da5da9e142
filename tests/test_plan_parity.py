"""Plans give what eager execution gives: on every sample with its gradients, on random graphs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tfpy
from tests import judge, random_graphs, sample_runner
from tests.samples import SAMPLES, TOLERANCES
from tfpy.testing import assert_close


def compute(row, inputs):
    """Results of a sample, and the gradients of its first order."""
    y = sample_runner.call(tfpy, row["op"], inputs, row["options"], row["as_list"])
    found = list(y) if isinstance(y, (tuple, list)) else [y]
    floats = sample_runner.leaves(tfpy, inputs)
    if row["grad_order"] and all(x.size for x in floats):
        found += sample_runner.first_order(tfpy, row, inputs, floats)
    return found


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_every_sample(sample, backend, use_backend):
    use_backend(backend)
    row = judge.to_row(sample)
    inputs = [sample_runner.unpack(tfpy, p) for p in row["inputs"]]
    eager = compute(row, inputs)
    function = tfpy.function(lambda xs: compute(row, xs))
    if sample.on_host:
        with pytest.raises(tfpy.TraceError, match="computes from values"):
            function(inputs)
        return
    planned = function(inputs)
    tolerance = TOLERANCES["exact" if backend == "numpy" else sample.tolerance]
    for i, (a, b) in enumerate(zip(planned, eager, strict=True)):
        if i and sample.grad_order and backend != "numpy":
            tolerance = TOLERANCES["gradient"]
        assert a.spec == b.spec
        assert_close(a.numpy(), b.numpy(), *tolerance)


# ------------------------------------------------------------------------------- random graphs


PICKS = st.lists(
    st.tuples(st.integers(0, random_graphs.KINDS - 1), *(st.integers(0, 40) for _ in range(3))),
    min_size=1,
    max_size=14,
)
CONSTANT = st.lists(
    st.booleans(), min_size=len(random_graphs.SHAPES), max_size=len(random_graphs.SHAPES)
)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@settings(max_examples=80, deadline=None, derandomize=True)
@given(picks=PICKS, constant=CONSTANT)
def test_random_graphs(picks, constant, backend):
    tfpy.set_backend(backend)
    try:
        assert not random_graphs.compare(tfpy, len(picks), picks, constant)
    finally:
        tfpy.set_backend("numpy")


def test_the_comparison_can_fail(monkeypatch):
    monkeypatch.setattr(random_graphs, "close", lambda a, b: False)
    assert random_graphs.fuzz(tfpy, [1])
