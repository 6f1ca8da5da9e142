"""Sparse, ragged and string tensors, and spectra."""

from __future__ import annotations

from typing import Any

from ... import ragged
from ...tensor import Tensor
from ..table import Attrs, plain, row

plain("""
    SparseFillEmptyRows sparse.fill_empty_rows 4 how=values \
        out=output_indices,output_values,empty_row_indicator,reverse_index_map
    SparseReshape sparse.reshape 3 how=values out=output_indices,output_shape
    SparseSegmentSum sparse.segment_sum 3 how=values
    SparseSegmentMean sparse.segment_mean 3 how=values
    RaggedRange ragged_range 3 how=values out=rt_nested_splits,rt_dense_values
    StaticRegexReplace string.regex_replace 1 how=values pattern rewrite replace_global
    StringNGrams string.ngrams 2 how=values out=ngrams,ngrams_splits separator ngram_widths \
        left_pad right_pad pad_width preserve_short_sequences
    StringSplit string.split 2 how=values host=1! out=indices,values,shape skip_empty
    StringToHashBucketFast string.to_hash_bucket_fast 1 how=values num_buckets
    FFT fft 1
    IFFT ifft 1
    RFFT rfft 1-2 host=1!
    IRFFT irfft 1-2 host=1!
""")


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


@row("RaggedTensorToTensor", host=(0,), how="values")
def _ragged_to_tensor(
    attrs: Attrs, shape: Any, values: Tensor, default: Tensor, *partitions: Tensor
) -> Tensor:
    wanted = shape if isinstance(shape, list) else ()  # a scalar -1: whatever it takes
    types = attrs["row_partition_types"]
    return ragged.ragged_tensor_to_tensor(wanted, values, default, list(partitions), types)
