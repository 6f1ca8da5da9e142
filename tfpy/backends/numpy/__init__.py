"""The NumPy backend: every operation on the CPU, in ordinary Python or wherever NumPy is loaded.

It is the reference the other backends are tested against, so its kernels prefer plainness to speed.
"""

from .backend import NumpyBackend, create

__all__ = ["NumpyBackend", "create"]
