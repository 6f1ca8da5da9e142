"""Weights in TF.js's binary format: what the manifest says, and the bytes as tensors.

The files of all groups make one logical stream; weights follow each other in it without padding,
wherever the files are cut. NumPy is used where it is loaded and never needed. Fetching is the work
of `handlers`.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from .. import engine
from ..dtypes import DType, as_dtype, bool_, float32, int32
from ..errors import ModelFormatError, UnsupportedError
from ..spec import TensorSpec
from ..tensor import Tensor

#: Bytes per element as stored, for weights and for their quantized forms.
_STORED = {"float32": 4, "int32": 4, "bool": 1, "uint8": 1, "uint16": 2, "float16": 2}
_QUANTIZED = ("uint8", "uint16", "float16")


class Entry(NamedTuple):
    """One weight of a manifest. `shape` and `dtype` are those after decoding."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored: str
    scale: float | None = None
    minimum: float | None = None
    group: str = "model"

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int | None:
        """Bytes in the stream; None for strings, whose length only the stream tells."""
        return None if self.stored == "string" else self.size * _STORED[self.stored]


class Manifest(NamedTuple):
    """The files of a model's weights and what is in them, both in order."""

    paths: list[str]
    entries: list[Entry]

    @property
    def nbytes(self) -> int | None:
        """Bytes of all weights, None if there are strings."""
        sizes = [e.nbytes for e in self.entries]
        return None if None in sizes else sum(sizes)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------ manifest


def parse_manifest(groups: Any) -> Manifest:
    """The `weightsManifest` of a `model.json`.

    Raises:
        ModelFormatError: it is not a manifest, or two weights have one name.
        UnsupportedError: a dtype or quantization is unknown; all of them are listed.
    """
    try:
        paths = [path for group in groups for path in group["paths"]]
        entries = [_entry(weight) for group in groups for weight in group["weights"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelFormatError(f"weightsManifest is damaged: {error!r}") from None
    problems = [p for p in map(_problem, entries) if p]
    if problems:
        raise UnsupportedError("weights that tfpy cannot read: " + "; ".join(problems))
    seen: set[str] = set()
    twice = [e.name for e in entries if e.name in seen or seen.add(e.name)]  # type: ignore[func-returns-value]
    if twice:
        raise ModelFormatError(f"weightsManifest names weights twice: {', '.join(twice)}")
    return Manifest(paths, entries)


def _entry(weight: dict[str, Any]) -> Entry:
    shape = tuple(int(n) for n in weight["shape"])
    if min(shape, default=0) < 0:
        raise ValueError(f"weight {weight['name']} has shape {shape}")
    q = weight.get("quantization") or {}
    return Entry(
        str(weight["name"]),
        shape,
        weight["dtype"],
        q.get("dtype", weight["dtype"]),
        q.get("scale"),
        q.get("min"),
        weight.get("group") or "model",
    )


def _problem(entry: Entry) -> str | None:
    """Why `entry` cannot be decoded, if so."""
    name, dtype, stored = entry.name, entry.dtype, entry.stored
    if dtype == "string" == stored:
        return None
    if dtype not in ("float32", "int32", "bool"):
        return f"{name} has dtype {dtype}"
    if stored == dtype:
        return None
    if stored not in _QUANTIZED or dtype == "bool" or (stored == "float16" and dtype != "float32"):
        return f"{name} is {dtype} quantized as {stored}"
    if stored != "float16" and (entry.scale is None or entry.minimum is None):
        return f"{name} is quantized as {stored} without scale and min"
    return None


# -------------------------------------------------------------------------------------- stream


class _Stream:
    """Reads across the boundaries of shards, copying only where a weight spans two."""

    def __init__(self, shards: Sequence[Any]) -> None:
        self._shards = [memoryview(s).cast("B") for s in shards if len(s)]
        self._at = 0
        self.left = sum(len(s) for s in self._shards)

    def take(self, count: int) -> memoryview:
        self.left -= count
        parts = []
        while count:
            shard = self._shards[0]
            part = shard[self._at : self._at + count]
            parts.append(part)
            count -= len(part)
            self._at += len(part)
            if self._at == len(shard):
                self._shards.pop(0)
                self._at = 0
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))


