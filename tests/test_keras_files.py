"""Keras's files: written and read by Keras itself, read and written here, and damaged ones."""

import asyncio
import json
import random
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L
from tfpy.io.convert import convert
from tfpy.testing import assert_close

rng = np.random.default_rng(2)
IMAGES = rng.random((3, 8, 8, 3), "float32")
ROWS = rng.random((3, 5), "float32")


def convolutional(layers, model):
    return model.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, use_bias=False),
            layers.Flatten(),
            layers.Dense(6, activation="gelu"),
            layers.Dense(2, activation="softmax"),
        ]
    )


def branching(layers, model):
    """Branches of different lengths, so that layers of a class have several orders."""
    x = layers.Input((5,))
    long = layers.Dense(4, activation="tanh")(x)
    long = layers.Dense(4)(long)
    short = layers.Dense(4, activation="sigmoid")(x)
    both = layers.Add()([short, long])
    return model.Model(x, [layers.Dense(3)(both), layers.Concatenate()([short, x])])


def shared(layers, model):
    x = layers.Input((5,))
    twice = layers.Dense(5, activation="relu")
    return model.Model(x, layers.Dense(2)(twice(twice(x))))


def nested(layers, model):
    inner = model.Sequential([layers.Input((5,)), layers.Dense(4), layers.LayerNormalization()])
    x = layers.Input((5,))
    y = layers.Input((4,))
    deeper = model.Model(y, layers.Dense(4, activation="elu")(y))
    return model.Model(x, layers.Dense(2)(deeper(inner(x))))


def recurrent(layers, model):
    return model.Sequential(
        [
            layers.Input((4,)),
            layers.Embedding(7, 3, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(2),
            layers.Dense(2),
        ]
    )


def with_states(layers, model):
    """A layer called with other tensors by name, and a model inside."""
    x = layers.Input((5,))
    start = model.Sequential([layers.Input((5,)), layers.Dense(3)])(x)
    steps = layers.Reshape((5, 1))(x)
    return model.Model(x, layers.GRU(3)(steps, initial_state=start))


def stacked(layers, model):
    cells = [layers.GRUCell(2), layers.GRUCell(3), layers.LSTMCell(2)]
    return model.Sequential([layers.Input((2, 5)), layers.RNN(cells), layers.Dense(1)])


SEQUENCES = rng.random((3, 2, 5), "float32")
WORDS = np.array([[1, 2, 0, 0], [3, 4, 5, 6], [6, 0, 0, 0]], "int32")
MODELS = {
    recurrent: WORDS,
    stacked: SEQUENCES,
    with_states: ROWS,
    convolutional: IMAGES,
    branching: ROWS,
    shared: ROWS,
    nested: ROWS,
}


def randomize(model):
    for w in model.weights:
        low = 0.5 if "variance" in w.name else -0.5
        w.assign(rng.uniform(low, low + 1, tuple(w.shape)).astype("float32"))


def outputs(model, x):
    found = model(x) if isinstance(model, keras.Model) else model.predict(x)
    found = found if isinstance(found, (list, tuple)) else [found]
    return [
        np.asarray(keras.ops.convert_to_numpy(y)) if not isinstance(y, tfpy.Tensor) else y.numpy()
        for y in found
    ]


def same(a, b, x):
    for y, z in zip(outputs(a, x), outputs(b, x), strict=True):
        np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore")  # Keras calls .h5 a legacy
def test_what_keras_wrote(make, suffix, tmp_path):
    theirs = make(keras.layers, keras)
    randomize(theirs)
    theirs.save(tmp_path / f"model{suffix}")
    same(tfpy.load_model(tmp_path / f"model{suffix}"), theirs, MODELS[make])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", MODELS, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore")
def test_what_keras_reads(make, suffix, tmp_path):
    ours = make(L, tfpy)
    randomize(ours)
    ours.save(tmp_path / f"model{suffix}")
    same(keras.saving.load_model(tmp_path / f"model{suffix}", compile=False), ours, MODELS[make])
    same(tfpy.load_model(tmp_path / f"model{suffix}"), ours, MODELS[make])


