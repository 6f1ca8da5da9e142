"""Recognizers of speech against TF.js's package, and learning words of one's own."""

import asyncio
import base64
import gc
import math
from functools import partial

import numpy as np
import pytest

import tfpy
from tests.oracle.packages import ask
from tests.word_models import COLUMNS, FRAMES, WORDS, speech_files, tones
from tfpy import layers as L
from tfpy.applications import SpeechCommands, stages
from tfpy.applications.speech_audio import normalized, spectrogram
from tfpy.applications.speech_examples import samples
from tfpy.waiting import BLOCKING

PACKAGE = "speech-commands"
ADDRESS = "https://models/speech"
CREATE = f"""
const recognizer = lib.create(
  "BROWSER_FFT", undefined, "{ADDRESS}/model.json", "{ADDRESS}/metadata.json");
await recognizer.ensureModelLoaded();
"""


def served(files):
    """As TF.js asks for them."""
    return {**files, "./model.weights.bin": files["model.weights.bin"]}


@pytest.fixture(scope="module")
def files():
    return speech_files()


@pytest.fixture
def recognizer(files):
    return SpeechCommands.load_sync(files)


def test_recognition(files, recognizer):
    x = np.random.default_rng(0).normal(size=(3, FRAMES, COLUMNS, 1)).astype("f")
    script = (
        CREATE
        + """
    const options = {includeEmbedding: true, includeSpectrogram: true};
    return [await recognizer.recognize(x, options), await recognizer.recognize(x.slice(1, 1)),
      recognizer.wordLabels()];
    """
    )
    many, one, words = ask(PACKAGE, script, {ADDRESS: served(files)}, x=x)
    assert words == recognizer.words == WORDS
    found = recognizer.recognize_sync(x, include_spectrogram=True, include_embedding=True)
    for i, heard in enumerate(found):
        np.testing.assert_allclose(list(heard.scores.values()), many["scores"][i], atol=1e-6)
        np.testing.assert_allclose(heard.embedding, many["embedding"][i], atol=1e-5)
        np.testing.assert_array_equal(heard.spectrogram, x[i])
        assert heard.word == WORDS[np.argmax(many["scores"][i])]
        assert heard.score == max(heard.scores.values())
    for shape in ((FRAMES, COLUMNS), (FRAMES, COLUMNS, 1)):
        alone = asyncio.run(recognizer.recognize(x[1].reshape(shape)))
        np.testing.assert_allclose(list(alone.scores.values()), one["scores"], atol=1e-6)
        assert alone.embedding is alone.spectrogram is None


# ---------------------------------------------------------------------------------- waveforms


