"""Kernels that draw random numbers; `ops.generator` says what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any

_TURNS = ((13, 15, 26, 6), (17, 29, 16, 24))
#: erfinv(x) = x * polynomial(w), where w = -log(1 - x**2), in the middle and in the tails:
#: M. Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2011.
_MIDDLE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)
#: The probability of a normally distributed number to be within two deviations.
_WITHIN = 0.95449973610364158


def _threefry(state: Array, count: int) -> tuple[Array, Array]:
    """The two words of each of `count` blocks."""
    k0, k1, c0, c1 = state.view(np.uint32)
    keys = [k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA)]
    a = np.arange(count, dtype=np.uint32) + c0 + k0
    b = np.full(count, c1) + k1
    for group in range(5):
        for turn in _TURNS[group % 2]:
            a += b
            b = (b << np.uint32(turn) | b >> np.uint32(32 - turn)) ^ a
        keys = [*keys[1:], keys[0]]
        a += keys[0]
        b += keys[1] + np.uint32(group + 1)
    return a, b


def _polynomial(w: Array, coefficients: tuple[float, ...]) -> Array:
    p = np.full_like(w, coefficients[0])
    for c in coefficients[1:]:
        p = p * w + np.float32(c)
    return p


def _normal(words: Array, truncated: bool) -> Array:
    """A word's highest bit is the sign, the others the chance of a number further out."""
    half = np.float32(0.5)
    rest = (words & 0x7FFF).astype(np.float32) + half
    p = (words >> 15 & 0xFFFF).astype(np.float32) * np.float32(2**-16) + rest * np.float32(2**-31)
    x = 1 - p
    if truncated:
        x *= np.float32(_WITHIN)
        p = 1 - x
    w = -np.log(p * (1 + x))
    tail = np.sqrt(np.maximum(w, 5)) - 3
    y = np.where(w < 5, _polynomial(w - np.float32(2.5), _MIDDLE), _polynomial(tail, _TAIL))
    z = y * x * np.float32(2**0.5)
    z = np.minimum(z, 2) if truncated else z
    return np.where(words >> 31, -z, z)


def _range(a: Array, b: Array, low: int, count: int) -> Array:
    """The upper word of a fraction of 64 bits times `count`."""
    wide = a.astype(np.uint64) * np.uint64(count)
    carried = b.astype(np.uint64) * np.uint64(count) >> np.uint64(32)
    return (wide + carried >> np.uint64(32)).astype(np.int64) + low


def _draw_random(state: Array, shape: Any, kind: str, low: float, scale: float, most: float) -> Any:
    size = int(np.prod(shape))
    if kind == "range":
        return _range(*_threefry(state, size), int(low), int(scale)).reshape(shape)
    pairs = _threefry(state, -(-size // 2))
    words = np.stack(pairs, axis=-1).reshape(-1)[:size].reshape(shape)
    if kind == "bits":
        return words.view(np.int32)
    offset, factor = np.float32(low), np.float32(scale)
    if kind == "uniform":
        u = (words >> 8).astype(np.float32) * np.float32(2**-24)
        return np.minimum(offset + factor * u, np.float32(most))
    return offset + factor * _normal(words, kind == "truncated_normal")


KERNELS: dict[str, Any] = {"draw_random": _draw_random}
