"""What models of texts have in common: a vocabulary beside the network, and how texts go in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from ..errors import ArgumentError, ModelFormatError
from ..graphs.model import GraphModel
from ..io.handlers import OnProgress
from ..ops.creation import tensor
from ..tensor import Tensor
from .pretrained import Network, Pretrained
from .sentencepiece import UNKNOWN, SentencePiece

#: TF.js's vocabulary of 8000 pieces of its encoder of sentences.
SENTENCES_URL = (
    "https://storage.googleapis.com/tfjs-models/savedmodel/universal_sentence_encoder/vocab.json"
)
T = TypeVar("T", bound="TextModel")


class TextModel(Pretrained):
    """A network with a vocabulary.

    Attributes:
        VOCABULARY_URL: TF.js's public vocabulary, where that is not beside the public network.
    """

    FILES = {"vocabulary": "vocab.json"}
    VOCABULARY_URL: ClassVar[str | None] = None

    @classmethod
    async def load(
        cls: type[T],
        url: Any = None,
        *,
        vocab_url: Any = None,
        on_progress: OnProgress | None = None,
        **options: Any,
    ) -> T:
        """Load the model.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one.
            vocab_url: the vocabulary as TF.js publishes it, a JSON file, or the list that it holds;
                by default the file beside the model.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises what `load_graph_model` does.
        """
        if vocab_url is None and url in (None, cls.URLS["model"]):
            vocab_url = cls.VOCABULARY_URL
        return await cls.load_networks({"model": url}, on_progress, vocabulary=vocab_url, **options)

    @classmethod
    def load_sync(
        cls: type[T],
        path: Any,
        *,
        vocab_url: Any = None,
        on_progress: OnProgress | None = None,
        **options: Any,
    ) -> T:
        """`load` for a local folder, without await."""
        return cls.load_networks_sync({"model": path}, on_progress, vocabulary=vocab_url, **options)


def texts_of(function: str, texts: Any) -> list[str]:
    """A text or several as a list of them. Raises `ArgumentError`."""
    found = [texts] if isinstance(texts, str) else texts
    if not isinstance(found, Sequence) or not all(isinstance(text, str) for text in found):
        raise ArgumentError(f"{function} takes a text or a list of texts, not {texts!r:.50}")
    if not found:
        raise ArgumentError(f"{function}: there is no text")
    return list(found)


def sparse(tokenizer: SentencePiece, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The ids of texts as a sparse matrix: int32 (m, 2), text and place, and (m,), the ids.

    Networks count the texts by the last one that has an id. Where that is not the last of all, one
    more follows; see that as many results are taken as there are texts.
    """
    rows = [tokenizer.encode(text) for text in texts]
    if not rows[-1]:
        rows.append([UNKNOWN])
    places = [n for i, row in enumerate(rows) for j in range(len(row)) for n in (i, j)]
    ids = [index for row in rows for index in row]
    return tensor(places, (len(ids), 2), "int32"), tensor(ids, dtype="int32")


def graph_with(
    kind: str, network: Network, inputs: Sequence[str], outputs: Sequence[str] = ()
) -> GraphModel:
    """`network`, which must be a graph with inputs and outputs, or nodes, of these names.

    Raises `ModelFormatError`: it is not, so that it is no model of this kind.
    """
    if not isinstance(network, GraphModel):
        raise ModelFormatError(f"not a {kind}: this model is no graph")
    for wanted, there in ((inputs, network.inputs), (outputs, network.outputs)):
        names = {name for info in there for name in (info.key, info.name)}
        missing = [n for n in wanted if n not in names and not network.has_node(n)]
        if missing:
            raise ModelFormatError(f"not a {kind}: it has no {', '.join(missing)}")
    return network
