"""Whether the browsers' tests of layers would notice: see e2e/test_layers.py."""

import base64

import numpy as np
import pytest

import tfpy
from tests import judge, layer_rows, layer_runner, sample_runner

ROWS = {name: (tolerance, row) for name, tolerance, row in layer_rows.rows()}
LSTM = next(name for name in ROWS if name.startswith("LSTM"))


def test_rows_run_on_webgl(use_backend):
    tolerance, row = ROWS[LSTM]
    reference = layer_runner.evaluate(tfpy, row)
    assert len(reference["gradients"]) == 4
    use_backend("webgl")
    (result,) = sample_runner.run_samples(tfpy, [row], layer_runner.evaluate)
    layer_rows.judge_row(tolerance, result, reference)


@pytest.mark.parametrize("kind", ["outputs", "gradients"])
def test_a_wrong_value_is_noticed(kind, use_backend):
    tolerance, row = ROWS[LSTM]
    reference = layer_runner.evaluate(tfpy, row)
    result = {**layer_runner.evaluate(tfpy, row), "leaked": {}}
    layer_rows.judge_row(tolerance, result, reference)
    wrong = judge.to_array(result[kind][0]) * np.float32(1.001)
    result[kind][0]["data"] = base64.b64encode(wrong.tobytes()).decode()
    with pytest.raises(AssertionError, match="elements differ"):
        layer_rows.judge_row(tolerance, result, reference)


def test_every_layer_that_computes_has_a_row():
    # Those that draw numbers anew in every call, or look strings up.
    apart = {"InputLayer", "Lambda", "RandomWidth", "RandomCrop", "ThresholdedReLU"}
    apart |= {"Hashing", "StringLookup", "IntegerLookup", "TextVectorization"}
    # Those that are in the rows of others only.
    apart |= {"StackedRNNCells", "ConvLSTM2DCell"}
    assert {row["layer"] for _, row in ROWS.values()} | apart >= set(tfpy.layers.CLASSES)
