"""Each layer against Keras 3's own; see keras_oracle.py."""

import numpy as np
import pytest

import tfpy
from tests.keras_oracle import ASPECTS, COMPUTED, by_case, case

STEPS, IMAGE, VOLUME, WIDE = (2, 7, 3), (2, 5, 6, 3), (2, 4, 5, 6, 3), (2, 7, 8, 4)
FIRST = {"data_format": "channels_first"}
WINDOW = {"filters": 4, "kernel_size": 3}
HEADS = {"num_heads": 2, "key_dim": 4}
# Without dropout Keras leaves all to JAX, which refuses values of another size than keys and
# averages all values where a query may see none.
EXPLICIT = {**HEADS, "dropout": 0.5}
MASK = np.array([[1, 1, 1, 0, 0, 1, 0], [1, 0, 1, 1, 1, 1, 1]], bool)
PAIRS = np.random.default_rng(2).random((2, 7, 7)) > 0.3
TOKENS = np.array([[0, 2, 2], [5, 1, 0]], np.int32)
IMAGE_OF_INTS = np.random.default_rng(1).integers(0, 255, IMAGE).astype(np.int32)

CASES = [
    case("Dense", (4, 6), units=3, activation="relu"),
    case("Dense", (2, 4, 6), units=3, use_bias=False),
    case("Activation", (4, 6), activation="tanh"),
    case("Embedding", np.array([[1, 6], [0, 3]]), input_dim=7, output_dim=4),
    case("Embedding", np.array([[1, 6], [0, 3]]), input_dim=7, output_dim=4, mask_zero=True),
    case("Masking", (4, 3, 2), mask_value=0.5),
    case("GlobalAveragePooling1D", STEPS, call={"mask": np.arange(14).reshape(2, 7) % 3 > 0}),
    case("Rescaling", (4, 6), scale=1 / 127.5, offset=-1),
    case("Rescaling", (4, 3), scale=[1.0, 2.0, 3.0], offset=[0.0, 1.0, 2.0]),
    case("Rescaling", np.arange(12).reshape(4, 3), scale=0.5),
    case("Conv2D", IMAGE, **WINDOW, activation="relu"),
    case("Conv2D", IMAGE, filters=4, kernel_size=(2, 3), strides=2, padding="same"),
    case("Conv2D", (2, 3, 5, 6), filters=2, kernel_size=3, data_format="channels_first"),
    case("Conv2D", WIDE, **WINDOW, groups=2),
    case("Conv2D", WIDE, **WINDOW, dilation_rate=2, use_bias=False),
    case("Conv1D", STEPS, **WINDOW),
    case("Conv1D", STEPS, **WINDOW, strides=2, padding="same", activation="gelu"),
    case("Conv1D", STEPS, **WINDOW, padding="causal"),
    case("Conv1D", STEPS, **WINDOW, padding="causal", dilation_rate=2),
    case("Conv1D", STEPS, **WINDOW, padding="causal", strides=2, **FIRST),
    case("Conv1D", (2, 6, 4), **WINDOW, groups=4, use_bias=False),
    case("Conv3D", VOLUME, filters=2, kernel_size=(2, 3, 2), activation="relu"),
    case("Conv3D", VOLUME, **WINDOW, strides=2, padding="same"),
    case("Conv3D", (1, 4, 4, 5, 5), filters=4, kernel_size=2, groups=2, **FIRST),
    case("Conv3D", VOLUME, filters=2, kernel_size=2, dilation_rate=(1, 2, 1)),
    case("Conv1DTranspose", STEPS, **WINDOW, strides=2),
    case("Conv1DTranspose", STEPS, **WINDOW, strides=2, padding="same", output_padding=1),
    case("Conv1DTranspose", STEPS, **WINDOW, **FIRST),
    case("Conv3DTranspose", (1, 2, 3, 2, 3), **WINDOW, strides=2),
    case("Conv3DTranspose", (1, 2, 3, 2, 3), **WINDOW, strides=(1, 2, 2), padding="same"),
    case("DepthwiseConv1D", STEPS, kernel_size=3, depth_multiplier=2),
    case("DepthwiseConv1D", STEPS, kernel_size=3, strides=2, padding="same", **FIRST),
    case("SeparableConv1D", STEPS, **WINDOW, depth_multiplier=2, activation="tanh"),
    case("SeparableConv1D", STEPS, **WINDOW, dilation_rate=2, use_bias=False),
    case("Conv2DTranspose", IMAGE, filters=2, kernel_size=3, strides=2),
    case("Conv2DTranspose", IMAGE, filters=2, kernel_size=3, strides=2, padding="same"),
    case("Conv2DTranspose", IMAGE, **WINDOW, strides=2, output_padding=1),
    case("Conv2DTranspose", IMAGE, **WINDOW, dilation_rate=2),
    case("DepthwiseConv2D", IMAGE, kernel_size=3, padding="same", depth_multiplier=2),
    case("DepthwiseConv2D", WIDE, kernel_size=(3, 2), strides=2),
    case("SeparableConv2D", IMAGE, **WINDOW),
    case("SeparableConv2D", IMAGE, **WINDOW, depth_multiplier=2, padding="same", activation="elu"),
    case("MaxPooling2D", IMAGE, tolerance="exact"),
    case("MaxPooling2D", IMAGE, pool_size=3, strides=2, padding="same", tolerance="exact"),
    case("MaxPooling2D", (2, 3, 5, 6), data_format="channels_first", tolerance="exact"),
    case("AveragePooling2D", IMAGE, pool_size=2),
    case("AveragePooling2D", IMAGE, pool_size=3, strides=2, padding="same"),
    case("MaxPooling1D", STEPS, tolerance="exact"),
    case("MaxPooling1D", STEPS, pool_size=3, strides=1, **FIRST, tolerance="exact"),
    case("MaxPooling3D", VOLUME, tolerance="exact"),
    case("MaxPooling3D", VOLUME, pool_size=(2, 3, 2), padding="same", tolerance="exact"),
    case("AveragePooling1D", STEPS, pool_size=3, strides=2, padding="same"),
    case("AveragePooling3D", VOLUME, pool_size=2),
    case("AveragePooling3D", VOLUME, pool_size=2, strides=1, padding="same", **FIRST),
    case("GlobalAveragePooling1D", STEPS),
    case("GlobalAveragePooling1D", STEPS, keepdims=True, **FIRST),
    case("GlobalAveragePooling3D", VOLUME),
    case("GlobalMaxPooling1D", STEPS, tolerance="exact"),
    case("GlobalMaxPooling3D", VOLUME, keepdims=True, **FIRST, tolerance="exact"),
    case("GlobalAveragePooling2D", IMAGE),
    case("GlobalAveragePooling2D", IMAGE, data_format="channels_first", keepdims=True),
    case("GlobalMaxPooling2D", IMAGE, tolerance="exact"),
    case("BatchNormalization", IMAGE, in_training=True),
    case("BatchNormalization", IMAGE, axis=1, momentum=0.5, epsilon=0.1, in_training=True),
    case("BatchNormalization", (6, 4), center=False, scale=False, in_training=True),
    case("LayerNormalization", IMAGE),
    case("LayerNormalization", IMAGE, axis=(1, 2), epsilon=0.1),
    case("LayerNormalization", IMAGE, axis=(3, 1)),
    case("LayerNormalization", IMAGE, center=False, scale=False),
    case("BatchNormalization", STEPS, in_training=True, call={"mask": MASK}),
    case("GroupNormalization", WIDE, groups=2),
    case("GroupNormalization", (2, 6, 3, 4), groups=3, axis=1, epsilon=0.1),
    case("GroupNormalization", STEPS, groups=-1, center=False),
    case("GroupNormalization", (3, 8), groups=4, scale=False),
    case("RMSNormalization", IMAGE),
    case("RMSNormalization", IMAGE, axis=(2, 3), epsilon=0.5),
    case("UnitNormalization", IMAGE),
    case("UnitNormalization", IMAGE, axis=[1, 2]),
    case("Softmax", IMAGE, axis=(1, 2)),
    case("Softmax", STEPS, axis=1, call={"mask": MASK[..., None]}),
    case("Attention", [(2, 3, 4), (2, 5, 4)]),
    case("Attention", [(2, 3, 4), (2, 5, 6), (2, 5, 4)], use_scale=True),
    case("Attention", [(2, 3, 4), (2, 5, 4)], score_mode="concat", use_scale=True),
    case("Attention", [(2, 5, 4)] * 2, call={"use_causal_mask": True}),
    case("Attention", [(2, 5, 4)] * 3, call={"return_attention_scores": True}, dropout=0.5),
    case("Attention", [(2, 3, 4), (2, 7, 4)], call={"mask": [None, MASK]}),
    case(
        "Attention",
        [(2, 7, 4)] * 2,
        call={"mask": [MASK, MASK[::-1]], "use_causal_mask": True},
    ),
    case("AdditiveAttention", [(2, 3, 4), (2, 5, 4)]),
    case("AdditiveAttention", [(2, 3, 4), (2, 5, 4)], use_scale=False),
    case("MultiHeadAttention", [(2, 3, 6), (2, 5, 4)], **HEADS),
    case("MultiHeadAttention", [(2, 3, 6), (2, 5, 4), (2, 5, 3)], **EXPLICIT, value_dim=5),
    case("MultiHeadAttention", [(2, 7, 6)] * 2, **HEADS, call={"use_causal_mask": True}),
    case("MultiHeadAttention", [(2, 3, 6)] * 2, **HEADS, use_bias=False, output_shape=(2, 2)),
    case("MultiHeadAttention", [(2, 7, 6)] * 2, **HEADS, sliding_window=2, dropout=0.5),
    case("MultiHeadAttention", [(2, 7, 6)] * 2, **HEADS, use_gate=True, seed=1),
    case("MultiHeadAttention", [(2, 3, 4, 6)] * 2, **HEADS, attention_axes=2),
    case("MultiHeadAttention", [(2, 2, 3, 6)] * 2, **HEADS),
    case("MultiHeadAttention", [(2, 3, 6)] * 2, **HEADS, call={"return_attention_scores": True}),
    case(
        "MultiHeadAttention",
        [(2, 7, 6)] * 2,
        **EXPLICIT,
        call={"key_mask": MASK, "value_mask": MASK[::-1], "attention_mask": PAIRS},
    ),
    case("EinsumDense", STEPS, equation="abc,cd->abd", output_shape=(None, 4), bias_axes="d"),
    case("EinsumDense", STEPS, equation="...x,xy->...y", output_shape=4, activation="relu"),
    case("EinsumDense", STEPS, equation="abc,bde->ade", output_shape=(4, 5), bias_axes="de"),
    case("EinsumDense", IMAGE, equation="ab...,bc->ac...", output_shape=4, bias_axes="c"),
    case("EinsumDense", (2, 3), equation="ab,bcd->acd", output_shape=(2, 4), bias_axes="c"),
    case("ReLU", IMAGE, max_value=1.5, negative_slope=0.1, threshold=0.5),
    case("ReLU", IMAGE, negative_slope=0.2),
    case("LeakyReLU", IMAGE),
    case("LeakyReLU", IMAGE, negative_slope=0.1),
    case("ELU", IMAGE, alpha=0.5, grad_order=1),
    case("PReLU", IMAGE),
    case("PReLU", IMAGE, shared_axes=[1, 2], alpha_initializer="ones"),
    case("Softmax", IMAGE),
    case("Softmax", IMAGE, axis=1),
    case("Dropout", IMAGE, rate=0.5, tolerance="exact"),
    case("Dropout", IMAGE, rate=0.0, noise_shape=(None, 1, 1, 3), seed=3, in_training=True),
    case("SpatialDropout1D", (2, 3, 4), rate=0.5, tolerance="exact"),
    case("SpatialDropout2D", IMAGE, rate=0.5, tolerance="exact"),
    case("SpatialDropout3D", (2, 3, 2, 2, 3), rate=0.5, data_format="channels_first"),
    case("AlphaDropout", IMAGE, rate=0.5, tolerance="exact"),
    case("ActivityRegularization", STEPS, l1=0.1, l2=0.2, in_training=True),
    case("GaussianNoise", IMAGE, stddev=0.5, tolerance="exact"),
    case("GaussianDropout", IMAGE, rate=0.5, tolerance="exact"),
    case("Identity", IMAGE, tolerance="exact"),
    case("CategoryEncoding", TOKENS, num_tokens=6, tolerance="exact"),
    case("CategoryEncoding", TOKENS, num_tokens=4, output_mode="count", tolerance="exact"),
    case("CategoryEncoding", TOKENS, num_tokens=6, output_mode="one_hot", tolerance="exact"),
    case("CategoryEncoding", TOKENS[:, :1], num_tokens=6, output_mode="one_hot"),
    case("CategoryEncoding", TOKENS[0], num_tokens=6, tolerance="exact"),
    case(
        "CategoryEncoding",
        TOKENS,
        num_tokens=6,
        output_mode="count",
        call={"count_weights": np.array([[0.5, 2, 1], [1, 1, 3]], np.float32)},
    ),
    case("Normalization", STEPS, mean=[1.0, 2.0, 3.0], variance=[4.0, 0.0, 1.0]),
    case("Normalization", STEPS, mean=3.0, variance=2.0, axis=None),
    case("Normalization", STEPS, axis=(1, 2), mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 1.0]),
    case("Normalization", STEPS, invert=True, grad_order=1),
    case("Normalization", STEPS, axis=(2, 1)),
    case("Discretization", STEPS, bin_boundaries=[-1.0, 0.0, 0.5], grad_order=0),
    case("Discretization", (3, 2), bin_boundaries=[-1.0, 1.0], output_mode="one_hot", grad_order=0),
    case("Discretization", (3, 4), bin_boundaries=[0.0], output_mode="multi_hot", grad_order=0),
    case("Resizing", IMAGE, height=4, width=9),
    case("Resizing", IMAGE, height=4, width=9, interpolation="nearest", tolerance="exact"),
    case("Resizing", IMAGE, height=2, width=4, crop_to_aspect_ratio=True),
    case("Resizing", IMAGE, height=7, width=4, pad_to_aspect_ratio=True, fill_value=0.5),
    case("Resizing", (2, 3, 5, 6), height=8, width=8, **FIRST),
    case("Resizing", (5, 6, 3), height=8, width=8),
    case("Resizing", IMAGE_OF_INTS, height=10, width=12, tolerance="exact"),
    case("CenterCrop", IMAGE, height=3, width=2, tolerance="exact"),
    case("CenterCrop", IMAGE, height=8, width=4),
    case("CenterCrop", (2, 3, 5, 6), height=4, width=3, **FIRST, tolerance="exact"),
    case("RandomFlip", IMAGE, tolerance="exact"),
    case("RandomFlip", IMAGE, mode="vertical", **FIRST, tolerance="exact"),
    case("RandomRotation", WIDE, factor=0.25, tolerance="exact"),
    case("RandomRotation", WIDE, factor=(0.1, 0.1), in_training=True),
    case("RandomRotation", WIDE, factor=(-0.3, -0.3), fill_mode="constant", in_training=True),
    case("RandomZoom", WIDE, height_factor=(0.2, 0.2), in_training=True),
    case(
        "RandomZoom",
        WIDE,
        height_factor=(-0.3, -0.3),
        width_factor=(0.4, 0.4),
        fill_mode="nearest",
        in_training=True,
    ),
    case(
        "RandomTranslation",
        WIDE,
        height_factor=(0.15, 0.15),
        width_factor=(-0.2, -0.2),
        fill_value=1.0,
        fill_mode="constant",
        in_training=True,
    ),
    case("RandomContrast", IMAGE, factor=(0.0, 0.0), value_range=(-1, 1), in_training=True),
    case("RandomContrast", IMAGE, factor=(0.1, 0.3), tolerance="exact"),
    case("RandomBrightness", IMAGE, factor=(0.1, 0.1), value_range=(-2, 1), in_training=True),
    case("Flatten", IMAGE, tolerance="exact"),
    case("Flatten", IMAGE, data_format="channels_first", tolerance="exact"),
    case("Flatten", (4,), tolerance="exact"),
    case("Reshape", IMAGE, target_shape=(9, -1), tolerance="exact"),
    case("Permute", IMAGE, dims=(2, 3, 1), tolerance="exact"),
    case("RepeatVector", (4, 6), n=3, tolerance="exact"),
    case("ZeroPadding2D", IMAGE, tolerance="exact"),
    case("ZeroPadding2D", IMAGE, padding=((1, 2), (0, 3)), tolerance="exact"),
    case("ZeroPadding2D", IMAGE, padding=(1, 2), data_format="channels_first"),
    case("Cropping2D", IMAGE, cropping=((1, 2), (0, 3)), tolerance="exact"),
    case("Cropping2D", IMAGE, tolerance="exact"),
    case("ZeroPadding1D", STEPS, tolerance="exact"),
    case("ZeroPadding1D", STEPS, padding=(1, 2), **FIRST, tolerance="exact"),
    case("ZeroPadding3D", VOLUME, tolerance="exact"),
    case("ZeroPadding3D", VOLUME, padding=((0, 1), (2, 0), (1, 1)), tolerance="exact"),
    case("Cropping1D", STEPS, tolerance="exact"),
    case("Cropping1D", STEPS, cropping=(0, 3), tolerance="exact"),
    case("Cropping3D", VOLUME, tolerance="exact"),
    case("Cropping3D", VOLUME, cropping=((0, 1), (2, 0), (1, 1)), **FIRST, tolerance="exact"),
    case("UpSampling1D", STEPS, tolerance="exact"),
    case("UpSampling3D", VOLUME, size=(2, 1, 3), tolerance="exact"),
    case("UpSampling3D", VOLUME, **FIRST, tolerance="exact"),
    case("UpSampling2D", IMAGE, size=(2, 3), tolerance="exact"),
    case("UpSampling2D", IMAGE, interpolation="bilinear"),
    case("UpSampling2D", IMAGE, size=2, data_format="channels_first", tolerance="exact"),
    case("Add", [(2, 3, 4)] * 3),
    case("Add", [(2, 3, 4), (2, 1, 4)]),
    case("Subtract", [(2, 3, 4)] * 2),
    case("Multiply", [(2, 3, 4), (2, 3, 4), (2, 1, 1)]),
    case("Average", [(2, 3, 4)] * 3),
    case("Maximum", [(2, 3, 4)] * 2, tolerance="exact"),
    case("Minimum", [(2, 3, 4)] * 2, tolerance="exact"),
    case("Concatenate", [(2, 3, 4), (2, 3, 5)], tolerance="exact"),
    case("Concatenate", [(2, 3, 4), (2, 1, 4)], axis=1, tolerance="exact"),
    case("Dot", [(2, 3, 4), (2, 5, 4)], axes=2),
    case("Dot", [(2, 3), (2, 3)], axes=1),
    case("Dot", [(2, 3, 4), (2, 4)], axes=(2, 1), normalize=True),
]


