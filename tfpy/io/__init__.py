"""Models to and from files: TF.js's layers and graph formats, and where they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError

if TYPE_CHECKING:
    from .cache import clear_cache
    from .handlers import FilesSource
    from .safetensors import load_safetensors, save_safetensors
    from .stores import copy_model, list_models, move_model, remove_model
    from .targets import WebHandler

__all__ = [
    "browser_files",
    "clear_cache",
    "copy_model",
    "http",
    "list_models",
    "load_safetensors",
    "move_model",
    "remove_model",
    "save_safetensors",
]

#: Imported when first used: a page that loads a model needs none of them.
_LAZY = {
    "clear_cache": "cache",
    **dict.fromkeys(("copy_model", "list_models", "move_model", "remove_model"), "stores"),
    **dict.fromkeys(("load_safetensors", "save_safetensors"), "safetensors"),
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def browser_files(files: Sequence[Any]) -> FilesSource:
    """Files that a user chose in a page, to load a model from.

    Args:
        files: File objects, the `model.json` first.
    """
    from .handlers import FilesSource

    return FilesSource(list(files))


def http(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    with_credentials: bool = False,
    weight_path_prefix: str | None = None,
    method: str = "POST",
    retries: int = 3,
    timeout: float = 60.0,
    cache: Any = None,
    hashes: Mapping[str, str] | None = None,
) -> WebHandler:
    """A model at an address, to load it or to save it there, with more said than an address does.

    Everything that loads a model takes it in the place of the address.

    Args:
        url: of the `model.json`, or of what takes a saved model.
        headers: sent with each request, such as {"Authorization": "..."}.
        with_credentials: whether a page sends its cookies to other hosts.
        weight_path_prefix: where the weight files lie, if not beside `model.json`.
        method: how a model is saved: a form with the files "model.json" and "model.weights.bin".
        retries: how many tries of a file may fail after the first, without a new byte of it, before
            the load does: for want of an answer, or if that is HTTP 408, 429 or 5xx. A file that
            came in part is gone on with where the server gives parts.
        timeout: seconds without a byte after which a try has failed.
        cache: a name under which a page keeps each file it has fetched, and does without network
            the next time; elsewhere a folder. Files stay until `clear_cache(name)`: a model
            that changes should change its address, its name here, or its hashes.
        hashes: the SHA-256 of files by their paths in `model.json`, and of that by its name, as
            hexadecimal digits. A file that is another is an `IntegrityError`; one that is kept
            in the cache is fetched anew.

    Raises `ArgumentError` for options that are none.

    >>> source = tfpy.io.http("https://example.org/model.json", retries=5, cache="models")
    """
    from .targets import WebHandler
    from .transfer import Request

    if not isinstance(retries, int) or retries < 0:
        raise ArgumentError(f"http: retries={retries!r} is not a number of tries")
    if not isinstance(timeout, (int, float)) or not 0 < timeout < 1e6:
        raise ArgumentError(f"http: timeout={timeout!r} is not a number of seconds")
    if cache is not None and not (isinstance(cache, (str, PathLike)) and fspath(cache)):
        raise ArgumentError(f"http: cache={cache!r} is not a name")
    if hashes is not None and not isinstance(hashes, Mapping):
        raise ArgumentError(f"http: hashes={hashes!r} is not a mapping")
    for path, digest in (hashes or {}).items():
        if not (isinstance(path, str) and re.fullmatch("[0-9a-fA-F]{64}", str(digest))):
            raise ArgumentError(f"http: hashes[{path!r}]={digest!r} is no SHA-256 in hexadecimal")
    kept = None if cache is None else fspath(cache)
    request = Request("GET", dict(headers or {}), None, with_credentials, timeout, retries)
    return WebHandler(url, weight_path_prefix, request, method, kept, hashes or {})
