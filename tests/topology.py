"""Official models of which only the graph is at hand, with weights made up for a test.

Floating point weights are drawn. Integers are shapes, axes and the like, which the published files
have and these lack: they are written here, as the architecture has them.
"""

import json
import math

import numpy as np

#: Boxes of each feature map of an SSD with MobileNet at 300 x 300: 19^2 * 3, 10^2 * 6, ...
_BOXES = (1083, 600, 150, 54, 24, 6)

INTEGERS = {
    "coco_ssd_lite_mobilenet_v2_newer": {
        "BoxPredictor_4/strided_slice/stack": [0],
        "BoxPredictor_4/strided_slice/stack_1": [1],
        "Preprocessor/map/TensorArrayUnstack/range/start": 0,
        "Preprocessor/map/TensorArrayUnstack/range/delta": 1,
        "Postprocessor/stack/1": sum(_BOXES),
        "Postprocessor/stack/2": 4,
        "Postprocessor/ExpandDims_1/dim": 2,
        "Postprocessor/Slice/begin": [0, 0, 1],
        "Postprocessor/Slice/size": [-1, -1, -1],
        **{f"BoxPredictor_{k}/stack/1": n for k, n in enumerate(_BOXES)},
        "BoxPredictor_4/stack_1/2": 91,
        "Postprocessor/Reshape/shape": [-1, 4],
        "Preprocessor/map/while/ResizeImage/stack": [300, 300],
        "Preprocessor/map/while/ResizeImage/ExpandDims/dim": 0,
        "Preprocessor/map/while/add/y": 1,
        "Postprocessor/Decode/transpose/sub_1/_238__cf__241": [1, 0],
        "Postprocessor/Decode/get_center_coordinates_and_sizes/transpose/sub_1/_237__cf__240": [
            1,
            0,
        ],
        "Postprocessor/Decode/transpose_1/sub_1/_239__cf__242": [1, 0],
    },
}


_ENCODER = "module_apply_default/Encoder_en/KonaTransformer/"
_STACK = _ENCODER + "Encode/TransformerStack/"
_ATTENTION = "TransformerLayer/MultiheadAttention/"
_HEADS = _ATTENTION + "split_heads/"
_BIAS = _ATTENTION + "DotProductAttention/attention_bias_ignore_padding/ExpandDims/dim"
#: One constant often stands for all of its value, whatever it was made for.
INTEGERS["universal_sentence_encoder_lite"] = {
    **{
        f"{_STACK}Layer_{k}/{name}": value
        for k, width in ((0, 256), (1, 512))
        for name, value in {
            f"{_ATTENTION}Const": [width] * 3,
            f"{_HEADS}split_last_dimension/Reshape/shape/3": width // 8,
            f"{_ATTENTION}combine_heads/combine_last_two_dimensions/Reshape/shape/2": width,
        }.items()
    },
    **{
        f"{_STACK}Layer_1/{name}": value
        for name, value in {
            f"{_HEADS}split_last_dimension/Reshape/shape/2": 8,
            f"{_HEADS}transpose/perm": [0, 2, 1, 3],
            f"{_ATTENTION}DotProductAttention/BaseDotProductAttention/Slice/begin": [3],
            f"{_ATTENTION}ExpandDims/dim": 2,
            _BIAS: 1,
            "TransformerLayer/FFN/conv1/Tensordot/Const_2": [1536],
            "TransformerLayer/FFN/conv2/Tensordot/Const_2": [512],
            "TransformerLayer/FFN/conv2/Tensordot/Const": [0],
            "TransformerLayer/FFN/conv1/Tensordot/add_1": [2],
            "TransformerLayer/FFN/conv1/Tensordot/ListDiff-folded-0": [0, 1],
            "TransformerLayer/FFN/Scatter/strided_slice/stack": [1],
            "TransformerLayer/FFN/layer_prepostprocess/layer_norm/Mean/reduction_indices": [-1],
        }.items()
    },
    f"{_STACK}Layer_0/AddTimingSignal/strided_slice_2/stack_1": [0, 2],
    f"{_STACK}Layer_0/AddTimingSignal/strided_slice_2/stack_2": [1, 1],
    _ENCODER + "SequenceMask/ExpandDims/dim": -1,
    _ENCODER + "SequenceMask/Const": 0,
    _ENCODER + "ClipToMaxLength/Const": 1,
    _ENCODER + "ClipToMaxLength/ones_like": [1, 1],
    _ENCODER + "ClipToMaxLength/Less/y": 128,
    # Ids are from 0 on, and what is greater than this is one.
    _ENCODER + "Encode/SparseToDense/default_value": -1,
}

