"""Losses, as functions, `tfpy.losses.huber(y_true, y_pred)`, and as Keras's objects.

Keras 3's functions give one number per sample (`functions`), its objects one for the batch
(`classes`); TF.js's functions take weights and give one number for all (`weighted`). Where a name
is in both, as `mean_squared_error`, it has Keras's meaning.
"""

from __future__ import annotations

from typing import Any

from . import classes, functions, weighted
from .classes import *
from .functions import *
from .named import find
from .weighted import *

__all__ = [*classes.__all__, *functions.__all__, *weighted.__all__, "get"]


def get(identifier: Any) -> Any:
    """The loss that `identifier` names, in Keras's or TF.js's spelling; a function is itself.

    Raises `ArgumentError` for an unknown name.

    >>> tfpy.losses.get("meanSquaredError") is tfpy.losses.get("mse")
    True
    """
    return find("loss", functions, identifier)
