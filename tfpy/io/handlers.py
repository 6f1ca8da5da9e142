"""Where a model's bytes come from: a folder, the web, or memory.

A source is one model: its `model.json` and the files that it names, by the paths it names them
with. This module moves bytes; it does not know what is in them.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .. import compat
from ..errors import ArgumentError, FetchError, IntegrityError, StorageError
from .files import is_url, read, read_local, resolve
from .transfer import GET, OnBytes, Request, fetch, uncounted

#: The SHA-256 of files, as hexadecimal digits, by their paths.
Hashes = Mapping[str, str]
#: `on_progress(done_bytes, total_bytes)`; the total is None while it cannot be known.
OnProgress = Callable[[int, int | None], Any]

MODEL_FILE = "model.json"
#: Files fetched at once, and so held ahead: what browsers open to one host anyway.
CONCURRENT = 6
NONE: Hashes = MappingProxyType({})


class Source:
    """One model's files. `name` is what errors call its `model.json`."""

    name: str

    async def read_model(self) -> bytes:
        """The bytes of `model.json`."""
        raise NotImplementedError

    def shards(
        self, paths: Sequence[str], on_bytes: OnBytes, hashes: Hashes = NONE
    ) -> AsyncGenerator[Any]:
        """The files at `paths` (as `model.json` names them), one after the other, each as a buffer
        or something whose slices are buffers; `on_bytes` counts along.

        Raises `IntegrityError` if a file's SHA-256 is not that of `hashes`.
        """
        raise NotImplementedError

    async def forget(self) -> None:
        """Do not keep what was read: it is no model, and another time may be better."""


class _LocalSource(Source):
    """Files that are at hand. Never suspends, so blocking loaders can drive it."""

    def _read(self, path: str) -> bytes:
        raise NotImplementedError

    async def shards(
        self, paths: Sequence[str], on_bytes: OnBytes, hashes: Hashes = NONE
    ) -> AsyncGenerator[Any]:
        for path in paths:
            shard = memoryview(self._read(path))
            await check(path, shard, hashes.get(path))
            on_bytes(len(shard))
            yield shard
            del shard  # before the next one is read


class FolderSource(_LocalSource):
    """Files of a folder."""

    def __init__(self, model_file: str, prefix: str | None) -> None:
        self.name = model_file
        self._folder = os.path.dirname(model_file) if prefix is None else prefix

    async def read_model(self) -> bytes:
        return read_local(self.name)

    def _read(self, path: str) -> bytes:
        return read_local(os.path.join(self._folder, path))


class MappingSource(_LocalSource):
    """Files held in memory: `{"model.json": bytes, path: bytes, ...}`."""

    name = MODEL_FILE

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    async def read_model(self) -> bytes:
        return self._read(MODEL_FILE)

    def _read(self, path: str) -> bytes:
        # Saved models name the files beside them so.
        name = _plain(path)
        if name not in self._files:
            raise FetchError(f"{path}: not among the files given ({', '.join(self._files)})")
        # No copy of what is bytes, so that nobody can change it.
        return bytes(self._files[name])


class FilesSource(Source):
    """Files that a user chose: the `model.json` first, the others by the ends of their paths."""

    def __init__(self, files: Sequence[Any]) -> None:
        if not files:
            raise FetchError("browser_files: no file was chosen")
        self._model, *others = files
        self._others = {str(file.name): file for file in others}
        self.name = str(self._model.name)

    async def read_model(self) -> bytes:
        return bytes((await read(self._model))[:])

    async def shards(
        self, paths: Sequence[str], on_bytes: OnBytes, hashes: Hashes = NONE
    ) -> AsyncGenerator[Any]:
        files = [self._others.get(path.rpartition("/")[2]) for path in paths]
        missing = [path for path, file in zip(paths, files, strict=True) if file is None]
        if missing:
            raise FetchError(f"not among the files chosen: {', '.join(missing)}")
        for path, file in zip(paths, files, strict=True):
            shard = await read(file)
            await check(path, shard, hashes.get(path))
            on_bytes(len(shard))
            yield shard


