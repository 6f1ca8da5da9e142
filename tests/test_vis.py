"""Charts: their specifications against Vega-Lite's schema, its compiler and renderer, in node; what
they show; and who is given them when."""

import asyncio
import json
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import tfpy
from tfpy import vis

RNG = np.random.default_rng(5)
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
        "histogram": vis.histogram(RNG.normal(size=200), 20, "teal", title="Weights", x_label="w"),
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
        "many epochs": vis.history({"loss": [1.0] * 200}, x_axis_domain=[1, 200]),
        "logs": vis.history([{"loss": 2.0}, {"loss": 1.0, "val_loss": 1.5}]),
        "nothing": vis.history({}),
        "one of one's own": vis.Chart({"data": {"values": []}, "mark": "bar"}),
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


# ------------------------------------------------------------------------------------ what is shown


def rows(chart):
    (found,) = chart.spec["datasets"].values()
    return found


def test_points_and_series():
    found = rows(vis.linechart({"a": [1.0, NAN], "b": [(3, 4)], "c": tfpy.tensor([5.0])}))
    assert found == [
        {"x": 0, "y": 1.0, "series": "a"},
        {"x": 1, "y": None, "series": "a"},
        {"x": 3, "y": 4, "series": "b"},
        {"x": 0, "y": 5.0, "series": "c"},
    ]
    assert rows(vis.scatterplot(np.array([[1.0, 2.0]]))) == [{"x": 1.0, "y": 2.0, "series": ""}]
    with pytest.raises(tfpy.ArgumentError, match="linechart: neither a number nor a point"):
        vis.linechart([[1, 2, 3]])
    with pytest.raises(tfpy.ArgumentError, match="x_type must be one of"):
        vis.linechart([1], x_type="number")


def counted(values, bins=12):
    return [(row["start"], row["end"], row["count"]) for row in rows(vis.histogram(values, bins))]


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_bins_are_those_of_numpy(backend, use_backend):
    use_backend(backend)
    values = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    counts, edges = np.histogram(values, bins=16)
    found = counted(tfpy.tensor(values), 16)
    np.testing.assert_allclose([start for start, _, _ in found], edges[:-1], rtol=1e-5)
    # A value at an edge may fall to either side of it, as float32 rounds.
    np.testing.assert_allclose([n for _, _, n in found], counts, atol=2)
    assert sum(n for _, _, n in found) == values.size


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_bins_of_what_is_special(backend, use_backend):
    use_backend(backend)
    assert counted([NAN, INF, -INF, 0.0, 2.0], 2) == [(0.0, 1.0, 1), (1.0, 2.0, 1)]
    assert counted([NAN, INF]) == []
    assert counted(tfpy.zeros((0,))) == []
    assert counted([7.5, 7.5]) == [(7.0, 8.0, 2)]
    assert [n for _, _, n in counted([-3e38, 0.0, 3e38], 3)] == [1, 1, 1]
    assert counted(tfpy.tensor([True, False, True])) == [(-0.5, 0.5, 1), (0.5, 1.5, 2)]
    assert counted(tfpy.tensor([1, 2, 2, 6]), 3) == [(0.5, 2.5, 3), (2.5, 4.5, 0), (4.5, 6.5, 1)]
    lines = vis.histogram([NAN, INF, -INF, 0.0, 2.0]).spec["title"]["subtitle"]
    assert lines == ["5 values, 1 zeros", "1 NaN, 2 infinite", "0 to 2, mean 1, deviation 1"]


def test_what_has_no_bins():
    with pytest.raises(tfpy.DTypeError, match="complex64"):
        vis.histogram(tfpy.complex([1.0], [2.0]))
    with pytest.raises(tfpy.ArgumentError, match="max_bins must be at least 1: 0"):
        vis.histogram([1.0], 0)


