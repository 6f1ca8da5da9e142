"""Errors in units in the last place, and of sums: measured rightly, bounded natively, published."""

import numpy as np
import pytest

import tfpy
from e2e import accuracy
from tests import sample_runner, sums, ulps


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_errors_are_bounded(backend, use_backend):
    use_backend(backend)
    found = accuracy.errors(lambda rows: sample_runner.run_samples(tfpy, rows))
    assert len(found) > 45
    assert accuracy.too_large(found) == {}


def test_what_is_too_large():
    found = {"exp": [0.5, None], "log": [0.5, 5.1], "sum": 8.1, "mean": 1.0}
    assert accuracy.too_large(found) == {"log": [0.5, 5.1], "sum": 8.1}


def test_units():
    one = np.array([1.0])
    above = np.nextafter(np.float32(1), np.float32(2))
    assert ulps.largest(np.array([above], "float32"), one) == 1.0
    assert ulps.largest(np.array([1.0], "float32"), one + 2.0**-24) == 0.5
    assert ulps.largest(np.array([np.nan], "float32"), one) == np.inf
    assert ulps.largest(np.array([5.0], "float32"), np.array([np.inf])) is None


def test_units_of_sums():
    want, size = np.array([0.0, 1.0]), np.array([2.0, 4.0])
    assert sums.largest(np.array([2.0**-23, 1.0], "float32"), want, size) == 1.0
    assert sums.largest(np.array([0.0, np.nan], "float32"), want, size) == np.inf


def test_the_page_is_that_of_the_records():
    found = accuracy.recorded()
    assert set(found) == set(accuracy.TITLES)
    names = {sample.op for sample in [*ulps.operations(), *sums.operations()]}
    assert all(set(errors) == names for errors in found.values()), "run e2e/accuracy.py"
    assert (accuracy.DOCS / "accuracy.md").read_text() == accuracy.page(found)
