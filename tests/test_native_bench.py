"""`make bench-native` works: part of its table, quickly, and it notices wrong values."""

import json
from pathlib import Path

import numpy as np
import pytest

import tfpy

BENCH = Path(__file__).resolve().parents[1] / "web" / "bench"
WORKS = ("first_prediction", "train_step", "dispatch", "sum", "chain")


@pytest.fixture(scope="module")
def bench():
    """The command as a module; its folder is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        import native

        yield native
        tfpy.set_backend("numpy")


def test_works_are_measured_and_recorded(bench, tmp_path):
    works = bench.native_works.table(tmp_path / "no models")
    run, failures = bench.measure({name: works[name] for name in WORKS}, quick=True)
    assert failures == []
    assert [row["work"] for row in run["rows"]] == list(WORKS)
    for row in run["rows"]:
        assert row["ms"] > 0
        assert row["kernel_ms"] is None or row["kernel_ms"] > 0
        assert 0 < row["bytes"] <= row["peak_bytes"]
        assert 0 <= row["max_error"] < 1
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "history.json").write_text("[]")
    for _ in range(2):
        path = bench.report.record_native(run, docs=tmp_path)
    assert json.loads(path.read_text()) == [run, run]
    text = (tmp_path / "performance.md").read_text()
    assert run["device"] in text
    assert all(f"| {name} |" in text for name in WORKS)


def test_the_table_is_that_of_the_pages(bench, models_dir):
    works = bench.native_works.table(models_dir)
    models = {
        "mobilenet_v1",
        "mobilenet_v2",
        "first_prediction",
        "posenet",
        "blazeface",
        "facemesh",
    }
    assert {*models, "matmul_512", "conv3x3", *WORKS} <= set(works)
    assert "blazeface" not in bench.native_works.table(models_dir / "nowhere")
    pages = json.loads((BENCH / "works" / "ops.json").read_text())
    assert {row["name"] for row in pages} <= set(works)


@pytest.mark.parametrize(
    ("actual", "expected", "complaint"),
    [
        ([1.0, 2.1], [1.0, 2.0], "off by 0.1"),
        ([1.0, np.nan], [1.0, 2.0], "off by nan"),
        ([0.0, 0.0], [0.0, 0.0], "no proof"),
        ([1.0], [np.inf], "no proof"),
    ],
)
def test_wrong_values_are_noticed(bench, actual, expected, complaint):
    with pytest.raises(AssertionError, match=complaint):
        bench.compare([np.array(actual)], [np.array(expected)], 0.01)


def test_a_saved_model_loads_from_memory(bench):
    made = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(2)])
    loaded = tfpy.load_layers_model_sync(bench.native_works.files(made))
    np.testing.assert_array_equal(
        loaded.predict(np.eye(3)).numpy(), made.predict(np.eye(3)).numpy()
    )
