"""Merging layers as functions: each makes its layer and calls it on a list of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import merge
from .base import Layer

__all__ = [
    *("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"),
]


def _calling(layer: type[Layer]) -> Callable[..., Any]:
    def function(inputs: Any, **options: Any) -> Any:
        return layer(**options)(inputs)

    name = layer.__name__
    function.__name__ = function.__qualname__ = name.lower()
    function.__doc__ = f"""`{name}(**options)(inputs)`, for a list of tensors, symbolic ones too.

    >>> tfpy.layers.{name.lower()}([tfpy.ones((1, 2)), tfpy.ones((1, 2))]).shape
    (1, 2)
    """
    return function


add = _calling(merge.Add)
average = _calling(merge.Average)
maximum = _calling(merge.Maximum)
minimum = _calling(merge.Minimum)
multiply = _calling(merge.Multiply)
subtract = _calling(merge.Subtract)


def concatenate(inputs: Any, axis: int = -1, **options: Any) -> Any:
    """`Concatenate(axis, **options)(inputs)`, for a list of tensors, symbolic ones too.

    >>> tfpy.layers.concatenate([tfpy.ones((1, 2)), tfpy.zeros((1, 1))])
    tfpy.tensor([[1., 1., 0.]])
    """
    return merge.Concatenate(axis, **options)(inputs)


def dot(inputs: Any, axes: int | Sequence[int] = -1, **options: Any) -> Any:
    """`Dot(axes, **options)(inputs)`, for a list of two tensors, symbolic ones too.

    >>> tfpy.layers.dot([tfpy.ones((1, 2)), tfpy.ones((1, 2))])
    tfpy.tensor([[2.]])
    """
    return merge.Dot(axes, **options)(inputs)
