"""Chromium, Firefox, and Playwright's own WebKit, driven by Playwright.

Playwright's asynchronous interface is used, on an event loop of its own: that is what makes it
possible to give up on a page that hangs.
"""

import asyncio
import contextlib
import json
import sys

from playwright.async_api import Error, async_playwright

from e2e.browsers.display import ensure_display
from e2e.browsers.interface import Browser, BrowserFault, Page, PageError, PageTimeout

VIEWPORT = {"width": 1024, "height": 768}

# WebGL without a GPU, fake camera and microphone, and no traffic of the browser's own.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FIREFOX_PREFERENCES = {
    "webgl.force-enabled": True,
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
}


class PlaywrightBrowser(Browser):
    """A browser that Playwright drives."""

    def __init__(self, found, film=None):
        self.name = found.name
        self._found = found
        self._film = film
        self._loop = asyncio.new_event_loop()
        if self.name == "firefox":
            ensure_display()  # without a window it has no WebGL where there is no GPU
        self._start()

    def _start(self):
        self._playwright = self.run(async_playwright().start(), 30)
        self._browser = self.run(self._launch(), 60)

    def _launch(self):
        program = {} if self._found.bundled else {"executable_path": str(self._found.path)}
        if self.name == "chromium":
            film = [f"--use-file-for-fake-video-capture={self._film}"] if self._film else []
            return self._playwright.chromium.launch(args=[*CHROMIUM_FLAGS, *film], **program)
        if self.name == "webkit":
            return self._playwright.webkit.launch(**program)
        if not self._found.bundled:
            program["channel"] = "moz-firefox"  # a stock Firefox speaks BiDi only
        return self._playwright.firefox.launch(
            headless=not sys.platform.startswith("linux"),
            firefox_user_prefs=FIREFOX_PREFERENCES,
            **program,
        )

    def run(self, awaitable, timeout):
        """Wait for a Playwright call, at most ``timeout`` seconds."""
        try:
            return self._loop.run_until_complete(asyncio.wait_for(awaitable, timeout))
        except TimeoutError:
            raise PageTimeout(f"{self.name} did not answer within {timeout} s") from None

    def new_page(self, gl_in_workers=False):
        return self.run(self._new_page(), 30)

    async def _new_page(self):
        # The page's events can be subscribed to only from within the loop.
        return PlaywrightPage(self, await self._browser.new_page(viewport=VIEWPORT))

    def _restart(self):
        self._stop()
        self._start()

    def _stop(self):
        for end in (self._browser.close, self._playwright.stop):
            with contextlib.suppress(Error, PageTimeout):
                self.run(end(), 15)

    def close(self):
        self._stop()
        self._loop.close()


class PlaywrightPage(Page):
    """A page that Playwright drives."""

    def __init__(self, browser, page):
        self._browser = browser
        self._page = page
        self._console = []
        page.on("console", lambda message: self._console.append(message.text))
        page.on("pageerror", lambda error: self._console.append(str(error)))

    @property
    def console(self):
        # Messages arrive only while the loop runs.
        self._run(asyncio.sleep(0.01), 5)
        return self._console

    def goto(self, url, timeout=60):
        self._run(self._page.goto(url), timeout)

    def evaluate(self, function, *args, timeout=60):
        call = f"async (args) => JSON.stringify(await ({function})(...args)) ?? 'null'"
        return json.loads(self._run(self._page.evaluate(call, list(args)), timeout))

    def click(self, selector, timeout=30):
        self._run(self._page.click(selector), timeout)

    def upload(self, selector, path, timeout=30):
        self._run(self._page.set_input_files(selector, str(path)), timeout)

    def draw(self, selector, points, timeout=30):
        self._run(self._draw(selector, points), timeout)

    async def _draw(self, selector, points):
        box = await self._page.locator(selector).bounding_box()
        mouse = self._page.mouse
        (x, y), *rest = [(box["x"] + x, box["y"] + y) for x, y in points]
        await mouse.move(x, y)
        await mouse.down()
        for x, y in rest:
            await mouse.move(x, y, steps=4)
        await mouse.up()

    def screenshot(self, path, timeout=30):
        self._run(self._page.screenshot(path=str(path)), timeout)

    def resize(self, width, height, timeout=30):
        self._run(self._page.set_viewport_size({"width": width, "height": height}), timeout)

    def close(self):
        with contextlib.suppress(Error, PageTimeout):
            self._browser.run(self._page.close(), 10)

    def _run(self, awaitable, timeout):
        try:
            return self._browser.run(awaitable, timeout)
        except Error as error:
            crashed = "crashed" in error.message  # "Target crashed", "Page crashed"
            raise (BrowserFault if crashed else PageError)(error.message) from None
