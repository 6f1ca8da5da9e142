"""Layers in training, their weights, names and refusals; values are in test_layers_keras.py."""

import asyncio
import math

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L

RNG = np.random.default_rng(7)


def image(*shape):
    return RNG.normal(size=shape).astype(np.float32)


X = image(2, 5, 6, 3)


def randomized(layer):
    """Weights that a bug could not hide behind: neither 0 nor 1, variances positive."""
    for variable in layer.weights:
        variable.assign(tfpy.random_uniform(variable.shape, 0.2, 1.2, variable.dtype, seed=3))


def test_thresholded_relu():
    """Keras 3 has dropped it, TF.js has it."""
    layer = L.ThresholdedReLU(0.5)
    np.testing.assert_array_equal(layer(tfpy.tensor(X)).numpy(), np.where(X > 0.5, X, 0))
    assert L.ThresholdedReLU.from_config(layer.get_config()).theta == 0.5


def test_conv2d_transpose_inverts_the_shape_of_conv2d():
    for padding in ("valid", "same"):
        small = L.Conv2D(2, 3, 2, padding)(tfpy.zeros((1, 9, 9, 3)))
        assert L.Conv2DTranspose(3, 3, 2, padding)(small).shape[1] in (9, 10)


# ------------------------------------------------------------------------------------ training


def test_batch_normalization_in_training():
    layer = L.BatchNormalization(momentum=0.9)
    y = layer(tfpy.tensor(X), training=True).numpy()
    mean, var = X.mean((0, 1, 2)), X.var((0, 1, 2))
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(var + 1e-3), atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.1 * mean, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.9 + 0.1 * var, atol=1e-6)
    layer.trainable = False
    before = layer.moving_mean.numpy()
    layer(tfpy.tensor(X), training=True)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), before)


def test_dropout_in_training():
    x = tfpy.ones((200, 50))
    y = L.Dropout(0.25, seed=1)(x, training=True).numpy()
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.03
    assert L.Dropout(1.0)(x, training=True).numpy().sum() == 0
    channels = L.SpatialDropout2D(0.5, seed=1)(tfpy.ones((2, 3, 3, 8)), training=True).numpy()
    assert (channels == channels[:, :1, :1]).all()


def test_gradients_of_a_small_network_by_finite_differences():
    """float64 on NumPy: every weight of conv, batch norm, pool and dense, in training mode."""
    make = {"dtype": "float64"}
    model = tfpy.Sequential(
        [
            L.Input((6, 6, 2), dtype="float64"),
            L.Conv2D(3, 3, activation="tanh", **make),
            L.BatchNormalization(**make),
            L.DepthwiseConv2D(2, **make),
            L.AveragePooling2D(2, strides=1),
            L.MaxPooling2D(2, strides=1),
            L.Flatten(),
            L.Dense(3, activation="softmax", **make),
        ]
    )
    randomized(model)
    x = tfpy.tensor(RNG.normal(size=(2, 6, 6, 2)), dtype="float64")
    target = tfpy.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype="float64")

    def loss():
        return -tfpy.sum(target * tfpy.log(model(x, training=True)))

    _, grads = tfpy.variable_grads(loss)
    assert set(grads) == {v.name for v in model.trainable_weights}
    for variable in model.trainable_weights:
        direction = tfpy.random_normal(variable.shape, dtype="float64", seed=5)
        value, step = variable.value, 1e-6
        variable.assign(value + direction * step)
        above = loss().item()
        variable.assign(value - direction * step)
        below = loss().item()
        variable.assign(value)
        slope = tfpy.sum(grads[variable.name] * direction).item()
        assert math.isclose((above - below) / (2 * step), slope, rel_tol=1e-6, abs_tol=1e-8)


# ---------------------------------------------------------------------------------------- base


def test_names_are_made_unique_as_in_keras():
    L.clear_session()
    names = [L.Conv2D(1, 1).name, L.Conv2D(1, 1).name, L.MaxPooling2D().name, L.ReLU().name]
    assert names == ["conv2d", "conv2d_1", "max_pooling2d", "re_lu"]


