"""The order of things in `fit`, `evaluate` and `predict`: epochs, batches, callbacks.

Each is a coroutine, run to its end by the blocking form and awaited by the other (`tfpy.waiting`).
"""

from __future__ import annotations

import time
import warnings
from math import isfinite, prod
from typing import Any

from ..callbacks.base import CallbackList, Logs
from ..callbacks.progress import History, ProgbarLogger
from ..callbacks.watching import TerminateOnNaN
from ..layers.symbolic import leaves
from ..ops.movement import concat
from ..waiting import Blocking
from .data import Feed
from .predictions import predicting
from .trainer import Trainer

#: The longest time in seconds that batches are handed to the device without asking for a result:
#: a page stays alive only if the device is not far behind.
AHEAD = 0.1


def every(interval: Any, epoch: int) -> bool:
    """Whether to validate after `epoch`: each so many, or those listed, counted from 1."""
    return (epoch + 1) % interval == 0 if isinstance(interval, int) else epoch + 1 in interval


async def fit(
    model: Any,
    wait: Blocking,
    feed: Feed,
    validation: Feed | None,
    callbacks: Any,
    verbose: int,
    epochs: int,
    initial_epoch: int,
    validation_freq: Any,
    class_weight: dict[int, float] | None,
) -> History:
    """Train `model` on the batches of `feed`."""
    defaults = [*([ProgbarLogger()] if verbose else []), History()]
    params = {"verbose": verbose, "epochs": epochs, "steps": feed.steps}
    told = CallbackList(callbacks, defaults, model, params)
    model.history = next(c for c in told.callbacks if isinstance(c, History))
    model.stop_training = False
    try:
        await told.call("on_train_begin", {})
        given = (range(initial_epoch, epochs), validation_freq, class_weight)
        logs = await _epochs(model, wait, feed, validation, told, *given)
        model._compiled.optimizer.finalize_variable_values(model.trainable_weights)
        await told.call("on_train_end", logs)
    finally:
        told.close()
    return model.history


async def _epochs(
    model: Any,
    wait: Blocking,
    feed: Feed,
    validation: Feed | None,
    told: CallbackList,
    numbers: range,
    validation_freq: Any,
    class_weight: dict[int, float] | None,
) -> Logs:
    """Train for epochs of these numbers; returns the logs of the last one."""
    said = guarded = any(isinstance(c, TerminateOnNaN) for c in told.callbacks)
    logs: Logs = {}
    for epoch in numbers:
        _reset(model)
        await told.call("on_epoch_begin", epoch, {})
        model._steps.refresh(model, guarded, class_weight)
        found = await _batches(model, wait, feed, told, "train", [])
        if not feed.taken:
            break  # there is no more data
        logs = found
        if validation is not None and every(validation_freq, epoch):
            judged = await evaluate(model, wait, validation, told)
            logs.update((f"val_{name}", value) for name, value in judged.items())
        said = said or _warned(f"{model.name}.fit: the loss of epoch {epoch + 1}", logs)
        await told.call("on_epoch_end", epoch, logs)
        if model.stop_training:
            break
    return logs


def _warned(what: str, logs: Logs) -> bool:
    """Whether the loss was not finite, which this says of `what`."""
    loss = logs.get("loss", 0.0)
    if isinstance(loss, float) and not isfinite(loss):
        guard = "fit with callbacks=[TerminateOnNaN(raise_error=True)]"
        text = f"{what} is {loss}, and the weights may be too; {guard} keeps those from before"
        warnings.warn(text, stacklevel=2)
        return True
    return False


async def evaluate(
    model: Any, wait: Blocking, feed: Feed, callbacks: Any, verbose: int = 0
) -> Logs:
    """The metrics of `model` on the batches of `feed`."""
    told = callbacks
    if not isinstance(told, CallbackList):
        defaults = [ProgbarLogger()] if verbose else []
        params = {"verbose": verbose, "epochs": 1, "steps": feed.steps}
        told = CallbackList(callbacks, defaults, model, params)
        model._steps.refresh(model)
    _reset(model)
    await told.call("on_test_begin", {})
    logs = await _batches(model, wait, feed, told, "test", [])
    await told.call("on_test_end", logs)
    return logs


