"""Fusion: neighbouring operations of a graph become one program where the shapes allow.

A group is a tree of elementwise operations of one shape, each of whose intermediate values has one
taker, and at its root perhaps a contraction, pool, reduction or copy whose results they finish. A
reduction may also have such a tree before it, which is computed while it reads. The group becomes a
node of the operation `fused`, whose kernel (`kernels/fused.py`) writes the program. The graph
remains a graph, so it runs like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfpy.dtypes import float32
from tfpy.plan.graph import Graph, Node
from tfpy.spec import TensorSpec

from .elementwise import ROWS
from .kernels.reduction import groups as axis_groups
from .program import LAYOUTS

#: Tensors that a fused program reads at most: every device has 16 texture units.
MAX_INPUTS = 8
#: Reductions whose elements can be computed while they are read.
REDUCTIONS = frozenset(("sum", "prod", "max", "min"))
#: Operations whose results can be finished in the program that makes them.
_CONVOLUTIONS = (
    *("conv2d_nhwc", "conv2d_input_grad", "conv2d_filter_grad"),
    *("depthwise_conv2d_nhwc", "depthwise_conv2d_input_grad", "depthwise_conv2d_filter_grad"),
)
ROOTS = frozenset(
    (
        *_CONVOLUTIONS,
        *("batch_matmul", "max_pool_nhwc", "avg_pool_nhwc"),
        *("max_pool_grad", "avg_pool_grad"),
        *("resize_image", "sample_image", "softmax_axis", "log_softmax_axis", "gather"),
        *("transpose", "broadcast_to", "take_slice", "place", "concat"),
        *REDUCTIONS,
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
    """The operation whose results the steps finish; it takes the first `arity` inputs.

    With `before` it takes a tensor of spec `x` instead, which those steps make of these inputs.
    """

    op: str
    parameters: tuple[str, ...]
    attrs: dict[str, Any]
    arity: int
    out: TensorSpec
    x: TensorSpec
    before: list[Step]


class Group(NamedTuple):
    """What the kernel of a fused node needs to know."""

    root: Root | None
    steps: list[Step]


class Fused(NamedTuple):
    """The record of a fused node, as far as a backend looks at it."""

    inputs: tuple[str, ...] = ("*xs",)
    name: str = "fused"


class _Open(NamedTuple):
    """A group that may still grow: elementwise nodes before its root, the root, those after it.

    Without a root all nodes are `after`.
    """

    before: list[Node]
    root: Node | None
    after: list[Node]

    @property
    def out(self) -> int:
        """The value that the group makes."""
        node = self.after[-1] if self.after else self.root
        assert node is not None
        return node.outputs[0]


def fuse(graph: Graph) -> Graph:
    """A graph with the same results and fewer nodes."""
    takers = graph.uses()
    groups: dict[int, _Open] = {}
    order: list[_Open | None] = []
    places: dict[int, int] = {}
    for node in graph.nodes:
        group = _Open([], node, [])
        if node.op.name in ROWS or node.op.name == "cast":
            group = groups[node.outputs[0]] = _Open([], None, [node])
        elif node.op.name in ROOTS and graph.specs[node.outputs[0]].dtype is float32:
            groups[node.outputs[0]] = group
        for value in dict.fromkeys(node.inputs):
            # Every use must be by this node.
            found = groups.get(value)
            if found is None or takers[value] != node.inputs.count(value):
                continue
            merged = _join(graph, found, group)
            if merged is not None:
                group = groups[node.outputs[0]] = merged
                order[places[value]] = None
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
    if not then.after:
        joined = _computed_while_read(graph, first, then)
    elif first.root is not None and then.root is not None:
        return None
    else:
        root = first.root or then.root
        before = first.before or then.before
        joined = _Open(before, root, [*first.after, *then.after])
        if graph.specs[first.out].shape != graph.specs[then.out].shape:
            return None
        if root is not None and not _can_finish(graph, joined):
            return None
    return joined if joined and len(_inputs(joined)) <= MAX_INPUTS else None


def _computed_while_read(graph: Graph, first: _Open, then: _Open) -> _Open | None:
    """A reduction of what `first` computes: whole texels at a time, each one once."""
    root = then.root
    if root is None or root.op.name not in REDUCTIONS or first.root is not None:
        return None
    x, out = graph.specs[first.out], graph.specs[then.out]
    group = axis_groups(x.shape, root.attrs["axes"])[0]
    if x.size == out.size or (group.inner != 1 and group.inner % 4):
        return None
    return _Open(first.after, root, [])


def _can_finish(graph: Graph, group: _Open) -> bool:
    """Whether the program of the root can read what the steps after it read."""
    assert group.root is not None
    spec = graph.specs[group.out]
    if spec.dtype is not float32:
        return False
    rest = _inputs(group)[len(_own(group)) :]
    return group.root.op.name not in LAYOUTS or all(
        _fits_blocks(graph.specs[v], spec) for v in rest
    )


def _fits_blocks(x: TensorSpec, out: TensorSpec) -> bool:
    """Whether an operand can be read beside images in blocks; see `elementwise.layouts`."""
    if x == out:
        return True
    return x.dtype is float32 and (
        x.size == 1 or (x.shape[-1:] == out.shape[-1:] and x.size == out.shape[-1])
    )


def _own(group: _Open) -> list[int]:
    """The values that the root, or what is before it, takes from outside."""
    if group.root is None:
        return []
    return _taken(group.before) if group.before else list(group.root.inputs)


def _taken(nodes: list[Node], *made: int) -> list[int]:
    """The values that nodes take from outside, each once."""
    inside = {*made, *(node.outputs[0] for node in nodes)}
    return [v for v in dict.fromkeys(v for n in nodes for v in n.inputs) if v not in inside]


def _inputs(group: _Open) -> list[int]:
    """The values that come from outside: those of the root first."""
    return _own(group) + _taken(group.after, *(group.root.outputs if group.root else ()))


def _written(graph: Graph, group: _Open) -> Node:
    """The node of a finished group."""
    root = group.root
    if len(group.before) + len(group.after) + (root is not None) == 1:
        return root or group.after[0]
    inputs, own, head = _inputs(group), len(_own(group)), None
    names = {v: f"e{i}" for i, v in enumerate(inputs) if i >= own}
    if root is not None:
        before = _steps(graph, group.before, {v: f"e{i}" for i, v in enumerate(inputs[:own])})
        names[root.outputs[0]] = "v"
        specs = [graph.specs[v] for v in (*root.outputs, *root.inputs)]
        head = Root(root.op.name, root.op.inputs, root.attrs, own, specs[0], specs[1], before)
    fused: Any = Fused()
    steps = _steps(graph, group.after, names)
    return Node(fused, tuple(inputs), {"group": Group(head, steps)}, (group.out,), True)


def _steps(graph: Graph, nodes: list[Node], names: dict[int, str]) -> list[Step]:
    """The steps of elementwise nodes whose inputs have `names`."""
    steps = []
    for j, node in enumerate(nodes):
        takes = tuple(names[v] for v in node.inputs)
        kinds = tuple(graph.specs[v].dtype.kind for v in node.inputs)
        out = graph.specs[node.outputs[0]]
        steps.append(Step(node.op.name, node.op.inputs, node.attrs, takes, kinds, out))
        names[node.outputs[0]] = f"t{j}"
    return steps
