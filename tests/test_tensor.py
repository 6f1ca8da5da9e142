"""Tensors from outside: making, reading, indexing, printing, lifetime."""

import array
import asyncio
import enum
import gc
from dataclasses import dataclass

import numpy as np
import pytest

import tfpy


@dataclass(frozen=True)
class Found:
    """What has a tensor."""

    name: str
    mask: tfpy.Tensor | None = None


class Axis(enum.IntEnum):
    """Numbers by name."""

    X = 1


@pytest.mark.parametrize(
    ("values", "shape", "dtype"),
    [
        (3, (), "int32"),
        (2.5, (), "float32"),
        (True, (), "bool"),
        ([1, 2], (2,), "int32"),
        ([1, 2.5], (2,), "float32"),
        ([[True], [False]], (2, 1), "bool"),
        ([], (0,), "float32"),
        (range(3), (3,), "int32"),
        (np.zeros((2, 0, 3)), (2, 0, 3), "float32"),
        (np.arange(6, dtype=np.int64).reshape(2, 3), (2, 3), "int32"),
        (np.arange(6, dtype=np.float16), (6,), "float32"),
        (np.arange(6.0).reshape(2, 3).T, (3, 2), "float32"),
        (bytes(3), (3,), "int32"),
        (array.array("d", [1, 2]), (2,), "float32"),
        ([np.ones(2, "uint8"), np.zeros(2)], (2, 2), "float32"),
        ([[np.float32(1)], [np.int64(2)]], (2, 1), "float32"),
        (np.complex128(1j), (), "complex64"),
        ([np.complex128(1j), 2], (2,), "complex64"),
        ([Axis.X, 2], (2,), "int32"),
    ],
)
def test_tensor_takes_what_python_has(values, shape, dtype):
    x = tfpy.tensor(values)
    assert (x.shape, str(x.dtype)) == (shape, dtype)
    np.testing.assert_array_equal(x.numpy(), np.asarray(_listed(values), dtype=dtype))


def _listed(values):
    if isinstance(values, bytes):
        return list(values)
    return list(values) if isinstance(values, range) else values


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (["a", 1], tfpy.DTypeError),
        (object(), tfpy.DTypeError),
        (None, tfpy.DTypeError),
        ({1: 2}, tfpy.DTypeError),
        ([[1, 2], [3]], tfpy.ShapeError),
        ([2**40], tfpy.ArgumentError),
        ([np.ones(2), np.ones(3)], tfpy.ShapeError),
        ([np.ones(2), None], tfpy.ShapeError),
    ],
)
def test_tensor_refuses_what_it_cannot_hold(values, error):
    with pytest.raises(error, match="tensor"):
        tfpy.tensor(values)


def test_lists_of_tensors_are_stacked_with_their_gradients():
    assert tfpy.tensor([[1, 2], tfpy.tensor([3, 4])]).tolist() == [[1, 2], [3, 4]]
    assert tfpy.tensor([[tfpy.tensor(1), 2], [3, 4]], dtype="float32").dtype == tfpy.float32
    slope = tfpy.grad(lambda x: (tfpy.tensor([x, 2 * x, 3.0]) ** 2).sum())(tfpy.tensor(1.0))
    assert float(slope) == 10.0
    with pytest.raises(tfpy.ShapeError, match=r"\(2,\), \(1,\)"):
        tfpy.tensor([tfpy.tensor([1, 2]), tfpy.tensor([3])])


def test_reading_in_every_way():
    x = tfpy.tensor([[1, 2], [3, 4]])
    assert x.data_sync().tolist() == x.dataSync().tolist() == [1, 2, 3, 4]
    assert x.tolist() == x.array_sync() == [[1, 2], [3, 4]]
    assert asyncio.run(x.array()) == [[1, 2], [3, 4]]
    assert asyncio.run(x.data()).tolist() == [1, 2, 3, 4]
    assert asyncio.run(x.bytes()) == array.array("i", [1, 2, 3, 4]).tobytes()
    assert x.numpy().dtype == np.int32
    assert np.asarray(x, dtype=float).dtype == float
    assert float(x[0, 1]) == 2.0
    assert int(x[1, 0]) == 3
    assert bool(x[0, 0])
    assert [10, 20, 30][x[0, 1]] == 30
    assert f"{x[0, 0]:03d}" == "001"
    with pytest.raises(tfpy.ShapeError, match="one element"):
        x.item()


INDEX_KEYS = [
    0,
    -1,
    (1, 2),
    slice(1, None),
    (slice(None), slice(None, None, -1)),
    (slice(3, 0, -2), 1),
    Ellipsis,
    (Ellipsis, 0),
    (None, 1),
    (0, None, Ellipsis, None),
    (slice(None), [2, 0, -1]),
    slice(2, 2),
    (slice(None), slice(None), 1),
    [True, False, True, True],
]


