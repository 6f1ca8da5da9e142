"""Universal Sentence Encoder: texts as vectors, near each other where they mean much the same.

Two networks: the lite encoder of TF.js's package, and the one for questions and their answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ArgumentError
from ..ops.creation import tensor
from ..tensor import Tensor
from ..tuning import tune_once
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .pretrained import Network, execute, hub
from .sentencepiece import SentencePiece
from .texts import SENTENCES_URL, TextModel, graph_with, sparse, texts_of

if TYPE_CHECKING:
    from ..plan.graph import OnSteps


class UniversalSentenceEncoder(TextModel):
    """A loaded encoder. Make one with `await UniversalSentenceEncoder.load()`.

    Attributes:
        model: the network, a `GraphModel`.
        tokenizer: what cuts texts into the pieces it knows.
    """

    URLS = {"model": hub("tensorflow/tfjs-model/universal-sentence-encoder-lite/1/default/1")}
    VOCABULARY_URL = SENTENCES_URL

    def __init__(self, model: Network, vocabulary: Any) -> None:
        self.model = graph_with("UniversalSentenceEncoder", model, ("indices", "values"))
        self.tokenizer = SentencePiece(vocabulary)

    async def embed(self, texts: str | Sequence[str]) -> Tensor:
        """A vector of length 1 for each text: (texts, 512).

        The inner product of two of them says how near the texts are in meaning.

        Args:
            texts: one or several; more than 128 pieces of one are not read.
        """
        return await self._embed(AWAITING, texts)

    def embed_sync(self, texts: str | Sequence[str]) -> Tensor:
        """The same as `embed`; blocks until the result is computed."""
        return run_blocking(self._embed(BLOCKING, texts))

    async def _embed(self, wait: Blocking, texts: Any) -> Tensor:
        texts = texts_of("UniversalSentenceEncoder.embed", texts)
        indices, values = sparse(self.tokenizer, texts)
        outputs = self.model.output_nodes[0]
        found = await execute(self.model, wait, {"indices": indices, "values": values}, outputs)
        return found[: len(texts)]

    async def warmup(self, on_progress: OnSteps | None = None, *, tune: bool = True) -> None:
        """Prepare the first `embed`; `on_progress(1, 1)` is called when it is done."""
        if tune:
            await tune_once()
        # The sizes within the network follow from the text, so only one can warm it up.
        await self.embed("Warm up!")
        if on_progress:
            on_progress(1, 1)


class QnAEmbeddings(NamedTuple):
    """Vectors of questions, (queries, 100), and of answers, (responses, 100): the greater an inner
    product, the better the answer."""

    query_embedding: Tensor
    response_embedding: Tensor


#: Ids per text, and those that begin one and fill it up; a piece's id comes after them.
_LENGTH, _BEGIN, _FILL, _RESERVED = 192, 1, 2, 3


class UniversalSentenceEncoderQnA(TextModel):
    """An encoder of questions and answers. Make one with `await
    UniversalSentenceEncoderQnA.load()`.

    Attributes:
        model: the network, a `GraphModel`.
        tokenizer: what cuts texts into the pieces it knows.
    """

    URLS = {"model": hub("google/tfjs-model/universal-sentence-encoder-qa-ondevice/1")}
    _INPUTS = ("input_inp_text", "input_res_text", "input_res_context")
    _OUTPUTS = ("Final/EncodeQuery/mul", "Final/EncodeResult/mul")

    def __init__(self, model: Network, vocabulary: Any) -> None:
        self.model = graph_with("UniversalSentenceEncoderQnA", model, self._INPUTS, self._OUTPUTS)
        self.tokenizer = SentencePiece(vocabulary, _RESERVED)

    async def embed(
        self,
        queries: str | Sequence[str],
        responses: str | Sequence[str],
        contexts: str | Sequence[str] | None = None,
    ) -> QnAEmbeddings:
        """Vectors of questions and of answers.

        Args:
            queries: questions.
            responses: answers that may fit.
            contexts: for each answer the text it stands in; by default none.

        Raises `ArgumentError` if there are not as many contexts as responses.
        """
        return await self._embed(AWAITING, queries, responses, contexts)

    def embed_sync(
        self,
        queries: str | Sequence[str],
        responses: str | Sequence[str],
        contexts: str | Sequence[str] | None = None,
    ) -> QnAEmbeddings:
        """The same as `embed`; blocks until the result is computed."""
        return run_blocking(self._embed(BLOCKING, queries, responses, contexts))

    async def _embed(
        self, wait: Blocking, queries: Any, responses: Any, contexts: Any
    ) -> QnAEmbeddings:
        function = "UniversalSentenceEncoderQnA.embed"
        answers = texts_of(function, responses)
        around = [""] * len(answers) if contexts is None else texts_of(function, contexts)
        if len(around) != len(answers):
            raise ArgumentError(f"{function}: {len(around)} contexts of {len(answers)} responses")
        given = (texts_of(function, queries), answers, around)
        inputs = dict(zip(self._INPUTS, map(self._ids, given), strict=True))
        return QnAEmbeddings(*await execute(self.model, wait, inputs, self._OUTPUTS))

    def _ids(self, texts: list[str]) -> Tensor:
        rows = [_filled(self.tokenizer.encode(text)) for text in texts]
        return tensor(rows, dtype="int32")

    def _input_shapes(self) -> list[Any]:
        return [[(1, _LENGTH)] * len(self.model.inputs)]


def _filled(ids: list[int]) -> list[int]:
    shifted = [_BEGIN, *(i + _RESERVED if i >= _RESERVED else i for i in ids)][:_LENGTH]
    return shifted + [_FILL] * (_LENGTH - len(shifted))
