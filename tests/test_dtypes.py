"""Element types that only NumPy has: made, combined and refused. `tests/array_api` has the rest."""

import numpy as np
import pytest

import tfpy
from tfpy import dtypes

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


@pytest.fixture(autouse=True)
def on_numpy(use_backend):
    pass


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_are_exact_to_their_limits(name):
    info = np.iinfo(name)
    dtype = getattr(tfpy, name)
    assert dtype.limits == (info.min, info.max)
    x = tfpy.tensor([info.min, info.max, 7], dtype=name)
    assert (x.dtype, x.tolist()) == (dtype, [info.min, info.max, 7])
    assert (x - 1 + 1).tolist() == x.tolist()
    assert tfpy.max(x).item() == info.max
    assert tfpy.tensor(x.numpy(), dtype=name).tolist() == x.tolist()
    assert tfpy.fill((2,), info.max, name).tolist() == [info.max] * 2
    assert x[::-1].numpy().dtype == name
    assert tfpy.function(lambda x: x * 1)(x).tolist() == x.tolist()


@pytest.mark.parametrize("name", INTEGERS)
def test_shifts_by_more_than_all_bits_leave_the_sign(name):
    info = np.iinfo(name)
    counts = [info.bits, info.max, *([-1, info.min] if info.min else [])]
    counts = tfpy.tensor(counts, dtype=name)
    for x in (info.min, info.max):
        x = tfpy.tensor(x, dtype=name)
        assert set((x << counts).tolist()) == {0}
        assert set((x >> counts).tolist()) == {-1 if x.item() < 0 else 0}


@pytest.mark.parametrize("name", INTEGERS)
def test_numbers_that_do_not_fit(name):
    low, high = getattr(tfpy, name).limits
    for number in (low - 1, high + 1):
        with pytest.raises(tfpy.ArgumentError, match=f"does not fit into {name}"):
            tfpy.tensor([number], dtype=name)
        with pytest.raises(tfpy.ArgumentError, match=f"fill: {number} does not fit into {name}"):
            tfpy.fill((1,), number, name)


@pytest.mark.parametrize("name", INTEGERS)
def test_casts_from_floats_truncate_and_stop_at_the_limits(name):
    low, high = getattr(tfpy, name).limits
    x = tfpy.tensor([-1e30, 1e30, np.nan, 1.9, -0.9, np.inf, -np.inf])
    assert tfpy.cast(x, name).tolist() == [low, high, 0, 1, 0, high, low]


def test_numpy_scalars_and_arrays_keep_becoming_what_webgl_has():
    for name in INTEGERS:
        assert tfpy.tensor(np.arange(3, dtype=name)).dtype is tfpy.int32
        assert tfpy.tensor(np.arange(3, dtype=name), dtype=np.dtype(name)).dtype == name


@pytest.mark.parametrize("code", [">i8", ">u2", ">f4", ">f8", "<i2", "f2", "longdouble"])
def test_numpy_arrays_of_any_layout(code):
    values = np.arange(6).astype(code).reshape(2, 3)
    for array in (values, values.T, values[:, ::-1], values[0, 1]):
        assert tfpy.tensor(array).tolist() == np.asarray(array).tolist()
        assert tfpy.tensor(array, dtype="float64").numpy().dtype == "float64"


def test_numpy_arrays_that_are_no_numbers():
    for array in (np.array(["2026-01-01"], "M8[D]"), np.zeros(2, "i4,f4")):
        with pytest.raises(tfpy.DTypeError, match="cannot make a tensor of NumPy's"):
            tfpy.tensor(array)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ("int8", "uint8", "int16"),
        ("uint8", "int8", "int16"),
        ("int16", "uint8", "int16"),
        ("int8", "uint32", "int64"),
        ("uint8", "uint64", "uint64"),
        ("bool", "uint8", "uint8"),
        ("int64", "float32", "float32"),
        ("float64", "int8", "float64"),
    ],
)
def test_promotion(a, b, both):
    x, y = tfpy.ones(2, dtype=a), tfpy.ones(2, dtype=b)
    assert (x + y).dtype == both
    assert tfpy.concat([x, y]).dtype == both
    assert tfpy.where([True, False], x, y).dtype == both


def test_what_has_no_common_type_is_refused():
    x, y = tfpy.ones(2, dtype="int8"), tfpy.ones(2, dtype="uint64")
    with pytest.raises(tfpy.DTypeError, match="int8 and uint64 have no type that holds both"):
        _ = x + y


def test_numbers_are_weak():
    x = tfpy.tensor([1, 2], dtype="uint8")
    assert (x + 1).dtype is tfpy.uint8
    assert (x + True).dtype is tfpy.uint8
    assert (x * 0.5).dtype is tfpy.float32
    with pytest.raises(tfpy.ArgumentError, match="does not fit into uint8"):
        _ = x + 256
    assert dtypes.promote_scalar(tfpy.float64, 1.5) is tfpy.float64


def test_functions_of_floats_make_float32():
    x = tfpy.tensor([1, 4], dtype="int64")
    assert (tfpy.sqrt(x).dtype, (x / 2).dtype, tfpy.mean(x).dtype) == (tfpy.float32,) * 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: tfpy.tensor([1], dtype="int64"),
        lambda: tfpy.zeros((2,), dtype="int64"),
        lambda: tfpy.cast(tfpy.ones(2), "int64"),
        lambda: tfpy.arange(3, dtype="int64"),
        lambda: tfpy.one_hot([0, 1], 2, dtype="int64"),
    ],
)
def test_webgl_says_what_it_lacks(make, use_backend):
    use_backend("webgl")
    with pytest.raises(tfpy.DTypeError, match=r"webgl backend has no int64 \(it has bool, float32"):
        make()
