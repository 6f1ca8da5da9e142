"""`tfpy.array_api` beside `array_api_strict`, which takes nothing that the standard does not say."""

import itertools
import warnings
import zlib

import array_api_compat
import array_api_strict as strict
import einops
import einops.array_api
import numpy as np
import pytest

import tfpy
from tfpy import array_api as xp
from tfpy.testing import assert_close, check_grads

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
#: What tfpy makes where the standard says "the default integer dtype".
DEFAULTS = {"int64": "int32", "uint64": "uint32"}


@pytest.fixture(params=["numpy", "webgl"])
def dtypes(request, use_backend):
    """`dtypes(*kinds)`: the names of the dtypes of these kinds that the backend has."""
    use_backend(request.param)
    info = xp.__array_namespace_info__()
    return lambda *kinds: [n for kind in kinds for n in info.dtypes(kind=kind)]


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


# ------------------------------------------------------------------------------- elementwise

REAL = ("signed integer", "unsigned integer", "real floating")
NUMERIC = (*REAL, "complex floating")
INEXACT = ("real floating", "complex floating")
INTEGERS = ("bool", "signed integer", "unsigned integer")
FLOAT = ("real floating",)

UNARY = {
    **dict.fromkeys(["abs", "conj", "negative", "positive", "real", "sign", "square"], NUMERIC),
    "imag": ("complex floating",),
    **dict.fromkeys(["ceil", "floor", "round", "trunc"], REAL),
    **dict.fromkeys(["isfinite", "isinf", "isnan"], NUMERIC),
    "bitwise_invert": INTEGERS,
    "logical_not": ("bool",),
    **dict.fromkeys(["acos", "acosh", "asin", "asinh", "atan", "atanh"], FLOAT),
    **dict.fromkeys(["cos", "cosh", "sin", "sinh", "tan", "tanh"], INEXACT),
    **dict.fromkeys(["exp", "log", "log2", "log10", "reciprocal", "sqrt"], INEXACT),
    **dict.fromkeys(["expm1", "log1p", "signbit"], FLOAT),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtypes):
    for shape, dtype in over(SHAPES, dtypes(*UNARY[name])):
        check(lambda xp, x: getattr(xp, name)(x), draw(shape, dtype), rtol=5e-6)
    for dtype in dtypes("real floating") if "real floating" in UNARY[name] else ():
        special = np.array(SPECIAL, dtype)
        check(lambda xp, x: getattr(xp, name)(x), special, rtol=5e-6)


BINARY = {
    **dict.fromkeys(["add", "multiply", "subtract"], NUMERIC),
    **dict.fromkeys(["maximum", "minimum"], REAL),
    **dict.fromkeys(["less", "less_equal", "greater", "greater_equal"], REAL),
    **dict.fromkeys(["equal", "not_equal"], KINDS),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], INTEGERS),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor"], ("bool",)),
    **dict.fromkeys(["atan2", "copysign", "hypot", "logaddexp"], FLOAT),
    "divide": INEXACT,
}


@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtypes):
    for (a, b), dtype in over(PAIRS, dtypes(*BINARY[name])):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=5e-6)
    if "real floating" in BINARY[name]:
        grid = np.meshgrid(SPECIAL, SPECIAL)
        arrays = [x.ravel().astype("float32") for x in grid]
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=5e-6)


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "pow"])
def test_arithmetic_with_conditions(name, dtypes):
    """Integers divided by 0 or raised to less than 0 mean nothing in the standard."""
    low = 1 if name != "pow" else 0
    for (a, b), dtype in over(PAIRS, dtypes(*REAL)):
        base = draw(a, dtype, "a", low=0.5 if "float" in dtype and name == "pow" else -4)
        arrays = base, draw(b, dtype, "b", low=low)
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays, rtol=1e-5)


@pytest.mark.parametrize("name", ["bitwise_left_shift", "bitwise_right_shift"])
def test_shifts(name, dtypes):
    for (a, b), dtype in over(PAIRS, dtypes("integral")):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b", 0, 7)
        check(lambda xp, x, y: getattr(xp, name)(x, y), *arrays)


