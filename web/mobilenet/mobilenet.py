"""Says what a photo shows: all the Python that the photo page runs."""

import time

import tfpy
from tfpy.applications.mobilenet import SMALL_URL, MobileNet

network = None


async def load(url, progress=None):
    """Load MobileNet from a URL, or from TensorFlow.js's public one, and tell what it runs on."""
    global network
    network = await MobileNet.load(url or SMALL_URL, on_progress=progress)
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device}


def default_url():
    """Where TensorFlow.js publishes MobileNet."""
    return SMALL_URL


async def prepare(progress=None):
    """Compile the network's shaders and draw with each once, so that the first photo is quick."""
    await network.warmup(progress)


async def classify(photo):
    """The five likeliest things on an image of the page, and the time it took to name them."""
    started = time.perf_counter()
    classes = await network.classify(photo, topk=5)
    return {
        "classes": [{"name": c.class_name, "probability": c.probability} for c in classes],
        "ms": (time.perf_counter() - started) * 1000,
    }
