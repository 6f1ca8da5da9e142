"""The tables of layers that are compared with Keras, as rows for `layer_runner` with references.

What a layer computes on NumPy is compared with Keras's natively; here that is the reference for
other backends and browsers. Importing this imports Keras.
"""

import json
import zlib

import numpy as np

import tfpy
from tests import judge, layer_runner
from tests.samples import TOLERANCES
from tests.test_layers_keras import CASES as LAYERS
from tests.test_layers_rnn import WRAPPERS
from tests.test_layers_rnn_keras import CASES as RECURRENT
from tfpy.testing import assert_close

#: Wrappers of layers that are not recurrent; test_layers_values.py compares them with Keras.
OTHERS = {
    "dense": (
        lambda layers: layers.SpectralNormalization(layers.Dense(3)),
        np.linspace(-1, 1, 8, dtype="float32").reshape(2, 4),
    )
}


def rows():
    """(name, tolerance, row) of every case."""
    found = []
    for c in LAYERS + RECURRENT:
        layer = c.cls(**c.arguments)
        row = _row(layer, c.inputs, c.call, c.single or c.spread)
        row["trainings"] = [False, True] if c.in_training else [False]
        row["differentiable"] = c.grad_order > 0
        found.append((c.id, c.tolerance, row))
    for name, (make, x) in {**WRAPPERS, **OTHERS}.items():
        layer = make(tfpy.layers)
        row = _row(layer, [x], {}, True)
        found.append((f"{type(layer).__name__}-{name}", "contraction", row))
    return found


def _row(layer, inputs, call, spread):
    # Pages have no wider integers.
    inputs = [x.astype("int32") if x.dtype == "int64" else x for x in inputs]
    row = {
        "layer": type(layer).__name__,
        "config": json.loads(json.dumps(layer.get_config())),
        "inputs": [judge.pack(x) for x in inputs],
        "call": _packed(call),
        "spread": spread,
        "trainings": [False],
        "differentiable": True,
        "planned": False,
    }
    tensors = [tfpy.tensor(x) for x in inputs]
    layer(*layer_runner.arrange(row, tensors), **call)
    weights = [
        w if w.dtype.kind != "f" else _drawn(w, i) for i, w in enumerate(layer.get_weights())
    ]
    return {**row, "weights": [judge.pack(w) for w in weights]}


def _drawn(weight, position):
    """Neither 0 nor 1, by which a bug could hide; variances are positive."""
    rng = np.random.default_rng(zlib.crc32(f"{weight.shape}{position}".encode()))
    return rng.uniform(0.2, 1.2, weight.shape).astype(weight.dtype)


def _packed(value):
    """`value` with its arrays as JSON."""
    if isinstance(value, dict):
        return {k: _packed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_packed(v) for v in value]
    return judge.pack(value) if isinstance(value, np.ndarray) else value


def judge_row(tolerance, result, reference):
    """Fail unless outputs, weights and gradients are those of the reference and nothing is left."""
    assert "error" not in result, f"{result['error']}\n{result['trace']}"
    kinds = {"outputs": TOLERANCES[tolerance], "gradients": TOLERANCES["gradient"]}
    for kind, (rtol, atol) in kinds.items():
        found, wanted = result.get(kind, ()), reference.get(kind, ())
        for packed, want in zip(found, map(judge.to_array, wanted), strict=True):
            scale = max(1.0, float(np.abs(want).max(initial=0)))
            assert packed["dtype"] == str(want.dtype)
            assert_close(judge.to_array(packed), want, rtol, atol * scale)
    assert not result["leaked"], f"left behind: {result['leaked']}"
