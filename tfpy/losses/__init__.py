"""Losses, as functions, `tfpy.losses.huber(y_true, y_pred)`, and as Keras's objects.

Keras 3's functions give one number per sample (`functions`, `imbalanced`), its objects one for the
batch (`classes`); TF.js's functions take weights and give one number for all (`weighted`). Where a
name is in both, as `mean_squared_error`, it has Keras's meaning.
"""

from __future__ import annotations

from typing import Any

from . import classes, functions, imbalanced, weighted
from .classes import *
from .functions import *
from .imbalanced import *
from .named import find
from .weighted import *

__all__ = [
    *classes.__all__,
    *functions.__all__,
    *imbalanced.__all__,
    *weighted.__all__,
    "get",
]

#: The functions that give a number for each sample, by their names.
FUNCTIONS = {
    name: getattr(module, name) for module in (functions, imbalanced) for name in module.__all__
}


def get(identifier: Any) -> Any:
    """The loss that `identifier` names, in Keras's or TF.js's spelling; a function is itself.

    Raises `ArgumentError` for an unknown name.

    >>> tfpy.losses.get("meanSquaredError") is tfpy.losses.get("mse")
    True
    """
    return find("loss", FUNCTIONS, identifier)
