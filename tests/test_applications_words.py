"""Models of words against TF.js's own packages: the same vocabularies, networks and texts."""

import asyncio
import gc
import json

import numpy as np
import pytest

import tfpy
from tests import graph_files, topology
from tests.oracle.packages import ask
from tests.word_models import (
    LABELS,
    RESERVED,
    passage_text,
    pieces_vocabulary,
    qna_encoder,
    qna_files,
    speech_files,
    text,
    toxicity_files,
    word_pieces,
)
from tfpy.applications import (
    QnA,
    SpeechCommands,
    Toxicity,
    UniversalSentenceEncoder,
    UniversalSentenceEncoderQnA,
)
from tfpy.applications.sentencepiece import SentencePiece
from tfpy.applications.wordpiece import WordPiece, words


def test_pieces_of_texts():
    draw = np.random.default_rng(0)
    vocabularies = [pieces_vocabulary(draw) for _ in range(40)]
    # As published ones: every letter is a piece too.
    vocabularies += [v + [[c, -9.0] for c in "abcdexyz\u2581"] for v in vocabularies[:10]]
    texts = [text(draw, 25) for _ in range(60)] + ["", " ", "a" * 300]
    script = """
    const tokenizers = vocabularies.map((v) => new lib.Tokenizer(v));
    return tokenizers.map((t) => texts.map((x) => t.encode(x)));
    """
    want = ask("universal-sentence-encoder", script, vocabularies=vocabularies, texts=texts)
    for vocabulary, rows in zip(vocabularies, want, strict=True):
        tokenizer = SentencePiece(vocabulary)
        assert [tokenizer.encode(x) for x in texts] == rows


def test_emoji_in_a_vocabulary():
    """TF.js goes back by UTF-16 units over a cut it made by code points, and loses pieces."""
    vocabulary = [*RESERVED, ["\u2581", -1], ["a", -1], ["😹", -1], ["b", -1]]
    script = "return new lib.Tokenizer(vocabulary).encode('a😹b');"
    assert SentencePiece(vocabulary).encode("a😹b") == [6, 7, 8, 9]
    assert ask("universal-sentence-encoder", script, vocabulary=vocabulary) != [6, 7, 8, 9]


@pytest.mark.parametrize("vocabulary", [None, {"a": 1}, ["a"], [["a"]], [["a", "b"]], [[1, 2]] * 9])
def test_what_is_no_vocabulary(vocabulary):
    with pytest.raises(tfpy.ModelFormatError, match="a vocabulary is a list"):
        SentencePiece(vocabulary)
    with pytest.raises(tfpy.ModelFormatError, match="a vocabulary is a list"):
        WordPiece(vocabulary if vocabulary != ["a"] else "a")


# ---------------------------------------------------------------------------- sentence encoder


@pytest.fixture(scope="module")
def encoder_files(models_dir):
    vocabulary = pieces_vocabulary(np.random.default_rng(1), 500)
    files = topology.files(models_dir / "topology_only" / "universal_sentence_encoder_lite")
    return {**files, "vocab.json": json.dumps(vocabulary).encode()}


USE = "universal-sentence-encoder"
EMBED = """
const model = await lib.load({modelUrl: "https://m/use/model.json", vocabUrl: "https://m/use/vocab.json"});
return Promise.all([texts, texts[0]].map((x) => model.embed(x)));
"""


def test_embeddings(encoder_files):
    draw = np.random.default_rng(2)
    texts = [
        "abc xyz",
        "A b, c!",
        "日本 😹",
        *(text(draw, 40) + "a" for _ in range(3)),
        "ab " * 100,
    ]
    want, alone = ask(USE, EMBED, {"https://m/use": encoder_files}, wasm=True, texts=texts)
    model = UniversalSentenceEncoder.load_sync(encoder_files)
    got = model.embed_sync(texts)
    assert got.shape == (len(texts), 512)
    np.testing.assert_allclose(got.numpy(), want, atol=1e-5)
    np.testing.assert_allclose(asyncio.run(model.embed(texts[0])).numpy(), alone, atol=1e-5)


