"""Models that together have every family of layers which TensorFlow.js knows as well.

They go to TF.js and back, natively (tests/test_models_tfjs.py) and in pages, which import this file
as it is: there is no NumPy.
"""

import math

import tfpy
from tfpy import layers as L


def convolutions():
    return tfpy.Sequential(
        [
            L.Input((8, 8, 3)),
            L.Conv2D(4, 3, padding="same", activation="relu"),
            L.Conv2D(4, (2, 3), dilation_rate=2, use_bias=False),
            L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu6"),
            L.SeparableConv2D(6, 3, padding="same", activation="elu"),
            L.Conv2DTranspose(3, 3, strides=2, padding="same"),
            L.ZeroPadding2D(((1, 2), (0, 1))),
            L.Cropping2D(1),
            L.MaxPooling2D(2, padding="same"),
            L.UpSampling2D((2, 1)),
            L.AveragePooling2D(2),
            L.GlobalAveragePooling2D(),
            L.Dense(3, activation="legacy_hard_sigmoid"),
        ]
    )


def sequences_and_volumes():
    a, b = L.Input((9, 3)), L.Input((4, 5, 6, 2))
    x = L.Conv1D(4, 3, padding="same", activation="tanh")(a)
    x = L.MaxPooling1D(2)(x)
    x = L.AveragePooling1D(2, strides=1)(x)
    y = L.Conv3D(3, 2, activation="selu")(b)
    y = L.Conv3DTranspose(2, 2, strides=2)(y)
    y = L.MaxPooling3D(2)(y)
    y = L.AveragePooling3D(2, padding="same")(y)
    y = L.Dense(4)(L.Flatten()(y))
    return tfpy.Model([a, b], [L.GlobalAveragePooling1D()(x), L.GlobalMaxPooling1D()(x), y])


def normalizations_and_activations():
    x = inputs = L.Input((4, 4, 3))
    x = L.BatchNormalization()(x)
    x = L.LayerNormalization(epsilon=0.01)(x)
    x = L.Rescaling(2.0, offset=0.5)(x)
    x = L.PReLU(shared_axes=[1, 2])(x)
    x = L.LeakyReLU(0.1)(x)
    x = L.ELU()(x)
    x = L.ReLU(max_value=2.5)(x)
    x = L.ThresholdedReLU(0.1)(x)
    x = L.Activation("softsign")(x)
    for layer in (
        L.Dropout(0.5),
        L.GaussianNoise(1.0),
        L.GaussianDropout(0.3),
        L.AlphaDropout(0.2),
    ):
        x = layer(x)
    y = L.Softmax()(x)
    return tfpy.Model(inputs, [x, y, L.GlobalMaxPooling2D()(x)])


def recurrent():
    return tfpy.Sequential(
        [
            L.Input((6,)),
            L.Embedding(10, 4, mask_zero=True),
            L.SpatialDropout1D(0.2),
            L.Bidirectional(L.LSTM(3, return_sequences=True)),
            L.Bidirectional(
                L.GRU(2, reset_after=False, return_sequences=True, recurrent_activation="tanh"),
                merge_mode="sum",
            ),
            L.SimpleRNN(4, return_sequences=True, go_backwards=True),
            L.GRU(3, reset_after=False),
            L.Dense(2, activation="softmax"),
        ]
    )


def encoder_and_decoder():
    a, b = L.Input((5, 3)), L.Input((4, 2))
    masked = L.Masking(0.0)(a)
    _, *states = L.LSTM(4, return_state=True)(masked)
    y = L.LSTM(4, return_sequences=True, unit_forget_bias=False)(b, initial_state=states)
    y = L.TimeDistributed(L.Dense(3, activation="softplus"))(y)
    return tfpy.Model([a, b], [y, *states])


def cells_and_frames():
    a, b = L.Input((3, 6, 6, 2)), L.Input((5, 3))
    x = L.TimeDistributed(L.Conv2D(3, 3, activation="relu"))(a)
    x = L.ConvLSTM2D(2, 2, padding="same")(x)
    y = L.RNN([L.LSTMCell(3), L.GRUCell(2, reset_after=False)], return_sequences=True)(b)
    y = L.RNN(L.SimpleRNNCell(4, recurrent_regularizer="l2"))(y)
    return tfpy.Model([a, b], [x, y])


def shared_and_nested():
    a, b = L.Input((6,), name="a"), L.Input((6,), name="b")
    head = L.Dense(4, activation="relu", kernel_regularizer="l2", bias_constraint="non_neg")
    inner = tfpy.Sequential([L.Input((4,)), L.Dense(4), L.RepeatVector(3)])
    x, y = inner(head(a)), inner(head(b))
    c = L.Input((3, 4))
    middle = tfpy.Model(c, [L.Permute((2, 1))(c), L.Reshape((2, -1))(c)])
    turned, reshaped = middle(x)
    merged = [merge([x, y]) for merge in (L.Add(), L.Multiply(), L.Average(), L.Maximum())]
    merged += [L.Minimum()([x, y]), L.Concatenate(axis=1)([x, y])]
    # Attention as it is made where it is no layer: scores, softmax, what they weigh.
    scores = L.Softmax(axis=-1)(L.Dot(axes=2, normalize=True)([merged[0], y]))
    seen = L.Dot(axes=[2, 1])([scores, y])
    return tfpy.Model([a, b], [turned, reshaped, *merged, seen])


MODELS = {
    made.__name__: made
    for made in (
        *(convolutions, sequences_and_volumes, normalizations_and_activations, recurrent),
        *(encoder_and_decoder, cells_and_frames, shared_and_nested),
    )
}


def build(name):
    """A model with weights that are neither 0 nor 1, by which a difference could hide."""
    model = MODELS[name]()
    for phase, v in enumerate(model.weights):
        v.assign(tfpy.tensor([0.6 + 0.4 * s for s in wave(v.size, phase)], v.shape))
    return model


def wave(size, phase):
    """Numbers in [-1, 1] that do not repeat."""
    return [math.sin(1.7 * k + phase) for k in range(size)]


def inputs(model):
    """For each input of a model two samples: (numbers, shape)."""
    found = []
    for phase, x in enumerate(model.inputs):
        shape = (2, *x.shape[1:])
        values = wave(math.prod(shape), 0.5 + phase)
        if isinstance(model.layers[0], L.Embedding):
            values = [float(int(5 * v + 5)) for v in values]
        found.append((values, shape))
    return found


def predicted(model):
    """The outputs for `inputs`: lists of numbers."""
    given = [tfpy.tensor(values, shape) for values, shape in inputs(model)]
    found = model.predict(given if len(given) > 1 else given[0])
    return [y.data_sync().tolist() for y in (found if isinstance(found, list) else [found])]
