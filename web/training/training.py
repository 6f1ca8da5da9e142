"""Trains a digit recognizer from scratch: all the Python that the training page runs.

The network knows digits as the scans are: 8 x 8 pixels from 0 to 1, which the digit fills. As
training goes, `progress` tells the page: charts, what the network gets wrong, and how far it is.
"""

import asyncio
import time

from digits import averages  # the page of drawn digits brings drawings into form in the same way

import tfpy
from tfpy import layers, vis

SIDE = 8  # pixels of a scan, each way
HELD_BACK = 360  # of the scans: never trained on, to measure with
BATCH = 32
MOST_SHOWN = 24  # scans that were misread
KEPT = "indexeddb://tfpy-trained-digits"

scans = b""  # 65 bytes each: pixels of 0 to 16, and the digit
images = labels = model = None
resumed = asyncio.Event()


def prepare(content):
    """Take the scans, and tell what training will run on."""
    global scans, images, labels
    scans = bytes(content)
    rows = tfpy.tensor(scans, shape=(len(scans) // 65, 65), dtype="int32")
    images = (rows[:, :64].cast("float32") / 16).reshape((-1, SIDE, SIDE, 1))
    labels = rows[:, 64]
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device, "scans": len(scans) // 65}


def build():
    """The network: two convolutions find shapes, one dense layer names the digit."""
    return tfpy.Sequential(
        [
            layers.Input((SIDE, SIDE, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="edges"),
            layers.Conv2D(32, 3, activation="relu", name="shapes"),
            layers.MaxPooling2D(name="half"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.3, name="forget"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


async def train(rate, epochs, progress):
    """Train a new network; returns how good it is on the scans held back."""
    global model
    model = build()
    optimizer = tfpy.optimizers.Adam(rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    resumed.set()
    charts = [
        vis.fit_callbacks(lambda spec, name=name: progress(chart=name, spec=spec), name)
        for name in ("loss", "accuracy")
    ]
    history = await model.fit_async(
        images[HELD_BACK:],
        labels[HELD_BACK:],
        batch_size=BATCH,
        epochs=epochs,
        validation_data=(images[:HELD_BACK], labels[:HELD_BACK]),
        callbacks=[*charts, Teller(progress)],
        verbose=0,
    )
    return {"accuracy": history.history["val_accuracy"][-1], "parameters": model.count_params()}


class Teller(tfpy.callbacks.Callback):
    """Tells the page how far training is and what is misread; waits while it is paused."""

    log_interval = float("inf")  # the page shows no metrics of a batch

    def __init__(self, progress):
        super().__init__()
        self.progress, self.epoch = progress, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Take note which epoch it is."""
        self.epoch = epoch

    async def on_train_batch_end(self, batch, logs=None):
        """Say so, and go on once nobody pauses."""
        self.progress(
            epoch=self.epoch + 1,
            epochs=self.params["epochs"],
            batch=batch + 1,
            batches=self.params["steps"],
        )
        if not resumed.is_set():
            self.progress(paused=True)
            await resumed.wait()

    async def on_epoch_end(self, epoch, logs=None):
        """Show what of the scans held back is misread."""
        self.progress(judged=logs["val_accuracy"], **await judge())


def pause():
    """Wait before the next batch."""
    resumed.clear()


def resume():
    """Go on."""
    resumed.set()


def stop():
    """End training after this batch; what has been learnt remains."""
    model.stop_training = True
    resumed.set()


async def judge():
    """What the network makes of the scans held back: a confusion matrix, and those it misreads."""
    chances = await (await model.predict_async(images[:HELD_BACK], verbose=0)).data()
    matrix, misread = [[0] * 10 for _ in range(10)], []
    for i in range(HELD_BACK):
        scan, chance = scans[65 * i : 65 * (i + 1)], chances[10 * i : 10 * (i + 1)].tolist()
        share, label = max(chance), scan[64]
        answer = chance.index(share)
        matrix[label][answer] += 1
        if answer != label:
            pixels = [value / 16 for value in scan[:64]]
            misread.append({"label": label, "answer": answer, "share": share, "pixels": pixels})
    misread.sort(key=lambda wrong: -wrong["share"])
    chart = vis.confusion_matrix(matrix)
    return {"matrix": chart.spec, "misread": misread[:MOST_SHOWN], "wrong": len(misread)}


# ---------------------------------------------------------------------------------------- trying it


async def recognize(drawing):
    """A probability for each digit, and what the network saw; None for an empty drawing.

    Args:
        drawing: an image of the page; ink is what is not transparent.
    """
    if model is None:
        return None
    started = time.perf_counter()
    ink = tfpy.browser.from_pixels(drawing, num_channels=4)[:, :, 3].cast("float32") / 255
    rows, columns = await ink.sum(axis=1).data(), await ink.sum(axis=0).data()
    if not any(rows):
        return None

    down, across = filling(list(rows), list(columns))
    picture = tfpy.tensor(down) @ ink @ tfpy.tensor(across).transpose()
    answer = await model.predict_async(picture.reshape((1, SIDE, SIDE, 1)), verbose=0)
    return {
        "probabilities": list(await answer.data()),
        "ms": (time.perf_counter() - started) * 1000,
        "picture": await picture.data(),
    }


def filling(rows, columns):
    """Two matrices that let a drawing fill a scan, as digits do: ``down @ drawing @ across.T``."""
    ends = [(min(inked), max(inked) + 1) for inked in (where_ink_is(rows), where_ink_is(columns))]
    # One scale for both directions, or a 1 would become a square.
    scale = SIDE / max(end - start for start, end in ends)
    return [
        averages(ink, (start + end) / 2, scale, SIDE)
        for ink, (start, end) in zip((rows, columns), ends, strict=True)
    ]


def where_ink_is(amounts):
    """The rows, or columns, with ink."""
    return [i for i, amount in enumerate(amounts) if amount > 0]


# ------------------------------------------------------------------------------------------ keeping


async def keep():
    """Keep the network in this browser; a page of TensorFlow.js can load it too."""
    await model.save_async(KEPT)


async def kept():
    """Whether there is one; a browser may not let a page keep anything."""
    try:
        return KEPT in await tfpy.io.list_models()
    except tfpy.StorageError:
        return False


async def load_kept():
    """Load what `keep` kept; returns what `judge` does."""
    return await use(await tfpy.load_layers_model(KEPT))


async def files():
    """The network as two files in TensorFlow.js's format."""
    content = {}
    await model.save_async(content)
    return content


async def load_files(content):
    """Load such files, bytes by name; returns what `judge` does."""
    return await use(await tfpy.load_layers_model({k: bytes(v) for k, v in content.items()}))


async def use(loaded):
    """Make a network the page's, if it reads scans."""
    global model
    wanted = (None, SIDE, SIDE, 1), (None, 10)
    if (loaded.inputs[0].shape, loaded.outputs[0].shape) != wanted:
        raise ValueError("this model does not tell ten digits from pictures of 8 x 8 pixels")
    model = loaded
    found = await judge()
    return {"judged": 1 - found["wrong"] / HELD_BACK, "parameters": model.count_params(), **found}
