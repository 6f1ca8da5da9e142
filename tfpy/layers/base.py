"""`Layer`: weights and what is computed with them, under Keras 3's protocol.

A layer has `build(input_shape)`, which makes its weights, and `call(inputs)`, which computes with
tfpy's operations only, so that it is differentiable and runs on every backend. Subclasses list the
names of their arguments in `config_keys`; saving and loading follow from that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from .. import activations, engine, initializers
from ..configured import serialize
from ..dtypes import DType, as_dtype, float32
from ..errors import ArgumentError, DisposedError, ShapeError
from ..spec import Shape, TensorSpec
from ..tensor import Tensor
from ..variable import Variable
from .symbolic import KerasTensor, Node, PartialShape

#: What the names of the arguments kept for weights end with.
_KINDS = ("_regularizer", "_constraint")
_used_names: Counter[str] = Counter()
_initialize = True


class _Calls:
    """Calls of layers: how many are being made within each other, and the number of the outermost,
    which tells the losses of one from those of another."""

    depth = number = 0


_calls = _Calls()


def unique_name(class_name: str) -> str:
    """A layer name of Keras's kind: "dense", then "dense_1", ..."""
    base = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    base = re.sub(r"([a-z])([A-Z])", r"\1_\2", base).lower()
    count = _used_names[base]
    _used_names[base] += 1
    return f"{base}_{count}" if count else base


def clear_session() -> None:
    """Let automatic layer names begin anew."""
    _used_names.clear()


@contextmanager
def uninitialized() -> Iterator[None]:
    """Within, new weights are zeros: for loaders, which would draw numbers only to replace them."""
    global _initialize
    before, _initialize = _initialize, False
    try:
        yield
    finally:
        _initialize = before


def _blank(shape: Shape, dtype: DType) -> Tensor:
    """Zeros that a backend need not hold."""
    spec, format = TensorSpec(shape, dtype), cast("Any", dtype.format)
    return engine.from_source(lambda: memoryview(bytes(spec.nbytes)).cast(format), spec)


