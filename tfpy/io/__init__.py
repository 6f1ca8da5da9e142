"""Models to and from files: TF.js's layers and graph formats, and where they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .handlers import FilesSource
    from .safetensors import load_safetensors, save_safetensors
    from .stores import copy_model, list_models, move_model, remove_model
    from .targets import WebHandler

__all__ = [
    "browser_files",
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
) -> WebHandler:
    """A model at an address, to load it or to save it there, with more said than an address does.

    Args:
        url: of the `model.json`, or of what takes a saved model.
        headers: sent with each request, such as {"Authorization": "..."}.
        with_credentials: whether a page sends its cookies to other hosts.
        weight_path_prefix: where the weight files lie, if not beside `model.json`.
        method: how a model is saved: a form with the files "model.json" and "model.weights.bin".
    """
    from .files import Request
    from .targets import WebHandler

    request = Request("GET", dict(headers or {}), None, with_credentials)
    return WebHandler(url, weight_path_prefix, request, method)
