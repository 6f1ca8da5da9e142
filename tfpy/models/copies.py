"""Models from others: the same layers anew, with fresh weights."""

from __future__ import annotations

import json
from typing import Any

from ..errors import ModelFormatError
from .model import Model


def clone_model(model: Model) -> Model:
    """The same layers under the same names, joined alike, with fresh weights.

    Layers of your own are made anew by their `get_config` and `from_config`.

    >>> model = tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)])
    >>> tfpy.models.clone_model(model).count_params()
    3
    """
    own: dict[str, Any] = {type(layer).__name__: type(layer) for layer in model.layers}
    return type(model).from_config(model.get_config(), custom_objects=own)


def model_from_json(text: str, custom_objects: dict[str, Any] | None = None) -> Model:
    """The model, with fresh weights, that `Model.to_json`, Keras's or TF.js's `toJSON` describes.

    Args:
        text: the JSON.
        custom_objects: your layer classes by the name in it.

    Raises:
        UnsupportedError: it needs layers that tfpy lacks; all are listed.
        ModelFormatError: it describes no model.
    """
    from ..io.layers_model import build_model, read_entry

    what, custom = "model_from_json", custom_objects or {}
    try:
        described = json.loads(text)
        # Keras 3 does not write its version here; its models name their modules.
        newer = {"keras_version": "3"} if "module" in described else {}
        entry = read_entry({**described, **newer}, what, custom)
    except (TypeError, ValueError) as error:
        raise ModelFormatError(f"{what}: this is no JSON of a model: {error}") from None
    return build_model(entry, what, False, custom)
