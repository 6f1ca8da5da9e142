"""What a graph may do wrong while it runs, what others may add to it, and what stays behind."""

import asyncio
import gc

import numpy as np
import pytest

import tfpy
from tests.graph_files import (
    f,
    files,
    func,
    function,
    i,
    i32,
    kind,
    node,
    placeholder,
    s,
    sizes,
    yes,
)
from tests.graph_flows import (
    CAPTURED,
    CAPTURING,
    COUNTING,
    ENTRIES,
    FLOWS,
    NESTED,
    NUMBERS,
    X,
    loop,
)
from tfpy.graphs.loops import MAX_DEPTH
from tfpy.graphs.program import MAX_UNROLLED


def load(nodes, constants=None, functions=(), **more):
    return tfpy.load_graph_model_sync(files(nodes, constants, functions, **more))


def counting(rounds):
    model = load(COUNTING, {**NUMBERS, "c": np.float32(1)})
    return model, {"x": X, "n": i32(rounds)}


@pytest.fixture
def custom():
    names = []

    def register(name, run):
        names.append(name)
        tfpy.register_op(name, run)

    yield register
    for name in names:
        tfpy.deregister_op(name)


# --------------------------------------------------------------------------------------- loops


def test_a_loop_without_end_is_an_error():
    forever = function("forever", ["k"], [node("yes", "LessEqual", "k", "k")], ["yes:z:0"])
    same = function("same", ["k"], [node("next", "Identity", "k")], ["next:output:0"])
    nodes = [placeholder(), node("y", "While", "x", cond=func("forever"), body=func("same"))]
    model = load([placeholder("x", (), "DT_INT32"), nodes[1]], {}, (forever, same))
    assert model.max_rounds == 100_000
    model.max_rounds = 50
    with pytest.raises(tfpy.ExecutionError, match=r"node y \(While\): loop y: more than 50 rounds"):
        model.predict(i32(1))
    with pytest.raises(tfpy.ExecutionError, match=r"50 rounds \(model.max_rounds may allow more"):
        asyncio.run(model.predict_async(i32(1)))


def test_the_limit_is_of_one_run():
    model, inputs = counting(20)
    model.max_rounds = 30
    for _ in range(3):
        assert model.execute(inputs, "k_out").item() == 20


def test_loops_leave_nothing_behind():
    model, inputs = counting(5)
    model.execute(inputs, "y")
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    for _ in range(3):
        model.execute(inputs, "y")
    assert tfpy.memory()["num_tensors"] == before


def test_rounds_let_go_of_what_they_made(monkeypatch):
    model, inputs = counting(40)
    seen = []
    values = tfpy.graphs.program.Context.count_round

    def counted(self, name):
        seen.append(tfpy.memory()["num_tensors"])
        values(self, name)

    monkeypatch.setattr(tfpy.graphs.program.Context, "count_round", counted)
    model.execute(inputs, "y")
    assert max(seen[3:]) <= seen[2]


def test_a_loop_of_known_length_can_be_traced():
    model, inputs = counting(3)
    want = model.execute(inputs, "y").numpy()
    n = tfpy.tensor(inputs["n"])
    traced = tfpy.function(lambda x: model.execute({"x": x, "n": n}, "y"))
    np.testing.assert_allclose(traced(tfpy.tensor(X)).numpy(), want)


def test_a_long_loop_cannot_be_traced():
    model, _ = counting(3)
    n = tfpy.tensor(MAX_UNROLLED + 1)
    traced = tfpy.function(lambda x: model.execute({"x": x, "n": n}, "y"))
    with pytest.raises(tfpy.TraceError, match="rounds to unroll"):
        traced(tfpy.tensor(X))


def test_gradients_go_through_loops():
    model, _ = counting(3)
    gradient = tfpy.grad(lambda x: model.execute({"x": x, "n": i32(3)}, "y").sum())(tfpy.tensor(X))
    np.testing.assert_allclose(gradient.numpy(), np.full(X.shape, -2.0))


