"""Keras 3 on JAX, what many tests compare with: `from tests.keras_on_jax import keras`, so that its
settings are made here, before anything else imports it, and nowhere else."""

import os
import warnings
from pathlib import Path

# Everything runs once or twice, and compiling it is what takes time: it is done without optimizing,
# and kept. Each process of a run has a folder of its own: JAX may read what another still writes.
_KEPT = Path(__file__).parents[1] / ".pytest_cache" / "jax"
os.environ |= {
    "KERAS_BACKEND": "jax",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "JAX_COMPILATION_CACHE_DIR": str(_KEPT / os.environ.get("PYTEST_XDIST_WORKER", "alone")),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras

assert keras.backend.backend() == "jax", "Keras was imported before with another backend"
