"""Layers models in TF.js's format, loaded and saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import ModelFormatError, TfpyError, UnsupportedError
from ..layers.base import uninitialized
from ..models.config import layer_from_config
from ..models.model import Model
from ..variable import Variable
from ..waiting import run_blocking
from . import dialect
from .artifacts import Artifacts
from .handlers import OnProgress, Source, open_local, open_source
from .model_json import read_model_json, read_weights, weights_manifest

if TYPE_CHECKING:
    from .quantize import Quantization
from .weights import Entry, encode

CustomObjects = dict[str, Any]


async def load_layers_model(
    url_or_path: Any,
    *,
    on_progress: OnProgress | None = None,
    strict: bool = True,
    custom_objects: CustomObjects | None = None,
    weight_path_prefix: str | None = None,
    compile: bool = True,
) -> Model:
    """Load a layers model: one saved by TF.js or tfpy, or converted from Keras.

    Args:
        url_or_path: the `model.json`: a URL (in a page also a relative one), a local path or
            folder, or a mapping of file names to bytes.
        on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.
        strict: whether every weight of the file must have its place in the model and the other
            way round; otherwise what does not match is left out or keeps its initial value.
        custom_objects: your layer classes by the name in the file; each has `from_config`.
        weight_path_prefix: where the weight files lie, if not beside `model.json`.
        compile: whether a model that was saved with its optimizer gets it back, with its state, and
            goes on training as if it had never stopped.

    Raises:
        FetchError: a file cannot be read; it is named.
        UnsupportedError: the model needs layers or settings tfpy lacks; all are listed.
        ModelFormatError: what was read is not a complete layers model.
    """
    source = open_source(url_or_path, weight_path_prefix)
    return await _load(source, on_progress, strict, custom_objects or {}, compile)


def load_layers_model_sync(
    path: Any,
    *,
    on_progress: OnProgress | None = None,
    strict: bool = True,
    custom_objects: CustomObjects | None = None,
    weight_path_prefix: str | None = None,
    compile: bool = True,
) -> Model:
    """`load_layers_model` for local files, without await."""
    source = open_local(path, weight_path_prefix)
    return run_blocking(_load(source, on_progress, strict, custom_objects or {}, compile))


async def _load(
    source: Source,
    on_progress: OnProgress | None,
    strict: bool,
    custom: CustomObjects,
    compiled: bool,
) -> Model:
    file = await read_model_json(source, "layers-model")
    return await from_model_json(source, file, on_progress, strict, custom, compiled)


async def from_model_json(
    source: Source,
    file: dict[str, Any],
    on_progress: OnProgress | None = None,
    strict: bool = True,
    custom: CustomObjects | None = None,
    compiled: bool = True,
) -> Model:
    """The model of a `model.json` that has been read; its weights are read from `source`."""
    custom = custom or {}
    topology = read_entry(file["modelTopology"], source.name, custom)
    entries = [e for e in weights_manifest(source, file).entries if e.group != "optimizer"]
    model = build_model(topology, source.name, strict, custom)
    try:
        targets = _targets(model, entries, strict)
    except ModelFormatError as error:
        raise type(error)(f"{source.name}: {error}") from None

    training = file.get("trainingConfig") if compiled else None
    state: list[tuple[str, Any]] = []

    def use(entry: Entry, value: Any) -> None:
        if entry.group == "optimizer":
            if training:
                state.append((entry.name, value))
        elif entry.name in targets:
            targets[entry.name].assign(engine.cast_to(value, targets[entry.name].dtype))

    await read_weights(source, file, on_progress, use)
    if training:
        from .training_state import restore  # only what was saved to be trained needs it

        restore(model, training, state, custom, source.name)
    model.user_defined_metadata = file.get("userDefinedMetadata")
    return model


def read_entry(topology: Any, name: str, custom: CustomObjects) -> dict[str, Any]:
    """The model's `{class_name, config}`, all of whose layers exist; `name` is that of the file."""
    try:
        entry = dialect.read_topology(topology)
        missing = dialect.missing_layers(entry, custom) + dialect.missing_settings(topology, custom)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelFormatError(f"{name}: modelTopology is damaged: {error!r}") from None
    except RecursionError:
        raise ModelFormatError(f"{name}: models nested too deeply") from None
    except ModelFormatError as error:
        raise ModelFormatError(f"{name}: {error}") from None
    if missing:
        raise UnsupportedError(f"{name} needs layers that tfpy lacks: {', '.join(missing)}")
    return entry


