"""`tfpy.signal`: Fourier transforms along the last axis, frames and windows.

A transform is matrix products and rotations: a length n1 n2 is transformed as n2 transforms of
length n1, a rotation of each number, and n1 transforms of length n2 (Cooley and Tukey 1965). A long
prime length becomes a convolution of a length that is a power of two (Bluestein 1970). Everything
works on pairs of real and imaginary parts, so it differentiates, fuses and plans like any other
computation.
"""

from __future__ import annotations

import functools
import math
from array import array
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from . import engine
from .dtypes import DType, float32, float64
from .errors import ArgumentError, ShapeError
from .ops.complex_numbers import real, view_as_complex, view_as_real
from .ops.creation import arange, pack, zeros_like
from .ops.indexing import gather
from .ops.linalg import matmul
from .ops.movement import concat, flip, pad, reshape, stack, transpose
from .registry import composite
from .spec import TensorSpec, as_shape, positive
from .tensor import Tensor

#: Transforms up to this length are one matrix product.
LARGEST_PRODUCT = 32

# ----------------------------------------------------------------------------------- transforms


def _constant(values: Iterable[float], shape: tuple[int, ...], dtype: DType) -> Tensor:
    return engine.from_buffer(pack(values, dtype), TensorSpec(shape, dtype))


@functools.lru_cache(32)
def _turns(n: int, sign: int) -> tuple[tuple[float, float], ...]:
    """Cosine and sine of the n n-th parts of a turn, exact at its quarters."""
    found = []
    for i in range(n):
        quarters, rest = divmod(4 * i, n)
        angle = math.pi / 2 * rest / n
        cosine, sine = math.cos(angle), math.sin(angle)
        for _ in range(quarters):
            cosine, sine = -sine, cosine
        found.append((cosine, sign * sine))
    return tuple(found)


@functools.lru_cache(32)
def _dft_matrix(n: int, sign: int) -> array[float]:
    """The transform of n pairs as a real (2 n, 2 n) matrix, to be multiplied with rows of pairs."""
    turns, values = _turns(n, sign), array("d")
    for j in range(n):
        row = [turns[j * k % n] for k in range(n)]
        values.extend(v for c, s in row for v in (c, s))
        values.extend(v for c, s in row for v in (-s, c))
    return values


def _product(x: Tensor, sign: int) -> Tensor:
    """The transform of x, (..., n, 2), by its matrix."""
    n = x.shape[-2]
    rows = reshape(x, (*x.shape[:-2], 2 * n))
    matrix = _constant(_dft_matrix(n, sign), (2 * n, 2 * n), x.dtype)
    return reshape(matmul(rows, matrix), x.shape)


class _Rotation(NamedTuple):
    """What pairs are multiplied with, and what the pairs turned around are."""

    cosines: array[float]
    sines: array[float]


def _rotation(turns: Iterable[tuple[float, float]]) -> _Rotation:
    turns = list(turns)
    cosines = array("d", [c for c, _ in turns for _ in range(2)])
    return _Rotation(cosines, array("d", [v for _, s in turns for v in (-s, s)]))


@functools.lru_cache(32)
def _twiddles(outer: int, inner: int, sign: int) -> _Rotation:
    """Between the transforms of length `outer` and those of length `inner`."""
    n = outer * inner
    turns = _turns(n, sign)
    return _rotation(turns[b * k % n] for b in range(inner) for k in range(outer))


@functools.lru_cache(32)
def _chirp(n: int, sign: int) -> _Rotation:
    """Turns by the squares of 0 ... n - 1, in 2 n-th parts."""
    turns = _turns(2 * n, sign)
    return _rotation(turns[k * k % (2 * n)] for k in range(n))


def _rotated(x: Tensor, by: _Rotation) -> Tensor:
    """Every pair of x, (..., 2), times the number of absolute value 1 that belongs to it."""
    axes = 2 if len(by.cosines) == 2 * x.shape[-2] else 3
    cosines, sines = (_constant(values, x.shape[-axes:], x.dtype) for values in by)
    return x * cosines + flip(x, -1) * sines


def _largest_factor(n: int) -> int:
    return next((k for k in range(min(LARGEST_PRODUCT, n), 1, -1) if n % k == 0), 1)


