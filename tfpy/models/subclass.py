"""Models that are classes with a `call` of their own: their configurations and weights.

Keras describes such a model by `get_config`, and by the shape that it was called with.
"""

from __future__ import annotations

import json
import warnings
from inspect import Parameter, signature
from typing import Any

from .. import engine
from ..dtypes import float32
from ..errors import ArgumentError, TfpyError
from ..layers.foretelling import foretell, of_shapes


def arguments(model: Any, base: dict[str, Any], overridden: bool) -> dict[str, Any]:
    """The configuration of a model without a graph: for a `get_config` of its own (`overridden`)
    to add to, `base`; else the arguments that it was made with, and of `base` what it takes.

    Raises `ArgumentError` where an argument is none that JSON has.
    """
    if overridden:
        return base
    given, options = model._made_with
    known = signature(type(model).__init__).parameters
    found = signature(type(model)).bind(*given, **options)
    found.apply_defaults()
    config = dict(found.arguments)
    for parameter in known.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            config |= {**base, **config.pop(parameter.name, {})}
        elif parameter.kind is Parameter.VAR_POSITIONAL and not config.pop(parameter.name, ()):
            continue
        elif parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.POSITIONAL_ONLY):
            if parameter.name != "self":
                raise ArgumentError(f"{model.name}: *{parameter.name} needs a get_config")
    config |= {k: v for k, v in base.items() if k in config}
    for name, value in config.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            raise ArgumentError(
                f"{model.name} needs a get_config of its own: its argument {name} is no JSON"
            ) from None
    return config


def revived(cls: Any, config: dict[str, Any]) -> Any:
    """The model of the class that `config` makes. Raises `ArgumentError` where it takes others."""
    dtype = config.get("dtype")
    if isinstance(dtype, dict):  # Keras's DTypePolicy
        config = {**config, "dtype": dtype["config"]["name"]}
    try:
        return cls(**config)
    except TypeError as error:
        raise ArgumentError(f"{cls.__name__} is not made by its get_config: {error}") from None


def build_by_run(model: Any, shape: Any) -> None:
    """Make the weights inside by a `call` that computes nothing. Raises what that raises."""
    foretell(lambda x: list(engine.tensors_in(model.call(x))), [of_shapes(shape, float32)])
    model.built, model.built_for = True, shape


def build_or_warn(model: Any, shape: Any) -> None:
    """The same; where it fails there is a warning, as weights come with the first real call."""
    try:
        build_by_run(model, shape)
    except (TfpyError, TypeError, ValueError, AttributeError) as error:
        text = f"{model.name} makes its weights when it is called, not by build({shape}): {error}"
        warnings.warn(text, stacklevel=3)
