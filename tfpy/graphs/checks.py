"""What is wrong with a graph, told before its weights are fetched."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..errors import ModelFormatError, UnsupportedError
from .analysis import check_nodes, in_order, lacking_ops
from .definition import Function, Graph, Node, Nodes, Port, check_references
from .loops import MAX_DEPTH, lift_loops
from .rows.tables import fills_table

_CALLED = ("then_branch", "else_branch", "cond", "body", "f")


class Parts:
    """What is needed of a graph: its operations, constants, and what is found wrong.

    Args:
        graph: what to look through.
        outputs: ports that must be computed; by default the signature's.
        fed: the nodes that get a value; by default the signature's inputs.
    """

    def __init__(
        self,
        graph: Graph,
        outputs: Collection[Port] | None = None,
        fed: Iterable[str] | None = None,
    ) -> None:
        self.nodes: list[Node] = []
        self.lacking: set[str] = set()
        self._functions = graph.functions
        self._depths: dict[int, int] = {}
        inputs = graph.fed() if fed is None else fed
        wanted = [info.port for info in graph.outputs] if outputs is None else outputs
        self._look(lift_loops(graph.nodes), inputs, wanted, 0)
        if graph.initializer is not None:
            init = graph.initializer
            self._look(lift_loops(init.nodes), [], initialized(init), 0)

    def _look(
        self, nodes: Nodes, inputs: Iterable[str], outputs: Collection[Port], depth: int
    ) -> int:
        """Look through the nodes that `outputs` need; returns how deep their calls go."""
        check_references(nodes, outputs, "in the outputs")
        fed = set(inputs)
        order = [n for n in in_order(nodes, fed, [p.node for p in outputs]) if n not in fed]
        self.lacking |= lacking_ops(nodes, order)
        self.nodes += [nodes[n] for n in order]
        check_nodes(nodes, order, outputs)
        return max((self._called(nodes[n], depth) for n in order), default=0)

    def _called(self, node: Node, depth: int) -> int:
        deepest = 0
        for name in _CALLED:
            called = node.attrs.get(name)
            if isinstance(called, str) and called in self._functions:
                called = self._functions[called]
            if isinstance(called, Function):
                deepest = max(deepest, 1 + self._function(called, depth + 1))
            elif name in node.attrs and _is_call(node):
                raise ModelFormatError(f"node {node.name} ({node.op}): no function {called}")
        return deepest

    def _function(self, function: Function, depth: int) -> int:
        key = id(function)
        # What is known may be called from further down this time; what is not, is looked at only
        # where that is allowed, so that nothing here goes deeper.
        if depth <= MAX_DEPTH and key not in self._depths:
            self._depths[key] = MAX_DEPTH  # whoever comes here again meanwhile calls itself
            nodes = lift_loops(function.nodes)
            found = self._look(nodes, function.arguments, function.results, depth)
            self._depths[key] = found
        if depth + self._depths.get(key, 0) > MAX_DEPTH:
            raise ModelFormatError(
                f"function {function.name} calls itself, or functions {MAX_DEPTH} deep"
            )
        return self._depths[key]


def initialized(init: Graph) -> list[Port]:
    """What of an initializer runs: its outputs, and what fills tables, which nobody takes from."""
    fills = [Port(node.name, 0) for node in init.nodes.values() if fills_table(node)]
    return [*(info.port for info in init.outputs), *fills]


def _is_call(node: Node) -> bool:
    return node.op in ("If", "StatelessIf", "While", "StatelessWhile") or node.op.endswith("Call")


def check_graph(
    graph: Graph,
    weights: Collection[str],
    outputs: Collection[Port] | None = None,
    fed: Iterable[str] | None = None,
) -> None:
    """Refuse a graph that could not run.

    Args:
        graph: what to check.
        weights: names of the constants that there are.
        outputs, fed: as for `Parts`.

    Raises:
        UnsupportedError: operations tfpy lacks; all are listed.
        ModelFormatError: what else is wrong.
    """
    parts = Parts(graph, outputs, fed)
    if parts.lacking:
        names = ", ".join(sorted(parts.lacking))
        raise UnsupportedError(
            f"operations that tfpy lacks: {names} (tfpy.register_op can add them)"
        )
    have = set(weights)
    without = [n.name for n in parts.nodes if n.op == "Const" and n.name not in have]
    if without:
        raise ModelFormatError(f"constants without a weight: {', '.join(dict.fromkeys(without))}")
