"""Windows, frames, Fourier transforms and matrices' decompositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..draw import Draw
from ..row import Row


def _frame(d: Draw) -> list[Any]:
    n = d.integer(4, 20)
    return [d.f((n,)), d.integer(1, n), d.integer(1, 5), d.flag(), d.number(-1, 1)]


def _stft(d: Draw) -> list[Any]:
    n, size = d.integer(8, 24), d.integer(2, 8)
    return [d.f((n,)), size, d.integer(1, 4), d.choose(None, 8)]


def _complex(d: Draw) -> list[Any]:
    return [d.c((*d.shape(0, 2, 3), d.integer(1, 9)))]


def _rfft(d: Draw) -> list[Any]:
    x = d.f((*d.shape(0, 2, 3), d.integer(1, 9)))
    return [x, d.choose(None, d.integer(1, 9))]


def _irfft(d: Draw) -> list[Any]:
    """Halves of spectra of real signals: what lies at frequency 0 is real."""
    rows = d.f((*d.choose((), (2,), (2, 3)), 2 * d.integer(1, 5)))
    return [np.fft.rfft(rows).astype(np.complex64)]


def _band(d: Draw) -> list[Any]:
    shape = d.shape(2, 4)
    return [d.f(shape), d.integer(-1, shape[-2]), d.integer(-1, shape[-1])]


def _basis(d: Draw) -> list[Any]:
    """Rows far from depending on each other."""
    n = d.integer(1, 4)
    columns = n + d.integer(0, 2)
    return [np.eye(n, columns, dtype=np.float32) * 2 + d.f((n, columns), -0.3, 0.3)]


def _qr(d: Draw) -> list[Any]:
    n, m, batch = d.integer(1, 4), d.integer(1, 4), (2,) if d.chance(0.2) else ()
    x = 2 * np.eye(n, m, dtype=np.float32) + d.f((*batch, n, m), -0.4, 0.4)
    return [x.astype(np.float32), d.flag()]


def _transforms(namespace: str) -> list[Row]:
    return [
        Row(f"{namespace}fft", _complex, "contraction"),
        Row(f"{namespace}ifft", _complex, "contraction"),
        Row(f"{namespace}rfft", _rfft, "contraction"),
        Row(f"{namespace}irfft", _irfft, "contraction"),
    ]


ROWS = [
    *[row._replace(py=row.name.replace("spectral", "signal")) for row in [*_transforms("spectral."), *_transforms("")]],
    Row("signal.frame", _frame, grad=True),
    Row("signal.stft", _stft, "contraction"),
    Row("signal.hammingWindow", lambda d: [d.integer(2, 20)], "transcendental"),
    Row("signal.hannWindow", lambda d: [d.integer(2, 20)], "transcendental"),
    Row("cosineWindow", lambda d: [d.integer(2, 20), d.number(0, 1), d.number(0, 1)], "transcendental", py="signal.cosine_window"),
    Row("enclosingPowerOfTwo", lambda d: [d.integer(1, 5000)], py="signal.enclosing_power_of_two"),
    Row("linalg.bandPart", _band, grad=True),
    Row("linalg.gramSchmidt", _basis, "contraction", True),
    # Columns of q and rows of r may have any sign: LAPACK's here, not so in TF.js.
    Row("linalg.qr", _qr, "contraction", js="(x, full) => tf.linalg.qr(x, full).map((y) => tf.abs(y))", call=lambda qr, x, full: [abs(y) for y in qr(x, full)]),
]
