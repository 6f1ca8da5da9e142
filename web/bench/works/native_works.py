"""The works that run without a browser: the pages' own steps, on inputs made here.

Operations and graph models come from the same tables as in the pages; the networks which the pages
describe in JavaScript are built here with tfpy's layers.
"""

import asyncio
import inspect
import json
import math
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import graph_models
import mobilenet
import numpy as np
import ops
import train_step

import tfpy
from tfpy import layers as L

HERE = Path(__file__).resolve().parent
SEED = 1
CLASSES = 1000
# Filters and stride of MobileNetV1's pairs of a depthwise and a 1x1 convolution.
PAIRS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2),
         (1024, 1))  # fmt: skip
# Expansion, channels, repetitions and first stride of MobileNetV2's inverted residual blocks.
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
          (6, 160, 3, 2), (6, 320, 1, 1))  # fmt: skip


class Work(NamedTuple):
    """What a row of the table runs; the fields mean what they mean in ../works.js."""

    prepare: Callable[[], Any]
    tolerance: float
    loop: bool = False
    per_step: int = 1
    steps: int = 1
    #: Only the first run counts, on a backend that has compiled nothing.
    once: bool = False


def table(models):
    """Every work by name; those on real models only if the folder ``models`` is there."""
    found = {
        "mobilenet_v1": Work(partial(prepare_layers, mobilenet_v1), 1e-4),
        "first_prediction": Work(partial(prepare_layers, mobilenet_v1), 1e-4, once=True),
        "mobilenet_v2": Work(partial(prepare_layers, mobilenet_v2), 1e-4),
    }
    for row in read("graph_models") if models.is_dir() else ():
        found[row["name"]] = Work(partial(prepare_graph, models / row["folder"], row["size"]), 1e-4)
    found["train_step"] = Work(prepare_training, 1e-4, steps=5)
    for row in read("ops"):
        prepare = partial(prepare_operation, row)
        found[row["name"]] = Work(prepare, row["tolerance"], True, row.get("perStep", 1))
    return found


def read(name):
    """The rows of one of the pages' tables."""
    return json.loads((HERE / f"{name}.json").read_text())


def wait(found):
    """The result of a step or a preparation that may be a coroutine."""
    return asyncio.run(found) if inspect.iscoroutine(found) else found


def prepare_operation(row):
    """The step of a row of ops.json."""
    rng = np.random.default_rng(SEED)
    inputs = {
        name: tfpy.tensor(rng.normal(size=shape).astype("f"))
        for name, shape in row["inputs"].items()
    }
    return ops.step(row["tfpy"], inputs, row.get("plan", False))


def prepare_graph(folder, size):
    """The step of a row of graph_models.json."""
    return wait(graph_models.prepare({"url": str(folder), **image(size, 3)}))


def prepare_layers(describe):
    """The step of a network of layers on one image."""
    return wait(mobilenet.prepare({"files": described(describe), **image(224, 3)}))


@cache
def described(describe):
    """The files of a network, made once, for it takes a moment."""
    return files(describe())


def mobilenet_v1():
    """MobileNetV1 1.0 224, batch norm folded in."""
    stack = [L.Input((224, 224, 3)), L.Conv2D(32, 3, 2, "same", activation="relu6")]
    for filters, stride in PAIRS:
        stack.append(L.DepthwiseConv2D(3, stride, "same", activation="relu6"))
        stack.append(L.Conv2D(filters, 1, activation="relu6"))
    stack += [L.GlobalAveragePooling2D(), L.Dense(CLASSES, activation="softmax")]
    return tfpy.Sequential(stack)


def mobilenet_v2():
    """MobileNetV2 1.0 224, batch norm folded in."""
    image = L.Input((224, 224, 3))
    x, channels = L.Conv2D(32, 3, 2, "same", activation="relu6")(image), 32
    for expansion, filters, repetitions, first in BLOCKS:
        for stride in (first, *[1] * (repetitions - 1)):
            y = x
            if expansion > 1:
                y = L.Conv2D(expansion * channels, 1, activation="relu6")(y)
            y = L.DepthwiseConv2D(3, stride, "same", activation="relu6")(y)
            y = L.Conv2D(filters, 1)(y)
            x = L.Add()([y, x]) if stride == 1 and channels == filters else y
            channels = filters
    x = L.GlobalAveragePooling2D()(L.Conv2D(1280, 1, activation="relu6")(x))
    return tfpy.Model(image, L.Dense(CLASSES, activation="softmax")(x))


def prepare_training():
    """The convolutional network of TF.js's MNIST example."""
    stack = [
        *(L.Input((28, 28, 1)), L.Conv2D(8, 5, activation="relu"), L.MaxPooling2D()),
        *(L.Conv2D(16, 5, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(10)),
    ]
    batch = image(28, 1, 32)
    labels = {"labels": [7 * i % 10 for i in range(32)], "classes": 10, "rate": 0.05}
    data = {"files": files(tfpy.Sequential(stack)), "images": batch["image"], **batch, **labels}
    return wait(train_step.prepare(data))


def image(size, channels, batch=1):
    """Values and shape of a batch of images."""
    shape = (batch, size, size, channels)
    values = np.random.default_rng(SEED).uniform(-1, 1, shape).astype("f")
    return {"image": values.ravel(), "shape": shape}


def files(network):
    """A network's saved files, with weights that let neither fade nor explode what passes."""
    rng = np.random.default_rng(SEED)
    for weight in network.weights:
        depthwise = weight.ndim == 4 and weight.shape[3] == 1 and weight.shape[2] > 1
        inputs = 9 if depthwise else math.prod(weight.shape[:-1])
        # Probabilities should reach some tenths: flat ones would hide errors.
        inputs /= 8 if weight.shape[-1] == CLASSES else 1
        deviation = math.sqrt(2 / inputs) if weight.ndim > 1 else 0.1
        weight.assign(tfpy.tensor(rng.normal(0, deviation, weight.shape).astype("f")))
    with tempfile.TemporaryDirectory() as folder:
        network.save(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}
