"""`Layer`: weights and what is computed with them, under Keras 3's protocol.

A layer has `build(input_shape)`, which makes its weights, and `call(inputs)`, which computes with
tfpy's operations only, so that it is differentiable and runs on every backend. Subclasses list the
names of their arguments in `config_keys`; saving and loading follow from that.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from inspect import CO_VARKEYWORDS, unwrap
from typing import Any, cast

from .. import activations, engine, initializers
from ..configured import serialize
from ..dtypes import DType, as_dtype, float32
from ..errors import ArgumentError, DisposedError, ShapeError, TfpyError
from ..masks import mask_of, set_mask
from ..ops.generator import Seed, SeedGenerator
from ..spec import Shape, TensorSpec, integer, integers, is_int, positive
from ..tensor import Tensor
from ..variable import Variable
from .foretelling import Foretold, foretell, of_shapes
from .symbolic import KerasTensor, Node, leaves, mapped

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
        input_dim: `input_shape` where that is one size.
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
        # Unnamed, as in Keras: for some layers it is a size of their own.
        input_dim = kept.pop("input_dim", None)
        strays = {k: v for k, v in kept.items() if not self.keeps(k)}
        if not all(self.implies(k, v) for k, v in strays.items()):
            raise ArgumentError(_no_argument(type(self), strays))
        if input_dim is not None and input_shape is None:
            input_shape = (self._positive("input_dim", input_dim),)
        self.name = name or unique_name(type(self).__name__)
        #: What the names of its weights begin with; a layer around it says so.
        self.scope = self.name
        self.dtype: DType = as_dtype(dtype) if dtype is not None else float32
        sizes = self._sizes_of("input_shape", input_shape)
        self.batch_input_shape = self._sizes_of("batch_input_shape", batch_input_shape)
        if self.batch_input_shape is None and sizes is not None:
            self.batch_input_shape = (None, *sizes)
        self.built = False
        self.inbound_nodes: list[Node] = []
        self._trainable = bool(trainable)
        self._weights: list[Variable] = []
        self._never_trained: set[int] = set()
        self._kept = {
            k: _constrained(k, v) for k, v in kept.items() if k not in strays and v is not None
        }
        self.activity_regularizer = self._kept.get("activity_regularizer")
        self._added_losses: list[Tensor] = []
        self._called_in = self._added_in = 0
        self._disposed = False
        self._stream: SeedGenerator | None = None

    #: Arguments of Keras's that the class lacks, and the values of them that change nothing here.
    implied: dict[str, tuple[Any, ...]] = {"autocast": (True, False)}
    #: Names of the arguments that are layers, alone or in a list.
    layer_keys: tuple[str, ...] = ()
    #: Whether masks of inputs pass on to outputs; so for those that override `compute_mask`.
    supports_masking = False
    #: The names of `call`'s arguments, and whether it takes others too.
    _takes: tuple[str, ...] = ("inputs",)
    _takes_any = False

    def _positive(self, name: str, value: Any) -> int:
        """An argument that must be an int of at least 1."""
        return positive(value, f"{type(self).__name__}: {name}")

    def _ints(self, name: str, value: Any) -> Any:
        """An argument that must be an int or several, which become a tuple."""
        what = f"{type(self).__name__}: {name}"
        return integer(value, what) if is_int(value) else integers(value, what)

    def _sizes_of(self, name: str, value: Any) -> tuple[int | None, ...] | None:
        """An argument that must be a shape, in which None is any size, or None."""
        if value is None:
            return None
        what = f"{type(self).__name__}: {name}"
        if not isinstance(value, (list, tuple)):
            raise ArgumentError(f"{what} must be sizes and None, not {value!r:.50}")
        return tuple(n if n is None else integer(n, what) for n in value)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._takes = _arguments(cls.call)
        cls._takes_any = bool(unwrap(cls.call).__code__.co_flags & CO_VARKEYWORDS)
        if "compute_mask" in vars(cls):
            cls.supports_masking = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @classmethod
    def keeps(cls, argument: str) -> bool:
        """Whether `argument` is a regularizer or constraint that the layer takes: of its output or
        of a weight that it initializes, or of any weight if the layer is not tfpy's."""
        kind = next((k for k in _KINDS if argument.endswith(k)), None)
        if kind is None or not cls.__module__.startswith("tfpy."):
            return kind is not None
        weight = f"{argument.removesuffix(kind)}_initializer"
        return weight in cls.config_keys or argument == "activity_regularizer"

    @classmethod
    def implies(cls, argument: str, value: Any) -> bool:
        """Whether the layer behaves unasked as `argument`, which it lacks, would have it."""
        return any(value is v or value == v for v in cls._implied().get(argument, ()))

    @classmethod
    def _implied(cls) -> dict[str, tuple[Any, ...]]:
        """`implied` of the class and its bases."""
        return {k: v for c in reversed(cls.__mro__) for k, v in vars(c).get("implied", {}).items()}

    # ------------------------------------------------------------------------- to be overridden

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of `input_shape` (a list of shapes for several inputs).

        Arguments beside it that are called `<name>_shape` get the shapes of the tensors that `call`
        gets as `<name>`. So do those of `compute_output_shape`.
        """

    def call(self, inputs: Any) -> Any:
        """The output for `inputs`, a tensor or a list of them.

        A layer that differs between training and use takes `training=False` too, one that heeds
        masks `mask=None`, or `<name>_mask` for each of several tensor arguments.
        """
        raise NotImplementedError(f"{type(self).__name__} has no call()")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape for that of the input; sizes may be None.

        A layer of your own need not say: it is found by calling `call` with tensors that have no
        values. Where that fails, since it asks for values, it is the input's.
        """
        if self._tells_shape:
            return input_shape
        if not self.built:
            self.build_for(input_shape)
        found = self._recorded(of_shapes(input_shape, self.dtype), {})
        return input_shape if found is None else mapped(lambda x: x.shape, found)

    def output_dtype(self, given: DType, *others: DType) -> DType:
        """The dtype of the output for an input of dtype `given`, or several."""
        return given if self.keeps_dtype else self.dtype

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the output, or a list of them, by the inputs and the masks they carry."""
        return previous_mask

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
        for key in self.layer_keys:
            config[key] = mapped(_entry, getattr(self, key))
        return {**config, **{k: serialize(v) for k, v in self._kept.items()}}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The layer that `config` describes; layers in it may be of your own classes."""
        if cls.layer_keys:
            from ..models.config import layers_from_config

            nested = {k: config[k] for k in cls.layer_keys if config.get(k) is not None}
            config = {**config, **layers_from_config(nested, custom_objects or {})}
        return cls(**config)

    # --------------------------------------------------------------------------------- calling

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer.

        Args:
            inputs: a tensor (or anything `tfpy.tensor` takes), or a list or dict of them. Symbolic
                inputs (`KerasTensor`) give symbolic outputs and draw a model.
            args, kwargs: passed to `call`, arrays in them as tensors; `training=True` reaches the
                layers that know it. Masks that are not given are those that the tensors carry.
        """
        if self._disposed:
            raise DisposedError(f"layer {self.name} is disposed")
        kwargs.update(zip(self._takes[1:], args, strict=False))
        unknown = kwargs.keys() - self._takes - {"training"}
        if len(args) >= len(self._takes) or (unknown and not self._takes_any):
            given = ", ".join(sorted(unknown)) or f"{len(args) + 1}"
            raise ArgumentError(f"{self.name} takes {', '.join(self._takes)}, not {given}")
        if isinstance(inputs, tuple):
            inputs = list(inputs)
        if any(isinstance(x, KerasTensor) for x in leaves((inputs, kwargs))):
            return self._call_symbolic(inputs, kwargs)
        inputs = _tensors(inputs)
        kwargs = mapped(lambda x: engine.as_tensor(x) if _is_array(x) else x, kwargs)
        if not self.built:
            self.build_for(mapped(_shape, inputs), **_shapes(kwargs))
        if "training" in kwargs and "training" not in self._takes:
            del kwargs["training"]
        masks = kwargs.get("mask")
        if masks is None:
            masks = mapped(mask_of, inputs)
        for name in self._takes:
            if name.endswith("mask") and kwargs.get(name) is None:
                whose = name[:-5] or self._takes[0]
                if whose in self._takes:
                    source = inputs if whose == self._takes[0] else kwargs.get(whose)
                    kwargs[name] = _any(mapped(mask_of, source))
        return self._masked(inputs, masks, self._call(inputs, kwargs))

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

    def _masked(self, inputs: Any, masks: Any, outputs: Any) -> Any:
        """`outputs` with the masks that follow from those of the inputs."""
        if not self.supports_masking:
            if _any(masks) is not None:
                warnings.warn(
                    f"{self!r} does not support masks; that of its input ends here", stacklevel=3
                )
            return outputs
        if all(mask_of(y) is not None for y in leaves(outputs)):
            return outputs
        computed = iter(leaves(self.compute_mask(inputs, masks)))
        passed = {id(x) for x in leaves(inputs)}

        def carry(y: Tensor) -> Tensor:
            mask = next(computed, None)
            if mask is None or mask_of(y) is not None:
                return y
            y = y.reshape(y.shape) if id(y) in passed else y
            set_mask(y, mask)
            return y

        return mapped(carry, outputs)

    def _call_symbolic(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        given = list(leaves(inputs))
        if not all(isinstance(x, KerasTensor) for x in given):
            raise ArgumentError(f"{self.name}: symbolic and computed inputs cannot be mixed")
        if not self.built:
            self.build_for(mapped(_shape, inputs), **_shapes(kwargs))
        node = Node(self, inputs, kwargs)
        dtype = self.output_dtype(*[x.dtype for x in given])

        def output(found: Any) -> Any:
            if isinstance(found, dict):
                return {k: output(v) for k, v in found.items()}
            if isinstance(found, list):
                return [output(v) for v in found]
            shape, kind = found if isinstance(found, Foretold) else (tuple(found), dtype)
            node.outputs.append(KerasTensor(shape, kind, node, len(node.outputs)))
            return node.outputs[-1]

        return output(self.foretold(inputs, kwargs))

    def foretold(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """The shape of the output of a symbolic call, nested lists of those of several, or
        `Foretold` in their places."""
        if not self._tells_shape:
            given = mapped(
                lambda x: _foretold(x) if isinstance(x, KerasTensor) else x, [inputs, kwargs]
            )
            found = self._recorded(*given)
            if found is not None:
                return found
        return _call_with(self.compute_output_shape, mapped(_shape, inputs), _shapes(kwargs))

    @property
    def _tells_shape(self) -> bool:
        """Whether `compute_output_shape` need not look at what `call` does."""
        own = type(self).__module__.startswith("tfpy.")
        return own or type(self).compute_output_shape is not Layer.compute_output_shape

    def _recorded(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """What `call` gives for `Foretold`; None where it needs values."""
        known = {k: v for k, v in kwargs.items() if k != "training" or k in self._takes}
        try:
            return foretell(lambda x, options: self.call(x, **options), (inputs, known))
        except TfpyError:
            return None
        finally:
            self._forget_losses()

    def _forget_losses(self) -> None:
        """Let go of losses that a call added, here and in layers inside."""
        self._added_losses = []
        for layer in self.sublayers():
            layer._forget_losses()

    def build_for(self, shape: Any, **others: Any) -> None:
        """Build once, for inputs of this shape, a list for several; `others` by name."""
        if self.built:
            return
        try:
            with engine.outside_trace():
                _call_with(self.build, shape, others)
        except (TypeError, KeyError) as error:
            if isinstance(shape, tuple) or not type(self).__module__.startswith("tfpy."):
                raise
            raise ArgumentError(
                f"{self.name} takes one tensor, not a {type(shape).__name__}"
            ) from error
        self.built = True

    @property
    def input(self) -> Any:
        """What the layer was first called on: a symbolic tensor or a list of them."""
        return self._first_node().first

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
        shape: Sequence[int | None] | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of the layer.

        Args:
            shape: of the weight, by default that of a scalar.
            initializer: how it begins, by default "glorot_uniform", or "zeros" for integers.
            dtype: by default the layer's.
            trainable: whether it is trained when the layer is.
            autocast, aggregation: taken for Keras's sake; there is one precision and one device.
            regularizer, constraint: by default the layer's arguments `<name>_regularizer` and
                `<name>_constraint`, where a name's "_kernel" may be left out.
            overwrite_with_gradient: not here.
            name: it is called `<scope>/<name>`, the scope being the layer's name; by default
                "variable", "variable_1", ...

        Raises:
            ArgumentError: the shape is none; `overwrite_with_gradient` is asked for.
            ShapeError: a size is not known.

        >>> layer = tfpy.layers.Layer(name="own")
        >>> layer.add_weight((2,), "ones", name="factor").name
        'own/factor'
        """
        if overwrite_with_gradient:
            raise ArgumentError(f"{self.name}.add_weight: there is no overwrite_with_gradient")
        if isinstance(shape, (list, tuple)) and any(isinstance(n, (list, tuple)) for n in shape):
            raise ArgumentError(
                f"{self.name}: add_weight's shape must be sizes, not {shape!r:.50}: "
                "does the layer take one tensor, and was given several?"
            )
        given = self._sizes_of("add_weight's shape", () if shape is None else shape) or ()
        name = name or self._free_name()
        sizes = tuple(n for n in given if n is not None)
        if sizes != given:
            raise ShapeError(f"{self.name}: {name} needs a known size, its shape is {given}")
        kind = as_dtype(dtype) if dtype is not None else self.dtype
        if initializer is None:
            initializer = "glorot_uniform" if kind.is_inexact else "zeros"
        make = initializers.get(initializer) if _initialize else _blank
        variable = Variable(
            make(sizes, kind), trainable and self._trainable, f"{self.scope}/{name}"
        )
        variable.regularizer = self._of_weight(name, "_regularizer", regularizer)
        variable.constraint = self._of_weight(name, "_constraint", constraint)
        self._weights.append(variable)
        if not trainable:
            self._never_trained.add(variable.id)
        return variable

    def _free_name(self) -> str:
        """A name of Keras's kind for a weight that is given none."""
        taken = {v.name for v in self._weights}
        made = (f"variable_{n}" if n else "variable" for n in range(len(taken) + 1))
        return next(name for name in made if f"{self.scope}/{name}" not in taken)

    def _of_weight(self, name: str, kind: str, given: Any) -> Any:
        """The regularizer or constraint of a weight."""
        if given is not None:
            return _constrained(kind, given)
        short = name.removesuffix("_kernel") + kind
        return self._kept.get(name + kind, self._kept.get(short))

    @property
    def draws(self) -> Seed:
        """The seed of random draws in `call`: a stream of the layer's own if it has a `seed`."""
        seed = getattr(self, "seed", None)
        if seed is not None and self._stream is None:
            self._stream = SeedGenerator(seed)
        return self._stream

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
        """The weights that training changes; none while the layer as a whole is frozen."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [v for v in self.weights if not (v.trainable and self._trainable)]

    @property
    def variables(self) -> list[Variable]:
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

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


# ------------------------------------------------------------------------- arguments of calls


def _arguments(method: Any) -> tuple[str, ...]:
    """The names of a method's arguments after `self`."""
    code = unwrap(method).__code__
    return code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]


