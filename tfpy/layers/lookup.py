"""Layers that turn words and integers into indices of a vocabulary, which `adapt` can learn.

Texts are looked up by Python, so those layers cannot be part of a plan; integers on the device.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .. import engine
from ..dtypes import DType, int32, string
from ..errors import ArgumentError, DTypeError
from ..ops import elementwise as ew
from ..ops.creation import tensor
from ..ops.image.sampling import choice
from ..ops.indexing import gather
from ..ops.sorting import argsort, searchsorted
from ..spec import integer
from ..string import to_hash_bucket_fast
from ..tensor import Tensor
from .base import Layer
from .encoding import MODES, batches, encoded, encoded_shape

__all__ = ["Hashing", "IntegerLookup", "StringLookup", "TextVectorization"]


class _Indexed(Layer):
    """A layer whose indices are encoded in one of several ways."""

    output_mode: str

    def _depth(self) -> int:
        raise NotImplementedError

    def output_dtype(self, given: DType, *others: DType) -> DType:
        return int32 if self.output_mode == "int" else self.dtype

    def compute_output_shape(self, input_shape: Any) -> Any:
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return input_shape if mode == "int" else encoded_shape(input_shape, mode, self._depth())


class Hashing(_Indexed):
    """A number from 0 on below `num_bins` for each text or integer, by hashing it.

    Args:
        num_bins: how many numbers there are.
        mask_value: what gets 0; everything else then gets a number from 1 on.
        salt: None. (Keras hashes by another function with it.)
        output_mode: "int", or how the numbers are encoded, see `CategoryEncoding`.
        sparse: False.

    >>> tfpy.layers.Hashing(3)(tfpy.tensor([["A"], ["B"], ["A"]])).shape
    (3, 1)
    """

    config_keys = ("num_bins", "mask_value", "salt", "output_mode", "sparse")

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if salt is not None or sparse or integer(num_bins, "Hashing: num_bins") < 1:
            raise ArgumentError(
                "Hashing takes a positive num_bins, and neither salt nor sparse: "
                f"{num_bins!r}, {salt!r}, {sparse!r}"
            )
        choice("Hashing", "output_mode", output_mode, MODES)
        self.num_bins, self.mask_value, self.output_mode = num_bins, mask_value, output_mode
        self.salt, self.sparse = None, False

    def _depth(self) -> int:
        return self.num_bins

    def call(self, inputs: Tensor) -> Tensor:
        masked = self.mask_value is not None and self.num_bins > 1
        values = [str(v) for v in inputs.data_sync()]
        texts = tensor(values, shape=inputs.shape, dtype=string)
        bins = to_hash_bucket_fast(texts, self.num_bins - masked)
        if masked:
            counts = [v != str(self.mask_value) for v in values]
            bins = (bins + 1) * tensor(counts, shape=inputs.shape, dtype=int32)
        return encoded(bins, self.output_mode, self.num_bins, self.output_dtype(int32))


class _Lookup(_Indexed):
    """What lookups share: the vocabulary, how it is learned and how indices are encoded.

    Indices begin with that of the mask, if there is one, and those of words that are not in the
    vocabulary.
    """

    config_keys: tuple[str, ...] = (
        *("max_tokens", "num_oov_indices", "mask_token", "oov_token", "vocabulary", "idf_weights"),
        *("invert", "output_mode", "sparse", "pad_to_max_tokens"),
    )
    implied = {
        "encoding": ("utf-8",),
        "oov_method": ("floormod",),
        "ragged": (False,),
        "salt": (None,),
        "vocabulary_dtype": ("int64",),
    }

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = None,
        vocabulary: Sequence[Any] | None = None,
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        **options: Any,
    ) -> None:
        what = type(self).__name__
        super().__init__(**options)
        choice(what, "output_mode", output_mode, (*MODES, "tf_idf"))
        if sparse or (invert and output_mode != "int") or (pad_to_max_tokens and not max_tokens):
            raise ArgumentError(
                f'{what}: sparse is False, invert is for output_mode "int", and pad_to_max_tokens '
                "needs max_tokens"
            )
        if integer(num_oov_indices, f"{what}: num_oov_indices") < 0:
            raise ArgumentError(f"{what}: num_oov_indices is {num_oov_indices}")
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token, self.output_mode = mask_token, oov_token, output_mode
        self.invert, self.sparse, self.pad_to_max_tokens = bool(invert), False, pad_to_max_tokens
        self.vocabulary: Any = None
        self.idf_weights: Any = None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # ------------------------------------------------------------------------- the vocabulary

    @property
    def _first(self) -> int:
        """The index of the first word that is not in the vocabulary."""
        return int(self.mask_token is not None and self.output_mode == "int")

    def vocabulary_size(self) -> int:
        """How many indices there are, those of the mask and of unknown words included."""
        return self._first + self.num_oov_indices + len(self.vocabulary or ())

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The words by index; those of the mask and of unknown words come first."""
        special = [self.mask_token] * self._first + [self.oov_token] * self.num_oov_indices
        return (special if include_special_tokens else []) + list(self.vocabulary or ())

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these words, most frequent first, instead of learning them.

        Args:
            vocabulary: words without or with the special ones before them, no word twice.
            idf_weights: for output_mode "tf_idf", how much each counts.
        """
        words = list(vocabulary.tolist() if hasattr(vocabulary, "tolist") else vocabulary)
        weights = None if idf_weights is None else [float(v) for v in idf_weights]
        special = self.get_vocabulary()[: self._first + self.num_oov_indices]
        if special and words[: len(special)] == special:
            words = words[len(special) :]
        if len(set(words)) < len(words) or not {self.mask_token, self.oov_token}.isdisjoint(words):
            raise ArgumentError(f"{self.name}: the vocabulary has a word twice, or a special one")
        if (weights is None) != (self.output_mode != "tf_idf") or len(weights or words) != len(
            words
        ):
            raise ArgumentError(
                f'{self.name}: output_mode "tf_idf", and no other, takes a weight for each word'
            )
        size = self._first + self.num_oov_indices + len(words)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ArgumentError(f"{self.name}: {size} words, max_tokens is {self.max_tokens}")
        self.vocabulary, self.idf_weights = words, weights
        start = self._first + self.num_oov_indices
        self._index = {word: start + i for i, word in enumerate(words)}

    def adapt(self, data: Any) -> None:
        """Learn the vocabulary: the most frequent words, of equally frequent ones the last in the
        alphabet, as in Keras.

        Args:
            data: a tensor, array or list of samples, or an iterable of batches of them.
        """
        counts: Counter[Any] = Counter()
        documents: Counter[Any] = Counter()
        number = 0
        for batch in batches(data):
            for sample in self._samples(batch):
                number += 1
                counts.update(sample)
                documents.update(set(sample))
        words = sorted(counts, key=lambda w: (counts[w], w), reverse=True)
        words = [w for w in words if w not in (self.mask_token, self.oov_token)]
        if self.max_tokens is not None:
            words = words[: self.max_tokens - self._first - self.num_oov_indices]
        idf = [math.log(1 + number / (1 + documents[w])) for w in words]
        self.vocabulary = None
        self.set_vocabulary(words, idf if self.output_mode == "tf_idf" else None)

    def _samples(self, batch: Tensor) -> Iterable[list[Any]]:
        """The words of each sample."""
        width = batch.shape[-1] if batch.ndim > 1 else 1
        values = list(batch.data_sync())
        return [values[i : i + width] for i in range(0, len(values), max(width, 1))]

    # ------------------------------------------------------------------------------- looking up

    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()  # type: ignore[return-value]

    def _encoded(self, indices: Tensor) -> Tensor:
        mode, depth = self.output_mode, self._depth()
        if mode != "tf_idf":
            return encoded(indices, mode, depth, self.output_dtype(int32))
        # A word that is not known counts as much as others on average.
        known = self.idf_weights
        weights = [sum(known) / max(len(known), 1)] * self.num_oov_indices + known
        weights += [0.0] * (depth - len(weights))
        return encoded(indices, "count", depth, self.dtype) * tensor(weights, dtype=self.dtype)

    def call(self, inputs: Tensor) -> Tensor:
        if self.vocabulary is None:
            raise ArgumentError(f"{self.name} has no vocabulary yet: adapt it, or set one")
        return self._words(inputs) if self.invert else self._encoded(self._indices(inputs))

    def _words(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _indices(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class StringLookup(_Lookup):
    """The index of each text in a vocabulary, or with `invert` the other way round.

    Args:
        max_tokens: size of the vocabulary at most, special words included.
        num_oov_indices: how many indices words have that are not in it; of several, by hashing.
            With 0 they are refused.
        mask_token: a word that gets 0 with output_mode "int", and does not count otherwise.
        oov_token: what stands for a word that is not known.
        vocabulary: the words, most frequent first; see `set_vocabulary` and `adapt`.
        idf_weights: for output_mode "tf_idf", how much each word counts.
        invert: give the words of indices.
        output_mode: "int", "one_hot", "multi_hot", "count" (see `CategoryEncoding`) or "tf_idf",
            by which rare words count more.
        pad_to_max_tokens: let encodings have `max_tokens` numbers, however many words there are.
        sparse: False.

    >>> layer = tfpy.layers.StringLookup(vocabulary=["a", "b", "c"])
    >>> layer(tfpy.tensor([["a", "c", "d"]]))
    tfpy.tensor([[1, 3, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Sequence[str] | None = None,
        idf_weights: Sequence[float] | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, *args,
            **options,
        )  # fmt: skip

    def output_dtype(self, given: DType, *others: DType) -> DType:
        return string if self.invert else super().output_dtype(given)

    def _indices(self, x: Tensor) -> Tensor:
        if x.dtype is not string:
            raise DTypeError(f"{self.name} looks up strings, not {x.dtype}")
        words: Any = x.data_sync()
        found = self._found(list(words))
        return tensor(found, shape=x.shape, dtype=int32)

    def _found(self, words: list[str]) -> list[int]:
        masked = 0 if self._first else -1
        index = self._index if self.mask_token is None else {**self._index, self.mask_token: masked}
        unknown = [w for w in words if w not in index]
        if unknown and not self.num_oov_indices:
            raise ArgumentError(f"{self.name}: {unknown[0]!r} is not in the vocabulary")
        others: dict[str, int] = dict.fromkeys(unknown, self._first)
        if unknown and self.num_oov_indices > 1:
            bins = to_hash_bucket_fast(list(others), self.num_oov_indices).tolist()
            others = dict(zip(others, (self._first + b for b in bins), strict=True))
        return [index[w] if w in index else others[w] for w in words]

    def _words(self, x: Tensor) -> Tensor:
        words = self.get_vocabulary()
        size = len(words)
        found = [words[i] if 0 <= i < size else self.oov_token for i in x.data_sync()]
        return tensor(found, shape=x.shape, dtype=string)


class IntegerLookup(_Lookup):
    """The index of each integer in a vocabulary, or with `invert` the other way round.

    Arguments as `StringLookup`. With no index for integers that are not known, they get -1.

    >>> tfpy.layers.IntegerLookup(vocabulary=[12, 36, 42])([[12, 42, 7]])
    tfpy.tensor([[1, 3, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, **options)

    def output_dtype(self, given: DType, *others: DType) -> DType:
        return int32 if self.invert else super().output_dtype(given)

    def _indices(self, x: Tensor) -> Tensor:
        x = ew.cast(x, int32)
        unknown = engine.as_tensor(self._first if self.num_oov_indices else -1)
        found = unknown + (x % self.num_oov_indices if self.num_oov_indices > 1 else x * 0)
        if self.vocabulary:
            words = tensor(self.vocabulary, dtype=int32)
            order = argsort(words)
            flat = x.ravel()
            at = ew.minimum(searchsorted(gather(words, order), flat), len(self.vocabulary) - 1)
            place = gather(order, at)
            index = ew.where(
                gather(words, place) == flat, place + (self._first + self.num_oov_indices), -2
            ).reshape(x.shape)
            found = ew.where(index == -2, found, index)
        if self.mask_token is not None:
            found = ew.where(x == self.mask_token, 0 if self._first else -1, found)
        return found

    def _words(self, x: Tensor) -> Tensor:
        words = [self.oov_token if w is None else w for w in self.get_vocabulary()]
        # Indices beyond the vocabulary are those of the word after all.
        table, size = tensor([*words, self.oov_token], dtype=int32), len(words)
        x = ew.cast(x, int32)
        inside = ew.logical_and(x >= 0, x < size)
        return gather(table, ew.where(inside, x, size))


_PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")
_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")


class TextVectorization(StringLookup):
    """Texts as indices of their words, or as encodings of those.

    Args:
        max_tokens: size of the vocabulary at most, special words included.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation" or None.
        split: "whitespace", "character" or None for the text as it is.
        ngrams: also take so many words in a row, or only such numbers of them, as a tuple.
        output_mode: "int" for a row of indices, 0 where a text has ended; "multi_hot", "count" or
            "tf_idf" for a vector for each text.
        output_sequence_length: how many indices there are with "int", by default as many as the
            longest text has words.
        pad_to_max_tokens, vocabulary, idf_weights: as `StringLookup`.

    Input (batch,) or (batch, 1).

    >>> layer = tfpy.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["a cat", "The cat sat.", "sat!"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'sat', 'cat', 'the', 'a']
    >>> layer(["A dog sat"])
    tfpy.tensor([[5, 1, 2, 0]])
    """

    config_keys = (
        *("max_tokens", "standardize", "split", "ngrams", "output_mode"),
        *("output_sequence_length", "pad_to_max_tokens", "vocabulary", "idf_weights", "sparse"),
    )

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | None = "lower_and_strip_punctuation",
        split: str | None = "whitespace",
        ngrams: int | Sequence[int] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Sequence[str] | None = None,
        idf_weights: Sequence[float] | None = None,
        **options: Any,
    ) -> None:
        if standardize is not None:
            choice("TextVectorization", "standardize", standardize, _STANDARDS)
        if split is not None:
            choice("TextVectorization", "split", split, ("whitespace", "character"))
        choice("TextVectorization", "output_mode", output_mode, ("int", *MODES[2:], "tf_idf"))
        self.standardize, self.split = standardize, split
        self.ngrams: Any = ngrams if ngrams is None or isinstance(ngrams, int) else tuple(ngrams)
        self.output_sequence_length = output_sequence_length
        super().__init__(
            max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=output_mode, pad_to_max_tokens=pad_to_max_tokens, **options,
        )  # fmt: skip

    def _samples(self, batch: Tensor) -> list[list[str]]:
        if batch.dtype is not string or batch.size != (batch.shape or (1,))[0]:
            raise ArgumentError(
                f"{self.name} takes strings of shape (batch,) or (batch, 1), not {batch.dtype} of "
                f"shape {batch.shape}"
            )
        texts: Any = batch.data_sync()
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> list[str]:
        if self.standardize and "lower" in self.standardize:
            text = text.lower()
        if self.standardize and "strip" in self.standardize:
            text = _PUNCTUATION.sub("", text)
        words = text.split() if self.split == "whitespace" else list(text) if self.split else [text]
        if self.ngrams is None:
            return words
        widths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return [" ".join(words[i : i + n]) for n in widths for i in range(len(words) - n + 1)]

    def _indices(self, x: Tensor) -> Tensor:
        rows = self._samples(x)
        width = max(map(len, rows), default=0)
        if self.output_mode == "int" and self.output_sequence_length is not None:
            width = self.output_sequence_length
        words = [w for row in rows for w in (row + [""] * width)[:width]]
        return tensor(self._found(words), shape=(len(rows), width), dtype=int32)

    def compute_output_shape(self, input_shape: Any) -> Any:
        last = self.output_sequence_length if self.output_mode == "int" else self._depth()
        return (input_shape[0], last)
