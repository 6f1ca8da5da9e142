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
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .. import engine
from ..dtypes import (
    DType,
    as_dtype,
    bool_,
    complex64,
    complex128,
    float32,
    float64,
    int32,
    string,
)
from ..errors import ModelFormatError, UnsupportedError
from ..ops.creation import tensor
from ..spec import TensorSpec
from ..tensor import Tensor

if TYPE_CHECKING:
    from .quantize import Quantization

#: A file's bytes: a memoryview, or in a page `compat.network.Body`. Slices are bytes-like.
Shard = Any
#: A piece of a shard: from where to where.
Part = tuple[Shard, int, int]
_EMPTY = memoryview(b"")
#: Bytes per element as stored: of quantized forms, and of all.
_QUANTIZED = {"uint8": 1, "uint16": 2, "float16": 2}
_STORED = {"float32": 4, "int32": 4, "bool": 1, "complex64": 8, **_QUANTIZED}


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
    hashes: dict[str, str]

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
        hashes = parse_hashes(groups)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelFormatError(f"weightsManifest is damaged: {error!r}") from None
    problems = [p for p in map(_problem, entries) if p]
    if problems:
        raise UnsupportedError("weights that tfpy cannot read: " + "; ".join(problems))
    seen: set[str] = set()
    twice = [e.name for e in entries if e.name in seen or seen.add(e.name)]  # type: ignore[func-returns-value]
    if twice:
        raise ModelFormatError(f"weightsManifest names weights twice: {', '.join(twice)}")
    return Manifest(paths, entries, hashes)


def parse_hashes(groups: Any) -> dict[str, str]:
    """The SHA-256 of files by their paths: a group may give one for each, as `"sha256"`."""
    return {
        path: digest.lower()
        for group in groups
        if "sha256" in group
        for path, digest in zip(group["paths"], group["sha256"], strict=True)
    }


def _entry(weight: dict[str, Any]) -> Entry:
    shape = tuple(int(n) for n in weight["shape"])
    if min(shape, default=0) < 0 or max(shape, default=0) >= 1 << 31:
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
    if dtype not in ("float32", "int32", "bool", "complex64"):
        return f"{name} has dtype {dtype}"
    if stored == dtype:
        return None
    codes = ("float32",) if stored == "float16" else ("float32", "int32")
    if stored not in _QUANTIZED or dtype not in codes:
        return f"{name} is {dtype} quantized as {stored}"
    if stored != "float16" and (entry.scale is None or entry.minimum is None):
        return f"{name} is quantized as {stored} without scale and min"
    return None


# -------------------------------------------------------------------------------------- stream


class _Stream:
    """Cuts weights out of files as these come, and keeps no file that was read to its end."""

    def __init__(self, shards: AsyncIterator[Shard]) -> None:
        self._shards = shards
        self._shard: Shard | None = _EMPTY
        self._at = 0
        #: Bytes of the files so far.
        self.got = 0

    async def left(self) -> int:
        """Bytes left of the file at hand; 0 when there is no other."""
        while self._shard is not None and self._at == len(self._shard):
            # It goes before the next one comes.
            self._shard, self._at = _EMPTY, 0
            self._shard = await anext(self._shards, None)
            self.got += len(self._shard or _EMPTY)
        return 0 if self._shard is None else len(self._shard) - self._at

    async def take(self, count: int) -> list[Part] | None:
        """Where the next `count` bytes are, or None if there are not so many."""
        parts = []
        while count:
            size = min(count, await self.left())
            if self._shard is None:
                return None
            parts.append((self._shard, self._at, self._at + size))
            self._at += size
            count -= size
        return parts


async def decode(
    manifest: Manifest, shards: AsyncIterator[Shard]
) -> AsyncIterator[tuple[Entry, Any]]:
    """Each weight as soon as its bytes have come.

    Tensors may be left in the files until they are needed (see `Backend.hold`), so a file is kept
    as long as one of them is.

    Args:
        manifest: what the stream holds.
        shards: the files' bytes, in the order of `manifest.paths`; never changed afterwards.

    Raises:
        ModelFormatError: there are fewer or more bytes than the manifest describes.
    """
    stream = _Stream(shards)
    for entry in manifest.entries:
        value = await _decode_one(entry, stream)
        if value is None:
            raise _wrong_size(manifest, stream, f"the weight files end inside {entry.name}")
        yield entry, value
    more = 0
    while rest := await stream.left():
        more += rest
        await stream.take(rest)
    if more:
        problem = f"the weight files hold {more} bytes more than the manifest describes"
        raise _wrong_size(manifest, stream, problem)


def _wrong_size(manifest: Manifest, stream: _Stream, problem: str) -> ModelFormatError:
    """The error that names both sizes; `problem` where the manifest does not tell its own."""
    if manifest.nbytes is not None:
        problem = (
            f"the weight files hold {stream.got} bytes, but the manifest describes "
            f"{manifest.nbytes}"
        )
    return ModelFormatError(problem)


