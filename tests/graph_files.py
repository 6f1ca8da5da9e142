"""Graph models made for a test: nodes, attributes and weights as TF.js's converter writes them."""

import base64
import json
import struct

import numpy as np

DTYPES = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL", "U": "DT_STRING", "O": "DT_STRING"}


def s(text):
    """A text as an attribute."""
    return {"s": base64.b64encode(text.encode()).decode()}


def texts(*values):
    return {"list": {"s": [s(v)["s"] for v in values]}}


def ints(*values):
    return {"list": {"i": [str(v) for v in values]}}


def i(value):
    return {"i": str(value)}


def f(value):
    return {"f": value}


def yes(value=True):
    return {"b": value}


def kind(dtype):
    return {"type": dtype}


def sizes(*shape):
    """A shape as an attribute; -1 for an unknown size."""
    return {"shape": {"dim": [{"size": str(n)} for n in shape]}}


def func(name):
    return {"func": {"name": name}}


def node(name, op, *inputs, **attr):
    return {"name": name, "op": op, "input": list(inputs), "attr": attr}


def placeholder(name="x", shape=(-1, 3), dtype="DT_FLOAT"):
    return node(name, "Placeholder", dtype=kind(dtype), shape=sizes(*shape))


def function(name, arguments, nodes, results):
    """A function of a library; `results` are ports as functions write them, `node:name:index`."""
    outputs = {f"r{k}": port for k, port in enumerate(results)}
    return {
        "signature": {
            "name": name,
            "inputArg": [{"name": a} for a in arguments],
            "outputArg": [{"name": r} for r in outputs],
        },
        "nodeDef": nodes,
        "ret": outputs,
    }


def files(nodes, constants=None, functions=(), **more):
    """A model of `nodes` plus a Const for each of `constants` that is not among them."""
    constants = {k: np.asarray(v) for k, v in (constants or {}).items()}
    entries = [
        {
            "name": k,
            "shape": list(v.shape),
            "dtype": "string" if v.dtype.kind in "UO" else str(v.dtype),
        }
        for k, v in constants.items()
    ]
    given = {n["name"] for n in nodes if isinstance(n, dict) and "name" in n}
    nodes = [*(node(k, "Const") for k in constants if k not in given), *nodes]
    topology = {"node": nodes, "versions": {"producer": 1}}
    if functions:
        topology["library"] = {"function": list(functions)}
    file = {
        "format": "graph-model",
        "modelTopology": topology,
        "weightsManifest": [{"paths": ["w"], "weights": entries}],
        **more,
    }
    return {
        "model.json": json.dumps(file).encode(),
        "w": b"".join(map(stored, constants.values())),
    }


def stored(values):
    """A weight's bytes."""
    if values.dtype.kind not in "UO":
        return values.tobytes()
    words = [str(v).encode() for v in values.ravel()]
    return b"".join(struct.pack("<I", len(w)) + w for w in words)


def i32(*values):
    return np.array(values, np.int32) if len(values) != 1 else np.int32(values[0])
