"""Random tensors: distributions made of what `generator` draws, on the device.

The same seed gives the same numbers on every backend: integers bit by bit, floats up to the
rounding of arithmetic. Without a seed, draws continue the stream that `set_seed` starts; a plan
draws anew at every run. Floats are drawn in float32, whatever float they are returned as.
"""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Callable
from typing import Any

from .. import engine
from ..dtypes import as_dtype, bool_, float32, int32
from ..errors import ArgumentError, DTypeError, ShapeError
from ..registry import composite
from ..spec import Shape, TensorSpec, as_shape, integer, normalize_axis, number, require_rank
from ..tensor import Tensor
from . import elementwise as ew
from .creation import arange, pack
from .generator import Seed, draw, drawn
from .indexing import gather
from .movement import broadcast_to, expand_dims, reshape
from .reduce import argmax, max, sum

#: The smallest and largest normal float32 above 0.
_LEAST, _LARGEST = 2.0**-126, (2 - 2.0**-23) * 2.0**127


def _shape(op: str, shape: Any) -> Shape:
    return as_shape(shape, f"{op}: shape")


def _finite(value: Any, what: str, least: float = -_LARGEST) -> float:
    """A number that float32 has."""
    return number(value, what, least, _LARGEST)


def _parameter(what: str, x: Any, shape: Shape, least: float, most: float = _LARGEST) -> Tensor:
    """A number within bounds, or a tensor that broadcasts to `shape`."""
    if not isinstance(x, (Tensor, list, tuple)) and not hasattr(x, "__array_interface__"):
        x = number(x, what, least, most)
    x = engine.as_tensor(x, float32)
    return broadcast_to(x, shape) if x.ndim else x


def _as(op: str, x: Tensor, dtype: Any) -> Tensor:
    """Drawn floats as `dtype`: rounded for int32, as in TF.js."""
    kind = as_dtype(dtype)
    if kind.kind not in "fi":
        raise DTypeError(f"{op}: dtype must be a float or int32, not {kind}")
    return engine.cast_to(x if kind.is_floating else ew.round(x), kind)


def _below(value: float) -> float:
    """The largest float32 below `value`."""
    (bits,) = struct.unpack("i", struct.pack("f", value))
    (same,) = struct.unpack("f", struct.pack("f", value))
    if same < value:
        return same
    # Away from zero for a negative number; small ones may count as zero on a device.
    step = 1 if same < 0 else -1
    return struct.unpack("f", struct.pack("i", bits + step))[0] if same else -_LEAST


# ------------------------------------------------------------------------------------- evenly


@composite()
def random_uniform(
    shape: Any,
    minval: float = 0,
    maxval: float = 1,
    dtype: Any = float32,
    seed: Seed = None,
) -> Tensor:
    """Numbers drawn evenly from [minval, maxval).

    Args:
        shape: of the result.
        minval: the least number.
        maxval: above the largest number; `minval` itself is allowed for floats.
        dtype: a float: multiples of 2**-24 of the range. int32: see `random_uniform_int`.
            bool: True and False, which takes no range.
        seed: an int or a text, for the same numbers each time.

    Raises:
        ArgumentError: a range that is empty, or not of numbers of the dtype.

    >>> tfpy.random_uniform((2, 2), seed=1).shape
    (2, 2)
    """
    op, kind = "random_uniform", as_dtype(dtype)
    if kind is int32:
        return random_uniform_int(shape, minval, maxval, seed)  # type: ignore[arg-type]
    if kind is bool_:
        if (minval, maxval) != (0, 1):
            raise ArgumentError(f"{op}: bools have no range, not {minval!r} to {maxval!r}")
        return ew.cast(draw(_shape(op, shape), seed, "range", 0, 2), bool_)
    if kind.kind != "f":
        raise DTypeError(f"{op}: dtype must be a float, int32 or bool, not {kind}")
    low, high = _finite(minval, f"{op}: minval"), _finite(maxval, f"{op}: maxval")
    width = _finite(high - low, f"{op}: maxval - minval", 0)
    most = _below(high) if width else high
    return engine.cast_to(draw(_shape(op, shape), seed, "uniform", low, width, most), kind)


