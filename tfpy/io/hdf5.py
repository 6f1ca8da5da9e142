"""What Keras writes of HDF5, read in Python: HDF5's library crashes or hangs on damaged files.

Groups, attributes and whole arrays in the layout that h5py writes unless told otherwise: superblock
0, version 1 headers, symbol tables. Everything is looked up in the file's bytes, none of which is
trusted: what lies outside of them, or is of another kind than it should be, is a `ValueError`.

The format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

from ..errors import ModelFormatError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: Types of the messages in an object's header.
_SPACE, _TYPE, _LAYOUT, _ATTRIBUTE, _MORE, _TABLE = 0x01, 0x03, 0x08, 0x0C, 0x10, 0x11
_INTEGER, _FLOAT, _STRING, _ENUM, _VARIABLE = 0, 1, 3, 8, 9
_LONGEST_NAME = 1 << 16
_HEAP = b"GCOL\1\0\0\0"
#: Of an IEEE number: where its bits begin, how many, exponent, mantissa, the exponent's bias.
_IEEE = {
    2: struct.pack("<HHBBBBI", 0, 16, 10, 5, 0, 10, 15),
    4: struct.pack("<HHBBBBI", 0, 32, 23, 8, 0, 23, 127),
    8: struct.pack("<HHBBBBI", 0, 64, 52, 11, 0, 52, 1023),
}


class Bytes:
    """A file's bytes, of which only those that exist can be had."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)

    def __len__(self) -> int:
        return len(self._data)

    def at(self, start: int, size: int) -> memoryview:
        """`size` bytes from `start`."""
        if not 0 <= start <= start + size <= len(self._data):
            raise ValueError(f"{size} bytes at {start} are not in a file of {len(self._data)}")
        return self._data[start : start + size]

    def unpack(self, layout: str, start: int) -> tuple[Any, ...]:
        """Numbers from `start` on, least significant byte first."""
        return struct.unpack("<" + layout, self.at(start, struct.calcsize("<" + layout)))

    def expect(self, mark: bytes, start: int) -> None:
        """Refuse a file in which something else than a structure's mark is at `start`."""
        if self.at(start, len(mark)) != mark:
            raise ValueError(f"there is no {mark!r} at {start}")

    def until_zero(self, start: int) -> str:
        """The text from `start` to the next byte of zero."""
        return bytes(self.at(start, len(self) - start)[:_LONGEST_NAME]).split(b"\0")[0].decode()


def open_hdf5(data: bytes | memoryview) -> Group:
    """The outermost group of a file. Raises `ValueError`."""
    file = Bytes(data)
    file.expect(_SIGNATURE, 0)
    version, (offsets, lengths) = file.unpack("B", 8)[0], file.unpack("BB", 13)
    if version > 1 or (offsets, lengths) != (8, 8):
        raise ValueError(f"a superblock of version {version} with addresses of {offsets} bytes")
    start = 24 + 4 * version
    base, _, end, _, _, root = file.unpack("6Q", start)
    if base != 0 or end > len(file):
        raise ValueError(f"cut off: {end} bytes of which there are {len(file)}")
    return Group(file, root)


# -------------------------------------------------------------------------------------- objects


class Object:
    """What has a header: its messages, by type."""

    def __init__(self, file: Bytes, header: int) -> None:
        self._file = file
        self._messages: dict[int, list[Bytes]] = {}
        for kind, message in _messages(file, header):
            self._messages.setdefault(kind, []).append(message)

    def _message(self, kind: int) -> Bytes:
        found = self._messages.get(kind, [])
        if len(found) != 1:
            raise ValueError(f"{len(found)} messages of type {kind} in a header")
        return found[0]

    @cached_property
    def attrs(self) -> Attributes:
        """What is noted about it."""
        return Attributes(self._file, self._messages.get(_ATTRIBUTE, ()))


