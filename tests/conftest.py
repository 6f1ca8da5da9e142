"""Fixtures of the native tests."""

import asyncio
import gc
import sys

import pytest

import tfpy
from tests import models_folder


def pytest_collection_finish(session):
    _put_aside()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """After fixtures are done: at the end of a file, after a test that imported something, and
    after tests of which much has stayed: their reports, and compiled programs."""
    result = yield
    _put_aside.tests += 1
    imported = len(sys.modules) != _put_aside.modules
    if imported or getattr(nextitem, "path", None) != item.path or _put_aside.tests == 50:
        _put_aside()
    return result


def _put_aside():
    """Tests count leaks by collecting garbage, which need not go through all that was imported:
    with Keras and JAX that takes ten times as long as what most tests do."""
    gc.collect()
    gc.freeze()
    _put_aside.modules, _put_aside.tests = len(sys.modules), 0


@pytest.fixture(scope="session")
def models_dir():
    """The folder of real models; see tests/models_folder.py."""
    return models_folder.require()


@pytest.fixture
def use_backend():
    """`use_backend(name)` switches for the rest of the test; NumPy is back afterwards."""
    tfpy.set_backend("numpy")
    yield tfpy.set_backend
    tfpy.set_backend("numpy")


@pytest.fixture
def suspending(monkeypatch):
    """Reading a tensor lets others run, as with a device that is asked for its values."""
    read = tfpy.waiting.Awaiting.read

    async def read_and_suspend(self, x):
        values = await read(self, x)
        await asyncio.sleep(0)
        return values

    monkeypatch.setattr("tfpy.waiting.Awaiting.read", read_and_suspend)
