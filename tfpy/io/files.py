"""Single files: of a local path, an address, memory, or what a user chose in a page.

What belongs to a model together is in `handlers`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .. import compat
from ..compat import network
from ..errors import AsyncOnlyError, FetchError, StorageError
from .transfer import fetch


async def read(where: Any, blocking: bool = False) -> Any:
    """The bytes of one file: a buffer, or something whose slices are buffers.

    Args:
        where: a local path or `file://` URL, an http(s) URL, in a page also a relative URL (a file
            of that path in Pyodide's own file system goes first), bytes, or a File or Blob.
        blocking: whether nothing may be awaited; then a page reads only what it has.

    Raises:
        FetchError: it cannot be read.
        AsyncOnlyError: it has to be awaited.
    """
    if isinstance(where, (bytes, bytearray, memoryview)):
        return memoryview(where)
    if network.is_blob(where):
        if blocking:
            raise AsyncOnlyError("a File can only be read with await")
        return await network.read_blob(where)
    name = os.fspath(where).removeprefix("file://")
    if not is_url(name) and not (compat.IN_BROWSER and not os.path.exists(name)):
        return memoryview(read_local(name))
    url = name if is_url(name) else resolve(name)
    if blocking and compat.IN_BROWSER:
        raise AsyncOnlyError(f"{name}: a page can only fetch it with await")
    return await fetch(url, blocking=blocking)


def is_url(name: str) -> bool:
    """Whether a name is an address that a browser fetches."""
    return name.startswith(("http://", "https://", "blob:", "data:"))


def resolve(relative: str) -> str:
    """The address that a page means by a relative one."""
    from urllib.parse import urljoin

    return urljoin(compat.base_url(), relative)


def read_local(path: str) -> bytes:
    """The bytes of a local file. Raises `FetchError`."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise FetchError(f"{path}: {error.strerror or error}") from None


def refuse_existing(path: str) -> None:
    """Raise `StorageError` where a file is that must not be replaced."""
    if os.path.exists(path):
        raise StorageError(f"{path} is there already, and overwrite=False")


def write_local(path: str, parts: Sequence[bytes]) -> None:
    """Write a whole file or, if that fails, nothing under its name.

    Raises `StorageError` where there is no room or no way to write.
    """
    _remove_leftovers(path)
    temporary = f"{path}.{os.urandom(8).hex()}.part"  # others may be writing the same file
    try:
        with open(temporary, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        if os.path.exists(temporary):
            os.remove(temporary)
        if isinstance(error, OSError):
            raise StorageError(f"{path}: {error.strerror or error}") from None
        raise


def _remove_leftovers(path: str) -> None:
    """Remove what writing `path` left where it was killed. A file that is younger than an hour may
    be one that another process still writes."""
    folder, name = os.path.split(path)
    ours = re.compile(re.escape(name) + r"\.[0-9a-f]{16}\.part")
    with suppress(OSError), os.scandir(folder or ".") as entries:  # all this is a courtesy
        for entry in entries:
            if ours.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > 3600:
                os.remove(entry.path)
