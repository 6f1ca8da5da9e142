"""Fixtures of the browser tests; see the docstrings for what a test may use.

Tests are parametrised by browser (``--browser chromium`` takes one), and pytest orders them so
that each browser starts once. A browser that is missing is an error, never a skip.
"""

import re
import sys
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from e2e.browsers import NAMES, BrowserFault, Page, PageError, PageTimeout, launch
from e2e.python_page import PythonPage
from tests import models_folder
from tests.keeping import Keeps

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / "e2e" / "artifacts"

sys.path.insert(0, str(ROOT / "web"))
from serve import Handler, Server  # noqa: E402  (the pages' own server, not a package)


def pytest_addoption(parser):
    parser.addoption(
        "--browser", action="append", choices=NAMES, help="test in this browser only; repeatable"
    )


def pytest_generate_tests(metafunc):
    if "browser" in metafunc.fixturenames:
        names = metafunc.config.getoption("browser") or NAMES
        # Some browsers lack what a test is about: it says which have it, and why.
        for marker in metafunc.definition.iter_markers("browsers"):
            names = [name for name in names if name in marker.args]
        metafunc.parametrize("browser", names, indirect=True, scope="session")


#: Tests that take Chromium, the slowest, a fifth of its time: a second one runs them as soon as
#: another browser is through, so that all end together.
APART = ("test_bench.py", "test_frames.py")


class BrowserScheduling(LoadScopeScheduling):
    """Browsers run side by side, each in a process of its own, in which it starts once. (Groups
    of xdist's own, by marks, are without effect since pytest 9.2.)"""

    def _split_scope(self, nodeid):
        parameters = nodeid.rpartition("[")[2].rstrip("]").split("-")
        name = next((name for name in NAMES if name in parameters), nodeid)
        apart = name == "chromium" and nodeid.partition("::")[0].endswith(APART)
        return f"{name} apart" if apart else name


def pytest_xdist_make_scheduler(config, log):
    return BrowserScheduling(config, log)


@pytest.fixture(scope="session")
def models_dir():
    """The folder of real models, also served as /models; see tests/models_folder.py."""
    return models_folder.require()


class KeepingHandler(Keeps, Handler):
    """Serves the pages, and keeps what a test's page sends."""


def serve(isolated=False, **folders):
    """The pages, this folder and the models, and `folders` by their names."""
    mounts = {"/e2e": ROOT / "e2e", **{f"/{name}": path for name, path in folders.items()}}
    if models_folder.folder().is_dir():
        mounts["/models"] = models_folder.folder()
    return Server(mounts=mounts, isolated=isolated, handler=KeepingHandler)


@pytest.fixture(scope="session")
def server():
    """The pages at ``server.url``, with /e2e (this folder) and /models."""
    if not (ROOT / "web" / "dist" / "manifest.json").exists():
        pytest.fail("the wheel is not built: run ./build_wheel.sh")
    with serve(isolated=False) as running:
        yield running


@pytest.fixture(scope="session")
def isolated_server(server):
    """The same pages, cross-origin isolated."""
    with serve(isolated=True) as running:
        yield running


@pytest.fixture(scope="session")
def browser(request):
    """One of the browsers, started; ``browser.name`` tells which."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "webkit":
            # Mesa's llvmpipe walks through lists of textures that its own threads are freeing
            # (lp_scene_is_resource_referenced): now and then the browser ends there, or a read
            # gives what was in the texture before. It does neither without threads.
            patch.setenv("LP_NUM_THREADS", "0")
            # Its optimizing compiler takes half of what booting Python costs, anew in each page.
            # It is to compile only what runs a hundred times as long as it does by default.
            patch.setenv("JSC_thresholdForOMGOptimizeAfterWarmUp", "5000000")
        running = launch(request.param)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """An empty page of its own for the test."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def python_pages(browser, server):
    """The browser's two pages with Python, each booted when first used."""
    pages = {where: PythonPage(browser, server.url, where) for where in ("main", "worker")}
    yield pages
    for opened in pages.values():
        opened.close()


@pytest.fixture(scope="session", params=["main", "worker"])
def python_page(python_pages, request):
    """A page in which ``python_page.run(source, **arguments)`` runs Python, on the main thread
    and in a worker; booted once per browser. See e2e/python_page.py."""
    return python_pages[request.param]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Of every page that a failed test was given, its own or shared, something is kept. Where the
    browser broke down, its module's pages are opened anew."""
    report = yield
    if report.failed and report.when == "call":
        values = (x for x in item.funcargs.values() if not isinstance(x, PythonPage))
        given = [getattr(value, "page", value) for value in values]
        for number, page in enumerate(x for x in given if isinstance(x, Page)):
            keep(page, f"{item.name}-{number}" if number else item.name)
    if call.excinfo and call.excinfo.errisinstance(BrowserFault):
        end_module_fixtures(item)
    return report


def end_module_fixtures(item):
    """End the fixtures that `item` shares with its module: whoever comes next, such as its own
    rerun, gets new ones."""
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            if definition.scope == "module":
                definition.finish(item._request)


def keep(page, test_name):
    """Save what a failed test's page showed and logged under e2e/artifacts/."""
    ARTIFACTS.mkdir(exist_ok=True)
    name = ARTIFACTS / re.sub(r"[^\w.-]+", "-", test_name)
    lines = []
    try:
        lines += page.console
        page.screenshot(name.with_suffix(".png"))
    except (PageError, PageTimeout, BrowserFault) as error:
        # Of a page that crashed nothing can be had; the test's own failure is what counts.
        lines.append(f"not kept: {error}")
    name.with_suffix(".log").write_text("\n".join(lines) + "\n")
