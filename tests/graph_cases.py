"""Graphs of one operation: its inputs and attributes, each in several forms.

What the inputs hold is drawn once; the oracle gets the same.
"""

from typing import Any, NamedTuple

import numpy as np

from tests.graph_files import DTYPES, f, i, ints, kind, s, sizes, texts, yes

_RANDOM = np.random.default_rng(11)
I = np.int32  # noqa: E741
WRONG = {
    "FloorDiv": "TF.js gives int32 for floats",
    "Div": "TF.js rounds integers down, TensorFlow towards zero",
    "Mod": "TF.js takes the sign of the divisor, TensorFlow that of the dividend",
    "BitwiseAnd": "TF.js calls its inputs by names that they have not, and refuses them",
    "FakeQuantWithMinMaxVars": "TF.js does nothing",
    "MatrixBandPart": "TF.js takes the number of lower diagonals for that of upper ones",
    "Conv2D": "TF.js takes the strides of NCHW from where they are in NHWC",
    "FusedDepthwiseConv2dNative": "TF.js loses the slope of a leaky ReLU: NaN",
    "EnsureShape": "TF.js looks for the shape among the inputs, and throws",
    "ShapeN": "TF.js gives float32",
    "RaggedGather": "TF.js forgets to register it",
    "RaggedRange": "TF.js forgets to register it",
    "RaggedTensorToTensor": "TF.js forgets to register it",
    "StringNGrams": "TF.js makes its attributes lower case",
}


class Case(NamedTuple):
    """One node.

    Attributes:
        outputs: how many of its outputs are looked at.
        differs: where TF.js is wrong, in what; tfpy keeps TensorFlow's meaning.
    """

    op: str
    inputs: list[Any]
    attrs: dict[str, Any]
    outputs: int = 1
    differs: str = ""

    @property
    def wrong(self) -> "Case":
        return self._replace(differs=WRONG[self.op])

    @property
    def dtypes(self) -> list[str]:
        return [DTYPES[np.asarray(x).dtype.kind] for x in self.inputs]


def n(*shape, low=-2.0, high=2.0):
    return _RANDOM.uniform(low, high, shape).astype(np.float32)


def k(*shape, low=-9, high=9):
    return _RANDOM.integers(low, high, shape, dtype=np.int32)


def b(*shape):
    return _RANDOM.random(shape) < 0.5


def vec(*values):
    return np.array(values, np.int32)


def words(*values):
    return np.array(values, object)


UNARY = {
    "any": "Abs Ceil Floor Neg Relu Relu6 Round Sign Square",
    "float": "Atan Asinh Cos Cosh Elu Erf Exp Expm1 Selu Sigmoid Sin Sinh Softplus Tan Tanh",
    "inside": "Acos Asin Atanh",
    "positive": "Acosh Log Log1p Reciprocal Rsqrt Sqrt",
    "special": "IsFinite IsInf IsNan",
}
BINARY = """Add AddV2 Sub Mul Maximum Minimum SquaredDifference FloorDiv FloorMod Equal NotEqual
    Greater GreaterEqual Less LessEqual"""


