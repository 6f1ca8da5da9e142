"""What a `call` of somebody else's would give for symbolic tensors, found by recording it.

Nothing is computed, and no weight is read. Layers of tfpy's say their shapes themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import engine
from ..dtypes import DType
from ..errors import TraceError
from ..plan.trace import trace
from ..spec import TensorSpec, is_int
from ..tensor import Tensor
from .symbolic import PartialShape, leaves, mapped

#: Stand for sizes that are not known: what differs between the two is not known of a result either.
_SIZES = 83, 89


class Foretold(NamedTuple):
    """Shape, None where a size is not known, and dtype of a tensor that is given or to come."""

    shape: PartialShape
    dtype: DType


def foretell(call: Callable[..., Any], arguments: Any) -> Any:
    """What `call(*arguments)` gives: its nested lists and dicts with `Foretold` for tensors.

    Args:
        call: computes with tfpy's operations.
        arguments: a sequence of them, in which `Foretold` stands for tensors.

    Raises:
        TraceError: it needs values, or gives something else.
    """
    given = [x for x in leaves(arguments) if isinstance(x, Foretold)]
    found = [_recorded(call, arguments, given, size) for size in _SIZES]
    (structure, first), (_, second) = found
    if [len(x.shape) for x in first] != [len(x.shape) for x in second]:
        raise TraceError("the rank of a result depends on a size")
    merged = (
        Foretold(
            tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True)), a.dtype
        )
        for a, b in zip(first, second, strict=True)
    )
    return mapped(lambda _: next(merged), structure)


def of_shapes(shapes: Any, dtype: DType) -> Any:
    """`Foretold` of that dtype for every shape in nested lists and dicts."""
    if isinstance(shapes, dict):
        return {k: of_shapes(v, dtype) for k, v in shapes.items()}
    if isinstance(shapes, list) and not all(n is None or is_int(n) for n in shapes):
        return [of_shapes(v, dtype) for v in shapes]
    return Foretold(tuple(shapes), dtype)


def _recorded(
    call: Callable[..., Any], arguments: Any, given: Sequence[Foretold], size: int
) -> tuple[Any, list[TensorSpec]]:
    """The results' structure and their specs, with `size` for every size that is not known."""
    structure: Any = None

    def run(*xs: Tensor) -> list[Tensor]:
        nonlocal structure
        rest = iter(xs)
        values = mapped(lambda x: next(rest) if isinstance(x, Foretold) else x, list(arguments))
        structure = call(*values)
        results = list(leaves(structure))
        if not all(isinstance(x, Tensor) for x in results):
            raise TraceError("a result is no tensor")
        return results

    specs = [TensorSpec(tuple(size if n is None else n for n in s), dtype) for s, dtype in given]
    with engine.outside_trace():
        results = trace(run, specs, engine.current_backend()).specs
    return structure, results
