"""A layers model of one weight in three files, to be loaded over bad networks."""

import json
import struct

VALUES = [float(i) for i in range(24)]
DATA = struct.pack("<24f", *VALUES)
#: Files of 40, 40 and 16 bytes.
SHARDS = {"a.bin": DATA[:40], "b.bin": DATA[40:80], "c.bin": DATA[80:]}


def model_json(**group):
    """Its `model.json`; `group` goes into the manifest."""
    config = {"units": 12, "name": "d", "use_bias": False, "batch_input_shape": [None, 2]}
    layers = [{"class_name": "Dense", "config": config}]
    weights = [{"name": "d/kernel", "shape": [2, 12], "dtype": "float32"}]
    manifest = [{"paths": ["a.bin", "./b.bin", "c.bin"], "weights": weights, **group}]
    topology = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    content = {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}
    return json.dumps(content).encode()


FILES = {"model.json": model_json(), **SHARDS}
