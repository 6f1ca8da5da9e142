"""Examples of words, to train a recognizer of speech on; TF.js reads and writes the same files."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import ArgumentError, ModelFormatError
from ..ops.creation import one_hot, tensor
from ..ops.movement import concat, stack
from ..ops.random import random_uniform_int, randperm
from ..ops.reduce import mean
from ..tensor import Tensor
from ..waiting import Blocking
from .speech_audio import SAMPLE_RATE, floats, normalized

#: The sign at the beginning of a file, and the version of the format.
_SIGN, _VERSION = b"TFJSSCDS", 1


@dataclass
class Example:
    """A word that was said.

    Attributes:
        label: the word.
        spectrogram: float32 bytes, one frame after the other.
        columns: numbers in a frame.
        key_frame: a frame while the word is said; by default the loudest is taken for it.
        waveform: float32 bytes of what was recorded, if kept, of `sample_rate` samples per second.
    """

    label: str
    spectrogram: bytes
    columns: int
    key_frame: int | None = None
    waveform: bytes | None = None
    sample_rate: float = SAMPLE_RATE

    @property
    def frames(self) -> int:
        return len(self.spectrogram) // (4 * self.columns)

    def tensor(self) -> Tensor:
        """The spectrogram, (frames, columns, 1)."""
        return floats(self.spectrogram, (self.frames, self.columns, 1))


class Samples(NamedTuple):
    """What a network is trained on: spectrograms (n, frames, columns, 1) and the words they are of,
    by their places among all words."""

    x: Tensor
    classes: list[int]

    def labels(self, count: int) -> Tensor:
        """The words as (n, count), 1 for the right one."""
        return one_hot(tensor(self.classes, dtype="int32"), count)


async def samples(
    wait: Blocking,
    examples: list[Example],
    words: list[str],
    noise: str,
    frames: int,
    hop: int,
    noise_ratio: float | None,
) -> Samples:
    """All stretches of `frames` frames of examples that have the key frame; of noise all.

    Args:
        hop: frames from one stretch to the next.
        noise_ratio: if given, every word is there once more, with so much noise added.
    """
    short = next((e for e in examples if e.frames < frames), None)
    if short is not None:
        raise ArgumentError(
            f"an example of {short.label!r} has {short.frames} frames, not {frames}"
        )
    spectrograms = [example.tensor() for example in examples]
    loudness = (await wait.read(concat([mean(x, (1, 2)) for x in spectrograms]))).tolist()
    parts, classes = [], []
    for example, x in zip(examples, spectrograms, strict=True):
        here, loudness = loudness[: example.frames], loudness[example.frames :]
        key = example.key_frame
        if key is None:
            key = here.index(max(here))
        for begin in _begins(example.frames, None if example.label == noise else key, frames, hop):
            parts.append(x[begin : begin + frames])
            classes.append(words.index(example.label))
    found = Samples(normalized(stack(parts)), classes)
    return found if noise_ratio is None else _with_noise(found, words, noise, noise_ratio)


def _begins(length: int, key: int | None, frames: int, hop: int) -> Iterator[int]:
    """Where stretches begin: with a key frame those that have it, one of them with it in the
    middle, as far as the example goes."""
    begin = 0
    if key is not None:
        begin = min(max(key - frames // 2, 0), length - frames)
        while begin >= hop and key < begin - hop + frames:
            begin -= hop
    while begin + frames <= length and (key is None or begin <= key):
        yield begin
        begin += hop


def _with_noise(given: Samples, words: list[str], noise: str, ratio: float) -> Samples:
    quiet = [i for i, k in enumerate(given.classes) if words[k] == noise]
    spoken = [i for i, k in enumerate(given.classes) if words[k] != noise]
    if not quiet:
        raise ArgumentError(f"no noise can be added: there is no example of {noise!r}")
    if not spoken:
        return given
    picked = random_uniform_int((len(spoken),), 0, len(quiet))
    added = given.x.gather(tensor(quiet, dtype="int32").gather(picked))
    mixed = normalized(given.x.gather(tensor(spoken, dtype="int32")) + added * ratio)
    return Samples(concat([given.x, mixed]), given.classes + [given.classes[i] for i in spoken])


async def split(wait: Blocking, given: Samples, part: float) -> tuple[Samples, Samples | None]:
    """The samples without a random `part` of each word, and that part."""
    order = (await wait.read(randperm(len(given.classes)))).tolist()
    train, judged = [], []
    for k in range(max(given.classes) + 1):
        those = [i for i in order if given.classes[i] == k]
        cut = int(len(those) * (1 - part) + 0.5)
        train += those[:cut]
        judged += those[cut:]

    def picked(places: list[int]) -> Samples:
        x = given.x.gather(tensor(places, dtype="int32"))
        return Samples(x, [given.classes[i] for i in places])

    if not train:
        raise ArgumentError(f"validation_split={part} leaves no example to train on")
    return picked(train), picked(judged) if judged else None


# --------------------------------------------------------------------------------------- files


def serialize(examples: list[Example]) -> bytes:
    """Examples as a file."""
    specs = [json.dumps(list(map(_spec, examples)), ensure_ascii=False).encode()]
    parts = [part for e in examples for part in (e.spectrogram, e.waveform or b"")]
    return b"".join([_SIGN, struct.pack("<II", _VERSION, len(specs[0])), *specs, *parts])


def _spec(example: Example) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "label": example.label,
        "spectrogramNumFrames": example.frames,
        "spectrogramFrameSize": example.columns,
    }
    if example.key_frame is not None:
        spec["spectrogramKeyFrameIndex"] = example.key_frame
    if example.waveform is not None:
        spec["rawAudioNumSamples"] = len(example.waveform) // 4
        spec["rawAudioSampleRateHz"] = example.sample_rate
    return spec


def deserialize(file: bytes) -> list[Example]:
    """The examples of a file. Raises `ModelFormatError`."""
    try:
        if file[:8] != _SIGN:
            raise ValueError("it does not begin as one")
        _, length = struct.unpack_from("<II", file, 8)
        at = 16 + length
        found = []
        for spec in json.loads(file[16:at]):
            columns = spec["spectrogramFrameSize"]
            middle = at + 4 * columns * spec["spectrogramNumFrames"]
            count = spec.get("rawAudioNumSamples")
            end = middle + 4 * (count or 0)
            if not at < middle <= end <= len(file):
                raise ValueError("it is cut off")
            found.append(
                Example(
                    str(spec["label"]),
                    file[at:middle],
                    columns,
                    spec.get("spectrogramKeyFrameIndex"),
                    None if count is None else file[middle:end],
                    spec.get("rawAudioSampleRateHz", SAMPLE_RATE),
                )
            )
            at = end
        return found
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelFormatError(f"not a file of speech examples: {error}") from None