def test_python_numbers_are_weak(dtypes):
    for dtype in dtypes(*REAL):
        x = draw((2, 3), dtype, low=1)
        check(lambda xp, x: [x + 1, 1 + x, x * 2, 2 * x, x - 1, x > 1, x == 2, +x, abs(x)], x)
        check(lambda xp, x: [xp.add(x, 1), xp.multiply(2, x), xp.maximum(x, 3)], x)
    for dtype in dtypes("real floating"):
        check(lambda xp, x: [x + 0.5, 2.5 * x, x / 2, xp.pow(x, 2.0)], draw((3,), dtype, low=1))
    for dtype in dtypes("integral"):
        check(
            lambda xp, x: [x << 1, x >> 1, x & 3, x | 4, x ^ 1, ~x, x // 2, x % 3],
            draw((5,), dtype),
        )


def test_clip(dtypes):
    for shape, dtype in over(SHAPES, dtypes(*REAL)):
        x = draw(shape, dtype)
        check(lambda xp, x: [xp.clip(x, 1, 3), xp.clip(x, min=2), xp.clip(x, max=2), xp.clip(x)], x)
        low = draw(shape, dtype, "low", high=2)
        check(lambda xp, x, low: xp.clip(x, low, low + 1), x, low)


def test_where(dtypes):
    for (a, b), dtype in over(PAIRS, dtypes(*KINDS)):
        arrays = draw(a, "bool"), draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, c, x, y: xp.where(c, x, y), *arrays)


# ------------------------------------------------------------------------------------ dtypes


def test_promotion(dtypes):
    """Of dtypes of one kind, or bool with itself; tensors follow what `result_type` says."""
    groups = [dtypes("bool"), dtypes("integral"), dtypes(*INEXACT)]
    for a, b in itertools.chain.from_iterable(itertools.product(g, g) for g in groups):
        try:
            wanted = strict.result_type(getattr(strict, a), getattr(strict, b))
        except TypeError:
            with pytest.raises(tfpy.DTypeError):
                xp.result_type(getattr(xp, a), getattr(xp, b))
            continue
        wanted = str(wanted).rpartition(".")[2]
        assert xp.result_type(getattr(xp, a), getattr(xp, b)) == wanted
        if wanted in dtypes(*KINDS) and a != "bool":
            both = xp.zeros(2, dtype=a) + xp.zeros(2, dtype=b)
            assert both.dtype == wanted
        assert xp.can_cast(a, b) == strict.can_cast(getattr(strict, a), getattr(strict, b))


def test_mixed_kinds_make_that_float():
    assert xp.result_type(xp.int32, xp.float32) is xp.float32
    assert xp.result_type(xp.bool, xp.int32) is xp.int32
    assert (xp.ones(2, dtype=xp.int32) + xp.ones(2)).dtype is xp.float32


def test_result_type_with_numbers():
    assert xp.result_type(xp.float32, 1) is xp.float32
    assert xp.result_type(xp.int32, 1, True) is xp.int32
    assert xp.result_type(xp.int32, 1.0) is xp.float32
    assert xp.result_type(xp.ones(2, dtype=xp.float64), 1) is xp.float64
    with pytest.raises(tfpy.ArgumentError, match="needs a tensor or dtype"):
        xp.result_type(1, 2.0)


def test_isdtype(dtypes):
    kinds = [*KINDS, "integral", "complex floating", "numeric", ("bool", "integral")]
    for name, kind in itertools.product(dtypes(*KINDS), kinds):
        assert xp.isdtype(getattr(xp, name), kind) == strict.isdtype(getattr(strict, name), kind)
    assert xp.isdtype(xp.int32, xp.int32)
    assert not xp.isdtype(xp.int32, (xp.float32, xp.bool))
    with pytest.raises(tfpy.DTypeError):
        xp.isdtype(xp.int32, "number")


def test_limits(dtypes):
    for name in dtypes("real floating"):
        got, want = xp.finfo(getattr(xp, name)), np.finfo(name)
        assert (got.bits, got.eps, got.max, got.min, got.smallest_normal) == (
            want.bits,
            *map(float, (want.eps, want.max, want.min, want.smallest_normal)),
        )
        assert got.dtype == name
    for name in dtypes("integral"):
        got, want = xp.iinfo(xp.zeros((), dtype=name)), np.iinfo(name)
        assert (got.bits, got.max, got.min, got.dtype) == (want.bits, want.max, want.min, name)
    with pytest.raises(tfpy.DTypeError, match="no float"):
        xp.finfo(xp.int32)
    with pytest.raises(tfpy.DTypeError, match="no integer"):
        xp.iinfo(xp.float32)


