"""Models of layers: joining them, running them, their configurations, saving and loading."""

import gc
import json
import os

import numpy as np
import pytest

import tfpy
from tfpy import layers as L
from tfpy.io import files
from tfpy.waiting import run_blocking

X = np.random.default_rng(3).normal(size=(5, 8)).astype(np.float32)


def branching():
    """Two inputs, two outputs, a shared layer, a nested model called twice."""
    a, b = L.Input((8,), name="a"), L.Input((8,), name="b")
    shared = L.Dense(4, activation="relu", name="shared")
    joined = L.Concatenate(name="join")([shared(a), shared(b)])
    nested = tfpy.Sequential([L.Input((8,)), L.Dense(8, name="inner")], name="nested")
    deep = nested(nested(joined))
    return tfpy.Model([a, b], [deep, L.Add(name="sum")([shared(a), shared(b)])], name="both")


def by_hand(model, a, b):
    w = {v.name: v.numpy() for v in model.weights}
    dense = lambda x, n: x @ w[f"{n}/kernel"] + w[f"{n}/bias"]  # noqa: E731
    left, right = (np.maximum(dense(x, "shared"), 0) for x in (a, b))
    return dense(dense(np.concatenate([left, right], 1), "inner"), "inner"), left + right


def test_functional_model():
    model = branching()
    assert model.output_shape == [(None, 8), (None, 4)]
    assert [v.name for v in model.weights] == [
        *("shared/kernel", "shared/bias", "inner/kernel", "inner/bias"),
    ]
    for got in (model.predict([X, 2 * X]), model.predict({"b": 2 * X, "a": X}, batch_size=2)):
        for y, want in zip(got, by_hand(model, X, 2 * X), strict=True):
            np.testing.assert_allclose(y.numpy(), want, atol=1e-5)


def test_the_names_of_variables_are_those_of_keras():
    model = tfpy.Sequential([L.Input((8,)), L.Dense(2), L.BatchNormalization()])
    assert [v.name for v in model.variables] == [v.name for v in model.weights]
    for layer in (model, *model.layers):
        names = ("kernel", "bias", "gamma", "beta")
        trained = [v for v in layer.variables if v.name.rpartition("/")[2] in names]
        assert layer.trainable_variables == trained
        assert layer.non_trainable_variables == layer.variables[len(trained) :]


def test_config_round_trip():
    model = branching()
    config = json.loads(json.dumps(model.get_config()))
    twin = tfpy.Model.from_config(config)
    assert twin.get_config() == config
    twin.set_weights(model.get_weights())
    for y, want in zip(twin.predict([X, X]), model.predict([X, X]), strict=True):
        np.testing.assert_array_equal(y.numpy(), want.numpy())


def test_predict_takes_batches_of_any_size():
    model = tfpy.Sequential([L.Input((8,)), L.Dense(3)])
    whole = model.predict(X, batch_size=None).numpy()
    for size in (1, 2, 5, 7):
        np.testing.assert_allclose(model.predict(X, batch_size=size).numpy(), whole, atol=1e-6)
    assert model.predict(X[:0]).shape == (0, 3)


def test_wrong_inputs_are_named():
    model = branching()
    with pytest.raises(tfpy.ShapeError, match=r"input b has shape \(None, 8\), not \(5, 7\)"):
        model.predict([X, X[:, :7]])
    with pytest.raises(tfpy.ShapeError, match="batch sizes: 5, 4"):
        model.predict([X, X[:4]])
    with pytest.raises(tfpy.ArgumentError, match="takes inputs a, b, not a, c"):
        model.predict({"a": X, "c": X})
    with pytest.raises(tfpy.ArgumentError, match="no layer 'x'; it has a, b"):
        model.get_layer("x")


def test_sequential_learns_its_input_from_the_first_call():
    model = tfpy.Sequential([L.Dense(2), L.ReLU()])
    assert not model.built
    assert model.predict(X).shape == (5, 2)
    assert model.input_shape == (None, 8)
    model.add(L.Dense(1))
    assert model.predict(X).shape == (5, 1)
    assert type(model.pop()).__name__ == "Dense"
    assert model.predict(X).shape == (5, 2)


def test_cutting_a_model():
    model = tfpy.Sequential([L.Input((8,)), L.Dense(4, name="features"), L.Dense(2)])
    cut = tfpy.Model(model.input, model.get_layer("features").output)
    assert cut.predict(X).shape == (5, 4)
    assert cut.weights[0] is model.weights[0]


