"""`tfpy.profile` and `tfpy.time`: every operation is seen once, in plans every pass, and timed."""

import asyncio
import json

import numpy as np
import pytest

import tfpy
from kernels_webgl import gl as G
from kernels_webgl import timing
from tests import webgl
from tfpy import layers as L

X = np.linspace(-1, 1, 64 * 32, dtype=np.float32).reshape(64, 32)


def profile(function):
    return asyncio.run(tfpy.profile(function))


@pytest.fixture(params=["numpy", "webgl", "webgl without timer"])
def x(request, use_backend, monkeypatch):
    use_backend(request.param.split()[0])
    if "without" in request.param:
        monkeypatch.setattr(timing, "EXTENSION", "no such extension")
    return tfpy.tensor(X)


def test_operations_are_counted_and_timed(x):
    found = profile(lambda: (x + x) * x + tfpy.sum(x, axis=0))
    np.testing.assert_allclose(found.result.numpy(), (X + X) * X + X.sum(0), rtol=1e-5, atol=1e-5)
    assert [call.op for call in found.calls] == ["add", "multiply", "sum", "add"]
    assert [call.shapes for call in found.calls] == [((64, 32),)] * 2 + [((32,),), ((64, 32),)]
    assert all(call.ms >= 0 for call in found.calls)
    rows = {(row.op, row.shape): row for row in found.rows}
    assert rows["add", (64, 32)].count == 2
    assert rows["add", (64, 32)].bytes == 2 * X.nbytes
    assert found.ms == pytest.approx(sum(row.ms for row in found.rows))
    assert [row.ms for row in found.rows] == sorted((row.ms for row in found.rows), reverse=True)


def test_the_kind_says_how_it_was_measured(x, monkeypatch):
    on_device = tfpy.get_backend() == "webgl" and timing.EXTENSION.startswith("EXT")
    on_device = on_device and tfpy.backend().device.gl.getExtension(timing.EXTENSION)
    assert profile(lambda: x + x).kind == ("GPU timer" if on_device else "wall clock")
    measured = asyncio.run(tfpy.time(lambda: x @ x.T))
    assert measured.wall_ms > 0
    assert (measured.kernel_ms is not None) == on_device


def test_nothing_stays_behind(x):
    before = dict(tfpy.backend().prepared)
    with pytest.raises(ZeroDivisionError):
        profile(lambda: x + 1 / 0)
    profile(lambda: x - x)
    backend = tfpy.backend()
    assert backend.observer is None
    assert backend.prepared == before
    np.testing.assert_array_equal((x - x).numpy(), 0)


def test_a_coroutine_function_is_awaited(x):
    async def work():
        values = await (x * 2).data()
        return tfpy.tensor(values[:3])

    found = profile(work)
    np.testing.assert_allclose(found.result.numpy(), 2 * X.ravel()[:3])
    assert [call.op for call in found.calls] == ["multiply"]
    assert asyncio.run(tfpy.time(work)).wall_ms > 0


def test_plans_show_their_passes(x):
    @tfpy.function
    def work(x):
        return tfpy.sum(tfpy.sqrt(x * x + 1), axis=1)

    expected = np.sqrt(X * X + 1).sum(1)
    for _ in range(2):  # with and without a plan at hand
        found = profile(lambda: work(x))
        np.testing.assert_allclose(found.result.numpy(), expected, rtol=1e-5)
        ops = "+".join(call.op for call in found.calls)
        assert all(name in ops for name in ("multiply", "add", "sqrt", "sum")), ops
        assert found.calls[-1].shapes == ((64,),)
    np.testing.assert_allclose(work(x).numpy(), expected, rtol=1e-5)


def test_training_goes_on_under_a_profile(x):
    weight = tfpy.Variable(np.ones((32, 1), np.float32))

    @tfpy.function
    def step():
        with tfpy.GradientTape() as tape:
            loss = tfpy.mean(tfpy.square(x @ weight))
        weight.assign_sub(0.01 * tape.gradient(loss, weight))
        return loss

    losses = [profile(step).result.item() for _ in range(3)]
    losses += [step().item()]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 4


def test_what_it_shows(x):
    model = tfpy.Sequential([L.Input((32,)), L.Dense(8, "relu"), L.Dense(3, "softmax")])
    found = profile(lambda: model.predict(x))
    lines = repr(found).splitlines()
    assert lines[0].split() == ["operation", "result", "count", "ms", "%", "bytes"]
    assert len(lines) == len(found.rows) + 2
    assert lines[-1].startswith(f"{len(found.calls)} operations, ")
    html = found._repr_html_()
    assert html.count("<tr>") == len(found.rows) + 1
    assert "width:100.0%" in html
    as_json = json.loads(json.dumps(found.as_dict()))
    assert as_json["rows"][0]["shape"] == list(found.rows[0].shape)


def test_an_empty_profile_can_be_shown(x):
    found = profile(lambda: None)
    assert found.rows == []
    assert "0 operations" in repr(found)
    assert "0 operations" in found._repr_html_()


def test_a_disturbed_clock_is_an_error(monkeypatch):
    with webgl.recorder() as backend:
        monkeypatch.setitem(backend.device.gl._limits, G.GPU_DISJOINT_EXT, True)
        x = tfpy.tensor(X)
        with pytest.raises(tfpy.BackendError, match="measure again"):
            profile(lambda: x + x)


def test_queries_are_not_left_behind():
    with webgl.recorder() as backend:
        x = tfpy.tensor(X)
        profile(lambda: x + x - x)
        counts = backend.device.gl.counts
        assert counts["createQuery"] == counts["deleteQuery"] == counts["endQuery"] == 2
