"""Fixtures of the native tests."""

import gc

import pytest

import tfpy
from tests import models_folder


def pytest_collection_finish(session):
    """Tests count leaks by collecting garbage, which need not go through all that was imported."""
    gc.collect()
    gc.freeze()


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
