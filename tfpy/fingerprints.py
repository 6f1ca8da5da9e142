"""FarmHash's Fingerprint64, the hash by which TensorFlow puts strings into buckets.

G. Pike, FarmHash (2014): https://github.com/google/farmhash. All arithmetic is modulo 2^64.
"""

from __future__ import annotations

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MASK = (1 << 64) - 1

Pair = tuple[int, int]


def _rotate(value: int, bits: int) -> int:
    value &= _MASK
    return ((value >> bits) | (value << (64 - bits))) & _MASK


def _shift_mix(value: int) -> int:
    value &= _MASK
    return value ^ (value >> 47)


def _mix(u: int, v: int, factor: int) -> int:
    a = _shift_mix((u ^ v) * factor)
    b = _shift_mix((v ^ a) * factor)
    return b * factor & _MASK


def _word(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def fingerprint64(data: bytes) -> int:
    """The fingerprint of some bytes, from 0 to 2^64 - 1.

    >>> hex(fingerprint64(b""))
    '0x9ae16a3b2f90404f'
    """
    if len(data) <= 16:
        return _up_to_16(data)
    if len(data) <= 32:
        return _up_to_32(data)[0]
    return _up_to_64(data) if len(data) <= 64 else _long(data)


def _up_to_16(data: bytes) -> int:
    n = len(data)
    factor = _K2 + 2 * n
    if n >= 8:
        a, b = _word(data, 0) + _K2 & _MASK, _word(data, n - 8)
        c = _rotate(b, 37) * factor + a & _MASK
        d = (_rotate(a, 25) + b) * factor & _MASK
        return _mix(c, d, factor)
    if n >= 4:
        return _mix(n + (_word(data, 0, 4) << 3), _word(data, n - 4, 4), factor)
    if n:
        y, z = data[0] + (data[n >> 1] << 8), n + (data[-1] << 2)
        return _shift_mix((y * _K2 & _MASK) ^ (z * _K0 & _MASK)) * _K2 & _MASK
    return _K2


def _up_to_32(data: bytes) -> tuple[int, int, int, int]:
    """The hash, and what that of up to 64 bytes goes on with."""
    n = len(data)
    factor = _K2 + 2 * n
    first = _K1 if n <= 32 else _K2
    a, b = _word(data, 0) * first & _MASK, _word(data, 8)
    c, d = _word(data, n - 8) * factor & _MASK, _word(data, n - 16) * _K2 & _MASK
    y = _rotate(a + b, 43) + _rotate(c, 30) + d & _MASK
    return _mix(y, a + _rotate(b + _K2, 18) + c & _MASK, factor), a, y, factor


def _up_to_64(data: bytes) -> int:
    z, a, y, factor = _up_to_32(data)
    e, f = _word(data, 16) * factor & _MASK, _word(data, 24)
    g = (y + _word(data, len(data) - 32)) * factor & _MASK
    h = (z + _word(data, len(data) - 24)) * factor & _MASK
    first = _rotate(e + f, 43) + _rotate(g, 30) + h & _MASK
    return _mix(first, e + _rotate(f + a, 18) + g & _MASK, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> Pair:
    w, x, y, z = (_word(data, at + 8 * i) for i in range(4))
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    b += _rotate(a, 44)
    return a + z & _MASK, b + c & _MASK


State = tuple[int, int, int, Pair, Pair]


def _round(data: bytes, at: int, state: State, factor: int, nine: int) -> State:
    """64 bytes of a long text; `nine` is 1 but in the last round."""
    x, y, z, v, w = state
    x = _rotate(x + y + v[0] + _word(data, at + 8), 37) * factor
    y = _rotate(y + v[1] + _word(data, at + 48), 42) * factor
    x ^= w[1] * nine
    y += v[0] * nine + _word(data, at + 40)
    z = _rotate(z + w[0], 33) * factor
    v = _weak(data, at, v[1] * factor, x + w[0])
    w = _weak(data, at + 32, z + w[1], y + _word(data, at + 16))
    return z & _MASK, y & _MASK, x & _MASK, v, w


def _long(data: bytes) -> int:
    y = 81 * _K1 + 113 & _MASK
    z = _shift_mix(y * _K2 + 113) * _K2 & _MASK
    state: State = (81 * _K2 + _word(data, 0) & _MASK, y, z, (0, 0), (0, 0))
    rest = len(data) - 1 & 63
    end = (len(data) - 1) // 64 * 64
    for at in range(0, end, 64):
        state = _round(data, at, state, _K1, 1)
    x, y, z, v, w = state
    factor = _K1 + ((z & 0xFF) << 1)
    w = (w[0] + rest, w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _round(data, end + rest - 63, (x, y, z, v, w), factor, 9)
    first = _mix(v[0], w[0], factor) + _shift_mix(y) * _K0 + z & _MASK
    return _mix(first, _mix(v[1], w[1], factor) + x & _MASK, factor)
