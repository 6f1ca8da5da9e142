"""What a model was compiled with as Keras 3 writes it down, and the way back.

Objects are `{"module": "keras.losses", "class_name": ..., "config": ...}`, functions their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import losses, metrics, optimizers
from ..configured import find
from ..losses import classes
from ..optimizers.schedules import LearningRateSchedule
from .steps import Compiled

_MODULES = (
    (optimizers.Optimizer, "keras.optimizers"),
    (LearningRateSchedule, "keras.optimizers.schedules"),
    (losses.Loss, "keras.losses"),
    (metrics.Metric, "keras.metrics"),
)
_LOSSES = {name: getattr(classes, name) for name in classes.__all__}
#: What Keras may ask for and nothing here depends on.
_IGNORED = ("jit_compile", "is_legacy_optimizer")


def compile_config(compiled: Compiled) -> dict[str, Any]:
    """The arguments of `Model.compile`, as plain JSON values."""
    loss, weights, plain, weighted = compiled.given
    return {
        "optimizer": written(compiled.optimizer),
        "loss": written(loss),
        "loss_weights": weights,
        "metrics": written(plain),
        "weighted_metrics": written(weighted),
        "run_eagerly": compiled.eager,
    }


def written(value: Any) -> Any:
    """Losses, metrics and optimizers, in lists and dicts too, as Keras writes them."""
    if isinstance(value, Mapping):
        return {k: written(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [written(v) for v in value]
    if isinstance(value, type):
        value = value()
    if hasattr(value, "get_config"):
        own = type(value).__module__
        module = next((m for base, m in _MODULES if isinstance(value, base)), own)
        config = value.get_config()
        if isinstance(getattr(value, "schedule", None), LearningRateSchedule):
            config["learning_rate"] = written(value.schedule)
        entry = {"module": module if own.startswith("tfpy.") else own}
        return {**entry, "class_name": type(value).__name__, "config": config} | {
            "registered_name": None
        }
    if not callable(value):
        return value
    name = value.__name__
    if value in (losses.FUNCTIONS.get(name), metrics.FUNCTIONS.get(name)):
        return name
    entry = {"module": value.__module__, "class_name": "function", "config": name}
    return {**entry, "registered_name": name}


def compile_arguments(config: Mapping[str, Any], custom: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Model.compile` that `config` describes.

    Args:
        config: as `compile_config` returns it, or as Keras saved it.
        custom: functions and classes that are not tfpy's, by their names.
    """

    def read(value: Any, kind: str, known: Mapping[str, Any]) -> Any:
        if isinstance(value, list):
            return [read(v, kind, known) for v in value]
        if not isinstance(value, Mapping):
            return custom.get(value, value) if isinstance(value, str) else value
        if "class_name" not in value:
            return {k: read(v, kind, known) for k, v in value.items()}
        name, options = value["class_name"].rpartition(">")[2], value["config"]
        if name == "function":
            return custom.get(options, options)
        options = {k: v for k, v in options.items() if k not in _IGNORED}
        if options.get("reduction") == "auto":  # Keras 2
            del options["reduction"]
        made = {"class_name": name, "config": options}
        return find(kind, {**known, **{k: v for k, v in custom.items() if k == name}}, made)

    return {
        "optimizer": read(config["optimizer"], "optimizer", optimizers.CLASSES),
        "loss": read(config.get("loss"), "loss", _LOSSES),
        "loss_weights": config.get("loss_weights"),
        "metrics": read(config.get("metrics"), "metric", metrics.CLASSES),
        "weighted_metrics": read(config.get("weighted_metrics"), "metric", metrics.CLASSES),
        "run_eagerly": bool(config.get("run_eagerly")),
    }
