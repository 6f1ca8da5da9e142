"""Operations on tensors of strings, which live on the host as tuples.

Moving strings is moving the numbers of their places, which the backend does as for any tensor;
comparing them is Python's. Functions that work on text are in `tfpy.string`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from .. import engine
from ..dtypes import bool_, int32, string
from ..errors import DTypeError, TraceError
from ..registry import Op
from ..spec import TensorSpec, broadcast_shapes
from ..tensor import Tensor
from .creation import arange, pack
from .movement import broadcast_to

#: What moves elements; `place` and `gather` fill the rest with empty strings.
_MOVES = frozenset(
    (
        *("reshape", "transpose", "broadcast_to", "take_slice", "place", "concat", "gather"),
        *("where", "scatter_rows"),
    )
)
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


def apply(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    """Run `op`, which has inputs of strings or makes some; for `engine.apply`."""
    if engine.tracer() is not None:
        raise TraceError(f"{op.name}: strings cannot be part of a plan; work on them outside")
    if op.name in _MOVES:
        return _move(op, inputs, attrs)
    if op.name in _COMPARES:
        return _compare(op.name, *inputs)
    if op.name == "fill":
        spec = op.infer(**attrs)
        return engine.from_buffer([attrs["value"]] * spec.size, spec)  # type: ignore[arg-type]
    if op.name == "cast":
        raise DTypeError(f"cast: {inputs[0].dtype} cannot become {attrs['dtype']}")
    raise DTypeError(f"{op.name} does not take string tensors")


def _move(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Tensor:
    strings = [x for x in inputs if x.dtype is string]
    # Place 0 is the empty string's: it is what fills.
    ends = accumulate((x.size for x in strings), initial=1)
    texts: list[Any] = ["", *(text for x in strings for text in x.data_sync())]
    places = tuple(_places(x, next(ends)) if x.dtype is string else x for x in inputs)
    filled = {**attrs, "value": 0} if "value" in attrs else attrs
    moved = engine.apply(op, places, filled)
    found: Any = [texts[i] for i in moved.data_sync()]
    return engine.from_buffer(found, TensorSpec(moved.shape, string))


def _places(x: Tensor, first: int) -> Tensor:
    return arange(first, first + x.size, dtype=int32).reshape(x.shape)


def _compare(name: str, a: Tensor, b: Tensor) -> Tensor:
    shape = broadcast_shapes(name, a.shape, b.shape)
    pairs = zip(*(broadcast_to(x, shape).data_sync() for x in (a, b)), strict=True)
    results = [_COMPARES[name](x, y) for x, y in pairs]
    return engine.from_buffer(pack(results, bool_), TensorSpec(shape, bool_))
