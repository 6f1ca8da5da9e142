"""Nodes that go from tensors to tensors, traced and run as plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import ModelFormatError, TfpyError
from ..plan.automatic import Automatic
from ..tensor import Tensor
from .definition import Node

if TYPE_CHECKING:
    from ..plan.compiled import Compiled
    from ..plan.graph import OnSteps
    from ..spec import TensorSpec
    from .program import Step

#: The number of a node's slot, and that of an output.
Place = tuple[int, int]
#: Outputs by the names of their nodes.
Kept = dict[str, list[Tensor]]
#: A segment of fewer nodes, beside others, is not worth a plan.
MIN_PLAN = 4


class Segment:
    """Steps that run as one.

    Args:
        steps: the nodes, in order.
        sources: where its inputs come from.
        results: what others take.
        constants: the values of Const nodes by slot.
        alone: whether there is nothing beside it.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        sources: list[Place],
        results: list[Place],
        constants: Mapping[int, Any],
        alone: bool,
    ) -> None:
        self.sources, self._results = sources, results
        self.waits: list[Place] = []
        self.slots = tuple(dict.fromkeys(slot for slot, _ in results))
        self._steps = with_ends(steps, set(self.slots))
        used = {slot for step in steps for slot, _ in step.sources}
        self._constants = {slot: constants[slot] for slot in used & constants.keys()}
        text = any(x.dtype.kind == "s" for (x,) in self._constants.values())
        self._plans = Automatic() if (alone or len(steps) >= MIN_PLAN) and not text else None

    @property
    def plans(self) -> list[Compiled]:
        """The plans made so far."""
        return self._plans.plans if self._plans else []

    @property
    def refusal(self) -> str | None:
        """Why it last got no plan."""
        return self._plans.refusal if self._plans else None

    def run(self, values: list[Any], kept: Kept | None = None) -> dict[int, Any]:
        """The results by slot and output; with `kept` node by node, each of which is kept there."""
        if kept is not None:
            found = self._compute(values, kept)
        elif self._plans and all(isinstance(x, Tensor) and x.dtype.kind != "s" for x in values):
            found = self._plans.run(self._compute, values)
        else:
            found = self._compute(values)
        by_slot: dict[int, Any] = {slot: {} for slot in self.slots}
        for (slot, index), x in zip(self._results, found, strict=True):
            by_slot[slot][index] = x
        return by_slot

    async def warm_up(self, specs: Sequence[TensorSpec], on_progress: OnSteps) -> None:
        """Do now what the first `run` on tensors of `specs` would do besides computing."""
        await (self._plans or Automatic()).warm_up(self._compute, specs, on_progress)

    def _compute(self, values: Sequence[Any], kept: Kept | None = None) -> list[Any]:
        held: dict[int, Any] = dict(self._constants)
        for (slot, index), x in zip(self.sources, values, strict=True):
            held.setdefault(slot, {})[index] = x
        for step, ends in self._steps:
            given = [take(held, place) for place in step.sources]
            for slot in ends:
                held.pop(slot, None)
            with errors_of(step.node):
                for i in step.host:
                    given[i] = given[i].tolist()
                result = as_outputs(step.row.run(step.node.attrs, *given))
            del given
            keep(kept, step.node, result)
            if step.slot not in ends:
                held[step.slot] = result
        return [take(held, place) for place in self._results]


def as_outputs(result: Any) -> Any:
    """What a row gives as a sequence of outputs; lists of tensors, as values, are no sequence."""
    return result if type(result) in (tuple, list) else (result,)


def keep(kept: Kept | None, node: Node, result: Sequence[Any]) -> None:
    """Keep the tensors that a node gave, if they are wanted."""
    if kept is not None:
        kept[node.name] = [engine.keep(x) for x in result if isinstance(x, Tensor)]


def take(held: Any, place: Place) -> Any:
    """One output of a node that has run."""
    slot, index = place
    try:
        return held[slot][index]
    except (IndexError, KeyError):
        raise ModelFormatError(f"a node gave no output {index} that another takes") from None


@contextmanager
def errors_of(node: Node) -> Iterator[None]:
    """Errors of what is inside name the node."""
    try:
        yield
    except TfpyError as error:
        raise type(error)(f"node {node.name} ({node.op}): {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ModelFormatError(f"node {node.name} ({node.op}) is damaged: {error!r}") from error


def with_ends(steps: Sequence[Any], needed: set[int]) -> list[tuple[Any, set[int]]]:
    """Each step with the slots that nothing after it takes; those of `needed` are taken last."""
    needed = set(needed)
    result = []
    for step in reversed(steps):
        taken = {slot for slot, _ in (*step.sources, *step.waits)}
        ends = {*step.slots, *taken} - needed
        needed |= taken
        result.append((step, ends))
    return result[::-1]
