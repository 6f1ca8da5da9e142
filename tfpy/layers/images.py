"""Layers that prepare images: sizes, and random changes of what is seen in training.

They take batches of images or one image. Random ones draw once for each image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import ArgumentError, ShapeError
from ..ops import elementwise as ew
from ..ops.creation import arange
from ..ops.image import resize_bilinear, resize_nearest_neighbor, transform
from ..ops.image.sampling import choice
from ..ops.indexing import gather
from ..ops.movement import concat, flip, pad, reshape
from ..ops.movement import slice as cut
from ..ops.random import random_uniform
from ..ops.reduce import mean
from ..ops.windows import over_images
from ..spec import integer, number
from ..tensor import Tensor
from .spatial import Spatial

__all__ = [
    *("CenterCrop", "Resizing"),
    *("RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation"),
    *("RandomTranslation", "RandomWidth", "RandomZoom"),
]
_RESIZE = {"bilinear": resize_bilinear, "nearest": resize_nearest_neighbor}

# --------------------------------------------------------------------------------------- sizes


class _Sized(Spatial):
    """A layer that makes images of one size."""

    def __init__(self, height: int, width: int, data_format: str | None, **options: Any) -> None:
        super().__init__(data_format, **options)
        self.height, self.width = (
            integer(n, f"{type(self).__name__}: {name}")
            for name, n in (("height", height), ("width", width))
        )
        if min(self.height, self.width) < 1:
            raise ArgumentError(f"{type(self).__name__}: no images of {height} x {width}")

    def _over_images(self, x: Tensor, run: Any) -> Tensor:
        return over_images(self.name, x, 2, self.data_format, run)

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = list(input_shape)
        if len(shape) not in (3, 4):
            raise ShapeError(f"{self.name} takes images or one image, not shape {input_shape}")
        rows = -3 if self.channels_last else -2
        shape[rows], shape[rows + 1] = self.height, self.width
        return tuple(shape)


def _middle(x: Tensor, height: int, width: int) -> Tensor:
    """The middle of images."""
    n, h, w, c = x.shape
    return cut(x, (0, (h - height) // 2, (w - width) // 2, 0), (n, height, width, c))


def _shaped(x: Tensor, height: int, width: int) -> Tensor:
    """The largest middle part of images that has the shape of `height` x `width`."""
    _, h, w, _ = x.shape
    return _middle(
        x, max(min(h, int(w * height / width)), 1), max(min(w, int(h * width / height)), 1)
    )


def _resized(x: Tensor, height: int, width: int, interpolation: str = "bilinear") -> Tensor:
    return _RESIZE[interpolation](x, (height, width), half_pixel_centers=True)


class Resizing(_Sized):
    """Images resized to `height` x `width`, of the dtype they had.

    Args:
        height, width: of the results.
        interpolation: "bilinear" or "nearest"; sampled at pixel centres, as in Keras.
        crop_to_aspect_ratio: cut off what would be squeezed, rather than squeeze.
        pad_to_aspect_ratio: add a border of `fill_value` rather than squeeze.
        fill_mode: "constant".
        data_format: "channels_last" (the default) or "channels_first".

    >>> tfpy.layers.Resizing(2, 2)(tfpy.ones((1, 4, 6, 3))).shape
    (1, 2, 2, 3)
    """

    config_keys = (
        *("height", "width", "interpolation", "crop_to_aspect_ratio", "pad_to_aspect_ratio"),
        *("fill_mode", "fill_value", "antialias", "data_format"),
    )
    keeps_dtype = True

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(height, width, data_format, **options)
        choice("Resizing", "interpolation", interpolation, tuple(_RESIZE))
        choice("Resizing", "fill_mode", fill_mode, ("constant",))
        if antialias or (crop_to_aspect_ratio and pad_to_aspect_ratio):
            raise ArgumentError(
                "Resizing: there is no antialias, and images are cropped or padded, not both"
            )
        self.interpolation, self.antialias = interpolation, False
        self.crop_to_aspect_ratio = bool(crop_to_aspect_ratio)
        self.pad_to_aspect_ratio = bool(pad_to_aspect_ratio)
        self.fill_mode, self.fill_value = fill_mode, number(fill_value, "Resizing: fill_value")

    def call(self, inputs: Tensor) -> Tensor:
        y = self._over_images(inputs, self._run)
        if y.dtype is inputs.dtype:
            return y
        return ew.cast(y if inputs.dtype.is_floating else ew.round(y), inputs.dtype)

    def _run(self, x: Tensor) -> Tensor:
        if self.crop_to_aspect_ratio:
            x = _shaped(x, self.height, self.width)
        elif self.pad_to_aspect_ratio:
            _, h, w, _ = x.shape
            rows = max(int(w * self.height / self.width) - h, 0) // 2
            columns = max(int(h * self.width / self.height) - w, 0) // 2
            border = ((0, 0), (rows, rows), (columns, columns), (0, 0))
            x = pad(x, border, constant_values=self.fill_value)
        return _resized(x, self.height, self.width, self.interpolation)


class CenterCrop(_Sized):
    """The middle `height` x `width` of images, as float.

    Of smaller images, the largest middle part of that shape, enlarged.
    """

    config_keys = ("height", "width", "data_format")

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(height, width, data_format, **options)

    def call(self, inputs: Tensor) -> Tensor:
        return self._over_images(ew.cast(inputs, self.dtype), self._run)

    def _run(self, x: Tensor) -> Tensor:
        if x.shape[1] >= self.height and x.shape[2] >= self.width:
            return _middle(x, self.height, self.width)
        return _resized(_shaped(x, self.height, self.width), self.height, self.width)


class RandomCrop(_Sized):
    """In training, a random part of `height` x `width`, the same of all images of a batch.

    Otherwise, and of smaller images, the largest middle part of that shape, resized.
    """

    config_keys = ("height", "width", "seed", "data_format")

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(height, width, data_format, **options)
        self.seed = seed

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        def run(x: Tensor) -> Tensor:
            more = x.shape[1] - self.height, x.shape[2] - self.width
            if not training or min(more) < 0:
                return _resized(_shaped(x, self.height, self.width), self.height, self.width)
            drawn = random_uniform((2,), seed=self.draws)
            for axis, (size, rest) in enumerate(
                zip((self.height, self.width), more, strict=True), 1
            ):
                start = ew.cast(ew.floor(drawn[axis - 1] * (rest + 1)), "int32")
                x = gather(x, arange(size) + ew.minimum(start, rest), axis)
            return x

        return self._over_images(ew.cast(inputs, self.dtype), run)


class RandomWidth(Spatial):
    """In training, images made wider or narrower by a random share: `factor` or (from, to).

    The width depends on what is drawn, so the layer cannot be part of a plan. Not in Keras 3;
    TF.js has it.
    """

    config_keys = ("factor", "interpolation", "seed")

    def __init__(
        self,
        factor: float | Sequence[float],
        interpolation: str = "bilinear",
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        choice("RandomWidth", "interpolation", interpolation, tuple(_RESIZE))
        self.factor, self.interpolation, self.seed = factor, interpolation, seed
        self._range = _span(self, "factor", factor, -1.0)

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        x = ew.cast(inputs, self.dtype)
        if not training:
            return x
        low, high = self._range
        share = 1.0 + low + random_uniform((), seed=self.draws).item() * (high - low)
        height, width = x.shape[-3:-1]
        return _resized(x, height, max(int(width * share), 1), self.interpolation)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-2], None, input_shape[-1])


# -------------------------------------------------------------------------------- augmentation


def _span(
    layer: Any, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> tuple[float, float]:
    """A factor as (from, to); a number f stands for (-f, f), as far as that is allowed."""
    what = f"{type(layer).__name__}: {name}"
    if isinstance(value, (list, tuple)) and len(value) == 2:
        first, last = sorted(number(v, what, low, high) for v in value)
        return first, last
    size = abs(number(value, what, low, high))
    return max(-size, low), size


class _Augmentation(Spatial):
    """A layer that changes images in training, each by its own draw."""

    seed: int | None = None

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        x = ew.cast(inputs, self.dtype)
        return over_images(self.name, x, 2, self.data_format, self._changed) if training else x

    def _changed(self, x: Tensor) -> Tensor:
        """A batch of images, channels last, with the changes."""
        raise NotImplementedError

    def _draw(self, images: int, *ranges: tuple[float, float]) -> list[Tensor]:
        """For each range, (images, 1) numbers from it."""
        drawn = random_uniform((len(ranges), images, 1), seed=self.draws)
        return [drawn[i] * (high - low) + low for i, (low, high) in enumerate(ranges)]


class RandomFlip(_Augmentation):
    """In training, mirrors half of the images.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical", which does both to the same
            images, as in Keras.
        seed: for the same draws in each program.
        data_format: "channels_last" (the default) or "channels_first".
    """

    config_keys = ("mode", "seed", "data_format")

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        axes = {"horizontal": (2,), "vertical": (1,), "horizontal_and_vertical": (1, 2)}
        choice("RandomFlip", "mode", mode, tuple(axes))
        self.mode, self.seed, self._flipped = mode, seed, axes[mode]

    def _changed(self, x: Tensor) -> Tensor:
        (drawn,) = self._draw(x.shape[0], (0.0, 1.0))
        return ew.where(reshape(drawn, (-1, 1, 1, 1)) <= 0.5, flip(x, self._flipped), x)


class _Warp(_Augmentation):
    """A layer that shows images through a random affine map."""

    _keys = ("fill_mode", "interpolation", "seed", "fill_value", "data_format")

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        name = type(self).__name__
        choice(name, "fill_mode", fill_mode, ("reflect", "wrap", "constant", "nearest"))
        choice(name, "interpolation", interpolation, ("bilinear", "nearest"))
        self.fill_mode, self.interpolation, self.seed = fill_mode, interpolation, seed
        self.fill_value = number(fill_value, f"{name}: fill_value")

    def _changed(self, x: Tensor) -> Tensor:
        a, b, c, d, across, down = self._map(*x.shape[:3])
        # The middle stays where it is, but for the shift.
        cx, cy = (x.shape[2] - 1) / 2, (x.shape[1] - 1) / 2
        across, down = across + cx - a * cx - b * cy, down + cy - c * cx - d * cy
        maps = concat([a, b, across, c, d, down, a * 0.0, a * 0.0], 1)
        return transform(x, maps, self.interpolation, self.fill_mode, self.fill_value)

    def _map(self, images: int, height: int, width: int) -> tuple[Tensor, ...]:
        """Where pixel (x, y) from the middle is read: (a x + b y + across, c x + d y + down)."""
        raise NotImplementedError


class RandomRotation(_Warp):
    """In training, turns each image about its middle.

    Args:
        factor: how far, in full turns: (from, to), or f for (-f, f).
        fill_mode, fill_value: what comes in at the edges, see `tfpy.image.transform`.
        interpolation: "bilinear" or "nearest".
        seed: for the same draws in each program.
        data_format: "channels_last" (the default) or "channels_first".
    """

    config_keys = ("factor", *_Warp._keys)

    def __init__(self, factor: float | Sequence[float], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.factor = _span(self, "factor", factor, -1.0, 1.0)

    def _map(self, images: int, height: int, width: int) -> tuple[Tensor, ...]:
        (turns,) = self._draw(images, self.factor)
        sine, cosine = ew.sin(turns * (2 * math.pi)), ew.cos(turns * (2 * math.pi))
        return cosine, -sine, sine, cosine, sine * 0.0, sine * 0.0


class RandomZoom(_Warp):
    """In training, shows each image from nearer or farther.

    Args:
        height_factor: how much more of the height is seen, as a share: (from, to), or f for
            (-f, f); negative is nearer.
        width_factor: the same for the width; by default as much as of the height.
        fill_mode, interpolation, seed, fill_value, data_format: as `RandomRotation`.
    """

    config_keys = ("height_factor", "width_factor", *_Warp._keys)

    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float] | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._ranges = [
            _span(self, name, value, -1.0)
            for name, value in (("height_factor", height_factor), ("width_factor", width_factor))
            if value is not None or name == "height_factor"
        ]

    def _map(self, images: int, height: int, width: int) -> tuple[Tensor, ...]:
        factors = self._draw(images, *self._ranges)
        down, across = factors[0] + 1.0, factors[-1] + 1.0
        zero = across * 0.0
        return across, zero, zero, down, zero, zero


class RandomTranslation(_Warp):
    """In training, shifts each image.

    Args:
        height_factor: how far down, as a share of the height: (from, to), or f for (-f, f).
        width_factor: how far right, as a share of the width.
        fill_mode, interpolation, seed, fill_value, data_format: as `RandomRotation`.
    """

    config_keys = ("height_factor", "width_factor", *_Warp._keys)

    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float],
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._ranges = (
            _span(self, "height_factor", height_factor, -1.0, 1.0),
            _span(self, "width_factor", width_factor, -1.0, 1.0),
        )

    def _map(self, images: int, height: int, width: int) -> tuple[Tensor, ...]:
        down, across = self._draw(images, *self._ranges)
        zero = down * 0.0
        return zero + 1.0, zero, zero, zero + 1.0, across * -float(width), down * -float(height)


class _Light(_Augmentation):
    """A layer that changes values and keeps them in `value_range`."""

    config_keys = ("factor", "value_range", "seed", "data_format")

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        what = f"{type(self).__name__}: value_range"
        if not isinstance(value_range, (list, tuple)):
            raise ArgumentError(f"{what} must be (lowest, highest), not {value_range!r:.50}")
        self.value_range = tuple(number(v, what) for v in value_range)
        if len(self.value_range) != 2 or self.value_range[0] >= self.value_range[1]:
            raise ArgumentError(f"{what} must be (lowest, highest), not {value_range!r}")
        self.seed, self.factor = seed, self._factor(factor)

    def _factor(self, factor: Any) -> tuple[float, float]:
        return _span(self, "factor", factor, -1.0, 1.0)

    def _changed(self, x: Tensor) -> Tensor:
        return ew.clip_by_value(self._lit(x), *self.value_range)

    def _lit(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class RandomBrightness(_Light):
    """In training, adds a number to each image.

    Args:
        factor: it, as a share of the value range: (from, to), or f for (-f, f).
        value_range: lowest and highest value of a pixel.
        seed: for the same draws in each program.
    """

    def _lit(self, x: Tensor) -> Tensor:
        (share,) = self._draw(x.shape[0], self.factor)
        low, high = self.value_range
        return x + reshape(share, (-1, 1, 1, 1)) * (high - low)


class RandomContrast(_Light):
    """In training, moves the values of each channel away from their mean or towards it.

    Args:
        factor: they are multiplied by something from 1 - lower to 1 + upper: (lower, upper), or f
            for (f, f).
        value_range: lowest and highest value of a pixel.
        seed: for the same draws in each program.
    """

    def _factor(self, factor: Any) -> tuple[float, float]:
        both = factor if isinstance(factor, (list, tuple)) else (factor, factor)
        return _span(self, "factor", both, 0.0, 1.0)

    def _lit(self, x: Tensor) -> Tensor:
        lower, upper = self.factor
        (gain,) = self._draw(x.shape[0], (1.0 - lower, 1.0 + upper))
        middle = mean(x, (1, 2), keepdims=True)
        return (x - middle) * reshape(gain, (-1, 1, 1, 1)) + middle
