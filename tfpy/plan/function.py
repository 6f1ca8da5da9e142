"""`tfpy.function`: a Python function of tensors that runs as plans.

Arguments and results may be nested in lists, tuples and dicts. `flatten` parts them into tensors
and a hashable pattern; there is a plan per pattern.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..errors import TraceError
from ..tensor import Tensor
from ..variable import Variable
from .compiled import Compiled
from .reports import graphs, paragraphs

#: Plans a function keeps; one that meets more starts over.
MAX_PLANS = 64


class _Slot:
    """Stands for a tensor in a pattern of values."""


_SLOT = _Slot()


class Function:
    """What `tfpy.function` makes; call it like the function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._plans: dict[Any, tuple[Compiled, Any]] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if engine.tracer() is not None or engine.active_tapes():
            return self._function(*args, **kwargs)
        tensors: list[Tensor] = []
        pattern = flatten((args, kwargs), tensors)
        backend = engine.current_backend()
        key = (backend.name, id(backend), hashable(pattern), tuple(x.spec for x in tensors))
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            found = self._plans[key] = self._compile(pattern, tensors)
        plan, result = found
        return unflatten(result, iter(plan.run(tensors)))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Decorated methods: each instance is an argument like any other."""
        return self if instance is None else functools.partial(self, instance)

    def _compile(self, pattern: Any, tensors: Sequence[Tensor]) -> tuple[Compiled, Any]:
        shape: list[Any] = []

        def run(*xs: Tensor) -> list[Tensor]:
            args, kwargs = unflatten(pattern, iter(xs))
            results: list[Tensor] = []
            shape.append(flatten(self._function(*args, **kwargs), results, arguments=False))
            return results

        return Compiled(run, [x.spec for x in tensors]), shape[0]

    @property
    def plans(self) -> list[Compiled]:
        """The plans made so far."""
        return [plan for plan, _ in self._plans.values()]

    def describe(self) -> str:
        """What the plans made so far cost, one paragraph each."""
        name = getattr(self._function, "__name__", "function")
        if not self._plans:
            return f"{name}: no plan yet; call it first"
        return paragraphs(name, self.plans)

    def dump(self, draws: bool = False) -> str:
        """The graphs of the plans as text, or with `draws` what the backend makes of them."""
        return graphs(self.plans, draws)


def function(python_function: Callable[..., Any]) -> Function:
    """Make a function of tensors run as a plan: recorded once, optimized, then run without Python.

    The function is called once for each set of shapes and dtypes of its tensors and of values of
    its other arguments, which must be hashable. Variables are read at every call and assigned
    after it; random values are drawn anew. Python's own side effects happen at recording only.
    Tapes inside the function work, so a whole training step can be one plan. Under a tape outside,
    the function runs as it is.

    Raises:
        TraceError: the function needs a tensor's values, as in `if x > 0`; the line is named.

    >>> @tfpy.function
    ... def norm(x):
    ...     return tfpy.sqrt(tfpy.sum(x * x))
    >>> norm(tfpy.tensor([3.0, 4.0]))
    tfpy.tensor(5.)
    >>> print(norm.dump())
    inputs %0: float32[2]
    %1: float32[2] = multiply(%0, %0)
    %2: float32[] = sum(%1, axes=(0,), keepdims=False)
    %3: float32[] = sqrt(%2)
    outputs %3
    """
    return Function(python_function)


# --------------------------------------------------------------------------------- structures


def flatten(value: Any, tensors: list[Tensor], arguments: bool = True) -> Any:
    """`value` with a slot for each tensor, which is appended to `tensors`.

    Arrays among arguments become tensors. A variable stays: it is not a value but a place.
    """
    if isinstance(value, Tensor) and not isinstance(value, Variable):
        tensors.append(value)
        return _SLOT
    if isinstance(value, dict):
        return {k: flatten(v, tensors, arguments) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [flatten(v, tensors, arguments) for v in value]
        if isinstance(value, tuple):
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        return parts
    if arguments and hasattr(value, "__array_interface__"):
        tensors.append(engine.as_tensor(value))
        return _SLOT
    return value


def unflatten(pattern: Any, tensors: Any) -> Any:
    """The value that `flatten` took apart, with other tensors in the slots."""
    if pattern is _SLOT:
        return next(tensors)
    if isinstance(pattern, dict):
        return {k: unflatten(v, tensors) for k, v in pattern.items()}
    if isinstance(pattern, (list, tuple)):
        parts = [unflatten(v, tensors) for v in pattern]
        if isinstance(pattern, tuple):
            return type(pattern)(*parts) if hasattr(pattern, "_fields") else tuple(parts)
        return parts
    return pattern


def hashable(pattern: Any) -> Any:
    """A key for a pattern: equal for patterns that the same plan serves."""
    if isinstance(pattern, dict):
        return ("dict", *[(k, hashable(v)) for k, v in pattern.items()])
    if isinstance(pattern, (list, tuple)):
        return (type(pattern), *map(hashable, pattern))
    try:
        hash(pattern)
    except TypeError:
        raise TraceError(
            f"tfpy.function: an argument of type {type(pattern).__name__} can neither be a tensor "
            "nor part of a plan, because it is not hashable"
        ) from None
    return (type(pattern), pattern)
