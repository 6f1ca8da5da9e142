"""A model as it is stored: what its `model.json` says, and its weights as bytes.

Saving makes them, wherever they go; copying reads them, whatever the model is.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..errors import ModelFormatError
from .handlers import MODEL_FILE, Source
from .model_json import read_any_model_json
from .transfer import uncounted
from .weights import parse_hashes

WEIGHTS_FILE = "model.weights.bin"


class Artifacts(NamedTuple):
    """What `model.json` holds but for its manifest, the weights' entries, and their bytes."""

    content: dict[str, Any]
    entries: list[dict[str, Any]]
    parts: list[bytes]

    def model_json(self, *weights_files: str) -> bytes:
        """The `model.json` that names these files of weights, or the usual one."""
        paths = [f"./{name}" for name in weights_files or (WEIGHTS_FILE,)]
        manifest = [{"paths": paths, "weights": self.entries}]
        return json.dumps({**self.content, "weightsManifest": manifest}).encode()

    def info(self) -> dict[str, Any]:
        """What there is to know of it, as TensorFlow.js says it."""
        return {
            "dateSaved": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "modelTopologyType": "JSON",
            "modelTopologyBytes": len(json.dumps(self.content["modelTopology"]).encode()),
            "weightSpecsBytes": len(json.dumps(self.entries).encode()),
            "weightDataBytes": sum(map(len, self.parts)),
        }


async def read_artifacts(source: Source) -> Artifacts:
    """The artifacts of a stored model of either kind."""
    _, content = await read_any_model_json(source)
    groups = content.pop("weightsManifest", None) or []
    try:
        paths = [path for group in groups for path in group["paths"]]
        entries = [entry for group in groups for entry in group["weights"]]
        hashes = parse_hashes(groups)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelFormatError(f"{source.name}: weightsManifest is damaged: {error!r}") from None
    coming = source.shards(paths, uncounted, hashes)
    parts = [bytes(shard[:]) async for shard in coming]
    return Artifacts(content, entries, parts)


__all__ = ["MODEL_FILE", "WEIGHTS_FILE", "Artifacts", "read_artifacts"]
