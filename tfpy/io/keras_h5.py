"""Keras's older files, `.h5`: a whole model, weights by layer and order. Writing needs h5py.

Keras 2 and 3 write and read them. A layer's weights are those that training changes, then the
others.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Sequence
from typing import Any

from .. import engine
from ..errors import ModelFormatError
from ..layers.base import Layer
from ..models.model import Model
from ..variable import Variable
from .files import read_local, write_local
from .keras_file import (
    VERSION,
    described,
    h5py,
    layers_in_order,
    opened,
    optimizer_weights,
    reading,
)
from .keras_subclass import refuse_subclass
from .layers_model import build_model, read_entry
from .model_json import parse_json

_WEIGHTS, _TOP = "model_weights", "top_level_model_weights"
_TRAINING, _STATE = "training_config", "optimizer_weights"


def load_h5(path: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True) -> Model:
    """The model of an `.h5` file of Keras, with its weights and, with `compile`, its optimizer.

    Raises:
        FetchError: it cannot be read.
        UnsupportedError: it needs layers that tfpy lacks; all are listed.
        ModelFormatError: it is no such file, or has only weights.
    """
    name, custom = os.fspath(path), custom_objects or {}
    with reading(name), opened(read_local(name)) as file:
        if "model_config" not in file.attrs or _WEIGHTS not in file:
            raise ModelFormatError(f"{name}: weights without a model")
        topology = {
            "model_config": parse_json(_bytes(file.attrs["model_config"]), name),
            "keras_version": _bytes(file.attrs.get("keras_version", b"2")).decode(),
        }
        model = build_model(read_entry(topology, name, custom), name, True, custom)
        _fill(model, file[_WEIGHTS], name)
        training = _training(file, name) if compile and _TRAINING in file.attrs else None
    if training:
        from .training_state import restore_keras

        restore_keras(model, *training, custom, name)
    return model


def _training(file: Any, name: str) -> tuple[dict[str, Any], list[Any]]:
    """How the model was compiled, and the optimizer's weights."""
    config = parse_json(_bytes(file.attrs[_TRAINING]), name)
    group = file.get(_STATE)
    state = [group[key][()] for key in _names(group, "weight_names")] if group else []
    return {**config, "optimizer": config.get("optimizer_config")}, state


def save_h5(model: Model, path: Any, include_optimizer: bool = True) -> None:
    """Write `model` as an `.h5` file, which Keras loads; a file there is replaced in one step."""
    refuse_subclass(model, "an .h5 file")
    if model.user_defined_metadata is not None:
        text = f"{os.fspath(path)} has no place for the model's user_defined_metadata"
        warnings.warn(text, stacklevel=4)
    buffer, compiled = io.BytesIO(), model.get_compile_config() if include_optimizer else {}
    with h5py().File(buffer, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = VERSION, "tfpy"
        file.attrs["model_config"] = json.dumps(described(model))
        group = file.create_group(_WEIGHTS)
        group.attrs["keras_version"], group.attrs["backend"] = VERSION, "tfpy"
        layers = layers_in_order(model)
        group.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            _write(group.create_group(layer.name), _weights(layer))
        _write(group.create_group(_TOP), [])
        if compiled:
            compiled["optimizer_config"] = compiled.pop("optimizer")
            file.attrs[_TRAINING] = json.dumps(compiled)
            _write(file.create_group(_STATE), optimizer_weights(model))
    write_local(os.fspath(path), [buffer.getvalue()])


def _weights(layer: Layer) -> list[Variable]:
    return layer.trainable_weights + layer.non_trainable_weights


def _write(group: Any, weights: Sequence[Variable]) -> None:
    group.attrs["weight_names"] = [v.name.encode() for v in weights]
    for variable in weights:
        group[variable.name] = variable.numpy()


def _fill(model: Model, group: Any, name: str) -> None:
    """Assign all weights, or raise `ModelFormatError` and none."""
    found: list[tuple[Variable, Any]] = []
    layers = {layer.name: layer for layer in layers_in_order(model) if layer.weights}
    for key in _names(group, "layer_names"):
        stored = [group[key][weight] for weight in _names(group[key], "weight_names")]
        if not stored:
            continue
        if key not in layers:
            raise ModelFormatError(f"{name}: weights of a layer {key} that the model lacks")
        variables = _weights(layers.pop(key))
        wanted, given = [v.shape for v in variables], [x.shape for x in stored]
        if wanted != given:
            raise ModelFormatError(f"{name}: {key} has weights of shapes {wanted}, not {given}")
        values = [engine.as_tensor(x[()], v.dtype) for x, v in zip(stored, variables, strict=True)]
        found += zip(variables, values, strict=True)
    if layers:
        raise ModelFormatError(f"{name}: no weights for {', '.join(layers)}")
    for variable, value in found:
        variable.assign(value)


def _names(group: Any, attribute: str) -> list[str]:
    """A list of names, which large ones are split into parts of."""
    parts = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(f"{attribute}{len(parts)}")
    return [_bytes(name).decode() for part in parts for name in group.attrs[part]]


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
