"""Toxicity: whether texts insult, threaten or hurt in other ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ArgumentError, ModelFormatError
from ..ops.movement import stack
from ..spec import integer, number
from ..tuning import tune_once
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .pretrained import Network, execute, hub, read
from .results import draw_caption
from .sentencepiece import SentencePiece
from .texts import SENTENCES_URL, TextModel, graph_with, sparse, texts_of

if TYPE_CHECKING:
    from ..plan.graph import OnSteps


class ToxicityMatch(NamedTuple):
    """What one head of the network says about one text.

    Attributes:
        probabilities: that the text is not of that kind, and that it is.
        match: whether it is; None where neither probability exceeds the threshold.
    """

    probabilities: tuple[float, float]
    match: bool | None


class ToxicityLabel(NamedTuple):
    """One kind of toxicity, such as "insult", and for each text the result."""

    label: str
    results: list[ToxicityMatch]

    def draw(self, canvas: Any, *, text: int = 0, row: int = 0) -> None:
        """Draw how probable it is as a bar on a canvas, or natively on a PIL image.

        Args:
            text: which of the texts.
            row: how many other captions it is drawn below.

        Raises `ArgumentError` for a text that there is not.
        """
        if not 0 <= integer(text, "draw: text") < len(self.results):
            raise ArgumentError(f"draw: there are {len(self.results)} texts, no number {text}")
        draw_caption(canvas, self.label, self.results[text].probabilities[1], row=row)


class Toxicity(TextModel):
    """A loaded classifier. Make one with `await Toxicity.load()`.

    Attributes:
        model: the network, a `GraphModel`.
        tokenizer: what cuts texts into the pieces it knows.
        labels: the kinds of toxicity that are told.
        threshold: the probability above which a result is sure.
    """

    URLS = {"model": hub("tensorflow/tfjs-model/toxicity/1/default/1")}
    VOCABULARY_URL = SENTENCES_URL

    def __init__(
        self,
        model: Network,
        vocabulary: Any,
        threshold: float = 0.85,
        labels: Sequence[str] = (),
    ) -> None:
        self.model = graph_with("Toxicity", model, ("Placeholder", "Placeholder_1"))
        self.tokenizer = SentencePiece(vocabulary)
        self._heads = {info.name.partition("/")[0]: info.name for info in self.model.outputs}
        heads = [*self._heads]
        if not isinstance(labels, (list, tuple)) or any(label not in heads for label in labels):
            raise ArgumentError(
                f"Toxicity: labels are among {', '.join(heads)}, not {labels!r:.80}"
            )
        self.labels = [label for label in heads if label in (labels or heads)]
        self.threshold = number(threshold, "Toxicity: threshold", 0, 1)

    @classmethod
    async def load(
        cls, url: Any = None, *, threshold: float = 0.85, labels: Sequence[str] = (), **options: Any
    ) -> Toxicity:
        """Load the classifier.

        Args:
            url: the `model.json`: a URL or a local folder, as in `load_graph_model`; by default
                TF.js's public one.
            threshold: the probability above which a result is sure.
            labels: the kinds of toxicity to tell; by default all that the network knows:
                "identity_attack", "insult", "obscene", "severe_toxicity", "sexual_explicit",
                "threat" and "toxicity".
            options: `vocab_url` and `on_progress`, as for `UniversalSentenceEncoder`.

        Raises what `load_graph_model` does, and `ArgumentError` for a label there is not.
        """
        return await super().load(url, threshold=threshold, labels=labels, **options)

    async def classify(self, texts: str | Sequence[str]) -> list[ToxicityLabel]:
        """For each label what the network says about each text.

        Args:
            texts: one or several.
        """
        return await self._classify(AWAITING, texts)

    def classify_sync(self, texts: str | Sequence[str]) -> list[ToxicityLabel]:
        """The same as `classify`; blocks until the result is computed."""
        return run_blocking(self._classify(BLOCKING, texts))

    async def _classify(self, wait: Blocking, texts: Any) -> list[ToxicityLabel]:
        texts = texts_of("Toxicity.classify", texts)
        indices, values = sparse(self.tokenizer, texts)
        inputs = {"Placeholder_1": indices, "Placeholder": values}
        heads = await execute(self.model, wait, inputs, [self._heads[k] for k in self.labels])
        if any(head.ndim != 2 or head.shape[1] != 2 for head in heads):
            raise ModelFormatError(f"not a Toxicity: it gives {[head.shape for head in heads]}")
        # One reading for all of them.
        shares = (await read(wait, stack([head[: len(texts)] for head in heads])))[0].tolist()
        pairs = list(zip(shares[::2], shares[1::2], strict=True))
        n = len(texts)
        return [
            ToxicityLabel(label, [self._match(p) for p in pairs[k * n : (k + 1) * n]])
            for k, label in enumerate(self.labels)
        ]

    def _match(self, probabilities: tuple[float, float]) -> ToxicityMatch:
        no, yes = probabilities
        sure = max(no, yes) > self.threshold
        return ToxicityMatch(probabilities, no < yes if sure else None)

    async def warmup(self, on_progress: OnSteps | None = None, *, tune: bool = True) -> None:
        """Prepare the first `classify`; `on_progress(1, 1)` is called when it is done."""
        if tune:
            await tune_once()
        # The sizes within the network follow from the text, so only one can warm it up.
        await self.classify("Warm up!")
        if on_progress:
            on_progress(1, 1)
