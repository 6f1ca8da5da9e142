"""A pose: the points of one person's body, as PoseNet, MoveNet and BlazePose find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..tensor import Tensor
from .drawing import COLORS
from .results import Box, Keypoint, Keypoints, draw_keypoints

#: The 17 points of COCO, in the networks' order.
COCO_NAMES = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder"),
    *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip"),
    *("right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
)

Edges = Sequence[tuple[int, int]]

#: Which of them a skeleton joins.
COCO_EDGES: Edges = (
    *((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (5, 11), (6, 8)),
    *((6, 12), (7, 9), (8, 10), (11, 12), (11, 13), (12, 14), (13, 15), (14, 16)),
)


@dataclass(frozen=True)
class Pose(Keypoints):
    """One person; `pose["left_wrist"]` is a point by its name.

    Attributes:
        keypoints: the points of the body, in pixels of the image.
        score: how sure the model is of the whole, from 0 to 1.
        box: around the person, where the model gives one.
        id: the person's number, the same from frame to frame, where they are tracked.
        keypoints_3d: the points in metres around the middle of the hips, where the model has them.
        mask: where the person is, (height, width) of the image, from 0 to 1, if asked for.
        edges: the pairs of points that `draw` joins.
    """

    keypoints: Sequence[Keypoint]
    score: float
    box: Box | None = None
    id: int | None = None
    keypoints_3d: Sequence[Keypoint] = ()
    mask: Tensor | None = field(default=None, repr=False, compare=False)
    edges: Edges = field(default=COCO_EDGES, repr=False, compare=False)

    def draw(self, canvas: Any, *, min_score: float = 0.3) -> None:
        """Draw the skeleton and the box over the image on `canvas`, in a colour by `id`.

        Args:
            canvas: a canvas of a page or a PIL image, of the image's size.
            min_score: points less sure are left out.
        """
        color = COLORS[(self.id or 0) % len(COLORS)]
        draw_keypoints(canvas, self.keypoints, self.edges, min_score=min_score, color=color)
        if self.box is not None:
            self.box.draw(canvas, color=color)
