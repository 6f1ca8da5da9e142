"""Models run as plans without being asked, and nobody notices but the clock."""

import asyncio
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


def test_calls_of_layers_of_other_people_are_never_left_out():
    calls = []

    class Mine(L.Layer):
        def call(self, inputs):
            calls.append(inputs.shape)
            return inputs * 2.0

    model = tfpy.Sequential([L.Input((3,)), Mine(), tfpy.Sequential([L.Input((3,)), Mine()])])
    calls.clear()  # those that told the shapes
    for _ in range(3):
        assert model(tfpy.tensor([[1.0, 2.0, 3.0]])).tolist() == [[4.0, 8.0, 12.0]]
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


# ------------------------------------------------- predict of layers and models of ones own


class Scaled(L.Layer):
    """Somebody else's layer, which counts its calls and has an attribute."""

    def __init__(self, factor=2.0):
        super().__init__()
        self.factor, self.calls = factor, 0

    def call(self, inputs):
        self.calls += 1
        return inputs * self.factor


class Net(tfpy.Model):
    def __init__(self, units=3):
        super().__init__()
        self.inner, self.outer = L.Dense(8, "relu"), L.Dense(units, "softmax")

    def call(self, inputs):
        return self.outer(self.inner(inputs))


ROWS = np.linspace(-1, 1, 20, dtype=np.float32).reshape(4, 5)


def close(got, expected):
    np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


def with_layer(layer):
    return tfpy.Sequential([L.Input((5,)), L.Dense(8, "relu"), layer, L.Dense(3, "softmax")])


@pytest.mark.parametrize(
    "make",
    [Net, lambda: with_layer(Scaled()), lambda: with_layer(L.Lambda(lambda x: x * 2.0))],
    ids=["subclass", "layer", "lambda"],
)
def test_predict_is_a_plan_whoever_wrote_the_layers(make):
    model = make()
    for _ in range(3):
        close(model.predict(ROWS), model(tfpy.tensor(ROWS)))
    assert model.describe().count("backend") == 1
    model.predict(ROWS[:1])
    assert model.describe().count("backend") == 2


def test_a_layer_of_ones_own_is_called_once_for_a_shape_as_in_fit():
    layer = Scaled()
    model = with_layer(layer)
    drawn = layer.calls
    for _ in range(3):
        model.predict(ROWS, batch_size=2)
    assert layer.calls == drawn + 1
    model(tfpy.tensor(ROWS))
    model(tfpy.tensor(ROWS))
    assert layer.calls == drawn + 3


def test_attributes_are_taken_as_they_were_until_the_model_is_compiled():
    model = tfpy.Sequential([L.Input((1,)), Scaled()])
    assert model.predict([[1.0]]).tolist() == [[2.0]]
    model.layers[0].factor = 3.0
    assert model.predict([[1.0]]).tolist() == [[2.0]]
    model.compile()
    assert model.predict([[1.0]]).tolist() == [[3.0]]
    model.compile(run_eagerly=True)
    for factor in (4.0, 5.0):
        model.layers[0].factor = factor
        assert model.predict([[1.0]]).tolist() == [[factor]]
    with pytest.raises(tfpy.ArgumentError, match="no plan yet; call predict first"):
        model.describe()


def test_predict_runs_as_it_is_where_values_are_needed():
    class BySign(Scaled):
        def call(self, inputs):
            self.calls += 1
            return inputs if float(tfpy.sum(inputs)) > 0 else -inputs

    layer = BySign()
    model = tfpy.Sequential([L.Input((2,)), layer])
    drawn = layer.calls
    for _ in range(2):
        assert model.predict([[1.0, 2.0]]).tolist() == [[1.0, 2.0]]
        assert model.predict([[-1.0, -2.0]]).tolist() == [[1.0, 2.0]]
    assert layer.calls == drawn + 5  # one was given up
    with pytest.raises(tfpy.ArgumentError, match=r"without a plan, because .* needs the values"):
        model.dump()


