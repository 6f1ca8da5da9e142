"""What a functional model is drawn with: tensors that have a shape but no values yet.

Calling a layer on a `KerasTensor` computes nothing; it notes a `Node`. Models walk the nodes
(`tfpy.models.graph`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..dtypes import DType

if TYPE_CHECKING:
    from .base import Layer

#: A shape in which None is a size not known yet, such as the batch.
PartialShape = tuple[int | None, ...]


class KerasTensor:
    """A tensor yet to be: its shape (None where unknown), dtype, and the call that makes it."""

    __slots__ = ("dtype", "index", "node", "shape")

    def __init__(self, shape: PartialShape, dtype: DType, node: Node, index: int) -> None:
        self.shape, self.dtype, self.node, self.index = shape, dtype, node, index

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def keras_history(self) -> tuple[Layer, int, int]:
        """The layer, which of its calls, and which of that call's outputs this is."""
        return self.node.layer, self.node.layer.inbound_nodes.index(self.node), self.index

    @property
    def name(self) -> str:
        """The name of the layer that makes it."""
        return self.node.layer.name

    def __repr__(self) -> str:
        return f"<KerasTensor of {self.name}, shape {self.shape}, {self.dtype}>"

    def __bool__(self) -> bool:
        raise TypeError("a KerasTensor has no value: it only describes a model's tensors")

    # Operators would need a layer each; the merging layers (Add, Multiply, ...) say the same.
    __hash__ = object.__hash__


class Node:
    """One call of a layer: what it was given and what it gave."""

    __slots__ = ("inputs", "kwargs", "layer", "outputs", "single")

    def __init__(
        self, layer: Layer, inputs: list[KerasTensor], single: bool, kwargs: dict[str, Any]
    ) -> None:
        self.layer, self.inputs, self.single, self.kwargs = layer, inputs, single, kwargs
        self.outputs: list[KerasTensor] = []
        layer.inbound_nodes.append(self)
