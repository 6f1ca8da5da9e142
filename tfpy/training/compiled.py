"""What a model is compiled with: its losses and metrics, one or several for each output.

Labels, predictions and weights come as lists with an entry for each output. "accuracy" and
"crossentropy" mean another function for each kind of labels: that of the batch at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import engine, losses, metrics
from ..configured import find
from ..errors import ArgumentError, ShapeError
from ..tensor import Tensor

LossFunction = Callable[[Any, Any, Any], Tensor]
Values = Sequence[Any]


def by_output(what: str, value: Any, names: Sequence[str], alike: bool = False) -> list[Any]:
    """`value` as a list with an entry for each output, None where it says nothing.

    Args:
        what: the argument, for errors.
        value: a dict by name of output, a list in their order, or what is for all of them.
        names: of the outputs.
        alike: whether one value that is no list or dict is for every output.
    """
    if isinstance(value, dict):
        strays = [key for key in value if key not in names]
        if strays:
            raise ArgumentError(
                f"{what}: there is no output {strays[0]!r}, only {', '.join(names)}"
            )
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ArgumentError(f"{what}: {len(value)} entries for {len(names)} outputs")
        return list(value)
    if value is not None and len(names) > 1 and not alike:
        raise ArgumentError(f"{what}: one value for the outputs {', '.join(names)}")
    return [value] * len(names)


# ------------------------------------------------------------------------------------ losses


class CompiledLoss:
    """The sum of the outputs' weighted losses.

    Args:
        loss: a name, function or `Loss` for all outputs, or a list or dict of these.
        loss_weights: factors, as a list or dict; for a single output a number.
        names: of the outputs.
    """

    def __init__(self, loss: Any, loss_weights: Any, names: Sequence[str]) -> None:
        self._losses = [_loss(x) for x in by_output("loss", loss, names, alike=True)]
        self._weights = by_output("loss_weights", loss_weights, names)
        self._names = names
        #: The mean of each output's own loss, where there are several.
        self.trackers: list[metrics.Mean] = []
        self._tracked = [i for i, found in enumerate(self._losses) if found is not None]
        if len(self._tracked) > 1:
            self.trackers = [metrics.Mean(f"{names[i]}_loss") for i in self._tracked]

    def __call__(self, y_true: Values, y_pred: Values, weights: Values) -> Tensor | None:
        """The loss of a batch; None if no output has one."""
        total: Tensor | None = None
        trackers = iter(self.trackers)
        for i in self._tracked:
            if y_true[i] is None:
                raise ArgumentError(f"loss: there are no labels for output {self._names[i]}")
            _check_labels(self._losses[i], self._names[i], y_true[i], y_pred[i])
            loss = self._losses[i](y_true[i], y_pred[i], weights[i])  # type: ignore[misc]
            if self.trackers:
                next(trackers).update_state(loss, batch_size(y_pred[i]))
            if self._weights[i] is not None:
                loss = loss * self._weights[i]
            total = loss if total is None else total + loss
        return total


def _check_labels(loss: Any, name: str, y_true: Any, y_pred: Any) -> None:
    """Refuse labels that tfpy's losses would broadcast beyond the output `name`: each sample would
    be compared with labels of others. A loss of one's own may want labels of any shape."""
    function = getattr(loss, "function", None)
    if function is losses.sparse_categorical_crossentropy or function not in (
        losses.FUNCTIONS.values()
    ):
        return
    t, p = losses.functions.same_rank(engine.as_tensor(y_true), engine.as_tensor(y_pred))
    if t.ndim != p.ndim or any(n not in (1, m) for n, m in zip(t.shape, p.shape, strict=True)):
        given = engine.as_tensor(y_true).shape, engine.as_tensor(y_pred).shape
        raise ShapeError(f"loss: labels of shape {given[0]} for {name} of shape {given[1]}")


def batch_size(x: Tensor) -> float:
    """How many samples `x` has."""
    return float(x.shape[0]) if x.ndim else 1.0


def _kind(t: Any, p: Any) -> str:
    """What labels and predictions of these shapes are, as the beginning of a function's name."""
    last_t, last_p = t.shape[-1:], p.shape[-1:]
    if last_p == (1,):
        return "binary"
    if t.ndim < p.ndim or (last_t == (1,) and p.shape[-1] > 1):
        return "sparse_categorical"
    return "categorical"


class _Function(losses.Loss):
    """A function as a loss: its mean over what the mask of the predictions leaves."""

    def __init__(self, function: Callable[[Any, Any], Tensor]) -> None:
        super().__init__()
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        return self.function(y_true, y_pred)