class Attributes(Mapping[str, Any]):
    """Texts, lists of texts or arrays by name, each read when it is asked for."""

    def __init__(self, file: Bytes, messages: Sequence[Bytes]) -> None:
        self._file = file
        self._parts = {name.until_zero(0): rest for name, *rest in map(_parts, messages)}

    def __getitem__(self, name: str) -> Any:
        kind, space, data = self._parts[name]
        return _value(self._file, data, kind, _shape(space))

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class Group(Object):
    """Groups and arrays by their paths, as h5py's."""

    @cached_property
    def _headers(self) -> dict[str, int]:
        tree, heap = self._message(_TABLE).unpack("QQ", 0)
        self._file.expect(b"HEAP", heap)
        (names,) = self._file.unpack("Q", heap + 24)
        found = _symbols(self._file, tree, {tree})
        return {self._file.until_zero(names + name): header for name, header in found}

    def __len__(self) -> int:
        return len(self._headers)

    def __contains__(self, path: str) -> bool:
        return self.get(path) is not None

    def __getitem__(self, path: str) -> Any:
        found = self.get(path)
        if found is None:
            raise KeyError(path)
        return found

    def get(self, path: str, default: Any = None) -> Any:
        """What is at `path`, from here on."""
        name, _, rest = path.partition("/")
        if name not in self._headers:
            return default
        found = _object(self._file, self._headers[name])
        if not rest:
            return found
        return found.get(rest, default) if isinstance(found, Group) else default


class Array(Object):
    """An array of numbers, read when it is asked for: `x[()]`."""

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return _shape(self._message(_SPACE))

    def __getitem__(self, whole: tuple[()]) -> Any:
        return _numbers(self._stored, self._message(_TYPE), self.shape)

    @property
    def _stored(self) -> Bytes:
        layout = self._message(_LAYOUT)
        version, kind = layout.unpack("BB", 0)
        if version not in (3, 4) or kind > 1:
            raise ValueError("an array in chunks, perhaps compressed, as Keras writes none")
        if kind == 0:
            return Bytes(layout.at(4, *layout.unpack("H", 2)))
        start, size = layout.unpack("QQ", 2)
        return Bytes(self._file.at(start, size) if size else b"")


def _object(file: Bytes, header: int) -> Group | Array:
    found = Group(file, header)
    return found if _TABLE in found._messages else Array(file, header)


def _messages(file: Bytes, header: int) -> Iterator[tuple[int, Bytes]]:
    """Types and contents of an object's messages, which may go on in further blocks."""
    version, left, _, size = file.unpack("BxHII", header)
    if version != 1:
        raise ValueError(f"a header of version {version}")
    blocks = [(header + 16, size)]
    for start, size in blocks:
        end = start + size
        while left and start < end:
            kind, length, flags = file.unpack("HHB", start)
            message = Bytes(file.at(start + 8, length))
            start, left = start + 8 + length, left - 1
            if kind == _MORE:
                blocks.append(message.unpack("QQ", 0))
            elif flags & 2:
                raise ValueError("a message that is kept elsewhere, as Keras writes none")
            yield kind, message


def _symbols(file: Bytes, node: int, met: set[int]) -> Iterator[tuple[int, int]]:
    """What a group has, as positions of a name and a header, from the tree below a node.

    None of it is `met` twice, so that there is an end, wherever damage makes a node point.
    """
    file.expect(b"TREE\0", node)
    level, count = file.unpack("BH", node + 5)
    for i in range(count):
        (child,) = file.unpack("Q", node + 32 + 16 * i)
        if child in met:
            raise ValueError(f"the node at {child} is in its group twice")
        met.add(child)
        if level:
            yield from _symbols(file, child, met)
            continue
        file.expect(b"SNOD", child)
        (size,) = file.unpack("H", child + 6)
        for start in range(child + 8, child + 8 + 40 * size, 40):
            yield file.unpack("QQ", start)


# --------------------------------------------------------------------------------------- values


def _shape(space: Bytes) -> tuple[int, ...]:
    version, axes, _, kind = space.unpack("BBBB", 0)
    if version not in (1, 2):
        raise ValueError(f"a shape of version {version}")
    if version == 2 and kind == 2:
        return (0,)  # h5py's Empty
    return space.unpack(f"{axes}Q", 8 if version == 1 else 4)