def _no_argument(cls: type[Layer], given: dict[str, Any]) -> str:
    """What to say of arguments that a layer lacks: those that are spelt nearly so."""
    for name in given.keys() & cls._implied():
        values = ", ".join(map(repr, cls._implied()[name]))
        return f"{cls.__name__}: {name}={given[name]!r:.50} is not here, only {values}"
    from difflib import get_close_matches  # only who misspells needs it

    weights = [k.removesuffix("_initializer") for k in cls.config_keys]
    kept = [weight + kind for weight in weights for kind in _KINDS]
    known = [*cls.config_keys, *filter(cls.keeps, kept), *_arguments(Layer.__init__)]
    near = [name for stray in given for name in get_close_matches(stray, known, 1)]
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"{cls.__name__} has no argument {', '.join(given)}{hint}"


def _is_array(x: Any) -> bool:
    """Whether `x` is a tensor or another's array, NumPy's numbers being none."""
    return isinstance(x, Tensor) or (hasattr(x, "__array__") and bool(getattr(x, "shape", ())))


def _tensors(inputs: Any) -> Any:
    """A tensor for each array in nested lists and dicts; lists of plain numbers are one, too."""
    if isinstance(inputs, dict):
        return {k: _tensors(v) for k, v in inputs.items()}
    if type(inputs) in (list, tuple) and any(map(_is_array, leaves(inputs))):
        return type(inputs)(map(_tensors, inputs))
    return engine.as_tensor(inputs)


