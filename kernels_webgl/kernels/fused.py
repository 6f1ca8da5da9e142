"""The kernel of a group of operations that `fusion.fuse` put together.

Elementwise operations become functions of four elements; `fused(...)` chains them. Without a root
that is the expression of an elementwise program. With a root it is the EPILOGUE of the program that
writes the root's result, or, where that has no such slot, a pass after it. What is computed before
a root takes the place of the accessor that the root's first program reads its input with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tfpy.spec import TensorSpec

from .. import elementwise
from ..assemble import calls_library, float_literal, read_glsl
from ..layout import BLOCK, FLAT, texture_kind
from ..program import KERNELS, LAYOUTS, Call, Input, Operand, Program, kernel

if TYPE_CHECKING:
    from ..fusion import Group, Root, Step

_VEC = re.compile(r"\bVEC\b")
#: Bodies end in one of these where results can be finished.
_SLOTS = ("EPILOGUE", "store_block", "main_by_element", "main_by_texel")
#: The slot of an input that no texture holds.
_COMPUTED = -1


class _RootCall(Call):
    """The call of a group's root, on the operands of the group's call."""

    def __init__(self, call: Call, root: Root, out: Operand) -> None:
        self._call = call
        inputs = [Operand(_COMPUTED, root.x)] if root.before else call.inputs[: root.arity]
        specs, layouts = [x.spec for x in inputs], [x.layout for x in inputs]
        numbered = root.parameters[0].startswith("*")
        names = [f"x{i}" for i in range(root.arity)] if numbered else root.parameters
        super().__init__(root.op, names, specs, layouts, root.attrs, [root.out], call.limits)
        self.inputs = inputs
        self.named = dict(zip(names, inputs, strict=False))
        self.outputs = [out]

    def temp(self, spec: TensorSpec, layout: str = FLAT) -> Operand:
        return self._call.temp(spec, layout)


def layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Those that the root wants; what is read beside blocks is in blocks too, or flat."""
    group: Group = call.attrs["group"]
    if group.root is None:
        return elementwise.layouts(call)
    rule = LAYOUTS.get(group.root.op)
    root = _RootCall(call, group.root, call.out._replace(spec=group.root.out))
    wanted = rule(root) if rule else None
    if wanted is None:
        return None
    takes, out = wanted
    rest = [
        BLOCK if out == BLOCK and x.spec == call.out.spec else x.unblocked
        for x in call.inputs[group.root.arity :]
    ]
    return [*takes, *rest], out


@kernel("fused", layouts=layouts)
def fused(call: Call) -> list[Program]:
    """One program, wherever the root's last one can be finished."""
    group: Group = call.attrs["group"]
    root = group.root
    if root is None:
        return [_pass(call, group, {f"e{x.slot}": x for x in call.inputs})]
    operands = {f"e{x.slot}": x for x in call.inputs[root.arity :]}
    make = KERNELS[root.op]
    work = make(_RootCall(call, root, call.out._replace(spec=root.out)))
    programs = [work] if isinstance(work, Program) else [] if isinstance(work, Operand) else [*work]
    if root.before:
        _begin(programs[0], root, {f"e{x.slot}": x for x in call.inputs[: root.arity]})
    if not group.steps:
        return programs
    if programs and any(slot in read_glsl(programs[-1].body) for slot in _SLOTS):
        _finish(programs[-1], call.out, group, operands)
        return programs
    if isinstance(work, Operand):
        return [_pass(call, group, {"v": work._replace(spec=root.out), **operands})]
    call.temps.clear()
    made = call.temp(root.out, call.out.layout)
    work = make(_RootCall(call, root, made))
    programs = [work] if isinstance(work, Program) else [*work]
    return [*programs, _pass(call, group, {"v": made, **operands})]


def _pass(call: Call, group: Group, operands: dict[str, Operand]) -> Program:
    """An elementwise program of all steps."""
    program = elementwise.compute(call.out, operands, f"fused({', '.join(operands)})")
    program.functions = functions(group, operands)
    return program


