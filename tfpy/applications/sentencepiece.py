"""Texts as pieces of a vocabulary, as the Universal Sentence Encoder cuts them.

The unigram model of SentencePiece (Kudo 2018, https://arxiv.org/abs/1804.10959): of all ways to put
a text together from pieces, the one whose scores add up to the most. Not a trainer, and no reader
of SentencePiece's own files: vocabularies are TF.js's JSON, a list of `[piece, score]`.
"""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from ..errors import ModelFormatError

#: Stands for a space.
_SPACE = "\u2581"
#: The id of what no piece stands for.
UNKNOWN = 0


class SentencePiece:
    """Cuts texts into pieces.

    Args:
        vocabulary: `[piece, score]` for each id.
        reserved: how many ids at the beginning are signs that no text has.

    Raises:
        ModelFormatError: the vocabulary is none.

    >>> pieces = [["<unk>", 0], ["\u2581", -3], ["\u2581a", -1], ["b", -2], ["ab", -2], ["a", -3]]
    >>> SentencePiece(pieces, reserved=1).encode("a bab?")
    [2, 1, 3, 4, 0]
    """

    def __init__(self, vocabulary: Any, reserved: int = 6) -> None:
        # Every beginning of a piece is there as well, so that a search knows where to stop.
        self._pieces: dict[str, tuple[int, float] | None] = {}
        try:
            for index, (piece, score) in enumerate(vocabulary):
                known = index, float(score)
                beginnings = [piece[:end] for end in range(1, len(piece))]
                if index >= reserved and piece:
                    for beginning in beginnings:
                        self._pieces.setdefault(beginning, None)
                    self._pieces[piece] = known
        except (TypeError, ValueError):
            raise ModelFormatError("a vocabulary is a list of [piece, score]") from None

    def encode(self, text: str) -> list[int]:
        """The ids of a text's pieces; what is unknown in a row is one."""
        text = normalize("NFKC", text)
        symbols = _SPACE + text.replace(" ", _SPACE) if text else ""
        ids: list[int] = []
        end = len(symbols)
        last = self._best_cut(symbols)
        while end:
            index, length = last[end]
            if index != UNKNOWN or ids[-1:] != [UNKNOWN]:
                ids.append(index)
            end -= length
        return ids[::-1]

    def _best_cut(self, symbols: str) -> list[tuple[int, int]]:
        """For each place the id and the length of the last piece of the best cut that ends there.

        As in TF.js, what is unknown costs nothing, and a later piece wins a tie.
        """
        best = [0.0] * (len(symbols) + 1)
        last = [(UNKNOWN, 1)] * (len(symbols) + 1)

        def end_with(start: int, end: int, index: int, score: float) -> None:
            total = best[start] + score
            if best[end] == 0 or total >= best[end]:
                best[end], last[end] = total, (index, end - start)

        for start in range(len(symbols)):
            known = False
            for end in range(start + 1, len(symbols) + 1):
                piece = symbols[start:end]
                if piece not in self._pieces:
                    break
                found = self._pieces[piece]
                if found:
                    known = True
                    end_with(start, end, *found)
            if not known:
                end_with(start, start + 1, UNKNOWN, 0.0)
        return last
