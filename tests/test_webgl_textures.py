"""Layout, the texture pool, uploads, reading back, and what is left when tensors are gone."""

import asyncio
import gc

import numpy as np
import pytest

import tfpy
from kernels_webgl import gl as G
from kernels_webgl.layout import TextureShape, flat_shape, texels, width_shift
from kernels_webgl.textures import TexturePool
from tests import webgl
from tfpy.errors import ContextLostError, DeviceLimitError


@pytest.fixture
def backend():
    with webgl.egl() as started:
        yield started


@pytest.fixture
def recorded():
    with webgl.recorder() as started:
        yield started


def spec(*shape, dtype=tfpy.float32):
    return tfpy.TensorSpec(shape, dtype)


# -------------------------------------------------------------------------------------- layout


@pytest.mark.parametrize("size", [0, 1, 4, 5, 17, 63, 64, 65, 1000, 4096, 150528, 1_000_003])
def test_flat_textures_hold_their_elements_and_are_about_square(size):
    width, height, kind, _ = flat_shape(spec(size))
    assert kind == "f"
    assert width == 1 << width_shift(size)
    assert width * (height - 1) < texels(size) <= width * height
    assert height <= width <= 4 * max(height, 1)


def test_int_and_bool_live_in_integer_textures():
    assert flat_shape(spec(3, dtype=tfpy.int32)).kind == "i"
    assert flat_shape(spec(3, dtype=tfpy.bool_)).kind == "i"


def test_a_tensor_larger_than_the_device_is_a_clear_error():
    with webgl.recorder(limits={G.MAX_TEXTURE_SIZE: 64}) as backend:
        ok = tfpy.zeros((64 * 64 * 4,))
        with pytest.raises(DeviceLimitError, match=r"\(20000,\).*8\d{4} bytes.*64 x 64"):
            tfpy.concat([ok, tfpy.zeros((3616,))])
        with pytest.raises(DeviceLimitError, match=r"\(20000,\)"):
            tfpy.tensor(np.zeros(20000, "float32"))
        assert backend.name == "webgl"


# ---------------------------------------------------------------------------------------- pool


def test_a_dropped_tensor_gives_its_texture_to_the_next(recorded):
    x = tfpy.tensor(np.ones(4000, "float32"))
    y = x + x
    made = recorded.device.gl.counts["createTexture"]
    for _ in range(5):
        del y
        y = x + x
    assert recorded.device.gl.counts["createTexture"] == made == 2
    assert webgl.textures(recorded) == 2
    del x, y
    assert recorded.memory()["num_textures"] == 0
    assert recorded.memory()["num_textures_free"] == 2
    assert recorded.memory()["num_bytes_in_gpu"] == 0


def test_the_pool_deletes_the_least_recently_freed_above_its_budget():
    gl = webgl.RecordGL()
    pool = TexturePool(gl, lambda texture: None, budget=3000)
    small, large = TextureShape(8, 8, "f"), TextureShape(16, 8, "f")
    a, b = pool.acquire(small), pool.acquire(small)
    pool.release(a)
    pool.release(b)
    pool.acquire(large)
    assert [args for name, args in gl.calls if name == "deleteTexture"] == [
        (a.handle,),
        (b.handle,),
    ]
    assert pool.memory()["num_textures"] == 1


def test_a_texture_freed_last_is_reused_first():
    pool = TexturePool(webgl.RecordGL(), lambda texture: None)
    shape = TextureShape(8, 8, "f")
    a, b = pool.acquire(shape), pool.acquire(shape)
    pool.release(a)
    pool.release(b)
    assert pool.acquire(shape) is b


def test_nothing_is_left_of_a_chain_of_operations(backend):
    before = backend.memory()
    x = tfpy.tensor(np.linspace(-1, 1, 600).reshape(20, 30).astype("float32"))
    y = tfpy.softmax(tfpy.concat([x, tfpy.relu(x)], 1)).sum(axis=0)
    y.data_sync()
    assert webgl.textures(backend) > 0
    del x, y
    gc.collect()
    assert {k: backend.memory()[k] for k in ("num_textures", "num_bytes_in_gpu")} == {
        k: before[k] for k in ("num_textures", "num_bytes_in_gpu")
    }