def _begin(program: Program, root: Root, operands: dict[str, Operand]) -> None:
    """Let `program` compute its input `x` while it reads."""
    x, reads = Operand(_COMPUTED, root.x), []
    inputs: dict[str, Input] = {}
    for name, operand in operands.items():
        inputs[name], how = elementwise.operand_read(operand, x)
        reads.append(f"{name}_{'texel' if how == 'here()' else 'view'}(i)")
    types = {name: _type(y.spec) for name, y in operands.items()}
    read = f"{_type(root.x)} x_texel(int i) {{ return before({', '.join(reads)}); }}\n"
    program.inputs = inputs
    program.functions = _chain("before", root.before, types) + read
    # Copies of what is long would keep software rasterizers' compilers busy for seconds.
    if calls_library(program.functions) or "_view(" in read or len(operands) > 2:
        program.defines = {**program.defines, "ONCE": 1}


def _finish(program: Program, out: Operand, group: Group, operands: dict[str, Operand]) -> None:
    """Let `program` finish what it makes."""
    inputs: dict[str, Input] = dict(program.inputs)
    if out.layout == BLOCK:
        reads = elementwise.block_reads(operands)
        inputs.update(operands)
        # The layers are finished in order.
        layer = "int n = fused_layer++;"
        quad = "int row = int(gl_FragCoord.y), quad = 2 * (row - quotient(row, groups) * groups);"
        start = f"{layer} {quad}" if any("quad" in read for read in reads.values()) else layer
        before = "int fused_layer = 0;\n"
    else:
        reads, start, before = {}, "", ""
        for name, operand in operands.items():
            inputs[name], how = elementwise.operand_read(operand, out)
            reads[name] = f"{name}_{how}"
    value = _type(group.root.out) if group.root is not None else "vec4"
    takes = ", ".join(["v", *reads.values()])
    finish = f"{value} finish({value} v) {{ {start} return fused({takes}); }}"
    program.inputs = inputs
    program.defines = {**program.defines, "EPILOGUE(v)": "finish(v)"}
    program.functions += before + functions(group, {"v": out, **operands}) + finish


# ----------------------------------------------------------------------------------------- GLSL


def functions(group: Group, operands: dict[str, Operand]) -> str:
    """A function for each step, and `fused`, which chains them."""
    types = {name: _type(x.spec) for name, x in operands.items()}
    if group.root is not None:
        types["v"] = _type(group.root.out)
    return _chain("fused", group.steps, types)


def _chain(name: str, chain: list[Step], types: dict[str, str]) -> str:
    """The function `name` of operands that have `types`, which calls one for each step."""
    steps = "".join(_function(f"{name}_step{j}", step) for j, step in enumerate(chain))
    parameters = ", ".join(f"{kind} {operand}" for operand, kind in types.items())
    lines = "".join(
        f" {_type(step.out)} t{j} = {name}_step{j}({', '.join(step.takes)});"
        for j, step in enumerate(chain)
    )
    out = _type(chain[-1].out)
    return f"{steps}{out} {name}({parameters}) {{{lines} return t{len(chain) - 1}; }}\n"


def _function(name: str, step: Step) -> str:
    kind = step.kinds[-1]
    if step.op == "cast":
        to = step.attrs["dtype"].kind
        text, numbers = elementwise.CASTS.get(kind + to, "x"), ""
    else:
        text = elementwise.expression(step.op, kind)
        numbers = "".join(_number(kind, name, value) for name, value in step.attrs.items())
    out = _type(step.out)
    names = zip(step.parameters, step.kinds, strict=True)
    parameters = ", ".join(f"{'vec4' if k == 'f' else 'ivec4'} {name}" for name, k in names)
    return f"{out} {name}({parameters}) {{ {numbers}return {_VEC.sub(out, text)}; }}\n"


def _number(kind: str, name: str, value: Any) -> str:
    if kind == "f":
        return f"float {name} = {float_literal(float(value))}; "
    return f"int {name} = {int(value)}; "


def _type(spec: TensorSpec) -> str:
    return "vec4" if texture_kind(spec) == "f" else "ivec4"