@by_case(ASPECTS, CASES)
def test_as_in_keras(aspect, given, use_backend):
    ASPECTS[aspect](given)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@by_case(COMPUTED, CASES)
def test_computes_as_keras(aspect, given, backend, use_backend):
    use_backend(backend)
    COMPUTED[aspect](given)


#: What Keras computes with TensorFlow, which is not there.
LOOKUPS = [
    case("Hashing", (2, 3), num_bins=3),
    case("StringLookup", (2, 3)),
    case("IntegerLookup", (2, 3)),
    case("TextVectorization", (2, 3)),
]


@pytest.mark.parametrize("given", LOOKUPS, ids=lambda c: c.id)
def test_lookups_take_what_those_of_keras_do(given):
    ASPECTS["signature"](given)


def test_every_layer_is_compared():
    # Of these Keras has none, or what differs from its documentation.
    apart = {"InputLayer", "ThresholdedReLU", "Lambda", "RandomWidth", "RandomCrop"}
    apart |= {"SpectralNormalization"}  # test_layers_values.py
    apart |= {*tfpy.layers.rnn.__all__}  # test_layers_rnn_keras.py, test_layers_rnn.py
    assert {c.cls.__name__ for c in CASES + LOOKUPS} == set(tfpy.layers.CLASSES) - apart


