"""`RNN`: a cell over the steps of a sequence.

The steps are a Python loop of operations, which a plan records once. What does not depend on the
state is computed before, for all steps at once (`cells.Cell.prepared`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import engine
from ...errors import ArgumentError, ShapeError
from ...masks import as_mask
from ...ops import elementwise as ew
from ...ops.creation import zeros, zeros_like
from ...ops.movement import stack, unstack
from ...tensor import Tensor
from ...variable import Variable
from ..base import Layer
from ..symbolic import KerasTensor, leaves, mapped
from .cells import Cell, StackedRNNCells, checked_cell, initial_state, output_size


class RNN(Layer):
    """Applies a cell to each step of a sequence, with the states that the step before left.

    Args:
        cell: a layer with `call(inputs, states)`, which gives the output and the new states, and
            `state_size`, a number or a list of them; or a list of such cells, one on the other.
            If it has `output_size` or `get_initial_state(batch_size)`, they are heeded.
        return_sequences: give the outputs of all steps, (batch, time, units), not the last one.
        return_state: give the last states too, as further outputs.
        go_backwards: begin with the last step; outputs come in the order in which they are made.
        stateful: go on at each call where the last one ended; the batch size must be known.
            `reset_state()` begins anew.
        unroll: for Keras's sake; steps are always unrolled.
        zero_output_for_mask: the output of a masked step is 0, not that of the step before.

    Input (batch, time, features). The call takes `initial_state`, a list of tensors (also symbolic
    ones), and `mask`, (batch, time): steps where it is False leave the states as they are.

    >>> layer = tfpy.layers.RNN(tfpy.layers.LSTMCell(3), return_sequences=True, return_state=True)
    >>> [y.shape for y in layer(tfpy.ones((2, 5, 4)))]
    [(2, 5, 3), (2, 3), (2, 3)]
    """

    config_keys: tuple[str, ...] = (
        *("return_sequences", "return_state", "go_backwards", "stateful", "unroll"),
        "zero_output_for_mask",
    )
    layer_keys: tuple[str, ...] = ("cell",)

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        self.cell = checked_cell(self.name, cell)
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful = bool(go_backwards), bool(stateful)
        self.unroll, self.zero_output_for_mask = bool(unroll), bool(zero_output_for_mask)
        #: The states of a stateful layer, as nested as the cell has them.
        self.states: Any = None

    # -------------------------------------------------------------------------------- building

    def build(self, sequences_shape: Any) -> None:
        if len(sequences_shape) < 3:
            raise ShapeError(f"{self.name}: takes (batch, time, features), not {sequences_shape}")
        batch, _, *rest = sequences_shape
        self.cell.scope = self.scope
        self.cell.build_for((batch, *rest))
        if self.stateful and batch is None:
            raise ShapeError(f"{self.name}: a stateful layer needs to know the batch size")
        if self.stateful:
            self.states = mapped(lambda s: Variable(s, trainable=False), self._zeros(batch))

    def _zeros(self, batch: int) -> Any:
        return initial_state(self.cell, batch)

    def reset_state(self, states: Any = None) -> None:
        """Let a stateful layer begin anew, with zeros or with `states`."""
        if not self.stateful:
            raise ArgumentError(f"{self.name}: only a stateful layer has a state to reset")
        if self.states is None:
            raise ArgumentError(f"{self.name}: has no state before it is built")
        new = [zeros_like(v) for v in leaves(self.states)] if states is None else leaves(states)
        for variable, value in zip(leaves(self.states), list(new), strict=True):
            variable.assign(value)

    reset_states = reset_state

    def dispose(self) -> None:
        for state in leaves(self.states):
            if state is not None:
                state.dispose()
        super().dispose()

    def compute_output_shape(self, sequences_shape: Any) -> Any:
        batch, time, *_ = sequences_shape
        output, states = self._step_shapes(sequences_shape)
        if self.return_sequences:
            output = (batch, time, *output[1:])
        return [output, *states] if self.return_state else output

    def _step_shapes(self, sequences_shape: Any) -> tuple[Any, list[Any]]:
        """The shape of a step's output, and those of the states as nested as the cell has them."""
        size = self.cell.state_size
        sizes = list(size) if isinstance(size, (list, tuple)) else [size]
        batch = sequences_shape[0]
        return (batch, output_size(self.cell)), _shapes(sizes, batch)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        mask = next(leaves(previous_mask))
        output = mask if self.return_sequences else None
        return [output, None] if self.return_state else output

    # ----------------------------------------------------------------------------- computation

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer; `[x, *states]` is TF.js's way to give an initial state."""
        return super().__call__(with_initial_state(inputs, kwargs), *args, **kwargs)

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        batch, time, *_ = sequences.shape
        if not time:
            raise ShapeError(f"{self.name}: a sequence needs at least one step: {sequences.shape}")
        states = self._begin(batch, initial_state)
        counts: list[Any] = [None] * time
        if mask is not None:
            counts = unstack(as_mask(self.name, mask, sequences), 1)
        if self.go_backwards:
            sequences, counts = sequences[:, ::-1], counts[::-1]
        outputs, states = self._scan(self.cell, sequences, states, counts, training)
        if self.stateful:
            for variable, state in zip(leaves(self.states), leaves(states), strict=True):
                variable.assign(state)
        output = stack(outputs, 1) if self.return_sequences else outputs[-1]
        return [output, *states] if self.return_state else output

    def _begin(self, batch: int, given: Any) -> Any:
        """The first states, as nested as the cell has them."""
        if given is None and not self.stateful:
            return self._zeros(batch)
        wanted = self.states if self.stateful else self._zeros(batch)
        first = next(leaves(wanted))
        if first.shape[0] != batch:
            raise ShapeError(
                f"{self.name}: the states are of a batch of {first.shape[0]}, the input of {batch}"
            )
        if given is None:
            return mapped(lambda v: v.read(), self.states)
        flat = [engine.as_tensor(s) for s in leaves(given)]
        shapes = [s.shape for s in leaves(wanted)]
        if [s.shape for s in flat] != shapes:
            raise ShapeError(
                f"{self.name}: initial_state of shapes {[s.shape for s in flat]}, not {shapes}"
            )
        rest = iter(flat)
        return mapped(lambda _: next(rest), wanted)

    def _scan(
        self, cell: Any, inputs: Tensor, states: Any, counts: Sequence[Any], training: bool
    ) -> tuple[list[Tensor], Any]:
        """The outputs of a cell at all steps of `inputs`, and its last states."""
        if isinstance(cell, StackedRNNCells):
            return self._scan_stack(cell, inputs, states, counts, training)
        if isinstance(cell, Cell):
            inputs, step = cell.prepared(inputs, training)
        else:
            step = _step_of(cell, training)
        outputs: list[Tensor] = []
        for x, count in zip(unstack(inputs, 1), counts, strict=True):
            y, after = step(x, states)
            if count is not None:
                y, after = self._skipping(count, y, after, states, outputs)
            outputs.append(y)
            states = after
        return outputs, states

    def _scan_stack(
        self,
        stacked: StackedRNNCells,
        inputs: Tensor,
        states: Any,
        counts: Sequence[Any],
        training: bool,
    ) -> tuple[list[Tensor], Any]:
        """All steps of one cell before the next one's: each can prepare for them at once."""
        outputs: list[Tensor] = []
        new = []
        for cell, state in zip(stacked.cells, states, strict=True):
            inputs = stack(outputs, 1) if outputs else inputs
            outputs, last = self._scan(cell, inputs, state, counts, training)
            new.append(last)
        return outputs, new

    def _skipping(
        self, count: Tensor, y: Tensor, after: list[Any], before: list[Any], outputs: list[Tensor]
    ) -> tuple[Tensor, list[Any]]:
        """Output and states of a step that counts for some samples only."""
        old, new = list(leaves(before)), list(leaves(after))
        kept = [ew.where(_beside(count, s), s, last) for s, last in zip(new, old, strict=True)]
        rest = iter(kept)
        states = mapped(lambda _: next(rest), after)
        same = next((k for s, k in zip(new, kept, strict=True) if s is y), None)
        if self.zero_output_for_mask:
            return ew.where(_beside(count, y), y, 0.0), states
        if same is not None:  # The output is a state: that of the step before is the state then.
            return same, states
        previous = outputs[-1] if outputs else zeros(y.shape, y.dtype)
        return ew.where(_beside(count, y), y, previous), states


def with_initial_state(inputs: Any, kwargs: dict[str, Any]) -> Any:
    """The sequences of `[sequences, *states]`, whose states become an argument of their own."""
    if isinstance(inputs, (list, tuple)) and len(inputs) > 1:
        if all(isinstance(x, (Tensor, KerasTensor)) for x in inputs):
            inputs, *kwargs["initial_state"] = inputs
    return inputs


def _beside(count: Tensor, x: Tensor) -> Tensor:
    return count.reshape((*count.shape, *[1] * (x.ndim - 1)))


def _shapes(sizes: Any, batch: int | None) -> Any:
    if isinstance(sizes, (list, tuple)):
        return [_shapes(n, batch) for n in sizes]
    return (batch, sizes)


def _step_of(cell: Any, training: bool) -> Any:
    """A step of a cell that prepares nothing."""

    def step(x: Tensor, states: list[Any]) -> tuple[Tensor, list[Any]]:
        output, new = cell(x, states, training=training)
        return output, list(new) if isinstance(new, (list, tuple)) else [new]

    return step
