"""The bench works in every browser: a quick run of its whole table, and it notices wrong values.

What the times are is not tested here: `make bench` measures.
"""

import json
import math
import os
import re

import pytest

from e2e import bench
from e2e.browsers import PageError
from e2e.test_pages import keep_pictures
from tests import models_folder

WEBGL = ("tfjs-webgl",)
BOTH = (*WEBGL, "tfjs-wasm")
ALL = (*BOTH, "onnx-wasm")
#: A work on a real model, which is not part of the repository, and others. `make bench` runs more
#: models, whose outputs are tested elsewhere, and a larger product.
MODELS = {"blazeface": BOTH}
WORKS = {
    "first_prediction": BOTH,
    "mobilenet_v1": ALL,
    **MODELS,
    "train_step": WEBGL,
    "dispatch": BOTH,
    "matmul_512": ALL,
    "conv3x3": ALL,
    "depthwise": ALL,
    "softmax": ALL,
    "sum": ALL,
    "chain": BOTH,
    "chain_eager": WEBGL,
    "add": ALL,
}
#: What runs in the other browsers, to save time: one of each kind. `make bench` runs all.
ELSEWHERE = ("first_prediction", "dispatch", "sum", "add")
KEYS = ["work", "browser", "backend", "peer", "ms", "peer_ms", "ratio", "max_error"]
BYTES = ["bytes", "peak_bytes", "peer_bytes", "peer_peak_bytes"]


def expected_works(browser):
    """The works that are to run here: in Chromium all of them, if their models are at hand."""
    if browser.name != "chromium":
        return {name: WORKS[name] for name in ELSEWHERE}
    required = os.environ.get("TFPY_REQUIRE_MODELS") == "1"
    left_out = set() if required or models_folder.folder().is_dir() else set(MODELS)
    return {name: peers for name, peers in WORKS.items() if name not in left_out}


@pytest.fixture(scope="module")
def measured(browser):
    """One quick run, in a browser of its own, as the command does it."""
    with bench.serve() as server:
        return bench.measure(browser.name, server.url, list(expected_works(browser)), quick=True)


def test_every_work_gives_a_row_for_each_peer(measured, browser):
    run, failures = measured
    assert failures == []
    found = [(row["work"], row["peer"]) for row in run["rows"]]
    works = expected_works(browser)
    assert found == [(work, peer) for work, peers in works.items() for peer in peers]
    assert run["missing"] == []
    for row in run["rows"]:
        assert list(row) == KEYS + BYTES
        assert (row["browser"], row["backend"]) == (browser.name, "webgl")
        assert row["ms"] > 0
        assert row["ratio"] == pytest.approx(row["peer_ms"] / row["ms"])
        assert math.isfinite(row["ratio"])
        assert 0 <= row["max_error"] < 1


def test_textures_are_counted_on_both_sides(measured):
    run, _ = measured
    for row in run["rows"]:
        assert 0 < row["bytes"] <= row["peak_bytes"]
        if row["peer"] == "tfjs-webgl":
            assert 0 < row["peer_bytes"] <= row["peer_peak_bytes"]
        else:
            assert row["peer_bytes"] is row["peer_peak_bytes"] is None
    rows = {row["work"]: row for row in run["rows"] if row["peer"] == "tfjs-webgl"}
    # The weights once, and for tfpy what a plan computes on the way.
    mobilenet = rows["first_prediction"]
    assert 16.8e6 < mobilenet["bytes"] < mobilenet["peer_bytes"]
    assert mobilenet["peak_bytes"] < 26e6
    # Two inputs of a million elements.
    assert rows["add"]["peer_bytes"] == 8e6
    assert rows["add"]["bytes"] == pytest.approx(8e6, rel=0.01)


def test_starting_is_measured(measured):
    run, _ = measured
    for times in (run["startup"]["cold"], run["startup"]["warm"]):
        assert 0 < times["import_ms"] + times["backend_ms"] < times["ready_ms"]
        assert times["python_ms"] < times["ready_ms"]
    assert {wheel["kind"] for wheel in run["wheels"]} == {"py", "pyc"}


def test_limits_are_measured(measured):
    run, _ = measured
    assert set(run["limits"]) == {"reads", "writes", "multiply_adds"}
    # From a slow rasterizer to a fast graphics card.
    assert all(0.001 < rate < 1e6 for rate in run["limits"].values())


def test_the_record_becomes_a_document(measured, browser, tmp_path):
    run, _ = measured
    bench.record(run, docs=tmp_path)
    bench.record(run, docs=tmp_path)
    folder = tmp_path / "bench"
    assert json.loads((folder / f"{run['browser']}.json").read_text()) == run["rows"]
    assert json.loads((folder / "history.json").read_text()) == [run, run]
    text = (tmp_path / "performance.md").read_text()
    about = [run[key] for key in ("device", "commit", "tfjs", "onnxruntime")]
    for part in (*expected_works(browser), *about, "make bench", "import tfpy", "texels read"):
        assert part in text


COMPARE = """async (actual, expected) => {
  const { compare } = await import("/bench/protocol.js");
  const number = (text) => Number(text);
  return compare("work", actual.map(number), expected.map(number), 0.01);
}"""


