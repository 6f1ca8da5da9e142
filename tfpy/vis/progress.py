"""A bar that says how far training is: in a notebook's cell or an element of a page.

The one of a terminal is `callbacks.ProgbarLogger`.
"""

from __future__ import annotations

from html import escape
from typing import Any

from ..callbacks.base import Callback, Logs
from ..callbacks.progress import shown
from .chart import Shown


class Progress(Shown):
    """How far something is, as an HTML `progress` element and a text.

    Attributes:
        share: what is done, from 0 to 1.
        text: what is said of it.
    """

    def __init__(self, share: float, text: str) -> None:
        self.share, self.text = share, text

    def _content(self) -> Any:
        return self._repr_html_()

    def __repr__(self) -> str:
        return f"{self.share:.0%} {self.text}"

    def _repr_html_(self) -> str:
        bar = f'<progress max="1" value="{self.share:.4f}"></progress>'
        return f"<label>{bar} {escape(self.text)}</label>"


def progress_bar(place: Any = None) -> Callback:
    """A callback for `fit` that shows a progress bar, the epoch and the metrics.

    In a page this needs `fit_async`, so that the page can draw meanwhile.

    Args:
        place: where, as for `Chart.show`: an element of the page or a selector of one; a function
            that is called with HTML; None for the output of a notebook's cell.

    Raises:
        ArgumentError: once training begins, there is no such element, or no notebook.

    >>> told = []
    >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> bar = tfpy.vis.progress_bar(told.append)
    >>> history = model.fit([[1.0], [2.0]], [[2.0], [4.0]], epochs=3, verbose=0, callbacks=bar)
    >>> told[-1].partition(" - loss")[0]
    '<label><progress max="1" value="1.0000"></progress> Epoch 3/3, 1/1'
    """
    return _Bar(place)


class _Bar(Callback):
    """Shows each epoch and, ten times a second, what is known of the one that runs."""

    log_interval = 0.1

    def __init__(self, place: Any) -> None:
        super().__init__()
        self._place = place

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._shown: Progress | None = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch, self._batches = epoch, 0

    async def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches = batch + 1
        if logs:
            await self._show(logs)

    async def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        await self._show(logs or {}, over=True)

    async def _show(self, logs: Logs, over: bool = False) -> None:
        steps, epochs = self.params.get("steps"), self.params.get("epochs") or 1
        part = 1.0 if over else min(self._batches / steps, 1.0) if steps else 0.0
        parts = [f"Epoch {self._epoch + 1}/{epochs}, {self._batches}/{steps or '?'}"]
        parts += [f"{name}: {shown(value)}" for name, value in logs.items()]
        newer = Progress((self._epoch + part) / epochs, " - ".join(parts))
        if self._shown is None:
            self._shown = newer
            await newer.show(self._place)
        else:
            await self._shown.update(newer)
