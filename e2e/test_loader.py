"""web/loader.js gives a page the same Python in a worker and on the main thread."""

import json

import pytest

from e2e.conftest import ROOT, serve
from e2e.python_page import BOOT_TIMEOUT

START = """async (worker) => {
  const { startPython } = await import("/loader.js");
  globalThis.progress = [];
  globalThis.python = await startPython({ worker, onProgress: (event) => progress.push(event) });
  await python.run("loader_page.py");
  return progress.splice(0);
}"""
# A failure as data, since what is tested is the error object that a page gets.
CALL = """async (name, ...args) => {
  try {
    return { value: await python.call(name, ...args) };
  } catch (error) {
    return { error: error.name, type: error.type, message: error.message };
  }
}"""


@pytest.fixture(scope="module", params=["main", "worker"])
def started(browser, server, request):
    """A page with Python started by startPython, and the progress it reported."""
    worker = request.param == "worker"
    page = browser.new_page(gl_in_workers=worker)
    page.goto(f"{server.url}/e2e/blank.html")
    yield page, page.evaluate(START, worker, timeout=BOOT_TIMEOUT)
    assert page.evaluate("() => python.worker") == worker
    page.close()


@pytest.fixture
def loaded(started):
    page, _ = started
    page.evaluate("() => { progress.length = 0 }")
    return page


def test_boot_progress_counts_every_byte(started):
    _, events = started
    manifest = json.loads((ROOT / "web" / "dist" / "manifest.json").read_text())
    (wheel,) = [wheel for wheel in manifest["wheels"] if wheel["kind"] == "pyc"]
    total = sum(manifest["pyodide"]["files"].values()) + wheel["bytes"]
    assert {event["total"] for event in events} == {total}
    loaded = [event["loaded"] for event in events]
    assert loaded[0] == 0
    assert loaded == sorted(loaded)
    assert loaded[-1] == total
    files = {event["file"] for event in events}
    assert files == {"", "pyodide.asm.wasm", "python_stdlib.zip", wheel["name"]}


def test_calls_a_coroutine_with_plain_arguments(loaded):
    assert loaded.evaluate(CALL, "add", 1, 2) == {"value": 3}
    assert loaded.evaluate(CALL, "add", "a", "b") == {"value": "ab"}
    assert loaded.evaluate(CALL, "add", 5) == {"value": 15}


def test_arguments_become_python_values(loaded):
    value = {"list": [1, 2.5, "x"], "yes": True}
    assert loaded.evaluate(CALL, "describe", value) == {"value": repr(value)}
    assert loaded.evaluate(CALL, "describe", None) == {"value": "None"}


def test_buffers_cross_as_typed_arrays(loaded):
    halves = """async () => {
      const { values, more } = await python.call("halves", new Float32Array([1, 3]));
      return [values.constructor.name, Array.from(values), more];
    }"""
    assert loaded.evaluate(halves) == ["Float32Array", [0.5, 1.5], [[1, "two", None]]]


def test_an_image_crosses_copied_or_moved(loaded):
    send = """async (moved) => {
      const { transfer } = await import("/loader.js");
      const bitmap = await createImageBitmap(new ImageData(7, 5));
      return [await python.call("width", moved ? transfer(bitmap) : bitmap), bitmap.width];
    }"""
    assert loaded.evaluate(send, False) == [7, 7]
    assert loaded.evaluate(send, True)[0] == 7


def test_python_reports_progress(loaded):
    loaded.evaluate(CALL, "count", 2)
    assert loaded.evaluate("() => progress") == [
        {"stage": "count", "loaded": 1, "total": 2},
        {"stage": "count", "loaded": 2, "total": 2},
        {"stage": "count", "loss": 0.5},
    ]


def test_errors_carry_the_traceback(loaded):
    answer = loaded.evaluate(CALL, "fail")
    assert [answer["error"], answer["type"]] == ["PythonError", "ValueError"]
    # The line of the page's own file is quoted.
    assert 'loader_page.py", line' in answer["message"]
    assert 'raise ValueError("told you")' in answer["message"]
    assert answer["message"].rstrip().endswith("ValueError: told you")