def test_summary():
    lines = []
    branching().summary(print_fn=lines.append)
    assert any("shared (Dense)" in line and "(None, 4)" in line and "36" in line for line in lines)
    assert "Total params: 108" in lines
    assert not any("Optimizer" in line for line in lines)


@pytest.mark.parametrize(
    ("args", "options"), [((80,), {}), ((), {"line_length": 80}), ((), {"print_fn": None})]
)
def test_summary_as_it_is_asked_of_keras(capsys, args, options):
    branching().summary(*args, **options)
    assert "Total params: 108" in capsys.readouterr().out


def test_duplicate_names_are_refused():
    x = L.Input((2,))
    with pytest.raises(tfpy.ArgumentError, match="unique in a model: d"):
        tfpy.Model(x, L.Dense(1, name="d")(L.Dense(1, name="d")(x)))


def test_disposed():
    model = tfpy.Sequential([L.Input((8,)), L.Dense(3)])
    model.dispose()
    with pytest.raises(tfpy.DisposedError):
        model.predict(X)


def test_running_holds_no_intermediates():
    model = tfpy.Sequential([L.Input((8,)), *(L.Dense(8) for _ in range(20))])
    peak = []

    class Count(L.Layer):
        def call(self, inputs):
            peak.append(tfpy.memory()["num_tensors"])
            return inputs

    gc.collect()
    before = tfpy.memory()["num_tensors"]
    model.add(Count())
    y = model(tfpy.tensor(X))
    assert peak[0] - before <= 4
    assert y.shape == (5, 8)


# ---------------------------------------------------------------------------------- other files


def keras3(model):
    """`model` as Keras 3 writes it: args of __keras_tensor__, flat ends, module names, policies."""
    config = model.get_config()
    seen = dict.fromkeys(("nested",), 1)

    def tensor(reference):
        name, call, output, *_ = reference
        history = [name, call - seen.get(name, 0), output]
        return {"class_name": "__keras_tensor__", "config": {"keras_history": history}}

    for layer in config["layers"]:
        layer["module"] = "keras.layers"
        layer["inbound_nodes"] = [
            {
                "args": [[tensor(r) for r in call] if len(call) > 1 else tensor(call[0])],
                "kwargs": {"training": False},
            }
            for call in layer["inbound_nodes"]
        ]
        if "dtype" in layer["config"]:
            layer["config"]["dtype"] = {"class_name": "DTypePolicy", "config": {"name": "float32"}}
    config["output_layers"] = [[n, c - seen.get(n, 0), o] for n, c, o in config["output_layers"]]
    return {"class_name": "Functional", "config": config, "keras_version": "3.8.0"}


def content(topology, model, names=None):
    from tfpy.io.weights import encode

    names = names or [v.name for v in model.weights]
    weights = list(zip(names, model.weights, strict=True))
    entries, parts = run_blocking(encode(weights, True))
    file = {
        "modelTopology": topology,
        "weightsManifest": [{"paths": ["w"], "weights": entries}],
    }
    return {"model.json": json.dumps(file).encode(), "w": b"".join(parts)}


def assert_same(found, model):
    for y, want in zip(found.predict([X, 2 * X]), model.predict([X, 2 * X]), strict=True):
        np.testing.assert_array_equal(y.numpy(), want.numpy())


def test_keras3_spelling():
    model = branching()
    assert_same(tfpy.load_layers_model_sync(content(keras3(model), model)), model)


def test_keras3_weight_names():
    model = branching()
    names = [
        *("_layer_checkpoint_dependencies/shared/vars/0", "shared/1"),
        *("layers/inner/vars/0", "inner/vars/1"),
    ]
    assert_same(tfpy.load_layers_model_sync(content(keras3(model), model, names)), model)


def test_keras2_spelling_in_model_config():
    model = branching()
    topology = {"model_config": {"class_name": "Model", "config": model.get_config()}}
    names = [v.name + ":0" for v in model.weights]
    assert_same(tfpy.load_layers_model_sync(content(topology, model, names)), model)


def camel(value):
    if isinstance(value, dict):
        return {
            "".join(w.title() if i else w for i, w in enumerate(k.split("_"))): camel(v)
            for k, v in value.items()
        }
    return [camel(v) for v in value] if isinstance(value, list) else value


