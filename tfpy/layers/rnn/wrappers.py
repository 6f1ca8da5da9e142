"""Layers around a layer: `Bidirectional`, `TimeDistributed`."""

from __future__ import annotations

from typing import Any

from ...errors import ArgumentError, ShapeError
from ...masks import as_mask
from ...ops import elementwise as ew
from ...ops.movement import concat, flip
from ...tensor import Tensor
from ..base import Layer, Wrapper
from ..symbolic import leaves
from .base import with_initial_state

_MERGES: dict[str | None, Any] = {
    "concat": lambda a, b: concat([a, b], axis=-1),
    "sum": ew.add,
    "ave": lambda a, b: (a + b) * 0.5,
    "mul": ew.multiply,
    None: lambda a, b: [a, b],
}


class Bidirectional(Layer):
    """A recurrent layer over a sequence in both directions.

    Args:
        layer: the layer for one direction; its settings are taken, not its weights. With
            `return_sequences` the outputs of masked steps are 0.
        merge_mode: what becomes of the two outputs: "concat", "sum", "mul", "ave", or None for a
            list of both.
        weights: those to begin with, as of `get_weights`, instead of drawn ones.
        backward_layer: the layer for the other direction, by default one like `layer`.

    The call takes `mask` and `initial_state`: first the states of one direction, then the other's.

    >>> layer = tfpy.layers.Bidirectional(tfpy.layers.GRU(3, return_sequences=True))
    >>> layer(tfpy.ones((2, 5, 4))).shape
    (2, 5, 6)
    """

    config_keys = ("merge_mode",)
    layer_keys = ("layer", "backward_layer")

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if merge_mode not in _MERGES:
            names = ", ".join(repr(m) for m in _MERGES)
            raise ArgumentError(
                f"{self.name}: unknown merge_mode {merge_mode!r}; there are {names}"
            )
        for given in (layer, backward_layer or layer):
            if not isinstance(given, Layer) or not hasattr(given, "go_backwards"):
                raise ArgumentError(f"{self.name}: not a recurrent layer: {given!r:.60}")
        self.merge_mode, self._start = merge_mode, weights
        plain = layer.name.removeprefix("forward_")
        self.forward_layer = like(layer, name=f"forward_{plain}")
        self.backward_layer = backward_layer or like(
            layer, name=f"backward_{plain}", go_backwards=not layer.go_backwards
        )
        self._check_directions()
        for each in (self.forward_layer, self.backward_layer):
            each.zero_output_for_mask = each.return_sequences

    def _check_directions(self) -> None:
        one, other = self.forward_layer, self.backward_layer
        if one.go_backwards == other.go_backwards:
            raise ArgumentError(f"{self.name}: both layers go in the same direction")
        for key in ("stateful", "return_sequences", "return_state"):
            if getattr(one, key) != getattr(other, key):
                raise ArgumentError(f"{self.name}: {key} differs between the two layers")

    @property
    def layer(self) -> Any:
        """The layer for one direction."""
        return self.forward_layer

    def build(self, sequences_shape: Any) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            layer.scope = f"{self.scope}/{layer.name}"
            layer.build_for(sequences_shape)
        if self._start is not None:
            self.set_weights(self._start)

    def reset_state(self) -> None:
        """Let stateful layers begin anew, with zeros."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer; `[x, *states]` is TF.js's way to give an initial state."""
        return super().__call__(with_initial_state(inputs, kwargs), *args, **kwargs)

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        given = None if initial_state is None else list(leaves(initial_state))
        if given is not None and len(given) % 2:
            raise ShapeError(f"{self.name}: an initial_state of {len(given)} tensors has no halves")
        half = len(given or ()) // 2
        options = {"mask": mask, "training": training}
        y = self.forward_layer(sequences, initial_state=given and given[:half], **options)
        z = self.backward_layer(sequences, initial_state=given and given[half:], **options)
        (y, *states), (z, *others) = (v if isinstance(v, list) else [v] for v in (y, z))
        merged = _MERGES[self.merge_mode](y, flip(z, 1) if self._sequences else z)
        if not self.forward_layer.return_state:
            return merged
        return [*(merged if self.merge_mode is None else [merged]), *states, *others]

    @property
    def _sequences(self) -> bool:
        return self.forward_layer.return_sequences

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        mask = next(leaves(previous_mask)) if self._sequences else None
        return [mask, mask] if self.merge_mode is None else [mask]

    def compute_output_shape(self, sequences_shape: Any) -> Any:
        shape = self.forward_layer.compute_output_shape(sequences_shape)
        output, *states = shape if isinstance(shape, list) else [shape]
        if self.merge_mode == "concat":
            output = (*output[:-1], 2 * output[-1])
        outputs = [output, output] if self.merge_mode is None else [output]
        found = [*outputs, *states, *states]
        return found if len(found) > 1 else output


class TimeDistributed(Wrapper):
    """Applies a layer to each step of a sequence.

    Args:
        layer: takes inputs without the time axis.

    Steps count as further samples, so that the layer is called once for all of them; what it
    computes of a whole batch, as batch normalization in training, it computes of all steps
    together. Input (batch, time, ...), output (batch, time, ...). A mask of (batch, time) passes
    on; the layer gets one that has further axes, without that of time.

    >>> layer = tfpy.layers.TimeDistributed(tfpy.layers.Dense(3))
    >>> layer(tfpy.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    supports_masking = True

    def _one(self, input_shape: Any) -> Any:
        if len(input_shape) < 3:
            raise ShapeError(f"{self.name}: takes (batch, time, ...), not {input_shape}")
        return (input_shape[0], *input_shape[2:])

    def build(self, input_shape: Any) -> None:
        super().build(self._one(input_shape))

    def call(self, inputs: Tensor, mask: Any = None, training: bool = False) -> Tensor:
        steps, rest = inputs.shape[:2], self._one(inputs.shape)[1:]
        count = steps[0] * steps[1]
        options: dict[str, Any] = {"training": training}
        if mask is not None:
            mask = as_mask(self.name, mask, inputs)
            if mask.ndim > 2 and "mask" in self.layer._takes:
                options["mask"] = mask.reshape((count, *mask.shape[2:]))
        y = self.layer(inputs.reshape((count, *rest)), **options)
        return y.reshape((*steps, *y.shape[1:]))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, *rest = self.layer.compute_output_shape(self._one(input_shape))
        return (batch, input_shape[1], *rest)


def like(layer: Any, **changes: Any) -> Any:
    """A layer with the arguments of `layer` but for `changes`, with weights of its own."""
    custom = {type(part).__name__: type(part) for part in _parts(layer)}
    return type(layer).from_config({**layer.get_config(), **changes}, custom)


def _parts(layer: Layer) -> list[Layer]:
    return [p for inner in layer.sublayers() for p in (inner, *_parts(inner))]
