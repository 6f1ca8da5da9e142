"""Every variant of a kernel computes the same; choosing among them, by measuring or by name."""

import json

import pytest

import tfpy
from kernels_webgl.variants import TABLE, choices
from tests import judge, sample_runner, webgl
from tests.samples import SAMPLES
from tfpy.errors import ArgumentError

OPS = {
    "conv": ("conv2d", "separable_conv2d"),
    "depthwise": ("depthwise_conv2d", "separable_conv2d"),
    "matmul": ("matmul",),
}
# What comes first is what the samples run with anyway.
OTHERS = [(family, name) for family, table in TABLE.items() for name in table[1:]]


@pytest.mark.parametrize(("family", "variant"), OTHERS, ids="-".join)
def test_samples(family, variant):
    with webgl.egl():
        tfpy.tune({family: variant})
        for sample in SAMPLES:
            if sample.op in OPS[family]:
                sample = sample._replace(grad_order=0)
                judge.judge(sample, sample_runner.run_sample(tfpy, judge.to_row(sample)))


def bodies(variants):
    """The programs that a convolution by a 3 x 3 window takes with `variants`."""
    with webgl.recorder() as backend:
        tfpy.tune(variants)
        x, w = tfpy.zeros((1, 8, 8, 32)) + 1.0, tfpy.zeros((3, 3, 32, 32)) + 1.0
        tfpy.conv2d(x, w).data_sync()
        return {source.body for source in backend.device._programs}


def test_variants_differ():
    assert {"winograd_image", "winograd_results", "conv_taps"} <= bodies({"conv": "winograd"})
    assert "conv_taps" in bodies({"conv": "taps"})
    assert "conv_blocks" in bodies({"conv": "loop"})
    assert "conv2d" in bodies({"conv": "flat"})


def test_choices_hold_and_are_told():
    with webgl.recorder() as backend:
        found = tfpy.tune({"conv": "loop"})
        assert found == {**choices({}), "conv": "loop"}
        assert tfpy.tune({"matmul": "flat"}) == {**found, "matmul": "flat"}
        assert tfpy.tune(json.loads(json.dumps(found))) == found
        assert backend.describe()["conv"] == "loop"


@pytest.mark.parametrize("wanted", [{"conv": "fast"}, {"softmax": "flat"}], ids=str)
def test_unknown_choices_are_refused(wanted):
    with webgl.recorder() as backend:
        with pytest.raises(ArgumentError, match="conv: winograd, taps, loop, flat"):
            tfpy.tune(wanted)
        assert choices(backend.device.limits) == choices({})


def test_what_was_prepared_is_prepared_anew():
    with webgl.recorder() as backend:
        a = tfpy.zeros((256, 256)) + 1.0
        gl = backend.device.gl
        (a @ a).dispose()
        gl.reset()
        (a @ a).dispose()
        assert gl.draws == 4
        tfpy.tune({"matmul": "flat"})
        gl.reset()
        (a @ a).dispose()
        assert gl.draws == 1


def test_tuning_measures_and_leaves_nothing_behind(monkeypatch):
    from kernels_webgl import tuning

    with webgl.recorder() as backend:
        monkeypatch.setattr(tuning, "_seconds", fake_seconds(backend, ("taps", "flat")))
        assert tfpy.tune() == {"conv": "taps", "depthwise": "taps", "matmul": "flat"}
    monkeypatch.undo()
    monkeypatch.setattr(tuning, "_LEAST_SECONDS", 0.0)
    with webgl.egl() as backend:
        before = backend.memory()["num_textures"]
        found = tfpy.tune()
        assert found.keys() == TABLE.keys()
        assert backend.memory()["num_textures"] == before


def test_tuning_ends_when_its_time_is_over(monkeypatch):
    from kernels_webgl import tuning

    with webgl.recorder() as backend:
        default = choices(backend.device.limits)
        assert tfpy.tune(seconds=0.0) == default
        now = [0.0]
        measure = fake_seconds(backend, ("flat",))

        def seconds(*args):
            now[0] += 1.0
            return measure(*args)

        monkeypatch.setattr(tuning, "_seconds", seconds)
        monkeypatch.setattr(tuning.time, "perf_counter", lambda: now[0])
        # Time for the four variants of conv and one of the two of depthwise.
        assert tfpy.tune(seconds=5.0) == {**default, "conv": "flat"}


def fake_seconds(backend, fast):
    """Times as if the variants named `fast` were the fastest."""

    def seconds(_, work):
        now = choices(backend.device.limits)
        family = next(name for name in TABLE if work.op.startswith(name) or name in work.op)
        return 0.0 if now[family] in fast else 1.0

    return seconds


def test_not_while_tracing():
    with webgl.recorder(), pytest.raises(tfpy.TraceError, match="tune"):
        tfpy.function(lambda x: (tfpy.tune(), x)[1])(tfpy.tensor([1.0]))
