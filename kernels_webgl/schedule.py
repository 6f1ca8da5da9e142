"""Scheduling: a fused graph becomes a flat table of draws over few textures.

Each node's kernel is asked for its programs, as in eager execution; where a value does not lie as a
kernel wants it, a draw that converts it comes first. Then values that are needed at different times
get the same slot (`slots.py`). All of this is on numbers: nothing here touches a device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tfpy.spec import TensorSpec

from .assemble import Numbers, Source, describe, operand_of, read_elsewhere, units
from .kernels.layouts import convert
from .layout import FLAT, SCALAR, TextureShape
from .program import KERNELS, Operand, Program, make_call
from .slots import Value, share

if TYPE_CHECKING:
    from tfpy.plan.graph import Graph, Node


class Place(NamedTuple):
    """Where a draw reads or writes: `number` among "input", "constant", "slot" or "output"."""

    kind: str
    number: int


class Draw(NamedTuple):
    """One program run over its targets.

    Attributes:
        op: the operation it belongs to, "convert" where it only changes a layout.
        source: the program.
        numbers: its uniforms.
        samplers: the textures it reads, in the order of its samplers.
        scalars: the constants it gets as uniforms.
        targets: the textures it writes.
        outs: the tensors in them.
        size: width and height of what is drawn; the textures may be larger.
    """

    op: str
    source: Source
    numbers: Numbers
    samplers: tuple[Place, ...]
    scalars: tuple[Place, ...]
    targets: tuple[Place, ...]
    outs: tuple[TensorSpec, ...]
    size: tuple[int, int]


class Form(NamedTuple):
    """A tensor that is there before the plan runs, in the layout in which it is read.

    `of` is the number of an input, or a constant's value in the graph.
    """

    of: int
    spec: TensorSpec
    layout: str


class Schedule(NamedTuple):
    """What a plan does at every run, and what it needs for that.

    Attributes:
        draws: in order.
        inputs, constants: what the places of these kinds are.
        slots: textures that are used again and again.
        outputs: what is made anew: its spec and layout.
        results: where each output of the graph is found: an output, input or constant.
    """

    draws: list[Draw]
    inputs: list[Form]
    constants: list[Form]
    slots: list[TextureShape]
    outputs: list[tuple[TensorSpec, str]]
    results: list[Place]


class _Held(NamedTuple):
    """A value while the schedule is made: where it is, and how it lies there."""

    place: Place
    layout: str


class Scheduler:
    """Makes the schedule of one graph.

    Args:
        graph: after fusion.
        scalars: the constants that programs get as uniforms.
        limits: the device's.
        shape_of: the texture of a tensor; raises `DeviceLimitError` if it is too large.
    """

    def __init__(
        self,
        graph: Graph,
        scalars: set[int],
        limits: dict[str, int],
        shape_of: Callable[[TensorSpec, str], TextureShape],
    ) -> None:
        self._graph, self._limits, self._shape_of = graph, limits, shape_of
        self._draws: list[Draw] = []
        self._inputs: list[Form] = []
        self._constants: list[Form] = []
        #: What draws make, by the index of its place of kind "made".
        self._made: list[tuple[TensorSpec, str]] = []
        self._held: dict[int, _Held] = {}
        self._forms: dict[tuple[Place, TensorSpec, str], Place] = {}
        for i, value in enumerate(graph.inputs):
            self._held[value] = _Held(Place("given", i), FLAT)
        for value in graph.constants:
            layout = SCALAR if value in scalars else FLAT
            self._held[value] = _Held(Place("known", value), layout)

    def schedule(self) -> Schedule:
        """The schedule."""
        for node in self._graph.nodes:
            self._add(node)
        results = [self._result(value) for value in self._graph.outputs]
        places, slots, outputs = self._memory_plan(results)
        draws = [self._placed(draw, places, slots) for draw in self._draws]
        results = [places.get(x, x) for x in results]
        return Schedule(draws, self._inputs, self._constants, slots, outputs, results)

    # --------------------------------------------------------------------------------- draws

    def _add(self, node: Node) -> None:
        graph = self._graph
        specs = [graph.specs[v] for v in node.inputs]
        outs = [graph.specs[v] for v in node.outputs]
        held = [self._held[v] for v in node.inputs]
        call = make_call(node.op, specs, [x.layout for x in held], node.attrs, outs, self._limits)
        work = KERNELS[node.op.name](call)
        given = [
            self._form(x, operand.spec, operand.layout)
            for x, operand in zip(held, call.inputs, strict=True)
        ]
        if isinstance(work, Operand):
            found = given[work.slot]
            self._held[node.outputs[0]] = _Held(found, call.inputs[work.slot].layout)
            return
        made = [self._new(x) for x in (*call.outputs, *call.temps)]
        for value, place, operand in zip(node.outputs, made, call.outputs, strict=False):
            self._held[value] = _Held(place, operand.layout)
        programs = [work] if isinstance(work, Program) else work
        # Nothing is drawn for results without elements.
        for program in programs if any(spec.size for spec in outs) else ():
            self._draw(_name(node), program, [*given, *made])

    def _draw(self, op: str, program: Program, places: Sequence[Place]) -> None:
        source, numbers = describe(program)
        operands = [operand_of(x) for x in program.inputs.values()]
        samplers = tuple(places[x.slot] for x in operands if x.layout != SCALAR)
        scalars = tuple(places[x.slot] for x in operands if x.layout == SCALAR)
        targets = tuple(places[x.slot] for x in program.outputs)
        outs = tuple(x.spec for x in program.outputs)
        first = program.outputs[0]
        width, height, *_ = self._shape_of(first.spec, first.layout)
        size = (width, height)
        self._draws.append(Draw(op, source, numbers, samplers, scalars, targets, outs, size))

    def _new(self, x: Operand) -> Place:
        self._made.append((x.spec, x.layout))
        return Place("made", len(self._made) - 1)

    def _form(self, held: _Held, spec: TensorSpec, layout: str) -> Place:
        """Where a value of `spec` is found in `layout`."""
        place, given = held
        key = (place, spec, layout)
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = self._find(place, given, spec, layout)
        return found

    def _find(self, place: Place, given: str, spec: TensorSpec, layout: str) -> Place:
        known, graph = place.kind == "known", self._graph
        if known:
            self._constants.append(Form(place.number, spec, layout))
            return Place("constant", len(self._constants) - 1)
        if place.kind == "given":
            if given == layout or graph.inputs[place.number] in graph.steady:
                # What is converted before the run is converted once for many runs.
                self._inputs.append(Form(place.number, spec, layout))
                return Place("input", len(self._inputs) - 1)
            place = self._form(_Held(place, given), spec, given)
        if given == layout:
            return place
        if FLAT not in (given, layout):
            return self._form(
                _Held(self._form(_Held(place, given), spec, FLAT), FLAT), spec, layout
            )
        x, out = Operand(0, spec, given), Operand(1, spec, layout)
        made = self._new(out)
        self._draw("convert", convert(x, out), [place, made])
        return made

    def _result(self, value: int) -> Place:
        """Where an output of the graph is; what is given or known is handed on as it came."""
        return self._held[value].place

    # -------------------------------------------------------------------------------- memory

    def _memory_plan(
        self, results: list[Place]
    ) -> tuple[dict[Place, Place], list[TextureShape], list[tuple[TensorSpec, str]]]:
        """Places for what is made: outputs, and slots that are shared."""
        places: dict[Place, Place] = {}
        outputs: list[tuple[TensorSpec, str]] = []
        for place in results:
            if place.kind == "made" and place not in places:
                places[place] = Place("output", len(outputs))
                outputs.append(self._made[place.number])
        lives: dict[Place, tuple[int, int]] = {}
        exact: set[Place] = set()
        for i, draw in enumerate(self._draws):
            for x in (*draw.targets, *draw.samplers):
                if x.kind == "made" and x not in places:
                    lives[x] = (lives.get(x, (i,))[0], i)
            elsewhere = zip(draw.samplers, read_elsewhere(draw.source), strict=True)
            exact.update(x for x, free in elsewhere if not free)
            # What is drawn to together has one size.
            exact.update(draw.targets if len(draw.targets) > 1 else ())
        shapes = {x: self._shape_of(*self._made[x.number]) for x in lives}
        slots = share([Value(shapes[x], *lives[x], x not in exact) for x in lives])
        for x, number in zip(lives, slots.of, strict=True):
            places[x] = Place("slot", number)
        return places, slots.shapes, outputs

    def _placed(
        self, draw: Draw, places: dict[Place, Place], slots: Sequence[TextureShape]
    ) -> Draw:
        """`draw` on the places that values have got: texels are counted in the slots' sizes."""
        samplers = tuple(places.get(x, x) for x in draw.samplers)
        floats = list(draw.numbers.floats)
        for i, place in enumerate(samplers):
            if place.kind == "slot":
                floats[2 * i : 2 * i + 2] = units(slots[place.number])
        return draw._replace(
            numbers=draw.numbers._replace(floats=tuple(floats)),
            samplers=samplers,
            targets=tuple(places[x] for x in draw.targets),
        )


def _name(node: Node) -> str:
    """The operation, or those of a fused group, in the order they run, joined by +."""
    group: Any = node.attrs.get("group")
    if group is None:
        return node.op.name
    root = group.root
    ops = [*root.before, root, *group.steps] if root is not None else group.steps
    return "+".join(step.op for step in ops)
