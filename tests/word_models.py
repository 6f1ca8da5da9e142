"""Small networks that stand in for those of words and speech, with what they need beside them."""

import json

import numpy as np

import tfpy
from tests import graph_files as g
from tfpy import layers as L

RESERVED = [["�", 0], ["<s>", 0], ["</s>", 0], *([f"extra_{i}", 0] for i in range(3))]
#: Letters of several scripts, two ways to write one, what NFKC changes, signs and emoji.
LETTERS = [
    *"abcdeABxyz .,?!'-",
    *"çéßıİΣσ",
    "c\u0327",
    "ﬁ",
    "½",
    "日",
    "本",
    "ﾊ",
    "\u3000",
    "\t",
    "ع",
    "😹",
    "🦄",
]


def text(draw, length):
    return "".join(draw.choice(LETTERS, draw.integers(0, length)))


def pieces_vocabulary(draw, size=60):
    """Pieces of one to four letters below U+10000: see `test_emoji_in_a_vocabulary`."""
    signs = [c for c in "".join(LETTERS) if c < "\U00010000" and c.strip()] + ["\u2581"] * 3
    pieces = {"".join(draw.choice(signs, draw.integers(1, 5))) for _ in range(size)}
    return RESERVED + [[p, float(-draw.integers(1, 9) / 2)] for p in sorted(pieces)]


def qna_encoder():
    """A stand-in: sums of the vectors of all ids, weighed by their places."""
    draw = np.random.default_rng(3)
    names = ("input_inp_text", "input_res_text", "input_res_context")
    constants = {
        "table": draw.normal(size=(600, 100)).astype("f"),
        "place": draw.normal(size=(1, 192, 1)).astype("f"),
        "zero": np.int32(0),
        "one": np.array([1], np.int32),
    }
    nodes = [g.placeholder(name, (-1, 192), "DT_INT32") for name in names]
    for name in names:
        nodes += [
            g.node(f"{name}/g", "GatherV2", "table", name, "zero"),
            g.node(f"{name}/m", "Mul", f"{name}/g", "place"),
            g.node(f"{name}/s", "Sum", f"{name}/m", "one", keep_dims=g.yes(False)),
        ]
    nodes += [
        g.node("Final/EncodeQuery/mul", "Tanh", "input_inp_text/s"),
        g.node("answers", "Sub", "input_res_text/s", "input_res_context/s"),
        g.node("Final/EncodeResult/mul", "Tanh", "answers"),
    ]
    vocabulary = pieces_vocabulary(draw, 400)
    return {**g.files(nodes, constants), "vocab.json": json.dumps(vocabulary).encode()}


LABELS = ["identity_attack", "insult", "obscene", "threat"]


def toxicity_files():
    """A stand-in: the texts as a matrix of ids, and for each head the sum of vectors of two."""
    draw = np.random.default_rng(5)
    vocabulary = pieces_vocabulary(draw, 200)
    constants = {
        "zero": np.int32(0),
        "first": np.array([0], np.int32),
        "one": np.int32(1),
        "axis": np.array([1], np.int32),
    }
    nodes = [
        g.placeholder("Placeholder", (-1,), "DT_INT32"),
        g.placeholder("Placeholder_1", (-1, 2), "DT_INT32"),
        g.node("last", "Max", "Placeholder_1", "first", keep_dims=g.yes(False)),
        g.node("size", "Add", "last", "one"),
        g.node("ids", "SparseToDense", "Placeholder_1", "size", "Placeholder", "zero"),
    ]
    for label in LABELS:
        constants[f"{label}/t"] = draw.normal(size=(len(vocabulary), 2)).astype("f")
        nodes += [
            g.node(f"{label}/g", "GatherV2", f"{label}/t", "ids", "zero"),
            g.node(f"{label}/s", "Sum", f"{label}/g", "axis", keep_dims=g.yes(False)),
            g.node(f"{label}/probabilities", "Softmax", f"{label}/s"),
        ]
    files = g.files(nodes, constants)
    return {**files, "vocab.json": json.dumps(vocabulary).encode()}


