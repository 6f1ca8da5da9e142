"""Kernels that read images between their pixels, and their gradients.

One shader reads and one collects, at positions that are tensors or follow from sizes.
"""

from __future__ import annotations

from typing import Any

from tfpy.spec import nearest_positions, source_positions

from ..program import Call, Program, kernel
from .movement import constants

#: The pixel that stands for a whole position of an axis, by what lies outside of the image.
_FOLDS = {
    "constant": "((i) >= 0.0 && (i) < float(n) ? int(i) : -1)",
    "nearest": "int(clamp(i, 0.0, float((n) - 1)))",
    "wrap": "fold_wrap(i, n)",
    "reflect": "fold_reflect(i, n)",
}


Defines = dict[str, int | str]


@kernel("sample_image", "sample_image_grad", "resize_image", "resize_image_grad")
def read_images(call: Call) -> Program:
    """A gradient is told by the shape that it has to have, a resizing by having one input."""
    attrs, given, grad = call.attrs, call.inputs[0], "shape" in call.attrs
    shapes = given.spec.shape, call.out.spec.shape
    image, out = (attrs["shape"], shapes[0]) if grad else shapes
    names = ("batch", "in_h", "in_w", "channels", "out_h", "out_w", "count")
    dims: dict[str, int] = dict(zip(names, (*image, *out[1:3], out[0]), strict=True))
    floats: dict[str, float] = {}
    defines: Defines = {
        "NEAREST": int(attrs["method"] == "nearest"),
        "VECTORS": int(image[3] % 4 == 0),
        "FOLD(i, n)": _FOLDS[attrs.get("mode", "nearest")],
        "SEPARATE": 1,
    }
    if len(call.inputs) == 1:
        for axis in (1, 2):
            _resized(attrs, axis, image[axis], out[axis], defines, dims, floats)
        defines |= {"IMAGE(m)": "(m)", "FIRST(n)": "n", "END(n)": "(n) + 1"}
    else:
        _placed(call, defines, dims)
    if not grad:
        fill_dims, fill_floats = constants(call.out, fill=attrs.get("fill", 0))
        dims, floats = dims | fill_dims, floats | fill_floats
    body = "sample_image_grad" if grad else "sample_image"
    return Program(body, call.out, call.named, defines, dims, floats)


def _placed(call: Call, defines: Defines, dims: dict[str, int]) -> None:
    """Positions that are tensors."""
    for name, macro in (("rows", "ROW"), ("columns", "COLUMN")):
        spec = call[name].spec
        for axis, n, step in zip("mij", spec.shape, spec.strides, strict=True):
            dims[f"{name}_{axis}"] = 0 if n == 1 else step
        place = " + ".join(f"({axis}) * {name}_{axis}" for axis in "mij")
        defines[f"{macro}(m, i, j)"] = f"{name}_at({place})"
        defines |= {f"{macro}_FROM(at)": "0", f"{macro}_END(at)": f"out_{'hw'[macro == 'COLUMN']}"}
    separate = call["rows"].spec.shape[2] == 1 and call["columns"].spec.shape[1] == 1
    defines |= {"SEPARATE": int(separate), "IMAGE(m)": "images_at(m)"}
    defines |= {"FIRST(n)": "0", "END(n)": "count"}


def _resized(
    attrs: dict[str, Any],
    axis: int,
    size: int,
    out: int,
    defines: Defines,
    dims: dict[str, int],
    floats: dict[str, float],
) -> None:
    """Positions of a resizing along one axis."""
    flags = attrs["align_corners"], attrs["half_pixel_centers"]
    macro, i, side = (("ROW", "i", "h"), ("COLUMN", "j", "w"))[axis - 1]
    place = f"float({i}) * step_{i} + offset_{i}"
    if attrs["method"] == "nearest":
        step, offset, unit = nearest_positions(out, size, *flags)
        dims |= {f"step_{i}": step, f"offset_{i}": offset, f"unit_{i}": unit}
        place = f"float((({i}) * step_{i} + offset_{i}) / unit_{i})"
        scale, start = step / unit, offset / unit
    else:
        scale, start = source_positions(out, size, *flags)
        floats |= {f"step_{i}": scale, f"offset_{i}": start}
    # What may have read a row is less than a row away from it.
    floats |= {f"start_{i}": start, f"inverse_{i}": 1 / scale if scale else 0.0}
    first, last = (f"(float(at) {sign} 1.0 - start_{i}) * inverse_{i}" for sign in "-+")
    end = f"min(int(ceil({last})) + 1, out_{side})"
    defines |= {
        f"{macro}(m, i, j)": f"({place})",
        f"{macro}_FROM(at)": f"(at == 0 ? 0 : max(int(floor({first})), 0))",
        f"{macro}_END(at)": f"(at == in_{side} - 1 ? out_{side} : {end})",
    }
