"""Batch normalization folded into the convolution before it.

`conv(x, w)`, then constants added, subtracted, multiplied per output channel, is
`conv(x, w * scale) + shift`. Only where the filters are constants too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tensor import Tensor
from .graph import Graph, Later, Node
from .passes import drop_unused

if TYPE_CHECKING:
    from ..backends import Backend

_CONVOLUTIONS = ("conv2d_nhwc", "depthwise_conv2d_nhwc")


class _Chain:
    """What follows a convolution: `scale` and `shift` per channel, as tensors or None."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.scale: Any = None
        self.shift: Any = None

    def apply(self, name: str, by: Tensor) -> None:
        if name == "multiply":
            self.scale = by if self.scale is None else self.scale * by
            self.shift = None if self.shift is None else self.shift * by
        else:
            by = by if name == "add" else -by
            self.shift = by if self.shift is None else self.shift + by


def fold_affine(graph: Graph, backend: Backend) -> None:
    """Fold every chain that scales; one that only adds is as cheap as it can be."""
    uses = graph.uses()
    chains: dict[int, _Chain] = {}
    for node in graph.nodes:
        if node.op.name in _CONVOLUTIONS and node.inputs[1] in graph.constants:
            chains[node.outputs[0]] = _Chain(node)
            continue
        found = _link(graph, node, chains)
        if found is not None and uses[found] == 1:
            chain = chains.pop(found)
            other = next(v for v in node.inputs if v != found)
            chain.apply(node.op.name, Tensor(graph.constants[other], graph.specs[other], backend))
            chains[node.outputs[0]] = chain
    done = {value: chain for value, chain in chains.items() if chain.scale is not None}
    if done:
        _replace(graph, done)


def _link(graph: Graph, node: Node, chains: dict[int, _Chain]) -> int | None:
    """The value of a chain that `node` continues, if it does."""
    if node.op.name not in ("add", "subtract", "multiply"):
        return None
    a, b = node.inputs
    if a in chains and _per_channel(graph, a, b):
        return a
    if b in chains and node.op.name != "subtract" and _per_channel(graph, b, a):
        return b
    return None


def _per_channel(graph: Graph, value: int, other: int) -> bool:
    """Whether `other` is a constant with one number for each channel of `value`, or one for all."""
    spec, channels = graph.specs[other], graph.specs[value].shape[-1]
    return (
        other in graph.constants
        and len(spec.shape) <= 4
        and (spec.size == 1 or (spec.size == channels == spec.shape[-1]))
    )


def _replace(graph: Graph, chains: dict[int, _Chain]) -> None:
    from ..ops import elementwise

    last = {chain.node.outputs[0]: (value, chain) for value, chain in chains.items()}
    add = elementwise.add.op  # type: ignore[attr-defined]
    nodes = []
    for node in graph.nodes:
        if node.outputs[0] in chains:
            continue  # the last of a chain: its value is made where the convolution stands
        if node.outputs[0] not in last:
            nodes.append(node)
            continue
        value, chain = last[node.outputs[0]]
        filters = _scaled(graph, chain)
        folded = node._replace(inputs=(node.inputs[0], filters))
        if chain.shift is None:
            nodes.append(folded._replace(outputs=(value,)))
            continue
        shift = _constant(graph, chain.shift.reshape(-1))
        plain = graph.new(graph.specs[value])
        nodes.append(folded._replace(outputs=(plain,)))
        nodes.append(Node(add, (plain, shift), {}, (value,), True))
    graph.nodes = nodes
    drop_unused(graph)


def _scaled(graph: Graph, chain: _Chain) -> int:
    """The filters times the scale of their output channel, computed when the plan packs them."""
    from ..ops import elementwise

    value, scale, backend = chain.node.inputs[1], chain.scale, chain.scale.backend
    spec = graph.specs[value]
    if scale.size > 1:
        depthwise = chain.node.op.name.startswith("depthwise")
        scale = scale.reshape(spec.shape[2:] if depthwise else (-1,))
    multiply = elementwise.multiply.op  # type: ignore[attr-defined]
    run = backend.prepare(multiply, (spec, scale.spec), {}, spec)
    return graph.constant(Later(run, (graph.constants[value], scale.data_on(backend))), spec)


def _constant(graph: Graph, x: Tensor) -> int:
    return graph.constant(x.data_on(x.backend), x.spec)