def elementwise():
    for op in UNARY["any"].split():
        yield Case(op, [n(2, 3)], {})
    for op in ["Abs", "Neg", "Relu", "Sign", "Square"]:
        yield Case(op, [k(2, 3)], {})
    for op in UNARY["float"].split():
        yield Case(op, [n(2, 3)], {})
    for op in UNARY["inside"].split():
        yield Case(op, [n(5, low=-0.9, high=0.9)], {})
    for op in UNARY["positive"].split():
        yield Case(op, [n(5, low=1.1, high=3)], {})
    for op in UNARY["special"].split():
        yield Case(op, [np.array([1, np.nan, np.inf, -np.inf], np.float32)], {})
    for op in BINARY.split():
        floats = Case(op, [n(2, 3), n(3)], {})
        yield floats.wrong if op == "FloorDiv" else floats
        yield Case(op, [k(2, 3, low=1), k(2, 1, low=1)], {})
    for op in ("RealDiv", "Div", "DivNoNan", "Pow", "Atan2", "Prelu"):
        yield Case(op, [n(2, 3, low=0.5), n(3, low=0.5)], {})
    yield Case("Div", [k(6), np.array([2, 3, -2, 4, 5, -7], I)], {}).wrong
    yield Case("Mod", [k(6), np.array([2, 3, -2, 4, 5, -7], I)], {}).wrong
    yield Case("Mod", [n(6), n(6, low=0.5)], {}).wrong
    yield Case("BitwiseAnd", [k(4, low=0), k(4, low=0)], {}).wrong
    yield Case("LogicalAnd", [b(2, 3), b(3)], {})
    yield Case("LogicalOr", [b(2, 3), b(3)], {})
    yield Case("LogicalNot", [b(2, 3)], {})
    yield Case("Select", [b(2, 3), n(2, 3), n(2, 3)], {})
    yield Case("SelectV2", [b(3), n(2, 3), n(2, 1)], {})
    yield Case("SelectV2", [b(3), n(3, 3), n(3, 3)], {})
    yield Case("AddN", [n(2), n(2), n(2)], {"N": i(3)})
    yield Case("BiasAdd", [n(2, 3, 3, 4), n(4)], {"data_format": s("NHWC")})
    yield Case("ClipByValue", [n(2, 5), np.float32(-0.5), np.float32(1)], {})
    yield Case("LeakyRelu", [n(2, 3)], {"alpha": f(0.3)})
    yield Case("LeakyRelu", [n(2, 3)], {})
    yield Case(
        "FakeQuantWithMinMaxVars",
        [n(2, 5), np.float32(-1), np.float32(1.5)],
        {"num_bits": i(8), "narrow_range": yes(False)},
    ).wrong


def reductions():
    for op in ("Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm"):
        yield Case(op, [n(2, 3, 4), vec(1)], {"keep_dims": yes(False)})
        yield Case(op, [n(2, 3, 4), vec(0, -1)], {"keep_dims": yes()})
    for op in ("All", "Any"):
        yield Case(op, [b(3, 4), vec(1)], {"keep_dims": yes()})
    for op in ("ArgMax", "ArgMin"):
        yield Case(op, [n(3, 4), I(1)], {})
        yield Case(op, [n(3, 4), I(0)], {"output_type": kind("DT_INT64")})
    for op in ("Cumsum", "Cumprod"):
        yield Case(op, [n(3, 4), I(1)], {"exclusive": yes(), "reverse": yes(False)})
        yield Case(op, [n(5), I(0)], {"exclusive": yes(False), "reverse": yes()})
    yield Case("Bincount", [vec(1, 1, 3, 0), I(5), np.zeros(0, np.float32)], {})
    yield Case("Bincount", [vec(1, 1, 3, 0), I(5), n(4)], {})
    yield Case("DenseBincount", [vec(1, 1, 3, 0), I(5), n(4)], {"binary_output": yes(False)})
    yield Case("DenseBincount", [k(2, 4, low=0, high=5), I(5), n(2, 4)], {"binary_output": yes()})


def matrices():
    yield Case("MatMul", [n(2, 3), n(3, 4)], {})
    yield Case("MatMul", [n(3, 2), n(4, 3)], {"transpose_a": yes(), "transpose_b": yes()})
    yield Case("BatchMatMul", [n(2, 2, 3), n(2, 3, 4)], {})
    yield Case("BatchMatMulV2", [n(2, 3, 2), n(1, 3, 4)], {"adj_x": yes(), "adj_y": yes(False)})
    yield Case("Einsum", [n(2, 3), n(3, 4)], {"equation": s("ij,jk->ik"), "N": i(2)})
    yield Case("MatrixBandPart", [n(4, 4), I(1), I(1)], {})
    yield Case("MatrixBandPart", [n(4, 5), I(0), I(2)], {}).wrong
    yield Case("Transpose", [n(2, 3, 4), vec(2, 0, 1)], {})
    for activation in ("", "Relu", "Relu6", "Elu", "Sigmoid", "Prelu", "LeakyRelu"):
        more = [n(4)] if activation == "Prelu" else []
        names = ["BiasAdd", *([activation] if activation else [])]
        yield Case(
            "_FusedMatMul",
            [n(2, 3), n(3, 4), n(4), *more],
            {
                "fused_ops": texts(*names),
                "num_args": i(1 + len(more)),
                "leakyrelu_alpha": f(0.3),
            },
        )


