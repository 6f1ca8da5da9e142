"""The table of operations is that of the registry."""

from tests import operations


def test_the_table_is_up_to_date():
    assert operations.TABLE.read_text() == operations.table(), "run python -m tests.operations"
