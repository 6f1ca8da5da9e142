"""How weights begin: Keras 3's initializers.

An initializer is called with a shape and a dtype. A seed gives the same weights on every backend
(`ops.random`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .dtypes import float32
from .errors import ArgumentError
from .ops import creation, random
from .ops.linalg import matmul
from .ops.movement import transpose
from .tensor import Tensor


class Initializer:
    """Base class: keeps its arguments as its configuration."""

    def __init__(self, **config: Any) -> None:
        self._config = config

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        """A tensor of `shape` to start from."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return dict(self._config)


class Zeros(Initializer):
    """All 0."""

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return creation.zeros(shape, dtype)


class Ones(Initializer):
    """All 1."""

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return creation.ones(shape, dtype)


class Constant(Initializer):
    """All `value`."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__(value=value)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return creation.fill(shape, self._config["value"], dtype)


class RandomNormal(Initializer):
    """Drawn from the normal distribution."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(mean=mean, stddev=stddev, seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return random.random_normal(shape, dtype=dtype, **self._config)


class TruncatedNormal(RandomNormal):
    """Drawn from the normal distribution, nothing beyond two deviations."""

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return random.truncated_normal(shape, dtype=dtype, **self._config)


class RandomUniform(Initializer):
    """Drawn evenly from [minval, maxval)."""

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(minval=minval, maxval=maxval, seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        return random.random_uniform(shape, dtype=dtype, **self._config)


class VarianceScaling(Initializer):
    """Random with variance `scale / n`, where n counts inputs, outputs or their mean.

    Args:
        scale: factor of the variance.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "uniform", "normal" (same as "truncated_normal") or "untruncated_normal".
        seed: for the same weights each time.
    """

    #: A normal distribution cut at two deviations has this deviation instead of 1.
    _TRUNCATED = 0.87962566103423978

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ArgumentError(f"VarianceScaling: unknown mode {mode!r}")
        if distribution not in ("uniform", "normal", "truncated_normal", "untruncated_normal"):
            raise ArgumentError(f"VarianceScaling: unknown distribution {distribution!r}")
        super().__init__(scale=scale, mode=mode, distribution=distribution, seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        fan_in, fan_out = _fans(tuple(shape))
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        deviation = math.sqrt(self._config["scale"] / max(1.0, n[self._config["mode"]]))
        kind, seed = self._config["distribution"], self._config["seed"]
        if kind == "uniform":
            limit = math.sqrt(3.0) * deviation
            return random.random_uniform(shape, -limit, limit, dtype, seed)
        if kind == "untruncated_normal":
            return random.random_normal(shape, 0.0, deviation, dtype, seed)
        return random.truncated_normal(shape, 0.0, deviation / self._TRUNCATED, dtype, seed)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs each weight of a kernel of `shape` joins."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, 0 elsewhere."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__(gain=gain)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        if len(shape) != 2:
            raise ArgumentError(f"Identity makes matrices, not shape {tuple(shape)}")
        return creation.eye(shape[0], shape[1], dtype=dtype) * self._config["gain"]


class Orthogonal(Initializer):
    """A random matrix with orthogonal rows or columns (Saxe et al., arxiv.org/abs/1312.6120).

    Args:
        gain: their length.
        seed: for the same weights each time.

    Other axes than the last count as rows. It is the orthogonal factor of a normal matrix, which is
    distributed evenly, found by Newton's iteration `x (3 - x' x) / 2`: products that any device
    computes, where a QR decomposition would be Python's work.
    """

    #: Each step multiplies small singular values by 1.5: 1e-7 of the largest one gets to 1.
    _STEPS = 50

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(gain=gain, seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = float32) -> Tensor:
        if len(shape) < 2:
            raise ArgumentError(f"Orthogonal makes matrices, not shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        large, small = max(rows, columns), min(rows, columns)
        x = random.random_normal((large, small), dtype=dtype, seed=self._config["seed"])
        x = x * (1.0 / (math.sqrt(large) + math.sqrt(small)))
        for _ in range(self._STEPS):
            x = x * 1.5 - matmul(x, matmul(x, x, transpose_a=True)) * 0.5
        x = transpose(x) if rows < columns else x
        return x.reshape(tuple(shape)) * self._config["gain"]


#: The named scalings: (scale, mode, distribution).
_SCALINGS = {
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "glorot_normal": (1.0, "fan_avg", "truncated_normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "truncated_normal"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "lecun_normal": (1.0, "fan_in", "truncated_normal"),
}


def _scaling(name: str) -> Any:
    scale, mode, distribution = _SCALINGS[name]

    def make(seed: int | None = None) -> VarianceScaling:
        return VarianceScaling(scale, mode, distribution, seed)

    make.__name__ = "".join(part.title() for part in name.split("_"))
    make.__doc__ = f"`VarianceScaling({scale}, {mode!r}, {distribution!r})`."
    return make


GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal = map(
    _scaling, _SCALINGS
)

_BY_CLASS: dict[str, Any] = {
    c.__name__: c
    for c in (
        *(Zeros, Ones, Constant, RandomNormal, TruncatedNormal, RandomUniform, VarianceScaling),
        *(
            Identity,
            Orthogonal,
            GlorotUniform,
            GlorotNormal,
            HeUniform,
            HeNormal,
            LecunUniform,
            LecunNormal,
        ),
    )
}
# Keras's other names of the same classes.
zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_uniform, glorot_normal, variance_scaling = GlorotUniform, GlorotNormal, VarianceScaling
he_uniform, he_normal, lecun_uniform, lecun_normal = HeUniform, HeNormal, LecunUniform, LecunNormal

_BY_NAME = {
    "zeros": zeros,
    "ones": ones,
    "constant": constant,
    "uniform": random_uniform,
    "random_uniform": random_uniform,
    "normal": random_normal,
    "random_normal": random_normal,
    "truncated_normal": truncated_normal,
    "variance_scaling": variance_scaling,
    "identity": identity,
    "orthogonal": orthogonal,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
}


def get(identifier: Any) -> Any:
    """The initializer that `identifier` means: an object, a name, or a `{class_name, config}`.

    Raises `ArgumentError` for an unknown one.
    """
    if callable(identifier):
        return identifier() if isinstance(identifier, type) else identifier
    name, config = identifier, None
    if isinstance(identifier, dict):
        name, config = identifier.get("class_name"), identifier.get("config")
    made = _BY_CLASS.get(str(name)) or _BY_NAME.get(str(name))
    if made is None:
        raise ArgumentError(f"unknown initializer {name!r}; there are {', '.join(_BY_NAME)}")
    # None is every argument's default, also of those that only newer versions of Keras have.
    given = {k: v for k, v in (config or {}).items() if k != "dtype" and v is not None}
    return made(**given)


def serialize(initializer: Any) -> dict[str, Any]:
    """The `{class_name, config}` that `get` takes back."""
    config = initializer.get_config() if hasattr(initializer, "get_config") else {}
    return {"class_name": type(initializer).__name__, "config": config}