def loudness(waveform, columns):
    """What the specification of WebAudio says, in double precision."""
    n = np.arange(2048)
    window = 0.42 - 0.5 * np.cos(2 * np.pi * n / 2048) + 0.08 * np.cos(4 * np.pi * n / 2048)
    padded = np.concatenate([np.zeros(1024), waveform])
    rows = [padded[i : i + 2048] * window for i in range(0, len(waveform) // 1024 * 1024, 1024)]
    return 20 * np.log10(np.abs(np.fft.rfft(rows) / 2048))[:, :columns]


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_spectrograms(backend, use_backend):
    use_backend(backend)
    draw = np.random.default_rng(1)
    t = np.arange(44100) / 44100
    wave = (np.sin(2 * np.pi * 440 * t) + 0.1 * draw.normal(size=t.size)).astype("f")
    found = spectrogram(tfpy.tensor(wave), 232)
    assert found.shape == (43, 232, 1)
    np.testing.assert_allclose(found.numpy()[..., 0], loudness(wave, 232), atol=0.02)
    assert np.argmax(found.numpy()[5]) == round(440 / 44100 * 2048)


def test_waveforms(recognizer):
    draw = np.random.default_rng(2)
    wave = draw.normal(size=FRAMES * 1024 + 500).astype("f")
    middle = loudness(wave[250:-250], COLUMNS)
    x = (middle - middle.mean()) / middle.std()
    want = recognizer.recognize_sync(x.astype("f")).scores
    got = recognizer.recognize_sync(wave).scores
    np.testing.assert_allclose(list(got.values()), list(want.values()), atol=1e-4)
    silence = recognizer.recognize_sync(np.zeros(FRAMES * 1024, "f"))
    assert all(math.isfinite(v) for v in silence.scores.values())
    with pytest.raises(tfpy.ShapeError, match="samples, fewer than"):
        recognizer.recognize_sync(wave[: FRAMES * 1024 - 1])


@pytest.mark.parametrize("shape", [(FRAMES, 3), (1, FRAMES, COLUMNS), (0, FRAMES, COLUMNS, 1), ()])
def test_other_shapes(recognizer, shape):
    with pytest.raises(tfpy.ShapeError, match="a spectrogram has shape"):
        recognizer.recognize_sync(np.zeros(shape, "f"))


# --------------------------------------------------------------------------------- microphone


class Device:
    """A microphone that hears what it is given, then goes off."""

    rate = 1e9

    def __init__(self, spectra):
        self.spectra = iter(spectra)
        self.microphone = tfpy.data.Microphone(self, 1024, COLUMNS, FRAMES, {"spectrogram"})
        self.stopped = 0

    def spectrum(self):
        found = next(self.spectra, None)
        if found is None:
            self.microphone.stop()
            found = np.full(1024, -math.inf, "f")
        return found.tobytes()

    def waveform(self):
        return b"wave" * 1024

    def stop(self):
        self.stopped += 1


LISTEN = (
    CREATE
    + """
const rows = await spectra.array();
let next = 0;
globalThis.window = {AudioContext: class {
  createMediaStreamSource() { return {connect() {}}; }
  createAnalyser() {
    return {
      getFloatFrequencyData(into) {
        into.set(rows[next++]);
        if (next <= silent) into.fill(-Infinity);
      },
      disconnect() {}
    };
  }
  close() {}
}};
globalThis.navigator = {mediaDevices: {getUserMedia: async () => ({getTracks: () => []})}};
globalThis.setInterval = () => 1;
globalThis.clearInterval = () => {};
const found = [];
await recognizer.listen((heard) => found.push(Array.from(heard.scores)), options);
while (next < rows.length) {
  await recognizer.audioDataExtractor.onAudioFrame();
  // As if nothing had been recognized: it takes the frames that are not there yet for loud noise.
  if (next - silent < frames) {
    found.length = 0;
    recognizer.audioDataExtractor.tracker.suppressionOnset = null;
  }
}
return found;
"""
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"overlap_factor": 0.0}, {"overlapFactor": 0}),
        (
            {"overlap_factor": 0.75, "probability_threshold": 0.3},
            {"overlapFactor": 0.75, "probabilityThreshold": 0.3},
        ),
        (
            {"suppression_time_millis": 400, "overlap_factor": 0.9},
            {"suppressionTimeMillis": 400, "overlapFactor": 0.9},
        ),
        (
            {"include_noise_and_unknown": True, "include_embedding": True},
            {"invokeCallbackOnNoiseAndUnknown": True, "includeEmbedding": True},
        ),
    ],
)
def test_listening(files, recognizer, ours, theirs):
    draw = np.random.default_rng(3)
    spectra = (draw.normal(-60, 20, (150, 1024)) * draw.uniform(0.5, 2, (150, 1))).astype("f")
    given = {"spectra": spectra, "silent": 7, "frames": FRAMES, "options": theirs}
    want = ask(PACKAGE, LISTEN, {ADDRESS: served(files)}, **given)
    device = Device([np.full(1024, -math.inf, "f")] * 7 + list(spectra[7:]))

    async def listened():
        listening = recognizer.listen(microphone=device.microphone, **ours)
        return [heard async for heard in listening]

    found = asyncio.run(listened())
    assert len(found) == len(want) > 1
    for heard, scores in zip(found, want, strict=True):
        np.testing.assert_allclose(list(heard.scores.values()), scores, atol=1e-4)
    assert not recognizer.is_listening
    assert device.stopped


