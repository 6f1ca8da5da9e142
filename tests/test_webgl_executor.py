"""Plans on WebGL: slots, recorded calls, their replay in Python and JavaScript, warming up."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import kernels_webgl
import tfpy
from kernels_webgl.replay import Replay
from tests import webgl

rng = np.random.default_rng(3)
REPLAY_JS = Path(kernels_webgl.__file__).parent / "replay.js"


def draw(*shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def network(x, w, bias):
    """Convolutions in blocks, a pool, a product and a softmax."""
    y = tfpy.relu(tfpy.conv2d(x, w, 1, "same") + bias)
    y = tfpy.relu(tfpy.conv2d(y, w, 1, "same") + bias)
    y = tfpy.max_pool(y, 2, 2, "valid")
    y = tfpy.reshape(y, (x.shape[0], -1))
    return tfpy.softmax(y @ tfpy.transpose(y)), tfpy.sum(y)


def inputs():
    return draw(2, 8, 8, 8), draw(3, 3, 8, 8), draw(8)


def planned(function, *arrays):
    """(function's plan, its tensors) after a first run."""
    f, xs = tfpy.function(function), [tfpy.tensor(a) for a in arrays]
    f(*xs)
    return f, xs


# ------------------------------------------------------------------------------------- schedule


def test_slots_are_used_again():
    with webgl.egl():
        x = tfpy.tensor(draw(40, 40))

        def long(x):
            for _ in range(6):
                x = tfpy.transpose(tfpy.concat([x, x], 0)[:40])
            return x

        f, _ = planned(long, draw(40, 40))
        plan = f.plans[0].plan
        np.testing.assert_array_equal(webgl.host(f(x)), webgl.host(long(x)))
        made = {p for d in plan.schedule.draws for p in d.targets if p.kind == "slot"}
        assert len(plan.schedule.draws) > 2 * len(made)
        for d in plan.schedule.draws:
            assert not set(d.targets) & set(d.samplers)


def test_describe_counts_draws_and_bytes():
    with webgl.egl() as backend:
        f, _ = planned(network, *inputs())
        found = f.plans[0].describe()
        kinds = ("constant", "slot", "input", "output")
        assert found["texture_bytes"] == sum(found[f"{kind}_texture_bytes"] for kind in kinds)
        assert found["slot_texture_bytes"] == backend.workspace.memory()[1]
        assert found["draws"] == f.dump(draws=True).count("\n") + 1
        assert 0 < found["programs"] <= found["draws"]
        assert "draws" in f.describe()


def test_equal_functions_have_equal_dumps():
    with webgl.egl():
        first, _ = planned(network, *inputs())
        second, _ = planned(network, *inputs())
        assert first.dump(draws=True) == second.dump(draws=True)
        assert "conv2d_nhwc+add+relu (conv_" in first.dump(draws=True)


def test_plans_share_their_slots_and_give_them_back():
    with webgl.egl() as backend:
        first = planned(network, *inputs())[0]
        before = backend.workspace.memory()
        second = planned(network, *inputs())[0]
        assert backend.workspace.memory() == before
        del first
        assert backend.workspace.memory() == before
        del second
        assert backend.workspace.memory() == (0, 0)
        assert webgl.textures(backend) == 0


def test_weights_are_kept_only_as_the_draws_read_them():
    with webgl.egl() as backend:
        # Filters that the plan makes of constants, so that nobody else holds them.
        w = [tfpy.tensor(draw(3, 3, 16, 32))]
        f = planned(lambda x: tfpy.conv2d(x, w[0] * 2.0, 1, "same"), draw(1, 8, 8, 16))[0]
        (packed,) = (data for data in f.plans[0].plan._bound.constants.values())
        assert packed.layout == "filters"
        w.clear()
        assert webgl.textures(backend) == 1


def test_a_variable_is_packed_when_it_changes_and_not_at_every_run():
    with webgl.recorder(real=True) as backend:
        w = tfpy.Variable(draw(3, 3, 8, 8))
        x = tfpy.tensor(draw(1, 8, 8, 8))
        f = tfpy.function(lambda x: tfpy.conv2d(x, w, 1, "same"))
        counts = []
        for _ in range(3):
            backend.device.gl.reset()
            f(x)
            counts.append(backend.device.gl.draws)
        w.assign(w * 2.0)
        backend.device.gl.reset()
        got = f(x)
        counts.append(backend.device.gl.draws)
        assert counts[1] == counts[2] == counts[3] - 1
        expected = tfpy.conv2d(x, w, 1, "same")
        np.testing.assert_allclose(webgl.host(got), webgl.host(expected), rtol=1e-5, atol=1e-6)


def test_results_may_be_inputs_constants_and_empty():
    with webgl.egl():
        c = tfpy.tensor([5.0, 6.0])
        f = tfpy.function(lambda x: (x, c, tfpy.reshape(x, (2, 2)), x[:0], x + 1.0, x + 1.0))
        for value in (1.0, 2.0):
            x = tfpy.tensor([value] * 4)
            same, known, square, empty, a, b = f(x)
            assert same.tolist() == x.tolist()
            assert known.tolist() == [5.0, 6.0]
            assert square.tolist() == [[value] * 2] * 2
            assert empty.tolist() == []
            assert a.tolist() == b.tolist() == [value + 1] * 4


# --------------------------------------------------------------------------------------- replay


def test_replaying_makes_the_same_calls_again():
    with webgl.recorder(real=True) as backend:
        f, xs = planned(network, *inputs())
        gl, traces = backend.device.gl, []
        for _ in range(2):
            gl.reset()
            results = f(*xs)
            traces.append([name for name, _ in gl.calls])
            del results
        assert traces[0] == traces[1]
        # Nothing is looked up, made or asked at a run.
        assert not set(traces[1]) & {"createTexture", "createFramebuffer", "getUniformLocation"}


def test_eager_work_between_runs_does_not_disturb_a_replay():
    with webgl.egl():
        f, xs = planned(network, *inputs())
        expected = [webgl.host(y) for y in f(*xs)]
        tfpy.relu(tfpy.conv2d(xs[0], xs[1], 1, "same"))
        for got, want in zip(f(*xs), expected, strict=True):
            np.testing.assert_array_equal(webgl.host(got), want)


def test_a_run_that_fails_keeps_no_texture(monkeypatch):
    with webgl.recorder(real=True) as backend:
        f, xs = planned(network, *inputs())
        before = webgl.textures(backend)

        def refuse(values):
            raise RuntimeError("refused")

        plan = f.plans[0].plan
        monkeypatch.setattr(plan, "_bound", plan._bound._replace(replay=refuse))
        with pytest.raises(RuntimeError, match="refused"):
            f(*xs)
        assert webgl.textures(backend) == before


def test_javascript_makes_the_calls_that_python_makes(monkeypatch):
    """The same recording, replayed by both, on a GL that only writes down what it is asked."""
    recordings = []
    original = Replay.__init__

    def remember(self, gl, calls, holes):
        recordings.append(json.dumps([calls, holes]))
        original(self, gl, calls, holes)

    monkeypatch.setattr(Replay, "__init__", remember)
    with webgl.recorder() as backend:
        f, _ = planned(network, *inputs())
        gl = backend.device.gl
        run = f.plans[0].plan._bound.replay
        _, holes = json.loads(recordings[-1])
        runs = [[1000 * k + i for i in range(max(holes[2::3]) + 1)] for k in (1, 2)]
        gl.reset()
        for values in runs:
            run(values)
        in_python = [[name, *args] for name, args in gl.calls]
    source = REPLAY_JS.read_text()
    script = f"""
        const make = {source[source.index("(gl,") :].rstrip().removesuffix(";")};
        const made = [];
        const gl = new Proxy({{}}, {{
          get: (_, name) => function (...args) {{
            if (this !== gl) throw new Error(name + " is called without its context");
            made.push([name, ...args]);
          }},
        }});
        const run = make(gl, ...{recordings[-1]});
        for (const values of {json.dumps(runs)}) run(values);
        console.log(JSON.stringify(made));
    """
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    in_javascript = json.loads(done.stdout)
    assert len(in_javascript) > 20
    assert in_javascript == json.loads(json.dumps(in_python))


# ----------------------------------------------------------------------------------- warming up


def model():
    L = tfpy.layers
    rows = [L.Input((8, 8, 3)), L.Conv2D(8, 3, activation="relu"), L.Flatten(), L.Dense(4)]
    return tfpy.Sequential(rows)


def test_after_warmup_the_first_prediction_compiles_nothing():
    with webgl.recorder(real=True) as backend:
        made, told = model(), []
        asyncio.run(made.warmup(on_progress=lambda done, total: told.append((done, total))))
        programs = backend.device.num_programs
        backend.device.gl.reset()
        got = made.predict(tfpy.tensor(np.ones((1, 8, 8, 3), np.float32)))
        assert backend.device.num_programs == programs
        assert backend.device.gl.counts["compileShader"] == 0
        assert np.isfinite(webgl.host(got)).all()
        assert told[-1][0] == told[-1][1]
        assert [done for done, _ in told] == list(range(1, len(told) + 1))


def test_programs_are_all_started_before_one_is_asked_for():
    with webgl.recorder() as backend:
        f = tfpy.function(network)
        f(*[tfpy.tensor(a) for a in inputs()])
        names = [name for name, _ in backend.device.gl.calls]
        first_question = names.index("getProgramParameter")
        assert names[:first_question].count("linkProgram") == f.plans[0].describe()["programs"]


def test_others_may_draw_while_a_plan_is_warmed_up():
    with webgl.egl():
        made, x = model(), tfpy.tensor(draw(6, 6))
        expected = webgl.host(tfpy.transpose(x) * 2.0)

        async def both():
            task = asyncio.ensure_future(made.warmup())
            found = []
            while not task.done():
                found.append(webgl.host(tfpy.transpose(x) * 2.0))
                await asyncio.sleep(0)
            await task
            return found

        for got in asyncio.run(both()):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_warmup_names_what_it_does_not_know(backend, use_backend):
    use_backend(backend)
    x = tfpy.layers.Input((None, 3))
    unknown = tfpy.Model(x, tfpy.layers.Dense(2)(x), name="m")
    with pytest.raises(tfpy.errors.ArgumentError, match=r"m.warmup: give input_shape"):
        asyncio.run(unknown.warmup())
    with pytest.raises(tfpy.errors.ShapeError, match="not"):
        asyncio.run(unknown.warmup((1, 5, 4)))
    with pytest.raises(tfpy.errors.ShapeError, match="1 input shapes"):
        asyncio.run(unknown.warmup([(1, 5, 3), (1, 5, 3)]))
    asyncio.run(unknown.warmup((1, 5, 3)))


def test_weights_without_room_say_how_much_is_missing(monkeypatch):
    """Weights that are together more than the device has, though each is little."""
    from kernels_webgl import gl as G
    from kernels_webgl import textures

    with webgl.egl() as backend:
        layers = tfpy.layers
        model = tfpy.Sequential([layers.Input((64,)), *[layers.Dense(64) for _ in range(8)]])
        files, x = {}, draw(2, 64)
        model.save(files)
        model = tfpy.load_layers_model_sync(files)
        monkeypatch.setattr(textures, "_CHECKED_BYTES", 40_000)
        gl, asked = backend.device.gl, []
        answer = gl.getError

        def full():
            asked.append(backend.memory()["num_bytes_in_gpu"])
            return G.OUT_OF_MEMORY if len(asked) > 1 else answer()

        monkeypatch.setattr(gl, "getError", full)
        message = (
            r"no memory left for [\d,]+ bytes beside the [\d,]+ .*; ([\d,]+) of the ([\d,]+) bytes"
        )
        with pytest.raises(tfpy.DeviceLimitError, match=message) as told:
            model.predict(x)
        missing, total = [
            int(n.replace(",", "")) for n in re.search(message, str(told.value)).groups()
        ]
        assert 0 < missing < total
        assert total >= 8 * 64 * 64 * 4
        monkeypatch.setattr(gl, "getError", answer)
        assert model.predict(x).shape == (2, 64)
