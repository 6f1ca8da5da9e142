"""Lines of text files, and the rows that CSV files have, as datasets."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from ..errors import DataError
from ..io.files import read
from .dataset import Dataset


class TextLineDataset(Dataset):
    """The lines of a text file in UTF-8, without their ends.

    Args:
        where: a path, an address, bytes, or a File that a user chose.

    >>> list(tfpy.data.TextLineDataset("one\\ntwo\\n".encode()))
    ['one', 'two']
    """

    def __init__(self, where: Any) -> None:
        async def steps(blocking: bool) -> AsyncGenerator[Any]:
            for line in lines(await read(where, blocking), where):
                yield line.rstrip("\r\n")

        super().__init__(steps)


def lines(body: Any, where: Any) -> Iterator[str]:
    """The lines of a file's bytes with their ends; `where` is named if they are not UTF-8."""
    # Ends inside of quotes belong to a CSV file's values, so they stay as they are.
    text = io.TextIOWrapper(io.BufferedReader(_Stream(body)), "utf-8-sig", newline="")
    try:
        yield from text
    except UnicodeDecodeError as error:
        raise DataError(f"{describe(where)}: not text in UTF-8 ({error.reason})") from None


def describe(where: Any) -> str:
    """What errors call a file."""
    if isinstance(where, (bytes, bytearray, memoryview)):
        return f"{len(where)} bytes"
    return str(getattr(where, "name", where))


class _Stream(io.RawIOBase):
    """What has a length and slices of bytes, as a file."""

    def __init__(self, body: Any) -> None:
        self._body, self._at = body, 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        part = bytes(self._body[self._at : self._at + len(target)])
        target[: len(part)] = part
        self._at += len(part)
        return len(part)
