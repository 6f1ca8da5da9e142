"""From a `Program` to GLSL source.

The body is a file in `glsl/`; around it this module puts the version and precisions, the library
functions it mentions (files in `glsl/lib/`, each named after its function, with what those mention
in turn), the outputs, the samplers, the numbers, and accessors for each input. For input `x`:

    x_VEC, x_ELEM         vec4 and float, or ivec4 and int
    x_VEC x_texel(int i)  texel i: elements 4 i ... 4 i + 3
    x_VEC x_placed(x_PLACE p)  the texel at a place: x_place(i) is that of texel i, and a place
                          x_steps(n) farther is n texels on; cheaper than new numbers
    x_ELEM x_at(int i)    element i
    x_VEC x_four(int i)   elements i ... i + 3
    x_VEC x_here()        the texel at the position that is drawn (same size only)
    x_VEC x_view(int i)   the four elements of output texel i, where `x` is bound to a `View`

Other layouts than the flat one are read at the texture's own coordinates, which bodies count in
`x_unit`, the size of a texel; the first texel's centre is 0.5 * x_unit:

    vec4 x_point(vec2 at)   rgba, filters
    vec4 x_point(vec3 at)   blocks; at.z is the layer
    vec4 x_layer(int n)     blocks: layer n at the position that is drawn

All of them also work on a scalar that is a uniform. `out_texel()` is the number of the texel that
is drawn; VEC and ELEM are the types of the first output. Only what is mentioned is written.

`#define EPILOGUE(v) v` is the slot for what is computed on a result before it is stored; a body
stores `result = EPILOGUE(value)`.

Names in capitals belong to the preprocessor. `dims` and `floats` are macros too, defined after the
library and the accessors, so they cannot disturb those; they can hide a GLSL function of the same
name from the body.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .layout import (
    BLOCK,
    FLAT,
    LAYERS,
    SCALAR,
    TextureShape,
    flat_shape,
    texels,
    texture_kind,
    texture_shape,
    width_shift,
)
from .program import Input, Operand, Program, View
from .views import plan

_FOLDER = os.path.join(os.path.dirname(__file__), "glsl")
#: All the files as one, by name, in the wheel of byte code.
BUNDLE = "bundle.json"
_WORD = re.compile(r"[A-Za-z_]\w*")
_TYPES = {"f": ("vec4", "float", "sampler2D"), "i": ("ivec4", "int", "isampler2D")}

HEADER = """#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp sampler2DArray;
precision highp isampler2DArray;
in highp vec2 here;
"""

VERTEX_SHADER = """#version 300 es
// One triangle that covers everything; needs no vertex data.
out highp vec2 here;

void main() {
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    here = corner * 2.0;
    gl_Position = vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}
"""


class Numbers(NamedTuple):
    """The values of a program's uniforms, in the order in which its source numbers them."""

    dims: tuple[int, ...]
    floats: tuple[float, ...]


class Reader(NamedTuple):
    """One input as the source sees it: what its accessors depend on, apart from numbers."""

    name: str
    kind: str
    layout: str
    mode: str
    rank: int
    huge: bool = False


class Source(NamedTuple):
    """Everything the text of a program depends on; the key of compiled programs."""

    body: str
    readers: tuple[Reader, ...]
    outputs: tuple[str, ...]
    defines: tuple[tuple[str, int | str], ...]
    accessor_dims: tuple[tuple[str, int], ...]
    dims: tuple[tuple[str, int], ...]
    floats: tuple[str, ...]
    big: bool
    sized: bool
    literals: Numbers | None = None
    functions: str = ""


# ----------------------------------------------------------------------------------------- files


@functools.cache
def _bundle() -> dict[str, str]:
    if BUNDLE not in os.listdir(_FOLDER):
        return {}
    with open(os.path.join(_FOLDER, BUNDLE), encoding="utf-8") as file:
        return json.load(file)


@functools.cache
def read_glsl(name: str) -> str:
    """The text of a file in `glsl/`."""
    bundled = _bundle().get(name)
    if bundled is not None:
        return bundled
    with open(os.path.join(_FOLDER, name + ".glsl"), encoding="utf-8") as file:
        return file.read().rstrip() + "\n"


