"""Training in a page: the coroutine learns, the page lives on, and the blocking form agrees."""

import numpy as np
import pytest

FIT = """
import asyncio, time, tfpy
tfpy.set_backend("webgl")
tfpy.set_seed(1)
L = tfpy.layers
x, y = tfpy.tensor(images, (64, 8, 8, 1)), tfpy.tensor(labels)
model = tfpy.Sequential(
    [
        L.Input((8, 8, 1)),
        L.Conv2D(4, 3, padding="same", activation="relu"),
        L.Flatten(),
        L.Dropout(0.1),
        L.Dense(2, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
ticks, seen = 0, []

async def tick():
    global ticks
    while True:
        ticks += 1
        await asyncio.sleep(0.005)

async def on_epoch_end(epoch, logs):
    await asyncio.sleep(0)
    seen.append(logs["loss"])

other = asyncio.ensure_future(tick())
history = await model.fit_async(
    x, y, batch_size=16, epochs=epochs, verbose=0, callbacks={"on_epoch_end": on_epoch_end}
)
other.cancel()
await model.fit_async(x, y, batch_size=16, epochs=1, verbose=0)
textures = tfpy.memory()["num_textures"]
await model.fit_async(x, y, batch_size=16, epochs=2, verbose=0)
grown = tfpy.memory()["num_textures"] - textures
loss, accuracy = await model.evaluate_async(x, y, verbose=0)
blocking = model.evaluate(x, y, verbose=0)
found = {
    "losses": history.history["loss"],
    "seen": seen,
    "ticks": ticks,
    "accuracy": accuracy,
    "asynchronous": [loss, accuracy],
    "blocking": blocking,
    "grown": grown,
}
model.dispose()
found
"""


@pytest.fixture(scope="module")
def squares():
    """(images, labels): noise, brighter on the left or on the right."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 64).astype(np.int32)
    images = rng.uniform(0, 1, (64, 8, 8)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[:, 4 * label : 4 * label + 4] += 0.7
    return images, labels


def test_a_page_trains_and_lives_on(python_page, squares):
    images, labels = squares
    got = python_page.run(FIT, timeout=240, images=images.ravel(), labels=labels, epochs=6)
    assert got["losses"] == got["seen"]
    assert got["losses"][-1] < 0.5 * got["losses"][0]
    assert got["accuracy"] > 0.7
    assert got["asynchronous"] == got["blocking"]
    # Others were run meanwhile: there were 24 batches.
    assert got["ticks"] >= 12
    assert got["grown"] <= 0
