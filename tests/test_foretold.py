"""Layers and models of other people on symbolic tensors: shapes and types are those of `call`."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests.own_classes import Blocks, Halves, Keyed, Mean, Parts, Project, Sign, Summed, Weighted
from tfpy import layers as L
from tfpy.errors import ArgumentError, ShapeError


def found(x):
    return x.shape, str(x.dtype)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (Mean, (5, 6), (None, 6)),
        (Project, (5, 6), (None, 5, 4)),
        (Blocks, (None, 9, 3), (None, None, 4, 4)),
        (Sign, (5,), (None, 5)),
        (lambda: L.TimeDistributed(Mean()), (4, 5, 6), (None, 4, 6)),
    ],
)
def test_shapes(layer, shape, expected):
    x = L.Input(shape)
    assert found(layer()(x)) == (expected, "float32")
    assert layer().compute_output_shape(x.shape) == expected


def test_several_results():
    x = L.Input((5, 6))
    made = Parts()
    parts = made(x)
    assert {k: found(v) for k, v in parts.items()} == {
        "sum": ((None, 5), "float32"),
        "place": ((None, 5), "int32"),
    }
    assert made.losses == []
    values = np.random.default_rng(1).normal(size=(2, 5, 6)).astype("f")
    given = tfpy.Model(x, parts).predict(values)
    np.testing.assert_array_equal(given["place"].numpy(), values.argmax(-1))
    np.testing.assert_allclose(given["sum"].numpy(), values.sum(-1), 1e-5, 1e-6)
    a, b = Halves()(x)
    assert a.shape == b.shape == (None, 5, 3)
    joined = tfpy.Model(x, L.Concatenate()([b, a])).predict(values).numpy()
    np.testing.assert_array_equal(joined, np.concatenate([values[..., 3:], values[..., :3]], -1))


def test_other_arguments_are_foretold_too():
    x, w = L.Input((5, 6)), L.Input((1, 6))
    model = tfpy.Model([x, w], Weighted()(x, w))
    assert model.output_shape == (None, 5)
    result = model.predict([np.ones((2, 5, 6), "f"), np.full((2, 1, 6), 2, "f")])
    np.testing.assert_array_equal(result.numpy(), np.full((2, 5), 12.0))


def test_layers_after_it_are_built_for_what_it_gives():
    stack = [L.Input((5, 6)), Mean(), Project(), L.Dense(3)]
    model = tfpy.Sequential(stack)
    assert model.output_shape == (None, 3)
    assert model.compute_output_shape((7, 5, 6)) == (7, 3)
    assert model.predict(np.ones((2, 5, 6), "f")).shape == (2, 3)


def test_the_type_of_a_lambda():
    y = L.Lambda(lambda x: tfpy.argmax(x, -1))(L.Input((5, 6)))
    assert found(y) == ((None, 5), "int32")
    assert found(L.Lambda(lambda x: x, output_shape=(7,))(y)) == ((None, 7), "int32")


def test_a_subclass_within_a_model():
    x = {"a": L.Input((3,), name="a"), "b": L.Input((1,), name="b")}
    inner = Keyed()
    model = tfpy.Model(x, inner(x))
    assert model.output_shape == (None, 1)
    values = {"a": np.ones((2, 3), "f"), "b": np.ones((2, 1), "f")}
    np.testing.assert_allclose(model.predict(values).numpy(), inner(values).numpy(), 1e-5, 1e-6)


def test_a_subclass_takes_a_dict(tmp_path):
    rng = np.random.default_rng(2)
    x = {"a": rng.normal(size=(20, 3)).astype("f"), "b": rng.normal(size=(20, 1)).astype("f")}
    y = x["a"].sum(1, keepdims=True) - x["b"]
    model = Keyed()
    model.build({"a": (None, 3), "b": (None, 1)})
    assert model.count_params() == 11
    model.compile("adam", "mse")
    history = model.fit(x, y, epochs=3, validation_split=0.2, verbose=0).history
    assert history["loss"][2] < history["loss"][0]
    given = model.predict(x, batch_size=8).numpy()
    np.testing.assert_allclose(given, model(x).numpy(), 1e-5, 1e-6)
    model.save(tmp_path / "keyed.keras")
    loaded = tfpy.load_model(tmp_path / "keyed.keras", custom_objects={"Keyed": Keyed})
    np.testing.assert_allclose(loaded.predict(x).numpy(), given, 1e-5, 1e-6)


def test_subclasses_are_warmed_up():
    model = Summed()
    asyncio.run(model.warmup([(2, 3), (2, 2)]))
    assert "float32[2, 2]" in model.dump()
    assert model.predict([np.ones((2, 3), "f"), np.ones((2, 2), "f")]).shape == (2, 2)
    with pytest.raises(ArgumentError, match="give input_shape"):
        asyncio.run(Summed().warmup())
    with pytest.raises(ShapeError):
        asyncio.run(Summed().warmup([(2, 3), (2, 7)]))


@pytest.mark.parametrize("x", [tfpy.zeros((2, 3)), L.Input((3,))], ids=["tensor", "symbolic"])
def test_one_tensor_where_two_are_given(x):
    with pytest.raises(ArgumentError, match="take one tensor, and was given several"):
        L.Dense(3)([x, x])
