"""Graph models made for the purpose: parsing, folding, execution, refusal of damaged graphs."""

import asyncio
import base64
import gc
import json

import numpy as np
import pytest

import tfpy
from tests.graph_files import files, i32, ints, node, placeholder, s
from tfpy import load_graph_model_sync
from tfpy.graphs.table import ROWS
from tfpy.testing import assert_close

X = np.random.default_rng(5).normal(size=(2, 3)).astype(np.float32)


def load(nodes, constants=None, **more):
    return load_graph_model_sync(files(nodes, constants, **more))


SHAPE_OF_X = [
    placeholder(),
    node("shape", "Shape", "x"),
    node("rows", "StridedSlice", "shape", "zero", "one", "one", shrink_axis_mask={"i": "1"}),
    node("new", "Pack", "rows", "three", "last", axis={"i": "0"}),
    node("y", "Reshape", "x", "new"),
]
SHAPE_CONSTANTS = {
    "zero": np.array([0], np.int32),
    "one": np.array([1], np.int32),
    "three": i32(3),
    "last": i32(1),
}


def test_shapes_are_worked_out_once_per_input_shape(monkeypatch):
    model = load(SHAPE_OF_X, SHAPE_CONSTANTS)
    reads = []
    read = tfpy.backend().read_sync
    monkeypatch.setattr(tfpy.backend(), "read_sync", lambda *a: reads.append(a) or read(*a))
    assert model.predict(tfpy.tensor(X)).shape == (2, 3, 1)
    assert reads
    reads.clear()
    assert model.predict(tfpy.tensor(X)).shape == (2, 3, 1)
    assert reads == []
    assert model.predict(tfpy.zeros((4, 3))).shape == (4, 3, 1)


def test_folded_values_survive_tidy():
    nodes = [placeholder(), node("c", "Mul", "a", "a"), node("y", "Add", "x", "c")]
    model = load(nodes, {"a": np.full(3, 2, np.float32)})
    first = tfpy.tidy(lambda: model.predict(tfpy.tensor(X)))
    np.testing.assert_allclose(first.numpy(), X + 4)
    np.testing.assert_allclose(model.predict(tfpy.tensor(X)).numpy(), X + 4)


def test_numbers_that_depend_on_data_are_read_each_time():
    nodes = [
        placeholder("n", (), "DT_INT32"),
        node("y", "Range", "zero", "n", "one", Tidx={"type": "DT_INT32"}),
    ]
    model = load(nodes, {"zero": i32(0), "one": i32(1)})
    assert model.predict(tfpy.tensor(3)).tolist() == [0, 1, 2]
    assert model.predict(tfpy.tensor(2)).tolist() == [0, 1]


def test_intermediates_are_let_go():
    nodes = [placeholder(), *(node(f"n{i}", "Neg", f"n{i - 1}" if i else "x") for i in range(30))]
    model = load(nodes)
    x = tfpy.tensor(X)
    seen = []
    run = ROWS["Neg"].run

    def counting(attrs, value):
        seen.append(tfpy.memory()["num_tensors"])
        return run(attrs, value)

    gc.collect()
    before = tfpy.memory()["num_tensors"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROWS, "Neg", ROWS["Neg"]._replace(run=counting))
        model.predict(x)
    assert max(seen) - before <= 2
    assert tfpy.memory()["num_tensors"] == before


def test_any_node_and_any_output():
    nodes = [
        placeholder(),
        node("top", "TopKV2", "x", "k"),
        node("y", "Identity", "top:1"),
    ]
    model = load(nodes, {"k": i32(2)})
    values, places = model.execute(tfpy.tensor(X), ["top", "top:1"])
    np.testing.assert_allclose(values.numpy(), -np.sort(-X, axis=1)[:, :2])
    assert places.tolist() == np.argsort(-X, axis=1)[:, :2].tolist()
    assert model.predict(tfpy.tensor(X)).tolist() == places.tolist()
    with pytest.raises(tfpy.ArgumentError, match="no node 'nothing'"):
        model.execute(tfpy.tensor(X), "nothing")
    with pytest.raises(tfpy.ModelFormatError, match="output 2 of top"):
        model.execute(tfpy.tensor(X), "top:2")


