"""Every sample on every backend that runs natively, and gradients by finite differences."""

import numpy as np
import pytest

import tfpy
from tests import judge, sample_runner
from tests.samples import SAMPLES, TOLERANCES
from tfpy import host
from tfpy.registry import OPS
from tfpy.testing import assert_close, check_grads

SMOOTH = [s for s in SAMPLES if s.grad_order and all(a.size for a in s.inputs)]


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
    floats = [k for k, a in enumerate(sample.inputs) if a.dtype.kind == "f"]

    def function(*xs):
        inputs = [tfpy.tensor(a) for a in sample.inputs]
        for k, x in zip(floats, xs, strict=True):
            inputs[k] = x
        return sample_runner.call(tfpy, sample.op, inputs, sample.options, sample.as_list)

    points = [sample.inputs[k].astype(np.float64) for k in floats]
    points = [tfpy.tensor(p, dtype="float64") for p in points]
    check_grads(function, points, order=sample.grad_order)


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