@composite()
def random_uniform_int(shape: Any, minval: int, maxval: int, seed: Seed = None) -> Tensor:
    """int32 numbers drawn evenly from [minval, maxval), which may be all there are.

    Each is as likely as any other to within 2**-32 of its probability.

    >>> set(tfpy.random_uniform_int((100,), 3, 5).tolist())
    {3, 4}
    """
    op = "random_uniform_int"
    low = number(minval, f"{op}: minval", -(2**31), 2**31)
    count = number(maxval, f"{op}: maxval", -(2**31), 2**31) - low
    if low % 1 or count % 1 or count <= 0:
        raise ArgumentError(f"{op}: there are no integers from {minval} up to {maxval}")
    kind = ("bits",) if count == 2**32 else ("range", int(low), int(count))
    return draw(_shape(op, shape), seed, *kind)


@composite()
def random_bernoulli(shape: Any, p: Any = 0.5, dtype: Any = bool_, seed: Seed = None) -> Tensor:
    """True, or 1, with probability `p`: a number, or a tensor that broadcasts to `shape`."""
    size = _shape("random_bernoulli", shape)
    p = _parameter("random_bernoulli: p", p, size, 0, 1)
    return ew.cast(draw(size, seed, "uniform", 0.0, 1.0, 1.0) < p, dtype)


@composite()
def rand(shape: Any, rand_function: Callable[[], float], dtype: Any = float32) -> Tensor:
    """What `rand_function()` returns, called for each element on the host.

    TF.js's `rand`; that of NumPy is `random_uniform`. A plan calls it at every run.
    """
    spec = TensorSpec(_shape("rand", shape), as_dtype(dtype))
    return engine.from_draws(
        lambda: pack([rand_function() for _ in range(spec.size)], spec.dtype), spec
    )


# --------------------------------------------------------------------------------- normally


def _normal(op: str, shape: Any, mean: float, stddev: float, dtype: Any, seed: Seed) -> Tensor:
    numbers = _finite(mean, f"{op}: mean"), _finite(stddev, f"{op}: stddev", 0)
    kind = "normal" if op == "random_normal" else op
    return _as(op, draw(_shape(op, shape), seed, kind, *numbers), dtype)


@composite()
def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = float32,
    seed: Seed = None,
) -> Tensor:
    """Numbers from the normal distribution, rounded if `dtype` is int32.

    The inverse of the distribution at numbers of 31 bits and a sign, so up to 6.2 deviations.
    """
    return _normal("random_normal", shape, mean, stddev, dtype, seed)


@composite()
def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = float32,
    seed: Seed = None,
) -> Tensor:
    """Numbers from the normal distribution within two deviations, as if others were drawn again."""
    return _normal("truncated_normal", shape, mean, stddev, dtype, seed)


#: Proposals for each number of `random_gamma`. Each is accepted with probability 0.95 or more.
_TRIES = 7