@functools.cache
def _library() -> frozenset[str]:
    folder = os.path.join(_FOLDER, "lib")
    files = _bundle() or [f"lib/{name}" for name in os.listdir(folder)]
    names = (name.removesuffix(".glsl").partition("lib/") for name in files)
    return frozenset(name for _, inside, name in names if inside)


@functools.cache
def _needs(name: str) -> tuple[str, ...]:
    return tuple(sorted(_mentioned(read_glsl(f"lib/{name}")) - {name}))


def _mentioned(text: str) -> set[str]:
    return set(_WORD.findall(text)) & _library()


def calls_library(text: str) -> bool:
    """Whether `text` mentions a library function."""
    return bool(_mentioned(text))


def library(text: str) -> str:
    """The library functions that `text` mentions, each after what it needs."""
    written: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in written:
            for other in _needs(name):
                add(other)
            written[name] = None

    for name in sorted(_mentioned(text)):
        add(name)
    return "".join(read_glsl(f"lib/{name}") for name in written)


# --------------------------------------------------------------------------------------- numbers


#: Sizes from which index arithmetic in floats needs correcting; see quotient.glsl.
BIG = 1 << 21
#: Texels from which the centre of one is no float any more.
HUGE = 1 << 23


def describe(program: Program, literal: bool = False) -> tuple[Source, Numbers]:
    """What the text of `program` depends on, and the numbers to give it.

    With `literal` the numbers are part of the text.
    """
    given = _Numbering()
    out = program.outputs[0]
    flat, huge = out.layout == FLAT, texels(out.spec.size) > HUGE
    sized = flat and not huge
    if flat and huge:
        given.add("out_shift", width_shift(out.spec.size))
    sizes: list[float] = []
    readers = tuple(_reader(name, item, given.add, sizes) for name, item in program.inputs.items())
    accessors = tuple(given.names)
    if sized:
        sizes += flat_shape(out.spec)[:2]
    for name, value in program.dims.items():
        given.add(name, value)
    numbers = Numbers(tuple(given.values), (*sizes, *program.floats.values()))
    largest = max(
        x.spec.size for x in (*program.outputs, *map(operand_of, program.inputs.values()))
    )
    source = Source(
        program.body,
        readers,
        tuple(kind for out in program.outputs for kind in _kinds(out)),
        tuple(program.defines.items()),
        accessors,
        tuple(given.names[len(accessors) :]),
        tuple(program.floats),
        largest >= BIG,
        sized,
        numbers if literal else None,
        program.functions,
    )
    return source, numbers


class _Numbering:
    """Collects ints under names; a tuple stays together."""

    def __init__(self) -> None:
        self.names: list[tuple[str, int]] = []
        self.values: list[int] = []

    def add(self, name: str, value: int | Sequence[int]) -> None:
        several = (value,) if isinstance(value, int) else tuple(value)
        self.names.append((name, 0 if isinstance(value, int) else len(several)))
        self.values.extend(several)


def _kinds(out: Operand) -> Iterable[str]:
    """The kind of each texture, or layer of one, that `out` is drawn to."""
    return (texture_kind(out.spec),) * (LAYERS if out.layout == BLOCK else 1)


def operand_of(given: Input) -> Operand:
    """The operand behind an input."""
    return given.operand if isinstance(given, View) else given


def units(shape: TextureShape) -> tuple[float, float]:
    """Width and height of a texel: a program's floats begin with those of each texture it reads."""
    return 1 / shape.width, 1 / shape.height


def _reader(
    name: str, given: Input, number: Callable[[str, int], None], sizes: list[float]
) -> Reader:
    """The reader of one input; adds the numbers that its accessors use."""
    operand = operand_of(given)
    kind = texture_kind(operand.spec)
    if operand.layout == SCALAR:
        return Reader(name, kind, SCALAR, "splat", 0)
    sizes += units(texture_shape(operand.spec, operand.layout))
    if operand.layout != FLAT:
        return Reader(name, kind, operand.layout, "", 0)
    huge = texels(operand.spec.size) > HUGE
    if huge:
        number(f"{name}_shift", width_shift(operand.spec.size))
    if not isinstance(given, View):
        return Reader(name, kind, FLAT, "", 0, huge)
    read = plan(given)
    number(f"{name}_offset", read.offset)
    if read.mode in ("linear", "row"):
        number(f"{name}_step", read.step)
    for axis, (n, stride) in enumerate(zip(read.dims, read.strides, strict=True)):
        if axis:
            number(f"{name}_n{axis}", n)
        number(f"{name}_s{axis}", stride)
    return Reader(name, kind, FLAT, read.mode, len(read.dims), huge)