def test_an_empty_text_at_the_end(encoder_files):
    """TF.js gives no vector for it."""
    model = UniversalSentenceEncoder.load_sync(encoder_files)
    texts = ["ab", "", "xyz", ""]
    got = model.embed_sync(texts).numpy()
    theirs, _ = ask(USE, EMBED, {"https://m/use": encoder_files}, texts=texts)
    assert theirs.shape == (3, 512)
    np.testing.assert_allclose(got[:3], model.embed_sync(texts[:3]).numpy(), atol=1e-6)
    np.testing.assert_allclose(got[1], got[3], atol=1e-6)
    np.testing.assert_allclose(model.embed_sync("").numpy(), got[1:2], atol=1e-6)


def test_a_vocabulary_from_elsewhere(encoder_files, tmp_path):
    files = dict(encoder_files)
    (tmp_path / "v.json").write_bytes(files.pop("vocab.json"))
    elsewhere = UniversalSentenceEncoder.load_sync(files, vocab_url=tmp_path / "v.json")
    beside = asyncio.run(UniversalSentenceEncoder.load(encoder_files))
    np.testing.assert_array_equal(
        elsewhere.embed_sync("abc").numpy(), beside.embed_sync("abc").numpy()
    )
    with pytest.raises(tfpy.FetchError, match=r"vocab\.json"):
        UniversalSentenceEncoder.load_sync(files)
    (tmp_path / "v2.json").write_text("[[")
    with pytest.raises(tfpy.ModelFormatError, match=r"v2\.json: truncated"):
        UniversalSentenceEncoder.load_sync(files, vocab_url=tmp_path / "v2.json")
    asyncio.run(beside.warmup())


@pytest.mark.parametrize("texts", [[], 3, None, ["a", 3], b"a"])
def test_what_is_no_text(encoder_files, texts):
    model = UniversalSentenceEncoder.load_sync(encoder_files)
    with pytest.raises(tfpy.ArgumentError, match=r"UniversalSentenceEncoder\.embed"):
        model.embed_sync(texts)


def test_questions_and_answers():
    files, draw = qna_encoder(), np.random.default_rng(4)
    queries = ["abc", text(draw, 30), "ab " * 200]
    responses = [text(draw, 30), "", "xyz"]
    contexts = ["a b c", text(draw, 30), ""]
    script = """
    const model = await lib.loadQnA();
    return [undefined, contexts].map((contexts) => model.embed({queries, responses, contexts}));
    """
    address = "https://tfhub.dev/google/tfjs-model/universal-sentence-encoder-qa-ondevice/1"
    given = {"queries": queries, "responses": responses, "contexts": contexts}
    want = ask(USE, script, {address: files}, **given)
    model = UniversalSentenceEncoderQnA.load_sync(files)
    found = [
        model.embed_sync(queries, responses),
        asyncio.run(model.embed(queries, responses, contexts)),
    ]
    for ours, theirs in zip(found, want, strict=True):
        np.testing.assert_allclose(ours.query_embedding, theirs["queryEmbedding"], atol=1e-5)
        np.testing.assert_allclose(ours.response_embedding, theirs["responseEmbedding"], atol=1e-5)
    with pytest.raises(tfpy.ArgumentError, match="2 contexts of 3 responses"):
        model.embed_sync(queries, responses, contexts[:2])
    asyncio.run(model.warmup())


HUB = "https://tfhub.dev/tensorflow/tfjs-model"
SAVED = "https://storage.googleapis.com/tfjs-models"


