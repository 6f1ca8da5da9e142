"""Objects that are described by the arguments they are made with: regularizers, optimizers, ...

`Configured` gives them configurations, `find` makes them of names and configurations, `serialize`
takes them apart again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from typing import Any

from .errors import ArgumentError


class Configured:
    """Base: every argument of the constructor is an attribute too."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal object, as plain JSON values."""
        parameters = signature(type(self)).parameters.values()
        names = [p.name for p in parameters if p.kind is not Parameter.VAR_KEYWORD]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The object that `get_config` describes."""
        return cls(**config)


def of_function(function: Callable[..., Any], order: str, **own: Any) -> Signature:
    """The arguments of a class made of a function of labels and predictions: the function's
    options, then the class's own with their defaults; but first those named in `order`."""
    kind, first = Parameter.POSITIONAL_OR_KEYWORD, order.split()
    found = list(signature(function).parameters.values())[2:]
    found += [Parameter(k, kind, default=v) for k, v in own.items()]
    return Signature(sorted(found, key=lambda p: [*first, p.name].index(p.name)))


def bound(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call of `cls` by their names, defaults too."""
    try:
        found = signature(cls).bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(f"{cls.__name__}: {error}") from None
    found.apply_defaults()
    return dict(found.arguments)


def find(kind: str, classes: Mapping[str, Any], identifier: Any) -> Any:
    """What `identifier` means: an object, a class, a name, or a `{class_name, config}`.

    Names may be written as in Keras or TF.js: "max_norm", "maxNorm", "MaxNorm". Raises
    `ArgumentError` for an unknown one.
    """
    if isinstance(identifier, type):
        return identifier()
    config: Any = {}
    name = identifier
    if isinstance(identifier, Mapping):
        name, config = identifier.get("class_name"), identifier.get("config") or {}
    elif not isinstance(identifier, str):
        if callable(identifier) or isinstance(identifier, Configured):
            return identifier
    plain = str(name).replace("_", "").lower()
    for known, cls in classes.items():
        if known.lower() == plain:
            return cls.from_config(dict(config))
    raise ArgumentError(f"unknown {kind} {name!r:.80}; there are {', '.join(classes)}")


def serialize(value: Any) -> Any:
    """The `{class_name, config}` that `find` takes back; a function goes by its name."""
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return getattr(value, "__name__", value)
