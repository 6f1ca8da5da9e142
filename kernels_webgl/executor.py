"""Plans on WebGL: a schedule bound to a device's programs and textures, replayed at every run.

Making a plan only starts its programs' compilation. The first run waits for them, brings the
constants into place and records the calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tfpy.backends.base import Observer
from tfpy.errors import DeviceLimitError
from tfpy.plan.graph import Graph, Later, OnSteps, Plan
from tfpy.spec import TensorSpec

from . import gl as G
from .layout import SCALAR, TextureShape
from .replay import Hole, Recording, Replayer
from .schedule import Draw, Place, Schedule, Scheduler
from .textures import Data, Texture, cast_bytes
from .workspace import Lease

if TYPE_CHECKING:
    from .backend import WebGLBackend
    from .device import Linked


class _Bound(NamedTuple):
    """What a plan has once its programs are linked.

    Attributes:
        replay: makes the calls.
        programs: those that replaying leaves with other numbers.
        frames: the targets whose framebuffers a run gives, after the textures it gives.
        lease: the textures of the slots.
        constants: what the draws read, and what is handed on as a result.
    """

    replay: Replayer
    programs: list[Linked]
    frames: list[tuple[Place, ...]]
    lease: Lease
    constants: dict[Place, Data]


class WebGLPlan(Plan):
    """A graph ready to run on one backend.

    Args:
        backend: where it runs.
        graph: after fusion.
    """

    def __init__(self, backend: WebGLBackend, graph: Graph) -> None:
        self._backend = backend
        device = backend.device
        constants = graph.constants.items()
        scalars = {v for v, data in constants if isinstance(data, Data) and data.layout == SCALAR}
        scheduler = Scheduler(graph, scalars, device.limits, device.shape_of)
        self.schedule: Schedule = scheduler.schedule()
        self._shapes = {
            "slot": self.schedule.slots,
            "input": [device.shape_of(spec, layout) for _, spec, layout in self.schedule.inputs],
            "output": [device.shape_of(*out) for out in self.schedule.outputs],
        }
        #: What draws read that is another texture at every run.
        self._read = list(
            dict.fromkeys(
                place
                for draw in self.schedule.draws
                for place in draw.samplers
                if place.kind in ("input", "output")
            )
        )
        # Held until the first run, then only in the layouts that draws read.
        self._given: dict[int, Data | Later] = dict(graph.constants)
        self._bound: _Bound | None = None
        for draw in self.schedule.draws:
            device.start(draw.source)

    # ------------------------------------------------------------------------------- binding

    def _bind(self) -> _Bound:
        backend, device, schedule = self._backend, self._backend.device, self.schedule
        linked = [device.link(draw.source) for draw in schedule.draws]
        constants = self._constants()
        lease = Lease(backend.workspace, schedule.slots)
        where: dict[Place, Any] = {
            place: data.scalar if data.layout == SCALAR else backend.texture(data)
            for place, data in constants.items()
            if place.kind == "constant"
        }
        for i, texture in enumerate(lease.textures):
            where[Place("slot", i)] = texture
        for i, place in enumerate(self._read):
            target = G.TEXTURE_2D_ARRAY if self._shape(place).layers else G.TEXTURE_2D
            where[place] = (target, Hole(i))
        frames: dict[tuple[Place, ...], Hole] = {}

        def frame(targets: tuple[Place, ...]) -> Any:
            if all(place.kind == "slot" for place in targets):
                return device.framebuffer([where[place] for place in targets])
            return frames.setdefault(targets, Hole(len(self._read) + len(frames)))

        recording = Recording(device, schedule.draws, linked, where, frame)
        self._given = {}
        programs = list({id(program): program for program in linked}.values())
        return _Bound(recording.replayer(), programs, list(frames), lease, constants)

    def _constants(self) -> dict[Place, Data]:
        """The constants that draws read, and those that are handed on, each in its layout.

        One after the other, and what each was made from goes before the next is made. Where there
        is no room for one, `DeviceLimitError` says how many bytes are missing for all.
        """
        backend, schedule = self._backend, self.schedule
        found: dict[Place, Data] = {}
        for i, (value, spec, layout) in enumerate(schedule.constants):
            try:
                data = backend.form(self._known(value), spec, layout)
                if data.layout != SCALAR:
                    backend.texture(data)
            except DeviceLimitError as error:
                sizes = [self._size(spec, layout) for _, spec, layout in schedule.constants]
                raise DeviceLimitError(
                    f"{error}; {sum(sizes[i:]):,} of the {sum(sizes):,} bytes of a plan's weights "
                    "have no room"
                ) from error
            found[Place("constant", i)] = data
            backend.pool.clear()
        for place in schedule.results:
            if place.kind == "known":
                found[place] = self._known(place.number)
        return found

    def _size(self, spec: TensorSpec, layout: str) -> int:
        return 0 if layout == SCALAR else self._backend.device.shape_of(spec, layout).nbytes

    def _known(self, value: int) -> Data:
        """A constant of the graph as it was given."""
        data = self._given[value]
        return self._backend.once(*data) if isinstance(data, Later) else data

    def _shape(self, place: Place) -> TextureShape:
        return self._shapes[place.kind][place.number]

    # ------------------------------------------------------------------------------- running

    def run(self, inputs: Sequence[Data]) -> list[Data]:
        bound = self._bound
        if bound is None:
            bound = self._bound = self._bind()
        self._backend.device.check()
        forms, outputs = self._prepare(inputs)
        bound.replay(self._values(bound, forms, outputs))
        self._backend.device.forget(bound.programs)
        return self._results(bound, inputs, forms, outputs)

    def _prepare(self, inputs: Sequence[Data]) -> tuple[list[Data], list[Data]]:
        """The inputs as they are read, and the outputs, still to be drawn.

        Outputs are handles from the start, so that a run that fails gives their textures back.
        """
        form, pool = self._backend.form, self._backend.pool
        forms = [form(inputs[i], spec, layout) for i, spec, layout in self.schedule.inputs]
        wanted = zip(self.schedule.outputs, self._shapes["output"], strict=True)
        return forms, [
            Data(pool, spec, pool.acquire(shape), None, layout) for (spec, layout), shape in wanted
        ]

    def _values(self, bound: _Bound, forms: list[Data], outputs: list[Data]) -> list[Any]:
        """What goes into the holes."""
        texture, framebuffer = self._backend.texture, self._backend.device.framebuffer
        values = [
            texture(outputs[i] if kind == "output" else forms[i]).handle for kind, i in self._read
        ]
        slots = bound.lease.textures
        for targets in bound.frames:
            textures = [
                texture(outputs[i]) if kind == "output" else slots[i] for kind, i in targets
            ]
            values.append(framebuffer(textures))
        return values

    def _results(
        self, bound: _Bound, inputs: Sequence[Data], forms: list[Data], outputs: list[Data]
    ) -> list[Data]:
        by_kind: dict[str, Sequence[Data]] = {"output": outputs, "given": inputs, "input": forms}
        return [
            by_kind[place.kind][place.number] if place.kind in by_kind else bound.constants[place]
            for place in self.schedule.results
        ]

    def observe(self, inputs: Sequence[Data], observer: Observer) -> list[Data]:
        if self._bound is None:
            # What a first run costs is no news of the draws.
            self.run(inputs)
            self._backend.finish()
        steps = self.steps(inputs)
        while True:
            try:
                draw, run = next(steps)
            except StopIteration as end:
                return end.value
            observer(draw.op, draw.outs, run)

    def steps(
        self, inputs: Sequence[Data]
    ) -> Generator[tuple[Draw, Callable[[], None]], None, list[Data]]:
        """A run one draw at a time, for whoever wants to look in between: each comes with what
        makes it. Returns the results.

        Each draw sets all it needs, so others may draw meanwhile.
        """
        bound = self._bound = self._bound or self._bind()
        backend, device = self._backend, self._backend.device
        forms, outputs = self._prepare(inputs)
        by_kind = {"input": forms, "output": outputs}

        def texture(place: Place) -> Texture:
            kind, number = place
            if kind == "slot":
                return bound.lease.textures[number]
            known = kind == "constant"
            return backend.texture(bound.constants[place] if known else by_kind[kind][number])

        for draw in self.schedule.draws:
            linked = device.link(draw.source)
            work = (
                linked,
                *device.numbers(linked, draw.numbers),
                [texture(place) for place in draw.samplers],
                [bound.constants[place].scalar for place in draw.scalars],
                [texture(place) for place in draw.targets],
                draw.size,
            )
            yield draw, partial(device.draw, *work)
        return self._results(bound, inputs, forms, outputs)

    async def warm_up(self, specs: Sequence[TensorSpec], on_progress: OnSteps) -> None:
        """Compile, bind and run once on zeros, with turns of the event loop in between."""
        device, upload = self._backend.device, self._backend.upload
        sources = dict.fromkeys(draw.source for draw in self.schedule.draws)
        total, done = len(sources) + len(self.schedule.draws), 0
        for source in sources:
            await device.compiled(source)
            device.link(source)
            done += 1
            on_progress(done, total)
            await asyncio.sleep(0)
        zeros = [upload(cast_bytes(bytes(x.nbytes), x.dtype), x) for x in specs]
        for _, run in self.steps(zeros):
            run()
            # The first draw of a program may cost as much as compiling it.
            await device.finished()
            done += 1
            on_progress(done, total)

    # --------------------------------------------------------------------------------- people

    def describe(self) -> dict[str, Any]:
        """Counts, and bytes of textures: constants, slots, and what a run gives and takes."""
        schedule, device = self.schedule, self._backend.device
        sources = {draw.source for draw in schedule.draws}
        constants = [
            device.shape_of(spec, layout)
            for _, spec, layout in schedule.constants
            if layout != SCALAR
        ]
        shapes = {"constant": constants, **self._shapes}
        bytes_of = {kind: sum(x.nbytes for x in found) for kind, found in shapes.items()}
        return {
            "draws": len(schedule.draws),
            "conversions": sum(draw.op == "convert" for draw in schedule.draws),
            "programs": len(sources),
            "slots": len(schedule.slots),
            **{f"{kind}_texture_bytes": n for kind, n in bytes_of.items()},
            "texture_bytes": sum(bytes_of.values()),
        }

    def dump(self) -> str:
        """The draws, one a line: targets = operations (program) of what is read."""
        return "\n".join(
            f"{_names(draw.targets)} = {draw.op} ({draw.source.body})"
            f"({_names((*draw.samplers, *draw.scalars))})"
            for draw in self.schedule.draws
        )


def _names(places: Sequence[Place]) -> str:
    return ", ".join(f"{place.kind}{place.number}" for place in places)
