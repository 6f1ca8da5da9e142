"""QnA: where in a text the answer to a question stands, by MobileBERT."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..ops.creation import tensor
from ..ops.movement import stack
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .pretrained import Network, execute, hub, read
from .results import draw_caption
from .texts import TextModel, graph_with
from .wordpiece import BEGIN, SEPARATOR, Word, WordPiece, words

#: Pieces the network reads at once, of which the question has at most some.
_LENGTH, _LONGEST_QUESTION = 384, 64
#: Pieces from one window over a long passage to the next.
_STRIDE = 128
#: An answer has fewer pieces.
_LONGEST_ANSWER = 32
#: How many answers are given, and how many begins and ends are tried for them.
_BEST = 5
#: Answers that score less are none; it comes from the training on SQuAD 2.0.
_THRESHOLD = 4.3980759382247925
_INPUTS = ("input_ids", "segment_ids", "input_mask")
_OUTPUTS = ("start_logits", "end_logits")


class Answer(NamedTuple):
    """An answer and where it stands: `text` is `passage[start_index:end_index]`.

    Attributes:
        score: how sure the model is; a sum of two logits.
    """

    text: str
    start_index: int
    end_index: int
    score: float

    def draw(self, canvas: Any, *, row: int = 0) -> None:
        """Write its text on a canvas, or natively on a PIL image.

        Args:
            row: how many others it is written below.
        """
        draw_caption(canvas, self.text, row=row)


class _Window(NamedTuple):
    """A stretch of the passage as the network reads it: pieces from `first` on, after `offset`
    others, `size` of them."""

    ids: list[int]
    offset: int
    first: int
    size: int


class QnA(TextModel):
    """A loaded model. Make one with `await QnA.load()`.

    Attributes:
        model: the network, a `GraphModel`.
        tokenizer: what cuts texts into the pieces it knows.
    """

    URLS = {"model": hub("tensorflow/tfjs-model/mobilebert/1")}
    FILES = {"vocabulary": "processed_vocab.json"}

    def __init__(self, model: Network, vocabulary: Any) -> None:
        self.model = graph_with("QnA", model, _INPUTS, _OUTPUTS)
        self.tokenizer = WordPiece(vocabulary)

    async def answer(self, question: str, passage: str) -> list[Answer]:
        """The best answers to a question in a passage, best first: five at most, or none.

        Args:
            question: of 64 pieces at most.
            passage: of any length; it is read in windows that overlap.

        Raises `ArgumentError` for what is not text, or too long a question.
        """
        return await self._answer(AWAITING, question, passage)

    def answer_sync(self, question: str, passage: str) -> list[Answer]:
        """The same as `answer`; blocks until the result is computed."""
        return run_blocking(self._answer(BLOCKING, question, passage))

    async def _answer(self, wait: Blocking, question: Any, passage: Any) -> list[Answer]:
        for name, text in (("question", question), ("passage", passage)):
            if not isinstance(text, str):
                raise ArgumentError(f"QnA.answer: {name} is a text, not {text!r:.50}")
        asked = self.tokenizer.encode(question.replace("?", "").strip() + "?")
        if len(asked) > _LONGEST_QUESTION:
            raise ArgumentError(
                f"QnA.answer: question has {len(asked)} pieces, more than {_LONGEST_QUESTION}"
            )
        there = words(passage)
        pieces = [(p, i) for i, word in enumerate(there) for p in self.tokenizer.pieces(word.text)]
        windows = _windows(asked, [piece for piece, _ in pieces])
        if not windows:
            return []
        found: dict[tuple[int, int], float] = {}
        logits = (await read(wait, await self._logits(wait, windows)))[0].tolist()
        for k, window in enumerate(windows):
            at = [k * _LENGTH, (len(windows) + k) * _LENGTH]
            for first, last, score in _spans(window, *(logits[i : i + _LENGTH] for i in at)):
                span = pieces[first][1], pieces[last][1]
                found[span] = max(score, found.get(span, score))
        best = sorted(found.items(), key=lambda item: -item[1])[:_BEST]
        return [_answer(passage, there, *span, score) for span, score in best]

    async def _logits(self, wait: Blocking, windows: list[_Window]) -> Tensor:
        """(2, windows, _LENGTH): how well answers begin, and how well they end, at each piece."""
        given: dict[str, Any] = {
            "input_ids": [_padded(w.ids) for w in windows],
            "segment_ids": [_padded([0] * w.offset + [1] * (w.size + 1)) for w in windows],
            "input_mask": [_padded([1] * len(w.ids)) for w in windows],
            "global_step": 1,
        }
        taken = {name for info in self.model.inputs for name in (info.key, info.name)}
        inputs = {k: tensor(v, dtype="int32") for k, v in given.items() if k in taken}
        return stack(await execute(self.model, wait, inputs, _OUTPUTS))

    def _input_shapes(self) -> list[Any]:
        shapes = {"global_step": ()}
        return [[shapes.get(x.key or x.name, (1, _LENGTH)) for x in self.model.inputs]]


def _windows(question: list[int], pieces: list[int]) -> list[_Window]:
    """Windows over the pieces of a passage, each after the question."""
    head = [BEGIN, *question, SEPARATOR]
    room = _LENGTH - len(head) - 1
    found: list[_Window] = []
    first = 0
    while first < len(pieces):
        part = pieces[first : first + room]
        found.append(_Window([*head, *part, SEPARATOR], len(head), first, len(part)))
        if first + len(part) == len(pieces):
            break
        first += min(len(part), _STRIDE)
    return found


def _padded(values: list[int]) -> list[int]:
    return values + [0] * (_LENGTH - len(values))


def _spans(window: _Window, begins: list[float], ends: list[float]) -> list[tuple[int, int, float]]:
    """The best answers in a window: their first and last piece of the passage, and scores."""
    found = []
    for begin, end in product(_highest(begins), _highest(ends)):
        inside = window.offset <= begin and end < window.offset + window.size
        score = begins[begin] + ends[end]
        if inside and 0 <= end - begin < _LONGEST_ANSWER - 1 and score >= _THRESHOLD:
            shift = window.first - window.offset
            found.append((begin + shift, end + shift, score))
    return sorted(found, key=lambda span: -span[2])[:_BEST]


def _highest(values: list[float]) -> list[int]:
    return sorted(range(len(values)), key=values.__getitem__, reverse=True)[:_BEST]


def _answer(passage: str, there: list[Word], first: int, last: int, score: float) -> Answer:
    """The answer from the first to the last word."""
    start = there[first].start
    # What stands before the next word belongs to the last one, but for spaces.
    end = there[last + 1].start if last + 1 < len(there) else len(passage)
    text = passage[start:end].rstrip()
    return Answer(text, start, start + len(text), score)
