"""Positions, order, sets and running sums."""

import numpy as np
import pytest

from tests.array_api.beside import KINDS, REAL, check, draw, over
from tfpy import array_api as xp


def test_take(dtypes):
    for dtype in dtypes(*KINDS):
        x, places = draw((4, 3), dtype), np.array([3, 0, 0], "int32")
        check(lambda xp, x, i: [xp.take(x, i, axis=0), xp.take(x[:, 1], i)], x, places)
        places = draw((2, 3), "int32", low=0, high=3)
        check(lambda xp, x, i: xp.take_along_axis(x, i, axis=0), x, places)
        places = draw((4, 5), "int32", low=0, high=2)
        check(lambda xp, x, i: xp.take_along_axis(x, i), x, places)
    for name in dtypes("integral"):
        places = np.array([2, 1], name)
        check(lambda xp, x, i: xp.take(x, i, axis=1), draw((4, 3), "float32"), places)


def test_masks(dtypes):
    for dtype in dtypes(*KINDS):
        x = draw((4, 3), dtype)
        for shape in ((4, 3), (4,)):
            check(lambda xp, x, mask: x[mask], x, draw(shape, "bool", "mask"))
        check(lambda xp, x: list(xp.nonzero(x)), x, default=True)


@pytest.mark.parametrize("descending", [False, True])
def test_sort(descending, dtypes):
    for dtype in dtypes(*REAL):
        x = draw((5, 7), dtype)
        check(lambda xp, x: [xp.sort(x, descending=descending, axis=a) for a in (-1, 0)], x)
        check(lambda xp, x: xp.argsort(x, descending=descending), x, default=True)


def test_searchsorted(dtypes):
    for dtype in dtypes(*REAL):
        x, values = draw((7,), dtype), draw((2, 3), dtype, "v")
        for side in ("left", "right"):
            check(
                lambda xp, x, v: [
                    xp.searchsorted(xp.sort(x), v, side=side),
                    xp.searchsorted(x, v, side=side, sorter=xp.argsort(x)),
                ],
                *(x, values),
                default=True,
            )


def test_sets(dtypes):
    for shape, dtype in over([(0,), (9,), (3, 4)], dtypes(*KINDS)):
        x = draw(shape, dtype).round().astype(dtype)
        check(lambda xp, x: list(xp.unique_all(x)), x, default=True)
        check(lambda xp, x: [*xp.unique_counts(x), *xp.unique_inverse(x)], x, default=True)
        check(lambda xp, x: xp.unique_values(x), x)
    check(
        lambda xp, x: list(xp.unique_all(x)),
        np.array([np.nan, 1, np.nan, 0, -0.0, 1], "f"),
        default=True,
    )
    assert xp.unique_all(xp.asarray([1, 1])).inverse_indices.tolist() == [0, 0]


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_cumulative(name, dtypes):
    for dtype in dtypes(*REAL):
        x = draw((3, 4), dtype, high=3)
        for options in ({"axis": 0}, {"axis": -1, "include_initial": True}):
            check(lambda xp, x: getattr(xp, name)(x, **options), x, default=True, rtol=1e-5)
        check(lambda xp, x: getattr(xp, name)(x), x[0], default=True)
        check(lambda xp, x: getattr(xp, name)(x, include_initial=True), x[:0, 0], default=True)
    check(lambda xp, x: getattr(xp, name)(x, dtype=xp.float32), draw((4,), "int32"))
