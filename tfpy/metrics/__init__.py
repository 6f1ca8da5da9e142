"""Metrics: functions of one batch, `binary_accuracy`, and objects that add up many, `Precision`."""

from __future__ import annotations

from typing import Any

from ..losses.named import find
from . import classes, functions, means
from .base import Metric
from .classes import *
from .functions import *
from .means import *

__all__ = [*functions.__all__, *classes.__all__, *means.__all__, "Metric", "get"]


def get(identifier: Any) -> Any:
    """The metric that `identifier` names, in Keras's or TF.js's spelling; a function is itself.

    Raises `ArgumentError` for an unknown name.

    >>> tfpy.metrics.get("binaryAccuracy").__name__
    'binary_accuracy'
    """
    return find("metric", functions, identifier)


#: The metrics that are objects, by their names.
CLASSES = {name: getattr(module, name) for module in (classes, means) for name in module.__all__}
