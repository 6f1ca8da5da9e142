"""What is fused into which programs, and that the fused programs compute the same."""

import numpy as np
import pytest

import tfpy
from kernels_webgl.fusion import MAX_INPUTS
from tests import webgl

rng = np.random.default_rng(1)


def draw(*shape):
    return rng.uniform(-2, 2, shape).astype(np.float32)


def check(function, *arrays, draws=None, rtol=1e-5):
    """The plan of `function` gives what eager execution gives, in `draws` draws."""
    with webgl.recorder(real=True) as backend:
        xs = [tfpy.tensor(a) for a in arrays]
        expected = function(*xs)
        planned = tfpy.function(function)
        planned(*xs)
        backend.device.gl.reset()
        got = planned(*xs)
        count = backend.device.gl.draws
        several = isinstance(got, (tuple, list))
        for a, b in zip(*((got, expected) if several else ([got], [expected])), strict=True):
            np.testing.assert_allclose(webgl.host(a), webgl.host(b), rtol=rtol, atol=1e-5)
    if draws is not None:
        assert count == draws


def test_a_chain_is_one_draw():
    check(lambda x: tfpy.relu6(tfpy.tanh(x * 0.5 + 1.0) - x), draw(33, 41), draws=1)


def test_a_tree_is_one_draw():
    check(lambda x, y: (x + y) * (x - y) / (tfpy.exp(x) + 1.0), draw(5, 7), draw(5, 7), draws=1)


def test_types_may_change_on_the_way():
    def function(x, n):
        positive = tfpy.logical_and(x > 0.0, x < 1.0)
        return tfpy.where(positive, x * tfpy.cast(n, "float32"), tfpy.leaky_relu(x, 0.3))

    check(function, draw(9, 5), np.arange(45, dtype=np.int32).reshape(9, 5), draws=1)


def test_integer_results():
    check(lambda x: tfpy.cast(tfpy.floor(x * 3.0), "int32") * 2 + 1, draw(9, 5), draws=1)


def test_a_value_with_two_takers_is_made_once():
    check(lambda x: (tfpy.exp(x) + 1.0, tfpy.exp(x) * 2.0), draw(40, 40), draws=3)


def test_a_wanted_value_is_made():
    def function(x):
        y = tfpy.tanh(x)
        return y, y + 1.0

    check(function, draw(40, 40), draws=2)


def test_operands_are_broadcast():
    check(lambda x, b: tfpy.relu(tfpy.square(x) + b), draw(6, 7), draw(7), draws=1)
    check(lambda x, b: tfpy.relu(tfpy.square(b) + x), draw(6, 7), draw(6, 1), draws=2)


@pytest.mark.parametrize("channels", [(8, 16), (8, 12), (3, 5)], ids=str)
@pytest.mark.parametrize("size", [6, 7, 1])
def test_bias_residual_and_activation_finish_a_convolution(channels, size):
    before, after = channels
    x, w = draw(2, size, size, before), draw(3, 3, before, after)
    bias, other = draw(after), draw(2, size, size, after)

    def function(x, w, bias, other):
        return tfpy.relu6((tfpy.conv2d(x, w, 1, "same") + bias) * 0.1 + other)

    # Image, filters and residual are packed first, where there is more than one pixel.
    check(function, x, w, bias, other, draws=4 if size > 1 else 1, rtol=1e-4)


@pytest.mark.parametrize("channels", [8, 6])
def test_bias_and_activation_finish_a_depthwise_convolution(channels):
    def function(x, w, b):
        return tfpy.relu(tfpy.depthwise_conv2d(x, w, 2, "same") + b)

    check(function, draw(1, 9, 8, channels), draw(3, 3, channels, 1), draw(channels), rtol=1e-4)


@pytest.mark.parametrize("shape", [(5, 6, 7), (64, 64, 64), (256, 128, 128)], ids=str)
def test_a_product_is_finished(shape):
    rows, inner, columns = shape
    bias = draw(columns)
    draws = 1 if rows < 256 else None
    check(
        lambda a, b: tfpy.tanh(a @ b * 0.01 + tfpy.tensor(bias)),
        *(draw(rows, inner), draw(inner, columns)),
        draws=draws,
        rtol=1e-4,
    )


