"""A face, as BlazeFace, FaceDetection and FaceMesh find it; and the points of detectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .anchors import Detection, Detector
from .poses import Edges
from .results import Box, Keypoint, Keypoints, draw_keypoints

#: The six points of detectors; left and right are the person's.
FACE_NAMES = (
    *("right_eye", "left_eye", "nose_tip", "mouth_center"),
    *("right_ear_tragion", "left_ear_tragion"),
)

#: The network for faces near the camera: BlazeFace.
SHORT_RANGE = Detector("faces", 128, ((8, 2), (16, 6)), len(FACE_NAMES))
#: That for faces up to 5 metres away.
FULL_RANGE = Detector("faces", 192, ((4, 1),), len(FACE_NAMES), min_score=0.6)


@dataclass(frozen=True)
class Face(Keypoints):
    """One face; `face["left_eye"]` is a point by its name, the first for a mesh.

    Attributes:
        box: around the face, in pixels of the image.
        keypoints: its points: six, or the 468 or 478 of a mesh, with depth.
        score: how sure the model is, from 0 to 1.
        edges: the pairs of points that `draw` joins.
    """

    box: Box
    keypoints: Sequence[Keypoint]
    score: float
    edges: Edges = field(default=(), repr=False, compare=False)

    def draw(self, canvas: Any) -> None:
        """Draw the box and the points, or the lines of a mesh, over the image on `canvas`.

        Args:
            canvas: a canvas of a page or a PIL image, of the image's size.
        """
        if not self.edges:
            self.box.draw(canvas)
        draw_keypoints(canvas, self.keypoints, self.edges, radius=1.0 if self.edges else 3.0)


def faces(detections: Iterable[Detection]) -> list[Face]:
    """What a detector found, with names."""
    return [
        Face(box, [Keypoint(*p, name=n) for p, n in zip(points, FACE_NAMES, strict=True)], score)
        for score, box, points in detections
    ]
