"""Operators on symbolic tensors: what they draw computes as in Keras, and can be saved."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L

A = np.array([[1.0, 2.0, 3.0], [4.0, 0.5, -6.0]], "float32")
B = np.array([[5.0, 6.0, 7.0], [8.0, 9.0, 1.0]], "float32")

#: Expressions of two inputs, and the layers that they draw.
DRAWN = {
    "i + j": ["Add"],
    "i - j": ["Subtract"],
    "i * j": ["Multiply"],
    "i + i": ["Add"],
    "i * 2": ["Rescaling"],
    "2.5 * i": ["Rescaling"],
    "i + 1": ["Rescaling"],
    "1 + i": ["Rescaling"],
    "i - 1": ["Rescaling"],
    "1 - i": ["Rescaling"],
    "i / 4": ["Rescaling"],
    "-i": ["Rescaling"],
    "i * np.int64(2)": ["Rescaling"],
    "(i + j) * 0.5 - i": ["Add", "Rescaling", "Subtract"],
}


def model_of(layers, model, expression):
    i, j = layers.Input((3,), name="i"), layers.Input((3,), name="j")
    return model([i, j], eval(expression, {"i": i, "j": j, "np": np}))


@pytest.mark.parametrize("expression", DRAWN)
def test_what_they_draw_computes_as_in_keras(expression):
    model = model_of(L, tfpy.Model, expression)
    want = model_of(keras.layers, keras.Model, expression)([A, B])
    np.testing.assert_allclose(model([A, B]), np.asarray(want), rtol=1e-6)
    made = [type(layer).__name__ for layer in model.layers if not isinstance(layer, L.InputLayer)]
    assert made == DRAWN[expression]


def test_what_they_draw_is_saved(tmp_path):
    i, j = L.Input((3,)), L.Input((3,))
    model = tfpy.Model([i, j], 1 - (L.Dense(3)(i) + j) * 0.5 / 3 - i * j)
    want = model([A, B]).numpy()
    model.save(tmp_path / "model.keras")
    model.save(tmp_path / "folder")
    theirs = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(np.asarray(theirs([A, B])), want, rtol=1e-5)
    again = [
        tfpy.load_model(str(tmp_path / "model.keras")),
        asyncio.run(tfpy.load_layers_model(str(tmp_path / "folder"))),
    ]
    for found in again:
        np.testing.assert_array_equal(found([A, B]), want)


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        ("n * 2", "int32"),
        ("1 - n", "int32"),
        ("n * 0.5", "float32"),
        ("n / 2", "float32"),
        ("n + x", "float32"),
        ("(n - x) * 2", "float32"),
    ],
)
def test_integers_stay_so_where_they_do_in_keras(expression, dtype):
    results = []
    for layers, model in ((keras.layers, keras.Model), (L, tfpy.Model)):
        n, x = layers.Input((3,), dtype="int32"), layers.Input((3,))
        y = eval(expression, {"n": n, "x": x})
        assert y.dtype == dtype
        made = model([n, x], y)([np.array([[3, 5, 7]], "int32"), A[:1]])
        assert made.dtype == dtype
        results.append(np.asarray(made))
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_shapes_broadcast():
    x, y = L.Input((2, 3)), L.Input((1, 3))
    assert (x * y).shape == (None, 2, 3)
    with pytest.raises(tfpy.ShapeError):
        x + L.Input((4,))


@pytest.mark.parametrize(
    "draw",
    [
        lambda i: i / i,
        lambda i: 1 / i,
        lambda i: i / 0,
        lambda i: i**2,
        lambda i: 2**i,
        lambda i: i // 2,
        lambda i: i % 2,
        lambda i: i @ i,
        lambda i: i > 0,
        lambda i: i <= 0,
        lambda i: abs(i),
        lambda i: i[:, 0],
        lambda i: list(i),
        lambda i: i + A,
        lambda i: A * i,
        lambda i: i + tfpy.ones((3,)),
        lambda i: tfpy.ones((3,)) - i,
        lambda i: i + "1",
        lambda i: tfpy.relu(i),
        lambda i: tfpy.concat([i, i]),
        lambda i: tfpy.reshape(i, (3,)),
        lambda i: tfpy.tensor(i),
        lambda i: float(i),
    ],
)
def test_the_rest_says_which_layer_does_it(draw):
    with pytest.raises(tfpy.TfpyError, match=r"a symbolic tensor.*Lambda\(lambda x: "):
        draw(L.Input((3,)))


def test_symbolic_tensors_are_told_apart_by_identity():
    i, j = L.Input((3,)), L.Input((3,))
    assert i != j
    assert j in [i, j]
    assert len({i, j}) == 2
    assert +i is i


def test_numbers_of_numpy_on_either_side():
    """Keras refuses those on the left."""
    i = L.Input((3,))
    for y in (np.float32(2) * i, i * np.float64(2), np.int64(2) * i):
        np.testing.assert_array_equal(tfpy.Model(i, y)(A), 2 * A)
