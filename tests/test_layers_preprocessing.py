"""Layers that prepare data: what they learn and what they draw; values are in test_layers_keras."""

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L
from tfpy.testing import assert_close

RNG = np.random.default_rng(4)
IMAGES = RNG.uniform(0, 255, (64, 6, 8, 3)).astype(np.float32)


@pytest.fixture(params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)


# ------------------------------------------------------------------------------------- learning


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
@pytest.mark.parametrize("parts", [1, 3])
def test_normalization_learns_as_keras(axis, parts, backend):
    # Far from 0: squares would cancel.
    data = (RNG.normal(size=(9, 4, 3)) * [1, 0.1, 10] + 1000).astype(np.float32)
    sizes = (9,) if parts == 1 else (2, 4, 3)
    batches = np.split(data, np.cumsum(sizes)[:-1])
    own, theirs = L.Normalization(axis), keras.layers.Normalization(axis)
    own.adapt(data if parts == 1 else (b for b in batches))
    theirs.adapt(data.astype(np.float64) if parts == 1 else data)
    mean, variance, _ = (np.asarray(w.value) for w in theirs.weights)
    assert_close(own.weights[0].numpy(), mean, 1e-6)
    assert_close(own.weights[1].numpy(), variance, 2e-3)
    assert_close(own(data).numpy().std(), 1.0, 0.05)
    undone = L.Normalization(axis, invert=True)
    undone.adapt(data)
    assert_close(undone(own(data)).numpy(), data, 1e-5)


def test_normalization_takes_batches_with_targets_and_refuses_none():
    layer = L.Normalization()
    layer.adapt([(np.zeros((2, 3)), np.ones(2)), (np.full((2, 3), 2.0), np.ones(2))])
    assert layer.weights[0].tolist() == [1, 1, 1]
    with pytest.raises(tfpy.ArgumentError, match="there is no data"):
        L.Normalization().adapt(iter(()))
    with pytest.raises(tfpy.ArgumentError, match="were given"):
        L.Normalization(mean=0.0, variance=1.0).adapt(np.ones((2, 2)))
    with pytest.raises(tfpy.ArgumentError, match="both or not at all"):
        L.Normalization(mean=0.0)


@pytest.mark.parametrize(("count", "bins"), [(7, 3), (100, 4), (1000, 10), (5000, 7)])
@pytest.mark.parametrize("parts", [1, 4])
def test_discretization_learns_quantiles(count, bins, parts):
    data = RNG.normal(size=count).astype(np.float32)
    layer = L.Discretization(num_bins=bins)
    layer.adapt(data if parts == 1 else np.array_split(data, parts))
    found = layer.bin_boundaries
    assert found == sorted(found)
    assert len(found) == bins - 1
    # Where they lie among the values; merging batches loses a little each time.
    shares = np.searchsorted(np.sort(data), found) / count
    assert abs(shares - np.arange(1, bins) / bins).max() <= 1 / count + 0.01 * parts
    twin = L.Discretization.from_config(layer.get_config())
    assert twin(data).tolist() == layer(data).tolist()


def test_discretization_refuses():
    with pytest.raises(tfpy.ArgumentError, match="adapt it first"):
        L.Discretization(num_bins=3)(np.ones(2))
    with pytest.raises(tfpy.ArgumentError, match="either bin_boundaries or"):
        L.Discretization()
    with pytest.raises(tfpy.ArgumentError, match="were given"):
        L.Discretization([0.0]).adapt(np.ones(3))


def test_categories_that_do_not_exist_and_weights_that_do_not_count():
    assert L.CategoryEncoding(3)([[5, -1, 2]]).tolist() == [[0, 0, 1]]
    with pytest.raises(tfpy.ArgumentError, match='are for output_mode "count"'):
        L.CategoryEncoding(3)([[1]], count_weights=[[1.0]])
    for options in ({}, {"num_tokens": 0}):
        with pytest.raises(tfpy.ArgumentError, match="num_tokens must be a positive int"):
            L.CategoryEncoding(**options)
    with pytest.raises(tfpy.ArgumentError, match="sparse must be False"):
        L.CategoryEncoding(2, sparse=True)


