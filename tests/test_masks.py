"""Masks: who makes them, passes them on, stops them and heeds them."""

import warnings

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L
from tfpy.masks import mask_of

IDS = np.array([[3, 1, 0, 2], [4, 0, 0, 0]], np.int32)
STEPS = IDS != 0
X = np.random.default_rng(5).normal(size=(2, 4, 3)).astype(np.float32)


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    use_backend(request.param)


class Seen(L.Layer):
    """Notes the masks that it is called with."""

    def __init__(self, **options):
        super().__init__(**options)
        self.masks = []

    def call(self, inputs, mask=None):
        self.masks.append(mask)
        return inputs * 1.0

    def compute_mask(self, inputs, previous_mask=None):
        return previous_mask


def masked(values=X, mask=STEPS):
    x = tfpy.tensor(values)
    tfpy.masks.set_mask(x, tfpy.tensor(mask))
    return x


def same(mask, want):
    np.testing.assert_array_equal(mask.numpy(), want)


def test_embedding_and_masking_make_masks():
    same(mask_of(L.Embedding(5, 2, mask_zero=True)(tfpy.tensor(IDS))), STEPS)
    assert mask_of(L.Embedding(5, 2)(tfpy.tensor(IDS))) is None
    x = np.where(STEPS[..., None], X, 7.0).astype(np.float32)
    y = L.Masking(7.0)(x)
    same(mask_of(y), STEPS)
    same(y, np.where(STEPS[..., None], X, 0))


PASSING = [
    *(L.Dense(2), L.Activation("relu"), L.Activation("linear"), L.Dropout(0.5), L.ReLU()),
    *(L.BatchNormalization(), L.LayerNormalization(), L.Softmax(), L.Rescaling(2.0)),
]


@pytest.mark.parametrize("layer", PASSING, ids=lambda layer: layer.name)
def test_masks_pass(layer):
    x = masked()
    same(mask_of(layer(x)), STEPS)
    plain = tfpy.tensor(X)
    same(
        mask_of(layer(plain, mask=tfpy.tensor(STEPS)) if "mask" in layer._takes else layer(x)),
        STEPS,
    )
    assert mask_of(plain) is None


def test_masks_stop_with_a_word():
    with pytest.warns(UserWarning, match="flatten.* does not support masks"):
        assert mask_of(L.Flatten()(masked())) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        L.Flatten()(tfpy.tensor(X))


def test_a_layer_that_returns_its_input_does_not_mask_it():
    class Half(L.Layer):
        def call(self, inputs):
            return inputs

        def compute_mask(self, inputs, previous_mask=None):
            return tfpy.tensor(STEPS)

    x = tfpy.tensor(X)
    same(mask_of(Half()(x)), STEPS)
    assert mask_of(x) is None


def test_merging():
    other = np.array([[True, False, True, False]] * 2)
    two = [masked(), masked(2 * X, other)]
    for layer in (L.Add(), L.Average(), L.Maximum()):
        same(mask_of(layer(two)), STEPS | other)
        assert mask_of(layer([two[0], tfpy.tensor(X)])) is None
    same(mask_of(L.Concatenate()(two)), STEPS | other)
    same(mask_of(L.Concatenate(axis=1)(two)), np.concatenate([STEPS, other], 1))
    same(
        mask_of(L.Concatenate(axis=1)([two[0], tfpy.tensor(X)])), [[*a, *[True] * 4] for a in STEPS]
    )
    assert mask_of(L.Dot(2)(two)) is None


def test_the_mean_of_steps_that_count():
    y = L.GlobalAveragePooling1D()(masked())
    np.testing.assert_allclose(y.numpy()[0], X[0, STEPS[0]].mean(0), rtol=1e-5)
    assert mask_of(y) is None
    assert not L.GlobalAveragePooling1D()(masked(mask=~STEPS & STEPS)).numpy().any()


def test_attention_heeds_the_masks_that_its_inputs_carry():
    other = np.array([[True, True, False, True], [True, False, False, True]])
    query, value = masked(), masked(2 * X, other)
    given = [tfpy.tensor(m) for m in (STEPS, other)]
    plain = [tfpy.tensor(X), tfpy.tensor(2 * X)]
    layer = L.Attention()
    same(layer([query, value]), layer(plain, mask=given).numpy())
    same(mask_of(layer([query, value, value])), STEPS)
    layer = L.MultiHeadAttention(2, 2)
    want = layer(*plain, query_mask=given[0], value_mask=given[1])
    same(layer(query, value), want.numpy())
    same(mask_of(layer(query, value)), STEPS)


