"""From a graph and the outputs wanted to the steps that compute them.

Only what the outputs need is run, and a value is let go after its last use. What goes from tensors
to tensors runs in segments, each traced and run as a plan of `tfpy.plan`; what needs the values of
tensors, or has to do with more than tensors, runs between them, a node at a time. A graph without
such nodes is one segment.

Everything here is a coroutine of `tfpy.waiting`: `execute` runs it to its end, `execute_async` lets
the event loop go on while values are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import engine
from ..errors import ArgumentError, ExecutionError, ModelFormatError, TraceError
from ..tensor import Tensor
from .analysis import Layout, host_places
from .definition import Function, Node, Nodes, Port
from .ends import Outputs
from .loops import lift_loops
from .rows.control import DEAD
from .segment import Kept, Place, Segment, as_outputs, errors_of, keep, take, with_ends
from .table import CUSTOM, Row, find

if TYPE_CHECKING:
    from ..plan.graph import OnSteps
    from ..spec import TensorSpec
    from ..waiting import Blocking

#: Rounds of loops that a trace may unroll.
MAX_UNROLLED = 256


class Library:
    """What the programs of a model share: its functions, constants and tables."""

    def __init__(self, functions: Mapping[str, Function], weights: Mapping[str, Any]) -> None:
        self.weights = weights
        self.tables: dict[str, Any] = {}
        self._functions = functions
        self._programs: dict[Any, Program] = {}

    def program(self, function: Function | str) -> Program:
        """How to run a function, made at its first call."""
        if isinstance(function, str):
            function = self._functions[function]
        key = id(function)  # functions live as long as the graph that this is for
        if key not in self._programs:
            nodes = lift_loops(function.nodes)
            self._programs[key] = Program(self, nodes, function.arguments, function.results)
        return self._programs[key]

    @property
    def programs(self) -> list[Program]:
        """Those of functions that were called."""
        return list(self._programs.values())

    def forget(self) -> None:
        """Let go of the programs, to make them anew."""
        self._programs.clear()

    def constant(self, name: str) -> Any:
        """The value of a Const node."""
        return self.weights[name]


class Context:
    """One run of a model, for nodes that need more than their inputs.

    Args:
        library: of the model.
        wait: `waiting.BLOCKING` or `AWAITING`.
        limit: rounds of loops that the run may take.
    """

    def __init__(self, library: Library, wait: Blocking, limit: int) -> None:
        self._library, self.wait, self._limit = library, wait, limit
        self.tables = library.tables
        self.pause = wait.pause
        self._rounds = 0

    async def read(self, x: Any) -> Any:
        """The values of a tensor, flat."""
        return await self.wait.read(x)

    async def numbers(self, x: Any) -> Any:
        """The values of a tensor as nested lists, or its number."""
        return await x.array() if self.wait.is_async else x.tolist()

    async def truth(self, x: Any) -> bool:
        """What a condition says: whether it is not 0; of several values, whether there are any."""
        return bool((await self.read(x))[0]) if x.ndim == 0 else x.size > 0

    async def settled(self, value: Any) -> Any:
        """`value`, awaited if it can be."""
        from ..waiting import settled

        return await settled(value)

    async def call(self, function: Function | str, given: list[Any]) -> list[Any]:
        """The results of a function; empties `given`, so that each goes after its last use."""
        program = self._library.program(function)
        if len(given) != len(program.inputs):
            raise ModelFormatError(
                f"a function takes {len(program.inputs)} arguments, not {len(given)}"
            )
        return await program.run(self, given)

    def count_round(self, name: str) -> None:
        """Refuse a loop that does not end."""
        self._rounds += 1
        if self._rounds > self._limit:
            raise ExecutionError(
                f"loop {name}: more than {self._limit} rounds (model.max_rounds may allow more)"
            )
        if self._rounds > MAX_UNROLLED and engine.tracer() is not None:
            raise TraceError(f"loop {name}: more than {MAX_UNROLLED} rounds to unroll")


class Step(NamedTuple):
    """One node: what runs, the (slot, output) of each input and of what it waits for, the inputs
    whose numbers are needed, the slot of the result."""

    node: Node
    row: Row
    sources: list[Place]
    waits: list[Place]
    host: list[int]
    slot: int

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots that get a value."""
        return (self.slot,)


