"""The three browsers behind one small interface: see ``interface.py``.

``launch(name)`` starts one; ``PlaywrightBrowser`` or ``WebKitGTKBrowser`` is an implementation
detail of where the browser was found.
"""

from e2e.browsers.find import NAMES, find
from e2e.browsers.interface import Browser, BrowserFault, Page, PageError, PageTimeout

__all__ = ["NAMES", "Browser", "BrowserFault", "Page", "PageError", "PageTimeout", "launch"]


def launch(name, film=None):
    """Start the browser ``name``; a MissingBrowser error says how to install it.

    ``film``: what Chromium's fake camera shows, a path of JPEGs one after the other (``.mjpeg``).
    """
    found = find(name)
    # Each driver library takes a while to import: only the one in use.
    if found.driver == "playwright":
        from e2e.browsers.playwright import PlaywrightBrowser

        return PlaywrightBrowser(found, film)
    from e2e.browsers.webkitgtk import WebKitGTKBrowser

    return WebKitGTKBrowser(found)
