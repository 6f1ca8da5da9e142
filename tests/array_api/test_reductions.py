"""Reductions and differences."""

import pytest

from tests.array_api.beside import INEXACT, KINDS, NUMERIC, REAL, check, draw, over
from tfpy import array_api as xp

AXES = [
    {},
    {"axis": 0},
    {"axis": -1},
    {"axis": (0, 1)},
    {"axis": 1, "keepdims": True},
    {"keepdims": True},
]


@pytest.mark.parametrize(
    "name", ["sum", "prod", "max", "min", "mean", "all", "any", "count_nonzero", "argmax", "argmin"]
)
def test_reductions(name, dtypes):
    kinds = {
        "all": KINDS,
        "any": KINDS,
        "count_nonzero": KINDS,
        "mean": INEXACT,
        **dict.fromkeys(["sum", "prod"], NUMERIC),
    }
    kinds = kinds.get(name, REAL)
    for options, dtype in over(AXES, dtypes(*kinds)):
        if name.startswith("arg") and isinstance(options.get("axis"), tuple):
            continue
        x = draw((2, 3), dtype, high=3)
        check(lambda xp, x: getattr(xp, name)(x, **options), x, default=True, rtol=1e-5)
        if name not in ("max", "min", "argmax", "argmin", "mean"):
            check(lambda xp, x: getattr(xp, name)(x, **options), draw((0, 3), dtype), default=True)


@pytest.mark.parametrize("name", ["sum", "prod"])
def test_reductions_in_another_dtype(name, dtypes):
    for dtype in dtypes("real floating"):
        x = draw((2, 3), "int32", low=1)
        check(lambda xp, x: getattr(xp, name)(x, dtype=getattr(xp, dtype)), x, rtol=1e-5)


@pytest.mark.parametrize("name", ["var", "std"])
def test_spread(name, dtypes):
    for options, dtype in over(AXES, dtypes("real floating")):
        for correction in (0, 1, 0.5):
            x = draw((3, 4), dtype)
            check(
                lambda xp, x: getattr(xp, name)(x, correction=correction, **options), x, rtol=1e-5
            )
    assert xp.isnan(xp.var(xp.asarray([1.0]), correction=1)).item()


def test_diff(dtypes):
    for dtype in dtypes("signed integer", *INEXACT):
        x = draw((3, 4), dtype)
        check(
            lambda xp, x: [
                xp.diff(x),
                xp.diff(x, axis=0),
                xp.diff(x, n=2),
                xp.diff(x, n=0),
                xp.diff(x, n=5),
            ],
            x,
        )
        check(lambda xp, x: xp.diff(x, prepend=x[:, :1], append=x[:, 2:], n=2), x)