def _int_macros(source: Source) -> list[str]:
    """Macro lines for every int, those of the accessors first."""
    lines, at = [], 0
    for name, length in (*source.accessor_dims, *source.dims):
        parts = [_dim(source, at + i) for i in range(max(length, 1))]
        at += len(parts)
        text = f"int[{length}]({', '.join(parts)})" if length else parts[0]
        lines.append(f"#define {name} {text}")
    return lines


def _float_macros(source: Source) -> tuple[list[str], list[str]]:
    """Macro lines for the size of a texel of each input and of the output, and for the body's own
    floats."""
    units, at = [], 0
    for reader in source.readers:
        if reader.layout != SCALAR:
            unit = f"vec2({_float(source, at)}, {_float(source, at + 1)})"
            units.append(f"#define {reader.name}_unit {unit}")
            at += 2
    if source.sized:
        units.append(f"#define out_size vec2({_float(source, at)}, {_float(source, at + 1)})")
        at += 2
    own = [f"#define {name} {_float(source, at + i)}" for i, name in enumerate(source.floats)]
    return units, own


def _dim(source: Source, index: int) -> str:
    if source.literals is not None:
        value = source.literals.dims[index]
        return str(value) if value >= 0 else f"({value})"
    return f"u_dims[{index >> 2}].{'xyzw'[index & 3]}"


def _float(source: Source, index: int) -> str:
    if source.literals is not None:
        return float_literal(source.literals.floats[index])
    return f"u_floats[{index >> 2}].{'xyzw'[index & 3]}"


def float_literal(value: float) -> str:
    """`value` as a GLSL expression with exactly the bits of its float32."""
    if math.isfinite(value):
        rounded = struct.unpack("f", struct.pack("f", value))[0]
        return f"({rounded!r})" if rounded < 0 else repr(rounded)
    bits = struct.unpack("I", struct.pack("f", value))[0]
    return f"uintBitsToFloat({bits}u)"


# ------------------------------------------------------------------------------------- accessors


def _functions(reader: Reader) -> list[tuple[str, str]]:
    """(name, definition) of every accessor of an input, each after what it calls."""
    vec, elem, _ = _TYPES[reader.kind]
    x = reader.name
    if reader.layout == SCALAR:
        return [
            (f"{x}_at", f"{elem} {x}_at(int i) {{ return {x}_value; }}"),
            (f"{x}_texel", f"{vec} {x}_texel(int i) {{ return {vec}({x}_value); }}"),
            (f"{x}_four", f"{vec} {x}_four(int i) {{ return {vec}({x}_value); }}"),
            (f"{x}_here", f"{vec} {x}_here() {{ return {vec}({x}_value); }}"),
            (f"{x}_view", f"{vec} {x}_view(int i) {{ return {vec}({x}_value); }}"),
        ]
    if reader.layout != FLAT:
        return _point_functions(reader)
    return [
        *_places(reader),
        (f"{x}_texel", f"{vec} {x}_texel(int i) {{ return {x}_placed({x}_place(i)); }}"),
        (f"{x}_at", f"{elem} {x}_at(int i) {{ return {x}_texel(i >> 2)[i & 3]; }}"),
        (f"{x}_four", f"{vec} {x}_four(int i) {{ {_four(reader)} }}"),
        (f"{x}_here", f"{vec} {x}_here() {{ return texture({x}_tex, here); }}"),
        *([(f"{x}_base", _base(reader))] if reader.rank else []),
        *([(f"{x}_row", _row(reader))] if reader.mode == "lanes" else []),
        *([(f"{x}_view", _view(reader))] if reader.mode else []),
    ]


