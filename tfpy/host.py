"""Operations that Python computes from values it reads back: sets, strings, decompositions.

They are for what a graphics card cannot do or is too little to be worth a kernel, and they are the
same on every backend. Where the size of a result depends on values, `infer` says None for that
dimension and the values decide. This module runs them; `registry.host` makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from . import engine
from .errors import ShapeError, TraceError
from .spec import Shape, TensorSpec

if TYPE_CHECKING:
    from .registry import Op
    from .tensor import Tensor


class HostArray(NamedTuple):
    """Elements in row-major order: a memoryview, an array or a list, and their shape."""

    values: Sequence[Any]
    shape: Shape


def apply(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
    """Run `op`, blocking until the values of `inputs` are there; for `engine.apply`."""
    outs = infer(op, inputs, attrs)
    try:
        values = [x.data_sync() for x in inputs]
    except TraceError as error:
        raise TraceError(f"{op.name} computes from values: {error}") from None
    return _run(op, inputs, attrs, values, outs)


async def apply_async(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
    """The same without blocking the event loop while the values are read."""
    outs = infer(op, inputs, attrs)
    values = [await x.data() for x in inputs]
    return _run(op, inputs, attrs, values, outs)


def infer(op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
    """The specs of the results, as far as they are known; refuses wrong inputs."""
    return op.infer(*[x.spec for x in inputs], **attrs)


def _run(
    op: Op, inputs: tuple[Tensor, ...], attrs: dict[str, Any], values: list[Any], outs: Any
) -> Any:
    arrays = [HostArray(v, x.shape) for v, x in zip(values, inputs, strict=True)]
    single = isinstance(outs, TensorSpec)
    found = op.body(*arrays, **attrs)  # type: ignore[misc]
    pairs = zip([found] if single else found, [outs] if single else outs, strict=True)
    results = tuple(_tensor(op.name, array, spec) for array, spec in pairs)
    for tape in engine.active_tapes():
        tape.record(op, inputs, attrs, results)
    return results[0] if single else results


def _tensor(op: str, array: HostArray, spec: TensorSpec) -> Tensor:
    """A tensor of what was computed, which must be what `infer` promised."""
    fits = len(array.shape) == len(spec.shape) and all(
        n in (None, m) for n, m in zip(spec.shape, array.shape, strict=True)
    )
    if not fits or prod(array.shape) != len(array.values):
        raise ShapeError(f"{op}: computed shape {array.shape} where {spec.shape} was promised")
    from .ops.creation import pack

    return engine.from_buffer(pack(array.values, spec.dtype), TensorSpec(array.shape, spec.dtype))
