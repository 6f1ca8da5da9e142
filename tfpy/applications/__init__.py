"""Pretrained models ready for use: the steps before and after the network, as TF.js's packages.

Each is loaded with `await X.load(url)`, has one verb, and finds small dataclasses, which draw
themselves over the image with `draw(canvas)`. A model's module is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import masks as masks
    from .blazeface import BlazeFace as BlazeFace
    from .blazepose import BlazePose as BlazePose
    from .body_pix import BodyPix as BodyPix
    from .coco_ssd import CocoSsd as CocoSsd
    from .deeplab import DeepLab as DeepLab
    from .face_detection import FaceDetection as FaceDetection
    from .face_mesh import FaceMesh as FaceMesh
    from .hand_pose import HandPose as HandPose
    from .knn_classifier import KNNClassifier as KNNClassifier
    from .mobilenet import MobileNet as MobileNet
    from .movenet import MoveNet as MoveNet
    from .posenet import PoseNet as PoseNet
    from .qna import QnA as QnA
    from .selfie_segmentation import SelfieSegmentation as SelfieSegmentation
    from .sentence_encoder import UniversalSentenceEncoder as UniversalSentenceEncoder
    from .sentence_encoder import UniversalSentenceEncoderQnA as UniversalSentenceEncoderQnA
    from .speech_commands import SpeechCommands as SpeechCommands
    from .speech_transfer import TransferSpeechCommands as TransferSpeechCommands
    from .stopwatch import stages as stages
    from .toxicity import Toxicity as Toxicity

#: The module of each model, and of what serves them all.
_MODULES = {
    "BlazeFace": "blazeface",
    "BlazePose": "blazepose",
    "BodyPix": "body_pix",
    "CocoSsd": "coco_ssd",
    "DeepLab": "deeplab",
    "FaceDetection": "face_detection",
    "FaceMesh": "face_mesh",
    "HandPose": "hand_pose",
    "KNNClassifier": "knn_classifier",
    "MobileNet": "mobilenet",
    "MoveNet": "movenet",
    "PoseNet": "posenet",
    "QnA": "qna",
    "SelfieSegmentation": "selfie_segmentation",
    "SpeechCommands": "speech_commands",
    "Toxicity": "toxicity",
    "TransferSpeechCommands": "speech_transfer",
    "UniversalSentenceEncoder": "sentence_encoder",
    "UniversalSentenceEncoderQnA": "sentence_encoder",
    "stages": "stopwatch",
}

__all__ = [*_MODULES, "masks"]


def __getattr__(name: str) -> Any:
    if name == "masks":
        return import_module(".masks", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