def _transform(x: Tensor, sign: int) -> Tensor:
    """The unscaled transform of pairs x, (..., n, 2)."""
    *batch, n, _ = x.shape
    if n <= LARGEST_PRODUCT or not x.size:
        return _product(x, sign) if x.size else x
    outer = _largest_factor(n)
    if outer == 1 or max(_prime_factors(n)) > LARGEST_PRODUCT:
        return _bluestein(x, sign)
    inner, rank = n // outer, len(batch)
    # Columns of what lies `inner` apart, each transformed; then rows.
    swapped = (*range(rank), rank + 1, rank, rank + 2)
    columns = transpose(reshape(x, (*batch, outer, inner, 2)), swapped)
    columns = _product(columns, sign)
    columns = _rotated(columns, _twiddles(outer, inner, sign))
    rows = _transform(transpose(columns, swapped), sign)
    return reshape(transpose(rows, swapped), x.shape)


def _prime_factors(n: int) -> list[int]:
    found, k = [], 2
    while k * k <= n:
        while n % k == 0:
            found.append(k)
            n //= k
        k += 1
    return [*found, n] if n > 1 or not found else found


def _bluestein(x: Tensor, sign: int) -> Tensor:
    """By j k = (j^2 + k^2 - (k - j)^2) / 2 a transform is a convolution with a chirp."""
    n = x.shape[-2]
    length = enclosing_power_of_two(2 * n - 1)
    chirp = _chirp(n, sign)
    around = [0.0] * (2 * length)
    for k in range(n):
        c, s = chirp.cosines[2 * k], chirp.sines[2 * k + 1]
        for at in (k, -k % length):
            around[2 * at : 2 * at + 2] = c, -s
    kernel = view_as_complex(_transform(_constant(around, (length, 2), x.dtype), -1))
    padding = [(0, 0)] * (x.ndim - 2) + [(0, length - n), (0, 0)]
    spread = view_as_complex(_transform(pad(_rotated(x, chirp), padding), -1))
    folded = _transform(view_as_real(spread * kernel), 1) / float(length)
    return _rotated(folded[..., :n, :], chirp)


def _pairs(op: str, x: Any) -> Tensor:
    """Numbers as pairs; real ones get zeros."""
    x = engine.as_tensor(x)
    if not x.ndim:
        raise ShapeError(f"{op}: x must have an axis, its shape is ()")
    if x.dtype.kind == "c":
        return view_as_real(x)
    x = engine.cast_to(x, float64 if x.dtype is float64 else float32)
    return stack([x, zeros_like(x)], axis=-1)


def _resized(op: str, x: Tensor, n: int | None, axis: int) -> Tensor:
    """x with n positions along `axis`: cut, or with zeros after."""
    if n is None:
        return x
    n = positive(n, f"{op}: fft_length")
    size = x.shape[axis]
    if n < size:
        return x[(*[slice(None)] * (x.ndim + axis), slice(n))]
    padding = [(0, 0)] * x.ndim
    padding[axis] = (0, n - size)
    return pad(x, padding) if n > size else x


def _require_some(op: str, n: int) -> None:
    if n < 1:
        raise ShapeError(f"{op}: the last axis must not be empty")


@composite()
def fft(x: Any, fft_length: int | None = None) -> Tensor:
    """The discrete Fourier transform along the last axis.

    Args:
        x: (..., n), complex or real.
        fft_length: cut to, or fill with zeros up to this many numbers first.

    Returns:
        complex64 (complex128 of float64): sum over j of x[j] exp(-2 pi i j k / n).

    >>> tfpy.fft([1.0, 0.0, 0.0, 0.0])
    tfpy.tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    pairs = _resized("fft", _pairs("fft", x), fft_length, -2)
    _require_some("fft", pairs.shape[-2])
    return view_as_complex(_transform(pairs, -1))


@composite()
def ifft(x: Any, fft_length: int | None = None) -> Tensor:
    """The inverse of `fft`: the sum with the opposite sign, divided by n.

    >>> tfpy.ifft([4.0, 0.0, 0.0, 0.0])
    tfpy.tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    pairs = _resized("ifft", _pairs("ifft", x), fft_length, -2)
    _require_some("ifft", pairs.shape[-2])
    return view_as_complex(_transform(pairs, 1) / float(pairs.shape[-2]))


