"""Each layer: forward against plain NumPy, the shape it foretells, configuration, gradient."""

import math

import numpy as np
import pytest

import tfpy
from tfpy import layers as L

RNG = np.random.default_rng(7)


def image(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def windows(x, size, strides, pad=0.0, same=False):
    """(n, out h, out w, h, w, c) views by plain loops; TensorFlow's "same" padding."""
    n, h, w, c = x.shape
    outs, pads = [], []
    for length, k, s in zip((h, w), size, strides, strict=True):
        out = -(-length // s) if same else (length - k) // s + 1
        total = max((out - 1) * s + k - length, 0) if same else 0
        outs.append(out)
        pads.append((total // 2, total - total // 2))
    x = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=pad)
    result = np.zeros((n, *outs, *size, c))
    for i in range(outs[0]):
        for j in range(outs[1]):
            top, left = i * strides[0], j * strides[1]
            result[:, i, j] = x[:, top : top + size[0], left : left + size[1]]
    return result


def conv(x, kernel, bias, strides=(1, 1), same=False):
    return (
        np.einsum("nijhwc,hwco->nijo", windows(x, kernel.shape[:2], strides, same=same), kernel)
        + bias
    )


def depthwise(x, kernel, bias, same=False):
    y = np.einsum("nijhwc,hwcm->nijcm", windows(x, kernel.shape[:2], (1, 1), same=same), kernel)
    return y.reshape(*y.shape[:3], -1) + bias


def conv_transpose(x, kernel, bias, stride, same):
    n, h, w, _ = x.shape
    kh, kw, out, _ = kernel.shape
    full = np.zeros((n, (h - 1) * stride + kh, (w - 1) * stride + kw, out))
    for i in range(h):
        for j in range(w):
            patch = np.einsum("nc,hwoc->nhwo", x[:, i, j], kernel)
            full[:, i * stride : i * stride + kh, j * stride : j * stride + kw] += patch
    if same:
        before = (kh - stride) // 2
        full = full[:, before : before + h * stride, before : before + w * stride]
    return full + bias


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def batch_norm(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def layer_norm(x, gamma, beta):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-3) * gamma + beta


X = image(2, 5, 6, 3)
V = image(4, 6)
ONE = [
    (L.Dense(3, activation="relu"), V, lambda x, k, b: relu(x @ k + b)),
    (L.Dense(3, use_bias=False), image(2, 4, 6), lambda x, k: x @ k),
    (L.Activation("tanh"), V, np.tanh),
    (L.Masking(), V, lambda x: x),
    (L.Embedding(7, 4), np.array([[1, 6], [0, 3]], np.int32), lambda x, e: e[x]),
    (L.Rescaling(1 / 127.5, -1), V, lambda x: x / 127.5 - 1),
    (L.Conv2D(4, 3, activation="relu"), X, lambda x, k, b: relu(conv(x, k, b))),
    (L.Conv2D(4, (2, 3), 2, "same"), X, lambda x, k, b: conv(x, k, b, (2, 2), True)),
    (
        L.Conv2D(2, 3, data_format="channels_first"),
        np.moveaxis(X, 3, 1),
        lambda x, k, b: np.moveaxis(conv(np.moveaxis(x, 1, 3), k, b), 3, 1),
    ),
    (
        L.Conv2D(4, 3, groups=2),
        image(2, 5, 6, 6),
        lambda x, k, b: np.concatenate(
            [conv(x[..., :3], k[..., :2], b[:2]), conv(x[..., 3:], k[..., 2:], b[2:])], 3
        ),
    ),
    (L.Conv2DTranspose(2, 3, 2), X, lambda x, k, b: conv_transpose(x, k, b, 2, False)),
    (L.Conv2DTranspose(2, 3, 2, "same"), X, lambda x, k, b: conv_transpose(x, k, b, 2, True)),
    (
        L.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        X,
        lambda x, k, b: depthwise(x, k, b, True),
    ),
    (L.SeparableConv2D(4, 3), X, lambda x, d, p, b: depthwise(x, d, 0.0) @ p[0, 0] + b),
    (L.MaxPooling2D(2), X, lambda x: windows(x, (2, 2), (2, 2)).max((3, 4))),
    (
        L.MaxPooling2D(3, 2, "same"),
        X,
        lambda x: windows(x, (3, 3), (2, 2), -np.inf, True).max((3, 4)),
    ),
    (L.AveragePooling2D(2), X, lambda x: windows(x, (2, 2), (2, 2)).mean((3, 4))),
    (
        L.AveragePooling2D(3, 2, "same"),
        X,
        lambda x: np.nanmean(windows(x, (3, 3), (2, 2), np.nan, True), (3, 4)),
    ),
    (L.GlobalAveragePooling2D(), X, lambda x: x.mean((1, 2))),
    (
        L.GlobalAveragePooling2D("channels_first", keepdims=True),
        X,
        lambda x: x.mean((2, 3), keepdims=True),
    ),
    (L.GlobalMaxPooling2D(), X, lambda x: x.max((1, 2))),
    (L.BatchNormalization(), X, batch_norm),
    (
        L.BatchNormalization(axis=1),
        X,
        lambda x, *w: batch_norm(x, *(v.reshape(-1, 1, 1) for v in w)),
    ),
    (L.LayerNormalization(), X, layer_norm),
    (
        L.ReLU(6.0, 0.1, 0.5),
        9 * X,
        lambda x: np.where(x > 6, 6, np.where(x > 0.5, x, 0.1 * (x - 0.5))),
    ),
    (L.ReLU(negative_slope=0.2), X, lambda x: np.where(x > 0, x, 0.2 * x)),
    (L.LeakyReLU(), X, lambda x: np.where(x > 0, x, 0.3 * x)),
    (L.ThresholdedReLU(0.5), X, lambda x: np.where(x > 0.5, x, 0)),
    (L.ELU(0.5), X, lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    (L.PReLU("ones", shared_axes=[1, 2]), X, lambda x, a: np.where(x > 0, x, a * x)),
    (L.Softmax(), X, softmax),
    (L.Softmax(axis=1), X, lambda x: softmax(x, 1)),
    (L.Dropout(0.5), X, lambda x: x),
    (L.SpatialDropout2D(0.5), X, lambda x: x),
    (L.GaussianNoise(0.5), X, lambda x: x),
    (L.GaussianDropout(0.5), X, lambda x: x),
    (L.Flatten(), X, lambda x: x.reshape(2, -1)),
    (L.Flatten("channels_first"), X, lambda x: np.moveaxis(x, 1, 3).reshape(2, -1)),
    (L.Reshape((9, -1)), X, lambda x: x.reshape(2, 9, 10)),
    (L.Permute((2, 3, 1)), X, lambda x: x.transpose(0, 2, 3, 1)),
    (L.RepeatVector(3), V, lambda x: np.repeat(x[:, None], 3, 1)),
    (L.ZeroPadding2D(((1, 2), (0, 3))), X, lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0)))),
    (L.Cropping2D(((1, 2), (0, 3))), X, lambda x: x[:, 1:-2, :-3]),
    (L.UpSampling2D((2, 3)), X, lambda x: x.repeat(2, 1).repeat(3, 2)),
]
A, B = image(2, 3, 4), image(2, 3, 4)
MERGE = [
    (L.Add(), [A, B, A], lambda a, b, c: a + b + c),
    (L.Subtract(), [A, B], lambda a, b: a - b),
    (L.Multiply(), [A, B[:, :1]], lambda a, b: a * b),
    (L.Average(), [A, B], lambda a, b: (a + b) / 2),
    (L.Maximum(), [A, B], np.maximum),
    (L.Minimum(), [A, B], np.minimum),
    (L.Concatenate(), [A, B], lambda a, b: np.concatenate([a, b], -1)),
    (L.Concatenate(axis=1), [A, B], lambda a, b: np.concatenate([a, b], 1)),
    (L.Dot((2, 2)), [A, B], lambda a, b: np.einsum("nik,njk->nij", a, b)),
    (L.Dot(1), [A[:, 0], B[:, 0]], lambda a, b: (a * b).sum(1, keepdims=True)),
    (
        L.Dot((2, 1), normalize=True),
        [A, B[:, 0]],
        lambda a, b: np.einsum(
            "nik,nk->ni",
            a / np.linalg.norm(a, axis=2, keepdims=True),
            b / np.linalg.norm(b, axis=1, keepdims=True),
        ),
    ),
]


def ids(rows):
    return [f"{layer.name}" for layer, *_ in rows]


def randomized(layer):
    """Weights that a bug could not hide behind: neither 0 nor 1, variances positive."""
    for variable in layer.weights:
        variable.assign(tfpy.random_uniform(variable.shape, 0.2, 1.2, variable.dtype, seed=3))


def check_layer(layer, given, reference, single):
    x = [tfpy.tensor(v) for v in given]
    shapes = [v.shape for v in x]
    layer.build_for(shapes[0] if single else shapes)
    randomized(layer)
    got = layer(x[0] if single else x)
    want = reference(*given, *layer.get_weights())
    np.testing.assert_allclose(got.numpy(), want, rtol=2e-5, atol=2e-5)
    open_shapes = [(None, *s[1:]) for s in shapes]
    foretold = layer.compute_output_shape(open_shapes[0] if single else open_shapes)
    assert foretold == (None, *got.shape[1:])
    check_config(layer, x[0] if single else x, got)
    if all(v.dtype.is_floating for v in x):
        check_gradient(layer, x, single)


def check_config(layer, x, want):
    config = layer.get_config()
    twin = type(layer).from_config(config)
    assert twin.get_config() == config
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(x).numpy(), want.numpy())


