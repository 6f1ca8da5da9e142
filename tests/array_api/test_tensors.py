"""The namespace itself, devices, exchange with other libraries, refusals, gradients."""

import array_api_compat
import array_api_strict as strict
import einops
import einops.array_api
import numpy as np
import pytest

import tfpy
from tests.array_api.beside import KINDS, REAL, draw, over
from tfpy import array_api as xp
from tfpy.testing import assert_close, check_grads


def test_namespace(use_backend):
    x = tfpy.ones((2, 3))
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2023.12") is xp
    with pytest.raises(ValueError, match=r"there is 2024.12, not '2030.12'"):
        x.__array_namespace__(api_version="2030.12")
    assert array_api_compat.array_namespace(x, 1.0) is xp
    assert array_api_compat.is_array_api_obj(x)
    assert array_api_compat.size(x) == 6
    assert array_api_compat.device(x) == "numpy"


#: Of a later version of the standard, or of that implementation alone.
OTHERS = {"broadcast_shapes", "isin", "Device", "__version__"}


def test_no_name_is_missing():
    names = {n for n in strict.__all__ if "flags" not in n.lower()}
    assert {n for n in names if not hasattr(xp, n)} - OTHERS == set()


def test_info(use_backend):
    info = xp.__array_namespace_info__()
    assert info.default_device() == "numpy"
    assert "numpy" in info.devices()
    assert info.dtypes()["float64"] is xp.float64
    assert set(info.capabilities()) == {
        "boolean indexing",
        "data-dependent shapes",
        "max dimensions",
    }
    use_backend("webgl")
    assert info.default_device() == "webgl"
    assert set(info.dtypes(kind="real floating")) == {"float32"}
    assert "float64" in info.dtypes(device="numpy")


def test_devices(use_backend):
    x = tfpy.ones((2, 3))
    assert x.to_device("numpy") is x
    y = x.to_device("webgl")
    assert (x.device, y.device) == ("numpy", "webgl")
    assert y.tolist() == x.tolist()
    assert xp.zeros(3, device="webgl").device == "webgl"
    assert xp.asarray([1.0], device="webgl").device == "webgl"
    for values in ([[1 + 2j, 3j]], ["a", "b"]):
        z = tfpy.tensor(values).to_device("webgl")
        assert (z.device, z.tolist()) == ("webgl", values)
    with pytest.raises(tfpy.BackendError, match="unknown backend 'cuda'"):
        x.to_device("cuda")
    with pytest.raises(tfpy.DTypeError, match="to_device: the webgl backend has no float64"):
        xp.ones(2, dtype=xp.float64).to_device("webgl")


def test_dlpack(dtypes):
    for shape, name in over([(), (2, 3)], dtypes(*KINDS)):
        x = xp.asarray(draw(shape, name), dtype=name)
        assert x.__dlpack_device__() == (1, 0)
        array = np.from_dlpack(x)
        assert (array.dtype, array.shape) == (np.dtype(name), shape)
        assert array.tolist() == x.tolist()
        back = xp.from_dlpack(array)
        assert (back.dtype, back.tolist()) == (name, x.tolist())
    with pytest.raises(BufferError, match="copy=False"):
        x.__dlpack__(copy=False)
    with pytest.raises(ValueError, match="copy=False"):
        xp.from_dlpack(array, copy=False)


def test_buffers(dtypes):
    for shape, name in over([(), (3,), (2, 3)], dtypes("bool", *REAL)):
        x = xp.asarray(draw(shape, name), dtype=name)
        view = x.__buffer__(0)
        assert (view.shape, view.readonly, view.tolist()) == (shape, True, x.tolist())
        assert np.asarray(view).dtype == name
    with pytest.raises(BufferError):
        x.__buffer__(1)
    with pytest.raises(BufferError):
        tfpy.zeros((0,)).__buffer__(0)
    with pytest.raises(BufferError):
        tfpy.tensor([1j]).__buffer__(0)


