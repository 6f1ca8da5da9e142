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
from ..dtypes import DType, as_dtype, float32
from ..errors import ArgumentError, DisposedError, ShapeError
from ..spec import Shape, TensorSpec
from ..tensor import Tensor
from ..variable import Variable
from .symbolic import KerasTensor, Node, PartialShape

_used_names: Counter[str] = Counter()
_initialize = True


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
        kept: regularizers and constraints (`kernel_regularizer=...`); they are kept for
            `get_config` and saved files, and not applied.
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
        unknown = [k for k in kept if not k.endswith(("_regularizer", "_constraint"))]
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
        self._kept = {k: v for k, v in kept.items() if v is not None}
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
        return {**config, **self._kept}

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
        return self.call(tensors[0] if single else tensors, **kwargs)

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
    ) -> Variable:
        """A new weight, called `<layer name>/<name>`."""
        sizes = [n for n in shape if n is not None]
        if len(sizes) < len(shape):
            raise ShapeError(f"{self.name}: {name} needs a known size, its shape is {tuple(shape)}")
        kind = as_dtype(dtype) if dtype is not None else self.dtype
        make = initializers.get(initializer) if _initialize else _blank
        variable = Variable(
            make(tuple(sizes), kind), trainable and self._trainable, f"{self.name}/{name}"
        )
        self._weights.append(variable)
        if not trainable:
            self._never_trained.add(variable.id)
        return variable

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
        nested = [v for layer in self.sublayers() for v in layer.weights]
        return list({v.id: v for v in (*self.own_weights, *nested)}.values())

    @property
    def own_weights(self) -> list[Variable]:
        """The weights that are not those of layers inside, in the same order."""
        return sorted(self._weights, key=lambda v: v.id in self._never_trained)

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


def _plain(key: str, value: Any) -> Any:
    """A constructor argument as JSON."""
    if key.endswith("initializer") and value is not None:
        return initializers.serialize(value)
    if key.endswith("activation") and value is not None:
        return activations.serialize(value)
    return _lists(value)


def _lists(value: Any) -> Any:
    return [_lists(v) for v in value] if isinstance(value, (list, tuple)) else value
