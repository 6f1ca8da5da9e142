"""The drivers do in each browser what e2e/browsers/interface.py says, failures included."""

import subprocess
import sys
import time

import pytest
from PIL import Image

from e2e.browsers import BrowserFault, PageError, PageTimeout, launch
from e2e.conftest import ROOT, serve
from e2e.python_page import PythonPage


@pytest.fixture
def blank(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    return page


def body(page, html):
    page.evaluate("(html) => { document.body.innerHTML = html }", html)


def test_evaluate_awaits_and_passes_json(blank):
    value = {"text": "é", "numbers": [1, 2.5, None, True]}
    assert blank.evaluate("async (value) => [value]", value) == [value]
    assert blank.evaluate("() => undefined") is None


def test_evaluate_raises_what_the_page_throws(blank):
    with pytest.raises(PageError, match="no luck"):
        blank.evaluate("async () => { throw new Error('no luck') }")


def test_goto_raises_for_an_address_without_a_server(page):
    with pytest.raises(PageError):
        page.goto("http://localhost:1/")


def test_goto_waits_until_all_is_loaded(browser, server):
    for _ in range(5):  # a driver may be early only now and then
        page = browser.new_page()
        page.goto(f"{server.url}/")
        assert page.evaluate("() => document.readyState") == "complete"
        page.close()


def test_wait_for_waits_and_gives_up(blank):
    blank.evaluate("() => { setTimeout(() => { globalThis.done = 5 }, 200) }")
    assert blank.wait_for("() => globalThis.done") == 5
    body(blank, "<p>Still at it")
    blank.evaluate("() => console.log('no answer yet')")
    with pytest.raises(PageTimeout, match=r"(?s)0\.3 s: .*Still at it.*no answer yet"):
        blank.wait_for("() => false", timeout=0.3)


def test_click_and_console(blank):
    body(blank, "<button onclick='console.log(`clicked`, 7)'>Press</button>")
    blank.click("button")
    blank.evaluate("() => { setTimeout(() => { throw new Error('late error') }) }")
    seen = ("clicked 7", "late error")
    wait_until(lambda: all(any(text in line for line in blank.console) for text in seen))


def test_upload(blank, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    body(blank, "<input type=file>")
    blank.upload("input", tmp_path / "notes.txt")
    assert blank.evaluate("() => document.querySelector('input').files[0].text()") == "hello"


def test_draw(blank):
    body(blank, "<div style='width:200px; height:100px; background:silver'></div>")
    blank.evaluate("""() => {
      globalThis.seen = [];
      const box = document.querySelector("div");
      for (const type of ["pointerdown", "pointermove", "pointerup"])
        box.addEventListener(type, (event) => seen.push([type, event.offsetX, event.offsetY]));
    }""")
    blank.draw("div", [(10, 20), (110, 20), (110, 80)])
    seen = blank.evaluate("() => seen")
    pressed = [event[0] for event in seen].index("pointerdown")
    assert seen[pressed] == ["pointerdown", 10, 20]
    assert ["pointermove", 110, 20] in seen
    assert seen[-1] == ["pointerup", 110, 80]


def test_resize_and_screenshot(blank, tmp_path):
    blank.evaluate("() => { document.body.style.background = 'rgb(255, 0, 0)' }")
    blank.resize(500, 600)
    assert blank.evaluate("() => [innerWidth, innerHeight]") == [500, 600]
    blank.screenshot(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as picture:
        assert picture.size == (500, 600)
        assert picture.convert("RGB").getpixel((250, 300)) == (255, 0, 0)


def test_webgl2_in_page_and_worker(python_page):
    """Float targets are what tfpy's kernels need; without them every test of them would fail."""
    source = """
import js
from pyodide.ffi import jsnull
context = lambda canvas: canvas.getContext("webgl2")
gl = context(js.OffscreenCanvas.new(8, 8))
if gl is jsnull and hasattr(js, "document"):
    gl = context(js.document.createElement("canvas"))
gl is not jsnull and gl.getExtension("EXT_color_buffer_float") is not jsnull
"""
    assert python_page.run(source) is True


#: WebAssembly that reads from where it has no memory: (module (memory 0)
#: (func (export "read") (drop (i32.load (i32.const 0))))).
OUTSIDE_OF_MEMORY = """
  const code = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 0,
    7, 8, 1, 4, 114, 101, 97, 100, 0, 0, 10, 10, 1, 8, 0, 65, 0, 40, 2, 0, 26, 11,
  ];
  const module = new WebAssembly.Module(new Uint8Array(code));
  new WebAssembly.Instance(module).exports.read();
"""

#: What stands in for Python where the browser around it is what is tested: it boots at once.
STAND_IN = """<!doctype html><script>
  globalThis.python = { call: async (name, source) => JSON.stringify(eval(source)) };
</script>"""


@pytest.fixture
def python_alone(browser, tmp_path):
    """A page like the tests' own, in a browser that may end: the others go on."""
    (tmp_path / "harness.html").write_text(STAND_IN)
    with serve(e2e=tmp_path) as server:
        own = launch(browser.name)
        yield PythonPage(own, server.url, "main")
        own.close()


@pytest.mark.browsers("chromium", "webkit")  # one for each driver
def test_python_that_hangs_is_given_up(python_alone):
    assert python_alone.run("1 + 1") == 2
    start = time.monotonic()
    with pytest.raises(PageTimeout):
        python_alone.run("for (;;);", timeout=2)
    assert time.monotonic() - start < 60
    # The browser was restarted, and the page with it.
    assert python_alone.run("1 + 1") == 2


def wait_until(condition, timeout=5):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "not within the time limit"
        time.sleep(0.05)


def processes(command):
    """The process numbers of all that were started by `command`."""
    found = subprocess.run(["pgrep", "-f", command], capture_output=True)
    return set(found.stdout.split())


@pytest.mark.browsers("webkit")  # the others' drivers live in the browser's own process
@pytest.mark.parametrize("command", ["MiniBrowser --automation", "WebKitWebDriver"])
def test_a_browser_that_ends_is_replaced(python_alone, command):
    others = processes(command)
    assert python_alone.run("1 + 1") == 2
    lost, own = python_alone.page, processes(command) - others
    assert own
    subprocess.run(["kill", "-KILL", *own], check=True)
    with pytest.raises(BrowserFault):
        python_alone.run("1 + 1")
    assert python_alone.run("1 + 1") == 2
    # Who still asks the page that is gone does not end the browser that came after it.
    restarts = python_alone.browser.restarts
    with pytest.raises(BrowserFault):
        _ = lost.console
    assert python_alone.browser.restarts == restarts
    assert python_alone.run("1 + 1") == 2


@pytest.mark.browsers("chromium")  # has an address that does it
def test_a_page_that_crashes_is_replaced(python_alone):
    assert python_alone.run("1 + 1") == 2
    with pytest.raises(PageError):
        python_alone.page.goto("chrome://crash")
    with pytest.raises(BrowserFault, match="crashed"):
        python_alone.run("1 + 1")
    assert python_alone.run("1 + 1") == 2


@pytest.mark.browsers("webkit")  # whose words these are
def test_python_outside_of_its_memory_is_replaced(python_alone):
    assert python_alone.run("globalThis.kept = 1") == 1
    with pytest.raises(BrowserFault, match="Out of bounds memory access"):
        python_alone.run(OUTSIDE_OF_MEMORY)
    assert python_alone.run("typeof kept") == "undefined"


@pytest.mark.browsers("chromium")  # one is enough: it is about how errors are read
def test_python_that_has_ended_is_replaced(python_alone):
    assert python_alone.run("globalThis.kept = 1") == 1
    with pytest.raises(PageError, match="PythonEnded: over"):
        python_alone.run("throw Object.assign(new Error('over'), { name: 'PythonEnded' })")
    assert python_alone.run("typeof kept") == "undefined"
    # An error of the code itself changes nothing.
    assert python_alone.run("globalThis.kept = 2") == 2
    with pytest.raises(PageError, match="TypeError"):
        python_alone.run("null.nothing")
    assert python_alone.run("kept") == 2


SHARED_PAGE = """
import pytest
from e2e.browsers import BrowserFault

opened = []

@pytest.fixture(scope="module")
def page():
    opened.append("page")
    yield len(opened)
    opened.append("closed")

def test_breaks_down_once(page):
    if page == 1:
        raise BrowserFault("gone")
    assert opened == ["page", "closed", "page"]

def test_goes_on(page):
    assert page == 3
"""


def test_a_rerun_gets_a_new_page_of_its_module(tmp_path):
    (tmp_path / "test_shared.py").write_text(SHARED_PAGE)
    plugins = [*("-p", "e2e.conftest"), *("--reruns", "1", "--only-rerun", "BrowserFault")]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert "2 passed, 1 rerun" in ran.stdout, ran.stdout
