"""Layers, under Keras 3's names, arguments and defaults.

Each computes with tfpy's operations, so all are differentiable and run on every backend.
"""

from . import rnn
from .activation import ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU
from .base import Layer, clear_session
from .conv import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D
from .core import Activation, Dense, Embedding, Input, InputLayer, Masking, Rescaling
from .merge import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from .normalization import BatchNormalization, LayerNormalization
from .pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from .regularization import Dropout, GaussianDropout, GaussianNoise, SpatialDropout2D
from .reshape import (
    Cropping2D,
    Flatten,
    Permute,
    RepeatVector,
    Reshape,
    UpSampling2D,
    ZeroPadding2D,
)
from .rnn import *
from .symbolic import KerasTensor

#: The layers that files may name.
CLASSES: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        *(InputLayer, Dense, Activation, Embedding, Masking, Rescaling),
        *(ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU),
        *(Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D),
        *(MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D),
        *(BatchNormalization, LayerNormalization),
        *(Dropout, SpatialDropout2D, GaussianDropout, GaussianNoise),
        *(Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract),
        *(Flatten, Reshape, Permute, RepeatVector, ZeroPadding2D, Cropping2D, UpSampling2D),
        *(getattr(rnn, name) for name in rnn.__all__),
    )
}

__all__ = [*CLASSES, "Input", "KerasTensor", "Layer", "clear_session", "CLASSES"]