def _window(*strides, padding="SAME", data_format="NHWC", **more):
    return {
        "strides": ints(*strides),
        "padding": s(padding),
        "data_format": s(data_format),
        **more,
    }


def windows():
    x, w = n(2, 7, 6, 3), n(3, 2, 3, 4)
    yield Case("Conv2D", [x, w], _window(1, 2, 1, 1, dilations=ints(1, 1, 1, 1)))
    yield Case("Conv2D", [x, w], _window(1, 1, 1, 1, padding="VALID", dilations=ints(1, 2, 2, 1)))
    explicit = {"explicit_paddings": ints(0, 0, 1, 2, 0, 1, 0, 0)}
    yield Case(
        "Conv2D",
        [x, w],
        _window(1, 1, 1, 1, padding="EXPLICIT", dilations=ints(1, 1, 1, 1), **explicit),
    )
    channels_first = np.moveaxis(x, 3, 1).copy()
    yield Case(
        "Conv2D",
        [channels_first, w],
        _window(1, 1, 2, 2, data_format="NCHW", dilations=ints(1, 1, 1, 1)),
    ).wrong
    for op in ("DepthwiseConv2dNative", "DepthwiseConv2d"):
        yield Case(op, [x, n(3, 3, 3, 2)], _window(1, 2, 2, 1, dilations=ints(1, 1, 1, 1)))
    for activation in ("", "Relu", "Relu6", "Elu", "Sigmoid", "Prelu", "LeakyRelu"):
        names = ["BiasAdd", *([activation] if activation else [])]
        for op, filters, channels in (
            ("_FusedConv2D", w, 4),
            ("FusedDepthwiseConv2dNative", n(3, 3, 3, 2), 6),
        ):
            more = [n(channels)] if activation == "Prelu" else []
            attrs = _window(1, 2, 2, 1, dilations=ints(1, 1, 1, 1), fused_ops=texts(*names))
            case = Case(
                op,
                [x, filters, n(channels), *more],
                {**attrs, "num_args": i(1 + len(more)), "leakyrelu_alpha": f(0.3)},
            )
            lost = activation == "LeakyRelu" and channels == 6
            yield case.wrong if lost else case
    yield Case(
        "Conv2DBackpropInput", [vec(2, 8, 6, 3), n(3, 3, 3, 4), n(2, 4, 3, 4)], _window(1, 2, 2, 1)
    )
    yield Case(
        "Conv1D",
        [n(2, 9, 3), n(3, 3, 4)],
        {"stride": i(2), "padding": s("SAME"), "data_format": s("NWC"), "dilation": i(1)},
    )
    yield Case(
        "Conv3D",
        [n(1, 4, 5, 6, 2), n(2, 2, 3, 2, 3)],
        _window(1, 1, 2, 1, 1, data_format="NDHWC", dilations=ints(1, 1, 1, 1, 1)),
    )
    for op in ("MaxPool", "AvgPool"):
        yield Case(op, [x], _window(1, 2, 2, 1, ksize=ints(1, 3, 2, 1)))
        yield Case(op, [x], _window(1, 1, 2, 1, padding="VALID", ksize=ints(1, 2, 2, 1)))
    for op in ("MaxPool3D", "AvgPool3D"):
        yield Case(
            op,
            [n(1, 4, 5, 6, 2)],
            _window(1, 2, 2, 1, 1, padding="VALID", data_format="NDHWC", ksize=ints(1, 2, 2, 2, 1)),
        )
    for batch in (True, False):
        yield Case(
            "MaxPoolWithArgmax",
            [x],
            _window(
                1,
                2,
                2,
                1,
                padding="VALID",
                ksize=ints(1, 2, 2, 1),
                include_batch_in_index=yes(batch),
            ),
            2,
        )
    yield Case(
        "Dilation2D", [x, n(2, 3, 3)], _window(1, 2, 1, 1, padding="VALID", rates=ints(1, 1, 2, 1))
    )
    moments = [n(3, low=0.5), n(3), n(3), n(3, low=0.5)]
    for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        yield Case(op, [x, *moments], {"epsilon": f(0.01), "data_format": s("NHWC")})
    yield Case(
        "LRN",
        [n(1, 2, 2, 7)],
        {"depth_radius": i(2), "bias": f(1.5), "alpha": f(0.5), "beta": f(0.7)},
    )
    yield Case("Softmax", [n(2, 3)], {})
    yield Case("LogSoftmax", [n(2, 3)], {})


