"""Models that are classes of their own in `.keras` files, between Keras and tfpy."""

import json
import zipfile

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L

X = np.random.default_rng(1).random((4, 3), "float32")
Y = np.ones((4, 1), "float32")


def classes(layers, model):
    """The same classes over tfpy and over Keras."""

    class Block(layers.Layer):
        def __init__(self, units, **options):
            super().__init__(**options)
            self.units = units
            self._inner = layers.Dense(units)
            self.norm = layers.LayerNormalization()

        def build(self, input_shape):
            if isinstance(self, tfpy.layers.Layer):
                self._inner.build_for(input_shape)
                self.norm.build_for((*input_shape[:-1], self.units))
            else:
                self._inner.build(input_shape)
                self.norm.build((*input_shape[:-1], self.units))

        def call(self, x):
            return self.norm(self._inner(x))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    class Net(model):
        def __init__(self, units, scale=2.0, **options):
            super().__init__(**options)
            self.units, self.scale = units, scale
            self.zeroth = layers.Dense(units, activation="relu")
            self.blocks = [layers.Dense(4), Block(4), layers.Dense(4)]
            self._hidden = layers.Dense(4)
            self.again = self._hidden
            self.memory = layers.LSTM(2)
            self.drop = layers.Dropout(0.0)
            self.head = layers.Dense(1)

        def call(self, x, training=False):
            x = self.zeroth(x)
            for block in self.blocks:
                x = block(x)
            x = self._hidden(x)
            return self.head(self.drop(x, training=training)) * self.scale + self.memory(
                x.reshape((-1, 1, 4))
            )

        def get_config(self):
            return {**super().get_config(), "units": self.units, "scale": self.scale}

    class Plain(model):
        def __init__(self):
            super().__init__()
            self.d = layers.Dense(2)

        def call(self, x):
            return self.d(x)

    return {"Net": Net, "Plain": Plain, "Block": Block}


OURS, THEIRS = classes(L, tfpy.Model), classes(keras.layers, keras.Model)


def values(model, x=X):
    found = model.predict(x, verbose=0)
    return found.numpy() if isinstance(found, tfpy.Tensor) else found


def trained(model):
    model.compile("adam", "mse")
    model.train_on_batch(X, np.ones((4, 2), "float32"))
    return model


@pytest.mark.filterwarnings("ignore")  # of Keras's own way with NumPy
def test_what_keras_wrote(tmp_path):
    theirs = trained(THEIRS["Net"](3, scale=0.5))
    theirs.save(tmp_path / "a.keras")
    ours = tfpy.load_model(tmp_path / "a.keras", custom_objects=OURS)
    np.testing.assert_allclose(values(ours), values(theirs), 1e-5, 1e-6)
    assert ours.optimizer.iterations == 1
    assert (ours.scale, ours.name) == (0.5, theirs.name)
    for model in (ours, theirs):  # goes on from the optimizer's state
        model.train_on_batch(X, np.ones((4, 2), "float32"))
    np.testing.assert_allclose(values(ours), values(theirs), 1e-4, 1e-5)


def test_what_keras_reads(tmp_path):
    ours = trained(OURS["Net"](3, scale=0.5))
    ours.save(tmp_path / "a.keras")
    theirs = keras.saving.load_model(tmp_path / "a.keras", custom_objects=THEIRS)
    np.testing.assert_allclose(values(ours), values(theirs), 1e-5, 1e-6)
    assert int(theirs.optimizer.iterations) == 1
    back = tfpy.load_model(tmp_path / "a.keras", custom_objects=OURS)
    np.testing.assert_array_equal(values(back), values(ours))
    ours.save_weights(tmp_path / "w.weights.h5")
    theirs = THEIRS["Net"](3, scale=0.5)
    theirs(X)
    theirs.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_allclose(values(ours), values(theirs), 1e-5, 1e-6)


def test_a_class_that_takes_no_arguments(tmp_path):
    ours = OURS["Plain"]()
    assert ours.get_config() == {}
    ours(X)
    ours.save(tmp_path / "a.keras")
    for load, known in ((tfpy.load_model, OURS), (keras.saving.load_model, THEIRS)):
        found = load(tmp_path / "a.keras", custom_objects=known)
        np.testing.assert_allclose(values(found), values(ours), 1e-5, 1e-6)


