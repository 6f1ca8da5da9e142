"""The kernels that are more than one expression, by family. Importing this registers them all.

How to write a kernel
---------------------
1. Write `glsl/<name>.glsl`: a `main()` that stores `result` (`result0`, `result1`, ... for several
   outputs), and nothing else: no version, no uniforms. Each fragment makes one texel, which is four
   consecutive elements of the output. Start from its number:

       void main() {
           int i = out_texel();              // elements 4 i ... 4 i + 3
           result = EPILOGUE(x_texel(i) * factor);
       }

   `assemble` documents the accessors: `x_texel`, `x_at`, `x_here`, `x_view`. VEC and ELEM are the
   types of the output, `x_VEC` and `x_ELEM` those of an input, so one file can serve float and int.
   Functions in `glsl/lib/` are there as soon as they are mentioned. Lanes past the last element may
   be written with anything, and read as anything: never let them into a sum or a maximum.

2. Write the function that says when to use it, beside its family in this folder:

       @kernel("scale")
       def scale(call: Call) -> Program:
           return Program("scale", call.out, {"x": call["x"]}, floats={"factor": call.attrs["by"]})

   `Program` tells what goes into defines (choices, a program each), dims and floats (numbers). A
   name of `dims` or `floats` is a macro in the body, so choose words that the body does not use
   otherwise. Scalars and broadcasting need no thought where inputs are bound to a `View`
   (`views.broadcast`, `views.transposed`, `views.sliced`) and read with `x_view(out_texel())`.

3. Several passes: return a list, with `call.temp(spec)` between them. A result that is only another
   shape of an input: return that input.

4. Inputs and output lie flat unless the kernel says otherwise: `@kernel(..., layouts=rule)`, where
   the rule gives the layouts that it wants for a call (`blocks.conv_layouts` is one). `layout` has
   the layouts; the backend converts.

5. Give it a row in `tests/samples/`; that tests it everywhere.

What to avoid: loops over elements where a texel would do, integer division inside loops, results
that depend on the driver (see the library for NaN, division and rounding), more than 8 outputs,
more inputs than `call.limits["texture_units"]`.
"""

from . import (
    fused,
    image,
    indexing,
    layouts,
    matmul,
    movement,
    pools,
    random,
    reduction,
    scan,
    scatter,
    softmax,
    sorting,
    windows,
)

__all__ = [
    "fused",
    "image",
    "indexing",
    "layouts",
    "matmul",
    "movement",
    "pools",
    "random",
    "reduction",
    "scan",
    "scatter",
    "softmax",
    "sorting",
    "windows",
]
