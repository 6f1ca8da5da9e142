"""Learns things from a few examples: all the Python that the page for transfer learning runs.

MobileNet without its last layers makes 256 numbers of a picture, which say what is on it. That part
is frozen. Only a small head on top of it is trained, on the numbers of the examples, which are
computed once for each.
"""

import gc
import io
import time
import zipfile

import tfpy
from tfpy import layers
from tfpy.applications.mobilenet import SMALL_URL

LAST_LAYER = "conv_pw_13_relu"  # of MobileNet, that is used
EPOCHS = 50
KEPT = "indexeddb://tfpy-transfer"

base = None  # makes features of pictures
head = None  # makes probabilities of features
learner = None  # the head that is being trained
labels = []  # what the head's classes are called
seen = {}  # the features of each example, by its number


async def load(url, progress=None):
    """Load MobileNet from a URL, or from TensorFlow.js's public one, and tell what it runs on."""
    global base
    network = await tfpy.load_layers_model(url or SMALL_URL, on_progress=progress)
    features = layers.GlobalAveragePooling2D()(network.get_layer(LAST_LAYER).output)
    base = tfpy.Model(network.input, features)
    base.trainable = False
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device}


def default_url():
    """Where TensorFlow.js publishes MobileNet."""
    return SMALL_URL


async def prepare(progress=None):
    """Compile the network's shaders and draw with each once, so that the first picture is quick."""
    await base.warmup(on_progress=progress)


def features_of(picture):
    """What the frozen part makes of an image of the page: a row of numbers."""
    pixels = tfpy.browser.from_pixels(picture).cast("float32") / 127.5 - 1
    pixels = tfpy.image.resize_bilinear(pixels, base.input_shape[1:3], half_pixel_centers=True)
    return base.predict(tfpy.expand_dims(pixels, 0))


# ------------------------------------------------------------------------------------ teaching


async def remember(example, picture):
    """Look at an example and keep its features under its number."""
    features = features_of(picture)
    await features.data()  # wait for the device: a camera is quicker than some
    seen[example] = features


def forget(examples):
    """Let go of examples."""
    for example in examples:
        seen.pop(example, None)


async def train(classes, progress):
    """Train a new head; the one before answers until then.

    Args:
        classes: for each its "name" and the numbers of its "examples".
        progress: told after each epoch its number "of" all, "loss" and "accuracy", and a "chart" of
            these.
    """
    global head, labels, learner
    x = tfpy.concat([seen[example] for c in classes for example in c["examples"]])
    y = [number for number, c in enumerate(classes) for _ in c["examples"]]

    learner = tfpy.Sequential(
        [
            layers.Input(x.shape[1:]),
            layers.Dense(64, activation="relu"),
            layers.Dense(len(classes), activation="softmax"),
        ]
    )
    learner.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    charts = tfpy.vis.fit_callbacks(
        lambda chart: progress(chart=chart), ["loss", "accuracy"], height=120
    )
    numbers = {"on_epoch_end": lambda epoch, logs: progress(epoch=epoch + 1, of=EPOCHS, **logs)}
    history = await learner.fit_async(
        x, y, batch_size=16, epochs=EPOCHS, verbose=0, callbacks=[numbers, charts]
    )
    head, labels = learner, [c["name"] for c in classes]
    gc.collect()  # a model and its callbacks know each other, and so hold their textures
    return {name: values[-1] for name, values in history.history.items()}


def stop():
    """End training after this step, with what has been learned."""
    learner.stop_training = True


async def classify(picture):
    """The probability of each class for an image of the page; None before there is a head."""
    if head is None:
        return None
    started, names = time.perf_counter(), labels
    probabilities = await head.predict(features_of(picture)).data()
    return {
        "classes": [
            {"name": name, "probability": p} for name, p in zip(names, probabilities, strict=True)
        ],
        "ms": (time.perf_counter() - started) * 1000,
    }


# ------------------------------------------------------------------------------------ keeping


async def keep():
    """Keep the head and its labels in this browser."""
    await head.save_async(KEPT, metadata={"labels": labels})


async def kept():
    """When a head was kept here, None if there is none."""
    return (await tfpy.io.list_models()).get(KEPT, {}).get("dateSaved")


async def restore():
    """Take over the head that was kept here; returns its labels."""
    return await take_over(KEPT)


async def pack():
    """The head as a zip file: a model.json, which TensorFlow.js reads too, and its weights."""
    files, packed = {}, io.BytesIO()
    await head.save_async(files, metadata={"labels": labels})
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


async def unpack(packed):
    """Take over the head of a zip file that `pack` made; returns its labels."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = {name: archive.read(name) for name in ("model.json", "model.weights.bin")}
    except (zipfile.BadZipFile, KeyError):
        raise ValueError("this file was not downloaded from this page") from None
    return await take_over(files)


async def take_over(place):
    """Answer with the head that is saved at `place`, unless it is none of this page's."""
    global head, labels
    found = await tfpy.load_layers_model(place)
    names = (found.user_defined_metadata or {}).get("labels")
    shapes = found.input_shape[1:], found.output_shape[1:]
    if not isinstance(names, list) or shapes != (base.output_shape[1:], (len(names),)):
        raise ValueError("this network was not trained on this page, with this MobileNet")
    head, labels = found, names
    return labels
