"""`Model`: a graph of layers with inputs and outputs, itself a layer.

Inference, weights, configuration, saving. What it has for training is in `tfpy.training`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import ArgumentError, ShapeError
from ..layers.base import Layer
from ..layers.symbolic import KerasTensor
from ..plan.reports import described, dumped
from ..plan.warmup import Known, input_specs
from ..tensor import Tensor
from ..training.trainer import Trainer
from ..tuning import tune_once
from .graph import Graph

if TYPE_CHECKING:
    from ..plan.compiled import Compiled
    from ..plan.graph import OnSteps


class Model(Trainer, Layer):
    """A model made of layers that were called on each other, or a subclass with its own `call`.

    Args:
        inputs: one symbolic tensor (`tfpy.layers.Input`), or a list or dict of them.
        outputs: one symbolic tensor computed from them, or a list or dict of them; by a dict's keys
            go the results, and losses, labels and metrics.
        name: made from the class's name when not given.

    >>> x = tfpy.layers.Input((4,))
    >>> model = tfpy.Model(x, tfpy.layers.Dense(2, kernel_initializer="ones")(x))
    >>> model.predict([[1.0, 2.0, 3.0, 4.0]])
    tfpy.tensor([[10., 10.]])
    """

    #: Of a class of one's own: the arguments it was made with.
    _made_with: tuple[tuple[Any, ...], dict[str, Any]] = (), {}
    #: Of a model without a graph: the shape of the input that it was first called with.
    built_for: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls)
        if not cls.__module__.startswith("tfpy."):  # those have configurations of their own
            made._made_with = args, kwargs
        return made

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **options: Any
    ) -> None:
        super().__init__(name=name, **options)
        self._graph: Graph | None = None
        #: The keys of inputs and outputs that are dicts, else none.
        self._input_keys: list[str] = []
        self._output_keys: list[str] = []
        #: What was saved with the model and is none of its layers' business, such as labels.
        self.user_defined_metadata: dict[str, Any] | None = None
        if inputs is not None:
            self._draw(inputs, outputs)
            if not self._trainable:
                self.trainable = False

    def _draw(self, inputs: Any, outputs: Any) -> None:
        """Make this the model from `inputs` to `outputs`."""
        self._single_input = isinstance(inputs, KerasTensor)
        self._single_output = isinstance(outputs, KerasTensor)
        self._input_keys, given = _listed(inputs)
        self._output_keys, wanted = _listed(outputs)
        if not all(isinstance(x, KerasTensor) for x in (*given, *wanted)):
            raise ArgumentError(
                "Model: inputs and outputs must be symbolic tensors, or lists or dicts of them"
            )
        self._graph = Graph(given, wanted)
        self.built = True

    @property
    def has_graph(self) -> bool:
        """Whether the model is made of layer calls, rather than a subclass with its own `call`."""
        return self._graph is not None

    @property
    def is_subclass(self) -> bool:
        """Whether it is no graph of layers but a class with its own `call`."""
        return self._graph is None and type(self).call is not Model.call

    @property
    def graph(self) -> Graph:
        """The layer calls of a functional model."""
        if self._graph is None:
            raise ArgumentError(f"{self.name} has no graph: not built yet, or a subclass")
        return self._graph

    # ----------------------------------------------------------------------------- description

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs."""
        return self.graph.inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs."""
        return self.graph.outputs

    @property
    def input(self) -> Any:
        """The symbolic input, or the list or dict of them."""
        return _arranged(self.inputs, self._single_input, self._input_keys)

    @property
    def output(self) -> Any:
        """The symbolic output, or the list or dict of them."""
        return self._results(self.outputs)

    @property
    def input_shape(self) -> Any:
        """The input's shape with None for the batch, or the list or dict of them."""
        shapes = [x.shape for x in self.inputs]
        return _arranged(shapes, self._single_input, self._input_keys)

    @property
    def output_shape(self) -> Any:
        """The output's shape with None for the batch, or the list or dict of them."""
        return self._results([x.shape for x in self.outputs])

    @property
    def output_names(self) -> list[str]:
        """The names that losses and metrics of several outputs go by: the keys of a dict, or the
        outputs' layers'."""
        return list(self._output_keys) or super().output_names

    def _results(self, found: list[Any]) -> Any:
        """What there is for each output, as the outputs were given."""
        return _arranged(found, self._single_output, self._output_keys)

    @property
    def layers(self) -> list[Layer]:
        """The layers, in an order in which they can run."""
        return self._graph.layers if self._graph else super().sublayers()

    def sublayers(self) -> list[Layer]:
        return self.layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or at that place in `layers`."""
        layers = self.layers
        if index is not None:
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in layers)
        raise ArgumentError(f"{self.name} has no layer {name!r}; it has {names}")

    def reset_states(self) -> None:
        """Let every stateful layer begin anew, as `model.resetStates()` of TF.js does."""

        def reset(layer: Any) -> None:
            if getattr(layer, "stateful", False):
                layer.reset_states()
            for inner in layer.sublayers():
                reset(inner)

        reset(self)

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
    ) -> None:
        """Print the layers, their output shapes and numbers of weights.

        Args:
            line_length, positions: taken for Keras's sake; columns are as wide as what is in them.
            print_fn: called with each line instead of `print`.
            expand_nested: whether to list the layers of models within, too.
            show_trainable: whether to say of each layer if it is trained.
        """
        from .summary import lines

        for line in lines(self, expand_nested, show_trainable):
            (print_fn or print)(line)

    # ----------------------------------------------------------------------------- computation

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(inputs, dict) and not self.is_subclass:
            inputs = self._by_name(inputs)
        found = super().__call__(inputs, *args, **kwargs)
        # Symbolic results come in a row.
        return self._results(found) if self._output_keys and isinstance(found, list) else found

    def foretold(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        found = super().foretold(inputs, kwargs)
        return list(found.values()) if isinstance(found, dict) else found

    def call(self, inputs: Any, training: bool = False) -> Any:
        values = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        return self._results(self.graph.run(self._checked(values), training))

    def build_for(self, shape: Any, **others: Any) -> None:
        if self.is_subclass and not self.built:
            self.built_for = None if others else shape
            if type(self).build is Model.build:
                self.built = True  # its layers build themselves
                return
        super().build_for(shape, **others)

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of `input_shape`, batch axis included, a list for several.

        A subclass makes those of its layers by a `call` that computes nothing; where that cannot
        be, there is a warning, and the first call makes them.

        >>> class Line(tfpy.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = tfpy.layers.Dense(1)
        ...     def call(self, inputs):
        ...         return self.dense(inputs)
        >>> line = Line()
        >>> line.build((None, 3))
        >>> line.count_params()
        4
        """
        if self.is_subclass and type(self).build is Model.build:
            from .subclass import build_or_warn

            build_or_warn(self, input_shape)

    async def warmup(
        self, input_shape: Any = None, on_progress: OnSteps | None = None, *, tune: bool = True
    ) -> None:
        """Prepare the first prediction: compile its programs and run them once on zeros.

        A page stays alive meanwhile. The first `predict` on inputs of this shape is then as fast as
        those that follow. On a device that tfpy's authors have not measured, a first visit also
        measures for two seconds at most which variants of the kernels are fastest, as `tfpy.tune`
        does, and the browser remembers it.

        Args:
            input_shape: the input's shape with the batch, for several inputs a list of them. By
                default the model's, and a batch of one; a subclass has no default.
            on_progress: called as `on_progress(done_steps, total_steps)`.
            tune: whether the kernels' variants may be measured.

        Raises:
            ArgumentError: the model does not know a size that is not the batch's.
            ShapeError: `input_shape` does not fit the model.

        >>> import asyncio
        >>> model = tfpy.Sequential([tfpy.layers.Input((4,)), tfpy.layers.Dense(2)])
        >>> asyncio.run(model.warmup())  # in a page or notebook: await model.warmup()
        """
        if self.is_subclass:
            single = not isinstance(input_shape, list)
            known = [Known("its input", None, None)] * (1 if single else len(input_shape))
        else:
            single = self._single_input
            known = [Known(x.name, x.shape, x.dtype) for x in self.inputs]
        specs = input_specs(self.name, known, input_shape)
        if tune:
            await tune_once()
        on_progress = on_progress or (lambda done, total: None)
        from ..training.predictions import predictions_of

        plans = predictions_of(self)
        if plans is None:
            await self.graph.warm_up(specs, on_progress)
        else:
            given = [engine.as_tensor(0.0) for _ in specs]
            batch = given[0] if single else given, None, None
            await plans.warm_up(self, batch, specs, on_progress)

    def describe(self) -> str:
        """What the plans cost that the model has made so far, one paragraph each: of `predict`,
        and of calls if all layers are tfpy's.

        Raises:
            ArgumentError: there is no plan; the message says why.

        >>> model = tfpy.Sequential([tfpy.layers.Input((4,)), tfpy.layers.Dense(2)], name="line")
        >>> _ = model.predict([[1.0, 2.0, 3.0, 4.0]])
        >>> "constant_bytes" in model.describe()
        True
        """
        return described(f"{self.name}.describe", self.name, *self._made_plans())

    def dump(self, draws: bool = False) -> str:
        """The graphs of these plans as text, or with `draws` what the backend makes of them.

        Raises:
            ArgumentError: as for `describe`.

        >>> model = tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.ReLU()])
        >>> _ = model.predict([[1.0, -1.0]])
        >>> print(model.dump())
        inputs %0: float32[1, 2]
        %1: float32[1, 2] = relu(%0)
        outputs %1
        """
        return dumped(f"{self.name}.dump", *self._made_plans(), draws)

    def _made_plans(self) -> tuple[list[Compiled], str | None]:
        """The plans made so far, and why a batch got none."""
        owners = [x for x in (self._graph and self._graph.plans, self._predictions) if x]
        refusals = [x.refusal for x in owners if x.refusal]
        return [plan for x in owners for plan in x.plans], refusals[0] if refusals else None

    def _by_name(self, values: dict[str, Any]) -> Any:
        names = self._input_keys or [x.name for x in self.inputs]
        if set(values) != set(names):
            raise ArgumentError(
                f"{self.name} takes inputs {', '.join(names)}, not {', '.join(values)}"
            )
        given = [values[name] for name in names]
        ordered = [x if isinstance(x, KerasTensor) else engine.as_tensor(x) for x in given]
        return ordered[0] if self._single_input else ordered

    def _checked(self, values: Sequence[Tensor]) -> list[Tensor]:
        """`values` in the inputs' dtypes; refuses shapes the inputs do not have."""
        if len(values) != len(self.inputs):
            raise ShapeError(f"{self.name} takes {len(self.inputs)} inputs, not {len(values)}")
        for x, value in zip(self.inputs, values, strict=True):
            if len(x.shape) != value.ndim or any(
                n not in (None, m) for n, m in zip(x.shape, value.shape, strict=True)
            ):
                raise ShapeError(
                    f"{self.name}: input {x.name} has shape {x.shape}, not {value.shape}"
                )
        return [
            engine.cast_to(value, x.dtype) for x, value in zip(self.inputs, values, strict=True)
        ]

    def dispose(self) -> None:
        if self._graph is not None:
            self._graph.plans.clear()
        if self._predictions is not None:
            self._predictions.clear()
        super().dispose()

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: outputs carry the masks of the layers that made them."""

    @property
    def _tells_shape(self) -> bool:
        own = type(self).compute_output_shape is not Model.compute_output_shape
        return own or not self.is_subclass

    def compute_output_shape(self, input_shape: Any) -> Any:
        if not self._tells_shape:
            return Layer.compute_output_shape(self, input_shape)
        if isinstance(input_shape, dict):
            input_shape = [input_shape[key] for key in self._input_keys]
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        return self._results(self.graph.output_shapes(shapes))

    # ------------------------------------------------------------------------- configuration

    def get_config(self) -> dict[str, Any]:
        """The layers, their arguments and how they are joined, in Keras's form. Of a subclass with
        its own `call` it is what the class is made with.
        """
        if self.is_subclass:
            from .subclass import arguments

            base = super().get_config()
            return arguments(self, base, type(self).get_config is not Model.get_config)
        from .config import graph_config

        config = graph_config(self.name, self.trainable, self.graph)
        for end, keys in (("input", self._input_keys), ("output", self._output_keys)):
            if keys:
                config[f"{end}_layers"] = dict(zip(keys, config[f"{end}_layers"], strict=True))
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """The model, with fresh weights, that `config` describes."""
        if "input_layers" not in config and cls is not Model:
            from .subclass import revived

            return revived(cls, config)
        from .config import functional_from_config

        return functional_from_config(cls, config, custom_objects or {})

    def save(self, filepath: Any, overwrite: bool = True, **options: Any) -> None:
        """Write the model: as `.keras` or `.h5` by its name, else in TF.js's layers format, as
        `tfpy.save_layers_model` with its options.

        A class with its own `call` goes into a `.keras` file only, once it was called: with its
        weights and what its `get_config` says, by default the arguments it was made with.
        `tfpy.load_model(..., custom_objects={"Name": Name})` has it back, as Keras has one that is
        the same there.

        Args:
            filepath: a file's name, or what `tfpy.save_layers_model` takes.
            overwrite: whether to replace what is there; otherwise that is a `StorageError`. Only
                of files, folders and dicts it is known what is there.
            options: `include_optimizer` says whether what it was compiled with and the optimizer's
                state are written too: in Keras's formats they are by default, as there, in TF.js's
                they are not. `metadata`, anything of JSON, goes into `.keras` and TF.js's format.
        """
        from ..io.convert import save_model

        save_model(self, filepath, overwrite, **options)

    def to_json(self, **options: Any) -> str:
        """The layers and how they are joined, without weights, as Keras 3 writes them.

        Args:
            options: of `json.dumps`.

        >>> model = tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)])
        >>> tfpy.models.model_from_json(model.to_json()).output_shape
        (None, 1)
        """
        import json

        from ..io.keras_file import described

        return json.dumps(described(self), **options)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the weights alone to a local file: `.weights.h5`, as Keras 3, or `.safetensors`.

        Raises:
            ArgumentError: the name ends otherwise, or the model is not built.
            StorageError: there is no room, or a file that must not be replaced.
            ModelFormatError: `.weights.h5` without h5py.

        >>> model = tfpy.Sequential([tfpy.layers.Input((2,)), tfpy.layers.Dense(1)])
        >>> model.save_weights("line.safetensors")
        >>> model.load_weights("line.safetensors")
        """
        from ..io.weight_files import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False) -> None:
        """Take the weights of a file of `save_weights`, or of Keras 3's: all of them or none.

        Args:
            filepath: of the file.
            skip_mismatch: whether weights that the file lacks, or has in another shape, are left
                as they are, with a warning.

        Raises:
            ArgumentError: the name ends otherwise, or the model is not built.
            FetchError: the file cannot be read.
            ModelFormatError: it is damaged, or holds the weights of another model.
        """
        from ..io.weight_files import load_weights

        load_weights(self, filepath, skip_mismatch)

    async def save_async(self, filepath: Any, overwrite: bool = True, **options: Any) -> None:
        """`save`, to `indexeddb://` and by `await` to addresses too."""
        from ..io.convert import save_model_async

        await save_model_async(self, filepath, overwrite, **options)


def _listed(ends: Any) -> tuple[list[str], list[Any]]:
    """The keys of inputs or outputs in Keras's order, none where they are no dict, and all in a
    row."""
    if isinstance(ends, dict):
        keys = sorted(ends)
        return keys, [ends[key] for key in keys]
    return [], [ends] if isinstance(ends, KerasTensor) else list(ends)


def _arranged(found: list[Any], single: bool, keys: list[str]) -> Any:
    """What there is for each input or output, as these were given."""
    return dict(zip(keys, found, strict=True)) if keys else found[0] if single else found
