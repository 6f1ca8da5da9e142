"""Frames of a camera, one after the other, through face mesh; `e2e/frames.py` runs a thousand."""

import pytest

from e2e import frames


# The only one of the three in which a canvas can be a camera whose frames come when asked for.
@pytest.mark.browsers("chromium")
def test_frames_are_all_seen_as_by_tfjs_and_leave_nothing(browser, server, models_dir):
    found = frames.run(browser, server.url, 20)
    assert frames.faults(found) == []


def test_faults_are_told():
    memory = {"num_tensors": 3}
    fine = {"missed": 0, "most_apart": 0.0, "memory_first": memory, "memory_last": memory}
    assert frames.faults(fine) == []
    grown = {**fine, "missed": 2, "most_apart": 3.0, "memory_last": {"num_tensors": 4}}
    assert frames.faults(grown) == [
        "2 frames without a face",
        "landmarks 3.000 pixels apart",
        "num_tensors grew from 3 to 4",
    ]