@pytest.mark.parametrize(
    ("kind", "files", "model", "beside"),
    [
        (
            UniversalSentenceEncoderQnA,
            qna_encoder,
            "https://tfhub.dev/google/tfjs-model/universal-sentence-encoder-qa-ondevice/1/model.json"
            "?tfjs-format=file",
            "https://tfhub.dev/google/tfjs-model/universal-sentence-encoder-qa-ondevice/1/vocab.json"
            "?tfjs-format=file",
        ),
        (
            Toxicity,
            toxicity_files,
            f"{HUB}/toxicity/1/default/1/model.json?tfjs-format=file",
            f"{SAVED}/savedmodel/universal_sentence_encoder/vocab.json",
        ),
        (
            QnA,
            lambda: qna_files(np.random.default_rng(0)),
            f"{HUB}/mobilebert/1/model.json?tfjs-format=file",
            f"{HUB}/mobilebert/1/processed_vocab.json?tfjs-format=file",
        ),
        (
            SpeechCommands,
            speech_files,
            f"{SAVED}/tfjs/speech-commands/v0.5/browser_fft/18w/model.json",
            f"{SAVED}/tfjs/speech-commands/v0.5/browser_fft/18w/metadata.json",
        ),
    ],
)
def test_public_addresses(monkeypatch, kind, files, model, beside):
    """Where TF.js's packages find networks and what belongs to them."""
    served, asked = files(), []

    async def fetch(url, *_, **options):
        asked.append(url)
        name = url.partition("?")[0].rpartition("/")[2]
        return memoryview(served[name])

    monkeypatch.setattr("tfpy.io.files.fetch", fetch)
    monkeypatch.setattr("tfpy.io.handlers.fetch", fetch)
    asyncio.run(kind.load())
    assert asked[0] == model
    assert asked[-1] == beside
    asked.clear()
    # The public address may be said, too; another model's files are beside it.
    asyncio.run(kind.load(kind.URLS["model"]))
    assert asked[-1] == beside
    asyncio.run(kind.load("https://here/m/model.json?v=1"))
    (name,) = kind.FILES.values()
    assert asked[-1] == f"https://here/m/{name}?v=1"


# ------------------------------------------------------------------------------------ toxicity


@pytest.mark.parametrize(("threshold", "labels"), [(0.85, []), (0.7, ["threat", "insult"])])
def test_toxicity(threshold, labels):
    files, draw = toxicity_files(), np.random.default_rng(6)
    # The package comes with an older tokenizer, to which "" is a space.
    texts = [*(text(draw, 6) or "a" for _ in range(20)), "abc"]
    script = """
    const model = await lib.load(threshold, labels);
    return [await model.classify(texts), await model.classify("abc")];
    """
    places = {
        "https://tfhub.dev/tensorflow/tfjs-model/toxicity/1/default/1": files,
        "https://storage.googleapis.com/tfjs-models/savedmodel/universal_sentence_encoder": files,
    }
    want = ask("toxicity", script, places, texts=texts, threshold=threshold, labels=labels)
    model = Toxicity.load_sync(files, threshold=threshold, labels=labels)
    for theirs, ours in zip(
        want, (model.classify_sync(texts), asyncio.run(model.classify("abc"))), strict=True
    ):
        assert [x["label"] for x in theirs] == [x.label for x in ours]
        for a, b in zip(theirs, ours, strict=True):
            assert [r["match"] for r in a["results"]] == [r.match for r in b.results]
            np.testing.assert_allclose(
                [r["probabilities"] for r in a["results"]],
                [r.probabilities for r in b.results],
                atol=1e-5,
            )
    matches = {r.match for x in model.classify_sync(texts) for r in x.results}
    assert matches == {True, False, None}


def test_toxicity_of_an_empty_text():
    model = Toxicity.load_sync(toxicity_files())
    for text_ in ("", ["abc", ""]):
        found = model.classify_sync(text_)
        assert [len(x.results) for x in found] == [1 if text_ == "" else 2] * len(LABELS)
        assert found[0].results[-1].probabilities != (0.0, 0.0)
    asyncio.run(model.warmup())


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 2},
        {"threshold": "a"},
        {"labels": ["rude"]},
        {"labels": "insult"},
        {"labels": 3},
        {"labels": [["insult"]]},
    ],
)
def test_options_of_toxicity(options):
    with pytest.raises(tfpy.ArgumentError, match=f"Toxicity: {next(iter(options))}"):
        Toxicity.load_sync(toxicity_files(), **options)