def test_recording_and_stopping(recognizer):
    spectra = np.random.default_rng(4).normal(-60, 9, (40, 1024)).astype("f")

    async def steps():
        listening = recognizer.listen(
            microphone=Device(spectra).microphone,
            overlap_factor=0.9,
            include_noise_and_unknown=True,
            include_spectrogram=True,
        )
        heard = await anext(listening)
        np.testing.assert_array_equal(heard.spectrogram.numpy()[..., 0], spectra[:FRAMES, :COLUMNS])
        assert recognizer.is_listening
        with pytest.raises(tfpy.MediaError, match="already"):
            await anext(recognizer.listen(microphone=Device(spectra).microphone))
        recognizer.stop_listening()
        assert [heard async for heard in listening] == []
        assert not recognizer.is_listening
        with pytest.raises(tfpy.MediaError, match="outside of a page"):
            await recognizer.recognize()
        transfer = recognizer.create_transfer("x")
        with pytest.raises(tfpy.MediaError, match="was turned off"):
            await transfer.collect_example("a", microphone=Device(spectra[:5]).microphone)
        assert transfer.words == []
        assert not recognizer.is_listening

    asyncio.run(steps())


def test_while_the_user_is_asked(recognizer, monkeypatch):
    """Only one may listen, and who was stopped meanwhile does not."""
    spectra = np.random.default_rng(4).normal(-60, 9, (40, 1024)).astype("f")
    devices = []

    async def ask_the_user(**options):
        await asyncio.sleep(0.01)
        devices.append(Device(spectra))
        return devices[-1].microphone

    monkeypatch.setattr(tfpy.data, "microphone", ask_the_user)

    async def steps():
        asked = asyncio.ensure_future(recognizer.recognize())
        await asyncio.sleep(0)
        assert recognizer.is_listening
        with pytest.raises(tfpy.MediaError, match="already"):
            await recognizer.recognize()
        assert (await asked).word in WORDS
        listening = recognizer.listen()
        asked = asyncio.ensure_future(anext(listening))
        await asyncio.sleep(0)
        recognizer.stop_listening()
        # Another's turn, which the end of the first must not disturb.
        another = asyncio.ensure_future(recognizer.recognize())
        with pytest.raises(tfpy.MediaError, match="stopped before the microphone was on"):
            await asked
        assert (await another).word in WORDS

    asyncio.run(steps())
    assert len(devices) == 3
    assert all(device.stopped for device in devices)
    assert not recognizer.is_listening


@pytest.mark.parametrize(
    "option",
    [
        *({"probability_threshold": 2}, {"overlap_factor": 1}, {"suppression_time_millis": -1}),
        *({"probability_threshold": "x"}, {"overlap_factor": "x"}),
        *({"suppression_time_millis": None}, {"suppression_time_millis": math.inf}),
    ],
)
def test_options_of_listening(recognizer, option):
    with pytest.raises(tfpy.ArgumentError, match=next(iter(option))):
        recognizer.listen(**option)


# ------------------------------------------------------------------------------------ transfer


def taught(recognizer, count=8, frames=FRAMES):
    draw = np.random.default_rng(5)
    transfer = recognizer.create_transfer("fruit")
    for _ in range(count):
        for word, pitch in (("apple", 3), ("_background_noise_", None), ("éclair", 10)):
            transfer.collect_example_sync(word, tones(draw, pitch, frames))
    return transfer


