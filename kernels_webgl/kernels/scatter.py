"""Adding up or replacing rows by number. Shaders cannot scatter: results look for what is theirs.

Each result walks over all numbers where these are few. Otherwise the numbers are sorted, and each
result knows the stretch of them that is its own. So that one long stretch does not keep a single
fragment busy, rows are added up in chunks beforehand, chunks in larger chunks and so on: a stretch
is a few whole chunks of each level.
"""

from __future__ import annotations

from math import prod

from tfpy.dtypes import int32
from tfpy.spec import TensorSpec

from ..program import Call, Input, Operand, Program, kernel
from .sorting import search, sorted_rows

#: Numbers up to which walking over them may be the quicker way, by one result and by all together.
FEW, FEW_IN_ALL = 1024, 1 << 20
#: Rows that a chunk adds up.
CHUNK = 32


def _parts(inner: int, *names: str) -> tuple[dict[str, int | str], int]:
    """Defines for rows of `inner` elements, and their length in PARTs: whole texels, or elements.

    `f(i)` computes PART i of the result; `x_part` reads one of input x, for each of `names`.
    """
    whole = inner % 4 == 0
    each = "VEC(f(e), f(e + 1), f(e + 2), f(e + 3))"
    value = "f(out_texel())" if whole else each
    first = "" if whole else "int e = 4 * out_texel(); "
    defines: dict[str, int | str] = {
        f"{x}_part": f"{x}_texel" if whole else f"{x}_at" for x in names
    }
    defines["PART"] = "VEC" if whole else "ELEM"
    defines["MAIN(f)"] = f"void main() {{ {first}result = {value}; }}"
    return defines, inner // 4 if whole else inner


def _stretches(call: Call, rows: int) -> tuple[list[Program], Operand, Operand]:
    """Programs that sort the numbers; the sorted order; where in it each result's stretch begins,
    and after it where the last one ends."""
    ids = call["segment_ids"]
    count = ids.spec.size
    programs, keys, origin = sorted_rows(call, ids, count, count, False)
    starts = call.temp(TensorSpec((rows + 1,), int32))
    # What fills the keys up is larger than every number of a row.
    programs.append(search(starts, keys, "(e)", None, rows + 1))
    return programs, origin, starts


def _few(call: Call) -> bool:
    count = call["segment_ids"].spec.size
    return count <= FEW and count * call.out.spec.size <= FEW_IN_ALL


@kernel("unsorted_segment_sum")
def unsorted_segment_sum(call: Call) -> list[Program]:
    """Each result walks over all rows, or adds up its stretch of the sorted ones."""
    x, ids = call["x"], call["segment_ids"]
    count = ids.spec.size
    parts, inner = _parts(prod(x.spec.shape[1:]), "x")
    if _few(call):
        inputs: dict[str, Input] = {"x": x, "segment_ids": ids}
        dims = {"count": count, "inner": inner}
        return [Program("segment_sum", call.out, inputs, parts, dims)]
    programs, origin, starts = _stretches(call, call.out.spec.shape[0])
    levels, sizes = [x], [count]
    while sizes[-1] > CHUNK:
        below, n = levels[-1], sizes[-1]
        sizes.append(-(-n // CHUNK))
        levels.append(call.temp(TensorSpec((sizes[-1], *x.spec.shape[1:]), x.spec.dtype)))
        first = below is x
        inputs = {"x": below, "from": origin} if first else {"x": below}
        dims = {"count": n, "inner": inner, "chunk": CHUNK}
        defines = {**parts, "SORTED": int(first)}
        programs.append(Program("segment_chunks", levels[-1], inputs, defines, dims))
    inputs = {f"l{i}": level for i, level in enumerate(levels)}
    parts, _ = _parts(prod(x.spec.shape[1:]), *inputs)
    inputs |= {"from": origin, "starts": starts}
    dims = {"count": count, "inner": inner, "chunk": CHUNK}
    defines = {**parts, "LEVELS": len(levels)}
    return [*programs, Program("segment_stretches", call.out, inputs, defines, dims)]


@kernel("scatter_rows")
def scatter_rows(call: Call) -> list[Program]:
    """Each row looks for the last of its updates."""
    x, ids, updates = call["x"], call["segment_ids"], call["updates"]
    parts, inner = _parts(prod(x.spec.shape[1:]), "x", "updates")
    inputs: dict[str, Input] = {"x": x, "updates": updates}
    programs: list[Program] = []
    if _few(call):
        inputs["segment_ids"] = ids
    else:
        programs, inputs["from"], inputs["starts"] = _stretches(call, x.spec.shape[0])
    defines = {**parts, "SORTED": int(bool(programs))}
    dims = {"count": ids.spec.size, "inner": inner}
    return [*programs, Program("scatter_rows", call.out, inputs, defines, dims)]
