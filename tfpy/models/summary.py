"""The table that `Model.summary()` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.base import Layer

if TYPE_CHECKING:
    from .model import Model


def rows(model: Model) -> list[tuple[str, str, str]]:
    """A row for each layer, below that of the names of the columns."""
    found = [("Layer (type)", "Output shape", "Params")]
    for layer in model.layers:
        found.append((f"{layer.name} ({type(layer).__name__})", _shape(layer), _params(layer)))
    return found


def lines(model: Model) -> list[str]:
    """The table, a line each."""
    table_rows = rows(model)
    widths = [max(map(len, column)) for column in zip(*table_rows, strict=True)]
    rule = "-" * (sum(widths) + 4)
    table = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in table_rows]
    trained = sum(v.size for v in model.trainable_weights)
    total = model.count_params()
    return [
        f"Model {model.name}",
        *(rule, table[0], rule, *table[1:], rule),
        f"Total params: {total:,}",
        f"Trainable params: {trained:,}",
        f"Non-trainable params: {total - trained:,}",
    ]


def _shape(layer: Layer) -> str:
    shapes = dict.fromkeys(x.shape for node in layer.inbound_nodes for x in node.outputs)
    return ", ".join(map(str, shapes)) or "?"


def _params(layer: Layer) -> str:
    return f"{layer.count_params():,}"