def named(layers, model):
    """Inputs and outputs by name, of a model and of one inside."""
    y = layers.Input((2,), name="y")
    halves = {"theRight": layers.Dense(2, name="r")(y), "left": layers.Dense(3, name="l")(y)}
    inner = model.Model({"y": y}, halves, name="inner")
    x, z = layers.Input((5,), name="x"), layers.Input((2,), name="z")
    found = inner({"y": layers.Dense(2, name="first")(x)})
    sums = layers.Add(name="sums")([found["theRight"], z])
    last = layers.Dense(3, name="last")(found["left"])
    return model.Model({"z": z, "x": x}, {"big One": sums, "b": last}, name="named")


NAMED = {"x": ROWS, "z": rng.random((3, 2), "float32")}


@pytest.mark.parametrize("suffix", [".keras", ".h5", ""])
@pytest.mark.filterwarnings("ignore")
def test_inputs_and_outputs_by_name(suffix, tmp_path):
    ours = named(L, tfpy)
    ours.save(tmp_path / f"ours{suffix}")
    known = tfpy.load_model(tmp_path / f"ours{suffix}")
    assert known.output_shape == ours.output_shape == {"b": (None, 3), "big One": (None, 2)}
    assert known.input_shape == {"x": (None, 5), "z": (None, 2)}
    wanted = ours.predict(NAMED)
    models = [(known, wanted)]
    if suffix:
        theirs = named(keras.layers, keras)
        theirs.save(tmp_path / f"theirs{suffix}")
        models.append((tfpy.load_model(tmp_path / f"theirs{suffix}"), theirs(NAMED)))
        models.append((keras.saving.load_model(tmp_path / f"ours{suffix}", compile=False), wanted))
    for model, values in models:
        found = model(NAMED)
        assert set(found) == {"b", "big One"}
        for key, value in found.items():
            assert_close(np.asarray(value), np.asarray(values[key]), 1e-5, 1e-5)


def test_training_by_names(tmp_path):
    labels = {"b": np.ones((3, 3), "float32"), "big One": np.zeros((3, 2), "float32")}
    ours, theirs, found = named(L, tfpy), named(keras.layers, keras), []
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.compile("sgd", {"big One": "mse", "b": "mae"}, metrics={"b": ["mse"]})
        history = model.fit(NAMED, labels, epochs=2, shuffle=False, batch_size=2, verbose=0).history
        found.append(history | model.evaluate(NAMED, labels, verbose=0, return_dict=True))
    assert set(found[0]) == set(found[1])
    for key, values in found[1].items():
        np.testing.assert_allclose(found[0][key], values, rtol=1e-4, err_msg=key)
    shapes = {key: x.shape for key, x in ours.predict(NAMED, batch_size=2).items()}
    assert shapes == {"b": (3, 3), "big One": (3, 2)}
    for suffix in (".keras", ""):
        ours.save(tmp_path / f"m{suffix}", include_optimizer=True)
        again = tfpy.load_model(tmp_path / f"m{suffix}")
        assert again.evaluate(NAMED, labels, verbose=0) == ours.evaluate(NAMED, labels, verbose=0)


def test_one_input_and_one_output_by_name():
    x = L.Input((5,), name="x")
    model = tfpy.models.clone_model(tfpy.Model({"x": x}, {"y": L.Dense(2)(x)}))
    model.compile("sgd", "mse")
    model.fit({"x": ROWS}, {"y": ROWS[:, :2]}, verbose=0)
    assert list(model.predict(ROWS)) == list(model.output) == list(model.output_shape) == ["y"]
    with pytest.raises(tfpy.ArgumentError, match="takes inputs x, not z"):
        model({"z": ROWS})
    with pytest.raises(tfpy.ArgumentError, match="lists or dicts of them"):
        tfpy.Model(x, {"y": [x]})


def test_folders_load_too(tmp_path):
    ours = nested(L, tfpy)
    ours.save(tmp_path)
    same(tfpy.load_model(tmp_path), ours, ROWS)


