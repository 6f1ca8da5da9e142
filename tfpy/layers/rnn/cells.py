"""Cells: what recurrent layers do at one step. `RNN` makes a layer of a cell.

A cell maps inputs (batch, features) and states to an output and new states. The cells here part
that in two: what the inputs contribute is computed for all steps at once (`prepared`), and what the
states do with it step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import activations, engine, initializers
from ...errors import ArgumentError
from ...ops.creation import ones, zeros
from ...ops.linalg import matmul
from ...ops.movement import concat, split
from ...ops.nn import dropout
from ...spec import Shape, number
from ...tensor import Tensor
from ..base import Layer
from ..symbolic import mapped

#: One step of a prepared cell: (what the inputs contribute, states) to (output, new states).
Step = Callable[[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]]


class Cell(Layer):
    """What the cells share: a kernel for inputs, one for states, a bias, and dropout of both.

    In training, dropout leaves out the same elements of inputs and of states at all steps, and for
    all gates (Gal and Ghahramani, https://arxiv.org/abs/1512.05287).
    """

    config_keys: tuple[str, ...] = (
        *("units", "activation", "use_bias", "kernel_initializer", "recurrent_initializer"),
        *("bias_initializer", "dropout", "recurrent_dropout", "seed"),
    )
    #: What the argument is called that says how large the state is.
    size_key = "units"
    #: How many times `units` results the kernels give.
    gates = 1
    bias: Any = None
    # What the constructors' arguments become.
    activation: Any
    recurrent_activation: Any
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    dropout: float
    recurrent_dropout: float
    seed: int | None
    unit_forget_bias: bool
    reset_after: bool

    def __init__(self, units: int, arguments: dict[str, Any]) -> None:
        options = dict(arguments.pop("options"))
        options.pop("implementation", None)
        super().__init__(**options)
        self.units = self._positive(self.size_key, units)
        for key, value in arguments.items():
            if key.endswith("activation"):
                value = activations.get(value)
            elif key.endswith("initializer"):
                value = initializers.get(value)
            elif key.endswith("dropout"):
                value = min(1.0, max(0.0, number(value, f"{type(self).__name__}: {key}")))
            setattr(self, key, value)

    @property
    def state_size(self) -> Any:
        """The size of the state, or a list for several."""
        return self.units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def state_shape(self, batch: int | None) -> Any:
        """The state's shape, or a list for several."""
        return mapped(lambda n: (batch, n), self.state_size)

    def get_initial_state(self, batch_size: int) -> list[Tensor]:
        """States of zeros."""
        shapes = self.state_shape(batch_size)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        return [zeros(shape, self.dtype) for shape in shapes]

    # ----------------------------------------------------------------------------- computation

    def build(self, input_shape: Any) -> None:
        wide = self.gates * self.units
        self.kernel = self.add_weight(
            self._kernel_shape(self._channels(input_shape), wide),
            self.kernel_initializer,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            self._kernel_shape(self.units, wide),
            self.recurrent_initializer,
            name="recurrent_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(self._bias_shape(wide), self._initial_bias, name="bias")

    def _kernel_shape(self, inputs: Any, outputs: int) -> Any:
        return (inputs, outputs)

    def _bias_shape(self, outputs: int) -> Shape:
        return (outputs,)

    def _initial_bias(self, shape: Shape, dtype: Any) -> Tensor:
        return self.bias_initializer(shape, dtype)

    def _channels(self, input_shape: Any) -> Any:
        return input_shape[-1]

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool = False
    ) -> Any:
        several = isinstance(states, (list, tuple))
        contributed, step = self.prepared(inputs, training)
        given = [engine.as_tensor(s) for s in (states if several else [states])]
        output, new = step(contributed, given)
        return output, new if several else new[0]

    def prepared(self, inputs: Tensor, training: bool) -> tuple[Tensor, Step]:
        """What `inputs`, (batch, ...) or (batch, time, ...), contribute, and the step it goes to.

        Everything that is the same at all steps is computed here, once.
        """
        if training and 0 < self.dropout < 1:
            alike = [1] * (inputs.ndim - self._rank)
            shape = (inputs.shape[0], *alike, *inputs.shape[inputs.ndim - self._rank + 1 :])
            inputs = dropout(inputs, self.dropout, shape, self.draws)
        thinned: Callable[[Tensor], Tensor] = lambda h: h  # noqa: E731
        if training and 0 < self.recurrent_dropout < 1:
            shape = self.state_shape(inputs.shape[0])
            shape = shape[0] if isinstance(shape, list) else shape
            noise = dropout(ones(shape, inputs.dtype), self.recurrent_dropout, seed=self.draws)
            thinned = lambda h: h * noise  # noqa: E731
        return self._contributions(inputs), self._step(thinned)

    #: Axes of the inputs of one step, and along which of them the gates lie side by side.
    _rank, _channel_axis = 2, -1

    def _recurrence(self, h: Tensor) -> Tensor:
        return matmul(h, self.recurrent_kernel)

    def _contributions(self, inputs: Tensor) -> Tensor:
        y = matmul(inputs, self.kernel)
        return y if self.bias is None else y + self.bias

    def _step(self, thinned: Callable[[Tensor], Tensor]) -> Step:
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any, states_shape: Any = None) -> Any:
        shapes = self.state_shape(input_shape[0])
        first = shapes[0] if isinstance(shapes, list) else shapes
        return [first, shapes]


