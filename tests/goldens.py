"""The real models' golden files: inputs as prepared, and whether outputs are those TF.js computed.

Knows no backend: natively and in the browsers the same values are judged here.
"""

import json
from functools import cached_property

import numpy as np

from tests.photos import pixels

#: Every model that `load_graph_model` reads and whose weights are at hand.
GRAPHS = [
    *("tiny_graph", "mobilenet_v2_050_96_fv", "posenet_050_s16_uint16", "bodypix_050_s16_uint8"),
    *("blazeface", "facemesh", "blazepose_lite", "handtrack_ssd"),
]
#: What pixels are multiplied with, and what is then added.
SCALES = {"float32(pixel)/127.5 - 1": (1 / 127.5, -1.0), "float32(pixel)/255": (1 / 255, 0.0)}


class Case:
    """One golden run: the name of its `image`, where there is one, and samples of each output by
    the output's name."""

    def __init__(self, models_dir, case):
        self.name, self.outputs = case["name"], case["outputs"]
        self._models_dir, self._given = models_dir, case["input"]
        self.image = self._given.get("image")

    @cached_property
    def x(self):
        """The input."""
        given = self._given
        if self.image is None:
            return np.array(given["values"], given["dtype"]).reshape(given["shape"])
        x = pixels(self._models_dir, self.image)
        if given["preprocess"].startswith("int32(pixel)"):
            return x.astype(np.int32)[None]
        x = x.astype(np.float32)
        if given["preprocess"].startswith("red channel/255, split into ten"):
            return np.stack([x[:, i * 28 : i * 28 + 28, :1] / 255 for i in range(10)])
        scale, offset = SCALES[given["preprocess"]]
        return (x * np.float32(scale) + np.float32(offset))[None]


def cases(models_dir, model):
    golden = json.loads((models_dir / model / "golden.json").read_text())
    return [Case(models_dir, case) for case in golden["cases"]]


def judge(golden, values, rtol=1e-4):
    """Fail unless `values` (a list, or an array of the right shape) agree with an output's samples;
    errors are measured on the output's own scale."""
    if hasattr(values, "shape"):
        assert list(values.shape) == golden["shape"]
    values = np.asarray(values, np.float64).ravel()
    assert values.size == golden["size"]
    scale = max(abs(golden["min"]), abs(golden["max"]))
    for got, want in samples(golden, values):
        error = np.abs(got - np.array(want)).max()
        assert error <= rtol * scale, f"off by {error}, values reach {scale}"


def samples(golden, values):
    """(values here, values there) for each stretch of the output that the file keeps."""
    if "values" in golden:
        yield values, golden["values"]
    if "first64" in golden:
        yield values[:64], golden["first64"]
    if "strided" in golden:
        there = golden["strided"]["values"]
        yield values[:: golden["strided"]["stride"]][: len(there)], there
