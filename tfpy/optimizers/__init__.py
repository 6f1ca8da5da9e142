"""Optimizers, under Keras 3's names, arguments and defaults, and schedules of learning rates."""

from __future__ import annotations

from typing import Any

from ..configured import find, serialize
from . import rules, schedules
from .base import Optimizer
from .rules import *

__all__ = [*rules.__all__, "CLASSES", "Optimizer", "get", "schedules", "serialize"]

CLASSES = {name: getattr(rules, name) for name in rules.__all__}


def get(identifier: Any) -> Any:
    """The optimizer that `identifier` means: an object, a name, or a `{class_name, config}`.

    Raises `ArgumentError` for an unknown one.

    >>> tfpy.optimizers.get("adam").get_config()["beta_2"]
    0.999
    """
    return find("optimizer", CLASSES, identifier)
