"""`tfpy.string`: functions of tensors of text, computed by Python on every backend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from . import engine
from .dtypes import int32, string
from .errors import ArgumentError, DTypeError
from .fingerprints import fingerprint64
from .host import HostArray
from .registry import host
from .spec import TensorSpec, check_size, require_rank
from .tensor import Tensor


def _text(op: str, name: str, x: TensorSpec) -> None:
    if x.dtype is not string:
        raise DTypeError(f"{op}: {name} must be strings, not {x.dtype}")


# --------------------------------------------------------------------------------------- replace


def _replace_infer(x: TensorSpec, *, pattern: str, rewrite: str, count: int) -> TensorSpec:
    _text("regex_replace", "x", x)
    return x


def _replace_values(x: HostArray, pattern: str, rewrite: str, count: int) -> HostArray:
    compiled = re.compile(pattern)
    try:
        return HostArray([compiled.sub(rewrite, text, count) for text in x.values], x.shape)
    except (re.error, IndexError) as error:
        raise ArgumentError(f"regex_replace: rewrite {rewrite!r}: {error}") from None


@host(_replace_infer, _replace_values)
def regex_replace(x: Any, pattern: str, rewrite: str, replace_global: bool = True) -> Any:
    r"""Each text with what matches a regular expression replaced.

    Args:
        x: strings of any shape.
        pattern: in the syntax of Python's `re`.
        rewrite: what stands there instead; `\1` is the first group.
        replace_global: replace every match, not only the first.

    Raises:
        ArgumentError: `pattern` is no regular expression, or `rewrite` names a group it has not.

    >>> tfpy.string.regex_replace(["banana", "kiwi"], "[ai]", "o")
    tfpy.tensor(['bonono',   'kowo'])
    """
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ArgumentError(f"regex_replace: pattern {pattern!r:.50}: {error}") from None
    attrs = {"pattern": pattern, "rewrite": rewrite, "count": 0 if replace_global else 1}
    return (engine.as_tensor(x),), attrs


# ----------------------------------------------------------------------------------------- split


def _split_infer(
    x: TensorSpec, *, delimiter: str, skip_empty: bool
) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    _text("string.split", "x", x)
    require_rank("string.split", "x", x, 1)
    unknown: Any = None
    pairs, values = TensorSpec((unknown, 2), int32), TensorSpec((unknown,), string)
    return pairs, values, TensorSpec((2,), int32)


def _tokens(text: str, delimiter: str, skip_empty: bool) -> Iterable[str]:
    # As in TensorFlow, an empty text has no parts at all.
    if not delimiter or not text:
        return text
    tokens = re.split(f"[{re.escape(delimiter)}]", text)
    return [token for token in tokens if token or not skip_empty]


def _split_values(
    x: HostArray, delimiter: str, skip_empty: bool
) -> tuple[HostArray, HostArray, HostArray]:
    rows = [list(_tokens(text, delimiter, skip_empty)) for text in x.values]
    places = [v for i, row in enumerate(rows) for j in range(len(row)) for v in (i, j)]
    tokens = [token for row in rows for token in row]
    shape = [len(rows), max(map(len, rows), default=0)]
    return (
        HostArray(places, (len(tokens), 2)),
        HostArray(tokens, (len(tokens),)),
        HostArray(shape, (2,)),
    )


@host(_split_infer, _split_values, namespace="string")
def split(x: Any, delimiter: str = " ", skip_empty: bool = True) -> Any:
    """The parts of each text, as a sparse matrix with a row for each.

    Args:
        x: strings, (n,).
        delimiter: the characters at each of which a text is split; "" splits into characters.
        skip_empty: leave out empty parts.

    Returns:
        indices: (m, 2), the row and column of each part; values: (m,), the parts; shape: (2,), the
        number of rows and of columns.

    >>> indices, values, shape = tfpy.string.split(["a b", "c"])
    >>> values
    tfpy.tensor(['a', 'b', 'c'])
    """
    if isinstance(delimiter, Tensor):
        delimiter = delimiter.item()
    if not isinstance(delimiter, str):
        raise ArgumentError(f"string.split: delimiter must be a string, not {delimiter!r:.50}")
    return (engine.as_tensor(x),), {"delimiter": delimiter, "skip_empty": bool(skip_empty)}


# ---------------------------------------------------------------------------------------- ngrams


def _ngrams_infer(
    data: TensorSpec, data_splits: TensorSpec, **attrs: Any
) -> tuple[TensorSpec, TensorSpec]:
    _text("ngrams", "data", data)
    require_rank("ngrams", "data", data, 1)
    require_rank("ngrams", "data_splits", data_splits, 1)
    if data_splits.dtype is not int32:
        raise DTypeError(f"ngrams: data_splits must be int32, not {data_splits.dtype}")
    unknown: Any = None
    return TensorSpec((unknown,), string), data_splits


def _ngrams_of(
    tokens: Sequence[str], width: int, pads: tuple[str, str], pad_width: int
) -> Iterable[list[str]]:
    """Every `width` neighbours among `tokens` with at most `pad_width` pads at each end."""
    count = len(tokens) + 2 * pad_width - width + 1
    if count < 1:
        return []
    check_size("ngrams", (count, width))
    left, right = pads
    padded = [left] * pad_width + list(tokens) + [right] * pad_width
    return (padded[i : i + width] for i in range(count))


def _row_ngrams(tokens: Sequence[str], **options: Any) -> list[str]:
    separator, pads, pad_width = options["separator"], options["pads"], options["pad_width"]
    found: list[list[str]] = []
    for width in options["widths"]:
        padding = min(width - 1 if pad_width < 0 else pad_width, width - 1)
        found += _ngrams_of(tokens, width, pads, padding)
    if not found and options["preserve"] and tokens:
        padding = max(pad_width, 0)
        found += _ngrams_of(tokens, len(tokens) + 2 * padding, pads, padding)
    return [separator.join(ngram) for ngram in found]


def _ngrams_values(
    data: HostArray, data_splits: HostArray, **options: Any
) -> tuple[HostArray, HostArray]:
    ends = list(data_splits.values)
    check_splits("ngrams", "data_splits", ends, len(data.values))
    found: list[str] = []
    splits = ends[:1]
    for begin, end in pairwise(ends):
        found += _row_ngrams(data.values[begin:end], **options)
        splits.append(len(found))
    return HostArray(found, (len(found),)), HostArray(splits, data_splits.shape)


def check_splits(op: str, name: str, splits: Sequence[int], count: int) -> None:
    """Refuse row splits that do not go from 0 to `count` without a step back."""
    rising = all(a <= b for a, b in pairwise(splits))
    if splits and not (splits[0] == 0 and splits[-1] == count and rising):
        raise ArgumentError(f"{op}: {name} must rise from 0 to {count}, not {list(splits)!r:.80}")


@host(_ngrams_infer, _ngrams_values)
def ngrams(
    data: Any,
    data_splits: Any,
    separator: str = " ",
    ngram_widths: Sequence[int] = (2,),
    left_pad: str = "",
    right_pad: str = "",
    pad_width: int = 0,
    preserve_short_sequences: bool = False,
) -> Any:
    """The n-grams of the rows of a ragged tensor of words.

    Args:
        data: the words of all rows, (m,).
        data_splits: where each row begins, and the end: int32 (n + 1,).
        separator: between the words of an n-gram.
        ngram_widths: how many words make one; those of the first width come first.
        left_pad: stands before the first word of a row.
        right_pad: stands after the last.
        pad_width: how many of them at most; -1 for one less than the width.
        preserve_short_sequences: a row too short for any n-gram becomes one of its own.

    Returns:
        The n-grams of all rows, and their row splits.

    >>> tfpy.string.ngrams(["a", "b", "c"], [0, 3])[0]
    tfpy.tensor(['a b', 'b c'])
    """
    widths = tuple(ngram_widths)
    if not widths or not all(isinstance(w, int) and w > 0 for w in widths):
        raise ArgumentError(f"ngrams: ngram_widths must be positive ints, not {ngram_widths!r:.50}")
    attrs = {
        "separator": separator,
        "widths": widths,
        "pads": (left_pad, right_pad),
        "pad_width": int(pad_width),
        "preserve": bool(preserve_short_sequences),
    }
    return (engine.as_tensor(data), engine.as_tensor(data_splits)), attrs


# ----------------------------------------------------------------------------------------- hash


def _hash_infer(x: TensorSpec, *, num_buckets: int) -> TensorSpec:
    _text("to_hash_bucket_fast", "x", x)
    return TensorSpec(x.shape, int32)


def _hash_values(x: HostArray, num_buckets: int) -> HostArray:
    encoded = (text.encode(errors="surrogateescape") for text in x.values)
    return HostArray([fingerprint64(data) % num_buckets for data in encoded], x.shape)


@host(_hash_infer, _hash_values)
def to_hash_bucket_fast(x: Any, num_buckets: int) -> Any:
    """A number from 0 to `num_buckets` - 1 for each text, the same as TensorFlow's.

    It is the text's FarmHash Fingerprint64 modulo the number of buckets: not meant to be secure.

    >>> tfpy.string.to_hash_bucket_fast(["hello", "world"], 10).shape
    (2,)
    """
    if not isinstance(num_buckets, int) or not 0 < num_buckets <= 2**31:
        raise ArgumentError(
            f"to_hash_bucket_fast: num_buckets must be from 1 to 2^31, not {num_buckets!r}"
        )
    return (engine.as_tensor(x),), {"num_buckets": num_buckets}
