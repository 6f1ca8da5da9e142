"""Where the time of a pretrained model goes: into its networks, into waiting for the device, or
into the steps around them. Whoever wants to know asks with `stages`; nothing is measured otherwise.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter


class _Stopwatch:
    """Adds up milliseconds for the stage that runs."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self._stage, self._since = "steps", perf_counter()

    def switch(self, stage: str) -> str:
        """Go over to another stage; returns the one before."""
        now, before = perf_counter(), self._stage
        self.times[before] = self.times.get(before, 0.0) + 1000 * (now - self._since)
        self._stage, self._since = stage, now
        return before


_running: ContextVar[_Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def stages() -> Generator[dict[str, float]]:
    """Measure the stages of what a pretrained model does meanwhile.

    Returns:
        A dict, which is filled when this ends: milliseconds of "network" (running the network, as
        far as that is Python's work), "device" (waiting for what the device computes) and "steps"
        (everything else: preparing the image, reading the answer).

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
        watch.switch("steps")
        _running.reset(token)


@contextmanager
def stage(name: str) -> Generator[None]:
    """Count what happens meanwhile as the stage of this name."""
    watch = _running.get()
    if watch is None:
        yield
        return
    before = watch.switch(name)
    try:
        yield
    finally:
        watch.switch(before)
