"""Attention: sums of values, weighted by how well the keys they belong to answer a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import initializers
from ..dtypes import bool_
from ..errors import ArgumentError
from ..masks import mask_of
from ..ops import elementwise as ew
from ..ops.creation import arange
from ..ops.einsum import einsum
from ..ops.linalg import matmul
from ..ops.movement import expand_dims, reshape
from ..ops.nn import dropout, softmax
from ..ops.reduce import sum
from ..spec import integers, share
from ..tensor import Tensor
from .activation import masked_softmax
from .base import Layer
from .einsum_dense import EinsumDense

__all__ = ["AdditiveAttention", "Attention", "MultiHeadAttention"]


def _causal(queries: int, keys: int) -> Tensor:
    """(1, queries, keys): which keys are not later than the query."""
    return expand_dims(ew.greater_equal(expand_dims(arange(queries), 1), arange(keys)), 0)


def _both(a: Any, b: Any) -> Any:
    """Where two masks hold; None is a mask that always does."""
    return b if a is None else a if b is None else ew.logical_and(a, b)


def _as_mask(mask: Any, axis: int) -> Any:
    return None if mask is None else expand_dims(ew.cast(mask, bool_), axis)


class Attention(Layer):
    """Dot-product attention (Luong et al. 2015).

    Args:
        use_scale: whether to multiply scores by a trained number.
        score_mode: "dot", or "concat" for a sum of tanh(query + key), times a trained number.
        dropout: rate at which weights are dropped in training.
        seed: for the same dropouts in each program.

    Called with [query, value] or [query, value, key] of shapes (batch, queries, dim), (batch, keys,
    dim of the values) and (batch, keys, dim); gives (batch, queries, dim of the values).

    Arguments of the call:
        mask: [query mask, value mask], each (batch, queries) or (batch, keys), or None: which
            queries get a result other than 0, and which values count.
        return_attention_scores: also give the weights, (batch, queries, keys).
        use_causal_mask: let no query see later keys.

    >>> x = tfpy.ones((1, 3, 2))
    >>> tfpy.layers.Attention()([x, x], use_causal_mask=True).shape
    (1, 3, 2)
    """

    config_keys: tuple[str, ...] = ("use_scale", "score_mode", "dropout", "seed")

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if score_mode not in ("dot", "concat"):
            raise ArgumentError(
                f'{type(self).__name__}: score_mode must be "dot" or "concat", not {score_mode!r}'
            )
        self.use_scale, self.score_mode = bool(use_scale), score_mode
        self.dropout, self.seed = share(dropout, f"{type(self).__name__}: dropout"), seed
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, list) or len(input_shape) not in (2, 3):
            raise ArgumentError(f"{self.name} takes [query, value] or [query, value, key]")
        if self.use_scale:
            self.scale = self._add_scale(input_shape[0][-1])
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def _add_scale(self, dim: int) -> Any:
        return self.add_weight((), "ones", name="scale")

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        if self.score_mode == "concat":
            x = expand_dims(query, -2) + expand_dims(key, -3)
            x = x if self.scale is None else x * self.scale
            return sum(ew.tanh(x), -1) * self.concat_score_weight
        y = matmul(query, key, transpose_b=True)
        return y if self.scale is None else y * self.scale

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = (*inputs, inputs[1])[:3]
        queries, values = (mask or (None, None))[:2]
        counts = _as_mask(values, -2)
        scores = self._scores(query, key)
        if use_causal_mask:
            counts = _both(counts, _causal(*scores.shape[-2:]))
        if counts is not None:
            # Not infinity: a query that may see nothing sees all alike.
            scores = ew.where(counts, scores, scores - 1e9)
        weights = softmax(scores)
        if training:
            weights = dropout(weights, self.dropout, seed=self.draws)
        y = matmul(weights, value)
        if queries is not None:
            y = ew.where(_as_mask(queries, -1), y, 0.0)
        return (y, weights) if return_attention_scores else y

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """That of the query."""
        return previous_mask[0] if previous_mask else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        query, value = input_shape[:2]
        return (*query[:-1], value[-1])

    def foretold(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        shape = super().foretold(inputs, kwargs)
        if not kwargs.get("return_attention_scores"):
            return shape
        query, key = inputs[0].shape, inputs[-1].shape
        return [shape, (*query[:-1], key[-2])]


class AdditiveAttention(Attention):
    """Attention by sums of tanh(query + key) (Bahdanau et al. 2014).

    Args:
        use_scale: whether to weigh the features of that sum by trained numbers.
        dropout: rate at which weights are dropped in training.

    Called as `Attention`.
    """

    config_keys = ("use_scale", "dropout")

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(use_scale, dropout=dropout, **options)

    def _add_scale(self, dim: int) -> Any:
        return self.add_weight((dim,), name="scale")

    def _scores(self, query: Tensor, key: Tensor) -> Tensor:
        y = ew.tanh(expand_dims(query, -2) + expand_dims(key, -3))
        return sum(y if self.scale is None else y * self.scale, -1)


class MultiHeadAttention(Layer):
    """Attention of several heads, each with projections of its own (Vaswani et al. 2017).

    Args:
        num_heads: number of heads.
        key_dim: size of each head's queries and keys.
        value_dim: size of each head's values, by default `key_dim`.
        dropout: rate at which weights are dropped in training.
        use_bias: whether projections add a bias.
        output_shape: sizes of the result after the queries' axes, by default the query's last.
        attention_axes: axes of the query over which to attend, by default all but batch and last.
        sliding_window: how near a key must be to be seen: less than so many steps away.
        kernel_initializer, bias_initializer: how weights begin.
        use_gate: whether the heads' results are multiplied by a gate computed from the query.
        seed: for the same dropouts in each program.

    Called as `layer(query, value)` or `layer(query, value, key)`, of shapes (batch, queries, dim)
    and (batch, keys, dim); gives (batch, queries, dim).

    Arguments of the call:
        attention_mask: (batch, queries, keys) or what broadcasts to it: which pairs count.
        query_mask, value_mask, key_mask: (batch, queries) or (batch, keys): which steps count.
        return_attention_scores: also give the weights, (batch, heads, queries, keys).
        use_causal_mask: let no query see later keys.

    >>> x = tfpy.ones((1, 5, 8))
    >>> tfpy.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x, use_causal_mask=True).shape
    (1, 5, 8)
    """

    config_keys = (
        *("num_heads", "key_dim", "value_dim", "dropout", "use_bias", "output_shape"),
        *("attention_axes", "sliding_window", "kernel_initializer", "bias_initializer"),
        *("use_gate", "seed"),
    )
    implied = {"flash_attention": (None, False)}

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        use_gate: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_heads = self._positive("num_heads", num_heads)
        self.key_dim = self._positive("key_dim", key_dim)
        self.value_dim = self._positive("value_dim", key_dim if value_dim is None else value_dim)
        self.sliding_window = None
        if sliding_window is not None:
            self.sliding_window = self._positive("sliding_window", sliding_window)
        self.dropout, self.seed = share(dropout, f"{type(self).__name__}: dropout"), seed
        self.use_bias, self.use_gate = bool(use_bias), bool(use_gate)
        self.output_shape = _tuple("output_shape", output_shape)
        self.attention_axes = _tuple("attention_axes", attention_axes)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def __call__(  # type: ignore[override]
        self, query: Any, value: Any = None, key: Any = None, **kwargs: Any
    ) -> Any:
        """Apply the layer; query, value and key may be one list, as saved models have them."""
        given = [query, value, key] if value is not None else query
        if not isinstance(given, (list, tuple)):
            raise ArgumentError(f"{self.name} takes a query and a value")
        return super().__call__([x for x in given if x is not None], **kwargs)

    # ------------------------------------------------------------------------------- building

    def build(self, input_shape: Any) -> None:
        query, value, key = (*input_shape, input_shape[1])[:3]
        self.query_dense = self._heads("query", query, self.key_dim)
        self.key_dense = self._heads("key", key, self.key_dim)
        if self.use_gate:
            self.gate_dense = self._heads("gate", query, self.value_dim, "sigmoid")
        self.value_dense = self._heads("value", value, self.value_dim)
        free, out = _letters(0, len(query) - 1), self.output_shape or (query[-1],)
        made = _letters(len(free) + 2, len(out))
        heads = _letters(len(free), 2)
        self.output_dense = self._projection(
            "attention_output", f"{free}{heads},{heads}{made}->{free}{made}", made,
            (*query[1:-1], *out), (*query[:-1], self.num_heads, self.value_dim),
        )  # fmt: skip

    def _heads(self, name: str, shape: Any, size: int, activation: Any = None) -> EinsumDense:
        """The projection of an input's last axis to (heads, size)."""
        free, made = _letters(0, len(shape) - 1), _letters(len(shape), 2)
        last = _letters(len(free), 1)
        sizes = (*shape[1:-1], self.num_heads, size)
        equation = f"{free}{last},{last}{made}->{free}{made}"
        return self._projection(name, equation, made, sizes, shape, activation)

    def _projection(
        self, name: str, equation: str, made: str, sizes: Any, shape: Any, activation: Any = None
    ) -> EinsumDense:
        free = (None,) * (len(sizes) - len(made))
        layer = EinsumDense(
            equation, (*free, *sizes[len(free) :]), activation, made if self.use_bias else None,
            self.kernel_initializer, self.bias_initializer,
            name=f"{self.name}/{name}", dtype=self.dtype, trainable=self.trainable, **self._kept,
        )  # fmt: skip
        layer.build(shape)
        layer.built = True
        return layer

    # ------------------------------------------------------------------------------ computing

    def call(
        self,
        inputs: Any,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = (*inputs, inputs[1])[:3]
        if query_mask is None and value_mask is None and key_mask is None:
            query_mask, value_mask, key_mask = map(mask_of, (query, value, key))
        counts = None if attention_mask is None else ew.cast(attention_mask, bool_)
        for mask, axis in ((query_mask, -1), (value_mask, -2), (key_mask, -2)):
            counts = _both(counts, _as_mask(mask, axis))
        counts = _both(counts, self._near(query.shape[1], value.shape[1], use_causal_mask))
        axes = self._axes(query.ndim)
        # Not as layers: masks are heeded here, and projections know none.
        queries = self.query_dense.call(query) * self.key_dim**-0.5
        scores_of, sums_of = _equations(query.ndim + 1, axes)
        scores = einsum(scores_of, self.key_dense.call(key), queries)
        if counts is not None:
            more = (1,) * (scores.ndim - counts.ndim)
            at = counts.ndim - 2 * len(axes)
            counts = reshape(counts, (*counts.shape[:at], *more, *counts.shape[at:]))
        weights = masked_softmax(scores, tuple(range(-len(axes), 0)), counts)
        used = dropout(weights, self.dropout, seed=self.draws) if training else weights
        y = einsum(sums_of, used, self.value_dense.call(value))
        y = self.output_dense(y * self.gate_dense.call(query) if self.use_gate else y)
        return (y, weights) if return_attention_scores else y

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """That of the query."""
        return previous_mask[0]

    def _near(self, queries: int, keys: int, causal: bool) -> Any:
        """Which pairs the order of steps lets see each other, or None for all."""
        found = _causal(queries, keys) if causal else None
        if self.sliding_window is not None:
            away = ew.abs(expand_dims(arange(queries), 1) - arange(keys))
            found = _both(found, expand_dims(ew.less(away, self.sliding_window), 0))
        return found

    def _axes(self, rank: int) -> tuple[int, ...]:
        if self.attention_axes is None:
            return tuple(range(1, rank - 1))
        return tuple(a % rank for a in self.attention_axes)

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any = None, key_shape: Any = None
    ) -> Any:
        """The output's shape for those of query, value and key, or for a list of them."""
        query = query_shape[0] if value_shape is None else query_shape
        return (*query[:-1], *(self.output_shape or query[-1:]))

    def foretold(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        shape = super().foretold(inputs, kwargs)
        if not kwargs.get("return_attention_scores"):
            return shape
        query, key = inputs[0].shape, inputs[-1].shape
        axes = self._axes(len(query))
        batch = [n for i, n in enumerate(query[:-1]) if i not in axes]
        seen = [query[a] for a in axes] + [key[a] for a in axes]
        return [shape, (*batch, self.num_heads, *seen)]


def _tuple(what: str, value: Any) -> Any:
    return value if value is None else integers(value, f"MultiHeadAttention: {what}")


def _letters(first: int, count: int) -> str:
    return "".join(chr(ord("a") + first + i) for i in range(count))


def _equations(rank: int, axes: Sequence[int]) -> tuple[str, str]:
    """Einsums for scores, of keys and queries, and for sums, of weights and values; all have shape
    (batch, ..., heads, size) of `rank` axes, and attention runs over `axes`."""
    query = _letters(0, rank)
    others = iter(_letters(rank, len(axes)))
    key = "".join(next(others) if i in axes else c for i, c in enumerate(query))
    batch = "".join(c for i, c in enumerate(query[:-1]) if i not in axes)
    scores = batch + "".join(query[a] for a in axes) + "".join(key[a] for a in axes)
    return f"{key},{query}->{scores}", f"{scores},{key}->{query}"