def test_tensors_that_a_layer_keeps_have_values_after_predict():
    class Keeping(L.Layer):
        def call(self, inputs):
            self.seen = [inputs + 1.0]
            return inputs * 2.0

    model = tfpy.Sequential([L.Input((1,)), Keeping()])
    for value in (1.0, 2.0):
        assert model.predict([[value]]).tolist() == [[2 * value]]
        assert model.layers[0].seen[0].tolist() == [[value + 1]]
    with pytest.raises(tfpy.ArgumentError, match="keeps a tensor as its attribute seen"):
        model.describe()


def test_variables_that_a_call_assigns_go_on():
    class Counting(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.count = self.add_weight((), "zeros", name="count", trainable=False)

        def call(self, inputs):
            self.count.assign_add(1.0)
            return inputs + self.count

    model = Counting()
    assert [model.predict([[0.0]]).tolist() for _ in range(4)] == [[[n]] for n in (1, 2, 3, 4)]
    assert model.describe()


def test_what_a_call_draws_is_drawn_anew_in_plans():
    class Uncertain(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.dropout = L.Dropout(0.5)

        def call(self, inputs):
            return self.dropout(inputs, training=True)

    model = Uncertain()
    found = {tuple(model.predict(np.ones((1, 64), np.float32)).tolist()[0]) for _ in range(3)}
    assert len(found) == 3
    assert model.describe()


def test_other_weights_and_layers_are_noticed_in_plans_of_ones_own_models():
    model = Net()
    model.predict(ROWS)
    model.inner.kernel.assign(model.inner.kernel * 2.0)
    close(model.predict(ROWS), model(tfpy.tensor(ROWS)))
    model.outer = L.Dense(2)
    for _ in range(2):
        assert model.predict(ROWS).shape == (4, 2)
        close(model.predict(ROWS), model(tfpy.tensor(ROWS)))
    model.dispose()
    with pytest.raises(tfpy.DisposedError):
        model.predict(ROWS)


def test_outputs_of_ones_own_models_may_be_nested():
    class Nested(tfpy.Model):
        def call(self, inputs):
            return {"sum": inputs + 1.0, "both": (inputs, [inputs * 2.0])}

    model = Nested()
    for _ in range(2):
        found = model.predict([[1.0], [2.0]], batch_size=1)
        assert found["sum"].tolist() == [[2.0], [3.0]]
        assert found["both"][0].tolist() == [[1.0], [2.0]]
        assert found["both"][1][0].tolist() == [[2.0], [4.0]]
    assert model.describe().count("backend") == 1


def test_a_step_of_ones_own_is_part_of_the_plan():
    class Doubled(tfpy.Sequential):
        def predict_step(self, data):
            return super().predict_step(data) * 2.0

    model = Doubled([L.Input((2,)), L.ReLU()])
    for _ in range(2):
        assert model.predict([[1.0, -1.0]]).tolist() == [[2.0, 0.0]]
    assert "multiply" in model.dump()


def test_masks_come_out_of_plans_of_ones_own_models():
    class Masking(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.embedding = L.Embedding(5, 2, mask_zero=True)

        def call(self, inputs):
            return self.embedding(inputs)

    model = Masking()
    for _ in range(2):
        found = model.predict(np.array([[1, 0, 2]], np.int32))
        assert found._keras_mask.tolist() == [[True, False, True]]
    assert model.describe()


def test_warming_up_prepares_what_predict_runs():
    layer = Scaled()
    model = with_layer(layer)
    asyncio.run(model.warmup((4, 5)))
    calls = layer.calls
    close(model.predict(ROWS), model(tfpy.tensor(ROWS)))
    assert layer.calls == calls + 1  # that of `model(...)`
    assert model.describe().count("backend") == 1


def test_plans_of_predict_go_with_the_model():
    gc.collect()
    before = tfpy.memory()
    model = Net()
    model.predict(ROWS)
    del model
    gc.collect()
    after = tfpy.memory()
    for key in ("num_data_buffers", "num_textures"):
        assert after.get(key) == before.get(key)