class SimpleRNNCell(Cell):
    """`h = activation(x @ kernel + h @ recurrent_kernel + bias)`, the output too.

    Args:
        units: size of the state and the output.
        activation: a name or function.
        use_bias: whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: how weights begin.
        dropout, recurrent_dropout: how much of the inputs and of the state to drop in training.
        seed: of both.

    Kernel (inputs, units), recurrent kernel (units, units), bias (units,).
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**constructor_arguments(locals()))

    def _step(self, thinned: Callable[[Tensor], Tensor]) -> Step:
        def step(x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
            h = self.activation(x + self._recurrence(thinned(states[0])))
            return h, [h]

        return step


class LSTMCell(Cell):
    """A step of a long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate.

    Args:
        units: size of the states and the output.
        activation: of the candidate and the output.
        recurrent_activation: of the three gates.
        use_bias: whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: how weights begin.
        unit_forget_bias: whether the bias of the forget gate begins as 1.
        dropout, recurrent_dropout: how much of the inputs and of h to drop in training.
        seed: of both.

    States h and c, h is the output. Kernel (inputs, 4 units): input gate, forget gate, candidate,
    output gate; recurrent kernel (units, 4 units), bias (4 units,).
    """

    config_keys = (*Cell.config_keys, "recurrent_activation", "unit_forget_bias")
    gates = 4

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**constructor_arguments(locals()))

    @property
    def state_size(self) -> Any:
        """The sizes of h and c."""
        return [self.units, self.units]

    def _initial_bias(self, shape: Shape, dtype: Any) -> Tensor:
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype)
        begin, end = (self.bias_initializer((n * self.units,), dtype) for n in (1, 2))
        return concat([begin, ones((self.units,), dtype), end])

    def _step(self, thinned: Callable[[Tensor], Tensor]) -> Step:
        def step(x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
            h, c = states
            i, f, candidate, o = split(x + self._recurrence(thinned(h)), 4, self._channel_axis)
            gate = self.recurrent_activation
            c = gate(f) * c + gate(i) * self.activation(candidate)
            h = gate(o) * self.activation(c)
            return h, [h, c]

        return step


class GRUCell(Cell):
    """A step of a gated recurrent unit (Cho et al., https://arxiv.org/abs/1406.1078).

    Args:
        units: size of the state and the output.
        activation: of the candidate.
        recurrent_activation: of the gates.
        use_bias: whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: how weights begin.
        dropout, recurrent_dropout: how much of the inputs and of the state to drop in training.
        reset_after: whether the reset gate scales what the recurrent kernel makes of the state, or
            (as in TF.js) the state before.
        seed: of the dropouts.

    Kernel (inputs, 3 units): update gate, reset gate, candidate; recurrent kernel (units, 3 units);
    bias (2, 3 units) with `reset_after`, of the inputs and of the state, otherwise (3 units,).
    """

    config_keys = (*Cell.config_keys, "recurrent_activation", "reset_after")
    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**constructor_arguments(locals()))

    def _bias_shape(self, outputs: int) -> Shape:
        return (2, outputs) if self.reset_after else (outputs,)

    def _contributions(self, inputs: Tensor) -> Tensor:
        y = matmul(inputs, self.kernel)
        if self.bias is None:
            return y
        return y + (self.bias[0] if self.reset_after else self.bias)

    def _step(self, thinned: Callable[[Tensor], Tensor]) -> Step:
        parts = [2 * self.units, self.units]
        gate, both = self.recurrent_activation, self.recurrent_kernel
        bias = self.bias[1] if self.reset_after and self.bias is not None else None
        for_gates, for_candidate = (None, None) if self.reset_after else split(both, parts, 1)

        def step(x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
            h = states[0]
            thin = thinned(h)
            if self.reset_after:
                y = matmul(thin, both) if bias is None else matmul(thin, both) + bias
                z, r, _ = split(x + y, 3, -1)
                candidate = gate(r) * split(y, parts, -1)[1] + split(x, parts, -1)[1]
            else:
                x_gates, x_candidate = split(x, parts, -1)
                z, r = split(x_gates + matmul(thin, for_gates), 2, -1)
                candidate = matmul(gate(r) * thin, for_candidate) + x_candidate
            z = gate(z)
            h = z * h + (1.0 - z) * self.activation(candidate)
            return h, [h]

        return step


def constructor_arguments(given: dict[str, Any], size: str = "units") -> dict[str, Any]:
    """The arguments of a constructor, of its `locals()`, as `Cell` takes them."""
    arguments = {k: v for k, v in given.items() if k not in ("self", size, "__class__")}
    return {"units": given[size], "arguments": arguments}


class StackedRNNCells(Layer):
    """Cells on top of each other as one cell: each gets the output of the one before.

    Args:
        cells: the cells, first the one that gets the inputs.

    Its states are a list with those of each cell.
    """

    layer_keys = ("cells",)

    def __init__(self, cells: Sequence[Layer], **options: Any) -> None:
        super().__init__(**options)
        self.cells = [checked_cell(self.name, cell) for cell in cells]
        if not self.cells:
            raise ArgumentError(f"{self.name}: needs at least one cell")

    @property
    def state_size(self) -> Any:
        """The state sizes of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The size of the last cell's output."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The initial states of each cell."""
        return [initial_state(cell, batch_size) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        for i, cell in enumerate(self.cells):
            cell.scope = f"{self.scope}/RNNCell_{i}"  # as TF.js calls it
            cell.build_for(input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool = False
    ) -> Any:
        new = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, state = cell(inputs, state, training=training)
            new.append(state)
        return inputs, new

    def compute_output_shape(self, input_shape: Any, states_shape: Any = None) -> Any:
        return [(input_shape[0], self.output_size), states_shape]


def checked_cell(where: str, cell: Any) -> Any:
    """`cell`, if it is one."""
    if not isinstance(cell, Layer) or not hasattr(cell, "state_size"):
        raise ArgumentError(f"{where}: not a cell, a layer with a state_size: {cell!r:.60}")
    return cell


def output_size(cell: Any) -> int:
    """The size of a cell's output: what it says, or that of its first state."""
    size = getattr(cell, "output_size", None) or cell.state_size
    return size[0] if isinstance(size, (list, tuple)) else size


def initial_state(cell: Any, batch_size: int) -> Any:
    """A cell's states to begin with, in a list: its own, or zeros."""
    if hasattr(cell, "get_initial_state"):
        state = cell.get_initial_state(batch_size=batch_size)
    else:
        state = mapped(lambda n: zeros((batch_size, n), cell.dtype), cell.state_size)
    return list(state) if isinstance(state, (list, tuple)) else [state]