def test_intermediate_tensors():
    nodes = [
        placeholder(),
        node("a", "Relu", "x"),
        node("parts", "Unpack", "a", axis={"i": "1"}, num={"i": "3"}),
        node("b", "AddV2", "parts:0", "parts:2"),
        node("where", "Where", "b"),
        node("c", "Neg", "b"),
    ]
    model = load(nodes)
    x = [[1.0, -2.0, 3.0]]
    assert model.get_intermediate_tensors() == {}
    model.execute(x, ["c", "where"])
    assert model.get_intermediate_tensors() == {}
    with tfpy.tidy():
        for run in (model.execute, lambda *a, **k: asyncio.run(model.execute_async(*a, **k))):
            found = run(x, ["c", "where"], keep_intermediate_tensors=True)
            assert [y.tolist() for y in found] == [[-4.0], [[0]]]
    kept = model.get_intermediate_tensors()
    assert {name: [x.tolist() for x in xs] for name, xs in kept.items()} == {
        "a": [[[1.0, 0.0, 3.0]]],
        "parts": [[1.0], [0.0], [3.0]],
        "b": [[4.0]],
        "where": [[[0]]],
        "c": [[-4.0]],
    }
    model.execute(x, "a", keep_intermediate_tensors=True)
    assert list(model.get_intermediate_tensors()) == ["a"]
    assert kept["c"][0].tolist() == [-4.0]
    del kept, found
    before = tfpy.memory()["num_tensors"]
    model.dispose_intermediate_tensors()
    assert model.get_intermediate_tensors() == {}
    assert tfpy.memory()["num_tensors"] == before - 1
    with pytest.raises(tfpy.TraceError, match="cannot keep intermediate"):
        tfpy.function(lambda x: model.execute(x, "c", keep_intermediate_tensors=True))(
            tfpy.tensor(x)
        )
    assert model.execute(x, "c").tolist() == [-4.0]


SAME_AS_C = [node("c2", "Identity", "c"), node("s", "Square", "c")]


def test_results_are_the_callers():
    """Weights, inputs and results that are asked for twice: disposing of one harms no other."""
    model = load([placeholder(), node("y", "Identity", "x"), *SAME_AS_C], {"c": X})
    x = tfpy.tensor(X)
    for _ in range(2):
        first, *found = model.execute(x, ["y", "x", "c", "c2", "c"], keep_intermediate_tensors=True)
        first.dispose()
        assert [y.tolist() for y in found] == [X.tolist()] * 4
        tfpy.dispose(found)
    assert x.tolist() == X.tolist()
    model.execute(x, "s", keep_intermediate_tensors=True).dispose()
    assert model.get_intermediate_tensors()["s"][0].shape == (2, 3)


def test_batch_normalization_gives_its_moments():
    moments = {"scale": [2.0, 3.0], "offset": [1.0, -1.0], "mean": [0.5, 0.0], "var": [4.0, 9.0]}
    constants = {k: np.array(v, np.float32) for k, v in moments.items()}
    attrs = {"epsilon": {"f": 0.0}, "data_format": s("NCHW")}
    nodes = [placeholder(shape=(1, 2, 1, 1)), node("n", "FusedBatchNormV3", "x", *moments, **attrs)]
    model = load([*nodes, node("s", "AddV2", "n:1", "n:4")], constants)
    x = np.ones((1, 2, 1, 1), np.float32)
    found = model.execute(x, ["n", "n:1", "n:2", "n:3", "n:4", "s"])
    assert [y.reshape((-1,)).tolist() for y in found] == [
        *([1.5, 0.0], [0.5, 0.0], [4.0, 9.0], [0.5, 0.0], [4.0, 9.0], [4.5, 9.0])
    ]


def signature(**ends):
    def info(name):
        return {
            "name": name,
            "dtype": "DT_FLOAT",
            "tensorShape": {"dim": [{"size": "-1"}, {"size": "3"}]},
        }

    return {side: {k: info(v) for k, v in names.items()} for side, names in ends.items()}


TWO = [
    placeholder("a"),
    placeholder("b"),
    node("d", "Sub", "a", "b"),
    node("m", "Mul", "a", "b", "^d"),
]
SIGNED = signature(inputs={"second": "b:0", "first": "a:0"}, outputs={"p": "m:0", "q": "d:0"})