class WebSource(Source):
    """Files at an http(s) address, fetched a few ahead.

    As in TF.js, files lie beside `model.json` (or under `prefix`), and its query string is theirs.

    Args:
        url, prefix: where.
        request: how to ask for each file.
        cache: the name of the cache to look in first, and to keep files in.
        hashes: of any files, that of `url` by its last part.
    """

    def __init__(
        self,
        url: str,
        prefix: str | None,
        request: Request = GET,
        cache: str | None = None,
        hashes: Hashes = NONE,
    ) -> None:
        self.name, self._request, self._cache_name = url, request, cache
        path, mark, query = url.partition("?")
        self._prefix = path[: path.rfind("/") + 1] if prefix is None else prefix
        self._suffix = mark + query
        self._model_file = path.rpartition("/")[2]
        self._used: list[str] = []
        self._hashes = {_plain(path): value.lower() for path, value in hashes.items()}

    async def read_model(self) -> bytes:
        body = await self._file(self.name, self._hashes.get(self._model_file), uncounted)
        return bytes(body[:])

    async def shards(
        self, paths: Sequence[str], on_bytes: OnBytes, hashes: Hashes = NONE
    ) -> AsyncGenerator[Any]:
        wanted = {
            **hashes,
            **{p: self._hashes[_plain(p)] for p in paths if _plain(p) in self._hashes},
        }
        strays = self._hashes.keys() - {self._model_file, *map(_plain, paths)}
        if strays:
            raise ArgumentError(f"{self.name} names no file {', '.join(sorted(strays))} (hashes)")
        coming: deque[asyncio.Future[Any]] = deque()
        try:
            for i in range(len(paths)):
                for path in paths[i + len(coming) : i + CONCURRENT]:
                    url = self._prefix + _plain(path) + self._suffix
                    file = self._file(url, wanted.get(path), on_bytes)
                    coming.append(asyncio.ensure_future(file))
                yield await coming.popleft()
        finally:
            for task in coming:
                task.cancel()
                # One error is told; those of the others are nobody's.
                task.add_done_callback(lambda t: t.cancelled() or t.exception())

    async def _file(self, url: str, wanted: str | None, on_bytes: OnBytes) -> Any:
        """The file at `url`, from the cache if it is there and is what is wanted."""
        self._used.append(url)
        found = await self._cached("get", url)
        if found is not None and (wanted is None or await sha256(found) == wanted):
            on_bytes(len(found))
            return found
        found = await fetch(url, on_bytes, self._request)
        await check(url, found, wanted)
        await self._cached("put", url, found)
        return found

    async def forget(self) -> None:
        for url in self._used:
            await self._cached("delete", url)

    async def _cached(self, method: str, *arguments: Any) -> Any:
        """What the cache says. One that fails is as good as none: models load without."""
        if self._cache_name is None:
            return None
        from .cache import open_cache  # only who asks for it needs it

        try:
            return await getattr(open_cache(self._cache_name), method)(*arguments)
        except (StorageError, FetchError) as error:
            warnings.warn(f"{arguments[0]} is not kept: {error}", RuntimeWarning, stacklevel=2)
            self._cache_name = None
            return None


def _plain(path: str) -> str:
    """A path without what says that it is relative."""
    return path.removeprefix("./")


async def sha256(body: Any) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    found: str = await body.sha256() if hasattr(body, "sha256") else ""
    if found:
        return found
    import hashlib

    digest = hashlib.sha256()
    for i in range(0, len(body), 1 << 20):
        digest.update(body[i : i + (1 << 20)])
    return digest.hexdigest()


async def check(name: str, body: Any, wanted: str | None) -> None:
    """Refuse a file that is not the one wanted. Raises `IntegrityError`."""
    if wanted is not None and (found := await sha256(body)) != wanted:
        raise IntegrityError(f"{name}: its SHA-256 is {found}, not {wanted}")


def open_source(where: Any, weight_path_prefix: str | None = None) -> Source:
    """The source that `where` names.

    Args:
        where: a local path or `file://` URL, an http(s) URL, in a page also a relative URL (a file
            of that path in Pyodide's own file system goes first), `indexeddb://` or
            `localstorage://` and a name, a mapping of file names to bytes, or a source, such as
            `tfpy.io.browser_files` and `tfpy.io.http` make. A folder, or an address that ends with
            "/", stands for its `model.json`.
        weight_path_prefix: where the weight files lie, if not beside `model.json`.
    """
    if isinstance(where, Source):
        return where
    if isinstance(where, Mapping):
        return MappingSource(where)
    name = os.fspath(where)
    if is_stored(name):
        from .stores import StoredSource

        return StoredSource(name)
    if name.startswith("file://"):
        name = name.removeprefix("file://")
    elif is_url(name):
        return WebSource(name + MODEL_FILE if name.endswith("/") else name, weight_path_prefix)
    if compat.IN_BROWSER and not os.path.exists(name):
        return open_source(resolve(name), weight_path_prefix)
    if os.path.isdir(name):
        name = os.path.join(name, MODEL_FILE)
    return FolderSource(name, weight_path_prefix)


def is_stored(name: str) -> bool:
    """Whether a name is that of a model that a page keeps."""
    return name.startswith(("indexeddb://", "localstorage://"))


def open_local(where: Any, weight_path_prefix: str | None = None) -> Source:
    """The same as `open_source`, for blocking loaders: a web address is a `FetchError`."""
    source = open_source(where, weight_path_prefix)
    if isinstance(source, WebSource):
        raise FetchError(
            f"{source.name}: only local files load without await; use the loader's async form"
        )
    return source


class Progress:
    """Counts bytes and tells a callback."""

    def __init__(self, total: int | None, on_progress: OnProgress | None) -> None:
        self.done, self.total, self._tell = 0, total, on_progress

    def add(self, count: int) -> None:
        """`count` more bytes have come."""
        self.done += count
        if self._tell:
            self._tell(self.done, self.total)
