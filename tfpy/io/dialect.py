"""TF.js's way of writing Keras configurations, and tfpy's (Keras 3's), each from the other.

Differences: camelCase keys, legacy class and argument names, defaults that are left out, scalars
wrapped as ndarrays, and what "hard_sigmoid" means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from .. import constraints, regularizers
from ..errors import ModelFormatError
from ..layers import CLASSES, Layer
from ..models.config import MODEL_CLASSES, mapped_ends

_RENAMED_CLASSES = {"BatchNormalizationV1": "BatchNormalization", "Functional": "Model"}
#: Per class, tfpy's name of an argument by that in files.
_RENAMED_ARGUMENTS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_shape": "batch_input_shape"},
}
#: What TF.js takes for an argument missing from a file, where Keras 3's default differs.
_TFJS_DEFAULTS: dict[str, dict[str, Any]] = {"Softmax": {"axis": 1}}
for _name in ("SimpleRNN", "LSTM", "GRU", "ConvLSTM2D"):
    for _class in (_name, f"{_name}Cell"):
        _TFJS_DEFAULTS[_class] = {"kernel_initializer": "glorot_normal"}
        if _name != "SimpleRNN":
            _TFJS_DEFAULTS[_class]["recurrent_activation"] = "hard_sigmoid"
        if _name == "GRU":
            _TFJS_DEFAULTS[_class]["reset_after"] = False
#: Arguments whose string values are words of the format, in snake or camel case.
_WORDS = re.compile(r"(^|_)(activation|data_format|mode|distribution|interpolation)$")
#: How files call activations whose Keras 3 name means something else in TF.js.
_ACTIVATIONS = {"hard_sigmoid": "legacy_hard_sigmoid", "keras3_hard_sigmoid": "hard_sigmoid"}
#: Of old files and of TF.js: what tfpy behaves as unasked, beside what layers say in `implied`.
_IMPLIED: dict[str, Any] = {"groups": 1, "fused": True}
_ENDS = ("input_layers", "output_layers")
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
        # The keys of inputs and outputs are somebody's own.
        return {_snake(k): v if _snake(k) in _ENDS else _snake_keys(v) for k, v in value.items()}
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
    layers = _without_mask_operations(found) if keras3 else found["layers"]
    found["layers"] = [_read_layer(entry, keras3) for entry in layers]
    for entry in found["layers"]:
        if entry.get("name") and isinstance(entry["config"], dict):
            entry["config"].setdefault("name", entry["name"])
    return found


def _without_mask_operations(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A model's layers without the operations among them that only compute masks.

    Keras 3 writes down how masks come about; here they travel with their tensors unasked.
    """
    layers = config["layers"]
    operations = {e["name"]: e for e in layers if _is_operation(e)}
    kept = [_without_masks(e, operations) for e in layers if e.get("name") not in operations]
    used = [name for e in kept for name in _sources(e.get("inbound_nodes"))]
    ends = config.get("output_layers") or ()
    ends = ends.values() if isinstance(ends, dict) else ends
    used += [str(end[0]) for end in ends if isinstance(end, list)]
    for name in used:  # grows meanwhile
        entry = operations.pop(name, None)
        if entry is not None:
            kept.append(entry)
            used.extend(_sources(entry.get("inbound_nodes")))
    return kept


def _is_operation(entry: dict[str, Any]) -> bool:
    return str(entry.get("module")).startswith("keras.src.ops")


def _without_masks(entry: dict[str, Any], operations: Any) -> dict[str, Any]:
    """A layer whose calls get no masks that operations compute."""

    def kept(call: Any) -> Any:
        kwargs = call.get("kwargs") if isinstance(call, dict) else None
        if not kwargs or not any(n in operations for n in _sources(kwargs.get("mask"))):
            return call
        return {**call, "kwargs": {k: v for k, v in kwargs.items() if k != "mask"}}

    nodes = entry.get("inbound_nodes")
    return {**entry, "inbound_nodes": list(map(kept, nodes))} if nodes else entry


