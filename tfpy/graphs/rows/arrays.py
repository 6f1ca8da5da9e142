"""Making tensors, their shapes, and moving and joining what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ...dtypes import int32
from ...errors import ModelFormatError
from ...ops import EXPORTS
from ...ops.creation import (
    arange,
    fill,
    linspace,
    one_hot,
    ones,
    ones_like,
    scalar,
    tensor,
    zeros,
    zeros_like,
)
from ...tensor import Tensor
from ..table import ROWS, Attrs, Row, as_number, pairs, row

op = EXPORTS
Ints = Sequence[int]

# A program looks through these (`analysis.PASSING`), so that they take anything.
for _name in ("Identity", "Snapshot", "PlaceholderWithDefault"):
    ROWS[_name] = Row(lambda attrs, x: x)
ROWS["IdentityN"] = Row(lambda attrs, *xs: xs, outputs="output*inputs")
ROWS["StopGradient"] = Row(lambda attrs, x: op["stop_gradient"](x))
# Nobody wants its value; others may wait for what it waits for.
ROWS["NoOp"] = Row(lambda attrs: scalar(0.0), how="apart")

# ------------------------------------------------------------------------------- about tensors

for _name, _run in {
    "Shape": lambda attrs, x: tensor(list(x.shape), dtype=int32),
    "Rank": lambda attrs, x: scalar(x.ndim, int32),
    "Size": lambda attrs, x: scalar(x.size, int32),
    "ZerosLike": lambda attrs, x: zeros_like(x),
    "OnesLike": lambda attrs, x: ones_like(x),
}.items():
    ROWS[_name] = Row(_run, reads_shape=True)
ROWS["ShapeN"] = Row(
    lambda attrs, *xs: [tensor(list(x.shape), dtype=int32) for x in xs],
    outputs="output*inputs",
    reads_shape=True,
)


@row("EnsureShape", host=(1,))
def _ensure_shape(attrs: Attrs, x: Tensor, shape: Ints | None = None) -> Tensor:
    wanted = attrs.get("shape") if shape is None else [None if n < 0 else n for n in shape]
    return x if wanted is None else op["ensure_shape"](x, wanted)


@row("Cast")
def _cast(attrs: Attrs, x: Tensor) -> Tensor:
    if attrs.get("DstT") is None:
        raise ModelFormatError("Cast to a type tfpy has not")
    return op["cast"](x, attrs["DstT"])


# ------------------------------------------------------------------------------------- creation


@row("Fill", host=(0, 1))
def _fill(attrs: Attrs, shape: Ints, value: float) -> Tensor:
    return fill(shape, value, attrs.get("T"))


@row("Ones", host=(0,))
def _ones(attrs: Attrs, shape: Ints) -> Tensor:
    return ones(shape, attrs.get("T"))


@row("Zeros", host=(0,))
def _zeros(attrs: Attrs, shape: Ints) -> Tensor:
    return zeros(shape, attrs.get("T"))


@row("Range", host=(0, 1, 2))
def _range(attrs: Attrs, start: float, limit: float, delta: float) -> Tensor:
    return arange(start, limit, delta, attrs.get("Tidx"))


@row("LinSpace", host=(0, 1, 2))
def _linspace(attrs: Attrs, start: float, stop: float, num: int) -> Tensor:
    return linspace(start, stop, num)


@row("OneHot", host=(1, 2, 3))
def _one_hot(attrs: Attrs, indices: Tensor, depth: int, on: float = 1, off: float = 0) -> Tensor:
    return one_hot(indices, depth, on, off, attrs.get("T") or "float32", attrs.get("axis", -1))


# ------------------------------------------------------------------------- shapes, and movement


def _with_numbers(function: Any) -> Any:
    return lambda attrs, x, numbers: function(x, numbers)


for _tf, _name in pairs("Reshape reshape Transpose transpose Tile tile BroadcastTo broadcast_to"):
    ROWS[_tf] = Row(_with_numbers(op[_name]), host=(1,))


@row("Squeeze")
def _squeeze(attrs: Attrs, x: Tensor) -> Tensor:
    return op["squeeze"](x, attrs.get("squeeze_dims") or attrs.get("axis") or None)


@row("ExpandDims", host=(1,))
def _expand_dims(attrs: Attrs, x: Tensor, axis: Any) -> Tensor:
    return op["expand_dims"](x, as_number(axis, "axis"))


@row("Slice", host=(1, 2))
def _slice(attrs: Attrs, x: Tensor, begin: Ints, size: Ints) -> Tensor:
    return op["slice"](x, begin, size)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@row("StridedSlice", host=(1, 2, 3))
def _strided_slice(attrs: Attrs, x: Tensor, begin: Any, end: Any, strides: Any) -> Tensor:
    masks = {name: attrs.get(name) or 0 for name in _MASKS}
    return op["strided_slice"](x, begin, end, strides, **masks)


@row("Reverse ReverseV2", host=(1,))
def _reverse(attrs: Attrs, x: Tensor, axes: Any) -> Tensor:
    if axes and isinstance(axes[0], bool):
        axes = [i for i, flag in enumerate(axes) if flag]
    return op["flip"](x, axes)


@row("Pad", host=(1,))
def _pad(attrs: Attrs, x: Tensor, paddings: Any) -> Tensor:
    return op["pad"](x, paddings, constant_values=attrs.get("constant_value") or 0)


@row("PadV2", host=(1, 2))
def _pad_v2(attrs: Attrs, x: Tensor, paddings: Any, value: float) -> Tensor:
    return op["pad"](x, paddings, constant_values=value)


@row("MirrorPad", host=(1,))
def _mirror_pad(attrs: Attrs, x: Tensor, paddings: Any) -> Tensor:
    return op["pad"](x, paddings, attrs.get("mode", "reflect"))


@row("SpaceToBatchND", host=(1, 2))
def _space_to_batch(attrs: Attrs, x: Tensor, block: Ints, paddings: Any) -> Tensor:
    return op["space_to_batch"](x, block, paddings)


@row("BatchToSpaceND", host=(1, 2))
def _batch_to_space(attrs: Attrs, x: Tensor, block: Ints, crops: Any) -> Tensor:
    return op["batch_to_space"](x, block, crops)


@row("DepthToSpace")
def _depth_to_space(attrs: Attrs, x: Tensor) -> Tensor:
    return op["depth_to_space"](x, attrs["block_size"], attrs.get("data_format") or "NHWC")


@row("BroadcastArgs", how="values")
def _broadcast_args(attrs: Attrs, a: Tensor, b: Tensor) -> Tensor:
    return op["broadcast_args"](a, b)


# ------------------------------------------------------------------------------- slices and joins


@row("Pack")
def _pack(attrs: Attrs, *xs: Tensor) -> Tensor:
    return op["stack"](xs, attrs.get("axis") or 0)


@row("Unpack", outputs="output*num")
def _unpack(attrs: Attrs, x: Tensor) -> Any:
    return op["unstack"](x, attrs.get("axis") or 0)


@row("ConcatV2", host=(-1,))
def _concat_v2(attrs: Attrs, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs[:-1]), xs[-1])


@row("Concat", host=(0,))
def _concat(attrs: Attrs, axis: int, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs), axis)


def _nonempty(xs: Sequence[Tensor]) -> Sequence[Tensor]:
    return [x for x in xs if prod(x.shape)] or xs[:1]


@row("Split", host=(0,), outputs="output*num_split")
def _split(attrs: Attrs, axis: int, x: Tensor) -> Any:
    return op["split"](x, attrs["num_split"], axis)


@row("SplitV", host=(1, 2), outputs="output*num_split")
def _split_v(attrs: Attrs, x: Tensor, sizes: Ints, axis: int) -> Any:
    return op["split"](x, sizes, axis)


@row("Gather")
def _gather(attrs: Attrs, x: Tensor, indices: Tensor) -> Tensor:
    return op["gather"](x, indices, 0)


@row("GatherV2", host=(2,))
def _gather_v2(attrs: Attrs, x: Tensor, indices: Tensor, axis: Any = 0) -> Tensor:
    return op["gather"](x, indices, as_number(axis, "axis"), attrs.get("batch_dims") or 0)


@row("GatherNd")
def _gather_nd(attrs: Attrs, x: Tensor, indices: Tensor) -> Tensor:
    return op["gather_nd"](x, indices)


@row("ScatterNd", host=(2,))
def _scatter_nd(attrs: Attrs, indices: Tensor, values: Tensor, shape: Ints) -> Tensor:
    return op["scatter_nd"](indices, values, shape)


@row("TensorScatterUpdate")
def _scatter_update(attrs: Attrs, x: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    return op["tensor_scatter_nd_update"](x, indices, values)


@row("SparseToDense", host=(1,))
def _sparse_to_dense(
    attrs: Attrs, indices: Tensor, shape: Ints, values: Tensor, default: Tensor | None = None
) -> Tensor:
    return op["sparse_to_dense"](indices, values, shape, default)
