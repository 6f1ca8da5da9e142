"""What `trainable` does, beside Keras: the same model is frozen, trained and thawed in both."""

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(5)
X = RNG.normal(size=(16, 5)).astype(np.float32)
Y = RNG.integers(0, 2, 16).astype(np.int32)
LOSS = "sparse_categorical_crossentropy"


def base_of(k, **options):
    """Weights in order: kernel, bias, gamma, beta, moving mean, moving variance."""
    x = k.layers.Input((5,))
    y = k.layers.Dense(4, kernel_initializer="ones", name="dense")(x)
    y = k.layers.BatchNormalization(name="norm")(y)
    return k.Model(x, y, name="base", **options)


def whole_of(k, base):
    head = k.layers.Dense(2, activation="softmax", name="head")
    return k.Sequential([k.layers.Input((5,)), base, head])


def counts(layer):
    return len(layer.trainable_weights), len(layer.non_trainable_weights)


def fit(model, compiled=False):
    """Which weights two epochs of training change."""
    if not compiled:
        model.compile("sgd", LOSS)
    before = [np.array(w) for w in model.get_weights()]
    model.fit(X, Y, epochs=2, verbose=0)
    after = model.get_weights()
    return [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def frozen_whole(k):
    base = base_of(k)
    base.trainable = False
    model = whole_of(k, base)
    return counts(base), counts(model), fit(model)


def one_layer_thawed(k):
    base = base_of(k)
    base.trainable = False
    base.get_layer("dense").trainable = True
    model = whole_of(k, base)
    return counts(base), counts(model), fit(model)


def normalization_frozen(k):
    base = base_of(k)
    base.get_layer("norm").trainable = False
    model = whole_of(k, base)
    return counts(model), fit(model)


def frozen_between_compile_and_fit(k):
    base = base_of(k)
    model = whole_of(k, base)
    model.compile("sgd", LOSS)
    base.trainable = False
    return fit(model, compiled=True)


def thawed_and_compiled_anew(k):
    base = base_of(k)
    base.trainable = False
    model = whole_of(k, base)
    fit(model)
    base.trainable = True
    return counts(model), fit(model)


def all_frozen(k):
    model = whole_of(k, base_of(k))
    model.trainable = False
    return counts(model), fit(model)


def frozen_before_built(k):
    layer = k.layers.Dense(3, trainable=False)
    layer.build((None, 2))
    before = counts(layer)
    layer.trainable = True
    return before, counts(layer)


def frozen_losses(k):
    layer = k.layers.Dense(2, kernel_regularizer="l2", kernel_initializer="ones")
    x = k.layers.Input((5,))
    model = k.Model(x, layer(x))
    trained = [round(float(np.array(x)), 5) for x in model.losses]
    layer.trainable = False
    return trained, model.losses


def configured(k):
    base = base_of(k)
    base.trainable = False
    again = k.Model.from_config(base.get_config())
    return base.get_config()["trainable"], again.trainable, counts(again)


@pytest.mark.parametrize(
    "story",
    [
        *(frozen_whole, one_layer_thawed, normalization_frozen),
        *(frozen_between_compile_and_fit, thawed_and_compiled_anew, all_frozen),
        *(frozen_before_built, frozen_losses, configured),
    ],
)
def test_as_in_keras(story, use_backend):
    use_backend("numpy")
    assert story(tfpy) == story(keras)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_frozen_base_and_its_statistics_stay(backend, use_backend):
    use_backend(backend)
    base = base_of(tfpy)
    base.trainable = False
    model = whole_of(tfpy, base)
    head = [True, True]
    assert fit(model) == [False] * 6 + head
    before = model.predict(X).numpy()
    assert np.array_equal(model(X, training=True).numpy(), before)


def test_what_is_thawed_after_compile_trains_at_once():
    # Keras's optimizer refuses weights that it was not built for.
    base = base_of(tfpy)
    base.trainable = False
    model = whole_of(tfpy, base)
    fit(model)
    base.trainable = True
    assert fit(model, compiled=True) == [True] * 8
    base.trainable = False
    assert fit(model, compiled=True) == [False] * 6 + [True] * 2


def test_a_model_made_frozen_has_frozen_layers():
    # Keras 3.15 sets the model's own flag only: what is around it would train its layers.
    base = base_of(tfpy, trainable=False)
    assert counts(base) == (0, 6)
    assert counts(whole_of(tfpy, base)) == (2, 6)


def test_a_base_drawn_for_use_keeps_its_statistics():
    # As Keras's guide to transfer learning says; Keras 3.15 itself moves them.
    x = tfpy.layers.Input((5,))
    y = base_of(tfpy)(x, training=False)
    model = tfpy.Model(x, tfpy.layers.Dense(2, activation="softmax")(y))
    assert fit(model) == [True] * 4 + [False] * 2 + [True] * 2


def test_flags_of_layers_outlast_saving(tmp_path):
    base = base_of(tfpy)
    base.trainable = False
    base.get_layer("dense").trainable = True
    for name in ("model.keras", "model.h5", "folder"):
        base.save(tmp_path / name)
        again = tfpy.load_model(tmp_path / name)
        assert not again.trainable
        assert [layer.trainable for layer in again.layers[1:]] == [True, False]


def test_summary_tells_what_is_trained():
    base = base_of(tfpy)
    base.trainable = False
    lines = []
    whole_of(tfpy, base).summary(print_fn=lines.append, expand_nested=True, show_trainable=True)
    rows = [line.split() for line in lines]
    assert rows[2] == ["Layer", "(type)", "Output", "shape", "Params", "Trainable"]
    trained = {row[0]: row[-1] for row in rows[4:-4]}
    assert trained["base"] == trained["dense"] == trained["norm"] == "N"
    assert trained["head"] == "Y"
    assert lines[-3:] == [
        "Total params: 50",
        "Trainable params: 10",
        "Non-trainable params: 40",
    ]
