"""TF.js's way of writing Keras configurations, and tfpy's (Keras 3's), each from the other.

Differences: camelCase keys, legacy class and argument names, defaults that are left out, scalars
wrapped as ndarrays, and what "hard_sigmoid" means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import constraints, regularizers
from ..errors import ModelFormatError
from ..layers import CLASSES, Layer
from ..models.config import MODEL_CLASSES

_RENAMED_CLASSES = {"BatchNormalizationV1": "BatchNormalization", "Functional": "Model"}
#: Per class, tfpy's name of an argument by that in files.
_RENAMED_ARGUMENTS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_shape": "batch_input_shape"},
}
#: What TF.js takes for an argument missing from a file, where Keras 3's default differs.
_TFJS_DEFAULTS: dict[str, dict[str, Any]] = {"Softmax": {"axis": 1}}
#: Arguments whose string values are words of the format, in snake or camel case.
_WORDS = re.compile(r"(^|_)(activation|data_format|mode|distribution|interpolation)$")
#: How files call activations whose Keras 3 name means something else in TF.js.
_ACTIVATIONS = {"hard_sigmoid": "legacy_hard_sigmoid", "keras3_hard_sigmoid": "hard_sigmoid"}
#: Arguments tfpy lacks because it behaves as these values say.
_IMPLIED: dict[str, Any] = {"groups": 1, "autocast": True, "fused": True}
_BASE_KEYS = ("name", "trainable", "dtype", "batch_input_shape")


# ------------------------------------------------------------------------------------- reading


def read_topology(topology: Any) -> dict[str, Any]:
    """The `{class_name, config}` of a layers model's `modelTopology`, in tfpy's spelling."""
    keras_version = str(topology.get("keras_version") or "")
    root = topology.get("model_config") or topology
    if "class_name" not in root and "className" not in root:
        raise ModelFormatError("modelTopology names no class_name: not a layers model")
    return _read_layer(_snake_keys(root), keras_version.startswith("3"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m.group(1).lower(), name)


def _snake_keys(value: Any) -> Any:
    """`value` with keys in snake_case, and ndarray scalars as numbers."""
    if isinstance(value, dict):
        if value.get("type") == "ndarray" and "value" in value:
            return value["value"]
        return {_snake(k): _snake_keys(v) for k, v in value.items()}
    return [_snake_keys(v) for v in value] if isinstance(value, list) else value


def _read_layer(entry: dict[str, Any], keras3: bool) -> dict[str, Any]:
    name = _RENAMED_CLASSES.get(entry["class_name"], entry["class_name"])
    config = entry["config"]
    if name in MODEL_CLASSES:
        config = _read_model(config, keras3)
    elif name in CLASSES:
        config = _read_arguments(name, dict(config), keras3)
    return {**entry, "class_name": name, "config": config}


def _read_model(config: Any, keras3: bool) -> dict[str, Any]:
    # The oldest Sequential models are bare lists of layers.
    found = {"layers": config} if isinstance(config, list) else dict(config)
    found["layers"] = [_read_layer(entry, keras3) for entry in found["layers"]]
    for entry in found["layers"]:
        if entry.get("name") and isinstance(entry["config"], dict):
            entry["config"].setdefault("name", entry["name"])
    return found


def _read_arguments(name: str, config: dict[str, Any], keras3: bool) -> dict[str, Any]:
    for old, new in _RENAMED_ARGUMENTS.get(name, {}).items():
        if old in config:
            config[new] = config.pop(old)
    if not keras3:
        config = {**_TFJS_DEFAULTS.get(name, {}), **config}
    known = {*_BASE_KEYS, *CLASSES[name].config_keys}
    return {
        key: _read_value(key, value, keras3)
        for key, value in config.items()
        if key in known or key.endswith(("_regularizer", "_constraint"))
    }


def _read_value(key: str, value: Any, keras3: bool) -> Any:
    if key == "dtype" and isinstance(value, dict):  # Keras 3's DTypePolicy
        return (value.get("config") or {}).get("name")
    if isinstance(value, dict):
        return {k: _read_value(k, v, keras3) for k, v in value.items()}
    if isinstance(value, str) and _WORDS.search(key):
        value = _snake(value)
        if key.endswith("activation") and not keras3:
            return _ACTIVATIONS.get(value, value)
    return value


def missing_layers(entry: dict[str, Any], custom_objects: dict[str, Any]) -> list[str]:
    """The classes that a model read by `read_topology` names and tfpy lacks."""
    names = [layer["class_name"] for layer in walk_layers(entry)]
    known = {*CLASSES, *MODEL_CLASSES, *custom_objects}
    return list(dict.fromkeys(name for name in names if name not in known))


def missing_settings(topology: Any, custom_objects: dict[str, Any]) -> list[str]:
    """Arguments in a file that tfpy does not have and that ask for something."""
    found = []
    root = _snake_keys(topology.get("model_config") or topology)
    for layer in walk_layers(root):
        name = _RENAMED_CLASSES.get(layer["class_name"], layer["class_name"])
        if name in custom_objects or name not in CLASSES:
            continue
        known = {*_BASE_KEYS, *CLASSES[name].config_keys, *_RENAMED_ARGUMENTS.get(name, {})}
        for key, value in layer["config"].items():
            if key not in known and _asks(key, value):
                found.append(f"{name} with {key}={value!r}")
    return list(dict.fromkeys(found))


def _asks(key: str, value: Any) -> bool:
    """Whether an argument that tfpy lacks would change what is computed."""
    if key.endswith(("_regularizer", "_constraint")):
        known = {**regularizers.CLASSES, **constraints.CLASSES}
        return isinstance(value, dict) and value.get("class_name") not in known
    if key.endswith(("_initializer", "_config")):
        return False
    if key in ("seed", "input_length", "input_dim", "implementation", "name", "sparse", "ragged"):
        return False
    return bool(value) and value != _IMPLIED.get(key)


def walk_layers(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A `{class_name, config}` and all those nested in it."""
    yield entry
    config = entry.get("config")
    layers = config.get("layers") if isinstance(config, dict) else config
    for layer in layers if isinstance(layers, list) else ():
        yield from walk_layers(layer)


# ------------------------------------------------------------------------------------- writing


def write_layer(entry: dict[str, Any]) -> dict[str, Any]:
    """A `{class_name, config}` of tfpy as TF.js reads it."""
    name, config = entry["class_name"], entry["config"]
    if name in MODEL_CLASSES:
        layers = [write_layer(layer) for layer in config["layers"]]
        return {**entry, "config": {**config, "layers": layers}}
    for written, own in _RENAMED_ARGUMENTS.get(name, {}).items():
        if own in config and name != "InputLayer":
            config = {written if k == own else k: v for k, v in config.items()}
    return {**entry, "config": {k: _write_value(k, v) for k, v in config.items()}}


def _write_value(key: str, value: Any) -> Any:
    if key.endswith("_regularizer") and value.get("class_name") in ("L1", "L2"):  # TF.js has none
        return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0, **value["config"]}}
    if key.endswith("activation"):
        return {own: written for written, own in _ACTIVATIONS.items()}.get(value, value)
    return value


def layer_entry(layer: Layer) -> dict[str, Any]:
    """The `{class_name, config}` of a model, as TF.js reads it."""
    from ..models.config import class_name

    return write_layer({"class_name": class_name(layer), "config": layer.get_config()})
