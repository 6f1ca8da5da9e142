"""Graph models changed at random, and what becomes of them. Runs natively and in a page."""

import copy
import json
from typing import Any, NamedTuple

import tfpy
from tfpy.graphs.checks import check_graph
from tfpy.graphs.definition import parse_graph
from tfpy.graphs.table import port_of

#: What real models are fed: as small as each takes.
INPUTS = {
    "tiny_graph": ((2, 2), "float32"),
    "posenet_050_s16_uint16": ((1, 9, 9, 3), "float32"),
    "bodypix_050_s16_uint8": ((1, 9, 9, 3), "float32"),
    "mobilenet_v2_050_96_fv": ((1, 96, 96, 3), "float32"),
    "blazeface": ((1, 128, 128, 3), "float32"),
    "facemesh": ((1, 192, 192, 3), "float32"),
    "blazepose_lite": ((1, 256, 256, 3), "float32"),
    "handtrack_ssd": ((1, 320, 320, 3), "int32"),
}
#: Rounds of loops; the models themselves take fewer.
ROUNDS = 200


# ------------------------------------------------------------------------------------- changes


def numbers(rng):
    return rng.choice([-1, 0, 1, 2, 3, 7, 1 << 31, 1 << 62, -(1 << 40), 0.5, float("nan"), None])


def change_node(rng, nodes):
    """Change one node, or what it takes, or how it is called."""
    node, other = rng.choice(nodes), rng.choice(nodes)
    inputs = node.setdefault("input", [])
    attrs = node.setdefault("attr", {})
    what = rng.randrange(15)
    if what == 0:
        nodes.remove(node)
    elif what == 1 and inputs:
        inputs[rng.randrange(len(inputs))] = other["name"]
    elif what == 2 and inputs:
        inputs[rng.randrange(len(inputs))] += rng.choice([":1", ":7", ":x", ":z:0", ":-1"])
    elif what == 3 and inputs:
        inputs.pop(rng.randrange(len(inputs)))
    elif what == 4:
        inputs.insert(rng.randint(0, len(inputs)), rng.choice(["^", ""]) + other["name"])
    elif what == 5:
        node["op"] = rng.choice([other["op"], "Frob", "", "While", "Merge", "Enter", "Switch"])
    elif what == 6:
        node["name"] = rng.choice([other["name"], "", "a:0", "^b"])
    elif what == 7 and attrs:
        attrs.pop(rng.choice(sorted(attrs)))
    elif what == 8 and attrs:
        attrs[rng.choice(sorted(attrs))] = rng.choice(
            [
                {"i": numbers(rng)},
                {"f": numbers(rng)},
                {"s": "AAAA"},
                {"s": "!"},
                {"list": {"i": [numbers(rng), numbers(rng)]}},
                {"shape": {"dim": [{"size": numbers(rng)}]}},
                {"type": "DT_STRING"},
                {"func": {"name": "lost"}},
                {},
                None,
            ]
        )
    elif what == 9:
        attrs.update(copy.deepcopy(other.get("attr") or {}))
    elif what == 10:
        alike = [n for n in nodes if n.get("op") == node.get("op")]
        node["attr"] = copy.deepcopy(rng.choice(alike).get("attr") or {})
    elif what == 11:
        alike = [n for n in nodes if len(n.get("input") or ()) == len(inputs) > 0]
        node["op"] = rng.choice(alike)["op"]
    elif what == 12 and inputs:
        near = nodes[max(0, nodes.index(node) - 12) : nodes.index(node)] or nodes
        inputs[rng.randrange(len(inputs))] = rng.choice(near)["name"]
    elif what == 13:
        node.pop(rng.choice(sorted(node)))
    else:
        node[rng.choice(["input", "attr", "op", "name"])] = rng.choice([None, 3, [], {}, "x"])


def change_rest(rng, model, weights):
    """Change the weights, what describes them, the signature or functions; gives the weights."""
    groups = model["weightsManifest"]
    entries = groups[0]["weights"]
    entry = rng.choice(entries) if entries else {}
    what = rng.randrange(8)
    if what == 0 and entries:
        entries.remove(entry)
    elif what == 1 and entries:
        entry["shape"] = [numbers(rng) for _ in range(rng.randrange(4))]
    elif what == 2 and entries:
        entry["dtype"] = rng.choice(["float32", "int32", "bool", "string", "frob"])
    elif what == 3:
        weights = weights[: rng.randint(0, len(weights))]
    elif what == 4:
        model[rng.choice(sorted(model))] = rng.choice([None, [], {}, "x", 3])
    elif what == 5:
        signature = model.get("signature") or (model.get("userDefinedMetadata") or {}).get(
            "signature"
        )
        ends = (signature or {}).get(rng.choice(["inputs", "outputs"])) or {}
        for info in ends.values():
            info["name"] = rng.choice([info["name"] + ":3", "lost", "", None])
    elif what == 6:
        library = model["modelTopology"].get("library") or {"function": []}
        for function in library["function"]:
            rng.choice([function["nodeDef"], function["signature"]["inputArg"]]).clear()
    else:
        weights = bytes(rng.randrange(256) for _ in range(16)) + weights[16:]
    return weights