@pytest.mark.parametrize("place", ["signature", "userDefinedMetadata"])
def test_signature(place):
    model = load(TWO, **{place: SIGNED if place == "signature" else {"signature": SIGNED}})
    assert model.input_nodes == ["b", "a"]
    assert model.output_nodes == ["m", "d"]
    for given in ([X, 2 * X], {"first": 2 * X, "second": X}, {"a": 2 * X, "b:0": X}):
        product, difference = model.predict(given)
        np.testing.assert_allclose(product.numpy(), 2 * X * X)
        np.testing.assert_allclose(difference.numpy(), X)


def test_structured_outputs():
    metadata = {"signature": SIGNED, "structuredOutputKeys": ["product", "difference"]}
    found = load(TWO, userDefinedMetadata=metadata).predict([X, X])
    assert list(found) == ["product", "difference"]


INPUT = {"name": "x:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "-1"}]}}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"signature": {"inputs": {"x": INPUT, "z": INPUT}}}, "inputs .* are one node: x, x"),
        ({"signature": {"inputs": {"x": {**INPUT, "resourceId": [1]}}}}, r"resourceId is \[1\]"),
        ({"userDefinedMetadata": {"structuredOutputKeys": [[1], "b"]}}, "no different names"),
        ({"userDefinedMetadata": {"structuredOutputKeys": ["a", "a"]}}, "no different names"),
    ],
)
def test_damaged_signatures(more, message):
    nodes = [placeholder(), node("y", "Neg", "x"), node("z", "Abs", "x")]
    with pytest.raises(tfpy.ModelFormatError, match=message):
        load(nodes, **more)


def test_placeholders_beside_the_signature():
    ends = {"inputs": {"x": INPUT}, "outputs": {"y": {"name": "y:0"}}}
    model = load([placeholder(), placeholder("q"), node("y", "Add", "x", "q")], signature=ends)
    for run in (lambda: model.predict(X[0]), lambda: asyncio.run(model.warmup())):
        with pytest.raises(tfpy.ArgumentError, match="without a value: q"):
            run()


def test_a_shape_of_no_sizes_is_a_scalars():
    ends = {"inputs": {"x": {"name": "x:0", "dtype": "DT_FLOAT", "tensorShape": {}}}}
    model = load([placeholder(shape=()), node("y", "Neg", "x")], signature=ends)
    assert model.inputs[0].shape == ()
    with pytest.raises(tfpy.ShapeError, match=r"takes shape \(\), not \(2, 3\)"):
        model.predict(X)
    asyncio.run(model.warmup())


def test_without_signature_the_ends_are_found():
    model = load(TWO)
    assert model.input_nodes == ["a", "b"]
    assert model.output_nodes == ["m"]


def test_inputs_that_nobody_needs_may_be_left_out():
    nodes = [
        placeholder("a"),
        placeholder("b"),
        node("na", "Neg", "a"),
        node("y", "Add", "na", "b"),
    ]
    model = load(nodes)
    np.testing.assert_array_equal(model.execute({"a": X}, "na").numpy(), -X)
    np.testing.assert_array_equal(model.execute({"b": X, "a": X}, "y").numpy(), 0 * X)
    with pytest.raises(tfpy.ArgumentError, match="without a value: a"):
        model.execute({"b": X}, "na")


def test_wrong_inputs():
    model = load(TWO, signature=SIGNED)
    with pytest.raises(tfpy.ShapeError, match=r"input b takes shape \(None, 3\), not \(2, 2\)"):
        model.predict([X[:, :2], X])
    with pytest.raises(tfpy.DTypeError, match="input b takes float32, not int32"):
        model.predict([tfpy.zeros((2, 3), "int32"), X])
    with pytest.raises(tfpy.ArgumentError, match="takes 2 inputs"):
        model.predict([X])
    with pytest.raises(tfpy.ArgumentError, match="no such input: c"):
        model.predict({"a": X, "b": X, "c": X})
    with pytest.raises(tfpy.ArgumentError, match="no such input: 3"):
        model.predict({"a": X, "b": X, 3: X})
    for one in (None, 3.0, X, tfpy.tensor(X)):
        with pytest.raises(tfpy.ArgumentError, match=r"takes 2 inputs \(b, a\), not 1"):
            model.predict(one)
    with pytest.raises(tfpy.ArgumentError, match="inputs without a value: b"):
        model.predict({"a": X})