def _foretold(x: KerasTensor) -> Foretold:
    return Foretold(x.shape, x.dtype)


def _shape(x: Any) -> Any:
    return x.shape if isinstance(x, (Tensor, KerasTensor)) else None


def _shapes(kwargs: dict[str, Any]) -> dict[str, Any]:
    """`<name>_shape` of every argument that holds tensors."""
    return {
        f"{name}_shape": mapped(_shape, value)
        for name, value in kwargs.items()
        if any(isinstance(x, (Tensor, KerasTensor)) for x in leaves(value))
    }


def _call_with(method: Any, shape: Any, others: dict[str, Any]) -> Any:
    """`method` of the first shape and of those others that it knows."""
    return method(shape, **{n: others[n] for n in _arguments(method)[1:] if n in others})


def _any(value: Any) -> Any:
    """`value` unless all its leaves are None."""
    return None if all(x is None for x in leaves(value)) else value


def _entry(layer: Any) -> Any:
    """A layer as it stands in the configuration of another."""
    from ..models.config import class_name

    if layer is None:
        return None
    entry = {"class_name": class_name(layer), "config": layer.get_config()}
    # Without it Keras does not find its class.
    own = type(layer).__module__.startswith("tfpy.")
    return {"module": "keras.layers", **entry} if own else entry


def _plain(key: str, value: Any) -> Any:
    """A constructor argument as JSON."""
    if key.endswith("initializer") and value is not None:
        return initializers.serialize(value)
    if key.endswith("activation") and value is not None:
        return activations.serialize(value)
    return _lists(value)


def _lists(value: Any) -> Any:
    return [_lists(v) for v in value] if isinstance(value, (list, tuple)) else value


class Wrapper(Layer):
    """Base of layers around a layer, which is their `layer`; they build it and call it.

    Args:
        layer: the layer inside.

    >>> class Twice(tfpy.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(inputs) * 2.0
    >>> Twice(tfpy.layers.ReLU())([-1.0, 3.0])
    tfpy.tensor([0., 6.])
    """

    layer_keys = ("layer",)

    def __init__(self, layer: Layer, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{self.name}: not a layer: {layer!r:.60}")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        self.layer.scope = self.scope
        self.layer.build_for(input_shape)
