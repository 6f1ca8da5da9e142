"""Every operation that TF.js's converter knows has a row."""

import pytest

from tests.converter_ops import FAMILIES
from tfpy.graphs.table import SOURCES, find

#: Decision forests: TF.js itself leaves them to another package, and a C++ library.
ELSEWHERE = set(FAMILIES["tfdf"])


def test_there_are_as_many_as_the_converter_has():
    assert sum(map(len, FAMILIES.values())) == 248


@pytest.mark.parametrize("family", FAMILIES)
def test_every_operation_has_a_row(family):
    missing = [op for op in FAMILIES[family] if op not in SOURCES and find(op) is None]
    assert set(missing) == set(FAMILIES[family]) & ELSEWHERE