def test_loops_wait_for_what_their_entries_wait_for():
    nodes = [n | {"input": [*n["input"], "^sure"]} if n["op"] == "Enter" else n for n in COUNTING]
    nodes += [node("few", "Less", "n", "five"), node("sure", "Assert", "few", "n")]
    model = load(nodes, {**NUMBERS, "c": np.float32(1)})
    assert model.execute({"x": X, "n": i32(3)}, "k_out").item() == 3
    with pytest.raises(tfpy.ExecutionError, match=r"node sure \(Assert\)"):
        model.execute({"x": X, "n": i32(9)}, "k_out")


def test_inside_of_a_loop_nothing_can_be_asked_for():
    model, inputs = counting(3)
    with pytest.raises(tfpy.ArgumentError, match="no node 'scaled': it is in a loop"):
        model.execute(inputs, "scaled")
    assert model.has_node("scaled")


def test_a_way_not_taken_cannot_be_asked_for():
    (flow,) = (flow for flow in FLOWS if flow.name == "branch True")
    model = tfpy.load_graph_model_sync(flow.files)
    with pytest.raises(tfpy.ExecutionError, match="less:0 is on a way that was not taken"):
        model.execute(flow.inputs, "less")
    assert model.execute(flow.inputs, "twice").shape == X.shape


def test_constants_wait_for_their_way():
    nodes = [
        placeholder("p", (), "DT_BOOL"),
        node("way", "Switch", "p", "p"),
        node("no", "Identity", "way"),
        node("yes", "Identity", "way:1"),
        node("a", "Const", "^no"),
        node("b", "Const", "^yes"),
        node("y", "Merge", "a", "b"),
        node("z", "Neg", "y"),
    ]
    model = load(nodes, {"a": i32(1), "b": i32(2)})
    assert model.execute(np.bool_(True), ["z", "y:1"])[0].item() == -2
    assert model.execute(np.bool_(False), ["z", "y:1"])[1].item() == 0


def test_parts_with_no_other_axes_are_joined():
    """A known shape of no sizes is not an unknown one."""
    nodes = [
        placeholder("x", (4,)),
        node("a", "TensorArrayV3", "two", dtype=kind("DT_FLOAT")),
        node("split", "TensorArraySplitV3", "a", "x", "lengths", "a:1"),
        node("y", "TensorArrayConcatV3", "a", "split", element_shape_except0=sizes()),
        node("z", "TensorArrayConcatV3", "a", "split", element_shape_except0=sizes(2)),
    ]
    model = load(nodes, {**NUMBERS, "lengths": i32(1, 3)})
    assert model.execute(np.arange(4.0), "y").tolist() == [0, 1, 2, 3]
    with pytest.raises(tfpy.ShapeError, match=r"of shape \(1,\) in a list of shape \(None, 2\)"):
        model.execute(np.arange(4.0), "z")


# ----------------------------------------------------------------------------------- functions


def test_calls_of_functions():
    double = function("double", ["v"], [node("d", "Add", "v", "v")], ["d:z:0"])
    twice = function(
        "twice",
        ["v"],
        [
            node("one", "PartitionedCall", "v", f=func("double")),
            node("two", "StatefulPartitionedCall", "one:output:0", f=func("double")),
        ],
        ["two:output:0"],
    )
    model = load(
        [placeholder(), node("y", "PartitionedCall", "x", f=func("twice"))], {}, (double, twice)
    )
    np.testing.assert_array_equal(model.predict(X).numpy(), 4 * X)


def chain(first):
    """Nodes that each take what the one before gave."""
    return [node(f"p{k}", "Probe", f"p{k - 1}:output:0" if k else first) for k in range(4)]


@pytest.mark.parametrize("op", ["PartitionedCall", "If", "While"])
def test_values_in_functions_go_after_their_last_use(custom, op):
    seen = []

    def probe(node):
        seen.append(tfpy.memory()["num_tensors"])
        return node.inputs[0] * 1

    custom("Probe", probe)
    called = dict.fromkeys(("f", "then_branch", "else_branch", "body"), func("g"))
    made = function("g", ["v"], chain("v"), ["p3:output:0"])
    positive = function("few", ["v"], [node("l", "Less", "v", "most")], ["l:z:0"])
    positive["nodeDef"].append(node("most", "Const"))
    nodes = [
        placeholder("x", ()),
        node("n", "Neg", "x"),
        node("one", "Neg", "x"),
        node("y", op, *["one"] * (op == "If"), "n", cond=func("few"), **called),
    ]
    ends = {"outputs": {"y": {"name": "y:0"}}}
    model = load(nodes, {"most": np.float32(5)}, (made, positive), signature=ends)
    model.max_rounds = 1
    if op == "While":
        with pytest.raises(tfpy.ExecutionError):
            model.predict(tfpy.tensor(1.0))
    else:
        model.predict(tfpy.tensor(1.0))
    assert len(seen) == 4
    assert len(set(seen)) == 1


