"""All operations, and the operators and methods that tensors get from them.

Importing this package attaches the methods to `Tensor`; the tables below say which.
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import conv, creation, elementwise, image, indexing, linalg, movement, nn, pool, random, reduce

#: The functions of each module that are `tfpy.<name>` and, unless creating, `Tensor.<name>`.
_EXPORTS = {
    elementwise: """abs negative sign floor ceil round square sqrt rsqrt reciprocal exp expm1 log log1p
        sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid log_sigmoid softplus erf
        relu relu6 elu selu leaky_relu prelu step isnan isinf isfinite logical_not
        add subtract multiply divide divide_no_nan floor_divide mod pow maximum minimum
        squared_difference atan2 equal not_equal less less_equal greater greater_equal
        logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not
        where cast""",
    reduce: "sum prod max min all any argmax argmin mean moments logsumexp norm",
    movement: """reshape flatten expand_dims squeeze transpose broadcast_to tile slice strided_slice
        pad flip concat stack split unstack""",
    indexing: "gather unsorted_segment_sum top_k",
    linalg: "matmul dot outer",
    conv: "conv2d conv2d_transpose depthwise_conv2d separable_conv2d",
    pool: "max_pool avg_pool",
    nn: "softmax log_softmax batch_normalization dropout",
    creation: "zeros_like ones_like one_hot clone",
}
_FUNCTIONS_ONLY = {
    creation: "tensor scalar fill zeros ones arange linspace eye",
    random: "random_uniform random_normal truncated_normal random_uniform_int set_seed",
    nn: "fused",
}

EXPORTS: dict[str, Any] = {}


def _export() -> None:
    for table in (_EXPORTS, _FUNCTIONS_ONLY):
        for module, names in table.items():
            EXPORTS.update({name: getattr(module, name) for name in names.split()})
    for names in _EXPORTS.values():
        for name in names.split():
            if name not in ("where", "concat", "stack"):
                setattr(Tensor, name, EXPORTS[name])


_export()


def clip_by_value(x: Any, clip_value_min: float, clip_value_max: float) -> Tensor:
    """`x` limited to [clip_value_min, clip_value_max]; NaN stays NaN."""
    return elementwise.clip_by_value(x, min=clip_value_min, max=clip_value_max)


# ----------------------------------------------------------------------------------- operators


def _reflected(function: Any) -> Any:
    def operator(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return operator


def _compared(function: Any) -> Any:
    """`==` and `!=` answer for anything numeric and leave the rest to Python."""

    def operator(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return function(self, other)

    return operator


_OPERATORS = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.mod,
    "pow": elementwise.pow,
    "matmul": linalg.matmul,
}


def _logic(boolean: Any, integer: Any) -> Any:
    """`&`, `|`, `^`: logical on bool, bitwise on int32."""

    def operator(self: Tensor, other: Any) -> Tensor:
        return (boolean if self.dtype.kind == "b" else integer)(self, other)

    return operator


def _attach_operators() -> None:
    for name, function in _OPERATORS.items():
        setattr(Tensor, f"__{name}__", function)
        setattr(Tensor, f"__r{name}__", _reflected(function))
    for name in ("lt less", "le less_equal", "gt greater", "ge greater_equal"):
        short, long = name.split()
        setattr(Tensor, f"__{short}__", getattr(elementwise, long))
    Tensor.__eq__ = _compared(elementwise.equal)  # type: ignore[method-assign]
    Tensor.__ne__ = _compared(elementwise.not_equal)  # type: ignore[method-assign]
    Tensor.__neg__ = elementwise.negative  # type: ignore[method-assign]
    Tensor.__abs__ = elementwise.abs  # type: ignore[method-assign]
    for short, name in (("and", "and"), ("or", "or"), ("xor", "xor")):
        operator = _logic(
            getattr(elementwise, f"logical_{name}"), getattr(elementwise, f"bitwise_{name}")
        )
        setattr(Tensor, f"__{short}__", operator)
        setattr(Tensor, f"__r{short}__", operator)
    Tensor.__invert__ = lambda x: (  # type: ignore[method-assign]
        elementwise.logical_not(x) if x.dtype.kind == "b" else elementwise.bitwise_not(x)
    )
    Tensor.__getitem__ = indexing.getitem  # type: ignore[method-assign]
    Tensor.clip_by_value = clip_by_value  # type: ignore[attr-defined]
    Tensor.astype = elementwise.cast  # type: ignore[attr-defined]
    Tensor.ravel = movement.flatten  # type: ignore[attr-defined]
    Tensor.T = property(movement.transpose)  # type: ignore[attr-defined]


_attach_operators()
EXPORTS["clip_by_value"] = clip_by_value
EXPORTS["image"] = image
