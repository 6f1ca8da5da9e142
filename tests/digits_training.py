"""A convolutional network that learns handwritten digits, the same on every backend.

Read natively as a module and in a page as text, so nothing but tfpy is imported here: images and
labels come as bytes. `samples` reads them from scikit-learn, which a page has not.
"""

import tfpy

SIDE, EPOCHS = 8, 12
#: One digit of so many is held back from training.
HELD_BACK = 5
#: What part of the held-back digits must be recognized, and by how much losses may differ.
ACCURACY, LOSSES_RTOL = 0.98, 0.01


def samples():
    """(images, labels): a byte for each of 8 x 8 pixels, 0 to 16, and a byte for each label."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images.astype("uint8").tobytes(), digits.target.astype("uint8").tobytes()


def split(values, size):
    """The values of the digits to train on and of those held back, `size` for each digit."""
    parts = [], []
    for start in range(0, len(values), size):
        parts[(start // size) % HELD_BACK == 0].extend(values[start : start + size])
    return parts


def tensors(images, labels):
    """((x, y) to train on, (x, y) held back)."""
    pixels, numbers = split(images, SIDE * SIDE), split(labels, 1)
    for x, y in zip(pixels, numbers, strict=True):
        yield tfpy.tensor(x, (len(y), SIDE, SIDE, 1), "float32") / 16.0, tfpy.tensor(y)


def network():
    """Two convolutions and a dense layer, as in TF.js's example for MNIST."""
    L = tfpy.layers
    return tfpy.Sequential(
        [
            L.Input((SIDE, SIDE, 1)),
            L.Conv2D(16, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(32, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dropout(0.25),
            L.Dense(10, activation="softmax"),
        ]
    )


async def learn(images, labels, epochs=EPOCHS):
    """Train on four digits of five, on the current backend.

    Returns:
        {"losses": of each epoch, "accuracy": on the digits that were held back}.
    """
    tfpy.set_seed(2)
    (x, y), held_back = tensors(images, labels)
    model = network()
    steps = epochs * -(-len(y) // 32)
    rate = tfpy.optimizers.schedules.CosineDecay(0.1, steps)
    optimizer = tfpy.optimizers.SGD(rate, momentum=0.8)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = await model.fit_async(x, y, epochs=epochs, verbose=0)
    _, accuracy = await model.evaluate_async(*held_back, verbose=0)
    model.dispose()
    return {"losses": history.history["loss"], "accuracy": accuracy}