def test_softmax_of_what_a_mask_leaves():
    mask = np.array([True, False, True])
    y = L.Softmax()(tfpy.tensor(X), mask=tfpy.tensor(mask)).numpy()
    e = np.exp(X) * mask
    np.testing.assert_allclose(y, e / e.sum(-1, keepdims=True), rtol=2e-5)
    assert not L.Softmax()(tfpy.tensor(X), mask=tfpy.tensor([False] * 3)).numpy().any()
    with pytest.raises(tfpy.ShapeError, match="softmax"):
        L.Softmax()(tfpy.tensor(X), mask=tfpy.tensor([True] * 5))


@pytest.mark.parametrize("made", [list, tuple])
def test_lists_and_tuples_of_inputs(made):
    same(L.Add()(made([X, tfpy.tensor(X)])), X + X)


def sequence():
    seen = Seen()
    x = L.Input((4,), dtype="int32")
    y = L.Dense(2)(seen(L.Dropout(0.1)(L.Embedding(5, 3, mask_zero=True)(x))))
    return tfpy.Model(x, y), seen


def test_functional_models_carry_masks():
    model, seen = sequence()
    y = model(tfpy.tensor(IDS))
    same(seen.masks[-1], STEPS)
    same(mask_of(y), STEPS)
    model(tfpy.tensor(IDS), training=True)
    same(seen.masks[-1], STEPS)


def test_plans_carry_masks_and_see_other_ids():
    row = [L.Input((4,), dtype="int32"), L.Embedding(5, 3, mask_zero=True), L.Dense(2)]
    model = tfpy.Sequential(row)
    for ids in (IDS, IDS, IDS[::-1].copy()):
        same(mask_of(model(tfpy.tensor(ids))), ids != 0)
    assert len(model.graph.plans.plans) == 1
    outer = tfpy.Sequential([L.Input((4,), dtype="int32"), model, L.Activation("tanh")])
    same(mask_of(outer(tfpy.tensor(IDS))), STEPS)
    same(mask_of(tfpy.Sequential([L.Input((4, 3)), L.Dense(2)])(masked())), STEPS)


def test_masks_inside_functions_and_tapes():
    layer, head = L.Embedding(5, 3, mask_zero=True), L.Dense(1)

    def total(ids):
        y = head(layer(ids))
        return tfpy.sum(y * tfpy.expand_dims(tfpy.cast(mask_of(y), "float32"), -1))

    ids = tfpy.tensor(IDS)
    np.testing.assert_allclose(float(tfpy.function(total)(ids)), float(total(ids)), rtol=1e-5)
    with tfpy.GradientTape() as tape:
        value = total(ids)
    assert not tape.gradient(value, layer.embeddings).numpy()[0].any()


def test_losses_leave_out_what_is_masked():
    t = np.ones((2, 4, 3), np.float32)
    each = ((t - X) ** 2).mean(-1)
    weights = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], np.float32)
    kept = {r: tfpy.losses.MeanSquaredError(reduction=r) for r in ("sum", "mean", "none")}
    x = masked()
    np.testing.assert_allclose(float(kept["mean"](t, x)), each[STEPS].mean(), rtol=1e-5)
    np.testing.assert_allclose(float(kept["sum"](t, x)), each[STEPS].sum(), rtol=1e-5)
    np.testing.assert_allclose(kept["none"](t, x).numpy(), each * STEPS, rtol=1e-5)
    weighed = float(kept["mean"](t, x, weights))
    np.testing.assert_allclose(weighed, (each * weights)[STEPS].mean(), rtol=1e-5)
    by_sample = float(kept["mean"](t, x, np.array([[1.0], [3.0]], np.float32)))
    np.testing.assert_allclose(by_sample, (each * [[1.0], [3.0]])[STEPS].mean(), rtol=1e-5)
    nothing = masked(mask=np.zeros((2, 4), bool))
    assert float(kept["mean"](t, nothing)) == 0


# ------------------------------------------------------------------ several tensor arguments


class Weighing(L.Layer):
    """A layer with several tensor arguments; `build` and `compute_output_shape` ask for both."""

    def build(self, inputs_shape, other_shape=None):
        self.w = self.add_weight((inputs_shape[-1], other_shape[-1]), name="w")

    def call(self, inputs, other=None, scale=1.0, other_mask=None):
        self.seen = other_mask
        return tfpy.matmul(inputs, self.w) * other * scale

    def compute_output_shape(self, inputs_shape, other_shape=None):
        return (*inputs_shape[:-1], other_shape[-1])


