"""Programs as data, and the table of kernels that make them.

A kernel never draws. It is a function from a `Call` (what is asked: specs, layouts, attributes) to
what should be run:

- a `Program`: one pass of one GLSL file over some operands;
- a list of programs, with temporaries from `call.temp(spec)` between them;
- an `Operand`: the result is that operand's data, shared (reshape).

    @kernel("row_scale")
    def row_scale(call: Call) -> Program:
        x, by = call["x"], call["by"]
        return Program("row_scale", call.out, {"x": x, "by": by},
                       dims={"columns": x.spec.shape[-1]})

What a program may depend on is split by how often it changes. `defines` choose code, so each
distinct set is a program to compile. `dims` and `floats` are numbers: uniforms here (no new
program per size), literals in a plan. Inputs are read through accessors that `assemble` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tfpy.errors import BackendError
from tfpy.spec import Shape, TensorSpec

from .layout import BLOCK, FLAT

if TYPE_CHECKING:
    from tfpy.registry import Op


class Operand(NamedTuple):
    """A tensor in a kernel's work: an input, an output or a temporary, by slot number."""

    slot: int
    spec: TensorSpec
    layout: str = FLAT

    @property
    def unblocked(self) -> str:
        """How it lies where blocks cannot be read."""
        return FLAT if self.layout == BLOCK else self.layout


class View(NamedTuple):
    """An operand read as if it had another shape: element (i0, i1, ...) of `dims` is element
    `offset + i0 * strides[0] + ...` of the operand. Transposes, slices and broadcasts are views.
    """

    operand: Operand
    dims: Shape
    strides: Shape
    offset: int = 0


Input = Operand | View


class Program:
    """One pass: a GLSL file, what it reads, what it writes, and its parameters.

    Attributes:
        body: name of the file in `glsl/`.
        outputs: up to eight operands, drawn together (`result`, or `result0`, `result1`, ...).
        inputs: operand or view by the name that the GLSL uses.
        defines: preprocessor symbols; part of what is compiled.
        dims: ints by name (a tuple becomes `int[n](...)`).
        floats: floats by name.
        functions: GLSL functions that the defines mention.
    """

    __slots__ = ("body", "defines", "dims", "floats", "functions", "inputs", "outputs")

    def __init__(
        self,
        body: str,
        outputs: Operand | Sequence[Operand],
        inputs: Mapping[str, Input],
        defines: Mapping[str, int | str] | None = None,
        dims: Mapping[str, int | Sequence[int]] | None = None,
        floats: Mapping[str, float] | None = None,
    ) -> None:
        self.body, self.inputs = body, inputs
        self.outputs = (outputs,) if isinstance(outputs, Operand) else tuple(outputs)
        self.defines, self.dims, self.floats = defines or {}, dims or {}, floats or {}
        self.functions = ""


class Call:
    """One call of an operation, as its kernel sees it.

    Attributes:
        op: name of the operation.
        inputs: the operands in order.
        named: the operands by name; `call["x"]` is one of them. Those of an operation that takes
            any number (`*xs`) are x0, x1, ...
        attrs: the operation's attributes.
        outputs: the operands to be filled; `call.out` is the only one.
        limits: the device's limits, for choosing among variants.
    """

    __slots__ = ("attrs", "inputs", "limits", "named", "op", "outputs", "temps")

    def __init__(
        self,
        op: str,
        names: Sequence[str],
        specs: Sequence[TensorSpec],
        layouts: Sequence[str],
        attrs: dict[str, Any],
        outputs: Sequence[TensorSpec],
        limits: dict[str, int],
    ) -> None:
        self.op, self.attrs, self.limits = op, attrs, limits
        n = len(specs)
        self.inputs = [Operand(i, specs[i], layouts[i]) for i in range(n)]
        self.outputs = [Operand(n + i, spec) for i, spec in enumerate(outputs)]
        self.temps: list[Operand] = []
        self.named = dict(zip(names, self.inputs, strict=False))

    def __getitem__(self, name: str) -> Operand:
        return self.named[name]

    @property
    def out(self) -> Operand:
        """The only output."""
        return self.outputs[0]

    def temp(self, spec: TensorSpec, layout: str = FLAT) -> Operand:
        """A new temporary: an output of one program, an input of a later one."""
        slot = len(self.inputs) + len(self.outputs) + len(self.temps)
        self.temps.append(Operand(slot, spec, layout))
        return self.temps[-1]

    def arrange(self) -> None:
        """Give the operands the layouts that the kernel wants: flat, unless it has a rule."""
        rule = LAYOUTS.get(self.op)
        # What has no element lies flat, beside anything.
        wanted = rule(self) if rule and all(x.spec.size for x in self.inputs) else None
        if wanted is None:
            wanted = ([x.unblocked for x in self.inputs], FLAT)
        layouts, out = wanted
        self.inputs = [x._replace(layout=y) for x, y in zip(self.inputs, layouts, strict=True)]
        self.outputs = [x._replace(layout=out) for x in self.outputs]
        self.named = dict(zip(self.named, self.inputs, strict=False))


def make_call(
    op: Op,
    specs: Sequence[TensorSpec],
    layouts: Sequence[str],
    attrs: dict[str, Any],
    outputs: Sequence[TensorSpec],
    limits: dict[str, int],
) -> Call:
    """The call of `op` for inputs that lie as `layouts`, arranged as its kernel wants them."""
    names: Sequence[str] = op.inputs
    if names and names[0].startswith("*"):
        names = [f"x{i}" for i in range(len(specs))]
    call = Call(op.name, names, specs, layouts, attrs, outputs, limits)
    call.arrange()
    return call


Kernel = Callable[[Call], Program | Sequence[Program] | Operand]

#: From how a call's inputs lie to (how the kernel wants each of them, how the outputs will lie), or
#: None: everything flat.
Rule = Callable[[Call], tuple[Sequence[str], str] | None]

#: Every kernel by operation name; what is not here this backend cannot do.
KERNELS: dict[str, Kernel] = {}
#: The layouts that kernels take, of those that know more than the flat one.
LAYOUTS: dict[str, Rule] = {}


def kernel(*names: str, layouts: Rule | None = None) -> Callable[[Kernel], Kernel]:
    """Register the decorated function as the kernel of the operations `names`."""

    def register(function: Kernel) -> Kernel:
        for name in names:
            if name in KERNELS:
                raise BackendError(f"{name} has two WebGL kernels")
            KERNELS[name] = function
            if layouts:
                LAYOUTS[name] = layouts
        return function

    return register
