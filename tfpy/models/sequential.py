"""`Sequential`: a model whose layers follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError
from ..layers.base import Layer
from ..layers.core import InputLayer
from ..layers.symbolic import KerasTensor, PartialShape
from .model import Model


class Sequential(Model):
    """Layers in a row.

    Args:
        layers: the layers in order; an `Input` or a first layer with `input_shape` tells the
            input's shape, otherwise the first call does.
        name: made from the class's name when not given.

    >>> L = tfpy.layers
    >>> model = tfpy.Sequential([L.Input((3,)), L.Dense(1, kernel_initializer="ones")])
    >>> model.predict([[1.0, 2.0, 3.0]])
    tfpy.tensor([[6.]])
    """

    def __init__(self, layers: Sequence[Any] = (), name: str | None = None, **options: Any) -> None:
        super().__init__(name=name, **options)
        self._row: list[Layer] = []
        self._entry: KerasTensor | None = None
        for layer in layers:
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Append a layer, or as the first one an `Input`."""
        if isinstance(layer, KerasTensor) and isinstance(layer.node.layer, InputLayer):
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{self.name}.add: not a layer: {layer!r:.80}")
        if isinstance(layer, InputLayer):
            if self._row or self._entry is not None:
                raise ArgumentError(f"{self.name}.add: an Input comes first, and once")
            self._entry = layer.output
            return
        if any(known.name == layer.name for known in self._row):
            raise ArgumentError(f"{self.name} already has a layer named {layer.name}")
        self._row.append(layer)
        if self._entry is None:
            shape = _first_shape(layer)
            if len(self._row) == 1 and shape is not None:
                self._enter(shape, layer)
        if self._entry is not None:
            last = self._graph.outputs[0] if self._graph else self._entry
            self._draw(self._entry, layer(last))

    def pop(self) -> Layer:
        """Remove the last layer and return it."""
        if not self._row:
            raise ArgumentError(f"{self.name} has no layer to remove")
        layer = self._row.pop()
        if self._graph:
            (before,) = self._graph.outputs[0].node.inputs
            layer.inbound_nodes.remove(self._graph.outputs[0].node)
            self._graph = None
            self.built = False
            if self._row:
                self._draw(self._entry, before)
        return layer

    def _enter(self, shape: PartialShape, first: Layer) -> None:
        dtype = first.dtype if first.dtype.is_floating else None
        self._entry = InputLayer(batch_shape=shape, name=f"{first.name}_input", dtype=dtype).output

    def build(self, input_shape: PartialShape) -> None:
        """Make the weights for inputs of `input_shape`, batch axis included."""
        if self._graph:
            return
        if not self._row:
            raise ArgumentError(f"{self.name} has no layers")
        if self._entry is None:
            self._enter((None, *input_shape[1:]), self._row[0])
        x = self._entry
        for layer in self._row:
            x = layer(x)
        self._draw(self._entry, x)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the input."""
        return list(self._row)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._graph:
            return super().compute_output_shape(input_shape)
        for layer in self._row:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The layers' classes and arguments; the first one's tell the input's shape."""
        layers: list[Any] = [
            {"class_name": type(layer).__name__, "config": layer.get_config()}
            for layer in self._row
        ]
        if self._entry is not None and layers:
            first = layers[0]["config"]
            if isinstance(self._row[0], Model):
                entry = self._entry.node.layer
                layers.insert(0, {"class_name": "InputLayer", "config": entry.get_config()})
            else:
                first["batch_input_shape"] = list(self._entry.shape)
        return {"name": self.name, "layers": layers}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The model, with fresh weights, that `config` describes."""
        from .config import layer_from_config

        layers = [layer_from_config(entry, custom_objects or {}) for entry in config["layers"]]
        return cls(layers, name=config.get("name"))


def _first_shape(layer: Layer) -> PartialShape | None:
    if layer.batch_input_shape is not None:
        return layer.batch_input_shape
    if isinstance(layer, Model) and layer._graph and layer._single_input:
        return layer.inputs[0].shape
    return None
