"""Plans that nobody asked for: a function of tensors runs as plans where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import TraceError
from ..ops.creation import zeros
from ..spec import TensorSpec
from ..tensor import Tensor

if TYPE_CHECKING:
    from .compiled import Compiled
    from .graph import OnSteps

_Function = Callable[[Sequence[Tensor]], list[Tensor]]
#: Sets of input specs that get a plan; others run as they are.
MAX_PLANS = 8


class Automatic:
    """Plans by the specs of the inputs.

    Variables are taken for constants at first, so that what depends on them alone is computed once.
    When one changes, the plan is made again, and reads them at every run from then on.
    """

    def __init__(self) -> None:
        self._plans: dict[Any, Compiled | None] = {}
        self._freeze = True
        #: Why a function could last not be traced.
        self.refusal: str | None = None

    def run(self, function: _Function, values: Sequence[Tensor]) -> list[Tensor]:
        """`function(values)`, as a plan where it can be traced.

        `function` must be the same each time; it is an argument so that a plan does not hold its
        model.
        """
        if engine.tracer() is not None or engine.active_tapes():
            return function(values)
        plan = self._plan(function, [x.spec for x in values])
        return function(values) if plan is None else plan.run(values)

    async def warm_up(
        self, function: _Function, specs: Sequence[TensorSpec], on_progress: OnSteps
    ) -> None:
        """Do now what the first `run` on tensors of `specs` would do besides computing."""
        plan = self._plan(function, specs)
        if plan is not None:
            await plan.warm_up(on_progress)
            return
        function([zeros(spec.shape, spec.dtype) for spec in specs])
        on_progress(1, 1)

    def _plan(self, function: _Function, specs: Sequence[TensorSpec]) -> Compiled | None:
        """The plan for tensors of `specs`; None where there is none, or one too many."""
        key = (id(engine.current_backend()), *specs)
        plan = self._plans.get(key)
        if plan is None:
            if key in self._plans or len(self._plans) >= MAX_PLANS:
                return None
            return self._make(key, function, specs)
        if not plan.is_current():
            self._freeze = False
            self.clear()
            return self._make(key, function, specs)
        return plan

    def _make(
        self,
        key: Any,
        function: _Function,
        specs: Sequence[TensorSpec],
    ) -> Compiled | None:
        from .compiled import Compiled  # only now: loading a model should not wait for it

        made: Compiled | None
        try:
            made = Compiled(lambda *xs: function(xs), specs, self._freeze)
        except TraceError as error:
            made, self.refusal = None, str(error)
        self._plans[key] = made
        return made

    @property
    def plans(self) -> list[Compiled]:
        """The plans made so far."""
        return [plan for plan in self._plans.values() if plan is not None]

    def clear(self) -> None:
        """Let go of every plan."""
        self._plans.clear()