def test_functions_that_call_themselves_are_refused():
    endless = function(
        "endless", ["v"], [node("d", "PartitionedCall", "v", f=func("endless"))], ["d:o:0"]
    )
    nodes = [placeholder(), node("y", "PartitionedCall", "x", f=func("endless"))]
    with pytest.raises(tfpy.ModelFormatError, match="endless calls itself"):
        load(nodes, {}, (endless,))


def calling(depth, op="PartitionedCall"):
    """A model of functions that call each other, so many."""
    made = [
        function(f"g{k}", ["a"], [node("n", op, "a", f=func(f"g{k + 1}"))], ["n:output:0"])
        for k in range(depth - 1)
    ]
    made.append(function(f"g{depth - 1}", ["a"], [node("n", "Neg", "a")], ["n:y:0"]))
    return [placeholder(), node("y", op, "x", f=func("g0"))], {}, made


def test_functions_may_call_functions_to_some_depth():
    model = load(*calling(MAX_DEPTH))
    np.testing.assert_array_equal(model.predict(X).numpy(), -X)
    for depth in (MAX_DEPTH + 1, 200, 2000):
        with pytest.raises(tfpy.ModelFormatError, match="functions 50 deep"):
            load(*calling(depth))
    # A function that was looked at from above may be called from further down.
    nodes, _, made = calling(MAX_DEPTH)
    again = [node("z", "PartitionedCall", "x", f=func("g9")), nodes[1], nodes[0]]
    load(again, {}, made)
    made[-1] = function("g49", ["a"], [node("n", "PartitionedCall", "a", f=func("h"))], ["n:o:0"])
    made.append(function("h", ["a"], [node("n", "Neg", "a")], ["n:y:0"]))
    with pytest.raises(tfpy.ModelFormatError, match="functions 50 deep"):
        load([node("z", "PartitionedCall", "x", f=func("h")), *nodes[::-1]], {}, made)


def in_loops(depth):
    """Loops in loops, each of which doubles while the sum is small."""
    nodes = [placeholder(shape=(1, 3))]
    limit, first = "limit", "x"
    for k in range(depth):
        frame = f"f{k}"
        inner = f"v{k + 1}_out" if k < depth - 1 else "twice"
        nodes += loop(frame, {f"v{k}": first}, f"less{k}", {f"v{k}": inner}, {f"limit{k}": limit})
        nodes += [node(f"less{k}", "Less", f"sum{k}", f"limit{k}")]
        nodes += [node(f"sum{k}", "Sum", f"v{k}_merge", f"axes{k}")]
        nodes += [node(f"axes{k}", "Enter", f"axes{k - 1}" if k else "axes", frame_name=s(frame))]
        limit, first = f"limit{k}", f"v{k}_now"
    nodes += [node("twice", "Add", first, first), node("y", "Identity", "v0_out")]
    return nodes, {"limit": np.float32(40), "axes": i32(0, 1)}


def test_loops_may_lie_in_loops_to_some_depth():
    for depth in (2, MAX_DEPTH):
        assert load(*in_loops(depth)).predict(np.ones((1, 3), np.float32)).tolist() == [[16] * 3]
    for depth in (MAX_DEPTH + 1, 400):
        with pytest.raises(tfpy.ModelFormatError, match="enters a loop in loops, 50 deep"):
            load(*in_loops(depth))


@pytest.mark.parametrize("lost", ["outer_cond", "v_next"])
def test_parts_of_a_loop_are_no_values_in_a_loop_within(lost):
    nodes = [{**n, "input": ["j_now", lost]} if n["name"] == "j_plus" else n for n in NESTED]
    with pytest.raises(tfpy.ModelFormatError, match=lost):
        load(nodes, NUMBERS)


