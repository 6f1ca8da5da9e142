"""tfpy: machine learning in the browser, in Python.

Tensors, automatic differentiation, Keras-like layers and TF.js model loading, on WebGL2 shaders in
a web page and on NumPy in ordinary Python.
"""

from __future__ import annotations

import importlib as _importlib
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import ops as _ops
from .autodiff import (
    GradientTape,
    custom_gradient,
    grad,
    grads,
    value_and_grad,
    value_and_grads,
    variable_grads,
)
from .backends import register_backend
from .dtypes import (
    DType,
    bool_,
    complex64,
    complex128,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .engine import (
    backend,
    dispose,
    get_backend,
    keep,
    memory,
    ready,
    remove_backend,
    set_backend,
    tidy,
)
from .errors import (
    ArgumentError,
    AsyncOnlyError,
    BackendError,
    ContextLostError,
    DataError,
    DeviceLimitError,
    DisposedError,
    DTypeError,
    ExecutionError,
    FetchError,
    GradientError,
    ImageError,
    ImmutableError,
    IntegrityError,
    MediaError,
    ModelFormatError,
    NonFiniteLossError,
    ShaderError,
    ShapeError,
    StorageError,
    TfpyError,
    TraceError,
    UnsupportedError,
)
from .spec import TensorSpec
from .tensor import Tensor
from .variable import Variable

if _TYPE_CHECKING:
    from .graphs.model import GraphModel, load_graph_model, load_graph_model_sync
    from .graphs.table import deregister_op, register_op
    from .io.convert import load_model
    from .io.layers_model import (
        load_layers_model,
        load_layers_model_sync,
        save_layers_model,
        save_layers_model_async,
    )
    from .layers import Input
    from .models import Model, Sequential
    from .ops.conv import *
    from .ops.creation import *
    from .ops.einsum import *
    from .ops.elementwise import *
    from .ops.indexing import *
    from .ops.linalg import *
    from .ops.movement import *
    from .ops.nn import *
    from .ops.pool import *
    from .ops.random import *
    from .ops.recurrent import *
    from .ops.reduce import *
    from .ops.scan import *
    from .ops.scatter import *
    from .ops.selection import *
    from .ops.sorting import *
    from .plan.function import function
    from .profiling import profile, time
    from .tensor_buffer import TensorBuffer, buffer
    from .tuning import tune

__version__ = "0.1.0"

globals().update(_ops.EXPORTS)

#: Imported when first used, so that `import tfpy` stays quick in a page.
_LAZY_MODULES = (
    *("activations", "applications", "array_api", "browser", "callbacks", "constraints"),
    *("data", "initializers", "io", "layers", "linalg", "losses", "masks", "math", "metrics"),
    *("models", "optimizers", "regularizers", "signal", "sparse", "string", "testing"),
    *("utils", "vis"),
)
_LAZY_NAMES = {
    "GraphModel": "graphs.model",
    "load_graph_model": "graphs.model",
    "load_graph_model_sync": "graphs.model",
    "deregister_op": "graphs.table",
    "register_op": "graphs.table",
    "load_layers_model": "io.layers_model",
    "load_model": "io.convert",
    "load_layers_model_sync": "io.layers_model",
    "save_layers_model": "io.layers_model",
    "save_layers_model_async": "io.layers_model",
    "TensorBuffer": "tensor_buffer",
    "buffer": "tensor_buffer",
    "Input": "layers",
    "Model": "models",
    "Sequential": "models",
    "function": "plan.function",
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft"), "signal"),
    **dict.fromkeys(("ragged_gather", "ragged_range", "ragged_tensor_to_tensor"), "ragged"),
    "profile": "profiling",
    "time": "profiling",
    "tune": "tuning",
}


def __getattr__(name: str) -> _Any:
    if name in _LAZY_MODULES:
        return _importlib.import_module(f".{name}", __name__)
    if name in _LAZY_NAMES:
        module = _importlib.import_module(f".{_LAZY_NAMES[name]}", __name__)
        return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module 'tfpy' has no attribute {name!r}")
