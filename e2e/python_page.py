"""A page with Python booted in it, where a test runs Python; behind the ``python_page`` fixture."""

from pathlib import Path

from e2e.browsers import BrowserFault, PageTimeout
from e2e.wire import decode, encode

BOOT_TIMEOUT = 180
RUN = "async (source, args) => (await globalThis.python).call('run', source, args)"
ADD = "async (name, text) => (await globalThis.python).call('add', name, text)"


class PythonPage:
    """The harness page of one browser, ``where`` is "main" or "worker". Boots when first used.

    Each ``run`` has its own global names; imported modules stay from run to run.
    """

    def __init__(self, browser, url, where):
        self.browser = browser
        self.where = where
        self._url = url + "/e2e/harness.html" + ("?worker" if where == "worker" else "")
        self._page = None
        self._added = set()
        self._restarts = browser.restarts

    @property
    def page(self):
        """The page itself, with Python booted."""
        if self._page is None or self._restarts != self.browser.restarts:
            self._restarts = self.browser.restarts
            self._added.clear()
            self._page = self.browser.new_page(gl_in_workers=self.where == "worker")
            self._page.goto(self._url)
            self._page.evaluate("async () => { await globalThis.python }", timeout=BOOT_TIMEOUT)
        return self._page

    def run(self, source, timeout=120, modules=(), **arguments):
        """Run Python with ``arguments`` as its names; return the value of its last expression.

        ``await`` may stand at the top level. Arguments and result are JSON types and buffers; a
        buffer (ndarray, array, bytes) arrives as a memoryview on the other side. Of the
        repository's own, ``modules`` can be imported there under their names.
        """
        page = self.page
        for module in modules:
            if module.__name__ not in self._added:
                page.evaluate(ADD, module.__name__, Path(module.__file__).read_text())
                self._added.add(module.__name__)
        try:
            return decode(page.evaluate(RUN, source, encode(arguments), timeout=timeout))
        except PageTimeout:
            # Its Python may still be busy; what runs next gets a fresh one.
            self.browser.restart()
            raise
        except BrowserFault:
            # Nothing runs in a page that crashed; what runs next gets a new one.
            self.close()
            raise

    def close(self):
        """Close the page."""
        if self._page is not None:
            self._page.close()
            self._page = None