def _out_texel(source: Source) -> str:
    """The number of the texel that is drawn.

    From `here` and in floats, exactly: with `gl_FragCoord` and ints a pass over a million elements
    took a rasterizer a quarter longer.
    """
    if source.sized:
        text = "vec2 at = floor(here * out_size); return int(at.y * out_size.x + at.x);"
    else:
        text = "return (int(gl_FragCoord.y) << out_shift) | int(gl_FragCoord.x);"
    return f"int out_texel() {{ {text} }}"


def _places(reader: Reader) -> list[tuple[str, str]]:
    """Accessors of a flat texture by place: the number of a texel where that is huge.

    Otherwise widths of the texture to the centre of the texel in floats, exactly, since widths are
    powers of two: a shift, a mask and two conversions take rasterizers twice as long.
    """
    x, vec = reader.name, _TYPES[reader.kind][0]
    if reader.huge:
        kind, place, steps = "int", "i", "n"
        at = f"vec2 at = vec2(float(p & ((1 << {x}_shift) - 1)), float(p >> {x}_shift)) + 0.5;"
        at += f" return texture({x}_tex, at * {x}_unit);"
    else:
        kind, place, steps = "float", f"(float(i) + 0.5) * {x}_unit.x", f"float(n) * {x}_unit.x"
        at = "float row = floor(p);"
        at += f" return texture({x}_tex, vec2(p - row, (row + 0.5) * {x}_unit.y));"
    return [
        (f"{x}_PLACE", f"#define {x}_PLACE {kind}"),
        (f"{x}_place", f"{kind} {x}_place(int i) {{ return {place}; }}"),
        (f"{x}_steps", f"{kind} {x}_steps(int n) {{ return {steps}; }}"),
        (f"{x}_placed", f"{vec} {x}_placed({kind} p) {{ {at} }}"),
    ]


def _four(reader: Reader) -> str:
    """The four elements from element i on, of two texels."""
    x, vec = reader.name, _TYPES[reader.kind][0]
    return (
        f"int s = i & 3; {vec} a = {x}_texel(i >> 2), b = {x}_texel((i >> 2) + 1); "
        f"return s == 0 ? a : s == 1 ? {vec}(a.yzw, b.x) : s == 2 ? {vec}(a.zw, b.xy) "
        f": {vec}(a.w, b.xyz);"
    )


def _point_functions(reader: Reader) -> list[tuple[str, str]]:
    """Accessors of what is read at coordinates that the body computes."""
    x = reader.name
    if reader.layout == BLOCK:
        return [
            (f"{x}_point", f"vec4 {x}_point(vec3 at) {{ return texture({x}_tex, at); }}"),
            (
                f"{x}_layer",
                f"vec4 {x}_layer(int n) {{ return texture({x}_tex, vec3(here, float(n))); }}",
            ),
        ]
    return [(f"{x}_point", f"vec4 {x}_point(vec2 at) {{ return texture({x}_tex, at); }}")]


def _base(reader: Reader) -> str:
    """Where the coordinates of i lead."""
    x = reader.name
    return f"int {x}_base(int i) {{ {_coordinates(x, reader.rank - 1)} }}"


def _row(reader: Reader) -> str:
    """Where the coordinates of row i, all but the innermost axis, lead."""
    x = reader.name
    return f"int {x}_row(int i) {{ {_coordinates(x, reader.rank - 2)} }}"


def _coordinates(x: str, innermost: int) -> str:
    """Divide off one axis after the other, innermost first."""
    steps = "".join(
        f" q = quotient(i, {x}_n{axis}); o += (i - q * {x}_n{axis}) * {x}_s{axis}; i = q;"
        for axis in range(innermost, 0, -1)
    )
    return f"int o = {x}_offset, q;{steps} return o + i * {x}_s0;"


def _lanes(reader: Reader) -> str:
    """Four elements in a row; the next row is looked up only where one ends."""
    vec, x = _TYPES[reader.kind][0], reader.name
    n, s = f"{x}_n{reader.rank - 1}", f"{x}_s{reader.rank - 1}"
    lanes = "".join(
        f"v.{lane} = {x}_at(o + c * {s}); if (++c == {n}) {{ c = 0; o = {x}_row(++r); }} "
        for lane in "xyzw"
    )
    return (
        f"int r = quotient(4 * i, {n}), c = 4 * i - r * {n}, o = {x}_row(r); {vec} v; "
        f"{lanes}return v;"
    )


