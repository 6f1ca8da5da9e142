"""Metrics as functions: `tfpy.metrics.binary_accuracy(y_true, y_pred)`."""

from __future__ import annotations

from typing import Any

from ..losses.named import find
from . import functions
from .functions import *

__all__ = [*functions.__all__, "get"]


def get(identifier: Any) -> Any:
    """The metric that `identifier` names, in Keras's or TF.js's spelling; a function is itself.

    Raises `ArgumentError` for an unknown name.

    >>> tfpy.metrics.get("binaryAccuracy").__name__
    'binary_accuracy'
    """
    return find("metric", functions, identifier)
