"""What a microphone hears as tensors: spectrograms and waveforms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from .. import engine
from ..compat import media
from ..dtypes import float32
from ..errors import ArgumentError, MediaError
from ..spec import TensorSpec
from ..tensor import Tensor


class Microphone:
    """A microphone that is on; made by `await tfpy.data.microphone()`. `async for` gives recordings
    until `stop()`.

    Attributes:
        sample_rate: samples per second.
    """

    def __init__(
        self, device: media.Microphone, fft_size: int, columns: int, frames: int, parts: set[str]
    ) -> None:
        self._device, self._fft_size, self._columns = device, fft_size, columns
        self._frames, self._parts = frames, parts
        self._on = True

    @property
    def sample_rate(self) -> float:
        return self._device.rate

    async def capture(self) -> dict[str, Tensor]:
        """Record frames now: "spectrogram" (frames, columns, 1), "waveform" (frames * fft_size, 1).

        Raises `MediaError` after `stop()`.
        """
        spectra, waves = [], []
        async with aclosing(self.frames()) as frames:
            async for spectrum, wave in frames:
                spectra.append(spectrum)
                waves.append(wave)
                if len(spectra) == self._frames:
                    return self._recording(spectra, waves)
        raise MediaError("the microphone is off")

    async def frames(self) -> AsyncGenerator[tuple[bytes, bytes]]:
        """The spectrum and the waveform of one frame after the other, float32, until `stop()`."""
        loop = asyncio.get_running_loop()
        length = self._fft_size / self.sample_rate
        due = loop.time()
        while True:
            # Each frame when its samples are there, however long the one before took; those that
            # nobody could look at in time are lost, as they would only repeat what is heard now.
            due += length
            if loop.time() > due + length:
                due = loop.time()
            await asyncio.sleep(max(due - loop.time(), 0))
            if not self._on:
                return
            yield self._device.spectrum()[: 4 * self._columns], self._device.waveform()

    def _recording(self, spectra: list[bytes], waves: list[bytes]) -> dict[str, Tensor]:
        found = {
            "spectrogram": _tensor(spectra, (self._frames, self._columns, 1)),
            "waveform": _tensor(waves, (self._frames * self._fft_size, 1)),
        }
        return {name: found[name] for name in found if name in self._parts}

    async def __aiter__(self) -> AsyncGenerator[dict[str, Tensor]]:
        while self._on:
            yield await self.capture()

    async def start(self) -> None:
        """Turn it on again."""
        if not self._on:
            await self._device.start()
            self._on = True

    def stop(self) -> None:
        """Turn it off."""
        self._device.stop()
        self._on = False


def _tensor(parts: list[bytes], shape: tuple[int, ...]) -> Tensor:
    values: Any = memoryview(b"".join(parts)).cast("f")
    return engine.from_buffer(values, TensorSpec(shape, float32))


async def microphone(
    *,
    sample_rate: int | None = None,
    fft_size: int = 1024,
    column_truncate_length: int | None = None,
    num_frames_per_spectrogram: int = 43,
    audio_track_constraints: Mapping[str, Any] | None = None,
    smoothing_time_constant: float = 0.0,
    include_spectrogram: bool = True,
    include_waveform: bool = False,
) -> Microphone:
    """Turn on a microphone, once the user allows it.

    Args:
        sample_rate: samples per second, by default the device's.
        fft_size: samples of a frame, a power of two from 16 to 16384.
        column_truncate_length: frequencies kept, the lowest ones; by default all `fft_size`.
        num_frames_per_spectrogram: frames of a recording.
        audio_track_constraints: as browsers have them, such as {"echoCancellation": False}.
        smoothing_time_constant: how much of the frame before is in a spectrum, from 0 to 1.
        include_spectrogram, include_waveform: what recordings have.

    Raises:
        MediaError: there is no microphone, or the page may not use it.
    """
    if fft_size not in [1 << i for i in range(4, 15)]:
        raise ArgumentError(f"microphone: fft_size {fft_size} is no power of two from 16 to 16384")
    columns = fft_size if column_truncate_length is None else column_truncate_length
    if not 1 <= columns <= fft_size:
        raise ArgumentError(f"microphone: column_truncate_length {columns} is not in 1..{fft_size}")
    if num_frames_per_spectrogram < 1:
        raise ArgumentError("microphone: num_frames_per_spectrogram must be at least 1")
    if not 0 <= smoothing_time_constant <= 1:
        raise ArgumentError("microphone: smoothing_time_constant must be from 0 to 1")
    parts = {"spectrogram": include_spectrogram, "waveform": include_waveform}
    if not any(parts.values()):
        raise ArgumentError("microphone: neither spectrogram nor waveform is included")
    constraints = audio_track_constraints or {}
    device = media.Microphone(sample_rate, fft_size, smoothing_time_constant, constraints)
    await device.start()
    wanted = {name for name, included in parts.items() if included}
    return Microphone(device, fft_size, columns, num_frames_per_spectrogram, wanted)
