"""Kernels that move elements: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def _region(begin: tuple[int, ...], size: tuple[int, ...], steps: tuple[int, ...]) -> Any:
    """The NumPy slices of `begin + i * steps` for i in `size`."""
    slices = []
    for b, n, step in zip(begin, size, steps, strict=True):
        stop = b + n * step
        slices.append(slice(b, stop if stop >= 0 else None, step) if n else slice(0, 0))
    return tuple(slices)


def _place(x: Array, shape: Any, begin: Any, steps: Any, value: float) -> Array:
    out = np.full(shape, value, x.dtype)
    out[_region(begin, x.shape, steps)] = x
    return out


KERNELS: dict[str, Any] = {
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, perm: np.transpose(x, perm),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "take_slice": lambda x, begin, size, steps: x[_region(begin, size, steps)],
    "place": _place,
    "concat": lambda *xs, axis: np.concatenate(xs, axis),
    "fill": lambda shape, value, dtype: np.full(shape, value, str(dtype)),
}