@pytest.mark.parametrize("outputs", [3, [None], {"y": 1}, ["y", 1]])
def test_wrong_outputs(outputs):
    model = load([placeholder(), node("y", "Neg", "x")])
    with pytest.raises(tfpy.ArgumentError, match=r"execute: outputs must be .* not "):
        model.execute(X, outputs)
    with pytest.raises(tfpy.ArgumentError, match="no node 'y:²'"):
        model.execute(X, "y:²")


def test_errors_in_nodes_name_them():
    model = load([placeholder(), node("y", "Reshape", "x", "to")], {"to": i32(4, 4)})
    with pytest.raises(tfpy.ShapeError, match=r"node y \(Reshape\): reshape: cannot make"):
        model.predict(X)


def test_a_model_is_saved_as_it_was(tmp_path):
    constants = {"w": np.array([[0.1, -2.0, 0.5]], np.float32), "b": np.array([True, False, True])}
    nodes = [
        placeholder(),
        node("y", "Mul", "x", "w"),
        node("z", "Cast", "b", DstT={"type": "DT_FLOAT"}),
        node("sum", "Add", "y", "z"),
    ]
    said = {"generatedBy": "2.11", "userDefinedMetadata": {"structuredOutputKeys": ["sum"]}}
    given = files(nodes, constants, **said)
    model, x = load_graph_model_sync(given), np.ones((1, 3), np.float32)
    model.save(tmp_path)
    written = json.loads((tmp_path / "model.json").read_text())
    wanted = json.loads(given["model.json"])
    assert written["modelTopology"] == wanted["modelTopology"]
    assert {k: written[k] for k in said} == said
    assert (tmp_path / "model.weights.bin").read_bytes() == given["w"]
    again = load_graph_model_sync(tmp_path)
    assert_close(again.predict(x)["sum"].numpy(), model.predict(x)["sum"].numpy())
    small = {}
    asyncio.run(again.save_async(small, quantization={"uint8": "w"}))
    assert len(small["model.weights.bin"]) == 3 + 3
    found = load_graph_model_sync(small).predict(x)["sum"].numpy()
    assert_close(found, model.predict(x)["sum"].numpy(), 0.02, 0.02)
    model.dispose()
    with pytest.raises(tfpy.DisposedError):
        model.save(tmp_path)


def test_disposed():
    model = load(TWO)
    model.dispose()
    with pytest.raises(tfpy.DisposedError):
        model.predict([X, X])


def test_a_weight_that_cannot_be_read_names_the_file_once():
    made = files([placeholder(), node("y", "Add", "x", "c")], {"c": np.zeros(1, np.float64)})
    with pytest.raises(tfpy.UnsupportedError, match="c has dtype float64") as e:
        load_graph_model_sync(made)
    assert str(e.value).count("model.json") == 1


def test_old_encodings():
    """Numeric dtypes, byte arrays for strings, as converters before 1.0 wrote."""
    nodes = [
        node("x", "Placeholder", dtype={"type": 1}, shape={"shape": {"unknownRank": True}}),
        node("p", "MirrorPad", "x", "pads", mode={"s": list(b"REFLECT")}),
        node("y", "Cast", "p", DstT={"type": 3}),
    ]
    model = load(nodes, {"pads": np.array([[0, 0], [1, 1]], np.int32)})
    assert model.predict([[1.0, 2.0, 3.0]]).tolist() == [[2, 1, 2, 3, 2]]