# --------------------------------------------------------------------------------- vocabularies
# The examples of Keras's documentation, and what its source says of the rest.


def lookup(layer, data):
    return layer(tfpy.tensor(data)).tolist()


def test_string_lookup():
    data = [["a", "c", "d"], ["d", "z", "b"]]
    layer = L.StringLookup(vocabulary=["a", "b", "c", "d"])
    assert lookup(layer, data) == [[1, 3, 4], [4, 0, 2]]
    assert layer.get_vocabulary() == ["[UNK]", "a", "b", "c", "d"]
    masked = L.StringLookup(vocabulary=["a", "b", "c", "d"], mask_token="")
    assert lookup(masked, [["a", "", "z"]]) == [[2, 0, 1]]
    assert masked.get_vocabulary(include_special_tokens=False) == ["a", "b", "c", "d"]
    several = lookup(L.StringLookup(vocabulary=["a"], num_oov_indices=3), data)
    assert several[0][0] == 3
    assert {v for row in several for v in row} <= {0, 1, 2, 3}
    back = L.StringLookup(vocabulary=["a", "b"], invert=True)
    assert lookup(back, [[1, 2, 0, 9, -1]]) == [["a", "b", "[UNK]", "[UNK]", "[UNK]"]]


def test_string_lookup_learns(backend):
    layer = L.StringLookup()
    layer.adapt([["a", "c", "d"], ["d", "z", "b"]])
    assert layer.get_vocabulary() == ["[UNK]", "d", "z", "c", "b", "a"]
    small = L.StringLookup(max_tokens=3)
    small.adapt(tfpy.tensor(batch) for batch in (["x", "y", "y"], ["y", "z", "x"]))
    assert small.get_vocabulary() == ["[UNK]", "y", "x"]
    twin = L.StringLookup.from_config(small.get_config())
    assert lookup(twin, ["y", "q"]) == [1, 0]


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("multi_hot", [[0, 1, 0, 1, 1], [1, 0, 1, 0, 1]]),
        ("count", [[0, 1, 0, 1, 2], [2, 0, 1, 0, 1]]),
        ("tf_idf", [[0, 0.25, 0, 0.6, 0.8], [1, 0, 0.75, 0, 0.4]]),
    ],
)
def test_encoded_words(mode, wanted):
    weights = {"idf_weights": [0.25, 0.75, 0.6, 0.4]} if mode == "tf_idf" else {}
    layer = L.StringLookup(vocabulary=["a", "b", "c", "d"], output_mode=mode, **weights)
    got = lookup(layer, [["a", "c", "d", "d"], ["d", "z", "b", "z"]])
    assert_close(np.array(got), np.array(wanted), 1e-6)
    assert layer(L.Input((4,), dtype="string")).shape == (None, 5)
    wide = L.StringLookup(
        vocabulary=["a"], output_mode="multi_hot", pad_to_max_tokens=True, max_tokens=4
    )
    assert lookup(wide, [["a"]]) == [[0, 1, 0, 0]]


def test_integer_lookup(backend):
    layer = L.IntegerLookup(vocabulary=[12, 36, 1138, 42])
    assert lookup(layer, [[12, 1138, 42], [42, 1000, 36]]) == [[1, 3, 4], [4, 0, 2]]
    masked = L.IntegerLookup(vocabulary=[12, 36], mask_token=0, num_oov_indices=2)
    assert lookup(masked, [12, 0, 37, 100]) == [3, 0, 2, 1]
    assert lookup(L.IntegerLookup(vocabulary=[5], num_oov_indices=0), [5, 6]) == [0, -1]
    back = L.IntegerLookup(vocabulary=[12, 36], invert=True)
    assert lookup(back, [1, 2, 0, 9]) == [12, 36, -1, -1]
    learned = L.IntegerLookup()
    learned.adapt([[42, 1138, 42], [7, 7, 42]])
    assert learned.get_vocabulary() == [-1, 42, 7, 1138]
    planned = tfpy.function(layer.__call__)
    assert planned(tfpy.tensor([[36, 5]])).tolist() == [[2, 0]]


