"""Safetensors files: named tensors, and nothing that could run.

The format of https://github.com/huggingface/safetensors: the length of a header of JSON, that
header, and the bytes of all tensors.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from math import prod
from typing import Any

from .. import engine
from ..dtypes import DType, as_dtype
from ..errors import DTypeError, ModelFormatError
from ..spec import TensorSpec
from ..tensor import Tensor
from .files import read_local, write_local

_NAMES = {
    "BOOL": "bool",
    **{f"{kind[0].upper()}{bits}": f"{kind}{bits}"
       for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    "F32": "float32",
    "F64": "float64",
    "C64": "complex64",
}  # fmt: skip
#: What other readers refuse too.
_LONGEST_HEADER = 100_000_000


def save_safetensors(
    tensors: Mapping[str, Any], path: Any, metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors as a `.safetensors` file; a file there is replaced in one step.

    >>> tfpy.io.save_safetensors({"w": [[1.0, 2.0]]}, "w.safetensors")
    >>> tfpy.io.load_safetensors("w.safetensors")
    {'w': tfpy.tensor([[1., 2.]])}
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    parts, at = [], 0
    for name, value in tensors.items():
        x = engine.as_tensor(value)
        kind, part = _name(name, x.dtype), x.data_sync().tobytes()
        offsets = [at, at + len(part)]
        header[name] = {"dtype": kind, "shape": list(x.shape), "data_offsets": offsets}
        parts.append(part)
        at += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write_local(os.fspath(path), [len(text).to_bytes(8, "little"), text, *parts])


def load_safetensors(path: Any) -> dict[str, Tensor]:
    """The tensors of a `.safetensors` file by their names.

    Raises:
        FetchError: it cannot be read.
        ModelFormatError: it is damaged, or has elements that tfpy lacks (float16, bfloat16, ...).
    """
    name = os.fspath(path)
    body = memoryview(read_local(name))
    try:
        size = int.from_bytes(body[:8], "little")
        if len(body) < 8 or size > min(_LONGEST_HEADER, len(body) - 8):
            raise ValueError("the header is longer than the file")
        header = json.loads(bytes(body[8 : 8 + size]))
        header.pop("__metadata__", None)
        return {key: _tensor(key, entry, body[8 + size :]) for key, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFormatError(f"{name}: not a safetensors file, or damaged ({error})") from None


def _name(name: str, dtype: DType) -> str:
    for written, own in _NAMES.items():
        if own == dtype:
            return written
    raise DTypeError(f"save_safetensors: {name} is of {dtype}, which the format lacks")


def _tensor(name: str, entry: dict[str, Any], data: memoryview) -> Tensor:
    if entry["dtype"] not in _NAMES:
        raise ValueError(f"{name} is of {entry['dtype']}, which tfpy lacks")
    spec = TensorSpec(tuple(entry["shape"]), as_dtype(_NAMES[entry["dtype"]]))
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= len(data) or end - start != prod(spec.shape) * spec.dtype.itemsize:
        raise ValueError(f"{name} has {end - start} bytes for shape {spec.shape}")
    raw = data[start:end].tobytes()
    format: Any = spec.stored.dtype.format
    # An empty buffer cannot be cast.
    return engine.from_buffer(memoryview(raw).cast(format) if raw else memoryview(b""), spec)
