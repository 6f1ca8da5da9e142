"""CSV files as datasets: a dict for each row, its values numbers or texts."""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from itertools import islice
from math import floor, isfinite, nan
from typing import Any, NamedTuple

from ..dtypes import DType, as_dtype, bool_, float32, int32
from ..errors import ArgumentError, DataError
from ..io.files import read
from ..waiting import run_blocking
from .dataset import Dataset
from .text import describe, lines

#: Rows that tell which columns are numbers.
INFERENCE_ROWS = 100
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


class _Column(NamedTuple):
    """How a column is read."""

    name: str
    at: int
    dtype: DType | None
    required: bool
    default: Any
    is_label: bool


class CSVDataset(Dataset):
    """The rows of a CSV file as dicts; with label columns, pairs of such a dict and the label.

    A column is of numbers (float32) if those of its first 100 rows are, else of text; what is
    empty is NaN in a column of numbers. Quotes are as in RFC 4180.

    Args:
        where: a path, an address, bytes, or a File that a user chose.
        has_header: whether the first row names the columns.
        column_names: names to use; needed without a header.
        column_configs: by name, a dict of `dtype` ("float32", "int32", "bool" or "string"),
            `default` for what is empty, `required` if that is an error, `is_label`. One label
            column gives pairs of features and its value, several give pairs of two dicts.
        configured_columns_only: whether the other columns are left out.
        delimiter: between values, one character.
        delim_whitespace: whether any spaces and tabs are between values instead.

    Raises:
        DataError: when it is gone through: a row has more or fewer values than there are columns,
            or a value that is not what its column has; names the row. A quote is never closed;
            names the line where it opens.

    >>> data = b"size,town,price\\n70,Bonn,300\\n55,,250\\n"
    >>> rows = tfpy.data.csv(data, column_configs={"price": {"is_label": True}})
    >>> for row in rows:
    ...     print(row)
    ({'size': 70.0, 'town': 'Bonn'}, 300.0)
    ({'size': 55.0, 'town': ''}, 250.0)
    """

    def __init__(
        self,
        where: Any,
        has_header: bool = True,
        column_names: Sequence[str] | None = None,
        column_configs: Mapping[str, Mapping[str, Any]] | None = None,
        configured_columns_only: bool = False,
        delimiter: str = ",",
        delim_whitespace: bool = False,
    ) -> None:
        super().__init__(self._rows)
        if not has_header and column_names is None:
            raise ArgumentError("csv: without a header, column_names must be given")
        if len(delimiter) != 1:
            raise ArgumentError(f"csv: delimiter must be one character, not {delimiter!r}")
        self._where, self._has_header = where, has_header
        self._names = None if column_names is None else list(column_names)
        self._configs = {name: dict(c) for name, c in (column_configs or {}).items()}
        self._configured_only = configured_columns_only
        self._delimiter = None if delim_whitespace else delimiter
        for name, config in self._configs.items():
            unknown = set(config) - {"dtype", "default", "required", "is_label"}
            if unknown:
                raise ArgumentError(f"csv: column {name!r} has no option {', '.join(unknown)}")

    def column_names(self) -> list[str]:
        """The names of the columns that rows have, labels too; reads the file."""
        return run_blocking(self._column_names(True))

    async def column_names_async(self) -> list[str]:
        """The same, awaited."""
        return await self._column_names(False)

    async def _column_names(self, blocking: bool) -> list[str]:
        rows = await self._read(blocking)
        return [c.name for c in self._columns(self._header(rows))]

    async def _read(self, blocking: bool) -> Iterator[list[str]]:
        text = lines(await read(self._where, blocking), self._where)
        if self._delimiter is None:
            return (row for row in (line.split() for line in text) if row)
        return self._split(text, self._delimiter)

    def _split(self, text: Iterator[str], delimiter: str) -> Iterator[list[str]]:
        name, ended, before = describe(self._where), False, 0

        def given() -> Iterator[str]:
            nonlocal ended
            yield from text
            ended = True

        reader = csv.reader(given(), delimiter=delimiter)
        try:
            for row in reader:
                if ended:  # within a value, which Python's reader takes for the last one
                    line = 1 + before + sum(map(_line_ends, row[:-1]))
                    raise DataError(f"{name}, line {line}: a quote that is never closed")
                before = reader.line_num
                if row:
                    yield row
        except csv.Error as error:  # such as a value too long, where a quote is never closed
            raise DataError(f"{name}, line {1 + before}: {error}") from None

    async def _rows(self, blocking: bool) -> AsyncGenerator[Any]:
        rows = await self._read(blocking)
        names = self._header(rows)
        columns = self._columns(names)
        first = list(islice(rows, INFERENCE_ROWS))
        columns = [self._inferred(column, first) for column in columns]
        number = int(self._has_header)
        for part in (first, rows):
            for row in part:
                number += 1
                if len(row) != len(names):
                    raise self._error(number, f"{len(row)} values for {len(names)} columns")
                yield self._element(row, columns, number)

    def _header(self, rows: Iterator[list[str]]) -> list[str]:
        """The names of all columns of the file; takes its header from `rows`."""
        header = next(rows, None) if self._has_header else None
        if self._has_header and header is None:
            raise DataError(f"{describe(self._where)}: empty, not even a header")
        names = self._names or [name.strip() for name in header or ()]
        if header is not None and len(header) != len(names):
            raise ArgumentError(f"csv: {len(names)} column_names for {len(header)} columns")
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise DataError(f"{describe(self._where)}: several columns {', '.join(twice)}")
        return names

    def _columns(self, names: list[str]) -> list[_Column]:
        """The columns that rows have."""
        missing = [name for name in self._configs if name not in names]
        if missing:
            raise ArgumentError(
                f"csv: column_configs names {', '.join(missing)}; there are {', '.join(names)}"
            )
        return [
            _column(name, i, self._configs.get(name, {}))
            for i, name in enumerate(names)
            if name in self._configs or not self._configured_only
        ]

    def _inferred(self, column: _Column, rows: list[list[str]]) -> _Column:
        """The column with the dtype that its first values have, if it was not given."""
        values = [row[column.at].strip() for row in rows if column.at < len(row)]
        numbers = all(_is_number(v) for v in values if v)
        return column._replace(dtype=float32) if column.dtype is None and numbers else column

    def _element(self, row: list[str], columns: list[_Column], number: int) -> Any:
        features: dict[str, Any] = {}
        labels: dict[str, Any] = {}
        for column in columns:
            into = labels if column.is_label else features
            into[column.name] = self._value(row[column.at], column, number)
        if not labels:
            return features
        return features, (labels if len(labels) > 1 else next(iter(labels.values())))

    def _value(self, text: str, column: _Column, number: int) -> Any:
        stripped = text.strip()
        if not stripped:
            if column.default is not None:
                return column.default
            if column.required or (column.is_label and column.dtype is float32):
                raise self._error(number, f"column {column.name!r} is empty")
            if column.dtype is float32:
                return nan
        if column.dtype is None or column.dtype.kind == "s":
            return text
        if column.dtype is bool_ and stripped.lower() in (*_TRUE, *_FALSE):
            return stripped.lower() in _TRUE
        if column.dtype is bool_ or not _is_number(stripped, column.dtype is int32):
            raise self._error(
                number,
                f"{text!r} in column {column.name!r} is no {column.dtype}: give its dtype in "
                "column_configs",
            )
        return floor(float(stripped)) if column.dtype is int32 else float(stripped)

    def _error(self, number: int, message: str) -> DataError:
        return DataError(f"{describe(self._where)}, row {number}: {message}")


def _column(name: str, index: int, config: Mapping[str, Any]) -> _Column:
    dtype = config.get("dtype")
    kind = None if dtype is None else as_dtype(dtype)
    required, default = bool(config.get("required")), config.get("default")
    return _Column(name, index, kind, required, default, bool(config.get("is_label")))


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _is_number(text: str, finite: bool = False) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return "_" not in text and (isfinite(value) or not finite)
