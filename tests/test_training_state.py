"""Training that stops here and goes on there: files of TF.js and Keras with optimizers' states."""

import base64
import functools
import json
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L
from tfpy import optimizers as O

pytestmark = [
    # Keras's variables as arrays, with a newer NumPy than Keras was written for.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SCRIPT = Path(__file__).with_name("oracle") / "training.mjs"
RNG = np.random.default_rng(4)
X = RNG.normal(size=(8, 3)).astype("float32")
Y = np.stack([X[:, 0] - X[:, 1], X[:, 2] * 0.5], 1)
STEPS = 5

#: Optimizers of TF.js: its function and arguments, and the same of Keras.
OPTIMIZERS = {
    "sgd": (["sgd", [0.05]], O.SGD(0.05)),
    "momentum": (["momentum", [0.05, 0.8]], O.SGD(0.05, 0.8)),
    "nesterov": (["momentum", [0.05, 0.8, True]], O.SGD(0.05, 0.8, nesterov=True)),
    "rmsprop": (["rmsprop", [0.01, 0.8]], O.RMSprop(0.01, 0.8)),
    "rmsprop with all": (
        ["rmsprop", [0.01, 0.8, 0.5, 1e-8, True]],
        O.RMSprop(0.01, 0.8, 0.5, 1e-8, centered=True),
    ),
    "adagrad": (["adagrad", [0.1, 0.2]], O.Adagrad(0.1, 0.2)),
    "adadelta": (["adadelta", [0.1, 0.8, 1e-5]], O.Adadelta(0.1, 0.8, 1e-5)),
    "adam": (["adam", [0.02, 0.8, 0.95, 1e-6]], O.Adam(0.02, 0.8, 0.95, 1e-6)),
}
#: Where TF.js's steps are not Keras's, and what it does.
DIFFERENT = {"adadelta": "divides by the mean of squares before this step's gradient"}


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


def asked(cases):
    """What TF.js answers."""
    given = {"x": X.tolist(), "y": Y.tolist(), "steps": STEPS, "cases": cases}
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@functools.cache
def trained_by_tfjs():
    common = {"loss": "meanSquaredError", "metrics": ["mae"]}
    cases = [{"optimizer": o[0], "args": o[1], **common} for o, _ in OPTIMIZERS.values()]
    return dict(zip(OPTIMIZERS, asked(cases), strict=True))


def train(model):
    found = []
    for _ in range(STEPS):
        if isinstance(model, keras.Model):  # counts all batches since
            model.reset_metrics()
        found.append(model.train_on_batch(X, Y))
    return [x[0] if isinstance(x, list) else x for x in found]


def assert_went_on_equally(losses, weights, expected, name=None):
    close = functools.partial(np.testing.assert_allclose, rtol=2e-4, atol=1e-5)
    close(losses[0], expected["losses"][0])
    if name in DIFFERENT:
        with pytest.raises(AssertionError):
            close(losses, expected["losses"])
        return
    close(losses, expected["losses"])
    assert set(weights) == set(expected["weights"])
    for name, ours in weights.items():
        close(np.ravel(ours), expected["weights"][name], err_msg=name)


def named(model):
    return {v.name: v.numpy() for v in model.weights}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_tfjs_began(name):
    expected, wanted = trained_by_tfjs()[name], OPTIMIZERS[name][1]
    assert "error" not in expected, expected
    files = expected["files"]
    folder = {"model.json": files["model"].encode(), "w": base64.b64decode(files["weights"])}
    model = tfpy.load_layers_model_sync(folder)
    given, found = wanted.get_config(), model.optimizer.get_config()
    # What TF.js does not write is a default.
    assert {**found, "name": 0} == pytest.approx({**given, "name": 0})
    assert int(model.optimizer.iterations) == STEPS
    losses = train(model)
    assert model.metrics_names == ["loss", "mae"]
    assert_went_on_equally(losses, named(model), expected, name)
    assert tfpy.load_layers_model_sync(folder, compile=False).get_compile_config() == {}


def network():
    tfpy.set_seed(5)
    return tfpy.Sequential(
        [L.Input((3,)), L.Dense(4, "tanh"), L.BatchNormalization(), L.Dense(2, name="last")]
    )


def began(optimizer, loss="mse", metrics=(), **options):
    model = network()
    model.compile(optimizer, loss, metrics=list(metrics), **options)
    train(model)
    return model


@functools.cache
def continued_by_tfjs():
    """{name: (tfpy's losses and weights, TF.js's)}."""
    models, cases = {}, []
    for name, (_, optimizer) in OPTIMIZERS.items():
        fresh = O.get({"class_name": type(optimizer).__name__, "config": optimizer.get_config()})
        model, files = began(fresh, metrics=["mae"]), {}
        model.save(files, include_optimizer=True)
        weights = base64.b64encode(files["model.weights.bin"]).decode()
        cases.append({"model": files["model.json"].decode(), "weights": weights})
        again = tfpy.load_layers_model_sync(files)
        models[name] = train(model), named(model), train(again), named(again)
    return dict(zip(models, zip(models.values(), asked(cases), strict=True), strict=True))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_tfpy_began(name):
    (losses, weights, again, weights_again), theirs = continued_by_tfjs()[name]
    assert "error" not in theirs, theirs
    assert_went_on_equally(losses, weights, theirs, name)
    np.testing.assert_allclose(again, losses, rtol=1e-5)
    for key, value in weights.items():
        np.testing.assert_allclose(weights_again[key], value, rtol=1e-5, atol=1e-6)


def keras_network():
    layers = keras.layers
    model = keras.Sequential(
        [
            *(keras.Input((3,)), layers.Dense(4, "tanh")),
            *(layers.BatchNormalization(), layers.Dense(2, name="last")),
        ]
    )
    model.set_weights(network().get_weights())
    return model


#: Optimizers of Keras by their options; each by the same name in tfpy.
KERAS = [
    ("SGD", {"momentum": 0.5, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adam", {"amsgrad": True, "use_ema": True, "ema_overwrite_frequency": 3}),
    ("AdamW", {"clipnorm": 0.5}),
    ("Adamax", {}),
    ("Nadam", {"use_ema": True, "ema_momentum": 0.5}),
    ("Lion", {}),
]


def test_every_optimizer_is_here():
    assert {name for name, _ in KERAS} == set(O.CLASSES)


def made(kind, name, options):
    return getattr(kind.optimizers, name)(**options)


def decaying(kind):
    return kind.optimizers.SGD(kind.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5), 0.5)


def assert_same_state(*paths):
    from keras.src.legacy.saving.legacy_h5_format import load_optimizer_weights_from_hdf5_group

    found = []
    for path in paths:
        with h5py.File(path) as file:
            found.append([x[()] for x in load_optimizer_weights_from_hdf5_group(file)])
    for x, y in zip(*found, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", [*O.CLASSES, "schedule"])
@pytest.mark.filterwarnings("ignore")  # Keras calls .h5 a legacy
def test_keras_goes_on_where_tfpy_stopped_and_the_other_way_round(name, suffix, tmp_path):
    options = dict(KERAS).get(name)
    models = []
    for kind, fresh in ((tfpy, network), (keras, keras_network)):
        model = fresh()
        optimizer = decaying(kind) if options is None else made(kind, name, options)
        model.compile(optimizer, kind.losses.BinaryCrossentropy(from_logits=True))
        train(model)
        models.append(model)
    ours, theirs = models
    ours.save(tmp_path / f"ours{suffix}")
    theirs.save(tmp_path / f"theirs{suffix}")
    ours_there = keras.models.load_model(tmp_path / f"ours{suffix}")
    theirs_here = tfpy.load_model(tmp_path / f"theirs{suffix}")
    ours_here = tfpy.load_model(tmp_path / f"ours{suffix}")
    shapes = [[tuple(v.shape) for v in m.optimizer.variables] for m in models]
    assert shapes[0] == shapes[1]
    expected = train(theirs)
    if suffix == ".h5":
        # Keras builds the optimizer for no variables there, so it cannot go on with its own files
        # either; but it has read the state.
        assert_same_state(tmp_path / "ours.h5", tmp_path / "theirs.h5")
        ours_there = ours
    for model in {id(m): m for m in (ours, ours_there, theirs_here, ours_here)}.values():
        np.testing.assert_allclose(train(model), expected, rtol=5e-4)
    assert tfpy.load_model(tmp_path / f"theirs{suffix}", compile=False).get_compile_config() == {}
    ours.save(tmp_path / f"bare{suffix}", include_optimizer=False)
    assert tfpy.load_model(tmp_path / f"bare{suffix}").get_compile_config() == {}


@pytest.mark.parametrize("name", [*O.CLASSES, "schedule"])
def test_tfpy_goes_on_with_every_optimizer_in_the_format_of_tfjs(name):
    options, files = dict(KERAS).get(name), {}
    optimizer = decaying(tfpy) if options is None else made(tfpy, name, options)
    model = began(optimizer, tfpy.losses.Huber(delta=0.7), ["mae", tfpy.metrics.R2Score()])
    model.save(files, include_optimizer=True)
    again = tfpy.load_layers_model_sync(files)
    config, found = model.get_compile_config(), again.get_compile_config()
    assert found == {**config, "metrics": ["mae", "r2_score"]}
    assert train(again) == train(model)


def test_tfjs_refuses_what_it_would_do_otherwise():
    cases = []
    for optimizer in (O.Adam(clipnorm=1.0), O.Adam(amsgrad=True), O.Nadam(), O.Adagrad(epsilon=1)):
        files = {}
        began(optimizer).save(files, include_optimizer=True)
        weights = base64.b64encode(files["model.weights.bin"]).decode()
        cases.append({"model": files["model.json"].decode(), "weights": weights})
    assert all("keras.optimizers." in answer["error"] for answer in asked(cases))


def test_several_outputs_as_tfjs_writes_them():
    def two():
        x = L.Input((3,))
        return tfpy.Model(x, [L.Dense(2, name="a")(x), L.Dense(2, name="b")(x)])

    model, files = two(), {}
    model.compile("adam", ["mse", tfpy.losses.LogCosh()], metrics=[["mae"], ["cosine_similarity"]])
    model.train_on_batch(X, [Y, Y])
    model.save(files, include_optimizer=True)
    said = json.loads(files["model.json"])["trainingConfig"]
    assert said["loss"] == ["mean_squared_error", "logcosh"]
    assert said["metrics"] == {"a": "mae", "b": "cosine_similarity"}
    again = tfpy.load_layers_model_sync(files)
    assert again.train_on_batch(X, [Y, Y]) == model.train_on_batch(X, [Y, Y])
    # TF.js's list is for every output.
    file = json.loads(files["model.json"])
    file["trainingConfig"]["metrics"] = ["mae"]
    files["model.json"] = json.dumps(file).encode()
    again = tfpy.load_layers_model_sync(files)
    again.test_on_batch(X, [Y, Y])
    assert again.metrics_names == ["loss", "a_loss", "b_loss", "a_mae", "b_mae"]


def own_loss(y_true, y_pred):
    return tfpy.mean((y_true - y_pred) ** 4, -1)


@pytest.mark.parametrize("suffix", ["", ".keras", ".h5"])
def test_own_losses_are_found_among_custom_objects(suffix, tmp_path):
    model = began("adam", own_loss)
    model.save(tmp_path / f"m{suffix}", include_optimizer=True)
    again = tfpy.load_model(tmp_path / f"m{suffix}", {"own_loss": own_loss})
    assert train(again) == pytest.approx(train(model))
    with pytest.warns(UserWarning, match="compile the model yourself.*own_loss"):
        bare = tfpy.load_model(tmp_path / f"m{suffix}")
    assert bare.get_compile_config() == {}
    assert bare.predict(X).shape == (8, 2)


def test_a_state_that_does_not_fit_is_left_out():
    model, files = began(O.Adam()), {}
    model.save(files, include_optimizer=True)
    file = json.loads(files["model.json"])
    file["weightsManifest"][0]["weights"][-1]["shape"] = [1]
    files["model.json"] = json.dumps(file).encode()
    files["model.weights.bin"] = files["model.weights.bin"][:-4]
    with pytest.warns(UserWarning, match="begins anew"):
        again = tfpy.load_layers_model_sync(files)
    assert int(again.optimizer.iterations) == 0
    assert all(not x.numpy().any() for x in again.optimizer.variables[2:])
    np.testing.assert_array_equal(again.predict(X).numpy(), model.predict(X).numpy())


def test_a_model_that_is_not_compiled_has_no_optimizer_to_save():
    files = {}
    with pytest.raises(tfpy.ArgumentError, match="compile"):
        network().save(files, include_optimizer=True)
    assert files == {}
