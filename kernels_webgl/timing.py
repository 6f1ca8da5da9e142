"""The device's own timer: how long it was at work on what was drawn between two calls."""

from __future__ import annotations

import asyncio
from typing import Any

from tfpy.backends.base import Timer
from tfpy.errors import BackendError

from . import gl as G
from .device import Device

EXTENSION = "EXT_disjoint_timer_query_webgl2"


class QueryTimer(Timer):
    """Timer queries; the results are there once the device is done and the event loop has run."""

    kind, on_device = "GPU timer", True

    def __init__(self, device: Device) -> None:
        self._device = device
        self._queries: list[Any] = []
        # Asking forgets what was before.
        device.gl.getParameter(G.GPU_DISJOINT_EXT)

    def begin(self) -> None:
        query = self._device.gl.createQuery()
        self._queries.append(query)
        self._device.gl.beginQuery(G.TIME_ELAPSED_EXT, query)

    def end(self) -> None:
        self._device.gl.endQuery(G.TIME_ELAPSED_EXT)

    async def read(self) -> list[float]:
        gl = self._device.gl
        await self._device.finished()
        result = []
        for query in self._queries:
            while not gl.getQueryParameter(query, G.QUERY_RESULT_AVAILABLE):
                self._device.check()
                await asyncio.sleep(0.001)
            result.append(gl.getQueryParameter(query, G.QUERY_RESULT) / 1e6)
            gl.deleteQuery(query)
        if gl.getParameter(G.GPU_DISJOINT_EXT):
            raise BackendError("the GPU changed its clock while it was measured; measure again")
        return result