def test_unknown_arguments_are_refused():
    with pytest.raises(tfpy.ArgumentError, match="Dense has no argument unit"):
        L.Dense(3, unit=4)
    refused = 0
    for name, make in L.CLASSES.items():
        try:
            make()
        except (tfpy.ArgumentError, TypeError):
            continue  # needs arguments
        with pytest.raises(tfpy.ArgumentError, match=f"{name} has no argument kernal_regularizer"):
            make(kernal_regularizer="l2")
        refused += 1
    assert refused > 40
    with pytest.raises(tfpy.ArgumentError, match="kernal_regularizer; did you mean kernel_reg"):
        L.Dense(3, kernal_regularizer="l2")
    with pytest.raises(tfpy.ArgumentError, match="did you mean padding, strides"):
        L.Conv2D(3, 3, paddding="same", stride=2)
    with pytest.raises(tfpy.ArgumentError, match="unknown activation 'rellu'; there are"):
        L.Dense(3, activation="rellu")


def test_freezing():
    layer = L.BatchNormalization()
    layer(tfpy.ones((2, 3)))
    assert [v.name.split("/")[1] for v in layer.weights] == [
        *("gamma", "beta", "moving_mean", "moving_variance"),
    ]
    assert len(layer.trainable_weights) == 2
    layer.trainable = False
    assert layer.trainable_weights == []
    layer.trainable = True
    assert len(layer.trainable_weights) == 2


def test_set_weights_is_all_or_nothing():
    layer = L.Dense(2)
    layer(tfpy.ones((1, 3)))
    before = layer.get_weights()
    with pytest.raises(tfpy.ShapeError, match="bias"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(5)])
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])
    with pytest.raises(tfpy.ArgumentError, match="2 weights, 1 values"):
        layer.set_weights([np.zeros((3, 2))])


def test_a_layer_of_ones_own():
    class Scale(L.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

        def call(self, inputs):
            return inputs * self.factor * 2.0

    model = tfpy.Sequential([L.Input((3,)), Scale()])
    assert model.predict([[1.0, 2.0, 3.0]]).tolist() == [[2.0, 4.0, 6.0]]
    assert model.count_params() == 3


def test_weights_are_added_as_in_keras(tmp_path):
    def with_weights(layers):
        class Several(layers.Layer):
            def build(self, input_shape):
                self.w = self.add_weight(shape=(3, 2), initializer="ones", trainable=True)
                self.second = self.add_weight((2,), "zeros", "float32", name="second")
                self.scalar = self.add_weight(aggregation="mean", autocast=False)
                self.count = self.add_weight((2,), dtype="int32", trainable=False)

            def call(self, x):
                return x @ self.w

        return Several(name="several")

    own, theirs = with_weights(L), with_weights(keras.layers)
    want = theirs(np.ones((1, 3), "float32"))
    np.testing.assert_array_equal(own(np.ones((1, 3), "float32")), np.asarray(want))
    assert [v.name for v in own.weights] == [
        f"several/{name}" for name in ("variable", "second", "variable_1", "variable_2")
    ]
    kinds = [(v.shape, v.dtype, v.trainable) for v in own.weights]
    assert kinds == [(tuple(v.shape), v.dtype, v.trainable) for v in theirs.weights]
    assert [v.numpy().tolist() for v in own.weights[:2]] == [[[1, 1]] * 3, [0, 0]]
    model = tfpy.Sequential([L.Input((3,)), own])
    tfpy.save_layers_model(model, tmp_path)
    loading = tfpy.load_layers_model(str(tmp_path), custom_objects={"Several": type(own)})
    found = asyncio.run(loading)
    np.testing.assert_array_equal(found.weights[2].numpy(), own.scalar.numpy())


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"shape": "kernel"}, "add_weight's shape must be sizes"),
        ({"shape": 3}, "add_weight's shape must be sizes"),
        ({"shape": (2, None)}, "variable needs a known size"),
        ({"overwrite_with_gradient": True}, "overwrite_with_gradient"),
    ],
)
def test_weights_that_cannot_be(arguments, error):
    with pytest.raises((tfpy.ArgumentError, tfpy.ShapeError), match=error):
        L.Layer().add_weight(**arguments)


