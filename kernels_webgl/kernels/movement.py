"""Kernels that move elements: most of them are a strided view of their input, read once."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tfpy.spec import TensorSpec

from ..layout import BLOCK, blocks, has_blocks, image_dims
from ..program import Call, Input, Operand, Program, View, kernel
from ..views import broadcast, sliced, transposed

#: Inputs that one pass of concat joins; more take several passes.
MAX_PARTS = 8


def constants(out: Operand, **values: float) -> tuple[dict[str, int], dict[str, float]]:
    """(dims, floats) that hold numbers of the type of `out`."""
    if out.spec.dtype.kind == "f":
        return {}, {name: float(v) for name, v in values.items()}
    return {name: int(v) for name, v in values.items()}, {}


def _copy(out: Operand, view: View) -> Program:
    """The elements of a view, written out."""
    return Program("copy", out, {"x": view})


@kernel("reshape")
def reshape(call: Call) -> Operand:
    """Shares the data."""
    return call["x"]


@kernel("transpose")
def transpose(call: Call) -> Program | Operand:
    """A view with its strides in another order; nothing moves if only axes of size 1 do."""
    x, perm = call["x"], call.attrs["perm"]
    long = [p for p in perm if x.spec.shape[p] > 1]
    return x if long == sorted(long) else _copy(call.out, transposed(x, perm))


@kernel("broadcast_to")
def broadcast_to(call: Call) -> Program | Operand:
    """A view with stride 0 along the axes that repeat."""
    x, shape = call["x"], call.attrs["shape"]
    return x if x.spec.size == call.out.spec.size else _copy(call.out, broadcast(x, shape))


@kernel("take_slice")
def take_slice(call: Call) -> Program:
    """A view with an offset and stretched strides."""
    attrs = call.attrs
    return _copy(call.out, sliced(call["x"], attrs["begin"], attrs["size"], attrs["steps"]))


@kernel("fill")
def fill(call: Call) -> Program:
    """One value, written everywhere."""
    dims, floats = constants(call.out, value=call.attrs["value"])
    return Program("fill", call.out, {}, None, dims, floats)


def place_layouts(call: Call) -> tuple[Sequence[str], str] | None:
    """An image in blocks stays there if lines, columns and channels are put around it."""
    x, attrs, out = call["x"], call.attrs, call.out.spec
    if x.layout != BLOCK or not has_blocks(out, call.limits) or out.shape[0] != x.spec.shape[0]:
        return None
    around = set(attrs["steps"]) == {1} and attrs["begin"][3] == 0
    return ((BLOCK,), BLOCK) if around else None


@kernel("place", layouts=place_layouts)
def place(call: Call) -> Program:
    """Each output element asks whether an element of x lands on it."""
    x, attrs = call["x"], call.attrs
    if x.layout == BLOCK:
        _, begin_h, begin_w, _ = attrs["begin"]
        dims = {**image_dims(x.spec, BLOCK), **blocks(call.out.spec).dims}
        dims |= {"begin_h": begin_h, "begin_w": begin_w}
        floats = {"value": float(attrs["value"])}
        return Program("place_blocks", call.out, {"x": x}, None, dims, floats)
    axes = _merge_placed(attrs["shape"], attrs["begin"], attrs["steps"], x.spec.shape)
    n, begin, step, size = axes[-1]
    vector = step == 1 and not (n % 4 or begin % 4 or size % 4)
    if vector:
        axes[-1] = (n // 4, begin // 4, 1, size // 4)
    dims, floats = constants(call.out, value=attrs["value"])
    for k, numbers in enumerate(reversed(axes)):
        names = (f"shape_{k}", f"begin_{k}", f"step_{k}", f"size_{k}")
        dims.update(zip(names, numbers, strict=True))
    stepped = any(axis[2] != 1 for axis in axes)
    defines = {"RANK": len(axes), "VECTOR": int(vector), "STEPPED": int(stepped)}
    return Program("place", call.out, {"x": x}, defines, dims, floats)


def _merge_placed(*columns: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """(shape, begin, step, size) per axis; one that is filled whole joins the one before."""
    merged: list[tuple[int, int, int, int]] = []
    for n, begin, step, size in zip(*columns, strict=True):
        if merged and begin == 0 and step == 1 and size == n and merged[-1][2] == 1:
            outer_n, outer_begin, _, outer_size = merged[-1]
            merged[-1] = (outer_n * n, outer_begin * n, 1, outer_size * n)
        else:
            merged.append((n, begin, step, size))
    return merged or [(1, 0, 1, 1)]


@kernel("concat")
def concat(call: Call) -> list[Program] | Operand:
    """Joins up to MAX_PARTS inputs a pass, and the results of the passes again."""
    axis = call.attrs["axis"]
    parts = [x for x in call.inputs if x.spec.size] or list(call.inputs[:1])
    programs: list[Program] = []
    while len(parts) > MAX_PARTS:
        joined = []
        for start in range(0, len(parts), MAX_PARTS):
            group = parts[start : start + MAX_PARTS]
            out = group[0] if len(group) == 1 else call.temp(_joined(group, axis))
            if len(group) > 1:
                programs.append(_join(out, group, axis))
            joined.append(out)
        parts = joined
    if len(parts) == 1:
        return parts[0]
    return [*programs, _join(call.out, parts, axis)]


def _joined(parts: list[Operand], axis: int) -> TensorSpec:
    shape = list(parts[0].spec.shape)
    shape[axis] = sum(x.spec.shape[axis] for x in parts)
    return TensorSpec(tuple(shape), parts[0].spec.dtype)


def _join(out: Operand, parts: list[Operand], axis: int) -> Program:
    sizes = [prod(x.spec.shape[axis:]) for x in parts]
    vector = not any(n % 4 for n in sizes)
    if vector:
        sizes = [n // 4 for n in sizes]
    inputs: dict[str, Input] = {f"x{i}": x for i, x in enumerate(parts)}
    last = f"x{len(parts) - 1}_" + ("texel" if vector else "at")
    dims = {f"size_{i}": n for i, n in enumerate(sizes[:-1])}
    return Program(
        "concat",
        out,
        inputs,
        {"COUNT": len(parts), "VECTOR": int(vector), "LAST": last},
        {**dims, "last_size": sizes[-1], "total": sum(sizes)},
    )