def test_astype(dtypes):
    for source, target in itertools.product(dtypes(*KINDS), repeat=2):
        x = draw((2, 3), source, low=0)
        if source.startswith("complex") and not target.startswith("complex"):
            with pytest.raises(tfpy.DTypeError, match="would lose its imaginary part"):
                xp.astype(xp.asarray(x), target)
            continue
        check(lambda xp, x: xp.astype(x, getattr(xp, target)), x)


# ---------------------------------------------------------------------------------- creation


def test_constants(dtypes):
    for shape, dtype in over([(), (3,), (0, 2), (2, 3)], dtypes(*KINDS)):
        d = {"dtype": dtype}

        def call(xp, d=dtype, shape=shape):
            d = getattr(xp, d)
            x = xp.ones(shape, dtype=d)
            return [
                *[
                    xp.zeros(shape, dtype=d),
                    xp.zeros_like(x),
                    xp.ones_like(x),
                    xp.empty(0, dtype=d),
                ],
                *[xp.full(shape, 1, dtype=d), xp.full_like(x, 1), xp.ones_like(x, dtype=xp.bool)],
            ]

        check(call)
        assert xp.empty(shape, **d).shape == shape
    check(
        lambda xp: [xp.zeros(3, dtype=xp.float32), xp.full((2,), True), xp.full((), 3)],
        default=True,
    )
    assert xp.ones(2).dtype is xp.full(2, 1.5).dtype is xp.float32


def test_ranges(dtypes):
    def ints(xp):
        d = xp.int32
        return [
            xp.arange(5, dtype=d),
            xp.arange(2, 9, 3, dtype=d),
            xp.arange(9, 2, -2, dtype=d),
            xp.arange(0, dtype=d),
        ]

    def floats(xp):
        d = xp.float32
        lines = [xp.linspace(0, 1, 5, dtype=d), xp.linspace(1.0, -2.0, 4, dtype=d, endpoint=False)]
        return [
            *lines,
            xp.linspace(0, 1, 1, dtype=d),
            xp.linspace(2, 3, 0, dtype=d),
            xp.arange(0.5, 3.0, 0.5, dtype=d),
        ]

    check(ints)
    check(floats)
    check(lambda xp: [xp.arange(3)], default=True)
    assert xp.linspace(0, 1, 3).dtype is xp.arange(0.0, 2.0).dtype is xp.float32


def test_matrices(dtypes):
    for dtype in dtypes(*KINDS):
        for k in (-5, -1, 0, 2, 5):
            check(
                lambda xp: [
                    xp.eye(3, 4, k=k, dtype=getattr(xp, dtype)),
                    xp.eye(3, k=k, dtype=getattr(xp, dtype)),
                ]
            )
            check(lambda xp, x: [xp.tril(x, k=k), xp.triu(x, k=k)], draw((2, 3, 4), dtype))
    for n in range(4):
        for indexing in ("xy", "ij"):
            arrays = [draw((i + 2,), "int32", i) for i in range(n)]
            check(lambda xp, *xs: list(xp.meshgrid(*xs, indexing=indexing)), *arrays)


def test_asarray():
    x = xp.asarray([[1, 2], [3, 4]])
    assert x.dtype is xp.int32
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=False) is x
    assert xp.asarray(x, dtype=xp.float32).dtype is xp.float32
    assert xp.asarray(np.ones(2)).dtype is xp.float64
    assert xp.asarray(True).dtype is xp.bool
    assert xp.asarray([x[0, 0], 2.5]).tolist() == [1, 2.5]
    with pytest.raises(ValueError, match="copy=False"):
        xp.asarray([1], copy=False)


def test_asarray_on_a_backend_without_the_dtype(use_backend):
    use_backend("webgl")
    assert xp.asarray(np.ones(2)).dtype is xp.float32
    with pytest.raises(tfpy.DTypeError, match="webgl backend has no float64"):
        xp.asarray(np.ones(2), dtype=xp.float64)


# ----------------------------------------------------------------- manipulation and products


