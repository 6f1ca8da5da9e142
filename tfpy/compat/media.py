"""A page's camera and microphone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import MediaError
from . import IN_BROWSER


async def _ask(kind: str, constraints: Mapping[str, Any]) -> Any:
    """The stream of a device, once the user allows it."""
    if not IN_BROWSER:
        raise MediaError(f"there is no {kind} outside of a page")
    import js
    from pyodide.ffi import JsException, to_js

    devices = getattr(getattr(js, "navigator", None), "mediaDevices", None)
    if not devices or not hasattr(js, "document"):
        raise MediaError(f"there is no {kind} in a worker, nor in a page that is not secure")
    wanted = to_js({kind: dict(constraints) or True}, dict_converter=js.Object.fromEntries)
    try:
        return await devices.getUserMedia(wanted)
    except JsException as error:
        raise MediaError(f"the page may not use a {kind}, or there is none ({error})") from None


class _Device:
    """What is on while it has a stream."""

    _stream: Any = None

    def stop(self) -> None:
        """Turn it off."""
        stream, self._stream = self._stream, None
        for track in stream.getTracks() if stream else ():
            track.stop()


class Camera(_Device):
    """A video element that shows what a camera sees."""

    def __init__(self, element: Any, constraints: Mapping[str, Any]) -> None:
        self.element, self._constraints = element, constraints

    async def start(self) -> None:
        """Turn it on. Raises `MediaError`."""
        stream = await _ask("video", self._constraints)
        import js
        from pyodide.ffi import JsException

        if self.element is None:
            self.element = js.document.createElement("video")
        # Phones play a video in place, and without a click, only if it says so and is silent.
        self.element.muted = self.element.playsInline = True
        self.element.srcObject = self._stream = stream
        try:
            await self.element.play()
        except JsException as error:
            self.stop()
            raise MediaError(f"the camera's video does not play ({error})") from None

    def stop(self) -> None:
        super().stop()
        if self.element is not None:
            self.element.srcObject = None


class Microphone(_Device):
    """The spectrum and the waveform of what a microphone hears now."""

    _context: Any = None

    def __init__(
        self, rate: int | None, fft_size: int, smoothing: float, constraints: Mapping[str, Any]
    ) -> None:
        self._rate, self._fft_size, self._smoothing = rate, fft_size, smoothing
        self._constraints = constraints
        self.rate = 0.0

    async def start(self) -> None:
        """Turn it on. Raises `MediaError`."""
        stream = await _ask("audio", self._constraints)
        from pyodide.ffi import JsException

        self._stream = stream
        try:
            self._analyse(stream)
        except JsException as error:  # as of a rate that this browser does not give
            self.stop()
            raise MediaError(f"the microphone cannot be analysed ({error})") from None

    def _analyse(self, stream: Any) -> None:
        import js
        from pyodide.ffi import to_js

        options = {} if self._rate is None else {"sampleRate": self._rate}
        self._context = js.AudioContext.new(to_js(options, dict_converter=js.Object.fromEntries))
        self.rate = float(self._context.sampleRate)
        self._analyser = self._context.createAnalyser()
        self._analyser.fftSize = 2 * self._fft_size
        self._analyser.smoothingTimeConstant = self._smoothing
        self._context.createMediaStreamSource(stream).connect(self._analyser)
        self._spectrum = js.Float32Array.new(self._analyser.frequencyBinCount)
        self._waveform = js.Float32Array.new(self._fft_size)

    def spectrum(self) -> bytes:
        """Loudness by frequency in decibels, float32."""
        self._analyser.getFloatFrequencyData(self._spectrum)
        found: bytes = self._spectrum.to_bytes()
        return found

    def waveform(self) -> bytes:
        """The last samples, float32."""
        self._analyser.getFloatTimeDomainData(self._waveform)
        found: bytes = self._waveform.to_bytes()
        return found

    def stop(self) -> None:
        if self._stream and self._context:
            self._context.close()
        super().stop()
