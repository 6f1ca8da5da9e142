"""Who is who in a video: what is found in a frame gets the number of what it was before.

Places are shares of the image, so that a part of it means the same in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import exp
from typing import NamedTuple

from ..spec import number, positive
from .results import Box

#: How exactly people place each point, as shares of a person's size: from COCO's evaluation.
_FALLOFF = (
    *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062),
    *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
)


class Tracked(NamedTuple):
    """Someone in a frame: points (x, y, score), a box, a score, and the number they get."""

    points: Sequence[tuple[float, float, float]]
    box: Box
    score: float
    id: int | None = None


class Tracker:
    """Follows people by how much their boxes overlap.

    Args:
        max_tracks: how many people to remember.
        max_age: for how long, in seconds.
        min_similarity: how alike two frames must show a person.

    >>> from tfpy.applications.results import Box
    >>> from tfpy.applications.tracking import Tracked, Tracker
    >>> left, right = (Tracked([], Box(x, 0.2, 0.3, 0.6), 0.9) for x in (0.1, 0.6))
    >>> tracker = Tracker()
    >>> [person.id for person in tracker([left, right], time=0.0)]
    [1, 2]
    >>> [person.id for person in tracker([right, left], time=0.1)]
    [2, 1]
    """

    def __init__(
        self, max_tracks: int = 18, max_age: float = 1.0, min_similarity: float = 0.15
    ) -> None:
        self.max_tracks = positive(max_tracks, "Tracker: max_tracks")
        self.max_age = number(max_age, "Tracker: max_age", 0.0, 1e9)
        self.min_similarity = min_similarity
        #: Copies count on together, so that no number comes twice.
        self._numbers = count(1)
        self.reset()

    def reset(self) -> None:
        """Forget everyone; numbers go on."""
        self._known: dict[int, tuple[float, Tracked]] = {}

    def ids(self) -> set[int]:
        """The numbers of those remembered."""
        return set(self._known)

    def __call__(self, people: Sequence[Tracked], time: float) -> list[Tracked]:
        """The people with their numbers, at a time in seconds. Each takes, in their order, who is
        most like them and still free."""
        self._known = {k: v for k, v in self._known.items() if time - v[0] <= self.max_age}
        free = list(self._known)
        ids: list[int | None] = []
        for person in people:
            likes = [(self.similarity(person, self._known[k][1]), k) for k in free]
            best = max(likes, key=lambda like: like[0], default=(-1.0, 0))
            found = best[1] if best[0] >= self.min_similarity else None
            if found is not None:
                free.remove(found)
            ids.append(found)
        numbered = []
        for person, known in zip(people, ids, strict=True):
            if known is None:
                known = next(self._numbers)
            numbered.append(person._replace(id=known))
            self._known[known] = (time, numbered[-1])
        latest = sorted(self._known.items(), key=lambda item: -item[1][0])
        self._known = dict(latest[: self.max_tracks])
        return numbered

    def similarity(self, now: Tracked, before: Tracked) -> float:
        """How alike they are, from 0 to 1: the area of both boxes by that of either."""
        a, b = now.box, before.box
        width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
        height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (a.width * a.height + b.width * b.height - shared)


class KeypointTracker(Tracker):
    """Follows people by how near their points are: COCO's object keypoint similarity.

    Args:
        max_tracks, max_age, min_similarity: as for `Tracker`.
        min_score: points less sure do not count.
        min_points: with fewer that count nobody is like another.
    """

    def __init__(
        self,
        max_tracks: int = 18,
        max_age: float = 1.0,
        min_similarity: float = 0.2,
        min_score: float = 0.3,
        min_points: int = 4,
    ) -> None:
        super().__init__(max_tracks, max_age, min_similarity)
        self.min_score = number(min_score, "KeypointTracker: min_score", 0.0, 1.0)
        self.min_points = positive(min_points, "KeypointTracker: min_points")

    def similarity(self, now: Tracked, before: Tracked) -> float:
        sure = [p for p in before.points if p[2] > self.min_score]
        # Of the square (0, 0) to (1, 1) if nothing is sure; its corners bound what is.
        xs, ys = ([*(p[k] for p in sure)] for k in (0, 1))
        area = (max([0.0, *xs]) - min([1.0, *xs])) * (max([0.0, *ys]) - min([1.0, *ys])) + 1e-6
        likes = []
        for a, b, falloff in zip(now.points, before.points, _FALLOFF, strict=True):
            if a[2] >= self.min_score and b[2] >= self.min_score:
                square = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
                likes.append(exp(-square / (8 * area * falloff * falloff)))
        return sum(likes) / len(likes) if len(likes) >= self.min_points else 0.0


#: Each kind by the name that `MoveNet` knows it by.
TRACKERS = {"bounding_box": Tracker, "keypoint": KeypointTracker}
