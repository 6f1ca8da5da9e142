"""Charts of data: lines, points, bars, bins and matrices.

Names are those of tfjs-vis. Data are lists, dicts, or tensors, whose values are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ..engine import as_tensor
from ..errors import ArgumentError, DTypeError, ShapeError
from ..ops.elementwise import where
from ..ops.movement import stack
from ..ops.scatter import bincount
from ..ops.scatter import confusion_matrix as count_pairs
from .chart import SIZE, Chart, Table

Row = dict[str, Any]
#: With more points than these a line shows none of them.
FEW = 120
KINDS = ("quantitative", "ordinal", "nominal", "temporal")


def plain(data: Any) -> Any:
    """Nested lists of what may be a tensor or an array."""
    return data.tolist() if hasattr(data, "tolist") else data


def number(value: Any) -> Any:
    """A value that JSON has: None stands for NaN and the infinities."""
    value = plain(value)
    return None if isinstance(value, float) and not isfinite(value) else value


def given(**values: Any) -> Row:
    """What is not None: a specification has no None, which JavaScript takes for undefined."""
    return {name: value for name, value in values.items() if value is not None}


def axis(name: str, kind: str = "quantitative", title: str = "", **more: Any) -> Row:
    """The encoding of a field of the rows; it has no title but the one that it is given."""
    return {"field": name, "type": kind, "title": title, **more}


def chart(
    name: str,
    rows: list[Row],
    form: Row,
    title: Any = None,
    x_label: str | None = None,
    y_label: str | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Chart:
    """A chart of one data set. All charts have these options; what is None is left to whoever
    draws."""
    for channel, label in (("x", x_label), ("y", y_label)):
        form["encoding"][channel].update(given(title=label))
    head = given(title=title, width=width, height=height)
    return Chart({**head, "datasets": {name: rows}, "data": {"name": name}, **form})


# -------------------------------------------------------------------------------- lines and points


def _points(function: str, data: Any) -> tuple[list[str], list[Row]]:
    """The names of the series, and their points."""
    series = data if isinstance(data, Mapping) else {"": data}
    rows: list[Row] = []
    for name, values in series.items():
        for i, value in enumerate(plain(values)):
            x, y = _point(function, i, value)
            rows.append({"x": number(x), "y": number(y), "series": str(name)})
    return [str(name) for name in series], rows


def _point(function: str, i: int, value: Any) -> Any:
    if isinstance(value, Mapping) and {"x", "y"} <= set(value):
        return value["x"], value["y"]
    value = plain(value)
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value
    if isinstance(value, (int, float)):
        return i, value
    raise ArgumentError(f"{function}: neither a number nor a point (x, y): {value!r:.80}")


def _xy(
    function: str,
    mark: str,
    data: Any,
    x_type: str = "quantitative",
    y_type: str = "quantitative",
    x_axis_domain: Sequence[Any] | None = None,
    y_axis_domain: Sequence[Any] | None = None,
    zoom_to_fit: bool = False,
    series_colors: Sequence[str] | None = None,
    **options: Any,
) -> Chart:
    names, rows = _points(function, data)
    encoding = {}
    for field, kind, domain in (("x", x_type, x_axis_domain), ("y", y_type, y_axis_domain)):
        if kind not in KINDS:
            raise ArgumentError(f"{function}: {field}_type must be one of {KINDS}, not {kind!r}")
        scale = given(domain=domain and list(domain))
        if kind == "quantitative" and not domain:
            scale["zero"] = not zoom_to_fit
        encoding[field] = axis(field, kind, scale=scale)
    if names != [""]:
        scale = given(domain=names, range=series_colors and list(series_colors))
        encoding["color"] = axis("series", "nominal", scale=scale)
    elif series_colors:
        encoding["color"] = {"value": series_colors[0]}
    look = {"point": len(rows) <= FEW} if mark == "line" else {"filled": True}
    form = {"mark": {"type": mark, "tooltip": True, **look}, "encoding": encoding}
    return chart("points", rows, form, **options)


def linechart(data: Any, **options: Any) -> Chart:
    """A line through the points of each series.

    Args:
        data: numbers, for which x counts from 0; points (x, y), as pairs or dicts; a tensor of
            either; or a dict of such series by name.
        x_type: "quantitative", "ordinal", "nominal" or "temporal".
        y_type: as `x_type`.
        x_axis_domain: the ends of the axis, or its values.
        y_axis_domain: as `x_axis_domain`.
        zoom_to_fit: let the axes begin where the values do, instead of at 0.
        series_colors: a colour for each series, as CSS names it.
        title: above the chart, as the options that follow of every chart.
        x_label: below the x axis.
        y_label: beside the y axis.
        width: in pixels; without it a page's chart is as wide as its element.
        height: in pixels.

    Raises:
        ArgumentError: an option or a point is none.

    >>> tfpy.vis.linechart({"sent": [1.0, 4.0], "received": [1.0, 3.0]}, x_label="day")
    <Chart of points: 4 rows>
    """
    return _xy("linechart", "line", data, **options)


def scatterplot(data: Any, **options: Any) -> Chart:
    """The points of each series; data and options are those of `linechart`.

    >>> tfpy.vis.scatterplot([(1.5, 2.0), (2.5, 1.0)], title="Where it was", zoom_to_fit=True)
    <Chart of points: 2 rows>
    """
    return _xy("scatterplot", "point", data, **options)


def barchart(
    data: Any,
    y_axis_domain: Sequence[float] | None = None,
    color: str | None = None,
    **options: Any,
) -> Chart:
    """A bar for each value.

    Args:
        data: a dict of values by name, pairs (name, value), or numbers, which are counted from 0.
        y_axis_domain: the ends of the axis.
        color: of the bars, as CSS names it.
        options: `title`, `x_label`, `y_label`, `width` and `height`, as for `linechart`.

    >>> tfpy.vis.barchart({"cat": 3, "dog": 5})
    <Chart of bars: 2 rows>
    """
    pairs = list(data.items()) if isinstance(data, Mapping) else plain(data)
    points = [_point("barchart", i, pair) for i, pair in enumerate(pairs)]
    rows = [{"x": str(name), "y": number(value)} for name, value in points]
    scale = given(domain=y_axis_domain and list(y_axis_domain))
    encoding = {"x": _names("x", [row["x"] for row in rows]), "y": axis("y", scale=scale)}
    return chart("bars", rows, {"mark": _bar(color), "encoding": encoding}, **options)


def _bar(color: str | None = None) -> Row:
    return given(type="bar", tooltip=True, color=color)


def _names(field: str, names: Sequence[str]) -> Row:
    """An axis of names in their order, with those of missing values too."""
    domain = list(dict.fromkeys(names))
    return axis(field, "nominal", scale={"domain": domain}, axis={"labelAngle": 0})


# --------------------------------------------------------------------------------------------- bins


def histogram(
    values: Any,
    max_bins: int = 12,
    color: str | None = None,
    stats: bool = True,
    *,
    title: str | None = None,
    name: str = "bins",
    **options: Any,
) -> Chart:
    """How often values occur in each of some bins of the same width.

    A tensor is counted where it is; only the counts are read.

    Args:
        values: numbers, of any shape.
        max_bins: how many bins there are, at most one for each value that integers have.
        color: of the bars, as CSS names it.
        stats: whether a line under the title tells number, mean, deviation, and how many values
            are 0, NaN or infinite.
        title: above the chart.
        name: of the data in the specification.
        options: `x_label`, `y_label`, `width` and `height`, as for `linechart`.

    >>> tfpy.vis.histogram(tfpy.tensor([0.0, 1.0, 1.5, 4.0]), max_bins=2).spec["datasets"]
    {'bins': [{'start': 0.0, 'end': 2.0, 'count': 3}, {'start': 2.0, 'end': 4.0, 'count': 1}]}
    """
    if max_bins < 1:
        raise ArgumentError(f"histogram: max_bins must be at least 1: {max_bins}")
    x = as_tensor(values).reshape((-1,))
    if x.dtype.kind not in "biuf":
        raise DTypeError(f"histogram: there are no bins of {x.dtype}")
    floats = x if x.dtype.is_floating else x.cast("float32")
    found, rows = _counted(floats, max_bins, x.dtype.kind != "f")
    encoding = {
        "x": axis("start", bin={"binned": True}, axis={"grid": False}),
        "x2": {"field": "end"},
        "y": axis("count"),
    }
    head: Any = {"text": title or "", "subtitle": found} if stats else title
    return chart(name, rows, {"mark": _bar(color), "encoding": encoding}, head, **options)


def _counted(x: Any, max_bins: int, whole: bool) -> tuple[list[str], list[Row]]:
    """Lines that tell about a vector, and its bins."""
    if not x.size:
        return ["no values"], []
    finite = x.isfinite()
    count, nans, zeros = (int(n.cast("int32").sum().item()) for n in (finite, x.isnan(), x == 0.0))
    lines = [f"{x.size:,} values, {zeros:,} zeros"]
    if count < x.size:
        lines.append(f"{nans:,} NaN, {x.size - count - nans:,} infinite")
    if not count:
        return lines, []
    low = where(finite, x, float("inf")).min().item()
    high = where(finite, x, float("-inf")).max().item()
    # Parts are added up, whose sum is not too large where that of large values would be.
    kept = where(finite, x, 0.0)
    mean = (kept / count).sum()
    deviation = where(finite, x - mean, 0.0).square().sum().item() / count
    lines.append(f"{low:.4g} to {high:.4g}, mean {mean.item():.4g}, deviation {deviation**0.5:.4g}")
    start, step, bins = low, high / max_bins - low / max_bins, max_bins
    if whole or low == high:
        # Each bin holds as many integers as the others.
        span = -(-int(high - low + 1.0) // max_bins)
        start, step, bins = low - 0.5, float(span), -(-int(high - low + 1.0) // span)
    place = ((kept - start) / step).floor().clip_by_value(0.0, bins - 1.0)
    place = where(finite, place, -1.0).cast("int32")
    counts = bincount(place, None, bins).tolist()
    edges = [start + i * step for i in range(bins)]
    rows = [{"start": e, "end": e + step, "count": n} for e, n in zip(edges, counts, strict=True)]
    return lines, rows


# ----------------------------------------------------------------------------------------- matrices


def heatmap(
    values: Any,
    x_tick_labels: Sequence[Any] | None = None,
    y_tick_labels: Sequence[Any] | None = None,
    color_map: str | Sequence[str] = "viridis",
    domain: Sequence[float] | None = None,
    **options: Any,
) -> Chart:
    """A matrix as coloured cells, its first row at the top.

    Args:
        values: (rows, columns); TF.js's heat maps have columns first.
        x_tick_labels: names of the columns, numbers from 0 if not given.
        y_tick_labels: names of the rows.
        color_map: a colour scheme of Vega (https://vega.github.io/vega/docs/schemes/) or colours
            to go through.
        domain: the values of the first and the last colour; those of `values` if not given.
        options: `title`, `x_label`, `y_label`, `width` and `height`, as for `linechart`.

    Raises:
        ShapeError: not a matrix, or labels that do not fit it.

    >>> tfpy.vis.heatmap([[1.0, 2.0], [3.0, 4.0]], x_tick_labels=["left", "right"])
    <Chart of cells: 4 rows>
    """
    matrix = _matrix("heatmap", values)
    columns = _labels("heatmap: x_tick_labels", x_tick_labels, len(matrix[0]))
    names = _labels("heatmap: y_tick_labels", y_tick_labels, len(matrix))
    rows = [
        {"x": columns[j], "y": names[i], "value": number(value)}
        for i, line in enumerate(matrix)
        for j, value in enumerate(line)
    ]
    scale: Row = {"scheme": color_map} if isinstance(color_map, str) else {"range": [*color_map]}
    scale.update(given(domain=domain and list(domain)))
    encoding = {"x": _names("x", columns), "y": _names("y", names)}
    encoding["color"] = axis("value", scale=scale)
    form = {"mark": {"type": "rect", "tooltip": True}, "encoding": encoding}
    return chart("cells", rows, form, **{"height": _height(names), **options})


def _height(rows: list[str]) -> int:
    """Of a matrix in pixels, where none is asked for."""
    return min(28 * len(rows), 420)


def _matrix(function: str, values: Any) -> list[list[Any]]:
    x = as_tensor(values)
    if x.ndim != 2 or not x.size:
        raise ShapeError(f"{function}: values of shape {x.shape} are no matrix")
    return x.tolist()


def _labels(what: str, labels: Sequence[Any] | None, n: int) -> list[str]:
    if labels is None:
        return [str(i) for i in range(n)]
    found = [str(label) for label in labels]
    if len(found) != n or len(set(found)) != n:
        raise ShapeError(f"{what}: {n} different names are needed, not {found!r:.80}")
    return found


def _counts(function: str, labels: Any, predictions: Any, num_classes: int | None) -> Any:
    """A confusion matrix, given or counted."""
    if predictions is None:
        matrix = _matrix(function, labels)
        if len(matrix) != len(matrix[0]):
            raise ShapeError(f"{function}: {len(matrix)} x {len(matrix[0])} is not square")
        return matrix
    labels, predictions = as_tensor(labels), as_tensor(predictions)
    if num_classes is None:
        both = stack([labels, predictions]) if labels.shape == predictions.shape else labels
        num_classes = int(both.max().item()) + 1 if both.size else 1
    return count_pairs(labels, predictions, num_classes).tolist()


def confusion_matrix(
    labels: Any,
    predictions: Any = None,
    num_classes: int | None = None,
    class_labels: Sequence[Any] | None = None,
    shade_diagonal: bool = False,
    **options: Any,
) -> Chart:
    """How often each label was predicted as each class.

    Args:
        labels: int32 (n,); or, without `predictions`, the matrix, as `tfpy.math.confusion_matrix`
            gives it, a row for each label.
        predictions: int32 (n,).
        num_classes: if not given, as many as occur.
        class_labels: names of the classes.
        shade_diagonal: whether what is right is coloured as well; else mistakes stand out.
        options: `title`, `x_label`, `y_label`, `width` and `height`, as for `linechart`.

    >>> tfpy.vis.confusion_matrix([0, 1, 1], [0, 1, 0]).spec["datasets"]["cells"][2]
    {'x': '0', 'y': '1', 'value': 1, 'shade': 1.0}
    """
    matrix = _counts("confusion_matrix", labels, predictions, num_classes)
    names = _labels("confusion_matrix: class_labels", class_labels, len(matrix))
    rows = [
        {"x": names[j], "y": names[i], "value": n, "shade": n if i != j or shade_diagonal else 0}
        for i, line in enumerate(matrix)
        for j, n in enumerate(line)
    ]
    most = max(1, *(row["shade"] for row in rows))
    for row in rows:
        row["shade"] /= most
    shades = {"domain": [0, 1], "range": ["#fdf0e2", "#f59e4c", "#a63d06"]}
    # What does not occur is left out, in dark notebooks as in light ones.
    tests = [("datum.value === 0", "transparent"), ("datum.x === datum.y", "#bfe2d9")]
    color = axis("shade", scale=shades)
    color["condition"] = _conditions(tests[:1] if shade_diagonal else tests)
    inks = [("datum.value === 0", "#888888"), ("datum.shade > 0.7", "white")]
    ink = {"condition": _conditions(inks), "value": "black"}
    titles = (("y", "label"), ("x", "prediction"), ("value", "how often"))
    tooltip = [axis(field, "nominal", title) for field, title in titles]
    form = {
        "config": {"view": SIZE, "legend": {"disable": True}},
        "encoding": {"x": _names("x", names), "y": _names("y", names), "tooltip": tooltip},
        "layer": [
            {"mark": "rect", "encoding": {"color": color}},
            {"mark": "text", "encoding": {"text": axis("value"), "color": ink}},
        ],
    }
    told = {"x_label": "prediction", "y_label": "label", "height": _height(names)}
    return chart("cells", rows, form, **{**told, **options})


def _conditions(tests: list[tuple[str, str]]) -> list[Row]:
    return [{"test": test, "value": value} for test, value in tests]


def per_class_accuracy(
    labels: Any,
    predictions: Any = None,
    num_classes: int | None = None,
    class_labels: Sequence[Any] | None = None,
    **options: Any,
) -> Chart:
    """Which share of each class is predicted right; a class without labels has no bar.

    The arguments are those of `confusion_matrix`.

    >>> tfpy.vis.per_class_accuracy([0, 1, 1], [0, 1, 0]).spec["datasets"]["classes"]
    [{'x': '0', 'y': 1.0, 'count': 1}, {'x': '1', 'y': 0.5, 'count': 2}]
    """
    matrix = _counts("per_class_accuracy", labels, predictions, num_classes)
    names = _labels("per_class_accuracy: class_labels", class_labels, len(matrix))
    rows = []
    for i, line in enumerate(matrix):
        count = sum(line)
        rows.append({"x": names[i], "y": line[i] / count if count else None, "count": count})
    encoding = {
        "x": _names("x", names),
        "y": axis("y", scale={"domain": [0, 1]}, axis={"format": "%"}),
        "tooltip": [
            axis("x", "nominal", "class"),
            axis("y", title="accuracy", format=".1%"),
            axis("count", title="how many"),
        ],
    }
    told = {"x_label": "class", "y_label": "accuracy"}
    return chart("classes", rows, {"mark": "bar", "encoding": encoding}, **{**told, **options})


def accuracy(labels: Any, predictions: Any) -> float:
    """The share of `predictions` that are equal to `labels`.

    >>> tfpy.vis.accuracy([0, 1, 1, 2], [0, 1, 0, 2])
    0.75
    """
    labels, predictions = as_tensor(labels), as_tensor(predictions)
    if labels.shape != predictions.shape:
        raise ShapeError(f"accuracy: shapes {labels.shape} and {predictions.shape} differ")
    return (labels == predictions).cast("float32").mean().item()


def table(values: Any, headers: Sequence[Any] | None = None) -> Table:
    """Rows of values under headers.

    Args:
        values: a list of rows, or a matrix.
        headers: a name for each column.

    Raises:
        ArgumentError: rows differ in length.

    >>> tfpy.vis.table([["edges", 80], ["digit", 4010]], headers=["layer", "weights"])
    layer  weights
    edges       80
    digit     4010
    """
    return Table(plain(values), headers)
