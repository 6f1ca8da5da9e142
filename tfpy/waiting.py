"""Coroutines without an event loop: for what is written once and offered with and without await."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import Any, TypeVar

from .errors import AsyncOnlyError

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