def test_old_lists_name_every_kind():
    dims = {"list": {"s": [], "i": ["1"], "f": [], "type": []}}
    model = load([placeholder(shape=(1, 1, 3)), node("y", "Squeeze", "x", squeeze_dims=dims)])
    assert model.predict(tfpy.zeros((1, 1, 3))).shape == (1, 3)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([placeholder(), node("y", "Neg", "z")], r"do not exist: z \(for y\)"),
        ([placeholder(), node("y", "Neg", "x", "^z")], r"do not exist: z \(for y\)"),
        ([node("a", "Neg", "b"), node("b", "Neg", "a"), node("y", "Neg", "a")], "cycle"),
        ([node("a", "Neg", "a"), node("y", "Neg", "a")], "cycle through a"),
        ([placeholder(), node("a", "Add", "x", "b"), node("b", "Neg", "a")], "has no outputs"),
        ([], "has no outputs"),
        ([placeholder(), node("y", "Add", "x")], r"node y \(Add\) has 1 inputs"),
        ([placeholder(), node("y", "Neg", "x", "x")], r"node y \(Neg\) has 2 inputs"),
        ([placeholder(), node("y", "Neg", "x:1")], "output 1 of x"),
        ([placeholder(), node("c", "Const"), node("y", "Add", "x", "c")], "without a weight: c"),
        ([placeholder(), placeholder()], "two nodes are called x"),
        ([node("x", "Placeholder", shape={"f": 2.5})], r"node x \(Placeholder\): its shape is 2.5"),
        ([node("x", "Placeholder", dtype={"b": True})], "its dtype is True"),
        ([{"op": "Neg"}], "damaged"),
        ("nodes", "damaged"),
    ],
)
def test_damaged_graphs(nodes, message):
    with pytest.raises(tfpy.ModelFormatError, match=message):
        load(nodes)


def test_unknown_operations_are_all_listed():
    nodes = [placeholder(), node("a", "Frob", "x"), node("b", "Wiggle", "a"), node("y", "Neg", "b")]
    with pytest.raises(tfpy.UnsupportedError, match="lacks: Frob, Wiggle"):
        load(nodes)


def test_unknown_parts_of_merged_operations_are_listed_too():
    merged = {"list": {"s": [s("BiasAdd")["s"], s("Tanh")["s"]]}}
    nodes = [placeholder(), node("a", "_FusedMatMul", "x", "w", "w", fused_ops=merged)]
    with pytest.raises(tfpy.UnsupportedError, match="lacks: Frob, _FusedMatMul with Tanh"):
        load([*nodes, node("y", "Frob", "a")], {"w": X})


def test_unknown_operations_nobody_needs_do_no_harm():
    nodes = [placeholder(), node("a", "Frob", "x"), node("y", "Neg", "x")]
    outputs = signature(outputs={"y": "y:0"})
    np.testing.assert_allclose(load(nodes, signature=outputs).predict(X).numpy(), -X)


# ------------------------------------------------------------------------------------------ rows

IMAGE = np.random.default_rng(6).normal(size=(1, 6, 6, 2)).astype(np.float32)
KERNEL = np.random.default_rng(7).normal(size=(3, 3, 2, 4)).astype(np.float32)
BIAS = np.arange(4, dtype=np.float32)
SAME = {"strides": ints(1, 2, 2, 1), "padding": s("SAME"), "data_format": s("NHWC")}
fused_ops = {"list": {"s": [base64.b64encode(n).decode() for n in (b"BiasAdd", b"Relu6")]}}


def conv_same():
    return tfpy.conv2d(IMAGE, KERNEL, 2, "same").numpy()


