"""What a functional model is drawn with: tensors that have a shape but no values yet.

Calling a layer on a `KerasTensor` computes nothing; it notes a `Node`. Models walk the nodes
(`tfpy.models.graph`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..dtypes import DType

if TYPE_CHECKING:
    from .base import Layer

#: A shape in which None is a size not known yet, such as the batch.
PartialShape = tuple[int | None, ...]


class KerasTensor:
    """A tensor yet to be: its shape (None where unknown), dtype, and the call that makes it.

    `+`, `-` and `*` between two draw `Add`, `Subtract` and `Multiply`; with a number, as `/` by
    one, they draw a `Rescaling`. For anything else there are layers, `layers.Lambda` among them.

    >>> x = tfpy.layers.Input((4,))
    >>> model = tfpy.Model(x, 1 - x * x / 2)
    >>> model([[0.0, 1.0, 2.0, 4.0]])
    tfpy.tensor([[ 1., 0.5, -1., -7.]])
    """

    __slots__ = ("dtype", "index", "node", "shape")

    #: So that NumPy's arrays and numbers leave operators to this class.
    __array_ufunc__ = None

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

    # Told apart by identity; the operators are in `operators`.
    __hash__ = object.__hash__

    if TYPE_CHECKING:

        def __add__(self, other: Any) -> KerasTensor: ...
        def __radd__(self, other: Any) -> KerasTensor: ...
        def __sub__(self, other: Any) -> KerasTensor: ...
        def __rsub__(self, other: Any) -> KerasTensor: ...
        def __mul__(self, other: Any) -> KerasTensor: ...
        def __rmul__(self, other: Any) -> KerasTensor: ...
        def __truediv__(self, other: Any) -> KerasTensor: ...
        def __neg__(self) -> KerasTensor: ...
        def __pos__(self) -> KerasTensor: ...


class Node:
    """One call of a layer: what it was given and what it gave.

    Attributes:
        first: the first argument, a symbolic tensor or nested lists of them.
        kwargs: the others, among them perhaps symbolic tensors too.
        inputs: all symbolic tensors in these, in the order in which `filled` wants their values.
        outputs: what the call gave.
    """

    __slots__ = ("first", "inputs", "kwargs", "layer", "outputs")

    def __init__(self, layer: Layer, first: Any, kwargs: dict[str, Any]) -> None:
        self.layer, self.first, self.kwargs = layer, first, kwargs
        self.inputs = [x for x in leaves((first, kwargs)) if isinstance(x, KerasTensor)]
        self.outputs: list[KerasTensor] = []
        layer.inbound_nodes.append(self)

    def filled(self, values: Iterable[Any]) -> tuple[Any, dict[str, Any]]:
        """The call's arguments with `values` in place of the symbolic tensors."""
        rest = iter(values)
        return mapped(
            lambda x: next(rest) if isinstance(x, KerasTensor) else x, (self.first, self.kwargs)
        )


# ----------------------------------------------------------------------------- nested arguments


def leaves(value: Any) -> Iterator[Any]:
    """What nested lists, tuples and dicts hold; `value` itself where it is none of these.

    Elements of datasets are nested by other rules, `tfpy.data.structure`: there a list is data.
    """
    if type(value) in (list, tuple) or isinstance(value, dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield value


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """`value` with `function` of each of its leaves in their places."""
    if isinstance(value, dict):
        return {k: mapped(function, v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)([mapped(function, v) for v in value])
    return function(value)
