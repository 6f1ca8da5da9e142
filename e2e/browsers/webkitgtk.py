"""The system's WebKitGTK (its MiniBrowser), driven by WebDriver through selenium.

Playwright's own WebKit, where installed, is in ``playwright.py``.
"""

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver import ActionChains, Remote, WebKitGTKOptions
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.file_detector import UselessFileDetector
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError, ReadTimeoutError

from e2e.browsers.display import ensure_display
from e2e.browsers.interface import Browser, BrowserFault, Page, PageError, PageTimeout

START_TIMEOUT = 60
#: What WebKitWebDriver says now and then of a script that has run, instead of its result.
LOST = "Could not parse script result"

CALL = """
const [args, done] = arguments;
(async () => JSON.stringify(await (%s)(...args)) ?? "null")().then(
  (value) => done({ value }),
  (error) => done({ error: `${error}\\n${error?.stack ?? ""}` }),
);
"""

#: The host of the page's address, once all of the page is there.
LOADED = "return document.readyState === 'complete' ? location.host : null"

# WebDriver has no console: the page keeps it, from its load event on and without its workers.
KEEP_CONSOLE = """
const kept = (globalThis.consoleOfTest = []);
for (const name of ["debug", "log", "info", "warn", "error"]) {
  const original = console[name];
  console[name] = (...values) => {
    kept.push(values.map(String).join(" "));
    original.apply(console, values);
  };
}
addEventListener("error", (event) => kept.push(event.message));
addEventListener("unhandledrejection", (event) => kept.push(String(event.reason)));
"""


