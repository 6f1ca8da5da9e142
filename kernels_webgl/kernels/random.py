"""Kernels that draw random numbers; `tfpy.ops.generator` says what they are."""

from __future__ import annotations

from ..program import Call, Program, kernel


@kernel("draw_random")
def draw_random(call: Call) -> Program:
    """Each element counts for itself."""
    attrs, inputs = call.attrs, {"state": call["state"]}
    kind, low, scale = attrs["kind"], attrs["low"], attrs["scale"]
    defines: dict[str, int | str] = {"PAIRS": int(kind == "range"), kind.upper(): 1}
    if kind == "range":
        # Past 2^31 the count is an int by its bits only.
        dims = {"low": low, "count": (scale + (1 << 31)) % (1 << 32) - (1 << 31)}
        return Program("draw_random", call.out, inputs, defines, dims)
    floats = {"low": low, "scale": scale, "most": attrs["most"]}
    return Program("draw_random", call.out, inputs, defines, None, floats)
