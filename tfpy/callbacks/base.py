"""`Callback`: what is told of every step of training, and `CallbackList`, which tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ArgumentError
from ..waiting import settled

Logs = dict[str, Any]

#: Every hook. The last four take the number of an epoch or batch besides the logs.
HOOKS = (
    *(f"on_{kind}_{edge}" for kind in ("train", "test", "predict") for edge in ("begin", "end")),
    *("on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end"),
    *(
        f"on_{kind}_batch_{edge}"
        for kind in ("train", "test", "predict")
        for edge in ("begin", "end")
    ),
)


class Callback:
    """Base of callbacks: a subclass overrides the hooks it wants to be called.

    Under `fit_async` and its like a hook may be a coroutine function. Setting
    `self.model.stop_training = True` ends training after the batch or epoch.

    Attributes:
        model: what is trained.
        params: "verbose", "epochs" and "steps", the number of batches, None if it is not known.
        log_interval: seconds between the batches whose metrics it needs to be told; at others
            `logs` may be empty. Reading metrics makes the host wait for the device.

    >>> class Losses(tfpy.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"{epoch}: {logs['loss']:.3f}")
    >>> dense = tfpy.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), dense])
    >>> model.compile("sgd", "mse")
    >>> x = tfpy.tensor([[1.0], [2.0]])
    >>> history = model.fit(x, x * 2.0, epochs=2, verbose=0, callbacks=[Losses()])
    0: 10.000
    1: 9.025
    """

    log_interval = 0.0

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take note of `params`, before training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take note of the model, before training."""
        self.model = model

    def close(self) -> None:
        """Let go of files and the like: training is over, also if it failed, which is not
        `on_train_end`."""

    def on_train_begin(self, logs: Logs | None = None) -> Any:
        """Training begins."""

    def on_train_end(self, logs: Logs | None = None) -> Any:
        """Training has ended; `logs` are those of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> Any:
        """An epoch of training begins."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> Any:
        """An epoch has ended; `logs` has its metrics, "val_..." those of the validation data."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """The same as `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """The same as `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch of training begins."""
        return self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch has ended; `logs` has the metrics of the epoch so far."""
        return self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> Any:
        """Evaluation begins, in `evaluate` or for the validation data of `fit`."""

    def on_test_end(self, logs: Logs | None = None) -> Any:
        """Evaluation has ended."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch of evaluation begins."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch of evaluation has ended."""

    def on_predict_begin(self, logs: Logs | None = None) -> Any:
        """Prediction begins."""

    def on_predict_end(self, logs: Logs | None = None) -> Any:
        """Prediction has ended."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch of prediction begins."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """A batch of prediction has ended; `logs["outputs"]` is what came of it."""


class LambdaCallback(Callback):
    """A callback of functions: each argument is a hook's name, and what it calls.

    >>> callback = tfpy.callbacks.LambdaCallback(on_train_begin=lambda logs: print("off we go"))
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        super().__init__()
        for name, function in hooks.items():
            if name not in HOOKS:
                raise ArgumentError(f"LambdaCallback: there is no hook {name!r}")
            if function is not None:
                setattr(self, name, function)


class CallbackList:
    """Several callbacks, told one after the other.

    Args:
        callbacks: one, several, or a dict of functions as for `LambdaCallback`.
        defaults: those to add unless there is one of their class.
        model: what is trained.
        params: for `set_params`.
    """

    def __init__(
        self,
        callbacks: Any,
        defaults: Sequence[Callback],
        model: Any,
        params: dict[str, Any],
    ) -> None:
        given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        self.callbacks = [_callback(c) for c in given if c is not None]
        self.callbacks += [
            d for d in defaults if not any(isinstance(c, type(d)) for c in self.callbacks)
        ]
        self._read_at = 0.0
        self._methods: dict[str, list[Any]] = {
            hook: [m for c in self.callbacks if (m := _overridden(c, hook))] for hook in HOOKS
        }
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(model)

    async def call(self, hook: str, *args: Any) -> None:
        """Tell everybody who wants to know."""
        for _, method in self._methods[hook]:
            result = method(*args)
            if result is not None:
                await settled(result)

    def close(self) -> None:
        """Tell everybody that training is over, however it ended."""
        for callback in self.callbacks:
            callback.close()

    def wants_logs(self, hook: str) -> bool:
        """Whether somebody needs to be told the metrics now."""
        waits = [callback.log_interval for callback, _ in self._methods[hook]]
        if not waits or time.monotonic() - self._read_at < min(waits):
            return False
        self._read_at = time.monotonic()
        return True


def _callback(given: Any) -> Callback:
    if isinstance(given, dict):
        return LambdaCallback(**given)
    if not isinstance(given, Callback):
        raise ArgumentError(f"callbacks: not a Callback: {given!r:.80}")
    return given


def _overridden(callback: Callback, hook: str) -> Any:
    """The callback and its method for a hook, None if it has none of its own."""
    for name in (hook, hook.replace("train_batch", "batch")):
        method = getattr(callback, name)
        if getattr(method, "__func__", method) is not getattr(Callback, name):
            return callback, getattr(callback, hook)
    return None
