"""Every variant of a kernel computes the same; choosing among them, by measuring or by name."""

import asyncio
import json

import pytest

import tfpy
from kernels_webgl import tuning, variants
from kernels_webgl.variants import TABLE, choices, numbered
from tests import judge, sample_runner, webgl
from tests.samples import SAMPLES
from tfpy.errors import ArgumentError
from tfpy.io.cache import FolderCache
from tfpy.waiting import AWAITING, run_blocking

OPS = {
    "conv": ("conv2d", "separable_conv2d"),
    "depthwise": ("depthwise_conv2d", "separable_conv2d"),
    "matmul": ("matmul",),
}
# What comes first is what the samples run with anyway.
OTHERS = [(family, name) for family, table in TABLE.items() for name in table[1:]]
NAMES = list(map("-".join, OTHERS))


@pytest.mark.parametrize(("family", "variant"), OTHERS, ids=NAMES)
def test_samples(family, variant):
    with webgl.egl():
        tfpy.tune({family: variant})
        for sample in SAMPLES:
            if sample.op in OPS[family]:
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
        # What it is multiplied with is packed already.
        assert gl.draws == 3
        tfpy.tune({"matmul": "flat"})
        gl.reset()
        (a @ a).dispose()
        assert gl.draws == 1


def test_tuning_measures_and_leaves_nothing_behind(monkeypatch):
    with webgl.recorder() as backend:
        monkeypatch.setattr(tuning, "_sample", fake_seconds(backend, ("taps", "flat")))
        assert tfpy.tune() == {"conv": "taps", "depthwise": "taps", "matmul": "flat"}
    monkeypatch.undo()
    monkeypatch.setattr(tuning, "_LEAST_SECONDS", 0.0)
    with webgl.egl() as backend:
        before = backend.memory()["num_textures"]
        found = tfpy.tune()
        assert found.keys() == TABLE.keys()
        assert backend.memory()["num_textures"] == before


def test_tuning_ends_when_its_time_is_over(monkeypatch):
    with webgl.recorder() as backend:
        default = choices(backend.device.limits)
        assert tfpy.tune(seconds=0.0) == default
        now = [0.0]
        prepare = fake_seconds(backend, ("flat",))

        def sample(*args):
            seconds = prepare(*args)

            def measured():
                now[0] += 1.0
                return seconds()

            return measured

        monkeypatch.setattr(tuning, "_sample", sample)
        monkeypatch.setattr(tuning.time, "perf_counter", lambda: now[0])
        # Two seconds each: not enough for the four variants of conv, but for two.
        assert tfpy.tune(seconds=6.0) == {**default, "depthwise": "flat", "matmul": "flat"}
        assert now == [6.0]


def test_the_usual_variant_is_left_for_what_is_clearly_faster(monkeypatch):
    with webgl.recorder() as backend:
        monkeypatch.setattr(tuning, "_sample", fake_seconds(backend, ("flat",), 0.95))
        assert tfpy.tune() == choices({})
        monkeypatch.setattr(tuning, "_sample", fake_seconds(backend, ("flat",), 0.85))
        assert set(tfpy.tune().values()) == {"flat"}


def test_while_others_run_the_choices_are_the_usual_ones(monkeypatch):
    async def others():
        assert choices(backend.device.limits) == choices({})

    with webgl.recorder() as backend:
        monkeypatch.setattr(tuning, "_sample", fake_seconds(backend, ("flat",)))
        found = run_blocking(backend.fastest(5.0, others))
        assert set(found.values()) == {"flat"}


def fake_seconds(backend, fast, quotient=0.0):
    """Times as if the variants named `fast` took `quotient` of the others' time."""

    def sample(_, work):
        now = choices(backend.device.limits)
        family = next(name for name, of_it in tuning._WORKS.items() if of_it is work)
        return lambda: quotient if now[family] in fast else 1.0

    return sample


def test_not_while_tracing():
    with webgl.recorder(), pytest.raises(tfpy.TraceError, match="tune"):
        tfpy.function(lambda x: (tfpy.tune(), x)[1])(tfpy.tensor([1.0]))


class Unknown:
    """A backend of a device that nobody has measured; counts how often it is."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(variants, "MEASURED", {})
        self.measured = 0

    async def fastest(self, seconds, pause):
        self.measured += 1
        assert seconds <= 2.0
        assert pause == AWAITING.pause
        return {"conv": "flat"}


def warmed(unknown, cache, **options):
    """The choices after two models were warmed up in a session of its own."""
    model = tfpy.Sequential([tfpy.layers.Input((4,)), tfpy.layers.Dense(2)])
    with webgl.recorder() as backend, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "fastest", unknown.fastest)
        patch.setattr("tfpy.tuning.IN_BROWSER", cache is not None)
        patch.setattr("tfpy.io.cache.open_cache", lambda name: cache)
        asyncio.run(model.warmup(**options))
        asyncio.run(model.warmup(**options))
        return choices(backend.device.limits)


def test_warming_up_measures_once_a_session(monkeypatch):
    unknown = Unknown(monkeypatch)
    assert warmed(unknown, None)["conv"] == "flat"
    assert unknown.measured == 1


def test_what_was_measured_is_remembered(monkeypatch, tmp_path):
    unknown, cache = Unknown(monkeypatch), FolderCache(tmp_path)
    found = warmed(unknown, cache)
    assert warmed(unknown, cache) == found == {**choices({}), "conv": "flat"}
    assert unknown.measured == 1


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"[]", b"3", b'{"conv": "gone"}', b'{"gone": "flat"}', b'{"conv": []}']
)
def test_what_is_kept_may_be_damaged(kept, monkeypatch, tmp_path):
    unknown, cache = Unknown(monkeypatch), FolderCache(tmp_path)
    warmed(unknown, cache)
    for path in tmp_path.iterdir():
        path.write_bytes(kept)
    assert warmed(unknown, cache)["conv"] == "flat"
    assert unknown.measured == 2
    warmed(unknown, cache)
    assert unknown.measured == 2


def test_a_cache_that_refuses_is_done_without(monkeypatch, tmp_path):
    tmp_path.joinpath("file").touch()
    unknown = Unknown(monkeypatch)
    assert warmed(unknown, FolderCache(tmp_path / "file"))["conv"] == "flat"


def test_measuring_can_be_switched_off(monkeypatch):
    unknown = Unknown(monkeypatch)
    assert warmed(unknown, None, tune=False) == choices({})
    assert unknown.measured == 0


def test_nothing_is_measured_where_it_is_known_or_was_said(monkeypatch):
    unknown = Unknown(monkeypatch)
    monkeypatch.setattr(variants, "MEASURED", {"": {"conv": "loop"}})
    assert warmed(unknown, None)["conv"] == "loop"
    monkeypatch.setattr(variants, "MEASURED", {})
    model = tfpy.Sequential([tfpy.layers.Input((4,)), tfpy.layers.Dense(2)])
    with webgl.recorder() as backend:
        monkeypatch.setattr(backend, "fastest", unknown.fastest)
        tfpy.tune({"conv": "taps"})
        asyncio.run(model.warmup())
        assert choices(backend.device.limits)["conv"] == "taps"
    assert unknown.measured == 0


@pytest.mark.parametrize("found", variants.MEASURED.values(), ids=variants.MEASURED)
def test_measured_devices_name_variants_that_exist(found):
    assert choices(numbered(found)) == found
