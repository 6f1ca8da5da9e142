"""Models of every family of layers go to TensorFlow.js and come back, and say the same everywhere.

That this holds in pages too, with all the places where a page keeps models: e2e/test_saving.py.
"""

import base64
import functools
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tests import families
from tests.test_layers_tfjs import asked_of_tfjs
from tfpy.io import dialect
from tfpy.io.dialect import layer_entry

SCRIPT = Path(__file__).with_name("oracle") / "models.mjs"


@functools.cache
def answers():
    """By model: what tfpy predicts, what TF.js does, and what it saves then."""
    tfpy.set_backend("numpy")
    models = [families.build(name) for name in families.MODELS]
    asked = [{"artifacts": artifacts(m), "inputs": families.inputs(m)} for m in models]
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(asked), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = zip(models, json.loads(done.stdout), strict=True)
    return dict(zip(families.MODELS, found, strict=True))


def artifacts(model):
    """The model as TF.js has it in memory, the weights as base64."""
    files = {}
    model.save(files)
    content = json.loads(files["model.json"])
    specs = [w for group in content.pop("weightsManifest") for w in group["weights"]]
    data = base64.b64encode(files["model.weights.bin"]).decode()
    return {**content, "weightSpecs": specs, "weightData": data}


def files(saved):
    """What TF.js saved, as files."""
    manifest = [{"paths": ["w"], "weights": saved.pop("weightSpecs")}]
    weights = base64.b64decode(saved.pop("weightData"))
    return {"model.json": json.dumps({**saved, "weightsManifest": manifest}).encode(), "w": weights}


def assert_same(found, wanted):
    for y, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(y, want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", families.MODELS)
def test_to_tfjs_and_back(name, use_backend):
    model, there = answers()[name]
    assert "error" not in there, there["error"]
    wanted = families.predicted(model)
    assert_same(there["outputs"], wanted)
    back = tfpy.load_layers_model_sync(files(dict(there["artifacts"])))
    assert_same(families.predicted(back), wanted)
    again = artifacts(back)
    assert again["weightData"] == artifacts(model)["weightData"]


def test_every_layer_of_tfjs_is_in_one_of_them():
    there = set(asked_of_tfjs()["classes"])
    # What draws numbers anew or differs in TF.js (test_layers_tfjs.py), and what is only in others.
    apart = {"RandomWidth", "Resizing", "CenterCrop", "CategoryEncoding"}
    apart |= {"ConvLSTM2DCell", "Functional"}
    models = [build() for build in families.MODELS.values()]
    here = {entry["class_name"] for m in models for entry in dialect.walk_layers(layer_entry(m))}
    assert there - here == apart
