"""All rows, a module per family, and what is left out with the reason."""

from __future__ import annotations

from ..row import Row
from . import (
    contraction,
    creation,
    elementwise,
    host,
    image,
    indexing,
    losses,
    movement,
    network,
    reduction,
    signal,
)
from .creation import NOT_COMPARED

__all__ = ["NOT_COMPARED", "ROWS"]

ROWS: list[Row] = [
    *creation.ROWS,
    *elementwise.ROWS,
    *reduction.ROWS,
    *movement.ROWS,
    *indexing.ROWS,
    *contraction.ROWS,
    *network.ROWS,
    *image.ROWS,
    *signal.ROWS,
    *host.ROWS,
    *losses.ROWS,
]
