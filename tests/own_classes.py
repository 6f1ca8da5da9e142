"""Layers and models of a user's own, for tests natively and in pages, and what they compute there.

None of them says what shape it gives: tfpy is to find out.
"""

import math

import tfpy
from tfpy import layers as L


class Mean(L.Layer):
    def call(self, x):
        return tfpy.mean(x, axis=1)


class Project(L.Layer):
    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], 4))

    def call(self, x, training=False):
        return tfpy.tanh(x @ self.w)


class Parts(L.Layer):
    def call(self, x):
        self.add_loss(tfpy.mean(x))
        return {"sum": tfpy.sum(x, -1), "place": tfpy.argmax(x, -1)}


class Halves(L.Layer):
    def call(self, x):
        return tfpy.split(x, 2, axis=-1)


class Blocks(L.Layer):
    def __init__(self):
        super().__init__()
        self.conv, self.drop = L.Conv2D(4, 3, strides=2), L.Dropout(0.5)

    def call(self, x, training=False):
        return self.drop(self.conv(x), training=training)


class Sign(L.Layer):
    """Asks for values, which there are none of."""

    def call(self, x):
        return x if x.data_sync()[0] > 0 else -x


class Weighted(L.Layer):
    def call(self, x, weights):
        return tfpy.sum(x * weights, -1)


class Keyed(tfpy.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = L.Dense(2), L.Dense(1)

    def call(self, x, training=False):
        return self.last(self.first(x["a"]) + x["b"])


class Summed(tfpy.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(2)

    def call(self, x):
        return self.dense(x[0]) + x[1]


#: By name: a layer and the shape that it is called with, without the batch.
CASES = {
    "mean": (Mean, (5, 6)),
    "project": (Project, (5, 6)),
    "blocks": (Blocks, (None, 9, 3)),
    "parts": (Parts, (5, 6)),
    "halves": (Halves, (5, 6)),
    "distributed": (lambda: L.TimeDistributed(Mean()), (4, 5, 6)),
    "lambda": (lambda: L.Lambda(lambda x: tfpy.argmax(x, -1)), (5, 6)),
}


def wave(*shape, start=0):
    """Numbers from -1 to 1 of this shape, the same everywhere."""
    n = math.prod(shape)
    return tfpy.tensor([math.sin(0.7 * (start + i)) for i in range(n)], shape)


def listed(tensors):
    """One tensor or several, by the order of their keys, in one list."""
    if isinstance(tensors, dict):
        return [tensors[key] for key in sorted(tensors)]
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]


def symbolic(tensors):
    """Shapes and types of symbolic tensors."""
    return [[list(x.shape), str(x.dtype)] for x in listed(tensors)]


async def told(tensors):
    """Shapes, types and values of tensors."""
    return [[list(x.shape), str(x.dtype), list(await x.data())] for x in listed(tensors)]


def wave_weights(model):
    """Give a model weights that are the same everywhere."""
    model.set_weights([wave(*w.shape, start=i) for i, w in enumerate(model.weights)])


async def evaluate_layer(name):
    """What was foretold for a layer of `CASES`, and what a model of it gives, eagerly and as a plan
    that is made and played again.
    """
    make, shape = CASES[name]
    x = L.Input(shape)
    y = make()(x)
    model = tfpy.Model(x, y)
    wave_weights(model)
    values = wave(2, *(n or 11 for n in shape))
    results = [await told(model(values))]
    for _ in range(2):
        results.append(await told(await model.predict_async(values)))
    return symbolic(y), results


async def evaluate_models(path):
    """What subclassed models give: one of a dict that is trained, whose weights are saved at `path`
    and loaded into another, and one of two tensors that is warmed up.
    """
    x = {"a": wave(20, 3), "b": wave(20, 1, start=5)}
    y = wave(20, 1, start=9)
    keyed, loaded = Keyed(), Keyed()
    for model in (keyed, loaded):
        model.build({"a": (None, 3), "b": (None, 1)})
    wave_weights(keyed)
    keyed.compile("sgd", "mse")
    history = await keyed.fit_async(x, y, epochs=3, batch_size=5, shuffle=False, verbose=0)
    trained = await keyed.predict_async(x, batch_size=8)
    keyed.save_weights(path)
    loaded.load_weights(path)
    inner = {"a": L.Input((3,), name="a"), "b": L.Input((1,), name="b")}
    within = tfpy.Model(inner, loaded(inner))
    summed = Summed()
    await summed.warmup([(2, 3), (2, 2)])
    wave_weights(summed)
    pair = [wave(2, 3), wave(2, 2)]
    return {
        "losses": history.history["loss"],
        "trained": await told(trained),
        "loaded": await told(await loaded.predict_async(x)),
        "within": [symbolic(within.output), await told(await within.predict_async(x))],
        "summed": [await told(summed(pair)), await told(await summed.predict_async(pair))],
        "planned": "float32[2, 2]" in summed.dump(),
    }
