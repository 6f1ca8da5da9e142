"""The public surface against the contract: every function of tensors has its Python name here."""

import functools
import re

import pytest

import tfpy
from tests import contract
from tests.surface import JAVASCRIPT_ONLY, NOT_YET

KINDS = contract.FUNCTIONS | {
    *("tensor method", "engine/gradients", "optimizer", "optimizer (class)", "regularizer"),
    "visualisation (separate package tfjs-vis)",
    *("constraint", "constraint (class)", "callback"),
}


def python_names(row):
    """The names that a row of the contract asks for, as `tfpy.losses.hinge / Hinge` asks for two.

    What stands in parentheses says how to call it; an image function to be awaited has a twin.
    """
    text, _, remark = row["python_name"].partition("(")
    first, *others = text.strip().replace("metrics ", "metrics.").split(" / ")
    if remark.startswith("await") and row["kind"] == "image":
        first += "_async"
    return [first, *[f"{first.rpartition('.')[0]}.{other}" for other in others]]


def exists(name):
    """Whether `tfpy.a.b` is there."""
    try:
        functools.reduce(getattr, name.split(".")[1:], tfpy)
    except AttributeError:
        return False
    return True


@pytest.fixture(scope="module")
def wanted():
    """Every name that the contract asks for."""
    return {n for row in contract.rows() if row["kind"] in KINDS for n in python_names(row)}


def test_the_contract_is_read_rightly(wanted):
    assert len(wanted) > 400
    assert all(re.fullmatch(r"tfpy(\.\w+)+", name) for name in wanted)


def test_every_function_is_there_or_listed(wanted):
    missing = {name for name in wanted if not exists(name)} - set(JAVASCRIPT_ONLY)
    assert not (missing - NOT_YET), "neither there nor listed as missing"
    assert not (NOT_YET - missing), "there, or no longer asked for: take it off the list"


def test_what_only_javascript_needs_has_a_reason(wanted):
    for name, reason in JAVASCRIPT_ONLY.items():
        assert name in wanted
        assert not exists(name), f"{name} exists: {reason}"
