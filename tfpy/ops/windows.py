"""What convolutions and pools over one, two and three axes share: the ways in which users say what
they want, and the parts of an image that one tap of a window meets. No operation is here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from ..errors import ArgumentError
from ..spec import Shape, Sliding, Window, as_padding, per_axis, rounded, sliding_window
from ..tensor import Tensor
from .movement import place, reshape, take_slice, transpose

Ints = int | Sequence[int]
T = TypeVar("T")

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def channels_last(op: str, data_format: str, rank: int = 2) -> bool:
    """Whether channels are the last axis: "channels_last" or "channels_first", or TF.js's words
    for images of `rank` axes, such as "NHWC" and "NCHW"."""
    last, first = _FORMATS[rank]
    if data_format in ("channels_last", last):
        return True
    if data_format in ("channels_first", first):
        return False
    raise ArgumentError(
        f'{op}: data_format must be "channels_last" or "channels_first", not {data_format!r}'
    )


def over_images(
    op: str, x: Tensor, rank: int, data_format: str, run: Callable[[Tensor], Tensor]
) -> Tensor:
    """`run(x)` for `x` in `data_format`, a batch of images of `rank` axes or one of them.

    `run` takes and gives a batch with channels last.
    """
    single = x.ndim == rank + 1
    if single:
        x = reshape(x, (1, *x.shape))
    if channels_last(op, data_format, rank):
        y = run(x)
    else:
        y = run(transpose(x, (0, *range(2, rank + 2), 1)))
        y = transpose(y, (0, rank + 1, *range(1, rank + 1)))
    return reshape(y, y.shape[1:]) if single else y


def remembered(rule: Callable[..., T]) -> Callable[..., T]:
    """`rule` of shapes and options, worked out once for each: eager calls come again and again."""
    cached = functools.lru_cache(1024)(rule)

    def call(*args: Any) -> T:
        try:
            return cached(*args)
        except TypeError:
            # A list among the options.
            return rule(*args)

    return call


class Options(NamedTuple):
    """What a user says about a window; steps of None are for the caller to fill in."""

    strides: Any
    padding: Any
    data_format: str
    dilations: Ints
    dim_rounding_mode: str | None

    def given(self, op: str, rank: int) -> Sliding:
        """What is said, but for the rounding, for `rank` axes."""
        return Sliding(
            per_axis(self.strides, rank, f"{op}: strides"),
            as_padding(op, self.padding, rank, channels_last(op, self.data_format, rank)),
            per_axis(self.dilations, rank, f"{op}: dilations"),
        )


@remembered
def sliding_of(op: str, size: Shape, kernel: Shape, options: Options) -> Sliding:
    """How a window of size `kernel` moves over an image of `size`; it must fit."""
    given = options.given(op, len(kernel))
    sliding = rounded(op, size, kernel, given, options.dim_rounding_mode)
    sliding_window(op, size, kernel, sliding)
    return sliding


class Tap(NamedTuple):
    """What one tap of a window meets, along the axes after the batch that the window moves over.

    Attributes:
        first, number: the results whose tap lies inside the image.
        begin, step: the pixels under it there.
    """

    first: Shape
    number: Shape
    begin: Shape
    step: Shape

    def pixels(self, x: Tensor) -> Tensor:
        """The pixels of `x` that it meets."""
        return self._taken(x, self.begin, self.step)

    def into_pixels(self, y: Tensor, size: Shape) -> Tensor:
        """Images of `size`: `y` where it meets pixels, zeros elsewhere."""
        return _placed(y, size, self.begin, self.step, 0)

    def results(self, y: Tensor) -> Tensor:
        """The results `y` for which it meets pixels."""
        return self._taken(y, self.first, (1,) * len(self.first))

    def into_results(self, x: Tensor, size: Shape, value: float = 0) -> Tensor:
        """Results of `size`: `x` where it meets pixels, `value` elsewhere."""
        return _placed(x, size, self.first, (1,) * len(self.first), value)

    def _taken(self, x: Tensor, begin: Shape, step: Shape) -> Tensor:
        size = (x.shape[0], *self.number, *x.shape[1 + len(begin) :])
        if size == x.shape:
            return x
        return take_slice(x, _whole(begin, x, 0), size, _whole(step, x, 1))


def _placed(x: Tensor, size: Shape, begin: Shape, step: Shape, value: float) -> Tensor:
    shape = (x.shape[0], *size, *x.shape[1 + len(size) :])
    if shape == x.shape:
        return x
    return place(x, shape, _whole(begin, x, 0), _whole(step, x, 1), value)


def _whole(numbers: Shape, x: Tensor, others: int) -> Shape:
    """Numbers of the axes after the batch, with `others` for the rest of the axes of `x`."""
    return (others, *numbers, *(others,) * (x.ndim - 1 - len(numbers)))


def tap_of(window: Window, size: Shape, tap: Shape) -> Tap:
    """What `tap`, counted along each axis, meets in an image of `size`."""
    axes = []
    for n, k, out, step, dilation, (pad, _) in zip(
        size, tap, window.out, window.strides, window.dilations, window.pads, strict=True
    ):
        start = k * dilation - pad
        first = max(-(start // step), 0)
        count = max(min(out, (n - 1 - start) // step + 1) - first, 0)
        axes.append((first, count, start + first * step) if count else (0, 0, 0))
    first, count, begin = zip(*axes, strict=True)
    return Tap(first, count, begin, window.strides)
