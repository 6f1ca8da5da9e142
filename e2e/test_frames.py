"""Frames of a camera, one after the other, through face mesh; `e2e/frames.py` runs a thousand."""

import pytest

from e2e import frames


@pytest.mark.browsers(frames.BROWSER)
def test_frames_are_all_seen_as_by_tfjs_and_leave_nothing(browser, server, models_dir):
    assert frames.faults(frames.run(12)) == []


def test_faults_are_told():
    memory = {"num_tensors": 3}
    same = {"memory_first": memory, "memory_last": memory}
    fine = {"frames": 1000, "ratio": 1.5, "missed": 0, "most_apart": 0.0, "places": 10, **same}
    assert frames.faults(fine) == []
    poor = {"missed": 2, "most_apart": 3.0, "places": 1, "ratio": 1.2}
    assert frames.faults({**fine, **poor, "memory_last": {"num_tensors": 4}}) == [
        "2 frames without a face",
        "landmarks 3.000 pixels apart",
        "the camera stands still",
        "only 1.20 times as many frames as TensorFlow.js",
        "num_tensors grew from 3 to 4",
    ]
    assert frames.faults({**fine, "frames": 20, "ratio": 1.2}) == []  # too few to time


def test_a_run_becomes_a_part_of_the_document(tmp_path):
    (tmp_path / "bench").mkdir()
    memory = {"num_tensors": 3, "num_textures": 2, "num_bytes_in_gpu": 4_100_000}
    found = {"frames": 1000, "tfpy_fps": 21.5, "tfjs_fps": 10.0, "ratio": 2.15, "missed": 0,
             "most_apart": 2e-5, "memory_first": memory, "memory_last": memory}  # fmt: skip
    frames.report.record_frames({**frames.about(), **found}, docs=tmp_path)
    text = (tmp_path / "performance.md").read_text()
    assert "| 21.50 | 10.00 | 2.15 | 0 | 2.0e-05 | 3 / 4.1 | 3 / 4.1 |" in text
    assert "1000 frames, chromium" in text
