"""All operations, and the operators and methods that tensors get from them.

Importing this package attaches the methods to `Tensor`; the tables below say which.
"""

from __future__ import annotations

import functools
from importlib import import_module
from types import ModuleType
from typing import Any

from ..tensor import Tensor
from . import (
    complex_numbers,
    conv,
    creation,
    einsum,
    elementwise,
    generator,
    image,
    indexing,
    linalg,
    morphology,
    movement,
    nn,
    pool,
    random,
    rearrange,
    recurrent,
    reduce,
    scan,
    scatter,
    selection,
    sorting,
)

#: Where `tfpy.<name>` comes from: every public operation of these modules.
_MODULES = (
    *(creation, random, complex_numbers, elementwise, reduce, movement, indexing, linalg),
    *(conv, pool, nn, morphology, rearrange, einsum, recurrent, scan, scatter, selection, sorting),
)
#: Operations whose first argument is not the tensor that a method would belong to.
_NOT_METHODS = {
    *("where", "concat", "stack", "complex", "scatter_nd", "sparse_to_dense", "in_top_k"),
    *("einsum", "meshgrid", "broadcast_args", "broadcast_args_async", "basic_lstm_cell"),
    *("multi_rnn_cell", "add_n"),
}
_CREATION_METHODS = {"zeros_like", "ones_like", "one_hot", "diag", "clone"}


def _public_operations(module: ModuleType) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(module).items()
        if hasattr(value, "op") and value.op.public and value.__module__ == module.__name__
    }


EXPORTS: dict[str, Any] = {
    "fused": nn.fused,
    "image": image,
    "SeedGenerator": generator.SeedGenerator,
    "set_seed": generator.set_seed,
}
for _module in _MODULES:
    EXPORTS.update(_public_operations(_module))


def _attach_methods() -> None:
    for module in _MODULES:
        for name, function in _public_operations(module).items():
            makes = module in (creation, random)
            if name in _CREATION_METHODS or not (makes or name in _NOT_METHODS):
                setattr(Tensor, name, function)


def _one_by_one(function: Any) -> Any:
    """A method that takes its ints as a sequence or, as NumPy's does, one by one."""

    def method(self: Tensor, *ints: Any, **named: Any) -> Tensor:
        return function(self, *([ints] if len(ints) > 1 else ints), **named)

    return functools.update_wrapper(method, function)


_attach_methods()
for _function in (movement.reshape, movement.transpose):
    setattr(Tensor, _function.__name__, _one_by_one(_function))

# ----------------------------------------------------------------------------------- operators


def _reflected(function: Any) -> Any:
    def operator(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return operator


def _compared(function: Any) -> Any:
    """`==` and `!=` answer for anything numeric and leave the rest to Python."""

    def operator(self: Tensor, other: Any) -> Any:
        if other is None or (isinstance(other, str) and self.dtype.kind != "s"):
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
    "lshift": elementwise.bitwise_left_shift,
    "rshift": elementwise.bitwise_right_shift,
}


def _logic(boolean: Any, integer: Any) -> Any:
    """`&`, `|`, `^`: logical on bool, bitwise on int32."""

    def operator(self: Tensor, other: Any) -> Tensor:
        return (boolean if self.dtype.kind == "b" else integer)(self, other)

    return operator


def _joined(function: Any) -> Any:
    """`concat` and `stack` of a tensor and those that it is given."""

    def method(self: Tensor, others: Any, axis: int = 0) -> Tensor:
        several = isinstance(others, (list, tuple))
        return function([self, *(others if several else (others,))], axis)

    return method


def _later(module: str, name: str) -> Any:
    """A method from a module of tfpy that is loaded when first used."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        found = getattr(import_module(f"..{module}", __package__), name)
        return found(self, *args, **kwargs)

    method.__name__ = name
    return method


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
    Tensor.__pos__ = lambda x: x  # type: ignore[method-assign]
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
    Tensor.where = lambda x, condition, b: (  # type: ignore[attr-defined]
        elementwise.where(condition, x, b)
    )
    Tensor.concat = _joined(movement.concat)  # type: ignore[attr-defined]
    Tensor.stack = _joined(movement.stack)  # type: ignore[attr-defined]
    Tensor.resize_bilinear = image.resize_bilinear  # type: ignore[attr-defined]
    Tensor.resize_nearest_neighbor = image.resize_nearest_neighbor  # type: ignore[attr-defined]
    Tensor.astype = elementwise.cast  # type: ignore[attr-defined]
    Tensor.ravel = movement.flatten  # type: ignore[attr-defined]
    for name in ("fft", "ifft", "rfft", "irfft"):
        setattr(Tensor, name, _later("signal", name))
    Tensor.real = property(complex_numbers.real)  # type: ignore[attr-defined]
    Tensor.imag = property(complex_numbers.imag)  # type: ignore[attr-defined]
    Tensor.T = property(movement.transpose)  # type: ignore[attr-defined]
    Tensor.mT = property(_later("linalg", "matrix_transpose"))  # type: ignore[attr-defined]


_attach_operators()