def decode(manifest: Manifest, shards: Sequence[Any]) -> dict[str, Any]:
    """Weights by name: a tensor each, or for strings a flat list of `str` in row-major order.

    Args:
        manifest: what the stream holds.
        shards: the files' bytes, in the order of `manifest.paths`.

    Raises:
        ModelFormatError: there are fewer or more bytes than the manifest describes.
    """
    stream = _Stream(shards)
    expected, got = manifest.nbytes, stream.left
    if expected is not None and expected != got:
        raise ModelFormatError(
            f"the weight files hold {got} bytes, but the manifest describes {expected}"
        )
    weights = {entry.name: _decode_one(entry, stream) for entry in manifest.entries}
    if stream.left:
        raise ModelFormatError(
            f"the weight files hold {stream.left} bytes more than the manifest describes"
        )
    return weights


def _decode_one(entry: Entry, stream: _Stream) -> Any:
    if entry.nbytes is None:
        return [_string(entry, stream) for _ in range(entry.size)]
    spec = TensorSpec(entry.shape, as_dtype(entry.dtype))
    if stream.left < entry.nbytes:
        raise _short(entry)
    raw = stream.take(entry.nbytes)
    return engine.from_buffer(_values(entry, raw, spec.dtype), spec)


def _string(entry: Entry, stream: _Stream) -> str:
    if stream.left < 4:
        raise _short(entry)
    (count,) = struct.unpack("<I", stream.take(4))
    if stream.left < count:
        raise _short(entry)
    return str(stream.take(count), "utf-8", "replace")


def _short(entry: Entry) -> ModelFormatError:
    return ModelFormatError(f"the weight files end inside {entry.name}")


# -------------------------------------------------------------------------------------- values


def _values(entry: Entry, raw: memoryview, dtype: DType) -> memoryview[Any]:
    """The elements as a flat buffer of `dtype`. Every platform of tfpy is little-endian."""
    if not raw:
        return memoryview(array("b" if dtype is bool_ else dtype.format))
    if entry.stored == entry.dtype:
        if dtype is bool_:
            return memoryview(raw.tobytes().translate(_TRUTH)).cast("?")
        # A fresh copy: in the stream the weight may begin at an odd address.
        return memoryview(bytearray(raw)).cast(_format(dtype))
    numpy = sys.modules.get("numpy")
    return _dequantize_numpy(numpy, entry, raw) if numpy else _dequantize(entry, raw, dtype)


_TRUTH = bytes([0] + [1] * 255)


def _format(dtype: DType) -> Literal["f", "i"]:
    return "f" if dtype is float32 else "i"


def _dequantize_numpy(np: Any, entry: Entry, raw: memoryview) -> memoryview[Any]:
    codes = np.frombuffer(raw, {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}[entry.stored])
    if entry.stored == "float16":
        return memoryview(codes.astype(np.float32))
    values = codes * np.float64(entry.scale) + entry.minimum
    if entry.dtype == "int32":
        values = np.floor(values + 0.5)
    return memoryview(values.astype(entry.dtype))


def _dequantize(entry: Entry, raw: memoryview, dtype: DType) -> memoryview[Any]:
    if entry.stored == "float16":
        return memoryview(array("f", struct.unpack(f"<{entry.size}e", raw)))
    scale, minimum = entry.scale or 0.0, entry.minimum or 0.0
    if entry.stored == "uint8":
        return _spread(raw, _numbers([q * scale + minimum for q in range(256)], dtype), dtype)
    codes = array("H", raw.tobytes())
    return memoryview(_numbers([q * scale + minimum for q in codes], dtype))


def _numbers(values: list[float], dtype: DType) -> array[Any]:
    if dtype is int32:
        return array("i", [math.floor(v + 0.5) for v in values])  # as JavaScript rounds
    return array("f", values)


def _spread(codes: memoryview, table: array[Any], dtype: DType) -> memoryview[Any]:
    """`table[code]` for each code, a byte plane at a time: six times as fast as one by one."""
    planes, source = table.tobytes(), codes.tobytes()
    out = bytearray(4 * len(source))
    for i in range(4):
        out[i::4] = source.translate(planes[i::4])
    return memoryview(out).cast(_format(dtype))


# -------------------------------------------------------------------------------------- writing


def encode(weights: Sequence[tuple[str, Tensor]]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The manifest entries and the bytes of named tensors, unquantized, in order.

    float64 is stored as float32: the format has nothing wider.
    """
    entries, parts = [], []
    for name, x in weights:
        dtype = float32 if x.dtype.is_floating else x.dtype
        values = x.data_sync()
        if dtype is not x.dtype:
            values = memoryview(array("f", values.tolist()))
        entries.append({"name": name, "shape": list(x.shape), "dtype": str(dtype)})
        parts.append(values.tobytes())
    return entries, parts
