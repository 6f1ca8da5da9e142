"""Sorting by merging: runs of four, then pairs of runs in one pass each, so log2(n) - 1 passes.

Every element of a merged run finds where the two runs part by a halving search of its own.
"""

from __future__ import annotations

from math import prod

from tfpy.dtypes import int32
from tfpy.spec import TensorSpec

from ..program import Call, Operand, Program, kernel


def sorted_rows(
    call: Call, x: Operand, n: int, k: int, descending: bool
) -> tuple[list[Program], Operand, Operand]:
    """Programs that sort the rows of `n` of `x`: the keys, and where in the row each comes from.

    Both are (rows, 1, kept) where `kept` is at least `k`, the number of elements wanted.
    """
    rows, runs, size, most = x.spec.size // max(n, 1), -(-n // 4), 4, -(-k // 4) * 4
    programs: list[Program] = []

    def temps() -> tuple[Operand, Operand]:
        spec = TensorSpec((rows, runs, size), int32)
        return call.temp(spec), call.temp(spec)

    keys, origin = temps()
    defines: dict[str, int | str] = {"ALIGNED": int(n % 4 == 0), "REVERSE": str(descending).lower()}
    programs.append(
        Program("sort_fours", (keys, origin), {"x": x}, defines, {"n": n, "runs": runs})
    )
    while runs > 1:
        dims = {"runs": runs, "size": size}
        runs, size = -(-runs // 2), min(2 * size, most)
        inputs = {"keys": keys, "from": origin}
        keys, origin = temps()
        dims |= {"merged": runs, "kept": size}
        programs.append(Program("sort_merge", (keys, origin), inputs, None, dims))
    return programs, keys, origin


@kernel("sort_last")
def sort_last(call: Call) -> list[Program]:
    """Sort, then fetch what is wanted."""
    x, k = call["x"], call.attrs["k"]
    n = x.spec.shape[-1]
    programs, _, origin = sorted_rows(call, x, n, k, call.attrs["descending"])
    dims = {"n": n, "k": k, "kept": origin.spec.shape[-1]}
    pick = Program("sort_pick", call.outputs, {"x": x, "from": origin}, None, dims)
    return [*programs, pick]


def search(
    out: Operand, keys: Operand, value: str, values: Operand | None, m: int, right: bool = False
) -> Program:
    """Where in its row of `keys` each of its `m` values goes; `value` is GLSL of the number e."""
    inputs = {"keys": keys} if values is None else {"keys": keys, "values": values}
    dims = {"n": keys.spec.shape[-1], "m": m}
    return Program("search", out, inputs, {"VALUE(e)": value, "RIGHT": int(right)}, dims)


@kernel("searchsorted")
def searchsorted(call: Call) -> Program:
    """A halving search for each value."""
    keys, values = call["sorted_sequence"], call["values"]
    # One row for all, or each its own.
    m = prod(values.spec.shape) if keys.spec.rank == 1 else values.spec.shape[-1]
    right = call.attrs["side"] == "right"
    return search(call.out, keys, "sort_key(values_at(e), false)", values, m, right)
