"""Complex numbers beyond what samples say: gradients, plans, variables, refusals, display."""

import asyncio

import numpy as np
import pytest

import tfpy
from tfpy.testing import assert_close, check_grads


@pytest.fixture(autouse=True, params=["numpy", "webgl"])
def backend(request, use_backend):
    use_backend(request.param)
    return request.param


A = np.array([[1 + 2j, -0.5j], [3 + 0j, -1 - 1j]], "complex64")


def test_making_and_reading():
    x = tfpy.tensor(A)
    assert x.dtype is tfpy.complex64
    assert x.data_sync().tolist() == A.view("float32").reshape(-1).tolist()
    assert x.tolist() == A.tolist() == asyncio.run(x.array())
    assert x[0, 0].item() == complex(x[0, 0]) == 1 + 2j
    assert (x.numpy() == A).all()
    assert tfpy.tensor([1, 2j]).dtype is tfpy.complex64
    assert repr(tfpy.tensor([1 + 2j, -0.5j])) == "tfpy.tensor([  1.+2.j, -0.-0.5j])"


def test_weak_scalars():
    x = tfpy.tensor(A)
    assert (x * 2).dtype is tfpy.complex64
    assert (tfpy.tensor([1.0]) * 1j).dtype is tfpy.complex64
    assert_close((2 - x).numpy(), 2 - A)


def test_gradients_to_second_order(use_backend):
    use_backend("numpy")
    rng = np.random.default_rng(0)
    parts = [tfpy.tensor(rng.uniform(0.5, 1, 3), dtype="float64") for _ in range(2)]
    for name in (
        "exp",
        "log",
        "sqrt",
        "sin",
        "cos",
        "tanh",
        "square",
        "reciprocal",
        "sign",
        "expm1",
        "log1p",
    ):
        op = getattr(tfpy, name)
        check_grads(lambda re, im, op=op: tfpy.abs(op(tfpy.complex(re, im)) + 1j), parts, order=2)

    check_grads(lambda re, im: tfpy.real(tfpy.prod(tfpy.complex(re, im))), parts, order=2)

    def product(re, im):
        z = tfpy.complex(re, im)
        return tfpy.real(z * tfpy.conj(z / (z + 2.0)) ** 2.0)

    check_grads(product, parts, order=2)


def test_gradient_of_a_complex_tensor():
    z = tfpy.tensor([1 + 1j])
    assert_close(tfpy.grad(lambda z: tfpy.abs(z * z).sum())(z).numpy(), [2 + 2j])


def test_gradient_at_zero_is_a_number():
    assert tfpy.grad(lambda z: tfpy.abs(z).sum())(tfpy.tensor([0j])).tolist() == [0j]


def test_plans_and_variables():
    x = tfpy.tensor(A)
    step = tfpy.function(lambda z: (tfpy.exp(z) * 2, tfpy.real(z)))
    for _ in range(2):
        y, re = step(x)
        assert y.dtype is tfpy.complex64
        assert_close(y.numpy(), np.exp(A) * 2, 1e-5)
        assert_close(re.numpy(), A.real)
    weight = tfpy.Variable(x)

    @tfpy.function
    def double():
        weight.assign(weight * 2.0)
        return tfpy.imag(weight)

    assert_close(double().numpy(), 2 * A.imag)
    assert_close(weight.numpy(), 2 * A)


def test_moving_between_backends(backend, use_backend):
    x = tfpy.tensor(A) * 1.0
    use_backend("webgl" if backend == "numpy" else "numpy")
    assert_close((x + 1.0).numpy(), A + 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tfpy.maximum(x, x),
        lambda x: x < x,
        lambda x: tfpy.softmax(x),
        lambda x: tfpy.argmax(x),
        lambda x: tfpy.relu(x),
        lambda x: tfpy.floor(x),
        lambda x: tfpy.complex(x, 1.0),
        lambda x: x % 2,
        lambda x: x & x,
    ],
)
def test_refusing(call):
    with pytest.raises(tfpy.DTypeError, match="complex"):
        call(tfpy.tensor(A))


def test_no_complex128_without_float64(backend):
    if backend == "numpy":
        assert tfpy.tensor([1j], dtype="complex128").dtype is tfpy.complex128
    else:
        with pytest.raises(tfpy.DTypeError, match="float64"):
            tfpy.tensor([1j], dtype="complex128")
