"""Which backends exist, by name, and how each is started. Imports none of them until asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from .. import compat
from ..errors import BackendError
from .base import Backend, Run

#: Module of each built-in backend; the module has `create() -> Backend`.
_MODULES = {"numpy": "tfpy.backends.numpy", "webgl": "kernels_webgl"}
_factories: dict[str, Callable[[], Backend]] = {}


def register_backend(name: str, factory: Callable[[], Backend]) -> None:
    """Make `set_backend(name)` start the backend that `factory()` returns."""
    _factories[name] = factory


def create_backend(name: str) -> Backend:
    """Start backend `name`. Raises `BackendError` when it is unknown or cannot run here."""
    if name in _factories:
        return _factories[name]()
    if name not in _MODULES:
        known = ", ".join([*_MODULES, *_factories])
        raise BackendError(f"unknown backend {name!r}; there are {known}")
    try:
        module = importlib.import_module(_MODULES[name])
    except ModuleNotFoundError as error:
        raise BackendError(
            f"the {name} backend needs {error.name}, which is not installed"
        ) from None
    return module.create()


def default_names() -> tuple[str, ...]:
    """The built-in backends in the order in which this platform should try them."""
    return ("webgl", "numpy") if compat.IN_BROWSER else ("numpy",)


__all__ = ["Backend", "Run", "create_backend", "default_names", "register_backend"]
