"""The weights of a model by themselves, for one that is made by code.

`.weights.h5` is Keras 3's format, and writing it needs h5py; `.safetensors` needs nothing. In both
the weights are where Keras puts them, `layers/dense_1/vars/0`, whatever the layers are called.
"""

from __future__ import annotations

import io
import os
from typing import Any

from ..errors import ArgumentError
from ..models.model import Model
from .files import read_local, refuse_existing, write_local
from .keras_file import fill, places, read_weights, write_weights
from .safetensors import load_safetensors, save_safetensors


def save_weights(model: Model, path: Any, overwrite: bool) -> None:
    """See `Model.save_weights`."""
    name = _checked(model, path, "save_weights")
    if not overwrite:
        refuse_existing(name)
    if name.endswith(".safetensors"):
        save_safetensors({place: variable.value for place, variable in places(model)}, name)
        return
    buffer = io.BytesIO()
    write_weights(model, buffer)
    write_local(name, [buffer.getvalue()])


def load_weights(model: Model, path: Any, skip_mismatch: bool) -> None:
    """See `Model.load_weights`."""
    name = _checked(model, path, "load_weights")
    if name.endswith(".safetensors"):
        fill(model, load_safetensors(name), name, skip_mismatch)
    else:
        read_weights(model, read_local(name), name, skip_mismatch)


def _checked(model: Model, path: Any, what: str) -> str:
    name = os.fspath(path)
    if not name.endswith((".weights.h5", ".safetensors")):
        raise ArgumentError(f"{what}: {name!r} ends neither in .weights.h5 nor in .safetensors")
    if not model.built:
        raise ArgumentError(f"{what}: {model.name} has no weights yet: build it or call it first")
    return name
