"""Fusion: neighbouring operations of a graph become one program where the shapes allow.

A group is a tree of elementwise operations of one shape, each of whose intermediate values has one
taker, and at its root perhaps a contraction, pool, reduction or copy whose results they finish. It
becomes a node of the operation `fused`, whose kernel (`kernels/fused.py`) writes the program. The
graph remains a graph, so it runs like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfpy.dtypes import float32
from tfpy.plan.graph import Graph, Node
from tfpy.spec import TensorSpec

from .elementwise import ROWS
from .program import LAYOUTS

#: Tensors that a fused program reads at most: every device has 16 texture units.
MAX_INPUTS = 8
#: Operations whose results can be finished in the program that makes them.
_CONVOLUTIONS = (
    *("conv2d_nhwc", "conv2d_input_grad", "conv2d_filter_grad"),
    *("depthwise_conv2d_nhwc", "depthwise_conv2d_input_grad", "depthwise_conv2d_filter_grad"),
)
ROOTS = frozenset(
    (
        *_CONVOLUTIONS,
        *("batch_matmul", "max_pool_nhwc", "avg_pool_nhwc", "avg_pool_grad"),
        *("resize_bilinear_nhwc", "sum", "prod", "max", "min"),
        *("transpose", "broadcast_to", "take_slice"),
    )
)


class Step(NamedTuple):
    """One elementwise operation of a group.

    `takes` names its operands: `e<i>` is input i of the group, `v` what the root made, `t<j>` what
    step j made.
    """

    op: str
    parameters: tuple[str, ...]
    attrs: dict[str, Any]
    takes: tuple[str, ...]
    kinds: tuple[str, ...]
    out: TensorSpec


class Root(NamedTuple):
    """The operation whose results the steps finish; it takes the first `arity` inputs."""

    op: str
    parameters: tuple[str, ...]
    attrs: dict[str, Any]
    arity: int
    out: TensorSpec


class Group(NamedTuple):
    """What the kernel of a fused node needs to know."""

    root: Root | None
    steps: list[Step]


class Fused(NamedTuple):
    """The record of a fused node, as far as a backend looks at it."""

    inputs: tuple[str, ...] = ("*xs",)
    name: str = "fused"


class _Open:
    """A group that may still grow: its nodes in order."""

    def __init__(self, nodes: list[Node], root: Node | None = None) -> None:
        self.nodes, self.root = nodes, root


def fuse(graph: Graph) -> Graph:
    """A graph with the same results and fewer nodes."""
    takers = graph.uses()
    groups: dict[int, _Open] = {}
    order: list[_Open | None] = []
    places: dict[int, int] = {}
    for node in graph.nodes:
        group = _Open([node])
        if node.op.name in ROWS or node.op.name == "cast":
            for value in dict.fromkeys(node.inputs):
                # Every use must be by this node.
                found = groups.get(value)
                if found is None or takers[value] != node.inputs.count(value):
                    continue
                merged = _join(graph, found, group)
                if merged is not None:
                    group = merged
                    order[places[value]] = None
            groups[node.outputs[0]] = group
        elif node.op.name in ROOTS and graph.specs[node.outputs[0]].dtype is float32:
            group.root = node
            groups[node.outputs[0]] = group
        places[node.outputs[0]] = len(order)
        order.append(group)
    result = Graph()
    result.specs, result.inputs = graph.specs, graph.inputs
    result.constants, result.outputs = graph.constants, graph.outputs
    result.steady = graph.steady
    result.nodes = [_written(graph, group) for group in order if group is not None]
    return result


def _join(graph: Graph, first: _Open, then: _Open) -> _Open | None:
    """Both groups as one, where `then` takes the result of `first`; None if that cannot be."""
    if first.root is not None and then.root is not None:
        return None
    spec = graph.specs[then.nodes[-1].outputs[0]]
    if graph.specs[first.nodes[-1].outputs[0]].shape != spec.shape:
        return None
    joined = _Open([*first.nodes, *then.nodes], first.root or then.root)
    if joined.root is not None:
        joined.nodes.remove(joined.root)
        joined.nodes.insert(0, joined.root)
    inputs = _inputs(joined)
    if len(inputs) > MAX_INPUTS:
        return None
    root = joined.root
    if root is not None:
        own = len(root.inputs)
        if spec.dtype is not float32:
            return None
        if root.op.name in LAYOUTS and not all(
            _fits_blocks(graph.specs[v], spec) for v in inputs[own:]
        ):
            return None
    return joined


def _fits_blocks(x: TensorSpec, out: TensorSpec) -> bool:
    """Whether an operand can be read beside images in blocks; see `elementwise.layouts`."""
    if x == out:
        return True
    return x.dtype is float32 and (
        x.size == 1 or (x.shape[-1:] == out.shape[-1:] and x.size == out.shape[-1])
    )


def _inputs(group: _Open) -> list[int]:
    """The values that come from outside: those of the root as they stand, then each other once."""
    made = {node.outputs[0] for node in group.nodes}
    own = list(group.root.inputs) if group.root is not None else []
    rest = group.nodes[1:] if group.root is not None else group.nodes
    return own + [v for v in dict.fromkeys(v for n in rest for v in n.inputs) if v not in made]


def _written(graph: Graph, group: _Open) -> Node:
    """The node of a finished group."""
    if len(group.nodes) == 1:
        return group.nodes[0]
    inputs, nodes, root = _inputs(group), list(group.nodes), group.root
    own = len(root.inputs) if root is not None else 0
    names = {v: f"e{i}" for i, v in enumerate(inputs) if i >= own}
    head = None
    if root is not None:
        nodes = nodes[1:]
        names[root.outputs[0]] = "v"
        head = Root(root.op.name, root.op.inputs, root.attrs, own, graph.specs[root.outputs[0]])
    steps = []
    for j, node in enumerate(nodes):
        takes = tuple(names[v] for v in node.inputs)
        kinds = tuple(graph.specs[v].dtype.kind for v in node.inputs)
        out = graph.specs[node.outputs[0]]
        steps.append(Step(node.op.name, node.op.inputs, node.attrs, takes, kinds, out))
        names[node.outputs[0]] = f"t{j}"
    fused: Any = Fused()
    return Node(fused, tuple(inputs), {"group": Group(head, steps)}, nodes[-1].outputs, True)
