"""`EinsumDense`: a dense layer whose product is any einsum, the projections of attention's too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .. import activations, initializers
from ..errors import ArgumentError, ShapeError
from ..ops.einsum import einsum
from ..spec import is_int
from ..tensor import Tensor
from .base import Layer
from .core import NEVER_QUANTIZED

__all__ = ["EinsumDense"]

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class EinsumDense(Layer):
    """`activation(einsum(equation, x, kernel) + bias)`.

    Args:
        equation: of the input and the kernel, such as "abc,cd->abd". Axes of the input that pass
            through may be written "...", before or after all others.
        output_shape: the result's sizes after the batch, None for those of the input; those that
            "..." stands for are left out.
        activation: a name or function, by default none.
        bias_axes: letters of the result's axes that the bias runs along, by default no bias.
        kernel_initializer, bias_initializer: how weights begin.

    >>> layer = tfpy.layers.EinsumDense("abc,cde->abde", (None, 2, 4), bias_axes="de")
    >>> layer(tfpy.ones((1, 3, 8))).shape, layer.bias.shape
    ((1, 3, 2, 4), (2, 4))
    """

    implied = NEVER_QUANTIZED
    config_keys = (
        *("equation", "output_shape", "activation", "bias_axes"),
        *("kernel_initializer", "bias_initializer"),
    )

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        found = _EQUATION.fullmatch(str(equation).replace(" ", ""))
        left, taken, right, of, *sides = found.groups() if found else ("",) * 7
        self._in, self._of, self._out = taken, of, sides[1]
        if found is None or [left, right] != sides[::2] or (left and right):
            raise ArgumentError(
                f'EinsumDense: equation {equation!r} is none of "x,y->z", "...x,y->...z" and '
                '"x...,y->z..."'
            )
        self._left, self._elides = left is not None, bool(left or right)
        if set(str(bias_axes or "")) - set(self._out) or set(self._of) - set(self._in + self._out):
            raise ArgumentError(
                f"EinsumDense: {equation!r} does not say how large the axes of the kernel or of "
                f"the bias ({bias_axes!r}) are"
            )
        self.equation, self.bias_axes = equation, bias_axes
        self.output_shape: Any = self._sizes_of(
            "output_shape", (output_shape,) if is_int(output_shape) else output_shape or ()
        )
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias: Any = None

    def _sizes(self, shape: Any) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
        """The sizes of the axes that are not written, of the input's and of the result's."""
        more = len(shape) - len(self._in)
        rest = list(shape[:more] if self._left else shape[len(self._in) :]) if more > 0 else []
        own = shape[more:] if self._left else shape[: len(self._in)]
        given = list(self.output_shape)
        # The batch is the first axis, whether it is written or not.
        if not (self._left and rest):
            given.insert(0, shape[0])
        if more < 0 or (more and not self._elides) or len(given) != len(self._out):
            raise ShapeError(
                f"{self.name}: {self.equation!r} does not fit an input of shape {tuple(shape)} and "
                f"output_shape {self.output_shape}"
            )
        taken = dict(zip(self._in, own, strict=True))
        made = dict(zip(self._out, given, strict=True))
        for axis in made.keys() & taken.keys():
            if None not in (made[axis], taken[axis]) and made[axis] != taken[axis]:
                raise ShapeError(
                    f"{self.name}: axis {axis!r} is {taken[axis]} in the input, "
                    f"{made[axis]} in output_shape"
                )
            made[axis] = made[axis] if taken[axis] is None else taken[axis]
        return rest, taken, made

    def build(self, input_shape: Any) -> None:
        rest, taken, made = self._sizes(input_shape)
        sizes = {**made, **{k: n for k, n in taken.items() if n is not None}}
        shape = [sizes[axis] for axis in self._of]
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        if self.bias_axes:
            first = min(self._out.index(axis) for axis in self.bias_axes)
            shape = [made[axis] if axis in self.bias_axes else 1 for axis in self._out[first:]]
            shape += [] if self._left else [1] * len(rest)
            self.bias = self.add_weight(shape, self.bias_initializer, name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        y = einsum(self.equation, inputs, self.kernel)
        return self.activation(y if self.bias is None else y + self.bias)

    def compute_output_shape(self, input_shape: Any) -> Any:
        rest, _, made = self._sizes(input_shape)
        return (*rest, *made.values()) if self._left else (*made.values(), *rest)