def test_tensors_may_outlive_their_backend():
    with webgl.egl():
        x = tfpy.tensor(np.ones(5000, "float32")) + 1.0
    del x


# ----------------------------------------------------------------------------- uploads, reading


def test_small_tensors_stay_on_the_host_until_a_kernel_needs_them(recorded):
    x = tfpy.tensor([1.0, 2.0, 3.0])
    assert x.data_sync().tolist() == [1.0, 2.0, 3.0]
    assert (
        recorded.device.gl.counts["texSubImage2D"] == recorded.device.gl.counts["readPixels"] == 0
    )
    y = x + x
    z = x * y
    assert recorded.device.gl.counts["texSubImage2D"] == 1
    del y, z


def test_numbers_are_uniforms_and_never_uploaded(recorded):
    x = tfpy.tensor(np.ones(5000, "float32"))
    recorded.device.gl.reset()
    y = 2.0 * x + tfpy.tensor([[0.5]])
    assert recorded.device.gl.counts["texSubImage2D"] == 0
    assert [a[1] for n, a in recorded.device.gl.calls if n == "uniform1f"] == [2.0, 0.5]
    del y


CASES = [
    ("float32", "f", [1.5, -0.0, float("inf"), 3e38, 1e-30]),
    ("int32", "i", [0, -1, 2**31 - 1, -(2**31), 16777217]),
    ("bool", "?", [True, False, True, True, False]),
]


@pytest.mark.parametrize("repeat", [1, 401])
@pytest.mark.parametrize(("dtype", "format", "values"), CASES)
def test_values_come_back_exactly_as_they_went(backend, dtype, format, values, repeat):
    values = values * repeat
    x = tfpy.tensor(values, dtype=dtype)
    # Through the device also where small: a transpose there and back moves every element.
    y = tfpy.transpose(tfpy.transpose(x.reshape((5, -1)))).reshape((-1,))
    for z in (x, y):
        sync, later = z.data_sync(), asyncio.run(z.data())
        assert sync.format == later.format == format
        assert sync.tolist() == later.tolist() == np.asarray(values, dtype).tolist()


def test_reading_asynchronously_lets_the_event_loop_run(backend):
    async def both():
        x = tfpy.tensor(np.ones((700, 700), "float32"))
        y = tfpy.matmul(x, x)
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        values = await y.data()
        ticking.cancel()
        return values[0], ticks

    value, ticks = asyncio.run(both())
    assert value == 700.0
    assert ticks > 0


def test_pixels_go_to_an_int_tensor(backend):
    rgba = np.random.default_rng(0).integers(0, 256, (7, 5, 4)).astype(np.uint8)
    for channels in (1, 3, 4):
        data = backend.from_pixels(rgba.tobytes(), 5, 7, channels)
        got = backend.read_sync(data, spec(7, 5, channels, dtype=tfpy.int32))
        assert got.tolist() == rgba[:, :, :channels].ravel().tolist()
    del data
    assert webgl.textures(backend) == 0


def test_empty_tensors_need_no_device(recorded):
    x = tfpy.zeros((0, 3)) + 1.0
    assert x.data_sync().tolist() == []
    assert recorded.device.gl.draws == 0


# ---------------------------------------------------------------------------------- context loss


def test_a_lost_context_is_a_typed_error(recorded):
    x = tfpy.tensor(np.ones(5000, "float32"))
    small = tfpy.tensor([1.0, 2.0])
    recorded.device.gl.loseContext()
    for use in (lambda: x + 1.0, lambda: small + 1.0, x.data_sync, lambda: asyncio.run(x.data())):
        with pytest.raises(ContextLostError, match="remove_backend"):
            use()
    with pytest.raises(ContextLostError):
        tfpy.tensor(np.ones(5000, "float32"))
    assert small.data_sync().tolist() == [1.0, 2.0]


def test_what_the_driver_read_is_what_is_returned(recorded):
    x = tfpy.tensor(np.ones(5000, "float32")) + 1.0
    size = recorded.device.shape_of(x.spec).nbytes
    given = memoryview(bytearray(size)).cast("f")
    recorded.device.gl.readPixels = recorded.device.gl.getBufferSubData = lambda *args: given
    for values in (x.data_sync(), asyncio.run(x.data())):
        assert values.obj is given.obj
        assert len(values) == 5000
