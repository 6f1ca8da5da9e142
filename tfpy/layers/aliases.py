"""Keras's other names for some layers. Files name them by those of their classes."""

from . import conv, pooling

__all__ = [
    *("AvgPool1D", "AvgPool2D", "AvgPool3D"),
    *("Convolution1D", "Convolution1DTranspose", "Convolution2D", "Convolution2DTranspose"),
    *("Convolution3D", "Convolution3DTranspose"),
    *("GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D"),
    *("GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D"),
    *("MaxPool1D", "MaxPool2D", "MaxPool3D"),
    *("SeparableConvolution1D", "SeparableConvolution2D"),
]

Convolution1D = conv.Conv1D
Convolution1DTranspose = conv.Conv1DTranspose
Convolution2D = conv.Conv2D
Convolution2DTranspose = conv.Conv2DTranspose
Convolution3D = conv.Conv3D
Convolution3DTranspose = conv.Conv3DTranspose
SeparableConvolution1D = conv.SeparableConv1D
SeparableConvolution2D = conv.SeparableConv2D
AvgPool1D = pooling.AveragePooling1D
AvgPool2D = pooling.AveragePooling2D
AvgPool3D = pooling.AveragePooling3D
GlobalAvgPool1D = pooling.GlobalAveragePooling1D
GlobalAvgPool2D = pooling.GlobalAveragePooling2D
GlobalAvgPool3D = pooling.GlobalAveragePooling3D
GlobalMaxPool1D = pooling.GlobalMaxPooling1D
GlobalMaxPool2D = pooling.GlobalMaxPooling2D
GlobalMaxPool3D = pooling.GlobalMaxPooling3D
MaxPool1D = pooling.MaxPooling1D
MaxPool2D = pooling.MaxPooling2D
MaxPool3D = pooling.MaxPooling3D