def test_several_tensor_arguments():
    layer = Weighing()
    a, b = L.Input((4, 3)), L.Input((4, 2))
    y = layer(a, b, scale=3.0)
    assert y.shape == (None, 4, 2)
    model = tfpy.Model([a, b], [y, layer(a, other=b)])
    z = tfpy.tensor(X[..., :2])
    big, small = model([tfpy.tensor(X), masked(X[..., :2])])
    np.testing.assert_allclose(small.numpy(), (X @ layer.w.numpy()) * z.numpy(), rtol=1e-5)
    np.testing.assert_allclose(big.numpy(), 3 * small.numpy(), rtol=1e-5)
    same(layer.seen, STEPS)
    twin = tfpy.Model.from_config(model.get_config(), {"Weighing": Weighing})
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin([X, z])[0].numpy(), big.numpy())
    with pytest.raises(tfpy.ArgumentError, match="takes inputs, other, scale, other_mask, not 5"):
        layer(z, z, 1.0, None, 5)
    with pytest.raises(tfpy.ArgumentError, match=r"dense.* takes inputs, not mask"):
        L.Dense(2)(z, mask=tfpy.tensor(STEPS))


def test_masks_given_in_a_model():
    x, counts = L.Input((4, 3)), L.Input((4,), dtype="bool")
    seen = Seen()
    model = tfpy.Model([x, counts], L.Dense(1)(seen(x, mask=counts)))
    same(mask_of(model([tfpy.tensor(X), tfpy.tensor(STEPS)])), STEPS)
    same(seen.masks[-1], STEPS)
    twin = tfpy.Model.from_config(model.get_config(), {"Seen": Seen})
    same(mask_of(twin([tfpy.tensor(X), tfpy.tensor(STEPS)])), STEPS)


def masked_pair(layers, Model, Input):
    """Two outputs for each step of a padded text, and one for all of it."""
    x = Input((4,))
    h = layers.GRU(3, return_sequences=True)(layers.Embedding(7, 3, mask_zero=True)(x))
    number = layers.Dense(1, name="number")(h)
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    return Model(x, [number, kind])


WORDS = np.array([[1, 2, 0, 0], [3, 4, 5, 6], [6, 0, 0, 0], [2, 2, 5, 0]], np.int32)


@pytest.mark.parametrize("weights", [None, "samples", "steps"])
@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_losses_and_metrics_leave_out_what_masks_exclude_as_in_keras(weights, objects):
    rng = np.random.default_rng(8)
    labels = [rng.normal(size=(4, 4, 1)).astype("float32"), rng.integers(0, 3, (4, 4))]
    # Keras can only multiply a mask with weights of its shape, or with an axis for the steps.
    shape = {"samples": (4, 1), "steps": (4, 4)}.get(weights)
    weight = None if shape is None else rng.uniform(0.5, 2, shape).astype("float32")
    found = []
    ours = masked_pair(tfpy.layers, tfpy.Model, tfpy.Input)
    theirs = masked_pair(keras.layers, keras.Model, keras.Input)
    theirs.set_weights(ours.get_weights())
    for kind, model in ((tfpy, ours), (keras, theirs)):
        losses = ["mse", "sparse_categorical_crossentropy"]
        if objects:
            losses = [kind.losses.MeanSquaredError(), kind.losses.SparseCategoricalCrossentropy()]
        metrics = [["mae"], ["accuracy", "sparse_categorical_crossentropy"]]
        model.compile("sgd", losses, metrics=metrics, weighted_metrics=[["mse"], []])
        given = None if weight is None else [weight, weight]
        options = {"sample_weight": given, "batch_size": 4, "verbose": 0}
        # Keras's metrics in training lose the mask, if it computes with JAX; its losses do not.
        history = model.fit(WORDS, labels, epochs=2, **options).history
        found.append({k: v for k, v in history.items() if k.endswith("loss")})
        judged = model.evaluate(WORDS, labels, return_dict=True, **options)
        found[-1] |= {f"val_{k}": v for k, v in judged.items()}
    assert set(found[0]) == set(found[1])
    for name, values in found[1].items():
        np.testing.assert_allclose(found[0][name], values, rtol=1e-4, err_msg=name)
