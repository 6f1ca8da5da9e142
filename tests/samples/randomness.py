"""Samples of random draws: what each seed must give, from Threefry in Python's integers on."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .sample import Array, Sample, f, v

_WORD = 0xFFFFFFFF
_TURNS = (13, 15, 26, 6, 17, 29, 16, 24)


def threefry(key: tuple[int, int], counter: tuple[int, int]) -> tuple[int, int]:
    """Threefry-2x32-20 as the paper's pseudocode has it."""
    keys = (*key, key[0] ^ key[1] ^ 0x1BD11BDA)
    a, b = (counter[0] + keys[0]) & _WORD, (counter[1] + keys[1]) & _WORD
    for i in range(20):
        turn = _TURNS[i % 8]
        a = (a + b) & _WORD
        b = (((b << turn) | (b >> (32 - turn))) & _WORD) ^ a
        if i % 4 == 3:
            s = i // 4 + 1
            a, b = (a + keys[s % 3]) & _WORD, (b + keys[(s + 1) % 3] + s) & _WORD
    return a, b


def _blocks(count: int, seed: int, part: int) -> Array:
    key, draw = (seed & _WORD, seed >> 32 & _WORD), (-1 - part) & _WORD
    return np.array([threefry(key, (j, draw)) for j in range(count)], np.uint64).reshape(-1, 2)


def _words(shape: Any, seed: int, part: int = 0) -> Array:
    size = int(np.prod(shape))
    return _blocks(-(-size // 2), seed, part).ravel()[:size].reshape(shape)


def _unit(shape: Any, seed: int, part: int = 0) -> Array:
    return (_words(shape, seed, part) >> np.uint64(8)) / 2**24


def _normal_numbers(shape: Any, seed: int, truncated: bool = False) -> Array:
    words = _words(shape, seed)
    p = ((words & np.uint64(2**31 - 1)) + 0.5) / 2**31
    z = special.erfinv((1 - p) * special.erf(np.sqrt(2))) * np.sqrt(2) if truncated else -special.ndtri(p / 2)
    return np.where(words >> np.uint64(31), -z, z)


def _uniform(shape: Any, minval: float = 0, maxval: float = 1, dtype: str = "float32", seed: int = 0) -> Array:
    if dtype == "bool":
        return _integers(shape, 0, 2, seed).astype(bool)
    if dtype == "int32":
        return _integers(shape, minval, maxval, seed)
    return minval + (maxval - minval) * _unit(shape, seed)


def _integers(shape: Any, minval: int, maxval: int, seed: int) -> Array:
    n = maxval - minval
    if n == 2**32:
        return _words(shape, seed).astype(np.uint32).view(np.int32)
    fractions = _blocks(int(np.prod(shape)), seed, 0).tolist()
    return np.array([minval + ((a << 32 | b) * n >> 64) for a, b in fractions], np.int32).reshape(shape)


def _normal(shape: Any, mean: float = 0, stddev: float = 1, dtype: str = "float32", seed: int = 0) -> Array:
    values = mean + stddev * _normal_numbers(shape, seed)
    return np.round(values).astype(np.int32) if dtype == "int32" else values


def _truncated(shape: Any, mean: float = 0, stddev: float = 1, seed: int = 0) -> Array:
    return mean + stddev * _normal_numbers(shape, seed, True)


def _gamma(shape: Any, alpha: float, beta: float = 1, seed: int = 0) -> Array:
    x, u = _normal_numbers((7, *shape), seed), _unit((8, *shape), seed, 1)
    out = np.empty(shape)
    for at in np.ndindex(*shape):
        d = (alpha + (alpha < 1)) - 1 / 3
        for t in range(7):
            w = (1 + x[t][at] / np.sqrt(9 * d)) ** 3
            if w > 0 and np.log(u[t][at]) < x[t][at] ** 2 / 2 + d - d * w + d * np.log(w):
                out[at] = d * w * (u[7][at] ** (1 / alpha) if alpha < 1 else 1) / beta
                break
    return out


def _bernoulli(p: Array, shape: Any, seed: int) -> Array:
    return _unit(shape, seed) < p


def _multinomial(logits: Array, num_samples: int, seed: int, normalized: bool = False) -> Array:
    x = np.log(logits) if normalized else logits
    u = _unit((*x.shape[:-1], num_samples, x.shape[-1]), seed)
    return np.argmax(x[..., None, :] - np.log(-np.log(u)), axis=-1).astype(np.int32)


def _dropout(x: Array, rate: float, seed: int, noise_shape: Any = None) -> Array:
    drawn = noise_shape or x.shape
    shape = [n if m is None else m for n, m in zip(x.shape[x.ndim - len(drawn) :], drawn, strict=True)]
    return np.where(_unit(shape, seed) < 1 - rate, x / (1 - rate), 0)


RANDOM = [
    *[Sample("random_uniform", (), {"shape": s, **o, "seed": seed}, _uniform, "arithmetic")
      for s, o, seed in [([7], {}, 0), ([3, 4], {"minval": -2.5, "maxval": 7.0}, 1), ([], {}, 2), ([2, 0], {}, 3), ([2, 1, 3, 1, 2, 2], {}, -1),
                         ([5], {"minval": 3.0, "maxval": 3.0}, 5), ([9], {"dtype": "bool"}, 6), ([9], {"minval": -4, "maxval": 4, "dtype": "int32"}, 2**40 + 7)]],
    *[Sample("random_uniform_int", (), {"shape": s, "minval": low, "maxval": high, "seed": seed}, _integers, "exact")
      for s, low, high, seed in [([9], 0, 10, 1), ([4, 4], -(2**31), 2**31, 2), ([3], -(2**31), 2**31 - 1, 3), ([6], -5, 2**31, 4), ([2, 3], 7, 8, 5), ([0], 0, 2, 6)]],
    *[Sample("random_normal", (), {"shape": s, **o, "seed": seed}, _normal, "transcendental")
      for s, o, seed in [([201], {}, 1), ([4, 8], {"mean": 3.0, "stddev": 0.5}, 2), ([], {}, 3), ([17], {"stddev": 30.0, "dtype": "int32"}, 4), ([0, 3], {}, 5)]],
    *[Sample("truncated_normal", (), {"shape": s, **o, "seed": seed}, _truncated, "transcendental")
      for s, o, seed in [([201], {}, 1), ([3, 5], {"mean": -1.0, "stddev": 2.0}, 2)]],
    *[Sample("random_gamma", (), {"shape": s, "alpha": a, **o, "seed": 1}, _gamma, "contraction")
      for s, a, o in [([41], 3.0, {}), ([2, 3, 4], 0.5, {"beta": 4.0}), ([9], 1000.0, {}), ([], 1.0, {}), ([0], 2.0, {})]],
    *[Sample("multinomial", (x,), {"num_samples": n, "seed": 4, **o}, _multinomial, "exact")
      for x, n, o in [(f((5,)), 7, {}), (f((3, 4)), 6, {}), (v([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]]), 9, {"normalized": True}), (v([-np.inf, 1.0, 50.0, -np.inf]), 8, {}), (f((2, 3)), 0, {})]],
    Sample("random_bernoulli", (), {"shape": [21], "p": 0.3, "seed": 8}, _bernoulli, "exact"),
    *[Sample("dropout", (x,), {"rate": 0.4, "seed": 3, **o}, _dropout, "arithmetic", 2)
      for x, o in [(f((3, 5)), {}), (f((2, 4, 8)), {"noise_shape": [None, 1, 8]}), (f((4, 4)), {"noise_shape": [1, 1]}), (f((2, 4, 3)), {"noise_shape": [1, None]})]],
]
