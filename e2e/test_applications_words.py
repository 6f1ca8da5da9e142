"""Models of words and speech in real browsers: the answers that NumPy gives."""

import numpy as np
import pytest

import tfpy
from tests import word_models
from tfpy.applications import QnA, SpeechCommands, Toxicity, UniversalSentenceEncoderQnA

TEXTS = ["abc xyz", "A b, c! ﬁ 日本 😹", "ç½ß"]

WORDS = """
import js, tfpy
from tfpy.applications import QnA, SpeechCommands, Toxicity, UniversalSentenceEncoderQnA
tfpy.set_backend("webgl")

models = [
    await Toxicity.load(toxicity),
    await UniversalSentenceEncoderQnA.load(encoder),
    await QnA.load(qna),
    await SpeechCommands.load(speech),
]
for model in models:
    await model.warmup()
judge, encoder, reader, recognizer = models

def painted(*found):
    # How far to the right and down results are drawn on a canvas of (300, 100).
    canvas = js.OffscreenCanvas.new(300, 100)
    for row, one in enumerate(found):
        one.draw(canvas, row=row)
    pixels = canvas.getContext("2d").getImageData(0, 0, 300, 100).data.to_bytes()
    seen = [i for i, alpha in enumerate(pixels[3::4]) if alpha]
    return [max(i % 300 for i in seen), max(seen) // 300]

judged, heard = await judge.classify(texts), await recognizer.recognize(tfpy.tensor(wave))
answer = {
    "toxicity": [[r.probabilities for r in x.results] for x in judged],
    "embeddings": (await (await encoder.embed(texts, texts)).response_embedding.data()).tolist(),
    "answers": [list(a) for a in await reader.answer(texts[1], passage)],
    "scores": list(heard.scores.values()),
    "painted": [painted(heard), painted(*judged[:3])],
}

transfer = recognizer.create_transfer("fruit")
transfer.load_examples(bytes(examples))
await transfer.train(epochs=30, optimizer=tfpy.optimizers.Adam(0.02))
sound = transfer.get_examples("apple")
heard = await transfer.recognize(next(iter(sound.values())).tensor())
await transfer.save()
again = recognizer.create_transfer("fruit")
await again.load()
same = await again.recognize(next(iter(sound.values())).tensor())
answer["heard"] = [heard.word, same.word, same.score - heard.score]
from tfpy.applications import speech_transfer
answer["kept"] = await speech_transfer.list_saved_transfer_models()
await speech_transfer.delete_saved_transfer_model("fruit")
answer["deleted"] = await speech_transfer.list_saved_transfer_models()
answer
"""


def test_words(python_pages):
    draw = np.random.default_rng(0)
    toxicity, encoder = word_models.toxicity_files(), word_models.qna_encoder()
    qna, speech = word_models.qna_files(draw), word_models.speech_files()
    passage = word_models.passage_text(draw, 500)
    wave = draw.normal(size=word_models.FRAMES * 1024).astype("f")
    recognizer = SpeechCommands.load_sync(speech)
    transfer = recognizer.create_transfer("fruit")
    for word, pitch in [("apple", 3), ("_background_noise_", None), ("pear", 10)] * 6:
        transfer.collect_example_sync(word, word_models.tones(draw, pitch))
    got = python_pages["worker"].run(
        WORDS,
        timeout=180,
        texts=TEXTS,
        toxicity=toxicity,
        encoder=encoder,
        qna=qna,
        speech=speech,
        passage=passage,
        wave=wave,
        examples=transfer.serialize_examples(),
    )
    want = Toxicity.load_sync(toxicity).classify_sync(TEXTS)
    probabilities = [[r.probabilities for r in x.results] for x in want]
    np.testing.assert_allclose(got["toxicity"], probabilities, atol=1e-4)
    embeddings = UniversalSentenceEncoderQnA.load_sync(encoder).embed_sync(TEXTS, TEXTS)
    np.testing.assert_allclose(
        got["embeddings"], embeddings.response_embedding.numpy().ravel(), atol=1e-3
    )
    answers = QnA.load_sync(qna).answer_sync(TEXTS[1], passage)
    assert [a[:3] for a in got["answers"]] == [list(a[:3]) for a in answers]
    scores = list(recognizer.recognize_sync(tfpy.tensor(wave)).scores.values())
    np.testing.assert_allclose(got["scores"], scores, atol=2e-3)
    bars = [max(scores), max(x.results[0].probabilities[1] for x in want[:3])]
    for (right, bottom), share, rows in zip(got["painted"], bars, (1, 3), strict=True):
        assert right >= share * 300 - 2
        assert abs(bottom - ((rows - 1) * 24 + 20)) <= 1
    assert got["heard"] == ["apple", "apple", pytest.approx(0, abs=1e-6)]
    assert got["kept"] == ["fruit"]
    assert got["deleted"] == []


ANALYSER = """
import js, tfpy
from pyodide.ffi import to_js
from tfpy.applications.speech_audio import spectrogram
tfpy.set_backend("webgl")
frames = len(wave) // 1024
context = js.OfflineAudioContext.new(1, len(wave), 44100)
buffer = context.createBuffer(1, len(wave), 44100)
buffer.copyToChannel(to_js(wave), 0)
source, analyser = context.createBufferSource(), context.createAnalyser()
source.buffer = buffer
analyser.fftSize, analyser.smoothingTimeConstant = 2048, 0
source.connect(analyser)
analyser.connect(context.destination)
source.start()
heard = {}
def look(k):
    def now(_):
        values = js.Float32Array.new(1024)
        analyser.getFloatFrequencyData(values)
        heard[k] = values.to_bytes()
        context.resume()
    return now
for k in range(1, frames):
    context.suspend(k * 1024 / 44100).then(look(k))
await context.startRendering()
ours = await spectrogram(tfpy.tensor(wave), 232).data()
{"ours": ours.tolist(), "theirs": [heard[k] for k in range(1, frames)]}
"""


# Of the three only Chromium can stop a rendering of sound to look at a spectrum.
@pytest.mark.browsers("chromium")
@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_spectrograms_are_those_of_an_analyser(python_page):
    draw = np.random.default_rng(1)
    t = np.arange(12 * 1024) / 44100
    wave = (np.sin(2 * np.pi * 440 * t) + 0.1 * draw.normal(size=t.size)).astype("f")
    found = python_page.run(ANALYSER, wave=wave)
    ours = np.reshape(found["ours"], (12, 232))[:11]
    theirs = np.stack([np.frombuffer(x, "f")[:232] for x in found["theirs"]])
    np.testing.assert_allclose(ours, theirs, atol=0.1)


LISTEN = """
import tfpy
from tfpy.applications import SpeechCommands
recognizer = await SpeechCommands.load(speech)
words = []
async for heard in recognizer.listen(include_noise_and_unknown=True, overlap_factor=0.7):
    words.append(heard.word)
    if len(words) == 3:
        recognizer.stop_listening()
transfer = recognizer.create_transfer("fruit")
uid = await transfer.collect_example("beep", duration_multiplier=1.5)
once = await recognizer.recognize()
example = transfer.get_examples("beep")[uid]
[len(words), once.word in recognizer.words, example.frames, recognizer.is_listening]
"""


# Firefox hears nothing where there is no sound card, WebKitGTK has no microphone to offer.
@pytest.mark.browsers("chromium")
@pytest.mark.parametrize("python_page", ["main"], indirect=True)
def test_listening(python_page):
    found = python_page.run(LISTEN, speech=word_models.speech_files())
    assert word_models.FRAMES == 11
    assert found == [3, True, 17, False]
