"""Finding a loss or metric by the name that a model is compiled with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError

#: Names that are not the functions' own, in Keras or TF.js.
_OTHER_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
    "acc": "accuracy",
}


def find(kind: str, functions: Mapping[str, Any], identifier: Any) -> Any:
    """The function of a table that `identifier` names: as here, in camelCase, or shorter ("mse").

    A function is returned as it is. Raises `ArgumentError` for an unknown name.
    """
    if callable(identifier):
        return identifier
    name = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", str(identifier)).lower()
    name = _OTHER_NAMES.get(name, name)
    if name not in functions:
        known = ", ".join(functions)
        raise ArgumentError(f"unknown {kind} {identifier!r}; there are {known}")
    return functions[name]
