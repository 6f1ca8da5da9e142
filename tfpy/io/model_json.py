"""`model.json`: the parts both kinds of TF.js models share, and what is not a model at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from ..errors import DeviceLimitError, FetchError, ModelFormatError
from .handlers import OnProgress, Progress, Source
from .weights import Entry, Manifest, decode, parse_manifest

_LOADERS = {"layers-model": "load_layers_model", "graph-model": "load_graph_model"}


async def read_model_json(source: Source, wanted: str) -> dict[str, Any]:
    """The content of the `model.json` of a model whose `format` must be `wanted`.

    Raises what `read_any_model_json` does, and `ModelFormatError` for a model of the other kind.
    """
    found, model = await read_any_model_json(source)
    if found != wanted:
        hint = f"; use tfpy.{_LOADERS[found]}" if found in _LOADERS else ""
        raise ModelFormatError(f"{source.name}: a {found}, not a {wanted}{hint}")
    return model


async def read_any_model_json(source: Source) -> tuple[str, dict[str, Any]]:
    """A model's format ("layers-model" or "graph-model") and the content of its `model.json`.

    Raises:
        FetchError: it cannot be read.
        ModelFormatError: it is not JSON, or not a TF.js model.
    """
    if source.name.endswith((".pb", ".h5", ".keras", ".tflite", ".onnx")):
        raise ModelFormatError(
            f"{source.name}: not a TF.js model.json (models before TensorFlow.js 1.0 and other "
            "formats must be converted)"
        )
    data = await source.read_model()
    try:
        return _read_format(source.name, parse_json(data, source.name))
    except ModelFormatError:
        await source.forget()
        raise


def _read_format(name: str, model: Any) -> tuple[str, dict[str, Any]]:
    """The format of the model with this content, and the content."""
    if _is_old_manifest(model):
        raise ModelFormatError(
            f"{name}: a weights manifest from before TensorFlow.js 1.0; convert the model "
            "again with a newer converter"
        )
    if not isinstance(model, dict) or "modelTopology" not in model:
        raise ModelFormatError(f"{name}: not a TF.js model: it has no modelTopology")
    topology = model["modelTopology"]
    if not isinstance(topology, (dict, list)):
        raise ModelFormatError(f"{name}: weights without a model (modelTopology is empty)")
    is_graph = isinstance(topology, dict) and "node" in topology
    return model.get("format") or ("graph-model" if is_graph else "layers-model"), model


def parse_json(data: bytes, name: str) -> Any:
    """`data` as JSON, or a `ModelFormatError` that says what it is instead."""
    head = bytes(data[:100]).lstrip().lower()
    if head.startswith(b"<"):
        raise ModelFormatError(
            f"{name}: an HTML page, not JSON; the address is probably wrong, or the server "
            "answers missing files with a page"
        )
    if not head:
        raise ModelFormatError(f"{name}: the file is empty")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        ended = "truncated" if error.pos >= len(error.doc.rstrip()) - 1 else "damaged"
        raise ModelFormatError(f"{name}: {ended} JSON ({error})") from None
    except UnicodeDecodeError:
        raise ModelFormatError(f"{name}: binary data, not JSON") from None
    except RecursionError:
        raise ModelFormatError(f"{name}: nested too deeply") from None


def _is_old_manifest(model: Any) -> bool:
    return (
        isinstance(model, list)
        and bool(model)
        and all(isinstance(group, dict) and "weights" in group for group in model)
    )


async def read_weights(
    source: Source,
    model: dict[str, Any],
    on_progress: OnProgress | None,
    use: Callable[[Entry, Any], Any],
) -> None:
    """Read a model's weights and hand each to `use` when its bytes are there; see `weights.decode`.

    `on_progress` is told the bytes of the weight files; it is called once before the first.

    Raises `DeviceLimitError` that tells how many bytes there is no room for, beside what
    `weights.decode` and the source do.
    """
    manifest = weights_manifest(source, model)
    progress = Progress(manifest.nbytes, on_progress)
    progress.add(0)
    held = 0
    try:
        async with aclosing(source.shards(manifest.paths, progress.add, manifest.hashes)) as shards:
            async for entry, value in decode(manifest, shards):
                use(entry, value)
                held += entry.nbytes or 0
    except FetchError as error:
        raise type(error)(f"{source.name} names a file that cannot be read: {error}") from None
    except (DeviceLimitError, MemoryError) as error:
        total = manifest.nbytes
        part = "" if total is None else f"{total - held:,} of the {total:,} bytes of "
        raise DeviceLimitError(
            f"{source.name}: there is no memory for {part}its weights ({error or 'of Python'})"
        ) from error
    except ModelFormatError as error:
        await source.forget()
        raise ModelFormatError(f"{source.name}: {error}") from None


def weights_manifest(source: Source, model: dict[str, Any]) -> Manifest:
    """The parsed manifest of a `model.json`."""
    try:
        return parse_manifest(model.get("weightsManifest") or [])
    except ModelFormatError as error:
        raise type(error)(f"{source.name}: {error}") from None
