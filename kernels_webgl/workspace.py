"""Textures for what plans compute on the way: every plan uses the same ones.

Only one plan runs at a time and nothing in them outlives a run, so of each shape there are as many
as the plan that needs most. They stay while that plan lives, so that a replay finds every texture
and framebuffer where it was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .layout import TextureShape
from .textures import Texture, TexturePool


class Lease:
    """A plan's right to the first textures of each shape, in the order it asked for them.

    Ends when Python drops it.
    """

    __slots__ = ("_needs", "_workspace", "textures")

    def __init__(self, workspace: Workspace, shapes: Iterable[TextureShape]) -> None:
        self._workspace = workspace
        self._needs: Counter[TextureShape] = Counter()
        #: The textures, one for each shape asked for.
        self.textures: list[Texture] = []
        for shape in shapes:
            self.textures.append(workspace.texture(shape, self._needs[shape]))
            self._needs[shape] += 1
        workspace.begin(self._needs)

    def __del__(self) -> None:
        self._workspace.end(self._needs)


class Workspace:
    """The textures that leases share.

    Args:
        pool: where they come from and go back to.
    """

    def __init__(self, pool: TexturePool) -> None:
        self._pool = pool
        self._textures: dict[TextureShape, list[Texture]] = {}
        self._needs: list[Counter[TextureShape]] = []

    def texture(self, shape: TextureShape, index: int) -> Texture:
        """Texture number `index` of `shape`, made if there are fewer."""
        textures = self._textures.setdefault(shape, [])
        while len(textures) <= index:
            textures.append(self._pool.acquire(shape))
        return textures[index]

    def begin(self, needs: Counter[TextureShape]) -> None:
        """Keep that many textures of each shape, until `end`."""
        self._needs.append(needs)

    def end(self, needs: Counter[TextureShape]) -> None:
        """Give back what no other lease needs. Only bookkeeping: the collector may call it."""
        self._needs = [other for other in self._needs if other is not needs]
        for shape in needs:
            most = max((other[shape] for other in self._needs), default=0)
            textures = self._textures.get(shape, [])
            while len(textures) > most:
                self._pool.release(textures.pop())

    def memory(self) -> tuple[int, int]:
        """Number and bytes of the textures."""
        found = [texture for textures in self._textures.values() for texture in textures]
        return len(found), sum(texture.shape.nbytes for texture in found)
