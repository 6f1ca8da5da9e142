"""What loading a model takes in a page: bytes of Python's memory, which never shrinks."""

import json
import math
import os
import shutil
from itertools import pairwise

import numpy as np
import pytest

from e2e.conftest import ARTIFACTS

SHARD = 4 << 20
WIDTH, LAYERS = 1024, 5
LOAD = """
import gc, pyodide_js, tfpy
tfpy.set_backend("webgl")
gc.collect()
heap = lambda: pyodide_js._module.HEAPU8.length
start, told = heap(), []
model = await tfpy.load_layers_model(url, on_progress=lambda *now: told.append(now))
loaded = heap() - start
values = await model.predict(tfpy.ones((1, width))).data()
found = {
    "loaded": loaded,
    "used": heap() - start,
    "told": told,
    "values": values,
    "last": model.layers[-1].kernel.data_sync(),
    "textures": tfpy.memory()["num_bytes_in_gpu"],
}
model.dispose()
found
"""


@pytest.fixture(scope="module")
def stack():
    """(address, bytes, result for ones, last weight) of dense layers in files that end inside
    weights."""
    rng = np.random.default_rng(5)
    shape, deviation = (WIDTH, WIDTH), math.sqrt(2 / WIDTH)
    kernels = [rng.normal(0, deviation, shape).astype("f") for _ in range(LAYERS)]
    data = b"".join(kernel.tobytes() for kernel in kernels)
    folder = ARTIFACTS / f"stack-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    cuts = [0, SHARD // 2 + 1, *range(SHARD, len(data), SHARD), len(data)]
    paths = [f"shard{i}.bin" for i in range(len(cuts) - 1)]
    for path, (start, stop) in zip(paths, pairwise(cuts), strict=True):
        (folder / path).write_bytes(data[start:stop])
    (folder / "model.json").write_text(json.dumps(model_json(paths)))
    x = np.ones((1, WIDTH), "f")
    for kernel in kernels:
        x = np.maximum(x @ kernel, 0)
    yield f"/e2e/artifacts/{folder.name}/model.json", len(data), x[0], kernels[-1]
    shutil.rmtree(folder)


def model_json(paths):
    config = {"units": WIDTH, "use_bias": False, "activation": "relu"}
    names = [f"d{i}" for i in range(LAYERS)]
    layers = [
        {
            "class_name": "Dense",
            "config": {"name": name, "batch_input_shape": [None, WIDTH], **config},
        }
        for name in names
    ]
    entry = {"shape": [WIDTH, WIDTH], "dtype": "float32"}
    weights = [{"name": f"{name}/kernel", **entry} for name in names]
    return {
        "modelTopology": {"class_name": "Sequential", "config": {"name": "s", "layers": layers}},
        "weightsManifest": [{"paths": paths, "weights": weights}],
    }


def test_a_model_of_many_files_is_never_in_the_heap_as_a_whole(python_page, stack):
    url, nbytes, values, last = stack
    found = python_page.run(LOAD, url=url, width=WIDTH, timeout=120)
    np.testing.assert_allclose(found["values"], values, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(np.reshape(found["last"], last.shape), last)
    assert found["told"][0] == [0, nbytes]
    assert found["told"][-1] == [nbytes, nbytes]
    assert found["loaded"] < SHARD, "files are in Python's memory"
    assert found["used"] < 4 * SHARD, "more than a weight or two are in Python's memory"
    assert found["textures"] < nbytes + 100_000
