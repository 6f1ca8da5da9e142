"""`predict` as plans, for models with layers or a `call` that somebody else wrote.

Those of tfpy's layers alone run as plans wherever they are called (`models.graph`). Others do in
`predict` only, as they do in a step of `fit`: Python's side effects happen while it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import TraceError
from ..layers.symbolic import leaves
from ..masks import mask_of, set_mask
from ..plan.automatic import Automatic
from ..plan.function import flatten, hashable, unflatten
from ..spec import TensorSpec
from ..tensor import Tensor
from ..variable import Variable

if TYPE_CHECKING:
    from ..plan.compiled import Compiled
    from ..plan.graph import OnSteps


class Predictions:
    """The plans of a model's `predict_step`, by the pattern of its batches.

    Where it cannot be recorded, as it needs values or keeps tensors, it runs as it is.
    """

    def __init__(self) -> None:
        self._plans: dict[Any, Automatic] = {}
        #: By pattern and specs: the pattern of the outputs, and which of them carry masks.
        self._outputs: dict[Any, tuple[Any, list[int]]] = {}
        self._weights: Any = None

    def run(self, model: Any, batch: Any) -> Any:
        """`model.predict_step(batch)`."""
        given: list[Tensor] = []
        pattern = flatten(batch, given)
        if any(x.dtype.kind == "s" or mask_of(x) is not None for x in given):
            return model.predict_step(batch)
        step = _Step(model, pattern)
        key = (hashable(pattern), id(engine.current_backend()), *(x.spec for x in given))
        results = self._automatic(pattern).run(step, given)
        self._remember(model, key, step)
        found, masked = step.found or self._outputs[key]
        count = len(results) - len(masked)
        for i, mask in zip(masked, results[count:], strict=True):
            set_mask(results[i], mask)
        return unflatten(found, iter(results[:count]))

    async def warm_up(
        self, model: Any, batch: Any, specs: Sequence[TensorSpec], on_progress: OnSteps
    ) -> None:
        """Do now what the first `run` on a batch like this does, with tensors of `specs` in it."""
        pattern = flatten(batch, [])
        step = _Step(model, pattern)
        await self._automatic(pattern).warm_up(step, specs, on_progress)
        self._remember(model, (hashable(pattern), id(engine.current_backend()), *specs), step)

    def refresh(self, model: Any) -> None:
        """Let go of plans that were made when the model had other weights, as with another head."""
        if self._plans and self._weights != _identities(model):
            self.clear()

    def _remember(self, model: Any, key: Any, step: _Step) -> None:
        if step.recorded is not None:
            self._outputs[key] = step.recorded
        if step.recorded is not None or self._weights is None:  # the first call may make weights
            self._weights = _identities(model)

    def _automatic(self, pattern: Any) -> Automatic:
        return self._plans.setdefault(hashable(pattern), Automatic())

    @property
    def plans(self) -> list[Compiled]:
        """The plans made so far."""
        return [plan for automatic in self._plans.values() for plan in automatic.plans]

    @property
    def refusal(self) -> str | None:
        """Why a batch last got no plan."""
        return next((x.refusal for x in self._plans.values() if x.refusal), None)

    def clear(self) -> None:
        """Let go of every plan."""
        self._plans.clear()
        self._outputs.clear()
        self._weights = None


class _Step:
    """`predict_step` on the tensors of a batch of a pattern: its outputs, then their masks.

    Attributes:
        found: the pattern of the outputs and which carry masks, of a call with values.
        recorded: the same of a call that was recorded.
    """

    def __init__(self, model: Any, pattern: Any) -> None:
        self._model, self._pattern = model, pattern
        self._outside = engine.tracer()
        self.found: tuple[Any, list[int]] | None = None
        self.recorded: tuple[Any, list[int]] | None = None

    def __call__(self, xs: Sequence[Tensor]) -> list[Tensor]:
        found = self._model.predict_step(unflatten(self._pattern, iter(xs)))
        recording = engine.tracer() is not self._outside
        if recording:
            _check_recorded(self._model, found)
        outputs: list[Tensor] = []
        pattern = flatten(found, outputs, arguments=False)
        masks = {i: m for i, y in enumerate(outputs) if (m := mask_of(y)) is not None}
        if recording:
            self.recorded = pattern, list(masks)
        else:
            self.found = pattern, list(masks)
        return [*outputs, *masks.values()]


def _check_recorded(model: Any, found: Any) -> None:
    """Refuse a plan where it would lose something, or leave tensors without values to be found."""
    for x in leaves(found):
        if not isinstance(x, Tensor) or isinstance(x, Variable):
            raise TraceError(f"{model.name} gives a {type(x).__name__} among its outputs")
    model._forget_losses()  # of a recording nobody can read them
    for layer in model._all_layers():
        for name, value in vars(layer).items():
            kept = (x for x in engine.tensors_in(value) if not isinstance(x, Variable))
            if any(x.backend.symbolic for x in kept):
                raise TraceError(f"{layer.name} keeps a tensor as its attribute {name}")


def _identities(model: Any) -> tuple[int, ...]:
    return id(model._graph), *(v.id for v in model.weights)


def predicting(model: Any) -> Callable[[Any], Any]:
    """What computes the outputs of a batch for `model.predict`."""
    plans = predictions_of(model)
    if plans is None:
        return model.predict_step
    plans.refresh(model)
    return lambda batch: plans.run(model, batch)


def predictions_of(model: Any) -> Predictions | None:
    """Where `model` has its plans; None if it needs none of these, or must have none."""
    eager = model._compiled is not None and model._compiled.eager
    undrawn = model._graph is None and not model.is_subclass  # its first batch makes its graph
    if eager or undrawn or _runs_as_plans(model):
        return None
    if model._predictions is None:
        model._predictions = Predictions()
    return model._predictions


def _runs_as_plans(model: Any) -> bool:
    """Whether calling `model` is all that predicting takes, and runs as plans anyway."""
    steps = type(model).call, type(model).predict_step
    drawn: bool = model._graph is not None and model._graph.can_plan
    return drawn and all(f.__module__.startswith("tfpy.") for f in steps)
