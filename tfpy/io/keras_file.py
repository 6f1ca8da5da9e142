"""Keras 3's files: `.keras` with a whole model, `.weights.h5` with weights. Writing needs h5py.

A `.keras` file is a zip of `config.json`, in Keras 3's spelling, and `model.weights.h5`, in which
weights have no names but places: `layers/dense_1/vars/0` is the first weight of the second Dense.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from .. import engine
from ..errors import ArgumentError, FetchError, ModelFormatError, TfpyError
from ..layers.base import Layer
from ..layers.core import InputLayer
from ..models.config import MODEL_CLASSES, class_name, mapped_ends
from ..models.model import Model
from ..models.sequential import Sequential
from ..variable import Variable
from .files import write_local
from .hdf5 import check_heaps, open_hdf5
from .keras_subclass import described_subclass, is_subclass, revive_subclass
from .layers_model import build_model, read_entry

#: The version of Keras whose files these are.
VERSION = "3.10.0"
_STATE = "optimizer/vars"
_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_KEPT = "user_defined_metadata"


def load_keras(
    path: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True
) -> Model:
    """The model of a `.keras` file, with its weights and, with `compile`, its optimizer.

    Raises:
        FetchError: it cannot be read.
        UnsupportedError: it needs layers that tfpy lacks; all are listed.
        ModelFormatError: it is not a complete `.keras` file.
    """
    name, custom = os.fspath(path), custom_objects or {}
    with reading(name), zipfile.ZipFile(name) as file:
        config = json.loads(file.read(_CONFIG))
        if is_subclass(config):
            model = revive_subclass(config, name, custom)
        else:
            entry = read_entry({**config, "keras_version": "3"}, name, custom)
            model = build_model(entry, name, True, custom)
        state = read_weights(model, file.read(_WEIGHTS), name)
        if _METADATA in file.namelist():
            model.user_defined_metadata = json.loads(file.read(_METADATA)).get(_KEPT)
    if compile and config.get("compile_config"):
        from .training_state import restore_keras

        restore_keras(model, config["compile_config"], state, custom, name)
    return model


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Around all that reads the file `name`, as damage may show anywhere and as any error: zipfile
    and h5py raise a dozen kinds."""
    try:
        yield
    except TfpyError:
        raise
    except Exception as error:
        # Seeking to where a damaged file points is EINVAL; h5py's own errors have no number.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise FetchError(f"{name}: {os.strerror(error.errno)}") from None
        what = f"{type(error).__name__}: {error}"
        raise ModelFormatError(f"{name}: not a complete file of Keras ({what:.200})") from error


def save_keras(
    model: Model,
    path: Any,
    include_optimizer: bool = True,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Write `model` as a `.keras` file, which Keras 3 loads, in the place of one that is there.

    `metadata`, by default what the model has, goes where Keras looks at nothing.
    """
    if model.is_subclass and not model.built:
        raise ArgumentError(f"save: {model.name} has no weights yet: call it first")
    weights, compiled = io.BytesIO(), model.get_compile_config() if include_optimizer else {}
    write_weights(model, weights, optimizer_weights(model) if compiled else [])
    config = described(model)
    if compiled:
        config["compile_config"] = compiled
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        kept = model.user_defined_metadata if metadata is None else metadata
        file.writestr(_METADATA, _metadata(kept))
        file.writestr(_CONFIG, json.dumps(config))
        file.writestr(_WEIGHTS, weights.getvalue())
    write_local(os.fspath(path), [buffer.getvalue()])


def _metadata(kept: Any) -> str:
    """What `metadata.json` says: of which Keras the file is, and what is the user's own."""
    saved = datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    said = {"keras_version": VERSION, "date_saved": saved}
    try:
        return json.dumps(said if kept is None else {**said, _KEPT: kept})
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"save: metadata is no JSON: {error}") from None


# -------------------------------------------------------------------------------- configuration


def described(model: Model) -> dict[str, Any]:
    """A model as Keras 3 describes it."""
    if model.is_subclass:
        return described_subclass(model)
    return _described({"class_name": class_name(model), "config": model.get_config()}, model)


