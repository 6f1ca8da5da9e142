"""The table that `Model.summary()` prints."""

from __future__ import annotations

from collections.abc import Iterator

from ..layers.base import Layer
from .model import Model


def lines(model: Model, expand_nested: bool, show_trainable: bool) -> list[str]:
    """The table, a line each."""
    found = rows(model, expand_nested, show_trainable)
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    table = [
        "  ".join(f"{x:{'<<><'[i]}{widths[i]}}" for i, x in enumerate(row)).rstrip()
        for row in found
    ]
    trained = sum(v.size for v in model.trainable_weights)
    total = model.count_params()
    # As Keras: the state of an optimizer that has begun counts too.
    optimizer = model._compiled.optimizer if model._compiled else None
    kept = sum(v.size for v in optimizer.variables) if optimizer and optimizer.built else 0
    return [
        f"Model {model.name}",
        *(rule, table[0], rule, *table[1:], rule),
        f"Total params: {total + kept:,}",
        f"Trainable params: {trained:,}",
        f"Non-trainable params: {total - trained:,}",
        *([f"Optimizer params: {kept:,}"] if kept else []),
    ]


def rows(
    model: Model, expand_nested: bool = False, show_trainable: bool = False
) -> list[tuple[str, ...]]:
    """A row for each layer, below that of the names of the columns."""
    head = ("Layer (type)", "Output shape", "Params", "Trainable")
    found = [head, *_layers(model, expand_nested)]
    return found if show_trainable else [row[:3] for row in found]


def _layers(model: Model, expand_nested: bool, indent: str = "") -> Iterator[tuple[str, ...]]:
    """A row for each layer, under that of a model those of its own layers."""
    for layer in model.layers:
        name = f"{indent}{layer.name} ({type(layer).__name__})"
        trains = ("Y" if layer.trainable else "N") if layer.weights else "-"
        yield name, _shape(layer), f"{layer.count_params():,}", trains
        if expand_nested and isinstance(layer, Model):
            yield from _layers(layer, expand_nested, indent + "  ")


def _shape(layer: Layer) -> str:
    shapes = dict.fromkeys(x.shape for node in layer.inbound_nodes for x in node.outputs)
    return ", ".join(map(str, shapes)) or "?"