def test_matrices():
    found = rows(vis.heatmap([[1.0, NAN]], ["l", "r"], ["top"]))
    assert found == [{"x": "l", "y": "top", "value": 1.0}, {"x": "r", "y": "top", "value": None}]
    for labels in (["one"], ["same", "same"]):
        with pytest.raises(tfpy.ShapeError, match="x_tick_labels: 2 different names"):
            vis.heatmap([[1.0, 2.0]], labels)
    for values in ([1.0], tfpy.zeros((0, 3))):
        with pytest.raises(tfpy.ShapeError, match="no matrix"):
            vis.heatmap(values)


def test_confusion_is_counted_or_given():
    labels, predictions = tfpy.tensor([0, 0, 1, 2]), tfpy.tensor([0, 1, 1, 0])
    matrix = tfpy.math.confusion_matrix(labels, predictions, 3)
    assert rows(vis.confusion_matrix(labels, predictions)) == rows(vis.confusion_matrix(matrix))
    values = [row["value"] for row in rows(vis.confusion_matrix(matrix))]
    assert values == [1, 1, 0, 0, 1, 0, 1, 0, 0]
    shares = [row["y"] for row in rows(vis.per_class_accuracy(labels, predictions, 4))]
    assert shares == [0.5, 1.0, 0.0, None]
    assert vis.accuracy(labels, predictions) == 0.5
    with pytest.raises(tfpy.ShapeError, match="2 x 1 is not square"):
        vis.confusion_matrix([[1], [2]])
    with pytest.raises(tfpy.ShapeError, match=r"accuracy: shapes \(2,\) and \(1,\) differ"):
        vis.accuracy([1, 2], [1])
    with pytest.raises(tfpy.ShapeError, match="one length"):
        vis.confusion_matrix([1, 2], [1])


def test_the_history_of_fit():
    fitted = fit(model_of())
    chart = vis.history(fitted)
    assert list(chart.spec["datasets"]) == ["loss", "accuracy"]
    found = chart.spec["datasets"]["loss"]
    values = [row["y"] for row in found if row["series"] == "validation"]
    assert values == fitted.history["val_loss"]
    assert [row["x"] for row in found] == [1, 2, 3] * 2
    # TF.js's users name both.
    named = vis.history(fitted.history, ["loss", "val_loss"])
    assert named.spec["datasets"] == {"loss": found}
    with pytest.raises(tfpy.ArgumentError, match="there is no 'acc', only loss, accuracy"):
        vis.history(fitted, "acc")
    with pytest.raises(tfpy.ArgumentError, match="neither a History nor logs"):
        vis.history([1, 2])


def test_what_is_no_number_each_epoch_has_no_chart():
    assert list(vis.history({"loss": [1.0], "f1": [[0.5, 0.6]]}).spec["datasets"]) == ["loss"]


def test_layers_and_models():
    model = model_of()
    chart = vis.layer(model.layers[-1])
    assert list(chart.spec["datasets"]) == ["out/kernel", "out/bias"]
    assert list(vis.layer(model).spec["datasets"]) == ["out/kernel", "out/bias"]
    with pytest.raises(tfpy.ArgumentError, match="'flat' has no weights"):
        vis.layer(tfpy.layers.Flatten(name="flat"))
    summary = vis.model_summary(model)
    assert summary.values == [["out (Dense)", "(None, 2)", "8"]]


def test_tables():
    table = vis.table([["<a>", 1], ["b", 20]], headers=["name", "n"])
    assert repr(table) == "name   n\n<a>    1\nb     20"
    html = table._repr_html_()
    assert html.startswith("<table><tr><th>name</th><th>n</th></tr><tr><td>&lt;a&gt;</td>")
    assert vis.table([[1.5]])._repr_html_() == "<table><tr><td>1.5</td></tr></table>"
    assert vis.table([], ["a"])._repr_html_() == "<table><tr><th>a</th></tr></table>"
    assert repr(vis.table(tfpy.tensor([[1, 2]]))) == "1  2"
    assert repr(vis.table([])) == ""
    with pytest.raises(tfpy.ArgumentError, match="row 1 has 1 values, not 2"):
        vis.table([[1, 2], [3]])