def word_pieces(draw, size=1500):
    """Pieces of which every beginning is a piece too; see `test_words_that_begin_others`."""
    letters = [c for c in "".join(LETTERS).lower() if c < "\U00010000" and c.strip()]
    whole = {"".join(draw.choice(letters, draw.integers(1, 4))) for _ in range(size // 6)}
    pieces = {p for w in whole for n in range(1, len(w) + 1) for p in (w[:n], "\u2581" + w[:n])}
    return [f"[unused{i}]" for i in range(999)] + sorted(pieces | {"\u2581"})


def passage_text(draw, count):
    return " ".join("".join(draw.choice(LETTERS, draw.integers(1, 6))) for _ in range(count))


def qna_files(draw):
    """A stand-in: logits of a piece by its id and its place, some of them high."""
    vocabulary = word_pieces(draw)
    constants = {
        "zero": np.int32(0),
        "mask": np.float32(30),
        "begin": draw.normal(0, 3, len(vocabulary)).astype("f"),
        "end": draw.normal(0, 3, len(vocabulary)).astype("f"),
        "begin_place": draw.normal(0, 2, (1, 384)).astype("f"),
        "end_place": draw.normal(0, 2, (1, 384)).astype("f"),
    }
    nodes = [
        *(
            g.placeholder(n, (-1, 384), "DT_INT32")
            for n in ("input_ids", "segment_ids", "input_mask")
        ),
        g.placeholder("global_step", (), "DT_INT32"),
        g.node("segments", "Cast", "segment_ids", SrcT=g.kind("DT_INT32"), DstT=g.kind("DT_FLOAT")),
        g.node("m", "Cast", "input_mask", SrcT=g.kind("DT_INT32"), DstT=g.kind("DT_FLOAT")),
        g.node("step", "Cast", "global_step", SrcT=g.kind("DT_INT32"), DstT=g.kind("DT_FLOAT")),
        g.node("both", "AddV2", "segments", "m"),
        g.node("stepped", "Mul", "both", "step"),
    ]
    for end in ("begin", "end"):
        name = "start" if end == "begin" else end
        nodes += [
            g.node(f"{end}/g", "GatherV2", end, "input_ids", "zero"),
            g.node(f"{end}/p", "AddV2", f"{end}/g", f"{end}_place"),
            g.node(f"{name}_logits", "AddV2", f"{end}/p", "stepped"),
        ]
    files = g.files(nodes, constants)
    return {**files, "processed_vocab.json": json.dumps(vocabulary).encode()}


WORDS = ["_background_noise_", "_unknown_", "down", "go", "up"]
FRAMES, COLUMNS = 11, 16


def speech_files(frames=FRAMES, columns=COLUMNS, seed=0, words=WORDS):
    """A small network of the layers of TF.js's."""
    tfpy.set_seed(seed)
    far = tfpy.initializers.RandomNormal(stddev=0.5)
    model = tfpy.Sequential(
        [
            L.Input((frames, columns, 1)),
            L.Conv2D(4, (2, 4), activation="relu", bias_initializer="random_normal"),
            L.MaxPooling2D((2, 2)),
            L.Flatten(),
            L.Dropout(0.25),
            L.Dense(32, activation="relu"),
            L.Dropout(0.5),
            L.Dense(len(words), kernel_initializer=far, activation="softmax"),
        ]
    )
    files = {"metadata.json": json.dumps({"wordLabels": words}).encode()}
    model.save(files)
    return files


def tones(draw, pitch, frames=FRAMES):
    """A spectrogram in decibels, loud around one column in some frames."""
    x = draw.normal(-90, 3, (frames, COLUMNS, 1))
    if pitch is not None:
        begin = draw.integers(2, frames - 5)
        x[begin : begin + 4, pitch : pitch + 3] += 50
    return x.astype("f")