def test_text_vectorization(backend):
    layer = L.TextVectorization(max_tokens=5000, output_sequence_length=4)
    layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    assert layer.get_vocabulary() == ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]
    assert lookup(layer, [["foo qux bar"], ["qux baz"]]) == [[4, 1, 3, 0], [1, 2, 0, 0]]
    assert layer(L.Input((1,), dtype="string")).shape == (None, 4)
    words = ["earth", "wind", "and", "fire"]
    layer = L.TextVectorization(vocabulary=words)
    assert lookup(layer, ["Wind, and: FIRE!", "earth"]) == [[3, 4, 5], [2, 0, 0]]
    counts = L.TextVectorization(vocabulary=["a", "a b"], ngrams=2, output_mode="count")
    assert lookup(counts, ["a b a", ""]) == [[2, 2, 1], [0, 0, 0]]
    letters = L.TextVectorization(vocabulary=["a", "B"], standardize=None, split="character")
    assert lookup(letters, ["aB", "b"]) == [[2, 3], [1, 0]]
    rare = L.TextVectorization(output_mode="tf_idf")
    rare.adapt(["a a b", "a", "a c"])
    weights = [np.log(1 + 3 / 4), np.log(1 + 3 / 2), np.log(1 + 3 / 2)]
    assert_close(rare(["a c a x"]).numpy()[0], [np.mean(weights), 2 * weights[0], weights[1], 0])
    twin = L.TextVectorization.from_config(rare.get_config())
    assert lookup(twin, ["a c"]) == lookup(rare, ["a c"])


def test_hashing():
    layer = L.Hashing(3)
    # Keras's examples.
    assert lookup(layer, [["A"], ["B"], ["C"], ["D"], ["E"]]) == [[1], [0], [1], [1], [2]]
    masked = L.Hashing(3, mask_value="")
    assert lookup(masked, [["A"], ["B"], [""], ["C"], ["D"]]) == [[1], [1], [0], [2], [2]]
    assert lookup(layer, [7, 7]) == lookup(layer, ["7", "7"])
    with pytest.raises(tfpy.ArgumentError, match="neither salt nor sparse"):
        L.Hashing(3, salt=133)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: L.StringLookup()(["a"]), "has no vocabulary yet"),
        (lambda: L.StringLookup(vocabulary=["a", "a"]), "a word twice"),
        (lambda: L.StringLookup(vocabulary=["a", "b"], max_tokens=2), "3 words, max_tokens is 2"),
        (lambda: L.StringLookup(output_mode="tf"), "output_mode must be one of"),
        (lambda: L.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "a weight for each word"),
        (lambda: L.StringLookup(encoding="latin-1"), "is not here, only 'utf-8'"),
        (lambda: L.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), "'b' is not in the"),
        (lambda: L.StringLookup(vocabulary=["a"])([1]), "looks up strings, not int32"),
        (lambda: L.StringLookup(invert=True, output_mode="count"), "invert is for output_mode"),
        (lambda: L.TextVectorization(split="lines"), "split must be one of"),
        (lambda: L.TextVectorization(vocabulary=["a"])([["a", "b"]]), r"of shape \(1, 2\)"),
    ],
)
def test_vocabularies_refuse(call, message):
    with pytest.raises(tfpy.TfpyError, match=message):
        call()


# -------------------------------------------------------------------------------------- drawing


def test_flips_some_images_whole(backend):
    layer = L.RandomFlip("horizontal", seed=3)
    y = layer(IMAGES).numpy()
    flipped = [bool((a == b[:, ::-1]).all()) for a, b in zip(y, IMAGES, strict=True)]
    kept = [bool((a == b).all()) for a, b in zip(y, IMAGES, strict=True)]
    assert [not k for k in kept] == flipped
    assert 16 < sum(flipped) < 48
    assert (layer(IMAGES).numpy() != y).any(), "others at each call"
    again = L.RandomFlip("horizontal", seed=3)
    np.testing.assert_array_equal(again(IMAGES).numpy(), y)
    np.testing.assert_array_equal(layer(IMAGES, training=False).numpy(), IMAGES)


