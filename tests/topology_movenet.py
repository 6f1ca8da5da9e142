"""What weights made up for MoveNet's graphs do not draw; see `topology_constants`."""

import numpy as np

_CALL = "StatefulPartitionedCall/"
_UP = "center_net_mobile_net_v2fpn_feature_extractor/model_1/up_sampling2d"
#: Pixels are brought to -1 to 1.
_PIXELS = {
    _CALL + "Reshape": [[[[0] * 3]]],
    _CALL + "truediv": [[[[2 / 255] * 3]]],
    _CALL + "sub_1/y": 1,
}
#: 17 points of the body, found on a grid of 48 x 48.
_ONE_PERSON = {
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
_ROWS, _COLUMNS = np.indices((48, 48, 1))[:2]
#: Were these drawn too, points would be thousands of pixels away.
_ONE_PERSON_FLOATS = {
    _CALL + name: value
    for name, value in {
        # A person in the middle counts for more; points are near where regression has them.
        "truediv_2_recip": 1 / (np.hypot(_ROWS - 23.5, _COLUMNS - 23.5) + 1),
        "strided_slice_3": _ROWS,
        "strided_slice_4": _COLUMNS,
        "add_5/y": 1.8,
        # Points in shares of the image.
        "Reshape_13": [[[[1 / 48] * 2]]],
    }.items()
}


def _slices(numbers, begin, end):
    """The constants of slices without gaps."""
    ends = {"stack": begin, "stack_1": end, "stack_2": [1] * len(begin)}
    return {f"strided_slice_{k}/{name}": v for k in numbers for name, v in ends.items()}


#: The grid at a quarter of 320 x 320 pixels; up to ten people, whose 17 points are each looked for
#: at the hundred places of the grid that look most like it.
_GRID, _PEOPLE, _POINTS, _PLACES = 80, 10, 17, 100
_LOOP_OF_ONE = {
    _CALL + "map/while/loop_counter": 0,
    _CALL + "map/while/maximum_iterations": 1,
    "__inference_map_while_cond_10121_3503/map/while/Less/y": 1,
    **{
        "__inference_map_while_body_10122_30691/map/while/" + name: value
        for name, value in {
            "add/y": 1,
            "add_1/y": 1,
            "TensorArrayV2Read/TensorListGetItem/element_shape": [_PEOPLE, _POINTS, 2],
            "TensorArrayV2Read_1/TensorListGetItem/element_shape": [4],
            "ClipToWindow/split/split_dim": 2,
            "ClipToWindow/concat/axis": 2,
        }.items()
    },
}
_SEVERAL_PEOPLE = {
    "StatefulPartitionedCall/stack_const_axis": 0,
    **_LOOP_OF_ONE,
    **{
        _CALL + name: value
        for name, value in {
            "ResizeImage/resize/ExpandDims/dim": 0,
            **{f"{_UP}{end}/mul": [n, n] for end, n in (("", 20), ("_1", 40), ("_2", _GRID))},
            # The middles of people: places in the grid as rows and columns.
            "Reshape_2/shape": [1, -1],
            "TopKV2/k": _PEOPLE,
            "floordiv_1/y": _GRID,
            "mul_3/y": _GRID,
            "Reshape_3": [0] * _PEOPLE,
            **{f"Reshape_{k}/shape": [-1] for k in (4, 5, 9, 10, 18, 19, 24, 31)},
            **{f"Reshape_{k}/shape": [1, _PEOPLE, 2] for k in (6, 7)},
            # The points as regression has them from there.
            **_slices((5, 6, 7, 8, 9, 10), [0, 0], [1, 0]),
            "Reshape_8": [0] * _PEOPLE,
            "Reshape_11/shape": [1, _PEOPLE, _POINTS, 2],
            "ExpandDims_3/dim": 2,
            "ExpandDims_4/dim": 2,
            # Candidates of each point: numbers of places and points in one, as memory has them.
            "transpose/perm": [0, 3, 1, 2],
            "Reshape_14/shape": [1, _POINTS, -1],
            "TopKV2_1/k": _PLACES,
            "mul_7/x": _POINTS,
            "strided_slice_11": [[[k] for k in range(_POINTS)]],
            "Reshape_16/shape": [1, -1],
            **dict.fromkeys(("floordiv_4/y", "floordiv_6/y", "floordiv_7/y"), _POINTS),
            "mul_9/y": _POINTS,
            "floordiv_5/y": _GRID,
            "mul_8/y": _GRID,
            "Reshape_17": [0] * (_POINTS * _PLACES),
            "Reshape_21/shape": [1, _POINTS * _PLACES, _POINTS, 2],
            "Reshape_22": [0] * (_POINTS * _PLACES),
            "Reshape_23": range(_POINTS * _PLACES),
            "Reshape_25/shape": [1, _POINTS * _PLACES, 2],
            "Reshape_26/shape": [1, _POINTS, _PLACES, 2],
            # Distances of (people, candidates, points).
            "ExpandDims_9/dim": 2,
            "Tile_8/multiples": [1, 1, _PLACES, 1, 1],
            "transpose_1/perm": [0, 2, 1, 3],
            "ExpandDims_10/dim": 1,
            "Tile_9/multiples": [1, _PEOPLE, 1, 1, 1],
            "Sum_2/reduction_indices": 4,
            # Those of candidates that are too unlikely are infinite.
            "transpose_2/perm": [0, 2, 1],
            "Sum_1/reduction_indices": 1,
            "ExpandDims_8/dim": 1,
            "Tile_7/multiples": [1, _PLACES, 1],
            "Tile_6": [[[k] * _POINTS for k in range(_PLACES)]],
            "ExpandDims_11/dim": 1,
            "Tile_10/multiples": [1, _PEOPLE, 1, 1],
            "Min/reduction_indices": 2,
            # The best candidate of each point of each person.
            "ExpandDims_12/dim": 1,
            "Tile_11/multiples": [1, _PEOPLE, 1, 1],
            "ArgMax/dimension": 2,
            "transpose_5/perm": [0, 2, 1],
            "Reshape_29": [0] * (_POINTS * _PEOPLE),
            "Reshape_30": [k for k in range(_POINTS) for _ in range(_PEOPLE)],
            "Reshape_32/shape": [1, _POINTS, _PEOPLE, 2],
            "transpose_6/perm": [0, 2, 1, 3],
            "Reshape_33/shape": [1, _POINTS, _PEOPLE],
            "transpose_7/perm": [0, 2, 1],
            # It counts if it is in the person's box, made larger.
            "Reshape_34/shape": [-1, 4],
            "ScaleHeightWidth/get_center_coordinates_and_sizes/transpose/perm": [1, 0],
            "Reshape_35/shape": [1, _PEOPLE, 4],
            "ExpandDims_15/dim": 2,
            "Tile_14/multiples": [1, 1, _POINTS, 1],
            **_slices((12, 13, 16, 17), [0, 0, 0, 0], [0, 0, 0, 1]),
            **_slices((14, 15, 18, 19), [0, 0, 0, 1], [0, 0, 0, 2]),
            "Greater_4/y": 0,
            "ExpandDims_16/dim": 3,
            "Tile_15/multiples": [1, 1, 1, 2],
            # All of it kept in the image, in a loop over images.
            "map/Const": 0,
            "map/TensorArrayV2_2/num_elements": 1,
            **{
                f"map/{name}/element_shape": [_PEOPLE, _POINTS, 2]
                for name in (
                    "TensorArrayV2_2",
                    "TensorArrayUnstack/TensorListFromTensor",
                    "TensorArrayV2Stack/TensorListStack",
                )
            },
            "map/TensorArrayUnstack_1/TensorListFromTensor/element_shape": [4],
            # The scores of people, which are of the one class that there is, with their points'.
            "x": 0,
            "x_2": 0,
            **_slices((20, 22, 23), [0, 0, 0], [0, 0, 0]),
            "Tile_17/multiples": [1, 1, _POINTS],
            "Sum_4/reduction_indices": 2,
            "Sum_5/reduction_indices": 2,
            "ExpandDims_17/dim": 3,
            "concat_2/axis": 3,
            "Reshape_37/shape": [1, _PEOPLE, 3 * _POINTS],
            "concat_3/axis": 2,
        }.items()
    },
}


_LARGER = "ScaleHeightWidth/"
_HALVES = [f"truediv_{k}_recip" for k in (2, 3, 4, 5)] + [
    f"{_LARGER}get_center_coordinates_and_sizes/{name}_recip" for name in ("truediv", "truediv_1")
]
#: Floats that are not learned, and one that is. Were they drawn, all people would be in one point
#: and no place of the grid more likely than another.
_NOT_DRAWN = {
    _CALL + name: value
    for name, value in {
        # Places are where the map is as large as the largest around.
        "Less_2/y": 1e-6,
        "Less_3/y": 1e-6,
        # Boxes: of 30 places or so on a side, from their middles, within the grid.
        "box_scale_0/conv2d_5/BiasAdd/ReadVariableOp": [30, 30],
        "Maximum/y": 0,
        **dict.fromkeys(_HALVES, 0.5),
        **dict.fromkeys(("Cast_4", "Cast_5"), _GRID),
        **{f"clip_by_value{end}/y": 0 for end in ("", "_1", "_2", "_3", "_4")},
        "mul_5": [[[1 / _GRID] * 4]],
        "clip_by_value_4/Minimum/y": 1,
        # Boxes made larger by a fifth.
        **{f"{_LARGER}mul{end}": 0.6 for end in ("", "_2", "_4", "_6")},
        # Candidates: their least score, their distance (of no score: any), and what is added
        # to it before it divides the score. They are to be near, in shares of the box.
        "GreaterEqual/y": 0.1,
        "mul_11": np.full((1, _PEOPLE, _PLACES, _POINTS), np.inf),
        "add_11/y": 1e-6,
        "mul_12/y": 0.3,
        "Less_6/y": 0.1,
        # The score of points without a candidate.
        "mul_13": np.full((1, _PEOPLE, _POINTS), 0.1),
        # Points in shares of the image; those outside have no score.
        "Reshape_36": [[[[1 / _GRID] * 2]]],
        "Tile_16": [[0, 0, 1, 1]],
        **{f"GreaterEqual_{k}/y": 0 for k in (2, 3)},
        **{f"LessEqual{end}/y": 1 for end in ("", "_1")},
        "zeros_like": np.zeros((1, _PEOPLE, _POINTS)),
        "zeros_like_1": np.zeros((1, _PEOPLE, _POINTS)),
        # Which points' scores count for their person's.
        "Greater_5/y": 0.1,
        "Maximum_2/y": 1,
    }.items()
}

CONSTANTS = {
    "movenet_singlepose_lightning": _ONE_PERSON | _PIXELS | _ONE_PERSON_FLOATS,
    # The same network, trained with more people at desks.
    "movenet_singlepose_lightning_deskfit": _ONE_PERSON | _PIXELS | _ONE_PERSON_FLOATS,
    "movenet_multipose": _SEVERAL_PEOPLE | _PIXELS | _NOT_DRAWN,
}