def test_a_threshold_of_numpy():
    assert Toxicity.load_sync(toxicity_files(), threshold=np.float32(0.75)).threshold == 0.75


def test_models_of_another_kind():
    encoder = "UniversalSentenceEncoder"
    with pytest.raises(tfpy.ModelFormatError, match=f"not a {encoder}: it has no indices, values"):
        UniversalSentenceEncoder.load_sync(toxicity_files())
    with pytest.raises(tfpy.ModelFormatError, match="not a Toxicity: it has no Placeholder"):
        Toxicity.load_sync(qna_encoder())
    nodes = [
        graph_files.placeholder(n, (-1, 384)) for n in ("input_ids", "segment_ids", "input_mask")
    ]
    cut = graph_files.files([*nodes, graph_files.node("start_logits", "Neg", "input_ids")])
    with pytest.raises(tfpy.ModelFormatError, match="not a QnA: it has no end_logits"):
        QnA.load_sync(cut, vocab_url=[])
    files = {"vocab.json": b"[]"}
    tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)]).save(files)
    with pytest.raises(tfpy.ModelFormatError, match="this model is no graph"):
        Toxicity.load_sync(files)


# ----------------------------------------------------------------------------------------- qna


QNA_ADDRESS = "https://tfhub.dev/tensorflow/tfjs-model/mobilebert/1"


def without_emoji(passage):
    return "".join(c for c in passage if c < "\U00010000" and c != "İ")


def test_answers():
    draw = np.random.default_rng(7)
    files = qna_files(draw)
    # The first word stands for nothing: TF.js never finds an answer that begins there.
    passages = [
        "\u0600" * 3 + " " + without_emoji(passage_text(draw, n)) for n in (3, 40, 400, 900)
    ]
    questions = [without_emoji(text(draw, 15)) for _ in passages]
    script = """
    const model = await lib.load();
    return Promise.all(passages.map((passage, i) => model.findAnswers(questions[i], passage)));
    """
    want = ask("qna", script, {QNA_ADDRESS: files}, passages=passages, questions=questions)
    model = QnA.load_sync(files)
    count = 0
    for question, passage, theirs in zip(questions, passages, want, strict=True):
        ours = model.answer_sync(question, passage)
        for answer in ours:
            assert (
                answer.text == passage[answer.start_index : answer.end_index] == answer.text.strip()
            )
        # TF.js gives what two windows found twice.
        once = list(dict.fromkeys((a["text"], a["startIndex"]) for a in theirs))
        scores = sorted({a["score"] for a in theirs}, reverse=True)
        found = [a for a in ours if passage.find(a.text) or a.start_index]
        assert [(a.text, a.start_index) for a in found][: len(once)] == once
        assert scores[0] == pytest.approx(ours[0].score, rel=1e-6) if theirs else not ours
        count += len(once)
    assert count > 10


