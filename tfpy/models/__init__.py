"""Models: layers joined to a graph or in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers.core import Input
from .copies import clone_model, model_from_json
from .model import Model
from .sequential import Sequential

if TYPE_CHECKING:
    from ..io.convert import load_model, save_model

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name in ("load_model", "save_model"):  # a page may well need no files
        from ..io import convert

        return getattr(convert, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
