"""Whole programs that people begin with: a line through four points, handwritten digits."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests import digits_training, webgl


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


#: Labels of 1, 2, 3 and 4, and what the line through them says of 5.
LINES = [([1, 3, 5, 7], 9.0), ([2, 4, 6, 8], 10.0)]


@pytest.mark.parametrize(("labels", "answer"), LINES)
def test_the_first_program_of_tfjs(labels, answer):
    """https://www.tensorflow.org/js/tutorials/setup, but trained until it has converged."""
    # const model = tf.sequential();
    model = tfpy.Sequential()
    # model.add(tf.layers.dense({units: 1, inputShape: [1]}));
    model.add(tfpy.layers.Dense(units=1, input_shape=[1]))
    # model.compile({loss: 'meanSquaredError', optimizer: 'sgd'});
    model.compile(loss="mean_squared_error", optimizer="sgd")
    # const xs = tf.tensor2d([1, 2, 3, 4], [4, 1]);
    xs = tfpy.tensor([1, 2, 3, 4], [4, 1])
    # const ys = tf.tensor2d([1, 3, 5, 7], [4, 1]);
    ys = tfpy.tensor(labels, [4, 1])
    # model.fit(xs, ys, {epochs: 10}).then(() => {
    model.fit(xs, ys, epochs=2500, verbose=0)
    # model.predict(tf.tensor2d([5], [1, 1])).print(); });
    got = model.predict(tfpy.tensor([5], [1, 1]))
    assert abs(float(got.numpy()[0, 0]) - answer) < 1e-2


@pytest.mark.parametrize(("labels", "answer"), LINES)
def test_the_same_with_variables_and_an_optimizer(labels, answer):
    # const xs = tf.tensor1d([1, 2, 3, 4]), ys = tf.tensor1d([1, 3, 5, 7]);
    xs, ys = tfpy.tensor([1.0, 2.0, 3.0, 4.0]), tfpy.tensor(labels, dtype="float32")
    # const m = tf.variable(tf.scalar(0)), b = tf.variable(tf.scalar(0));
    m, b = tfpy.Variable(0.0), tfpy.Variable(0.0)
    # const optimizer = tf.train.sgd(0.05);
    optimizer = tfpy.optimizers.SGD(0.05)
    # for (let i = 0; i < 500; i++)
    for _ in range(500):
        # optimizer.minimize(() => xs.mul(m).add(b).sub(ys).square().mean());
        optimizer.minimize(lambda: ((xs * m + b - ys) ** 2).mean())
    assert abs(float(m * 5.0 + b) - answer) < 1e-2


def test_digits_on_both_backends():
    samples = digits_training.samples()
    found = [asyncio.run(digits_training.learn(*samples))]
    with webgl.egl():
        found.append(asyncio.run(digits_training.learn(*samples)))
    assert all(one["accuracy"] >= digits_training.ACCURACY for one in found)
    losses = [one["losses"] for one in found]
    np.testing.assert_allclose(*losses, rtol=digits_training.LOSSES_RTOL)


def test_digits_are_held_back():
    images, labels = digits_training.samples()
    parts = digits_training.split(images, 64)
    (x, y), (held_x, held_y) = digits_training.tensors(images, labels)
    assert [len(p) // 64 for p in parts] == [len(y), len(held_y)] == [1437, 360]
    np.testing.assert_array_equal(held_y.numpy(), list(labels)[::5])
    np.testing.assert_array_equal(held_x.numpy()[1].ravel() * 16, list(images)[5 * 64 : 6 * 64])
    assert x.shape == (1437, 8, 8, 1)
