"""Models that a page keeps for its user, where TensorFlow.js keeps its own.

`indexeddb://name` for models of any size, `localstorage://name` for small ones.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any

from ..compat import storage
from ..errors import AsyncOnlyError, ModelFormatError, StorageError
from .artifacts import WEIGHTS_FILE, Artifacts, read_artifacts
from .handlers import NONE, Hashes, Source, open_source
from .targets import Target, open_target
from .transfer import OnBytes

_PREFIX = "tensorflowjs_models"
_TOPOLOGY, _SPECS, _DATA, _METADATA, _INFO = (
    *("model_topology", "weight_specs", "weight_data", "model_metadata", "info"),
)


class StoredSource(Source):
    """A model that a page keeps."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._scheme, _, self._path = name.partition("://")
        self._weights: Sequence[Any] = ()

    async def read_model(self) -> bytes:
        found = await (self._of_database() if self._scheme == "indexeddb" else self._of_items())
        if found is None:
            raise StorageError(f"{self.name}: no model of this name is kept here")
        content, self._weights = found
        manifest = [{"paths": [WEIGHTS_FILE], "weights": content.pop("weightSpecs", [])}]
        return json.dumps({**content, "weightsManifest": manifest}).encode()

    async def _of_database(self) -> tuple[dict[str, Any], Sequence[Any]] | None:
        found = await storage.get_model(self._path)
        if found is not None:
            found[0].pop("weightData", None)
        return found

    async def _of_items(self) -> tuple[dict[str, Any], Sequence[Any]] | None:
        items = _items(self._path)
        if not items:
            return None
        try:
            content = {
                **json.loads(items.get(_METADATA, "{}")),
                "modelTopology": json.loads(items[_TOPOLOGY]),
                "weightSpecs": json.loads(items[_SPECS]),
            }
            return content, [memoryview(base64.b64decode(items[_DATA], validate=True))]
        except (KeyError, ValueError, TypeError, binascii.Error) as error:
            raise ModelFormatError(f"{self.name}: damaged ({error!r})") from None

    async def shards(
        self, paths: Sequence[str], on_bytes: OnBytes, hashes: Hashes = NONE
    ) -> AsyncGenerator[Any]:
        weights, self._weights = self._weights, ()
        for shard in weights:
            on_bytes(len(shard))
            yield shard


class StoredTarget(Target):
    """The place of a model that a page keeps."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._scheme, _, self._path = name.partition("://")
        if not self._path:
            raise StorageError(f"{name}: a model that is kept needs a name")

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        data = b"".join(artifacts.parts)
        if self._scheme == "localstorage":
            old = {_key(self._path, k): v for k, v in _items(self._path).items()}
            storage.set_local_items(old, _as_items(self._path, artifacts, data))
            return
        if blocking:
            raise AsyncOnlyError(f"{self._name}: the database needs await model.save_async(...)")
        content = {**artifacts.content, "weightSpecs": artifacts.entries}
        await storage.put_model(self._path, content, data, artifacts.info())


def _key(path: str, part: str) -> str:
    return f"{_PREFIX}/{path}/{part}"


def _items(path: str) -> dict[str, str]:
    """The parts of a model in the local storage, by their names."""
    prefix = _key(path, "")
    return {
        key.removeprefix(prefix): value
        for key, value in storage.local_items(prefix).items()
        # "a/b" is a model of its own beside "a".
        if "/" not in key.removeprefix(prefix)
    }


def _as_items(path: str, artifacts: Artifacts, data: bytes) -> dict[str, str]:
    metadata = {k: v for k, v in artifacts.content.items() if k != "modelTopology"}
    parts = {
        _INFO: json.dumps(artifacts.info()),
        _TOPOLOGY: json.dumps(artifacts.content["modelTopology"]),
        _SPECS: json.dumps(artifacts.entries),
        _DATA: base64.b64encode(data).decode(),
        _METADATA: json.dumps(metadata),
    }
    return {_key(path, part): value for part, value in parts.items()}


# --------------------------------------------------------------------------------------- managing


async def list_models() -> dict[str, dict[str, Any]]:
    """The models that this page keeps: for each address when it was saved and how large it is.

    Outside of a page there are none. Of a model whose record is damaged nothing is told: `{}`.
    """
    from ..compat import IN_BROWSER

    if not IN_BROWSER:
        return {}
    found = {f"indexeddb://{path}": info for path, info in (await storage.model_infos()).items()}
    try:
        items = storage.local_items(f"{_PREFIX}/")
    except StorageError:  # in a worker there is only the database
        return found
    for key, value in items.items():
        if key.endswith(f"/{_INFO}"):
            path = key.removeprefix(f"{_PREFIX}/").removesuffix(f"/{_INFO}")
            found[address := f"localstorage://{path}"] = {}
            with suppress(ValueError):
                found[address] = json.loads(value)
    return found


async def remove_model(url: str) -> None:
    """Remove a model that this page keeps. Raises `StorageError` if there is none."""
    scheme, _, path = url.partition("://")
    if scheme not in ("indexeddb", "localstorage"):
        raise StorageError(f"{url}: only models that the page keeps can be removed")
    if scheme == "localstorage":
        old = _items(path)
        if not old:
            raise StorageError(f"{url}: no model of this name is kept here")
        storage.set_local_items({_key(path, part): value for part, value in old.items()}, {})
        return
    if path not in await storage.model_infos():
        raise StorageError(f"{url}: no model of this name is kept here")
    await storage.delete_model(path)


async def copy_model(source: Any, target: Any) -> None:
    """Copy a model of either kind, weights and all, from wherever models load to wherever they are
    saved.

    >>> import asyncio
    >>> files, copy = {}, {}
    >>> tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)]).save(files)
    >>> asyncio.run(tfpy.io.copy_model(files, copy))
    >>> copy["model.weights.bin"] == files["model.weights.bin"]
    True
    """
    await open_target(target).save(await read_artifacts(open_source(source)), False)


async def move_model(source: str, target: Any) -> None:
    """Copy a model that the page keeps, then remove it."""
    if source == target:
        raise StorageError(f"{source}: a model cannot be moved to where it is")
    await copy_model(source, target)
    await remove_model(source)
