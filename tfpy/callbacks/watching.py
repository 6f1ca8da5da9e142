"""Callbacks that watch a metric and act on it."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable
from numbers import Real
from typing import Any

from ..errors import ArgumentError, NonFiniteLossError
from .base import Callback, Logs


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite, or a weight would become so.

    The batch at which that happened, and those after it, do not change the weights: the model is
    left as it was before.

    Args:
        raise_error: whether to raise a `NonFiniteLossError`, a `RuntimeError`, and not just end.

    >>> layers = [tfpy.layers.Input((1,)), tfpy.layers.Dense(1, kernel_initializer="ones")]
    >>> model = tfpy.Sequential(layers, name="line")
    >>> model.compile("sgd", "mse")
    >>> guard = tfpy.callbacks.TerminateOnNaN(raise_error=True)
    >>> model.fit([[1.0], [float("nan")]], [[1.0], [2.0]], verbose=0, callbacks=[guard])
    Traceback (most recent call last):
    tfpy.errors.NonFiniteLossError: line.fit: in epoch 1 the loss or a weight became nan; the
    weights are those from before
    >>> model.get_weights()[0].tolist()
    [[1.0]]
    """

    log_interval = 0.25

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error, self._epoch = raise_error, 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            text = f"in epoch {self._epoch + 1} the loss or a weight became {loss}"
            raise NonFiniteLossError(
                f"{self.model.name}.fit: {text}; the weights are those from before"
            )
        self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.on_train_batch_end(epoch, logs)


class SwapEMAWeights(Callback):
    """Judges the model, and predicts, with the moving averages of its weights.

    Its optimizer keeps them if it is made with `use_ema=True`.

    Args:
        swap_on_epoch: whether the model has them at the end of each epoch too, for callbacks after
            this one such as `ModelCheckpoint`.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch

    def _swap(self, averages: bool) -> None:
        """Let the model have the averages, or its weights again."""
        optimizer = self.model.optimizer
        if not optimizer.use_ema:
            raise ArgumentError(f"SwapEMAWeights: {optimizer.name} was made without use_ema=True")
        if optimizer.swapped != averages:
            optimizer.build(self.model.trainable_weights)
            optimizer.swap_averages(self.model.trainable_weights)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._swap(True)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._swap(False)

    on_predict_begin, on_predict_end = on_test_begin, on_test_end


class _Monitor(Callback):
    """A callback that compares a metric with the best one so far.

    Args:
        monitor: its name in the logs.
        mode: whether less is better ("min"), more ("max"), or as the name says ("auto").
        min_delta: how much better counts as better.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f"{type(self).__name__}: mode={mode!r} is not auto, min or max")
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: float | None = None

    def _rises(self) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        return any(word in name for word in ("acc", "auc", "precision", "recall", "r2", "f1"))

    def _value(self, logs: Logs | None) -> float | None:
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: there is no {self.monitor!r} to watch, only "
                f"{', '.join(logs or {}) or 'nothing'}",
                stacklevel=4,
            )
        return value

    def _is_better(self, value: float, than: float | None) -> bool:
        if than is None:
            return True
        return value > than + self.min_delta if self._rises() else value < than - self.min_delta


