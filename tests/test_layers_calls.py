"""What layers and models are called on: arrays of NumPy wherever tensors may stand, as in Keras."""

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L

A = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
B = np.array([[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]], "float32")


def test_a_model_of_two_inputs():
    a, b = L.Input((2,)), L.Input((3,))
    model = tfpy.Model([a, b], L.Concatenate()([a, b]))
    want = np.concatenate([A, B], axis=1)
    np.testing.assert_array_equal(model([A, B]), want)
    np.testing.assert_array_equal(model((A, B.tolist())), want)
    np.testing.assert_array_equal(model([tfpy.tensor(A), B]), want)


@pytest.mark.parametrize("name", ["Add", "Multiply", "Maximum", "Minimum", "Average", "Subtract"])
def test_arrays_are_merged(name):
    got = getattr(L, name)()([A, A[::-1]])
    want = getattr(keras.layers, name)()([A, A[::-1].copy()])
    np.testing.assert_allclose(got, np.asarray(want))


def test_attention_to_arrays():
    x = np.stack([A, A])
    given = L.Attention()([x, x], mask=[None, np.array([[True, False]] * 2)])
    want = keras.layers.Attention()([x, x], mask=[None, np.array([[True, False]] * 2)])
    np.testing.assert_allclose(given, np.asarray(want), rtol=1e-6)
    heads = L.MultiHeadAttention(2, 2)
    assert heads(x, x).shape == (2, 2, 2)
    mask = np.array([[[True, False], [True, True]]] * 2)
    got = heads(x, value=x, attention_mask=mask)
    np.testing.assert_array_equal(got, heads(tfpy.tensor(x), x, attention_mask=tfpy.tensor(mask)))


class Told(L.Layer):
    """Remembers what its call got."""

    def call(self, xs, other=None, flag=None):
        self.got = (xs, other, flag)
        return tfpy.zeros(())


def test_the_call_of_a_layer_gets_a_tensor_for_each_array():
    layer = Told()
    layer([A, {"b": B}], A, flag=[1, 2])
    (first, named), other, flag = layer.got
    assert [type(x) for x in (first, named["b"], other)] == [tfpy.Tensor] * 3
    assert named["b"].shape == (2, 3)
    assert flag == [1, 2]
    layer({"b": B})
    assert layer.got[0]["b"].shape == (2, 3)


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[np.float32(1), np.float32(2)]], [1.0, 2.0]])
def test_plain_numbers_are_one_tensor(rows):
    """Keras refuses them."""
    layer = Told()
    layer(rows)
    assert layer.got[0].shape == np.shape(rows)


def test_the_initial_state_of_a_recurrent_layer():
    x = np.stack([A, A])
    layer = L.GRU(3)
    got = layer(x, initial_state=B)
    np.testing.assert_array_equal(got, layer(tfpy.tensor(x), initial_state=tfpy.tensor(B)))


@pytest.mark.parametrize("several", [[A, A], [tfpy.tensor(A)], {"a": A}])
@pytest.mark.parametrize("layer", [L.Dense(3), L.Conv1D(3, 1)])
def test_layers_of_one_tensor_refuse_several(layer, several):
    with pytest.raises(tfpy.ArgumentError, match=r"takes one tensor, not a |and was given several"):
        layer(several)
