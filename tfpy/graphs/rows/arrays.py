"""Making tensors, their shapes, and moving and joining what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ...dtypes import int32
from ...errors import ModelFormatError
from ...ops import EXPORTS
from ...ops.creation import (
    one_hot,
    ones_like,
    scalar,
    tensor,
    zeros_like,
)
from ...tensor import Tensor
from ..table import ROWS, Attrs, Row, as_number, plain, row

op = EXPORTS
Ints = Sequence[int]

# A program looks through these (`analysis.PASSING`), so that they take anything.
for _name in ("Identity", "Snapshot", "PlaceholderWithDefault"):
    ROWS[_name] = Row(lambda attrs, x: x)
ROWS["IdentityN"] = Row(lambda attrs, *xs: xs, outputs="output*inputs")
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


@row("OneHot", host=(1, 2, 3))
def _one_hot(attrs: Attrs, indices: Tensor, depth: int, on: float = 1, off: float = 0) -> Tensor:
    return one_hot(indices, depth, on, off, attrs.get("T") or "float32", attrs.get("axis", -1))


# ------------------------------------------------------------------------- shapes, and movement


plain("""
    StopGradient stop_gradient 1
    Fill fill 2 host=0,1 T:dtype
    Ones ones 1 host=0 T:dtype
    Zeros zeros 1 host=0 T:dtype
    Range arange 3 host=0,1,2 Tidx:dtype
    LinSpace linspace 3 host=0,1,2
    Reshape reshape 2 host=1
    Transpose transpose 2 host=1
    Tile tile 2 host=1
    BroadcastTo broadcast_to 2 host=1
    BroadcastArgs broadcast_args 2 how=values
    ExpandDims expand_dims 2 host=1!
    Slice slice 3 host=1,2
    StridedSlice strided_slice 4 host=1,2,3 begin_mask end_mask ellipsis_mask new_axis_mask \
        shrink_axis_mask
    Pad pad 2 host=1 constant_value:constant_values
    MirrorPad pad 2 host=1 mode
    SpaceToBatchND space_to_batch 3 host=1,2
    BatchToSpaceND batch_to_space 3 host=1,2
    DepthToSpace depth_to_space 1 block_size data_format
    Pack stack * axis
    Unpack unstack 1 out=output*num axis
    GatherV2 gather 3 host=2! batch_dims
    GatherNd gather_nd 2
    ScatterNd scatter_nd 3 host=2
    TensorScatterUpdate tensor_scatter_nd_update 3
    SplitV split 3 host=1,2! out=output*num_split
""")


@row("Gather")
def _gather(attrs: Attrs, x: Tensor, indices: Tensor) -> Tensor:
    return op["gather"](x, indices, 0)


@row("Split", host=(0,), outputs="output*num_split")
def _split(attrs: Attrs, axis: int, x: Tensor) -> Any:
    return op["split"](x, attrs["num_split"], as_number(axis, "axis"))


@row("PadV2", host=(1, 2))
def _pad_v2(attrs: Attrs, x: Tensor, paddings: Any, value: float) -> Tensor:
    return op["pad"](x, paddings, constant_values=value)


@row("Squeeze")
def _squeeze(attrs: Attrs, x: Tensor) -> Tensor:
    return op["squeeze"](x, attrs.get("squeeze_dims") or attrs.get("axis") or None)


@row("Reverse ReverseV2", host=(1,))
def _reverse(attrs: Attrs, x: Tensor, axes: Any) -> Tensor:
    if axes and isinstance(axes[0], bool):
        axes = [i for i, flag in enumerate(axes) if flag]
    return op["flip"](x, axes)


# ------------------------------------------------------------------------------- slices and joins


@row("ConcatV2", host=(-1,))
def _concat_v2(attrs: Attrs, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs[:-1]), xs[-1])


@row("Concat", host=(0,))
def _concat(attrs: Attrs, axis: int, *xs: Any) -> Tensor:
    return op["concat"](_nonempty(xs), axis)


def _nonempty(xs: Sequence[Tensor]) -> Sequence[Tensor]:
    return [x for x in xs if prod(x.shape)] or xs


@row("SparseToDense", host=(1,))
def _sparse_to_dense(
    attrs: Attrs, indices: Tensor, shape: Ints, values: Tensor, default: Tensor | None = None
) -> Tensor:
    return op["sparse_to_dense"](indices, values, shape, default)