_CALL = "StatefulPartitionedCall/"
_UP = "center_net_mobile_net_v2fpn_feature_extractor/model_1/up_sampling2d"
#: 17 points of the body, found on a grid of 48 x 48.
INTEGERS["movenet_singlepose_lightning"] = {
    "StatefulPartitionedCall/stack_const_axis": 0,
    **{
        _CALL + name: value
        for name, value in {
            "ResizeImage/resize/ExpandDims/dim": 0,
            **{f"{_UP}{end}/mul": [n, n] for end, n in (("", 12), ("_1", 24), ("_2", 48))},
            "Reshape_2/shape": [1, 48 * 48, 1],
            "ArgMax/dimension": 1,
            "floordiv/y": 48,
            "mul/y": 48,
            "Reshape_3": [0],
            "Reshape_4/shape": [-1],
            "Reshape_5/shape": [-1],
            "Reshape_6/shape": [17, 2],
            "Reshape_7/shape": [1, 48 * 48, 17],
            "ArgMax_1/dimension": 1,
            "floordiv_1/y": 48,
            "mul_1/y": 48,
            "Reshape_8": [0] * 17,
            "Reshape_9/shape": [-1],
            "Reshape_10/shape": [-1],
            "Reshape_11/shape": [17, 17, 2],
            "stack_4": [[k, k] for k in range(17)],
            "ExpandDims_2/dim": 0,
            "ExpandDims_3/dim": 0,
            "ExpandDims_4/dim": 1,
            "ExpandDims_5": [[k] for k in range(17)],
            "ExpandDims_6/dim": 0,
            "ExpandDims_7/dim": 1,
            "ExpandDims_8/dim": 3,
            "concat/axis": 1,
            "concat_1/axis": 3,
        }.items()
    },
}

#: Images are padded to 513 x 513; convolutions with gaps of 2 and 4 go by blocks of 65 x 65 maps.
_BLOCKS = "MobilenetV2/expanded_conv_"
INTEGERS["deeplab_image_segmenter"] = {
    "sub_1/x": 513,
    "stack/0": 0,
    "stack_2": [0, 0],
    "strided_slice/stack_1": [3],
    "strided_slice_3/stack": [0],
    "strided_slice_4/stack": [1],
    "strided_slice_4/stack_1": [2],
    **{
        f"{_BLOCKS}{k}/depthwise/depthwise/{name}": value
        for k, gap, more in ((7, 2, 1), (14, 4, 3))
        for name, value in {
            "SpaceToBatchND/block_shape": [gap, gap],
            "SpaceToBatchND/paddings": [[gap, gap + more]] * 2,
            "BatchToSpaceND/crops": [[0, more]] * 2,
        }.items()
    },
    "ResizeBilinear_1/size": [65, 65],
    "strided_slice_7": [513, 513],
    "Assert/Assert/data_1": 3,
    "SemanticPredictions/begin": [0, 0, 0],
    "SemanticPredictions/size/0": 1,
}


def files(folder, seed=0):
    """The model in `folder` as `{"model.json": ..., "w": ...}` with weights of its own."""
    model = json.loads((folder / "model.json").read_text())
    integers = INTEGERS[folder.name]
    entries = [entry for group in model["weightsManifest"] for entry in group["weights"]]
    random = np.random.default_rng(seed)
    data = [_weight(entry, integers, random).tobytes() for entry in entries]
    model["weightsManifest"] = [{"paths": ["w"], "weights": entries}]
    return {"model.json": json.dumps(model).encode(), "w": b"".join(data)}


def _weight(entry, integers, random):
    shape = tuple(entry["shape"])
    quantized = entry.get("quantization", {}).get("dtype")
    if entry["dtype"] == "int32":
        values = np.array(integers[entry["name"].removeprefix("ConstantFolding/")], np.int32)
        assert values.shape == shape, entry["name"]
        return values
    # Such that activations stay about as large from layer to layer; variances are positive.
    depthwise = "depthwise" in entry["name"]
    fan_in = math.prod(shape[:2] if depthwise else shape[:-1]) or 1
    values = random.normal(0, 1 / math.sqrt(fan_in), shape)
    if "variance" in entry["name"]:
        values = np.abs(values) + 0.5
    if quantized in ("uint8", "uint16"):
        codes = (values - entry["quantization"]["min"]) / entry["quantization"]["scale"]
        return np.clip(np.rint(codes), 0, np.iinfo(quantized).max).astype(quantized)
    return values.astype(quantized or np.float32)
