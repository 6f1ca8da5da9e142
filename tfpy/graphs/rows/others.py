"""Sparse, ragged and string tensors, and spectra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ragged, signal, sparse, string
from ...tensor import Tensor
from ..table import ROWS, Attrs, Row, as_number, row

# -------------------------------------------------------------------------------------- sparse


@row(
    "SparseFillEmptyRows",
    outputs="output_indices output_values empty_row_indicator reverse_index_map",
    how="values",
)
def _fill_empty_rows(
    attrs: Attrs, indices: Tensor, values: Tensor, shape: Tensor, default: Tensor
) -> Any:
    return sparse.fill_empty_rows(indices, values, shape, default)


@row("SparseReshape", outputs="output_indices output_shape", how="values")
def _sparse_reshape(attrs: Attrs, indices: Tensor, shape: Tensor, new: Tensor) -> Any:
    return sparse.reshape(indices, shape, new)


@row("SparseSegmentSum", how="values")
def _segment_sum(attrs: Attrs, data: Tensor, indices: Tensor, ids: Tensor) -> Tensor:
    return sparse.segment_sum(data, indices, ids)


@row("SparseSegmentMean", how="values")
def _segment_mean(attrs: Attrs, data: Tensor, indices: Tensor, ids: Tensor) -> Tensor:
    return sparse.segment_mean(data, indices, ids)


# -------------------------------------------------------------------------------------- ragged


@row(
    "RaggedGather",
    outputs="output_nested_splits*OUTPUT_RAGGED_RANK output_dense_values",
    how="values",
)
def _ragged_gather(attrs: Attrs, *xs: Tensor) -> Any:
    *splits, values, indices = xs
    found, dense = ragged.ragged_gather(splits, values, indices)
    return [*found, dense]


@row("RaggedRange", outputs="rt_nested_splits rt_dense_values", how="values")
def _ragged_range(attrs: Attrs, starts: Tensor, limits: Tensor, deltas: Tensor) -> Any:
    return ragged.ragged_range(starts, limits, deltas)


@row("RaggedTensorToTensor", host=(0,), how="values")
def _ragged_to_tensor(
    attrs: Attrs, shape: Any, values: Tensor, default: Tensor, *partitions: Tensor
) -> Tensor:
    wanted = shape if isinstance(shape, list) else ()  # a scalar -1: whatever it takes
    types = attrs["row_partition_types"]
    return ragged.ragged_tensor_to_tensor(wanted, values, default, list(partitions), types)


# ------------------------------------------------------------------------------------- strings


@row("StaticRegexReplace", how="values")
def _regex_replace(attrs: Attrs, x: Tensor) -> Tensor:
    every = bool(attrs.get("replace_global", True))
    return string.regex_replace(x, attrs["pattern"], attrs.get("rewrite") or "", every)


@row("StringNGrams", outputs="ngrams ngrams_splits", how="values")
def _ngrams(attrs: Attrs, data: Tensor, splits: Tensor) -> Any:
    return string.ngrams(
        data,
        splits,
        attrs.get("separator") or "",
        attrs["ngram_widths"],
        attrs.get("left_pad") or "",
        attrs.get("right_pad") or "",
        attrs.get("pad_width") or 0,
        bool(attrs.get("preserve_short_sequences")),
    )


@row("StringSplit", host=(1,), outputs="indices values shape", how="values")
def _string_split(attrs: Attrs, x: Tensor, delimiter: Any) -> Any:
    return string.split(x, as_number(delimiter, "delimiter"), bool(attrs.get("skip_empty", True)))


@row("StringToHashBucketFast", how="values")
def _hash_bucket(attrs: Attrs, x: Tensor) -> Tensor:
    return string.to_hash_bucket_fast(x, attrs["num_buckets"])


# ------------------------------------------------------------------------------------- spectra


def _spectrum(function: Any) -> Any:
    return lambda attrs, x: function(x)


def _real_spectrum(function: Any) -> Any:
    def run(attrs: Attrs, x: Tensor, length: Sequence[int] | None = None) -> Tensor:
        return function(x, None if length is None else as_number(length, "fft_length"))

    return run


ROWS["FFT"], ROWS["IFFT"] = Row(_spectrum(signal.fft)), Row(_spectrum(signal.ifft))
ROWS["RFFT"] = Row(_real_spectrum(signal.rfft), host=(1,))
ROWS["IRFFT"] = Row(_real_spectrum(signal.irfft), host=(1,))
