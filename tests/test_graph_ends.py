"""What a graph is fed by name, inner nodes too, and results that contradict its signature."""

import json

import numpy as np
import pytest

import tfpy
from tests import goldens
from tests.graph_files import files, i, i32, node, placeholder, sizes
from tests.oracle.graphs import Job, answers
from tfpy import load_graph_model_sync

X = np.arange(6, dtype=np.float32).reshape(2, 3)
FIVES = np.full((2, 3), 5, np.float32)


def load(nodes, constants=None, **more):
    return load_graph_model_sync(files(nodes, constants, **more))


SQUARED = [placeholder(), node("y", "Add", "x", "c"), node("z", "Mul", "y", "y")]
PARTS = [
    placeholder(),
    node("parts", "Unpack", "x", axis=i(1), num=i(3)),
    node("y", "Sub", "parts:2", "parts"),
]


def test_inner_nodes_may_be_fed_as_in_tfjs():
    file = files(SQUARED, {"c": np.float32(2)})
    (want,) = answers([Job(file, {"y": FIVES}, ["z"])])
    model = load_graph_model_sync(file)
    for name in ("y", "y:0"):
        np.testing.assert_array_equal(model.execute({name: FIVES}, ["z"])[0].numpy(), want[0])
    assert model.predict({"y": FIVES}).tolist() == [[25.0] * 3] * 2
    assert model.predict({"x": X, "y": FIVES}).tolist() == [[25.0] * 3] * 2
    assert model.predict({"x": X, "c": np.float32(0)}).tolist() == (X * X).tolist()
    same = tfpy.tensor(FIVES)
    assert model.execute({"y": same}, "y") is not same


def test_single_outputs_of_nodes_may_be_fed():
    model = load(PARTS)
    ones, twos = np.ones(2, np.float32), np.full(2, 2, np.float32)
    assert model.predict({"parts:0": twos, "parts:2": ones}).tolist() == [-1, -1]
    with pytest.raises(tfpy.ArgumentError, match="without a value: parts:0"):
        model.predict({"parts:2": ones})
    with pytest.raises(tfpy.ModelFormatError, match="the inputs: output 3 of parts"):
        model.predict({"parts:3": ones})


def test_placeholders_beside_the_signature_say_what_they_take():
    ends = {"inputs": {"x": {"name": "x:0"}}, "outputs": {"y": {"name": "y:0"}}}
    nodes = [placeholder(), placeholder("q"), node("y", "Add", "x", "q")]
    model = load(nodes, signature=ends)
    np.testing.assert_array_equal(model.predict({"x": X, "q": X}).numpy(), X + X)
    with pytest.raises(tfpy.ShapeError, match="input q takes shape"):
        model.predict({"x": X, "q": X[:, :1]})
    with pytest.raises(tfpy.DTypeError, match="input q takes float32"):
        model.predict({"x": X, "q": tfpy.zeros((2, 3), "int32")})


def test_names_that_no_node_has():
    model = load([placeholder("image"), node("y", "Neg", "image")])
    for name in ("imge", "imge:0", 3):
        with pytest.raises(tfpy.ArgumentError, match=f"no such input: {name}.* takes image"):
            model.predict({name: X})
    with pytest.raises(tfpy.ArgumentError, match=r"no such input: imge \(near it: image\)"):
        model.predict({"imge": X})
    with pytest.raises(tfpy.ArgumentError, match=r"no node 'imagee' \(near it: image\)"):
        model.execute(X, "imagee")
    with pytest.raises(tfpy.ArgumentError, match="two values for image:0"):
        model.predict({"image": X, "image:0": X})


# ------------------------------------------------------------------------------------- outputs


def saying(dtype=None, *shape):
    said = {"name": "y:0", "dtype": dtype, "tensorShape": sizes(*shape)["shape"]}
    return {"outputs": {"y": said}}


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (saying("DT_FLOAT", 7), r"output y is \(2, 3\); the model's signature says shape \(7,\)"),
        (saying("DT_FLOAT", -1, 4), r"is \(2, 3\); .* says shape \(None, 4\)"),
        (saying("DT_FLOAT"), r"says shape \(\)"),
        (saying("DT_INT32", 2, 3), "output y is float32; the model's signature says int32"),
    ],
)
def test_results_that_contradict_the_signature(says, message):
    model = load([placeholder(), node("y", "Neg", "x")], signature=says)
    for run in (model.predict, model.execute):
        with pytest.raises(tfpy.ModelFormatError, match=message):
            run(X)


@pytest.mark.parametrize("dtype", ["DT_FLOAT", "DT_DOUBLE", "DT_HALF", 1, None])
@pytest.mark.parametrize("shape", [(2, 3), (-1, 3), (-1, -1)])
def test_results_as_the_signature_says(dtype, shape):
    model = load([placeholder(), node("y", "Neg", "x")], signature=saying(dtype, *shape))
    np.testing.assert_array_equal(model.predict(X).numpy(), -X)


@pytest.mark.parametrize("dtype", ["DT_INT64", "DT_UINT8", "DT_INT32"])
def test_integers_are_one_kind(dtype):
    nodes = [placeholder(), node("y", "ArgMax", "x", "axis")]
    model = load(nodes, {"axis": i32(1)}, signature=saying(dtype, -1))
    assert model.predict(X).tolist() == [2, 2]


def test_other_sizes_inside_are_their_users_business():
    """A signature speaks of what comes of the model's own inputs."""
    model = load(SQUARED, {"c": np.float32(2)}, signature={
        "inputs": {"x": {"name": "x:0"}},
        "outputs": {"z": {"name": "z:0", "tensorShape": sizes(2, 3)["shape"]}},
    })  # fmt: skip
    assert model.predict({"y": FIVES[:1]}).shape == (1, 3)


def test_a_real_model_whose_last_node_was_passed_by(models_dir):
    folder = models_dir / "facemesh"
    model = json.loads((folder / "model.json").read_text())
    paths = [p for group in model["weightsManifest"] for p in group["paths"]]
    nodes = {n["name"]: n for n in model["modelTopology"]["node"]}
    last = nodes["Identity_1"]
    last["input"] = nodes[last["input"][0]]["input"][:1]
    parts = {p: (folder / p).read_bytes() for p in paths}
    net = load_graph_model_sync({"model.json": json.dumps(model).encode(), **parts})
    with pytest.raises(
        tfpy.ModelFormatError, match=r"Identity_1 is \(1, 1, 1, 266\); .*\(1, 266\)"
    ):
        net.predict(goldens.cases(models_dir, "facemesh")[0].x)
