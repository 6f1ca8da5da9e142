"""Random numbers: the generator's published vectors, streams and seeds, distributions."""

import numpy as np
import pytest
from scipy import stats

import tfpy
from tests.samples.randomness import threefry
from tfpy.ops.generator import draw_random

#: Key, counter and words of threefry2x32 with 20 rounds, from the known answers of Random123.
VECTORS = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.fixture(params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


@pytest.mark.parametrize(("key", "counter", "words"), VECTORS)
def test_the_generator_gives_the_published_words(key, counter, words, backend):
    assert threefry(key, counter) == words
    state = tfpy.tensor(np.array([*key, *counter], np.uint32).view(np.int32))
    drawn = draw_random(state, (2,), "bits").numpy()
    assert drawn.view(np.uint32).tolist() == list(words)


def test_backends_draw_the_same_words(use_backend):
    drawn = []
    for name in ("numpy", "webgl"):
        use_backend(name)
        drawn.append(tfpy.random_uniform_int((3, 70_001), -(2**31), 2**31, seed=9).numpy())
    assert np.array_equal(*drawn)
    assert len(np.unique(drawn[0])) > 0.9999 * drawn[0].size


# -------------------------------------------------------------------------------- distributions

N = 40_000


@pytest.mark.parametrize(
    ("draw", "distribution"),
    [
        (lambda: tfpy.random_uniform((N,), -2, 6, seed=1), stats.uniform(-2, 8)),
        (lambda: tfpy.random_normal((N,), seed=1), stats.norm()),
        (lambda: tfpy.random_normal((N,), 5, 0.1, seed=2), stats.norm(5, 0.1)),
        (lambda: tfpy.truncated_normal((N,), 1, 3, seed=3), stats.truncnorm(-2, 2, 1, 3)),
        *[
            (lambda a=a: tfpy.random_gamma((N,), a, 2.0, seed=4), stats.gamma(a, scale=0.5))
            for a in (0.1, 0.5, 1.0, 1.5, 20.0, 1e4)
        ],
    ],
)
def test_floats_follow_their_distribution(draw, distribution, backend):
    x = draw().numpy().astype(np.float64)
    assert stats.kstest(x, distribution.cdf).pvalue > 0.001
    error = distribution.std() / np.sqrt(N)
    assert abs(x.mean() - distribution.mean()) < 4 * error
    assert abs(x.std() / distribution.std() - 1) < 0.05


@pytest.mark.parametrize("count", [2, 10, 257])
def test_integers_are_equally_likely(count, backend):
    x = tfpy.random_uniform_int((N,), -3, count - 3, seed=5).numpy()
    assert stats.chisquare(np.bincount(x + 3, minlength=count)).pvalue > 0.001


def test_integers_of_an_uneven_range_are_equally_likely(backend):
    """A remainder of 32 bits would make the lower half twice as likely as the upper."""
    x = tfpy.random_uniform_int((N,), -(2**31), 2**30, seed=6).numpy().astype(np.float64)
    assert stats.kstest(x, stats.uniform(-(2**31), 3 * 2**30).cdf).pvalue > 0.001


def test_classes_are_drawn_with_their_probability(backend):
    p = np.array([0.1, 0.2, 0.0, 0.7], np.float32)
    for x in (
        tfpy.multinomial(np.log(p + 1e-30) * 1.0, N, seed=1),
        tfpy.multinomial(3 * p, N, seed=2, normalized=True),
    ):
        counts = np.bincount(x.numpy(), minlength=4)
        assert counts[2] == 0
        assert stats.chisquare(counts[[0, 1, 3]], N * p[[0, 1, 3]]).pvalue > 0.001


def test_bernoulli_takes_a_probability_for_each_element():
    p = np.array([0.0, 0.25, 1.0], np.float32)
    x = tfpy.random_bernoulli((N, 3), p, dtype="float32", seed=1).numpy().mean(0)
    assert x[0] == 0
    assert abs(x[1] - 0.25) < 0.01
    assert x[2] == 1


def test_the_upper_bound_is_never_drawn(backend):
    """1 + u rounds to 2 for the largest u, and -1e-3 is no float32."""
    for low, high in ((1.0, 2.0), (-1.0, -1e-3), (0.0, 0.1), (-3.0, 0.0), (2.0**24, 2.0**24 + 1)):
        x = tfpy.random_uniform((200_000,), low, high, seed=1).numpy().astype(np.float64)
        assert np.float32(low) <= x.min()
        assert x.max() < high


def test_normal_numbers_reach_far(backend):
    x = np.abs(tfpy.random_normal((1_000_000,), seed=0).numpy())
    assert np.isfinite(x).all()
    assert 150 < (x > 3.7).sum() < 285
    assert x.max() > 4.7


def test_gamma_takes_tensors():
    alpha = np.array([0.5, 2.0, 50.0], np.float32)
    x = tfpy.random_gamma((N, 3), alpha, tfpy.tensor([[1.0, 2.0, 5.0]]), seed=1).numpy()
    np.testing.assert_allclose(x.mean(0), [0.5, 1.0, 10.0], rtol=0.03)
    with pytest.raises(tfpy.ShapeError):
        tfpy.random_gamma((2,), alpha)


# ---------------------------------------------------------------------------- streams and seeds


def test_draws_of_a_stream_differ_and_start_over(backend):
    tfpy.set_seed(7)
    a, b = tfpy.random_uniform((4,)).tolist(), tfpy.random_uniform((4,)).tolist()
    assert a != b
    tfpy.set_seed(7)
    assert [tfpy.random_uniform((4,)).tolist() for _ in range(2)] == [a, b]
    assert tfpy.random_uniform((4,), seed=7).tolist() not in (a, b)


def test_plans_draw_anew_where_eager_draws_do(backend):
    def step(x):
        return tfpy.dropout(x, 0.5), x + tfpy.random_gamma((3,), 2.0), tfpy.shuffle(x)

    x, planned = tfpy.arange(3.0), tfpy.function(step)
    planned(x)
    for run in (step, planned):
        tfpy.set_seed("text")
        first = [y.tolist() for y in (*run(x), *run(x))]
        assert first[1] != first[4]
        if run is step:
            eager = first
    for a, b in zip(eager, first, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_seeds():
    a = tfpy.random_uniform((3,), seed=1).tolist()
    assert tfpy.random_uniform((3,), seed=1 + 2**64).tolist() == a
    assert tfpy.random_uniform((3,), seed=np.int64(1)).tolist() == a
    others = [tfpy.random_uniform((3,), seed=s).tolist() for s in (-1, 2, 2**32 + 1, "1", "2")]
    assert len({tuple(x) for x in [a, *others]}) == 6
    with pytest.raises(tfpy.ArgumentError, match="seed"):
        tfpy.random_uniform((3,), seed=1.5)


def test_permutations(backend):
    x = tfpy.randperm(1000, seed=1).tolist()
    assert sorted(x) == list(range(1000))
    assert x != tfpy.randperm(1000, seed=2).tolist()
    assert tfpy.randperm(0).shape == (0,)
    # All six orders of three, equally often.
    orders = [tuple(tfpy.randperm(3, seed=s).tolist()) for s in range(1200)]
    assert stats.chisquare([orders.count(o) for o in set(orders)]).pvalue > 0.001
    assert len(set(orders)) == 6


def test_shuffle_moves_slices(backend):
    x = tfpy.reshape(tfpy.arange(24.0), (4, 6))
    order = tfpy.randperm(6, seed=3).tolist()
    assert np.array_equal(tfpy.shuffle(x, axis=1, seed=3).numpy(), x.numpy()[:, order])
    g = tfpy.grad(lambda x: (tfpy.shuffle(x, seed=3) * tfpy.arange(4.0)).sum())(tfpy.zeros((4,)))
    assert sorted(g.tolist()) == [0, 1, 2, 3]


def test_rand_calls_the_function_for_each_element():
    values = iter(range(100))
    f = tfpy.function(lambda x: x + tfpy.rand((2, 2), lambda: next(values), "int32"))
    first, second = f(tfpy.zeros((), "int32")), f(tfpy.zeros((), "int32"))
    assert first.tolist() == [[0, 1], [2, 3]]
    assert second.tolist() == [[4, 5], [6, 7]]


def test_dtypes():
    assert tfpy.random_normal((2,), dtype="float64").dtype == "float64"
    assert tfpy.random_gamma((2,), 3.0, dtype="int32").dtype == "int32"
    assert tfpy.random_uniform((2,), dtype="bool").dtype == "bool"


@pytest.mark.parametrize(
    "call",
    [
        lambda: tfpy.random_uniform((-1,)),
        lambda: tfpy.random_uniform((2,), 1.0, 0.0),
        lambda: tfpy.random_uniform((2,), float("nan"), 1.0),
        lambda: tfpy.random_uniform((2,), -3e38, 3e38),
        lambda: tfpy.random_uniform((2,), 0, 5, "bool"),
        lambda: tfpy.random_uniform((2,), 0.5, 5, "int32"),
        lambda: tfpy.random_uniform_int((2,), 5, 5),
        lambda: tfpy.random_uniform_int((2,), 0, 2**31 + 1),
        lambda: tfpy.random_normal((2,), stddev=-1.0),
        lambda: tfpy.random_normal((2,), mean=float("inf")),
        lambda: tfpy.random_normal((2,), dtype="bool"),
        lambda: tfpy.random_uniform((2,), dtype="complex64"),
        lambda: tfpy.random_gamma((2,), 0.0),
        lambda: tfpy.random_gamma((2,), 1.0, -1.0),
        lambda: tfpy.random_bernoulli((2,), 1.5),
        lambda: tfpy.multinomial(tfpy.zeros((2, 2, 2)), 1),
        lambda: tfpy.multinomial(tfpy.zeros((2, 0)), 1),
        lambda: tfpy.multinomial([0.0, 1.0], -1),
        lambda: tfpy.randperm(-1),
        lambda: tfpy.shuffle(tfpy.zeros((2,)), axis=1),
        lambda: tfpy.dropout(tfpy.ones((2,)), 1.0),
        lambda: tfpy.dropout(tfpy.ones((2, 3)), 0.5, noise_shape=(2,)),
        lambda: tfpy.dropout(tfpy.ones((2, 3)), 0.5, noise_shape=(2, 2)),
    ],
)
def test_bad_arguments(call):
    with pytest.raises(tfpy.TfpyError):
        call()


# --------------------------------------------------------------------------------------- streams


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_a_stream_of_ones_own(use_backend, backend):
    use_backend(backend)

    def draws():
        stream = tfpy.SeedGenerator(3)
        return [tfpy.random_uniform((4,), seed=stream).tolist() for _ in range(3)]

    first = draws()
    tfpy.random_uniform((4,))  # somebody else's
    assert draws() == first
    assert len({tuple(x) for x in first}) == 3


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_layers_with_a_seed_draw_anew_at_each_call(use_backend, backend):
    """As Keras's; in a plan too."""
    use_backend(backend)
    x = tfpy.ones((8, 8))

    def draws(wrap):
        layer = tfpy.layers.Dropout(0.5, seed=1)
        call = wrap(lambda x: layer(x, training=True))
        return [call(x).tolist() for _ in range(3)]

    eager = draws(lambda f: f)
    assert eager[0] != eager[1] != eager[2]
    assert draws(lambda f: f) == eager
    assert draws(tfpy.function) == eager
