"""Metrics: functions of one batch, `binary_accuracy`, and objects that add up many, `Precision`."""

from __future__ import annotations

from typing import Any

from ..losses.named import find
from . import classes, confusion, functions, means
from .base import Metric
from .classes import *
from .confusion import *
from .functions import *
from .means import *

__all__ = [
    *functions.__all__,
    *classes.__all__,
    *confusion.__all__,
    *means.__all__,
    "Metric",
    "get",
]


def get(identifier: Any) -> Any:
    """The metric that `identifier` names, in Keras's or TF.js's spelling; a function is itself.

    Raises `ArgumentError` for an unknown name.

    >>> tfpy.metrics.get("binaryAccuracy").__name__
    'binary_accuracy'
    """
    return find("metric", FUNCTIONS, identifier)


#: Those that are functions, by their names.
FUNCTIONS = {name: getattr(functions, name) for name in functions.__all__}
#: The metrics that are objects, by their names.
CLASSES = {
    name: getattr(module, name) for module in (classes, confusion, means) for name in module.__all__
}
