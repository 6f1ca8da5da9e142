"""FaceMesh: 468 points of each face with their depth, with refinement 478: the irises too.

A detector finds faces; a second network finds the points in each. In a video the faces of a frame
are looked for where they were in the one before, and detected again only when some are missing.
Y. Kartynnik et al., "Real-time Facial Surface Geometry", 2019; I. Grishchenko et al., "Attention
Mesh", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from ..errors import ModelFormatError
from ..io.handlers import OnProgress
from ..spec import positive
from ..tensor import Tensor
from ..waiting import AWAITING, BLOCKING, Blocking, run_blocking
from .anchors import Detection
from .faces import SHORT_RANGE, Face
from .images import one_image
from .poses import Edges
from .pretrained import Network, Pretrained, check_outputs, hub, read, read_lines, run
from .regions import (
    Region,
    Video,
    box_around,
    cut_out,
    leaning,
    placed,
    region_of,
    without_overlaps,
)
from .results import Keypoint

#: Where TF.js publishes the network for the points, without and with refinement.
LANDMARKS = {
    False: hub("mediapipe/tfjs-model/face_landmarks_detection/face_mesh/1"),
    True: hub("mediapipe/tfjs-model/face_landmarks_detection/attention_mesh/1"),
}
_SIZE, _POINTS, _ALL_POINTS = 192, 468, 478
_MIN_PRESENCE = 0.5
#: Outer corners of the eyes, of which a face's lean is told.
_CORNERS = (33, 263)
#: For each iris, the first of its points and how many points of the refined eye give its depth.
_IRISES = {"Identity_2:0": "Identity_1:0", "Identity_6:0": "Identity_5:0"}
_EDGE_OF_EYE = 16

Point = tuple[float, float, float]


class FaceMesh(Pretrained):
    """A loaded FaceMesh. Make one with `await FaceMesh.load()`.

    Attributes:
        detector, landmarks: the networks.
        max_faces, refine_landmarks: as in `load`.
    """

    URLS = {
        "detector": hub("mediapipe/tfjs-model/face_detection/short/1"),
        "landmarks": LANDMARKS[False],
    }

    def __init__(
        self,
        detector: Network,
        landmarks: Network,
        max_faces: int = 1,
        refine_landmarks: bool = False,
    ) -> None:
        self.detector, self.landmarks = detector, landmarks
        self.max_faces = positive(max_faces, "FaceMesh: max_faces")
        self.refine_landmarks = bool(refine_landmarks)
        self._outputs: list[str] | None = None
        if refine_landmarks:
            self._outputs = ["output_faceflag", "output_mesh_identity", *_contours().refined]
            check_outputs("FaceMesh with refine_landmarks", landmarks, self._outputs)
        self.reset()

    @classmethod
    async def load(
        cls,
        url: Any = None,
        *,
        detector_url: Any = None,
        max_faces: int = 1,
        refine_landmarks: bool = False,
        on_progress: OnProgress | None = None,
    ) -> FaceMesh:
        """Load FaceMesh.

        Args:
            url: the `model.json` of the network that finds the points: a URL or a local folder, as
                in `load_graph_model`; by default TF.js's public one.
            detector_url: that of the network that finds faces.
            max_faces: how many faces to find at most.
            refine_landmarks: find lips and eyes more exactly, and irises; slower. This takes
                another network for the points, the attention mesh.
            on_progress: called as `on_progress(done_bytes, total_bytes)` while weights arrive.

        Raises what `load_graph_model` does, and `ModelFormatError` for a network without the
        refined points where they are asked for.
        """
        if url is None:
            url = LANDMARKS[bool(refine_landmarks)]
        return await cls.load_networks(
            {"detector": detector_url, "landmarks": url},
            on_progress,
            max_faces=max_faces,
            refine_landmarks=refine_landmarks,
        )

    @classmethod
    def load_sync(
        cls,
        path: Any,
        *,
        detector_url: Any,
        max_faces: int = 1,
        refine_landmarks: bool = False,
        on_progress: OnProgress | None = None,
    ) -> FaceMesh:
        """`load` for local folders, without await."""
        return cls.load_networks_sync(
            {"detector": detector_url, "landmarks": path},
            on_progress,
            max_faces=max_faces,
            refine_landmarks=refine_landmarks,
        )

    async def estimate(
        self, image: Any, *, flip_horizontal: bool = False, static_image_mode: bool = False
    ) -> list[Face]:
        """The faces in an image, or in the next frame of a video.

        Args:
            image: anything `tfpy.browser.from_pixels` takes, or a tensor (height, width, 3) or
                (1, height, width, 3) of values 0 to 255.
            flip_horizontal: mirror the image first, as for a camera that shows oneself.
            static_image_mode: the image is not of the same video as the one before.

        Raises `ImageError` for what is not an image, or one of no size.
        """
        return await self._estimate(AWAITING, image, flip_horizontal, static_image_mode)

    def estimate_sync(
        self, image: Any, *, flip_horizontal: bool = False, static_image_mode: bool = False
    ) -> list[Face]:
        """The same as `estimate`; blocks until the result is computed."""
        return run_blocking(self._estimate(BLOCKING, image, flip_horizontal, static_image_mode))

    def reset(self) -> None:
        """Forget where faces were: another video begins."""
        self._video = Video()

    async def _estimate(
        self, wait: Blocking, image: Any, flip: bool, static_image_mode: bool
    ) -> list[Face]:
        x = one_image("FaceMesh.estimate", image, mirrored=flip)
        if static_image_mode:
            self.reset()
        video = self._video
        regions = before = video.regions
        if len(before) < self.max_faces:
            found = await SHORT_RANGE.find(wait, self.detector, x, self.max_faces)
            regions = without_overlaps([*map(_region, found), *before])[-self.max_faces :]
        faces = [found for found in await self._meshes(wait, x, regions) if found is not None]
        video.regions = [_next_region(face.keypoints) for face in faces]
        return faces

    async def _meshes(
        self, wait: Blocking, x: Tensor, regions: Sequence[Region]
    ) -> list[Face | None]:
        """The face in each region, read with one wait for all."""
        if not regions:
            return []
        given: list[Tensor] = []
        for region in regions:
            seen = cut_out(x, region, _SIZE, (0.0, 1.0), fill_mode="nearest")
            given += self._needed(await run(wait, self.landmarks, seen, self._outputs))
        values = await read(wait, *given)
        each = len(values) // len(regions)
        return [
            self._face(region, *values[k * each : (k + 1) * each])
            for k, region in enumerate(regions)
        ]

    def _needed(self, outputs: list[Tensor]) -> list[Tensor]:
        """The output that says whether there is a face, and those with points."""
        if self.refine_landmarks:
            return outputs
        by_size = {y.size: y for y in outputs}
        try:
            return [by_size[1], by_size[3 * _POINTS]]
        except KeyError:
            shapes = ", ".join(str(y.shape) for y in outputs)
            raise ModelFormatError(f"not a FaceMesh: it gives {shapes}") from None

    def _face(self, region: Region, presence: Any, mesh: Any, *refined: Any) -> Face | None:
        score = presence[0]
        if not score >= _MIN_PRESENCE:
            return None
        points = placed(mesh, 3, region, _SIZE)
        if refined:
            points = _refined(points, [placed(part, 2, region, _SIZE) for part in refined])
        contours = _contours()
        keypoints = [
            Keypoint(x, y, None, name, z)
            for (x, y, z), name in zip(points, contours.names, strict=False)
        ]
        edges = contours.edges if refined else contours.plain_edges
        return Face(box_around(points), keypoints, score, edges)


def _region(found: Detection) -> Region:
    right_eye, left_eye = found.points[:2]
    return region_of(found.box, leaning(right_eye, left_eye, 0.0)).grown(1.5)


def _next_region(points: Sequence[Keypoint]) -> Region:
    places = [(p.x, p.y) for p in points]
    right_eye, left_eye = (places[k] for k in _CORNERS)
    return region_of(box_around(places), leaning(right_eye, left_eye, 0.0)).grown(1.5)


def _refined(mesh: list[Point], parts: Sequence[Sequence[Point]]) -> list[Point]:
    """The points of the mesh with those of lips, eyes and irises in their place. These have no
    depth: the mesh's stays, and an iris has the mean of that of its eye."""
    points = mesh + [(0.0, 0.0, 0.0)] * (_ALL_POINTS - _POINTS)
    places = _contours().refined
    for (output, indices), part in zip(places.items(), parts, strict=True):
        eye = _IRISES.get(output)
        depth = None
        if eye:
            edge = places[eye][:_EDGE_OF_EYE]
            depth = sum(points[k][2] for k in edge) / len(edge)
        for k, (x, y, _) in zip(indices, part, strict=True):
            points[k] = (x, y, points[k][2] if depth is None else depth)
    return points


class _Contours(NamedTuple):
    """What face_mesh_points.txt has: names of all points, "" for most, lines between them, also
    without irises, and for each output with refined points which these are."""

    names: list[str]
    edges: Edges
    plain_edges: Edges
    refined: dict[str, list[int]]


@cache
def _contours() -> _Contours:
    names = [""] * _ALL_POINTS
    edges: list[tuple[int, int]] = []
    refined: dict[str, list[int]] = {}
    for line in read_lines("face_mesh_points.txt"):
        name, *words = line.removeprefix("= ").split()
        indices = [int(word) for word in words]
        if line.startswith("="):
            refined[name] = indices
            continue
        edges += pairwise(indices)
        for k in indices:
            names[k] = name
    return _Contours(names, edges, [e for e in edges if max(e) < _POINTS], refined)
