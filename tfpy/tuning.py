"""Choosing among the ways in which a device can compute: when asked, or once before a warm-up.

Which ways there are and how they are measured is the backend's. This module says when, and keeps
what was found for later visits; it knows no kernel and no device.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from .backends import Backend
from .compat import IN_BROWSER
from .engine import current_backend, tracer
from .errors import ArgumentError, StorageError, TraceError
from .waiting import AWAITING, BLOCKING, run_blocking

if TYPE_CHECKING:
    from .io.cache import Cache

#: How long a first visit may measure, and the browser's cache that keeps what it found.
_SECONDS = 2.0
_CACHE = "tfpy-tuning"


def tune(wanted: Mapping[str, str] | None = None, seconds: float = 5.0) -> dict[str, str]:
    """Choose among the ways in which the backend in use can compute on this device.

    Without an argument they are measured, which compiles and runs every one of them; `warmup` does
    so by itself on a device that nobody has measured. The choices hold for this session and
    are returned by family of operations, ready for JSON; given back, nothing is measured.
    Models and functions that have run already stay as they are. A backend that has no choice
    returns {}.

    Args:
        wanted: choices of an earlier call, all or some.
        seconds: how long to measure at most, but for one run that has begun; what is not measured
            by then stays as it is.

    >>> tfpy.set_backend("numpy")
    >>> tfpy.tune()
    {}
    """
    if tracer() is not None:
        raise TraceError("tune: not inside a function being traced")
    backend = current_backend()
    if wanted is None:
        wanted = run_blocking(backend.fastest(seconds, BLOCKING.pause))
    return backend.tune(wanted)


async def tune_once() -> None:
    """Choose the fastest ways, unless that was done: those known of this device, else measured on
    a first visit and then remembered.

    Nothing is kept outside a page, or where the page may keep nothing.
    """
    backend = current_backend()
    if backend.tuned:
        return
    backend.tuned = True  # Who asks meanwhile need not measure too.
    known = backend.known()
    if known is None:
        from .io.cache import open_cache

        await _tune(backend, open_cache(_CACHE) if IN_BROWSER else None)
    else:
        backend.tune(known)


async def _tune(backend: Backend, cache: Cache | None) -> None:
    key = _key(backend)
    kept = None
    with suppress(StorageError):
        kept = await cache.get(key) if cache else None
    if kept is not None:
        # It may be damaged, or name what there no longer is.
        with suppress(ArgumentError, ValueError, TypeError, AttributeError):
            backend.tune(json.loads(bytes(kept[:])))
            return
    found = backend.tune(await backend.fastest(_SECONDS, AWAITING.pause))
    with suppress(StorageError):
        if cache:
            await cache.put(key, json.dumps(found).encode())


def _key(backend: Backend) -> str:
    """What the choices for this device are kept under: an address, as caches know nothing else."""
    from . import __version__

    about = json.dumps([__version__, backend.describe()], sort_keys=True)
    return f"https://tfpy.invalid/{hashlib.sha256(about.encode()).hexdigest()}"
