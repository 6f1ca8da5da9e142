"""Finds objects, poses, faces and people in pictures: all the Python that the camera page runs."""

import time
from typing import NamedTuple

from js import OffscreenCanvas

import tfpy
from tfpy.applications import BodyPix, CocoSsd, FaceMesh, PoseNet, stages


class Task(NamedTuple):
    """A kind of network, its verb, and how what it finds is said."""

    application: type
    verb: str
    said: object
    follows: bool = False  # from one frame of a video to the next


TASKS = {
    "objects": Task(CocoSsd, "detect", lambda thing: f"{thing.class_name}, {thing.score:.0%}"),
    "pose": Task(PoseNet, "estimate", lambda pose: f"a body, {pose.score:.0%}"),
    "face": Task(FaceMesh, "estimate", lambda face: f"a face, {face.score:.0%}", True),
    "people": Task(BodyPix, "segment", lambda mask: "people"),
}

task = TASKS["objects"]
detector = None  # where that for faces is, if not at the usual place
network = None


def choose(name, url=None):
    """Say what to find next."""
    global task, detector
    task, detector = TASKS[name], url


async def load(url, progress=None):
    """Load the network for the task, and tell what it runs on."""
    global network
    if network is not None:
        network.dispose()
        network = None
    options = {"detector_url": detector} if "detector" in task.application.URLS else {}
    network = await task.application.load(url, on_progress=progress, **options)
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device}


def default_url():
    """Where TensorFlow.js publishes the network."""
    return list(task.application.URLS.values())[-1]


async def prepare(progress=None):
    """Compile the network's shaders and draw with each once, so that the first picture is quick."""
    await network.warmup(progress)


async def look(photo, live=False):
    """What is on an image of the page, or the next of a video (`live`): in words, as a picture to
    lay over it, and the times."""
    options = {"static_image_mode": not live} if task.follows else {}
    with stages() as times:
        found = await getattr(network, task.verb)(photo, **options)
    found = found if isinstance(found, list) else [found]
    started = time.perf_counter()
    canvas = OffscreenCanvas.new(photo.width, photo.height)
    for one in found:
        if hasattr(one, "draw_async"):
            await one.draw_async(canvas)
        else:
            one.draw(canvas)
    times["drawing"] = (time.perf_counter() - started) * 1000
    return {
        "found": [task.said(one) for one in found],
        "picture": canvas.transferToImageBitmap(),
        "times": times,
    }
