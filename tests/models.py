"""Reads the goldens of the real models: inputs as prepared, outputs as TF.js gave them."""

import json
from typing import NamedTuple

import numpy as np
from PIL import Image


class Case(NamedTuple):
    """One golden run: the input array and what is known of each output, by name."""

    name: str
    x: np.ndarray
    outputs: dict


def cases(models_dir, model):
    golden = json.loads((models_dir / model / "golden.json").read_text())
    return [
        Case(c["name"], prepared(models_dir, c["input"]), c["outputs"]) for c in golden["cases"]
    ]


def photo(models_dir, name):
    """A picture as bytes (height, width, 3)."""
    return np.asarray(Image.open(models_dir / "images" / name).convert("RGB"))


def crops(models_dir, photo, count, seed):
    """Squares of different sizes cut out of a photo: further examples of what is on it."""
    rng = np.random.default_rng(seed)
    with Image.open(models_dir / "images" / photo) as image:
        image = image.convert("RGB")
        for _ in range(count):
            side = int(min(image.size) * rng.uniform(0.6, 1))
            x, y = (int(rng.integers(0, n - side + 1)) for n in image.size)
            yield image.crop((x, y, x + side, y + side)).resize((224, 224))


def prepared(models_dir, given):
    if "image" not in given:
        return np.array(given["values"], given["dtype"]).reshape(given["shape"])
    x = photo(models_dir, given["image"]).astype(np.float32)
    how = given["preprocess"]
    if how.startswith("red channel/255, split into ten"):
        return np.stack([x[:, i * 28 : i * 28 + 28, :1] / 255 for i in range(10)])
    if how.startswith("int32(pixel)"):
        return x.astype(np.int32)[None]
    scales = {"float32(pixel)/127.5 - 1": (1 / 127.5, -1.0), "float32(pixel)/255": (1 / 255, 0.0)}
    scale, offset = scales[how]
    return (x * np.float32(scale) + np.float32(offset))[None]


def assert_matches(got, golden, rtol=1e-4):
    """`got` against the samples a golden holds; errors are measured on the output's own scale."""
    assert list(got.shape) == golden["shape"]
    flat = got.numpy().ravel()
    scale = max(abs(golden["min"]), abs(golden["max"]))
    for values, found in samples(golden, flat):
        error = np.abs(found - np.array(values, np.float64)).max()
        assert error <= rtol * scale, f"off by {error}, values reach {scale}"


def samples(golden, flat):
    if "values" in golden:
        yield golden["values"], flat
    if "first64" in golden:
        yield golden["first64"], flat[:64]
    if "strided" in golden:
        values = golden["strided"]["values"]
        yield values, flat[:: golden["strided"]["stride"]][: len(values)]
