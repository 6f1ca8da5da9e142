"""Charts of models and of how training goes, live too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..callbacks.base import Callback, Logs
from ..errors import ArgumentError
from ..models.summary import rows as summary_rows
from .chart import Chart, Table
from .plots import FEW, axis, chart, histogram, number

VALIDATION = "val_"
#: The names of the two series, and their order.
SERIES = ("training", "validation")
COLUMNS = 2


def history(
    history: Any,
    metrics: str | Sequence[str] | None = None,
    title: str | None = None,
    x_axis_domain: Sequence[float] | None = None,
    zoom_to_fit: bool = False,
    **options: Any,
) -> Chart:
    """How losses and metrics went by epoch, those of training against those of validation.

    Args:
        history: what `fit` returns, its dict of lists, or a list of the logs of epochs.
        metrics: the names, or one, without "val_"; all if not given.
        title: above the chart.
        x_axis_domain: the first and the last epoch; those that are there if not given.
        zoom_to_fit: let the axes begin where the values do, instead of at 0.
        options: `width` and `height` of the chart of each metric, in pixels.

    Raises:
        ArgumentError: there is no such metric.

    >>> chart = tfpy.vis.history({"loss": [0.9, 0.5], "val_loss": [1.0, 0.7]})
    >>> chart.spec["datasets"]["loss"][-1]
    {'x': 2, 'y': 0.7, 'series': 'validation'}
    """
    epochs, values = _series(history)
    form = {"domain": x_axis_domain, "zoom": zoom_to_fit, **options}
    return beside(_panels("epoch", epochs, values, metrics, form), title)


def beside(panels: Sequence[Chart], title: str | None = None) -> Chart:
    """Several charts as one."""
    if len(panels) == 1:
        (one,) = panels
        return Chart({**one.spec, "title": title}) if title else one
    inner = [
        {k: v for k, v in panel.spec.items() if k not in ("$schema", "config", "datasets")}
        for panel in panels
    ]
    datasets = {name: rows for panel in panels for name, rows in panel.spec["datasets"].items()}
    head = {"title": title} if title else {}
    return Chart({**head, "datasets": datasets, "concat": inner, "columns": COLUMNS})


def _series(history: Any) -> tuple[list[int], dict[str, list[Any]]]:
    """The numbers of the epochs, from 1, and the values of each metric."""
    values, epochs = getattr(history, "history", history), getattr(history, "epoch", None)
    if not isinstance(values, Mapping):
        values = _columns(values)
    if epochs is not None:
        validated = dict.fromkeys(getattr(history, "validated", epochs))
        values = {
            name: _spread(found, epochs, validated) if name.startswith(VALIDATION) else found
            for name, found in values.items()
        }
    count = max(map(len, values.values()), default=0)
    return [e + 1 for e in (range(count) if epochs is None else epochs)], dict(values)


def _spread(values: list[Any], epochs: Sequence[int], there: Collection[int]) -> list[Any]:
    """A value for each epoch: None for those that are not `there`."""
    coming = iter(values)
    return [next(coming, None) if epoch in there else None for epoch in epochs]


def _columns(logs: Any) -> dict[str, list[Any]]:
    """The values of each metric from logs; None where it is not among them."""
    logs = list(logs)
    if not all(isinstance(log, Mapping) for log in logs):
        raise ArgumentError(f"history: neither a History nor logs: {logs!r:.80}")
    names = dict.fromkeys(name for log in logs for name in log)
    return {name: [log.get(name) for log in logs] for name in names}


def _metrics(wanted: str | Sequence[str] | None, values: Mapping[str, list[Any]]) -> list[str]:
    """The names of charts: what is wanted, or all that have one number for each epoch."""
    there = dict.fromkeys(
        name.removeprefix(VALIDATION)
        for name, found in values.items()
        if all(v is None or isinstance(v, (int, float)) for v in found)
    )
    if wanted is None:
        return list(there)
    named = [wanted] if isinstance(wanted, str) else list(wanted)
    names = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in named))
    for name in names:
        if name not in there:
            raise ArgumentError(f"history: there is no {name!r}, only {', '.join(there) or 'none'}")
    return names


def _panels(
    x_label: str,
    numbers: Sequence[int],
    values: Mapping[str, list[Any]],
    metrics: str | Sequence[str] | None,
    form: dict[str, Any],
) -> list[Chart]:
    """A chart for each metric."""
    names = _metrics(metrics, values)
    return [_panel(name, x_label, numbers, values, **form) for name in names]


def _panel(
    name: str,
    x_label: str,
    numbers: Sequence[int],
    values: Mapping[str, list[Any]],
    domain: Sequence[float] | None,
    zoom: bool,
    **options: Any,
) -> Chart:
    """The chart of one metric."""
    dataset = name if x_label == "epoch" else f"{name} by {x_label}"
    rows = [
        {"x": x, "y": number(y), "series": series}
        for series, key in zip(SERIES, (name, VALIDATION + name), strict=True)
        for x, y in zip(numbers, values.get(key, []), strict=False)
        # Validation may not follow each epoch; its line goes on.
        if y is not None
    ]
    # Vega's own smallest step between ticks, tickMinStep, lets halves through.
    label = "datum.value % 1 ? '' : format(datum.value, 'd')"
    whole = {"labelExpr": label, "ticks": False, "grid": False}
    ends = {"domain": list(domain)} if domain else {"zero": False}
    encoding = {
        "x": axis("x", axis=whole, scale=ends),
        "y": axis("y", scale={"zero": not zoom}),
        "color": axis("series", "nominal", scale={"domain": list(SERIES)}),
    }
    if VALIDATION + name not in values:
        del encoding["color"]
    mark = {"type": "line", "point": {"size": 24}, "tooltip": True}
    if len(rows) > FEW:
        mark["point"] = False
    form = {"mark": mark, "encoding": encoding}
    return chart(dataset, rows, form, x_label=x_label, y_label=name, **options)


def fit_callbacks(
    place: Any = None,
    metrics: str | Sequence[str] | None = None,
    callbacks: Sequence[str] = ("on_epoch_end",),
    title: str | None = None,
    zoom_to_fit: bool = False,
    **options: Any,
) -> Callback:
    """A callback for `fit` that draws losses and metrics as they come.

    In a page this needs `fit_async`, so that the page can draw meanwhile.

    Args:
        place: where, as for `Chart.show`: None is the output of a notebook's cell.
        metrics: as for `history`.
        callbacks: when: "on_epoch_end", "on_batch_end" (a few times a second, what the metrics are
            in the epoch so far), or both.
        title: above the charts.
        zoom_to_fit: as for `history`.
        options: `width` and `height` of each chart, in pixels.

    Raises:
        ArgumentError: `callbacks` are none, or, once training begins, there is no such metric.

    >>> specs = []
    >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> watch = tfpy.vis.fit_callbacks(specs.append, ["loss"])
    >>> history = model.fit([[1.0], [2.0]], [[2.0], [4.0]], epochs=3, verbose=0, callbacks=watch)
    >>> [len(spec["datasets"]["loss"]) for spec in specs]
    [1, 2, 3]
    """
    known = ("on_epoch_end", "on_batch_end")
    if not callbacks or set(callbacks) - set(known):
        raise ArgumentError(f"fit_callbacks: callbacks must be of {known}, not {callbacks!r}")
    return _Live(place, metrics, callbacks, title, {"zoom": zoom_to_fit, **options})


class _Live(Callback):
    """Keeps the logs and draws them."""

    def __init__(
        self, place: Any, metrics: Any, when: Sequence[str], title: Any, form: dict[str, Any]
    ) -> None:
        super().__init__()
        self._place, self._metrics, self._title, self._form = place, metrics, title, form
        self._by_epoch, self._by_batch = "on_epoch_end" in when, "on_batch_end" in when
        # Reading metrics makes the host wait; nobody sees more.
        self.log_interval = 0.25 if self._by_batch else float("inf")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._shown: Chart | None = None
        self._count = 0
        # What happened when: numbers of epochs, or of batches, and the logs of each.
        self._epochs: tuple[list[int], list[Logs]] = [], []
        self._batches: tuple[list[int], list[Logs]] = [], []

    async def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._count += 1
        if self._by_batch and logs:
            await self._add(self._batches, self._count, logs)

    async def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self._by_epoch:
            await self._add(self._epochs, epoch + 1, logs or {})

    async def _add(self, known: tuple[list[int], list[Logs]], number: int, logs: Logs) -> None:
        known[0].append(number)
        known[1].append(dict(logs))
        newer = self._chart()
        if self._shown is None:
            self._shown = newer
            await newer.show(self._place)
        else:
            await self._shown.update(newer)

    def _chart(self) -> Chart:
        """What is known, on axes as long as training is going to be."""
        epochs = self.params.get("epochs") or 1
        panels = []
        for label, (numbers, logs) in (("epoch", self._epochs), ("batch", self._batches)):
            if numbers:
                domain = [1, epochs] if label == "epoch" and epochs > 1 else None
                form = {"domain": domain, **self._form}
                panels += _panels(label, numbers, _columns(logs), self._metrics, form)
        return beside(panels, self._title)


def model_summary(model: Any) -> Table:
    """The layers of a model: their names, classes, shapes and how many weights they have.

    >>> model = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(2, name="out")])
    >>> tfpy.vis.model_summary(model)
    Layer (type)  Output shape  Params
    out (Dense)   (None, 2)          8
    """
    headers, *rows = summary_rows(model)
    return Table(rows, headers)


def values_distribution(tensor: Any, max_bins: int = 12, **options: Any) -> Chart:
    """The same as `histogram`: how the values of a tensor are distributed."""
    return histogram(tensor, max_bins, **options)


def layer(layer: Any, max_bins: int = 12, **options: Any) -> Chart:
    """How the values of each of a layer's weights are distributed.

    Args:
        layer: a layer that has weights, or a model.
        max_bins: of each histogram.
        options: of `histogram`.

    Raises:
        ArgumentError: it has no weights.

    >>> model = tfpy.Sequential([tfpy.layers.Input((3,)), tfpy.layers.Dense(2, name="out")])
    >>> list(tfpy.vis.layer(model.layers[0]).spec["datasets"])
    ['out/kernel', 'out/bias']
    """
    panels = [
        histogram(w, max_bins, title=f"{w.name} {tuple(w.shape)}", name=w.name, **options)
        for w in layer.weights
    ]
    if not panels:
        raise ArgumentError(f"layer: {layer.name!r} has no weights, or is not built yet")
    return beside(panels, layer.name)