def images():
    x = n(1, 4, 5, 2)
    for op in ("ResizeBilinear", "ResizeNearestNeighbor"):
        yield Case(op, [x, vec(7, 3)], {"align_corners": yes(), "half_pixel_centers": yes(False)})
        yield Case(
            op, [x, vec(7, 3)], {"align_corners": yes(False), "half_pixel_centers": yes(False)}
        )
        yield Case(op, [x, vec(8, 10)], {"align_corners": yes(False), "half_pixel_centers": yes()})
    boxes = np.array([[0, 0, 1, 1], [0.2, 0.1, 0.7, 1.3]], np.float32)
    for method in ("bilinear", "nearest"):
        yield Case(
            "CropAndResize",
            [x, boxes, vec(0, 0), vec(3, 2)],
            {"method": s(method), "extrapolation_value": f(0.5)},
        )
    turned = np.array([[0.93, 0.11, 0.3, -0.2, 1.13, 0.2, 0.0, 0.0]], np.float32)
    for how, mode in (("BILINEAR", "CONSTANT"), ("NEAREST", "REFLECT")):
        yield Case(
            "ImageProjectiveTransformV3",
            [x, turned, vec(4, 5), np.float32(0.5)],
            {"interpolation": s(how), "fill_mode": s(mode)},
        )


