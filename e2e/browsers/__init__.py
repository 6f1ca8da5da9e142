"""The three browsers behind one small interface: see ``interface.py``.

``launch(name)`` starts one; ``PlaywrightBrowser`` or ``WebKitGTKBrowser`` is an implementation
detail of where the browser was found.
"""

from e2e.browsers.find import NAMES, find
from e2e.browsers.interface import Browser, BrowserFault, Page, PageError, PageTimeout

__all__ = ["NAMES", "Browser", "BrowserFault", "Page", "PageError", "PageTimeout", "launch"]


def launch(name):
    """Start the browser ``name``; a MissingBrowser error says how to install it."""
    found = find(name)
    # Each driver library takes a while to import: only the one in use.
    if found.driver == "playwright":
        from e2e.browsers.playwright import PlaywrightBrowser

        return PlaywrightBrowser(found)
    from e2e.browsers.webkitgtk import WebKitGTKBrowser

    return WebKitGTKBrowser(found)
