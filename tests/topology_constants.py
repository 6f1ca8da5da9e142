"""What weights made up for official graphs do not draw, by the models' names.

Integers are shapes, axes and the like, which the published files have and these lack: they are
written as the architecture has them. `topology_movenet` has those of MoveNet.
"""

#: Boxes of each feature map of an SSD with MobileNet at 300 x 300: 19^2 * 3, 10^2 * 6, ...
_BOXES = (1083, 600, 150, 54, 24, 6)

CONSTANTS = {
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

_ANCHORS = "MultipleGridAnchorGenerator/"
_LOOP = "Preprocessor/map/while/"
#: Of these the graph makes the boxes; one constant stands for all of its value.
CONSTANTS["coco_ssd_oldformat_a"] = CONSTANTS["coco_ssd_oldformat_b"] = {
    # The places of the first map have other boxes than those of the rest; the last is one place.
    **{f"{_ANCHORS}Meshgrid_{k}/ExpandedShape/concat": [1, 1, n] for k, n in ((2, 3), (5, 6))},
    **{
        f"{_ANCHORS}Meshgrid_{3 * k + 2}/ExpandedShape_1/concat": [side, side, 1]
        for k, side in enumerate((19, 10, 5, 3, 2))
    },
    f"{_ANCHORS}Reshape_1/shape": [-1, 2],
    f"{_ANCHORS}assert_equal/x": sum(_BOXES),
    f"{_ANCHORS}concat/axis": 1,
    f"{_ANCHORS}Concatenate/concat/axis": 0,
    **{f"BoxPredictor_{k}/stack/1": n for k, n in enumerate(_BOXES)},
    "BoxPredictor_0/stack/3": 4,
    "BoxPredictor_0/stack_1/2": 91,
    "strided_slice_6/stack": [1],
    "strided_slice_6/stack_1": [2],
    "strided_slice_7/stack_1": [3],
    f"{_LOOP}ResizeImage/ExpandDims/dim": 0,
    f"{_LOOP}ResizeImage/size": [300, 300],
    f"{_LOOP}add/y": 1,
    "Postprocessor/strided_slice/stack": [0],
    "Postprocessor/Reshape_1/shape": [-1, 4],
    "Postprocessor/ExpandDims_1/dim": 2,
    "Postprocessor/Slice/begin": [0, 0, 1],
    "Postprocessor/Slice/size": [-1, -1, -1],
    **{
        f"Postprocessor/Decode/{name}/sub_1": [1, 0]
        for name in ("transpose", "transpose_1", "get_center_coordinates_and_sizes/transpose")
    },
}

_ENCODER = "module_apply_default/Encoder_en/KonaTransformer/"
_STACK = _ENCODER + "Encode/TransformerStack/"
_ATTENTION = "TransformerLayer/MultiheadAttention/"
_HEADS = _ATTENTION + "split_heads/"
_BIAS = _ATTENTION + "DotProductAttention/attention_bias_ignore_padding/ExpandDims/dim"
#: One constant often stands for all of its value, whatever it was made for.
CONSTANTS["universal_sentence_encoder_lite"] = {
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

#: Images are padded to 513 x 513; convolutions with gaps of 2 and 4 go by blocks of 65 x 65 maps.
_BLOCKS = "MobilenetV2/expanded_conv_"
CONSTANTS["deeplab_image_segmenter"] = {
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
