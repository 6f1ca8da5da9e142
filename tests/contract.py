"""TF.js's surface with the Python name of each function: the contract that tests count by.

The table, `api.csv`, is not part of the repository: it lies in ``../shared/spec`` beside the
checkout, or where ``TFPY_SPEC`` says. Without it the tests of it skip; CI sets
``TFPY_REQUIRE_MODELS=1``, and there they fail.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

DEFAULT = Path(__file__).parents[2] / "shared" / "spec"
#: The kinds of rows that are functions of tensors.
FUNCTIONS = {
    *("op", "creation", "image", "linalg", "signal", "sparse", "string"),
    *("fused", "loss", "metric"),
}


def rows() -> list[dict[str, str]]:
    """Every row of the contract; without the table the test skips, or fails in CI."""
    path = Path(os.environ.get("TFPY_SPEC") or DEFAULT) / "api.csv"
    if not path.is_file():
        reason = f"the contract is not at {path}; TFPY_SPEC may name its folder"
        if os.environ.get("TFPY_REQUIRE_MODELS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