def test_cycles_beside_loops_are_refused():
    nodes, constants = in_loops(1)
    cycle = [node("a", "Add", "x", "b"), node("b", "Neg", "a"), node("z", "Neg", "b")]
    with pytest.raises(tfpy.ModelFormatError, match="cycle before a that is no loop"):
        load([*nodes, *cycle], constants)


def test_functions_that_are_not_there():
    nodes = [placeholder(), node("y", "PartitionedCall", "x", f=func("lost"))]
    with pytest.raises(
        tfpy.ModelFormatError, match=r"node y \(PartitionedCall\): no function lost"
    ):
        load(nodes)


def test_what_functions_lack_is_listed_too():
    strange = function("strange", ["v"], [node("d", "Wiggle", "v")], ["d:o:0"])
    nodes = [
        placeholder(),
        node("a", "Frob", "x"),
        node("y", "PartitionedCall", "a", f=func("strange")),
    ]
    with pytest.raises(tfpy.UnsupportedError, match="lacks: Frob, Wiggle"):
        load(nodes, {}, (strange,))


# -------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("keys", "nodes", "message"),
    [
        ("k", [node("k", "Wobble", "values")], "lacks: Wobble"),
        ("lost", [node("lost", "Const")], "without a weight: lost"),
        ("keys:3", [], "output 3 of keys"),
        ("k", [node("k", "Neg", "k")], "cycle through k"),
    ],
)
def test_what_fills_tables_is_checked_at_once(keys, nodes, message):
    own = [node(n, "Const") for n in ("keys", "values")] + [node("ready", "HashTableV2")]
    own += [*nodes, node("fill", "InitializeTableV2", "ready", keys, "values")]
    more = {**CAPTURING, "modelInitializer": {"node": own, "versions": {}}}
    with pytest.raises(tfpy.ModelFormatError, match=message):
        load(CAPTURED, ENTRIES, **more)


# -------------------------------------------------------------------------------------- custom


def test_custom_operations(custom):
    custom("Frob", lambda node: [node.inputs[0] * node.attrs["by"], node.inputs[0]])
    model = load([placeholder(), node("a", "Frob", "x", by=f(3.0)), node("y", "Sub", "a", "a:1")])
    np.testing.assert_allclose(model.predict(X).numpy(), 2 * X)


def test_custom_operations_may_wait(custom):
    async def later(node):
        await asyncio.sleep(0)
        return node.inputs[0] * float((await node.inputs[0].data())[1])

    custom("Later", later)
    model = load([placeholder(), node("y", "Later", "x")])
    np.testing.assert_allclose(asyncio.run(model.execute_async(X, "y")).numpy(), -X)
    with pytest.raises(tfpy.AsyncOnlyError):
        model.predict(X)


def test_custom_operations_go_before_others(custom):
    custom("Neg", lambda node: node.inputs[0])
    model = load([placeholder(), node("y", "Neg", "x")])
    np.testing.assert_array_equal(model.predict(X).numpy(), X)


def in_a_function(op, port, *inputs):
    """A model of one operation in a function, which gives its output `port`."""
    nodes = [node("fr", op, "v", *inputs), node("o", "Identity", f"fr:{port}")]
    nodes += [node("k", "Const")]
    call = node("y", "PartitionedCall", "x", f=func("g"))
    made = function("g", ["v"], nodes, ["o:output:0"])
    ends = {"outputs": {"y": {"name": "y:0"}}}
    return load([placeholder(), call], {"k": i32(2)}, (made,), signature=ends)


def test_named_outputs_of_custom_operations(custom):
    def both(node):
        return [node.inputs[0], node.inputs[0] * 100]

    custom("Frob", both)
    np.testing.assert_array_equal(in_a_function("Frob", "output:0").predict(X).numpy(), X)
    with pytest.raises(tfpy.ModelFormatError, match=r"fr \(Frob\): give register_op its outputs"):
        in_a_function("Frob", "second:0")
    tfpy.register_op("Frob", both, outputs=["first", "second"])
    np.testing.assert_array_equal(in_a_function("Frob", "second:0").predict(X).numpy(), 100 * X)
    with pytest.raises(tfpy.ModelFormatError, match="one is called third"):
        in_a_function("Frob", "third:0")
    custom("TopKV2", lambda node: tfpy.top_k(node.inputs[0], 2))
    places = in_a_function("TopKV2", "indices:0", "k:output:0").predict(X)
    np.testing.assert_array_equal(places.numpy(), tfpy.top_k(X, 2)[1].numpy())


