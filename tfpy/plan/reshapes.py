"""Reshapes moved behind the elementwise operations that follow them.

A product of a tensor of rank 3 or more is one of its rows, and a convolution of sequences is one of
an image; the result is reshaped. That costs nothing by itself, but would keep a bias, an activation
or a residual from being computed where the product is.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from ..registry import OPS
from ..spec import Shape, TensorSpec
from ..tensor import Tensor
from .graph import Graph, Node

if TYPE_CHECKING:
    from ..backends import Backend

_PRODUCTS = frozenset(
    (
        *("batch_matmul", "conv2d_nhwc", "depthwise_conv2d_nhwc"),
        *("conv2d_input_grad", "depthwise_conv2d_input_grad"),
    )
)


def delay_reshapes(graph: Graph, backend: Backend) -> None:
    """Let what is elementwise have the shape of the product before it, and reshape the result.

    Reshapes that nobody needs any more are left for `drop_unused`.
    """
    work = _Delay(graph, backend)
    for node in graph.nodes:
        work.add(node)
    graph.nodes = work.nodes


class _Delay:
    """The nodes of a graph while they are rewritten.

    Attributes:
        nodes: those so far.
        late: what a product gave, by what a reshape made of it.
    """

    def __init__(self, graph: Graph, backend: Backend) -> None:
        self.nodes: list[Node] = []
        self.late: dict[int, int] = {}
        self._graph, self._backend, self._uses = graph, backend, graph.uses()
        self._made = {node.outputs[0]: node.op for node in graph.nodes}

    def add(self, node: Node) -> None:
        """Keep `node`, or let it come before the reshape that it takes."""
        specs, (out, *_) = self._graph.specs, node.outputs
        if node.op.name == "reshape":
            self._remember(node.inputs[0], out)
        shape = self._earlier(node) if node.op.kind == "elementwise" else None
        shapes = shape and [_fitted(specs[v].shape, specs[out].shape, shape) for v in node.inputs]
        if shape is None or not shapes or None in shapes:
            self.nodes.append(node)
            return
        inputs = tuple(self._as(v, own or ()) for v, own in zip(node.inputs, shapes, strict=True))
        moved = self._graph.new(TensorSpec(shape, specs[out].dtype))
        self.nodes.append(node._replace(inputs=inputs, outputs=(moved,)))
        self._reshape(moved, out)
        self.late[out] = moved

    def _remember(self, source: int, out: int) -> None:
        made = self._made.get(source)
        product = made is not None and made.name in _PRODUCTS
        if (product or source in self.late) and self._uses[source] == 1:
            self.late[out] = self.late.get(source, source)

    def _earlier(self, node: Node) -> Shape | None:
        """The shape of the product that `node` could finish; None if there is none.

        What else `node` takes must not be made for it alone by an elementwise operation, since the
        two would be computed at once where they are. Nor may it change the type: that ends what
        can be computed with a product.
        """
        specs, uses, found = self._graph.specs, self._uses, None
        out = specs[node.outputs[0]]
        for value in node.inputs:
            own = uses[value] == node.inputs.count(value)
            if value in self.late:
                if own and found is None and specs[value] == out:
                    found = specs[self.late[value]].shape
            elif own and value in self._made and self._made[value].kind == "elementwise":
                return None
        return found

    def _as(self, value: int, shape: Shape) -> int:
        """`value` in `shape`."""
        graph = self._graph
        spec, late = graph.specs[value], self.late.get(value)
        if spec.shape == shape:
            return value
        if late is not None and graph.specs[late].shape == shape:
            return late
        if value in graph.constants:
            x = Tensor(graph.constants[value], spec, self._backend).reshape(shape)
            return graph.constant(x.data_on(self._backend), x.spec)
        return self._reshape(value, graph.new(TensorSpec(shape, spec.dtype)))

    def _reshape(self, value: int, out: int) -> int:
        attrs = {"shape": self._graph.specs[out].shape}
        self.nodes.append(Node(OPS["reshape"], (value,), attrs, (out,), True))
        return out


def _fitted(x: Shape, old: Shape, new: Shape) -> Shape | None:
    """The shape in which an operand of shape `x` meets the same elements of a tensor of shape `new`
    as it does of one of shape `old`, which has as many; None where that is more than a reshape.

    >>> _fitted((1, 4, 8), (2, 16, 4, 8), (32, 32))
    (32,)
    """
    if x == old:
        return new
    if prod(x) == 1:
        return x if len(x) <= len(new) else ()
    while x[0] == 1:
        x = x[1:]
    if old[-len(x) :] != x:
        return None
    ends = (new[k:] for k in range(len(new), -1, -1))
    return next((end for end in ends if prod(end) == prod(x)), None)