def movement():
    x = n(2, 3, 4)
    yield Case("Reshape", [x, vec(4, -1)], {})
    yield Case("ExpandDims", [x, I(-1)], {})
    yield Case("Squeeze", [n(1, 3, 1)], {"squeeze_dims": ints(0)})
    yield Case("Squeeze", [n(1, 3, 1)], {"squeeze_dims": ints()})
    yield Case("Tile", [x, vec(1, 2, 1)], {})
    yield Case("BroadcastTo", [n(3, 1), vec(2, 3, 4)], {})
    yield Case("Slice", [x, vec(0, 1, 2), vec(1, -1, 2)], {})
    masks = {
        m: i(0)
        for m in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    }
    yield Case("StridedSlice", [x, vec(0, 2, 1), vec(2, 0, 4), vec(1, -1, 2)], masks)
    yield Case(
        "StridedSlice",
        [x, vec(0, 1), vec(0, 2), vec(1, 1)],
        {**masks, "begin_mask": i(1), "end_mask": i(1), "shrink_axis_mask": i(2)},
    )
    yield Case(
        "StridedSlice",
        [x, vec(0, 0, 1), vec(0, 0, 3), vec(1, 1, 1)],
        {**masks, "new_axis_mask": i(1), "ellipsis_mask": i(2)},
    )
    yield Case("ReverseV2", [x, vec(0, -1)], {})
    yield Case("Reverse", [x, np.array([True, False, True])], {})
    yield Case("Pad", [n(2, 3), np.array([[1, 0], [0, 2]], I)], {})
    yield Case("PadV2", [n(2, 3), np.array([[1, 0], [0, 2]], I), np.float32(7)], {})
    for mode in ("REFLECT", "SYMMETRIC"):
        yield Case("MirrorPad", [n(3, 4), np.array([[1, 2], [0, 2]], I)], {"mode": s(mode)})
    yield Case("SpaceToBatchND", [n(1, 4, 6, 2), vec(2, 3), np.zeros((2, 2), I)], {})
    yield Case("BatchToSpaceND", [n(6, 2, 2, 1), vec(2, 3), np.array([[0, 1], [1, 0]], I)], {})
    yield Case("DepthToSpace", [n(1, 2, 3, 8)], {"block_size": i(2), "data_format": s("NHWC")})
    yield Case("EnsureShape", [x], {"shape": sizes(2, -1, 4)}).wrong
    for to in ("DT_INT32", "DT_BOOL", "DT_FLOAT", "DT_INT64"):
        yield Case("Cast", [n(2, 3)], {"DstT": kind(to), "SrcT": kind("DT_FLOAT")})
    yield Case("BroadcastArgs", [vec(3, 1), vec(2, 1, 4)], {})
    yield Case("Concat", [I(1), n(2, 3), n(2, 1)], {"N": i(2)})
    yield Case("ConcatV2", [n(2, 3), n(2, 1), n(2, 2), I(-1)], {"N": i(3)})
    yield Case("Pack", [n(2, 3), n(2, 3)], {"axis": i(1), "N": i(2)})
    yield Case("Unpack", [n(2, 3)], {"axis": i(1), "num": i(3)}, 3)
    yield Case("Split", [I(1), n(2, 6)], {"num_split": i(3)}, 3)
    yield Case("SplitV", [n(2, 6), vec(1, 2, 3), I(1)], {"num_split": i(3)}, 3)
    yield Case("Gather", [n(4, 3), vec(2, 0, 2)], {})
    yield Case("GatherV2", [n(4, 3), vec(2, 0), I(1)], {})
    yield Case("GatherV2", [n(2, 3, 4), np.array([[2, 0], [1, 1]], I), I(1)], {"batch_dims": i(1)})
    yield Case("GatherNd", [n(4, 3), np.array([[2, 0], [1, 1]], I)], {})
    yield Case("ScatterNd", [np.array([[2], [0], [2]], I), n(3, 2), vec(4, 2)], {})
    yield Case("TensorScatterUpdate", [n(4, 2), np.array([[2], [0]], I), n(2, 2)], {})
    yield Case(
        "SparseToDense", [np.array([[0, 1], [2, 0]], I), vec(3, 2), n(2), np.float32(-1)], {}
    )
    yield Case("Shape", [x], {})
    yield Case("ShapeN", [x, n(2)], {"N": i(2)}, 2).wrong
    yield Case("Rank", [x], {})
    yield Case("Size", [x], {})
    yield Case("ZerosLike", [x], {"T": kind("DT_FLOAT")})
    yield Case("OnesLike", [x], {"T": kind("DT_FLOAT")})
    for op in ("Identity", "StopGradient", "Snapshot"):
        yield Case(op, [x], {})
    yield Case("IdentityN", [x, n(2)], {}, 2)
    yield Case("Print", [x, n(3)], {"message": s("here"), "summarize": i(2)})


def creation():
    yield Case("Fill", [vec(2, 3), np.float32(3)], {"T": kind("DT_FLOAT")})
    yield Case("Ones", [vec(2, 3)], {"T": kind("DT_INT32")})
    yield Case("Zeros", [vec(2, 3)], {"T": kind("DT_FLOAT")})
    yield Case("Range", [I(1), I(9), I(3)], {"Tidx": kind("DT_INT32")})
    yield Case(
        "Range", [np.float32(1), np.float32(0), np.float32(-0.25)], {"Tidx": kind("DT_FLOAT")}
    )
    yield Case("LinSpace", [np.float32(0), np.float32(1), I(5)], {})
    yield Case(
        "OneHot",
        [k(2, 3, low=0, high=4), I(4), np.float32(5), np.float32(-1)],
        {"T": kind("DT_FLOAT"), "axis": i(-1)},
    )


