"""Coroutines without an event loop: for what is written once and offered with and without await.

Such code is a coroutine. `run_blocking` runs it to its end like a function; where it has to wait
for the device, it does so through `BLOCKING` or `AWAITING`, of which the first never suspends it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
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


def forms(core: Callable[..., Any], blocking: str, awaiting: str) -> tuple[Any, Any]:
    """The blocking form of a coroutine method, which is first told how to wait, and its twin.

    Args:
        core: the method; both have its signature, but for `wait`.
        blocking, awaiting: their names. The documentation of `core` is that of the plainer one.
    """

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        return run_blocking(core(self, BLOCKING, *args, **kwargs), f"await {awaiting}(...)")

    async def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await core(self, AWAITING, *args, **kwargs)

    shown = inspect.signature(core)
    parameters = [p for name, p in shown.parameters.items() if name != "wait"]
    named: Any = ((run, blocking), (wait, awaiting))
    for form, name in named:
        form.__name__, form.__doc__ = name, core.__doc__
        form.__qualname__ = core.__qualname__.removesuffix(core.__name__) + name
        form.__signature__ = shown.replace(parameters=parameters)
    if len(blocking) < len(awaiting):
        wait.__doc__ = f"`{blocking}` as a coroutine, which lets the event loop go on meanwhile."
    else:
        run.__doc__ = f"`{awaiting}`, blocking until it is done."
    return run, wait
