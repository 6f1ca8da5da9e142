"""Models in any format, told by the names of files: loaded, saved, converted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ..errors import ArgumentError, StorageError
from ..models.model import Model
from .artifacts import MODEL_FILE, Artifacts
from .files import refuse_existing
from .handlers import Source, open_source
from .layers_model import from_model_json, save_layers_model, save_layers_model_async
from .model_json import read_any_model_json, read_weights
from .quantize import Quantization
from .safetensors import save_safetensors
from .stores import copy_model
from .targets import FolderTarget, Target, open_target
from .weights import Entry, encode

_KERAS, _H5, _WEIGHTS, _H5_WEIGHTS = ".keras", (".h5", ".hdf5"), ".safetensors", ".weights.h5"


def _suffix(path: Any, what: str) -> str:
    """The suffix that names a format, "" where it is TF.js's; `what` is asked for it."""
    if isinstance(path, (Mapping, Source, Target)):
        return ""
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentError(f"{what}: {path!r:.80} is no path")
    name = os.fspath(path).lower()
    if name.endswith(_H5_WEIGHTS):
        return _H5_WEIGHTS
    suffix = PurePath(name).suffix
    return suffix if suffix in (_KERAS, *_H5, _WEIGHTS) else ""


def save_model(model: Model, filepath: Any, overwrite: bool = True, **options: Any) -> None:
    """Write `model` in the format that the name of `filepath` tells; see `Model.save`.

    >>> model = tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)])
    >>> tfpy.models.save_model(model, "line")  # a folder
    >>> tfpy.models.load_model("line").output_shape
    (None, 1)
    """
    if not _saved_for_keras(model, filepath, overwrite, options):
        save_layers_model(model, filepath, **options)


async def save_model_async(
    model: Model, filepath: Any, overwrite: bool = True, **options: Any
) -> None:
    """`save_model`, also to where only coroutines can write."""
    if not _saved_for_keras(model, filepath, overwrite, options):
        await save_layers_model_async(model, filepath, **options)


def _saved_for_keras(model: Model, filepath: Any, overwrite: bool, options: dict[str, Any]) -> bool:
    """Whether the name tells a format of Keras, in which the model is written then."""
    suffix = _suffix(filepath, "save")
    if not overwrite:
        refuse_replacing(filepath, bool(suffix))
    known = {"include_optimizer", "metadata"} if suffix == _KERAS else {"include_optimizer"}
    if strays := sorted({*options} - known) if suffix else []:
        raise ArgumentError(f"save: {', '.join(strays)} only goes with TF.js's format")
    if suffix == _KERAS:
        from .keras_file import save_keras

        save_keras(model, filepath, **options)
    elif suffix in _H5:
        from .keras_h5 import save_h5

        save_h5(model, filepath, **options)
    elif suffix:
        raise ArgumentError(f"save: a {suffix} file holds weights only; Model.save_weights")
    return bool(suffix)


def refuse_replacing(where: Any, single: bool) -> None:
    """Raise `StorageError` where a model is already, a single file or the files of TF.js's format.

    What lies elsewhere than in a folder or a dict nobody can tell at once: `ArgumentError`.
    """
    if isinstance(where, Mapping):
        if MODEL_FILE in where:
            raise StorageError("a model is there already in the dict, and overwrite=False")
        return
    name = os.fspath(where) if isinstance(where, (str, os.PathLike)) else "://"
    name = name.removeprefix("file://")
    if "://" in name:
        raise ArgumentError(f"save: overwrite=False is for folders, files and dicts, not {where}")
    refuse_existing(name if single else os.path.join(name, MODEL_FILE))


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """The model of a local file in any format: `.keras`, `.h5`, or TF.js's layers format.

    Args:
        filepath: a file, or a folder with a `model.json`.
        custom_objects: your layer classes, losses and metrics by the name in the file.
        compile: whether a model that was saved with its optimizer gets it back, with its state, and
            goes on training as if it had never stopped.
        safe_mode: taken for Keras's sake, and changes nothing: Python code that a file brings, as
            those with Keras's Lambda layers do, is never run here. Such a file is refused unless
            `custom_objects` has a "Lambda" of yours.

    Raises:
        FetchError: it cannot be read.
        UnsupportedError: it needs layers that tfpy lacks; all are listed.
        ModelFormatError: it is not a complete model of layers.
    """
    suffix = _suffix(filepath, "load_model")
    if suffix == _KERAS:
        from .keras_file import load_keras

        return load_keras(filepath, custom_objects, compile)
    if suffix in (*_H5, _H5_WEIGHTS):
        from .keras_h5 import load_h5

        return load_h5(filepath, custom_objects, compile)
    from .layers_model import load_layers_model_sync

    return load_layers_model_sync(filepath, custom_objects=custom_objects, compile=compile)


def convert(
    source: Any, target: Any, quantization: Quantization = None, shard_size: int | None = None
) -> None:
    """Convert a model from one format to another.

    Args:
        source: a `.keras` or `.h5` file, or TF.js's model.json: a path, folder or URL. Graph models
            stay graph models, whether tfpy can run them or not.
        target: a `.keras`, `.h5` or `.safetensors` (weights only) file, or a folder for TF.js's
            model.json.
        quantization: as `save_layers_model` has it, for model.json.
        shard_size: how many bytes of weights go into a file at most, for model.json in a folder.

    Raises:
        ArgumentError: the target cannot be had of this source.
    """
    suffix = _suffix(target, "convert")
    if suffix and (quantization is not None or shard_size is not None):
        raise ArgumentError(f"{target}: only model.json can be quantized and cut into shards")
    model = load_model(source) if _suffix(source, "convert") else asyncio.run(_of_layers(source))
    where = target if shard_size is None else FolderTarget(os.fspath(target), shard_size)
    if model is None and suffix:
        raise ArgumentError(f"{source}: a graph model can only be written to a folder")
    if model is None:
        asyncio.run(_copied(source, where, quantization))
    elif suffix == _WEIGHTS:
        save_safetensors({v.name: v for v in model.weights}, target)
    else:
        options: dict[str, Any] = {"quantization": quantization} if quantization else {}
        save_model(model, where, **options)


async def _of_layers(source: Any) -> Model | None:
    """The layers model of a model.json; None if it is a graph model."""
    opened = open_source(source)
    kind, file = await read_any_model_json(opened)
    return await from_model_json(opened, file) if kind == "layers-model" else None


async def _copied(source: Any, target: Any, quantization: Quantization) -> None:
    """Copy a graph model, its weights as they are or quantized anew."""
    if quantization is None:
        await copy_model(source, target)
        return
    opened, weights = open_source(source), {}
    _, content = await read_any_model_json(opened)

    def use(entry: Entry, value: Any) -> None:
        weights[entry.name] = value

    await read_weights(opened, content, None, use)
    entries, parts = await encode([*weights.items()], False, quantization)
    content = {k: v for k, v in content.items() if k != "weightsManifest"}
    await open_target(target).save(Artifacts(content, entries, parts), False)
