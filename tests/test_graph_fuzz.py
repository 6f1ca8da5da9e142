"""Real graphs, changed at random and run: each gives what it says, or one of tfpy's errors, soon.

Half of the changes break a graph so that it is refused at load; the others run, or fail as they do.
"""

import contextlib
import os
import random
import signal
from collections import Counter

import pytest

import tfpy
from tests import graph_fuzz
from tests.graph_flows import FLOWS

#: How often each real model is changed, the more often the sooner it has run: 2,000 times in all.
CHANGES = {
    "tiny_graph": 600,
    "posenet_050_s16_uint16": 600,
    "bodypix_050_s16_uint8": 600,
    "mobilenet_v2_050_96_fv": 100,
    "blazeface": 60,
    "facemesh": 30,
    "blazepose_lite": 6,
    "handtrack_ssd": 4,
}
#: How often each graph made for a test is changed.
EACH_FLOW = 20
#: TFPY_FUZZ=10 makes ten times as many, others than every day's.
TIMES = int(os.environ.get("TFPY_FUZZ", "1"))
#: Long enough for the largest on a slow machine, short enough to notice a hang.
SECONDS = 60


@contextlib.contextmanager
def no_hang(what):
    """Fail instead of waiting for ever."""

    def alarm(*_):
        raise AssertionError(f"{what}: no answer after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcomes(original, count):
    """How many changed models were refused at load, failed at run with an error, or ran."""
    seen = Counter()
    for k in range(count):
        seed = k if TIMES == 1 else f"{TIMES} {k}"
        with no_hang(f"change {seed}"):
            try:
                how, _ = graph_fuzz.attempt(original, random.Random(seed))
            except Exception as error:
                raise AssertionError(f"change {seed}: {error!r}") from error
        seen[how] += 1
    assert sum(seen.values()) == count
    return seen


@pytest.mark.parametrize("name", CHANGES)
def test_real_models_changed_fail_only_in_known_ways(models_dir, name):
    text, stream = graph_fuzz.read(models_dir / name)
    original = graph_fuzz.original(text, stream, graph_fuzz.sample(name))
    count = CHANGES[name] * TIMES
    seen = outcomes(original, count)
    # One change of a graph breaks it as often as not; what does not, runs.
    assert seen["ran"] + seen["failed"] >= count / 4, seen
    assert seen["ran"] >= count / 8, seen
    assert seen["refused"] >= count / 8, seen


def test_there_are_two_thousand_changes_of_real_models():
    assert set(CHANGES) == set(graph_fuzz.INPUTS)
    assert sum(CHANGES.values()) == 2000


def test_graphs_of_every_kind_changed_fail_only_in_known_ways():
    """Loops, branches, functions, lists and tables, which the real models have few of."""
    seen = Counter()
    for flow in FLOWS:
        text = flow.files["model.json"].decode()
        original = graph_fuzz.original(text, flow.files["w"], flow.inputs, flow.outputs)
        seen += outcomes(original, EACH_FLOW * TIMES)
    assert seen["ran"] >= sum(seen.values()) / 8
    assert seen["refused"] >= sum(seen.values()) / 8


def test_results_that_are_not_as_declared_would_be_found():
    info = tfpy.load_graph_model_sync(FLOWS[0].files).inputs[0]
    said = info._replace(shape=(None, 4), dtype=tfpy.int32)
    for wrong in (tfpy.zeros((4,), "int32"), tfpy.zeros((2, 3), "int32"), tfpy.zeros((2, 4))):
        with pytest.raises(AssertionError):
            graph_fuzz.judge([said], [wrong])
    graph_fuzz.judge([said], [tfpy.zeros((2, 4), "int32")])
