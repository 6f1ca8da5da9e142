"""Passes: each rewrites a graph in place into one that gives the same with less work.

What depends on no input needs no pass: the tracer has computed it. Fusion is not here either; it
belongs to the backends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .graph import Graph, Node

if TYPE_CHECKING:
    from ..backends import Backend


def optimize(graph: Graph, backend: Backend) -> dict[str, int]:
    """Run every pass; returns how many nodes each one took away."""
    from .affine import fold_affine
    from .reshapes import delay_reshapes

    counts: dict[str, int] = {}
    before = len(graph.nodes)
    for name, work in (
        ("unused", drop_unused),
        ("idle", skip_idle),
        ("unused", drop_unused),
        # After `unused`, as a value that two nodes take is not touched.
        ("late", lambda g: delay_reshapes(g, backend)),
        ("late", skip_idle),
        ("late", drop_unused),
        ("repeated", merge_equal),
        ("folded", lambda g: fold_affine(g, backend)),
        ("unused", drop_unused),
    ):
        work(graph)
        counts[name] = counts.get(name, 0) + before - len(graph.nodes)
        before = len(graph.nodes)
    return counts


def rewrite(graph: Graph, change: Callable[[Node], Node | dict[int, int]]) -> None:
    """Pass over the nodes in order; `change` gives a node to keep, or what stands for its outputs.

    The nodes that `change` sees already take the replacements.
    """
    stands: dict[int, int] = {}
    nodes = []
    for node in graph.nodes:
        if any(v in stands for v in node.inputs):
            node = node._replace(inputs=tuple(stands.get(v, v) for v in node.inputs))
        result = change(node)
        if isinstance(result, dict):
            stands.update(result)
        else:
            nodes.append(result)
    graph.nodes = nodes
    graph.outputs = [stands.get(v, v) for v in graph.outputs]


def drop_unused(graph: Graph) -> None:
    """Dead code: nodes that no output needs, and constants that no node takes."""
    needed = set(graph.outputs)
    kept = []
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
    graph.nodes = kept[::-1]
    graph.constants = {v: data for v, data in graph.constants.items() if v in needed}


def skip_idle(graph: Graph) -> None:
    """Operations that change nothing: reshapes to the same shape and of reshapes, and the like."""
    reshaped: dict[int, int] = {}

    def change(node: Node) -> Node | dict[int, int]:
        name, source, made = node.op.name, node.inputs[0] if node.inputs else -1, node.outputs[0]
        if name == "reshape":
            source = reshaped.get(source, source)
            if graph.specs[source] == graph.specs[made]:
                return {made: source}
            reshaped[made] = source
            return node._replace(inputs=(source,))
        if name in _IDLE and graph.specs[source] == graph.specs[made] and _IDLE[name](node):
            return {made: source}
        return node

    rewrite(graph, change)


#: Whether an operation that keeps shape and dtype changes nothing at all.
_IDLE: dict[str, Callable[[Node], bool]] = {
    "cast": lambda node: True,
    "broadcast_to": lambda node: True,
    "transpose": lambda node: node.attrs["perm"] == tuple(range(len(node.attrs["perm"]))),
    "take_slice": lambda node: all(step > 0 for step in node.attrs["steps"]),
    "concat": lambda node: len(node.inputs) == 1,
}


def merge_equal(graph: Graph) -> None:
    """Common subexpressions: of nodes that compute the same, the first remains."""
    seen: dict[object, Node] = {}

    def change(node: Node) -> Node | dict[int, int]:
        key = (node.op.name, node.inputs, tuple(node.attrs.items()))
        first = seen.setdefault(key, node)
        if first is node:
            return node
        return dict(zip(node.outputs, first.outputs, strict=True))

    rewrite(graph, change)
