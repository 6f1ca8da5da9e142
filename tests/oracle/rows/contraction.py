"""Products of matrices, convolutions and the layers made of them."""

from __future__ import annotations

from typing import Any

from ..draw import Draw
from ..row import Row


def _matmul(d: Draw, high: int = 4) -> list[Any]:
    m, k, n = (d.integer(1, 5) for _ in range(3))
    batch, other = d.broadcast(2, high - 2)
    transpose_a, transpose_b = d.flag(), d.flag()
    a = d.any((*batch, k, m) if transpose_a else (*batch, m, k), "ffffi")
    b = d.any((*other, n, k) if transpose_b else (*other, k, n), "ffffi")
    return [a, b, transpose_a, transpose_b]


def _dot(d: Draw) -> list[Any]:
    k, kind = d.integer(1, 6), d.choose("f", "f", "f", "i")
    left = (k,) if d.flag() else (d.integer(1, 4), k)
    right = (k,) if d.flag() else (k, d.integer(1, 4))
    return [d.any(left, kind), d.any(right, kind)]


_EQUATIONS = ("ij,jk->ik", "ij->ji", "ij,ij->ij", "ij,ij->", "bij,bjk->bik", "ij->i", "ij->", "i,j->ij", "bij,bkj->bik", "ijk,jl->ikl", "abc,cd->dab", "ij,j->i")


def _einsum(d: Draw) -> list[Any]:
    equation = d.choose(*_EQUATIONS)
    sizes = {letter: d.integer(1, 4) for letter in "abcdijkl"}
    operands = equation.partition("->")[0].split(",")
    return [equation, *[d.f([sizes[letter] for letter in operand]) for operand in operands]]


def _padding(d: Draw, axes: int, explicit: bool = True) -> Any:
    if explicit and d.chance(0.3):
        return [[d.integer(0, 2), d.integer(0, 2)] for _ in range(axes)]
    return d.choose("valid", "same")


class _Convolution:
    """A drawn convolution over `axes` spatial axes; `grouped` filters take one channel each."""

    def __init__(self, d: Draw, axes: int, explicit: bool = True, first: bool = False) -> None:
        self.kernel = [d.integer(1, 3) for _ in range(axes)]
        dilated = d.chance(0.25)
        self.sizes = [d.integer(5 if dilated else 3, 7) for _ in range(axes)]
        self.strides = [1 if dilated else d.integer(1, 3) for _ in range(axes)]
        self.dilations = [d.integer(1, 2) if dilated else 1 for _ in range(axes)]
        if d.flag():
            self.strides = self.strides[:1] * axes
        self.padding = _padding(d, axes, explicit)
        self.batch, self.channels, self.made = d.integer(1, 2), d.integer(1, 4), d.integer(1, 4)
        self.first = first and isinstance(self.padding, str) and d.chance(0.25)

    def image(self, d: Draw) -> Any:
        shape = [*self.sizes, self.channels]
        if self.first:
            shape = [self.channels, *self.sizes]
        return d.f(shape if d.chance(0.2) else [self.batch, *shape])

    def filters(self, d: Draw) -> Any:
        return d.f([*self.kernel, self.channels, self.made])

    def format(self, axes: str) -> str:
        return f"NC{axes}" if self.first else f"N{axes}C"


def _conv1d(d: Draw) -> list[Any]:
    c = _Convolution(d, 1, explicit=False)
    return [c.image(d), c.filters(d), c.strides[0], c.padding, "NWC", c.dilations[0]]


def _conv2d(d: Draw) -> list[Any]:
    c = _Convolution(d, 2, first=True)
    return [c.image(d), c.filters(d), c.strides, c.padding, c.format("HW"), c.dilations]


def _depthwise(d: Draw) -> list[Any]:
    c = _Convolution(d, 2)
    return [c.image(d), c.filters(d), c.strides, c.padding, "NHWC", c.dilations]


def _separable(d: Draw) -> list[Any]:
    c = _Convolution(d, 2, explicit=False)
    if max(c.dilations) > 1:
        c.strides = [1, 1]
    pointwise = d.f([1, 1, c.channels * c.made, d.integer(1, 3)])
    return [c.image(d), c.filters(d), pointwise, c.strides, c.padding, c.dilations, "NHWC"]


def _separable_here(f: Any, x: Any, depthwise: Any, pointwise: Any, strides: Any, padding: Any, dilations: Any, layout: Any) -> Any:
    return f(x, depthwise, pointwise, strides, padding, layout, dilations)


def _conv3d(d: Draw) -> list[Any]:
    c = _Convolution(d, 3, explicit=False)
    return [c.image(d), c.filters(d), c.strides, c.padding, "NDHWC", c.dilations]


def _transposed(axes: int) -> Any:
    def draw(d: Draw) -> list[Any]:
        kernel = [d.integer(1, 3) for _ in range(axes)]
        strides = [d.integer(1, 2)] * axes
        sizes, padding = [d.integer(2, 4) for _ in range(axes)], d.choose("valid", "same")
        made, channels, batch = d.integer(1, 3), d.integer(1, 3), d.integer(1, 2)
        out = [n * s if padding == "same" else (n - 1) * s + k for n, s, k in zip(sizes, strides, kernel, strict=True)]
        x, filters = d.f([batch, *sizes, channels]), d.f([*kernel, made, channels])
        return [x, filters, [batch, *out, made], strides, padding]

    return draw


