"""Errors in units in the last place: measured rightly, bounded natively, published."""

import numpy as np
import pytest

import tfpy
from e2e import accuracy
from tests import sample_runner, ulps


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_errors_are_bounded(backend, use_backend):
    use_backend(backend)
    found = ulps.errors(sample_runner.run_samples(tfpy, ulps.rows()))
    assert len(found) > 35
    assert not {op: pair for op, pair in found.items() if max(e or 0 for e in pair) > ulps.BOUND}


def test_units():
    one = np.array([1.0])
    above = np.nextafter(np.float32(1), np.float32(2))
    assert ulps.largest(np.array([above], "float32"), one) == 1.0
    assert ulps.largest(np.array([1.0], "float32"), one + 2.0**-24) == 0.5
    assert ulps.largest(np.array([np.nan], "float32"), one) == np.inf
    assert ulps.largest(np.array([5.0], "float32"), np.array([np.inf])) is None


def test_the_page_is_that_of_the_records():
    found = accuracy.recorded()
    assert set(found) == set(accuracy.TITLES)
    names = {sample.op for sample in ulps.operations()}
    assert all(set(errors) == names for errors in found.values()), "run e2e/accuracy.py"
    assert (accuracy.DOCS / "accuracy.md").read_text() == accuracy.page(found)