def _sources(value: Any) -> list[str]:
    """The names of the layers whose tensors are in a call of Keras 3."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [str(value["config"]["keras_history"][0])]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for item in items for name in _sources(item)]


def _read_arguments(name: str, config: dict[str, Any], keras3: bool) -> dict[str, Any]:
    for old, new in _RENAMED_ARGUMENTS.get(name, {}).items():
        if old in config:
            config[new] = config.pop(old)
    if not keras3:
        config = {**_TFJS_DEFAULTS.get(name, {}), **config}
    nested = CLASSES[name].layer_keys
    known = {*_BASE_KEYS, *CLASSES[name].config_keys}
    found = {
        key: _read_value(key, value, keras3)
        for key, value in config.items()
        if key in known or CLASSES[name].keeps(key)
    }
    read = mapped_entries(lambda entry: _read_layer(entry, keras3), config, nested)
    return {**found, **read}


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
        made = CLASSES[name]
        known = {*_BASE_KEYS, *made.config_keys, *made.layer_keys}
        known.update(_RENAMED_ARGUMENTS.get(name, {}))
        # TF.js writes the arguments of a cell beside it as well.
        cell = layer["config"].get("cell")
        known.update(cell["config"] if isinstance(cell, dict) else ())
        for key, value in layer["config"].items():
            if key not in known and not made.implies(key, value) and _asks(key, value):
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
    config: Any = entry.get("config")
    made = CLASSES.get(entry["class_name"])
    if made:
        nested = [config[key] for key in made.layer_keys if key in config]
    else:
        nested = [config.get("layers") if isinstance(config, dict) else config]
    for value in nested:
        for layer in value if isinstance(value, list) else [value]:
            if isinstance(layer, dict):
                yield from walk_layers(layer)


def mapped_entries(function: Any, config: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """`function` of the layers that `config` has under `keys`, alone or in lists."""
    return {
        key: [function(v) for v in value] if isinstance(value, list) else function(value)
        for key in keys
        if (value := config.get(key)) is not None
    }


# ------------------------------------------------------------------------------------- writing


def write_layer(entry: dict[str, Any]) -> dict[str, Any]:
    """A `{class_name, config}` of tfpy as TF.js reads it."""
    name, config = entry["class_name"], entry["config"]
    if name in MODEL_CLASSES:
        layers = [write_layer(layer) for layer in config["layers"]]
        return {**entry, "config": _write_calls({**config, "layers": layers})}
    if name in CLASSES:
        config = {**config, **mapped_entries(write_layer, config, CLASSES[name].layer_keys)}
    if name == "Bidirectional":
        config = _write_directions(config)
    for written, own in _RENAMED_ARGUMENTS.get(name, {}).items():
        if own in config and name != "InputLayer":
            config = {written if k == own else k: v for k, v in config.items()}
    return {**entry, "config": {k: _write_value(k, v) for k, v in config.items()}}


def _write_directions(config: dict[str, Any]) -> dict[str, Any]:
    """A Bidirectional layer of TF.js, which knows one layer and derives both names from its."""
    layer, other = config["layer"], config["backward_layer"]
    plain = layer["config"]["name"].removeprefix("forward_")
    layer = {**layer, "config": {**layer["config"], "name": plain}}
    back = not layer["config"]["go_backwards"]
    derived = {**layer["config"], "name": f"backward_{plain}", "go_backwards": back}
    config = {k: v for k, v in config.items() if k != "backward_layer"}
    if other != {**layer, "config": derived}:
        config["backward_layer"] = other
    return {**config, "layer": layer}


def _write_calls(config: dict[str, Any]) -> dict[str, Any]:
    """A model's layer calls as lists of tensors, initial states among them.

    TF.js and Keras 2 count a nested model's own drawing as call 0.
    """
    calls = [call for layer in config["layers"] for call in layer.get("inbound_nodes", ())]
    if not any(isinstance(call, dict) for call in calls):
        return config
    models = {e["name"] for e in config["layers"] if e["class_name"] in MODEL_CLASSES}

    def counted(history: Any) -> list[Any]:
        name, call, output = history
        return [name, call + (name in models), output]

    def listed(call: dict[str, Any]) -> list[Any]:
        kwargs = dict(call["kwargs"])
        given = _tensors([call["args"], kwargs.pop("initial_state", [])])
        return [[*counted(x["config"]["keras_history"]), kwargs] for x in given]

    layers = [
        {**layer, "inbound_nodes": [listed(call) for call in layer.get("inbound_nodes", ())]}
        for layer in config["layers"]
    ]
    ends = {k: mapped_ends(counted, config[k]) for k in _ENDS}
    return {**config, "layers": layers, **ends}


def _tensors(value: Any) -> list[Any]:
    """The `__keras_tensor__` in nested lists."""
    return [x for item in value for x in _tensors(item)] if isinstance(value, list) else [value]


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
