"""Tracing: a Python function is run once on tensors without values, and what it does is recorded.

The tracer is a backend. `engine.apply` treats it like any other: `infer` gives the specs, and
"preparing a kernel" gives something that appends a node. So composites with a kernel stay whole,
tapes work, and nothing has two implementations. What depends on no input is computed at once, on
the backend the plan is for, which folds constants and lets Python read them.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import engine
from ..backends.base import Backend, Run
from ..errors import TraceError
from ..spec import TensorSpec
from ..tensor import Tensor
from ..variable import Variable
from .graph import Graph, Node

if TYPE_CHECKING:
    from ..registry import Op

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: Constants up to this many bytes are one value where their bytes are equal.
_SMALL = 64
Draw = Callable[[], memoryview]


class Recording(NamedTuple):
    """A traced function.

    The graph's inputs are the function's tensors, then `variables`, then `draws`; its outputs are
    the function's results, then the new values of `updates`.

    Attributes:
        graph: what it computes.
        variables: read anew at every run.
        draws: functions that draw random values at every run, with their specs.
        specs: of the results.
        updates: variables that get a new value after every run.
        frozen: variables whose value was taken for constant, with the data handle they had.
    """

    graph: Graph
    variables: list[Variable]
    draws: list[tuple[Draw, TensorSpec]]
    specs: list[TensorSpec]
    updates: list[Variable]
    frozen: list[tuple[Variable, Any]]


def trace(
    function: Callable[..., Sequence[Tensor]],
    specs: Sequence[TensorSpec],
    backend: Backend,
    freeze: bool = False,
) -> Recording:
    """Record `function`, which takes tensors of `specs` and returns a sequence of tensors.

    Args:
        function: is called once.
        specs: of the tensors it takes.
        backend: what the graph is for; constants are computed there.
        freeze: take variables for constants.

    Raises:
        TraceError: the function needs the values of a tensor.
    """
    tracer = Tracer(backend, freeze)
    graph = tracer.graph
    graph.inputs = [graph.new(spec.stored) for spec in specs]
    xs = [Tensor(v, spec, tracer) for v, spec in zip(graph.inputs, specs, strict=True)]
    before = engine.swap_backend(tracer)
    try:
        results = function(*xs)
        graph.outputs = [x.data_on(tracer) for x in results]
        result_specs = [x.spec for x in results]
    finally:
        engine.swap_backend(before)
        tracer.prepared.clear()
        updates = tracer.restore()
    graph.inputs += [value for _, value in tracer.variables.values()]
    graph.inputs += [value for _, value in tracer.draws]
    graph.outputs += [value for _, value in updates]
    changed = {id(v) for v, _ in updates}
    graph.steady = {value for v, value in tracer.variables.values() if id(v) not in changed}
    return Recording(
        graph,
        [v for v, _ in tracer.variables.values()],
        [(draw, graph.specs[value]) for draw, value in tracer.draws],
        result_specs,
        [v for v, _ in updates],
        list(tracer.frozen.values()),
    )


class Tracer(Backend):
    """A backend whose data handles are numbers of values in a graph.

    Args:
        target: the backend the graph is for.
        freeze: take variables for constants.
    """

    symbolic = True

    def __init__(self, target: Backend, freeze: bool) -> None:
        super().__init__()
        self.name, self.dtypes, self.kernels = target.name, target.dtypes, target.kernels
        self.target = target
        self.graph = Graph()
        self.variables: dict[int, tuple[Variable, int]] = {}
        self.frozen: dict[int, tuple[Variable, Any]] = {}
        self.draws: list[tuple[Draw, int]] = []
        self._freeze = freeze
        self._constants: dict[Any, int] = {}
        self._assigned: dict[int, tuple[Variable, Any, Backend]] = {}

    # -------------------------------------------------------------------- what a backend does

    def upload(self, values: memoryview, spec: TensorSpec) -> int:
        """A constant; small ones that are equal are one value."""
        if values.nbytes > _SMALL:
            return self.graph.constant(self.target.upload(values, spec), spec)
        key = (spec, bytes(values))
        if key not in self._constants:
            self._constants[key] = self.graph.constant(self.target.upload(values, spec), spec)
        return self._constants[key]

    def adopt(self, x: Tensor) -> int:
        """The value of a tensor that was there before: a constant, or a variable to be read."""
        if x.backend.symbolic:
            raise TraceError("a tensor of another trace was used; it has no values of its own")
        if isinstance(x, Variable) and not self._freeze:
            if id(x) not in self.variables:
                self.variables[id(x)] = (x, self.graph.new(x.spec.stored))
            return self.variables[id(x)][1]
        data = x.data_on(self.target)
        if isinstance(x, Variable):
            self.frozen[id(x)] = (x, data)
        key = (id(data), x.spec.stored)
        if key not in self._constants:
            self._constants[key] = self.graph.constant(data, x.spec.stored)
        return self._constants[key]

    def read_sync(self, data: int, spec: TensorSpec) -> memoryview:
        if data not in self.graph.constants:
            raise TraceError(_unreadable(spec))
        return self.target.read_sync(self.graph.constants[data], spec)

    def prepare(
        self, op: Op, specs: tuple[TensorSpec, ...], attrs: dict[str, Any], out: Any
    ) -> Run:
        self.kernel(op)
        return lambda inputs: self._append(op, tuple(inputs), attrs, out)

    def _append(self, op: Op, inputs: tuple[int, ...], attrs: dict[str, Any], out: Any) -> Any:
        graph, single = self.graph, isinstance(out, TensorSpec)
        made = tuple(graph.new(spec) for spec in ((out,) if single else out))
        if all(v in graph.constants for v in inputs):
            specs = tuple(graph.specs[v] for v in inputs)
            run = self.target.prepare(op, specs, attrs, out)
            result = self.target.once(run, [graph.constants[v] for v in inputs])
            graph.constants.update(zip(made, (result,) if single else result, strict=True))
        else:
            graph.nodes.append(Node(op, inputs, attrs, made, single))
        return made[0] if single else made

    # --------------------------------------------------------- what changes from run to run

    def draw(self, draw: Draw, spec: TensorSpec) -> int:
        """A value that `draw()` makes at every run."""
        value = self.graph.new(spec)
        self.draws.append((draw, value))
        return value

    def assign(self, variable: Variable, new: Tensor) -> None:
        """Let `variable` stand for `new` until the trace ends."""
        value = new.data_on(self)
        self._assigned.setdefault(id(variable), (variable, variable._data, variable.backend))
        variable._data, variable.backend = value, self

    def settled(self, x: Tensor) -> Tensor:
        """`x` with a value that outlives the trace, for a variable that is made now."""
        if x.backend is not self:
            return x
        value = x.data_on(self)
        if value not in self.graph.constants:
            raise TraceError(
                f"{user_line()} makes a variable of values that a plan computes; "
                "make it before, and assign to it"
            )
        return Tensor(self.graph.constants[value], x.spec, self.target)

    def restore(self) -> list[tuple[Variable, int]]:
        """Give variables back what they had; returns them with their new values."""
        updates = []
        for variable, data, backend in self._assigned.values():
            updates.append((variable, variable._data))
            variable._data, variable.backend = data, backend
        return updates


# ------------------------------------------------------------------------------------- messages


def _unreadable(spec: TensorSpec) -> str:
    return (
        f"{user_line()} needs the values of a tensor of shape {spec.shape}, but the function is "
        "being traced: its operations are recorded for a plan, and no value is known yet. Use "
        "tfpy.where instead of `if`, return the tensor and read it outside, or call the function "
        "without tfpy.function"
    )


def user_line() -> str:
    """Where the caller's code is: file, line and text of the innermost frame outside tfpy."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(path, line, frame.f_globals).strip()
    where = f"{os.path.basename(path)}, line {line}"
    return f"{where} (`{text}`)" if text else where
