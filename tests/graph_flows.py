"""Graphs of several operations: loops, branches, functions, lists, arrays, tables, spectra."""

from typing import Any, NamedTuple

import numpy as np

from tests.graph_files import (
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

X = np.arange(6, dtype=np.float32).reshape(2, 3) - 2


class Flow(NamedTuple):
    """A graph, what it is fed, the outputs looked at, and whether TF.js can be asked."""

    name: str
    nodes: list[Any]
    constants: dict[str, Any]
    outputs: list[str]
    inputs: dict[str, Any]
    functions: tuple[Any, ...] = ()
    asked: bool = True
    more: dict[str, Any] = {}

    @property
    def files(self):
        return files(self.nodes, self.constants, self.functions, **self.more)


def ops(flow):
    """The operations of a flow."""
    nodes = [*flow.nodes, *(n for g in flow.functions for n in g["nodeDef"])]
    nodes += flow.more.get("modelInitializer", {}).get("node", [])
    return {n["op"] for n in nodes}


def loop(frame, variables, condition, following, constants=()):
    """The marks of a TensorFlow 1 loop.

    `variables` is {name: first value}; the nodes `{name}_now` is the value in the body, and
    `{name}_merge` that in the condition, `{name}_out` the result. `following` is {name: port}.
    """
    frame_name = {"frame_name": s(frame)}
    nodes = [node(f"{frame}_cond", "LoopCond", condition)]
    for name, first in variables.items():
        nodes += [
            node(f"{name}_enter", "Enter", first, **frame_name, is_constant=yes(False)),
            node(f"{name}_merge", "Merge", f"{name}_enter", f"{name}_next"),
            node(f"{name}_switch", "Switch", f"{name}_merge", f"{frame}_cond"),
            node(f"{name}_now", "Identity", f"{name}_switch:1"),
            node(f"{name}_next", "NextIteration", following[name]),
            node(f"{name}_out", "Exit", f"{name}_switch"),
        ]
    for name, value in dict(constants).items():
        nodes.append(node(name, "Enter", value, **frame_name, is_constant=yes()))
    return nodes


NUMBERS = {"zero": i32(0), "one": i32(1), "two": i32(2), "three": i32(3), "five": i32(5)}

COUNTING = [
    placeholder(),
    placeholder("n", (), "DT_INT32"),
    node("twice", "Add", "x", "x"),
    *loop(
        "w",
        {"k": "zero", "v": "twice"},
        "less",
        {"k": "k_plus", "v": "v_plus"},
        {"n_in": "n", "c_in": "c"},
    ),
    node("less", "Less", "k_merge", "n_in"),
    node("step", "Const"),
    node("k_plus", "Add", "k_now", "one_in_w"),
    node("one_in_w", "Enter", "one", frame_name=s("w"), is_constant=yes()),
    node("scaled", "Mul", "v_now", "c_in"),
    node("v_plus", "Sub", "scaled", "c_in"),
    node("y", "Neg", "v_out"),
]
COUNTING = [n for n in COUNTING if n["name"] != "step"]

NESTED = [
    placeholder(),
    *loop("outer", {"k": "zero", "v": "x"}, "k_less", {"k": "k_plus", "v": "u_out"}),
    node("k_less", "Less", "k_merge", "three_in"),
    node("three_in", "Enter", "three", frame_name=s("outer"), is_constant=yes()),
    node("one_in", "Enter", "one", frame_name=s("outer"), is_constant=yes()),
    node("k_plus", "Add", "k_now", "one_in"),
    *loop("inner", {"j": "k_now", "u": "v_now"}, "j_less", {"j": "j_plus", "u": "u_plus"}),
    node("j_less", "Less", "j_merge", "three_in2"),
    node("three_in2", "Enter", "three_in", frame_name=s("inner"), is_constant=yes()),
    node("one_in2", "Enter", "one_in", frame_name=s("inner"), is_constant=yes()),
    node("k_in2", "Enter", "k_now", frame_name=s("inner"), is_constant=yes()),
    node("j_plus", "Add", "j_now", "one_in2"),
    node("k_float", "Cast", "k_in2", DstT=kind("DT_FLOAT"), SrcT=kind("DT_INT32")),
    node("u_plus", "Add", "u_now", "k_float"),
    node("y", "Identity", "v_out"),
]


def branching(value):
    nodes = [
        placeholder(),
        placeholder("p", (), "DT_BOOL"),
        node("way", "Switch", "x", "p"),
        node("twice", "Add", "way:1", "way:1"),
        node("less", "Neg", "way"),
        node("y", "Merge", "less", "twice"),
        node("z", "Add", "y", "x"),
    ]
    return Flow(f"branch {value}", nodes, {}, ["z"], {"x": X, "p": np.bool_(value)})


ARRAYS = [
    placeholder(),
    node("array", "TensorArrayV3", "two", dtype=kind("DT_FLOAT"), element_shape=sizes(3),
         dynamic_size=yes(False), clear_after_read=yes(), identical_element_shapes=yes(),
         tensor_array_name=s("a")),
    node("places", "Range", "zero", "two", "one", Tidx=kind("DT_INT32")),
    node("filled", "TensorArrayScatterV3", "array", "places", "x", "array:1", T=kind("DT_FLOAT")),
    node("results", "TensorArrayV3", "two", dtype=kind("DT_FLOAT"), element_shape=sizes(-1),
         dynamic_size=yes(False), clear_after_read=yes(), identical_element_shapes=yes(),
         tensor_array_name=s("b")),
    *loop("map", {"k": "zero", "flow": "results:1"}, "k_less", {"k": "k_plus", "flow": "written"},
          {"array_in": "array", "filled_in": "filled", "results_in": "results", "one_in": "one",
           "two_in": "two"}),
    node("k_less", "Less", "k_merge", "two_in"),
    node("k_plus", "Add", "k_now", "one_in"),
    node("item", "TensorArrayReadV3", "array_in", "k_now", "filled_in", dtype=kind("DT_FLOAT")),
    node("square", "Square", "item"),
    node("written", "TensorArrayWriteV3", "results_in", "k_now", "square", "flow_now",
         T=kind("DT_FLOAT")),
    node("count", "TensorArraySizeV3", "results", "flow_out"),
    node("all", "Range", "zero", "count", "one", Tidx=kind("DT_INT32")),
    node("y", "TensorArrayGatherV3", "results", "all", "flow_out", dtype=kind("DT_FLOAT"),
         element_shape=sizes(3)),
]  # fmt: skip

ARRAY_PARTS = [
    placeholder(),
    node("array", "TensorArrayV3", "two", dtype=kind("DT_FLOAT"), element_shape=sizes(-1, 3),
         dynamic_size=yes(False), clear_after_read=yes(False), identical_element_shapes=yes(False),
         tensor_array_name=s("a")),
    node("split", "TensorArraySplitV3", "array", "x", "lengths", "array:1", T=kind("DT_FLOAT")),
    node("y", "TensorArrayConcatV3", "array", "split", dtype=kind("DT_FLOAT"),
         element_shape_except0=sizes(3)),
    node("first", "TensorArrayReadV3", "array", "zero", "split", dtype=kind("DT_FLOAT")),
    node("close", "TensorArrayCloseV3", "array", "^y", "^first"),
]  # fmt: skip

FLOAT = {"element_dtype": kind("DT_FLOAT")}
LISTS = [
    placeholder(),
    node("list", "TensorListFromTensor", "x", "shape3", **FLOAT),
    node("reserved", "TensorListReserve", "shape3", "two", **FLOAT),
    node("first", "TensorListGetItem", "list", "zero", "shape3", **FLOAT),
    node("set", "TensorListSetItem", "reserved", "one", "first", **FLOAT),
    node("set2", "TensorListSetItem", "set", "zero", "first", **FLOAT),
    node("y", "TensorListStack", "set2", "shape3", num_elements=i(-1), **FLOAT),
    node("empty", "EmptyTensorList", "shape3", "none", **FLOAT),
    node("pushed", "TensorListPushBack", "empty", "first", **FLOAT),
    node("pushed2", "TensorListPushBack", "pushed", "first", **FLOAT),
    node("length", "TensorListLength", "pushed2"),
    node("picked", "TensorListGather", "list", "places", "shape3", **FLOAT),
    node("scattered", "TensorListScatter", "x", "places", "shape3", **FLOAT),
    node("scattered_stack", "TensorListStack", "scattered", "shape3", num_elements=i(-1), **FLOAT),
    node("scattered2", "TensorListScatterV2", "x", "places", "shape3", "two", **FLOAT),
    node("scattered2_stack", "TensorListStack", "scattered2", "shape3", num_elements=i(-1),
         **FLOAT),
    node("halves", "TensorListSplit", "x", "shape_rows", "lengths", **FLOAT),
    node("joined", "TensorListConcat", "halves", element_shape=sizes(-1, 3), **FLOAT),
    node("joined2", "TensorListConcatV2", "halves", "shape_rows", "no_lengths",
         element_shape=sizes(-1, 3), **FLOAT),
    node("popped", "TensorListPopBack", "pushed2", "shape3", **FLOAT),
    node("resized", "TensorListResize", "list", "one"),
    node("resized_stack", "TensorListStack", "resized", "shape3", num_elements=i(-1), **FLOAT),
]  # fmt: skip
LIST_CONSTANTS = {
    **NUMBERS,
    "none": i32(-1),
    "shape3": np.array([3], np.int32),
    "shape_rows": np.array([-1, 3], np.int32),
    "places": i32(1, 0),
    "lengths": i32(1, 1),
    "no_lengths": np.zeros(0, np.int32),
}

CONDITION = function("less", ["k", "n", "v"], [node("l", "Less", "k", "n")], ["l:z:0"])
BODY = function(
    "more",
    ["k", "n", "v"],
    [
        node("more/one", "Const"),
        node("plus", "AddV2", "k", "more/one:output:0"),
        node("top", "TopKV2", "v", "more/one:output:0"),
        node("sum", "AddV2", "v", "top:values:0"),
    ],
    ["plus:z:0", "n", "sum:z:0"],
)
POSITIVE = function("positive", ["v"], [node("t", "Square", "v")], ["t:y:0"])
NEGATIVE = function("negative", ["v"], [node("t", "Neg", "v")], ["t:y:0"])
FUNCTIONS = [
    placeholder(),
    placeholder("n", (), "DT_INT32"),
    node("while", "StatelessWhile", "zero", "n", "x", cond=func("less"), body=func("more")),
    node("while2", "While", "zero", "n", "x", cond=func("less"), body=func("more")),
    node("any", "Greater", "n", "two"),
    node("if", "StatelessIf", "any", "while:2", then_branch=func("positive"),
         else_branch=func("negative"), Tout={"list": {"type": ["DT_FLOAT"]}}),
    node("y", "If", "any", "if", then_branch=func("negative"), else_branch=func("positive"),
         Tout={"list": {"type": ["DT_FLOAT"]}}),
    node("z", "Identity", "while2:2"),
]  # fmt: skip

#: Rows of a list put twice as large into another, by the function of a loop.
DOUBLE = function(
    "double",
    ["k", "n", "rows", "twice"],
    [
        node("double/one", "Const"),
        node("double/shape", "Const"),
        node("plus", "AddV2", "k", "double/one:output:0"),
        node("row", "TensorListGetItem", "rows", "k", "double/shape:output:0", **FLOAT),
        node("sum", "AddV2", "row:item:0", "row:item:0"),
        node("put", "TensorListSetItem", "twice", "k", "sum:z:0", **FLOAT),
    ],
    ["plus:z:0", "n", "rows", "put:output_handle:0"],
)
UNFINISHED = function(
    "unfinished", ["k", "n", "rows", "twice"], [node("l", "Less", "k", "n")], ["l:z:0"]
)
LISTS_IN_FUNCTIONS = [
    placeholder(),
    node("rows", "TensorListFromTensor", "x", "shape3", **FLOAT),
    node("reserved", "TensorListReserve", "shape3", "two", **FLOAT),
    node("while", "StatelessWhile", "zero", "two", "rows", "reserved", cond=func("unfinished"),
         body=func("double")),
    node("y", "TensorListStack", "while:3", "shape3", num_elements=i(2), **FLOAT),
]  # fmt: skip

SPECTRA = [
    placeholder(shape=(2, 4)),
    node("c", "Complex", "x", "x"),
    node("fft", "FFT", "c"),
    node("back", "IFFT", "fft"),
    node("real", "Real", "back", Tout=kind("DT_FLOAT")),
    node("imag", "Imag", "fft", Tout=kind("DT_FLOAT")),
    node("size", "ComplexAbs", "fft"),
    node("half", "RFFT", "x", "four"),
    node("half_size", "ComplexAbs", "half"),
    node("whole", "IRFFT", "half", "four"),
]
WAVES = np.array([[1, 2, 0, -1], [3, 0.5, 2, 1]], np.float32)

TABLE = {"shared_name": s("t"), "key_dtype": kind("DT_STRING"), "value_dtype": kind("DT_INT64")}
TABLES = [
    placeholder("words", (-1,), "DT_STRING"),
    node("table", "HashTableV2", **TABLE),
    node("y", "LookupTableFindV2", "table", "words", "other", Tin=kind("DT_STRING")),
    node("size", "LookupTableSizeV2", "table"),
]
INITIALIZER = {
    "modelInitializer": {
        "node": [
            node("keys", "Const"),
            node("values", "Const"),
            node("table", "HashTableV2", **TABLE),
            node("fill", "InitializeTableV2", "table", "keys", "values"),
            node("import", "LookupTableImportV2", "table", "keys", "values", "^fill"),
        ],
        "versions": {},
    },
}
#: The same table as an input that nobody feeds.
CAPTURED = [
    placeholder("words", (-1,), "DT_STRING"),
    node("captured", "Placeholder", dtype=kind("DT_RESOURCE"), shape=sizes()),
    node("y", "LookupTableFind", "captured", "words", "other"),
    node("size", "LookupTableSize", "captured"),
]
STRINGS_IN = {"name": "words:0", "dtype": "DT_STRING", "tensorShape": {"dim": [{"size": "-1"}]}}
CAPTURED_IN = {"name": "captured:0", "dtype": "DT_RESOURCE", "resourceId": 7}
INT_OUT = {"name": "y:0", "dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "-1"}]}}
CAPTURING = {
    "modelInitializer": {
        "node": [
            node("keys", "Const"),
            node("values", "Const"),
            node("made", "HashTable", **TABLE),
            node("fill", "InitializeTable", "made", "keys", "values"),
            node("import", "LookupTableImport", "made", "keys", "values"),
            node("ready", "Identity", "made", "^fill", "^import"),
        ],
        "versions": {},
    },
    "initializerSignature": {
        "outputs": {"ready": {"name": "ready:0", "dtype": "DT_RESOURCE", "resourceId": 7}}
    },
    "signature": {
        "inputs": {"words": STRINGS_IN, "captured": CAPTURED_IN},
        "outputs": {"y": INT_OUT},
    },
}
ENTRIES = {
    "keys": np.array(["a", "bee"], object),
    "values": i32(3, 5),
    "other": i32(-1),
}
WORDS = {"words": np.array(["bee", "c", "a"], object)}

_CONSTANTS = {**NUMBERS, "c": np.float32(1.5)}
FLOWS = [
    Flow("loop", COUNTING, _CONSTANTS, ["y", "k_out"], {"x": X, "n": i32(4)}),
    Flow("loop not entered", COUNTING, _CONSTANTS, ["y", "k_out"], {"x": X, "n": i32(0)}),
    # TF.js finds no way to compute it.
    Flow("loop in a loop", NESTED, NUMBERS, ["y"], {"x": X}, asked=False),
    branching(True),
    branching(False),
    Flow("arrays", ARRAYS, NUMBERS, ["y"], {"x": X}),
    Flow("parts", ARRAY_PARTS, {**NUMBERS, "lengths": i32(1, 1)}, ["y", "first"], {"x": X}),
    Flow("lists", LISTS, LIST_CONSTANTS, ["y", "length", "picked", "scattered_stack",
         "scattered2_stack"], {"x": X}),
    # TF.js changes a list that others still hold, and splits by the shape of a row.
    Flow("lists as values", LISTS, LIST_CONSTANTS,
         ["popped:1", "length", "resized_stack", "picked", "joined", "joined2"], {"x": X},
         asked=False),
    Flow("functions", FUNCTIONS, {**NUMBERS, "more/one": i32(1)}, ["y", "z", "while"],
         {"x": X, "n": i32(3)}, (CONDITION, BODY, POSITIVE, NEGATIVE)),
    Flow("functions, other ways", FUNCTIONS, {**NUMBERS, "more/one": i32(1)}, ["y", "z"],
         {"x": X, "n": i32(1)}, (CONDITION, BODY, POSITIVE, NEGATIVE)),
    Flow("lists in functions", LISTS_IN_FUNCTIONS,
         {**LIST_CONSTANTS, "double/one": i32(1), "double/shape": np.array([3], np.int32)}, ["y"],
         {"x": X}, (UNFINISHED, DOUBLE)),
    Flow("spectra", SPECTRA, {"four": np.array([4], np.int32)},
         ["real", "imag", "size", "half_size", "whole"], {"x": WAVES}),
    Flow("tables", TABLES, ENTRIES, ["y", "size"], WORDS, more=INITIALIZER),
    Flow("captured tables", CAPTURED, ENTRIES, ["y", "size"], WORDS, more=CAPTURING),
]  # fmt: skip
