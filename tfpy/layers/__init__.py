"""Layers, under Keras 3's names, arguments and defaults.

Each computes with tfpy's operations, so all are differentiable and run on every backend.
"""

from . import (
    activation,
    aliases,
    attention,
    conv,
    core,
    einsum_dense,
    encoding,
    functional,
    images,
    lookup,
    merge,
    normalization,
    pooling,
    regularization,
    reshape,
    rnn,
)
from . import (
    operators as _operators,
)
from .activation import *
from .aliases import *
from .attention import *
from .base import Layer, Wrapper, clear_session
from .conv import *
from .core import *
from .core import Input
from .einsum_dense import *
from .encoding import *
from .functional import *
from .images import *
from .lookup import *
from .merge import *
from .normalization import *
from .pooling import *
from .regularization import *
from .reshape import *
from .rnn import *
from .symbolic import KerasTensor

#: The layers that files may name.
CLASSES: dict[str, type[Layer]] = {
    name: getattr(module, name)
    for module in (
        *(core, einsum_dense, activation, conv, pooling, normalization, attention),
        *(regularization, merge, reshape, encoding, images, lookup, rnn),
    )
    for name in module.__all__
}

__all__ = [*CLASSES, "Input", "KerasTensor", "Layer", "Wrapper", "clear_session", "CLASSES"]
__all__ += aliases.__all__
__all__ += functional.__all__