I = np.int32  # noqa: E741
XX = X.T @ X
CASES = [
    ("Sub", [X, X[0]], {}, X - X[0]),
    ("Div", [i32(7, -9), i32(2, 2)], {}, [3, -4]),
    ("Mod", [i32(7, -9), i32(2, 2)], {}, [1, -1]),
    ("Maximum", [X, np.zeros(3, np.float32)], {}, np.maximum(X, 0)),
    ("Greater", [X, np.float32(0)], {}, X > 0),
    ("AddN", [X, X, X], {}, 3 * X),
    ("BiasAdd", [X, X[0]], {}, X + X[0]),
    ("LeakyRelu", [X], {"alpha": {"f": 0.3}}, np.where(X > 0, X, 0.3 * X)),
    ("Prelu", [X, X[0]], {}, np.where(X > 0, X, X * X[0])),
    ("ClipByValue", [X, np.float32(-0.5), np.float32(0.5)], {}, np.clip(X, -0.5, 0.5)),
    ("Select", [np.array([True, False]), X, -X], {}, X * [[1], [-1]]),
    ("Select", [np.array([True, False, True]), XX, -XX], {}, XX * [[1], [-1], [1]]),
    ("SelectV2", [X > 0, X, np.float32(9)], {}, np.where(X > 0, X, 9)),
    ("SelectV2", [np.array([True, False, True]), XX, -XX], {}, XX * [1, -1, 1]),
    ("Mean", [X, np.array([1], I)], {"keep_dims": {"b": True}}, X.mean(1, keepdims=True)),
    ("Sum", [X, I(0)], {}, X.sum(0)),
    ("Any", [X > 1, I(1)], {}, (X > 1).any(1)),
    ("ArgMax", [X, I(1)], {}, X.argmax(1)),
    ("Softmax", [X], {}, np.exp(X) / np.exp(X).sum(1, keepdims=True)),
    ("Cast", [X], {"DstT": {"type": "DT_BOOL"}}, X != 0),
    ("Shape", [X], {}, [2, 3]),
    ("Size", [X], {}, 6),
    ("Rank", [X], {}, 2),
    ("Fill", [i32(2, 2), np.float32(3)], {}, np.full((2, 2), 3)),
    ("Range", [I(1), I(7), I(2)], {}, [1, 3, 5]),
    ("LinSpace", [np.float32(0), np.float32(1), I(3)], {}, [0, 0.5, 1]),
    ("OneHot", [i32(1, 0), I(3), np.float32(5), np.float32(1)], {}, [[1, 5, 1], [5, 1, 1]]),
    (
        "OneHot",
        [i32(1, 0), I(3), np.float32(1), np.float32(0)],
        {"axis": {"i": "0"}},
        [[0, 1], [1, 0], [0, 0]],
    ),
    ("Reshape", [X, i32(3, -1)], {}, X.reshape(3, 2)),
    ("ExpandDims", [X, I(1)], {}, X[:, None]),
    ("Squeeze", [X[None]], {"squeeze_dims": ints(0)}, X),
    ("Transpose", [X, i32(1, 0)], {}, X.T),
    ("Tile", [X, i32(2, 1)], {}, np.tile(X, (2, 1))),
    ("BroadcastTo", [X[0], i32(4, 3)], {}, np.broadcast_to(X[0], (4, 3))),
    ("Slice", [X, i32(0, 1), i32(-1, 2)], {}, X[:, 1:]),
    (
        "StridedSlice",
        [X, i32(0, 2), i32(0, 0), i32(1, -1)],
        {"begin_mask": {"i": "1"}, "end_mask": {"i": "3"}},
        X[:, ::-1],
    ),
    ("ReverseV2", [X, np.array([1], I)], {}, X[:, ::-1]),
    ("Pad", [X, np.array([[1, 0], [0, 2]], I)], {}, np.pad(X, ((1, 0), (0, 2)))),
    (
        "PadV2",
        [X, np.array([[1, 0], [0, 2]], I), np.float32(7)],
        {},
        np.pad(X, ((1, 0), (0, 2)), constant_values=7),
    ),
    ("Pack", [X, -X], {"axis": {"i": "1"}}, np.stack([X, -X], 1)),
    ("ConcatV2", [X, -X, I(1)], {}, np.concatenate([X, -X], 1)),
    ("ConcatV2", [X[:0], X, I(0)], {}, X),
    ("ConcatV2", [X[:0], X[:0], I(1)], {}, np.zeros((0, 6))),
    ("Concat", [I(0), X, -X], {}, np.concatenate([X, -X])),
    ("GatherV2", [X, i32(2, 0), I(1)], {}, X[:, [2, 0]]),
    ("MatMul", [X, X], {"transpose_b": {"b": True}}, X @ X.T),
    ("BatchMatMulV2", [IMAGE, IMAGE], {"adj_x": {"b": True}}, IMAGE.swapaxes(2, 3) @ IMAGE),
    (
        "_FusedMatMul",
        [X, X.T.copy(), X[0, :2]],
        {"fused_ops": fused_ops},
        np.clip(X @ X.T + X[0, :2], 0, 6),
    ),
    ("Conv2D", [IMAGE, KERNEL], SAME, conv_same),
    (
        "_FusedConv2D",
        [IMAGE, KERNEL, BIAS],
        {**SAME, "fused_ops": fused_ops},
        lambda: np.clip(conv_same() + BIAS, 0, 6),
    ),
    (
        "Conv2D",
        [IMAGE, KERNEL],
        {
            "strides": ints(1, 1, 1, 1),
            "padding": s("EXPLICIT"),
            "explicit_paddings": ints(0, 0, 1, 2, 0, 1, 0, 0),
        },
        lambda: tfpy.conv2d(IMAGE, KERNEL, 1, ((1, 2), (0, 1))).numpy(),
    ),
    (
        "Conv2D",
        [np.moveaxis(IMAGE, 3, 1).copy(), KERNEL],
        {"strides": ints(1, 1, 2, 2), "padding": s("SAME"), "data_format": s("NCHW")},
        lambda: np.moveaxis(conv_same(), 3, 1),
    ),
    (
        "DepthwiseConv2dNative",
        [IMAGE, KERNEL],
        SAME,
        lambda: tfpy.depthwise_conv2d(IMAGE, KERNEL, 2, "same").numpy(),
    ),
    (
        "Conv2DBackpropInput",
        [i32(1, 6, 6, 2), KERNEL, np.ones((1, 3, 3, 4), np.float32)],
        SAME,
        lambda: tfpy.conv2d_transpose(
            np.ones((1, 3, 3, 4), np.float32), KERNEL, (1, 6, 6, 2), 2, "same"
        ).numpy(),
    ),
    (
        "MaxPool",
        [IMAGE],
        {**SAME, "ksize": ints(1, 2, 2, 1)},
        lambda: tfpy.max_pool(IMAGE, 2).numpy(),
    ),
    (
        "AvgPool",
        [IMAGE],
        {**SAME, "ksize": ints(1, 3, 3, 1)},
        lambda: tfpy.avg_pool(IMAGE, 3, 2, "same").numpy(),
    ),
    (
        "FusedBatchNormV3",
        [IMAGE, *(np.array(v, np.float32) for v in ([2, 3], [1, -1], [0.5, 0], [4, 9]))],
        {"epsilon": {"f": 0.0}},
        (IMAGE - [0.5, 0]) / [2, 3] * [2, 3] + [1, -1],
    ),
    (
        "ResizeBilinear",
        [IMAGE, i32(11, 11)],
        {"align_corners": {"b": True}},
        lambda: tfpy.image.resize_bilinear(IMAGE, (11, 11), align_corners=True).numpy(),
    ),
]


