"""A recording made runnable: tensors in, tensors out, variables read before and written after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..spec import TensorSpec
from ..tensor import Tensor
from .graph import Graph, OnSteps
from .passes import optimize
from .trace import trace


class Compiled:
    """A function of tensors of certain specs, as a plan on one backend.

    Args:
        function: takes tensors, returns a sequence of tensors; called once, to trace it.
        specs: of the tensors.
        freeze: take variables for constants; `is_current` then tells whether they still are.

    Attributes:
        graph: what is computed, after the passes.
        removed: nodes that each pass took away.
        traced: nodes before the passes.
    """

    def __init__(
        self,
        function: Callable[..., Sequence[Tensor]],
        specs: Sequence[TensorSpec],
        freeze: bool = False,
    ) -> None:
        self.backend = backend = engine.current_backend()
        recording = trace(function, specs, backend, freeze)
        self.graph: Graph = recording.graph
        self.traced = len(self.graph.nodes)
        self.removed = optimize(self.graph, backend)
        self._variables, self._draws = recording.variables, recording.draws
        self._updates, self._frozen = recording.updates, recording.frozen
        self._specs = recording.specs
        self._count = len(self._specs)
        self.plan = backend.compile(self.graph)
        # From here on the plan decides which constants live on, and in what form.
        self.graph.constants = dict.fromkeys(self.graph.constants)

    def is_current(self) -> bool:
        """Whether the variables taken for constants have not changed since."""
        backend = self.backend
        for variable, data in self._frozen:
            if variable._data is not data or variable.backend is not backend:
                return False
        return True

    def run(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """The results for `tensors`; writes the updated variables back."""
        backend = self.backend
        given = [x.data_on(backend) for x in tensors]
        given += [v.data_on(backend) for v in self._variables]
        given += [backend.upload(draw(), spec) for draw, spec in self._draws]
        watch = backend.observer
        made = self.plan.run(given) if watch is None else self.plan.observe(given, watch)
        for variable, data in zip(self._updates, made[self._count :], strict=True):
            variable._data, variable.backend = data, backend
        from_data = engine.from_data
        return [from_data(data, spec) for data, spec in zip(made, self._specs, strict=False)]

    async def warm_up(self, on_progress: OnSteps) -> None:
        """Do now what the first run would do besides computing."""
        await self.plan.warm_up([self.graph.specs[v] for v in self.graph.inputs], on_progress)

    def describe(self) -> dict[str, Any]:
        """Numbers about the plan: nodes, what passes took away, what the backend tells."""
        constants = [self.graph.specs[v] for v in self.graph.constants]
        return {
            "backend": self.backend.name,
            "traced": self.traced,
            **self.removed,
            "nodes": len(self.graph.nodes),
            "constants": len(constants),
            "constant_bytes": sum(spec.nbytes for spec in constants),
            "variables": len(self._variables),
            "updates": len(self._updates),
            **self.plan.describe(),
        }

    def dump(self, draws: bool = False) -> str:
        """The graph as text, or with `draws` what the backend makes of it."""
        return self.plan.dump() if draws else self.graph.dump()