class Program:
    """How to get from values of `inputs` to those of `outputs`.

    Args:
        library: functions, constants and tables.
        nodes: the graph, without TensorFlow 1's loops.
        inputs: names of the nodes that are fed.
        outputs: what is wanted.

    Attributes:
        names: of the outputs, with the number of the port.
    """

    def __init__(
        self, library: Library, nodes: Nodes, inputs: Sequence[str], outputs: Sequence[Port]
    ) -> None:
        layout = Layout(nodes, inputs, outputs)
        self.inputs, self._unfed = inputs, layout.unfed
        slots = {name: i for i, name in enumerate(dict.fromkeys((*inputs, *layout.order)))}
        self._size = len(slots)
        held = {n: (library.constant(n),) for n in layout.order if nodes[n].op == "Const"}
        self._constants = {slots[n]: v for n, v in held.items() if layout.is_constant(n)}

        def places(ports: Iterable[Port]) -> list[Place]:
            return [(slots[port.node], port.output) for port in ports]

        def step(name: str) -> Step:
            node, sources = nodes[name], places(layout.sources(name))
            row: Any = find(node.op)
            if node.op == "Const":
                row = Row(lambda attrs: held[name], how="apart")
            host = host_places(row, len(sources))
            return Step(node, row, sources, places(layout.waits(name)), host, slots[name])

        self._outputs = places(map(layout.source, outputs))
        self.names = [f"{port.node}:{port.output}" for port in outputs]
        steps: list[Any] = []
        self._segments: list[Segment] = []
        alone = len(layout.stages) == 1 and not layout.stages[0][1]
        for segment, apart in layout.stages:
            if segment is not None:
                inside = [step(name) for name in segment.names]
                ends = places(segment.sources), places(segment.results)
                made = Segment(inside, *ends, self._constants, alone)
                self._segments.append(made)
                steps.append(made)
            steps += [step(name) for name in apart]
        self._steps = with_ends(steps, {slot for slot, _ in self._outputs})

    @property
    def plans(self) -> list[Any]:
        """The plans made so far."""
        return [plan for segment in self._segments for plan in segment.plans]

    @property
    def refusal(self) -> str | None:
        """Why a segment got no plan."""
        return next((x.refusal for x in self._segments if x.refusal), None)

    async def run(self, context: Context, values: list[Any], kept: Kept | None = None) -> list[Any]:
        """The outputs for the inputs' values; `kept` gets those of every node that is computed.

        Empties `values`, so that each goes after its last use.
        """
        self._check_fed()
        held: list[Any] = [None] * self._size
        for slot, constant in self._constants.items():
            held[slot] = constant
        held[: len(values)] = [v if isinstance(v, Outputs) else (v,) for v in values]
        values.clear()
        for step, ends in self._steps:
            given = [take(held, place) for place in step.sources]
            dead = any(x is DEAD for x in given)
            dead = dead or any(take(held, place) is DEAD for place in step.waits)
            for slot in ends:
                held[slot] = None
            if dead and not (isinstance(step, Step) and step.node.op == "Merge"):
                found: dict[int, Any] = dict.fromkeys(step.slots, DEAD)
            elif isinstance(step, Segment):
                found = step.run(given, kept)
            else:
                found = {step.slot: await _run_apart(context, step, given)}
                keep(kept, step.node, found[step.slot])
            del given
            for slot in step.slots:
                held[slot] = None if slot in ends else found[slot]
            del found
        results = [take(held, place) for place in self._outputs]
        return [self._alive(i, x) for i, x in enumerate(results)]

    def _check_fed(self) -> None:
        if self._unfed:
            raise ArgumentError(f"inputs without a value: {', '.join(self._unfed)}")

    def _alive(self, i: int, x: Any) -> Any:
        if x is DEAD:
            raise ExecutionError(f"{self.names[i]} is on a way that was not taken")
        return x

    async def warm_up(
        self,
        context: Context,
        specs: Sequence[TensorSpec],
        resources: Sequence[Any],
        on_progress: OnSteps,
    ) -> None:
        """Do now what the first `run` on tensors of `specs`, and `resources`, would do."""
        self._check_fed()
        if len(self._steps) == 1 and self._segments:
            given = [specs[slot] for slot, _ in self._segments[0].sources]
            await self._segments[0].warm_up(given, on_progress)
            return
        from ..ops.creation import zeros

        await self.run(context, [*(zeros(s.shape, s.dtype) for s in specs), *resources])
        on_progress(1, 1)


async def _run_apart(context: Context, step: Step, given: list[Any]) -> Any:
    """What a node gives that is not part of a plan."""
    if step.node.op in CUSTOM:  # its errors are those of whoever wrote it
        found = as_outputs(await step.row.run(context, step.node, *given))
        for x in found:
            if not isinstance(x, Tensor):
                op = f"node {step.node.name} ({step.node.op})"
                raise ExecutionError(f"register_op: the function gave {x!r} for {op}, no tensor")
        return found
    with errors_of(step.node):
        for i in step.host:
            given[i] = await context.numbers(given[i])
        if step.row.how == "context":
            running = step.row.run(context, step.node, *given)
            given.clear()  # a loop may let go of what it began with
            return as_outputs(await running)
        if step.row.how == "values" and context.wait.is_async:
            given = [await _at_hand(context, x) for x in given]
        return as_outputs(step.row.run(step.node.attrs, *given))


async def _at_hand(context: Context, x: Any) -> Any:
    """`x` with its values on the host, so that nothing blocks that reads them."""
    if not isinstance(x, Tensor) or x.dtype.kind == "s":
        return x
    values = await context.read(x)
    return engine.from_source(lambda: values, x.spec)