def check_gradient(layer, x, single):
    """Every input and trainable weight gets a finite gradient of its own shape."""
    with tfpy.GradientTape() as tape:
        tape.watch(x)
        y = layer(x[0] if single else x)
        loss = tfpy.sum(y * y)
    sources = [*x, *layer.trainable_weights]
    for source, grad in zip(sources, tape.gradient(loss, sources), strict=True):
        assert grad is not None
        assert grad.shape == source.shape
        assert np.isfinite(grad.numpy()).all()


@pytest.mark.parametrize(("layer", "x", "reference"), ONE, ids=ids(ONE))
def test_layer(layer, x, reference):
    check_layer(layer, [x], reference, single=True)


@pytest.mark.parametrize(("layer", "xs", "reference"), MERGE, ids=ids(MERGE))
def test_merging_layer(layer, xs, reference):
    check_layer(layer, xs, reference, single=False)


def test_every_layer_is_tested():
    tested = {type(layer).__name__ for layer, *_ in (*ONE, *MERGE)}
    assert tested == set(L.CLASSES) - {"InputLayer", *L.rnn.__all__}


def test_conv2d_transpose_inverts_the_shape_of_conv2d():
    for padding in ("valid", "same"):
        small = L.Conv2D(2, 3, 2, padding)(tfpy.zeros((1, 9, 9, 3)))
        assert L.Conv2DTranspose(3, 3, 2, padding)(small).shape[1] in (9, 10)


