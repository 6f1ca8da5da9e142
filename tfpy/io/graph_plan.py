"""From a graph and the outputs wanted to the steps that compute them.

Only what the outputs need is run, in topological order, and a value is let go after its last use.
Steps whose result depends on constants and on the inputs' shapes alone (`Shape` and what is made of
it) run once per set of input shapes; afterwards their values are at hand, and the kernels that want
them as numbers never wait for the device. Where no step wants numbers that depend on the inputs'
values, the whole is traced and runs as a plan of `tfpy.plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import engine
from ..errors import ArgumentError, ModelFormatError, TfpyError, UnsupportedError
from ..plan.automatic import Automatic
from ..spec import TensorSpec
from ..tensor import Tensor
from .graph_def import Node, Port
from .graph_ops import ROWS

if TYPE_CHECKING:
    from ..plan.graph import OnSteps

#: Operations that have no row because they hold a value or do nothing.
SOURCES = ("Const", "Placeholder", "NoOp")
#: Sets of input shapes whose folded values are kept; a program that meets more starts over.
MAX_FOLDED = 16


class _Step(NamedTuple):
    """One node: what runs, the (slot, output) of each input, the slot of the result."""

    node: Node
    run: Any
    sources: list[tuple[int, int]]
    host: tuple[int, ...]
    slot: int
    fixed: bool


class _Folded(NamedTuple):
    """What is known for one set of input shapes: values by slot, numbers by (slot, output)."""

    values: dict[int, Any]
    host: dict[tuple[int, int], Any]


class Plan:
    """How to get from values of `inputs` to those of `outputs`.

    Args:
        nodes: the graph.
        constants: the values of Const nodes.
        inputs: names of the nodes that are fed.
        outputs: what is wanted.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        constants: Mapping[str, Any],
        inputs: Sequence[str],
        outputs: Sequence[Port],
    ) -> None:
        order = needed_nodes(nodes, inputs, [port.node for port in outputs])
        slots = {name: i for i, name in enumerate(dict.fromkeys((*inputs, *order)))}
        self._constants = {slots[n]: (constants[n],) for n in order if nodes[n].op == "Const"}
        self._inputs = [slots[name] for name in inputs]
        self._outputs = [(slots[port.node], port.output) for port in outputs]
        self._size = len(slots)
        fixed = _fixed(nodes, inputs, order)
        skipped = {*inputs, *(n for n in order if nodes[n].op in SOURCES)}
        self._unfed = [n for n in order if nodes[n].op == "Placeholder" and n not in inputs]
        steps = [_step(nodes[n], slots, n in fixed) for n in order if n not in skipped]
        moving = [step for step in steps if not step.fixed]
        self._all = _with_ends(steps, self._outputs)
        self._moving = _with_ends(moving, self._outputs)
        # The fixed values that other steps or the caller take.
        wanted = {s for step in moving for s, _ in step.sources} | {s for s, _ in self._outputs}
        self._boundary = [step.slot for step in steps if step.fixed and step.slot in wanted]
        self._folded: dict[tuple[Any, ...], _Folded] = {}
        self.plans = Automatic()

    def run(self, values: Sequence[Tensor]) -> list[Tensor]:
        """The outputs for the inputs' values."""
        if self._unfed:
            raise ArgumentError(f"inputs without a value: {', '.join(self._unfed)}")
        return self.plans.run(self._run, values)

    async def warm_up(self, specs: Sequence[TensorSpec], on_progress: OnSteps) -> None:
        """Do now what the first `run` on tensors of `specs` would do besides computing."""
        await self.plans.warm_up(self._run, specs, on_progress)

    def _run(self, values: Sequence[Tensor]) -> list[Tensor]:
        key = tuple(x.spec for x in values)
        tracing = engine.tracer() is not None
        folded = None if tracing else self._folded.get(key)
        held: list[Any] = [None] * self._size
        for slot, constant in self._constants.items():
            held[slot] = constant
        for slot, x in zip(self._inputs, values, strict=True):
            held[slot] = (x,)
        if folded is None:
            folded = _Folded({}, {})
            self._run_steps(self._all, held, folded)
            if not tracing:
                self._remember(key, folded)
        else:
            for slot, value in folded.values.items():
                held[slot] = value
            self._run_steps(self._moving, held, folded)
        return [held[slot][index] for slot, index in self._outputs]

    def _run_steps(self, steps: Any, held: list[Any], folded: _Folded) -> None:
        for step, ends in steps:
            given = [held[slot][index] for slot, index in step.sources]
            for position in step.host:
                given[position] = _numbers(given[position], step.sources[position], folded)
            result = _run(step, given)
            del given
            held[step.slot] = result if isinstance(result, (tuple, list)) else (result,)
            if step.fixed and step.slot in self._boundary:
                folded.values[step.slot] = held[step.slot]
            for slot in ends:
                held[slot] = None

    def _remember(self, key: tuple[Any, ...], folded: _Folded) -> None:
        # Numbers that depend on the inputs' values must be read anew each time.
        lasting = {*self._boundary, *self._constants}
        for at in [at for at in folded.host if at[0] not in lasting]:
            del folded.host[at]
        for x in engine.tensors_in(list(folded.values.values())):
            engine.keep(x)  # `tidy` around the first run must not take them
        if len(self._folded) >= MAX_FOLDED:
            self._folded.clear()
        self._folded[key] = folded