@pytest.mark.parametrize(
    ("shape", "call"),
    [
        ((2, 3), lambda xp, x: xp.broadcast_to(x, (4, 2, 3))),
        ((2, 1), lambda xp, x: xp.broadcast_arrays(x, x[0:1, :], x[0, 0])),
        ((2, 3), lambda xp, x: xp.concat([x, x[:1, :]])),
        ((2, 3), lambda xp, x: xp.concat([x, x], axis=-1)),
        ((2, 3), lambda xp, x: xp.concat([x, x[0, :]], axis=None)),
        ((2, 3), lambda xp, x: [xp.expand_dims(x, axis=a) for a in (0, 1, 2, -1, -3)]),
        ((2, 3), lambda xp, x: [xp.flip(x), xp.flip(x, axis=0), xp.flip(x, axis=(-1,))]),
        ((2, 3, 4), lambda xp, x: [xp.moveaxis(x, 0, -1), xp.moveaxis(x, -1, 1), xp.moveaxis(x, (0, 2), (2, 0))]),
        ((2, 3, 4), lambda xp, x: [xp.moveaxis(x, (2, 1), (0, 1)), xp.permute_dims(x, (2, 0, 1))]),
        ((2, 3, 4), lambda xp, x: [xp.matrix_transpose(x), x.mT]),
        ((2, 3), lambda xp, x: [x.T, x.mT]),
        ((2, 3), lambda xp, x: [xp.repeat(x, 2), xp.repeat(x, 3, axis=1), xp.repeat(x, 0, axis=0)]),
        ((2, 3), lambda xp, x: [xp.repeat(x, xp.asarray([2, 0]), axis=0), xp.repeat(x, xp.asarray([1, 2, 3]), axis=-1)]),
        ((2, 3), lambda xp, x: [xp.reshape(x, (3, 2)), xp.reshape(x, (-1,)), xp.reshape(x, (6,), copy=True)]),
        ((2, 3), lambda xp, x: [xp.roll(x, 1), xp.roll(x, -2, axis=1), xp.roll(x, (1, 5), axis=(0, 1)), xp.roll(x, 1, axis=(0, 1))]),
        ((0, 3), lambda xp, x: [xp.roll(x, 1), xp.roll(x, 1, axis=0), xp.flip(x)]),
        ((1, 3, 1), lambda xp, x: [xp.squeeze(x, axis=0), xp.squeeze(x, axis=(0, 2)), xp.squeeze(x, axis=-1)]),
        ((2, 3), lambda xp, x: [xp.stack([x, x]), xp.stack([x, x], axis=-1)]),
        ((2, 3), lambda xp, x: [xp.tile(x, (2,)), xp.tile(x, (2, 1, 3)), xp.tile(x, (1, 2))]),
        ((2, 3), lambda xp, x: [*xp.unstack(x), *xp.unstack(x, axis=1)]),
        ((4, 5), lambda xp, x: [x[1, 2], x[1:3, ::2], x[..., -1], x[None, 1, :], x[::-1, 0]]),
    ],
)  # fmt: skip
def test_manipulation(shape, call, dtypes):
    for dtype in dtypes(*KINDS):
        check(call, draw(shape, dtype))


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
     ((0, 3), (3, 2)), ((2, 0), (0, 3))],
)  # fmt: skip
def test_matmul(a, b, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(
            lambda xp, x, y: [xp.matmul(x, y), x @ y] if dtype[0] in "fc" else xp.matmul(x, y),
            *arrays,
            rtol=1e-5,
        )


@pytest.mark.parametrize(
    ("a", "b", "axes"),
    [((2, 3, 4), (3, 4, 5), 2), ((2, 3), (4, 5), 0), ((3,), (3,), 1), ((2, 3, 4), (4, 2), ((0, 2), (1, 0))),
     ((2, 3, 4), (3, 2), ([-2, 0], [0, -1]))],
)  # fmt: skip
def test_tensordot(a, b, axes, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: xp.tensordot(x, y, axes=axes), *arrays, rtol=1e-5)


@pytest.mark.parametrize(
    ("a", "b", "axis"),
    [((3,), (3,), -1), ((2, 3), (3,), -1), ((4, 1, 3), (2, 3), -1), ((4, 3, 1), (3, 2), -2)],
)
def test_vecdot(a, b, axis, dtypes):
    for dtype in dtypes(*NUMERIC):
        arrays = draw(a, dtype, "a"), draw(b, dtype, "b")
        check(lambda xp, x, y: xp.vecdot(x, y, axis=axis), *arrays, rtol=1e-5)


# -------------------------------------------------------------------------------- reductions

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
    kinds = {"all": KINDS, "any": KINDS, "count_nonzero": KINDS, "mean": INEXACT, "sum": NUMERIC}
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


# ----------------------------------------------------------------- positions, order and sets


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


# ----------------------------------------------------------------------- tensors and the rest


def test_namespace(use_backend):
    x = tfpy.ones((2, 3))
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2023.12") is xp
    with pytest.raises(ValueError, match=r"there is 2024.12, not '2030.12'"):
        x.__array_namespace__(api_version="2030.12")
    assert array_api_compat.array_namespace(x, 1.0) is xp
    assert array_api_compat.is_array_api_obj(x)
    assert array_api_compat.size(x) == 6
    assert array_api_compat.device(x) == "numpy"


#: What the standard has and `tfpy.array_api` has not, as its own text says.
MISSING = {"nextafter", "linalg", "fft"}
#: Of a later version of the standard, or of that implementation alone.
OTHERS = {"broadcast_shapes", "isin", "Device", "__version__"}


def test_names_that_are_missing():
    names = {n for n in strict.__all__ if "flags" not in n.lower()}
    assert {n for n in names if not hasattr(xp, n)} - OTHERS == MISSING


def test_info(use_backend):
    info = xp.__array_namespace_info__()
    assert info.default_device() == "numpy"
    assert "numpy" in info.devices()
    assert info.dtypes()["float64"] is xp.float64
    assert set(info.capabilities()) == {
        "boolean indexing",
        "data-dependent shapes",
        "max dimensions",
    }
    use_backend("webgl")
    assert info.default_device() == "webgl"
    assert set(info.dtypes(kind="real floating")) == {"float32"}
    assert "float64" in info.dtypes(device="numpy")


def test_devices(use_backend):
    x = tfpy.ones((2, 3))
    assert x.to_device("numpy") is x
    y = x.to_device("webgl")
    assert (x.device, y.device) == ("numpy", "webgl")
    assert y.tolist() == x.tolist()
    assert xp.zeros(3, device="webgl").device == "webgl"
    assert xp.asarray([1.0], device="webgl").device == "webgl"
    for values in ([[1 + 2j, 3j]], ["a", "b"]):
        z = tfpy.tensor(values).to_device("webgl")
        assert (z.device, z.tolist()) == ("webgl", values)
    with pytest.raises(tfpy.BackendError, match="unknown backend 'cuda'"):
        x.to_device("cuda")
    with pytest.raises(tfpy.DTypeError, match="to_device: the webgl backend has no float64"):
        xp.ones(2, dtype=xp.float64).to_device("webgl")


def test_dlpack(dtypes):
    for shape, name in over([(), (2, 3)], dtypes(*KINDS)):
        x = xp.asarray(draw(shape, name), dtype=name)
        assert x.__dlpack_device__() == (1, 0)
        array = np.from_dlpack(x)
        assert (array.dtype, array.shape) == (np.dtype(name), shape)
        assert array.tolist() == x.tolist()
        back = xp.from_dlpack(array)
        assert (back.dtype, back.tolist()) == (name, x.tolist())
    with pytest.raises(BufferError, match="copy=False"):
        x.__dlpack__(copy=False)
    with pytest.raises(ValueError, match="copy=False"):
        xp.from_dlpack(array, copy=False)


def test_buffers(dtypes):
    for shape, name in over([(), (3,), (2, 3)], dtypes("bool", *REAL)):
        x = xp.asarray(draw(shape, name), dtype=name)
        view = x.__buffer__(0)
        assert (view.shape, view.readonly, view.tolist()) == (shape, True, x.tolist())
        assert np.asarray(view).dtype == name
    with pytest.raises(BufferError):
        x.__buffer__(1)
    with pytest.raises(BufferError):
        tfpy.zeros((0,)).__buffer__(0)
    with pytest.raises(BufferError):
        tfpy.tensor([1j]).__buffer__(0)


def test_mt_refuses_vectors():
    with pytest.raises(tfpy.ShapeError, match="matrix_transpose: "):
        _ = tfpy.ones(3).mT


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: xp.matmul(xp.ones((2, 3), dtype="int32"), xp.ones((2, 3), dtype="int32")), tfpy.ShapeError, "inner sizes"),
        (lambda: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=3), tfpy.ArgumentError, "tensordot: axes=3"),
        (lambda: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=1), tfpy.ShapeError, "does not fit"),
        (lambda: xp.vecdot(xp.ones((2, 3)), xp.ones(2)), tfpy.ShapeError, "vecdot"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), 0, 2), tfpy.ShapeError, "axis 2"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), (0, 0), (0, 1)), tfpy.ShapeError, "twice"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), (0, 1), 0), tfpy.ShapeError, "moveaxis"),
        (lambda: xp.repeat(xp.ones(3), [1, 2]), tfpy.ShapeError, "repeat"),
        (lambda: xp.repeat(xp.ones(3), -1), tfpy.ShapeError, "repeat"),
        (lambda: xp.roll(xp.ones(3), (1, 2), axis=(0,)), tfpy.ShapeError, "roll"),
        (lambda: xp.meshgrid(xp.ones(3), indexing="yx"), tfpy.ArgumentError, "indexing"),
        (lambda: xp.cumulative_sum(xp.ones((2, 3))), tfpy.ArgumentError, "axis is needed"),
        (lambda: xp.linspace(0, 1, -1), tfpy.ArgumentError, "num"),
        (lambda: xp.tril(xp.ones(3)), tfpy.ShapeError, "two axes"),
    ],
)  # fmt: skip
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("pattern", "sizes"),
    [("a b c -> c (a b)", {}), ("(x a) b c -> a x b c", {"x": 2}), ("a b c -> (c b a)", {}), ("a b c -> a 1 b c", {})],
)  # fmt: skip
def test_einops_rearrange(pattern, sizes, dtypes):
    x = draw((4, 3, 2), "float32")
    got = einops.array_api.rearrange(xp.asarray(x), pattern, **sizes)
    np.testing.assert_array_equal(got, einops.rearrange(x, pattern, **sizes))