def _loss(given: Any) -> LossFunction | None:
    """What `compile` was given as a loss."""
    if given is None:
        return None
    if isinstance(given, str) and given.lower() in ("crossentropy", "ce"):
        return _Function(_crossentropy)
    found = given() if isinstance(given, type) else losses.get(given)
    return found if isinstance(found, losses.Loss) else _Function(found)


def _crossentropy(t: Any, p: Any) -> Tensor:
    return losses.get(f"{_kind(t, p)}_crossentropy")(t, p)


def _accuracy(t: Any, p: Any) -> Tensor:
    return metrics.get(f"{_kind(t, p)}_accuracy")(t, p)


#: Words that mean another metric for each kind of labels; for the last two Keras has only a loss.
_BY_LABELS = {
    **dict.fromkeys(("accuracy", "acc"), _accuracy),
    **dict.fromkeys(("crossentropy", "ce"), _crossentropy),
}

# ------------------------------------------------------------------------------------ metrics


class CompiledMetrics:
    """The metrics of each output, without the samples' weights and with them.

    Args:
        plain: names, functions or `Metric` objects: a list for a single output, else a list or
            dict with an entry or list of entries for each output.
        weighted: the same, of metrics that count the samples' weights.
        names: of the outputs.
    """

    def __init__(self, plain: Any, weighted: Any, names: Sequence[str]) -> None:
        self._names = names
        self._given = [_lists("metrics", plain, names), _lists("weighted_metrics", weighted, names)]
        #: The metrics by the names that logs have them under.
        self.by_name: dict[str, metrics.Metric] = {}
        self._built: list[tuple[int, bool, metrics.Metric]] = list(self._build())

    def update(self, y_true: Values, y_pred: Values, weights: Values) -> None:
        """Count a batch in."""
        for output, weighted, metric in self._built:
            t, p = y_true[output], y_pred[output]
            if t is None:
                raise ArgumentError(f"metrics: no labels for output {self._names[output]}")
            metric.update_state(t, p, weights[output] if weighted else None)

    def _build(self) -> Any:
        several = len(self._names) > 1
        for weighted, lists in enumerate(self._given):
            for output, (name, given) in enumerate(zip(self._names, lists, strict=True)):
                for identifier in given:
                    metric = _metric(identifier)
                    prefix = f"{name}_" if several else ""
                    self.by_name[self._free(prefix, metric.name, bool(weighted))] = metric
                    yield output, bool(weighted), metric

    def _free(self, prefix: str, name: str, weighted: bool) -> str:
        """A name that no metric has yet, made as Keras does."""
        if prefix + name not in self.by_name:
            return prefix + name
        base = f"{prefix}weighted_{name}" if weighted else prefix + name
        if base not in self.by_name:
            return base
        count = 1
        while f"{base}_{count}" in self.by_name:
            count += 1
        return f"{base}_{count}"


def _lists(what: str, value: Any, names: Sequence[str]) -> list[list[Any]]:
    """A list of metrics for each output."""
    if value is None or value == []:
        return [[] for _ in names]
    if len(names) == 1:
        flat = list(value.values()) if isinstance(value, dict) else value
        flat = flat if isinstance(flat, (list, tuple)) else [flat]
        return [[m for x in flat for m in (x if isinstance(x, (list, tuple)) else [x])]]
    found = by_output(what, value, names)
    return [[] if x is None else list(x) if isinstance(x, (list, tuple)) else [x] for x in found]


def _by_labels(name: str) -> bool:
    """Whether the labels decide which metric a name means."""
    return name.lower() in _BY_LABELS


def _named(name: str) -> metrics.Metric:
    """A new metric for a name: of a class, or of a function in any spelling."""
    plain = name.replace("_", "").lower()
    for known, cls in metrics.CLASSES.items():
        if known.lower() == plain:
            return cls()
    return metrics.MeanMetricWrapper(metrics.get(name))


def _metric(given: Any) -> metrics.Metric:
    name = given if isinstance(given, str) else None
    if name is not None:
        given = _BY_LABELS[name.lower()] if _by_labels(name) else _named(name)
    elif isinstance(given, (type, dict)):
        given = find("metric", metrics.CLASSES, given)
    if not isinstance(given, metrics.Metric):
        if not callable(given):
            raise ArgumentError(f"metrics: neither a name, a function nor a Metric: {given!r:.80}")
        given = metrics.MeanMetricWrapper(given)
    if name is not None:
        given.name = name
    return given
