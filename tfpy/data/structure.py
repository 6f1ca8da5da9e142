"""Elements of datasets: tuples and dicts of what is data, as deep as one likes.

A list is data, as it is for `tfpy.tensor`. In the arguments of layers and models it is several
tensors instead: for these there are `leaves` and `mapped` of `tfpy.layers.symbolic`. This module
knows no dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..errors import ArgumentError
from ..ops.movement import stack
from ..tensor import Tensor


def map_parts(f: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`first` with `f` of each of its parts, and of those of `others` in the same place.

    Raises `ArgumentError` where the structures differ.
    """
    if isinstance(first, dict):
        if not all(isinstance(x, dict) and x.keys() == first.keys() for x in others):
            raise ArgumentError(f"the keys {', '.join(map(str, first))} are not those of all")
        return {k: map_parts(f, v, *(x[k] for x in others)) for k, v in first.items()}
    if isinstance(first, tuple):
        if not all(isinstance(x, tuple) and len(x) == len(first) for x in others):
            raise ArgumentError(
                f"a tuple of {len(first)} in one place is something else in another"
            )
        parts = [map_parts(f, *xs) for xs in zip(first, *others, strict=True)]
        # A named tuple takes its fields one by one.
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    return f(first, *others)


def parts_of(element: Any) -> list[Any]:
    """The parts of an element, in order."""
    found: list[Any] = []
    map_parts(found.append, element)
    return found


def stacked(elements: Sequence[Any]) -> Any:
    """One element whose parts are those of `elements` along a new first axis."""
    return map_parts(lambda *xs: _stack(xs), *elements)


def _stack(parts: tuple[Any, ...]) -> Tensor:
    if any(isinstance(x, Tensor) for x in parts):
        return stack(list(parts))
    return engine.as_tensor(list(parts))
