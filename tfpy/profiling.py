"""`tfpy.profile` and `tfpy.time`: where the time goes, by operation and altogether.

The backend's timer measures and `Backend.watched` tells what runs; this module adds up and shows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from html import escape
from time import perf_counter
from typing import Any, NamedTuple

from . import engine
from .backends.base import Timer
from .spec import Shape, TensorSpec


class Call(NamedTuple):
    """One operation that ran: its name, the shapes of its results, milliseconds, result bytes."""

    op: str
    shapes: tuple[Shape, ...]
    ms: float
    bytes: int


class Row(NamedTuple):
    """All calls of one operation that gave results of one shape (its first result's)."""

    op: str
    shape: Shape
    count: int  # type: ignore[assignment]
    ms: float
    bytes: int


class Timing(NamedTuple):
    """What `tfpy.time` measured; `kernel_ms` is None where the device has no timer of its own."""

    wall_ms: float
    kernel_ms: float | None


class Profile:
    """What `tfpy.profile` found; it shows itself as a table, in notebooks with bars.

    Attributes:
        calls: every operation in the order in which it ran.
        kind: how it was measured: "GPU timer", or "wall clock" where the device finished after
            each operation, less what finishing costs by itself.
        result: what the function returned.
    """

    def __init__(self, calls: list[Call], kind: str, result: Any) -> None:
        self.calls, self.kind, self.result = calls, kind, result

    @property
    def rows(self) -> list[Row]:
        """Calls added up by operation and shape, the most expensive first."""
        found: dict[tuple[str, Shape], Row] = {}
        for op, shapes, ms, nbytes in self.calls:
            row = found.get((op, shapes[0])) or Row(op, shapes[0], 0, 0.0, 0)
            found[op, shapes[0]] = Row(*row[:2], row.count + 1, row.ms + ms, row.bytes + nbytes)
        return sorted(found.values(), key=lambda row: -row.ms)

    @property
    def ms(self) -> float:
        """Milliseconds of all operations together."""
        return sum(call.ms for call in self.calls)

    def as_dict(self) -> dict[str, Any]:
        """Kind, milliseconds and rows as values of JSON."""
        rows = [{**row._asdict(), "shape": list(row.shape)} for row in self.rows]
        return {"kind": self.kind, "ms": self.ms, "rows": rows}

    def __repr__(self) -> str:
        lines = [("operation", "result", "count", "ms", "%", "bytes"), *map(self._cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        texts = [
            "  ".join(
                cell.ljust(n) if i < 2 else cell.rjust(n)
                for i, (cell, n) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        return "\n".join([*texts, self._summary()])

    def _repr_html_(self) -> str:
        rows = self.rows
        longest = max((row.ms for row in rows), default=0.0) or 1.0
        lines = []
        for row in rows:
            op, shape, count, ms, percent, _ = map(escape, self._cells(row))
            # Long names may break where a new one begins.
            op = op.replace("+", "+<wbr>").replace("_", "_<wbr>")
            bar = f"width:{100 * row.ms / longest:.1f}%;height:.7em;background:#1769c4"
            lines.append(
                f"<tr><td>{op}</td><td>{shape}</td><td>{count}</td><td>{ms}</td><td>{percent}</td>"
                f"<td style='width:40%;min-width:6em'><div style='{bar}'></div></td></tr>"
            )
        head = "".join(f"<th>{name}</th>" for name in ("operation", "result", "count", "ms", "%"))
        return (
            f"<table class='tfpy-profile'><caption>{escape(self._summary())}</caption>"
            f"<tr>{head}<th></th></tr>{''.join(lines)}</table>"
        )

    def _cells(self, row: Row) -> tuple[str, ...]:
        percent = 100 * row.ms / (self.ms or 1.0)
        return (
            *(row.op, str(row.shape), str(row.count)),
            *(f"{row.ms:.3f}", f"{percent:.1f}", str(row.bytes)),
        )

    def _summary(self) -> str:
        return f"{len(self.calls)} operations, {self.ms:.3f} ms ({self.kind})"


class _Watch:
    """Collects what runs while a profile is made."""

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self.seen: list[tuple[str, Sequence[TensorSpec]]] = []

    def __call__(self, name: str, outs: Sequence[TensorSpec], run: Callable[[], Any]) -> Any:
        self.timer.begin()
        try:
            return run()
        finally:
            self.timer.end()
            self.seen.append((name, outs))

    async def calls(self) -> list[Call]:
        """What was seen, with its times."""
        return [
            Call(name, tuple(x.shape for x in outs), ms, sum(x.nbytes for x in outs))
            for (name, outs), ms in zip(self.seen, await self.timer.read(), strict=True)
        ]


async def profile(function: Callable[[], Any]) -> Profile:
    """Run `function` and measure every operation in it; in a plan every pass on the device.

    Measured is what the device does: by its own timer where it has one, which costs the run little,
    else by the clock, letting the device finish after each operation, so that the whole takes
    longer. Compiling does not count: each operation runs once unmeasured when it is met first.

    Args:
        function: takes nothing; may be a coroutine function.

    Returns:
        A `Profile`; the function's own result is its `result`.

    >>> import asyncio
    >>> x = tfpy.ones((64, 32))
    >>> profile = asyncio.run(tfpy.profile(lambda: (x + x) * x + 1))
    >>> sorted((row.op, row.shape, row.count) for row in profile.rows)
    [('add', (64, 32), 2), ('multiply', (64, 32), 1)]
    """
    backend = engine.current_backend()
    timer = backend.timer()
    watch = _Watch(timer)
    with backend.watched(watch):
        result = function()
        if inspect.isawaitable(result):
            result = await result
    return Profile(await watch.calls(), timer.kind, result)


async def time(function: Callable[[], Any]) -> Timing:
    """Run `function` once and measure it as a whole.

    `wall_ms` is the time until the device has computed everything; `kernel_ms` what the device
    itself says it was at work. What runs for the first time compiles first: call it once before
    to leave that out.

    >>> import asyncio
    >>> x = tfpy.ones((64, 32))
    >>> timing = asyncio.run(tfpy.time(lambda: x @ x.T))
    >>> timing.wall_ms > 0, timing.kernel_ms
    (True, None)
    """
    backend = engine.current_backend()
    timer = backend.timer()
    backend.finish()
    start = perf_counter()
    timer.begin()
    result = function()
    if inspect.isawaitable(result):
        await result
    timer.end()
    backend.finish()
    wall = 1000 * (perf_counter() - start)
    (measured,) = await timer.read()
    return Timing(wall, measured if timer.on_device else None)
