"""What the samples of picking, scattering, sorting and contraction cannot say."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests.webgl import egl, host
from tfpy.testing import check_grads


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


def test_the_gradient_of_top_k_goes_to_where_its_values_came_from():
    x = tfpy.tensor([[3.0, 1.0, 3.0, 2.0], [0.0, 5.0, 4.0, 9.0]])
    weights = tfpy.tensor([[1.0, 10.0], [100.0, 1000.0]])
    found = tfpy.grad(lambda x: (tfpy.top_k(x, 2)[0] * weights).sum())(x)
    assert found.tolist() == [[1.0, 0.0, 10.0, 0.0], [0.0, 1000.0, 0.0, 100.0]]


def test_second_derivatives_through_top_k_and_sort(use_backend):
    use_backend("numpy")
    x = np.random.default_rng(1).normal(size=(3, 7))
    check_grads(lambda x: tfpy.top_k(x, 3)[0] ** 3, [x])
    check_grads(lambda x: tfpy.sort(x, 0, descending=True) ** 3, [x])


def test_the_last_of_several_updates_gets_the_gradient():
    updates = tfpy.tensor([1.0, 2.0, 3.0])

    def update(u):
        return (tfpy.tensor_scatter_nd_update([0.0, 0.0], [[1], [1], [5]], u) * 7).sum()

    assert tfpy.grad(update)(updates).tolist() == [0.0, 7.0, 0.0]


def test_many_updates_give_what_few_do(monkeypatch):
    """Sorted or walked over, the same rows are added up and the same ones stay."""
    rng = np.random.default_rng(0)
    x, ids = rng.integers(-99, 99, (5000, 3)), rng.integers(-5, 605, 5000)
    results = []
    monkeypatch.setattr("kernels_webgl.kernels.scatter.FEW_IN_ALL", 1 << 40)
    for few in (0, 1 << 40):
        monkeypatch.setattr("kernels_webgl.kernels.scatter.FEW", few)
        with egl():
            rows, numbers = tfpy.tensor(x.astype("int32")), tfpy.tensor(ids.astype("int32"))
            start = tfpy.zeros((600, 3), "int32")
            placed = tfpy.tensor_scatter_nd_update(start, numbers.reshape((-1, 1)), rows)
            results.append((host(tfpy.unsorted_segment_sum(rows, numbers, 600)), host(placed)))
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 63, 64, 1023, 1024, 1025, 33000])
def test_stretches_of_every_length(length, monkeypatch):
    """Chunks of chunks of rows are added up whole, what is around them one by one."""
    monkeypatch.setattr("kernels_webgl.kernels.scatter.FEW", 0)
    ids = np.repeat([1, 2, 4], [17, length, 5]).astype("int32")
    x = np.arange(ids.size, dtype="int32")
    expected = np.zeros(6, "int32")
    np.add.at(expected, ids, x)
    with egl():
        found = host(tfpy.unsorted_segment_sum(tfpy.tensor(x), tfpy.tensor(ids), 6))
    np.testing.assert_array_equal(found, expected)


def test_an_infinite_row_stays_in_its_segment(monkeypatch):
    monkeypatch.setattr("kernels_webgl.kernels.scatter.FEW", 0)
    ids = np.arange(200, dtype="int32") // 50
    x = np.ones(200, "float32")
    x[60] = np.inf
    x[70] = np.nan
    with egl():
        found = host(tfpy.unsorted_segment_sum(tfpy.tensor(x), tfpy.tensor(ids), 4))
    np.testing.assert_array_equal(found, [50, np.nan, 50, 50])


def test_sorting_takes_a_logarithm_of_passes(use_backend):
    from kernels_webgl.program import KERNELS, make_call
    from tfpy.registry import OPS

    spec = tfpy.TensorSpec((3, 4096))
    for k in (4096, 5):
        attrs = {"k": k, "descending": True}
        out = OPS["sort_last"].infer(spec, **attrs)
        call = make_call(OPS["sort_last"], (spec,), ("flat",), attrs, out, {})
        assert len(KERNELS["sort_last"](call)) == 12
    assert max(x.spec.size for x in call.temps[-2:]) == 3 * 8


def test_strided_slices_and_other_movements_of_many_ranks():
    x = np.arange(720, dtype="int32").reshape(2, 3, 1, 4, 5, 6)
    t = tfpy.tensor(x)
    key = (slice(None, None, -1), ..., None, slice(4, 0, -2), 3)
    np.testing.assert_array_equal(t[key].numpy(), x[key])
    np.testing.assert_array_equal(tfpy.sort(t, 1, descending=True).numpy(), np.sort(x, 1)[:, ::-1])
    np.testing.assert_array_equal(
        tfpy.cumsum(t, 3, True, True).numpy()[:, :, :, -1], 0 * x[:, :, :, 0]
    )


def test_multi_rnn_cell_feeds_each_cell_with_the_output_before():
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=s).astype("float32") for s in ((5, 8), (4, 8))]
    bias = np.zeros(8, "float32")

    def cell(kernel):
        return lambda data, c, h: tfpy.basic_lstm_cell(1.0, kernel, bias, data, c, h)

    data, state = tfpy.ones((1, 3)), [tfpy.zeros((1, 2))] * 2
    c, h = tfpy.multi_rnn_cell([cell(k) for k in kernels], data, state, state)
    first = cell(kernels[0])(data, state[0], state[0])
    second = cell(kernels[1])(first[1], state[1], state[1])
    for found, wanted in zip([c[0], h[0], c[1], h[1]], [*first, *second], strict=True):
        assert found.tolist() == wanted.tolist()
    with pytest.raises(tfpy.ArgumentError, match="2 cells, 1 states"):
        tfpy.multi_rnn_cell([cell(k) for k in kernels], data, state[:1], state)


def test_the_gradient_of_a_step_of_an_lstm(use_backend):
    use_backend("numpy")
    rng = np.random.default_rng(0)
    shapes = [(5, 8), (8,), (2, 3), (2, 2), (2, 2)]
    arguments = [rng.normal(size=s) for s in shapes]
    check_grads(lambda *xs: tfpy.add_n(tfpy.basic_lstm_cell(1.0, *xs)), arguments)


def test_methods_of_tensors():
    x = tfpy.tensor([1.0, 2.0])
    assert x.concat([x, [3.0]]).tolist() == [1, 2, 1, 2, 3]
    assert x.concat(x * 2).tolist() == [1, 2, 2, 4]
    assert x.stack(x * 2, 1).tolist() == [[1, 2], [2, 4]]
    assert x.where([True, False], 9.0).tolist() == [1, 9]
    assert x.cumsum().tolist() == [1, 3]


def test_a_buffer_is_a_copy_that_can_change():
    x = tfpy.tensor([[1, 2], [3, 4]])
    b = x.buffer_sync()
    b.set(9, 1, 0)
    assert (b.get(1, 0), b.size, b.rank, b.shape, b.strides) == (9, 4, 2, (2, 2), (2, 1))
    assert b.to_tensor().tolist() == [[1, 2], [9, 4]]
    assert x.tolist() == [[1, 2], [3, 4]]
    assert [b.loc_to_index(b.index_to_loc(i)) for i in range(4)] == [0, 1, 2, 3]
    assert asyncio.run(x.buffer()).values.tolist() == [1, 2, 3, 4]
    flags = tfpy.buffer((2,), "bool", [True, False])
    flags.set(1, 1)
    assert flags.to_tensor().tolist() == [True, True]
    assert tfpy.buffer((0, 3)).to_tensor().shape == (0, 3)


def test_strings_are_picked_and_put_like_numbers():
    words = tfpy.tensor(["b", "a", "b", "c"])
    assert tfpy.gather(words, [3, 9, 0]).tolist() == ["c", "", "b"]
    assert tfpy.gather_nd(words, [[3], [-1]]).tolist() == ["c", ""]
    assert tfpy.boolean_mask(words, [True, False, False, True]).tolist() == ["b", "c"]
    values, indices, counts = tfpy.unique(words, sorted=True, return_counts=True)
    assert (values.tolist(), indices.tolist(), counts.tolist()) == (
        ["a", "b", "c"],
        [1, 0, 1, 2],
        [1, 2, 1],
    )
    assert tfpy.setdiff1d(words, tfpy.tensor(["b"]))[0].tolist() == ["a", "c"]
    assert tfpy.sparse_to_dense([1], ["x"], (3,)).tolist() == ["", "x", ""]
    assert tfpy.tensor_scatter_nd_update(words, [[0]], "z").tolist() == ["z", "a", "b", "c"]
    buffer = words.buffer_sync()
    buffer.set("q", 2)
    assert buffer.to_tensor().tolist() == ["b", "a", "q", "c"]
    for refused in (tfpy.sort, tfpy.cumsum, tfpy.top_k):
        with pytest.raises(tfpy.DTypeError, match=f"{refused.__name__} does not take string"):
            refused(words)


def test_complex_numbers_are_picked_summed_and_contracted():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(3, 4)) + 1j * rng.normal(size=(3, 4))).astype("complex64")
    t = tfpy.tensor(x)
    found = {
        "cumsum": (tfpy.cumsum(t, 1), np.cumsum(x, 1)),
        "cumprod": (tfpy.cumprod(t, 0), np.cumprod(x, 0)),
        "einsum": (tfpy.einsum("ij,kj->ik", t, t), x @ x.T),
        "trace": (tfpy.einsum("ii", t[:, :3]), np.trace(x[:, :3])),
        "diag": (tfpy.diag(t[0]), np.diag(x[0])),
        "mask": (t[[True, False, True]], x[[0, 2]]),
        "update": (tfpy.tensor_scatter_nd_update(t, [[1]], t[:1]), x[[0, 0, 2]]),
        "add": (tfpy.scatter_nd([[1], [1]], t[:2], (2, 4)), np.stack([0 * x[0], x[0] + x[1]])),
    }
    for name, (got, wanted) in found.items():
        np.testing.assert_allclose(got.numpy(), wanted, 1e-5, 1e-5, err_msg=name)
    with pytest.raises(tfpy.DTypeError, match="argsort does not take complex64"):
        tfpy.argsort(t)
    with pytest.raises(tfpy.DTypeError, match="unique does not take complex64"):
        tfpy.unique(t)


def test_masks_as_indices():
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    t = tfpy.tensor(x)
    whole, rows = x % 5 > 2, np.array([True, False, True])
    np.testing.assert_array_equal(t[whole].numpy(), x[whole])
    np.testing.assert_array_equal(t[tfpy.tensor(x) > 7].numpy(), x[x > 7])
    np.testing.assert_array_equal(t[:, rows].numpy(), x[:, rows])
    np.testing.assert_array_equal(t[1, [True, False, True], ::2].numpy(), x[1, rows, ::2])
    np.testing.assert_array_equal(t[[True, False]].numpy(), x[:1])


def test_coroutines_give_what_blocking_calls_do():
    x, mask = tfpy.tensor([[1.0, 0.0], [0.0, 3.0], [1.0, 0.0]]), tfpy.tensor([True, False, True])
    vector = x.reshape((-1,))
    calls = {
        "argwhere": (x,),
        "nonzero": (x,),
        "boolean_mask": (x, mask),
        "unique": (x, 0),
        "setdiff1d": (vector, vector[:1]),
        "broadcast_args": ([3, 1], [2]),
    }
    for name, arguments in calls.items():
        wanted = getattr(tfpy, name)(*arguments)
        found = asyncio.run(getattr(tfpy, f"{name}_async")(*arguments))
        pairs = [(found, wanted)] if isinstance(found, tfpy.Tensor) else zip(found, wanted)  # noqa: B905
        assert all(a.tolist() == b.tolist() for a, b in pairs), name


def test_tracing_refuses_what_needs_values():
    with pytest.raises(tfpy.TraceError, match="argwhere computes from values"):
        tfpy.function(lambda x: x[x > 0])(tfpy.tensor([1.0, -1.0]))


LISTS = [
    *[([0], [1]), ([0, 1], [2, 0]), ([0, -1], slice(None), [1, -2]), ([[0], [1]], [0, 2, 1])],
    *[
        (slice(None), [0, 2], [1, 3]),
        (0, slice(None), [1, 2]),
        (0, [1, 2]),
        ([1, 0], slice(1, 3), 2),
    ],
    *[(..., [0, 1], [2, 3]), (None, [0, 1], [0, 1]), ([0, 1], None, [0, 1]), ([0, 1], 2, [1, 1])],
    *[
        (slice(None), None, [0, 1], slice(None, None, -2)),
        ([0], [1], [2]),
        ([], [1]),
        ([], slice(2)),
    ],
    *[(slice(None), 1, [[0, 1], [2, 3]]), (np.array([1, 0]), slice(None), np.array([[3], [1]]))],
    *[([True, False], [1, 2]), ([1, 0], [True, False, True]), (0, slice(None), [True] * 4)],
    *[(1, None, [0, 2]), ([[1, 0]], ..., 3), ([1], [0, 1, 2], [3, 2, 1])],
]


@pytest.mark.parametrize("key", LISTS, ids=str)
def test_lists_of_positions_are_numpys(key):
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    found = tfpy.tensor(x)[key]
    np.testing.assert_array_equal(found.numpy(), x[key])
    tensors = tuple(tfpy.tensor(k) if isinstance(k, np.ndarray) else k for k in key)
    assert tfpy.tensor(x)[tensors].tolist() == x[key].tolist()


@pytest.mark.parametrize("key", LISTS, ids=str)
def test_gradients_of_lists_of_positions(key, backend):
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    found = tfpy.grad(lambda x: (x[key] ** 2).sum())(tfpy.tensor(x)).numpy()
    counts = np.zeros_like(x)
    np.add.at(counts, key, 1)
    np.testing.assert_array_equal(found, 2 * x * counts)


def test_lists_of_positions_in_a_plan():
    x = tfpy.tensor(np.arange(24, dtype="float32").reshape(2, 3, 4))
    rows = tfpy.tensor([1, 0])
    planned = tfpy.function(lambda x, rows: x[rows, :, [0, 3]])
    assert planned(x, rows).tolist() == x.numpy()[[1, 0], :, [0, 3]].tolist()


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (([0, 1], [0, 1, 2]), tfpy.ShapeError),
        (([0.5], [1]), tfpy.DTypeError),
        (([0], [1], [2], [0]), tfpy.ShapeError),
        (([True, False, True], [1]), tfpy.ShapeError),
        (([0], ["a"]), tfpy.DTypeError),
        (([0], "a"), tfpy.DTypeError),
        (([0], 9), tfpy.ShapeError),
        (([[0], [0, 1]], [1]), tfpy.TfpyError),
    ],
    ids=str,
)
def test_refused_lists_of_positions(key, error):
    with pytest.raises(error):
        tfpy.ones((2, 3, 4))[key]


@pytest.mark.parametrize(
    "key", ["a", b"a", 1.5, True, 1j, {}, [0.5], ["a"], slice(0, 1.5)], ids=str
)
def test_what_is_no_index_is_refused(key):
    with pytest.raises(tfpy.DTypeError, match=r"ind|slice"):
        tfpy.ones((2, 3))[key]
