"""The Python of the page for transfer learning: taught, asked, saved and loaded, without a page."""

import asyncio
import gc
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tests.photos import crops

PAGE = Path(__file__).parents[1] / "web" / "transfer" / "teach.py"
PHOTOS = {"cat": "chelsea.png", "coffee": "coffee_256.png", "astronaut": "astronaut_256.png"}
MODEL = "mobilenet_v1_025_224_layers"


@pytest.fixture(params=["numpy", "webgl"])
def teach(request, use_backend, models_dir):
    """The page's module, with MobileNet loaded."""
    use_backend(request.param)
    spec = importlib.util.spec_from_file_location("teach", PAGE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asyncio.run(module.load(models_dir / MODEL))
    return module


def show_examples(teach, models_dir, count=5):
    """Show examples of each class; returns what `train` takes."""
    classes, number = [], 0
    for name, photo in PHOTOS.items():
        classes.append({"name": name, "examples": []})
        for picture in crops(models_dir, photo, count, seed=1):
            asyncio.run(teach.remember(number, picture))
            classes[-1]["examples"].append(number)
            number += 1
    return classes


def train(teach, classes):
    """Train; returns what the page is told, and of that the charts by themselves."""
    told = []
    asyncio.run(teach.train(classes, lambda **values: told.append(values)))
    charts = [values["chart"] for values in told if "chart" in values]
    return [values for values in told if "chart" not in values], charts


def answers(teach, models_dir):
    """What the page says of pictures it was not taught with: the best name, all probabilities."""
    for name, photo in PHOTOS.items():
        for picture in crops(models_dir, photo, 3, seed=2):
            found = asyncio.run(teach.classify(picture))["classes"]
            yield name, max(found, key=lambda c: c["probability"])["name"], found


def test_a_few_examples_teach_it(teach, models_dir):
    picture = next(crops(models_dir, PHOTOS["cat"], 1, seed=3))
    assert asyncio.run(teach.classify(picture)) is None
    assert teach.base.trainable_weights == []
    before = [v.numpy() for v in teach.base.weights]

    told, charts = train(teach, show_examples(teach, models_dir))
    assert [(values["epoch"], values["of"]) for values in told] == [(i + 1, 50) for i in range(50)]
    assert told[-1]["loss"] < 0.1 * told[0]["loss"]
    assert len(charts) == 50
    losses = [row["y"] for row in charts[-1]["datasets"]["loss"]]
    assert losses == pytest.approx([values["loss"] for values in told])
    for name, best, found in answers(teach, models_dir):
        assert best == name
        assert sum(c["probability"] for c in found) == pytest.approx(1, abs=1e-5)
    for old, variable in zip(before, teach.base.weights, strict=True):
        assert np.array_equal(old, variable.numpy())


def test_what_is_packed_answers_the_same(teach, models_dir):
    train(teach, show_examples(teach, models_dir))
    before = list(answers(teach, models_dir))
    packed = asyncio.run(teach.pack())
    teach.head, teach.labels = None, []
    assert asyncio.run(teach.unpack(packed)) == list(PHOTOS)
    assert list(answers(teach, models_dir)) == before


@pytest.mark.parametrize("teach", ["numpy"], indirect=True)
def test_what_is_no_network_of_this_page_is_refused(teach, models_dir):
    head = teach.head
    with pytest.raises(ValueError, match="not downloaded from this page"):
        asyncio.run(teach.unpack(b"no zip file"))
    for model, metadata in [
        (tfpy.Sequential([tfpy.layers.Input((256,)), tfpy.layers.Dense(2)]), None),
        (tfpy.Sequential([tfpy.layers.Input((256,)), tfpy.layers.Dense(2)]), {"labels": ["a"]}),
        (tfpy.Sequential([tfpy.layers.Input((9,)), tfpy.layers.Dense(1)]), {"labels": ["a"]}),
    ]:
        files = {}
        tfpy.save_layers_model(model, files, metadata=metadata)
        assert json.loads(files["model.json"]).get("userDefinedMetadata") == metadata
        with pytest.raises(ValueError, match="not trained on this page"):
            asyncio.run(teach.take_over(files))
    assert teach.head is head


def test_rounds_of_training_leave_nothing_behind(teach, models_dir):
    classes = show_examples(teach, models_dir)
    counts = []
    for _ in range(3):
        train(teach, classes)
        asyncio.run(teach.classify(next(crops(models_dir, PHOTOS["cat"], 1, seed=4))))
        gc.collect()
        memory = tfpy.memory()
        counts.append((memory["num_tensors"], memory.get("num_textures")))
    assert counts[2] == counts[1]
    teach.forget([example for c in classes for example in c["examples"]])
    assert tfpy.memory()["num_tensors"] == counts[2][0] - 15
