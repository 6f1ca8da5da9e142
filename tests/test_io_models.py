"""Real models against what TF.js computed, in the page's most common ways of loading them."""

import asyncio
import json

import numpy as np
import pytest

import tfpy
from tests import goldens, translation

LAYERS = ["mobilenet_v1_025_224_layers", "mnist_digits_layers", "abalone_layers"]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_layers_model_matches_tfjs(models_dir, use_backend, backend, name):
    use_backend(backend)
    model = tfpy.load_layers_model_sync(models_dir / name)
    for case in goldens.cases(models_dir, name)[:2]:
        (golden,) = case.outputs.values()
        goldens.judge(golden, model.predict(case.x).numpy())


@pytest.mark.parametrize("name", goldens.GRAPHS)
@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_graph_model_matches_tfjs(models_dir, use_backend, backend, name):
    use_backend(backend)
    model = tfpy.load_graph_model_sync(models_dir / name)
    for case in goldens.cases(models_dir, name):
        for _ in range(2):  # the second run takes what the first folded
            outputs = model.execute(tfpy.tensor(case.x), list(case.outputs))
            for got, golden in zip(outputs, case.outputs.values(), strict=True):
                goldens.judge(golden, got.numpy())


def test_goldens_can_fail(models_dir):
    case = goldens.cases(models_dir, "abalone_layers")[0]
    (golden,) = case.outputs.values()
    right = np.array(golden["values"]).reshape(golden["shape"])
    goldens.judge(golden, right)
    with pytest.raises(AssertionError, match="off by"):
        goldens.judge(golden, right * 1.001)


def test_async_loaders_tell_progress(models_dir):
    told = []
    model = asyncio.run(
        tfpy.load_layers_model(
            models_dir / "mobilenet_v1_025_224_layers", on_progress=lambda *a: told.append(a)
        )
    )
    total = sum(4 * v.size for v in model.weights)
    assert told[0] == (0, total)
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_translation_matches_tfjs(models_dir, use_backend, backend):
    use_backend(backend)
    folder = models_dir / "translation_lstm_layers"
    meta = json.loads((folder / "metadata.json").read_text())
    model = tfpy.load_layers_model_sync(folder)
    for case in json.loads((folder / "golden.json").read_text())["cases"]:
        text, outputs = asyncio.run(translation.answers(model, meta, case["name"]))
        assert text == case["greedy_decode"]
        for got, name in zip(outputs, translation.GOLDENS, strict=True):
            goldens.judge(case[name], got.numpy())


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_embedding_and_gru_match_tfjs(models_dir, use_backend, backend):
    use_backend(backend)
    model = tfpy.load_layers_model_sync(models_dir / "tiny_embedding_gru_layers")
    (case,) = goldens.cases(models_dir, "tiny_embedding_gru_layers")
    (golden,) = case.outputs.values()
    goldens.judge(golden, model.predict(case.x).numpy())


@pytest.mark.parametrize("name", ["translation_lstm_layers", "tiny_embedding_gru_layers"])
def test_recurrent_models_can_be_saved(models_dir, tmp_path, name):
    model = tfpy.load_layers_model_sync(models_dir / name)
    model.save(tmp_path)
    found = tfpy.load_layers_model_sync(tmp_path)
    assert found.get_config() == model.get_config()
    for v, w in zip(found.weights, model.weights, strict=True):
        assert v.name == w.name
        np.testing.assert_array_equal(v.numpy(), w.numpy())
    # As TF.js reads it: initial states are further inputs.
    nodes = json.loads((tmp_path / "model.json").read_text())["modelTopology"]["config"]["layers"]
    if name.startswith("translation"):
        (call,) = next(n for n in nodes if n["name"] == "lstm_2")["inbound_nodes"]
        assert call == [["input_2", 0, 0, {}], ["lstm_1", 0, 1, {}], ["lstm_1", 0, 2, {}]]


def test_loading_the_other_kind_says_which_loader(models_dir):
    with pytest.raises(tfpy.ModelFormatError, match=r"use tfpy\.load_graph_model"):
        tfpy.load_layers_model_sync(models_dir / "tiny_graph")
    with pytest.raises(tfpy.ModelFormatError, match=r"use tfpy\.load_layers_model"):
        tfpy.load_graph_model_sync(models_dir / "abalone_layers")