def _described(entry: dict[str, Any], layer: Layer | None = None) -> dict[str, Any]:
    name, config = entry["class_name"], dict(entry["config"])
    shape = config.pop("batch_input_shape", None)
    if name in MODEL_CLASSES:
        config = _recounted(config)
        config["layers"] = [_described(inner) for inner in config["layers"]]
        if isinstance(layer, Sequential) and layer.built:
            config["layers"] = [_input(layer), *_without_input(config["layers"])]
        name = {"Model": "Functional"}.get(name, name)
    elif name == "InputLayer":
        config["batch_shape"] = shape
    elif "legacy_hard_sigmoid" in config.values():
        raise ModelFormatError(
            f"{config['name']}: Keras 3 has no hard_sigmoid as TensorFlow.js computes it"
        )
    return {**entry, "class_name": name, "config": config, "module": _module(name)}


def _recounted(config: dict[str, Any]) -> dict[str, Any]:
    """A model's configuration with the calls of nested models counted from 0: lists of calls, as
    Keras 2 and TF.js write them, count their own drawing too."""
    if any(isinstance(call, dict) for e in config["layers"] for call in e.get("inbound_nodes", ())):
        return config
    models = {e["config"]["name"] for e in config["layers"] if e["class_name"] in MODEL_CLASSES}

    def counted(reference: list[Any]) -> list[Any]:
        name, call, *rest = reference
        return [name, call - (name in models), *rest]

    def called(call: list[Any]) -> list[Any]:
        return [counted(x) for x in call]

    layers = [
        {**e, "inbound_nodes": [called(call) for call in e.get("inbound_nodes", ())]}
        for e in config["layers"]
    ]
    keys = ("input_layers", "output_layers")
    ends: dict[str, Any] = {k: mapped_ends(counted, config[k]) for k in keys if k in config}
    return {**config, "layers": layers, **ends}


def _module(name: str) -> str:
    """Where Keras looks for a class."""
    if name in ("Functional", "Sequential"):
        return "keras.src.models.functional" if name == "Functional" else "keras"
    return "keras.layers"


def _input(model: Sequential) -> dict[str, Any]:
    layer = model.inputs[0].node.layer
    return _described({"class_name": "InputLayer", "config": layer.get_config()})


