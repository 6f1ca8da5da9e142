"""Results that are no places in an image, drawn as captions over it."""

import pytest
from PIL import Image

from tfpy.applications.knn_classifier import KNNPrediction
from tfpy.applications.mobilenet import Prediction
from tfpy.applications.qna import Answer
from tfpy.applications.speech_commands import Recognition
from tfpy.applications.toxicity import ToxicityLabel, ToxicityMatch
from tfpy.errors import ArgumentError

INSULT = ToxicityLabel("insult", [ToxicityMatch((0.5, 0.5), None), ToxicityMatch((0.1, 0.9), True)])
TABBY = Prediction("tabby", 0.9, 281)


def drawn(*found, **options):
    """A canvas of (300, 100) with these results, each below the last, and what is painted."""
    canvas = Image.new("RGB", (300, 100), "#000000")
    for row, one in enumerate(found):
        one.draw(canvas, row=row, **options)
    return canvas, canvas.getbbox()


@pytest.mark.parametrize(
    ("found", "options"),
    [
        (TABBY, {}),
        (INSULT, {"text": 1}),
        (Recognition("left", 0.9, {"left": 0.9, "right": 0.1}), {}),
    ],
    ids=["mobilenet", "toxicity", "speech"],
)
def test_bars_are_as_long_as_they_are_probable(found, options):
    _, (left, top, right, bottom) = drawn(found, **options)
    assert (left, top) == (0, 0)
    assert right == pytest.approx(0.9 * 300, abs=2)
    assert 20 <= bottom <= 24


def test_bars_of_classes_are_below_each_other():
    canvas, around = drawn(KNNPrediction("up", 0, {"up": 0.8, 7: 0.2}))
    assert around[2] == pytest.approx(240, abs=2)
    below = canvas.crop((0, 24, 300, 100)).getbbox()
    assert below[2] == pytest.approx(60, abs=2)
    assert below[3] <= 24


def test_an_answer_is_its_text():
    canvas, around = drawn(Answer("in 1903", 0, 7, 9.5), Answer("in", 0, 2, 5.0))
    second = canvas.crop((0, 24, 300, 48)).getbbox()
    assert 10 < second[2] < around[2] < 100


@pytest.mark.parametrize("found", [TABBY, INSULT, KNNPrediction("up", 0, {"up": 1.0})])
def test_errors(found):
    canvas = Image.new("RGB", (300, 100))
    with pytest.raises(ArgumentError, match="a canvas or a PIL image, not a str"):
        found.draw("canvas")
    with pytest.raises(ArgumentError, match="draw: row must be an integer"):
        found.draw(canvas, row="first")
    assert canvas.getbbox() is None


def test_a_text_that_there_is_not():
    with pytest.raises(ArgumentError, match="there are 2 texts, no number 2"):
        INSULT.draw(Image.new("RGB", (300, 100)), text=2)
