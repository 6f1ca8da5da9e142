"""Every sample on every backend that runs natively, and gradients by finite differences."""

import numpy as np
import pytest

import tfpy
from tests import judge, sample_runner
from tests.samples import SAMPLES, TOLERANCES
from tfpy import host
from tfpy.registry import OPS
from tfpy.testing import assert_close, check_grads

#: Without `cast`, which rounds what finite differences are taken of.
SMOOTH = [
    s
    for s in SAMPLES
    if s.grad_order
    and s.op != "cast"
    and all(a.size for a in s.inputs)
    and any(a.dtype.kind in "fc" for a in s.inputs)
]


@pytest.fixture(params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


def test_ids_are_unique():
    assert len({s.id for s in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_value_gradient_and_leaks(sample, backend):
    judge.judge(sample, sample_runner.run_sample(tfpy, judge.to_row(sample)))


@pytest.mark.parametrize("sample", SMOOTH, ids=lambda s: s.id)
def test_gradient_by_finite_differences(sample):
    tfpy.set_backend("numpy")
    row = judge.to_row(sample)
    wider = {"f": np.float64, "c": np.complex128}
    inputs = [tfpy.tensor(np.asarray(a, wider.get(a.dtype.kind, a.dtype))) for a in sample.inputs]

    def function(*xs):
        found = sample_runner.call_with(tfpy, row, inputs, xs)
        return tfpy.concat([y.reshape((-1,)) for y in found])

    check_grads(function, sample_runner.leaves(tfpy, inputs), order=sample.grad_order)


def test_the_gradient_of_a_cast(use_backend):
    use_backend("numpy")
    for dtype in ("float64", "complex64"):
        slope = tfpy.grad(lambda x, dtype=dtype: tfpy.real(x.cast(dtype) * 3).sum())
        assert slope(tfpy.tensor([1.0, 2.0])).tolist() == [3, 3]


@pytest.mark.parametrize("name", ["numpy", "webgl"])
def test_every_operation_has_a_kernel_on_every_backend(name, use_backend):
    use_backend(name)
    needed = {name for name, op in OPS.items() if op.kind in ("elementwise", "primitive")}
    missing = needed - set(tfpy.backend().kernels)
    assert not missing, f"{name} lacks {sorted(missing)}"


def _apart(op):
    """Whether samples, which are arrays of numbers, cannot say what it takes: see
    test_text_sparse_ragged.py. Whether it is registered depends on what was imported before."""
    apart = ("tfpy.string", "tfpy.sparse", "tfpy.ragged")
    return op.kind == "host" and op.body.__module__ in apart


def test_every_operation_is_reached_by_a_sample(use_backend, monkeypatch):
    """Run all samples once and note which records `engine.apply` met."""
    use_backend("numpy")
    # There are more calls than a backend remembers.
    monkeypatch.setattr(tfpy.engine, "MAX_PREPARED", 1 << 20)
    tfpy.backend().prepared.clear()
    met, on_host = set(), host.apply

    def noting(op, inputs, attrs):
        met.add(op.name)
        return on_host(op, inputs, attrs)

    monkeypatch.setattr(host, "apply", noting)
    # All samples together prepare more calls than are kept for a program.
    monkeypatch.setattr(tfpy.engine, "MAX_PREPARED", 1 << 20)
    for sample in SAMPLES:
        sample_runner.evaluate(tfpy, judge.to_row(sample))
    met |= {key[0] for key in tfpy.backend().prepared}
    kinds = ("elementwise", "primitive", "host")
    missing = {name for name, op in OPS.items() if op.kind in kinds and not _apart(op)} - met
    assert not missing, f"no sample reaches {sorted(missing)}"


def test_composites_with_a_kernel_equal_their_body(use_backend, monkeypatch):
    """A tape would run the body anyway; without one the kernel must say the same."""
    use_backend("webgl")
    kernels = tfpy.backend().kernels
    fused = {name for name, op in OPS.items() if op.kind == "composite" and name in kernels}
    assert fused
    for sample in [s for s in SAMPLES if any(name.startswith(s.op) for name in fused)]:
        row = {**judge.to_row(sample), "grad_order": 0}
        by_kernel = sample_runner.evaluate(tfpy, row)["outputs"]
        with monkeypatch.context() as patch:
            patch.setattr(tfpy.engine, "has_kernel", lambda op: False)
            by_body = sample_runner.evaluate(tfpy, row)["outputs"]
        for a, b in zip(by_kernel, by_body, strict=True):
            assert_close(judge.to_array(a), judge.to_array(b), *TOLERANCES[sample.tolerance])