def test_camel_case_keys_and_old_lists():
    model = tfpy.Sequential(
        [L.Dense(4, activation="hard_sigmoid", input_shape=(8,), name="d"), L.LeakyReLU(0.1)]
    )
    layers = camel(model.get_config()["layers"])
    layers[0]["config"]["activation"] = "hardSigmoid"
    layers[1]["config"]["alpha"] = {"type": "ndarray", "value": 0.25}
    del layers[1]["config"]["negativeSlope"]
    topology = {"className": "Sequential", "config": layers}
    found = tfpy.load_layers_model_sync(content(topology, model))
    kernel, bias = model.get_weights()
    y = np.clip(0.2 * (X @ kernel + bias) + 0.5, 0, 1)  # what TF.js means by hard_sigmoid
    np.testing.assert_allclose(found.predict(X).numpy(), np.where(y > 0, y, 0.25 * y), atol=1e-6)


def test_recurrent_cell_names_are_accepted():
    model = tfpy.Sequential([L.Dense(4, input_shape=(8,), name="d")])
    topology = {"class_name": "Sequential", "config": model.get_config()}
    found = tfpy.load_layers_model_sync(content(topology, model, ["d/cell/kernel", "d/cell/bias"]))
    np.testing.assert_array_equal(found.predict(X).numpy(), model.predict(X).numpy())


def test_loading_draws_no_random_numbers(monkeypatch):
    model = branching()
    files = content({"class_name": "Model", "config": model.get_config()}, model)
    monkeypatch.setattr(tfpy.initializers.random, "random_uniform", None)
    assert_same(tfpy.load_layers_model_sync(files), model)


# --------------------------------------------------------------------------------------- saving


def small():
    return tfpy.Sequential(
        [
            L.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.LeakyReLU(0.2),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(3, activation="softmax"),
        ]
    )


PHOTO = np.random.default_rng(1).random((2, 8, 8, 1), np.float32)


def test_save_and_load(tmp_path):
    for model, x in ((small(), PHOTO), (branching(), [X, X])):
        folder = tmp_path / model.name
        model.save(folder)
        assert sorted(os.listdir(folder)) == ["model.json", "model.weights.bin"]
        found = tfpy.load_layers_model_sync(folder)
        got, want = found.predict(x), model.predict(x)
        for y, z in zip(*((v if isinstance(v, list) else [v]) for v in (got, want)), strict=True):
            np.testing.assert_array_equal(y.numpy(), z.numpy())
        assert found.get_config() == model.get_config()


def test_hard_sigmoid_keeps_its_meaning(tmp_path):
    written = []
    for activation in ("hard_sigmoid", "legacy_hard_sigmoid"):
        model = tfpy.Sequential([L.Input((8,)), L.Dense(2, activation=activation)])
        model.save(tmp_path)
        saved = json.loads((tmp_path / "model.json").read_text())["modelTopology"]["config"]
        written.append(saved["layers"][0]["config"]["activation"])
        found = tfpy.load_layers_model_sync(tmp_path)
        np.testing.assert_array_equal(found.predict(X).numpy(), model.predict(X).numpy())
    assert written == ["keras3_hard_sigmoid", "hard_sigmoid"]


@pytest.mark.parametrize("call", range(5))
def test_an_interrupted_save_leaves_the_old_model(tmp_path, monkeypatch, call):
    """Power cut at each file operation of the second save."""
    old, new = small(), small()
    old.save(tmp_path)
    count = iter(range(100))

    def failing(real):
        def wrapper(*args):
            if next(count) == call:
                raise KeyboardInterrupt
            return real(*args)

        return wrapper

    for name in ("fsync", "replace", "remove"):
        monkeypatch.setattr(files.os, name, failing(getattr(os, name)))
    with pytest.raises(KeyboardInterrupt):
        new.save(tmp_path)
    monkeypatch.undo()
    expected = old if call < 4 else new  # model.json is in place with its rename
    found = tfpy.load_layers_model_sync(tmp_path)
    np.testing.assert_array_equal(found.predict(PHOTO).numpy(), expected.predict(PHOTO).numpy())
    new.save(tmp_path)
    assert tfpy.load_layers_model_sync(tmp_path).count_params() == new.count_params()


def test_weights_of_one_name_cannot_be_saved(tmp_path):
    inner = [tfpy.Sequential([L.Input((8,)), L.Dense(8, name="d")]) for _ in range(2)]
    with pytest.raises(
        tfpy.ModelFormatError, match="different names to be saved: d/bias, d/kernel"
    ):
        tfpy.Sequential([L.Input((8,)), *inner]).save(tmp_path)
    assert not os.listdir(tmp_path)
