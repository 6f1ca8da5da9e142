"""`tfpy.linalg`: decompositions, inverses, determinants and norms of (stacks of) matrices.

Decompositions, `solve` and determinants are computed by Python in double precision, on every
backend; their gradients and everything else here are made of operations.
"""

from __future__ import annotations

from .operations import *
from .spectra import *
