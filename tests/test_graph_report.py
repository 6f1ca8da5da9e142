"""`tfpy inspect`: what is in a model."""

import json

import numpy as np

from tests.graph_files import files, func, function, node, placeholder
from tfpy.command import main


def written(folder, made):
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return str(folder)


def test_a_graph(tmp_path, capsys):
    strange = function("strange", ["v"], [node("d", "Wiggle", "v")], ["d:o:0"])
    nodes = [
        placeholder(),
        node("a", "Frob", "x"),
        node("b", "Add", "a", "c"),
        node("y", "PartitionedCall", "b", f=func("strange")),
    ]
    made = files(nodes, {"c": np.zeros((2, 3), np.float32)}, (strange,))
    assert main(["inspect", written(tmp_path, made)]) == 0
    out = capsys.readouterr().out
    assert "input     x float32 (None, 3)" in out
    assert "output    y" in out
    assert "ops       Add 1, Const 1, Frob 1, PartitionedCall 1, Wiggle 1" in out
    assert "NOT SUPPORTED: Frob, Wiggle" in out
    assert "weights   1, 6 elements, 24 bytes (float32)" in out


def test_layers(tmp_path, capsys):
    layer = {"class_name": "Dense", "config": {"units": 2}}
    model = {
        "modelTopology": {"class_name": "Sequential", "config": {"layers": [layer, layer]}},
        "weightsManifest": [],
    }
    assert main(["inspect", written(tmp_path, {"model.json": json.dumps(model).encode()})]) == 0
    assert "layers    Dense 2, Sequential 1" in capsys.readouterr().out


def test_what_is_no_model(tmp_path, capsys):
    assert main(["inspect", written(tmp_path, {"model.json": b"{}"})]) == 1
    assert "not a TF.js model" in capsys.readouterr().err


def test_real_models(models_dir, capsys):
    assert main(["inspect", str(models_dir / "topology_only" / "movenet_multipose")]) == 0
    out = capsys.readouterr().out
    assert "input     input int32 (1, 320, 320, 3)" in out
    assert "StatelessWhile" in out
    assert "NOT SUPPORTED" not in out
