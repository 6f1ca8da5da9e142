"""Random computations for comparing plans with eager execution, natively and in pages.

Pure Python on the `tfpy` it is given: a page runs this file as it stands.
"""

import math
import random

#: Of the inputs: scalars, vectors, matrices, and images that come to lie in blocks on WebGL.
SHAPES = [
    *((), (1,), (3,), (4, 1), (4, 3), (2, 4, 3), (2, 1, 8), (5, 8)),
    *((1, 6, 5, 8), (2, 7, 7, 8), (2, 5, 4, 6), (1, 3, 6, 12)),
]
#: For images of 8, 6 and 12 channels: a point, a window, and one window for each channel.
FILTERS = [
    *((1, 1, 8, 8), (3, 3, 8, 16), (3, 3, 8, 1)),
    *((1, 1, 6, 42), (3, 3, 6, 12), (3, 3, 6, 1)),
    *((1, 1, 12, 6), (3, 3, 12, 20), (3, 3, 12, 1)),
]
UNARY = ["relu", "tanh", "negative", "square", "sigmoid", "abs", "relu6", "exp"]
BINARY = ["add", "subtract", "multiply", "maximum", "squared_difference"]
#: Number of kinds that `grow` knows.
KINDS = 10


def grow(tfpy, values, filters, pick):
    """One more value, made of earlier ones as the numbers `pick` say."""
    kind, i, j, k = pick
    a, b = values[i % len(values)], values[j % len(values)]
    if kind == 1:
        try:
            return getattr(tfpy, BINARY[k % len(BINARY)])(a, b)
        except tfpy.errors.ShapeError:
            return a + 1.0
    if kind == 2 and a.ndim:
        return (tfpy.sum, tfpy.max, tfpy.mean)[k % 3](a, k % a.ndim, keepdims=bool(k & 1))
    if kind == 3:
        return (tfpy.reshape(a, (-1,)), tfpy.transpose(a), a * 0.5 - 1.0)[k % 3]
    if kind == 4 and a.ndim == b.ndim == 2 and a.shape[0] == b.shape[0]:
        return tfpy.tanh(tfpy.matmul(a, b, transpose_a=True))
    if kind == 5 and a.ndim == b.ndim == 1:
        return tfpy.concat([a, b])
    if kind == 6 and a.ndim:
        return tfpy.softmax(a)
    if kind in (7, 8) and a.ndim == 4:
        return image(tfpy, a, filters, k)
    if kind == 9:
        return tfpy.where(a > 0.0, a, -a)
    return getattr(tfpy, UNARY[k % len(UNARY)])(tfpy.clip_by_value(a, -3, 3))


def image(tfpy, x, filters, k):
    """What convolutional networks do with an image."""
    own = [w for w in filters if w.shape[2] == x.shape[3]]
    if own and min(x.shape[1:3]) > 2:
        padding = "same" if k & 1 else "valid"
        if k % 3 == 2:
            return tfpy.depthwise_conv2d(x, own[2], 1 + k % 2, "same")
        return tfpy.tanh(tfpy.conv2d(x, own[k % 3], 1 + k % 2, padding) * 0.1)
    pool = tfpy.max_pool if k & 1 else tfpy.avg_pool
    return pool(x, 2, 2, "same")


def uniform(tfpy, rng, shape):
    """Values between -2 and 2."""
    values = [rng.uniform(-2, 2) for _ in range(math.prod(shape))]
    return tfpy.tensor(values, shape=shape)


def compare(tfpy, seed, picks, constant):
    """Run the computation that `picks` describe eagerly and as a plan, twice; what differs.

    Args:
        tfpy: the module, on the backend to test.
        seed: of the inputs' values.
        picks: see `grow`.
        constant: for each input whether the function captures it.

    Returns:
        A message for each value that differs by more than 1e-4, relative or absolute.
    """
    rng = random.Random(seed)
    inputs = [uniform(tfpy, rng, shape) for shape in SHAPES]
    filters = [uniform(tfpy, rng, shape) for shape in FILTERS]

    def function(xs):
        values = [x if c else y for x, y, c in zip(inputs, xs, constant, strict=True)]
        for pick in picks:
            values.append(grow(tfpy, values, filters, pick))
        return values[len(SHAPES) :]

    eager, planned = function(inputs), tfpy.function(function)
    wrong = []
    for run in range(2):
        for n, (a, b) in enumerate(zip(planned(inputs), eager, strict=True)):
            same = a.spec == b.spec and all(map(close, a.data_sync(), b.data_sync()))
            if not same:
                wrong.append(f"run {run}, value {n} of {picks} with seed {seed}: {a} is not {b}")
    return wrong


def close(a, b):
    """Whether two numbers are equal, or nearly."""
    return a == b or math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4) or (a != a and b != b)


def fuzz(tfpy, seeds):
    """`compare` on computations drawn from each of `seeds`; all that differs."""
    wrong = []
    for seed in seeds:
        rng = random.Random(seed)
        length = rng.randint(1, 14)
        picks = [
            (rng.randrange(KINDS), *(rng.randrange(41) for _ in range(3))) for _ in range(length)
        ]
        wrong += compare(tfpy, seed, picks, [rng.random() < 0.3 for _ in SHAPES])
    return wrong
