"""Wrong calls: each gives a typed error that names the operation and what is wrong with it."""

import pytest

import tfpy


def zeros(*shape):
    return tfpy.zeros(shape)


FLAGS = tfpy.tensor([True, False])
IDS = tfpy.tensor([0, 1, 2, 1])

MISTAKES = {
    "matmul": (lambda: zeros(2, 3) @ zeros(4, 5), tfpy.ShapeError, "matmul: inner sizes 3 and 4"),
    "matmul scalar": (lambda: tfpy.matmul(1.0, zeros(2)), tfpy.ShapeError, "must not be scalars"),
    "add": (lambda: zeros(2, 3) + zeros(4), tfpy.ShapeError, r"add: shapes \(2, 3\) and \(4,\)"),
    "where": (lambda: tfpy.where(FLAGS, zeros(3), 0.0), tfpy.ShapeError, "where: shapes"),
    "bool arithmetic": (lambda: FLAGS + FLAGS, tfpy.DTypeError, "add does not take bool"),
    "logic of floats": (lambda: tfpy.logical_and(1.0, 2.0), tfpy.DTypeError, "logical_and"),
    "all of floats": (lambda: tfpy.all(zeros(2)), tfpy.DTypeError, "all takes a bool tensor"),
    "dtype": (lambda: tfpy.zeros((2,), "float16"), tfpy.DTypeError, "unknown dtype 'float16'"),
    "reshape": (lambda: zeros(6).reshape((4, -1)), tfpy.ShapeError, r"reshape: .* of 6 elements"),
    "transpose": (lambda: zeros(2, 3).transpose((0, 0)), tfpy.ShapeError, "transpose: .* order"),
    "axis": (lambda: zeros(2, 3).sum(axis=2), tfpy.ShapeError, "sum: axis 2 is out of range"),
    "axis twice": (lambda: zeros(2, 3).sum(axis=(0, -2)), tfpy.ShapeError, "names an axis twice"),
    "max of nothing": (lambda: zeros(0).max(), tfpy.ShapeError, "at least one element"),
    "concat": (lambda: tfpy.concat([zeros(2, 3), zeros(2, 4)]), tfpy.ShapeError, "concat: shapes"),
    "concat nothing": (lambda: tfpy.concat([]), tfpy.ArgumentError, "at least one tensor"),
    "stack": (lambda: tfpy.stack([zeros(2), zeros(3)]), tfpy.ShapeError, "stack: shapes"),
    "split": (lambda: tfpy.split(zeros(5), 2), tfpy.ShapeError, "split: 5 elements"),
    "slice": (lambda: tfpy.slice(zeros(4), 2, 3), tfpy.ShapeError, "reach outside shape"),
    "squeeze": (lambda: tfpy.squeeze(zeros(2, 1), 0), tfpy.ShapeError, "not of size 1"),
    "broadcast_to": (lambda: tfpy.broadcast_to(zeros(3), (2, 4)), tfpy.ShapeError, "broadcast_to"),
    "pad": (lambda: tfpy.pad(zeros(3), [[1, -1]]), tfpy.ShapeError, "pad: paddings"),
    "pad mode": (lambda: tfpy.pad(zeros(3), [[1, 1]], "wrap"), tfpy.ArgumentError, "'wrap'"),
    "reflect": (lambda: tfpy.pad(zeros(3), [[3, 0]], "reflect"), tfpy.ShapeError, "cannot reflect"),
    "gather": (lambda: tfpy.gather(zeros(3), [0.5]), tfpy.DTypeError, "indices must be int32"),
    "one_hot": (lambda: tfpy.one_hot([1], 0), tfpy.ArgumentError, "depth must be at least 1"),
    "top_k": (lambda: tfpy.top_k(zeros(3), 4), tfpy.ShapeError, "k=4 is out of range"),
    "gather batches": (
        lambda: tfpy.gather(zeros(2, 3), IDS, axis=1, batch_dims=1),
        tfpy.ShapeError,
        r"gather: batch_dims=1 .* \(2, 3\) and indices of shape \(4,\)",
    ),
    "gather axis": (
        lambda: tfpy.gather(zeros(4, 3), IDS, axis=0, batch_dims=1),
        tfpy.ShapeError,
        "gather: batch_dims=1 does not fit axis=0",
    ),
    "take_along_axis": (
        lambda: tfpy.take_along_axis(zeros(2, 3), IDS),
        tfpy.ShapeError,
        "take_along_axis: .* differ in rank",
    ),
    "gather_nd": (
        lambda: tfpy.gather_nd(zeros(4), [[0, 0]]),
        tfpy.ShapeError,
        r"gather_nd: indices of shape \(1, 2\)",
    ),
    "gather_nd dtype": (
        lambda: tfpy.gather_nd(zeros(4), [[0.5]]),
        tfpy.DTypeError,
        "gather_nd: indices must be int32, not float32",
    ),
    "segments": (
        lambda: tfpy.unsorted_segment_sum(zeros(4), IDS, -1),
        tfpy.ArgumentError,
        "num_segments is negative: -1",
    ),
    "scatter_nd": (
        lambda: tfpy.scatter_nd([[0], [1]], zeros(3), (4,)),
        tfpy.ShapeError,
        r"scatter_nd: updates of shape \(3,\)",
    ),
    "scatter_nd shape": (
        lambda: tfpy.scatter_nd([[0], [1]], zeros(2), (-4,)),
        tfpy.ShapeError,
        "scatter_nd: shape .* negative size",
    ),
    "tensor_scatter_nd_update": (
        lambda: tfpy.tensor_scatter_nd_update(IDS, [[0]], [0.5]),
        tfpy.DTypeError,
        "updates are float32, the tensor is int32",
    ),
    "sparse_to_dense": (
        lambda: tfpy.sparse_to_dense([[0, 1]], [1.0], (4,)),
        tfpy.ShapeError,
        r"sparse_indices of shape \(1, 2\)",
    ),
    "bincount": (lambda: tfpy.bincount([0.5], None, 2), tfpy.DTypeError, "x must be int32"),
    "bincount rank": (lambda: tfpy.bincount([[1]], None, 2), tfpy.ShapeError, "must have rank 1"),
    "bincount size": (lambda: tfpy.bincount(IDS, None, -2), tfpy.ArgumentError, "negative: -2"),
    "bincount weights": (
        lambda: tfpy.dense_bincount(IDS, zeros(3), 2),
        tfpy.ShapeError,
        r"weights of shape \(3,\)",
    ),
    "confusion_matrix": (
        lambda: tfpy.math.confusion_matrix(IDS, [0, 1], 2),
        tfpy.ShapeError,
        "vectors of one length",
    ),
    "confusion_matrix classes": (
        lambda: tfpy.math.confusion_matrix(IDS, IDS, 0),
        tfpy.ArgumentError,
        "num_classes must be at least 1: 0",
    ),
    "sort": (lambda: tfpy.sort(1.0), tfpy.ShapeError, "sort: axis -1 is out of range"),
    "searchsorted": (
        lambda: tfpy.searchsorted(zeros(2, 3), zeros(3, 3)),
        tfpy.ShapeError,
        "differ before the last axis",
    ),
    "searchsorted side": (
        lambda: tfpy.searchsorted(IDS, IDS, "middle"),
        tfpy.ArgumentError,
        "'middle'",
    ),
    "in_top_k": (
        lambda: tfpy.in_top_k(zeros(4, 3), IDS, 0),
        tfpy.ArgumentError,
        "k must be from 1 to 3, not 0",
    ),
    "in_top_k shapes": (
        lambda: tfpy.in_top_k(zeros(3, 4), IDS),
        tfpy.ShapeError,
        r"in_top_k: targets of shape \(4,\)",
    ),
    "cumsum": (lambda: tfpy.cumsum(zeros(2), 1), tfpy.ShapeError, "cumsum: axis 1 is out of range"),
    "einsum count": (
        lambda: tfpy.einsum("ij,jk", zeros(2, 2)),
        tfpy.ArgumentError,
        "is for 2 operands, not 1",
    ),
    "einsum rank": (
        lambda: tfpy.einsum("ijk", zeros(2, 2)),
        tfpy.ShapeError,
        "'ijk' .* rank 2",
    ),
    "einsum sizes": (
        lambda: tfpy.einsum("ij,jk", zeros(2, 3), zeros(4, 5)),
        tfpy.ShapeError,
        "'j' of .* is both 3 and 4",
    ),
    "einsum result": (
        lambda: tfpy.einsum("ij->ik", zeros(2, 3)),
        tfpy.ArgumentError,
        "must have axes of the operands",
    ),
    "einsum letters": (
        lambda: tfpy.einsum("i1", zeros(2, 3)),
        tfpy.ArgumentError,
        "something else than letters",
    ),
    "einsum diagonal": (
        lambda: tfpy.einsum("ii", zeros(1, 3)),
        tfpy.ShapeError,
        "no diagonal of axes of 1 and 3",
    ),
    "tensordot": (
        lambda: tfpy.tensordot(zeros(2, 3), zeros(2, 3), 1),
        tfpy.ShapeError,
        "tensordot: axes=1",
    ),
    "tensordot axes": (
        lambda: tfpy.tensordot(zeros(2), zeros(2), -1),
        tfpy.ArgumentError,
        "tensordot: axes=-1",
    ),
    "add_n": (lambda: tfpy.add_n([zeros(2), zeros(1)]), tfpy.ShapeError, "add_n: shapes"),
    "add_n nothing": (lambda: tfpy.add_n([]), tfpy.ArgumentError, "at least one tensor"),
    "meshgrid": (lambda: tfpy.meshgrid(zeros(2, 2)), tfpy.ShapeError, "meshgrid: takes vectors"),
    "meshgrid indexing": (
        lambda: tfpy.meshgrid([1], indexing="yx"),
        tfpy.ArgumentError,
        "'yx'",
    ),
    "mirror_pad": (
        lambda: tfpy.mirror_pad([1], [[0, 0]], "constant"),
        tfpy.ArgumentError,
        "mirror_pad: mode must be",
    ),
    "ensure_shape": (
        lambda: tfpy.ensure_shape(zeros(2, 3), (None, 2)),
        tfpy.ShapeError,
        r"shape \(2, 3\) is not \(None, 2\)",
    ),
    "broadcast_args": (
        lambda: tfpy.broadcast_args([2], [3]),
        tfpy.ShapeError,
        "broadcast_args: shapes",
    ),
    "boolean_mask": (
        lambda: tfpy.boolean_mask(zeros(3, 2), FLAGS),
        tfpy.ShapeError,
        r"boolean_mask: mask of shape \(2,\)",
    ),
    "boolean_mask dtype": (
        lambda: tfpy.boolean_mask(zeros(4), IDS),
        tfpy.DTypeError,
        "mask must be bool, not int32",
    ),
    "mask": (lambda: zeros(3)[[True, False]], tfpy.ShapeError, "boolean_mask: mask of shape"),
    "nonzero": (lambda: tfpy.nonzero(1.0), tfpy.ShapeError, "nonzero: x must have an axis"),
    "setdiff1d": (lambda: tfpy.setdiff1d(IDS, [0.5]), tfpy.DTypeError, "x is int32, y is float32"),
    "setdiff1d rank": (
        lambda: tfpy.setdiff1d([[1]], [1]),
        tfpy.ShapeError,
        "setdiff1d: x must have rank 1",
    ),
    "unique": (lambda: tfpy.unique(zeros(3), 1), tfpy.ShapeError, "unique: axis 1 is out of"),
    "strided_slice": (
        lambda: tfpy.strided_slice(zeros(4), [0, 0], [1]),
        tfpy.ShapeError,
        "strided_slice: .* differ in length",
    ),
    "slice step": (lambda: zeros(4)[::0], tfpy.ShapeError, "step of a slice must not be 0"),
    "one_hot axis": (lambda: tfpy.one_hot([1], 3, axis=2), tfpy.ShapeError, "one_hot: axis 2"),
    "moving_average": (
        lambda: tfpy.moving_average(zeros(2), zeros(2), 0.5),
        tfpy.ArgumentError,
        "zero_debias needs step",
    ),
    "basic_lstm_cell": (
        lambda: tfpy.basic_lstm_cell(
            1, zeros(3, 4), zeros(4), zeros(1, 1), zeros(1, 2), zeros(1, 2)
        ),
        tfpy.ShapeError,
        r"gates of shape \(1, 4\)",
    ),
    "buffer": (lambda: tfpy.buffer((2,), values=[1, 2, 3]), tfpy.ShapeError, "3 values"),
    "buffer place": (lambda: tfpy.buffer((2,)).get(2), tfpy.ShapeError, r"\(2,\) is no element"),
    "conv2d channels": (
        lambda: tfpy.conv2d(zeros(1, 5, 5, 3), zeros(3, 3, 4, 8)),
        tfpy.ShapeError,
        "conv2d: x has 3 channels, filters take 4",
    ),
    "conv2d rank": (
        lambda: tfpy.conv2d(zeros(5, 5), zeros(3, 3, 1, 1)),
        tfpy.ShapeError,
        "conv2d: x must have rank 3 or 4",
    ),
    "conv2d window": (
        lambda: tfpy.conv2d(zeros(1, 2, 2, 1), zeros(3, 3, 1, 1)),
        tfpy.ShapeError,
        "a window of 3 does not fit into 2",
    ),
    "conv2d padding": (
        lambda: tfpy.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1), padding="full"),
        tfpy.ArgumentError,
        "'full'",
    ),
    "conv2d strides": (
        lambda: tfpy.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1), strides=0),
        tfpy.ArgumentError,
        "conv2d: strides must be",
    ),
    "data_format": (
        lambda: tfpy.max_pool(zeros(1, 4, 4, 1), 2, data_format="NHCW"),
        tfpy.ArgumentError,
        "'NHCW'",
    ),
    "conv2d_transpose": (
        lambda: tfpy.conv2d_transpose(zeros(1, 3, 3, 2), zeros(3, 3, 4, 2), (1, 9, 9, 4)),
        tfpy.ShapeError,
        r"does not belong to an output of shape \(1, 7, 7, 2\)",
    ),
    "resize": (
        lambda: tfpy.image.resize_bilinear(zeros(1, 4, 4, 1), (2, 2), True, True),
        tfpy.ArgumentError,
        "exclude each other",
    ),
    "arange": (lambda: tfpy.arange(0, 5, 0), tfpy.ArgumentError, "step must not be 0"),
    "negative size": (lambda: tfpy.zeros((2, -1)), tfpy.ShapeError, "negative size"),
    "activation": (
        lambda: tfpy.fused.matmul(zeros(2, 2), zeros(2, 2), activation="swish2"),
        tfpy.ArgumentError,
        "unknown activation 'swish2'",
    ),
    "len of a scalar": (lambda: len(tfpy.tensor(1.0)), tfpy.ShapeError, "scalar"),
    "number wanted": (
        lambda: tfpy.leaky_relu(zeros(2), "a"),
        tfpy.ArgumentError,
        "must be a number",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("backend", ["numpy", "webgl"])
def test_mistakes_are_named(mistake, backend, use_backend):
    use_backend(backend)
    work, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=message):
        work()


def test_every_error_is_a_tfpy_error_and_a_builtin_one():
    builtin = (ValueError, TypeError, RuntimeError, OSError)
    for name, value in vars(tfpy.errors).items():
        if isinstance(value, type) and value is not tfpy.TfpyError and name.endswith("Error"):
            assert issubclass(value, tfpy.TfpyError)
            assert issubclass(value, builtin), name


def test_a_tensor_larger_than_the_device_is_refused(use_backend):
    use_backend("webgl")
    with pytest.raises(tfpy.DeviceLimitError, match=r"\(90000, 90000\)"):
        tfpy.zeros((90000, 90000))


def test_an_image_of_no_size():
    import numpy as np

    for source in (
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        3,
        "cat.png",
        None,
    ):
        with pytest.raises(tfpy.ImageError, match="from_pixels"):
            tfpy.browser.from_pixels(source)