def test_learning_words(recognizer, tmp_path):
    transfer = taught(recognizer)
    assert transfer.words == ["_background_noise_", "apple", "éclair"]
    assert transfer.count_examples() == {"_background_noise_": 8, "apple": 8, "éclair": 8}
    with pytest.raises(tfpy.ArgumentError, match="'fruit' is not trained"):
        transfer.recognize_sync(np.zeros((FRAMES, COLUMNS), "f"))
    before = [v.numpy() for v in recognizer.model.weights]
    tfpy.set_seed(1)
    options = {"epochs": 60, "optimizer": tfpy.optimizers.Adam(0.02), "validation_split": 0.25}
    (history,) = transfer.train_sync(**options, augment_by_mixing_noise_ratio=0.2)
    assert history.history["val_acc"][-1] > 0.8
    for old, variable in zip(before, recognizer.model.weights, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())
    sound = normalized(tfpy.tensor(tones(np.random.default_rng(6), 10)[None]))[0]
    with stages() as times:
        assert transfer.recognize_sync(sound).word == "éclair"
    assert set(times) == {"network", "device", "steps"}

    for bad in (None, 0.5, ["x"], []):
        with pytest.raises(tfpy.ArgumentError, match="evaluate: word_prob_thresholds"):
            transfer.evaluate_sync(bad)

    transfer.save_sync(tmp_path)
    for again in (recognizer.create_transfer("again"), SpeechCommands.load_sync(tmp_path)):
        if again.words == []:
            again.load_sync(tmp_path)
        assert again.words == transfer.words
        assert again.recognize_sync(sound).scores == transfer.recognize_sync(sound).scores

    # Neither without examples, nor with new ones of the same words, is anything unlearned.
    kept = transfer.serialize_examples()
    transfer.clear_examples()
    again = recognizer.create_transfer("again")
    again.load_sync(tmp_path)
    for one in (transfer, again):
        assert one.count_examples() == {}
        assert one.recognize_sync(sound).word == "éclair"
        with pytest.raises(tfpy.ArgumentError, match="there are no examples"):
            one.serialize_examples()
        with pytest.raises(tfpy.ArgumentError, match="no example of"):
            one.train_sync()
    transfer.load_examples(kept)
    assert transfer.recognize_sync(sound).word == "éclair"

    # Other words, as many as before, have to be learned first.
    transfer.load_examples(transfer.serialize_examples().replace(b'"apple"', b'"lemon"'), True)
    with pytest.raises(tfpy.ArgumentError, match=r"is not trained on .*'lemon'"):
        transfer.recognize_sync(sound)

    # Then the layer before too, from where it was.
    both = asyncio.run(transfer.train(epochs=1, fine_tuning_epochs=2))
    assert [len(history.epoch) for history in both] == [1, 2]
    changed = [
        not np.array_equal(old, variable.numpy())
        for old, variable in zip(before, recognizer.model.weights, strict=True)
    ]
    assert changed == [False, False, True, True, False, False]


def meanwhile(call, act):
    """What a coroutine gives while `act` happens."""

    async def both():
        running = asyncio.ensure_future(call)
        await asyncio.sleep(0)
        act()
        return await running

    return asyncio.run(both())


def test_an_example_while_it_works(suspending, recognizer):
    """What is asked and learned is of the words that there were."""
    transfer, draw = taught(recognizer, 2), np.random.default_rng(6)
    known, sound = transfer.words, normalized(tfpy.tensor(tones(draw, 10)[None]))[0]

    def collect():
        collect.uid = transfer.collect_example_sync("banana", tones(draw, 7))

    meanwhile(transfer.train(epochs=1, validation_split=0.5), collect)
    assert transfer.model.outputs[0].shape[-1] == len(known)
    with pytest.raises(tfpy.ArgumentError, match=r"not trained on .*'banana'"):
        transfer.recognize_sync(sound)
    transfer.remove_example(collect.uid)

    alone = transfer.recognize_sync(sound)
    assert meanwhile(transfer.recognize(sound), collect) == alone
    transfer.remove_example(collect.uid)
    alone = transfer.evaluate_sync([0.1, 0.5])
    assert meanwhile(transfer.evaluate([0.1, 0.5]), collect) == alone


def test_taken_over_while_it_trains(suspending, recognizer, tmp_path):
    """What is loaded meanwhile stays; what is trained is known without examples."""
    transfer, sound = taught(recognizer, 2), tones(np.random.default_rng(6), 10)
    asked = normalized(tfpy.tensor(sound[None]))[0]
    transfer.train_sync(epochs=1)
    transfer.save_sync(tmp_path)
    saved = transfer.recognize_sync(asked)

    for other in ("fig", "apple"):  # a new head is trained, and then the one there is
        transfer = recognizer.create_transfer("x")
        for word in (other, "éclair", "_background_noise_"):
            transfer.collect_example_sync(word, sound)
        if other == "apple":
            transfer.train_sync(epochs=1)
        options = {"epochs": 2, "fine_tuning_epochs": 1}
        meanwhile(transfer.train(**options), partial(transfer.load_sync, tmp_path))
        assert transfer.recognize_sync(asked) == saved

    transfer = taught(recognizer, 2)
    meanwhile(transfer.train(epochs=1), transfer.clear_examples)
    assert transfer.recognize_sync(asked).word in transfer.words