def _without_input(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [layer for layer in layers if layer["class_name"] != "InputLayer"]


# -------------------------------------------------------------------------------------- weights


def h5py() -> Any:
    """The library for HDF5. Raises `ModelFormatError` where it is not installed."""
    try:
        import h5py
    except ImportError:
        raise ModelFormatError("Keras's files need h5py: pip install h5py") from None
    return h5py


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """The groups and arrays of an HDF5 file.

    HDF5's library reads only the newer layout, which Keras does not write and whose headers have
    checksums: of the older one it believes lengths and types that damage has changed, and crashes.
    """
    if data[8:9] in (b"\2", b"\3"):
        check_heaps(data)  # the one part of texts that has none
        with h5py().File(io.BytesIO(data), "r") as file:
            yield file
    else:
        yield open_hdf5(data)


def optimizer_weights(model: Model) -> list[Variable]:
    """The state of a compiled model's optimizer."""
    model.optimizer.build(model.trainable_weights)
    return model.optimizer.variables


def write_weights(model: Model, where: io.BytesIO, state: Sequence[Variable] = ()) -> None:
    """Write the weights, and the state of an optimizer, as Keras 3 keeps them."""
    with h5py().File(where, "w") as file:
        for path, variable in places(model):
            file[path] = variable.numpy()
        for i, variable in enumerate(state):
            file[f"{_STATE}/{i}"] = variable.numpy()
        # Keras looks for a place of its own in every layer.
        for path, _ in _walk(model, "", set()):
            file.require_group(f"{path}vars")


def read_weights(model: Model, data: bytes, name: str, skip_mismatch: bool = False) -> list[Any]:
    """Assign the weights; returns the state of the optimizer, [] where there is none."""
    with reading(name), opened(data) as file:
        found = file.get(_STATE, ())
        state = [found[str(i)][()] for i in range(len(found))]
        # The last: the model keeps its weights where anything is wrong.
        fill(model, file, name, skip_mismatch)
    return state


def fill(model: Model, found: Any, name: str, skip_mismatch: bool = False) -> None:
    """Assign all weights, or none, with `skip_mismatch` those that fit: `found` has arrays or
    tensors at Keras's places."""
    values, problems = [], []
    for path, variable in places(model):
        if path not in found:
            problems.append(f"{variable.name} is not at {path}")
        elif tuple(found[path].shape) != variable.shape:
            problems.append(f"{path} has shape {tuple(found[path].shape)}, not {variable.shape}")
        else:
            values.append((variable, engine.as_tensor(found[path][()], variable.dtype)))
    if problems and skip_mismatch:
        text = f"{name}: weights that do not fit are left as they are: {'; '.join(problems)}"
        warnings.warn(text, stacklevel=4)
    elif problems:
        raise ModelFormatError(f"{name}: weights do not fit: {'; '.join(problems)}")
    for variable, value in values:
        variable.assign(value)


def places(layer: Layer, path: str = "") -> Iterator[tuple[str, Variable]]:
    """The place of each weight: those of a layer by number, then those of the layers in it."""
    for inner, child in _walk(layer, path, set()):
        for i, variable in enumerate(child.own_weights):
            yield f"{inner}vars/{i}", variable


def _walk(layer: Layer, path: str, met: set[int]) -> Iterator[tuple[str, Layer]]:
    """The place of a layer and of all within, each where Keras meets it first."""
    if id(layer) not in met:
        met.add(id(layer))
        yield path, layer
        for inner, child in _children(layer):
            yield from _walk(child, f"{path}{inner}/", met)


def _children(layer: Layer) -> Iterator[tuple[str, Layer]]:
    """The layers directly in a layer, by the paths that Keras gives them."""
    if isinstance(layer, Model) and layer.has_graph:
        yield from _numbered("layers", layers_in_order(layer))
        return
    found = vars(layer)
    if type(layer).__module__.startswith("tfpy."):
        found = {name.lstrip("_"): value for name, value in found.items()}
    elif isinstance(layer, Model):
        found = {**found, "layers": layer.layers}  # which Keras meets among the attributes
    # By their names, private ones last.
    for attribute, value in sorted(found.items(), key=lambda item: (item[0][:1] == "_", item[0])):
        if isinstance(value, Layer):
            yield attribute, value
        elif isinstance(value, (list, tuple)):
            yield from _numbered(attribute, [v for v in value if isinstance(v, Layer)])


def _numbered(path: str, layers: Sequence[Layer]) -> Iterator[tuple[str, Layer]]:
    """Layers of a list, by their classes and, where there are several, by number."""
    used: dict[str, int] = {}
    for layer in layers:
        name = {"Model": "Functional"}.get(class_name(layer), class_name(layer))
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
        count = used[name] = used.get(name, -1) + 1
        yield f"{path}/{name}_{count}" if count else f"{path}/{name}", layer


def layers_in_order(model: Model) -> list[Layer]:
    """The layers of a model as Keras lists them: the farthest from the outputs first, those of the
    same distance in the order in which they are met from the outputs."""
    if isinstance(model, Sequential):
        return model.layers
    met: dict[int, int] = {}
    depths: dict[int, int] = {id(node.layer): 0 for node in model.graph.nodes}
    node_depths: dict[int, int] = {}
    for x in model.outputs:
        _meet(x.node, met)
    for node in reversed(model.graph.nodes):
        depth = max(node_depths.get(id(node), 0), depths[id(node.layer)])
        depths[id(node.layer)] = node_depths[id(node)] = depth
        if isinstance(node.layer, InputLayer):
            continue
        for x in node.inputs:
            node_depths[id(x.node)] = max(node_depths.get(id(x.node), 0), depth + 1)
    return sorted(model.layers, key=lambda v: (-depths[id(v)], met.get(id(v), len(met))))


def _meet(node: Any, met: dict[int, int]) -> None:
    """Number the layers in the order in which a walk from the outputs meets them."""
    stack, seen = [node], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        met.setdefault(id(node.layer), len(met))
        stack.extend(x.node for x in reversed(node.inputs))
