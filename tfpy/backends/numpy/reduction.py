"""Kernels that reduce along axes."""

from __future__ import annotations

from typing import Any

import numpy as np


def _over_axes(ufunc: Any) -> Any:
    def kernel(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        return ufunc(x, axis=axes, keepdims=keepdims)

    return kernel


KERNELS: dict[str, Any] = {
    "sum": _over_axes(np.sum),
    "prod": _over_axes(np.prod),
    "max": _over_axes(np.max),
    "min": _over_axes(np.min),
    "all": _over_axes(np.all),
    "any": _over_axes(np.any),
    "argmax": lambda x, axis: np.argmax(x, axis=axis),
    "argmin": lambda x, axis: np.argmin(x, axis=axis),
}