@pytest.mark.parametrize("reduction", ["mean", "sum", "max", "min", "prod"])
def test_einops_reduce(reduction, dtypes):
    x = draw((4, 3, 2), "float32")
    for pattern in ("a b c -> b", "(a x) b c -> a c", "a b c -> "):
        sizes = {"x": 2} if "x" in pattern else {}
        got = einops.array_api.reduce(xp.asarray(x), pattern, reduction, **sizes)
        assert_close(got, einops.reduce(x, pattern, reduction, **sizes), 1e-5, 1e-5)


def test_einops_repeat_and_pack(dtypes):
    x = draw((4, 3), "float32")
    got = einops.array_api.repeat(xp.asarray(x), "a b -> a (r b) s", r=2, s=3)
    np.testing.assert_array_equal(got, einops.repeat(x, "a b -> a (r b) s", r=2, s=3))
    packed, shapes = einops.array_api.pack([xp.asarray(x), xp.asarray(x[:, :1])], "a *")
    first, second = einops.array_api.unpack(packed, shapes, "a *")
    np.testing.assert_array_equal(einops.array_api.asnumpy(first), x)
    assert second.shape == (4, 1)


@pytest.mark.parametrize(
    "function",
    [
        xp.log2,
        xp.log10,
        lambda x: xp.logaddexp(x, 2.0 - x),
        lambda x: xp.hypot(x, 2.0 - x),
        lambda x: xp.copysign(x, -x),
        lambda x: xp.clip(x, 0.9, 1.4),
        lambda x: xp.var(x, axis=1, correction=1),
        xp.std,
        lambda x: xp.diff(x, n=2),
        lambda x: xp.tensordot(x, x, axes=((0,), (0,))),
        lambda x: xp.vecdot(x, x[0, :]),
        lambda x: xp.roll(xp.repeat(x, 2, axis=0), 3),
        lambda x: xp.tril(x, k=-1),
        lambda x: xp.sum(x, dtype=xp.float64),
        lambda x: x.mT,
    ],
)
def test_gradients(function):
    """What is made of operations has their gradients, to second order."""
    tfpy.set_backend("numpy")
    check_grads(function, [xp.asarray(draw((3, 4), "float64", low=0.5, high=2))], order=2)