def test_mt_refuses_vectors():
    with pytest.raises(tfpy.ShapeError, match="matrix_transpose: "):
        _ = tfpy.ones(3).mT


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: xp.matmul(xp.ones((2, 3), dtype="int32"), xp.ones((2, 3), dtype="int32")), tfpy.ShapeError, "inner sizes"),
        (lambda: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=3), tfpy.ArgumentError, "tensordot: axes=3"),
        (lambda: xp.tensordot(xp.ones((2, 3)), xp.ones((2, 3)), axes=1), tfpy.ShapeError, "does not fit"),
        (lambda: xp.vecdot(xp.ones((2, 3)), xp.ones(2)), tfpy.ShapeError, "vecdot"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), 0, 2), tfpy.ShapeError, "axis 2"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), (0, 0), (0, 1)), tfpy.ShapeError, "twice"),
        (lambda: xp.moveaxis(xp.ones((2, 3)), (0, 1), 0), tfpy.ShapeError, "moveaxis"),
        (lambda: xp.repeat(xp.ones(3), [1, 2]), tfpy.ShapeError, "repeat"),
        (lambda: xp.repeat(xp.ones(3), -1), tfpy.ShapeError, "repeat"),
        (lambda: xp.roll(xp.ones(3), (1, 2), axis=(0,)), tfpy.ShapeError, "roll"),
        (lambda: xp.meshgrid(xp.ones(3), indexing="yx"), tfpy.ArgumentError, "indexing"),
        (lambda: xp.cumulative_sum(xp.ones((2, 3))), tfpy.ArgumentError, "axis is needed"),
        (lambda: xp.linspace(0, 1, -1), tfpy.ArgumentError, "num"),
        (lambda: xp.tril(xp.ones(3)), tfpy.ShapeError, "two axes"),
    ],
)  # fmt: skip
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("pattern", "sizes"),
    [("a b c -> c (a b)", {}), ("(x a) b c -> a x b c", {"x": 2}), ("a b c -> (c b a)", {}), ("a b c -> a 1 b c", {})],
)  # fmt: skip
def test_einops_rearrange(pattern, sizes, dtypes):
    x = draw((4, 3, 2), "float32")
    got = einops.array_api.rearrange(xp.asarray(x), pattern, **sizes)
    np.testing.assert_array_equal(got, einops.rearrange(x, pattern, **sizes))


@pytest.mark.parametrize("reduction", ["mean", "sum", "max", "min", "prod"])
def test_einops_reduce(reduction, dtypes):
    x = draw((4, 3, 2), "float32")
    for pattern in ("a b c -> b", "(a x) b c -> a c", "a b c -> "):
        sizes = {"x": 2} if "x" in pattern else {}
        got = einops.array_api.reduce(xp.asarray(x), pattern, reduction, **sizes)
        assert_close(got, einops.reduce(x, pattern, reduction, **sizes), 1e-5, 1e-5)


def test_einops_repeat_and_pack(dtypes):
    x = draw((4, 3), "float32")
    got = einops.array_api.repeat(xp.asarray(x), "a b -> a (r b) s", r=2, s=3)
    np.testing.assert_array_equal(got, einops.repeat(x, "a b -> a (r b) s", r=2, s=3))
    packed, shapes = einops.array_api.pack([xp.asarray(x), xp.asarray(x[:, :1])], "a *")
    first, second = einops.array_api.unpack(packed, shapes, "a *")
    np.testing.assert_array_equal(einops.array_api.asnumpy(first), x)
    assert second.shape == (4, 1)


@pytest.mark.parametrize(
    "function",
    [
        xp.log2,
        xp.log10,
        lambda x: xp.logaddexp(x, 2.0 - x),
        lambda x: xp.hypot(x, 2.0 - x),
        lambda x: xp.copysign(x, -x),
        lambda x: xp.clip(x, 0.9, 1.4),
        lambda x: xp.var(x, axis=1, correction=1),
        xp.std,
        lambda x: xp.diff(x, n=2),
        lambda x: xp.tensordot(x, x, axes=((0,), (0,))),
        lambda x: xp.vecdot(x, x[0, :]),
        lambda x: xp.roll(xp.repeat(x, 2, axis=0), 3),
        lambda x: xp.tril(x, k=-1),
        lambda x: xp.sum(x, dtype=xp.float64),
        lambda x: x.mT,
    ],
)
def test_gradients(function):
    """What is made of operations has their gradients, to second order."""
    tfpy.set_backend("numpy")
    check_grads(function, [xp.asarray(draw((3, 4), "float64", low=0.5, high=2))], order=2)