class WebKitGTKBrowser(Browser):
    """One or two MiniBrowsers: with default features and, where asked for, WebGL in workers."""

    name = "webkit"

    def __init__(self, found):
        ensure_display()
        # WebKit refuses its sandbox to root, as which containers and CI often run.
        if os.geteuid() == 0:
            os.environ["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        # Painting pages with Mesa's llvmpipe ends the browser now and then (see e2e/conftest.py);
        # WebGL is drawn as ever.
        os.environ["WEBKIT_SKIA_ENABLE_CPU_RENDERING"] = "1"
        self._path = found.path
        self._instances = {}

    def new_page(self, gl_in_workers=False):
        if gl_in_workers not in self._instances:
            self._instances[gl_in_workers] = Instance(self._path, gl_in_workers)
        return WebKitGTKPage(self, self._instances[gl_in_workers].new_window())

    def replace_if_ended(self, driver):
        """Whether one of our browsers has ended (by a crash); what follows gets a living one."""
        if all(instance.driver is not driver for instance in self._instances.values()):
            return False
        try:
            _ = driver.window_handles
        except (WebDriverException, HTTPError):
            # The first once the browser is going, the second if the driver has gone too.
            self.restart()
            return True
        return False

    def _restart(self):
        self.close()

    def close(self):
        for instance in self._instances.values():
            instance.close()
        self._instances = {}


class Instance:
    """One running MiniBrowser."""

    def __init__(self, path, gl_in_workers):
        options = WebKitGTKOptions()
        options.binary_location = str(path)
        options.add_argument("--automation")
        if gl_in_workers:
            options.add_argument("--features=AllowWebGLInWorkers")
        self._service = Service(log_output=subprocess.DEVNULL)
        self._service.start()
        connection = ClientConfig(self._service.service_url, timeout=START_TIMEOUT)
        # Files are named, not sent: the driver runs on this machine.
        self.driver = Remote(
            RemoteConnection(client_config=connection),
            options=options,
            file_detector=UselessFileDetector(),
        )
        self._spare = self.driver.current_window_handle

    def new_window(self):
        """The driver, on a new window; the first one stays open, since the last ends all."""
        self.driver.switch_to.window(self._spare)
        self.driver.switch_to.new_window("window")
        return self.driver

    def close(self):
        """End the driver and with it the browser."""
        self.driver.command_executor.client_config.timeout = 10
        with contextlib.suppress(WebDriverException, HTTPError, OSError):
            self.driver.quit()
        with contextlib.suppress(OSError):
            self._service.stop()


class WebKitGTKPage(Page):
    """A page that WebDriver drives."""

    def __init__(self, browser, driver):
        self._browser = browser
        self._window_driver = driver
        self._window = driver.current_window_handle

    @property
    def console(self):
        return self.evaluate("() => globalThis.consoleOfTest ?? []", timeout=5)

    def goto(self, url, timeout=60):
        host = urlsplit(url).netloc
        end = time.monotonic() + timeout
        with self._driver(timeout) as driver:
            driver.get(url)
            # A busy machine's WebDriver may take the end of the load before for that of this one.
            while driver.execute_script(LOADED) != host:
                # It tells of a failed load only by staying where it was.
                if urlsplit(driver.current_url).netloc != host:
                    raise PageError(f"{url} could not be loaded")
                if time.monotonic() > end:
                    raise PageTimeout(f"webkit did not load {url} within {timeout} s")
                time.sleep(0.02)
            driver.execute_script(KEEP_CONSOLE)

    def evaluate(self, function, *args, timeout=60):
        with self._driver(timeout) as driver:
            answer = driver.execute_async_script(CALL % function, list(args))
        if "error" in answer:
            raise PageError(answer["error"])
        return json.loads(answer["value"])

    def click(self, selector, timeout=30):
        with self._driver(timeout) as driver:
            driver.find_element(By.CSS_SELECTOR, selector).click()

    def upload(self, selector, path, timeout=30):
        with self._driver(timeout) as driver:
            driver.find_element(By.CSS_SELECTOR, selector).send_keys(str(Path(path).resolve()))

    def draw(self, selector, points, timeout=30):
        with self._driver(timeout) as driver:
            element = driver.find_element(By.CSS_SELECTOR, selector)
            width, height = element.size["width"], element.size["height"]
            # WebDriver counts from the centre of the element.
            (x, y), *rest = [(round(x - width / 2), round(y - height / 2)) for x, y in points]
            chain = ActionChains(driver, duration=20)
            chain.move_to_element_with_offset(element, x, y).click_and_hold()
            for x, y in rest:
                chain.move_to_element_with_offset(element, x, y)
            chain.release().perform()

    def screenshot(self, path, timeout=30):
        with self._driver(timeout) as driver:
            driver.save_screenshot(str(path))

    def resize(self, width, height, timeout=30):
        inner = self.evaluate("() => [innerWidth, innerHeight]", timeout=timeout)
        with self._driver(timeout) as driver:
            outer = driver.get_window_size()
            frame = outer["width"] - inner[0], outer["height"] - inner[1]
            driver.set_window_size(width + frame[0], height + frame[1])
        self.wait_for(
            "(w, h) => innerWidth === w && innerHeight === h", width, height, timeout=timeout
        )

    def close(self):
        with contextlib.suppress(PageError, PageTimeout), self._driver(10) as driver:
            driver.close()

    @contextlib.contextmanager
    def _driver(self, timeout):
        """The driver, on this page's window and with a time limit; its errors translated."""
        driver = self._window_driver
        # A busy page cannot answer at all: then only the connection's own limit ends it.
        driver.command_executor.client_config.timeout = timeout + 5
        try:
            driver.switch_to.window(self._window)
            driver.set_script_timeout(timeout)
            driver.set_page_load_timeout(timeout)
            yield driver
        except (TimeoutException, HTTPError) as error:
            if isinstance(getattr(error, "reason", error), (TimeoutException, ReadTimeoutError)):
                raise PageTimeout(f"webkit did not answer within {timeout} s") from error
            # The connection was refused or broke off.
            self._browser.replace_if_ended(driver)
            raise BrowserFault("webkit's driver has ended") from error
        except WebDriverException as error:
            ended = self._browser.replace_if_ended(driver)
            kind = BrowserFault if ended or error.msg == LOST else PageError
            raise kind(error.msg) from None
