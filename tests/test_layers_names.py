"""Keras's other names for layers, functions that are layers, and arguments that ask for nothing."""

import numpy as np
import pytest

import tfpy
from tests.keras_on_jax import keras
from tfpy import layers as L

A = np.array([[1.0, 2.0, 3.0], [4.0, 0.5, -6.0]], "float32")

#: Classes of Keras 3 under another name, where tfpy has the class.
ALIASES = {
    name: cls.__name__
    for name, cls in vars(keras.layers).items()
    if isinstance(cls, type) and cls.__name__ != name and cls.__name__ in L.CLASSES
}


def test_other_names_of_classes():
    assert len(ALIASES) == 20
    for name, own in ALIASES.items():
        assert getattr(L, name) is L.CLASSES[own], name
        assert name in L.__all__


@pytest.mark.parametrize(
    "name", ["add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract", "dot"]
)
def test_functions_that_are_layers(name):
    got = getattr(L, name)([A, A[::-1].copy()])
    want = getattr(keras.layers, name)([A, A[::-1].copy()])
    np.testing.assert_allclose(got, np.asarray(want), rtol=1e-6)
    i = L.Input((3,))
    y = getattr(L, name)([i, i], name="here")
    assert y.name == "here"
    assert tfpy.Model(i, y)(A).shape == got.shape


def test_functions_take_the_options_of_their_layers():
    assert L.concatenate([A, A], axis=0).shape == (4, 3)
    np.testing.assert_allclose(L.dot([A, A], axes=1, normalize=True), [[1.0], [1.0]], rtol=1e-6)


#: Arguments of Keras that change nothing, and values that ask for what is not here.
TAKEN = [
    (L.Dense, {"units": 2}, {"autocast": True}, None),
    (L.Dense, {"units": 2}, {"lora_rank": None, "quantization_config": None}, {"lora_rank": 4}),
    (L.BatchNormalization, {}, {"synchronized": True, "renorm": False}, {"renorm": True}),
    (L.LSTM, {"units": 2}, {"use_cudnn": "auto"}, {"use_cudnn": True}),
    (L.GRU, {"units": 2}, {"use_cudnn": False}, {"use_cudnn": True}),
    (
        L.MultiHeadAttention,
        {"num_heads": 1, "key_dim": 2},
        {"flash_attention": None},
        {"flash_attention": True},
    ),
    (L.Embedding, {"input_dim": 2, "output_dim": 2}, {"input_length": 5}, None),
    (L.InputLayer, {"shape": (2,)}, {"sparse": False, "optional": False}, {"optional": True}),
    (L.Input, {"shape": (2,)}, {"sparse": None, "ragged": False, "tensor": None}, {"tensor": A}),
    (L.Input, {"shape": (2,)}, {}, {"sparse": True}),
    (L.StringLookup, {}, {"encoding": "utf-8"}, {"encoding": "latin-1"}),
]


@pytest.mark.parametrize(("make", "arguments", "taken", "refused"), TAKEN)
def test_arguments_that_ask_for_nothing(make, arguments, taken, refused):
    made = make(**arguments, **taken)
    if isinstance(made, L.Layer):
        assert not taken.keys() & made.get_config().keys() - {"sparse"}
    if refused:
        [key] = refused
        with pytest.raises(tfpy.ArgumentError, match=f"{key}=(.|\\n)* is not here"):
            make(**arguments, **refused)


def test_they_are_taken_from_files_too():
    """Keras writes them all down; that normalization is synchronized only on TensorFlow."""
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.BatchNormalization()])
    text = model.to_json().replace('"synchronized": false', '"synchronized": true')
    assert '"synchronized": true' in text
    assert tfpy.models.model_from_json(text).output_shape == (None, 3)


def test_initial_weights():
    table = A[:, :2]
    for given in (table, [table], tfpy.tensor(table)):
        layer = L.Embedding(2, 2, weights=given)
        np.testing.assert_array_equal(layer([1, 0]), table[::-1])
    with pytest.raises(tfpy.ShapeError):
        L.Embedding(3, 2, weights=table)([0])
    x = tfpy.ones((1, 2, 3))
    one = L.Bidirectional(L.GRU(2))
    want = one(x)
    again = L.Bidirectional(L.GRU(2), weights=one.get_weights())
    # To a rounding: products depend on where in memory their operands happen to lie.
    np.testing.assert_allclose(again(x), want, rtol=1e-6)


def test_the_mask_of_a_lambda():
    x = tfpy.ones((1, 3, 2))
    mask = tfpy.tensor([[True, False, True]])
    kept = L.Lambda(lambda x: x * 2, mask=lambda x, before: mask)(x)
    assert tfpy.masks.mask_of(kept).tolist() == mask.tolist()
    assert tfpy.masks.mask_of(L.Lambda(lambda x: x * 2, mask=mask)(x)).tolist() == mask.tolist()
    with pytest.raises(tfpy.ArgumentError, match="mask"):
        L.Lambda(lambda x: x, mask="all")


@pytest.mark.parametrize("shape", [3, 3.0, "3", tfpy.ones((3,)), {"a": 1}])
def test_a_shape_that_is_none(shape):
    with pytest.raises(tfpy.ArgumentError, match=r"shape .*as in Input\(\(3,\)\)"):
        L.Input(shape)
    with pytest.raises(tfpy.ArgumentError, match=r"shape .*as in Input\(\(3,\)\)"):
        L.Input(batch_shape=shape)


def test_sizes_that_are_none():
    with pytest.raises(tfpy.ArgumentError, match="must be an integer"):
        L.Input((3.5,))


def test_the_first_layers_input_dim():
    model = tfpy.Sequential([L.Dense(4, input_dim=3), L.Dense(1)])
    assert model.input_shape == (None, 3)
    assert L.Dense(4, input_dim=3).get_config()["batch_input_shape"] == [None, 3]
    with pytest.raises(tfpy.ArgumentError, match="input_dim"):
        L.Dense(4, input_dim=(3,))
