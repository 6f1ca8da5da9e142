"""`Trainer`: the methods of a model that train it and use it, under Keras 3's names and arguments.

Each that computes has a twin `..._async`, a coroutine that lets a page live on meanwhile. What they
do is in `loop`; it is imported when a model is compiled or predicts, not with the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from inspect import signature
from typing import TYPE_CHECKING, Any

from ..autodiff import GradientTape
from ..errors import ArgumentError
from ..spec import integer, integers, is_int, positive
from ..tensor import Tensor
from ..waiting import Blocking, forms

if TYPE_CHECKING:
    from ..callbacks import History
    from ..metrics import Metric
    from ..optimizers import Optimizer
    from .data import Feed
    from .predictions import Predictions
    from .steps import Compiled, Steps


class Trainer:
    """What makes a model of layers one that learns; mixed into `Model`."""

    name: str
    built: bool
    _graph: Any
    _compiled: Compiled | None = None
    _steps: Steps | None = None
    _predictions: Predictions | None = None
    #: What `fit` returned last.
    history: History | None = None
    #: Set it to True in a callback to end training.
    stop_training = False

    # ---------------------------------------------------------------------------- compiling

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Say how the model is trained and judged.

        Args:
            optimizer: a name, configuration or `tfpy.optimizers.Optimizer`.
            loss: a name, a function of labels and predictions, or a `tfpy.losses.Loss`; for
                several outputs a list or dict of these, by output, or one for all.
            loss_weights: factors of the outputs' losses, a list or dict.
            metrics: a list of names, functions and `tfpy.metrics.Metric` objects; for several
                outputs a list or dict of these. "accuracy" is the one that fits the labels.
            weighted_metrics: metrics that count the samples' weights.
            run_eagerly: whether to run each step as it is, to see into it, and not as a plan; those
                of `predict` too.
            steps_per_execution, jit_compile: taken as Keras takes them. Nothing depends on them: a
                step, that of one batch, is compiled to one plan unless `run_eagerly` is true.

        Raises:
            ArgumentError: a name is unknown, there is no such output, or an option is none.

        >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
        >>> model.compile("adam", "mse", metrics=["mae"])
        """
        from .. import optimizers
        from .steps import Compiled, Steps

        what = f"{self.name}.compile"
        if integer(steps_per_execution, f"{what}: steps_per_execution") < 1:
            raise ArgumentError(f"{what}: steps_per_execution={steps_per_execution} is less than 1")
        if jit_compile not in (True, False, "auto"):
            raise ArgumentError(
                f"{what}: jit_compile is True, False or 'auto', not {jit_compile!r}"
            )
        made = optimizers.get(optimizer)
        compiled = Compiled(made, loss, loss_weights, metrics, weighted_metrics, bool(run_eagerly))
        if self._graph is not None:
            compiled.resolve(self.output_names)
        self._compiled, self._steps, self._predictions = compiled, Steps(self), None
        self.stop_training = False

    def get_compile_config(self) -> dict[str, Any]:
        """What the model was compiled with, as plain JSON values; {} if it was not.

        >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
        >>> model.compile("sgd", tfpy.losses.Huber(), metrics=["mae"])
        >>> config = model.get_compile_config()
        >>> config["optimizer"]["class_name"], config["metrics"]
        ('SGD', ['mae'])
        >>> model.compile_from_config(config)
        """
        if self._compiled is None:
            return {}
        from .config import compile_config

        return compile_config(self._compiled)

    def compile_from_config(
        self, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> None:
        """Compile the model with what `get_compile_config` returned, of tfpy or Keras.

        Args:
            config: of the compiled model.
            custom_objects: your losses, metrics and optimizers in it by their names.

        Raises:
            ArgumentError: a name is unknown, or there is no such output.
        """
        from .config import compile_arguments

        self.compile(**compile_arguments(config, custom_objects or {}))
        if self.built:
            self.optimizer.build(self.trainable_weights)  # type: ignore[attr-defined]

    @property
    def output_names(self) -> list[str]:
        """The names that losses and metrics of several outputs go by: the outputs' layers'."""
        names: list[str] = []
        for x in self._graph.outputs if self._graph is not None else ():
            name, count = x.node.layer.name, 1
            while name in names:
                name, count = f"{x.node.layer.name}_{count}", count + 1
            names.append(name)
        return names

    def _checked_compiled(self, what: str) -> Compiled:
        if self._compiled is None:
            raise ArgumentError(f"{self.name}.{what}: call compile() first")
        return self._compiled

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that the model was compiled with."""
        return self._checked_compiled("optimizer").optimizer

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, that of the loss first, then those of `compile`, and those that are
        attributes of the model and its layers. Each epoch begins without what they have counted.

        Those of `compile` are there when the outputs are known: at once or, if the model is not
        built or is one of your own without a graph, when it is built or has seen a batch.
        """
        from ..metrics.base import Metric

        given = self._compiled_metrics().values()
        kept = (v for x in self._all_layers() for v in vars(x).values())  # type: ignore[attr-defined]
        found = (*given, *(v for v in kept if isinstance(v, Metric)))
        return list({id(m): m for m in found}.values())

    @property
    def metrics_names(self) -> list[str]:
        """What the numbers that `evaluate` returns are called."""
        return list(self._compiled_metrics())

    def _compiled_metrics(self) -> dict[str, Metric]:
        if self._compiled is None:
            return {}
        if self._graph is not None:  # it may have been built since it was compiled
            self._compiled.resolve(self.output_names)
        return self._compiled.metrics

    def reset_metrics(self) -> None:
        """Forget the batches that `metrics` and those of `compile` have counted."""
        self._checked_compiled("reset_metrics").reset(self.metrics)

    # -------------------------------------------------------------------------------- steps

    def train_step(self, data: Any) -> Any:
        """Learn from one batch; a subclass may do it otherwise.

        Args:
            data: `(x, y, sample_weight)`, tensors or lists or dicts of them, or None.

        Returns:
            None for the compiled metrics, or a dict of tensors to be logged instead.
        """
        x, y, weight = data
        with GradientTape() as tape:
            y_pred = self._outputs_for(x, True)
            loss = self._computed_loss(x, y, y_pred, weight, True)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.trainable_weights  # type: ignore[attr-defined]
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        self._track(loss, y, y_pred, weight)

    def test_step(self, data: Any) -> Any:
        """Judge one batch, as `train_step` without learning."""
        x, y, weight = data
        y_pred = self._outputs_for(x, False)
        self._track(self._computed_loss(x, y, y_pred, weight, False), y, y_pred, weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for one batch."""
        return self._outputs_for(data[0], False)

    def _computed_loss(self, x: Any, y: Any, y_pred: Any, weight: Any, training: bool) -> Tensor:
        """`compute_loss`, which in a subclass need not know of `training`."""
        knows = "training" in signature(self.compute_loss).parameters
        return self.compute_loss(x, y, y_pred, weight, **({"training": training} if knows else {}))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of a batch: what the model was compiled with, and what its layers add.

        Nothing depends on `x` and `training` unless a subclass makes it so.
        """
        predictions, names = self._flat_outputs(y_pred)
        loss, _ = self._checked_compiled("compute_loss").resolve(names)
        total = None
        if loss is not None:
            labels = _aligned(f"{self.name}: labels", y, names)
            total = loss(labels, predictions, _weights(self.name, sample_weight, names))
        for added in self.losses:  # type: ignore[attr-defined]
            total = added if total is None else total + added
        if total is None:
            raise ArgumentError(f"{self.name}: neither compile() nor a layer gives a loss")
        return total

    def _track(self, loss: Tensor, y: Any, y_pred: Any, weight: Any) -> None:
        predictions, names = self._flat_outputs(y_pred)
        labels = _aligned(f"{self.name}: labels", y, names)
        weights = _weights(self.name, weight, names)
        self._checked_compiled("fit").track(loss, labels, predictions, weights)

    def _outputs_for(self, x: Any, training: bool) -> Any:
        if isinstance(x, list) and len(x) == 1 and self._graph is not None:
            x = x[0]
        return self(x, training=training)  # type: ignore[operator]

    def _flat_outputs(self, y_pred: Any) -> tuple[list[Any], list[str]]:
        """The outputs in a row, and their names."""
        if isinstance(y_pred, dict):
            return list(y_pred.values()), list(y_pred)
        found = list(y_pred) if isinstance(y_pred, (list, tuple)) else [y_pred]
        return found, self.output_names or [f"output_{i + 1}" for i in range(len(found))]

    # ----------------------------------------------------------------------------- training

    async def _fit(
        self,
        wait: Blocking,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
    ) -> History:
        """Train the model: pass over the data `epochs` times, a step for each batch.

        A step is one plan, made for the first batch and once more for a last one that is smaller.
        Metrics are read at the end of each epoch, and ten times a second for the progress bar.

        Args:
            x: inputs: a tensor, an array or nested lists, for several inputs a list of them or a
                dict by input name. Or an iterable, asynchronous under `fit_async`, of batches
                `(x, y)` or `(x, y, sample_weight)`; TF.js's `{"xs": x, "ys": y}` are batches too.
            y: labels, likewise. Losses of tfpy take labels of the outputs' shape, with or without a
                last axis of size 1, or such that broadcast to it.
            batch_size: samples in a batch, 32 by default.
            epochs: number of the last epoch, from 1.
            verbose: 1 for a progress bar, 2 for a line each epoch, 0 for silence; "auto" is 1.
            callbacks: a list of `tfpy.callbacks.Callback`, or a dict of functions by hook.
            validation_split: the part of the samples, the last ones, that is only judged by.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or an iterable of batches to judge
                by after each epoch; its metrics are called "val_...".
            shuffle: whether to draw an order of the samples for each epoch; see `tfpy.set_seed`.
            class_weight: weights of the samples by their class, 1 by default.
            sample_weight: weights of the samples; for several outputs a list or dict.
            initial_epoch: number of epochs trained already.
            steps_per_epoch: batches in an epoch, by default all there are; the next epoch goes on
                where one ended.
            validation_steps: batches of the validation data to judge by, always from the first one
                on, by default all there are.
            validation_batch_size: samples in a batch of these, by default `batch_size`.
            validation_freq: validate after each so many epochs, or after those listed, from 1.

        Returns:
            The `History`: its `history` has the metrics of every epoch.

        Where an iterator runs out of batches, training ends with a warning. A loss that is not
        finite is a warning too, and weights become NaN as in Keras, unless
        `callbacks=[tfpy.callbacks.TerminateOnNaN(raise_error=True)]` keeps those from before.

        Raises:
            ArgumentError: the model is not compiled, there are no samples or no labels, or batches
                without end and no `steps_per_epoch`.
            ShapeError: samples, labels and model do not fit each other. Nothing is changed.
            NonFiniteLossError: by `TerminateOnNaN(raise_error=True)`.

        >>> model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[1], [2], [3], [4]], [[1], [3], [5], [7]], epochs=1000, verbose=0)
        >>> history.history["loss"][-1] < 0.1
        True
        """
        from . import data, loop

        what = f"{self.name}.fit"
        self._checked_compiled("fit")
        for name, count in (("epochs", epochs), ("initial_epoch", initial_epoch)):
            if integer(count, f"{what}: {name}") < 0:
                raise ArgumentError(f"{what}: {name} must not be negative: {count}")
        frequency = _frequency(what, validation_freq)
        class_weight = data.checked_classes(what, class_weight)
        given = [x, y, sample_weight]
        if validation_split and validation_data is None:
            if x is not None and not data.is_data(x):
                text = f"{what}: validation_split={validation_split!r} is for arrays, not for a"
                raise ArgumentError(f"{text} {type(x).__name__}; give validation_data")
            arrays = [
                data.as_arrays(v, s) for v, s in zip(given, (*self._several, False), strict=True)
            ]
            given, validation_data = data.split(what, arrays, validation_split)
        feed = self._feed(
            wait, what, given, batch_size, shuffle, steps_per_epoch, "steps_per_epoch"
        )
        checked = None
        if validation_data is not None:
            checked = self._feed(
                wait,
                f"{what}: validation_data",
                _triple(validation_data),
                validation_batch_size or batch_size,
                False,
                validation_steps,
                "validation_steps",
            )
        return await loop.fit(
            self,
            wait,
            feed,
            checked,
            callbacks,
            _verbosity(verbose),
            epochs,
            initial_epoch,
            frequency,
            class_weight,
        )

    @property
    def _several(self) -> tuple[bool, bool]:
        """Whether there are several inputs, and several outputs."""
        graph = self._graph
        return (False, False) if graph is None else (len(graph.inputs) > 1, len(graph.outputs) > 1)

    def _feed(
        self,
        wait: Blocking,
        what: str,
        given: list[Any],
        batch_size: int | None,
        shuffle: bool = False,
        steps: int | None = None,
        limit: str = "steps",
        empty: bool = False,
    ) -> Feed:
        from . import data

        source = data.source_of(what, given, batch_size, shuffle, self._several)
        if isinstance(source, data.Arrays) and not source.samples and not empty:
            raise ArgumentError(f"{what}: there are no samples")
        return data.Feed(what, source, steps, self._several, wait.is_async, limit)

    async def _evaluate(
        self,
        wait: Blocking,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Judge the model: its loss and metrics over all batches.

        Args:
            x, y, batch_size, verbose, sample_weight, callbacks: as for `fit`.
            steps: batches to judge by, by default all there are.
            return_dict: whether to return a dict.

        Returns:
            A number where there is only the loss, else a list in the order of `metrics_names`, or
            with `return_dict` a dict.
        """
        from . import loop

        self._checked_compiled("evaluate")
        feed = self._feed(
            wait, f"{self.name}.evaluate", [x, y, sample_weight], batch_size, steps=steps
        )
        logs = await loop.evaluate(self, wait, feed, callbacks, _verbosity(verbose))
        return _result(logs, return_dict)

    async def _predict(
        self,
        wait: Blocking,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = 0,
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for `x`, computed `batch_size` samples at a time.

        A batch is one plan, recorded at the first of its shape, also where layers or `call` are
        your own. As in a step of `fit`, Python's side effects then happen at recording only, and
        what is no tensor, such as an attribute, is taken as it was, until `compile` is called or
        the weights are others. With `run_eagerly`, or where a plan cannot be, as values are needed
        or a layer keeps a tensor as its attribute, each batch runs as it is. A call of the model,
        `model(x)`, always does so if not all layers are tfpy's.

        Args:
            x: a tensor or anything `tfpy.tensor` takes, for several inputs a list of them or a
                dict by input name. The first axis is the batch. Or an iterable of batches.
            batch_size: samples in a batch, 32 by default.
            verbose: 1 for a progress bar. Keras shows one by default.
            steps: batches to predict, by default all there are.
            callbacks: are told of each batch.

        Returns:
            A tensor, or a list of tensors for several outputs. Keras gives NumPy arrays here; a
            tensor stays on the device, where the next step may want it, and NumPy is often not
            loaded in a page. `.numpy()` makes the array, `await t.data()` reads without blocking.
        """
        from . import loop

        given = [x, None, None]
        feed = self._feed(wait, f"{self.name}.predict", given, batch_size, steps=steps, empty=True)
        return await loop.predict(self, wait, feed, callbacks, _verbosity(verbose))

    async def _train_on_batch(
        self,
        wait: Blocking,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Learn from one batch; returns its metrics before that, in the form of `evaluate`."""
        return await self._on_batch(wait, "train", [x, y, sample_weight], class_weight, return_dict)

    async def _test_on_batch(
        self,
        wait: Blocking,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Judge one batch; returns what `train_on_batch` does."""
        return await self._on_batch(wait, "test", [x, y, sample_weight], None, return_dict)

    async def _predict_on_batch(self, wait: Blocking, x: Any) -> Any:
        """The outputs for all of `x` at once."""
        return await self._predict(wait, x, 2**31 - 1)

    async def _on_batch(
        self, wait: Blocking, kind: str, batch: list[Any], classes: Any, return_dict: bool
    ) -> Any:
        from . import data, loop

        what = f"{self.name}.{kind}_on_batch"
        self._checked_compiled(f"{kind}_on_batch")
        classes = data.checked_classes(what, classes)
        feed = self._feed(wait, what, batch, 2**31 - 1)
        return _result(await loop.on_batch(self, wait, feed, kind, classes), return_dict)

    fit, fit_async = forms(_fit, "fit", "fit_async")
    evaluate, evaluate_async = forms(_evaluate, "evaluate", "evaluate_async")
    predict, predict_async = forms(_predict, "predict", "predict_async")
    train_on_batch, train_on_batch_async = forms(
        _train_on_batch, "train_on_batch", "train_on_batch_async"
    )
    test_on_batch, test_on_batch_async = forms(
        _test_on_batch, "test_on_batch", "test_on_batch_async"
    )
    predict_on_batch, predict_on_batch_async = forms(
        _predict_on_batch, "predict_on_batch", "predict_on_batch_async"
    )


def _aligned(what: str, value: Any, names: list[str]) -> list[Any]:
    """An entry for each output."""
    from .compiled import by_output

    if isinstance(value, list) and len(value) == len(names) == 1:
        value = value[0]
    return by_output(what, value, names)


def _weights(name: str, value: Any, names: list[str]) -> list[Any]:
    from .compiled import by_output

    return by_output(f"{name}: sample_weight", value, names, alike=True)


def _triple(data: Any) -> list[Any]:
    """`[x, y, sample_weight]` of validation data."""
    if isinstance(data, (tuple, list)) and 1 <= len(data) <= 3:
        return [*data, None, None][:3]
    return [data, None, None]


def _frequency(what: str, value: Any) -> int | tuple[int, ...]:
    """`validation_freq`: a number of epochs, or which ones."""
    what = f"{what}: validation_freq"
    return positive(value, what) if is_int(value) else integers(value, what)


def _verbosity(verbose: Any) -> int:
    """What "auto" means: a bar where a line can be written anew, else a line for each epoch."""
    if verbose in (0, 1, 2):
        return int(verbose)
    if verbose != "auto":
        raise ArgumentError(f"verbose must be 0, 1, 2 or 'auto', not {verbose!r:.50}")
    import sys

    return 1 if "ipykernel" in sys.modules or sys.stdout.isatty() else 2


def _result(logs: dict[str, Any], return_dict: bool) -> Any:
    if return_dict:
        return logs
    values = list(logs.values())
    return values[0] if len(values) == 1 else values
