"""Values as JSON and back: bytes in base64, so that NaN, -0.0 and extremes arrive as they are."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np


def pack(value: Any) -> Any:
    """Arrays, numbers, texts and nested lists and dicts of them as JSON-able data."""
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return {"$": "string", "shape": value.shape, "data": value.ravel().tolist()}
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"$": str(value.dtype), "shape": value.shape, "data": data}
    if isinstance(value, (list, tuple)):
        return [pack(v) for v in value]
    if isinstance(value, dict):
        return {k: pack(v) for k, v in value.items()}
    if value is None:
        return {"$": "undefined"}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "number", "data": str(value).replace("inf", "Infinity").replace("nan", "NaN")}
    return value


def unpack(packed: dict[str, Any]) -> Any:
    """A packed tensor as an array."""
    if packed["$"] == "string":
        array = np.empty(len(packed["data"]), object)
        array[:] = packed["data"]
        return array.reshape(packed["shape"])
    raw = np.frombuffer(base64.b64decode(packed["data"]), packed["$"])
    try:
        return raw.reshape([-1 if n is None else n for n in packed["shape"]])
    except ValueError:
        raise WrongShape(f"{raw.size} values under shape {packed['shape']}") from None


class WrongShape(Exception):
    """TF.js gave a shape that its own values do not fill."""
