"""The two-dimensional convolutions that all others are made of, NHWC, and their gradients.

A convolution is bilinear in the image and the filters, so three operations close the set under
differentiation: the convolution, its transpose (gradient to the image) and its filter gradient.
Each is the gradient of the others, which is why second derivatives need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engine
from ..errors import ShapeError
from ..registry import Op
from ..spec import Shape, Sliding, TensorSpec, sliding_window
from ..tensor import Tensor


class Family:
    """The convolution that `infer` describes, and its gradients.

    In `input_grad` and `filter_grad`, `shape` is that of the result.
    """

    def __init__(self, name: str, infer: Callable[..., TensorSpec]) -> None:
        self.name, self.infer = name, infer
        self._forward = self._op(
            "nhwc",
            infer,
            x=lambda g, x_spec, filters, sliding: self.input_grad(
                g, filters, x_spec.shape, sliding
            ),
            filters=lambda g, x, filters_spec, sliding: self.filter_grad(
                x, g, filters_spec.shape, sliding
            ),
        )
        self._input_grad = self._op(
            "input_grad",
            self._input_infer,
            dy=lambda g, filters, sliding: self.forward(g, filters, sliding),
            filters=lambda g, dy, filters_spec, sliding: self.filter_grad(
                g, dy, filters_spec.shape, sliding
            ),
        )
        self._filter_grad = self._op(
            "filter_grad",
            self._filter_infer,
            x=lambda g, dy, x_spec, sliding: self.input_grad(dy, g, x_spec.shape, sliding),
            dy=lambda g, x, sliding: self.forward(x, g, sliding),
        )

    def _op(self, suffix: str, infer: Callable[..., TensorSpec], **vjp: Any) -> Op:
        return Op(f"{self.name}_{suffix}", "primitive", tuple(vjp), infer, vjp, public=False)

    def forward(self, x: Tensor, filters: Tensor, sliding: Sliding) -> Tensor:
        """The convolution of `x`."""
        return engine.apply(self._forward, (x, filters), {"sliding": sliding})

    def input_grad(self, dy: Tensor, filters: Tensor, shape: Shape, sliding: Sliding) -> Tensor:
        """The transposed convolution: `dy` back at images of `shape`."""
        return engine.apply(self._input_grad, (dy, filters), {"shape": shape, "sliding": sliding})

    def filter_grad(self, x: Tensor, dy: Tensor, shape: Shape, sliding: Sliding) -> Tensor:
        """The gradient to filters of `shape`."""
        return engine.apply(self._filter_grad, (x, dy), {"shape": shape, "sliding": sliding})

    def _input_infer(
        self, dy: TensorSpec, filters: TensorSpec, *, shape: Shape, sliding: Sliding
    ) -> TensorSpec:
        forward = self.infer(TensorSpec(shape, dy.dtype), filters, sliding=sliding)
        return check_forward(self.name, dy, forward, shape)

    def _filter_infer(
        self, x: TensorSpec, dy: TensorSpec, *, shape: Shape, sliding: Sliding
    ) -> TensorSpec:
        forward = self.infer(x, TensorSpec(shape, x.dtype), sliding=sliding)
        return check_forward(self.name, dy, forward, shape)


def check_forward(op: str, dy: TensorSpec, forward: TensorSpec, shape: Shape) -> TensorSpec:
    """The spec of a gradient of `shape`, if the forward operation gives what `dy` belongs to."""
    if forward.shape != dy.shape:
        raise ShapeError(
            f"{op}: a gradient of shape {dy.shape} does not belong to an output of shape "
            f"{forward.shape}; an image or filter of shape {shape} was asked for"
        )
    return TensorSpec(shape, dy.dtype)


def convolved(
    op: str, x: TensorSpec, filters: TensorSpec, made: int, sliding: Sliding, groups: int = 1
) -> TensorSpec:
    """The spec of a convolution of `x`, over as many axes as `filters` have, that gives `made`
    channels: those of each of `groups` from its part of the channels of `x`."""
    *size, taken, _ = filters.shape
    if x.shape[-1] != groups * taken or made % groups:
        raise ShapeError(
            f"{op}: x has {x.shape[-1]} channels, filters take {taken} and give {made}: "
            f"shapes {x.shape} and {filters.shape}"
        )
    window = sliding_window(op, x.shape[1:-1], size, sliding)
    return TensorSpec((x.shape[0], *window.out, made), x.dtype)


def _conv2d_infer(x: TensorSpec, filters: TensorSpec, *, sliding: Sliding) -> TensorSpec:
    return convolved("conv2d", x, filters, filters.shape[3], sliding)


def _depthwise_infer(x: TensorSpec, filters: TensorSpec, *, sliding: Sliding) -> TensorSpec:
    made = filters.shape[2] * filters.shape[3]
    return convolved("depthwise_conv2d", x, filters, made, sliding)


CONV2D = Family("conv2d", _conv2d_infer)
DEPTHWISE_CONV2D = Family("depthwise_conv2d", _depthwise_infer)