@composite()
def rfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The first n // 2 + 1 numbers of the `fft` of real x, which are all there is to know.

    >>> tfpy.rfft([1.0, 2.0, 3.0, 4.0])
    tfpy.tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    x = engine.as_tensor(x)
    if x.dtype.kind == "c":
        raise ArgumentError("rfft: x must be real; fft takes complex numbers")
    full = fft(x, fft_length)
    return full[..., : full.shape[-1] // 2 + 1]


@composite()
def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The real tensor whose `rfft` is x.

    Args:
        x: (..., m).
        fft_length: numbers of the result; 2 (m - 1) by default.

    >>> tfpy.irfft(tfpy.rfft([1.0, 2.0, 3.0, 4.0]))
    tfpy.tensor([1., 2., 3., 4.])
    """
    pairs = _pairs("irfft", x)
    n = 2 * (pairs.shape[-2] - 1) if fft_length is None else fft_length
    n = positive(n, "irfft: fft_length")
    half = _resized("irfft", pairs, n // 2 + 1, -2)
    mirrored = flip(half[..., 1 : (n + 1) // 2, :], -2)
    signs = _constant((1.0, -1.0), (2,), mirrored.dtype)
    whole = concat([half, mirrored * signs], axis=-2)
    return real(view_as_complex(_transform(whole, 1))) / float(n)


# ---------------------------------------------------------------------------- frames, windows


def enclosing_power_of_two(value: float) -> int:
    """The smallest power of two that is not below `value`, at least 1.

    >>> tfpy.signal.enclosing_power_of_two(9)
    16
    """
    if not value > 0 or value == math.inf:
        raise ArgumentError(f"enclosing_power_of_two: value must be positive, not {value!r}")
    return 1 << max(math.ceil(value) - 1, 0).bit_length()


def _positive(op: str, **sizes: Any) -> None:
    for name, size in sizes.items():
        positive(size, f"{op}: {name}")


@composite()
def cosine_window(window_length: int, a: float, b: float) -> Tensor:
    """a - b cos(2 pi i / period): a raised cosine over `window_length` numbers.

    As TensorFlow's, the period is the length where that is even and one less where it is odd.
    """
    shape = as_shape((window_length,), "cosine_window: window_length")
    _positive("cosine_window", window_length=shape[0])
    period, a, b = max(shape[0] - shape[0] % 2, 1), float(a), float(b)
    values = [a - b * math.cos(2 * math.pi * i / period) for i in range(shape[0])]
    return _constant(values, shape, float32)


@composite()
def hann_window(window_length: int) -> Tensor:
    """The Hann window.

    >>> tfpy.signal.hann_window(4)
    tfpy.tensor([ 0., 0.5,  1., 0.5])
    """
    return cosine_window(window_length, 0.5, 0.5)


@composite()
def hamming_window(window_length: int) -> Tensor:
    """The Hamming window."""
    return cosine_window(window_length, 0.54, 0.46)


@composite()
def frame(
    signal: Any, frame_length: int, frame_step: int, pad_end: bool = False, pad_value: float = 0.0
) -> Tensor:
    """Overlapping stretches of a signal.

    Args:
        signal: (..., n).
        frame_length: numbers in a frame.
        frame_step: from the begin of one frame to that of the next.
        pad_end: also the frames that begin within the signal and reach beyond it, filled up.
        pad_value: what they are filled with.

    Returns:
        (..., frames, frame_length).

    >>> tfpy.signal.frame([1.0, 2.0, 3.0, 4.0, 5.0], 3, 2)
    tfpy.tensor([[1., 2., 3.],
                 [3., 4., 5.]])
    """
    _positive("frame", frame_length=frame_length, frame_step=frame_step)
    signal = engine.as_tensor(signal)
    if not signal.ndim:
        raise ShapeError("frame: signal must have an axis, its shape is ()")
    n = signal.shape[-1]
    count = -(-n // frame_step) if pad_end else max((n - frame_length) // frame_step + 1, 0)
    missing = (count - 1) * frame_step + frame_length - n
    if missing > 0 and count:
        padding = [(0, 0)] * (signal.ndim - 1) + [(0, missing)]
        signal = pad(signal, padding, constant_values=pad_value)
    begins = reshape(arange(0, count * frame_step, frame_step), (count, 1))
    return gather(signal, begins + arange(frame_length), axis=-1)


@composite()
def stft(
    signal: Any,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Callable[[int], Tensor] | None = hann_window,
) -> Tensor:
    """The short-time Fourier transform: the `rfft` of each windowed frame.

    Args:
        signal: (..., n), real.
        frame_length: numbers in a frame.
        frame_step: from the begin of one frame to that of the next.
        fft_length: of each transform; by default the power of two that encloses `frame_length`.
        window_fn: makes the window of a length; None for none.

    Returns:
        (..., frames, fft_length // 2 + 1), complex.

    >>> tfpy.signal.stft(tfpy.ones((8,)), 4, 2).shape
    (3, 3)
    """
    frames = frame(signal, frame_length, frame_step)
    if window_fn is not None:
        frames = frames * window_fn(frame_length)
    return rfft(frames, fft_length or enclosing_power_of_two(frame_length))