class Described(tfpy.Model):
    """No `get_config`: what it is made with is its configuration."""

    def __init__(self, units, gain=1.0, *, name=None):
        super().__init__(name=name)
        self.d, self.gain = L.Dense(units), gain

    def call(self, x):
        return self.d(x) * self.gain


def test_arguments_are_the_configuration(tmp_path):
    model = Described(2, gain=3.0)
    assert model.get_config() == {"name": model.name, "units": 2, "gain": 3.0}
    model(X)
    model.save(tmp_path / "a.keras")
    found = tfpy.load_model(tmp_path / "a.keras", custom_objects={"Described": Described})
    np.testing.assert_array_equal(values(found), values(model))
    with pytest.raises(tfpy.ArgumentError, match=r"get_config.*gain"):
        Described(2, gain=object()).get_config()


def test_what_cannot_be(tmp_path):
    model = Described(2)
    with pytest.raises(tfpy.ArgumentError, match="call it"):
        model.save(tmp_path / "a.keras")
    model(X)
    for place in (tmp_path / "folder", tmp_path / "a.h5", {}):
        with pytest.raises(tfpy.ArgumentError, match=r"classes of your own.*\.keras.*save_weights"):
            model.save(place)
    model.save(tmp_path / "a.keras")
    with pytest.raises(tfpy.UnsupportedError, match=r"custom_objects=.*Described"):
        tfpy.load_model(tmp_path / "a.keras")
    with pytest.raises(tfpy.ModelFormatError, match="cannot be built"):
        tfpy.load_model(tmp_path / "a.keras", custom_objects={"Described": OURS["Plain"]})
    with zipfile.ZipFile(tmp_path / "a.keras") as file:
        config = json.loads(file.read("config.json"))
    assert config["registered_name"] == "Described"
    assert config["build_config"] == {"input_shape": [4, 3]}


def test_building_makes_the_weights_inside():
    model = Described(2)
    model.build((None, 3))
    assert model.built
    assert model.count_params() == 8
    before = model.get_weights()
    model(X)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


class Words(tfpy.Model):
    """Takes integers, has a `build` of its own, is told how many `layers` there are."""

    def __init__(self, layers=2):
        super().__init__()
        self.rows = [L.Dense(3, name=f"row_{i}") for i in range(layers)]

    def build(self, input_shape):
        self.table = L.Embedding(7, 4)

    def call(self, x, other=None):
        x = self.table(x)
        for row in self.rows:
            x = row(x)
        return x if other is None else x + other


def test_a_build_of_its_own(tmp_path):
    model, words = Words(layers=3), np.array([[1, 2], [6, 0]], "int32")
    model(words)
    model.save(tmp_path / "a.keras")
    found = tfpy.load_model(tmp_path / "a.keras", custom_objects={"Words": Words})
    assert len(found.weights) == len(model.weights) == 7
    np.testing.assert_array_equal(found(words).numpy(), model(words).numpy())


def test_a_model_of_several_tensors(tmp_path):
    class Sum(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.d = L.Dense(2)

        def call(self, inputs):
            return self.d(inputs[0]) + inputs[1]

    class Other(Sum):
        def call(self, inputs, other):
            return self.d(inputs) + other

    xs, model = [tfpy.tensor(X), tfpy.tensor(Y)], Sum()
    model(xs)
    model.save(tmp_path / "a.keras")
    found = tfpy.load_model(tmp_path / "a.keras", custom_objects={"Sum": Sum})
    np.testing.assert_array_equal(found(xs).numpy(), model(xs).numpy())
    model = Other()
    model(X, tfpy.tensor(Y))
    model.save(tmp_path / "b.keras")
    with pytest.raises(tfpy.ModelFormatError, match="tells no shape of one input"):
        tfpy.load_model(tmp_path / "b.keras", custom_objects={"Other": Other})


def test_building_that_fails_is_a_warning():
    class Picky(Described):
        def call(self, x):
            return self.d(x) * float(x.sum())

    model = Picky(2)
    with pytest.warns(UserWarning, match="when it is called, not by build"):
        model.build((None, 3))
    assert not model.built
    model(X)
    assert model.count_params() == 8
