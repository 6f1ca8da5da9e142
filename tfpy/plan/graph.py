"""The graph of a traced computation: plain data that passes rewrite and backends compile.

Values are numbers. A graph does not know where its inputs come from; that is the business of
`trace`. It holds no tensors, only data handles of the backend it was traced for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from ..spec import TensorSpec

if TYPE_CHECKING:
    from ..backends.base import Observer, Run
    from ..registry import Op

#: Called as `on_progress(done_steps, total_steps)`.
OnSteps = Callable[[int, int], None]


class Node(NamedTuple):
    """One operation: the values it takes and those it makes."""

    op: Op
    inputs: tuple[int, ...]
    attrs: dict[str, Any]
    outputs: tuple[int, ...]
    #: Whether the operation gives a tensor rather than a tuple of them.
    single: bool


class Later(NamedTuple):
    """A constant that is computed when the plan needs it, so that not all are there at once.

    `Backend.once` computes it: what runs, and the data handles it takes.
    """

    run: Run
    inputs: Sequence[Any]


class Graph:
    """Nodes in an order in which they can run.

    Attributes:
        specs: shape and dtype by value.
        inputs: the values given at every run, in order.
        constants: the data handles of values known beforehand; `Later` of some.
        nodes: the operations.
        outputs: the values wanted, in order.
        steady: inputs that are the same for many runs, as a rule: variables that none of them
            changes.
    """

    __slots__ = ("constants", "inputs", "nodes", "outputs", "specs", "steady")

    def __init__(self) -> None:
        self.specs: list[TensorSpec] = []
        self.inputs: list[int] = []
        self.constants: dict[int, Any] = {}
        self.nodes: list[Node] = []
        self.outputs: list[int] = []
        self.steady: set[int] = set()

    def new(self, spec: TensorSpec) -> int:
        """A new value."""
        self.specs.append(spec)
        return len(self.specs) - 1

    def constant(self, data: Any, spec: TensorSpec) -> int:
        """A new value that is known."""
        value = self.new(spec)
        self.constants[value] = data
        return value

    def out(self, node: Node) -> Any:
        """What `infer` said: the spec of the node's result, or the tuple of them."""
        specs = tuple(self.specs[v] for v in node.outputs)
        return specs[0] if node.single else specs

    def uses(self) -> Counter[int]:
        """How often each value is taken, by nodes or as an output."""
        return Counter([v for node in self.nodes for v in node.inputs] + self.outputs)

    def ends(self) -> list[list[int]]:
        """For each node the values that nothing after it takes; constants and inputs included."""
        needed = set(self.outputs)
        result = []
        for node in reversed(self.nodes):
            ends = {*node.inputs, *node.outputs} - needed
            needed.update(node.inputs)
            result.append(sorted(ends))
        return result[::-1]

    def dump(self) -> str:
        """The graph as text, values numbered in order of appearance: equal for equal graphs.

        Constants are named `c0`, `c1`, ..., other values `%0`, `%1`, ...
        """
        names: dict[int, str] = {}
        numbers = {"c": count(), "%": count()}

        def name(value: int) -> str:
            if value not in names:
                letter = "c" if value in self.constants else "%"
                names[value] = f"{letter}{next(numbers[letter])}"
            return names[value]

        def typed(value: int) -> str:
            spec = self.specs[value]
            return f"{name(value)}: {spec.dtype}{list(spec.shape)}"

        lines = [f"inputs {', '.join(map(typed, self.inputs))}".rstrip()]
        for node in self.nodes:
            given = [name(v) if v in names else typed(v) for v in node.inputs]
            attrs = [f"{key}={value!r}" for key, value in node.attrs.items()]
            made = ", ".join(map(typed, node.outputs))
            lines.append(f"{made} = {node.op.name}({', '.join((*given, *attrs))})")
        lines.append(
            f"outputs {', '.join(name(v) if v in names else typed(v) for v in self.outputs)}"
        )
        return "\n".join(lines)


class Plan(ABC):
    """A compiled graph."""

    @abstractmethod
    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The data handles of the graph's outputs for those of its inputs."""

    @abstractmethod
    def observe(self, inputs: Sequence[Any], observer: Observer) -> list[Any]:
        """The same as `run`, each piece of work through `observer`; see `Backend.watched`."""

    async def warm_up(self, specs: Sequence[TensorSpec], on_progress: OnSteps) -> None:
        """Do now what the first run would do besides computing; others get their turns meanwhile.

        Args:
            specs: of the inputs.
            on_progress: called as `on_progress(done_steps, total_steps)`.
        """
        on_progress(1, 1)

    def describe(self) -> dict[str, Any]:
        """What the plan costs, for people and tests: counts by name."""
        return {}

    def dump(self) -> str:
        """What the backend does at a run, as text that is equal for equal plans."""
        return ""