def test_other_failures_are_errors_too(loaded):
    assert loaded.evaluate(CALL, "missing")["type"] == "AttributeError"
    assert loaded.evaluate(CALL, "unsendable")["type"] == "ConversionError"
    missing = """() => python.run("nothing.py").then(() => "ran", (error) => error.message)"""
    assert "404" in loaded.evaluate(missing)


def test_a_failed_boot_is_an_error(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    start = """async (worker) => {
      const { startPython } = await import("/loader.js");
      const manifestURL = new URL("/dist/no-such-manifest.json", location).href;
      return startPython({ worker, manifestURL }).then(() => "booted", (error) => error.message);
    }"""
    for worker in (False, True):
        message = page.evaluate(start, worker)
        assert "no-such-manifest.json: 404" in message


#: What becomes of calls that wait when another ends Python, and of the next one.
ENDING = """async (worker, end) => {
  const { startPython } = await import("/loader.js");
  const told = [];
  const python = await startPython({ worker, onEnd: (error) => told.push(error.name) });
  await python.run("loader_page.py");
  const answer = (name) => python.call(name).then(
    () => "answered", (error) => `${error.name}: ${error.message}`);
  const waiting = answer("wait");
  const answers = [await answer(end), await waiting, await answer("describe")];
  await new Promise((resolve) => setTimeout(resolve, 200));
  return [told, answers];
}"""


@pytest.mark.parametrize(
    ("where", "end", "why"),
    [
        ("main", "break_down", "Python broke down: "),
        ("worker", "break_down", "Python broke down: "),
        ("worker", "leave", "Python's worker has ended"),
    ],
)
def test_no_call_waits_for_python_that_has_ended(browser, server, where, end, why):
    page = browser.new_page(gl_in_workers=where == "worker")
    page.goto(f"{server.url}/e2e/blank.html")
    told, answers = page.evaluate(ENDING, where == "worker", end, timeout=BOOT_TIMEOUT)
    page.close()
    assert told == ["PythonEnded"]
    assert len(set(answers)) == 1
    assert answers[0].startswith(f"PythonEnded: {why}")


def test_a_worker_that_ends_while_it_boots(browser, tmp_path):
    page = browser.new_page(gl_in_workers=True)
    (tmp_path / "pyodide.mjs").write_text("close(); await new Promise(() => {});")
    (tmp_path / "pyodide-lock.json").write_text("{}")
    start = """async () => {
      const { startPython } = await import("/loader.js");
      const indexURL = new URL("/broken/", location).href;
      return startPython({ indexURL }).then(() => "booted", (error) => error.message);
    }"""
    with serve(broken=tmp_path) as running:
        page.goto(f"{running.url}/e2e/blank.html")
        assert "worker has ended" in page.evaluate(start)
    page.close()


def test_an_error_that_nothing_catches(browser, server):
    """Calls that wait fail, and their answers are nobody's; Python goes on."""
    page = browser.new_page(gl_in_workers=True)
    page.goto(f"{server.url}/e2e/blank.html")
    page.evaluate(START, True, timeout=BOOT_TIMEOUT)
    napping = """async () => {
      globalThis.uncaught = [];
      addEventListener("error", (event) => uncaught.push(event.message));
      const napping = python.call("nap").catch((error) => error.message);
      await python.call("throw_in_a_timer").catch(() => {}); // may be answered first
      return napping;
    }"""
    assert "in a timer" in page.evaluate(napping)
    assert page.evaluate(CALL, "nap") == {"value": "rested"}
    assert [m for m in page.evaluate("() => uncaught") if "in a timer" not in m] == []
    page.close()


def test_closed(browser, server):
    page = browser.new_page(gl_in_workers=True)
    page.goto(f"{server.url}/e2e/blank.html")
    close = """async () => {
      const { startPython } = await import("/loader.js");
      const told = [];
      const python = await startPython({ onEnd: (error) => told.push(error.message) });
      python.close();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return [told, await python.call("any").catch((error) => error.message)];
    }"""
    assert page.evaluate(close, timeout=BOOT_TIMEOUT) == [[], "Python was closed"]
    page.close()