def build_model(entry: dict[str, Any], name: str, strict: bool, custom: CustomObjects) -> Model:
    """The model of an entry; with `strict` its weights are zeros, since a file has all of them."""
    try:
        if strict:
            with uninitialized():
                model = layer_from_config(entry, custom)
        else:
            model = layer_from_config(entry, custom)
    except ModelFormatError as error:
        raise type(error)(f"{name}: {error}") from None
    except (TfpyError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ModelFormatError(f"{name}: the model cannot be built: {error!r}") from error
    if not isinstance(model, Model):
        raise ModelFormatError(
            f"{name}: the topology is a {entry['class_name']} layer, not a model"
        )
    if not model.built:
        raise ModelFormatError(f"{name}: the model does not tell the shape of its input")
    return model


# ------------------------------------------------------------------------------------- weights


def _targets(model: Model, entries: Sequence[Entry], strict: bool) -> dict[str, Variable]:
    """The variable of each weight of the file, all of which fit."""
    variables = _by_name(model, bool(entries) and re.search(r"/\d+$", entries[0].name) is not None)
    found: dict[str, Variable] = {}
    strays = []
    for entry in entries:
        name = entry.name
        target = variables.get(name, variables.get(_without_cell(name)))
        if target is None:
            strays.append(name)
        else:
            found[name] = _fitting(entry, target)
    filled = {id(v) for v in found.values()}
    missing = [v.name for v in variables.values() if id(v) not in filled]
    if strict and (strays or missing):
        raise ModelFormatError(
            "weights do not match the model: "
            + "; ".join(
                f"{what} {', '.join(names)}"
                for what, names in (("missing", missing), ("without a place", strays))
                if names
            )
        )
    return found


def _by_name(model: Model, numbered: bool) -> dict[str, Variable]:
    """The model's weights by the names the file should use."""
    targets: dict[str, Variable] = {}
    counts: dict[str, int] = {}
    for variable in model.weights:
        name = variable.name
        if numbered:  # Keras 3: the layer's weights by their place
            # It names the layers in a Bidirectional one by their place too.
            layer = re.sub(r"/(forward|backward)_[^/]*$", r"/\1_layer", name.rpartition("/")[0])
            name = f"{layer}/{counts.setdefault(layer, 0)}"
            counts[layer] += 1
        if name in targets:
            raise ModelFormatError(f"two weights of the model are called {name}")
        targets[name] = variable
    return targets


def _without_cell(name: str) -> str:
    """A file's name without what newer Keras versions put into it."""
    parts = [
        part
        for part in name.removesuffix(":0").split("/")
        if part not in ("_layer_checkpoint_dependencies", "layers", "vars")
    ]
    # TF >= 2.2 writes layer/cell/weight for recurrent layers.
    return "/".join(parts[:-2] + parts[-1:]) if len(parts) > 2 else "/".join(parts)


def _fitting(entry: Entry, target: Variable) -> Variable:
    if entry.dtype == "string":
        raise UnsupportedError(f"weight {entry.name} holds strings")
    if entry.shape != target.shape:
        raise ModelFormatError(
            f"weight {entry.name} has shape {entry.shape} in the file, {target.shape} in the model"
        )
    return target


# -------------------------------------------------------------------------------------- saving


def save_layers_model(
    model: Model,
    where: Any,
    *,
    quantization: Quantization = None,
    metadata: dict[str, Any] | None = None,
    include_optimizer: bool = False,
) -> None:
    """Write `model` in TF.js's layers format: a `model.json` and a file of weights.

    TF.js reads the result (`tf.loadLayersModel`), as does `load_layers_model`. A model already
    there is replaced in one step: an interrupted save leaves it intact. float64 weights are stored
    as float32.

    Args:
        model: any model whose layers have configurations.
        where: a local folder, `localstorage://` or `downloads://` and a name, an http(s) URL that
            takes a form, or a dict that gets the files as bytes.
        quantization: "uint8", "uint16" or "float16" to store floats in fewer bytes, or a dict
            of these to patterns of names, as in {"uint8": "dense*"}; the others stay as they are.
        metadata: anything of JSON, kept with the model as its `user_defined_metadata`.
        include_optimizer: whether to write what the model was compiled with and the state of its
            optimizer too, to go on training later. TF.js goes on with it as well if it has such
            an optimizer, loss and metrics; where it lacks them it refuses to load the file.

    Raises:
        ArgumentError: with `include_optimizer`, the model is not compiled.
        AsyncOnlyError: it would have to be awaited, as for `indexeddb://`:
            `save_layers_model_async` does.
        StorageError, FetchError: there is no room, or the server refuses.
    """
    run_blocking(_save(model, where, quantization, metadata, include_optimizer, True))


async def save_layers_model_async(
    model: Model,
    where: Any,
    *,
    quantization: Quantization = None,
    metadata: dict[str, Any] | None = None,
    include_optimizer: bool = False,
) -> None:
    """`save_layers_model`, to `indexeddb://` and a name too, while the page stays alive."""
    await _save(model, where, quantization, metadata, include_optimizer, False)


async def _save(
    model: Model,
    where: Any,
    quantization: Quantization,
    metadata: dict[str, Any] | None,
    include_optimizer: bool,
    blocking: bool,
) -> None:
    from .targets import open_target  # only saving needs it

    if model.is_subclass:
        from .keras_subclass import refuse_subclass

        refuse_subclass(model, "TensorFlow.js")
    target = open_target(where)
    content = _content(model, model.user_defined_metadata if metadata is None else metadata)
    _refuse_twins([v.name for v in model.weights])
    named = [(v.name, v) for v in model.weights]
    entries, parts = await encode(named, blocking, quantization)
    if include_optimizer:
        from .training_state import state_of, training_config

        state = state_of(model.optimizer, model.trainable_weights)
        content["trainingConfig"] = training_config(model)
        more, data = await encode(state, blocking)
        entries += [{**entry, "group": "optimizer"} for entry in more]
        parts += data
    await target.save(Artifacts(content, entries, parts), blocking)


def _content(model: Model, metadata: dict[str, Any] | None) -> dict[str, Any]:
    """What `model.json` holds besides the weights' manifest."""
    from .. import __version__

    content = {
        "format": "layers-model",
        "generatedBy": f"tfpy {__version__}",
        "convertedBy": None,
        "modelTopology": {
            **dialect.layer_entry(model),
            "keras_version": f"tfpy {__version__}",
            "backend": "tfpy",
        },
    }
    return content if metadata is None else {**content, "userDefinedMetadata": metadata}


def _refuse_twins(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelFormatError(f"weights need different names to be saved: {', '.join(twice)}")
