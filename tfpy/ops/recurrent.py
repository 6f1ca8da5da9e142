"""Steps of recurrent cells as functions, as TF.js has them; `tfpy.layers` has the layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..errors import ArgumentError, ShapeError
from ..registry import composite
from ..tensor import Tensor
from .elementwise import sigmoid, tanh
from .linalg import matmul
from .movement import concat, split

#: One step of a cell: (data, c, h) to the new (c, h).
Cell = Callable[[Tensor, Tensor, Tensor], Sequence[Tensor]]


@composite()
def basic_lstm_cell(
    forget_bias: Any, lstm_kernel: Any, lstm_bias: Any, data: Any, c: Any, h: Any
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM (Zaremba et al., https://arxiv.org/abs/1409.2329): the new (c, h).

    Args:
        forget_bias: added to the forget gate.
        lstm_kernel: (inputs + units, 4 * units): input gate, candidate, forget gate, output gate.
        lstm_bias: (4 * units,).
        data: (batch, inputs).
        c: the cell's state, (batch, units).
        h: its last output, (batch, units).
    """
    c = engine.as_tensor(c)
    gates = matmul(concat([data, h], axis=1), lstm_kernel) + lstm_bias
    if gates.shape[-1] != 4 * c.shape[-1]:
        raise ShapeError(
            f"basic_lstm_cell: gates of shape {gates.shape} do not fit a state of shape {c.shape}"
        )
    i, candidate, f, o = split(gates, 4, axis=1)
    new_c = sigmoid(i) * tanh(candidate) + c * sigmoid(f + forget_bias)
    return new_c, tanh(new_c) * sigmoid(o)


@composite()
def multi_rnn_cell(
    lstm_cells: Sequence[Cell], data: Any, c: Sequence[Any], h: Sequence[Any]
) -> tuple[list[Tensor], list[Tensor]]:
    """One step of a stack of cells, each fed with the output of the one before: all new c and h.

    Args:
        lstm_cells: functions of (data, c, h) that return the new c and h.
        data: (batch, inputs), for the first cell.
        c: the state of each cell.
        h: the last output of each cell.
    """
    if not len(lstm_cells) == len(c) == len(h):
        raise ArgumentError(
            f"multi_rnn_cell: {len(lstm_cells)} cells, {len(c)} states and {len(h)} outputs"
        )
    new_c: list[Tensor] = []
    new_h: list[Tensor] = []
    output = engine.as_tensor(data)
    for cell, state, last in zip(lstm_cells, c, h, strict=True):
        state, output = cell(output, engine.as_tensor(state), engine.as_tensor(last))
        new_c.append(state)
        new_h.append(output)
    return new_c, new_h


@composite()
def moving_average(
    v: Any, x: Any, decay: Any, step: Any = None, zero_debias: bool = True
) -> Tensor:
    """The moving average `v` after one more `x`: `v + (x - v) * (1 - decay)`.

    With `zero_debias` the change is divided by `1 - decay ** step`, which makes up for averages
    that began as zeros (https://arxiv.org/abs/1412.6980, section 3).

    Args:
        v: the average so far.
        x: the new value, of the same shape.
        decay: how much of the old average stays.
        step: how many values there have been, this one included.
        zero_debias: needs `step`.

    >>> tfpy.moving_average([0.0], [2.0], 0.5, step=1)
    tfpy.tensor([2.])
    """
    v, x = engine.as_operands(v, x)
    if v.shape != x.shape:
        raise ShapeError(f"moving_average: v of shape {v.shape} and x of shape {x.shape} differ")
    change = (x - v) * (1.0 - decay)
    if zero_debias:
        if step is None:
            raise ArgumentError("moving_average: zero_debias needs step")
        change = change / (1.0 - decay**step)
    return v + change
