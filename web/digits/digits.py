"""Recognizes a digit drawn on a canvas: all the Python that the draw-a-digit page runs.

The network knows digits the way MNIST shows them: 28 x 28 pixels, the digit 20 pixels large, its
centre of mass in the middle. A drawing can be anywhere and of any size, so most of this file
brings it into that form, and the network itself is one line.
"""

import time

import tfpy

SIZE = 28  # pixels of the picture that the network sees, each way
DIGIT = 20  # pixels of the digit in it, along its longer side

model = None


async def load(url, progress=None):
    """Load the network and tell what it will run on."""
    global model
    model = await tfpy.load_layers_model(url, on_progress=progress)
    device = tfpy.backend().describe().get("device")
    return {"backend": tfpy.get_backend(), "device": device, "parameters": model.count_params()}


async def recognize(drawing):
    """A probability for each digit, and what the network saw; None for an empty drawing.

    Args:
        drawing: an image of the page; ink is what is not transparent.
    """
    started = time.perf_counter()
    ink = tfpy.browser.from_pixels(drawing, num_channels=4)[:, :, 3].cast("float32") / 255
    rows, columns = await ink.sum(axis=1).data(), await ink.sum(axis=0).data()
    if not any(rows):
        return None

    down, across = placement(list(rows), list(columns))
    picture = tfpy.tensor(down) @ ink @ tfpy.tensor(across).transpose()
    answer = model.predict(picture.reshape((1, SIZE, SIZE, 1)))
    probabilities = await answer.data()
    return {
        "probabilities": list(probabilities),
        "ms": (time.perf_counter() - started) * 1000,
        "picture": await picture.data(),
    }


def placement(rows, columns):
    """Two matrices that bring a drawing into MNIST's form: ``down @ drawing @ across.T``.

    Args:
        rows, columns: the ink in each row and in each column of the drawing.
    """
    # One scale for both directions, or a 1 would become a square.
    scale = DIGIT / max(extent(rows), extent(columns))
    return averages(rows, centre(rows), scale), averages(columns, centre(columns), scale)


def extent(ink):
    """From the first pixel with ink to the last."""
    inked = [i for i, amount in enumerate(ink) if amount > 0]
    return inked[-1] + 1 - inked[0]


def centre(ink):
    """The centre of mass."""
    return sum((i + 0.5) * amount for i, amount in enumerate(ink)) / sum(ink)


def averages(ink, middle, scale, size=SIZE):
    """A matrix whose row i averages the pixels that pixel i of the new picture covers.

    Averaging all of them, instead of picking some, keeps thin lines whole.

    Args:
        ink: as many as the drawing has pixels in this direction.
        middle: what comes to lie in the middle.
        scale: pixels of the new picture for each of the drawing.
        size: pixels of the new picture.
    """
    matrix = [[0.0] * len(ink) for _ in range(size)]
    for i, row in enumerate(matrix):
        start = middle + (i - size / 2) / scale
        end = start + 1 / scale
        for pixel in range(max(0, int(start)), min(len(ink), int(end) + 1)):
            overlap = min(end, pixel + 1) - max(start, pixel)
            row[pixel] = max(0.0, overlap) * scale
    return matrix
