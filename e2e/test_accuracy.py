"""Elementwise operations are as exact in the browsers as web/docs/accuracy.md says."""

import pytest

from e2e.test_op_samples import run_rows
from tests import ulps


@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_errors_are_bounded(python_page):
    found = ulps.errors(run_rows(python_page, ulps.rows()))
    assert not {op: pair for op, pair in found.items() if max(e or 0 for e in pair) > ulps.BOUND}
