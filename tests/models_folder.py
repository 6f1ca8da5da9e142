"""Where the real models for tests lie; not part of the repository.

The folder is ``../shared/models`` beside the checkout, or what ``TFPY_MODELS`` names. It holds
TensorFlow.js models with expected outputs, photos and labels. A newcomer has none, and the tests
that need it skip; CI sets ``TFPY_REQUIRE_MODELS=1``, and there they fail. This is not a fixture
file: the ``models_dir`` fixtures of tests/ and e2e/ call it.
"""

import os
from pathlib import Path

import pytest

DEFAULT = Path(__file__).parents[2] / "shared" / "models"


def folder():
    """The models' folder, whether or not it exists."""
    return Path(os.environ.get("TFPY_MODELS") or DEFAULT)


def require():
    """The models' folder; without it the test skips, or fails where models are required."""
    if folder().is_dir():
        return folder()
    reason = f"the real models are not at {folder()}; TFPY_MODELS may name their folder"
    if os.environ.get("TFPY_REQUIRE_MODELS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
