"""Sound as speech recognizers take it: spectrograms as a page's AnalyserNode computes them."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from .. import engine
from ..dtypes import float32
from ..errors import ShapeError
from ..ops.creation import tensor
from ..ops.elementwise import log, maximum, sqrt
from ..ops.movement import pad
from ..ops.reduce import moments
from ..signal import frame, rfft
from ..spec import TensorSpec, number, share
from ..tensor import Tensor

#: Samples per second, and samples from one spectrum to the next. A spectrum is that of twice as
#: many, the last ones.
SAMPLE_RATE, FRAME = 44100, 1024
#: Silence of a recorder of 16 bits is far above this, that of a file of zeros would be infinite.
_QUIETEST = 1e-9


def _blackman(n: int) -> Tensor:
    turns = (2 * math.pi * i / n for i in range(n))
    return tensor([0.42 - 0.5 * math.cos(t) + 0.08 * math.cos(2 * t) for t in turns])


def spectrogram(waveform: Tensor, columns: int) -> Tensor:
    """Loudness by time and frequency in decibels, (n // FRAME, columns, 1), of a waveform (n,).

    What https://www.w3.org/TR/webaudio/#fft-windowing-and-smoothing-over-time says, without
    smoothing, and silence before the first sample.

    >>> spectrogram(tfpy.random_normal((44100,)), 232).shape
    (43, 232, 1)
    """
    x = engine.cast_to(waveform, float32)
    count = x.shape[0] // FRAME
    if not count:
        raise ShapeError(f"a waveform of {x.shape[0]} samples is too short: a frame has {FRAME}")
    frames = frame(pad(x[: count * FRAME], [(FRAME, 0)]), 2 * FRAME, FRAME)
    spectrum = rfft(frames * _blackman(2 * FRAME))[:, :columns]
    loudness = maximum(spectrum.abs() * (0.5 / FRAME), _QUIETEST)
    return (log(loudness) * (20.0 / math.log(10.0))).reshape((count, columns, 1))


def normalized(x: Tensor) -> Tensor:
    """Spectrograms (batch, frames, columns, 1), each with mean 0 and standard deviation 1."""
    mean, variance = moments(x, (1, 2, 3), keepdims=True)
    return (x - mean) / (sqrt(variance) + 1e-7)


def floats(data: bytes, shape: tuple[int, ...]) -> Tensor:
    """A tensor of the bytes of float32 values."""
    values: Any = memoryview(data).cast("f")
    return engine.from_buffer(values, TensorSpec(shape, float32))


class Windows:
    """Frames that come one by one as spectrograms that overlap.

    Args:
        frames: how many make a spectrogram.
        overlap_factor: the part of one that the one before it has too, from 0 to less than 1.
        suppression_time_millis: for how long after `suppress()` there are none.
    """

    def __init__(
        self, function: str, frames: int, overlap_factor: float, suppression_time_millis: float
    ) -> None:
        overlap = share(overlap_factor, f"{function}: overlap_factor")
        rest = number(suppression_time_millis, f"{function}: suppression_time_millis", 0, 1e12)
        self._last: deque[tuple[bytes, bytes]] = deque(maxlen=frames)
        # Halves are rounded up, as in TF.js.
        self._period = max(1, math.floor(frames * (1 - overlap) + 0.5))
        self._rest = math.floor(rest * SAMPLE_RATE / FRAME / 1000 + 0.5)
        self._count, self._from = 0, -math.inf

    def add(self, spectrum: bytes, wave: bytes) -> Tensor | None:
        """The spectrogram (1, frames, columns, 1) that this frame completes, if any."""
        if memoryview(spectrum).cast("f")[0] == -math.inf:  # the microphone is not yet heard
            return None
        self._last.append((spectrum, wave))
        self._count += 1
        waits = self._count % self._period or self._count - self._from <= self._rest
        # Unlike TF.js, which takes what is not there yet for loud noise.
        if waits or len(self._last) < (self._last.maxlen or 0):
            return None
        spectra = b"".join(spectrum for spectrum, _ in self._last)
        return floats(spectra, (1, len(self._last), len(spectrum) // 4, 1))

    def waveform(self) -> bytes:
        """What the last spectrogram is of."""
        return b"".join(wave for _, wave in self._last)

    def suppress(self) -> None:
        """Begin to rest."""
        self._from = self._count
