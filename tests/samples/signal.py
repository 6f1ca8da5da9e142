"""Samples of Fourier transforms, frames and windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import Array, Sample, c, f, i

#: Products, several levels, a prime beyond them, and a square of one.
_LENGTHS = (1, 2, 5, 8, 32, 33, 37, 60, 128, 100)


def _cosine(n: int, a: float, b: float) -> Array:
    return a - b * np.cos(2 * np.pi * np.arange(n) / max(n - n % 2, 1))


def _frame(signal: Array, frame_length: int, frame_step: int, pad_end: bool = False, pad_value: float = 0) -> Array:
    n = signal.shape[-1]
    begins = range(0, n, frame_step) if pad_end else range(0, n - frame_length + 1, frame_step)
    room = [*[(0, 0)] * (signal.ndim - 1), (0, frame_length)]
    padded = np.pad(signal, room, constant_values=pad_value)
    frames = [padded[..., b : b + frame_length] for b in begins]
    return np.stack(frames, -2) if frames else np.zeros((*signal.shape[:-1], 0, frame_length))


def _stft(signal: Array, frame_length: int, frame_step: int, fft_length: int | None = None) -> Array:
    frames = _frame(signal, frame_length, frame_step) * _cosine(frame_length, 0.5, 0.5)
    return np.fft.rfft(frames, fft_length or 1 << (frame_length - 1).bit_length())


def _of_length(transform: Any) -> Any:
    return lambda x, fft_length=None: transform(x, fft_length)


SIGNAL = [
    *[Sample(op, (c((2, n)),), {}, _of_length(transform), "contraction", 2)
      for op, transform in (("fft", np.fft.fft), ("ifft", np.fft.ifft)) for n in _LENGTHS],
    *[Sample("rfft", (f((2, n)),), {}, _of_length(np.fft.rfft), "contraction", 2) for n in _LENGTHS],
    *[Sample("irfft", (c((2, n)),), {}, _of_length(np.fft.irfft), "contraction", 2) for n in (2, 5, 17, 33)],
    *[Sample(op, (x,), {"fft_length": n}, _of_length(transform), "contraction", 2) for n in (3, 5, 6, 40)
      for op, transform, x in (("fft", np.fft.fft, c((5,))), ("ifft", np.fft.ifft, c((2, 5))), ("rfft", np.fft.rfft, f((5,))), ("irfft", np.fft.irfft, c((4,))))],
    Sample("fft", (f((2, 3, 4)),), {}, _of_length(np.fft.fft), "contraction", 2),
    Sample("fft", (i((6,)),), {}, _of_length(np.fft.fft), "contraction"),
    Sample("fft", (c((0, 4)),), {}, _of_length(np.fft.fft), "contraction"),
    *[Sample("signal.frame", (f(s),), {"frame_length": n, "frame_step": step, **o}, _frame, "exact", 2)
      for s in ((9,), (2, 10)) for n, step in ((3, 2), (4, 4), (2, 5)) for o in ({}, {"pad_end": True, "pad_value": 7.0})],
    Sample("signal.frame", (f((3,)),), {"frame_length": 5, "frame_step": 1}, _frame, "exact"),
    *[Sample("signal.stft", (f(s),), {"frame_length": n, "frame_step": step, **o}, _stft, "contraction", 2)
      for s, n, step, o in (((20,), 6, 3, {}), ((2, 40), 16, 8, {}), ((30,), 5, 5, {"fft_length": 12}))],
    *[Sample(f"signal.{name}", (), {"window_length": n}, lambda window_length, a=a, b=b: _cosine(window_length, a, b), "arithmetic")
      for name, a, b in (("hann_window", 0.5, 0.5), ("hamming_window", 0.54, 0.46)) for n in (1, 2, 5, 8)],
    Sample("signal.cosine_window", (), {"window_length": 6, "a": 1.0, "b": 0.25}, lambda window_length, a, b: _cosine(window_length, a, b), "arithmetic"),
]  # fmt: skip
