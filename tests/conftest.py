"""Fixtures of the native tests."""

import pytest

from tests import models_folder


@pytest.fixture(scope="session")
def models_dir():
    """The folder of real models; see tests/models_folder.py."""
    return models_folder.require()
