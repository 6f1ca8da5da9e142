"""Windows of one to three dimensions: wrong calls, and what samples cannot say."""

import numpy as np
import pytest

import tfpy
from tfpy.errors import ArgumentError, ShapeError
from tfpy.spec import Sliding, rounded, sliding_window


def zeros(*shape):
    return tfpy.zeros(shape)


MISTAKES = [
    (lambda: tfpy.conv1d(zeros(4), zeros(2, 1, 1)), ShapeError, "conv1d: x must have rank 2 or 3"),
    (lambda: tfpy.conv1d(zeros(4, 1), zeros(2, 1)), ShapeError, "conv1d: filters must have rank 3"),
    (lambda: tfpy.conv1d(zeros(1, 4, 3), zeros(2, 2, 1)), ShapeError, "conv1d: x has 3 channels"),
    (
        lambda: tfpy.conv1d(zeros(1, 2, 1), zeros(4, 1, 1)),
        ShapeError,
        "conv1d: a window of 4 does not fit into 2",
    ),
    (lambda: tfpy.conv1d(zeros(4, 1), zeros(0, 1, 1)), ShapeError, "at least one element"),
    (
        lambda: tfpy.conv1d(zeros(4, 1), zeros(2, 1, 1), data_format="NHWC"),
        ArgumentError,
        "'NHWC'",
    ),
    (
        lambda: tfpy.conv3d(zeros(1, 4, 4, 4, 3), zeros(2, 2, 2, 2, 1)),
        ShapeError,
        "conv3d: x has 3 channels",
    ),
    (
        lambda: tfpy.conv3d(zeros(1, 4, 4, 4, 4), zeros(2, 2, 2, 2, 3)),
        ShapeError,
        "conv3d: x has 4 channels, filters take 2",
    ),
    (
        lambda: tfpy.conv3d(zeros(1, 4, 4, 4, 1), zeros(2, 2, 2, 1, 1), strides=(1, 2)),
        ArgumentError,
        r"conv3d: strides must be a positive int or 3 of them, not \(1, 2\)",
    ),
    *[
        (
            lambda bad=bad: tfpy.conv2d(zeros(1, 4, 4, 1), zeros(2, 2, 1, 1), dilations=bad),
            ArgumentError,
            "conv2d: dilations must be",
        )
        for bad in (0, -1, 1.5, "2", None, 1 << 31, (1, 2, 3))
    ],
    *[
        (
            lambda bad=bad: tfpy.conv2d(zeros(1, 4, 4, 1), zeros(2, 2, 1, 1), padding=bad),
            ArgumentError,
            "conv2d: padding",
        )
        for bad in (
            *(-1, 1.5, None, "full", 1 << 31, (1, 2, 3), ((1, 2), (3,)), ((0, -1), (0, 0))),
            ((0, 0), (1, 1), (1, 1), (0, 1)),
        )
    ],
    (
        lambda: tfpy.conv2d(zeros(1, 4, 4, 1), zeros(2, 2, 1, 1), dim_rounding_mode="up"),
        ArgumentError,
        "dim_rounding_mode must be .* not 'up'",
    ),
    (
        lambda: tfpy.conv2d(
            zeros(1, 4, 4, 1), zeros(2, 2, 1, 1), padding="same", dim_rounding_mode="ceil"
        ),
        ArgumentError,
        "conv2d: dim_rounding_mode='ceil' needs padding in numbers, not 'same'",
    ),
    (
        lambda: tfpy.conv3d_transpose(zeros(1, 2, 2, 2, 1), zeros(2, 2, 2, 1, 1), (1, 4, 3, 3, 1)),
        ShapeError,
        r"conv3d_transpose: .* does not belong to an output of shape \(1, 3, 2, 2, 1\)",
    ),
    *[
        (
            lambda bad=bad: tfpy.conv1d_transpose(zeros(1, 2, 1), zeros(2, 1, 1), bad),
            ShapeError,
            "conv1d_transpose: output_shape",
        )
        for bad in ((3,), (1, 1, 3, 1), (1, -1, 1), (None, 3, 1), 3)
    ],
    (
        lambda: tfpy.conv1d_transpose(zeros(1, 1, 1), zeros(2, 1, 1), padding=2),
        ShapeError,
        "conv1d_transpose: output_shape .* negative",
    ),
    (
        lambda: tfpy.separable_conv2d(zeros(1, 4, 4, 2), zeros(2, 2, 2, 2), zeros(1, 1, 2, 3)),
        ShapeError,
        "separable_conv2d: pointwise_filters of shape",
    ),
    (lambda: tfpy.max_pool1d(zeros(4), 2), ShapeError, "max_pool1d: x must have rank 2 or 3"),
    (
        lambda: tfpy.avg_pool3d(zeros(1, 4, 4, 4, 1), (2, 2)),
        ArgumentError,
        "avg_pool3d: pool_size must be a positive int or 3 of them",
    ),
    (
        lambda: tfpy.max_pool3d(zeros(1, 4, 4, 4, 1), (2, 2, 5)),
        ShapeError,
        "max_pool3d: a window of 5 does not fit into 4",
    ),
    (lambda: tfpy.pool(zeros(1, 4, 4, 1), 2, "min"), ArgumentError, "pool: .* \"avg\", not 'min'"),
    (lambda: tfpy.pool(zeros(1, 4, 4, 1), [2] * 4, "max"), ArgumentError, "one to three axes"),
    (lambda: tfpy.pool(zeros(1, 4, 4, 1), None, "max"), ArgumentError, "one to three axes"),
    (
        lambda: tfpy.dilation2d(zeros(1, 4, 4, 2), zeros(2, 2, 3)),
        ShapeError,
        "dilation2d: x has 2 channels, filters 3",
    ),
    (lambda: tfpy.dilation2d(zeros(4, 4), zeros(2, 2, 1)), ShapeError, "dilation2d: x must have"),
    *[
        (
            lambda bad=bad: tfpy.local_response_normalization(zeros(1, 2, 2, 3), bad),
            ArgumentError,
            "depth_radius must be an int",
        )
        for bad in (-1, 1.5, "1")
    ],
    (lambda: tfpy.local_response_normalization(zeros(2, 3)), ShapeError, "must have rank 3 or 4"),
    (
        lambda: tfpy.space_to_batch(zeros(1, 3, 4), [2, 2], [[0, 0], [0, 0]]),
        ShapeError,
        r"space_to_batch: padded sizes \(3, 4\) do not part into blocks of \(2, 2\)",
    ),
    (
        lambda: tfpy.space_to_batch(zeros(2, 2), [1, 1], [[0, 0], [0, 0]]),
        ShapeError,
        "space_to_batch: a block of 2 axes does not fit shape",
    ),
    *[
        (
            lambda bad=bad: tfpy.space_to_batch(zeros(1, 4), bad, [[0, 0]]),
            ArgumentError,
            "space_to_batch: block_shape must be positive ints",
        )
        for bad in ([0], [1.5], None, -2)
    ],
    *[
        (
            lambda bad=bad: tfpy.space_to_batch(zeros(1, 4), [2], bad),
            ShapeError,
            "space_to_batch: paddings",
        )
        for bad in ([[0, 0], [0, 0]], [[-2, 0]], [[1.0, 1.0]], None, [[1, 1, 0]])
    ],
    (
        lambda: tfpy.batch_to_space(zeros(3, 4), [2], [[0, 0]]),
        ShapeError,
        "batch_to_space: a batch of 3 does not part",
    ),
    (
        lambda: tfpy.batch_to_space(zeros(4, 2), [2], [[3, 2]]),
        ShapeError,
        "batch_to_space: crops .* more than there is",
    ),
    (
        lambda: tfpy.depth_to_space(zeros(1, 2, 2, 6), 2),
        ShapeError,
        "depth_to_space: 6 channels do not part into blocks of 2 x 2",
    ),
    (
        lambda: tfpy.space_to_depth(zeros(1, 2, 3, 6), 2),
        ShapeError,
        "space_to_depth: 2 x 3 pixels do not part",
    ),
    (lambda: tfpy.depth_to_space(zeros(2, 2, 4), 2), ShapeError, "must have rank 4"),
    (lambda: tfpy.depth_to_space(zeros(1, 2, 2, 4), 0), ArgumentError, "block_size must be"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_wrong_calls(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_rounding_of_steps():
    """Sizes as TF.js computes them: rounded (n + pads - extent) / stride, plus one."""
    sizes = {
        mode: [
            sliding_window("w", (n,), (3,), rounded("w", (n,), (3,), how, mode)).out[0]
            for n in range(3, 8)
        ]
        for mode in ("floor", "round", "ceil")
        for how in [Sliding((4,), ((0, 0),), (1,))]
    }
    assert sizes == {
        "floor": [1, 1, 1, 1, 2],
        "round": [1, 1, 2, 2, 2],
        "ceil": [1, 2, 2, 2, 2],
    }


def test_numpy_ints_and_arrays_say_what_ints_say():
    x, w = zeros(1, 5, 5, 1), zeros(2, 2, 1, 1)
    y = tfpy.conv2d(x, w, np.int64(2), np.array([[1, 0], [0, 1]]), dilations=np.array([1, 2]))
    assert y.shape == (1, 3, 2, 1)
    assert tfpy.max_pool(x, np.int32(2)).shape == (1, 2, 2, 1)


def test_the_maxima_beside_their_positions_have_a_gradient():
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("f")
    weights = tfpy.tensor(np.arange(36.0).reshape((2, 2, 3, 3)).astype("f"))

    def values(x):
        return tfpy.sum(tfpy.max_pool_with_argmax(x, 2)[0] * weights)

    got = tfpy.grad(values)(tfpy.tensor(x)).numpy()
    wanted = tfpy.grad(lambda x: tfpy.sum(tfpy.max_pool(x, 2) * weights))(tfpy.tensor(x)).numpy()
    np.testing.assert_array_equal(got, wanted)
    _, where = tfpy.max_pool_with_argmax(tfpy.tensor(x), 2, include_batch_in_index=True)
    assert set(np.flatnonzero(got)) == set(where.numpy().ravel()) - {where.numpy()[0, 0, 0, 0]}


def test_sequences_are_rows_of_one_image(use_backend):
    """So that in WebGL, where 2 x 2 pixels lie together, every second one is not empty."""
    use_backend("numpy")
    tfpy.backend().prepared.clear()
    tfpy.conv1d(zeros(6, 9, 4), zeros(3, 4, 8))
    met = tfpy.backend().prepared
    assert [key[1].shape for key in met if key[0] == "conv2d_nhwc"] == [(1, 6, 9, 4)]


EMPTY = [
    ("conv1d", (2, 0, 3), (2, 3, 4)),
    ("conv1d", (1, 4, 3), (2, 3, 0)),
    ("conv2d", (2, 0, 4, 8), (2, 2, 8, 8)),
    ("conv2d", (0, 3, 4, 8), (2, 2, 8, 8)),
    ("conv3d", (1, 0, 4, 4, 2), (2, 2, 2, 2, 3)),
    ("conv3d", (1, 4, 4, 4, 0), (2, 2, 2, 0, 3)),
    ("depthwise_conv2d", (1, 0, 4, 3), (2, 2, 3, 1)),
    ("dilation2d", (1, 0, 4, 3), (2, 2, 3)),
    ("max_pool", (1, 0, 4, 3), None),
    ("avg_pool3d", (1, 0, 4, 4, 2), None),
    ("max_pool3d", (1, 4, 0, 4, 2), None),
]


@pytest.mark.parametrize("name", ["numpy", "webgl"])
@pytest.mark.parametrize(("op", "image", "filters"), EMPTY, ids=str)
def test_windows_over_nothing(op, image, filters, name, use_backend):
    """Results and gradients that have elements are zeros, eager and planned."""
    use_backend(name)
    inputs = [tfpy.ones(image)] if filters is None else [tfpy.ones(image), tfpy.ones(filters)]

    def run(*inputs):
        return getattr(tfpy, op)(*inputs, *([2] if filters is None else []), padding="same")

    with tfpy.GradientTape() as tape:
        tape.watch(inputs)
        y = run(*inputs)
    planned = tfpy.function(run)(*inputs)
    for x in (y, planned, *tape.gradient(y, inputs)):
        assert not np.any(x.numpy())
    assert y.shape == planned.shape
