"""What Keras keeps in `keras.utils`, by its names there."""

from __future__ import annotations

from typing import Any

from .dtypes import int32
from .engine import as_tensor
from .errors import ArgumentError
from .ops.creation import one_hot
from .ops.elementwise import equal, where
from .ops.generator import set_seed as set_random_seed
from .ops.reduce import max, min, norm
from .tensor import Tensor

__all__ = ["normalize", "set_random_seed", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> Tensor:
    """Labels as rows with a 1 at the label: `tfpy.one_hot` that finds out how many there are.

    Args:
        x: integers from 0 on, of any shape; a last axis of size 1 goes away, as in Keras.
        num_classes: the size of the new axis, by default one more than the largest label.

    Returns: float32 of the shape of `x` and `num_classes`.

    Raises `ArgumentError` if a label is none of the classes, or there are no labels to count.

    >>> tfpy.utils.to_categorical([0, 2, 1])
    tfpy.tensor([[1., 0., 0.],
                 [0., 0., 1.],
                 [0., 1., 0.]])
    """
    labels = as_tensor(x, int32)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels.reshape(labels.shape[:-1])
    low, high = (int(min(labels)), int(max(labels))) if labels.size else (0, -1)
    classes = high + 1 if num_classes is None else num_classes
    if low < 0 or high >= classes or classes < 1:
        stray = low if low < 0 else "no label" if high < 0 else high
        raise ArgumentError(f"to_categorical: {stray} is none of {classes} classes")
    return one_hot(labels, classes)


def normalize(x: Any, axis: int = -1, order: int = 2) -> Tensor:
    """`x` divided by its norms of this order along an axis; what is 0 throughout stays so.

    >>> tfpy.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
    tfpy.tensor([[0.6, 0.8],
                 [ 0.,  0.]])
    """
    norms = norm(x, order, axis, True)
    return as_tensor(x) / where(equal(norms, 0.0), 1.0, norms)