# ------------------------------------------------------------------------------------ training


def test_batch_normalization_in_training():
    layer = L.BatchNormalization(momentum=0.9)
    y = layer(tfpy.tensor(X), training=True).numpy()
    mean, var = X.mean((0, 1, 2)), X.var((0, 1, 2))
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(var + 1e-3), atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.1 * mean, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.9 + 0.1 * var, atol=1e-6)
    layer.trainable = False
    before = layer.moving_mean.numpy()
    layer(tfpy.tensor(X), training=True)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), before)


def test_dropout_in_training():
    x = tfpy.ones((200, 50))
    y = L.Dropout(0.25, seed=1)(x, training=True).numpy()
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.03
    assert L.Dropout(1.0)(x, training=True).numpy().sum() == 0
    channels = L.SpatialDropout2D(0.5, seed=1)(tfpy.ones((2, 3, 3, 8)), training=True).numpy()
    assert (channels == channels[:, :1, :1]).all()


def test_gradients_of_a_small_network_by_finite_differences():
    """float64 on NumPy: every weight of conv, batch norm, pool and dense, in training mode."""
    make = {"dtype": "float64"}
    model = tfpy.Sequential(
        [
            L.Input((6, 6, 2), dtype="float64"),
            L.Conv2D(3, 3, activation="tanh", **make),
            L.BatchNormalization(**make),
            L.DepthwiseConv2D(2, **make),
            L.AveragePooling2D(2, strides=1),
            L.MaxPooling2D(2, strides=1),
            L.Flatten(),
            L.Dense(3, activation="softmax", **make),
        ]
    )
    randomized(model)
    x = tfpy.tensor(RNG.normal(size=(2, 6, 6, 2)), dtype="float64")
    target = tfpy.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype="float64")

    def loss():
        return -tfpy.sum(target * tfpy.log(model(x, training=True)))

    _, grads = tfpy.variable_grads(loss)
    assert set(grads) == {v.name for v in model.trainable_weights}
    for variable in model.trainable_weights:
        direction = tfpy.random_normal(variable.shape, dtype="float64", seed=5)
        value, step = variable.value, 1e-6
        variable.assign(value + direction * step)
        above = loss().item()
        variable.assign(value - direction * step)
        below = loss().item()
        variable.assign(value)
        slope = tfpy.sum(grads[variable.name] * direction).item()
        assert math.isclose((above - below) / (2 * step), slope, rel_tol=1e-6, abs_tol=1e-8)


