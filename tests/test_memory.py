"""What models take: bytes of textures, bytes on the host, and what is let go again."""

import asyncio
import gc
import json
import tracemalloc

import numpy as np
import pytest

import tfpy
from tests import goldens, webgl
from tfpy import layers as L

#: Texels that textures of many small tensors are rounded up by, and the like.
MARGIN = 200_000


def network(size=64, normalized=True):
    """A small MobileNet whose filters are most of it."""
    stack = [L.Input((size, size, 3)), L.Conv2D(32, 3, 2, "same", use_bias=not normalized)]
    for filters, stride in ((64, 1), (128, 2), (256, 2), (512, 2), (512, 1), (1024, 2)):
        stack.append(L.DepthwiseConv2D(3, stride, "same", use_bias=False))
        stack += [L.BatchNormalization(), L.ReLU(6.0)] if normalized else [L.ReLU(6.0)]
        stack.append(L.Conv2D(filters, 1, use_bias=False))
        stack += [L.BatchNormalization(), L.ReLU(6.0)] if normalized else [L.ReLU(6.0)]
    return tfpy.Sequential([*stack, L.GlobalAveragePooling2D(), L.Dense(100)])


def saved(model, folder):
    """`model` in a folder, with weights that are no initial ones."""
    for i, v in enumerate(model.weights):
        low, high = (0.5, 1.5) if v.ndim == 1 else (-0.1, 0.1)
        v.assign(tfpy.random_uniform(v.shape, low, high, seed=i))
    model.save(folder)
    return folder


def nbytes(model):
    return sum(v.nbytes for v in model.weights)


X = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3)).astype(np.float32)


@pytest.fixture(scope="module", params=[True, False], ids=["normalized", "plain"])
def folder(request, tmp_path_factory):
    """A saved network, and what it makes of X on NumPy."""
    tfpy.set_backend("numpy")
    model = network(normalized=request.param)
    path = saved(model, tmp_path_factory.mktemp("model"))
    return path, model.predict(X).numpy()


@pytest.fixture
def backend():
    with webgl.egl() as made:
        yield made


def predicted(model, expected):
    got = webgl.host(model.predict(X))
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


# -------------------------------------------------------------------------------------- textures


def test_weights_take_no_texture_before_they_are_needed(folder, backend):
    model = tfpy.load_layers_model_sync(folder[0])
    assert backend.pool.most_bytes == 0
    assert model.get_weights()[0].shape == (3, 3, 3, 32)
    assert backend.pool.most_bytes == 0


def test_a_plan_holds_each_weight_once(folder, backend):
    path, expected = folder
    model = tfpy.load_layers_model_sync(path)
    predicted(model, expected)
    gc.collect()
    assert nbytes(model) - MARGIN < backend.memory()["num_bytes_in_gpu"] < nbytes(model) + MARGIN


def test_weights_are_packed_one_at_a_time(folder, backend):
    path, expected = folder
    model = tfpy.load_layers_model_sync(path)
    predicted(model, expected)
    plan = model.graph.plans.plans[0].describe()
    # The largest filters are there flat, scaled and packed for a moment, before there are slots.
    largest = max(v.nbytes for v in model.weights)
    moment = nbytes(model) + max(2 * largest, plan["slot_texture_bytes"])
    assert backend.pool.most_bytes < moment + X.nbytes + MARGIN


def test_what_was_predicted_with_can_be_read_saved_and_trained(folder, backend, tmp_path):
    path, expected = folder
    model = tfpy.load_layers_model_sync(path)
    before = model.get_weights()
    predicted(model, expected)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    model.save(tmp_path)
    predicted(tfpy.load_layers_model_sync(tmp_path), expected)
    with tfpy.GradientTape() as tape:
        loss = tfpy.mean(tfpy.square(model(tfpy.tensor(X))))
    gradients = tape.gradient(loss, model.trainable_weights)
    for v, g in zip(model.trainable_weights, gradients, strict=True):
        v.assign_sub(g * 0.01)
    trained = webgl.host(model.predict(X))
    assert np.abs(trained - expected).max() > 1e-4
    model.save(tmp_path)
    tfpy.set_backend("numpy")
    np.testing.assert_allclose(
        tfpy.load_layers_model_sync(tmp_path).predict(X).numpy(),
        trained,
        rtol=1e-3,
        atol=1e-4 * np.abs(trained).max(),
    )


def test_an_assigned_filter_is_used_and_the_old_one_goes(folder, backend):
    path, expected = folder
    model = tfpy.load_layers_model_sync(path)
    predicted(model, expected)
    kernel = model.layers[-1].kernel
    kernel.assign(tfpy.zeros(kernel.shape))
    bias = model.layers[-1].bias.numpy()
    for _ in range(2):
        np.testing.assert_allclose(webgl.host(model.predict(X))[0], bias, rtol=1e-6)


