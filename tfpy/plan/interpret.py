"""A plan that every backend has: the graph's nodes, one prepared kernel after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .graph import Graph, Later, Plan

if TYPE_CHECKING:
    from ..backends import Backend
    from ..backends.base import Observer, Run


class Interpreter(Plan):
    """Runs a graph with the kernels of eager execution, nothing looked up by name or shape.

    A value is let go after its last use.
    """

    def __init__(self, backend: Backend, graph: Graph) -> None:
        self._size = len(graph.specs)
        self._inputs, self._outputs = list(graph.inputs), list(graph.outputs)
        self._constants = {
            v: backend.once(*data) if isinstance(data, Later) else data
            for v, data in graph.constants.items()
        }
        self._steps: list[Any] = []
        self._named = [(n.op.name, [graph.specs[v] for v in n.outputs]) for n in graph.nodes]
        self._graph = graph
        for node, ends in zip(graph.nodes, graph.ends(), strict=True):
            specs = tuple(graph.specs[v] for v in node.inputs)
            run = backend.prepare(node.op, specs, node.attrs, graph.out(node))
            target = node.outputs[0] if node.single else None
            self._steps.append((run, node.inputs, target, node.outputs, ends))

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        held: list[Any] = [None] * self._size
        for value, data in self._constants.items():
            held[value] = data
        for value, data in zip(self._inputs, inputs, strict=True):
            held[value] = data
        for run, sources, target, targets, ends in self._steps:
            if target is not None:
                held[target] = run([held[v] for v in sources])
            else:
                for value, data in zip(targets, run([held[v] for v in sources]), strict=True):
                    held[value] = data
            for value in ends:
                held[value] = None
        return [held[v] for v in self._outputs]

    def observe(self, inputs: Sequence[Any], observer: Observer) -> list[Any]:
        def through(name: str, outs: Any, run: Run) -> Run:
            return lambda given: observer(name, outs, lambda: run(given))

        steps = self._steps
        self._steps = [
            (through(*named, run), *rest)
            for named, (run, *rest) in zip(self._named, steps, strict=True)
        ]
        try:
            return self.run(inputs)
        finally:
            self._steps = steps

    def describe(self) -> dict[str, Any]:
        return {"kernels": len(self._steps)}

    def dump(self) -> str:
        return self._graph.dump()