def test_evaluation(files, recognizer, tmp_path):
    transfer = taught(recognizer, 5, 17)
    tfpy.set_seed(2)
    transfer.train_sync(epochs=2)
    kept = {}
    transfer.save_sync(kept)
    thresholds = [0.0, 0.3, 0.35, 0.4, 0.5, 1.0]
    script = (
        CREATE
        + """
    const transfer = recognizer.createTransfer("fruit");
    const bytes = Uint8Array.from(Buffer.from(examples, "base64"));
    transfer.loadExamples(bytes.buffer);
    await transfer.load("https://models/fruit/model.json");
    const found = await transfer.evaluate({windowHopRatio: 0.2, wordProbThresholds: thresholds});
    const file = Buffer.from(transfer.serializeExamples()).toString("base64");
    return [found, file, transfer.countExamples()];
    """
    )
    examples = base64.b64encode(transfer.serialize_examples()).decode()
    models = {ADDRESS: served(files), "https://models/fruit": served(kept)}
    given = {"examples": examples, "thresholds": thresholds}
    want, file, counts = ask(PACKAGE, script, models, **given)
    found = transfer.evaluate_sync(thresholds, window_hop_ratio=0.2)
    assert [list(p) for p in found.roc_curve] == [
        pytest.approx([p["probThreshold"], p["fpr"], p["tpr"]]) for p in want["rocCurve"]
    ]
    assert found.auc == pytest.approx(want["auc"])
    assert asyncio.run(transfer.evaluate(thresholds, window_hop_ratio=0.2)) == found

    other = recognizer.create_transfer("other")
    other.load_examples(base64.b64decode(file))
    assert other.count_examples() == transfer.count_examples() == counts
    assert other.serialize_examples() == transfer.serialize_examples()


@pytest.mark.parametrize("hop", [1, 3, 20])
def test_samples(recognizer, hop):
    """Stretches of examples of several lengths, with and without a key frame."""
    draw = np.random.default_rng(7)
    transfer = recognizer.create_transfer("x")
    for length in (FRAMES, FRAMES + 1, 25, 40):
        for word in ("_background_noise_", "a", "b"):
            uid = transfer.collect_example_sync(word, draw.normal(size=(length, COLUMNS)))
            if word == "b":
                transfer.set_example_key_frame_index(uid, int(draw.integers(0, length)))
    script = """
    const bytes = Uint8Array.from(Buffer.from(examples, "base64"));
    const {xs, ys} = new lib.Dataset(bytes.buffer).getData(null, {...options, shuffle: false});
    return [xs, ys];
    """
    examples = base64.b64encode(transfer.serialize_examples()).decode()
    options = {"numFrames": FRAMES, "hopFrames": hop}
    xs, ys = ask(PACKAGE, script, examples=examples, options=options)

    ordered = [e for w in transfer.words for e in transfer.get_examples(w).values()]
    step = samples(BLOCKING, ordered, transfer.words, "_background_noise_", FRAMES, hop, None)
    found = asyncio.run(step)
    np.testing.assert_allclose(found.x.numpy(), xs, atol=1e-5)
    np.testing.assert_array_equal(found.labels(3).numpy(), ys)


def test_examples_of_waveforms(recognizer):
    transfer = recognizer.create_transfer("x")
    wave = np.random.default_rng(8).normal(size=FRAMES * 1024).astype("f")
    uid = asyncio.run(transfer.collect_example("a", wave, include_raw_audio=True))
    (example,) = transfer.get_examples("a").values()
    assert example.waveform == wave.tobytes()
    file = transfer.serialize_examples("a")
    transfer.load_examples(file, clear_existing=True)
    assert transfer.serialize_examples() == file
    ((again, _),) = transfer.get_examples("a").items()
    assert again != uid
    transfer.remove_example(again)
    assert transfer.words == []

    spectra = np.random.default_rng(9).normal(-60, 9, (60, 1024)).astype("f")
    microphone = Device(spectra).microphone
    options = {"duration_multiplier": 2, "include_raw_audio": True}
    asyncio.run(transfer.collect_example("b", microphone=microphone, **options))
    (example,) = transfer.get_examples("b").values()
    assert example.frames == 2 * FRAMES
    assert example.waveform == b"wave" * 1024 * 2 * FRAMES
    x = spectra[: 2 * FRAMES, :COLUMNS]
    want = (x - x.mean()) / x.std()
    np.testing.assert_allclose(example.tensor().numpy()[..., 0], want, atol=1e-4)