async def predict(model: Any, wait: Blocking, feed: Feed, callbacks: Any, verbose: int) -> Any:
    """The outputs of `model` for the batches of `feed`, joined."""
    defaults = [ProgbarLogger()] if verbose else []
    params = {"verbose": verbose, "epochs": 1, "steps": feed.steps}
    told = CallbackList(callbacks, defaults, model, params)
    parts: list[Any] = []
    await told.call("on_predict_begin", {})
    await _batches(model, wait, feed, told, "predict", parts)
    await told.call("on_predict_end", {})
    return _joined(parts)


async def on_batch(
    model: Any, wait: Blocking, feed: Feed, kind: str, class_weight: dict[int, float] | None
) -> Logs:
    """Run the one batch of `feed`; returns its metrics."""
    model._steps.refresh(model, classes=class_weight)
    _reset(model)
    told = CallbackList(None, [], model, {})
    logs = await _batches(model, wait, feed, told, kind, [])
    if kind == "train":
        _warned(f"{model.name}.train_on_batch: the loss", logs)
    return logs


def _reset(model: Any) -> None:
    """Forget the batches that metrics have counted."""
    model.reset_metrics()
    if type(model).reset_metrics is not Trainer.reset_metrics:
        model._compiled.reset()  # of which a subclass, as in Keras's documentation, need not know


def _joined(parts: list[Any]) -> Any:
    """The outputs of several batches as those of one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, dict):
        return {k: _joined([p[k] for p in parts]) for k in first}
    if isinstance(first, (list, tuple)):
        return [_joined(list(group)) for group in zip(*parts, strict=True)]
    return concat(parts)


async def _batches(
    model: Any, wait: Blocking, feed: Feed, told: CallbackList, kind: str, outputs: list[Any]
) -> Logs:
    """Run the batches of an epoch; returns the metrics at its end."""
    compute = predicting(model) if kind == "predict" else None
    begin, end = f"on_{kind}_batch_begin", f"on_{kind}_batch_end"
    number, asked, found = 0, time.monotonic(), None
    feed.start()
    while (batch := await feed.next()) is not None:
        await told.call(begin, number, {})
        logs: Logs = {}
        if compute is not None:
            outputs.append(compute(batch))
            logs = {"outputs": outputs[-1]}
        else:
            _prepare(model, batch)
            found = model._steps.run(kind, batch)
            if told.wants_logs(end):
                logs, asked = await _logs(model, wait, found), time.monotonic()
        await told.call(end, number, logs)
        if wait.is_async and time.monotonic() - asked > AHEAD:
            last = model._steps.results()[0] if compute is None else next(leaves(outputs[-1]))
            await wait.read(last.reshape((-1,))[:1])
            asked = time.monotonic()
        await wait.pause()
        number += 1
        if kind == "train" and model.stop_training:
            break
    return {} if compute is not None or not number else await _logs(model, wait, found)


def _prepare(model: Any, batch: Any) -> None:
    """Make the weights of a model that has not seen an input yet."""
    if not model.built:
        model(batch[0])


async def _logs(model: Any, wait: Blocking, found: Any) -> Logs:
    """The metrics as numbers: what the step returned, or those the model was compiled with."""
    if found:
        return {k: _number(await wait.read(x), x.ndim) for k, x in found.items()}
    flat, shapes = model._steps.results()
    values, start, logs = await wait.read(flat), 0, {}
    for name, shape in shapes.items():
        size = prod(shape)
        logs[name] = _number(values[start : start + size], len(shape))
        start += size
    return logs


def _number(values: Any, ndim: int) -> Any:
    return [float(v) for v in values] if ndim else float(values[0])
