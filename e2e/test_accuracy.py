"""Operations are as exact in the browsers as web/docs/accuracy.md says."""

import pytest

from e2e import accuracy
from e2e.test_op_samples import run_rows


@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_errors_are_bounded(python_page):
    found = accuracy.errors(lambda rows: run_rows(python_page, rows))
    assert accuracy.too_large(found) == {}
