"""SpeechCommands: which of a few words is said, in a recording or as the microphone hears it.

Takes TF.js's models of spectrograms. Training it on words of one's own is in `speech_transfer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import data, engine
from ..dtypes import float32
from ..errors import MediaError, ModelFormatError, ShapeError
from ..io.handlers import OnProgress
from ..layers import Dense
from ..layers.base import Layer
from ..models import Model
from ..spec import number
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .pretrained import Network, Pretrained, choose, read, run
from .results import draw_caption
from .speech_audio import FRAME, SAMPLE_RATE, Windows, normalized, spectrogram

if TYPE_CHECKING:
    from .speech_transfer import TransferSpeechCommands

_BASE = "https://storage.googleapis.com/tfjs-models/tfjs/speech-commands/v0.5/browser_fft"
#: The words of TF.js's two models are named by how many they are.
_URLS = {name: f"{_BASE}/{name}/model.json" for name in ("18w", "directional4w")}
#: Names of what is no word.
NOISE, UNKNOWN = "_background_noise_", "_unknown_"


@dataclass(frozen=True)
class Recognition:
    """What was heard.

    Attributes:
        word: the most probable word.
        score: its probability.
        scores: the probability of every word.
        spectrogram: what it was recognized from, (frames, columns, 1), if asked for.
        embedding: the activation of the last hidden layer, (units,), if asked for.
    """

    word: str
    score: float
    scores: dict[str, float]
    spectrogram: Tensor | None = None
    embedding: Tensor | None = None

    def draw(self, canvas: Any, *, row: int = 0) -> None:
        """Draw the word and its score as a bar on a canvas, or natively on a PIL image.

        Args:
            row: how many other captions it is drawn below.
        """
        draw_caption(canvas, self.word, self.score, row=row)


class SpeechRecognizer:
    """What recognizes words: a `SpeechCommands`, or one that is trained on top of it.

    Attributes:
        model: the network, a `Model`.
        words: what it knows, in the order of its outputs.
        input_shape: frames, columns and 1 of the spectrograms it takes.
    """

    def __init__(self, model: Model, words: list[str]) -> None:
        self.model, self.words = model, words
        self.input_shape: tuple[Any, ...] = model.inputs[0].shape[1:]
        self._cut: tuple[Model, Model] | None = None
        self._microphone: data.Microphone | None = None
        #: Whose turn it is to listen: from before the user is asked, who may take their time.
        self._turn: object | None = None

    # ------------------------------------------------------------------------------ recordings

    async def recognize(
        self,
        sound: Any = None,
        *,
        include_spectrogram: bool = False,
        include_embedding: bool = False,
    ) -> Any:
        """The word in a recording.

        Args:
            sound: a waveform (samples,) of 44100 samples per second, of which the middle second is
                taken; a spectrogram (frames, columns) or (frames, columns, 1), of mean 0 and
                standard deviation 1; or several, (n, frames, columns, 1). By default the microphone
                records a second.
            include_spectrogram, include_embedding: what the result has beside scores.

        Returns:
            A `Recognition`; of several spectrograms a list.

        Raises:
            ShapeError: the sound has another shape, or the waveform is shorter than a second.
            MediaError: there is no microphone, or it is listened to already.
        """
        if sound is None:
            heard, _ = await self._record(self.input_shape[0])
            sound = normalized(heard[None])[0]
        return await self._recognize(AWAITING, sound, include_spectrogram, include_embedding)

    def recognize_sync(
        self, sound: Any, *, include_spectrogram: bool = False, include_embedding: bool = False
    ) -> Any:
        """The same as `recognize`; blocks until the result is computed."""
        return run_blocking(
            self._recognize(BLOCKING, sound, include_spectrogram, include_embedding)
        )

    async def _recognize(self, wait: Blocking, sound: Any, *include: bool) -> Any:
        x = self._spectrograms(engine.as_tensor(sound))
        found = await self._judge(wait, x, *include)
        return found if len(engine.as_tensor(sound).shape) == 4 else found[0]

    def _spectrograms(self, sound: Tensor) -> Tensor:
        """(n, frames, columns, 1), ready for the network."""
        frames, columns, _ = self.input_shape
        if sound.ndim == 1:
            spare = sound.shape[0] - frames * FRAME
            if spare < 0:
                raise ShapeError(
                    f"SpeechCommands: {sound.shape[0]} samples, fewer than {frames * FRAME}"
                )
            middle = sound[spare // 2 : spare // 2 + frames * FRAME]
            return normalized(spectrogram(middle, columns)[None])
        x = engine.cast_to(sound, float32)
        if sound.ndim in (2, 3):
            x = x.reshape((1, *sound.shape[:2], *(sound.shape[2:] or (1,))))
        if x.ndim != 4 or x.shape[1:] != self.input_shape or not x.shape[0]:
            raise ShapeError(
                f"SpeechCommands: a spectrogram has shape {self.input_shape}, not {sound.shape}"
            )
        return x

    async def _judge(
        self, wait: Blocking, x: Tensor, include_spectrogram: bool, include_embedding: bool
    ) -> list[Recognition]:
        network = self._with_embedding() if include_embedding else self.model
        words, n = self.words, len(self.words)  # others may come while this waits
        y, *embeddings = await run(wait, network, x)
        values = (await read(wait, y))[0].tolist()
        found = []
        for i in range(x.shape[0]):
            scores = dict(zip(words, values[i * n : (i + 1) * n], strict=True))
            word = max(scores, key=scores.__getitem__)
            seen = x[i] if include_spectrogram else None
            felt = embeddings[0][i] if embeddings else None
            found.append(Recognition(word, scores[word], scores, seen, felt))
        return found

    def _with_embedding(self) -> Model:
        """The model with the output of its last hidden layer too."""
        if self._cut is None or self._cut[0] is not self.model:
            outputs = [self.model.outputs[0], hidden_layer(self.model).output]
            self._cut = self.model, Model(self.model.inputs[0], outputs)
        return self._cut[1]

    # ------------------------------------------------------------------------------ microphone

    @property
    def is_listening(self) -> bool:
        """Whether the microphone is on, or the user is asked for it."""
        return self._turn is not None

    def stop_listening(self) -> None:
        """Turn the microphone off, which ends `listen`."""
        microphone, self._microphone, self._turn = self._microphone, None, None
        if microphone is not None:
            microphone.stop()

    def listen(
        self,
        *,
        probability_threshold: float = 0.0,
        overlap_factor: float = 0.5,
        suppression_time_millis: float = 0.0,
        include_noise_and_unknown: bool = False,
        include_spectrogram: bool = False,
        include_embedding: bool = False,
        audio_track_constraints: Mapping[str, Any] | None = None,
        microphone: data.Microphone | None = None,
    ) -> AsyncGenerator[Recognition]:
        """What the microphone hears, word by word, until `stop_listening()`: `async for heard in
        recognizer.listen():`.

        Args:
            probability_threshold: words less probable are left out, from 0 to 1.
            overlap_factor: the part of one second listened to that the next one has too, from 0 to
                less than 1.
            suppression_time_millis: for how long after a word nothing is recognized.
            include_noise_and_unknown: whether noise and unknown words are told.
            include_spectrogram, include_embedding: what results have beside scores; with
                embeddings everything is told, whatever its probability.
            audio_track_constraints: as browsers have them, such as {"echoCancellation": False}.
            microphone: one that is on, of `tfpy.data.microphone(column_truncate_length=columns)`;
                by default one is turned on. It is turned off at the end.

        Raises:
            ArgumentError: an option is out of range.
            MediaError: there is no microphone, the page may not use it, this recognizer listens to
                it already, or was stopped while the user was asked.
        """
        function = "SpeechCommands.listen"
        least = number(probability_threshold, f"{function}: probability_threshold", 0, 1)
        windows = Windows(function, self.input_shape[0], overlap_factor, suppression_time_millis)

        async def heard() -> AsyncGenerator[Recognition]:
            async with aclosing(
                self._heard(windows, microphone, audio_track_constraints)
            ) as spectrograms:
                async for x in spectrograms:
                    (found,) = await self._judge(AWAITING, normalized(x), False, include_embedding)
                    is_word = include_noise_and_unknown or found.word not in (NOISE, UNKNOWN)
                    if include_embedding or (found.score >= least and is_word):
                        windows.suppress()
                        yield replace(found, spectrogram=x[0]) if include_spectrogram else found

        return heard()

    async def _heard(
        self, windows: Windows, microphone: data.Microphone | None, constraints: Any
    ) -> AsyncGenerator[Tensor]:
        """Spectrograms of what the microphone hears, until it is turned off."""
        async with self._turned_on(microphone, constraints) as on:
            frames: asyncio.Queue[tuple[bytes, bytes] | None] = asyncio.Queue()
            # It goes on while the network computes.
            hearing = asyncio.ensure_future(_hear(on, frames))
            try:
                while (frame := await frames.get()) is not None and self._microphone is on:
                    x = windows.add(*frame)
                    if x is not None:
                        yield x
                if frame is None:
                    await hearing  # for its error, if it had one
            finally:
                hearing.cancel()

    @asynccontextmanager
    async def _turned_on(
        self, microphone: data.Microphone | None, constraints: Any
    ) -> AsyncGenerator[data.Microphone]:
        """The microphone, which is off in the end."""
        if self._turn is not None:
            raise MediaError("SpeechCommands: the microphone is listened to already")
        turn = self._turn = object()
        try:
            microphone = microphone or await data.microphone(
                sample_rate=SAMPLE_RATE,
                fft_size=FRAME,
                column_truncate_length=self.input_shape[1],
                audio_track_constraints=constraints,
            )
            if self._turn is not turn:
                raise MediaError("SpeechCommands: stopped before the microphone was on")
            self._microphone = microphone
            yield microphone
        finally:
            if microphone is not None:
                microphone.stop()
            if self._turn is turn:
                self._turn = self._microphone = None

    async def _record(
        self, frames: int, microphone: data.Microphone | None = None, constraints: Any = None
    ) -> tuple[Tensor, bytes]:
        """As many frames as the microphone hears now, (frames, columns, 1), and their waveform."""
        windows = Windows("SpeechCommands", frames, 0.0, 0.0)
        async with aclosing(self._heard(windows, microphone, constraints)) as spectrograms:
            async for x in spectrograms:
                return x[0], windows.waveform()
        raise MediaError("SpeechCommands: the microphone was turned off")


class SpeechCommands(SpeechRecognizer, Pretrained):
    """A loaded recognizer. Make one with `await SpeechCommands.load()`.

    Attributes:
        model: the network, a `Model`.
        words: what it knows, in the order of its outputs; among them "_background_noise_" and
            "_unknown_".
        input_shape: frames, columns and 1 of the spectrograms it takes.

    >>> x = tfpy.layers.Input((43, 232, 1))
    >>> y = tfpy.layers.Dense(3, activation="softmax")(tfpy.layers.Flatten()(x))
    >>> words = ["_background_noise_", "_unknown_", "hello"]
    >>> recognizer = SpeechCommands(tfpy.Model(x, y), {"wordLabels": words})
    >>> second = tfpy.random_normal((44100,))
    >>> recognizer.recognize_sync(second).word in words
    True
    """

    URLS = {"model": _URLS["18w"]}
    FILES = {"metadata": "metadata.json"}

    def __init__(self, model: Network, metadata: Any) -> None:
        words = None
        if isinstance(metadata, dict):
            words = metadata.get("wordLabels", metadata.get("words"))
        if not isinstance(words, list):
            raise ModelFormatError("metadata.json names neither wordLabels nor words")
        super().__init__(_checked(model), words)
        if self.model.output_shape != (None, len(words)):
            shape = self.model.output_shape
            raise ModelFormatError(f"{len(words)} words for a model of output shape {shape}")

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        vocabulary: str = "18w",
        metadata_url: Any = None,
        on_progress: OnProgress | None = None,
    ) -> SpeechCommands:
        """Load a recognizer.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_layers_model`; by default
                TF.js's public one.
            vocabulary: which public one: "18w" knows zero to nine, up, down, left, right, go, stop,
                yes and no; "directional4w" up, down, left and right.
            metadata_url: a JSON file that names the words (`wordLabels`), or what it holds; by
                default `metadata.json` beside the model.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises what `load_layers_model` does.
        """
        public = choose("SpeechCommands.load", "vocabulary", vocabulary, _URLS)
        where = {"model": public if url is None else url}
        return await cls.load_networks(where, on_progress, metadata=metadata_url)

    @classmethod
    def load_sync(
        cls, path: Any, *, metadata_url: Any = None, on_progress: OnProgress | None = None
    ) -> SpeechCommands:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync({"model": path}, on_progress, metadata=metadata_url)

    def create_transfer(self, name: str) -> TransferSpeechCommands:
        """A recognizer of other words, to be trained on examples; it has this one's ears.

        Args:
            name: under which a page keeps it.
        """
        from .speech_transfer import TransferSpeechCommands

        return TransferSpeechCommands(name, self.model)


async def _hear(
    microphone: data.Microphone, frames: asyncio.Queue[tuple[bytes, bytes] | None]
) -> None:
    try:
        async for frame in microphone.frames():
            frames.put_nowait(frame)
    finally:
        frames.put_nowait(None)


def _checked(model: Network) -> Model:
    """`model`, which must take spectrograms. It is not to be trained."""
    if not isinstance(model, Model) or len(model.inputs) != 1:
        raise ModelFormatError("not a SpeechCommands: it is no layers model of one input")
    shape = model.inputs[0].shape
    if len(shape) != 4 or shape[3] != 1 or None in shape[1:]:
        raise ModelFormatError(f"not a SpeechCommands: its input has shape {shape}")
    for layer in model.layers:
        layer.trainable = False
    return model


def hidden_layer(model: Model) -> Layer:
    """The last dense layer but for the one that gives the result."""
    dense = [layer for layer in model.layers[:-1] if isinstance(layer, Dense)]
    if not dense:
        raise ModelFormatError("not a SpeechCommands: it has no hidden dense layer")
    return dense[-1]
