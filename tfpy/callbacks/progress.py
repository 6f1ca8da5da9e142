"""Callbacks that tell how training goes: `History`, the progress bar, a file of values."""

from __future__ import annotations

import csv
import os
import sys
import time
from typing import Any

from ..errors import StorageError
from .base import Callback, Logs


class History(Callback):
    """What `fit` returns: the logs of every epoch.

    Attributes:
        epoch: numbers of the epochs.
        validated: numbers of the epochs that were validated, those of the "val_..." values.
        history: a list of values for each name, such as "loss" and "val_loss".
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.validated: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch, self.validated, self.history = [], [], {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        if any(name.startswith("val_") for name in logs or ()):
            self.validated.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Prints a progress bar and the metrics; `fit` adds one unless `verbose` is 0.

    With `verbose=1` the line is written anew as batches end, with `verbose=2` once an epoch.
    """

    log_interval = 0.1
    _WIDTH = 20

    def __init__(self) -> None:
        super().__init__()
        self._training, self._drawn = False, 0.0

    def _begin(self) -> None:
        self._batches, self._started, self._drawn = 0, time.monotonic(), 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begin()
        if self.params.get("verbose"):
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches = batch + 1
        self._draw(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self._training:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._training:
            self.on_train_batch_end(batch, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._training:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_train_batch_end(batch, {})

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._finish({})

    def _draw(self, logs: Logs | None) -> None:
        """Write the line anew, ten times a second at most."""
        now = time.monotonic()
        if self.params.get("verbose") != 1 or not logs or now - self._drawn < self.log_interval:
            return
        self._drawn = now
        sys.stdout.write("\r" + self._line(logs))
        sys.stdout.flush()

    def _finish(self, logs: Logs | None) -> None:
        if not self.params.get("verbose"):
            return
        start = "\r" if self.params["verbose"] == 1 and self._drawn else ""
        sys.stdout.write(f"{start}{self._line(logs or {})}\n")
        sys.stdout.flush()

    def _line(self, logs: Logs) -> str:
        steps, seconds = self.params.get("steps"), time.monotonic() - self._started
        parts = [f"{self._batches}/{steps or '?'}"]
        if steps and self.params["verbose"] == 1:
            full = self._WIDTH * min(self._batches, steps) // steps
            parts.append("━" * full + " " * (self._WIDTH - full))
        each = seconds / max(self._batches, 1)
        parts.append(f"{seconds:.0f}s {each * 1000:.0f}ms/step")
        parts = [" ".join(parts), *(f"{name}: {shown(value)}" for name, value in logs.items())]
        return " - ".join(parts) + "  "


def shown(value: Any) -> str:
    """A metric as text."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


class CSVLogger(Callback):
    """Writes the logs of every epoch to a file, one line each; what an epoch has not is NA.

    As in Keras there are columns of "val_..." for all values, if the first epoch has none.

    Args:
        filename: the file.
        separator: between the values of a line.
        append: whether to add to a file that exists.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._file: Any = None
        self._writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        exists = self.append and os.path.exists(self.filename)
        self._header = not exists or not os.path.getsize(self.filename)
        mode = "a" if self.append else "w"
        try:
            self._file, self._writer = open(self.filename, mode, newline=""), None  # noqa: SIM115
        except OSError as error:
            message = f"CSVLogger: {self.filename}: {error.strerror or error}"
            raise StorageError(message) from None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self._writer is None:
            names = sorted(logs)
            if not any(name.startswith("val_") for name in names):
                names += [f"val_{name}" for name in names]
            self._writer = csv.DictWriter(
                self._file,
                ["epoch", *names],
                restval="NA",
                extrasaction="ignore",
                delimiter=self.separator,
            )
            if self._header:
                self._writer.writeheader()
        self._writer.writerow({"epoch": epoch, **logs})
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None
