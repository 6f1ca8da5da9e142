"""Finds the browsers: Playwright's own where they are installed, else the system's.

It installs nothing; ``setup_browsers.py`` does.
"""

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES = ("chromium", "firefox", "webkit")

SYSTEM_COMMANDS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "firefox": ("firefox-esr", "firefox"),
}
MINIBROWSER_PLACES = (
    "/usr/lib/*/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/webkit2gtk-4.1/MiniBrowser",
)


class MissingBrowser(Exception):
    """A required browser is not installed; the text says what to run."""


@dataclass(frozen=True)
class Found:
    """A browser's program, who drives it, and whether it is Playwright's own build."""

    name: str
    path: Path
    driver: str  # "playwright" or "webdriver"
    bundled: bool = False


def find(name):
    """The browser ``name``, or MissingBrowser."""
    found = find_bundled(name) or find_system(name)
    if not found:
        raise MissingBrowser(
            f"{name} is not installed: run 'make browsers', "
            f"or '.venv/bin/playwright install --with-deps {name}'"
        )
    return found


@cache
def find_bundled(name):
    """Playwright's own build of the browser, where it is installed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(getattr(playwright, name).executable_path)
    return Found(name, path, "playwright", bundled=True) if path.exists() else None


def find_system(name):
    """The system's browser, where it and what drives it are installed."""
    if name == "webkit":
        return find_webkitgtk()
    for command in SYSTEM_COMMANDS[name]:
        if path := shutil.which(command):
            return Found(name, Path(path), "playwright")
    return None


def find_webkitgtk():
    """WebKitGTK's small browser; Playwright cannot drive it, its WebDriver does."""
    browsers = [path for place in MINIBROWSER_PLACES for path in Path("/").glob(place[1:])]
    if browsers and shutil.which("WebKitWebDriver"):
        return Found("webkit", browsers[0], "webdriver")
    return None
