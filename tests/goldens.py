"""Expected outputs of the real models, as TF.js computed them; the images they saw.

Reads `golden.json` of a model's folder. Knows no backend: natively and in the browsers the same
values are judged here.
"""

import json
import re

import numpy as np

#: How far a deep float32 network may stray: each output, relative to the largest of them. The
#: goldens themselves are float32 results in another order of summation.
TOLERANCE = 1e-3


class Case:
    """One input of a golden file and what must come out."""

    def __init__(self, models_dir, model, case):
        self.model, self.name = model, case["name"]
        given = case["input"]
        self.image = models_dir / "images" / given["image"]
        self.scale, self.offset = parse_preprocess(given["preprocess"])
        self.outputs = case["outputs"]


def cases(models_dir, model):
    """Every case of a model whose input is an image."""
    golden = json.loads((models_dir / model / "golden.json").read_text())
    return [Case(models_dir, model, c) for c in golden["cases"] if "image" in c["input"]]


def parse_preprocess(text):
    """(scale, offset) of "float32(pixel)/127.5 - 1" and the like."""
    found = re.fullmatch(r"float32\(pixel\)/([\d.]+)(?: - ([\d.]+))?", text)
    if not found:
        raise ValueError(f"unknown preprocessing {text!r}")
    return 1 / float(found[1]), -float(found[2] or 0)


def judge(expected, values, rtol=TOLERANCE):
    """Fail unless `values` (flat) agree with an output of a golden file."""
    values = np.asarray(values, dtype=np.float64).reshape(-1)
    assert values.size == expected["size"]
    assert int(values.argmax()) == expected["argmax"]
    scale = max(abs(expected["min"]), abs(expected["max"]))
    for got, want in samples(expected, values):
        worst = np.abs(got - np.asarray(want)).max()
        assert worst <= rtol * scale, f"off by {worst}, the largest value is {scale}"


def samples(expected, values):
    """(values here, values there) for each stretch of the output that the file keeps."""
    if "values" in expected:
        yield values, expected["values"]
    if "first64" in expected:
        yield values[: len(expected["first64"])], expected["first64"]
    if "strided" in expected:
        strided = expected["strided"]
        yield values[:: strided["stride"]][: len(strided["values"])], strided["values"]