@composite()
def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = 1.0,
    dtype: Any = float32,
    seed: Seed = None,
) -> Tensor:
    """Numbers from the gamma distribution, of mean `alpha / beta`; rounded if `dtype` is int32.

    G. Marsaglia, W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000.
    All proposals are made at once; where none of seven is accepted, once in 10**9 numbers or
    less, the result is the mode. For an alpha of less than 0.01 many results are too small for a
    float32 and become 0.

    Args:
        shape: of the result.
        alpha: above 0; a number, or a tensor that broadcasts to `shape`.
        beta: the inverse of the scale, above 0, likewise.
        dtype: a float, or int32.
        seed: an int or a text, for the same numbers each time.
    """
    op, size = "random_gamma", _shape("random_gamma", shape)
    alpha = _parameter(f"{op}: alpha", alpha, size, _LEAST)
    beta = _parameter(f"{op}: beta", beta, size, _LEAST)
    x = draw((_TRIES, *size), seed, "normal")
    u = draw((_TRIES + 1, *size), seed, "uniform", 0.0, 1.0, 1.0, part=1)
    small = alpha < 1.0
    d = ew.where(small, alpha + 1.0, alpha) - 1.0 / 3.0
    t = x * ew.rsqrt(9.0 * d)
    # log(v) + 1 - v for v = (1 + t)^3, without the digits that cancel.
    rest = 3.0 * (ew.log1p(t) - t) - ew.square(t) * (t + 3.0)
    accepted = ew.logical_and(t > -1.0, ew.log(u[:-1]) < 0.5 * ew.square(x) + d * rest)
    # The first one: what is accepted later counts for less.
    order = reshape(arange(_TRIES, 0, -1, dtype=float32), (-1, *(1,) * len(size)))
    order = ew.where(accepted, order, 0.0)
    best = max(order, axis=0)
    first = ew.logical_and(accepted, order == best)
    v = sum(ew.where(first, (t + 1.0) ** 3, 0.0), axis=0) + ew.where(best > 0.0, 0.0, 1.0)
    power = ew.where(small, u[-1] ** (1.0 / alpha), 1.0)
    return _as(op, d * v * power / beta, dtype)


# ------------------------------------------------------------------------------------- choosing


@composite()
def multinomial(
    logits: Any, num_samples: int, seed: Seed = None, normalized: bool = False
) -> Tensor:
    """int32 classes drawn with the probabilities `softmax(logits)`, with replacement.

    TensorFlow's `random.categorical`; NumPy's `multinomial` counts instead. The largest of the
    logits plus Gumbel noise wins (E. J. Gumbel, "Statistical theory of extreme values", 1954), so
    a class of probability below 2**-24 may never be drawn.

    Args:
        logits: (classes,) or (batch, classes), any float; -inf for what is never drawn.
        num_samples: how many to draw for each row.
        seed: an int or a text, for the same classes each time.
        normalized: whether `logits` are probabilities instead.

    Returns:
        (num_samples,) or (batch, num_samples).

    >>> tfpy.multinomial([0.0, 1.0, 0.0], 4, normalized=True)
    tfpy.tensor([1, 1, 1, 1])
    """
    op, x = "multinomial", engine.as_tensor(logits)
    require_rank(op, "logits", x.spec, 1, 2)
    if not x.shape[-1]:
        raise ShapeError(f"{op}: logits of shape {x.shape} have no classes")
    (samples,) = as_shape(integer(num_samples, f"{op}: num_samples"), f"{op}: num_samples")
    x = x if x.dtype.is_floating else ew.cast(x, float32)
    x = ew.log(x) if normalized else x
    u = draw((*x.shape[:-1], samples, x.shape[-1]), seed, "uniform", 0.0, 1.0, 1.0)
    return argmax(expand_dims(x, -2) - ew.log(-ew.log(u)), axis=-1)


@composite()
def randperm(n: int, seed: Seed = None) -> Tensor:
    """The int32 numbers from 0 to n - 1 in random order, drawn on the host.

    >>> sorted(tfpy.randperm(5).tolist())
    [0, 1, 2, 3, 4]
    """
    shape = as_shape(integer(n, "randperm: n"), "randperm: n")

    def permutation(state: memoryview) -> memoryview:
        order = list(range(n))
        random.Random(bytes(state)).shuffle(order)
        return memoryview(array("i", order))

    return drawn(permutation, TensorSpec(shape, int32), seed)


@composite()
def shuffle(x: Any, axis: int = 0, seed: Seed = None) -> Tensor:
    """`x` with its slices along `axis` in random order.

    >>> sorted(tfpy.shuffle([3, 1, 2]).tolist())
    [1, 2, 3]
    """
    x = engine.as_tensor(x)
    axis = normalize_axis("shuffle", axis, x.ndim)
    return gather(x, randperm(x.shape[axis], seed), axis)
