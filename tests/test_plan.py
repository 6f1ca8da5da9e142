"""Tracing, passes, `tfpy.function`: what a plan computes, keeps, re-reads and refuses."""

import gc

import numpy as np
import pytest

import tfpy
from tfpy.plan.compiled import Compiled

X = np.linspace(-2, 3, 12, dtype=np.float32).reshape(3, 4)


@pytest.fixture(params=["numpy", "webgl"], autouse=True)
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


def lines(function):
    """The operations of a function's plan, in order."""
    text = function.dump().split("\n")[1:-1]
    return [line.partition(" = ")[2].partition("(")[0] for line in text]


# -------------------------------------------------------------------------------------- tracing


def test_the_function_runs_once_per_signature():
    calls = []

    @tfpy.function
    def double(x, by=2):
        calls.append(x.shape)
        return x * by

    for _ in range(3):
        assert double(tfpy.tensor([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert double(tfpy.tensor([1.0])).tolist() == [2.0]
    assert double(tfpy.tensor([1]), by=3).tolist() == [3]
    assert double(tfpy.tensor([1]), by=3.0).tolist() == [3.0]
    assert len(calls) == 4


def test_structures_in_and_out():
    @tfpy.function
    def f(pair, options):
        a, b = pair
        return {"sum": a + b, "rest": [(a, options["k"]), None]}

    a, b = tfpy.tensor([1.0]), np.ones(1, np.float32)
    result = f((a, b), {"k": "name"})
    assert result["sum"].tolist() == [2.0]
    (first, k), nothing = result["rest"]
    assert (first.tolist(), k, nothing) == ([1.0], "name", None)


def test_several_outputs_of_one_operation():
    f = tfpy.function(lambda x: tfpy.top_k(x, 2))
    values, indices = f(tfpy.tensor([3.0, 1.0, 2.0]))
    assert (values.tolist(), indices.tolist()) == ([3.0, 2.0], [0, 2])


def test_captured_tensors_are_constants():
    weights = tfpy.tensor([2.0, 3.0])
    f = tfpy.function(lambda x: x * weights)
    x = tfpy.tensor([1.0, 1.0])
    assert f(x).tolist() == [2.0, 3.0]
    weights.dispose()
    assert f(x).tolist() == [2.0, 3.0]


def test_variables_are_read_at_every_call():
    w = tfpy.Variable([1.0])
    f = tfpy.function(lambda x: (x + w, x + w.value, x + tfpy.stop_gradient(w)))
    for value in (5.0, 7.0):
        w.assign([value])
        assert [y.tolist() for y in f(tfpy.tensor([1.0]))] == [[value + 1]] * 3


def test_assignments_happen_after_every_call():
    count = tfpy.Variable(0)
    f = tfpy.function(lambda x: (count.assign_add(1).read(), count.assign_add(x).read())[1])
    assert f(tfpy.tensor(10)).tolist() == 11
    assert f(tfpy.tensor(10)).tolist() == 22
    assert count.tolist() == 22


def test_a_failing_trace_leaves_variables_alone():
    w = tfpy.Variable([1.0])

    @tfpy.function
    def f(x):
        w.assign(x)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        f(tfpy.tensor([2.0]))
    assert w.tolist() == [1.0]
    assert (w + 1.0).tolist() == [2.0]


def test_a_train_step_is_one_plan():
    def step(w, x):
        with tfpy.GradientTape() as tape:
            loss = tfpy.mean(tfpy.square(x @ w - 1.0))
        w.assign_sub(0.1 * tape.gradient(loss, w))
        return loss

    eager, planned = (tfpy.Variable(np.ones((4, 2), np.float32)) for _ in range(2))
    run, x = tfpy.function(step), tfpy.tensor(X)
    for _ in range(3):
        np.testing.assert_allclose(run(planned, x).numpy(), step(eager, x).numpy(), rtol=1e-6)
    np.testing.assert_allclose(planned.numpy(), eager.numpy(), rtol=1e-6)
    assert len(run.plans) == 1


def test_under_a_tape_the_function_runs_as_it_is():
    f = tfpy.function(lambda x: x * x)
    assert tfpy.grad(f)(tfpy.tensor(3.0)).tolist() == 6.0
    assert not f.plans


def test_a_function_inside_another_is_part_of_its_plan():
    inner = tfpy.function(lambda x: x + 1.0)
    outer = tfpy.function(lambda x: inner(x) * 2.0)
    assert outer(tfpy.tensor([1.0])).tolist() == [4.0]
    assert not inner.plans


def test_random_values_are_drawn_at_every_call():
    f = tfpy.function(
        lambda x: (x + tfpy.random_uniform((3,)), x + tfpy.random_uniform((3,), seed=1))
    )
    x = tfpy.zeros((3,))
    tfpy.set_seed(5)
    planned = [[y.tolist() for y in f(x)] for _ in range(2)]
    tfpy.set_seed(5)
    eager = [[y.tolist() for y in f._function(x)] for _ in range(2)]
    assert planned == eager
    assert planned[0][0] != planned[1][0]
    assert planned[0][1] == planned[1][1]


def test_layers_may_be_built_while_tracing():
    layer = tfpy.layers.Dense(2)
    f = tfpy.function(layer)
    first = f(tfpy.tensor(X))
    np.testing.assert_allclose(first.numpy(), layer(tfpy.tensor(X)).numpy(), rtol=1e-6)
    layer.kernel.assign(layer.kernel * 2.0)
    np.testing.assert_allclose(f(tfpy.tensor(X)).numpy(), 2 * first.numpy(), rtol=1e-6)


def test_values_that_depend_on_no_input_can_be_read():
    @tfpy.function
    def f(x):
        n = int(tfpy.sum(tfpy.tensor([1, 2])))
        return x * n if tfpy.tensor(1.0) > 0 else x

    assert f(tfpy.tensor([1.0])).tolist() == [3.0]


# --------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x if x > 0 else -x,
        lambda x: x * float(x),
        lambda x: x + x.numpy(),
        lambda x: [x] * int(x),
        lambda x: x.tolist(),
    ],
)
def test_reading_values_names_the_line(read):
    with pytest.raises(tfpy.TraceError, match=r"test_plan\.py, line \d+ .*traced") as error:
        tfpy.function(read)(tfpy.tensor(1.0))
    assert "tfpy.where" in str(error.value)


def test_a_traced_tensor_can_be_shown():
    shown = []
    tfpy.function(lambda x: shown.append(repr(x)) or x)(tfpy.tensor([1.0]))
    assert shown == ["<tfpy.tensor of shape (1,), float32, traced>"]


def test_a_traced_tensor_that_got_out_is_refused():
    out = []
    tfpy.function(lambda x: out.append(x) or x)(tfpy.tensor([1.0]))
    with pytest.raises(tfpy.TraceError):
        out[0] + 1.0
    with pytest.raises(tfpy.TraceError, match="another trace"):
        tfpy.function(lambda x: x + out[0])(tfpy.tensor([1.0]))


def test_a_variable_of_traced_values_is_refused():
    with pytest.raises(tfpy.TraceError, match="makes a variable"):
        tfpy.function(lambda x: tfpy.Variable(x))(tfpy.tensor([1.0]))


def test_other_refusals():
    with pytest.raises(tfpy.TraceError, match="not hashable"):
        tfpy.function(lambda x, y: x)(tfpy.tensor(1.0), {1, 2})
    with pytest.raises(tfpy.TraceError, match="set_backend"):
        tfpy.function(lambda x: tfpy.set_backend("numpy"))(tfpy.tensor(1.0))
    with pytest.raises(tfpy.ShapeError):
        tfpy.function(lambda x: x + tfpy.ones((7,)))(tfpy.tensor([1.0, 2.0]))


def test_the_text_of_a_long_plan_takes_time_in_proportion():
    class Counting(dict):
        asked = 0

        def __contains__(self, value):
            self.asked += 1
            return super().__contains__(value)

    def chain(x):
        for _ in range(200):
            x = tfpy.tanh(x)
        return x

    f = tfpy.function(chain)
    f(tfpy.tensor(X))
    graph = f.plans[0].graph
    graph.constants = Counting(graph.constants)
    assert "%200: float32[3, 4] = tanh(%199)" in graph.dump()
    assert graph.constants.asked <= 300


# --------------------------------------------------------------------------------------- passes


def test_equal_unused_and_idle_nodes_go():
    @tfpy.function
    def f(x):
        tfpy.exp(x)
        a = tfpy.tanh(x.reshape((4, 3)).reshape((12,)).reshape((3, 4)))
        return a + tfpy.tanh(x) * tfpy.sum(tfpy.ones((3,)))

    np.testing.assert_allclose(f(tfpy.tensor(X)).numpy(), 4 * np.tanh(X), rtol=1e-5)
    assert lines(f) == ["tanh", "multiply", "add"]


def test_reshapes_come_behind_what_finishes_a_product():
    w, b = tfpy.tensor(X.T), tfpy.tensor([1.0, 2.0, 3.0])
    x, other = tfpy.tensor(X.reshape(3, 1, 4)), tfpy.ones((3, 1, 3))

    def function(x, other):
        return tfpy.relu(tfpy.matmul(x, w) * 0.5 + b.reshape((1, 1, 3)) - other)

    f = tfpy.function(function)
    np.testing.assert_allclose(f(x, other).numpy(), function(x, other).numpy(), rtol=1e-5)
    product = ["reshape", "batch_matmul", "multiply", "add"]
    assert lines(f) == [*product, "reshape", "subtract", "relu", "reshape"]

    @tfpy.function
    def typed(x):
        return tfpy.matmul(x, w) > 0.0

    assert typed(x).shape == (3, 1, 3)
    assert lines(typed) == ["reshape", "batch_matmul", "reshape", "greater"]


def test_composites_with_a_kernel_stay_whole(backend):
    f = tfpy.function(lambda x: tfpy.softmax(x))
    f(tfpy.tensor(X))
    assert ("softmax_axis" in lines(f)) == (backend == "webgl")


def normalized(x, filters, convolve, scale=True):
    c = filters.shape[2] * (filters.shape[3] if convolve is tfpy.depthwise_conv2d else 1)
    c = c if convolve is tfpy.depthwise_conv2d else filters.shape[3]
    one = tfpy.tensor(np.linspace(0.5, 2, c, dtype=np.float32))
    y = convolve(x, filters, 1, "same")
    return tfpy.relu(tfpy.batch_normalization(y, one, one * 2.0, one * 3.0, one if scale else None))


@pytest.mark.parametrize("convolve", [tfpy.conv2d, tfpy.depthwise_conv2d])
@pytest.mark.parametrize("scale", [True, False])
def test_batch_normalization_goes_into_constant_filters(convolve, scale):
    rng = np.random.default_rng(0)
    filters = tfpy.tensor(rng.normal(size=(3, 3, 3, 2)).astype(np.float32))
    x = tfpy.tensor(rng.normal(size=(2, 5, 6, 3)).astype(np.float32))
    f = tfpy.function(lambda x: normalized(x, filters, convolve, scale))
    expected = normalized(x, filters, convolve, scale)
    np.testing.assert_allclose(f(x).numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)
    assert lines(f)[1:] == ["add", "relu"]


def test_batch_normalization_stays_where_the_convolution_has_other_users():
    filters = tfpy.tensor(np.ones((1, 1, 3, 2), np.float32))

    @tfpy.function
    def f(x):
        y = tfpy.conv2d(x, filters)
        return y, y * tfpy.tensor([2.0, 3.0]) + 1.0

    y, z = f(tfpy.ones((1, 2, 2, 3)))
    assert y.numpy().ravel()[0] == 3
    assert z.numpy().ravel()[:2].tolist() == [7, 10]
    assert lines(f) == ["conv2d_nhwc", "multiply", "add"]


# ------------------------------------------------------------------------------------ lifetimes


def test_a_plan_holds_its_constants_and_nothing_else():
    gc.collect()
    before = tfpy.memory()
    f = tfpy.function(lambda x: tfpy.exp(x) + tfpy.tensor(np.ones((50, 50), np.float32)))
    x = tfpy.zeros((50, 50))
    y = f(x)
    assert tfpy.memory()["num_tensors"] - before["num_tensors"] == 2
    del f, x, y
    assert tfpy.memory() == {**before, **{k: v for k, v in tfpy.memory().items() if "free" in k}}


def test_results_are_the_users_own():
    f = tfpy.function(lambda x: (x + 1.0, x))
    first, same = f(tfpy.tensor(X))
    f(tfpy.tensor(X + 5))
    np.testing.assert_allclose(first.numpy(), X + 1)
    np.testing.assert_allclose(same.numpy(), X)


def test_tidy_takes_what_a_plan_gave():
    f = tfpy.function(lambda x: x + 1.0)
    x = tfpy.tensor(X)
    with tfpy.tidy():
        y = f(x)
    assert y.is_disposed
    assert f(x).numpy()[0, 0] == X[0, 0] + 1


def test_frozen_variables_are_watched():
    w = tfpy.Variable([2.0])
    plan = Compiled(lambda x: [x * (w + 1.0)], [tfpy.TensorSpec((1,))], freeze=True)
    assert plan.describe()["nodes"] == 1
    assert plan.is_current()
    w.assign([5.0])
    assert not plan.is_current()


def test_describe():
    f = tfpy.function(lambda x: x + 1.0)
    assert "no plan yet" in f.describe()
    f(tfpy.tensor(X))
    assert "traced" in f.describe()
