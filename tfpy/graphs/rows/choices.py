"""Where the sizes of results depend on values, sorted things, and random numbers."""

from __future__ import annotations

from typing import Any

from ...dtypes import bool_
from ...ops import EXPORTS, image
from ...tensor import Tensor
from ..table import Attrs, as_number, plain, row

op = EXPORTS


@row("Where", outputs="index", how="values")
def _where(attrs: Attrs, condition: Tensor) -> Tensor:
    return op["argwhere"](op["cast"](condition, bool_))


@row("UniqueV2", host=(1,), outputs="y idx", how="values")
def _unique_v2(attrs: Attrs, x: Tensor, axis: Any) -> Any:
    return op["unique"](x, as_number(axis, "axis") if axis or axis == 0 else None)


plain("""
    ListDiff setdiff1d 2 how=values out=out,idx
    Unique unique 1 how=values out=y,idx
    NonMaxSuppressionV2 image.non_max_suppression 4 how=values host=2,3
    NonMaxSuppressionV3 image.non_max_suppression 5 how=values host=2,3,4
    NonMaxSuppressionV4 image.non_max_suppression_padded 5 how=values host=2,3,4 \
        out=selected_indices,valid_outputs pad_to_max_output_size
    TopKV2 top_k 2 host=1 out=values,indices
    LowerBound lower_bound 2
    UpperBound upper_bound 2
""")


@row(
    "NonMaxSuppressionV5",
    host=(2, 3, 4, 5),
    outputs="selected_indices selected_scores valid_outputs",
    how="values",
)
def _nms_v5(
    attrs: Attrs,
    boxes: Tensor,
    scores: Tensor,
    most: int,
    overlap: float,
    least: float,
    sigma: float,
) -> Any:
    run = image.non_max_suppression_with_scores
    indices, kept = run(boxes, scores, most, overlap, least, sigma)
    return indices, kept, op["scalar"](indices.size, "int32")


# -------------------------------------------------------------------------------------- random


def _seed(attrs: Attrs) -> Any:
    """The node's seed. TensorFlow's two zeros mean that there is none."""
    seed, more = attrs.get("seed") or 0, attrs.get("seed2") or 0
    return f"{seed} {more}" if seed or more else None


@row("RandomUniform", host=(0,), random=True)
def _random_uniform(attrs: Attrs, shape: Any) -> Tensor:
    bounds = attrs.get("minval", 0), attrs.get("maxval", 1)
    return op["random_uniform"](shape, *bounds, attrs.get("dtype") or "float32", _seed(attrs))


@row("RandomUniformInt", host=(0, 1, 2), random=True)
def _random_uniform_int(attrs: Attrs, shape: Any, low: Any = None, high: Any = None) -> Tensor:
    """TensorFlow has the bounds among the inputs, TF.js looks for them in the attributes."""
    bounds = (attrs.get("minval", 0) if low is None else low), attrs.get("maxval", high)
    return op["random_uniform_int"](shape, *bounds, _seed(attrs))


@row("RandomStandardNormal", host=(0,), random=True)
def _random_normal(attrs: Attrs, shape: Any) -> Tensor:
    return op["random_normal"](shape, 0.0, 1.0, attrs.get("dtype") or "float32", _seed(attrs))


@row("TruncatedNormal", host=(0,), random=True)
def _truncated_normal(attrs: Attrs, shape: Any) -> Tensor:
    numbers = attrs.get("means", 0.0), attrs.get("stddev", 1.0)
    return op["truncated_normal"](shape, *numbers, attrs.get("dtype") or "float32", _seed(attrs))


@row("Multinomial", host=(1,), random=True)
def _multinomial(attrs: Attrs, logits: Tensor, count: int) -> Tensor:
    return op["multinomial"](logits, count, _seed(attrs))
