"""The same call in `tfpy.array_api` and in `array_api_strict`, which takes nothing that the standard
does not say."""

import itertools
import warnings
import zlib

import array_api_strict as strict
import numpy as np

from tfpy import array_api as xp
from tfpy.testing import assert_close

strict.set_array_api_strict_flags(api_version=xp.__array_api_version__)

SHAPES = [(), (0,), (5,), (2, 3), (1, 4), (3, 1, 2)]
PAIRS = [
    ((), ()),
    ((3,), ()),
    ((2, 3), (3,)),
    ((2, 1), (1, 4)),
    ((0, 2), (2,)),
    ((3, 1, 2), (5, 1)),
]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 2.5, -2.5, 1e-30]
#: The dtypes of every kind that a backend holds.
KINDS = ("bool", "signed integer", "unsigned integer", "real floating", "complex floating")
REAL = ("signed integer", "unsigned integer", "real floating")
NUMERIC = (*REAL, "complex floating")
INEXACT = ("real floating", "complex floating")
INTEGERS = ("bool", "signed integer", "unsigned integer")
FLOAT = ("real floating",)
#: What tfpy makes where the standard says "the default integer dtype".
DEFAULTS = {"int64": "int32", "uint64": "uint32"}


def draw(shape, dtype, salt="", low=-4, high=5):
    """Values of a dtype: floats with fractions, whole numbers from `low`, or 0, to `high`."""
    rng = np.random.default_rng(zlib.crc32(f"{shape}{dtype}{salt}".encode()))
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith("complex"):
        return (draw(shape, "float64", salt) + 1j * draw(shape, "float64", f"{salt}i")).astype(
            dtype
        )
    if dtype.startswith("float"):
        return rng.uniform(low, high, shape).astype(dtype)
    return rng.integers(max(low, 0) if dtype[0] == "u" else low, high, shape).astype(dtype)


def check(call, *arrays, default=False, rtol=2e-6, atol=2e-6):
    """`call(namespace, *arrays)` must give the same values, shapes and dtypes in both namespaces.

    With `default` what is int64 there may be int32 here.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = call(strict, *[strict.asarray(a) for a in arrays])
    found = call(xp, *[xp.asarray(a, dtype=str(a.dtype)) for a in arrays])
    if not isinstance(wanted, (list, tuple)):
        wanted, found = [wanted], [found]
    assert len(found) == len(wanted)
    for got, want in zip(found, wanted, strict=True):
        if not hasattr(want, "dtype"):
            assert got == want
            continue
        name = str(want.dtype).rpartition(".")[2]
        assert got.dtype in ((name, DEFAULTS.get(name)) if default else (name,))
        assert got.shape == want.shape
        want = np.from_dlpack(want) if want.size else np.zeros(want.shape, name)
        exact = want.dtype.kind not in "fc"
        assert_close(got, want, 0 if exact else rtol, 0 if exact else atol)


def over(shapes, names):
    return list(itertools.product(shapes, names))
