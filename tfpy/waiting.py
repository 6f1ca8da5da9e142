"""Coroutines without an event loop: for what is written once and offered with and without await.

Such code is a coroutine. `run_blocking` runs it to its end like a function; where it has to wait
for the device, it does so through `BLOCKING` or `AWAITING`, of which the first never suspends it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import Any, TypeVar

from .errors import AsyncOnlyError
from .tensor import Tensor

T = TypeVar("T")


def run_blocking(step: Awaitable[T], otherwise: str = "there is a form of this with await") -> T:
    """The result of an awaitable that does not have to wait.

    Raises `AsyncOnlyError` if it has to; `otherwise` says what to do then.
    """
    running: Any = step.__await__()
    try:
        next(running)
    except StopIteration as done:
        return done.value
    error = AsyncOnlyError(f"this has to wait: {otherwise}")
    # What waits is left by this error, so that it can clean up.
    running.throw(error)
    raise error


async def settled(value: Any) -> Any:
    """`value`, awaited if it can be."""
    return await value if inspect.isawaitable(value) else value


class Blocking:
    """Waits by doing nothing else meanwhile."""

    is_async = False

    async def read(self, x: Tensor) -> Any:
        """The values of `x`, flat."""
        return x.data_sync()

    async def pause(self) -> None:
        """Let others run."""


class Awaiting(Blocking):
    """Waits so that the event loop goes on."""

    is_async = True

    async def read(self, x: Tensor) -> Any:
        return await x.data()

    async def pause(self) -> None:
        from asyncio import sleep

        await sleep(0)


BLOCKING, AWAITING = Blocking(), Awaiting()
