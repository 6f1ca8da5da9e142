"""Where the time of a pretrained model goes: into its networks, into waiting for the device, or
into the steps around them. Whoever wants to know asks with `stages`; nothing is measured otherwise.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter


class _Stopwatch:
    """Adds up milliseconds for each stage: of several calls at once, that of every one. "steps" is
    when no stage is."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self._running, self._idle_since = 0, perf_counter()

    def begin(self) -> float:
        """A stage begins; returns when."""
        now = perf_counter()
        if not self._running:
            self._add("steps", now - self._idle_since)
        self._running += 1
        return now

    def end(self, stage: str, began: float) -> None:
        """It ends."""
        self._idle_since = perf_counter()
        self._add(stage, self._idle_since - began)
        self._running -= 1

    def _add(self, stage: str, seconds: float) -> None:
        self.times[stage] = self.times.get(stage, 0.0) + 1000 * seconds


_running: ContextVar[_Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def stages() -> Generator[dict[str, float]]:
    """Measure the stages of what a pretrained model does meanwhile.

    Returns:
        A dict, which is filled when this ends: milliseconds of "network" (running the network, as
        far as that is Python's work), "device" (waiting for what the device computes) and "steps"
        (everything else: preparing the image, reading the answer). Several calls at once each
        count their own "network" and "device".

    >>> from tfpy.applications import stages
    >>> with stages() as times:
    ...     pass
    >>> list(times)
    ['steps']
    """
    watch = _Stopwatch()
    token = _running.set(watch)
    try:
        yield watch.times
    finally:
        watch.begin()
        _running.reset(token)


@contextmanager
def stage(name: str) -> Generator[None]:
    """Count what happens meanwhile as the stage of this name."""
    watch = _running.get()
    if watch is None:
        yield
        return
    began = watch.begin()
    try:
        yield
    finally:
        watch.end(name, began)
