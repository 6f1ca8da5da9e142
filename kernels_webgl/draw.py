"""A draw with the changes of state before it, as one flat row: numbers that name a change, each
followed by its operands. In a page `draw.js` makes such a row in one call from Python; `draw` here
does the same by separate calls, elsewhere and where a page forbids scripts made of text.
"""

from __future__ import annotations

from typing import Any

from . import gl as G
from .gl import GL

#: Below: a texture for the unit of that number; the array textures' numbers begin at BIND_ARRAY.
BIND_2D, BIND_ARRAY, USE_PROGRAM = 0, 32, 64
UNIFORM_4IV, UNIFORM_4FV, UNIFORM_1F, UNIFORM_1I, BIND_FRAMEBUFFER, VIEWPORT = range(65, 71)

_UNIFORMS = {
    UNIFORM_4IV: "uniform4iv",
    UNIFORM_4FV: "uniform4fv",
    UNIFORM_1F: "uniform1f",
    UNIFORM_1I: "uniform1i",
}


def draw(gl: GL, *changes: Any) -> None:
    """Make `changes`, then draw."""
    rest = iter(changes)
    for code in rest:
        operand = next(rest)
        if code < USE_PROGRAM:
            gl.activeTexture(G.TEXTURE0 + code % BIND_ARRAY)
            gl.bindTexture(G.TEXTURE_2D if code < BIND_ARRAY else G.TEXTURE_2D_ARRAY, operand)
        elif code == USE_PROGRAM:
            gl.useProgram(operand)
        elif code == BIND_FRAMEBUFFER:
            gl.bindFramebuffer(G.FRAMEBUFFER, operand)
        elif code == VIEWPORT:
            gl.viewport(0, 0, operand, next(rest))
        else:
            getattr(gl, _UNIFORMS[code])(operand, next(rest))
    gl.drawArrays(G.TRIANGLES, 0, 3)