def choices():
    boxes = np.array(
        [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3], [2, 2, 3, 3], [0, 0, 0.9, 1]], np.float32
    )
    scores = np.array([0.9, 0.75, 0.6, 0.2, 0.8], np.float32)
    few, half, low = I(3), np.float32(0.5), np.float32(0.3)
    yield Case("NonMaxSuppressionV2", [boxes, scores, few, half], {})
    yield Case("NonMaxSuppressionV3", [boxes, scores, I(9), half, low], {})
    yield Case(
        "NonMaxSuppressionV4", [boxes, scores, few, half, low], {"pad_to_max_output_size": yes()}, 2
    )
    yield Case("NonMaxSuppressionV5", [boxes, scores, few, half, low, np.float32(0.5)], {}, 2)
    yield Case("Where", [b(3, 4)], {})
    yield Case("Where", [k(3, 4, low=0, high=2)], {})
    yield Case("ListDiff", [vec(5, 1, 4, 5), vec(1, 2)], {}, 2)
    yield Case("Unique", [vec(3, 1, 3, 2, 1)], {}, 2)
    yield Case("UniqueV2", [np.array([[1, 2], [1, 2], [3, 4]], I), vec(0)], {}, 2)
    yield Case("TopKV2", [n(2, 6), I(3)], {"sorted": yes()}, 2)
    for op in ("LowerBound", "UpperBound"):
        yield Case(
            op, [np.array([[1, 3, 3, 8]], np.float32), np.array([[3, 0, 9]], np.float32)], {}
        )


def others():
    pairs = np.array([[0, 0], [2, 1]], I)
    yield Case("SparseFillEmptyRows", [pairs, n(2), vec(4, 2), np.float32(-1)], {}, 4)
    yield Case("SparseReshape", [pairs, vec(4, 2), vec(2, -1)], {}, 2)
    yield Case("SparseSegmentSum", [n(4, 2), vec(0, 3, 1), vec(0, 0, 1)], {})
    yield Case("SparseSegmentMean", [n(4, 2), vec(0, 3, 1), vec(0, 0, 1)], {})
    yield Case(
        "RaggedGather",
        [vec(0, 2, 2, 5), n(5), vec(2, 0)],
        {"OUTPUT_RAGGED_RANK": i(1), "PARAMS_RAGGED_RANK": i(1)},
        2,
    ).wrong
    yield Case("RaggedRange", [vec(0, 5), vec(3, 7), vec(1, 1)], {}, 2).wrong
    yield Case(
        "RaggedTensorToTensor",
        [vec(2, 3), n(4), np.float32(-1), vec(0, 1, 4)],
        {"row_partition_types": texts("ROW_SPLITS")},
    ).wrong
    yield Case(
        "StaticRegexReplace",
        [words("banana", "kiwi")],
        {"pattern": s("[ai]"), "rewrite": s("o"), "replace_global": yes()},
    )
    yield Case(
        "StringNGrams",
        [words("a", "b", "c", "d"), vec(0, 3, 4)],
        {
            "separator": s("|"),
            "ngram_widths": ints(2),
            "left_pad": s("L"),
            "right_pad": s("R"),
            "pad_width": i(-1),
            "preserve_short_sequences": yes(False),
        },
        2,
    ).wrong
    yield Case("StringSplit", [words("a b  c", "d"), words(" ")[0]], {"skip_empty": yes()}, 3)
    yield Case("StringToHashBucketFast", [words("a", "hello", "")], {"num_buckets": i(100)})


CASES = [
    *elementwise(), *reductions(), *matrices(), *windows(), *images(), *movement(), *creation(),
    *choices(), *others(),
]  # fmt: skip
