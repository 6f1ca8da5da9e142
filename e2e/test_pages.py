"""The pages, used as a person would: by clicking, drawing, choosing files and reading the answers.

Screenshots of every page are kept under e2e/artifacts/, in the width of a desktop and of a phone.
"""

import pytest

from e2e.conftest import ARTIFACTS
from e2e.python_page import BOOT_TIMEOUT

MODEL = "/models/mobilenet_v1_025_224_layers/model.json"
PREDICT_TIMEOUT = 90
DESKTOP, PHONE = (1280, 900), (390, 844)

TEXT = "(selector) => document.querySelector(selector).innerText"
VISIBLE = "(selector) => Boolean(document.querySelector(selector)?.offsetParent)"
SAYS = "(selector, text) => document.querySelector(selector).textContent.includes(text)"
STATE = """() => document.querySelector('#runtime').dataset.state ??
  (document.querySelector('#model-error:not([hidden])') ? 'without its model' : null)"""
BARS = """() => Array.from(document.querySelectorAll('#bars li'), (item) => ({
  name: item.querySelector('.name').textContent,
  share: parseFloat(item.querySelector('.share').textContent) / 100,
  width: Number(item.querySelector('.bar').style.getPropertyValue('--share')),
}))"""
ELSEWHERE = """() => performance.getEntriesByType('resource')
  .map((entry) => entry.name).filter((url) => new URL(url).origin !== location.origin)"""


def open_page(browser, url, gl_in_workers=True):
    page = browser.new_page(gl_in_workers=gl_in_workers)
    page.resize(*DESKTOP)
    page.goto(url)
    return page


def wait_until_ready(page):
    """Wait until Python, and where there is one the model, can be used; say why if they cannot."""
    state = page.wait_for(STATE, timeout=BOOT_TIMEOUT)
    if state != "ready":
        pytest.fail(f"{state}: {page.evaluate(TEXT, 'body')}\n{page.console}")


#: What was shown last can be seen: WebKit's screenshot is that of the last frame.
PAINTED = """() => new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
})"""


