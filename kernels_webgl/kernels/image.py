"""Kernels that read images between their pixels, and their gradients.

One shader reads and one collects, at positions that are tensors or follow from sizes.
"""

from __future__ import annotations

from typing import Any

from tfpy.spec import nearest_positions, source_positions

from ..program import Call, Operand, Program, kernel
from .movement import constants

#: The pixel that stands for a whole position of an axis, by what lies outside of the image.
_FOLDS = {
    "constant": "((i) >= 0.0 && (i) < float(n) ? int(i) : -1)",
    "nearest": "int(clamp(i, 0.0, float((n) - 1)))",
    "wrap": "fold_wrap(i, n)",
    "reflect": "fold_reflect(i, n)",
}


class _Numbers:
    """What the shaders need to know, whichever way the positions are given.

    Args:
        call: a sampling or its gradient.
        image: shape of the images that are read.
        out: shape of what is read out of them.
        mode: what lies outside.
    """

    def __init__(self, call: Call, image: Any, out: Any, mode: str) -> None:
        self.nearest = call.attrs["method"] == "nearest"
        self.defines: dict[str, int | str] = {
            "NEAREST": int(self.nearest),
            "VECTORS": int(image[3] % 4 == 0),
            "FOLD(i, n)": _FOLDS[mode],
            "ROW_FROM(at)": "0",
            "ROW_END(at)": "out_h",
            "COLUMN_FROM(at)": "0",
            "COLUMN_END(at)": "out_w",
        }
        names = ("batch", "in_h", "in_w", "channels", "out_h", "out_w", "count")
        sizes = (*image, out[1], out[2], out[0])
        self.dims: dict[str, int] = dict(zip(names, sizes, strict=True))
        self.floats: dict[str, float] = {}
        self.inputs: dict[str, Operand] = {}

    def read(self, call: Call) -> None:
        """Positions that are tensors."""
        for name, macro in (("rows", "ROW"), ("columns", "COLUMN")):
            spec = call[name].spec
            steps = [f"{name}_{axis}" for axis in "mij"]
            strides = zip(spec.shape, spec.strides, strict=True)
            self.dims |= dict(zip(steps, [0 if n == 1 else s for n, s in strides], strict=True))
            place = " + ".join(f"({axis}) * {s}" for axis, s in zip("mij", steps, strict=True))
            self.defines[f"{macro}(m, i, j)"] = f"{name}_at({place})"
            self.inputs[name] = call[name]
        self.inputs["images"] = call["images"]
        separate = call["rows"].spec.shape[2] == 1 and call["columns"].spec.shape[1] == 1
        self.defines |= {"IMAGE(m)": "images_at(m)", "SEPARATE": int(separate)}
        self.defines |= {"FIRST(n)": "0", "END(n)": "count"}

    def compute(self, call: Call, image: Any, out: Any) -> None:
        """Positions of a resizing."""
        flags = call.attrs["align_corners"], call.attrs["half_pixel_centers"]
        for axis, macro, i, side in ((1, "ROW", "i", "h"), (2, "COLUMN", "j", "w")):
            step, offset, unit = (f"{word}_{i}" for word in ("step", "offset", "unit"))
            if self.nearest:
                numbers = nearest_positions(out[axis], image[axis], *flags)
                self.dims |= dict(zip((step, offset, unit), numbers, strict=True))
                text = f"float((({i}) * {step} + {offset}) / {unit})"
                scale, start = numbers[0] / numbers[2], numbers[1] / numbers[2]
            else:
                scale, start = source_positions(out[axis], image[axis], *flags)
                self.floats |= {step: scale, offset: start}
                text = f"(float({i}) * {step} + {offset})"
            self.defines[f"{macro}(m, i, j)"] = text
            if scale:
                self.floats |= {f"start_{i}": start, f"inverse_{i}": 1 / scale}
                self.defines |= _readers(macro, i, side)
        self.defines |= {"IMAGE(m)": "(m)", "SEPARATE": 1}
        self.defines |= {"FIRST(n)": "n", "END(n)": "(n) + 1"}

    def program(self, body: str, out: Operand, **inputs: Operand) -> Program:
        """A shader with these numbers."""
        given = {**inputs, **self.inputs}
        return Program(body, out, given, self.defines, self.dims, self.floats)


def _readers(macro: str, i: str, side: str) -> dict[str, int | str]:
    """Which lines of a resized image may have read a row: those less than a row away from it."""
    first, last = (f"(float(at) {sign} 1.0 - start_{i}) * inverse_{i}" for sign in "-+")
    end = f"min(int(ceil({last})) + 1, out_{side})"
    return {
        f"{macro}_FROM(at)": f"(at == 0 ? 0 : max(int(floor({first})), 0))",
        f"{macro}_END(at)": f"(at == in_{side} - 1 ? out_{side} : {end})",
    }


def _filled(numbers: _Numbers, out: Operand, fill: float) -> None:
    dims, floats = constants(out, fill=fill)
    numbers.dims |= dims
    numbers.floats |= floats


@kernel("sample_image")
def sample_image(call: Call) -> Program:
    x, attrs = call["x"], call.attrs
    numbers = _Numbers(call, x.spec.shape, call.out.spec.shape, attrs["mode"])
    numbers.read(call)
    _filled(numbers, call.out, attrs["fill"])
    return numbers.program("sample_image", call.out, x=x)


@kernel("sample_image_grad")
def sample_image_grad(call: Call) -> Program:
    dy, attrs = call["dy"], call.attrs
    numbers = _Numbers(call, attrs["shape"], dy.spec.shape, attrs["mode"])
    numbers.read(call)
    return numbers.program("sample_image_grad", call.out, dy=dy)


@kernel("resize_image")
def resize_image(call: Call) -> Program:
    x, shape = call["x"], call.out.spec.shape
    numbers = _Numbers(call, x.spec.shape, shape, "nearest")
    numbers.compute(call, x.spec.shape, shape)
    _filled(numbers, call.out, 0)
    return numbers.program("sample_image", call.out, x=x)


@kernel("resize_image_grad")
def resize_image_grad(call: Call) -> Program:
    dy, shape = call["dy"], call.attrs["shape"]
    numbers = _Numbers(call, shape, dy.spec.shape, "nearest")
    numbers.compute(call, shape, dy.spec.shape)
    return numbers.program("sample_image_grad", call.out, dy=dy)
