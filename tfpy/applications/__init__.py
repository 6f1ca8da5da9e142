"""Pretrained models ready for use: the steps before and after the network, as TF.js's packages."""

from .mobilenet import MobileNet

__all__ = ["MobileNet"]
