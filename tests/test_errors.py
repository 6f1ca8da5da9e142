"""Wrong calls: each gives a typed error that names the operation and what is wrong with it."""

import pytest

import tfpy


def zeros(*shape):
    return tfpy.zeros(shape)


FLAGS = tfpy.tensor([True, False])

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
