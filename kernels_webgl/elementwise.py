"""Elementwise operations: one GLSL expression each, over the four elements of a texel.

A row reads `x`, or `a` and `b` (`condition`, `a`, `b` for where), each a vec4 or ivec4, and the
operation's attributes by name. Its type follows the output: a comparison yields an ivec4 of 0 and
1, as bool tensors are stored. A row that differs by type is a dict by the kind of its operands:
"f" float, "i" int, "b" bool (the row "i" where that is missing).

Functions that begin with np_ are in `glsl/lib/` and mean what NumPy means, NaN included; GLSL's
own are used only where every driver gets them right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfpy.spec import TensorSpec

from .layout import BLOCK, SCALAR, blocks
from .program import KERNELS, LAYOUTS, Call, Input, Operand, Program
from .views import broadcast

Row = str | dict[str, str]


def _number(f: str, i: str) -> dict[str, str]:
    return {"f": f, "i": i}


ROWS: dict[str, Row] = {
    # Sign and rounding
    "abs": "abs(x)",
    "negative": "-x",
    "sign": _number("np_sign(x)", "sign(x)"),
    "floor": _number("floor(x)", "x"),
    "ceil": _number("ceil(x)", "x"),
    "round": _number("roundEven(x)", "x"),
    "square": "x * x",
    "sqrt": "np_sqrt(x)",
    "rsqrt": "1.0 / np_sqrt(x)",
    "reciprocal": "1.0 / x",
    # Exponentials and logarithms
    "exp": "np_exp(x)",
    "expm1": "np_expm1(x)",
    "log": "np_log(x)",
    "log1p": "np_log1p(x)",
    # Trigonometry
    "sin": "np_sin(x)",
    "cos": "np_cos(x)",
    "tan": "np_tan(x)",
    "asin": "np_asin(x)",
    "acos": "np_acos(x)",
    "atan": "np_atan(x)",
    "sinh": "np_sinh(x)",
    "cosh": "np_cosh(x)",
    "tanh": "np_tanh(x)",
    "asinh": "np_asinh(x)",
    "acosh": "np_acosh(x)",
    "atanh": "np_atanh(x)",
    # Activations
    "sigmoid": "np_sigmoid(x)",
    "log_sigmoid": "-np_softplus(-x)",
    "softplus": "np_softplus(x)",
    "erf": "np_erf(x)",
    "relu": "np_max(x, VEC(0))",
    "relu6": "np_clip(x, VEC(0), VEC(6))",
    "elu": "choose(lessThan(x, vec4(0.0)), np_expm1(x), x)",
    "selu": "1.05070098 * choose(lessThan(x, vec4(0.0)), 1.67326324 * np_expm1(x), x)",
    "leaky_relu": "choose(lessThan(x, vec4(0.0)), alpha * x, x)",
    "prelu": "choose(lessThan(a, vec4(0.0)), b * a, a)",
    "step": _number(
        "choose(np_isnan(x), x, choose(greaterThan(x, vec4(0.0)), vec4(1.0), vec4(alpha)))",
        "choose(greaterThan(x, ivec4(0)), ivec4(1), ivec4(alpha))",
    ),
    "clip_by_value": "np_clip(x, VEC(clip_value_min), VEC(clip_value_max))",
    # Tests
    "isnan": "ivec4(np_isnan(x))",
    "isinf": "ivec4(np_isinf(x))",
    "isfinite": "ivec4(not(either(np_isnan(x), np_isinf(x))))",
    "logical_not": "1 - x",
    # Arithmetic
    "add": "a + b",
    "subtract": "a - b",
    "multiply": "a * b",
    "divide": "a / b",
    "divide_no_nan": "choose(equal(b, vec4(0.0)), vec4(0.0), a / b)",
    "floor_divide": "np_floor_divide(a, b)",
    "mod": "np_mod(a, b)",
    "pow": "np_pow(a, b)",
    "maximum": "np_max(a, b)",
    "minimum": "np_min(a, b)",
    "squared_difference": "(a - b) * (a - b)",
    "atan2": "np_atan2(a, b)",
    # Comparison and logic
    "equal": _number("np_equal(a, b)", "ivec4(equal(a, b))"),
    "not_equal": _number("1 - np_equal(a, b)", "ivec4(notEqual(a, b))"),
    "less": _number("np_less(a, b)", "ivec4(lessThan(a, b))"),
    "less_equal": _number("np_less_equal(a, b)", "ivec4(lessThanEqual(a, b))"),
    "greater": _number("np_less(b, a)", "ivec4(greaterThan(a, b))"),
    "greater_equal": _number("np_less_equal(b, a)", "ivec4(greaterThanEqual(a, b))"),
    "logical_and": "a & b",
    "logical_or": "a | b",
    "logical_xor": "a ^ b",
    "bitwise_and": "a & b",
    "bitwise_or": "a | b",
    "bitwise_xor": "a ^ b",
    # GLSL leaves counts outside [0, 31] open; NumPy shifts everything out.
    "bitwise_left_shift": "choose(equal(b & 31, b), a << (b & 31), ivec4(0))",
    "bitwise_right_shift": "a >> choose(equal(b & 31, b), b, ivec4(31))",
    "bitwise_not": "~x",
    # Selection
    "where": "choose(notEqual(condition, ivec4(0)), a, b)",
}

#: Casts by (from, to) kind. To the same kind there is nothing to do.
CASTS = {
    "fi": "float_to_int(x)",
    "fb": "ivec4(notEqual(x, vec4(0.0)))",
    "if": "vec4(x)",
    "ib": "ivec4(notEqual(x, ivec4(0)))",
    "bf": "vec4(x)",
    "bi": "x",
}


def expression(op: str, kind: str) -> str:
    """The row of `op` for operands of `kind`."""
    row = ROWS[op]
    if isinstance(row, str):
        return row
    return row[kind] if kind in row else row["i"]


def layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """Blocks stay blocks, with other images of the same shape and with a number per channel."""
    out = call.out.spec
    if not any(x.layout == BLOCK and x.spec == out for x in call.inputs):
        return None
    found = []
    for x in call.inputs:
        if x.spec == out:
            found.append(BLOCK)
        elif x.spec.dtype is out.dtype and x.spec.size in (1, _per_channel(x, out)):
            found.append(x.unblocked)
        else:
            return None
    return found, BLOCK


def _per_channel(x: Operand, out: TensorSpec) -> int:
    """The size that `x` must have to be one number per channel; -1 if its shape is another."""
    return out.shape[-1] if x.spec.shape[-1:] == out.shape[-1:] else -1


def elementwise(call: Call) -> Program:
    """The kernel of every row."""
    # The last operand has the type that decides (the first of where is its condition).
    kind = call.inputs[-1].spec.dtype.kind
    program = compute(call.out, call.named, expression(call.op, kind))
    if kind == "f":
        program.floats = {k: float(v) for k, v in call.attrs.items()}
    else:
        program.dims = {k: int(v) for k, v in call.attrs.items()}
    return program


def compute(out: Operand, operands: Mapping[str, Operand], text: str) -> Program:
    """One pass that computes the expression `text` from operands broadcast to `out`."""
    if out.layout == BLOCK:
        return _compute_blocks(out, operands, text)
    inputs: dict[str, Input] = {}
    loads = []
    for name, operand in operands.items():
        inputs[name], how = operand_read(operand, out)
        loads.append(f"{name}_VEC {name} = {name}_{how};")
    defines: dict[str, int | str] = {"LOADS": " ".join(loads), "EXPRESSION": text}
    return Program("elementwise", out, inputs, defines)


def _compute_blocks(out: Operand, operands: Mapping[str, Operand], text: str) -> Program:
    """The same for images in blocks, whose other operands are numbers or have one per channel."""
    loads = [f"vec4 {name} = {read};" for name, read in block_reads(operands).items()]
    defines: dict[str, int | str] = {"LOADS(n)": " ".join(loads), "EXPRESSION": text}
    dims = {"groups": blocks(out.spec).groups}
    return Program("elementwise_blocks", out, dict(operands), defines, dims)


def block_reads(operands: Mapping[str, Operand]) -> dict[str, str]:
    """What each operand is in layer n of a block whose first texel of a channel is `quad`."""
    reads = {}
    for name, x in operands.items():
        how = (
            "layer(n)"
            if x.layout == BLOCK
            else "at(0)"
            if x.spec.size == 1
            else "texel(quad + (n & 1))"
        )
        reads[name] = f"vec4({name}_{how})"
    return reads


def operand_read(operand: Operand, out: Operand) -> tuple[Input, str]:
    """How `operand` is bound and read: in place where it has the output's elements."""
    if operand.layout == SCALAR or operand.spec.size == out.spec.size:
        return operand, "here()"
    return broadcast(operand, out.spec.shape), "view(out_texel())"


def cast(call: Call) -> Program | Operand:
    """Another dtype; the data itself where the texture would not differ."""
    x, to = call["x"], call.attrs["dtype"]
    kinds = x.spec.dtype.kind + to.kind
    if kinds[0] == kinds[1]:
        return x
    inputs: dict[str, Input] = {"x": x}
    defines: dict[str, int | str] = {"LOADS": "x_VEC x = x_here();", "EXPRESSION": CASTS[kinds]}
    return Program("elementwise", call.out, inputs, defines)


KERNELS.update(dict.fromkeys(ROWS, elementwise))
LAYOUTS.update(dict.fromkeys(ROWS, layouts))
KERNELS["cast"] = cast