@pytest.mark.parametrize("key", INDEX_KEYS, ids=str)
@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_indexing_as_numpy(key, backend, use_backend):
    use_backend(backend)
    values = np.arange(60, dtype=np.float32).reshape(4, 5, 3)
    np.testing.assert_array_equal(tfpy.tensor(values)[key].numpy(), values[key])


@pytest.mark.parametrize(
    "key", [4, -5, (0, 0, 0, 0), (Ellipsis, Ellipsis), ([0, 1], [0, 1, 2]), [True, False, True]]
)
def test_bad_indices(key):
    with pytest.raises(tfpy.ShapeError):
        tfpy.zeros((4, 5, 3))[key]


def test_a_python_number_is_remembered_with_its_sign_and_type():
    x = tfpy.tensor([1.0, -1.0])
    assert str((x * 0.0).tolist()) == "[0.0, -0.0]"
    assert str((x * -0.0).tolist()) == "[-0.0, 0.0]"
    assert str((x * 0.0).tolist()) == "[0.0, -0.0]"
    assert (x + 1).dtype == (x + True).dtype == (x + 1.0).dtype == tfpy.float32
    assert (tfpy.tensor([1]) + 1).dtype == tfpy.int32
    assert (tfpy.tensor([1]) + 1.0).dtype == tfpy.float32
    assert np.isnan((x + float("nan")).tolist()).all()
    with pytest.raises(tfpy.ArgumentError, match="does not fit"):
        tfpy.tensor([1]) + (1 << 40)
    x + 3.0
    known = tfpy.backend().numbers[(tfpy.float32, 3.0)]
    assert (x + 3).tolist() == [4.0, 2.0]
    assert tfpy.backend().numbers[(tfpy.float32, 3.0)] is known