# ------------------------------------------------------------------------- the oracle can say no


def wrong(**changes):
    """`ELU` with something of its own."""
    return type("ELU", (tfpy.layers.ELU,), changes)


def other_default(self, alpha=0.9, **options):
    tfpy.layers.ELU.__init__(self, alpha, **options)


def frozen(self, inputs):
    return tfpy.where(inputs > 0, inputs, tfpy.stop_gradient(tfpy.elu(inputs)))


def same(self, input_shape):
    return input_shape


def reading(self, inputs):
    return inputs if tfpy.sum(inputs).item() > 1e9 else tfpy.layers.ELU.call(self, inputs)


@pytest.mark.parametrize(
    ("aspect", "changes"),
    [
        ("signature", {"__init__": other_default}),
        ("config", {"config_keys": ()}),
        ("config", {"get_config": lambda self: {"name": self.name, "alpha": 2.0}}),
        ("weights", {"build": lambda self, shape: self.add_weight((), name="w")}),
        ("shape", {"compute_output_shape": lambda self, shape: (*shape[:-1], 1)}),
        ("shape", {"compute_output_shape": same, "call": lambda self, x: x.cast("int32")}),
        ("gradients", {"call": frozen}),
        ("values", {"call": lambda self, inputs: tfpy.elu(inputs) * 1.001}),
        ("plan", {"call": reading}),
    ],
)
def test_the_oracle_finds_what_is_wrong(aspect, changes, use_backend):
    check = {**ASPECTS, **COMPUTED}[aspect]
    check(case("ELU", (3, 4)))
    with pytest.raises((AssertionError, tfpy.TfpyError, ValueError)):
        check(case("ELU", (3, 4), cls=wrong(**changes)))