@pytest.mark.parametrize(
    ("layer", "low", "high"),
    [
        (L.RandomBrightness(0.2, (-1e3, 1e3)), -400, 400),
        (L.RandomBrightness((0.1, 0.2), (-1e3, 1e3)), 200, 400),
    ],
)
def test_each_image_gets_its_own_brightness(layer, low, high):
    added = (layer(IMAGES).numpy() - IMAGES).mean((1, 2, 3))
    assert low <= added.min() < low + 0.2 * (high - low)
    assert high - 0.2 * (high - low) < added.max() <= high


def test_contrast_of_one_factor_goes_both_ways():
    """Keras draws from [1, 1 + factor], its documentation says [1 - factor, 1 + factor]."""
    y = L.RandomContrast(0.5, (-1e4, 1e4))(IMAGES).numpy()
    share = y.std((1, 2, 3)) / IMAGES.std((1, 2, 3))
    assert 0.5 <= share.min() < 0.7
    assert 1.3 < share.max() <= 1.5


def test_drawn_without_a_seed_they_differ_from_run_to_run_of_a_plan(backend):
    layer = L.RandomRotation(0.5)
    run = tfpy.function(lambda x: layer(x, training=True))
    first, second = run(tfpy.tensor(IMAGES)).numpy(), run(tfpy.tensor(IMAGES)).numpy()
    assert len(run.plans) == 1
    assert (first != second).any()


def test_random_crop(backend):
    rows = np.arange(48, dtype=np.float32).reshape(1, 6, 8, 1)
    layer, corners = L.RandomCrop(2, 3), set()
    for _ in range(60):
        y = layer(rows).numpy()[0, :, :, 0]
        assert y.shape == (2, 3)
        np.testing.assert_array_equal(y - y[0, 0], [[0, 1, 2], [8, 9, 10]])
        corners.add(int(y[0, 0]))
    assert {c // 8 for c in corners} == set(range(5))
    assert {c % 8 for c in corners} == set(range(6))
    assert layer(IMAGES, training=False).shape == (64, 2, 3, 3)
    assert L.RandomCrop(9, 4)(IMAGES).shape == (64, 9, 4, 3)
    first = L.RandomCrop(2, 3, data_format="channels_first")
    assert first(IMAGES[:2].transpose(0, 3, 1, 2)).shape == (2, 3, 2, 3)
    planned = tfpy.function(lambda x: layer(x, training=True))
    assert planned(tfpy.tensor(rows)).shape == (1, 2, 3, 1)


def test_random_width():
    layer = L.RandomWidth((-0.5, 0.5))
    widths = {layer(IMAGES[:1]).shape[2] for _ in range(80)}
    assert min(widths) == 4
    assert max(widths) in (11, 12)
    assert layer(IMAGES, training=False).shape == IMAGES.shape
    assert layer(L.Input((6, 8, 3))).shape == (None, 6, None, 3)
    assert L.RandomWidth.from_config(layer.get_config()).factor == [-0.5, 0.5]


def test_predict_changes_nothing():
    model = tfpy.Sequential([L.Input((6, 8, 3)), L.RandomFlip(), L.RandomZoom(0.5)])
    np.testing.assert_array_equal(model.predict(IMAGES[:4]).numpy(), IMAGES[:4])
    assert (model(IMAGES[:4], training=True).numpy() != IMAGES[:4]).any()


def test_what_a_call_was_drawn_with_comes_before_the_models_training():
    x = L.Input((4,))
    model = tfpy.Model(x, L.Dropout(0.5)(L.Dropout(0.9)(x, training=False), training=True))
    y = model.predict(np.ones((50, 4), np.float32)).numpy()
    assert set(np.unique(y)) == {0.0, 2.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.Resizing(0, 4), "Resizing: no images of 0 x 4"),
        (lambda: L.Resizing(4, 4, "bicubic"), "interpolation must be one of bilinear, nearest"),
        (lambda: L.Resizing(4, 4, antialias=True), "there is no antialias"),
        (lambda: L.Resizing(4, 4, fill_mode="wrap"), "fill_mode must be one of constant"),
        (lambda: L.RandomFlip("both"), "mode must be one of horizontal"),
        (lambda: L.RandomRotation(2.0), "factor"),
        (lambda: L.RandomRotation("a"), "factor"),
        (lambda: L.RandomZoom(0.1, fill_mode="mirror"), "fill_mode must be one of reflect"),
        (lambda: L.RandomBrightness(0.1, (1, 1)), "value_range must be"),
        (lambda: L.RandomContrast((0.1, float("nan"))), "factor"),
        (lambda: L.RandomTranslation(0.1, (0.1, 0.2, 0.3)), "width_factor"),
    ],
)
def test_arguments_that_do_not_fit(make, message):
    with pytest.raises(tfpy.ArgumentError, match=message):
        make()