@pytest.mark.parametrize(
    ("actual", "expected", "complaint"),
    [
        (["1", "2.1"], ["1", "2"], "differ by 0.1"),
        (["1", "NaN"], ["1", "2"], "value 1 is NaN"),
        (["1", "2"], ["1", "NaN"], "value 1 is 2"),
        (["Infinity"], ["Infinity"], "value 0 is Infinity"),
        (["1"], ["1", "2"], "1 values, the peer has 2"),
        (["0", "0"], ["0", "0"], "all zero"),
        ([], [], "all zero"),
    ],
)
def test_wrong_values_are_noticed(page, server, actual, expected, complaint):
    page.goto(f"{server.url}/e2e/blank.html")
    with pytest.raises(PageError, match=complaint):
        page.evaluate(COMPARE, actual, expected)


def test_small_differences_pass_and_are_told(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    assert page.evaluate(COMPARE, ["1", "2.01"], ["1", "2"]) == pytest.approx(0.01)


INTERLEAVE = """async (settings) => {
  const { interleave } = await import("/bench/protocol.js");
  const samples = [];
  const side = (name, ms) => ({
    activate() {},
    sample(steps) {
      samples.push([name, steps]);
      return new Promise((resolve) => setTimeout(resolve, ms * steps));
    },
  });
  const ms = await interleave(side("a", 5), side("b", 10), true, settings);
  return { samples, ms };
}"""


def test_sides_are_timed_by_turns(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    settings = {"minSample": 40, "budget": 0, "minRounds": 3, "maxRounds": 4, "warmUp": 2}
    found = page.evaluate(INTERLEAVE, {**settings, "budget": 10_000})
    steps = found["samples"][-1][1]
    assert steps in (4, 8, 16)  # 40 ms of about 5
    tried = [2**n for n in range(1, steps.bit_length())]
    turns = [1, 1, *tried, *[steps] * 4]
    assert found["samples"] == [[side, n] for n in turns for side in "ab"]
    # A browser's timers come late, never early; its clock may count whole milliseconds only.
    assert [ms >= least for ms, least in zip(found["ms"], (4, 9), strict=True)] == [True, True]
    found = page.evaluate(INTERLEAVE, settings)
    assert found["samples"][4:] == [["a", 1], ["b", 1]] * 3


def settled(page):
    """Wait until what was recorded is shown: nothing moves any more under the mouse."""
    all_drawn = """() => {
      const count = (selector) => document.querySelectorAll('#history ' + selector).length;
      return count('table') > 0 && count('.chart svg') === count('table');
    }"""
    page.wait_for(all_drawn)


def test_the_page_runs_the_bench_and_shows_it(page, server, tmp_path):
    page.goto(f"{server.url}/bench/index.html?works=dispatch")
    settled(page)
    page.click("#quick")
    page.wait_for("() => document.querySelector('#quick').checked")
    page.click("#run")
    page.wait_for("() => document.querySelector('#status').textContent === 'Done.'", timeout=120)
    texts = page.evaluate(
        "() => [...document.querySelectorAll('#here tr')].map((row) => row.innerText)"
    )
    assert [line.split()[:2] for line in texts[1:]] == [
        ["dispatch", "tfjs-webgl"],
        ["dispatch", "tfjs-wasm"],
    ]
    assert page.evaluate("() => document.querySelector('#failures').innerText") == ""


def test_the_page_profiles_a_work(page, server):
    page.goto(f"{server.url}/bench/index.html")
    settled(page)
    page.evaluate("() => (document.querySelector('#work').value = 'mobilenet_v1')")
    page.click("#profile")
    # WebKit takes two minutes where three browsers run side by side.
    page.wait_for("() => document.querySelector('#profiled table') !== null", timeout=300)
    caption = page.evaluate("() => document.querySelector('#profiled caption').innerText")
    assert re.fullmatch(r"\d+ operations, [\d.]+ ms \((GPU timer|wall clock)\)", caption)
    text = page.evaluate("() => document.querySelector('#profiled').innerText")
    assert "conv2d_nhwc" in text
    assert "depthwise_conv2d_nhwc" in text
    assert "(1, 7, 7, 1024)" in text


def test_the_page_shows_recorded_runs(measured, page, browser, tmp_path):
    run, _ = measured
    for _ in range(2):
        bench.record(run, docs=tmp_path)
    with bench.serve(docs=tmp_path) as server:
        page.goto(f"{server.url}/bench/index.html")
        settled(page)
        text = page.evaluate("() => document.querySelector('#history').innerText")
        keep_pictures(page, browser, "bench")
    assert run["device"] in text
    assert all(row["work"] in text for row in run["rows"])


@pytest.mark.browsers("chromium")  # what is left out, and refused, does not depend on it
def test_works_without_their_models_are_left_out(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("TFPY_MODELS", str(tmp_path / "nowhere"))
    with bench.serve() as server:
        page = bench.BenchPage(browser, server.url, ["blazeface", "sum"])
        # What a peer needs is fetched when its turn comes.
        page.run_all(once=False, quick=True)
    assert page.failures == []
    assert page.missing == ["blazeface"]
    assert {row["work"] for row in page.rows} == {"sum"}


@pytest.mark.browsers("chromium")
def test_an_unknown_work_is_refused(server, browser, page):
    with pytest.raises(SystemExit, match=r"no such work: nonsense; there are .*mobilenet_v1"):
        bench.BenchPage(browser, server.url, ["nonsense"])
