"""Python boots in every browser, in page and worker, and the built wheels install there."""

import json

import numpy as np
import pytest

from e2e.browsers import PageError
from e2e.conftest import ROOT
from e2e.python_page import BOOT_TIMEOUT, PythonPage

MANIFEST = ROOT / "web" / "dist" / "manifest.json"
LOAD_PYODIDE = """async () => {
  const { loadPyodide } = await import("/node_modules/pyodide/pyodide.mjs");
  globalThis.pyodide = await loadPyodide();
}"""
VERSION = "import tfpy; tfpy.__version__"


def wheels():
    return json.loads(MANIFEST.read_text())["wheels"]


def plain_wheel():
    """The URL path of the plain wheel; loader.js installs the other one in every other test."""
    (name,) = [wheel["name"] for wheel in wheels() if wheel["kind"] == "py"]
    return f"/dist/{name}"


@pytest.fixture
def bare_page(page, server):
    """A page with Pyodide and nothing else."""
    page.goto(f"{server.url}/e2e/blank.html")
    page.evaluate(LOAD_PYODIDE, timeout=BOOT_TIMEOUT)
    return page


def test_load_package_installs_the_plain_wheel(bare_page):
    install = "async (url) => { await pyodide.loadPackage(url, { messageCallback() {} }) }"
    bare_page.evaluate(install, plain_wheel())
    assert bare_page.evaluate("(code) => pyodide.runPython(code)", VERSION) == "0.1.0"


def test_micropip_installs_the_plain_wheel(bare_page, micropip_wheels):
    install = """async (tools, wheel) => {
      await pyodide.loadPackage(tools, { messageCallback() {} });
      await pyodide.pyimport("micropip").install(new URL(wheel, location).href);
    }"""
    bare_page.evaluate(install, micropip_wheels, plain_wheel())
    assert bare_page.evaluate("(code) => pyodide.runPython(code)", VERSION) == "0.1.0"


@pytest.fixture(scope="session")
def micropip_wheels():
    """URL paths of micropip and what it needs, which lie beside the built wheels."""
    found = sorted((MANIFEST.parent / "micropip").glob("*.whl"))
    if not found:
        pytest.fail("micropip's wheels are missing: run 'make e2e', which fetches them")
    return [f"/dist/micropip/{path.name}" for path in found]


def test_python_runs_in_page_and_worker(python_page):
    where = "import js; 'window' if hasattr(js, 'document') else 'worker'"
    expected = {"main": "window", "worker": "worker"}[python_page.where]
    assert python_page.run(where) == expected
    assert python_page.run(VERSION) == "0.1.0"


def test_the_compiled_wheel_is_the_one_installed(python_page):
    assert python_page.run("import tfpy; tfpy.__file__").endswith(
        "/site-packages/tfpy/__init__.pyc"
    )


def test_tfpy_imports_without_numpy(python_page):
    assert python_page.run("import importlib.util, tfpy; importlib.util.find_spec('numpy')") is None


def test_arguments_and_buffers_cross_both_ways(python_page):
    sent = np.arange(6, dtype=np.float32).reshape(2, 3)
    text, numbers, shape, array, raw = python_page.run(
        """
import asyncio
await asyncio.sleep(0)
[text, numbers, array.shape, array, array.tobytes()]
""",
        text="é\n",
        numbers=[1, 2.5, None, True],
        array=sent,
    )
    assert [text, numbers, shape] == ["é\n", [1, 2.5, None, True], [2, 3]]
    np.testing.assert_array_equal(np.asarray(array), sent)
    assert bytes(raw) == sent.tobytes()


def test_each_run_has_its_own_names(python_page):
    python_page.run("left_over = 1")
    assert python_page.run("'left_over' in globals()") is False


def test_a_python_error_arrives_with_its_traceback(python_page):
    with pytest.raises(PageError, match=r"(?s)PythonError.*Traceback.*ValueError: told you"):
        python_page.run("raise ValueError('told you')")


def test_boots_cross_origin_isolated(browser, isolated_server):
    """In a worker, as pages do; what is sent to it has to be isolated too."""
    opened = PythonPage(browser, isolated_server.url, "worker")
    try:
        assert opened.page.evaluate("() => crossOriginIsolated") is True
        assert opened.run("import js; bool(js.crossOriginIsolated)") is True
        assert opened.run(VERSION) == "0.1.0"
    finally:
        opened.close()