def keep_pictures(page, browser, name):
    """Screenshots in both widths, and proof that a phone needs no sideways scrolling."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.evaluate(PAINTED)
    page.screenshot(ARTIFACTS / f"{name}-{browser.name}-desktop.png")
    if browser.name == "webkit":
        return  # its window does not become as narrow as a phone
    page.resize(*PHONE)
    page.screenshot(ARTIFACTS / f"{name}-{browser.name}-phone.png")
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    page.resize(*DESKTOP)
    assert wide <= 0


# ---------------------------------------------------------------------------------- landing page


@pytest.fixture(scope="module")
def home(browser, server):
    page = open_page(browser, f"{server.url}/")
    yield page
    page.close()


def run_code(page, source=None):
    """Press Run, on other code if given; returns what it printed."""
    if source is not None:
        page.evaluate("(source) => { document.querySelector('#code').value = source }", source)
    page.evaluate("() => { document.querySelector('#took').textContent = '' }")
    page.click("#run")
    page.wait_for(SAYS, "#took", "Ran in", timeout=BOOT_TIMEOUT)
    return page.evaluate(TEXT, "#output")


def test_the_landing_page_runs_its_example(home, browser):
    assert run_code(home).splitlines() == ["y = 3.02 x + 0.50", "computed on webgl"]
    assert "in a worker" in home.evaluate(TEXT, "#runtime")
    keep_pictures(home, browser, "home")


def test_the_landing_page_runs_other_code(home):
    assert run_code(home, "import tfpy\ntfpy.arange(3) * 2").strip() == "tfpy.tensor([0, 2, 4])"
    failed = run_code(home, "import tfpy\ntfpy.ones((2,)) + tfpy.ones((3,))")
    assert 'File "example.py", line 2' in failed
    assert "ShapeError" in failed.splitlines()[-1]


def test_the_landing_page_says_that_python_has_ended(home):
    """And starts another when more is to be run."""
    source = "import js, asyncio\njs.close()\nawait asyncio.sleep(60)"
    home.evaluate("(source) => { document.querySelector('#code').value = source }", source)
    home.click("#run")
    home.wait_for(SAYS, "#runtime", "Python has stopped", timeout=BOOT_TIMEOUT)
    assert "Python's worker has ended" in home.evaluate(TEXT, "#runtime")
    assert run_code(home, "print(6 * 7)").strip() == "42"
    assert "in a worker" in home.evaluate(TEXT, "#runtime")


def test_the_landing_page_names_the_wheel(home, server):
    home.wait_for("() => document.querySelector('#wheel a') !== null")
    wheel = home.evaluate("() => document.querySelector('#wheel a').href")
    assert wheel.startswith(f"{server.url}/dist/tfpy-")
    assert wheel in home.evaluate(TEXT, ".ways")
    assert home.evaluate(ELSEWHERE) == []


# ------------------------------------------------------------------------------------ photo page


class PhotoPage:
    """The photo page; ``failure`` is what it showed while its model could not be reached."""

    def __init__(self, page):
        self.page = page
        self.failure = None

    def wait_for_answer(self, name):
        """Wait until ``name`` is the likeliest; returns all bars."""
        first = "(name) => document.querySelector('#bars .name')?.textContent === name"
        self.page.wait_for(first, name, timeout=PREDICT_TIMEOUT)
        return self.page.evaluate(BARS)

    def fail_first(self):
        """Wait for the message about the missing model, keep it, and name the right one."""
        self.page.wait_for(VISIBLE, "#model-error", timeout=BOOT_TIMEOUT)
        link = "() => document.querySelector('#digits-link').href"
        self.failure = self.page.evaluate(TEXT, "#model-error"), self.page.evaluate(link)
        name = "(url) => { document.querySelector('#other-url').value = url }"
        self.page.evaluate(name, MODEL)
        self.page.click("#retry button")


@pytest.fixture(scope="module")
def photos(browser, server, models_dir):
    """The photo page in a worker; its first model is missing, and then the right one is named."""
    page = open_page(browser, f"{server.url}/mobilenet/?model=/nowhere/model.json")
    opened = PhotoPage(page)
    opened.fail_first()
    wait_until_ready(page)
    yield opened
    page.close()


def test_a_model_that_cannot_be_reached_is_no_dead_end(photos, server):
    text, link = photos.failure
    assert f"{server.url}/nowhere/model.json" in text
    assert "404" in text
    assert link == f"{server.url}/digits/"
    assert not photos.page.evaluate(VISIBLE, "#model-error")


def test_a_sample_photo_is_classified(photos, browser):
    photos.page.click("[data-sample=coffee]")
    bars = photos.wait_for_answer("espresso")
    assert len(bars) == 5
    assert bars[0]["share"] > 0.5
    for bar in bars:
        assert bar["width"] == pytest.approx(bar["share"], abs=0.001)
    assert "in a worker" in photos.page.evaluate(TEXT, "#runtime")
    keep_pictures(photos.page, browser, "mobilenet")


def test_an_uploaded_photo_is_classified(photos, models_dir):
    photos.page.upload("#file", models_dir / "images" / "chelsea_224.png")
    bars = photos.wait_for_answer("tabby")
    # TensorFlow.js's answer to these very pixels.
    assert bars[0]["share"] == pytest.approx(0.4139, abs=0.001)


def test_what_is_no_image_is_refused_and_the_page_goes_on(photos, models_dir):
    photos.page.upload("#file", models_dir / "README.md")
    photos.page.wait_for(SAYS, "#photo-error", "README.md is not an image")
    photos.page.click("[data-sample=coffee]")
    photos.wait_for_answer("espresso")
    assert not photos.page.evaluate(VISIBLE, "#photo-error")


# Chromium and Firefox have a fake camera, WebKitGTK has not.
CANVAS_AS_CAMERA = """() => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  setInterval(() => {
    context.fillStyle = `hsl(${performance.now() / 10} 80% 50%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }, 50);
  const devices = {getUserMedia: async () => canvas.captureStream()};
  Object.defineProperty(navigator, 'mediaDevices', {value: devices, configurable: true});
}"""


def test_the_camera_is_classified_live(photos, browser):
    if browser.name == "webkit":
        photos.page.evaluate(CANVAS_AS_CAMERA)
    count = """() => {
      globalThis.answers = 0;
      const bars = document.querySelector('#bars');
      new MutationObserver(() => answers++).observe(bars, {childList: true});
    }"""
    photos.page.evaluate(count)
    photos.page.click("#camera")
    photos.page.wait_for("() => answers >= 3", timeout=PREDICT_TIMEOUT)
    assert photos.page.evaluate(VISIBLE, "#video")
    photos.page.click("#camera")
    photos.page.wait_for(SAYS, "#camera", "Start camera")
    assert photos.page.evaluate("() => document.querySelector('#photo').width") > 0


def test_a_refused_camera_is_explained(photos):
    refuse = """() => {
      const refused = () => Promise.reject(new DOMException('Permission denied'));
      const devices = {getUserMedia: refused};
      Object.defineProperty(navigator, 'mediaDevices', {value: devices, configurable: true});
    }"""
    photos.page.evaluate(refuse)
    photos.page.click("#camera")
    photos.page.wait_for(SAYS, "#photo-error", "Permission denied")
    assert photos.page.evaluate(TEXT, "#camera") == "Start camera"


@pytest.mark.browsers("chromium")  # where the digits page is in a worker; WebKit's is not
def test_photos_are_classified_on_the_main_thread(browser, server, models_dir):
    page = open_page(browser, f"{server.url}/mobilenet/?main&model={MODEL}", gl_in_workers=False)
    opened = PhotoPage(page)
    wait_until_ready(page)
    assert "on the main thread" in page.evaluate(TEXT, "#runtime")
    page.click("[data-sample=coffee]")
    assert opened.wait_for_answer("espresso")[0]["share"] > 0.5
    page.close()


# ----------------------------------------------------------------------------------- digits page

# In percent of the drawing area.
STROKES = {
    7: [(25, 20), (75, 20), (45, 85)],
    1: [(50, 15), (50, 85)],
    0: [(50, 15), (30, 30), (27, 60), (40, 82), (60, 82), (73, 60), (70, 30), (50, 15)],
}


@pytest.fixture(scope="module")
def digits(browser, server):
    """The digits page; in WebKit without WebGL in workers, so that it must help itself."""
    page = open_page(browser, f"{server.url}/digits/", gl_in_workers=False)
    wait_until_ready(page)
    yield page
    page.close()


def test_the_digits_page_is_ready_wherever_webgl_is(digits, browser):
    facts = digits.evaluate(TEXT, "#runtime")
    assert "WebGL2" in facts
    # Playwright's own WebKit has WebGL in workers, WebKitGTK has not by default.
    assert "in a worker" in facts or (browser.name == "webkit" and "on the main thread" in facts)
    assert digits.evaluate(ELSEWHERE) == []


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawn_digit_is_read(digits, browser, digit):
    digits.click("#clear")
    digits.wait_for(SAYS, "#sentence", "Draw a digit", timeout=PREDICT_TIMEOUT)
    size = digits.evaluate("() => document.querySelector('#drawing').clientWidth")
    digits.draw("#drawing", [(x / 100 * size, y / 100 * size) for x, y in STROKES[digit]])
    digits.wait_for(SAYS, "#sentence", f"This is a {digit} ", timeout=PREDICT_TIMEOUT)
    best = "() => document.querySelector('#bars .best').lastChild.textContent"
    assert digits.evaluate(best) == str(digit)
    keep_pictures(digits, browser, f"digits-{digit}")


def test_an_example_is_drawn_on_request(digits):
    digits.click("#example")
    digits.wait_for(SAYS, "#sentence", "This is a 7 ", timeout=PREDICT_TIMEOUT)
