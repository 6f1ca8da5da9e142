"""MobileNetV1: tfpy's side of mobilenet.js."""

import json
import tempfile
from pathlib import Path

import tfpy


async def prepare(data):
    """Load the model from Pyodide's disk; the step predicts from the image's values."""
    with tempfile.TemporaryDirectory() as folder:
        model = await tfpy.load_layers_model(str(write_model(data, Path(folder))))
    image, shape = data["image"], data["shape"]
    return lambda: model.predict(tfpy.tensor(image, shape=shape))


def write_model(data, folder):
    """The model's two files, as TF.js's own writer names them."""
    manifest = [{"paths": ["model.weights.bin"], "weights": data["specs"]}]
    model = {
        "format": "layers-model",
        "modelTopology": data["topology"],
        "weightsManifest": manifest,
    }
    (folder / "model.weights.bin").write_bytes(data["weights"])
    (folder / "model.json").write_text(json.dumps(model))
    return folder / "model.json"
