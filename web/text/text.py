"""Judges comments and finds answers in texts: all the Python that the text page runs."""

import time

import tfpy
from tfpy.applications import QnA, Toxicity

TASKS = {"toxicity": Toxicity, "questions": QnA}

application = Toxicity
vocabulary = None  # where that is, if not at the usual place
network = None


def choose(task, detail=None):
    """Say what to do next, and where the network's vocabulary is."""
    global application, vocabulary
    application, vocabulary = TASKS[task], detail


async def load(url, progress=None):
    """Load the network for the task, and tell what it runs on."""
    global network
    if network is not None:
        network.dispose()
        network = None
    network = await application.load(url, vocab_url=vocabulary, on_progress=progress)
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device}


def default_url():
    """Where TensorFlow.js publishes the network."""
    return application.URLS["model"]


async def prepare(progress=None):
    """Compile the network's shaders and draw with each once, so that the first answer is quick."""
    await network.warmup(progress)


async def judge(text):
    """How toxic a comment is, of each kind, and the time it took to say so."""
    started = time.perf_counter()
    found = await network.classify(text)
    labels = [
        {
            "name": each.label.replace("_", " "),
            "probability": each.results[0].probabilities[1],
            "match": each.results[0].match,
        }
        for each in found
    ]
    return {"labels": labels, "ms": (time.perf_counter() - started) * 1000}


async def answer(question, passage):
    """Where a passage answers a question, best first, and the time it took to find that."""
    started = time.perf_counter()
    found = await network.answer(question, passage)
    answers = [
        {
            "text": a.text,
            "start": javascript_index(passage, a.start_index),
            "end": javascript_index(passage, a.end_index),
        }
        for a in found
    ]
    return {"answers": answers, "ms": (time.perf_counter() - started) * 1000}


def javascript_index(text, index):
    """The same place in JavaScript, where an emoji counts as two."""
    return len(text[:index].encode("utf-16-le")) // 2
