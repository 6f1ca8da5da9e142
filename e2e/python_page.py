"""A page with Python booted in it, where a test runs Python; behind the ``python_page`` fixture."""

import contextlib
from pathlib import Path

from e2e.browsers import BrowserFault, PageError, PageTimeout
from e2e.wire import decode, encode

BOOT_TIMEOUT = 180
#: What the error says after which Python cannot go on, by loader.js.
ENDED = "PythonEnded"
#: What it says in WebKit of compiled code that reads or writes outside of its memory. Nothing
#: written in Python can do that; WebKit's does it once in some hundred pages, no other browser's.
OUTSIDE = "Out of bounds memory access"
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
            with self._replaced_if_dead():
                self._boot()
        return self._page

    def _boot(self):
        self._restarts = self.browser.restarts
        self._added.clear()
        self._page = self.browser.new_page(gl_in_workers=self.where == "worker")
        try:
            self._page.goto(self._url)
            self._page.evaluate("async () => { await globalThis.python }", timeout=BOOT_TIMEOUT)
        except PageError:
            self.close()
            raise

    def run(self, source, timeout=120, modules=(), **arguments):
        """Run Python with ``arguments`` as its names; return the value of its last expression.

        ``await`` may stand at the top level. Arguments and result are JSON types and buffers; a
        buffer (ndarray, array, bytes) arrives as a memoryview on the other side. Of the
        repository's own, ``modules`` can be imported there under their names.
        """
        page = self.page
        with self._replaced_if_dead():
            for module in modules:
                if module.__name__ not in self._added:
                    page.evaluate(ADD, module.__name__, Path(module.__file__).read_text())
                    self._added.add(module.__name__)
            return decode(page.evaluate(RUN, source, encode(arguments), timeout=timeout))

    @contextlib.contextmanager
    def _replaced_if_dead(self):
        """After errors in which Python ends, what runs next gets another page."""
        try:
            yield
        except PageTimeout:
            self.browser.restart()  # it may still be busy
            raise
        except PageError as error:
            outside = OUTSIDE in str(error)
            if outside or ENDED in str(error) or isinstance(error, BrowserFault):
                self.close()
            if outside:
                raise BrowserFault(str(error)) from error
            raise

    def close(self):
        """Close the page."""
        if self._page is not None:
            self._page.close()
            self._page = None
