"""Models that are classes of one's own in `.keras` files: what they are made with, and the shape
that makes their weights. The class itself is in no file."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError, ModelFormatError, TfpyError, UnsupportedError
from ..models.config import MODEL_CLASSES
from ..models.model import Model
from ..models.subclass import build_by_run


def described_subclass(model: Model) -> dict[str, Any]:
    """A model without a graph as Keras 3 describes it."""
    name = type(model).__name__
    config = {
        "module": None,
        "class_name": name,
        "config": model.get_config(),
        "registered_name": name,
    }
    shape = model.built_for
    return config if shape is None else {**config, "build_config": {"input_shape": shape}}


def is_subclass(config: Any) -> bool:
    """Whether a file's `config.json` describes no graph of layers but a class of somebody's own."""
    return (
        isinstance(config, dict)
        and config.get("class_name") not in (None, *MODEL_CLASSES)
        and isinstance(config.get("config"), dict)
        and not isinstance(config["config"].get("layers"), list)
        and not str(config.get("module")).startswith("keras")
    )


def revive_subclass(config: dict[str, Any], name: str, custom: dict[str, Any]) -> Model:
    """The model that `config` describes, its weights made; `name` is that of the file."""
    known, registered = config["class_name"], config.get("registered_name")
    made = custom.get(str(registered), custom.get(known))
    if made is None:
        raise UnsupportedError(
            f"{name} needs a class of your own: custom_objects={{{known!r}: {known}}} gives it"
        )
    shape = (config.get("build_config") or {}).get("input_shape")
    try:
        model = made.from_config(config["config"])
        if shape and not model.built:
            model.build_for(shape)  # which a class may have a way of its own for
            build_by_run(model, shape)
    except (TfpyError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFormatError(f"{name}: the model cannot be built: {error!r}") from error
    if not isinstance(model, Model):
        raise ModelFormatError(f"{name}: {known} is no model")
    if not (model.built or model.weights):
        raise ModelFormatError(
            f"{name} tells no shape of one input to make the weights with: make them in __init__, "
            "or load the weights into a model that was called"
        )
    return model


def refuse_subclass(model: Model, what: str) -> None:
    """Raise `ArgumentError` for a format that has only graphs of layers."""
    if model.is_subclass:
        raise ArgumentError(
            f"save: {what} has no models that are classes of your own, such as {model.name}: "
            "save it to a .keras file, or its weights by save_weights"
        )
