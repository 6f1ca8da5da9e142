"""GraphDef as TF.js stores it: nodes, attributes, functions and signatures, parsed.

Nothing here runs; `program` does that.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..dtypes import DType, bool_, complex64, float32, int32, string
from ..errors import ModelFormatError

#: TensorFlow's types by name and number, as tfpy's; None for those it has not.
_TYPES: dict[Any, DType | None] = {}
for _name, _number, _dtype in (
    *(("FLOAT", 1, float32), ("DOUBLE", 2, float32), ("INT32", 3, int32), ("UINT8", 4, int32)),
    *(("INT16", 5, int32), ("INT8", 6, int32), ("STRING", 7, string), ("COMPLEX64", 8, complex64)),
    *(("INT64", 9, int32), ("BOOL", 10, bool_), ("UINT16", 17, int32), ("HALF", 19, float32)),
    ("COMPLEX128", 18, complex64),
):
    _TYPES[f"DT_{_name}"] = _TYPES[_number] = _dtype


class Port(NamedTuple):
    """One output of a node."""

    node: str
    output: int


class Node(NamedTuple):
    """One operation of a graph. `control` are nodes that must exist but pass no value."""

    name: str
    op: str
    inputs: list[Port]
    control: list[str]
    attrs: dict[str, Any]


Nodes = dict[str, Node]
#: `port_of(node, name, index)`: the number of an output that a function calls by its name.
PortOf = Callable[[Node, str, int], int]


class TensorInfo(NamedTuple):
    """An input or output: its key in the signature, its port, and what is known of it.

    `resource` is the number of a table that the model's initializer makes and nobody feeds.
    """

    key: str
    port: Port
    shape: tuple[int | None, ...] | None
    dtype: DType | None
    resource: Any = None

    @property
    def name(self) -> str:
        """The name as in the graph: `node`, or `node:1` for a later output."""
        return self.port.node if not self.port.output else f"{self.port.node}:{self.port.output}"


class Function(NamedTuple):
    """A graph that others call: names of its arguments, which are nodes of it, and its results."""

    name: str
    nodes: Nodes
    arguments: list[str]
    results: list[Port]


class Graph(NamedTuple):
    """A parsed model: nodes by name, inputs and outputs in the signature's order.

    `resources` are inputs that the initializer's outputs of the same number are for.
    """

    nodes: Nodes
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    structured_keys: list[str] | None
    functions: dict[str, Function]
    resources: list[TensorInfo]
    initializer: Graph | None

    def fed(self, inputs: Iterable[TensorInfo] | None = None) -> tuple[str, ...]:
        """The nodes that get a value from outside: `inputs`, by default all, and resources."""
        chosen = self.inputs if inputs is None else inputs
        return tuple(dict.fromkeys(info.port.node for info in (*chosen, *self.resources)))


def parse_port(name: str) -> Port:
    """`node` or `node:1`."""
    node, colon, index = name.rpartition(":")
    number = index.isascii() and index.isdecimal()
    return Port(node, int(index)) if colon and number else Port(name, 0)


def parse_graph(model: dict[str, Any], port_of: PortOf) -> Graph:
    """The graph of a `model.json`.

    Raises `ModelFormatError` for a damaged one, and for nodes that refer to others not there.
    """
    try:
        metadata = model.get("userDefinedMetadata") or {}
        signature = metadata.get("signature") or model.get("signature") or {}
        graph = _graph(model["modelTopology"], signature, port_of)
        if not graph.outputs:
            raise ModelFormatError("the graph has no outputs: no node is the last")
        initializer = model.get("modelInitializer") or {}
        if initializer.get("node"):
            found = _graph(initializer, model.get("initializerSignature") or {}, port_of)
            graph = graph._replace(initializer=found)
        keys = metadata.get("structuredOutputKeys")
        if keys is not None and len(keys) != len(graph.outputs):
            raise ModelFormatError(f"{len(keys)} structuredOutputKeys for {len(graph.outputs)}")
        if keys and len({key for key in keys if isinstance(key, str)}) != len(keys):
            raise ModelFormatError(f"structuredOutputKeys are no different names: {keys}")
        return graph._replace(structured_keys=keys)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, ModelFormatError):
            raise
        raise ModelFormatError(f"modelTopology is damaged: {error!r}") from None


def _graph(topology: dict[str, Any], signature: dict[str, Any], port_of: PortOf) -> Graph:
    nodes = _nodes(topology["node"])
    given = _signed(signature.get("inputs")) or _placeholders(nodes)
    outputs = _signed(signature.get("outputs"))
    check_references(nodes, [end.port for end in given + outputs], "in the signature")
    if len({info.port.node for info in given}) != len(given):
        names = ", ".join(info.name for info in given)
        raise ModelFormatError(f"two inputs of the signature are one node: {names}")
    outputs = outputs or _leaves(nodes)
    library = (topology.get("library") or {}).get("function") or []
    functions = {f.name: f for f in (_function(entry, port_of) for entry in library)}
    inputs = [info for info in given if info.resource is None]
    resources = [info for info in given if info.resource is not None]
    return Graph(nodes, inputs, outputs, None, functions, resources, None)


def _nodes(entries: Iterable[dict[str, Any]]) -> Nodes:
    nodes: Nodes = {}
    for entry in entries:
        node = _node(entry)
        if node.name in nodes:
            raise ModelFormatError(f"two nodes are called {node.name}")
        nodes[node.name] = node
    return nodes


def _node(entry: dict[str, Any]) -> Node:
    names = entry.get("input") or []
    return Node(
        str(entry["name"]),
        str(entry["op"]),
        [parse_port(name) for name in names if not name.startswith("^")],
        [name[1:] for name in names if name.startswith("^")],
        {key: _attr(value) for key, value in (entry.get("attr") or {}).items()},
    )


def check_references(nodes: Nodes, ends: Iterable[Port], place: str) -> None:
    """Refuse nodes that refer to others not there, and `ends` that are not."""
    missing = [
        f"{name} (for {node.name})"
        for node in nodes.values()
        for name in (*(port.node for port in node.inputs), *node.control)
        if name not in nodes
    ]
    missing += [f"{port.node} ({place})" for port in ends if port.node not in nodes]
    if missing:
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise ModelFormatError(f"nodes that do not exist: {', '.join(missing[:10])}{more}")


# ----------------------------------------------------------------------------------- functions


def _function(entry: dict[str, Any], port_of: PortOf) -> Function:
    """A function of the library. Inside, outputs are called `node:name:index`."""
    signature = entry["signature"]
    name = str(signature["name"])
    arguments = [str(arg["name"]) for arg in signature.get("inputArg") or []]
    nodes = {a: Node(a, "Placeholder", [], [], {}) for a in arguments}
    body = _nodes(entry.get("nodeDef") or [])
    twice = next((a for a in arguments if a in body), None)
    if twice or len(nodes) != len(arguments):
        raise ModelFormatError(f"function {name}: two nodes are called {twice or arguments}")
    nodes.update(body)

    def flat(port: Port) -> Port:
        node, colon, output = port.node.rpartition(":")
        if not colon or node not in nodes:
            return port
        return Port(node, port_of(nodes[node], output, port.output))

    nodes = {n: v._replace(inputs=[flat(p) for p in v.inputs]) for n, v in nodes.items()}
    returned = entry.get("ret") or {}
    results = [
        flat(parse_port(returned[str(arg["name"])])) for arg in signature.get("outputArg") or []
    ]
    check_references(nodes, results, f"in the results of {name}")
    return Function(name, nodes, arguments, results)


# ---------------------------------------------------------------------------------- attributes


def _attr(value: dict[str, Any]) -> Any:
    """An attribute as a Python value; what tfpy never reads stays as it is."""
    for kind, read in _ATTRS.items():
        if kind in value:
            return read(value[kind])
    return None


def _text(value: Any) -> str:
    """base64 of bytes, or in old files an array of byte codes."""
    data = bytes(value) if isinstance(value, list) else base64.b64decode(value)
    return data.decode("utf-8", "replace")


def _type(value: Any) -> DType | None:
    return _TYPES.get(value)


def _shape(value: dict[str, Any]) -> tuple[int | None, ...] | None:
    """The sizes, None for those unknown; None for an unknown rank."""
    if value.get("unknownRank"):
        return None
    sizes = [int(dim.get("size", -1)) for dim in value.get("dim") or []]
    return tuple(None if n < 0 else n for n in sizes)


def _list(value: dict[str, Any]) -> list[Any]:
    for kind, read in _ATTRS.items():
        # Old files list every kind, and leave all but one empty.
        if value.get(kind):
            return [read(item) for item in value[kind]]
    return []


_ATTRS: dict[str, Any] = {
    "type": _type,
    "shape": _shape,
    "i": int,
    "f": float,
    "b": bool,
    "s": _text,
    "list": _list,
    "func": lambda value: value.get("name"),
}


# ----------------------------------------------------------------------------------- signature


def _signed(entries: dict[str, Any] | None) -> list[TensorInfo]:
    return [
        TensorInfo(
            key,
            parse_port(info["name"]),
            None if info.get("tensorShape") is None else _shape(info["tensorShape"]),
            _type(info.get("dtype")),
            _resource(info.get("resourceId")),
        )
        for key, info in (entries or {}).items()
    ]


def _resource(number: Any) -> Any:
    if number is not None and not isinstance(number, (int, str)):
        raise ModelFormatError(f"a resourceId is {number!r}")
    return number


def _placeholders(nodes: Nodes) -> list[TensorInfo]:
    found = [n for n in nodes.values() if n.op.startswith("Placeholder")]
    return [info_of(n, Port(n.name, 0)) for n in found]


def info_of(node: Node, port: Port) -> TensorInfo:
    """What a node says of what it is fed; only placeholders say something."""
    if not node.op.startswith("Placeholder"):
        return TensorInfo(node.name, port, None, None)
    return TensorInfo(node.name, port, _given(node, "shape", tuple), _given(node, "dtype", DType))


def _given(node: Node, name: str, kind: type) -> Any:
    """An attribute that may be missing or None, but no other kind of value."""
    value = node.attrs.get(name)
    if value is not None and not isinstance(value, kind):
        raise ModelFormatError(f"node {node.name} ({node.op}): its {name} is {value!r}")
    return value


def _leaves(nodes: Nodes) -> list[TensorInfo]:
    """The nodes outside of loops that no other takes from, in the file's order."""
    from .loops import lift_loops

    outside = lift_loops(nodes)
    used = {port.node for node in nodes.values() for port in node.inputs}
    used.update(name for node in nodes.values() for name in node.control)
    return [
        TensorInfo(name, Port(name, 0), None, None)
        for name, node in nodes.items()
        if name not in used and name in outside and node.op != "NoOp"
    ]