class Layer:
    """Base class of layers.

    Args:
        name: unique within a model; made from the class's name when not given.
        trainable: whether its weights are trained.
        dtype: of its weights, float32 by default.
        input_shape, batch_input_shape: the input's shape without or with the batch axis, for the
            first layer of a `Sequential`; an `Input` says the same.
        kept: regularizers and constraints of the weights (`kernel_regularizer=...`), and
            `activity_regularizer` of the output; see `tfpy.regularizers`, `tfpy.constraints`.
    """

    #: Names of the arguments beside those above; each is an attribute too.
    config_keys: tuple[str, ...] = ()
    #: Whether the output has the dtype of the input rather than the layer's own.
    keeps_dtype = False

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        **kept: Any,
    ) -> None:
        unknown = [k for k in kept if not k.endswith(_KINDS)]
        if unknown:
            raise ArgumentError(f"{type(self).__name__} has no argument {', '.join(unknown)}")
        self.name = name or unique_name(type(self).__name__)
        self.dtype: DType = as_dtype(dtype) if dtype is not None else float32
        if batch_input_shape is None and input_shape is not None:
            batch_input_shape = (None, *input_shape)
        self.batch_input_shape = None if batch_input_shape is None else tuple(batch_input_shape)
        self.built = False
        self.inbound_nodes: list[Node] = []
        self._trainable = bool(trainable)
        self._weights: list[Variable] = []
        self._never_trained: set[int] = set()
        self._kept = {k: _constrained(k, v) for k, v in kept.items() if v is not None}
        self.activity_regularizer = self._kept.get("activity_regularizer")
        self._added_losses: list[Tensor] = []
        self._called_in = self._added_in = 0
        self._disposed = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        code = cls.call.__code__
        cls._takes_training = "training" in code.co_varnames[: code.co_argcount]

    _takes_training = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # ------------------------------------------------------------------------- to be overridden

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of `input_shape` (a list of shapes for several inputs)."""

    def call(self, inputs: Any) -> Any:
        """The output for `inputs`, a tensor or a list of them.

        A layer that differs between training and use takes `training=False` too.
        """
        raise NotImplementedError(f"{type(self).__name__} has no call()")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape for that of the input; sizes may be None."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal, untrained layer, as plain JSON values."""
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": str(self.dtype),
        }
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
        for key in self.config_keys:
            config[key] = _plain(key, getattr(self, key))
        return {**config, **{k: serialize(v) for k, v in self._kept.items()}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `config` describes."""
        return cls(**config)

    # --------------------------------------------------------------------------------- calling

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """Apply the layer.

        Args:
            inputs: a tensor (or anything `tfpy.tensor` takes), or a list of them. Symbolic inputs
                (`KerasTensor`) give symbolic outputs and draw a model.
            kwargs: passed to `call`; `training=True` reaches the layers that know it.
        """
        if self._disposed:
            raise DisposedError(f"layer {self.name} is disposed")
        single = not isinstance(inputs, (list, tuple)) or not any(
            isinstance(x, (Tensor, KerasTensor)) for x in inputs
        )
        flat = [inputs] if single else list(inputs)
        if any(isinstance(x, KerasTensor) for x in flat):
            return self._call_symbolic(flat, single, kwargs)
        tensors = [engine.as_tensor(x) for x in flat]
        if not self.built:
            self.build_for([x.shape for x in tensors], single)
        if "training" in kwargs and not self._takes_training:
            kwargs = {k: v for k, v in kwargs.items() if k != "training"}
        return self._call(tensors[0] if single else tensors, kwargs)

    def _call(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """`call`, noting which losses belong to it."""
        _calls.number += not _calls.depth
        _calls.depth += 1
        try:
            outputs = self.call(inputs, **kwargs)
            self._called_in = _calls.number
            if self.activity_regularizer is not None:
                for y in engine.tensors_in(outputs):
                    # As strong for small batches as for large ones.
                    samples = max(y.shape[0], 1) if y.ndim else 1
                    self.add_loss(self.activity_regularizer(y) * (1.0 / samples))
            return outputs
        finally:
            _calls.depth -= 1

    def _call_symbolic(self, inputs: list[Any], single: bool, kwargs: dict[str, Any]) -> Any:
        if not all(isinstance(x, KerasTensor) for x in inputs):
            raise ArgumentError(f"{self.name}: symbolic and computed inputs cannot be mixed")
        shapes = [x.shape for x in inputs]
        if not self.built:
            self.build_for(shapes, single)
        node = Node(self, inputs, single, kwargs)
        out = self.compute_output_shape(shapes[0] if single else shapes)
        dtype = inputs[0].dtype if self.keeps_dtype else self.dtype
        several = isinstance(out, list)
        node.outputs = [
            KerasTensor(tuple(s), dtype, node, i) for i, s in enumerate(out if several else [out])
        ]
        return node.outputs if several else node.outputs[0]

    def build_for(self, shapes: Sequence[PartialShape], single: bool) -> None:
        """Build once, for inputs of these shapes."""
        with engine.outside_trace():
            self.build(shapes[0] if single else list(shapes))
        self.built = True

    @property
    def input(self) -> Any:
        """What the layer was first called on: a symbolic tensor or a list of them."""
        node = self._first_node()
        return node.inputs[0] if node.single else node.inputs

    @property
    def output(self) -> Any:
        """What its first call gave; cut a model there by `Model(model.input, layer.output)`."""
        outputs = self._first_node().outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def _first_node(self) -> Node:
        if not self.inbound_nodes:
            raise ArgumentError(f"layer {self.name} was not called on a symbolic tensor")
        return self.inbound_nodes[0]

    # --------------------------------------------------------------------------------- weights

    def add_weight(
        self,
        name: str,
        shape: Sequence[int | None],
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
        dtype: Any = None,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Variable:
        """A new weight, called `<layer name>/<name>`.

        Its regularizer and constraint are by default the layer's arguments `<name>_regularizer`
        and `<name>_constraint`, where a name's "_kernel" may be left out.
        """
        sizes = [n for n in shape if n is not None]
        if len(sizes) < len(shape):
            raise ShapeError(f"{self.name}: {name} needs a known size, its shape is {tuple(shape)}")
        kind = as_dtype(dtype) if dtype is not None else self.dtype
        make = initializers.get(initializer) if _initialize else _blank
        variable = Variable(
            make(tuple(sizes), kind), trainable and self._trainable, f"{self.name}/{name}"
        )
        variable.regularizer = self._of_weight(name, "_regularizer", regularizer)
        variable.constraint = self._of_weight(name, "_constraint", constraint)
        self._weights.append(variable)
        if not trainable:
            self._never_trained.add(variable.id)
        return variable

    def _of_weight(self, name: str, kind: str, given: Any) -> Any:
        """The regularizer or constraint of a weight."""
        if given is not None:
            return _constrained(kind, given)
        short = name.removesuffix("_kernel") + kind
        return self._kept.get(name + kind, self._kept.get(short))

    def sublayers(self) -> list[Layer]:
        """The layers that are attributes of this one, alone or in lists."""
        found: dict[int, Layer] = {}
        for value in vars(self).values():
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(item, Layer):
                    found[id(item)] = item
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        """All weights, in the order of saved files: per layer trainable, then not trainable."""
        own = sorted(self._weights, key=lambda v: v.id in self._never_trained)
        nested = [v for layer in self.sublayers() for v in layer.weights]
        return list({v.id: v for v in (*own, *nested)}.values())

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [v for v in self.weights if v.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [v for v in self.weights if not v.trainable]

    @property
    def trainable(self) -> bool:
        """Whether training changes this layer; setting it reaches the layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._weights:
            variable.trainable = self._trainable and variable.id not in self._never_trained
        for layer in self.sublayers():
            layer.trainable = value

    # ---------------------------------------------------------------------------------- losses

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or several, to what a model with this layer is trained on; for `call`."""
        if self._added_in != _calls.number:
            self._added_losses, self._added_in = [], _calls.number
        self._added_losses.extend(engine.tensors_in(loss))

    @property
    def losses(self) -> list[Tensor]:
        """Scalars beside the loss: those that the last call added, then the weights'."""
        tracing = engine.tracer()
        added = [
            x
            for layer in self._all_layers()
            if layer._added_in == self._called_in
            for x in layer._added_losses
            # What a plan's recording added has no values outside it.
            if not x.backend.symbolic or x.backend is tracing
        ]
        return added + [
            v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None
        ]

    def _all_layers(self) -> list[Layer]:
        """This layer and all within, each once."""
        found = {id(self): self}
        for layer in self.sublayers():
            found.update((id(x), x) for x in layer._all_layers())
        return list(found.values())

    # ---------------------------------------------------------------------------------- values

    def get_weights(self) -> list[Any]:
        """The values of `weights` as NumPy arrays, as in Keras. Needs NumPy loaded."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Replace all weights; nothing changes if one of `values` does not fit."""
        variables = self.weights
        if len(values) != len(variables):
            raise ArgumentError(
                f"{self.name}.set_weights: {len(variables)} weights, {len(values)} values"
            )
        tensors = [engine.as_tensor(x, v.dtype) for v, x in zip(variables, values, strict=True)]
        for variable, x in zip(variables, tensors, strict=True):
            if x.shape != variable.shape:
                raise ShapeError(
                    f"{variable.name}: a value of shape {x.shape}, the weight has {variable.shape}"
                )
        for variable, x in zip(variables, tensors, strict=True):
            variable.assign(x)

    def count_params(self) -> int:
        """Number of elements in all weights."""
        return sum(v.size for v in self.weights)

    def dispose(self) -> None:
        """Free the weights now; the layer cannot be used again."""
        self._disposed = True
        for variable in self.weights:
            variable.dispose()
        for layer in self.sublayers():
            layer.dispose()


def _constrained(key: str, value: Any) -> Any:
    """The regularizer or constraint that an argument means; imported only where there is one."""
    if key.endswith("_regularizer"):
        from .. import regularizers

        return regularizers.get(value)
    from .. import constraints

    return constraints.get(value)


def _plain(key: str, value: Any) -> Any:
    """A constructor argument as JSON."""
    if key.endswith("initializer") and value is not None:
        return initializers.serialize(value)
    if key.endswith("activation") and value is not None:
        return activations.serialize(value)
    return _lists(value)


def _lists(value: Any) -> Any:
    return [_lists(v) for v in value] if isinstance(value, (list, tuple)) else value
