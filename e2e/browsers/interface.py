"""What a test may do with a browser: the interface that each driver implements.

It is synchronous, every call has a time limit in seconds, and it holds only what a person or a
test of Python in a page needs; anything else goes through ``evaluate``.
"""

import time
from abc import ABC, abstractmethod


class PageError(Exception):
    """The page's JavaScript threw; the text is its message and stack."""


class BrowserFault(PageError):
    """The browser ended, or its driver failed: nothing that the page did."""


class PageTimeout(Exception):
    """A call into the page did not end in time; the browser has to be restarted."""


class Page(ABC):
    """One page. ``console`` is the list of what it logged so far, errors included."""

    @property
    @abstractmethod
    def console(self): ...

    @abstractmethod
    def goto(self, url, timeout=60):
        """Load ``url`` and wait for its load event."""

    @abstractmethod
    def evaluate(self, function, *args, timeout=60):
        """Call a JavaScript function, given as text, and await its result.

        Arguments and result are JSON: ``page.evaluate("async (a, b) => a + b", 1, 2)``.
        """

    @abstractmethod
    def click(self, selector, timeout=30):
        """Click the element's centre with the mouse."""

    @abstractmethod
    def upload(self, selector, path, timeout=30):
        """Choose a file in an ``<input type="file">``."""

    @abstractmethod
    def draw(self, selector, points, timeout=30):
        """Press the mouse at the first of ``points``, move through all, and release.

        Points are (x, y) in CSS pixels from the element's top left corner.
        """

    @abstractmethod
    def screenshot(self, path, timeout=30):
        """Save what is visible as a PNG."""

    @abstractmethod
    def resize(self, width, height, timeout=30):
        """Give the page's visible area this size in CSS pixels."""

    @abstractmethod
    def close(self):
        """Close the page; never raises."""

    def wait_for(self, function, *args, timeout=60):
        """Call a JavaScript function again and again until its result is true; return that.

        What the page shows and has logged when it gives up is told with the error.
        """
        start = time.monotonic()
        while True:
            if value := self.evaluate(function, *args, timeout=timeout):
                return value
            waited = time.monotonic() - start
            if waited > timeout:
                shown = self.evaluate("() => document.body?.innerText", timeout=timeout)
                told = "\n".join([function, "The page shows:", str(shown), *self.console])
                raise PageTimeout(f"not true within {timeout} s: {told}")
            # Every question takes time from what the page is waiting for, too.
            time.sleep(max(0.05, min(0.05 * waited, 0.5)))


class Browser(ABC):
    """A running browser: ``name`` is chromium, firefox or webkit.

    ``restarts`` counts; pages opened before the last restart are gone.
    """

    name: str
    restarts = 0

    @abstractmethod
    def new_page(self, gl_in_workers=False):
        """Open a page. ``gl_in_workers``: for WebKitGTK, which by default has WebGL only in pages,
        use an instance that has it in workers too; the other browsers always have."""

    def restart(self):
        """Close everything, also when the browser hangs, and start it anew."""
        self.restarts += 1
        self._restart()

    @abstractmethod
    def _restart(self): ...

    @abstractmethod
    def close(self):
        """Close everything; never raises."""