def test_operators_and_weak_scalars():
    i, f = tfpy.tensor([3, -4]), tfpy.tensor([1.5, 2.0])
    assert (i + 1).dtype == "int32"
    assert (i + 1.0).dtype == "float32"
    assert (i / 2).dtype == "float32"
    assert (True + i).dtype == "int32"
    assert (i + f).dtype == "float32"
    assert (2**i).tolist() == [8, 0]
    assert (i // 2).tolist() == [1, -2]
    assert (i % 3).tolist() == [0, 2]
    assert (i == 3).tolist() == [True, False]
    assert (~(i > 0)).tolist() == [False, True]
    assert ((i > 0) & (f > 1)).tolist() == [True, False]
    assert (i & 1).tolist() == [1, 0]
    assert (1 - f).tolist() == [-0.5, -1.0]
    assert abs(i).tolist() == [3, 4]
    assert (np.array([1.0, 2.0], np.float32) * f).tolist() == [1.5, 4.0]
    assert i is not None
    assert (i == None) is False  # noqa: E711
    assert len({i, f}) == 2


def test_promotion_to_float64_on_numpy():
    assert (tfpy.tensor(1.0, dtype="float64") + tfpy.tensor(1.0)).dtype == "float64"


def test_repr_is_a_preview():
    assert repr(tfpy.tensor([[1.0, 2.5]])) == "tfpy.tensor([[ 1., 2.5]])"
    long = repr(tfpy.zeros((1000, 1000)))
    assert "..." in long
    assert "shape=(1000, 1000)" in long
    assert len(long) < 500
    assert "disposed" in repr(_disposed())
    assert "(1000, 1000)" in tfpy.zeros((1000, 1000))._repr_html_()
    assert "shape=(0, 3)" in repr(tfpy.zeros((0, 3)))


def _disposed():
    x = tfpy.ones((2,))
    x.dispose()
    return x


def test_reading_a_disposed_tensor_says_so():
    x = _disposed()
    assert x.is_disposed
    for use in (x.tolist, x.numpy, lambda: x + 1, lambda: asyncio.run(x.data())):
        with pytest.raises(tfpy.DisposedError, match=r"shape \(2,\)"):
            use()


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_memory_counts_what_python_holds(backend, use_backend):
    use_backend(backend)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    x = tfpy.zeros((10, 10))
    y = x.reshape((100,))
    memory = tfpy.memory()
    assert memory["num_tensors"] == before + 2
    assert memory["num_bytes"] >= 400
    del x, y
    assert tfpy.memory()["num_tensors"] == before


def test_tidy_frees_all_but_the_result():
    kept = []

    def work():
        a = tfpy.ones((2,)) + 1
        kept.append(tfpy.keep(a * 5))
        b = a * 3
        kept.append(b)
        return {"sum": [a + b]}

    result = tfpy.tidy(work)
    assert result["sum"][0].tolist() == [8.0, 8.0]
    assert kept[0].tolist() == [10.0, 10.0]
    assert kept[1].is_disposed


def test_tidy_as_context_manager_decorator_and_nested():
    with tfpy.tidy():
        x = tfpy.ones((2,)) * 2
        inner = tfpy.tidy(lambda: x + 1)
        assert inner.tolist() == [3.0, 3.0]
    assert x.is_disposed
    assert inner.is_disposed

    @tfpy.tidy()
    def double(value):
        return value * 2

    assert double(tfpy.ones((1,))).tolist() == [2.0]
    with pytest.raises(ZeroDivisionError):
        tfpy.tidy(lambda: 1 / 0)
    assert tfpy.ones((1,)).tolist() == [1.0]


def test_dispose_and_tidy_reach_into_dataclasses():
    """As what pretrained models return."""
    made = tfpy.tidy(lambda: [Found("a", tfpy.ones((1,)) * 2), Found("b")])
    assert made[0].mask.tolist() == [2.0]
    tfpy.dispose(made)
    assert made[0].mask.is_disposed


def test_dispose_reaches_into_containers():
    x, y = tfpy.ones((1,)), tfpy.ones((1,))
    tfpy.dispose({"a": [x], "b": (y,)})
    assert x.is_disposed
    assert y.is_disposed


def test_variable():
    w = tfpy.Variable([1.0, 2.0], name="w")
    before = w.value
    assert w.assign(w * 2) is w
    assert w.assign_add([1.0, 1.0]).tolist() == [3.0, 5.0]
    assert w.assign_sub(1.0 * tfpy.ones((2,))).tolist() == [2.0, 4.0]
    assert before.tolist() == [1.0, 2.0]
    assert repr(w).startswith("tfpy.Variable(")
    with pytest.raises(tfpy.ShapeError, match=r"w\.assign"):
        w.assign([1.0])
    with pytest.raises(tfpy.DTypeError, match=r"w\.assign"):
        w.assign(tfpy.tensor([1, 2]))


def test_tensors_move_between_backends(use_backend):
    x = tfpy.tensor([1.0, 2.0])
    use_backend("webgl")
    y = x + 1
    assert y.device == "webgl"
    use_backend("numpy")
    assert (x + y).tolist() == [3.0, 5.0]


def test_backends_by_name():
    with pytest.raises(tfpy.BackendError, match="unknown backend 'cuda'"):
        tfpy.set_backend("cuda")
    assert tfpy.get_backend() == "numpy"
    assert asyncio.run(tfpy.ready()) == "numpy"
    tfpy.register_backend("twin", lambda: type(tfpy.backend())())
    tfpy.set_backend("twin")
    assert tfpy.ones((1,)).tolist() == [1.0]
    tfpy.set_backend("numpy")
    tfpy.remove_backend("twin")
    with pytest.raises(tfpy.BackendError, match="not in use"):
        tfpy.remove_backend("twin")


def test_a_dtype_the_device_lacks(use_backend):
    use_backend("webgl")
    with pytest.raises(tfpy.DTypeError, match="webgl backend has no float64"):
        tfpy.tensor([1.0], dtype="float64")


def test_seeded_random_numbers_are_reproducible():
    for draw in (tfpy.random_normal, tfpy.random_uniform, tfpy.truncated_normal):
        a, b = draw((50,), seed=3), draw((50,), seed=3)
        assert a.tolist() == b.tolist()
        assert a.tolist() != draw((50,), seed=4).tolist()
    tfpy.set_seed(1)
    first = tfpy.random_normal((5,)).tolist()
    tfpy.set_seed(1)
    assert tfpy.random_normal((5,)).tolist() == first
    drawn = tfpy.random_uniform_int((200,), 3, 6, seed=0).tolist()
    assert set(drawn) == {3, 4, 5}
    assert max(map(abs, tfpy.truncated_normal((500,), seed=0).tolist())) <= 2.0


def test_dropout_keeps_the_expectation():
    y = tfpy.dropout(tfpy.ones((4000,)), 0.25, seed=0)
    assert set(np.round(y.numpy(), 5)) == {0.0, np.float32(1.33333)}
    assert float(y.mean()) == pytest.approx(1.0, abs=0.05)
    with pytest.raises(tfpy.ArgumentError, match="rate"):
        tfpy.dropout(tfpy.ones((1,)), 1.0)


def test_elements_cannot_be_assigned():
    x = tfpy.zeros((3,))
    for key in (0, slice(None), tfpy.tensor([True, False, True])):
        with pytest.raises(tfpy.ImmutableError, match=r"tensors never change; tfpy\.where"):
            x[key] = 1.0
    assert x.tolist() == [0, 0, 0]


def test_sizes_and_axes_one_by_one_as_numpy_takes_them():
    x = tfpy.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.reshape(3, -1).shape == x.reshape((3, -1)).shape == x.reshape(shape=(3, 2)).shape
    assert x.reshape(6).shape == x.reshape(-1).shape == (6,)
    assert x.transpose(1, 0).tolist() == x.transpose().tolist() == x.transpose([1, 0]).tolist()
    assert tfpy.grad(lambda x: x.reshape(1, 6).transpose(1, 0)[2])(x).tolist()[0] == [0, 0, 1]
    for wrong in (lambda: x.reshape(4, -1), lambda: x.reshape(2, "a"), lambda: x.transpose(1, 2)):
        with pytest.raises(tfpy.TfpyError, match=r"reshape|transpose"):
            wrong()