# ---------------------------------------------------------------------------------------- base


def test_names_are_made_unique_as_in_keras():
    L.clear_session()
    names = [L.Conv2D(1, 1).name, L.Conv2D(1, 1).name, L.MaxPooling2D().name, L.ReLU().name]
    assert names == ["conv2d", "conv2d_1", "max_pooling2d", "re_lu"]


def test_unknown_arguments_are_refused():
    with pytest.raises(tfpy.ArgumentError, match="Dense has no argument unit"):
        L.Dense(3, unit=4)
    with pytest.raises(tfpy.ArgumentError, match="unknown activation 'rellu'; there are"):
        L.Dense(3, activation="rellu")


def test_freezing():
    layer = L.BatchNormalization()
    layer(tfpy.ones((2, 3)))
    assert [v.name.split("/")[1] for v in layer.weights] == [
        *("gamma", "beta", "moving_mean", "moving_variance"),
    ]
    assert len(layer.trainable_weights) == 2
    layer.trainable = False
    assert layer.trainable_weights == []
    layer.trainable = True
    assert len(layer.trainable_weights) == 2


def test_set_weights_is_all_or_nothing():
    layer = L.Dense(2)
    layer(tfpy.ones((1, 3)))
    before = layer.get_weights()
    with pytest.raises(tfpy.ShapeError, match="bias"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(5)])
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])
    with pytest.raises(tfpy.ArgumentError, match="2 weights, 1 values"):
        layer.set_weights([np.zeros((3, 2))])


def test_a_layer_of_ones_own():
    class Scale(L.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight("factor", (input_shape[-1],), "ones")

        def call(self, inputs):
            return inputs * self.factor * 2.0

    model = tfpy.Sequential([L.Input((3,)), Scale()])
    assert model.predict([[1.0, 2.0, 3.0]]).tolist() == [[2.0, 4.0, 6.0]]
    assert model.count_params() == 3


def test_a_model_of_ones_own():
    class Twice(tfpy.Model):
        def __init__(self):
            super().__init__()
            self.first, self.rest = L.Dense(4), [L.Dense(4), L.Dense(1)]

        def call(self, inputs):
            x = self.first(inputs)
            for layer in self.rest:
                x = layer(x)
            return x

    model = Twice()
    assert model.predict(np.ones((3, 4), np.float32)).shape == (3, 1)
    assert len(model.weights) == 6


ACTIVATIONS = {
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "legacy_hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "exponential": np.exp,
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    x = np.linspace(-4, 4, 33, dtype=np.float32)
    got = tfpy.activations.get(name)(tfpy.tensor(x)).numpy()
    np.testing.assert_allclose(got, ACTIVATIONS[name](x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "lecun_uniform", "glorot_normal"])
def test_variance_scaling(name):
    scale, mode, _ = tfpy.initializers._SCALINGS[name]
    w = tfpy.initializers.get(name)((3, 3, 20, 30)).numpy()
    n = {"fan_in": 180, "fan_avg": 225}[mode]
    assert abs(w.mean()) < 0.01
    assert math.isclose(w.var(), scale / n, rel_tol=0.1)


def test_groups_that_do_not_part():
    with pytest.raises(tfpy.ArgumentError, match="4 filters do not part into 3 groups"):
        L.Conv2D(4, 3, groups=3)
    with pytest.raises(tfpy.ShapeError, match="3 channels do not part into 2 groups"):
        L.Conv2D(4, 3, groups=2)(tfpy.zeros((1, 5, 5, 3)))
    with pytest.raises(tfpy.ArgumentError, match="no groups"):
        L.Conv2DTranspose(4, 3, groups=2)
