"""Texts as pieces of BERT's vocabulary, and where in the text each word stands.

WordPiece (Devlin et al. 2018, https://arxiv.org/abs/1810.04805): words are cut at spaces and signs,
then from the left into the longest pieces there are. Vocabularies are TF.js's JSON: a list of
pieces, of which those that begin a word have U+2581 before them.
"""

from __future__ import annotations

import string
from typing import Any, NamedTuple
from unicodedata import normalize

from ..errors import ModelFormatError

UNKNOWN, BEGIN, SEPARATOR = 100, 101, 102
#: Ids before are signs that no text has.
_FIRST = 999
_WORD = "\u2581"
_SIGNS = frozenset(string.punctuation)
#: Left out of texts.
_INVALID = "\0\ufffd"
#: What JavaScript counts as white space.
_SPACES = frozenset(
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


class Word(NamedTuple):
    """A word or a sign in lower case, and the place in the text where it begins."""

    text: str
    start: int


class WordPiece:
    """Cuts texts into pieces.

    Args:
        vocabulary: the piece of each id.

    Raises:
        ModelFormatError: the vocabulary is none.

    >>> vocabulary = [""] * 999 + ["\u2581play", "ing", "\u2581!"]
    >>> WordPiece(vocabulary).encode("Playing !  chess")
    [999, 1000, 1001, 100]
    """

    def __init__(self, vocabulary: Any) -> None:
        if not isinstance(vocabulary, list) or not all(isinstance(p, str) for p in vocabulary):
            raise ModelFormatError("a vocabulary is a list of pieces")
        self._ids = {piece: i for i, piece in enumerate(vocabulary) if i >= _FIRST}
        self._longest = max(map(len, self._ids), default=0)

    def encode(self, text: str) -> list[int]:
        """The ids of a text's pieces; a word that cannot be put together is unknown."""
        return [index for word in words(text) for index in self.pieces(word.text)]

    def pieces(self, word: str) -> list[int]:
        """The ids of the pieces of one word."""
        symbols = _WORD + normalize("NFKC", word)
        found: list[int] = []
        start = 0
        while start < len(symbols):
            for end in range(min(len(symbols), start + self._longest), start, -1):
                index = self._ids.get(symbols[start:end])
                if index is not None:
                    found.append(index)
                    start = end
                    break
            else:
                return [UNKNOWN]
        return found


def words(text: str) -> list[Word]:
    """The words and signs of a text.

    >>> words("Yes, you!")[:2]
    [Word(text='yes', start=0), Word(text=',', start=3)]
    """
    found: list[Word] = []
    run: list[int] = []
    for i, sign in enumerate(text):
        if sign in _INVALID:
            continue
        if sign in _SPACES:
            found += _split(text, run)
            run = []
        else:
            run.append(i)
    return found + _split(text, run)


def _split(text: str, run: list[int]) -> list[Word]:
    """The words of what stands between spaces, at the places `run`."""
    # In lower case before it is split: a sigma is another one at the end of a word.
    lower = "".join(text[i] for i in run).lower()
    symbols = lower if len(lower) == len(run) else [text[i].lower() for i in run]
    found: list[Word] = []
    within = False
    for i, symbol in zip(run, symbols, strict=True):
        is_sign = symbol in _SIGNS
        if within and not is_sign:
            found[-1] = found[-1]._replace(text=found[-1].text + symbol)
        else:
            found.append(Word(symbol, i))
        within = not is_sign
    return found