def test_the_first_word_can_be_an_answer():
    """TF.js takes word 0 for none."""
    vocabulary = [""] * 999 + ["\u2581paris", "\u2581it", "\u2581is", "\u2581?"]
    table = np.zeros(len(vocabulary), np.float32)
    table[999] = 5
    draw = np.random.default_rng(8)
    files = qna_files(draw)
    content = json.loads(files["model.json"])
    zeros = {"begin": table, "end": table, "begin_place": np.zeros((1, 384), "f")}
    data, at = b"", 0
    for entry in content["weightsManifest"][0]["weights"]:
        size = 4 * int(np.prod(entry["shape"]))
        if entry["name"] in ("begin", "end"):
            entry["shape"] = [len(vocabulary)]
        name = entry["name"].replace("end_place", "begin_place")
        data += zeros[name].tobytes() if name in zeros else files["w"][at : at + size]
        at += size
    files = {"model.json": json.dumps(content).encode(), "w": data}
    model = QnA.load_sync(files, vocab_url=vocabulary)
    best = asyncio.run(model.answer("is it", "  Paris it is"))[0]
    assert best[:3] == ("Paris", 2, 7)
    files["processed_vocab.json"] = json.dumps(vocabulary).encode()
    script = "return (await lib.load()).findAnswers('is it', '  Paris it is');"
    assert "Paris" not in [a["text"] for a in ask("qna", script, {QNA_ADDRESS: files})]
    assert model.answer_sync("is it", " \n") == []
    with pytest.raises(tfpy.ArgumentError, match="question has 91 pieces"):
        model.answer_sync("it " * 90, "Paris")
    for given in ((None, "a"), ("a", 3)):
        with pytest.raises(tfpy.ArgumentError, match=r"QnA\.answer: (question|passage) is a text"):
            model.answer_sync(*given)
    asyncio.run(model.warmup())


def test_words_of_texts():
    draw = np.random.default_rng(9)
    vocabularies = [word_pieces(draw) for _ in range(10)]
    texts = [without_emoji(passage_text(draw, 12)) for _ in range(60)]
    texts += [
        "",
        " a",
        "[CLS] x [SEP]",
        "a\0b\ufffdc",
        "a\u00a0b\u2003c\ufeffd\x1ce",
        "ΑΣ ΑΣΑ ΑΣ.ΑΣ",
    ]
    script = """
    const {BertTokenizer} = lib;
    return vocabularies.map((v) => {
      const t = new BertTokenizer();
      t.loadVocab = async () => v;
      return t.load().then(() => texts.map((x) => [t.tokenize(x), t.processInput(x)]));
    }).reduce(async (all, one) => [...(await all), await one], []);
    """
    want = ask("qna/dist/bert_tokenizer", script, vocabularies=vocabularies, texts=texts)
    for vocabulary, rows in zip(vocabularies, want, strict=True):
        ids, cut = zip(*rows, strict=True)
        tokenizer = WordPiece(vocabulary)
        assert [tokenizer.encode(x) for x in texts] == list(ids)
        assert [[{"text": w.text, "index": w.start} for w in words(x)] for x in texts] == list(cut)
    assert {100} < {i for row in ids for i in row}


def test_words_that_begin_others():
    """TF.js takes a beginning of a piece for a piece without an id, and gives up."""
    vocabulary = [""] * 999 + ["\u2581playing", "\u2581pl", "ay"]
    script = """
    const t = new lib.BertTokenizer();
    t.loadVocab = async () => vocabulary;
    await t.load();
    return t.tokenize("play");
    """
    assert WordPiece(vocabulary).encode("play") == [1000, 1001]
    assert ask("qna/dist/bert_tokenizer", script, vocabulary=vocabulary) == [100]


def test_places_after_emoji_and_long_lower_cases():
    """TF.js counts some of them in UTF-16 units and others in letters, and is off from there on."""
    passage = "😹 İx  Ab"
    assert [passage[w.start] for w in words(passage)] == ["😹", "İ", "A"]
    assert [w.text for w in words(passage)] == ["😹", "i\u0307x", "ab"]


def test_no_tensors_are_left():
    reader = QnA.load_sync(qna_files(np.random.default_rng(11)))
    judge = Toxicity.load_sync(toxicity_files())
    counts = []
    for _ in range(2):
        reader.answer_sync("ab", "ab cd")
        judge.classify_sync(["ab", ""])
        gc.collect()
        counts.append(tfpy.memory()["num_tensors"])
    assert counts[0] == counts[1]
    before = counts[0]
    reader.dispose()
    judge.dispose()
    assert tfpy.memory()["num_tensors"] < before
