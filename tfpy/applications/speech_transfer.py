"""Recognizers of one's own words, trained on a few examples on top of a `SpeechCommands`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import data, engine, io
from ..dtypes import float32
from ..errors import ArgumentError, ModelFormatError, ShapeError
from ..io.layers_model import load_layers_model, load_layers_model_sync
from ..layers import Dense
from ..models import Model
from ..spec import number
from ..waiting import AWAITING, BLOCKING, Blocking, forms, run_blocking, settled
from . import speech_examples as examples_of
from .pretrained import listed
from .speech_audio import FRAME, SAMPLE_RATE, normalized, spectrogram
from .speech_commands import NOISE, SpeechCommands, SpeechRecognizer, hidden_layer
from .speech_examples import Example, Samples

if TYPE_CHECKING:
    from ..callbacks import History

#: Where a page keeps recognizers, as TF.js does.
_PLACE = "indexeddb://tfjs-speech-commands-model/"


class RocPoint(NamedTuple):
    """The share of noises taken for a word and of words found, with words above a probability."""

    prob_threshold: float
    fpr: float
    tpr: float


class SpeechEvaluation(NamedTuple):
    """How well words are told from noise: the curve, and the area below it."""

    roc_curve: list[RocPoint]
    auc: float


class TransferSpeechCommands(SpeechRecognizer):
    """A recognizer to be trained; `SpeechCommands.create_transfer(name)` makes one.

    Collect examples of each word, and of "_background_noise_", then train:

        transfer = recognizer.create_transfer("fruit")
        await transfer.collect_example("apple")
        ...
        await transfer.train()
        print((await transfer.recognize()).word)

    Attributes:
        name: under which a page keeps it.
        model: the network; before training that of the recognizer it is made from.
        words: what there are examples of, in alphabetical order; without examples what it was
            trained on.
    """

    def __init__(self, name: str, base: Model) -> None:
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"create_transfer: name is a text that is not empty, not {name!r}")
        hidden_layer(base)
        super().__init__(base, [])
        self.name, self._base = name, base
        self._learned: list[str] = []
        self._examples: dict[int, Example] = {}
        self._ids = itertools.count()

    # ------------------------------------------------------------------------------- examples

    async def collect_example(
        self,
        word: str,
        sound: Any = None,
        *,
        duration_multiplier: float = 1.0,
        duration_sec: float | None = None,
        include_raw_audio: bool = False,
        audio_track_constraints: Mapping[str, Any] | None = None,
        microphone: data.Microphone | None = None,
    ) -> int:
        """Record an example of a word.

        Args:
            word: what is said; "_background_noise_" is what is heard while nothing is.
            sound: a waveform (samples,) of 44100 samples per second, or a spectrogram in decibels
                (frames, columns, 1), instead of what the microphone hears.
            duration_multiplier: how many times longer than the network's input it is, at least 1.
            duration_sec: its length in seconds, instead.
            include_raw_audio: whether the waveform is kept with the example.
            audio_track_constraints, microphone: as for `listen`.

        Returns:
            The example's number.

        Raises:
            ArgumentError: no word, or a wrong duration.
            ShapeError: the sound is too short or has another shape.
            MediaError: there is no microphone.
        """
        frames = self._duration(word, duration_multiplier, duration_sec)
        wave = None
        if sound is None:
            sound, wave = await self._record(frames, microphone, audio_track_constraints)
        return await self._collect(AWAITING, word, sound, include_raw_audio, wave)

    def collect_example_sync(
        self, word: str, sound: Any, *, include_raw_audio: bool = False
    ) -> int:
        """`collect_example` for a sound that is there; blocks until it is computed."""
        self._duration(word, 1.0, None)
        return run_blocking(self._collect(BLOCKING, word, sound, include_raw_audio, None))

    def _duration(self, word: Any, multiplier: float, seconds: float | None) -> int:
        function, (frames, _, _) = "collect_example", self.input_shape
        if not isinstance(word, str) or not word:
            raise ArgumentError(f"{function}: word is a text that is not empty, not {word!r}")
        multiplier = number(multiplier, f"{function}: duration_multiplier", 1, 1e6)
        if seconds is not None and multiplier != 1:
            raise ArgumentError(
                f"{function}: duration_multiplier is 1 with duration_sec, not {multiplier:g}"
            )
        wanted = math.floor(frames * multiplier + 0.5)
        if seconds is not None:
            seconds = number(seconds, f"{function}: duration_sec", 0, 1e6)
            wanted = math.ceil(seconds * SAMPLE_RATE / FRAME)
        if wanted < frames:
            raise ArgumentError(f"{function}: duration_sec {seconds} is shorter than the network's")
        return wanted

    async def _collect(
        self, wait: Blocking, word: str, sound: Any, keep_wave: bool, wave: bytes | None
    ) -> int:
        x, (frames, columns, _) = engine.cast_to(engine.as_tensor(sound), float32), self.input_shape
        if x.ndim == 1:
            wave = bytes(await wait.read(x)) if keep_wave else None
            x = spectrogram(x, columns)
        if x.ndim not in (2, 3) or x.shape[1:] not in ((columns,), (columns, 1)):
            raise ShapeError(f"collect_example: sound of shape {x.shape} has not {columns} columns")
        if x.shape[0] < frames:
            raise ShapeError(f"collect_example: {x.shape[0]} frames of sound, fewer than {frames}")
        values = await wait.read(normalized(x.reshape((1, *x.shape[:2], 1))))
        return self._add(
            Example(word, bytes(values), columns, waveform=wave if keep_wave else None)
        )

    def _add(self, example: Example) -> int:
        uid = next(self._ids)
        self._examples[uid] = example
        self._collate()
        return uid

    def _collate(self) -> None:
        self.words = [*self.count_examples()] or [*self._learned]

    def count_examples(self) -> dict[str, int]:
        """How many examples there are of each word."""
        found: dict[str, int] = {}
        for example in self._examples.values():
            found[example.label] = found.get(example.label, 0) + 1
        return dict(sorted(found.items()))

    def get_examples(self, word: str) -> dict[int, Example]:
        """The examples of a word by their numbers. Raises `ArgumentError` if there are none."""
        found = {uid: e for uid, e in self._examples.items() if e.label == word}
        if not found:
            raise ArgumentError(f"there is no example of {word!r}")
        return found

    def remove_example(self, uid: int) -> None:
        """Forget an example. Raises `ArgumentError` if there is none of that number."""
        self._example(uid)
        del self._examples[uid]
        self._collate()

    def clear_examples(self) -> None:
        """Forget all."""
        self._examples.clear()
        self._collate()

    def set_example_key_frame_index(self, uid: int, key_frame: int) -> None:
        """Say in which frame of an example the word is said. Raises `ArgumentError`."""
        example = self._example(uid)
        if not isinstance(key_frame, int) or not 0 <= key_frame < example.frames:
            raise ArgumentError(f"key_frame is from 0 to {example.frames - 1}, not {key_frame!r}")
        example.key_frame = key_frame

    def _example(self, uid: int) -> Example:
        if uid not in self._examples:
            raise ArgumentError(f"there is no example {uid!r}")
        return self._examples[uid]

    def serialize_examples(self, words: str | Sequence[str] | None = None) -> bytes:
        """The examples, of some words or of all, as a file of TF.js's."""
        there = self.count_examples()
        wanted = there if words is None else [words] if isinstance(words, str) else words
        if not wanted:
            raise ArgumentError("serialize_examples: there are no examples")
        return examples_of.serialize([e for w in wanted for e in self.get_examples(w).values()])

    def load_examples(self, file: bytes, clear_existing: bool = False) -> None:
        """Add the examples of such a file. Adds none where it raises: `ModelFormatError`, or
        `ArgumentError` for what is not bytes."""
        try:
            content = bytes(memoryview(file))
        except TypeError:
            raise ArgumentError(
                f"load_examples takes the bytes of a file, not {file!r:.50}"
            ) from None
        found = examples_of.deserialize(content)
        columns = self.input_shape[1]
        if any(example.columns != columns for example in found):
            raise ModelFormatError(f"load_examples: spectrograms have not {columns} columns")
        if clear_existing:
            self.clear_examples()
        for example in found:
            self._add(example)

    # ------------------------------------------------------------------------------- training

    async def _train(
        self,
        wait: Blocking,
        *,
        epochs: int = 20,
        optimizer: Any = "sgd",
        batch_size: int | None = None,
        validation_split: float | None = None,
        fine_tuning_epochs: int = 0,
        fine_tuning_optimizer: Any = "sgd",
        callbacks: Any = None,
        fine_tuning_callbacks: Any = None,
        window_hop_ratio: float = 0.25,
        augment_by_mixing_noise_ratio: float | None = None,
        verbose: Any = 0,
    ) -> list[History]:
        """Train a new last layer on the examples, and then, if wanted, the one before too.

        Args:
            epochs, optimizer, batch_size, callbacks, verbose: as for `Model.compile` and `fit`.
            validation_split: the part of each word's samples that is only judged by.
            fine_tuning_epochs: how long the last hidden layer is trained as well, afterwards.
            fine_tuning_optimizer, fine_tuning_callbacks: for that.
            window_hop_ratio: longer examples are cut into stretches that begin so far apart, as a
                part of their length.
            augment_by_mixing_noise_ratio: if given, words are learned once more with so much of
                the background noise added.

        Returns:
            The `History` of training, and that of fine-tuning if there was any.

        Raises:
            ArgumentError: there are not examples of at least two words, or an option is wrong.
        """
        part = validation_split
        if part is not None and not 0 < number(part, "train: validation_split") < 1:
            raise ArgumentError(f"train: validation_split={part} is not between 0 and 1")
        # As they are now: others may come while this waits.
        words, before, learned = self.words, self.model, self._learned
        given = await self._samples(wait, window_hop_ratio, augment_by_mixing_noise_ratio)
        judged = None
        if part is not None:
            given, judged = await examples_of.split(wait, given, part)
        options: dict[str, Any] = {"batch_size": batch_size, "verbose": verbose}
        if judged is not None:
            options["validation_data"] = (judged.x, judged.labels(len(words)))
        model = before if learned == words else self._with_new_head(words)
        hidden, y, found = hidden_layer(model), given.labels(len(words)), []
        for trained, length, how, told in (
            (False, epochs, optimizer, callbacks),
            (True, fine_tuning_epochs, fine_tuning_optimizer, fine_tuning_callbacks),
        ):
            if trained and not length:
                break
            hidden.trainable = trained
            try:
                model.compile(how, "categorical_crossentropy", metrics=["acc"])
                fit = model.fit_async if wait.is_async else model.fit
                fitted = fit(given.x, y, epochs=length, callbacks=told, **options)
                found.append(await settled(fitted))
            finally:
                hidden.trainable = False
            if self.model is before:  # no other was taken meanwhile
                self._use(model, words)
                before = model
        return found

    train_sync, train = forms(_train, "train_sync", "train")

    def _use(self, model: Model, words: list[str]) -> None:
        """Recognize with a network that was trained on these words."""
        self.model, self._learned = model, words
        if not self._examples:  # they may have been cleared meanwhile
            self._collate()

    def _with_new_head(self, words: list[str]) -> Model:
        """The network with a last layer for these words."""
        x = hidden_layer(self._base).output
        head = Dense(len(words), activation="softmax", name="NewHeadDense")
        return Model(self._base.inputs[0], head(x))

    async def _samples(self, wait: Blocking, hop_ratio: float, noise_ratio: Any) -> Samples:
        words = self.words
        if len(words) < 2:
            raise ArgumentError(f"examples of at least two words are needed; there are {words}")
        frames = self.input_shape[0]
        if not 0 < number(hop_ratio, "window_hop_ratio") <= 1:
            raise ArgumentError(f"window_hop_ratio is above 0 and at most 1, not {hop_ratio}")
        if noise_ratio is not None:
            noise_ratio = number(noise_ratio, "augment_by_mixing_noise_ratio")
        hop = max(1, math.floor(hop_ratio * frames + 0.5))
        ordered = [e for word in words for e in self.get_examples(word).values()]
        return await examples_of.samples(wait, ordered, words, NOISE, frames, hop, noise_ratio)

    async def evaluate(
        self, word_prob_thresholds: Sequence[float], *, window_hop_ratio: float = 0.25
    ) -> SpeechEvaluation:
        """How well the words of the examples are told from their background noise.

        Args:
            word_prob_thresholds: probabilities of a word above which it is taken for one, for each
                of which there is a point of the curve.
            window_hop_ratio: as for `train`.

        Raises:
            ArgumentError: it is not trained, or there are no examples of noise.
        """
        return await self._evaluate(AWAITING, word_prob_thresholds, window_hop_ratio)

    def evaluate_sync(
        self, word_prob_thresholds: Sequence[float], *, window_hop_ratio: float = 0.25
    ) -> SpeechEvaluation:
        """The same as `evaluate`; blocks until it is computed."""
        return run_blocking(self._evaluate(BLOCKING, word_prob_thresholds, window_hop_ratio))

    async def _evaluate(
        self, wait: Blocking, thresholds: Sequence[float], hop_ratio: float
    ) -> SpeechEvaluation:
        self._require_trained("evaluate")
        what = "evaluate: word_prob_thresholds"
        thresholds = [number(t, what) for t in listed(what, thresholds)]
        model, words = self.model, self.words  # others may come while this waits
        if not thresholds or NOISE not in words:
            raise ArgumentError(f"{what}: some, and examples of {NOISE!r}, are needed")
        given = await self._samples(wait, hop_ratio, None)
        noise, n = words.index(NOISE), len(words)
        y = (await wait.read(model(given.x))).tolist()
        rows = [y[i : i + n] for i in range(0, len(y), n)]
        # All words are one class here.
        best = [max(row[:noise] + row[noise + 1 :]) for row in rows]
        quiet = [p for p, k in zip(best, given.classes, strict=True) if k == noise]
        spoken = [p for p, k in zip(best, given.classes, strict=True) if k != noise]
        curve = [RocPoint(t, _share(quiet, t), _share(spoken, t)) for t in thresholds]
        area = sum(abs(a.fpr - b.fpr) * (a.tpr + b.tpr) / 2 for a, b in itertools.pairwise(curve))
        return SpeechEvaluation(curve, area)

    async def _judge(self, wait: Blocking, x: Any, *include: bool) -> Any:
        self._require_trained("recognize")
        return await super()._judge(wait, x, *include)

    def _require_trained(self, function: str) -> None:
        if not self.words or self._learned != self.words:
            raise ArgumentError(f"{function}: {self.name!r} is not trained on {self.words}")

    # --------------------------------------------------------------------------------- keeping

    async def save(self, where: Any = None) -> None:
        """Keep the trained recognizer.

        Args:
            where: as for `Model.save`; by default the page's database, under its name. What is
                saved `SpeechCommands.load` reads too.
        """
        self._require_trained("save")
        await self.model.save_async(_PLACE + self.name if where is None else where, **self._saved())

    def save_sync(self, where: Any) -> None:
        """The same as `save`, where nothing has to wait."""
        self._require_trained("save")
        self.model.save(where, **self._saved())

    def _saved(self) -> dict[str, Any]:
        content = {"modelName": self.name, "wordLabels": self.words}
        return {"metadata": {SpeechCommands.FILES["metadata"]: content}}

    async def load(self, where: Any = None, *, words: Sequence[str] | None = None) -> None:
        """Take a recognizer that was saved.

        Args:
            where: as for `save`.
            words: what it knows; needed for what TF.js saved, which keeps them elsewhere.

        Raises:
            ArgumentError: its words are not known.
            ModelFormatError: it takes other spectrograms, or has other words.
        """
        self._take(await load_layers_model(_PLACE + self.name if where is None else where), words)

    def load_sync(self, where: Any, *, words: Sequence[str] | None = None) -> None:
        """The same as `load` for a local folder, without await."""
        self._take(load_layers_model_sync(where), words)

    def _take(self, model: Model, words: Sequence[str] | None) -> None:
        kept = (model.user_defined_metadata or {}).get(SpeechCommands.FILES["metadata"]) or {}
        found = list(words or kept.get("wordLabels") or ())
        if not found:
            raise ArgumentError("load: words is needed; the model does not name them")
        loaded = SpeechCommands(model, {"wordLabels": found})
        if loaded.input_shape != self.input_shape:
            raise ModelFormatError(f"load: its spectrograms have shape {loaded.input_shape}")
        self.model, self.words, self._learned = loaded.model, found, found


def _share(probabilities: list[float], threshold: float) -> float:
    return sum(p > threshold for p in probabilities) / len(probabilities)


async def list_saved_transfer_models() -> list[str]:
    """The names of the recognizers that this page keeps."""
    return [at.removeprefix(_PLACE) for at in await io.list_models() if at.startswith(_PLACE)]


async def delete_saved_transfer_model(name: str) -> None:
    """Remove a recognizer that this page keeps. Raises `StorageError` if there is none."""
    await io.remove_model(_PLACE + name)