def _parts(attribute: Bytes) -> list[Bytes]:
    """An attribute's name, type, shape and data."""
    version, flags, *sizes = attribute.unpack("BBHHH", 0)
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise ValueError(f"an attribute of version {version}")
    start, parts = 9 if version == 3 else 8, []
    for size in sizes:
        parts.append(Bytes(attribute.at(start, size)))
        start += -(-size // 8) * 8 if version == 1 else size
    return [*parts, Bytes(attribute.at(start, len(attribute) - start))]


def _value(file: Bytes, data: Bytes, kind: Bytes, shape: tuple[int, ...]) -> Any:
    """Text, a list of texts, or an array of numbers."""
    which, what, size = kind.unpack("BBxxI", 0)
    if which & 15 not in (_STRING, _VARIABLE):
        return _numbers(data, kind, shape)
    if which & 15 == _VARIABLE and (what & 15 != 1 or size != 16):
        raise ValueError("a list of varying length, as Keras writes none")
    if size == 0:  # any number of them would be in the file
        raise ValueError("texts without room for a letter")
    stored = bytes(data.at(0, size * prod(shape)))
    found = [stored[i * size : (i + 1) * size] for i in range(prod(shape))]
    if which & 15 == _VARIABLE:
        found = [_variable(file, *struct.unpack("<IQI", where)) for where in found]
    texts = [text.rstrip(b"\0").decode() for text in found]
    return texts if shape else texts[0]


def _variable(file: Bytes, length: int, heap: int, index: int) -> bytes:
    """The bytes of a string, which are kept in a heap."""
    if length == 0:
        return b""
    for found, text in _kept(file, heap):
        if found == index:
            return bytes(text[:length])
    raise ValueError(f"there is no object {index} in the heap at {heap}")


def _kept(file: Bytes, heap: int) -> Iterator[tuple[int, memoryview]]:
    """Numbers and bytes of what is in a heap; the rest is free."""
    file.expect(_HEAP, heap)
    (size,) = file.unpack("Q", heap + 8)
    own = Bytes(file.at(heap, size))
    start = 16
    while start + 16 <= size:
        index, length = own.unpack("H6xQ", start)
        if index == 0 and start + length != size:
            raise ValueError(f"{length} bytes are free in the heap at {heap}, not {size - start}")
        if index == 0:
            break
        yield index, own.at(start + 16, length)
        start += 16 + -(-length // 8) * 8


def check_heaps(data: bytes) -> None:
    """Refuse a file, of any layout, with a damaged heap, in which HDF5's library would search
    without end. Raises `ValueError`."""
    file, start = Bytes(data), data.find(_HEAP)
    while start >= 0:
        for _ in _kept(file, start):
            pass
        start = data.find(_HEAP, start + 1)


def _numbers(data: Bytes, kind: Bytes, shape: tuple[int, ...]) -> Any:
    try:
        import numpy as np
    except ImportError:
        raise ModelFormatError("Keras's files need NumPy, which is not loaded") from None
    dtype = np.dtype(_dtype(kind))
    stored = np.frombuffer(data.at(0, dtype.itemsize * prod(shape)), dtype)
    # A copy: the array may be kept, the file's bytes should not.
    return stored.astype(dtype.newbyteorder("=")).reshape(shape)


def _dtype(kind: Bytes) -> str:
    """NumPy's name of a type of numbers."""
    which, bits, size = kind.unpack("BBxxI", 0)
    which, order = which & 15, "<>"[bits & 1]
    rest = bytes(kind.at(8, len(kind) - 8))
    if which == _INTEGER and size in (1, 2, 4, 8) and rest[:4] == struct.pack("<HH", 0, 8 * size):
        return f"{order}{'i' if bits & 8 else 'u'}{size}"
    if which == _FLOAT and size in _IEEE and rest[:12] == _IEEE[size]:
        return f"{order}f{size}"
    if which == _ENUM and size == 1:
        return "?"  # h5py's bool; nothing else that Keras writes has names for its values
    raise ValueError(f"elements of {size} bytes of a type ({which}) that Keras does not write")