def _numbers(x: Tensor, at: tuple[int, int], folded: _Folded) -> Any:
    """The elements of an operand that a kernel needs as Python numbers."""
    if at not in folded.host:
        folded.host[at] = x.tolist()
    return folded.host[at]


def _run(step: _Step, given: list[Any]) -> Any:
    node = step.node
    try:
        return step.run(node.attrs, *given)
    except TfpyError as error:
        raise type(error)(f"node {node.name} ({node.op}): {error}") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ModelFormatError(f"node {node.name} ({node.op}) is damaged: {error!r}") from error


# ------------------------------------------------------------------------------------ analysis


def needed_nodes(
    nodes: Mapping[str, Node], inputs: Sequence[str], outputs: Iterable[str]
) -> list[str]:
    """The nodes that `outputs` need, each after what it takes; nothing behind `inputs`.

    Raises:
        UnsupportedError: operations tfpy lacks; all are listed.
        ModelFormatError: a cycle.
    """
    order: list[str] = []
    state: dict[str, int] = {}  # 1: being visited, 2: done
    knots: list[str] = []
    stack = list(reversed(list(outputs)))
    while stack:
        name = stack[-1]
        if state.get(name) is None:
            state[name] = 1
            if name not in inputs:
                for port in reversed(nodes[name].inputs):
                    if state.get(port.node) == 1:
                        knots.append(port.node)
                    elif port.node not in state:
                        stack.append(port.node)
            continue
        stack.pop()
        if state[name] == 1:
            state[name] = 2
            order.append(name)
    missing = sorted({nodes[n].op for n in order if nodes[n].op not in (*ROWS, *SOURCES)})
    if missing:
        raise UnsupportedError(f"operations that tfpy lacks: {', '.join(missing)}")
    if knots:
        raise ModelFormatError(f"the graph has a cycle through {knots[0]}")
    return order


def check_nodes(nodes: Mapping[str, Node], names: Iterable[str], outputs: Iterable[Port]) -> None:
    """Refuse nodes with too few or too many inputs, and ports that no node has."""
    for name in names:
        node = nodes[name]
        if node.op in SOURCES:
            continue
        least, most = ROWS[node.op].arity()
        count = len(node.inputs)
        if count < least or (most is not None and count > most):
            raise ModelFormatError(f"node {name} ({node.op}) has {count} inputs")
        _check_ports(nodes, node.inputs, name)
    _check_ports(nodes, outputs, "the outputs")


def _check_ports(nodes: Mapping[str, Node], ports: Iterable[Port], user: str) -> None:
    for port in ports:
        source = nodes[port.node]
        if source.op not in ROWS and source.op not in SOURCES:
            continue
        count: Any = ROWS[source.op].outputs if source.op in ROWS else 1
        if isinstance(count, str):
            count = len(source.inputs) if count == "inputs" else source.attrs.get(count)
        if count is not None and port.output >= count:
            raise ModelFormatError(
                f"{user}: output {port.output} of {port.node} ({source.op}), which has {count}"
            )


def _fixed(nodes: Mapping[str, Node], inputs: Sequence[str], order: Sequence[str]) -> set[str]:
    """The nodes whose value follows from constants and the inputs' shapes."""
    values: set[str] = set()
    shapes: set[str] = set(inputs)
    for name in order:
        node = nodes[name]
        if name in inputs:
            continue
        sources = [port.node for port in node.inputs]
        if node.op in SOURCES:
            values.add(name)
            shapes.add(name)
            continue
        row = ROWS[node.op]
        host = {sources[i] for i in row.host}
        if all(s in shapes for s in sources) and host <= values:
            shapes.add(name)
        if all(s in (shapes if row.reads_shape else values) for s in sources):
            values.add(name)
    return values


def _step(node: Node, slots: Mapping[str, int], fixed: bool) -> _Step:
    row = ROWS[node.op]
    sources = [(slots[port.node], port.output) for port in node.inputs]
    host = tuple(i % len(sources) for i in row.host)
    return _Step(node, row.run, sources, host, slots[node.name], fixed)


def _with_ends(steps: Sequence[_Step], outputs: Any) -> list[tuple[_Step, list[int]]]:
    """Each step with the slots that nothing after it takes."""
    needed = {slot for slot, _ in outputs}
    result = []
    for step in reversed(steps):
        ends = {step.slot, *(slot for slot, _ in step.sources)} - needed
        needed.update(slot for slot, _ in step.sources)
        result.append((step, sorted(ends)))
    return result[::-1]