def mutated(rng, text, weights):
    """A model, of which `text` is the `model.json`, with one to five changes, and its weights."""
    model = json.loads(text)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        topology = model.get("modelTopology")
        try:
            if rng.random() < 0.75:
                functions = (topology.get("library") or {}).get("function") or []
                pools = [topology["node"], *(f["nodeDef"] for f in functions)]
                change_node(rng, rng.choice([p for p in pools if p]))
            else:
                weights = change_rest(rng, model, weights)
        except (AttributeError, LookupError, TypeError, ValueError):
            continue  # an earlier change took away what this one would have changed
    return model, weights


# ------------------------------------------------------------------------------------ outcomes


def read(folder):
    """The `model.json` of a folder, with one weight file, and what is in that."""
    model = json.loads((folder / "model.json").read_text())
    groups = model["weightsManifest"]
    stream = b"".join((folder / p).read_bytes() for group in groups for p in group["paths"])
    entries = [entry for group in groups for entry in group["weights"]]
    model["weightsManifest"] = [{"paths": ["w"], "weights": entries}]
    return json.dumps(model), stream


def sample(name):
    """What a real model is fed."""
    return tfpy.ones(*INPUTS[name])


class Original(NamedTuple):
    """A model before it is changed: its `model.json` and what of it is not the graph, its weights
    as they are stored and as tensors, what it is fed and asked for."""

    text: str
    rest: dict[str, Any]
    stream: bytes
    weights: dict[str, Any]
    inputs: Any
    outputs: Any = None


def original(text, stream, inputs, outputs=None):
    """An `Original`, whose signature says what shapes and dtypes its outputs have with `inputs`."""
    model = json.loads(text)
    loaded = tfpy.load_graph_model_sync({"model.json": text.encode(), "w": bytes(stream)})
    if outputs is None:
        found = loaded.execute(inputs)
        ends = zip(loaded.outputs, found, strict=True)
        said = {info.key: _said(info, x) for info, x in ends}
        inside = (model.get("userDefinedMetadata") or {}).get("signature")
        model["signature"] = {**(inside or model.get("signature") or {}), "outputs": said}
        model.pop("userDefinedMetadata", None)
    return Original(json.dumps(model), _rest(model), bytes(stream), loaded.weights, inputs, outputs)


def _rest(model):
    return {key: value for key, value in model.items() if key != "modelTopology"}


def _said(info, x):
    dims = [{"size": str(n)} for n in x.shape]
    kinds = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL"}
    return {"name": info.name, "dtype": kinds[x.dtype.kind], "tensorShape": {"dim": dims}}


def attempt(given, rng):
    """What became of a changed model: how far it came ("refused", "failed" or "ran"), and the name
    of the error.

    Any other error than tfpy's, and results that are not what the model says, are raised.
    """
    model, stream = mutated(rng, given.text, given.stream)
    try:
        loaded = _load(given, model, stream)
    except tfpy.TfpyError as error:
        return "refused", type(error).__name__
    loaded.max_rounds = ROUNDS
    try:
        found = loaded.execute(given.inputs, given.outputs)
        for x in found:
            x.data_sync()
    except tfpy.TfpyError as error:
        return "failed", type(error).__name__
    if given.outputs is None:
        judge(loaded.outputs, found)
    return "ran", ""


def _load(given, model, stream):
    """The changed model; where its weights are not changed, with those of the original, which
    are not decoded again."""
    if stream is not given.stream or _rest(model) != given.rest:
        return tfpy.load_graph_model_sync({"model.json": json.dumps(model).encode(), "w": stream})
    graph = parse_graph(model, port_of)
    check_graph(graph, given.weights)
    return tfpy.GraphModel(graph, given.weights, model)


def judge(infos, found):
    """Fail unless results have the shapes and kinds of dtypes that the model says."""
    assert len(infos) == len(found)
    for info, x in zip(infos, found, strict=True):
        if info.shape is not None:
            assert len(info.shape) == x.ndim, (info, x.shape)
            sizes = zip(info.shape, x.shape, strict=True)
            assert all(n is None or n == m for n, m in sizes), (info, x.shape)
        assert info.dtype is None or info.dtype.kind == x.dtype.kind, (info, x.dtype)