def test_registrations_reach_models_that_ran():
    model = in_a_function("Neg", "y:0")
    np.testing.assert_array_equal(model.predict(X).numpy(), -X)
    tfpy.register_op("Neg", lambda node: node.inputs[0] * 100)
    try:
        np.testing.assert_array_equal(model.predict(X).numpy(), 100 * X)
    finally:
        tfpy.deregister_op("Neg")
    np.testing.assert_array_equal(model.predict(X).numpy(), -X)
    tfpy.register_op("Frob", lambda node: node.inputs[0])
    model = load([placeholder(), node("y", "Frob", "x")])
    model.predict(X)
    tfpy.deregister_op("Frob")
    with pytest.raises(tfpy.UnsupportedError, match="Frob"):
        model.predict(X)


def test_errors_of_custom_operations_are_their_own(custom):
    def broken(node):
        raise ZeroDivisionError("mine")

    custom("Broken", broken)
    with pytest.raises(ZeroDivisionError, match="mine"):
        load([placeholder(), node("y", "Broken", "x")]).predict(X)


@pytest.mark.parametrize("wrong", [None, 3, {"a": 1}, [np.ones(3)]])
def test_custom_operations_give_tensors(custom, wrong):
    custom("Odd", lambda node: wrong)
    model = load([placeholder(), node("odd", "Odd", "x"), node("y", "Where", "odd")])
    with pytest.raises(tfpy.ExecutionError, match=r"gave .* for node odd \(Odd\), no tensor"):
        model.predict(X)


def test_lists_and_tables_stay_in_the_graph():
    nodes = [placeholder(), node("list", "TensorListFromTensor", "x", "shape")]
    model = load([*nodes, node("t", "HashTableV2")], {"shape": np.array([3], np.int32)})
    for name, kind_ in (("list", "TensorList"), ("t", "Table")):
        with pytest.raises(tfpy.ArgumentError, match=f"{name}:0 is a {kind_}, no tensor"):
            model.execute(X, name)


def test_wrong_registrations():
    with pytest.raises(tfpy.ArgumentError, match="must be callable"):
        tfpy.register_op("Frob", 3)
    with pytest.raises(tfpy.ArgumentError, match="must be a text"):
        tfpy.register_op(3, print)
    with pytest.raises(tfpy.ArgumentError, match="outputs must be a list of names, not 'a'"):
        tfpy.register_op("Frob", print, outputs="a")
    with pytest.raises(tfpy.ArgumentError, match="'Frob' is not registered"):
        tfpy.deregister_op("Frob")


# ---------------------------------------------------------------------------------- single ones


@pytest.mark.parametrize(
    ("op", "attrs", "dtype"),
    [
        ("RandomUniform", {"dtype": kind("DT_FLOAT")}, "float32"),
        ("RandomStandardNormal", {"dtype": kind("DT_FLOAT"), "seed": i(0)}, "float32"),
        ("TruncatedNormal", {"dtype": kind("DT_FLOAT"), "seed": i(5)}, "float32"),
        ("RandomUniformInt", {"minval": i(2), "maxval": i(9)}, "int32"),
    ],
)
def test_random_numbers(op, attrs, dtype):
    model = load(
        [placeholder(), node("y", op, "shape", **attrs), node("z", "Shape", "x")],
        {"shape": i32(400, 2)},
    )
    first, second = (model.execute(X, "y") for _ in range(2))
    assert first.shape == (400, 2)
    assert first.dtype == dtype
    assert (first.tolist() == second.tolist()) == bool(int(attrs.get("seed", i(0))["i"]))
    low, high = {"RandomUniform": (0, 1), "RandomUniformInt": (2, 9)}.get(op, (-6.3, 6.3))
    assert low <= first.numpy().min()
    assert first.numpy().max() < high


def test_random_classes():
    model = load([placeholder(), node("y", "Multinomial", "x", "n")], {"n": i32(5)})
    assert model.predict(np.array([[0, 90, 0]], np.float32)).tolist() == [[1] * 5]


