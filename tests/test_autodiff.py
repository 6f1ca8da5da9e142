"""Gradients through the public interface; the rules themselves are tested by samples."""

import math

import pytest

import tfpy
from tfpy.testing import assert_close, assert_no_leak, check_grads


def test_grad_and_higher_orders():
    cube = tfpy.grad(lambda x: x**3)
    assert float(cube(tfpy.tensor(2.0))) == 12.0
    assert float(tfpy.grad(cube)(tfpy.tensor(2.0))) == 12.0
    assert float(tfpy.grad(tfpy.grad(cube))(tfpy.tensor(2.0))) == pytest.approx(6.0)


@pytest.mark.parametrize("name", ["sigmoid", "exp", "tanh"])
def test_second_derivatives_inside_larger_expressions(name):
    """Where TF.js is silently wrong."""
    function = getattr(tfpy, name)
    check_grads(lambda x: (function(x) * x).sum(), [tfpy.tensor([0.3, -1.2])], order=3)


def test_softmax_cross_entropy_second_order():
    check_grads(lambda x: (tfpy.log_softmax(x) * x).sum(), [tfpy.tensor([[0.3, -1.2, 2.0]])])


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0])
def test_whole_powers_are_smooth_at_zero_and_below(exponent):
    """The rule's x^(n-1) is infinite at 0 where the factor before it is 0."""
    x = tfpy.tensor([0.0, 1.0, -2.0])
    check_grads(lambda x: x**exponent, [x])
    check_grads(lambda x: x ** tfpy.tensor([exponent, 1.0, 3.0], dtype=x.dtype), [x])


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_gradients_of_powers_where_base_and_exponent_are_zero(backend, use_backend):
    use_backend(backend)
    assert tfpy.grad(lambda x: x**0.0 + x**1.0 + x**2.0)([0.0, 1.0]).tolist() == [1.0, 3.0]
    assert tfpy.grad(tfpy.grad(lambda x: x**1.0))([0.0]).tolist() == [0.0]
    zeros, exponents = tfpy.zeros((4,)), tfpy.tensor([0.0, 1.0, 2.0, 3.0])
    to_base, to_exponent = tfpy.grads(tfpy.pow)([zeros, exponents])
    assert to_base.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert to_exponent.tolist() == [0.0] * 4
    # Both at once: the slope of a^b to a is b / a where b is 0, and its slope to b 1 / a.
    mixed = tfpy.grad(lambda b: tfpy.grad(lambda a: tfpy.pow(a, b))(tfpy.tensor([2.0])))
    assert mixed([0.0]).tolist() == [0.5]


def test_grads_and_values():
    value, (da, db) = tfpy.value_and_grads(lambda a, b: a * b)([3.0, 4.0])
    assert (float(value), float(da), float(db)) == (12.0, 4.0, 3.0)
    x = tfpy.tensor(3.0)
    da, db = tfpy.grads(lambda a, b: a * a * b)([x, x])
    assert (float(da), float(db)) == (18.0, 9.0)
    assert tfpy.grad(lambda x: x * 2)([1.0, 1.0], dy=[1.0, 10.0]).tolist() == [2.0, 20.0]


def test_variable_grads():
    w, b = tfpy.Variable([2.0], name="w"), tfpy.Variable([1.0], name="b")
    frozen = tfpy.Variable([5.0], trainable=False)
    value, grads = tfpy.variable_grads(lambda: ((w * 3 + b) * frozen).sum())
    assert float(value) == 35.0
    assert {k: g.tolist() for k, g in grads.items()} == {"w": [15.0], "b": [5.0]}
    _, only = tfpy.variable_grads(lambda: (w * b).sum(), [b])
    assert list(only) == ["b"]


def test_a_variable_assigned_after_its_use_is_differentiated_at_the_old_value():
    w = tfpy.Variable([2.0])
    with tfpy.GradientTape() as tape:
        y = (w * w).sum()
        w.assign([100.0])
    assert tape.gradient(y, w).tolist() == [4.0]