# ---------------------------------------------------------------------------------- who is shown it


def test_notebooks_get_a_specification():
    chart = vis.linechart([1, 2])
    bundle = chart._repr_mimebundle_()
    assert bundle == {
        "application/vnd.vegalite.v5+json": chart.spec,
        "text/plain": "<Chart of points: 2 rows>",
    }
    assert chart.to_dict() is chart.spec
    kind, text = chart._mime_()  # of marimo
    assert bundle[kind] == json.loads(text)
    assert json.loads(chart.to_json()) == chart.spec


def test_colab_gets_html_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    bundle = vis.barchart({"</script>": 1})._repr_mimebundle_()
    assert bundle["text/html"].count("</script>") == 4  # three that load, one that draws


def test_charts_are_saved(tmp_path):
    chart = vis.barchart({"</script>": 1})
    chart.save(tmp_path / "chart.json")
    assert json.loads((tmp_path / "chart.json").read_text()) == chart.spec
    chart.save(tmp_path / "chart.html")
    page = (tmp_path / "chart.html").read_text()
    assert page.count("</script>") == 4  # three that load, one that draws
    # What is drawn from the file is what the pages draw with.
    packages = json.loads((CHECK.parents[1] / "web/package.json").read_text())["dependencies"]
    for name in ("vega", "vega-lite", "vega-embed"):
        assert f"{name}@{packages[name]}" in page


def notebook(monkeypatch):
    """An IPython whose displays are noted."""
    shown = []
    handle = types.SimpleNamespace(update=lambda chart: shown.append(("update", repr(chart))))

    def display(chart, display_id):
        shown.append(("display", repr(chart)))
        return handle

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: object()
    shows = types.ModuleType("IPython.display")
    shows.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)
    return shown


def test_a_notebooks_output_is_updated(monkeypatch):
    shown = notebook(monkeypatch)
    fit(model_of(), callbacks=vis.fit_callbacks(metrics="loss"))
    assert shown == [
        ("display", "<Chart of loss: 2 rows>"),
        ("update", "<Chart of loss: 4 rows>"),
        ("update", "<Chart of loss: 6 rows>"),
    ]


def test_a_function_is_given_specifications():
    given = []

    async def place(spec):
        await asyncio.sleep(0)
        given.append(spec)

    async def show():
        chart = vis.linechart([1])
        await chart.update(vis.linechart([1, 2]))  # not shown yet
        await chart.show(place)
        await chart.update(vis.linechart([1, 2, 3]))
        return chart

    chart = asyncio.run(show())
    assert [len(spec["datasets"]["points"]) for spec in given] == [2, 3]
    assert given[-1] is chart.spec
    with pytest.raises(tfpy.ArgumentError, match="update: not a Chart"):
        asyncio.run(chart.update(vis.table([])))


def test_without_a_page_there_are_no_elements():
    with pytest.raises(tfpy.BackendError, match="no page to show a chart in, at '#chart'"):
        asyncio.run(vis.linechart([1]).show("#chart"))
    with pytest.raises(tfpy.ArgumentError, match="no notebook"):
        asyncio.run(vis.linechart([1]).show())


def test_training_is_told_by_epoch_and_batch():
    given = []
    model = model_of()
    both = ("on_epoch_end", "on_batch_end")
    live = vis.fit_callbacks(given.append, callbacks=both, title="Live", zoom_to_fit=True)
    live.log_interval = 0.0  # every batch
    fit(model, epochs=2, callbacks=live)
    last = given[-1]
    assert last["title"] == "Live"
    sizes = {name: len(found) for name, found in last["datasets"].items()}
    assert sizes == {"loss": 4, "accuracy": 4, "loss by batch": 6, "accuracy by batch": 6}
    assert [row["x"] for row in last["datasets"]["loss by batch"]] == [1, 2, 3, 4, 5, 6]
    assert last["concat"][0]["encoding"]["x"]["scale"] == {"domain": [1, 2]}
    assert all(found["said"] == [] for found in drawn(vis.Chart(last)))
    # A second training begins anew.
    given.clear()
    fit(model, epochs=1, callbacks=live)
    assert len(given[-1]["datasets"]["loss"]) == 2


