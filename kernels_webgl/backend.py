"""The WebGL2 backend: prepares kernels, runs their programs, moves values in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfpy import dtypes
from tfpy.backends.base import Backend, Run, Timer
from tfpy.registry import OPS
from tfpy.spec import TensorSpec

from . import elementwise, kernels  # noqa: F401 - importing them registers every kernel
from .assemble import describe
from .device import Device, Linked
from .fusion import fuse
from .gl import GL
from .kernels.layouts import convert
from .layout import BLOCK, FLAT, SCALAR, TextureShape
from .program import KERNELS, Call, Operand, Program, View, make_call
from .textures import Data, Texture, cast_bytes
from .variants import choices, measured, numbered
from .workspace import Workspace

if TYPE_CHECKING:
    from tfpy.plan.graph import Graph, Plan
    from tfpy.registry import Op

#: Host tensors up to this size stay on the host until a kernel needs them, and stay readable there.
SMALL = 1024


class Pass:
    """A program ready to draw: slots of what it reads and writes, and its numbers on the device."""

    __slots__ = ("dims", "floats", "linked", "samplers", "scalars", "targets")

    def __init__(self, device: Device, program: Program) -> None:
        source, numbers = describe(program)
        self.linked: Linked = device.link(source)
        self.dims, self.floats = device.numbers(self.linked, numbers)
        operands = [x.operand if isinstance(x, View) else x for x in program.inputs.values()]
        self.samplers = [x.slot for x in operands if x.layout != SCALAR]
        self.scalars = [x.slot for x in operands if x.layout == SCALAR]
        self.targets = [x.slot for x in program.outputs]


class WebGLBackend(Backend):
    """Tensors in textures, kernels in fragment shaders.

    Args:
        gl: a driver; see `gl.py`.
    """

    name = "webgl"
    dtypes = frozenset((dtypes.float32, dtypes.int32, dtypes.bool_))
    kernels: dict[str, Any] = KERNELS

    def __init__(self, gl: GL) -> None:
        super().__init__()
        self.tuned = False
        self.device = Device(gl)
        self.pool = self.device.pool
        self.workspace = Workspace(self.pool)
        #: How to bring data from one layout to another, by layouts and spec.
        self._conversions: dict[tuple[str, str, TensorSpec], Run] = {}
        self._mark: Run | None = None

    # -------------------------------------------------------------------------------- values

    def upload(self, values: memoryview, spec: TensorSpec) -> Data:
        """A copy of `values`: on the host while small, in a texture otherwise."""
        if spec.size <= SMALL:
            copy = cast_bytes(bytes(values), spec.dtype)
            return Data(self.pool, spec, None, copy)
        return Data(self.pool, spec, self.device.upload(values, spec))

    def hold(self, read: Callable[[], memoryview], spec: TensorSpec) -> Data:
        """Values that are uploaded when a kernel needs them."""
        if spec.size <= SMALL:
            return self.upload(read(), spec)
        return Data(self.pool, spec, None, read=read)

    def once(self, run: Run, inputs: Sequence[Data]) -> Any:
        """`run(inputs)`; what is uploaded for it does not stay on the device."""
        absent = [x for x in inputs if x.texture is None]
        result = run(inputs)
        for x in absent:
            x.unload()
        return result

    def read_sync(self, data: Data, spec: TensorSpec) -> memoryview:
        values = data.values()
        return self.device.read(self._flat_texture(data), spec) if values is None else values

    async def read(self, data: Data, spec: TensorSpec) -> memoryview:
        values = data.values()
        if values is None:
            values = await self.device.read_async(self._flat_texture(data), spec)
        return values

    def texture(self, data: Data) -> Texture:
        """The texture of `data`, uploaded now if it is not there yet."""
        texture = data.texture
        if texture is None:
            values = data.values()
            assert values is not None
            texture = data.texture = self.device.upload(values, data.spec)
        return texture

    def _flat_texture(self, data: Data) -> Texture:
        return self.texture(self.form(data, data.spec, FLAT) if data.layout == BLOCK else data)

    def form(self, data: Data, spec: TensorSpec, layout: str) -> Data:
        """`data`, a tensor of `spec`, in `layout`; computed once and kept with it."""
        given = FLAT if data.layout == SCALAR else data.layout
        if given == layout or data.layout == layout:
            return data
        forms = data.forms
        if forms is None:
            forms = data.forms = {}
        form = forms.get((layout, spec))
        if form is None:
            if FLAT not in (given, layout):
                data, given = self.form(data, spec, FLAT), FLAT
            form = forms[layout, spec] = self.once(self._conversion(given, layout, spec), (data,))
        return form

    def _conversion(self, source: str, target: str, spec: TensorSpec) -> Run:
        """What turns data from layout `source` into `target`."""
        run = self._conversions.get((source, target, spec))
        if run is None:
            out = Operand(1, spec, target)
            work = Pass(self.device, convert(Operand(0, spec, source), out))
            run = self._one_pass(work, self.device.shape_of(spec, target), out)
            self._conversions[source, target, spec] = run
        return run

    def from_pixels(self, source: Any, width: int, height: int, channels: int) -> Data:
        """An int32 (height, width, channels) tensor of an image source's pixels, 0 to 255.

        `source` is what WebGL takes (ImageData, canvas, ImageBitmap, video, ...) or RGBA bytes.
        """
        out = TensorSpec((height, width, channels), dtypes.int32)
        image = Operand(0, TensorSpec((height, width, 4)), "pixels")
        program = Program(
            "from_pixels",
            Operand(1, out),
            {"image": image},
            dims={"width": width, "channels": channels},
        )
        shape = self.device.shape_of(out)
        work = Pass(self.device, program)
        pixels = self.device.upload_source(source, width, height)
        target = self.pool.acquire(shape)
        self.device.draw(work.linked, work.dims, work.floats, [pixels], (), [target])
        self.pool.release(pixels)
        return Data(self.pool, out, target)

    # ------------------------------------------------------------------------------- kernels

    def prepare(
        self, op: Op, specs: tuple[TensorSpec, ...], attrs: dict[str, Any], out: Any
    ) -> Run:
        outs = (out,) if isinstance(out, TensorSpec) else tuple(out)
        for spec in outs:
            self.check_dtype(op.name, spec.dtype)
        self.kernel(op)
        variants: dict[tuple[str, ...], Run] = {}

        # How the inputs lie decides the programs, and is known only when they arrive.
        def run(inputs: Sequence[Data]) -> Any:
            layouts = tuple([x.layout for x in inputs])
            variant = variants.get(layouts)
            if variant is None:
                variant = variants[layouts] = self._variant(op, specs, layouts, attrs, out)
            return variant(inputs)

        return run

    def compile(self, graph: Graph) -> Plan:
        """The draws of `graph`, recorded and replayed; neighbours that can share one are fused."""
        from .executor import WebGLPlan

        return WebGLPlan(self, fuse(graph))

    def _variant(
        self,
        op: Op,
        specs: tuple[TensorSpec, ...],
        layouts: tuple[str, ...],
        attrs: dict[str, Any],
        out: Any,
    ) -> Run:
        """The kernel's work for inputs that lie as `layouts`, as a callable."""
        single = isinstance(out, TensorSpec)
        outs: tuple[TensorSpec, ...] = (out,) if single else tuple(out)
        if not any(spec.size for spec in outs):
            return self._empty(outs, single)
        call = make_call(op, specs, layouts, attrs, outs, self.device.limits)
        run = self._work(call, self.kernel(op)(call), single)
        others = [x for x in call.inputs if x.layout != layouts[x.slot]]
        return self._converting(others, run) if others else run

    def _converting(self, operands: list[Operand], run: Run) -> Run:
        """`run` on inputs some of which are brought into the layouts of `operands` before."""

        def converting(inputs: Sequence[Data]) -> Any:
            inputs = list(inputs)
            for slot, spec, layout in operands:
                inputs[slot] = self.form(inputs[slot], spec, layout)
            return run(inputs)

        return converting

    def _work(self, call: Call, work: Program | Sequence[Program] | Operand, single: bool) -> Run:
        """What a kernel returned for `call`, as a callable."""
        if isinstance(work, Operand):
            slot = work.slot
            return lambda inputs: inputs[slot]
        programs = [work] if isinstance(work, Program) else list(work)
        passes = [Pass(self.device, program) for program in programs]
        shapes = [self.device.shape_of(x.spec, x.layout) for x in (*call.outputs, *call.temps)]
        if single and len(passes) == 1:
            return self._one_pass(passes[0], shapes[0], call.out)
        return self._passes(passes, shapes, call.outputs, single)

    def _empty(self, outs: tuple[TensorSpec, ...], single: bool) -> Run:
        """No element, no work."""

        def run(inputs: Sequence[Data]) -> Any:
            made = [Data(self.pool, s, None, cast_bytes(b"", s.dtype)) for s in outs]
            return made[0] if single else tuple(made)

        return run

    def _one_pass(self, work: Pass, shape: TextureShape, out: Operand) -> Run:
        """The common case, with nothing looked up that is known beforehand."""
        linked, dims, floats = work.linked, work.dims, work.floats
        _, spec, layout = out
        samplers, scalars = work.samplers, work.scalars
        pool, texture_of = self.pool, self.texture
        draw, acquire = self.device.draw, self.pool.acquire

        def run(inputs: Sequence[Data]) -> Data:
            textures = [inputs[i].texture or texture_of(inputs[i]) for i in samplers]
            values = [inputs[i].scalar for i in scalars] if scalars else ()
            target = acquire(shape)
            draw(linked, dims, floats, textures, values, (target,))
            return Data(pool, spec, target, None, layout)

        return run

    def _passes(
        self,
        passes: list[Pass],
        shapes: list[TextureShape],
        outs: list[Operand],
        single: bool,
    ) -> Run:
        """Several programs; a temporary goes back to the pool after its last use."""
        used = [{*work.samplers, *work.targets} for work in passes]
        last_use = {slot: i for i, slots in enumerate(used) for slot in slots}
        pool, draw = self.pool, self.device.draw

        def run(inputs: Sequence[Data]) -> Any:
            n = len(inputs)
            held: list[Texture | None] = [None] * len(shapes)

            def texture(slot: int) -> Texture:
                if slot < n:
                    return inputs[slot].texture or self.texture(inputs[slot])
                found = held[slot - n]
                if found is None:
                    found = held[slot - n] = pool.acquire(shapes[slot - n])
                return found

            for i, work in enumerate(passes):
                textures = [texture(slot) for slot in work.samplers]
                targets = [texture(slot) for slot in work.targets]
                scalars = [inputs[slot].scalar for slot in work.scalars]
                draw(work.linked, work.dims, work.floats, textures, scalars, targets)
                for slot in used[i]:
                    if slot >= n + len(outs) and last_use[slot] == i:
                        pool.release(texture(slot))
                        held[slot - n] = None
            made = [Data(pool, x.spec, held[i], None, x.layout) for i, x in enumerate(outs)]
            return made[0] if single else tuple(made)

        return run

    # --------------------------------------------------------------------------------- people

    def finish(self) -> None:
        # Only a value that has arrived is proof: in browsers `finish` returns at once. It is drawn
        # now, since drivers hand out what nothing is being drawn to without waiting for the rest.
        spec = TensorSpec((1,))
        if self._mark is None:
            attrs = {"shape": (1,), "value": 0.0, "dtype": spec.dtype}
            self._mark = self.prepare(OPS["fill"], (), attrs, spec)
        self.read_sync(self._mark(()), spec)

    def timer(self) -> Timer:
        from .timing import EXTENSION, QueryTimer

        has_queries = self.device.gl.getExtension(EXTENSION)
        return QueryTimer(self.device) if has_queries else super().timer()

    def memory(self) -> dict[str, int]:
        """What plans share is kept for reuse: nothing in it outlives a run."""
        found, (count, nbytes) = self.pool.memory(), self.workspace.memory()
        found["num_textures"] -= count
        found["num_textures_free"] += count
        found["num_bytes_in_gpu"] -= nbytes
        found["num_bytes_free"] += nbytes
        return found

    def describe(self) -> dict[str, Any]:
        about = {"backend": self.name, "precision": 32, **self.device.describe()}
        return {**about, **choices(self.device.limits)}

    def known(self) -> dict[str, str] | None:
        return measured(self.device.describe()["device"])

    async def fastest(self, seconds: float, pause: Callable[[], Awaitable[None]]) -> dict[str, str]:
        from .tuning import fastest

        return await fastest(self, seconds, pause)

    def tune(self, wanted: Mapping[str, str]) -> dict[str, str]:
        self.device.limits.update(numbered(wanted))
        self.prepared.clear()
        self.tuned = True
        return choices(self.device.limits)

    def dispose(self) -> None:
        super().dispose()
        self.device.dispose()