def test_a_model_of_ones_own():
    class Twice(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.first, self.rest = L.Dense(4), [L.Dense(4), L.Dense(1)]

        def call(self, inputs):
            x = self.first(inputs)
            for layer in self.rest:
                x = layer(x)
            return x

    model = Twice()
    assert model.predict(np.ones((3, 4), np.float32)).shape == (3, 1)
    assert len(model.weights) == 6


ACTIVATIONS = {
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "legacy_hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "exponential": np.exp,
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    x = np.linspace(-4, 4, 33, dtype=np.float32)
    got = tfpy.activations.get(name)(tfpy.tensor(x)).numpy()
    np.testing.assert_allclose(got, ACTIVATIONS[name](x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "lecun_uniform", "glorot_normal"])
def test_variance_scaling(name):
    scale, mode, _ = tfpy.initializers._SCALINGS[name]
    w = tfpy.initializers.get(name)((3, 3, 20, 30)).numpy()
    n = {"fan_in": 180, "fan_avg": 225}[mode]
    assert abs(w.mean()) < 0.01
    assert math.isclose(w.var(), scale / n, rel_tol=0.1)


def test_groups_that_do_not_part():
    with pytest.raises(tfpy.ArgumentError, match="4 filters do not part into 3 groups"):
        L.Conv2D(4, 3, groups=3)
    with pytest.raises(tfpy.ShapeError, match="3 channels do not part into 2 groups"):
        L.Conv2D(4, 3, groups=2)(tfpy.zeros((1, 5, 5, 3)))
    with pytest.raises(tfpy.ArgumentError, match="no groups"):
        L.Conv2DTranspose(4, 3, groups=2)


@pytest.mark.parametrize("inner", ["Dense", "Conv2D", "Embedding"])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_spectral_normalization_as_in_keras(inner, tmp_path):
    tfpy.set_seed(1)  # how near two rounds come to the largest depends on where they begin
    made = {"Dense": (4,), "Conv2D": (3, 2), "Embedding": (6, 3)}[inner]
    shape = {"Dense": (2, 5), "Conv2D": (2, 6, 6, 3), "Embedding": (2, 3)}[inner]
    x = np.random.default_rng(1).integers(0, 6, shape).astype("float32")

    def model(layers, kind):
        wrapped = layers.SpectralNormalization(getattr(layers, inner)(*made), power_iterations=2)
        return kind.Sequential([layers.Input(shape[1:]), wrapped])

    ours, theirs = model(L, tfpy), model(keras.layers, keras)
    theirs.set_weights([w + 0.0 for w in ours.get_weights()])
    for training in (True, True, False):
        got, wanted = ours(x, training=training), theirs(x, training=training)
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-4, atol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for again in (keras.saving.load_model, tfpy.load_model):
        for name in ("ours", "theirs"):
            found = again(tmp_path / f"{name}.keras")(x)
            np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-4, atol=1e-5)
    files = {}
    ours.save(files)
    found = tfpy.load_layers_model_sync(files)(x)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)
    kernel = ours.weights[0].numpy()
    largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))[1][0]
    assert largest == pytest.approx(1.0, abs=0.2)


def test_a_wrapper_of_ones_own():
    class Twice(L.Wrapper):
        def call(self, inputs):
            return self.layer(inputs) * 2.0

    model, files = tfpy.Sequential([L.Input((3,)), Twice(L.Dense(2), name="twice")]), {}
    assert [w.name for w in model.weights] == ["twice/kernel", "twice/bias"]
    model.save(files)
    x = np.ones((1, 3), np.float32)
    found = tfpy.load_layers_model_sync(files, custom_objects={"Twice": Twice})
    np.testing.assert_array_equal(found(x).numpy(), model(x).numpy())
    with pytest.raises(tfpy.ArgumentError, match="not a layer: 3"):
        Twice(3)
    with pytest.raises(tfpy.ArgumentError, match="power_iterations=0"):
        L.SpectralNormalization(L.Dense(2), 0)
    with pytest.raises(tfpy.ArgumentError, match="no kernel"):
        L.SpectralNormalization(L.ReLU())(x)