def test_validation_now_and_then_is_drawn_where_it_happened():
    given = []
    live = vis.fit_callbacks(given.append, "loss")
    fit(model_of(), epochs=4, validation_freq=2, callbacks=live)
    found = given[-1]["datasets"]["loss"]
    assert [row["x"] for row in found if row["series"] == "validation"] == [2, 4]
    history = fit(model_of(), epochs=5, initial_epoch=1, validation_freq=2)
    assert (history.epoch, history.validated) == ([1, 2, 3, 4], [1, 3])
    rows = vis.history(history, "loss").spec["datasets"]["loss"]
    assert [row["x"] for row in rows if row["series"] == "validation"] == [2, 4]


def test_epochs_alone_read_no_batch():
    """Reading metrics makes the host wait."""
    model = model_of()
    seen = []
    spy = tfpy.callbacks.LambdaCallback(on_train_batch_end=lambda n, logs: seen.append(logs))
    spy.log_interval = float("inf")
    fit(model, epochs=1, callbacks=[vis.fit_callbacks(lambda spec: None), spy])
    assert seen == [{}, {}, {}]


def test_a_bar_tells_how_far_training_is():
    told = []
    bar = vis.progress_bar(told.append)
    bar.log_interval = 0.0  # every batch
    fit(model_of(), epochs=2, callbacks=bar)
    found = [
        re.match(r'<label><progress max="1" value="(.*?)"></progress> (.*?) - ', x) for x in told
    ]
    sixths = [f"{n / 6:.4f}" for n in (1, 2, 3, 3, 4, 5, 6, 6)]
    assert [x[1] for x in found] == sixths
    batches = [f"Epoch {epoch}/2, {n}/3" for epoch in (1, 2) for n in (1, 2, 3, 3)]
    assert [x[2] for x in found] == batches
    assert "val_loss: " in told[3]
    assert "val_loss: " not in told[2]
    assert repr(vis.Progress(0.5, "<b>")) == "50% <b>"
    assert vis.Progress(0.5, "<b>")._repr_html_().endswith("&lt;b&gt;</label>")


def test_a_bar_of_batches_that_nobody_has_counted():
    told = []
    batch = np.ones((4, 3), np.float32), np.ones(4, np.int32)
    bar = vis.progress_bar(told.append)
    model_of().fit((batch for _ in range(2)), epochs=1, verbose=0, callbacks=bar)
    assert 'value="1.0000"' in told[-1]
    assert "Epoch 1/1, 2/?" in told[-1]


def test_what_cannot_be_watched_is_said():
    with pytest.raises(tfpy.ArgumentError, match="callbacks must be of"):
        vis.fit_callbacks(callbacks=["on_train_end"])
    with pytest.raises(tfpy.ArgumentError, match="there is no 'acc', only "):
        fit(model_of(), callbacks=vis.fit_callbacks(lambda spec: None, "acc"))


def test_a_place_that_has_to_be_waited_for_needs_fit_async():
    async def place(spec):
        await asyncio.sleep(0)

    with pytest.raises(tfpy.AsyncOnlyError, match="fit_async"):
        fit(model_of(), callbacks=vis.fit_callbacks(place))


def test_the_scans_of_the_training_page_are_those_of_its_script():
    import runpy

    script = CHECK.parents[1] / "web" / "training" / "make_scans.py"
    made = runpy.run_path(str(script))
    assert made["FILE"].read_bytes() == made["scans"]().tobytes()
