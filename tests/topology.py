"""Official models of which only the graph is at hand, with weights made up for a test.

They are drawn, save the constants that `topology_constants` and `topology_movenet` write down.
"""

import json
import math

import numpy as np

from tests import topology_constants, topology_movenet

_CONSTANTS = topology_constants.CONSTANTS | topology_movenet.CONSTANTS


def files(folder, seed=0):
    """The model in `folder` as `{"model.json": ..., "w": ...}` with weights of its own."""
    model = json.loads((folder / "model.json").read_text())
    constants = _CONSTANTS[folder.name]
    entries = [entry for group in model["weightsManifest"] for entry in group["weights"]]
    random = np.random.default_rng(seed)
    data = [_weight(entry, constants, random).tobytes() for entry in entries]
    model["weightsManifest"] = [{"paths": ["w"], "weights": entries}]
    return {"model.json": json.dumps(model).encode(), "w": b"".join(data)}


def _weight(entry, constants, random):
    shape = tuple(entry["shape"])
    quantized = entry.get("quantization", {}).get("dtype")
    name = entry["name"].removeprefix("ConstantFolding/")
    if entry["dtype"] == "int32" or name in constants:
        values = np.array(constants[name])
        assert values.shape == shape, name
        return values.astype(quantized or entry["dtype"])
    # Such that activations stay about as large from layer to layer; variances are positive.
    depthwise = "depthwise" in name or name.endswith("separable_conv2d/ReadVariableOp")
    fan_in = math.prod(shape[:2] if depthwise else shape[:-1]) or 1
    values = random.normal(0, 1 / math.sqrt(fan_in), shape)
    if "variance" in entry["name"]:
        values = np.abs(values) + 0.5
    if quantized in ("uint8", "uint16"):
        codes = (values - entry["quantization"]["min"]) / entry["quantization"]["scale"]
        return np.clip(np.rint(codes), 0, np.iinfo(quantized).max).astype(quantized)
    return values.astype(quantized or np.float32)
