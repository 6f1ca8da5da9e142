"""GraphDef as TF.js stores it: nodes, attributes and signatures of a graph model, parsed.

Nothing here runs; `graph_model` does that.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from ..dtypes import DType, bool_, float32, int32
from ..errors import ModelFormatError

#: TensorFlow's types by name and number, as tfpy's; None for those it has not.
_TYPES: dict[Any, DType | None] = {}
for _name, _number, _dtype in (
    *(("FLOAT", 1, float32), ("DOUBLE", 2, float32), ("INT32", 3, int32), ("UINT8", 4, int32)),
    *(("INT16", 5, int32), ("INT8", 6, int32), ("STRING", 7, None), ("COMPLEX64", 8, None)),
    *(("INT64", 9, int32), ("BOOL", 10, bool_), ("UINT16", 17, int32), ("HALF", 19, float32)),
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


class TensorInfo(NamedTuple):
    """An input or output: its key in the signature, its port, and what is known of it."""

    key: str
    port: Port
    shape: tuple[int | None, ...] | None
    dtype: DType | None

    @property
    def name(self) -> str:
        """The name as in the graph: `node`, or `node:1` for a later output."""
        return self.port.node if not self.port.output else f"{self.port.node}:{self.port.output}"


class Graph(NamedTuple):
    """A parsed model: nodes by name, inputs and outputs in the signature's order."""

    nodes: dict[str, Node]
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    structured_keys: list[str] | None


def parse_port(name: str) -> Port:
    """`node` or `node:1`."""
    node, colon, index = name.rpartition(":")
    return Port(node, int(index)) if colon and index.isdigit() else Port(name, 0)


def parse_graph(model: dict[str, Any]) -> Graph:
    """The graph of a `model.json`.

    Raises `ModelFormatError` for a damaged one, and for nodes that refer to others not there.
    """
    try:
        nodes = {}
        for entry in model["modelTopology"]["node"]:
            node = _node(entry)
            if node.name in nodes:
                raise ModelFormatError(f"two nodes are called {node.name}")
            nodes[node.name] = node
        metadata = model.get("userDefinedMetadata") or {}
        signature = metadata.get("signature") or model.get("signature") or {}
        inputs = _signed(signature.get("inputs")) or _placeholders(nodes)
        outputs = _signed(signature.get("outputs")) or _leaves(nodes)
        keys = metadata.get("structuredOutputKeys")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ModelFormatError):
            raise
        raise ModelFormatError(f"modelTopology is damaged: {error!r}") from None
    _check_references(nodes, inputs + outputs)
    return Graph(nodes, inputs, outputs, keys)


def _node(entry: dict[str, Any]) -> Node:
    names = entry.get("input") or []
    return Node(
        str(entry["name"]),
        str(entry["op"]),
        [parse_port(name) for name in names if not name.startswith("^")],
        [name[1:] for name in names if name.startswith("^")],
        {key: _attr(value) for key, value in (entry.get("attr") or {}).items()},
    )


def _check_references(nodes: dict[str, Node], ends: list[TensorInfo]) -> None:
    missing = [
        f"{name} (for {node.name})"
        for node in nodes.values()
        for name in (*(port.node for port in node.inputs), *node.control)
        if name not in nodes
    ]
    missing += [f"{end.port.node} (in the signature)" for end in ends if end.port.node not in nodes]
    if missing:
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise ModelFormatError(f"nodes that do not exist: {', '.join(missing[:10])}{more}")


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
        if kind in value:
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
            _shape(info.get("tensorShape") or {"unknownRank": True}),
            _type(info.get("dtype")),
        )
        for key, info in (entries or {}).items()
    ]


def _placeholders(nodes: dict[str, Node]) -> list[TensorInfo]:
    return [
        TensorInfo(n.name, Port(n.name, 0), n.attrs.get("shape"), n.attrs.get("dtype"))
        for n in nodes.values()
        if n.op.startswith("Placeholder")
    ]


def _leaves(nodes: dict[str, Node]) -> list[TensorInfo]:
    """The nodes that no other takes from, in the file's order."""
    used = {port.node for node in nodes.values() for port in node.inputs}
    used.update(name for node in nodes.values() for name in node.control)
    return [
        TensorInfo(name, Port(name, 0), None, None)
        for name, node in nodes.items()
        if name not in used and node.op != "NoOp"
    ]
