"""What of a graph runs, in which order, and what of it can be a plan. Nothing here computes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..errors import ModelFormatError
from .definition import Node, Nodes, Port
from .table import CUSTOM, FUSED, SOURCES, find, output_names

#: Operations whose outputs are their inputs, whatever these are.
PASSING = ("Identity", "IdentityN", "Snapshot", "PlaceholderWithDefault")
#: Way of a branch: the port of a Switch's condition, and the output that is alive.
_Gate = tuple[Port, int]


def in_order(nodes: Nodes, inputs: Iterable[str], outputs: Iterable[str]) -> list[str]:
    """The nodes that `outputs` need, each after what it takes; nothing behind `inputs`.

    Raises `ModelFormatError` for a cycle.
    """
    fed = set(inputs)
    weighty = _weighty(nodes)
    order: list[str] = []
    state: dict[str, int] = {}  # 1: being visited, 2: done
    stack = list(reversed(list(outputs)))
    while stack:
        name = stack[-1]
        if state.get(name) is None:
            state[name] = 1
            if name in fed:
                continue
            for before in reversed(_before(nodes[name], weighty)):
                if state.get(before) == 1:
                    raise ModelFormatError(f"the graph has a cycle through {before}")
                if before not in state:
                    stack.append(before)
            continue
        stack.pop()
        if state[name] == 1:
            state[name] = 2
            order.append(name)
    return order


def _before(node: Node, weighty: set[str]) -> list[str]:
    waits = [name for name in node.control if name in weighty]
    return [*(port.node for port in node.inputs), *waits]


def _weighty(nodes: Nodes) -> set[str]:
    """The nodes that others wait for with reason: those that do more than to compute a value, that
    may be on a way not taken, and what comes of them. Waiting for any other changes nothing."""
    users: dict[str, list[str]] = {}
    for node in nodes.values():
        for name in (*(port.node for port in node.inputs), *node.control):
            users.setdefault(name, []).append(node.name)
    waiting = [n for n, node in nodes.items() if _how(node) in ("apart", "context")]
    found = set(waiting)
    while waiting:
        new = [user for user in users.get(waiting.pop(), ()) if user not in found]
        found.update(new)
        waiting += new
    return found


def _how(node: Node) -> str | None:
    row = find(node.op)
    return row.how if row else None


# -------------------------------------------------------------------------------------- checks


def lacking_ops(nodes: Nodes, order: Iterable[str]) -> set[str]:
    """Operations that tfpy lacks, and what it lacks of those that the converter merged."""
    found = set()
    for node in map(nodes.__getitem__, order):
        if node.op not in SOURCES and find(node.op) is None:
            found.add(node.op)
        merged = node.attrs.get("fused_ops")
        if isinstance(merged, list) and "Fused" in node.op and node.op not in CUSTOM:
            found.update(f"{node.op} with {name}" for name in merged if str(name) not in FUSED)
    return found


def check_nodes(nodes: Nodes, names: Iterable[str], outputs: Iterable[Port]) -> None:
    """Refuse nodes with too few or too many inputs, and ports that no node has."""
    for name in names:
        node = nodes[name]
        row = find(node.op)
        if row is None:
            continue
        least, most = row.arity()
        count = len(node.inputs)
        if count < least or (most is not None and count > most):
            raise ModelFormatError(f"node {name} ({node.op}) has {count} inputs")
        check_ports(nodes, node.inputs, name)
    check_ports(nodes, outputs, "the outputs")


def check_ports(nodes: Nodes, ports: Iterable[Port], user: str) -> None:
    """Refuse ports that no node has; `user` is who takes from them."""
    for port in ports:
        source = nodes[port.node]
        names = [""] if source.op in SOURCES else output_names(source)
        if names is not None and port.output >= len(names):
            raise ModelFormatError(
                f"{user}: output {port.output} of {port.node} ({source.op}), which has {len(names)}"
            )


# -------------------------------------------------------------------------------------- layout


class Segment(NamedTuple):
    """Nodes that run as one plan.

    Attributes:
        names: the nodes, in order.
        sources: the ports that come from outside.
        results: the ports that are wanted outside.
    """

    names: list[str]
    sources: list[Port]
    results: list[Port]


class Layout:
    """How to run a graph: in stages of a segment, and then nodes that run apart.

    Attributes:
        order: every node that is run or holds a value.
        stages: a segment (or None), and names of nodes.
        unfed: names of placeholders that nobody feeds.
    """

    def __init__(self, nodes: Nodes, inputs: Sequence[str], outputs: Sequence[Port]) -> None:
        self._nodes, self._fed = nodes, set(inputs)
        names = in_order(nodes, inputs, [port.node for port in outputs])
        self._weighty = _weighty(nodes)
        self._passing = {n for n in names if n not in self._fed and self._passes(nodes[n])}
        self._gates: dict[str, frozenset[_Gate]] = {}
        for name in names:
            self._gates[name] = self._gates_of(name)
        self.order = [n for n in names if n not in self._passing and n not in self._fed]
        self.unfed = [n for n in self.order if nodes[n].op == "Placeholder"]
        self._numbers: set[str] = set()
        self.stages = self._stages(outputs)

    def source(self, port: Port) -> Port:
        """Where a value comes from, through nodes that only pass it on."""
        while port.node in self._passing:
            node = self._nodes[port.node]
            port = node.inputs[port.output if node.op == "IdentityN" else 0]
        return port

    def _passes(self, node: Node) -> bool:
        """Whether a node does nothing but to pass values on."""
        return node.op in PASSING and not any(n in self._weighty for n in node.control)

    def sources(self, name: str) -> list[Port]:
        """Where a node's inputs come from."""
        return [self.source(port) for port in self._nodes[name].inputs]

    def waits(self, name: str) -> list[Port]:
        """Where the nodes come from that a node waits for."""
        names = [n for n in self._nodes[name].control if n in self._weighty]
        return [self.source(Port(n, 0)) for n in names]

    # ---------------------------------------------------------------------------- branches

    def _gates_of(self, name: str) -> frozenset[_Gate]:
        """The ways that must be taken for a node to be computed."""
        node = self._nodes[name]
        if name in self._fed:
            return frozenset()
        ports = [*node.inputs, *(Port(n, 0) for n in node.control if n in self._weighty)]
        gates = frozenset(gate for port in ports for gate in self._port_gates(port))
        if node.op != "Merge":
            return gates
        return frozenset((port, way) for port, way in gates if (port, 1 - way) not in gates)

    def _port_gates(self, port: Port) -> frozenset[_Gate]:
        node, gates = self._nodes[port.node], self._gates[port.node]
        if port.node in self._fed or node.op != "Switch":
            return gates
        return gates | {(node.inputs[1], port.output)}

    # ------------------------------------------------------------------------------ stages

    def is_constant(self, name: str) -> bool:
        """Whether a node holds a value from the begin."""
        fed = name in self._fed
        return self._nodes[name].op == "Const" and not fed and not self._gates[name]

    def _stages(self, outputs: Sequence[Port]) -> list[tuple[Segment | None, list[str]]]:
        planned: dict[int, list[str]] = {}
        apart: dict[int, list[str]] = {}
        stage: dict[str, int] = {}  # of what runs in segments
        after: dict[str, int] = {}  # of what runs apart
        for name in self.order:
            if self.is_constant(name):
                self._numbers.add(name)
                continue
            if self._nodes[name].op == "Placeholder":
                continue
            before = [port.node for port in (*self.sources(name), *self.waits(name))]
            at = max((stage[n] for n in before if n in stage), default=0)
            if self._is_planned(name):
                at = max([at, *(after[n] + 1 for n in before if n in after)])
                stage[name] = at
                planned.setdefault(at, []).append(name)
            else:
                after[name] = max([at, *(after[n] for n in before if n in after)])
                apart.setdefault(after[name], []).append(name)
        wanted = {self.source(port) for port in outputs}
        wanted.update(port for names in apart.values() for n in names for port in self._uses(n))
        drafts = {at: self._draft(names) for at, names in planned.items()}
        wanted.update(port for _, sources in drafts.values() for port in sources)
        result: list[tuple[Segment | None, list[str]]] = []
        for at in sorted({*planned, *apart}):
            segment = None
            if at in planned:
                own = set(planned[at])
                results = sorted(port for port in wanted if port.node in own)
                segment = Segment(*drafts[at], results)
            result.append((segment, apart.get(at, [])))
        return result

    def _uses(self, name: str) -> list[Port]:
        return [*self.sources(name), *self.waits(name)]

    def _is_planned(self, name: str) -> bool:
        """Whether a node can be part of a plan; notes those that a trace knows the value of."""
        op = self._nodes[name].op
        row: Any = find(op)
        if op in SOURCES or op in PASSING or row.how != "plan" or self._gates[name]:
            return False
        sources = self.sources(name)
        if not all(sources[i].node in self._numbers for i in host_places(row, len(sources))):
            return False
        known = sources and all(p.node in self._numbers for p in sources)
        # What is drawn must not be drawn again where its value is needed as a number.
        if row.reads_shape or (known and not row.random):
            self._numbers.add(name)
        return True

    def _draft(self, names: Sequence[str]) -> tuple[list[str], list[Port]]:
        """A segment's nodes and what it takes.

        Numbers that its kernels need must be computed in it, for a trace knows no value that comes
        from outside: so what computes them is part of it, if that was part of one before, too.
        """
        own = set(names)
        waiting = [
            sources[i].node
            for name in names
            for sources in [self.sources(name)]
            for i in host_places(find(self._nodes[name].op), len(sources))
        ]
        while waiting:
            name = waiting.pop()
            if name in own or self.is_constant(name):
                continue
            own.add(name)
            if not find(self._nodes[name].op).reads_shape:  # type: ignore[union-attr]
                waiting += [port.node for port in self.sources(name)]
        members = [n for n in self.order if n in own]
        ports = dict.fromkeys(port for n in members for port in self.sources(n))
        return members, [p for p in ports if p.node not in own and not self.is_constant(p.node)]


def host_places(row: Any, count: int) -> list[int]:
    """Positions of the inputs whose values a row needs, of `count` that there are."""
    return [i % count for i in row.host if i < count]