def _view(reader: Reader) -> str:
    vec, x = _TYPES[reader.kind][0], reader.name

    def four(*indices: str) -> str:
        return f"return {vec}({', '.join(f'{x}_at({index})' for index in indices)});"

    body = {
        "splat": f"return {vec}({x}_at({x}_offset));",
        "texel": f"return {x}_texel(i + {x}_offset);",
        "vector": f"return {x}_texel({x}_base(i));",
        "splat_row": f"return {vec}({x}_at({x}_base(i)));",
        "row": f"int o = {x}_base(i), s = {x}_step; "
        + four("o", "o + s", "o + 2 * s", "o + 3 * s"),
        "linear": f"int s = {x}_step, o = {x}_offset + 4 * i * s; "
        + four("o", "o + s", "o + 2 * s", "o + 3 * s"),
        "lanes": _lanes(reader),
    }
    return f"{vec} {x}_view(int i) {{ {body[reader.mode]} }}"


def _accessors(reader: Reader, used: set[str]) -> Iterable[str]:
    """The accessors that are used, and those that they use."""
    functions = _functions(reader)
    needed = set(used)
    for name, text in reversed(functions):
        if name in needed:
            needed |= set(_WORD.findall(text))
    return [text for name, text in functions if name in needed]


# ---------------------------------------------------------------------------------------- source


def read_elsewhere(source: Source) -> Iterable[bool]:
    """For each texture whether it is read at computed coordinates only, and so may be larger."""
    text = f"{read_glsl(source.body)}{source.functions}{source.defines}"
    for x in source.readers:
        if x.layout != SCALAR:
            yield f"{x.name}_here" not in text and f"{x.name}_layer" not in text


def assemble(source: Source) -> str:
    """The fragment shader of `source`."""
    defines = [f"#define {name} {value}" for name, value in source.defines]
    body = read_glsl(source.body)
    text = "\n".join((*defines, source.functions, body))
    included = library(text)
    used = set(_WORD.findall(included + text))
    ints = _int_macros(source)
    shared = len(source.accessor_dims)
    accessors: list[str] = []
    if "out_texel" in used:
        accessors.append(_out_texel(source))
    for reader in source.readers:
        accessors += _accessors(reader, used)
    units, floats = _float_macros(source)
    lines = [*_declarations(source), *ints[:shared], *units, *accessors, *ints[shared:], *floats]
    if not any(name.startswith("EPILOGUE") for name, _ in source.defines):
        lines.append("#define EPILOGUE(v) v")
    functions = library("\n".join((*accessors, text)))
    return f"{HEADER}#define BIG {int(source.big)}\n{functions}" + "\n".join((*lines, text))


def _declarations(source: Source) -> Iterable[str]:
    vec, elem, _ = _TYPES[source.outputs[0]]
    yield f"#define VEC {vec}"
    yield f"#define ELEM {elem}"
    for i, kind in enumerate(source.outputs):
        name = "result" if len(source.outputs) == 1 else f"result{i}"
        yield f"layout(location = {i}) out highp {_TYPES[kind][0]} {name};"
    for reader in source.readers:
        vec, elem, sampler = _TYPES[reader.kind]
        yield f"#define {reader.name}_VEC {vec}"
        yield f"#define {reader.name}_ELEM {elem}"
        if reader.layout == SCALAR:
            yield f"uniform highp {elem} {reader.name}_value;"
        else:
            array = "Array" if reader.layout == BLOCK else ""
            yield f"uniform highp {sampler}{array} {reader.name}_tex;"
    if source.literals is None:
        n = sum(max(length, 1) for _, length in (*source.accessor_dims, *source.dims))
        if n:
            yield f"uniform highp ivec4 u_dims[{-(-n // 4)}];"
        n = 2 * (source.sized + sum(r.layout != SCALAR for r in source.readers))
        n += len(source.floats)
        if n:
            yield f"uniform highp vec4 u_floats[{-(-n // 4)}];"


def pad4(values: Sequence[Any]) -> list[Any]:
    """`values` with zeros up to a multiple of four, as the uniform arrays want them."""
    return [*values, *(0,) * (-len(values) % 4)]
