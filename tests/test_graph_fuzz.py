"""Real graphs, changed at random: each loads and runs, or fails with one of tfpy's errors."""

import copy
import json
import os
import random
from collections import Counter

import numpy as np
import pytest

import tfpy
from tests.graph_flows import FLOWS

#: How many changed models there are; TFPY_FUZZ for a run that looks further than every day's.
COUNT = int(os.environ.get("TFPY_FUZZ", "2000"))
#: Models small enough to be run so often; the others are only loaded.
RUN = ("tiny_graph",)


def numbers(rng):
    return rng.choice([-1, 0, 1, 2, 3, 7, 1 << 31, 1 << 62, -(1 << 40), 0.5, float("nan"), None])


def change_node(rng, nodes):
    node, other = rng.choice(nodes), rng.choice(nodes)
    inputs = node.setdefault("input", [])
    attrs = node.setdefault("attr", {})
    what = rng.randrange(12)
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
        node.pop(rng.choice(sorted(node)))
    else:
        node[rng.choice(["input", "attr", "op", "name"])] = rng.choice([None, 3, [], {}, "x"])


def change_rest(rng, model, weights):
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


def mutated(rng, model, weights):
    model = copy.deepcopy(model)
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


@pytest.fixture(scope="module")
def originals(models_dir):
    found = [(flow.files, flow.inputs, flow.outputs) for flow in FLOWS]
    for folder in sorted(models_dir.iterdir()):
        path = folder / "model.json"
        if path.exists() and "node" in (json.loads(path.read_text())["modelTopology"] or {}):
            model = json.loads(path.read_text())
            paths = [p for group in model["weightsManifest"] for p in group["paths"]]
            stream = b"".join((folder / p).read_bytes() for p in paths)
            groups = model["weightsManifest"]
            entries = [entry for group in groups for entry in group["weights"]]
            model["weightsManifest"] = [{"paths": ["w"], "weights": entries}]
            files = {"model.json": json.dumps(model).encode(), "w": stream}
            inputs = np.ones((2, 2), np.float32) if folder.name in RUN else None
            found.append((files, inputs, None))
    return found


def attempt(model, weights, inputs, outputs):
    """What became of a changed model."""
    files = {"model.json": json.dumps(model).encode(), "w": weights}
    try:
        loaded = tfpy.load_graph_model_sync(files)
        if inputs is None:
            return "loads"
        loaded.max_rounds = 100
        loaded.execute(inputs, outputs)
    except tfpy.TfpyError as error:
        return type(error).__name__
    return "runs"


def test_changed_models_fail_only_in_known_ways(originals):
    rng = random.Random(17)
    seen = Counter()
    for k in range(COUNT):
        files, inputs, outputs = originals[k % len(originals)]
        model, weights = mutated(rng, json.loads(files["model.json"]), files["w"])
        try:
            seen[attempt(model, weights, inputs, outputs)] += 1
        except Exception as error:
            raise AssertionError(f"change {k}: {error!r}") from error
    assert seen["runs"] + seen["loads"] > COUNT / 20
    assert seen["ModelFormatError"] > COUNT / 5