def _dilation2d(d: Draw) -> list[Any]:
    c = _Convolution(d, 2, explicit=False)
    return [c.image(d), d.f([*c.kernel, c.channels]), c.strides, c.padding, c.dilations]


_FUSED = "bias, activation, preluActivationWeights: alpha, leakyreluAlpha: leaky"


def _epilogue(d: Draw, channels: int) -> list[Any]:
    """Bias, activation, weights of a prelu and the slope of a leaky relu."""
    activation = d.choose("linear", "relu", "relu6", "elu", "sigmoid", "prelu", "leakyrelu")
    bias = d.f((channels,)) if d.flag() else None
    return [bias, activation, d.f((channels,)) if activation == "prelu" else None, 0.25]


def _fused_conv(draw: Any, grouped: bool) -> Any:
    def fused(d: Draw) -> list[Any]:
        x, filters, *window = draw(d)
        window[2] = "NHWC"
        channels = filters.shape[2] * filters.shape[3] if grouped else filters.shape[3]
        if x.shape[-1] != filters.shape[2]:
            x = d.f([*x.shape[:-3], 6, 6, filters.shape[2]])
        return [x, filters, *window, *_epilogue(d, channels)]

    return fused


def _fused_here(f: Any, *args: Any) -> Any:
    *rest, bias, activation, alpha, leaky = args
    return f(*rest, bias, activation.replace("leakyrelu", "leaky_relu"), alpha, leaky)


def _fused_js(name: str) -> str:
    return f"(x, filter, strides, p, dataFormat, dilations, bias, activation, alpha, leaky) => tf.fused.{name}({{x, filter, strides, pad: pads(p), dataFormat, dilations, {_FUSED}}})"


def _fused_matmul(d: Draw) -> list[Any]:
    a, b, *transposed = _matmul(d, 3)
    a, b = d.f(a.shape), d.f(b.shape)
    return [a, b, *transposed, *_epilogue(d, b.shape[-2] if transposed[1] else b.shape[-1])]


def _conv_js(name: str) -> str:
    return f"(x, w, strides, p, ...rest) => tf.{name}(x, w, strides, pads(p), ...rest)"


def _lstm(d: Draw) -> list[Any]:
    batch, size, units = d.integer(1, 3), d.integer(1, 4), d.integer(1, 3)
    state = [d.f((batch, units)), d.f((batch, units))]
    return [d.f(()), d.f((size + units, 4 * units)), d.f((4 * units,)), d.f((batch, size)), *state]


def _lstms(d: Draw) -> list[Any]:
    batch, units = d.integer(1, 3), d.integer(1, 3)
    cells = [[d.f(()), d.f((2 * units, 4 * units)), d.f((4 * units,))] for _ in range(d.integer(1, 3))]
    states = [[d.f((batch, units)) for _ in cells] for _ in range(2)]
    return [cells, d.f((batch, units)), *states]


def _lstms_here(f: Any, cells: Any, data: Any, c: Any, h: Any) -> Any:
    import tfpy

    made = [lambda x, c, h, w=w: tfpy.basic_lstm_cell(*w, x, c, h) for w in cells]
    return f(made, data, c, h)


ROWS = [
    Row("matMul", _matmul, "contraction", True, py="matmul"),
    Row("dot", _dot, "contraction", True),
    Row("outerProduct", lambda d: [d.f((d.integer(1, 5),)), d.f((d.integer(1, 5),))], "arithmetic", True, py="outer"),
    Row("einsum", _einsum, "contraction"),
    Row("conv1d", _conv1d, "contraction", True),
    Row("conv2d", _conv2d, "contraction", True, js=_conv_js("conv2d")),
    Row("depthwiseConv2d", _depthwise, "contraction", True, js=_conv_js("depthwiseConv2d")),
    Row("separableConv2d", _separable, "contraction", True, call=_separable_here),
    Row("conv3d", _conv3d, "contraction", True),
    Row("conv2dTranspose", _transposed(2), "contraction", True),
    Row("conv3dTranspose", _transposed(3), "contraction"),
    Row("dilation2d", _dilation2d, "contraction", True),
    Row("fused.conv2d", _fused_conv(_conv2d, False), "contraction", True, js=_fused_js("conv2d"), call=_fused_here),
    Row("fused.depthwiseConv2d", _fused_conv(_depthwise, True), "contraction", True, js=_fused_js("depthwiseConv2d"), call=_fused_here),
    Row("fused.matMul", _fused_matmul, "contraction", True, py="fused.matmul", js=f"(a, b, transposeA, transposeB, bias, activation, alpha, leaky) => tf.fused.matMul({{a, b, transposeA, transposeB, {_FUSED}}})", call=_fused_here),
    Row("basicLSTMCell", _lstm, "contraction", True, py="basic_lstm_cell"),
    Row("multiRNNCell", _lstms, "contraction", True, py="multi_rnn_cell", js="(cells, data, c, h) => tf.multiRNNCell(cells.map(w => (x, c, h) => tf.basicLSTMCell(...w, x, c, h)), data, c, h)", call=_lstms_here),
]
