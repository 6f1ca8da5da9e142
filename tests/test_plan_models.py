"""Models run as plans without being asked, and nobody notices but the clock."""

import gc

import numpy as np
import pytest

import tfpy
from tests import goldens
from tfpy import layers as L
from tfpy.plan import automatic

X = np.linspace(-1, 1, 2 * 8 * 8 * 3, dtype=np.float32).reshape(2, 8, 8, 3)


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


@pytest.fixture
def model():
    tfpy.set_seed(3)
    made = tfpy.Sequential(
        [
            L.Input((8, 8, 3)),
            L.Conv2D(4, 3, padding="same", use_bias=False),
            L.BatchNormalization(),
            L.ReLU(),
            L.DepthwiseConv2D(3),
            L.BatchNormalization(),
            L.GlobalAveragePooling2D(),
            L.Dense(5, activation="softmax"),
        ]
    )
    for v in made.weights:
        v.assign(tfpy.abs(v) + tfpy.random_uniform(v.shape, 0.1, 0.9))
    yield made
    made.dispose()


def eagerly(model, x):
    return model.graph._run([tfpy.tensor(x)])[0].numpy()


def test_predict_is_a_plan_without_normalization(model):
    np.testing.assert_allclose(model.predict(X).numpy(), eagerly(model, X), rtol=1e-4, atol=1e-6)
    (plan,) = model.graph.plans.plans
    assert "rsqrt" not in plan.dump()
    assert plan.dump().count("multiply") == 1  # of the mean over the image
    assert plan.describe()["variables"] == 0
    assert plan.describe()["nodes"] < 16
    model(tfpy.tensor(X))
    assert len(model.graph.plans.plans) == 1
    model(tfpy.tensor(X[:1]))
    assert len(model.graph.plans.plans) == 2


def test_assigned_weights_are_noticed_and_then_followed(model):
    model.predict(X)
    for _ in range(3):
        for v in model.weights:
            v.assign(v * 1.25)
        expected = eagerly(model, X)
        np.testing.assert_allclose(model.predict(X).numpy(), expected, rtol=1e-4, atol=1e-6)
    (plan,) = model.graph.plans.plans
    assert plan.describe()["variables"] == len(model.weights)


def test_gradients_and_training_do_not_see_plans(model):
    model.predict(X)
    with tfpy.GradientTape() as tape:
        loss = tfpy.sum(tfpy.square(model(tfpy.tensor(X))))
    assert all(g is not None for g in tape.gradient(loss, model.trainable_weights))
    before = model.layers[1].moving_mean.numpy()
    model(tfpy.tensor(X), training=True)
    assert not np.allclose(model.layers[1].moving_mean.numpy(), before)
    np.testing.assert_allclose(model.predict(X).numpy(), eagerly(model, X), rtol=1e-4, atol=1e-6)


def test_disposing_frees_what_plans_hold():
    gc.collect()
    before = tfpy.memory()
    model = tfpy.Sequential([L.Input((64,)), L.Dense(64), L.BatchNormalization()])
    model.predict(np.ones((3, 64), np.float32))
    model.dispose()
    after = tfpy.memory()
    for key in ("num_data_buffers", "num_textures"):
        assert after.get(key) == before.get(key)
    with pytest.raises(tfpy.DisposedError):
        model.predict(np.ones((3, 64), np.float32))


def test_a_disposed_layer_is_noticed(model):
    model.predict(X)
    model.layers[0].dispose()
    with pytest.raises(tfpy.DisposedError):
        model.predict(X)


def test_layers_of_other_people_are_called_every_time():
    calls = []

    class Mine(L.Layer):
        def call(self, inputs):
            calls.append(inputs.shape)
            return inputs * 2.0

    model = tfpy.Sequential([L.Input((3,)), Mine(), tfpy.Sequential([L.Input((3,)), Mine()])])
    for _ in range(3):
        assert model.predict([[1.0, 2.0, 3.0]]).tolist() == [[4.0, 8.0, 12.0]]
    assert len(calls) == 6


def test_an_activation_that_reads_values_still_works():
    def by_sign(x):
        return x if float(tfpy.sum(x)) > 0 else -x

    model = tfpy.Sequential([L.Input((2,)), L.Dense(2, by_sign, kernel_initializer="ones")])
    for _ in range(2):
        assert model.predict([[1.0, 2.0]]).tolist() == [[3.0, 3.0]]
        assert model.predict([[-1.0, -2.0]]).tolist() == [[3.0, 3.0]]
    assert not model.graph.plans.plans


def test_many_shapes_do_not_make_many_plans():
    model = tfpy.Sequential([L.Input((None, 2)), L.Dense(1, kernel_initializer="ones")])
    for n in range(1, 2 * automatic.MAX_PLANS):
        assert model.predict(np.ones((1, n, 2), np.float32)).numpy().sum() == 2 * n
    assert len(model.graph.plans.plans) == automatic.MAX_PLANS


def test_tidy_around_a_prediction_takes_nothing_that_the_next_one_needs(model):
    expected = eagerly(model, X)
    for _ in range(2):
        got = tfpy.tidy(lambda: model.predict(X))
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["mobilenet_v2_050_96_fv", "blazeface"])
def test_graph_models_are_plans(models_dir, name):
    model = tfpy.load_graph_model_sync(models_dir / name)
    case = goldens.cases(models_dir, name)[0]
    with pytest.raises(tfpy.ArgumentError, match="no plan yet; call predict first"):
        model.dump()
    model.execute(tfpy.tensor(case.x), list(case.outputs))
    (program,) = model._programs.values()
    (segment,), (plan,) = program._segments, program.plans
    assert model.describe().count("traced") == 1
    assert plan.describe()["nodes"] < len(model._graph.nodes)
    expected = segment._compute([tfpy.tensor(case.x)])
    for a, b in zip(plan.run([tfpy.tensor(case.x)]), expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-4)
    model.dispose()
