"""Where a model's bytes go: a folder, memory, a server, what a page keeps, downloads.

`handlers` is the way back. A target replaces the model that is there in one step: a save that
fails leaves it intact.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

from .. import compat
from ..errors import ArgumentError, AsyncOnlyError, ModelFormatError, StorageError
from .artifacts import MODEL_FILE, WEIGHTS_FILE, Artifacts
from .files import is_url, write_local
from .handlers import WebSource, is_stored
from .model_json import parse_json
from .transfer import GET, Request, fetch


class Target:
    """A place for one model."""

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        """Put the model there; with `blocking` nothing may be awaited."""
        raise NotImplementedError


def open_target(where: Any) -> Target:
    """The target that `where` names.

    Args:
        where: a local folder or `file://` URL; `indexeddb://`, `localstorage://` or `downloads://`
            and a name; an http(s) URL, to which the files are posted; a dict, which gets the files
            as bytes; or a target, such as `tfpy.io.http` makes.
    """
    if isinstance(where, Target):
        return where
    if isinstance(where, MutableMapping):
        return MappingTarget(where)
    name = os.fspath(where)
    scheme, _, path = name.partition("://")
    if is_stored(name):
        from .stores import StoredTarget

        return StoredTarget(name)
    if scheme == "downloads":
        return DownloadTarget(path)
    return WebHandler(name) if is_url(name) else FolderTarget(name.removeprefix("file://"))


class MappingTarget(Target):
    """A dict of file names to bytes, as loaders take it."""

    def __init__(self, files: MutableMapping[str, bytes]) -> None:
        self._files = files

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        found = {MODEL_FILE: artifacts.model_json(), WEIGHTS_FILE: b"".join(artifacts.parts)}
        self._files.update(found)


class DownloadTarget(Target):
    """Two files among the user's downloads, `<name>.json` and `<name>.weights.bin`."""

    def __init__(self, name: str) -> None:
        self._name = name or "model"

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        from ..compat.storage import download as offer

        weights = f"{self._name}.weights.bin"
        offer(f"{self._name}.json", artifacts.model_json(weights), "application/json")
        offer(weights, b"".join(artifacts.parts), "application/octet-stream")


class WebHandler(WebSource, Target):
    """A model at an address: read by GET, saved by a POST of both files as a form."""

    def __init__(
        self,
        url: str,
        prefix: str | None = None,
        request: Request = GET,
        method: str = "POST",
        *how: Any,
    ) -> None:
        super().__init__(url, prefix, request, *how)
        self._method = method

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        boundary = uuid4().hex
        headers = {
            **self._request.headers,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        content = _form(
            boundary,
            (MODEL_FILE, "application/json", artifacts.model_json()),
            (WEIGHTS_FILE, "application/octet-stream", b"".join(artifacts.parts)),
        )
        asked = self._request._replace(method=self._method, headers=headers, content=content)
        if blocking and compat.IN_BROWSER:
            raise AsyncOnlyError(f"{self.name}: a page can only send it with await")
        await fetch(self.name, request=asked, blocking=blocking)


def _form(boundary: str, *files: tuple[str, str, bytes]) -> bytes:
    """Files as a form (RFC 7578)."""
    parts = []
    for name, kind, content in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
        parts += [f"--{boundary}\r\n{head}\r\nContent-Type: {kind}\r\n\r\n".encode(), content]
        parts.append(b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


# --------------------------------------------------------------------------------------- folders


class FolderTarget(Target):
    """`model.json` and files of weights beside it in a folder.

    A model already there is replaced when `model.json` is renamed into place.

    Args:
        folder: made if it is not there.
        shard_size: how many bytes of weights go into a file at most; by default all into one.
    """

    def __init__(self, folder: str, shard_size: int | None = None) -> None:
        if not folder:
            raise ArgumentError("save: the path is empty")
        if shard_size is not None and shard_size < 1:
            raise ArgumentError(f"save: shard_size={shard_size} is less than 1")
        self._folder, self._shard_size = folder, shard_size

    async def save(self, artifacts: Artifacts, blocking: bool) -> None:
        folder, shards = self._folder, self._shards(artifacts.parts)
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder}: {error.strerror or error}") from None
        before = _weight_files(folder)
        names = _names("model.weights", len(shards))
        if not before.isdisjoint(names):  # those of the model.json now there
            names = _names("model.weights.1", len(shards))
        for name, parts in zip(names, shards, strict=True):
            write_local(os.path.join(folder, name), parts)
        write_local(os.path.join(folder, MODEL_FILE), [artifacts.model_json(*names)])
        for old in before - {*names}:
            if os.path.exists(os.path.join(folder, old)):
                os.remove(os.path.join(folder, old))

    def _shards(self, parts: list[bytes]) -> list[list[bytes]]:
        """The parts of each file."""
        if self._shard_size is None:
            return [parts]
        size, data = self._shard_size, b"".join(parts)
        return [[data[i : i + size]] for i in range(0, len(data) or 1, size)]


def _names(stem: str, count: int) -> list[str]:
    if count == 1:
        return [f"{stem}.bin"]
    return [f"{stem}-shard{i + 1}of{count}.bin" for i in range(count)]


def _weight_files(folder: str) -> set[str]:
    """The files of ours that the `model.json` in `folder` names."""
    try:
        with open(os.path.join(folder, MODEL_FILE), "rb") as file:
            model = parse_json(file.read(), MODEL_FILE)
        paths = [os.path.normpath(p) for g in model["weightsManifest"] for p in g["paths"]]
    except (OSError, ModelFormatError, KeyError, TypeError):
        return set()
    return {p for p in paths if re.fullmatch(r"model\.weights(\.1)?(-shard\d+of\d+)?\.bin", p)}