def test_a_random_number_is_drawn_once():
    """Though it is needed as a number after values had to be read."""
    nodes = [
        placeholder("x", (100,)),
        node("r", "RandomUniformInt", "size", "zero", "most"),
        node("where", "Where", "x"),
        node("flat", "Reshape", "where", "flat_shape"),
        node("y", "Slice", "flat", "r", "size"),
    ]
    one = {"size": np.array([1], np.int32), "most": i32(99), "flat_shape": np.array([-1], np.int32)}
    model = load(nodes, {**NUMBERS, **one})
    for _ in range(4):
        r, y = model.execute(np.ones(100, np.float32), ["r", "y"])
        assert r.tolist() == y.tolist()


def test_bounds_among_the_inputs():
    nodes = [
        placeholder(),
        node("y", "RandomUniformInt", "shape", "three", "five"),
        node("z", "Neg", "x"),
    ]
    y = load(nodes, {**NUMBERS, "shape": i32(50, 1)}).execute(X, "y")
    assert set(y.ravel().tolist()) == {3, 4}


def test_placeholders_with_a_default():
    nodes = [placeholder(), node("d", "PlaceholderWithDefault", "c"), node("y", "Mul", "x", "d")]
    ends = {"inputs": {"x": {"name": "x:0"}}, "outputs": {"y": {"name": "y:0"}}}
    model = load(nodes, {"c": np.float32(2)}, signature=ends)
    np.testing.assert_array_equal(model.predict(X).numpy(), 2 * X)
    both = load(nodes, {"c": np.float32(2)})
    np.testing.assert_array_equal(both.predict({"x": X, "d": np.float32(3)}).numpy(), 3 * X)
    np.testing.assert_array_equal(both.predict({"x": X}).numpy(), 2 * X)


def test_prints_and_asserts(capsys):
    nodes = [
        placeholder(),
        node("good", "Less", "x", "c"),
        node("all", "All", "good", "axes", keep_dims=yes(False)),
        node("sure", "Assert", "all", "x"),
        node("shown", "Print", "x", "x", "^sure", summarize=i(2)),
        node("y", "Neg", "shown"),
    ]
    model = load(nodes, {"c": np.float32(9), "axes": i32(0, 1)})
    model.predict(X)
    assert "[-2.0, -1.0]" in capsys.readouterr().out
    with pytest.raises(tfpy.ExecutionError, match=r"node sure \(Assert\): .* what is not so"):
        model.predict(X + 10)


def test_what_reads_values_runs_between_plans():
    chain = [node(f"n{k}", "Neg", f"n{k - 1}" if k else "x") for k in range(5)]
    after = [node(f"m{k}", "Add", f"m{k - 1}" if k else "where", "one") for k in range(5)]
    nodes = [
        placeholder(),
        *chain,
        node("some", "Greater", "n4", "c"),
        node("where", "Where", "some"),
        *after,
    ]
    model = load(nodes, {"c": np.float32(0), "one": i32(1)})
    for _ in range(2):
        found = model.predict(X).numpy()
    np.testing.assert_array_equal(found, np.argwhere(-X > 0) + 5)
    (program,) = model._programs.values()
    assert [len(segment._steps) for segment in program._segments] == [6, 5]
    assert len(program.plans) == 2


def test_numbers_of_an_earlier_segment_are_worked_out_in_the_later_one():
    """A Reshape after a Where to the shape of something before it: still a plan."""
    nodes = [
        placeholder(),
        node("twice", "Add", "x", "x"),
        node("shape", "Shape", "twice"),
        node("where", "Where", "twice"),
        node("row", "GatherV2", "where", "zero", "zero"),
        node("like", "Fill", "shape", "zero", T=kind("DT_INT32")),
        node("a", "Sum", "row", "zero"),
        node("b", "Add", "like", "a"),
        node("c", "Neg", "b"),
        node("y", "Reshape", "c", "shape"),
    ]
    model = load(nodes, {"zero": i32(0)})
    want = np.full(X.shape, -np.argwhere(X)[0].sum())
    np.testing.assert_array_equal(model.predict(X).numpy(), want)
    (program,) = model._programs.values()
    assert len(program.plans) == len([s for s in program._segments if s._plans])