async def _decode_one(entry: Entry, stream: _Stream) -> Any:
    """The value of `entry`, or None if the stream ends in it."""
    if entry.nbytes is None:
        words = []
        for _ in range(entry.size):
            size = await stream.take(4)
            text = size and await stream.take(int.from_bytes(_joined(size), "little"))
            if text is None:
                return None
            words.append(str(_joined(text), "utf-8", "replace"))
        return tensor(words, entry.shape, string)
    parts = await stream.take(entry.nbytes)
    if parts is None:
        return None
    spec = TensorSpec(entry.shape, as_dtype(entry.dtype))
    return engine.from_source(lambda: _values(entry, _joined(parts), spec.dtype), spec)


def _joined(parts: list[Part]) -> bytes:
    """The bytes in one piece, at an address that every element type may have."""
    return b"".join([shard[start:stop] for shard, start, stop in parts])


# -------------------------------------------------------------------------------------- values


def _values(entry: Entry, raw: bytes, dtype: DType) -> memoryview[Any]:
    """The elements as a flat buffer of `dtype`. Every platform of tfpy is little-endian."""
    if not raw:
        return memoryview(array("b" if dtype is bool_ else dtype.format))
    if entry.stored == entry.dtype:
        if dtype is bool_:
            return memoryview(raw.translate(_TRUTH)).cast("?")
        return memoryview(raw).cast(_format(dtype))
    numpy = sys.modules.get("numpy")
    return _dequantize_numpy(numpy, entry, raw) if numpy else _dequantize(entry, raw, dtype)


_TRUTH = bytes([0] + [1] * 255)
#: Elements that are Python numbers at once.
_CHUNK = 1 << 14


def _format(dtype: DType) -> Literal["f", "i"]:
    return "i" if dtype is int32 else "f"


def _dequantize_numpy(np: Any, entry: Entry, raw: bytes) -> memoryview[Any]:
    codes = np.frombuffer(raw, {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}[entry.stored])
    if entry.stored == "float16":
        return memoryview(codes.astype(np.float32))
    values = codes * np.float64(entry.scale) + entry.minimum
    if entry.dtype == "int32":
        values = np.floor(values + 0.5)
    return memoryview(values.astype(entry.dtype))


def _dequantize(entry: Entry, raw: bytes, dtype: DType) -> memoryview[Any]:
    scale, minimum = entry.scale or 0.0, entry.minimum or 0.0
    if entry.stored == "uint8":
        return _spread(raw, _numbers([q * scale + minimum for q in range(256)], dtype), dtype)
    values = array(_format(dtype), bytes(4 * entry.size))
    for i in range(0, entry.size, _CHUNK):
        count = min(_CHUNK, entry.size - i)
        if entry.stored == "float16":
            some: Any = struct.unpack_from(f"<{count}e", raw, 2 * i)
        else:
            codes = struct.unpack_from(f"<{count}H", raw, 2 * i)
            some = [q * scale + minimum for q in codes]
        values[i : i + count] = _numbers(some, dtype)
    return memoryview(values)


def _numbers(values: list[float], dtype: DType) -> array[Any]:
    if dtype is int32:
        return array("i", [math.floor(v + 0.5) for v in values])  # as JavaScript rounds
    return array("f", values)


def _spread(codes: bytes, table: array[Any], dtype: DType) -> memoryview[Any]:
    """`table[code]` for each code, a byte plane at a time: six times as fast as one by one."""
    planes = table.tobytes()
    out = bytearray(4 * len(codes))
    for i in range(4):
        out[i::4] = codes.translate(planes[i::4])
    return memoryview(out).cast(_format(dtype))


# -------------------------------------------------------------------------------------- writing


_NARROW = {float64: float32, complex128: complex64}


async def encode(
    weights: Sequence[tuple[str, Tensor]], blocking: bool, quantization: Quantization = None
) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The manifest entries and the bytes of named tensors, in order.

    float64 is stored as float32 and complex128 as complex64: the format has nothing wider. With
    `blocking` nothing is awaited; `quantization` is that of `quantize.chosen`, and concerns floats.
    """
    from .quantize import chosen, quantize  # only saving needs it

    entries, parts = [], []
    for name, x in weights:
        dtype = _NARROW.get(x.dtype, x.dtype)
        entry: dict[str, Any] = {"name": name, "shape": list(x.shape), "dtype": str(dtype)}
        kind = chosen(quantization, name) if dtype is float32 else None
        if kind:
            entry["quantization"], part = await quantize(x, kind, blocking)
        else:
            values: Any = x.data_sync() if blocking else await x.data()
            if dtype is string:
                words = [word.encode() for word in values]
                values = b"".join([len(w).to_bytes(4, "little") + w for w in words])
            if dtype is not x.dtype:
                values = memoryview(array("f", values.tolist()))
            part = bytes(values)
        entries.append(entry)
        parts.append(part)
    return entries, parts