# --------------------------------------------------------------------------------------- others


def test_lambda(backend):
    layer = L.Lambda(lambda x, by: tfpy.concat([x, x], -1) * by, arguments={"by": 2.0})
    assert layer([[1.0, 3.0]]).tolist() == [[2, 6, 2, 6]]
    x = L.Input((None, 3))
    assert layer(x).shape == (None, None, 6)
    assert L.Lambda(lambda x: tfpy.sum(x, 1))(x).shape == (None, 3)
    assert L.Lambda(lambda x: x, output_shape=(4, 5))(x).shape == (None, 4, 5)
    assert L.Lambda(lambda x: x, output_shape=lambda s: s[:1])(x).shape == (None,)
    both = L.Lambda(lambda xs: xs[0] + xs[1])([x, x])
    model = tfpy.Model(x, both)
    assert model.predict(np.ones((1, 2, 3), np.float32)).tolist() == np.full((1, 2, 3), 2).tolist()
    with pytest.raises(tfpy.UnsupportedError, match="cannot be saved"):
        layer.get_config()


def test_alpha_dropout_keeps_mean_and_variance(backend):
    x = tfpy.random_normal((400, 100), seed=1)
    y = L.AlphaDropout(0.3, seed=2)(x, training=True).numpy()
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02
    values, counts = np.unique(y.round(4), return_counts=True)
    assert abs(counts.max() / y.size - 0.3) < 0.01
    assert values[counts.argmax()] < -0.5


def test_attention_refuses():
    x = tfpy.ones((1, 3, 4))
    with pytest.raises(tfpy.ArgumentError, match="takes a query and a value"):
        L.MultiHeadAttention(2, 4)(x)
    with pytest.raises(tfpy.ArgumentError, match=r"takes \[query, value\]"):
        L.Attention()(x)
    with pytest.raises(tfpy.ArgumentError, match="num_heads must be a positive int"):
        L.MultiHeadAttention(0, 4)
    with pytest.raises(tfpy.ArgumentError, match="dropout must be in"):
        L.Attention(dropout=1.0)
    with pytest.raises(tfpy.ArgumentError, match="is none of"):
        L.EinsumDense("ab->a", 3)
    with pytest.raises(tfpy.ArgumentError, match="does not say how large"):
        L.EinsumDense("ab,bc->ac", 3, bias_axes="d")
    with pytest.raises(tfpy.ShapeError, match="does not fit an input"):
        L.EinsumDense("ab,bc->ac", 3)(L.Input((3, 4)))


def test_attention_in_a_model(backend):
    """Drawn, planned, described and made again."""
    x = L.Input((5, 8))
    y, weights = L.MultiHeadAttention(2, 4)(x, x, return_attention_scores=True)
    assert weights.shape == (None, 2, 5, 5)
    model = tfpy.Model(x, [L.GroupNormalization(2)(y), weights])
    twin = tfpy.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    data = RNG.normal(size=(3, 5, 8)).astype(np.float32)
    for a, b in zip(model.predict(data), twin.predict(data), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert len({v.name for v in model.weights}) == len(model.weights)


def test_masked_attention_is_attention_to_what_is_left(backend):
    layer, x = L.MultiHeadAttention(2, 4), tfpy.random_normal((1, 6, 8), seed=1)
    counts = np.array([[1, 1, 1, 1, 0, 0]], bool)
    masked = layer(x, x, value_mask=counts)
    assert_close(masked.numpy(), layer(x, x[:, :4]).numpy(), 1e-4, 1e-5)
    unseen = layer(x, x, query_mask=counts)
    assert_close(unseen[:, :4].numpy(), layer(x[:, :4], x).numpy(), 1e-4, 1e-5)
