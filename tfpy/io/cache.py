"""Files that were fetched once, kept to be loaded without a network.

In a page it is the browser's Cache API under a name, elsewhere a folder. Each file is kept under
its address until the cache is removed; nobody asks whether the server has a newer one.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Protocol

from ..compat import IN_BROWSER
from ..errors import StorageError
from .files import read_local, write_local

_SUFFIX = ".cached"


class Cache(Protocol):
    """Files by their addresses. All of it may raise `StorageError`."""

    async def get(self, url: str) -> Any:
        """The file at `url`, or None."""

    async def put(self, url: str, body: Any) -> None:
        """Keep a file."""

    async def delete(self, url: str) -> None:
        """Forget the file at `url`, if there is one."""

    async def clear(self) -> None:
        """Forget all of them."""


class FolderCache:
    """The same in a folder, made when needed."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def _path(self, url: str) -> str:
        name = hashlib.sha256(url.encode()).hexdigest()
        return os.path.join(self._folder, name[:40] + _SUFFIX)

    async def get(self, url: str) -> Any:
        path = self._path(url)
        return memoryview(read_local(path)) if os.path.exists(path) else None

    async def put(self, url: str, body: Any) -> None:
        try:
            os.makedirs(self._folder, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self._folder}: {error.strerror or error}") from None
        write_local(self._path(url), [body])

    async def delete(self, url: str) -> None:
        try:
            os.remove(self._path(url))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StorageError(f"{url}: {error.strerror or error}") from None

    async def clear(self) -> None:
        try:
            for name in os.listdir(self._folder) if os.path.exists(self._folder) else ():
                if _SUFFIX in name:  # also what a process that ended was writing
                    os.remove(os.path.join(self._folder, name))
        except OSError as error:
            raise StorageError(f"{self._folder}: {error.strerror or error}") from None


def open_cache(name: str) -> Cache:
    """The cache of that name."""
    if IN_BROWSER:
        from ..compat.storage import PageCache

        return PageCache(name)
    return FolderCache(name)


async def clear_cache(name: Any) -> None:
    """Remove what `tfpy.io.http(url, cache=name)` has kept under a name, of all models.

    Raises `StorageError` if that may not be done.
    """
    await open_cache(os.fspath(name)).clear()