def test_tape():
    x, unused = tfpy.tensor([1.0, 2.0]), tfpy.tensor([1.0])
    with tfpy.GradientTape() as tape:
        tape.watch([x, unused])
        y = x[0] * x[1]
    assert tape.gradient(y, [x, unused])[1] is None
    assert tape.gradient(y, x).tolist() == [2.0, 1.0]


def test_stop_gradient_and_integer_paths():
    grad = tfpy.grad(lambda x: (x * tfpy.stop_gradient(x)).sum())
    assert grad([3.0]).tolist() == [3.0]
    counted = tfpy.grad(lambda x: x.sum() * tfpy.cast(tfpy.argmax(x), "float32"))
    assert counted([1.0, 5.0]).tolist() == [1.0, 1.0]


def test_custom_gradient_and_its_gradient():
    @tfpy.custom_gradient
    def double(x):
        return x * 2, lambda g: g * x * 10

    assert float(tfpy.grad(double)(tfpy.tensor(3.0))) == 30.0
    assert float(tfpy.grad(tfpy.grad(double))(tfpy.tensor(3.0))) == 10.0


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: tfpy.grad(lambda x: tfpy.tensor(1.0))(2.0), "does not depend on argument 0"),
        (lambda: tfpy.grad(lambda x: x)(2), "int32"),
        (lambda: tfpy.grad(lambda x: 5)(2.0), "must return a tensor"),
        (lambda: tfpy.grad(lambda x: tfpy.argmax(x))([2.0]), "int32 result"),
        (lambda: tfpy.variable_grads(lambda: tfpy.tensor(1.0)), "no trainable variable"),
        (lambda: tfpy.variable_grads(lambda: tfpy.Variable([1.0, 2.0]) * 2), "scalar"),
    ],
)
def test_impossible_gradients(work, message):
    with pytest.raises(tfpy.GradientError, match=message):
        work()


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_a_training_step_leaves_nothing_behind(backend, use_backend):
    use_backend(backend)
    w = tfpy.Variable(tfpy.random_normal((8, 4), seed=0))
    x = tfpy.random_normal((16, 8), seed=1)

    def step():
        _, grads = tfpy.variable_grads(lambda: tfpy.softmax(x @ w).max(axis=-1).mean())
        w.assign_sub(grads[w.name] * 0.1)

    step()
    with assert_no_leak():
        step()


def test_linear_regression_converges():
    """The first example of TF.js: y = 2 x - 1."""
    w, b = tfpy.Variable(0.0), tfpy.Variable(0.0)
    x, y = tfpy.tensor([1.0, 2.0, 3.0, 4.0]), tfpy.tensor([1.0, 3.0, 5.0, 7.0])
    for _ in range(500):
        _, grads = tfpy.variable_grads(lambda: ((x * w + b - y) ** 2).mean())
        for v in (w, b):
            v.assign_sub(grads[v.name] * 0.05)
    assert float(w * 5 + b) == pytest.approx(9.0, abs=1e-2)


# ------------------------------------------------------------------- the helpers can fail too


def test_check_grads_notices_a_wrong_gradient():
    wrong = tfpy.custom_gradient(lambda x: (x * x, lambda g: g * x * 2.001))
    with pytest.raises(AssertionError, match="finite differences"):
        check_grads(wrong, [tfpy.tensor([1.0, 2.0])], order=1)


def test_check_grads_notices_a_wrong_second_gradient():
    wrong = tfpy.custom_gradient(lambda x: (x * x, lambda g: g * tfpy.stop_gradient(x) * 2.0))
    check_grads(wrong, [tfpy.tensor([1.0, 2.0])], order=1)
    with pytest.raises(AssertionError, match="finite differences"):
        check_grads(wrong, [tfpy.tensor([1.0, 2.0])], order=2)


def test_assert_close_notices_differences():
    assert_close([1.0, math.nan, math.inf], [1.0, math.nan, math.inf])
    for got, want in [([1.0], [1.1]), ([1.0], [[1.0]]), ([math.nan], [1.0]), ([1], [2])]:
        with pytest.raises(AssertionError):
            assert_close(got, want)


def test_assert_no_leak_notices_one():
    kept = []
    with pytest.raises(AssertionError, match="left behind"), assert_no_leak():
        kept.append(tfpy.ones((3,)))