def test_two_plans_and_eager_execution_share_packed_filters(backend, tmp_path):
    tfpy.set_backend("numpy")
    path = saved(network(normalized=False), tmp_path)
    tfpy.set_backend("webgl-test")
    model = tfpy.load_layers_model_sync(path)
    one = webgl.host(model.predict(X))
    two = webgl.host(model.predict(np.concatenate([X, X])))
    np.testing.assert_allclose(two, np.concatenate([one, one]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        webgl.host(model.graph._run([tfpy.tensor(X)])[0]), one, rtol=1e-3, atol=1e-4
    )
    gc.collect()
    assert backend.memory()["num_bytes_in_gpu"] < nbytes(model) + 2 * MARGIN


def test_nothing_is_left_of_a_model(folder, backend):
    path, expected = folder
    model = tfpy.load_layers_model_sync(path)
    predicted(model, expected)
    del model
    gc.collect()
    assert tfpy.memory()["num_tensors"] == 0
    assert backend.memory()["num_textures"] == 0


def test_a_texture_that_a_plan_reads_stays_when_its_tensor_is_converted(backend):
    # Filters that one plan reads flat, and then another one packed.
    rng = np.random.default_rng(1)
    w = rng.normal(size=(3, 3, 16, 32)).astype(np.float32)
    held = tfpy.engine.from_source(lambda: memoryview(w.ravel()), tfpy.TensorSpec(w.shape))
    flat = tfpy.function(lambda x: held * x)
    packed = tfpy.function(lambda x: tfpy.conv2d(x, held, 1, "same"))
    x = tfpy.tensor(rng.normal(size=32).astype(np.float32))
    first = webgl.host(flat(x))
    np.testing.assert_allclose(first, w * x.numpy(), rtol=1e-6)
    packed(tfpy.ones((1, 8, 8, 16)))
    others = [tfpy.tensor(w) + 2.0 for _ in range(3)]
    np.testing.assert_array_equal(webgl.host(flat(x)), first)
    del others


@pytest.mark.parametrize(("name", "held", "most"), [("mobilenet_v1_025_224_layers", 1.9, 5.3)])
def test_real_models_stay_within_their_megabytes(models_dir, backend, name, held, most):
    model = tfpy.load_layers_model_sync(models_dir / name)
    case = goldens.cases(models_dir, name)[0]
    (golden,) = case.outputs.values()
    x = tfpy.tensor(case.x)
    goldens.judge(golden, model.predict(x).numpy())
    assert backend.pool.most_bytes < most * 1e6
    del x
    gc.collect()
    assert backend.memory()["num_bytes_in_gpu"] < held * 1e6


# ------------------------------------------------------------------------------------------ host


def sharded(folder, count=20, width=512, dtype="float32"):
    """A model of `count` dense layers in files of the size of one, which end inside them."""
    stored = {"float32": 4, "uint16": 2, "float16": 2, "uint8": 1}[dtype]
    one = width * width * stored
    data = np.random.default_rng(2).integers(0, 60, count * one, np.uint8).tobytes()
    cuts = [0, *range(one // 3, len(data), one), len(data)]
    paths = [f"shard{i}" for i in range(len(cuts) - 1)]
    for path, start, stop in zip(paths, cuts, cuts[1:], strict=False):
        (folder / path).write_bytes(data[start:stop])
    entry = {"shape": [width, width], "dtype": "float32"}
    if dtype != "float32":
        entry["quantization"] = {"dtype": dtype, "scale": 0.001, "min": -0.03}
    weights = [{"name": f"d{i}/kernel", **entry} for i in range(count)]
    config = {"units": width, "use_bias": False, "batch_input_shape": [None, width]}
    layers = [{"class_name": "Dense", "config": {"name": f"d{i}", **config}} for i in range(count)]
    topology = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    manifest = [{"paths": paths, "weights": weights}]
    model = {"modelTopology": topology, "weightsManifest": manifest}
    (folder / "model.json").write_text(json.dumps(model))
    return 4 * width * width, len(data)


def peak(work):
    """The result, and the most bytes of Python's that it took."""
    gc.collect()
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", ["float32", "uint16", "float16", "uint8"])
@pytest.mark.parametrize("name", ["numpy", "webgl"])
def test_loading_takes_the_model_and_little_more(tmp_path, use_backend, name, dtype):
    one, stored = sharded(tmp_path, dtype=dtype)
    use_backend(name)
    model, most = peak(lambda: tfpy.load_layers_model_sync(tmp_path))
    assert model.count_params() * 4 == 20 * one
    # NumPy decodes what it gets, WebGL leaves it as it came until it is needed.
    kept, working = (20 * one, 6 * one) if name == "numpy" else (stored, 2 * one)
    assert most < kept + working


def test_shards_are_asked_for_one_after_the_other_and_counted(tmp_path):
    _, stored = sharded(tmp_path, count=4)
    told = []
    asyncio.run(tfpy.load_layers_model(tmp_path, on_progress=lambda *now: told.append(now)))
    assert [now for now in told if now[1] != stored] == []
    assert [len(told), told[0][0], told[-1][0]] == [6, 0, stored]