def test_wrong_examples(recognizer):
    transfer = taught(recognizer, 1)
    sound = np.zeros((FRAMES, COLUMNS), "f")
    for word, given, error in (
        ("", sound, tfpy.ArgumentError),
        (3, sound, tfpy.ArgumentError),
        ("a", sound[1:], tfpy.ShapeError),
        ("a", sound[:, 1:], tfpy.ShapeError),
        ("a", np.zeros(1000, "f"), tfpy.ShapeError),
    ):
        with pytest.raises(error):
            transfer.collect_example_sync(word, given)
    for options in (
        *({"duration_multiplier": bad} for bad in (0.5, "2", None, math.nan)),
        *({"duration_sec": bad} for bad in (0.01, math.inf, "2")),
        {"duration_multiplier": 2, "duration_sec": 2.0},
    ):
        with pytest.raises(tfpy.ArgumentError, match=next(iter(options))):
            asyncio.run(transfer.collect_example("a", **options))
    file = transfer.serialize_examples()
    for damaged in (b"", b"TFJSSCDS", file[:-1], b"x" + file, file.replace(b"label", b"lapel")):
        with pytest.raises(tfpy.ModelFormatError, match="speech examples"):
            transfer.load_examples(damaged, clear_existing=True)
    assert transfer.serialize_examples() == file
    for call in (
        lambda: transfer.get_examples("pear"),
        lambda: transfer.remove_example(99),
        lambda: transfer.set_example_key_frame_index(0, FRAMES),
        lambda: transfer.train_sync(validation_split=1.0),
        lambda: transfer.train_sync(validation_split="x"),
        lambda: transfer.train_sync(window_hop_ratio=0),
        lambda: transfer.train_sync(window_hop_ratio="x"),
        lambda: transfer.train_sync(augment_by_mixing_noise_ratio="x"),
        lambda: transfer.load_examples("text"),
        lambda: transfer.train_sync(epochs=-1),
        lambda: transfer.train_sync(optimizer="steep"),
        lambda: transfer.recognize_sync(sound),
        lambda: transfer.evaluate_sync([0.5]),
        lambda: transfer.save_sync({}),
        lambda: recognizer.create_transfer(""),
        lambda: recognizer.create_transfer("new").train_sync(),
        lambda: recognizer.create_transfer("new").serialize_examples(),
    ):
        with pytest.raises(tfpy.ArgumentError):
            call()


def test_models_of_another_kind(files):
    with pytest.raises(tfpy.ModelFormatError, match="2 words for a model"):
        SpeechCommands.load_sync(files, metadata_url={"words": ["a", "b"]})
    for metadata in ({}, [], {"words": 3}):
        with pytest.raises(tfpy.ModelFormatError, match="neither wordLabels nor words"):
            SpeechCommands.load_sync(files, metadata_url=metadata)
    with pytest.raises(tfpy.ArgumentError, match="vocabulary is one of '18w', 'directional4w'"):
        asyncio.run(SpeechCommands.load(files, vocabulary="20w"))
    model = {"metadata.json": files["metadata.json"]}
    tfpy.Sequential([L.Input((4, 3)), L.Dense(5)]).save(model)
    with pytest.raises(tfpy.ModelFormatError, match="its input has shape"):
        SpeechCommands.load_sync(model)


def test_no_tensors_are_left(recognizer):
    sound = np.random.default_rng(10).normal(size=FRAMES * 1024).astype("f")
    recognizer.recognize_sync(sound)
    gc.collect()
    before = tfpy.memory()["num_tensors"]
    recognizer.recognize_sync(sound)
    assert tfpy.memory()["num_tensors"] == before
