"""The standard's extension `fft`: Fourier transforms over any axes.

What says nothing itself is described by the standard. `norm` says which direction is divided by
the number n of elements: "backward" (the inverse), "forward", or "ortho": both, by its root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import signal
from ..errors import ArgumentError, ShapeError
from ..ops import creation
from ..ops.complex_numbers import conj
from ..spec import normalize_axes, normalize_axis
from ..tensor import Tensor
from .creation import with_device
from .functions import Axis, concat, moveaxis, roll

__all__ = [
    *("fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft"),
    *("irfft", "irfftn", "rfft", "rfftfreq", "rfftn"),
]

Ints = Sequence[int] | None


def _along(
    op: str,
    transform: Callable[..., Tensor],
    x: Tensor,
    n: int | None,
    axis: int,
    norm: str,
    inverse: bool,
    count: int | None = None,
) -> Tensor:
    """`transform` along `axis`, which it does along the last one, dividing where it is `inverse`.

    `count` is the number of elements, where it is not the size of the axis that is transformed.
    """
    if norm not in ("backward", "ortho", "forward"):
        raise ArgumentError(f"{op}: norm must be backward, ortho or forward, not {norm!r:.50}")
    axis = normalize_axis(op, axis, x.ndim)
    size = count or n or x.shape[axis]
    found = moveaxis(transform(moveaxis(x, axis, -1), n), -1, axis)
    power = {"backward": 0.0, "ortho": 0.5, "forward": 1.0}[norm]
    scale = float(size) ** (power if inverse else -power)
    return found if scale == 1.0 else found * scale


def _over(
    op: str,
    transforms: tuple[Callable[..., Tensor], ...],
    x: Tensor,
    s: Ints,
    axes: Ints,
    norm: str,
) -> Tensor:
    """The first of `transforms` over the last of `axes`, then the second over the others.

    The order is turned around where the first is the one that makes numbers real.
    """
    if axes is None:
        axes = range(x.ndim - len(s), x.ndim) if s is not None else range(x.ndim)
    axes = [normalize_axis(op, a, x.ndim) for a in axes]
    sizes = [None] * len(axes) if s is None else list(s)
    if len(sizes) != len(axes) or not axes:
        raise ShapeError(f"{op}: s {s} and axes {tuple(axes)} do not fit shape {x.shape}")
    last, others = transforms
    steps = [(others, n, a) for n, a in zip(sizes, axes, strict=True)][:-1]
    at = len(steps) if last is irfft else 0
    steps.insert(at, (last, sizes[-1], axes[-1]))
    for transform, n, axis in steps:
        x = transform(x, n=n, axis=axis, norm=norm)
    return x


# -------------------------------------------------------------------------------- along an axis


def fft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The discrete Fourier transform; see `tfpy.fft`."""
    return _along("fft", signal.fft, x, n, axis, norm, False)


def ifft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The inverse of `fft`."""
    return _along("ifft", signal.ifft, x, n, axis, norm, True)


def rfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The first n // 2 + 1 numbers of the `fft` of real numbers."""
    return _along("rfft", signal.rfft, x, n, axis, norm, False)


def irfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The inverse of `rfft`; n is by default 2 (m - 1) for m numbers."""
    count = n or 2 * (x.shape[normalize_axis("irfft", axis, x.ndim)] - 1)
    return _along("irfft", signal.irfft, x, n, axis, norm, True, count)


def hfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The `fft`, which is real, of n numbers whose first n // 2 + 1, `x`, say the others."""
    return irfft(conj(x), n=n, axis=axis, norm=_SWAPPED.get(norm, norm))


def ihfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Tensor:
    """The inverse of `hfft`."""
    return conj(rfft(x, n=n, axis=axis, norm=_SWAPPED.get(norm, norm)))


_SWAPPED = {"backward": "forward", "forward": "backward"}

# ---------------------------------------------------------------------------------- over several


def fftn(x: Tensor, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> Tensor:
    """The `fft` along each of `axes`, to the sizes `s`."""
    return _over("fftn", (fft, fft), x, s, axes, norm)


def ifftn(x: Tensor, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> Tensor:
    """The inverse of `fftn`."""
    return _over("ifftn", (ifft, ifft), x, s, axes, norm)


def rfftn(x: Tensor, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> Tensor:
    """The `rfft` along the last of `axes`, and the `fft` along the others."""
    return _over("rfftn", (rfft, fft), x, s, axes, norm)


def irfftn(x: Tensor, /, *, s: Ints = None, axes: Ints = None, norm: str = "backward") -> Tensor:
    """The inverse of `rfftn`."""
    return _over("irfftn", (irfft, ifft), x, s, axes, norm)


# ------------------------------------------------------------------------------------ frequencies


@with_device
def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None) -> Tensor:
    """The frequencies of an `fft` of n numbers, `d` apart: 0, 1, ..., -2, -1 over n d."""
    k = creation.arange(0.0, float(n), dtype=dtype)
    half = (n + 1) // 2
    return concat([k[:half], k[half:] - float(n)]) / (n * d)


@with_device
def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None) -> Tensor:
    """The frequencies of an `rfft` of n numbers, `d` apart: 0, 1, ... over n d."""
    return creation.arange(0.0, n // 2 + 1.0, dtype=dtype) / (n * d)


def fftshift(x: Tensor, /, *, axes: Axis = None) -> Tensor:
    """`x` with frequency 0 moved from the begin to the middle of `axes`."""
    places = normalize_axes("fftshift", axes, x.ndim)
    return roll(x, [x.shape[a] // 2 for a in places], axis=places)


def ifftshift(x: Tensor, /, *, axes: Axis = None) -> Tensor:
    """The inverse of `fftshift`."""
    places = normalize_axes("ifftshift", axes, x.ndim)
    return roll(x, [-(x.shape[a] // 2) for a in places], axis=places)