def run(*arguments):
    command = [sys.executable, "-m", "tfpy", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_converts(tmp_path):
    ours = branching(L, tfpy)
    ours.save(tmp_path / "a.keras")
    for source, target in [("a.keras", "b"), ("b", "c.h5"), ("c.h5", "d.keras")]:
        done = run("convert", tmp_path / source, tmp_path / target)
        assert (done.returncode, done.stderr) == (0, "")
    same(tfpy.load_model(tmp_path / "d.keras"), ours, ROWS)
    assert run("convert", tmp_path / "b", tmp_path / "q", "--quantize", "float16").returncode == 0
    size = (tmp_path / "q" / "model.weights.bin").stat().st_size
    assert size == 2 * ours.count_params()
    assert run("convert", tmp_path / "b", tmp_path / "w.safetensors").returncode == 0
    found = tfpy.io.load_safetensors(tmp_path / "w.safetensors")
    assert list(found) == [w.name for w in ours.weights]


def test_the_command_refuses(tmp_path, models_dir):
    done = run("convert", tmp_path / "nowhere.keras", tmp_path / "b")
    assert done.returncode == 1
    assert done.stderr.startswith("tfpy: ")
    assert "nowhere.keras: No such file" in done.stderr
    done = run("convert", models_dir / "tiny_graph", tmp_path / "b.keras")
    assert "a graph model can only be written to a folder" in done.stderr
    assert run("convert", models_dir / "tiny_graph", tmp_path / "copy").returncode == 0
    done = run("convert", tmp_path / "a.keras", tmp_path / "b.h5", "--quantize", "uint8")
    assert "only model.json can be quantized" in done.stderr


def files_of(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_command_quantizes_graph_models_and_cuts_shards(tmp_path, models_dir):
    graph = tfpy.load_graph_model_sync(models_dir / "tiny_graph")
    for target, options in (("a", ("--shard-size", "8")), ("b", ("--quantize", "float16"))):
        done = run("convert", models_dir / "tiny_graph", tmp_path / target, *options)
        assert (done.returncode, done.stderr) == (0, "")
        again = tfpy.load_graph_model_sync(tmp_path / target)
        for name, weight in graph.weights.items():
            np.testing.assert_allclose(again.weights[name].numpy(), weight.numpy(), 1e-3, 1e-3)
    nbytes = sum(w.spec.nbytes for w in graph.weights.values())
    count = -(-nbytes // 8)
    shards = [f"model.weights-shard{i + 1}of{count}.bin" for i in range(count)]
    assert files_of(tmp_path / "a") == sorted(["model.json", *shards])
    assert (tmp_path / "a" / shards[0]).stat().st_size == 8
    # Another model in the same folder takes the place of all its files.
    convert(models_dir / "tiny_graph", tmp_path / "a", shard_size=8)
    assert files_of(tmp_path / "a")[1:] == sorted(s.replace("s-s", "s.1-s") for s in shards)
    convert(models_dir / "tiny_graph", tmp_path / "a")
    assert files_of(tmp_path / "a") == ["model.json", "model.weights.bin"]
    branching(L, tfpy).save(tmp_path / "c.keras")
    convert(tmp_path / "c.keras", tmp_path / "c", shard_size=100)
    assert len(files_of(tmp_path / "c")) > 2
    with pytest.raises(tfpy.ArgumentError, match="cut into shards"):
        convert(tmp_path / "c", tmp_path / "c.h5", shard_size=100)
    with pytest.raises(tfpy.ArgumentError, match="shard_size=0"):
        convert(tmp_path / "c", tmp_path / "d", shard_size=0)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_damaged_files(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    with pytest.raises(tfpy.FetchError, match="No such file"):
        tfpy.load_model(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(tfpy.ModelFormatError, match=f"model{suffix}: not a"):
        tfpy.load_model(path)


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".weights.h5"])
@pytest.mark.filterwarnings("ignore")  # of an optimizer whose state is damaged
def test_a_damaged_byte_is_a_typed_error_and_changes_no_weight(tmp_path, suffix):
    model = tfpy.Sequential([L.Input((2,)), L.Dense(1, name="d")])
    model.compile("sgd", "mse")
    path, dice = tmp_path / f"model{suffix}", random.Random(1)
    alone = suffix.startswith(".weights")
    (model.save_weights if alone else model.save)(path)
    whole, kept = path.read_bytes(), []
    # What is in a zip has checksums, its table has not.
    start = len(whole) - 250 if suffix == ".keras" else 0
    for _ in range(400):
        damaged, before = bytearray(whole), [w.tobytes() for w in model.get_weights()]
        damaged[dice.randrange(start, len(whole))] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged)
        try:
            model.load_weights(path) if alone else tfpy.load_model(path)
        except tfpy.TfpyError:
            kept.append(before == [w.tobytes() for w in model.get_weights()])
    assert kept
    assert all(kept)


def test_the_newer_layout_is_read_by_h5py(tmp_path):
    """Which nobody's `save` writes, but other tools may."""
    model = tfpy.Sequential([L.Input((2,)), L.Dense(3), L.Dense(1)])
    for name in ("model.h5", "m.weights.h5"):
        (model.save if name == "model.h5" else model.save_weights)(tmp_path / name)
        with (
            h5py.File(tmp_path / name) as old,
            h5py.File(tmp_path / "new", "w", libver="v110") as new,
        ):
            new.attrs.update(old.attrs)
            for key in old:
                old.copy(key, new)
        (tmp_path / "new").rename(tmp_path / name)
    assert (tmp_path / name).read_bytes()[8] > 1
    same(tfpy.load_model(tmp_path / "model.h5"), model, ROWS[:, :2])
    model.load_weights(tmp_path / "m.weights.h5")


#: How h5py describes a text of varying length, but for the 1 after the first byte, for "text".
TEXT = bytes([0x19, 1, 1, 0, 16, 0, 0, 0])


@pytest.mark.parametrize("kind", [2, 9])
def test_a_damaged_type_does_not_end_the_process(tmp_path, kind):
    """HDF5's library writes to where such an attribute's values should come from. In a process of
    its own, as it would take this one with it."""
    path = tmp_path / "model.h5"
    tfpy.Sequential([L.Input((2,)), L.Dense(1)]).save(path)
    whole = path.read_bytes()
    assert TEXT in whole
    path.write_bytes(whole.replace(TEXT, bytes([TEXT[0], kind]) + TEXT[2:]))
    done = run("convert", path, tmp_path / "out")
    assert done.returncode == 1
    assert "model.h5: not a complete file of Keras" in done.stderr


@pytest.mark.parametrize("config", [[1], None, {"config": 1}, {"class_name": "Sequential"}])
def test_what_is_no_configuration(tmp_path, config):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", b"")
    with pytest.raises(tfpy.ModelFormatError, match=r"model\.keras: "):
        tfpy.load_model(tmp_path / "model.keras")


def test_weights_that_do_not_fit(tmp_path):
    small, large = (tfpy.Sequential([L.Input((3,)), L.Dense(n, name="d")]) for n in (2, 4))
    small.save(tmp_path / "small.keras")
    large.save(tmp_path / "large.keras")
    with (
        zipfile.ZipFile(tmp_path / "small.keras") as a,
        zipfile.ZipFile(tmp_path / "large.keras") as b,
        zipfile.ZipFile(tmp_path / "mixed.keras", "w") as mixed,
    ):
        mixed.writestr("config.json", a.read("config.json"))
        mixed.writestr("model.weights.h5", b.read("model.weights.h5"))
    with pytest.raises(tfpy.ModelFormatError, match=r"layers/dense/vars/0 has shape \(3, 4\)"):
        tfpy.load_model(tmp_path / "mixed.keras")


def test_options_go_with_tfjs_only(tmp_path):
    model = shared(L, tfpy)
    with pytest.raises(tfpy.ArgumentError, match="quantization only goes with"):
        model.save(tmp_path / "a.keras", quantization="uint8")
    with pytest.raises(tfpy.ArgumentError, match="metadata only goes with"):
        model.save(tmp_path / "a.h5", metadata={})
    for name in ("a.safetensors", "a.weights.h5"):
        with pytest.raises(tfpy.ArgumentError, match="holds weights only"):
            model.save(tmp_path / name)
    model.save(tmp_path / "a.keras")
    with pytest.raises(tfpy.ArgumentError, match="holds weights only"):
        convert(tmp_path / "a.keras", tmp_path / "a.weights.h5")


def test_metadata_travels_along(tmp_path):
    labels, model = {"labels": ["cat", "dög"]}, convolutional(L, tfpy)
    model.save(tmp_path / "none.keras")
    assert tfpy.load_model(tmp_path / "none.keras").user_defined_metadata is None
    model.save(tmp_path / "a.keras", metadata=labels)
    assert model.user_defined_metadata is None
    found = tfpy.load_model(tmp_path / "a.keras")
    assert found.user_defined_metadata == labels
    found.save(tmp_path / "b.keras")
    again = tfpy.load_model(tmp_path / "b.keras")
    assert again.user_defined_metadata == labels
    same(keras.saving.load_model(tmp_path / "b.keras"), model, IMAGES)
    with pytest.warns(UserWarning, match=r"a\.h5.*user_defined_metadata"):
        again.save(tmp_path / "a.h5")
    with pytest.raises(tfpy.ArgumentError, match="metadata is no JSON"):
        model.save(tmp_path / "a.keras", metadata={"a": {1}})
    assert tfpy.load_model(tmp_path / "a.keras").user_defined_metadata == labels


@pytest.mark.parametrize("path", [None, 5])
def test_what_is_no_path(path):
    for use in (tfpy.load_model, shared(L, tfpy).save):
        with pytest.raises(tfpy.ArgumentError, match="is no path"):
            use(path)


# ---------------------------------------------------------------------------------- weights alone


@pytest.mark.parametrize("suffix", [".weights.h5", ".safetensors"])
def test_weights_by_themselves(suffix, tmp_path):
    model, path = convolutional(L, tfpy), tmp_path / f"w{suffix}"
    model.save_weights(path)
    other = tfpy.models.clone_model(model)
    assert [v.name for v in other.weights] == [v.name for v in model.weights]
    other.load_weights(path)
    for a, b in zip(model.weights, other.weights, strict=True):
        assert a.numpy().tolist() == b.numpy().tolist()


@pytest.mark.filterwarnings("ignore")
def test_weights_of_keras_and_for_keras(tmp_path):
    theirs = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours = tfpy.models.model_from_json(theirs.to_json())
    ours.load_weights(tmp_path / "theirs.weights.h5")
    x = np.ones((2, 3), "float32")
    assert_close(ours.predict(x).numpy(), np.asarray(theirs(x)), 1e-6, 1e-6)

    ours.set_weights([w + 1 for w in ours.get_weights()])
    ours.save_weights(tmp_path / "ours.weights.h5")
    back = keras.models.model_from_json(ours.to_json())
    back.load_weights(tmp_path / "ours.weights.h5")
    assert_close(ours.predict(x).numpy(), np.asarray(back(x)), 1e-6, 1e-6)


def test_weights_that_are_not_taken(tmp_path):
    model = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(4)])
    before = [w.tolist() for w in model.get_weights()]
    wider = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(5)])
    for suffix in (".weights.h5", ".safetensors"):
        wider.save_weights(tmp_path / f"w{suffix}")
        with pytest.raises(tfpy.ModelFormatError, match="layers/dense/vars/0 has shape"):
            model.load_weights(tmp_path / f"w{suffix}")
        (tmp_path / f"w{suffix}").write_bytes(b"no weights")
        with pytest.raises(tfpy.ModelFormatError):
            model.load_weights(tmp_path / f"w{suffix}")
        with pytest.raises(tfpy.FetchError):
            model.load_weights(tmp_path / f"none{suffix}")
    with pytest.raises(tfpy.ArgumentError, match=r"\.weights\.h5"):
        model.save_weights(tmp_path / "w.h5")
    with pytest.raises(tfpy.ArgumentError, match="no weights yet"):
        tfpy.Sequential([tfpy.layers.Dense(2)]).save_weights(tmp_path / "w.safetensors")
    with pytest.raises(tfpy.ModelFormatError, match="no JSON"):
        tfpy.models.model_from_json("[1")
    assert [w.tolist() for w in model.get_weights()] == before


def test_a_coroutine_saves_in_the_same_formats(tmp_path):
    model = tfpy.Sequential([L.Input((2,)), L.Dense(1)])
    for name in ("line.keras", "line.h5", "line"):
        asyncio.run(model.save_async(tmp_path / name))
        again = tfpy.load_model(tmp_path / name)
        np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    assert [(tmp_path / name).is_file() for name in ("line.keras", "line")] == [True, False]
    with pytest.raises(tfpy.StorageError):
        asyncio.run(model.save_async(tmp_path / "line.keras", overwrite=False))
