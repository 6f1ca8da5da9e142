"""Weights as fewer bytes: float16, or whole numbers of 8 or 16 bits with a scale.

The scheme of TF.js's converter, which `weights` reads: a value is `code * scale + min`, and where
0 is within the range it stays exactly 0.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from .. import engine
from ..dtypes import float32, int32
from ..errors import ArgumentError
from ..ops import elementwise as ew
from ..ops.reduce import max, min
from ..tensor import Tensor

#: The largest code of each kind of whole numbers.
_CODES = {"uint8": 255, "uint16": 65535}
#: A kind for every weight, or for the names that fit one of its patterns.
Quantization = str | Mapping[str, str | Sequence[str]] | None


def chosen(quantization: Quantization, name: str) -> str | None:
    """The kind that a weight of that name is to be stored as, None for as it is.

    Raises `ArgumentError` for unknown kinds.
    """
    if quantization is None:
        return None
    table = {quantization: "*"} if isinstance(quantization, str) else quantization
    for kind, patterns in table.items():
        if kind not in ("float16", *_CODES):
            raise ArgumentError(
                f'save: quantization must be "uint8", "uint16" or "float16", not {kind!r}'
            )
        listed = [patterns] if isinstance(patterns, str) else patterns
        if any(fnmatch(name, pattern) for pattern in listed):
            return kind
    return None


async def quantize(x: Tensor, kind: str, blocking: bool) -> tuple[dict[str, Any], bytes]:
    """The manifest's `quantization` of a float tensor, and its bytes."""
    if kind == "float16":
        values = await _read(x, blocking)
        try:
            return {"dtype": kind}, struct.pack(f"<{len(values)}e", *values)
        except OverflowError:
            raise ArgumentError("save: a weight beyond 65504 cannot be stored as float16") from None
    if not x.size:
        return {"dtype": kind, "scale": 1.0, "min": 0.0}, b""
    x = engine.cast_to(x, float32)
    low, high = [(await _read(v, blocking))[0] for v in (min(x), max(x))]
    if not high - low < float("inf"):
        raise ArgumentError(f"save: a weight with NaN or infinity cannot be stored as {kind}")
    scale = (high - low) / _CODES[kind] or 1.0
    if low <= 0 <= high:
        low = -round(-low / scale) * scale
    codes = ew.clip_by_value(ew.round((x - low) / scale), 0, _CODES[kind])
    raw = (await _read(engine.cast_to(codes, int32), blocking)).tobytes()
    # Of each int32 the lowest byte or two.
    if kind == "uint8":
        return {"dtype": kind, "scale": scale, "min": low}, raw[::4]
    pairs = bytearray(len(raw) // 2)
    pairs[::2], pairs[1::2] = raw[::4], raw[1::4]
    return {"dtype": kind, "scale": scale, "min": low}, bytes(pairs)


async def _read(x: Tensor, blocking: bool) -> memoryview[Any]:
    return x.data_sync() if blocking else await x.data()
