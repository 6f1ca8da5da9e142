"""What is computed for a batch, as plans: a training step is one plan from the batch to the new
weights and the metrics' sums.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import reduce
from math import nan
from typing import Any

from .. import engine, metrics
from ..losses.functions import floats
from ..ops import elementwise as ew
from ..ops.movement import concat
from ..ops.reduce import all as all_
from ..optimizers import Optimizer
from ..plan.function import function
from ..tensor import Tensor
from .compiled import CompiledLoss, CompiledMetrics, batch_size

Outputs = list[Any]


class Compiled:
    """What `compile` was given, resolved where the outputs are known.

    Args:
        optimizer: changes the weights.
        loss, loss_weights, metrics, weighted_metrics: as for `Model.compile`.
        eager: whether steps run as they are, not as plans.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        loss: Any,
        loss_weights: Any,
        plain: Any,
        weighted: Any,
        eager: bool,
    ) -> None:
        self.optimizer, self.eager = optimizer, eager
        #: The losses, their weights, the metrics and the weighted metrics, as `compile` got them.
        self.given = (loss, loss_weights, plain, weighted)
        self._resolved: tuple[CompiledLoss | None, CompiledMetrics] | None = None
        self.tracker = metrics.Mean("loss")

    def resolve(self, names: list[str]) -> tuple[CompiledLoss | None, CompiledMetrics]:
        """The losses and metrics for outputs of these names; refuses those of other outputs."""
        if self._resolved is None:
            loss, factors, plain, weighted = self.given
            with engine.outside_trace():
                self._resolved = (
                    None if loss is None else CompiledLoss(loss, factors, names),
                    CompiledMetrics(plain, weighted, names),
                )
        return self._resolved

    @property
    def metrics(self) -> dict[str, metrics.Metric]:
        """The metrics by their names in logs, the loss first."""
        found: dict[str, metrics.Metric] = {"loss": self.tracker}
        if self._resolved is not None:
            loss, compiled = self._resolved
            if loss is not None:
                found.update((m.name, m) for m in loss.trackers)
            found.update(compiled.by_name)
        return found

    def reset(self, others: Sequence[Any] = ()) -> None:
        """Forget the batches counted so far, those of `others` too."""
        for metric in {id(m): m for m in (*self.metrics.values(), *others)}.values():
            metric.reset_state()

    def track(self, loss: Tensor, y: Outputs, y_pred: Outputs, weights: Outputs) -> None:
        """Count a batch into the metrics."""
        self.tracker.update_state(loss, batch_size(y_pred[0]))
        assert self._resolved is not None
        self._resolved[1].update(y, y_pred, weights)


class Steps:
    """The plans of a compiled model. They hold its weights, not the model.

    A plan knows what was trained when it was made; `refresh` makes them anew where that changed.
    """

    def __init__(self, model: Any) -> None:
        self._model: Callable[[], Any] = weakref.ref(model)
        self._key: Any = None
        self._made: dict[str, Callable[..., Any]] = {}
        self._shapes: dict[str, Any] = {}
        self._guarded = False
        self._classes: dict[int, float] = {}

    def refresh(
        self, model: Any, guarded: bool = False, classes: dict[int, float] | None = None
    ) -> None:
        """Get ready for running `model` as it is now.

        Args:
            model: the model.
            guarded: whether a loss that is not finite leaves the weights alone.
            classes: weights of the samples by their labels.
        """
        trained = tuple(v.id for v in model.trainable_weights)
        schedule = model._compiled.optimizer.schedule
        key = (id(model._graph), trained, schedule, guarded, tuple((classes or {}).items()))
        if key != self._key:
            self._key, self._made = key, {}
        self._guarded, self._classes = guarded, classes or {}

    def run(self, kind: str, batch: Any) -> Any:
        """The logs of a step of a kind, "train", "test" or "predict", as `Model.<kind>_step`."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind](batch)

    def results(self) -> tuple[Tensor, dict[str, Any]]:
        """Every metric in one flat tensor, and their shapes by their names."""
        if "results" not in self._made:
            model, shapes = self._model, self._shapes

            def results() -> Tensor:
                found = {name: m.result() for name, m in model()._compiled.metrics.items()}
                shapes.update((name, x.shape) for name, x in found.items())
                return concat([floats("metric", x).reshape((-1,)) for x in found.values()])

            self._made["results"] = results if model()._compiled.eager else function(results)
        return self._made["results"](), self._shapes

    def _make(self, kind: str) -> Callable[..., Any]:
        model, guarded, classes = self._model, self._guarded and kind == "train", self._classes

        def step(batch: Any) -> Any:
            target = model()
            if classes and kind == "train":
                batch = _with_class_weights(batch, classes)
            run = getattr(target, f"{kind}_step")
            logs = _guarded(target, run, batch) if guarded else run(batch)
            for layer in target._all_layers():
                layer._added_losses = []
            return logs

        return step if model()._compiled.eager else function(step)


def _guarded(model: Any, step: Callable[[Any], Any], batch: Any) -> Any:
    """A step that changes nothing once the mean loss, or anything that it would assign, is not
    finite: not the weights, not the optimizer, until the epoch ends. The loss is NaN from then on,
    which is what ends training."""
    optimizer, total = model._compiled.optimizer, model._compiled.tracker.total
    optimizer.build(model.trainable_weights)  # slots that the step makes would not be guarded
    before = [(v, v.read()) for v in (*model.weights, *optimizer.variables)]
    logs = step(batch)
    changed = [(v, old, v.read()) for v, old in before]
    changed = [(v, old, new) for v, old, new in changed if new._data is not old._data]
    own = [logs["loss"]] if logs and "loss" in logs else []
    fine = reduce(
        ew.logical_and,
        [all_(ew.isfinite(x)) for x in (total.read(), *own, *(new for _, _, new in changed))],
    )
    for variable, old, new in changed:
        variable.assign(ew.where(fine, new, old))
    total.assign(ew.where(fine, total.read(), nan))
    return {**logs, "loss": ew.where(fine, own[0], nan)} if own else logs


def _with_class_weights(batch: Any, classes: dict[int, float]) -> Any:
    """The batch with each sample's weight multiplied by that of its class."""
    from .data import class_weights

    x, y, weights = batch
    found = class_weights(y, classes)
    if weights is None:
        return x, y, found
    return x, y, found.reshape((-1, *(1 for _ in weights.shape[1:]))) * weights
