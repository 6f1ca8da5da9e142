"""Makes scans.bin, what the training page learns from: ``python web/training/make_scans.py``.

The pictures are scikit-learn's digits, the test set of UCI's "Optical Recognition of Handwritten
Digits" (E. Alpaydin and C. Kaynak, 1998, https://doi.org/10.24432/C50P49), which is licensed under
CC BY 4.0. Nothing is changed but their order, which is drawn with a fixed seed, so that the page
can hold back the first ones.

The file has 65 bytes for each of 1797 scans: its 64 pixels of 0 to 16, row by row, and its digit.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

SEED = 7
FILE = Path(__file__).with_name("scans.bin")


def scans():
    """All scans in their new order: uint8 (1797, 65)."""
    found = load_digits()
    order = np.random.default_rng(SEED).permutation(len(found.target))
    rows = np.concatenate([found.data, found.target[:, None]], axis=1)
    return rows[order].astype(np.uint8)


if __name__ == "__main__":
    FILE.write_bytes(scans().tobytes())
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
