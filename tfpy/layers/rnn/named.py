"""`SimpleRNN`, `LSTM`, `GRU`: an `RNN` of a cell, with the arguments of both."""

from __future__ import annotations

from inspect import Signature, signature
from typing import Any

from ...errors import ArgumentError
from .base import RNN
from .cells import GRUCell, LSTMCell, SimpleRNNCell

#: The arguments of `RNN` that its descendants name; they take the last one too.
_NAMED = RNN.config_keys[:-1]


class CellRNN(RNN):
    """An `RNN` whose cell is made of the layer's own arguments."""

    layer_keys = ()
    cell_class: Any

    def __init_subclass__(cls, of: Any = None, last: str = "") -> None:
        super().__init_subclass__()
        if of is None:  # a class of one's own, of the same cell
            return
        cls.cell_class = of
        cls.config_keys = (*of.config_keys, *RNN.config_keys)
        *own, options = signature(of).parameters.values()
        loop = [signature(RNN).parameters[key] for key in _NAMED]
        # Keras has one of a cell's arguments after the loop's.
        end = [p for p in own if p.name == last]
        made = [*(p for p in own if p.name != last), *loop, *end, options]
        cls.__signature__ = Signature(made)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            arguments = signature(type(self)).bind(*args, **kwargs).arguments
        except TypeError as error:
            raise ArgumentError(f"{type(self).__name__}: {error}") from None
        options = arguments.pop("options", {})
        loop = {k: arguments.pop(k) for k in _NAMED if k in arguments}
        for key in [k for k in options if _of_weights(k)]:
            arguments[key] = options.pop(key)
        options.pop("implementation", None)
        same = {k: options[k] for k in ("dtype", "trainable") if k in options}
        super().__init__(type(self).cell_class(**arguments, **same), **loop, **options)

    def __getattr__(self, name: str) -> Any:
        if name in type(self).cell_class.config_keys and "cell" in vars(self):
            return getattr(self.cell, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def get_config(self) -> dict[str, Any]:
        own = {k: v for k, v in self.cell.get_config().items() if _of_weights(k)}
        return {**super().get_config(), **own}


def _of_weights(option: str) -> bool:
    """Whether an option is about one of the cell's weights."""
    return option.startswith(("kernel_", "recurrent_", "bias_"))


class SimpleRNN(CellRNN, of=SimpleRNNCell, last="seed"):
    """A recurrent layer whose output is fed back: `SimpleRNNCell` at each step.

    Takes the arguments of the cell, then those of `RNN` after its cell.

    >>> tfpy.layers.SimpleRNN(3, return_sequences=True)(tfpy.ones((2, 5, 4))).shape
    (2, 5, 3)
    """


class LSTM(CellRNN, of=LSTMCell):
    """Long short-term memory: `LSTMCell` at each step.

    Takes the arguments of the cell, then those of `RNN` after its cell.

    >>> tfpy.layers.LSTM(3)(tfpy.ones((2, 5, 4))).shape
    (2, 3)
    """

    implied = {"use_cudnn": ("auto", False)}


class GRU(CellRNN, of=GRUCell, last="reset_after"):
    """Gated recurrent units: `GRUCell` at each step.

    Takes the arguments of the cell, then those of `RNN` after its cell.

    >>> tfpy.layers.GRU(3)(tfpy.ones((2, 5, 4))).shape
    (2, 3)
    """

    implied = {"use_cudnn": ("auto", False)}