@pytest.mark.parametrize(("op", "inputs", "attrs", "want"), CASES, ids=[c[0] for c in CASES])
@pytest.mark.parametrize("fed", [True, False], ids=["fed", "constant"])
def test_row(op, inputs, attrs, want, fed):
    """The first input fed, or a constant like the others: both ways give the same."""
    names = [f"i{k}" for k in range(len(inputs))]
    constants = dict(zip(names, inputs, strict=True))
    nodes = [node("y", op, *names, **attrs)]
    if fed:
        first = np.asarray(constants.pop("i0"))
        kind = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL"}[first.dtype.kind]
        nodes.insert(0, placeholder("i0", first.shape, kind))
        got = load(nodes, constants).execute(tfpy.tensor(first), "y")
    else:
        unused = [placeholder("x", (1,)), node("z", "Neg", "x")]
        got = load([*nodes, *unused], constants).execute(tfpy.zeros((1,)), "y")
    want = want() if callable(want) else np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-5, atol=1e-5)


def test_a_condition_that_does_not_broadcast():
    model = load(
        [placeholder("c", (2,), "DT_BOOL"), node("y", "SelectV2", "c", "a", "a")], {"a": X}
    )
    with pytest.raises(tfpy.ShapeError, match=r"node y \(SelectV2\)"):
        model.predict(np.array([True, False]))


def test_splits():
    nodes = [
        placeholder(),
        node("even", "Split", "one", "x", num_split={"i": "3"}),
        node("uneven", "SplitV", "x", "sizes", "one", num_split={"i": "2"}),
        node("apart", "Unpack", "x", num={"i": "2"}, axis={"i": "0"}),
        node("both", "IdentityN", "even:2", "uneven:1"),
    ]
    model = load(nodes, {"one": i32(1), "sizes": i32(1, 2)})
    x = tfpy.tensor(X[:2])
    wanted = {"even:1": X[:, 1:2], "uneven:1": X[:, 1:], "apart:1": X[1], "both:1": X[:, 1:]}
    for got, want in zip(model.execute(x, list(wanted)), wanted.values(), strict=True):
        np.testing.assert_allclose(got.numpy(), want)
