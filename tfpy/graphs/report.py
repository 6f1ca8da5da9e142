"""What is in a TF.js model, told without reading its weights: for `tfpy inspect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UnsupportedError
from ..io.handlers import open_local
from ..io.model_json import read_any_model_json, weights_manifest
from ..io.weights import Entry
from ..waiting import run_blocking
from .checks import Parts
from .definition import TensorInfo, parse_graph
from .table import port_of


def report(path: Any) -> str:
    """A text about the model at `path`: inputs, outputs, operations, sizes, what is not supported.

    Raises `FetchError` and `ModelFormatError` as loading does, but not for what tfpy lacks.
    """
    source = open_local(path)
    kind, file = run_blocking(read_any_model_json(source))
    lines = [f"{source.name}: {kind}"]
    if file.get("generatedBy") or file.get("convertedBy"):
        lines.append(f"made by   {file.get('generatedBy')}, {file.get('convertedBy')}")
    lines += _graph(file) if kind == "graph-model" else _layers(file["modelTopology"])
    try:
        lines.append(_weights(weights_manifest(source, file).entries))
    except UnsupportedError as error:
        lines.append(f"NOT SUPPORTED: {error}")
    return "\n".join(lines)


def _graph(file: Mapping[str, Any]) -> list[str]:
    graph = parse_graph(dict(file), port_of)
    parts = Parts(graph)
    lines = [_end("input", info) for info in graph.inputs]
    lines += [_end("output", info) for info in graph.outputs]
    if graph.functions:
        lines.append(f"functions {', '.join(graph.functions)}")
    lines.append(_counts("ops", (node.op for node in parts.nodes)))
    if parts.lacking:
        lines.append(f"NOT SUPPORTED: {', '.join(sorted(parts.lacking))}")
    return lines


def _end(what: str, info: TensorInfo) -> str:
    shape = "of any shape" if info.shape is None else f"{info.shape}"
    return f"{what:9} {info.name} {info.dtype or ''} {shape}"


_INSIDE = ("model_config", "config", "layers", "layer")


def _layers(topology: Any) -> list[str]:
    """The classes of layers, those of models in the model too."""
    found: list[str] = []
    waiting = [topology]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [value[k] for k in _INSIDE if k in value]
            if "class_name" in value:
                found.append(str(value["class_name"]))
    return [_counts("layers", found)]


def _counts(what: str, names: Iterable[str]) -> str:
    counted = sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{what:9} " + ", ".join(f"{name} {n}" for name, n in counted)


def _weights(entries: list[Entry]) -> str:
    size = sum(entry.nbytes or 0 for entry in entries)
    kinds = ", ".join(sorted({entry.stored for entry in entries}))
    return (
        f"weights   {len(entries)}, {sum(e.size for e in entries):,} elements, {size:,} bytes"
        f" ({kinds or 'none'})"
    )
