"""What a model's `warmup` needs to know: the full shapes of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..dtypes import DType, float32
from ..errors import ArgumentError, ShapeError
from ..spec import TensorSpec


class Known(NamedTuple):
    """What a model knows of an input before it sees one: None for what it does not."""

    name: str
    shape: Sequence[int | None] | None
    dtype: DType | None


def input_specs(model: str, inputs: Sequence[Known], input_shape: Any = None) -> list[TensorSpec]:
    """Specs of the inputs with the sizes of `input_shape`, or of what is known and a batch of one.

    Args:
        model: its name, for messages.
        inputs: the model's.
        input_shape: a shape, batch included, or a list of them for several inputs.

    Raises:
        ArgumentError: a size is not known.
        ShapeError: a shape does not fit the model.
    """
    if input_shape is None:
        shapes: list[Any] = [_assumed(model, x) for x in inputs]
    else:
        shapes = [input_shape] if isinstance(input_shape, tuple) else list(input_shape)
    if len(shapes) != len(inputs):
        raise ShapeError(
            f"{model}.warmup: {len(inputs)} input shapes are needed, not {len(shapes)}"
        )
    for x, shape in zip(inputs, shapes, strict=True):
        if x.shape is not None and not _fits(x.shape, shape):
            raise ShapeError(f"{model}.warmup: input {x.name} has shape {x.shape}, not {shape}")
    return [
        TensorSpec(tuple(shape), x.dtype or float32)
        for x, shape in zip(inputs, shapes, strict=True)
    ]


def _assumed(model: str, x: Known) -> tuple[int | None, ...]:
    shape = tuple(x.shape or ())
    if x.shape is None or None in shape[1:]:
        raise ArgumentError(f"{model}.warmup: give input_shape; {x.name} has shape {x.shape}")
    return tuple(1 if i == 0 and n is None else n for i, n in enumerate(shape))


def _fits(known: Sequence[int | None], shape: Any) -> bool:
    return len(known) == len(shape) and all(
        isinstance(n, int) and n > 0 and m in (None, n) for m, n in zip(known, shape, strict=True)
    )
