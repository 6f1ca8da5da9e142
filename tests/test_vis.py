"""Charts: their specifications against Vega-Lite's schema, its compiler and renderer, in node; what
they show; and who is given them when."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tfpy import vis

CHECK = Path(__file__).with_name("vega.mjs")
NAN, INF = float("nan"), float("inf")
HISTORY = {"loss": [0.9, 0.4, NAN], "accuracy": [0.5, 0.8, 0.9], "val_loss": [1.0, 0.5, 0.6]}


@pytest.fixture(autouse=True)
def numpy_backend(use_backend):
    use_backend("numpy")


def drawn(*charts):
    """What Vega-Lite has to say of each chart, and its SVG."""
    specs = json.dumps([c.spec for c in charts], allow_nan=False)
    done = subprocess.run(["node", CHECK], input=specs, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def model_of():
    out = tfpy.layers.Dense(2, activation="softmax", name="out")
    model = tfpy.Sequential([tfpy.layers.Input((3,)), out])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, epochs=3, **options):
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int32)
    options = {"validation_data": (x, y), "batch_size": 4, "verbose": 0, **options}
    return model.fit(x, y, epochs=epochs, **options)


def samples():
    """Every function with every kind of data and every option."""
    lines = {"a": [1.0, NAN, 3.0], "b": [(0, 2.0), (2.5, INF)], "c": tfpy.tensor([[0.0, 1.0]])}
    named = {"title": "Title", "x_label": "x", "y_label": "y", "width": 300, "height": 200}
    xy = {**named, "x_axis_domain": [0, 9], "zoom_to_fit": True, "series_colors": ["red"] * 3}
    days = [{"x": "2026-01-01", "y": 2}, {"x": "2026-01-02", "y": 3}]
    matrix = tfpy.tensor([[4, 1, 0], [0, 5, 2], [1, 0, 0]])
    model = model_of()
    return {
        "line": vis.linechart([3, 1, 2]),
        "lines": vis.linechart(lines, **xy),
        "time": vis.linechart(days, x_type="temporal", y_axis_domain=[0, 5]),
        "words": vis.scatterplot(
            [("low", 1), ("high", 2)], x_type="ordinal", series_colors=["red"]
        ),
        "scatter": vis.scatterplot(lines, zoom_to_fit=True),
        "bars": vis.barchart({"cat": 3, "dog": NAN}, color="teal", y_axis_domain=[0, 9], **named),
        "bars of pairs": vis.barchart([("b", 1.0), ("a", 2.0)]),
        "histogram": vis.histogram(tfpy.random_normal((200,), seed=1), 20, "Weights", "w", "teal"),
        "bins of special values": vis.histogram([NAN, INF, -INF, 0.0, 2.0], stats=True),
        "bins of one value": vis.histogram([2.0, 2.0]),
        "bins of nothing": vis.values_distribution(tfpy.zeros((0, 3))),
        "bins of integers": vis.histogram(tfpy.tensor([1, 2, 2, 6]), 3, stats=False),
        "heat": vis.heatmap([[1.0, NAN], [0.5, 2.0]], ["l", "r"], ["u", "d"], **named),
        "heat of colours": vis.heatmap(matrix, color_map=["white", "red"], domain=[0, 9]),
        "confusion": vis.confusion_matrix(matrix, class_labels=["cat", "dog", "owl"]),
        "confusion, shaded": vis.confusion_matrix([0, 1], [0, 1], shade_diagonal=True, title="All"),
        "classes": vis.per_class_accuracy([0, 0, 1], [0, 1, 1], num_classes=3),
        "history": vis.history(HISTORY, title="Training"),
        "one metric": vis.history(fit(model), "accuracy", zoom_to_fit=True, width=200),
        "many epochs": vis.history({"loss": [1.0] * 100}, x_axis_domain=[1, 200]),
        "logs": vis.history([{"loss": 2.0}, {"loss": 1.0, "val_loss": 1.5}]),
        "no epoch": vis.history({"loss": []}),
        "layer": vis.layer(model.layers[-1]),
    }


def test_specifications_are_valid_and_draw_something():
    charts = samples()
    for (name, chart), found in zip(charts.items(), drawn(*charts.values()), strict=True):
        rows = sum(map(len, chart.spec["datasets"].values()))
        said = [text for text in found["said"] if rows or not text.startswith("Infinite extent")]
        assert said == [], name
        assert found["svg"].startswith("<svg"), name
        marks = re.findall(
            r'roledescription="(?:bar|point|circle|line mark|rect mark)"', found["svg"]
        )
        assert bool(marks) == bool(rows), name


def test_only_data_have_missing_values():
    for name, chart in samples().items():
        form = {k: v for k, v in chart.spec.items() if k != "datasets"}
        assert "null" not in json.dumps(form), name


def test_what_is_wrong_is_noticed():
    chart = vis.linechart([1, 2])
    chart.spec["mark"] = {"type": "line", "colour": "red"}
    wrong = vis.barchart([1, 2])
    wrong.spec["encoding"]["shape"] = {"field": "y", "type": "nominal"}
    assert all(found["said"] for found in drawn(chart, wrong))