@pytest.mark.parametrize("rows", [(4,), (2, 4), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("columns", [8, 5])
def test_a_product_of_any_rank_is_finished(rows, columns):
    w, bias = draw(8, columns), draw(columns)

    def function(x, w, bias, other):
        return tfpy.relu((tfpy.matmul(x, w) + bias) * 0.5 + other)

    check(function, draw(*rows, 8), w, bias, draw(*rows, columns), draws=1)


def test_what_a_product_of_rows_cannot_be_finished_with():
    x, w, one = draw(2, 4, 8), draw(8, 8), draw(1, 1, 1, 1)
    check(lambda x, w, b: tfpy.relu(x @ w + b), x, w, draw(2, 4, 1), draws=2)
    check(lambda x, w, b: tfpy.relu(x @ w + b), x, w, draw(4, 8), draws=2)
    check(lambda x, w: (x @ w, tfpy.relu(x @ w)), x, w, draws=2)
    check(lambda x, w, b: x @ w + b, x, w, draw(3, 2, 4, 8), draws=2)
    check(lambda x, w, b: x @ w + b, x, w, one, draws=2)
    # Both operands would be a draw of their own.
    check(lambda x, w: tfpy.where(x > 0.0, x @ w, x * 2.0), x, w, draws=2)


def test_products_that_are_split_into_heads_or_added_are_finished():
    def heads(x, w, bias):
        return ((x @ w).reshape((2, 16, 4, 8)) + bias) * 0.3

    check(heads, draw(2, 16, 32), draw(32, 32), draw(4, 8), draws=1)
    check(heads, draw(2, 16, 32), draw(32, 32), draw(1, 1, 4, 8), draws=1)
    check(lambda x, v, w: tfpy.tanh(x @ v + x @ w), draw(2, 3, 8), draw(8, 4), draw(8, 4), draws=2)


def test_convolutions_of_sequences_stay_in_blocks():
    def function(x, v, w, b):
        y = tfpy.relu(tfpy.conv1d(x, v, 1, "same") + b)
        return tfpy.relu(tfpy.conv1d(y, w, 1, "same") + b)

    arrays = draw(4, 9, 8), draw(3, 8, 8), draw(3, 8, 8), draw(8)
    # The image and both filters are packed before, and the result unpacked.
    check(function, *arrays, draws=6, rtol=1e-4)


def test_reductions_pools_and_copies_are_finished():
    check(lambda x: tfpy.sqrt(tfpy.mean(x, 1) + 3.0), draw(40, 30), draws=1)
    check(lambda x: tfpy.sum(x) * 2.0 + 1.0, draw(200, 200), rtol=1e-4)
    check(lambda x: tfpy.relu(tfpy.max_pool(x, 2, 2)), draw(1, 8, 8, 4), draws=1)
    check(lambda x: -tfpy.transpose(x), draw(7, 9), draws=1)
    check(lambda x: x[1:, ::2] + 1.0, draw(7, 9), draws=1)
    # Nothing to do but to share the data: what follows is a pass of its own.
    check(lambda x: tfpy.transpose(x) + 1.0, draw(1, 9), draws=1)


def test_what_a_reduction_takes_is_computed_while_it_reads():
    check(lambda x: tfpy.sqrt(tfpy.mean(tfpy.square(x), 1) + 1e-3), draw(40, 30), draws=1)
    check(lambda x: tfpy.max(tfpy.abs(x) - 1.0, 0), draw(9, 8), draws=1)
    check(lambda a, b: tfpy.mean((a - b) ** 2.0), draw(300, 401), draw(300, 401), draws=3)
    check(lambda a, b: tfpy.sum(a * b, (0, 2)) * 2.0, draw(4, 6, 8), draw(6, 1), draws=2)
    check(lambda a, n: tfpy.sum(tfpy.where(n > 3, a, -a)), draw(70), np.arange(70), draws=1)


def test_a_reduction_reads_what_others_take_too():
    def function(x):
        y = tfpy.exp(x)
        return y / tfpy.sum(y)

    check(function, draw(20, 20), draws=3)
    # Element by element it would compute each texel four times.
    check(lambda x: tfpy.sum(x * x, 0), draw(20, 5), draws=2)
    check(lambda x: tfpy.sum(x + 1.0, 0), draw(1, 8), draws=1)


def test_rows_joins_and_places_are_finished():
    check(lambda x: tfpy.softmax(x) * 2.0 + 1.0, draw(40, 30), draws=2)
    check(lambda x, y: tfpy.relu(tfpy.concat([x, y], 1)) + 1.0, draw(5, 4), draw(5, 3), draws=1)
    check(lambda x, y: tfpy.relu(tfpy.concat([x, y], 1)) + 1.0, draw(5, 4), draw(5, 8), draws=1)
    for shape in ((5, 4), (5, 3)):
        check(lambda x: tfpy.pad(x, ((1, 2), (4, 8))) * 2.0 + 1.0, draw(*shape), draws=1)
        rows = np.array([3, 0, 3], dtype=np.int32)
        check(lambda x, i: tfpy.tanh(tfpy.gather(x, i)) + x[:3], draw(*shape), rows, draws=2)


def test_two_convolutions_are_added_in_the_second():
    def function(x, v, w):
        return tfpy.relu(tfpy.conv2d(x, v) + tfpy.conv2d(x, w))

    check(function, draw(1, 5, 5, 3), draw(1, 1, 3, 4), draw(1, 1, 3, 4), draws=5)


def test_no_program_reads_more_than_it_may():
    arrays = [draw(5, 5) for _ in range(2 * MAX_INPUTS)]

    def function(*xs):
        total = xs[0]
        for x in xs[1:]:
            total = total * 0.5 + x
        return total

    check(function, *arrays, draws=3)


def test_equal_groups_share_a_program():
    w = draw(4, 4)

    def function(x):
        for _ in range(5):
            x = tfpy.relu(x @ tfpy.tensor(w) + 1.0)
        return x

    with webgl.recorder() as backend:
        tfpy.function(function)(tfpy.tensor(draw(4, 4)))
        assert backend.device.num_programs == 1


def test_a_train_step_is_few_draws():
    w, b = tfpy.Variable(draw(30, 20)), tfpy.Variable(draw(20))

    def step(x, y):
        with tfpy.GradientTape() as tape:
            loss = tfpy.mean(tfpy.square(tfpy.tanh(x @ w + b) - y))
        for v, g in zip((w, b), tape.gradient(loss, [w, b]), strict=True):
            v.assign_sub(0.1 * g)
        return loss

    with webgl.recorder() as backend:
        x, y = tfpy.tensor(draw(50, 30)), tfpy.tensor(draw(50, 20))
        counts = []
        for run in (step, tfpy.function(step)):
            run(x, y)
            backend.device.gl.reset()
            run(x, y)
            counts.append(backend.device.gl.draws)
        w.dispose()
        b.dispose()
    eager, planned = counts
    assert planned <= eager * 0.6