class EarlyStopping(_Monitor):
    """Ends training when a metric has stopped getting better.

    Args:
        monitor: its name in the logs.
        min_delta: how much better counts as better.
        patience: epochs without anything better after which training ends.
        verbose: 1 to say so.
        mode: whether less is better ("min"), more ("max"), or as the name says ("auto").
        baseline: what has to be reached before patience runs out.
        restore_best_weights: whether to go back to the weights of the best epoch.
        start_from_epoch: epochs before which nothing is watched.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.stopped_epoch = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best = None
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self._value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self._is_better(value, self.best):
            self.best = value
            if self.restore_best_weights:
                self._keep(epoch)
            if self.baseline is None or self._is_better(value, self.baseline):
                self.wait = 0
            self.best_epoch = epoch
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def _keep(self, epoch: int) -> None:
        # Values that later assignments do not change: nothing is copied.
        self.best_weights = [v.value for v in self.model.weights]
        self.best_epoch = epoch

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring weights of epoch {self.best_epoch + 1}")
            for variable, value in zip(self.model.weights, self.best_weights, strict=True):
                variable.assign(value)
            self.best_weights = None


class ModelCheckpoint(_Monitor):
    """Saves the model with its optimizer as training goes, so that it can go on from there.

    Args:
        filepath: a folder, a `.keras` or `.h5` file, or under `fit_async` in a page
            `indexeddb://` and a name; may have fields as "model-{epoch:02d}-{val_loss:.2f}".
        monitor, mode: what tells the best model; see `EarlyStopping`.
        verbose: 1 to say what is saved.
        save_best_only: whether to save only models better than those before.
        save_weights_only: whether to write the weights alone, by `Model.save_weights`: to a
            `.weights.h5` or `.safetensors` file.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: what the first model must be better than.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ArgumentError(
                f"ModelCheckpoint: save_freq={save_freq!r} is neither 'epoch' nor "
                "a number of batches"
            )
        self.filepath, self.verbose = os.fspath(filepath), verbose
        if save_weights_only != self.filepath.endswith((".weights.h5", ".safetensors")):
            raise ArgumentError(
                f"ModelCheckpoint: save_weights_only={save_weights_only} does not go with "
                f"{self.filepath!r}: weights alone are in .weights.h5 and .safetensors"
            )
        self.save_weights_only = save_weights_only
        self.save_best_only, self.save_freq = save_best_only, save_freq
        self.best = initial_value_threshold
        self._epoch = self._batches = 0
        if save_freq != "epoch":
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def _on_batch(self, batch: int, logs: Logs | None = None) -> Any:
        self._batches += 1
        return self._save(batch, logs) if self._batches % int(self.save_freq) == 0 else None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> Any:
        return self._save(None, logs) if self.save_freq == "epoch" else None

    def _save(self, batch: int | None, logs: Logs | None) -> Any:
        """Save; for what only a coroutine can do, the coroutine."""
        logs = logs or {}
        if self.save_best_only:
            value = self._value(logs)
            if value is None or not self._is_better(value, self.best):
                return None
            self.best = value
        fields = {"epoch": self._epoch + 1, **logs}
        if batch is not None:
            fields["batch"] = batch + 1
        try:
            path = self.filepath.format(**fields)
        except KeyError as error:
            raise ArgumentError(
                f"ModelCheckpoint: {self.filepath!r} has a field {error} that is not in the logs"
            ) from None
        if self.verbose:
            print(f"\nEpoch {self._epoch + 1}: saving model to {path}")
        if self.save_weights_only:
            return self.model.save_weights(path)
        waits = path.startswith("indexeddb://")
        save = self.model.save_async if waits else self.model.save
        return save(path, include_optimizer=True)


class ReduceLROnPlateau(_Monitor):
    """Makes the learning rate smaller when a metric has stopped getting better.

    Args:
        monitor, mode, min_delta: what is watched; see `EarlyStopping`.
        factor: what the rate is multiplied by, below 1.
        patience: epochs without anything better after which it is.
        verbose: 1 to say so.
        cooldown: epochs after that in which nothing is counted.
        min_lr: the smallest rate.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if not factor < 1:
            raise ArgumentError(f"ReduceLROnPlateau: factor={factor} is not below 1")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.cooldown_counter, self.best = 0, 0, None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self._value(logs)
        if value is None:
            return
        logs["learning_rate"] = before = float(self.model.optimizer.learning_rate)  # type: ignore[index]
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.wait = self.cooldown_counter - 1, 0
        if self._is_better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and before > self.min_lr:
                rate = max(before * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = rate
                self.cooldown_counter, self.wait = self.cooldown, 0
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: learning rate {rate:.6g}")


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: a function of the epoch and the rate before, or of the epoch alone.
        verbose: 1 to print the rate.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        from inspect import signature

        arguments: tuple[Any, ...] = (epoch,)
        if len(signature(self.schedule).parameters) > 1:
            arguments = (epoch, float(self.model.optimizer.learning_rate))
        rate = self.schedule(*arguments)
        if not isinstance(rate, Real):  # NumPy's too
            raise ArgumentError(f"LearningRateScheduler: the schedule gave {rate!r:.50}, no number")
        self.model.optimizer.learning_rate = rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: learning rate {rate:.6g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
