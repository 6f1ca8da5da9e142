"""Layers and models of a user's own on WebGL: they give what they give on NumPy."""

import asyncio

import numpy as np
import pytest

import tfpy
from tests import own_classes

SETUP = """
import tfpy
from tests import own_classes
tfpy.set_backend("webgl")
"""
ERRORS = """
from tfpy.errors import ArgumentError, ShapeError
raised = []
for attempt in (
    lambda: own_classes.Summed().warmup(),
    lambda: own_classes.Summed().warmup([(2, 3), (2, 7)]),
):
    try:
        await attempt()
    except (ArgumentError, ShapeError) as error:
        raised.append(type(error).__name__)
try:
    tfpy.layers.Dense(3)([tfpy.zeros((2, 3)), tfpy.zeros((2, 3))])
except ArgumentError as error:
    raised.append(str(error))
raised
"""


@pytest.fixture(autouse=True)
def on_numpy():
    tfpy.set_backend("numpy")


def run(page, source, **arguments):
    return page.run(SETUP + source, modules=[own_classes], **arguments)


def close(found, wanted):
    """Compare lists of (shape, dtype, values)."""
    assert [x[:2] for x in found] == [x[:2] for x in wanted]
    for (_, _, a), (_, _, b) in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-5, 1e-6)


@pytest.mark.parametrize("name", own_classes.CASES)
def test_layers(python_page, name):
    wanted = asyncio.run(own_classes.evaluate_layer(name))
    foretold, results = run(
        python_page, "await own_classes.evaluate_layer(name)", name=name, timeout=60
    )
    assert foretold == wanted[0]
    for found in results:
        close(found, wanted[1][0])


def test_models(python_page, tmp_path):
    wanted = asyncio.run(own_classes.evaluate_models(str(tmp_path / "keyed.safetensors")))
    found = run(
        python_page, 'await own_classes.evaluate_models("/tmp/keyed.safetensors")', timeout=60
    )
    np.testing.assert_allclose(found["losses"], wanted["losses"], 1e-5)
    assert found["losses"][2] < found["losses"][0]
    assert found["planned"]
    close(found["trained"], wanted["trained"])
    close(found["loaded"], wanted["trained"])
    assert found["within"][0] == [[[None, 1], "float32"]]
    close(found["within"][1], wanted["trained"])
    for given in found["summed"]:
        close(given, wanted["summed"][0])


def test_errors(python_page):
    warm, shape, message = run(python_page, ERRORS)
    assert (warm, shape) == ("ArgumentError", "ShapeError")
    assert "take one tensor, and was given several" in message
