"""A camera's pictures as tensors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from .. import browser
from ..compat.media import Camera
from ..dtypes import float32
from ..errors import ArgumentError, MediaError
from ..ops.image.warp import crop_and_resize
from ..tensor import Tensor


class Webcam:
    """A camera that is on; made by `await tfpy.data.webcam()`. `async for` gives its pictures until
    `stop()`.

    Attributes:
        element: the video element that shows what it sees.
    """

    def __init__(self, camera: Camera, size: tuple[int, int] | None, center_crop: bool) -> None:
        self._camera, self._size, self._center_crop = camera, size, center_crop
        self._on = True

    @property
    def element(self) -> Any:
        return self._camera.element

    def capture(self) -> Tensor:
        """What the camera sees now: int32 (height, width, 3), or float32 where it is resized.

        Raises `MediaError` after `stop()`.
        """
        if not self._on:
            raise MediaError("the camera is off")
        image = browser.from_pixels(self.element)
        if self._size is None:
            return image
        box = _center(image.shape, self._size) if self._center_crop else (0.0, 0.0, 1.0, 1.0)
        batch = image.cast(float32).reshape((1, *image.shape))
        return crop_and_resize(batch, [box], [0], self._size).reshape((*self._size, 3))

    async def __aiter__(self) -> AsyncGenerator[Tensor]:
        while self._on:
            yield self.capture()
            # The page draws, and reacts, between two pictures.
            await asyncio.sleep(0)

    async def start(self) -> None:
        """Turn it on again."""
        if not self._on:
            await self._camera.start()
            self._on = True

    def stop(self) -> None:
        """Turn it off."""
        self._camera.stop()
        self._on = False


def _center(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[float, ...]:
    """The largest box around the center with the proportions of `size`: y1, x1, y2, x2."""
    height, width = shape[:2]
    scale = min(height / size[0], width / size[1])
    down, across = scale * size[0] / height, scale * size[1] / width
    return (1 - down) / 2, (1 - across) / 2, (1 + down) / 2, (1 + across) / 2


async def webcam(
    element: Any = None,
    *,
    facing_mode: str | None = None,
    device_id: str | None = None,
    resize_width: int | None = None,
    resize_height: int | None = None,
    center_crop: bool = False,
) -> Webcam:
    """Turn on a camera, once the user allows it.

    Args:
        element: the video element of the page to show it in; by default one that is not shown.
        facing_mode: "user" for the camera that faces the user, "environment" for the other.
        device_id: which camera, by its id in the browser.
        resize_width, resize_height: of the pictures; by default as the camera has them.
        center_crop: whether to cut the middle out rather than change the proportions.

    Raises:
        MediaError: there is no camera, or the page may not use it.
    """
    sizes = [n for n in (resize_height, resize_width) if n is not None]
    if len(sizes) == 1 or any(n < 1 for n in sizes):
        raise ArgumentError("webcam: resize_width and resize_height go together, and are positive")
    if center_crop and not sizes:
        raise ArgumentError("webcam: center_crop needs resize_width and resize_height")
    if facing_mode not in (None, "user", "environment"):
        raise ArgumentError(
            f'webcam: facing_mode must be "user" or "environment", not {facing_mode!r}'
        )
    wanted = {"facingMode": facing_mode, "deviceId": device_id}
    camera = Camera(element, {k: v for k, v in wanted.items() if v is not None})
    await camera.start()
    return Webcam(camera, (sizes[0], sizes[1]) if sizes else None, center_crop)
